// The applications of the ledger: what each is for, what everybody may see of it, live, and what a wallet can do in it.
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { NodeError, node, type Asset, type Instance } from "../api/node";
import { Fields, stageOf, titleOf } from "../components/instance";
import type { Form, Seed } from "../../../browser/engine";
import "../components/desk";
import type { DeskAsset, DeskOutcome, DeskRefusal, HandIn } from "../components/desk";
import { field, grouped, head, panel } from "../components/parts";
import "../components/seed";
import { WorkingPage } from "../components/working";
import { catchUp, desks, handIn, type AtWork } from "../engine/at-desk";
import { OwnLedger } from "../engine/own-ledger";
import type { Handle } from "../engine/remote";
import { words } from "../i18n/locale";

type Listed = { instances: readonly Instance[]; next: string | null };

@customElement("tb-applications")
export class ApplicationsPage extends WorkingPage {
  protected readonly page = "applications" as const;
  @state() private names: readonly string[] | "loading" | "failed" = "loading";
  @state() private assets: readonly Asset[] = [];
  @state() private chosen = "";
  @state() private listed: Listed | undefined;
  @state() private shown: Instance | "missing" | undefined;
  @state() private wanted = "";
  @state() private wantedBad = false;
  @state() private wanting = false;
  @state() private open: AtWork | undefined;
  @state() private desks: ReadonlyMap<string, readonly Form[]> = new Map();
  @state() private deskAssets: readonly DeskAsset[] = [];
  #events: EventSource | undefined;
  #soon = 0;
  #followed = "";
  /** Whether what is said is that the ledger could not be read. */
  #unread = false;
  readonly #moved = (): void => void this.follow();

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("hashchange", this.#moved);
    void this.begin();
    this.#events = node.events("block");
    // `hello` comes with each connection: what happened while there was none is read then.
    for (const name of ["hello", "block", "missed"])
      this.#events.addEventListener(name, () => {
        clearTimeout(this.#soon);
        this.#soon = window.setTimeout(() => void this.follow(), 300);
      });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("hashchange", this.#moved);
    clearTimeout(this.#soon);
    this.#events?.close();
  }

  private async begin(): Promise<void> {
    this.names = "loading";
    try {
      this.names = (await node.applications()).map(({ name }) => name);
    } catch {
      this.names = "failed";
      return;
    }
    await this.follow();
  }

  /** Shows what the address names: `#market`, or `#market/ID`. */
  private async follow(): Promise<void> {
    if (typeof this.names === "string") return;
    const place = location.hash;
    const [name = "", id = ""] = place.slice(1).split("/");
    const known = this.names.includes(name);
    // Other fragments, as of the link to the content, are no choice.
    if (!known && name !== "" && this.chosen !== "") return;
    const chosen = known ? name : (this.names[0] ?? "");
    if (chosen === "") return;
    if (chosen !== this.chosen) this.listed = undefined;
    this.chosen = chosen;
    // A block that comes in the meantime is no reason to take back what was said.
    if (place !== this.#followed) this.problem = undefined;
    this.#followed = place;
    try {
      const [assets, page, shown] = await Promise.all([node.assets(), node.instances(chosen), id === "" ? undefined : this.find(chosen, id)]);
      if (chosen !== this.chosen) return;
      this.assets = assets;
      // What was asked for beyond the first page stays.
      const last = page.instances.at(-1)?.id ?? "";
      const later = this.listed?.instances.filter((instance) => instance.id > last) ?? [];
      this.listed = later.length === 0 ? page : { instances: [...page.instances, ...later], next: this.listed?.next ?? null };
      this.shown = shown;
      if (this.#unread) this.problem = undefined;
      this.#unread = false;
    } catch (error) {
      this.#unread = true;
      this.failed(error);
    }
  }

  private async find(name: string, id: string): Promise<Instance | "missing"> {
    try {
      return await node.instance(name, id);
    } catch (error) {
      if (error instanceof NodeError && (error.status === 404 || error.status === 400)) return "missing";
      throw error;
    }
  }

  private async more(): Promise<void> {
    const { chosen, listed } = this;
    if (listed?.next == null) return;
    try {
      const page = await node.instances(chosen, listed.next);
      if (chosen === this.chosen) this.listed = { instances: [...listed.instances, ...page.instances], next: page.next };
    } catch (error) {
      this.failed(error);
    }
  }

  private go(): void {
    const id = this.wanted.replace(/\s/g, "").toLowerCase();
    this.wantedBad = !/^[0-9a-f]{64}$/.test(id);
    if (!this.wantedBad) location.hash = `${this.chosen}/${id}`;
  }

  protected heading(): string {
    return words().applications.title;
  }

  protected main(): TemplateResult {
    const w = words().applications;
    const c = words().common;
    return html`${head(w.title, w.lead)}
      <div class="stack-7">
        ${this.names === "loading"
          ? html`<p class="quiet" role="status">${c.loading}…</p>`
          : this.names === "failed"
            ? html`<div class="empty"><p class="strong">${c.nodeFailed}</p><p>${c.nodeHelp}</p><div><button class="button second" type="button" @click=${() => void this.begin()}>${c.again}</button></div></div>`
            : this.names.length === 0
              ? html`<div class="empty"><p>${w.none}</p></div>`
              : html`${this.choice(this.names)} ${this.application()}`}
      </div>`;
  }

  private choice(names: readonly string[]): TemplateResult {
    return html`<nav class="tabs" aria-label=${words().applications.title}>${names.map((name) => html`<a href="#${name}" aria-current=${name === this.chosen ? "page" : nothing}>${this.about(name)?.name ?? name}</a>`)}</nav>`;
  }

  private about(name: string): { name: string; what: string; seen: string; hidden: string } | undefined {
    const { apps } = words().applications;
    return name in apps ? apps[name as keyof typeof apps] : undefined;
  }

  private application(): TemplateResult | typeof nothing {
    if (this.chosen === "") return nothing;
    const w = words().applications;
    const about = this.about(this.chosen);
    return html`<section class="stack" aria-labelledby="application">
        <h2 id="application">${about?.name ?? this.chosen}</h2>
        ${about === undefined ? nothing : html`<p>${about.what}</p>
              <dl class="pairs"><div><dt>${w.seen}</dt><dd>${about.seen}</dd></div><div><dt>${w.hidden}</dt><dd>${about.hidden}</dd></div></dl>`}
      </section>
      ${this.shown === undefined ? this.list() : this.one(this.shown)} ${this.act()}`;
  }

  private act(): TemplateResult {
    const w = words().applications;
    const instance = typeof this.shown === "object" ? this.shown.id : "";
    return html`<section class="stack" aria-labelledby="act">
      <h2 id="act">${w.act}</h2>
      ${
        this.open !== undefined
          ? html`<tb-desk
              .application=${this.chosen}
              .forms=${this.desks.get(this.chosen) ?? []}
              .assets=${this.deskAssets}
              .instance=${instance}
              .busy=${this.busy !== undefined}
              .handIn=${this.#handIn}
              .say=${(text: string) => {
                this.say(text);
              }}
            ></tb-desk>`
          : this.wanting
            ? html`<tb-seed .engine=${this.engine} .ready=${(seed: Handle<Seed>) => void this.begun(seed)}></tb-seed>`
            : html`<p>${w.actText}</p><div><button class="button" type="button" @click=${() => (this.wanting = true)}>${w.actOpen}</button></div>`
      }
      <p class="small quiet">${w.commands} <code>tabella ${this.chosen} --help</code></p>
    </section>`;
  }

  private async begun(seed: Handle<Seed>): Promise<void> {
    await this.work(words().applications.reading, async () => {
      const { engine, show } = this;
      const open = { engine, seed, show, wallet: await engine.make("Wallet", seed, 0), prover: await engine.make("Prover"), ledger: new OwnLedger(engine) };
      this.desks = await desks(engine);
      this.deskAssets = await catchUp(open);
      this.open = open;
      await this.goTo("#act");
    });
  }

  readonly #handIn: HandIn = async (application, form, values, agree) => {
    const { open } = this;
    let result: DeskOutcome | DeskRefusal;
    if (open === undefined) return result;
    await this.work(words().applications.handingIn, async () => {
      result = await handIn(open, application, form, values, agree);
      this.deskAssets = await catchUp(open);
    });
    void this.follow();
    return result;
  };

  private list(): TemplateResult {
    const w = words().applications;
    const listed = this.listed;
    const fields = new Fields(this.assets);
    return html`<section class="stack" aria-labelledby="kept">
        <h2 id="kept">${w.kept}</h2>
        ${listed === undefined
          ? html`<p class="quiet" role="status">${words().common.loading}…</p>`
          : listed.instances.length === 0
            ? html`<div class="empty"><p>${w.empty}</p></div>`
            : html`<ul class="list">${listed.instances.map(({ id, state }) => html`<li class="stack-2"><h3><a href="#${this.chosen}/${id}">${titleOf(id, state)}</a></h3><p class="small quiet numeric">${stageOf(state)} ${fields.brief(id, state)}</p></li>`)}</ul>`}
        ${listed?.next == null ? nothing : html`<div><button class="button second" type="button" @click=${() => void this.more()}>${w.more}</button></div>`}
      </section>
      <section class="stack" aria-labelledby="find">
        <h2 id="find">${w.find}</h2>
        <form class="stack" novalidate @submit=${(event: Event) => {
          event.preventDefault();
          this.go();
        }}>
          ${field({ id: "instance", label: w.id, hint: w.findHint, value: this.wanted, mono: true, error: this.wantedBad ? w.findBad : undefined, onInput: (wanted) => (this.wanted = wanted) })}
          <div><button class="button second" type="submit">${w.findButton}</button></div>
        </form>
      </section>`;
  }

  private one(shown: Instance | "missing"): TemplateResult {
    const w = words().applications;
    const back = html`<p><a href="#${this.chosen}">${w.back}</a></p>`;
    if (shown === "missing") return html`${panel("note", w.notFound, w.notFoundText)}${back}`;
    const { id, state } = shown;
    return html`<article class="card stack" aria-labelledby="one">
      <div class="row-between"><h2 id="one">${titleOf(id, state)}</h2>${stageOf(state)}</div>
      <p class="small">${w.id}: <code class="break">${grouped(id)}</code></p>
      ${new Fields(this.assets).all(id, state)} ${back}
    </article>`;
  }
}

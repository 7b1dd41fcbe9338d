// A trustee: the key ceremony, the canary, the decryption. The state is saved, encrypted, before each message is sent.
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { BoardKind, ManifestInfo, Round, SetupInfo, Trustee, TrusteeCeremony, TrusteeKey } from "../../../browser/engine";
import { NodeError, node } from "../api/node";
import { ballotForm, emptyChoice } from "../components/choice";
import "../components/drop";
import { checkNew, noPassphrase, passphraseFields, type Passphrase } from "../components/passphrase";
import { copyable, field, grouped, head, pairs, panel, progress, save, steps, verdict } from "../components/parts";
import { Said } from "../components/trouble";
import { WorkingPage } from "../components/working";
import { Board, fromBase64, toBase64, toHex } from "../engine/board";
import { now } from "../engine/election";
import { EngineFailure, type Handle } from "../engine/remote";
import { moment, number, words } from "../i18n/locale";

/** The trustee's file: age files in base64, each under the passphrase; the journal is no secret, and is as it is. */
interface Kept {
  tabella: "trustee 1";
  board: string;
  ledger: string;
  identity: string;
  ceremony?: string;
  key?: string;
  journal?: string;
  tried?: boolean;
}
const rounds: readonly { round: Round; kind: BoardKind }[] = [
  { round: "commit", kind: "commitments" },
  { round: "reveal", kind: "packages" },
  { round: "confirm", kind: "confirmations" },
  { round: "share", kind: "shares" },
  { round: "finish", kind: "acknowledgements" },
];
/** Two trustees of one election may share a browser: each has a place of her own. */
const slot = (board: string, publicKey: string): string => `trustee.${board}.${publicKey}`;

@customElement("tb-trustee")
export class TrusteePage extends WorkingPage {
  protected readonly page = "trustee" as const;
  @state() private invitation: { board: string; token: string; state: "open" | "unknown" | "used" } | undefined;
  @state() private name = "";
  @state() private nameBad = false;
  @state() private passphrase: Passphrase = noPassphrase();
  @state() private opened: Passphrase = noPassphrase();
  @state() private file: File | undefined;
  @state() private kept: Kept | undefined;
  @state() private setup: SetupInfo | undefined;
  @state() private manifest: ManifestInfo | undefined;
  @state() private waits: Round | null | undefined;
  @state() private tick = 0;
  @state() private triedWrong = false;
  @state() private decrypted: { partial: Uint8Array; checkpoint: string; totals: number } | undefined;
  #secret = "";
  #publicKey = "";
  #identity: Handle<Trustee> | undefined;
  #ceremony: Handle<TrusteeCeremony> | undefined;
  #key: Handle<TrusteeKey> | undefined;
  #board: Board | undefined;
  #timer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    const [, board, token] = /^#i=([0-9a-f]{64})\.([0-9a-f]{32})$/.exec(location.hash) ?? [];
    if (board === undefined || token === undefined) return;
    history.replaceState(null, "", location.pathname);
    void this.work(words().common.loading, async () => {
      try {
        const { registered } = await node.invitation(board, await this.engine.run("invitationId", "trustee", token));
        this.invitation = { board, token, state: registered ? "used" : "open" };
      } catch (error) {
        if (!(error instanceof NodeError && error.status === 404)) throw error;
        this.invitation = { board, token, state: "unknown" };
      }
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  /** Keeps the encrypted state in this browser too, so that a round is never taken twice after an accident. */
  private keep(change: Partial<Kept>): void {
    if (this.kept === undefined) return;
    this.kept = { ...this.kept, ...change };
    localStorage.setItem(slot(this.kept.board, this.#publicKey), JSON.stringify(this.kept));
  }

  private async join(): Promise<void> {
    const invitation = this.invitation;
    const name = this.name.trim();
    this.nameBad = name === "" || name.length > 128;
    this.passphrase = checkNew(this.passphrase);
    if (this.nameBad || this.passphrase.error !== undefined || invitation === undefined) return;
    const ok = await this.work(words().trustee.making, async () => {
      const ledger = (await node.ledger()).id;
      this.#identity = await this.engine.static("Trustee", "generate", name);
      this.#publicKey = await this.#identity.get("publicKey");
      this.#secret = this.passphrase.first;
      this.kept = { tabella: "trustee 1", board: invitation.board, ledger, identity: toBase64(await this.#identity.call("seal", this.#secret)) };
      this.keep({});
      this.saveFile();
      await node.register(invitation.board, await this.engine.run("register", invitation.board, "trustee", invitation.token, await this.#identity.call("card")));
      this.passphrase = noPassphrase();
    });
    if (ok) await this.run();
  }

  private saveFile(): void {
    if (this.kept !== undefined) save(`${this.kept.board.slice(0, 8)}.trustee.json`, JSON.stringify(this.kept), "application/json");
  }

  private async read(file: File): Promise<Kept> {
    let kept: Partial<Kept> = {};
    try {
      kept = JSON.parse(await file.text()) as Partial<Kept>;
    } catch {
      // Said below.
    }
    if (kept.tabella !== "trustee 1" || kept.board === undefined || kept.identity === undefined || kept.ledger === undefined) throw new Said(words().trustee.fileBad);
    return kept as Kept;
  }

  private async open(): Promise<void> {
    const file = this.file;
    if (file === undefined) return;
    const ok = await this.work(words().trustee.opening, async () => {
      const saved = await this.read(file);
      const secret = this.opened.first;
      try {
        this.#identity = await this.engine.static("Trustee", "open", fromBase64(saved.identity), secret);
      } catch (error) {
        if (error instanceof EngineFailure && error.code === "passphrase") this.opened = { ...this.opened, error: "wrong" };
        throw error;
      }
      this.#publicKey = await this.#identity.get("publicKey");
      this.#secret = secret;
      this.opened = noPassphrase();
      // What this browser keeps of the same trustee may be further than the file, which was saved before the last round. Sealed
      // anew, under another passphrase, her file alone counts, but for the journal, which is no secret.
      const here = localStorage.getItem(slot(saved.board, this.#publicKey));
      const newer = here === null ? saved : (JSON.parse(here) as Kept);
      this.kept = newer.identity === saved.identity ? newer : { ...saved, ...(newer.journal === undefined ? {} : { journal: newer.journal }) };
      if (saved.key !== undefined) this.kept = { ...this.kept, key: saved.key, ...(saved.journal === undefined || this.kept.journal !== undefined ? {} : { journal: saved.journal }) };
      if (this.kept.key !== undefined) this.#key = await this.engine.static("TrusteeKey", "open", fromBase64(this.kept.key), secret);
      else if (this.kept.ceremony !== undefined) this.#ceremony = await this.engine.static("TrusteeCeremony", "open", fromBase64(this.kept.ceremony), secret);
    });
    if (ok) await this.run();
  }

  private async run(): Promise<void> {
    const [kept, identity] = [this.kept, this.#identity];
    if (kept === undefined || identity === undefined) return;
    this.#board = new Board(this.engine, kept.ledger, kept.board);
    await this.goTo("h1");
    await this.look();
    this.#timer = window.setInterval(() => void this.look(), 2000);
  }

  private async look(): Promise<void> {
    const board = this.#board;
    if (board === undefined || this.busy !== undefined) return;
    try {
      await board.refresh();
      await this.readSetup();
      const manifest = board.one("manifest");
      if (manifest !== undefined) this.manifest ??= await this.engine.run("readManifest", manifest);
      if (this.#ceremony !== undefined) await this.goOn();
      this.tick++;
    } catch (error) {
      this.failed(error);
    }
  }

  private async readSetup(): Promise<SetupInfo | undefined> {
    const file = this.#board?.one("setup");
    if (file !== undefined) this.setup ??= await this.engine.run("readSetup", file);
    return this.setup;
  }

  private mine(kind: BoardKind): boolean {
    return this.#board?.messages.some((message) => message.kind === kind && message.author === this.#publicKey) ?? false;
  }

  private async post(kind: BoardKind, body: Uint8Array): Promise<void> {
    const [board, identity] = [this.#board, this.#identity];
    if (board === undefined || identity === undefined || this.mine(kind)) return;
    await node.postMessage(board.id, await identity.call("boardMessage", board.ledger, board.id, kind, board.next(this.#publicKey), body));
    await board.refresh();
  }

  private async accept(): Promise<void> {
    const setup = this.#board?.one("setup");
    const identity = this.#identity;
    if (setup === undefined || identity === undefined) return;
    await this.work(words().trustee.ceremony, async () => {
      // A round is taken once: with other secrets than those that were sent the ceremony could be steered.
      if (this.mine("commitments")) throw new Said(words().trustee.elsewhere);
      this.#ceremony = await identity.call("begin", setup);
      await this.keepCeremony();
      await this.goOnNow();
    });
  }

  private async keepCeremony(): Promise<void> {
    const ceremony = this.#ceremony;
    if (ceremony !== undefined) this.keep({ ceremony: toBase64(await ceremony.call("seal", this.#secret)) });
  }

  private async goOn(): Promise<void> {
    if (this.busy !== undefined) return;
    await this.work(words().trustee.ceremony, () => this.goOnNow());
  }

  /** Sends the last message if it was not sent, and takes the next round when all messages of this one are there. */
  private async goOnNow(): Promise<void> {
    const [board, identity, ceremony, setup] = [this.#board, this.#identity, this.#ceremony, this.setup];
    if (board === undefined || identity === undefined || ceremony === undefined || setup === undefined) return;
    this.waits = await ceremony.get("waitsFor");
    const present = rounds.find(({ round }) => round === this.waits);
    if (present !== undefined) {
      // The message of this round is ours too: it was kept before, so that it is always the same.
      await this.post(present.kind, await ceremony.call("message"));
      const messages = board.of(present.kind, setup.trustees.map((trustee) => trustee.key)).flatMap((body) => (body === undefined ? [] : [body]));
      if (messages.length < setup.trustees.length) return;
      await ceremony.call("step", identity, messages);
      this.waits = await ceremony.get("waitsFor");
      await this.keepCeremony();
      const next = rounds.find(({ round }) => round === this.waits);
      if (next !== undefined) {
        await this.post(next.kind, await ceremony.call("message"));
        return;
      }
    }
    // The last message answers the shares; nothing is waited for after it.
    await this.post("acknowledgements", await ceremony.call("message"));
    this.#key = await ceremony.call("takeKey");
    this.keep({ key: toBase64(await this.#key.call("seal", this.#secret)) });
    this.#ceremony = undefined;
  }

  private async tryFile(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    this.triedWrong = false;
    await this.work(words().trustee.opening, async () => {
      try {
        // With the passphrase as it is typed now: on the day of the decryption nothing else opens the file.
        this.#key = await this.keyOf(await this.read(file), this.opened.first);
        this.opened = noPassphrase();
        this.keep({ tried: true });
      } catch (error) {
        if (error instanceof EngineFailure && error.code === "load") throw error;
        if (error instanceof EngineFailure && error.code === "passphrase") this.opened = { ...this.opened, error: "wrong" };
        else this.triedWrong = true;
      }
    });
  }

  /** The key in a saved file, if it is the one that will be needed: of this trustee, of this board, of the ceremony that the board has. */
  private async keyOf(saved: Kept, passphrase: string): Promise<Handle<TrusteeKey>> {
    const wrong = new Said(words().trustee.triedWrong);
    if (saved.key === undefined || saved.board !== this.kept?.board || saved.ledger !== this.kept.ledger) throw wrong;
    const identity = await this.engine.static("Trustee", "open", fromBase64(saved.identity), passphrase);
    const owner = await identity.get("publicKey");
    identity.free();
    const key = await this.engine.static("TrusteeKey", "open", fromBase64(saved.key), passphrase);
    const setup = await this.readSetup();
    const place = setup?.trustees.findIndex((trustee) => trustee.key === this.#publicKey) ?? -1;
    const same = owner === this.#publicKey && (await key.get("ceremony")) === setup?.ceremony && (await key.get("trustee")) === place + 1;
    if (!same) {
      key.free();
      throw wrong;
    }
    return key;
  }

  private async canary(): Promise<void> {
    const [key, file] = [this.#key, this.#board?.one("manifest")];
    if (key === undefined || file === undefined) return;
    await this.work(words().trustee.canary, async () => {
      await this.post("rehearsal", await key.call("rehearse", file));
    });
  }

  private async decrypt(): Promise<void> {
    const [key, closed, kept] = [this.#key, this.#board?.one("closed"), this.kept];
    if (key === undefined || closed === undefined || kept === undefined) return;
    await this.work(words().trustee.verifying, async () => {
      const election = toHex(closed);
      const record = await node.record(election, (done, total) => {
        this.show(words().verifier.fetching, done, total);
      });
      const journal = kept.journal === undefined ? undefined : fromBase64(kept.journal);
      const { partial, journal: next, checkpoint, totals } = await key.call("decrypt", record, election, now(), journal, {}, (_stage: string, done: number, total: number) => {
        this.show(words().trustee.verifying, done, total);
      });
      this.keep({ journal: toBase64(next) });
      this.decrypted = { partial, checkpoint, totals };
    });
  }

  private async send(): Promise<void> {
    const decrypted = this.decrypted;
    if (decrypted === undefined) return;
    await this.work(words().booth.submitting, () => this.post("partial", decrypted.partial));
  }

  protected heading(): string {
    return words().trustee.title;
  }

  protected main(): TemplateResult {
    return this.kept === undefined || this.#identity === undefined ? this.startView() : this.runningView();
  }

  private form(content: TemplateResult, label: string, act: () => Promise<void>): TemplateResult {
    return html`<form
      class="stack"
      novalidate
      @submit=${(event: Event) => {
        event.preventDefault();
        void act();
      }}
    >
      ${content}
      <div><button class="button" type="submit" ?disabled=${this.busy !== undefined}>${label}</button></div>
    </form>`;
  }

  private startView(): TemplateResult {
    const w = words().trustee;
    const invitation = this.invitation;
    return html`${head(w.title, w.lead)}
      <div class="stack-7">
        ${
          invitation === undefined
            ? this.busy === undefined ? panel("info", w.none, w.noneText) : nothing
            : invitation.state === "unknown"
              ? panel("bad", w.unknown, words().booth.unknownText)
              : invitation.state === "used"
                ? panel("note", w.used, w.usedText)
                : html`<section class="card stack" aria-labelledby="join">
                    <h2 id="join">${w.join}</h2>
                    <p>${w.joinText}</p>
                    ${this.form(
                      html`${field({ id: "name", label: w.name, hint: w.nameHint, value: this.name, complete: "name", error: this.nameBad ? w.nameBad : undefined, onInput: (name) => (this.name = name) })}
                      ${passphraseFields("new-passphrase", this.passphrase, true, (next) => (this.passphrase = next))}`,
                      w.make,
                      () => this.join(),
                    )}
                  </section>`
        }
        <section class="card stack" aria-labelledby="open">
          <h2 id="open">${w.open}</h2>
          ${this.form(
            html`<tb-drop small .label=${this.file === undefined ? w.dropFile : words().keys.fileChosen(this.file.name)} .receive=${(files: File[]) => (this.file = files[0])}></tb-drop>
              ${passphraseFields("passphrase", this.opened, false, (next) => (this.opened = next))}`,
            words().keys.open,
            () => this.open(),
          )}
        </section>
      </div>`;
  }

  private step(): number {
    if (this.kept?.key === undefined) return this.setup === undefined ? 0 : 1;
    if (this.kept.tried !== true) return 2;
    return this.mine("rehearsal") ? 4 : 3;
  }

  private runningView(): TemplateResult {
    const w = words().trustee;
    void this.tick;
    const step = this.step();
    return html`${steps(w.steps, step)}
      <div class="head"><h1>${this.manifest?.title ?? this.setup?.title ?? w.title}</h1></div>
      <div class="stack-6">
        ${step === 0 ? html`${panel("info", w.waitsSetup, w.keepOpen)}` : step === 1 ? this.ceremonyView() : step === 2 ? this.saveView() : step === 3 ? this.canaryView() : this.decryptView()}
        <div><button class="button second" type="button" @click=${() => {
          this.saveFile();
        }}>${w.saveFile}</button></div>
      </div>`;
  }

  private setupTable(setup: SetupInfo): TemplateResult {
    const w = words().trustee;
    return html`${pairs([
      [w.setup, setup.title],
      [words().verifier.trustees, html`${w.thresholdOf(number(setup.threshold), number(setup.trustees.length))}: ${setup.trustees.map((trustee) => trustee.name).join(", ")}`],
      [w.id, html`<code class="break">${grouped(setup.ceremony)}</code>`],
    ])}
      <p class="quiet">${w.idText}</p>
      ${setup.disjoint_quorums ? panel("note", w.ceremony, w.disjoint) : nothing}`;
  }

  private ceremonyView(): TemplateResult {
    const w = words().trustee;
    const [setup, board] = [this.setup, this.#board];
    if (setup === undefined || board === undefined) return html``;
    const keys = setup.trustees.map((trustee) => trustee.key);
    if (!keys.includes(this.#publicKey)) return panel("bad", w.notNamed, "");
    const all = keys.length;
    return html`<section class="stack" aria-labelledby="ceremony">
      <h2 id="ceremony">${w.ceremony}</h2>
      ${this.setupTable(setup)}
      ${
        this.#ceremony === undefined
          ? html`<div><button class="button large" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.accept()}>${w.accept}</button></div>`
          : html`<p>${w.keepOpen}</p>
              <ul class="list">${rounds.map(({ round, kind }) => {
                const have = board.of(kind, keys).filter((body) => body !== undefined).length;
                return html`<li>${progress({ label: w.rounds[round], done: have, total: all, detail: w.waitsFor(number(have), number(all)) })}</li>`;
              })}</ul>`
      }
    </section>`;
  }

  private saveView(): TemplateResult {
    const w = words().trustee;
    return html`<section class="stack" aria-labelledby="save">
      <h2 id="save">${w.saveTitle}</h2>
      <p>${w.saveText}</p>
      ${passphraseFields("tried-passphrase", this.opened, false, (next) => (this.opened = next))}
      <tb-drop small .label=${w.tryFile} .receive=${(files: File[]) => void this.tryFile(files[0])}></tb-drop>
      ${this.triedWrong ? panel("bad", w.triedWrong, "") : nothing}
    </section>`;
  }

  private canaryView(): TemplateResult {
    const w = words().trustee;
    const manifest = this.manifest;
    if (manifest === undefined) return html`${panel("good", w.tried, "")} ${panel("info", w.waitsManifest, w.waitsCloseText)}`;
    return html`<section class="stack" aria-labelledby="manifest">
      <h2 id="manifest">${w.manifest}</h2>
      <p>${w.canaryText}</p>
      ${pairs([
        [words().verifier.electionId, html`<code class="break">${grouped(manifest.election)}</code>`],
        [words().admin.opens, moment(manifest.opens)],
        [words().admin.closes, moment(manifest.closes)],
        [words().verifier.voters, number(manifest.voters)],
      ])}
      ${ballotForm({ title: manifest.title, questions: manifest.questions, points: emptyChoice(manifest.questions) })}
      <div><button class="button large" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.canary()}>${w.canary}</button></div>
    </section>`;
  }

  private decryptView(): TemplateResult {
    const w = words().trustee;
    if (this.mine("partial")) return verdict("good", w.sent, w.sentText);
    if (this.#board?.one("closed") === undefined) return html`${panel("good", w.canaryDone, "")} ${panel("info", w.waitsClose, w.waitsCloseText)}`;
    const decrypted = this.decrypted;
    if (decrypted === undefined)
      return html`<section class="stack" aria-labelledby="decrypt">
        <h2 id="decrypt">${w.decrypt}</h2>
        <p>${w.decryptText}</p>
        <div><button class="button large" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.decrypt()}>${w.decrypt}</button></div>
      </section>`;
    return html`<section class="stack" aria-labelledby="compare">
      <h2 id="compare">${w.compare}</h2>
      <p>${w.compareText}</p>
      ${copyable(decrypted.checkpoint, (text) => {
        this.say(text);
      })}
      <p class="quiet">${w.totals(number(decrypted.totals))}</p>
      <div><button class="button large" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.send()}>${w.send}</button></div>
    </section>`;
  }
}

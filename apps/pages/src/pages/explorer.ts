// The explorer: what is on the ledger, live. It shows what the node says, and checks what the ledger has signed; the verifier is where
// elections are checked.
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { NodeError, node, type Asset, type Block, type BlockDetail, type ElectionSummary, type LedgerInfo, type TransactionSummary } from "../api/node";
import { electionList } from "../components/elections";
import { Page } from "../components/page";
import { facts, field, grouped, head, pairs, panel, short } from "../components/parts";
import { trouble, troublePanel, troubleText, type Trouble } from "../components/trouble";
import { checkGrowth, checkInclusion, keepCheckpoint, keptCheckpoint, type CheckedInclusion } from "../engine/ledger-log";
import type { Remote } from "../engine/remote";
import { verifyEngine } from "../engine/workers";
import { bytes, moment, number, words } from "../i18n/locale";
import { decimal } from "../components/decimal";

/** What a check of the log has come to: made on this device, not by the node. */
type Outcome<T> = { state: "checking" } | { state: "good"; found: T } | { state: "bad"; trouble: Trouble };
type Growth = { from: number; to: number };
type Shown =
  | { kind: "block"; block: BlockDetail; growth: Outcome<Growth> }
  | { kind: "transaction"; transaction: TransactionSummary; proof: Outcome<CheckedInclusion> }
  | { kind: "missing" };

const LISTED = 200;

@customElement("tb-explorer")
export class ExplorerPage extends Page {
  protected readonly page = "explore" as const;
  @state() private ledger: LedgerInfo | undefined;
  @state() private blocks: readonly Block[] = [];
  @state() private next: number | null = null;
  @state() private elections: ElectionSummary[] | "loading" | "failed" = "loading";
  @state() private assets: readonly Asset[] = [];
  @state() private failed = false;
  @state() private live = false;
  @state() private shown: Shown | undefined;
  /** How many transactions of a block are listed: a block may hold thousands. */
  @state() private listed = LISTED;
  @state() private digest = "";
  @state() private digestBad = false;
  @state() private problem: Trouble | undefined;
  @state() private growth: Outcome<Growth> | undefined;
  #events: EventSource | undefined;
  #wanted = 0;
  #checker: Remote | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read();
    this.#events = node.events("block,election,turnout");
    this.#events.onopen = () => (this.live = true);
    this.#events.onerror = () => (this.live = false);
    // `hello` comes with each connection: what happened while there was none is read then.
    for (const name of ["hello", "block", "election", "turnout", "missed"]) {
      this.#events.addEventListener(name, () => {
        // Many blocks may come at once: what is shown is read once for all of them.
        clearTimeout(this.#wanted);
        this.#wanted = window.setTimeout(() => void this.read(), 300);
      });
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#events?.close();
    this.#checker?.end();
    this.#checker = undefined;
  }

  private get checker(): Remote {
    this.#checker ??= verifyEngine();
    return this.#checker;
  }

  /** Checks the log against the last checkpoint that this browser has seen: a ledger that rewrites its log is found out by whoever came before. */
  private async checkLog(ledger: LedgerInfo): Promise<void> {
    if (ledger.entries === 0) return;
    this.growth ??= { state: "checking" };
    this.growth = await this.outcome(async () => {
      const { from, to, newest } = await checkGrowth(this.checker, ledger, keptCheckpoint(ledger) ?? (await node.checkpoint(ledger.log)));
      keepCheckpoint(ledger, newest);
      return { from, to };
    });
  }

  private async outcome<T>(act: () => Promise<T>): Promise<Outcome<T>> {
    try {
      return { state: "good", found: await act() };
    } catch (error) {
      return { state: "bad", trouble: trouble(error) };
    }
  }

  private async read(): Promise<void> {
    try {
      const [ledger, page, elections, assets] = await Promise.all([node.ledger(), node.blocks(), node.elections(), node.assets()]);
      this.ledger = ledger;
      // Older ones that are shown stay, if the newest reach down to them.
      const lowest = page.blocks.at(-1)?.height ?? 0;
      const older = this.blocks.filter((block) => block.height < lowest);
      const joined = older[0]?.height === lowest - 1;
      this.blocks = joined ? [...page.blocks, ...older] : page.blocks;
      if (!joined) this.next = page.next;
      this.elections = elections;
      this.assets = assets;
      this.failed = false;
      void this.checkLog(ledger);
    } catch {
      this.failed = true;
      this.elections = "failed";
    }
  }

  private async older(): Promise<void> {
    if (this.next === null) return;
    try {
      const page = await node.blocks(this.next);
      this.blocks = [...this.blocks, ...page.blocks];
      this.next = page.next;
    } catch {
      this.failed = true;
    }
  }

  private async showBlock(height: number): Promise<void> {
    await this.attempt(async () => {
      const block = await node.block(height);
      this.shown = { kind: "block", block, growth: { state: "checking" } };
      this.listed = LISTED;
    });
    const [shown, ledger] = [this.shown, this.ledger];
    if (shown?.kind !== "block" || ledger === undefined) return;
    const growth = await this.outcome(() => checkGrowth(this.checker, ledger, shown.block.checkpoint));
    if (this.shown === shown) this.shown = { ...shown, growth };
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    this.problem = undefined;
    try {
      await act();
      await this.goTo("#shown");
    } catch (error) {
      this.problem = trouble(error);
    }
  }

  private async find(digest: string): Promise<void> {
    const wanted = digest.replace(/\s/g, "").toLowerCase();
    this.digestBad = !/^[0-9a-f]{64}$/.test(wanted);
    if (this.digestBad) return;
    await this.attempt(async () => {
      try {
        this.shown = { kind: "transaction", transaction: await node.transaction(wanted), proof: { state: "checking" } };
      } catch (error) {
        if (!(error instanceof NodeError && error.status === 404)) throw error;
        this.shown = { kind: "missing" };
      }
    });
    const [shown, ledger] = [this.shown, this.ledger];
    if (shown?.kind !== "transaction" || ledger === undefined) return;
    const proof = await this.outcome(() => checkInclusion(this.checker, ledger, shown.transaction));
    if (this.shown === shown) this.shown = { ...shown, proof };
  }

  protected heading(): string {
    return words().explorer.title;
  }

  protected content(): TemplateResult {
    const w = words().explorer;
    const ledger = this.ledger;
    return html`${head(w.title, w.lead)}
      <div class="stack-7">
        ${this.failed ? html`<div class="empty"><p class="strong">${words().common.nodeFailed}</p><p>${words().common.nodeHelp}</p><div><button class="button second" type="button" @click=${() => void this.read()}>${words().common.again}</button></div></div>` : nothing}
        ${ledger === undefined ? nothing : html`${ledger.production ? nothing : panel("note", ledger.name, words().common.development)}
              ${facts([
                [w.height, html`<span role="status">${number(ledger.height)}</span>`],
                [w.entries, number(ledger.entries)],
                [w.elections, number(ledger.elections)],
                [w.assets, number(ledger.assets)],
              ])}
              ${this.growth === undefined ? nothing : this.outcomeView(this.growth, ({ from, to }) => (from === to ? w.signed(number(to)) : w.grew(number(from), number(to))), w.logBad)}`}
        <section class="stack" aria-labelledby="find">
          <h2 id="find">${w.find}</h2>
          <form class="stack" novalidate @submit=${(event: Event) => {
            event.preventDefault();
            void this.find(this.digest);
          }}>
            ${field({ id: "digest", label: w.transaction, hint: w.findHint, value: this.digest, mono: true, error: this.digestBad ? w.findBad : undefined, onInput: (digest) => (this.digest = digest) })}
            <div><button class="button second" type="submit">${w.findButton}</button></div>
          </form>
          ${this.problem === undefined ? nothing : troublePanel(this.problem)} ${this.shownView()}
        </section>
        <section class="stack" aria-labelledby="elections">
          <h2 id="elections">${w.elections}</h2>
          ${electionList(this.elections, w.noElections, (election) => html`<a class="button second" href="/#election=${election.id}" aria-label=${words().verifier.verifyThis(election.title)}>${w.verify}</a>`, () => void this.read())}
        </section>
        ${this.blocksView()} ${this.assetsView()} ${ledger === undefined ? nothing : this.identityView(ledger)}
      </div>`;
  }

  private blocksView(): TemplateResult {
    const w = words().explorer;
    return html`<section class="stack" aria-labelledby="blocks">
      <div class="row-between"><h2 id="blocks">${w.blocks}</h2>${this.live ? html`<span class="tag good">${w.live}</span>` : nothing}</div>
      ${
        this.blocks.length === 0
          ? html`<div class="empty"><p>${w.none}</p></div>`
          : html`<div class="scroll-x" tabindex="0"><table>
              <thead><tr><th scope="col">${w.height}</th><th scope="col">${w.time}</th><th scope="col" class="number">${w.entries}</th><th scope="col"><span class="hidden-visually">${w.show}</span></th></tr></thead>
              <tbody>${this.blocks.map((block) => html`<tr><th scope="row">${number(block.height)}</th><td>${moment(block.time)}</td><td class="number">${number(block.entries)}</td><td class="number"><button class="link-button" type="button" aria-label=${w.showBlock(number(block.height))} @click=${() => void this.showBlock(block.height)}>${w.show}</button></td></tr>`)}</tbody>
            </table></div>`
      }
      ${this.next === null ? nothing : html`<div><button class="button second" type="button" @click=${() => void this.older()}>${w.older}</button></div>`}
    </section>`;
  }

  private shownView(): TemplateResult | typeof nothing {
    const w = words().explorer;
    const shown = this.shown;
    if (shown === undefined) return nothing;
    if (shown.kind === "missing") return html`<div id="shown">${panel("note", w.notFound, w.notFoundText)}</div>`;
    if (shown.kind === "block") {
      const { block } = shown;
      return html`<article class="card stack" aria-labelledby="shown">
        <h3 id="shown">${w.blockOf(number(block.height))}</h3>
        ${pairs([
          [w.time, moment(block.time)],
          [w.entries, number(block.entries)],
        ])}
        ${this.outcomeView(shown.growth, ({ from, to }) => w.blockGrew(number(from), number(to)), w.logBad)}
        <details class="more"><summary>${w.transactions}</summary><ul class="plain-list">${block.transactions.slice(0, this.listed).map((one) => html`<li><button class="link-button mono" type="button" aria-label="${w.transaction} ${one.digest}" @click=${() => void this.find(one.digest)}>${one.digest.slice(0, 16)}…</button> <span class="quiet small">${bytes(one.bytes)}</span></li>`)}</ul>${block.transactions.length > this.listed ? html`<div><button class="button second" type="button" @click=${() => (this.listed += LISTED)}>${w.moreTransactions(number(block.transactions.length - this.listed))}</button></div>` : nothing}</details>
        <details class="more"><summary>${w.checkpoint}</summary><div class="stack-2"><p class="quiet">${w.checkpointText}</p><pre class="mono small scroll-x" tabindex="0">${block.checkpoint}</pre></div></details>
      </article>`;
    }
    const { transaction, proof } = shown;
    const kind = transaction.kind in w.kinds ? w.kinds[transaction.kind as keyof typeof w.kinds] : w.kinds.other;
    return html`<article class="card stack" aria-labelledby="shown">
      <h3 id="shown">${w.transaction}</h3>
      ${pairs([
        [w.id, html`<code class="break">${grouped(transaction.digest)}</code>`],
        [w.kind, kind],
        [w.time, moment(transaction.time)],
        [w.block, number(transaction.height)],
        [w.size, bytes(transaction.bytes)],
        [w.logs, html`<ul class="plain-list">${transaction.logs.map((log) => html`<li><span class="break">${log.origin}</span>: ${number(log.leaf)}</li>`)}</ul>`],
        [w.nullifiers, html`${transaction.transfers.flatMap((transfer) => transfer.nullifiers).map((nullifier) => html`${short(nullifier)} `)}`],
      ])}
      ${this.outcomeView(proof, ({ leaf, checkpoint }) => w.included(number(leaf), number(checkpoint.size)), w.notIncluded)}
      ${proof.state !== "good" ? nothing : html`<details class="more"><summary>${w.proof}</summary><div class="stack-2"><p>${w.proofOf(number(proof.found.leaf), number(proof.found.checkpoint.size))}</p><ol class="plain-list mono small">${proof.found.path.map((hash) => html`<li class="break">${hash}</li>`)}</ol></div></details>
            <details class="more"><summary>${w.checkpoint}</summary><pre class="mono small scroll-x" tabindex="0">${proof.found.text}</pre></details>`}
    </article>`;
  }

  private outcomeView<T>(outcome: Outcome<T>, good: (found: T) => string, bad: string): TemplateResult {
    const w = words().explorer;
    return html`<div role="status" data-outcome=${outcome.state}>${
      outcome.state === "checking"
        ? html`<p class="quiet">${w.checking}</p>`
        : outcome.state === "good"
          ? html`<p><span class="tag good">${w.checked}</span> ${good(outcome.found)}</p>`
          : panel("bad", bad, troubleText(outcome.trouble))
    }</div>`;
  }

  private assetsView(): TemplateResult {
    const w = words().explorer;
    return html`<section class="stack" aria-labelledby="assets">
      <h2 id="assets">${w.assets}</h2>
      ${
        this.assets.length === 0
          ? html`<div class="empty"><p>${w.noAssets}</p></div>`
          : html`<div class="scroll-x" tabindex="0"><table>
              <thead><tr><th scope="col">${w.name}</th><th scope="col">${w.id}</th><th scope="col" class="number">${w.issued}</th><th scope="col" class="number">${w.cap}</th></tr></thead>
              <tbody>${this.assets.map((asset) => html`<tr><th scope="row">${asset.name}${asset.sealed ? html` <span class="tag">${w.sealed}</span>` : nothing}</th><td>${short(asset.id)}</td><td class="number strong">${decimal(asset.issued, asset.decimals)}</td><td class="number">${decimal(asset.cap, asset.decimals)}</td></tr>`)}</tbody>
            </table></div>`
      }
    </section>`;
  }

  private identityView(ledger: LedgerInfo): TemplateResult {
    const w = words().explorer;
    return html`<section class="stack" aria-labelledby="identity">
      <h2 id="identity">${w.identity}</h2>
      ${pairs([
        [w.name, ledger.name],
        [w.id, html`<code class="break">${grouped(ledger.id)}</code>`],
        [w.key, html`<code class="break">${ledger.verifier_key}</code>`],
      ])}
    </section>`;
  }
}

// The front door: verifies a record, a receipt or an opened ballot, on this device.
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { AuditReport, ReceiptReport, Verdict } from "../../../browser/engine";
import { download, node, type ElectionSummary } from "../api/node";
import { checklist } from "../components/checklist";
import { chosenText } from "../components/choice-rules";
import { Gathering } from "../components/codes";
import "../components/drop";
import { electionList } from "../components/elections";
import { Page } from "../components/page";
import { copyable, facts, field, grouped, head, message, pairs, panel, progress, verdict as verdictBand } from "../components/parts";
import "../components/qr";
import { resultTables } from "../components/results";
import { trouble, troublePanel, type Trouble } from "../components/trouble";
import type { Remote } from "../engine/remote";
import { EngineFailure } from "../engine/remote";
import { Verification, type State } from "../engine/verification";
import { bytes as byteCount, moment, number, percent, words } from "../i18n/locale";

type Election = NonNullable<Verdict["election"]>;
type Work = { step: "start" } | { step: "fetch"; done: number; total: number } | { step: "verify"; state: State } | { step: "done"; verdict: Verdict; seconds: number; size: number };
type Found = { tracker: string; place: { entry: number; counts: boolean } | null };
type Aside = { kind: "receipt"; report: ReceiptReport } | { kind: "audit"; report: AuditReport } | { kind: "refused"; title: string; text: string; reason: string };

export function verifierPage(makeEngine: () => Remote): void {
  @customElement("tb-verifier")
  class VerifierPage extends Page {
    protected readonly page = "verify" as const;
    @state() private work: Work = { step: "start" };
    @state() private elections: ElectionSummary[] | "loading" | "failed" = "loading";
    @state() private problem: Trouble | undefined;
    @state() private address = "";
    @state() private addressBad = false;
    /** An address that this page may not read. */
    @state() private elsewhere: string | undefined;
    @state() private announced = "";
    @state() private tracker = "";
    @state() private trackerBad = false;
    @state() private found: Found | undefined;
    @state() private aside: Aside | undefined;
    @state() private gathered: { have: number; all: number } | undefined;
    #verification: Verification | undefined;
    /** Workers for the next record, which load the engine meanwhile. */
    #next: Verification | undefined;
    #expected: string | undefined;
    readonly #gathering = new Gathering();

    override connectedCallback(): void {
      super.connectedCallback();
      this.#next = new Verification(makeEngine);
      if (!this.alone) void this.list();
      const asked = new URLSearchParams(location.hash.slice(1));
      // Filled in, and fetched when it is asked for: a link makes nobody's browser ask a third party.
      if (this.alone) this.address = asked.get("url") ?? "";
      const election = asked.get("election");
      this.tracker = asked.get("tracker") ?? "";
      // Whose ballot was looked for is nobody's business who looks into the history later.
      if (this.tracker !== "" && !this.alone) history.replaceState(null, "", election === null ? location.pathname : `#election=${election}`);
      if (election !== null && /^[0-9a-f]{64}$/.test(election) && !this.alone) void this.fromNode(election);
    }

    private async list(): Promise<void> {
      try {
        this.elections = await node.elections();
      } catch {
        this.elections = "failed";
      }
    }

    private async take(file: File | undefined): Promise<void> {
      if (file === undefined) return;
      this.problem = undefined;
      const content = new Uint8Array(await file.arrayBuffer());
      const begins = new TextDecoder("latin1").decode(content.subarray(0, 15));
      if (begins === "tabella record ") {
        this.#expected = undefined;
        await this.verify(content);
      } else await this.takeSmall(content);
    }

    /** A receipt or an opened ballot. */
    private async takeSmall(content: Uint8Array): Promise<void> {
      const w = words().verifier;
      const engine = makeEngine();
      this.aside = undefined;
      try {
        const kind = await engine.run("fileKind", content);
        if (kind === "ballot receipt") this.aside = { kind: "receipt", report: await this.receipt(engine, content) };
        else if (kind === "opened ballot") this.aside = { kind: "audit", report: await engine.run("checkAudit", content) };
        else this.problem = { title: w.unknownFile, text: w.unknownFileText };
      } catch (error) {
        if (error instanceof EngineFailure && error.code === "load") this.engineFailed();
        else {
          const opened = new TextDecoder("latin1").decode(content.subarray(0, 40)).includes("opened ballot");
          this.aside = { kind: "refused", title: opened ? w.auditBad : w.receiptBad, text: opened ? w.auditBadText : w.receiptBadText, reason: message(error) };
        }
      } finally {
        engine.end();
      }
      await this.goTo("#aside");
    }

    private async receipt(engine: Remote, content: Uint8Array): Promise<ReceiptReport> {
      const own = await engine.run("checkReceipt", content);
      const open = this.work.step === "done" ? this.work.verdict.election : undefined;
      if (open === undefined || open.id !== own.election || this.#verification === undefined) return own;
      return this.#verification.checkReceipt(content);
    }

    private engineFailed(): void {
      this.problem = { title: words().common.engineFailed, text: words().common.engineHelp };
    }

    private async fromNode(id: string): Promise<void> {
      await this.fromPlace((show) => node.record(id, show), id);
    }

    private async fromAddress(): Promise<void> {
      this.addressBad = !/^https?:\/\/[^\s/]\S*$/.test(this.address.trim()) || !URL.canParse(this.address.trim());
      this.elsewhere = undefined;
      if (this.addressBad) return;
      // The policy of a node's pages allows no other origin; that of verifier.html does.
      if (!this.alone && new URL(this.address.trim()).origin !== location.origin) {
        this.elsewhere = this.address.trim();
        return;
      }
      await this.fromPlace((show) => download(this.address.trim(), show), undefined);
    }

    private async fromPlace(get: (show: (done: number, total: number) => void) => Promise<Uint8Array>, expected: string | undefined): Promise<void> {
      this.problem = undefined;
      this.#expected = expected;
      this.work = { step: "fetch", done: 0, total: 0 };
      try {
        const record = await get((done, total) => (this.work = { step: "fetch", done, total }));
        await this.verify(record);
      } catch (error) {
        this.work = { step: "start" };
        const w = words();
        this.problem = expected === undefined ? { title: w.common.failed, text: w.verifier.addressFailed, detail: message(error) } : { title: w.common.nodeFailed, text: w.common.nodeHelp, detail: message(error) };
      }
    }

    private async verify(record: Uint8Array): Promise<void> {
      this.#verification?.end();
      this.found = undefined;
      this.announced = "";
      const verification = this.#next ?? new Verification(makeEngine);
      this.#next = undefined;
      this.#verification = verification;
      const began = performance.now();
      try {
        const result = await verification.run(record, (state) => (this.work = { step: "verify", state }));
        this.work = { step: "done", verdict: result, seconds: (performance.now() - began) / 1000, size: record.length };
        if (this.tracker !== "") await this.look();
        await this.goTo("h1");
      } catch (error) {
        verification.end();
        this.#verification = undefined;
        this.work = { step: "start" };
        if (error instanceof EngineFailure && error.code === "stopped") return;
        this.problem = trouble(error);
      }
    }

    private stop(): void {
      this.#verification?.end();
      this.#verification = undefined;
      this.found = undefined;
      this.aside = undefined;
      this.work = { step: "start" };
    }

    private async look(): Promise<void> {
      const tracker = this.tracker.replace(/\s/g, "").toLowerCase();
      this.trackerBad = !/^[0-9a-f]{64}$/.test(tracker);
      if (this.trackerBad || this.#verification === undefined) return;
      this.found = { tracker, place: await this.#verification.findBallot(tracker) };
    }

    /** Takes the text of a QR code; whether more codes of the same file are wanted. */
    private scanned(text: string): boolean {
      if (text.startsWith("TBL1:")) {
        try {
          const file = this.#gathering.take(text);
          this.gathered = file === undefined ? { have: this.#gathering.have, all: this.#gathering.all } : undefined;
          this.problem = undefined;
          if (file === undefined) return true;
          void this.takeSmall(file);
        } catch {
          this.problem = { title: words().verifier.unknownFile, text: words().verifier.unknownFileText };
        }
        return false;
      }
      // A receipt's code is the address of this page with both; other codes hold the tracker alone.
      const named = (name: string): string | undefined => new RegExp(`[#&]${name}=([0-9a-f]{64})`, "i").exec(text)?.[1]?.toLowerCase();
      this.tracker = named("tracker") ?? /[0-9a-f]{64}/i.exec(text)?.[0] ?? text;
      const open = this.work.step === "done" ? this.work.verdict.election?.id : undefined;
      const election = named("election") ?? open;
      if (open !== undefined && election === open) void this.look();
      else if (election !== undefined && !this.alone) void this.fromNode(election);
      else this.problem = { title: words().verifier.recordFirst, text: words().verifier.recordFirstText };
      return false;
    }

    protected heading(): string {
      return words().verifier.title;
    }

    protected content(): TemplateResult {
      return this.work.step === "done" ? this.done(this.work.verdict, this.work.seconds, this.work.size) : this.start();
    }

    private start(): TemplateResult {
      const w = words().verifier;
      const work = this.work;
      return html`${head(w.title, w.lead)}
        <div class="stack-7">
          ${this.problem === undefined ? nothing : troublePanel(this.problem)}
          ${
            work.step === "start"
              ? html`<tb-drop .label=${w.drop} .hint=${w.dropHint} .receive=${(files: File[]) => void this.take(files[0])}></tb-drop>`
              : html`<section class="card stack" aria-label=${w.running}>${this.progress(work)}
                  <div><button class="button second" type="button" @click=${() => {
                    this.stop();
                  }}>${w.stop}</button></div></section>`
          }
          ${this.asideView()} ${work.step === "start" ? this.others() : nothing}
        </div>`;
    }

    private progress(work: Work): TemplateResult {
      const w = words().verifier;
      if (work.step === "fetch") return progress({ label: w.fetching, done: work.done, total: work.total, detail: byteCount(work.done) });
      if (work.step !== "verify") return html``;
      const { stage, done, total, rate, workers } = work.state;
      const detail = [rate === undefined ? "" : w.rate(number(Math.round(rate))), w.workers(number(workers))].filter((part) => part !== "").join(" · ");
      return progress({ label: w.stages[stage], done, total, detail });
    }

    private others(): TemplateResult {
      const w = words().verifier;
      return html`${
        this.alone
          ? nothing
          : html`<section class="stack" aria-labelledby="here"><h2 id="here">${w.here}</h2>${this.electionList()}</section>
`
      }
              <section class="stack" aria-labelledby="address-title">
                <h2 id="address-title">${w.address}</h2>
                <form
                  class="stack"
                  novalidate
                  @submit=${(event: Event) => {
                    event.preventDefault();
                    void this.fromAddress();
                  }}
                >
                  ${field({ id: "address", label: "URL", type: "url", value: this.address, hint: w.addressHint, error: this.addressBad ? w.addressBad : undefined, onInput: (value) => (this.address = value) })}
                  <div><button class="button second" type="submit">${w.fetch}</button></div>
                </form>
                <div role="status">${this.elsewhere === undefined ? nothing : panel("info", w.elsewhere, html`<p>${w.addressElsewhere}</p><p><a href=${`/verifier.html#url=${encodeURIComponent(this.elsewhere)}`}>${w.addressThere}</a></p>`)}</div>
              </section>
        <section class="stack" aria-labelledby="audit"><h2 id="audit">${w.audit}</h2><p>${w.auditText}</p>${this.scanner(w.auditStart)}</section>
        ${
          this.alone
            ? nothing
            : html`<section class="stack" aria-labelledby="offline">
                <h2 id="offline">${w.offline}</h2>
                <p>${w.offlineText}</p>
                <div class="row"><a class="button second" href="/verifier.html" download>${w.offlineSave}</a> <a href="/verifier.html.sha256">${w.offlineHash}</a></div>
              </section>`
        }`;
    }

    private scanner(label: string): TemplateResult {
      return html`<tb-scan .label=${label} .receive=${(text: string) => this.scanned(text)}></tb-scan>
        <p role="status">${this.gathered === undefined ? nothing : words().verifier.auditParts(number(this.gathered.have), number(this.gathered.all))}</p>`;
    }

    private electionList(): TemplateResult {
      const w = words().verifier;
      return electionList(
        this.elections,
        w.none,
        (election) => html`<button class="button second" type="button" aria-label=${w.verifyThis(election.title)} @click=${() => void this.fromNode(election.id)}>${w.verify}</button>`,
        () => void this.list(),
      );
    }

    private done(verdict: Verdict, seconds: number, size: number): TemplateResult {
      const w = words().verifier;
      const election = verdict.election;
      return html`<div class="head"><p class="eyebrow">${w.title}</p><h1>${election?.title ?? w.verdicts.bad.title}</h1></div>
        <div class="stack-7">
          ${this.problem === undefined ? nothing : troublePanel(this.problem)}
          <div class="stack">${this.band(verdict)}<p class="small quiet numeric">${w.took(seconds.toFixed(seconds < 10 ? 1 : 0), byteCount(size))}</p></div>
          ${this.asideView()} ${election !== undefined && verdict.valid ? this.results(election) : nothing}
          <section class="stack" aria-labelledby="checks"><h2 id="checks">${w.checks}</h2>${checklist(verdict.checks)}</section>
          ${election === undefined || this.judge(verdict).kind === "bad" ? nothing : html`${this.identity(election)} ${this.mine()} ${this.holdings(election)}`}
          <div class="row no-print">
            <button class="button second" type="button" @click=${() => {
              this.stop();
            }}>${w.openAnother}</button>
            <button class="button second" type="button" @click=${() => {
              print();
            }}>${words().common.print}</button>
          </div>
        </div>`;
    }

    private band(verdict: Verdict): TemplateResult {
      const { kind, title, text } = this.judge(verdict);
      return verdictBand(kind, title, text);
    }

    /** What the checks come to. What a record says that fails them is not shown. */
    private judge(verdict: Verdict): { kind: "good" | "bad" | "note"; title: string; text: string } {
      const w = words().verifier;
      const failures = verdict.checks.filter((check) => check.reached && !check.ok);
      if (verdict.election !== undefined && this.#expected !== undefined && this.#expected !== verdict.election.id) return { kind: "bad", title: w.otherElection, text: w.otherElectionText };
      if (verdict.valid) return verdict.election?.development === false ? { kind: "good", ...w.verdicts.good } : { kind: "note", ...w.verdicts.development };
      const unfinished = verdict.election !== undefined && verdict.election.stage !== "published" && failures.every((check) => check.id === "tally.closed" || check.id === "tally.result");
      if (unfinished) return { kind: "note", ...w.verdicts.running };
      const first = failures[0]?.id ?? "record.encoding";
      return { kind: "bad", title: w.verdicts.bad.title, text: w.verdicts.bad.text(words().checks.list[first].title) };
    }

    private results(election: Election): TemplateResult {
      const w = words().verifier;
      const results = election.results;
      if (results === null) return html`<section><h2>${w.noResult}</h2></section>`;
      return html`<section class="stack-6" aria-labelledby="result">
        <h2 id="result">${w.result}</h2>
        ${resultTables(election, results)}
      </section>`;
    }

    private holdings(election: Election): TemplateResult {
      const w = words().verifier;
      return html`<section class="stack" aria-labelledby="facts">
        <h2 id="facts">${w.facts}</h2>
        ${facts([
          [w.voters, number(election.voters)],
          [w.ballots, number(election.ballots)],
          [w.counted, number(election.counted)],
          [w.turnout, percent(election.counted, election.voters)],
        ])}
        ${pairs([
          [w.trustees, html`${w.trusteesOf(number(election.trustees.threshold), number(election.trustees.names.length))}: ${election.trustees.names.join(", ")}`],
          [words().admin.proofs, words().admin.proofsKinds[election.rules.ballot_proofs]],
          [w.transfers, number(election.transfers)],
          [w.ledger, html`${election.ledger.name} <code class="break quiet">${election.ledger.id}</code>`],
          [w.logOf, html`${w.logEntries(number(election.log.size))} <code class="break quiet">${election.log.root}</code>`],
        ])}
      </section>`;
    }

    private identity(election: Election): TemplateResult {
      const w = words().verifier;
      const given = this.announced.replace(/\s/g, "").toLowerCase();
      const differs = given.length >= 8 && !election.id.startsWith(given);
      return html`<section class="stack" aria-labelledby="identity">
        <h2 id="identity">${w.identity}</h2>
        <p>${w.identityText}</p>
        ${copyable(election.id, (text) => {
          this.say(text);
        }, grouped(election.id))}
        ${field({ id: "announced", label: w.announced, value: this.announced, mono: true, error: differs ? w.different : undefined, onInput: (value) => (this.announced = value) })}
        <p role="status">${given === election.id ? html`<span class="tag good">${w.same}</span>` : nothing}</p>
      </section>`;
    }

    private mine(): TemplateResult {
      const w = words().verifier;
      return html`<section class="stack no-print" aria-labelledby="mine">
        <h2 id="mine">${w.mine}</h2>
        <p>${w.mineText}</p>
        <form
          class="stack"
          novalidate
          @submit=${(event: Event) => {
            event.preventDefault();
            void this.look();
          }}
        >
          ${field({ id: "tracker", label: w.tracker, value: this.tracker, mono: true, error: this.trackerBad ? w.trackerBad : undefined, onInput: (value) => (this.tracker = value) })}
          <div><button class="button" type="submit">${w.look}</button></div>
        </form>
        ${this.scanner("")}
        <tb-drop small .label=${w.receiptDrop} .receive=${(files: File[]) => void this.take(files[0])}></tb-drop>
        <div role="status">${this.found === undefined ? nothing : this.foundView(this.found)}</div>
      </section>`;
    }

    private foundView({ place }: Found): TemplateResult {
      const w = words().verifier;
      if (place === null) return panel("bad", w.missing, w.missingText);
      return place.counts ? panel("good", w.found, w.foundText(number(place.entry))) : panel("note", w.superseded, w.supersededText(number(place.entry)));
    }

    private asideView(): TemplateResult | typeof nothing {
      const w = words().verifier;
      const aside = this.aside;
      if (aside === undefined) return nothing;
      const inner =
        aside.kind === "refused"
          ? panel("bad", aside.title, html`<p>${aside.text}</p><p class="small" lang="en">${aside.reason}</p>`)
          : aside.kind === "receipt"
            ? html`${panel("good", w.receiptGood, w.receiptText)}
                ${pairs([
                  [w.election, aside.report.title],
                  [w.electionId, html`<code class="break">${aside.report.election}</code>`],
                  [w.tracker, html`<code class="break">${grouped(aside.report.tracker)}</code>`],
                  [w.accepted, moment(aside.report.accepted)],
                  [w.logOf, html`${w.logEntries(number(aside.report.log_size))} <code class="break quiet">${aside.report.log_root}</code>`],
                  [w.ledger, aside.report.ledger.name],
                ])}
                <p class="strong">${aside.report.counts === undefined ? w.receiptElsewhere : aside.report.counts ? w.receiptCounts : w.receiptNot}</p>`
            : html`${panel("good", w.auditGood, w.auditCompare)}
                ${pairs([
                  [w.election, aside.report.title],
                  [w.tracker, html`<code class="tracker">${grouped(aside.report.tracker)}</code>`],
                  ...aside.report.choice.map((choice) => [choice.question, chosenText(choice)] as const),
                ])}`;
      return html`<section class="stack" aria-labelledby="aside"><h2 id="aside">${aside.kind === "receipt" ? w.receipt : aside.kind === "audit" ? w.openedBallot : w.refusedFile}</h2>${inner}</section>`;
    }
  }
  void VerifierPage;
}

// The booth: an invitation, rights, a choice that is cast or audited, delegation, a receipt.
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { ChoiceShown, ElectionLog, ElectionState, PreparedBallot, Prover, ReceiptReport, Right, Seed, Shape, Voter } from "../../../browser/engine";
import { NodeError, node, type Election, type ElectionSummary } from "../api/node";
import { ballotForm, choiceError, chosenText, emptyChoice } from "../components/choice";
import { toCodes } from "../components/codes";
import { electionList } from "../components/elections";
import { copyable, field, grouped, head, pairs, panel, progress, save, steps, verdict } from "../components/parts";
import { qrCode } from "../components/qr";
import "../components/seed";
import { Said, trouble } from "../components/trouble";
import { WorkingPage } from "../components/working";
import { electionOfBoard, now, openElection, readElection } from "../engine/election";
import { nextEpoch } from "../engine/epoch";
import { loadProvingKey } from "../engine/prove";
import { EngineFailure, type Handle } from "../engine/remote";
import { clock, moment, number, words } from "../i18n/locale";

type Invitation = { board: string; token: string; state: "asking" | "open" | "registered" | "used" | "unknown" | "over" };
type Prepared = { ballot: Handle<PreparedBallot>; tracker: string; choice: ChoiceShown[]; proof: "making" | "made" | "failed" };
type View =
  | { name: "start" }
  | { name: "key" }
  | { name: "rights" }
  | { name: "choice"; position: number }
  | { name: "review"; position: number; prepared: Prepared }
  | { name: "opened"; position: number; tracker: string; file: Uint8Array; codes: string[]; code: number }
  | { name: "receipt"; file: Uint8Array; report: ReceiptReport }
  | { name: "delegate"; position: number }
  | { name: "wait"; from: number; until: number; back: View };

@customElement("tb-booth")
export class BoothPage extends WorkingPage {
  protected readonly page = "vote" as const;
  @state() private view: View = { name: "start" };
  @state() private invitation: Invitation | undefined;
  @state() private elections: ElectionSummary[] | "loading" | "failed" = "loading";
  @state() private election: Election | undefined;
  @state() private state: ElectionState | undefined;
  @state() private rights: readonly Right[] = [];
  @state() private address = "";
  @state() private delegateAddress = "";
  @state() private points: number[][] = [];
  @state() private errors: readonly (string | undefined)[] = [];
  @state() private delegateTo = "";
  @state() private delegateBad = false;
  @state() private left = 0;
  #seed: Handle<Seed> | undefined;
  #voter: Handle<Voter> | undefined;
  #log: Handle<ElectionLog> | undefined;
  #prover: Handle<Prover> | undefined;
  #keyLoads: Promise<void> | undefined;
  #waiting = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    const [, board, token] = /^#i=([0-9a-f]{64})\.([0-9a-f]{32})$/.exec(location.hash) ?? [];
    if (board !== undefined && token !== undefined) {
      this.invitation = { board, token, state: "asking" };
      // The token is a secret: it stands in no history and no bookmark.
      history.replaceState(null, "", location.pathname);
      void this.askInvitation(board, token);
    }
    void this.list();
  }

  private async list(): Promise<void> {
    try {
      this.elections = await node.elections();
    } catch {
      this.elections = "failed";
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#waiting);
  }

  private async to(view: View): Promise<void> {
    clearInterval(this.#waiting);
    this.view = view;
    await this.goTo("h1, h2");
  }

  private async askInvitation(board: string, token: string): Promise<void> {
    const engine = this.engine;
    await this.work(words().common.loading, async () => {
      try {
        const { registered } = await node.invitation(board, await engine.run("invitationId", "voter", token));
        const manifest = (await node.boardMessages(board)).some((entry) => entry.kind === "manifest");
        this.invitation = { board, token, state: registered ? "used" : manifest ? "over" : "open" };
      } catch (error) {
        if (!(error instanceof NodeError && error.status === 404)) throw error;
        this.invitation = { board, token, state: "unknown" };
      }
    });
  }

  private async register(): Promise<void> {
    const [engine, invitation, seed] = [this.engine, this.invitation, this.#seed];
    if (invitation === undefined || seed === undefined) return;
    await this.work(words().booth.submitting, async () => {
      try {
        const address = await seed.call("votingAddress", invitation.board);
        await node.register(invitation.board, await engine.run("register", invitation.board, "voter", invitation.token, address));
        this.invitation = { ...invitation, state: "registered" };
      } catch (error) {
        const problem = error instanceof NodeError ? error.problem : "";
        if (problem === "invitation-used") this.invitation = { ...invitation, state: "used" };
        else if (problem === "registration-closed") this.invitation = { ...invitation, state: "over" };
        else throw error;
      }
    });
    await this.goTo("h1");
  }

  private async enter(id: string): Promise<void> {
    await this.work(words().common.loading, async () => {
      this.election = await node.election(id);
    });
    if (this.election === undefined) return;
    if (this.#seed === undefined) await this.to({ name: "key" });
    else await this.begin();
  }

  private async haveSeed(seed: Handle<Seed>): Promise<void> {
    this.#seed = seed;
    const invitation = this.invitation;
    if (invitation !== undefined && this.election === undefined) {
      await this.work(words().common.loading, async () => {
        this.address = await seed.call("votingAddress", invitation.board);
        this.election = await electionOfBoard(invitation.board);
      });
    }
    if (this.election === undefined) await this.to({ name: "start" });
    else await this.begin();
  }

  private async begin(): Promise<void> {
    const [engine, election, seed] = [this.engine, this.election, this.#seed];
    if (election === undefined || seed === undefined) return;
    await this.work(words().booth.reading, async () => {
      this.#log = await openElection(engine, election);
      this.#voter = await engine.make("Voter", seed, election.registration);
      this.#prover = await engine.make("Prover");
      this.address = await this.#voter.call("address");
      this.delegateAddress = await this.#voter.call("delegateAddress", 0);
      await this.refresh();
      await this.to({ name: "rights" });
    });
  }

  private async refresh(): Promise<void> {
    const [log, voter, election] = [this.#log, this.#voter, this.election];
    if (log === undefined || voter === undefined || election === undefined) return;
    await readElection(log, election, (done, total) => {
      this.show(words().booth.reading, done, total);
    });
    this.state = await log.call("state", now());
    this.rights = await voter.call("sync", log);
  }

  /** Does what needs a right. One that came in during the present epoch serves from the next on: then it is done by itself. */
  private async withRight(label: string, act: () => Promise<void>, then: () => Promise<void>): Promise<void> {
    const young: { until: number | undefined } = { until: undefined };
    await this.work(label, async () => {
      try {
        await act();
      } catch (error) {
        young.until = this.servesFrom(error);
        if (young.until === undefined) throw error;
      }
    });
    if (young.until !== undefined) await this.wait(young.until, then);
  }

  /** When the right serves that is too young, if that is what is wrong: within the voting time nothing else comes too early. */
  private servesFrom(error: unknown): number | undefined {
    const [state, time] = [this.state, now()];
    if (!(error instanceof EngineFailure && error.code === "time") || state === undefined || time < state.opens || time >= state.closes) return undefined;
    const begins = nextEpoch(time, state.rules.epoch_seconds);
    if (begins >= state.closes) throw new Said(words().booth.youngTooLate);
    return begins;
  }

  private async wait(begins: number, then: () => Promise<void>): Promise<void> {
    // A second more, so that it has begun for the ledger too.
    const until = begins + 1;
    const back = this.view.name === "wait" ? this.view.back : this.view;
    const view: View = { name: "wait", from: now(), until, back };
    this.left = Math.max(0, until - now());
    await this.to(view);
    this.#waiting = window.setInterval(() => {
      this.left = Math.max(0, until - now());
      if (this.left > 0 || this.busy !== undefined) return;
      clearInterval(this.#waiting);
      // What went wrong is said where it can be tried again.
      void then().then(() => (this.view === view ? this.to(back) : undefined));
    }, 250);
  }

  private proverFor(shape: Shape): Promise<void> {
    const [engine, prover] = [this.engine, this.#prover];
    if (prover === undefined) return Promise.reject(new Error("the engine was stopped"));
    this.#keyLoads = loadProvingKey(engine, prover, shape, this.show);
    return this.#keyLoads;
  }

  private ballotShape(): Shape {
    return this.state?.rules.weights === "hidden" ? "transfer" : "cast";
  }

  private async choose(position: number): Promise<void> {
    this.points = emptyChoice(this.state?.questions ?? []);
    this.errors = [];
    this.problem = undefined;
    // The key of the proofs comes while the voter reads and chooses.
    void this.proverFor(this.ballotShape()).catch(() => undefined);
    await this.to({ name: "choice", position });
  }

  private async review(position: number): Promise<void> {
    const questions = this.state?.questions ?? [];
    this.errors = questions.map((question, index) => choiceError(question, this.points[index] ?? []));
    if (this.errors.some((error) => error !== undefined)) {
      await this.updateComplete;
      this.querySelector<HTMLElement>("fieldset:has(.error-text) input")?.focus();
      return;
    }
    const [log, voter, prover] = [this.#log, this.#voter, this.#prover];
    if (log === undefined || voter === undefined || prover === undefined) return;
    const prepare = async (): Promise<void> => {
      await this.refresh();
      const ballot = await voter.call("prepare", log, position, this.points, now());
      const prepared: Prepared = { ballot, tracker: await ballot.get("tracker"), choice: await ballot.get("choice"), proof: "making" };
      await this.to({ name: "review", position, prepared });
    };
    await this.withRight(words().common.loading, prepare, () => this.review(position));
    if (this.view.name === "review") void this.prove(this.view.position, this.view.prepared, prover);
  }

  private async prove(position: number, prepared: Prepared, prover: Handle<Prover>): Promise<void> {
    let proof: Prepared["proof"] = "made";
    try {
      await this.proverFor(this.ballotShape());
      const start = performance.now();
      await prepared.ballot.call("prove", prover);
      performance.measure("tabella: proof of a ballot", { start, detail: { threads: await this.engine.run("threads") } });
    } catch (error) {
      proof = "failed";
      this.problem = trouble(error);
    }
    if (this.view.name === "review" && this.view.prepared.ballot === prepared.ballot) this.view = { name: "review", position, prepared: { ...prepared, proof } };
  }

  private async cast(prepared: Prepared): Promise<void> {
    const [engine, log, voter, prover, election] = [this.engine, this.#log, this.#voter, this.#prover, this.election];
    if (log === undefined || voter === undefined || prover === undefined || election === undefined) return;
    await this.work(words().booth.casting, async () => {
      await this.#keyLoads;
      const transaction = await voter.call("cast", log, prepared.ballot, prover);
      await node.submit(transaction);
      const file = await node.receipt(election.id, prepared.tracker);
      const report = await engine.run("checkReceipt", file, election.id);
      if (report.tracker !== prepared.tracker) throw new Said(words().verifier.receiptBad);
      await this.refresh().catch(() => undefined);
      await this.to({ name: "receipt", file, report });
    });
  }

  private async audit(position: number, prepared: Prepared): Promise<void> {
    const log = this.#log;
    if (log === undefined) return;
    await this.work(words().common.loading, async () => {
      const file = await prepared.ballot.call("audit", log);
      await this.to({ name: "opened", position, tracker: prepared.tracker, file, codes: toCodes(file), code: 0 });
    });
  }

  private async delegate(position: number): Promise<void> {
    const [engine, log, voter, prover] = [this.engine, this.#log, this.#voter, this.#prover];
    if (log === undefined || voter === undefined || prover === undefined) return;
    const to = this.delegateTo.trim();
    this.delegateBad = !(await engine.run("readAddress", to).then(
      (address) => address.kind === "voting",
      () => false,
    ));
    if (this.delegateBad) return;
    const delegate = async (): Promise<void> => {
      await this.proverFor("transfer");
      await node.submit(await voter.call("delegate", log, position, to, now(), prover));
      await this.refresh();
      this.delegateTo = "";
      this.say(words().booth.delegateDone);
      await this.to({ name: "rights" });
    };
    await this.withRight(words().booth.submitting, delegate, () => this.delegate(position));
  }

  private async recall(position: number): Promise<void> {
    const [log, voter, prover] = [this.#log, this.#voter, this.#prover];
    if (log === undefined || voter === undefined || prover === undefined) return;
    const recall = async (): Promise<void> => {
      await this.proverFor("transfer");
      await node.submit(await voter.call("recall", log, position, now(), prover));
      await this.refresh();
      this.say(words().booth.recallDone);
      await this.to({ name: "rights" });
    };
    await this.withRight(words().booth.submitting, recall, () => this.recall(position));
  }

  protected heading(): string {
    return this.state?.title ?? words().booth.title;
  }

  protected main(): TemplateResult {
    switch (this.view.name) {
      case "start":
        return this.start();
      case "key":
        return html`${this.stepper(0)}<tb-seed .engine=${this.engine} .ready=${(seed: Handle<Seed>) => void this.haveSeed(seed)}></tb-seed>`;
      case "rights":
        return this.rightsView();
      case "choice":
        return this.choiceView(this.view.position);
      case "review":
        return this.reviewView(this.view.position, this.view.prepared);
      case "opened":
        return this.openedView(this.view);
      case "receipt":
        return this.receiptView(this.view.file, this.view.report);
      case "delegate":
        return this.delegateView(this.view.position);
      case "wait":
        return this.waitView(this.view);
    }
  }

  private stepper(current: number): TemplateResult {
    return html`<p class="quiet over-steps">${this.state?.title ?? this.election?.title ?? nothing}</p>${steps(words().booth.steps, current)}`;
  }

  private start(): TemplateResult {
    const w = words().booth;
    const invitation = this.invitation;
    return html`${invitation === undefined ? head(w.title, w.lead) : head(w.invited, w.lead)}
      <div class="stack-7">
        ${invitation === undefined ? nothing : this.invitationView(invitation)}
        <section class="stack" aria-labelledby="pick">
          <h2 id="pick">${w.pick}</h2>
          ${electionList(
            this.elections,
            w.none,
            (election) =>
              html`<button class="button ${election.stage === "open" ? "" : "second"}" type="button" aria-label=${w.enterThis(election.title)} @click=${() => void this.enter(election.id)}>${w.enter}</button>`,
            () => void this.list(),
          )}
        </section>
      </div>`;
  }

  private invitationView(invitation: Invitation): TemplateResult | typeof nothing {
    const w = words().booth;
    switch (invitation.state) {
      case "asking":
        return nothing;
      case "unknown":
        return panel("bad", w.unknown, w.unknownText);
      case "used":
        return panel("note", w.already, w.alreadyText);
      case "over":
        return panel("note", w.over, w.overText);
      case "registered":
        return html`<section class="stack">${verdict("good", w.registered, w.registeredText)}${copyable(this.address, (text) => {
          this.say(text);
        })}</section>`;
      case "open":
        if (this.#seed === undefined) return html`<p>${w.invitedText}</p><tb-seed .engine=${this.engine} .ready=${(seed: Handle<Seed>) => void this.haveSeed(seed)}></tb-seed>`;
        return html`<section class="card stack" aria-labelledby="register">
          <h2 id="register">${w.addressOf}</h2>
          <p>${w.invitedText}</p>
          ${copyable(this.address, (text) => {
            this.say(text);
          })}
          <div><button class="button large" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.register()}>${w.register}</button></div>
        </section>`;
    }
  }

  private rightsView(): TemplateResult {
    const w = words().booth;
    const state = this.state;
    if (state === undefined) return html``;
    const early = state.stage === "before";
    const hidden = state.rules.weights === "hidden";
    return html`${this.stepper(1)}
      <div class="stack-7">
        <section class="stack">
          <h1>${w.rights}</h1>
          ${early ? panel("info", w.notNow(moment(state.opens)), hidden ? w.weights : "") : state.stage === "open" ? nothing : panel("info", w.ended, words().stages[state.stage])}
          ${
            this.rights.length === 0
              ? html`<div class="empty"><p class="strong">${early && hidden ? w.notSent : w.noRight}</p><p>${early && hidden ? w.notSentText : w.noRightText}</p></div>`
              : html`<ul class="list">${this.rights.map((right) => this.rightView(right, state))}</ul>`
          }
          ${early ? html`<div><button class="button second" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.work(w.reading, () => this.refresh())}>${w.lookAgain}</button></div>` : nothing}
        </section>
        ${
          state.rules.delegation
            ? html`<details class="more"><summary>${w.beDelegate}</summary><div class="stack"><p>${w.beDelegateText}</p>${copyable(this.delegateAddress, (text) => {
                this.say(text);
              })}${qrCode(this.delegateAddress.toUpperCase(), w.beDelegate)}</div></details>`
            : nothing
        }
        <details class="more"><summary>${w.addressOf}</summary>${copyable(this.address, (text) => {
          this.say(text);
        })}</details>
      </div>`;
  }

  private rightView(right: Right, state: ElectionState): TemplateResult {
    const w = words().booth;
    const used = !right.state.cast ? w.notCast : { holder: w.castHolder, delegate: w.castDelegate, "over-delegate": w.castOver }[right.state.by];
    const holding = { own: w.own, delegated: w.delegated, "given-away": w.given }[right.holding];
    const open = state.stage === "open";
    const votes = right.state.cast && right.state.by !== "delegate";
    const label = right.holding === "given-away" && !votes ? w.override : votes ? w.revote : w.vote;
    return html`<li class="stack-2" data-right=${right.position}>
      <h2 class="as-h3">${holding}</h2>
      <p><span class="tag ${right.state.cast ? "good" : ""}">${used}</span> ${state.rules.weights === "hidden" ? html`<span class="tag">${w.weight(number(right.weight))}</span>` : nothing}</p>
      ${right.unusable === undefined ? nothing : html`<p class="small quiet">${words().problems.rights[right.unusable.reason]}</p>`}
      ${
        open && right.unusable === undefined
          ? html`<div class="row">
              <button class="button ${votes ? "second" : ""}" type="button" @click=${() => void this.choose(right.position)}>${label}</button>
              ${
                right.holding === "own" && !right.state.cast && state.rules.delegation
                  ? html`<button class="button second" type="button" @click=${() => void this.to({ name: "delegate", position: right.position })}>${w.delegate}</button>`
                  : nothing
              }
              ${right.holding === "given-away" && !right.state.cast ? html`<button class="button second" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.recall(right.position)}>${w.recall}</button>` : nothing}
            </div>`
          : nothing
      }
      ${votes && state.rules.revoting && open ? html`<p class="small quiet">${w.revoteText}</p>` : nothing}
    </li>`;
  }

  private choiceView(position: number): TemplateResult {
    const w = words().booth;
    const state = this.state;
    if (state === undefined) return html``;
    return html`${this.stepper(2)}
      <h1 class="hidden-visually">${w.ballot}: ${state.title}</h1>
      <form
        class="stack-6"
        novalidate
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.review(position);
        }}
      >
        ${ballotForm({ title: state.title, questions: state.questions, points: this.points, errors: this.errors, change: (points) => {
          this.points = points;
          // What was wrong is said until it is right, and not before somebody asked.
          if (this.errors.length > 0) this.errors = state.questions.map((question, index) => choiceError(question, points[index] ?? []));
        } })}
        <div class="row">
          <button class="button large" type="submit" ?disabled=${this.busy !== undefined}>${w.review}</button>
          <button class="button plain" type="button" @click=${() => void this.to({ name: "rights" })}>${words().common.back}</button>
        </div>
      </form>`;
  }

  private waitView(view: Extract<View, { name: "wait" }>): TemplateResult {
    const w = words().booth;
    const whole = Math.max(1, view.until - view.from);
    return html`${this.stepper(view.back.name === "choice" ? 2 : 1)}
      <div class="stack-6">
        <section class="stack">
          <h1>${w.young(clock(view.until))}</h1>
          <p>${w.youngText}</p>
          <p class="strong">${w.youngGoesOn}</p>
          <div role="timer">${progress({ label: w.youngLeft, done: whole - this.left, total: whole, detail: w.seconds(number(this.left)) })}</div>
        </section>
        <div><button class="button second" type="button" @click=${() => void this.to(view.back)}>${words().common.back}</button></div>
      </div>`;
  }

  private choiceTable(choice: readonly ChoiceShown[]): TemplateResult {
    return pairs(choice.map((one) => [one.question, html`<span class="strong">${chosenText(one)}</span>`] as const));
  }

  private reviewView(position: number, prepared: Prepared): TemplateResult {
    const w = words().booth;
    return html`${this.stepper(3)}
      <div class="stack-7">
        <section class="stack">
          <h1>${w.reviewTitle}</h1>
          ${this.choiceTable(prepared.choice)}
          <p>${w.reviewText}</p>
          <div class="panel"><p class="panel-title">${w.tracker}</p><p class="tracker" data-tracker=${prepared.tracker}>${grouped(prepared.tracker)}</p></div>
          <p class="quiet" role="status">${prepared.proof === "making" ? `${w.proving}…` : prepared.proof === "made" ? w.proved : nothing}</p>
          <div class="row">
            <button class="button large" type="button" ?disabled=${this.busy !== undefined || prepared.proof === "failed"} @click=${() => void this.cast(prepared)}>${w.cast}</button>
            <button class="button plain" type="button" @click=${() => void this.to({ name: "choice", position })}>${w.change}</button>
          </div>
        </section>
        <section class="stack">
          <h2>${w.audit}</h2>
          <p>${w.auditText}</p>
          <div><button class="button second" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.audit(position, prepared)}>${w.audit}</button></div>
        </section>
      </div>`;
  }

  private openedView(view: Extract<View, { name: "opened" }>): TemplateResult {
    const w = words().booth;
    const { codes, code } = view;
    return html`${this.stepper(3)}
      <div class="stack-6">
        <h1>${w.opened}</h1>
        <p>${w.openedText}</p>
        <div class="panel"><p class="panel-title">${w.tracker}</p><p class="tracker">${grouped(view.tracker)}</p></div>
        <div class="stack-2">
          <div>${qrCode(codes[code] ?? "", w.code(number(code + 1), number(codes.length)), "large")}</div>
          <p role="status">${w.code(number(code + 1), number(codes.length))}</p>
        </div>
        <div class="row">
          ${codes.length > 1 ? html`<button class="button" type="button" @click=${() => (this.view = { ...view, code: (code + 1) % codes.length })}>${w.nextCode}</button>` : nothing}
          <button class="button second" type="button" @click=${() => {
            save("opened-ballot.tabella", view.file);
          }}>${w.saveOpened}</button>
          <button class="button second" type="button" @click=${() => void this.choose(view.position)}>${w.newBallot}</button>
        </div>
      </div>`;
  }

  private receiptView(file: Uint8Array, report: ReceiptReport): TemplateResult {
    const w = words().booth;
    const address = `${location.origin}/#election=${report.election}&tracker=${report.tracker}`;
    return html`${this.stepper(4)}
      <div class="stack-6">
        <h1 class="hidden-visually">${w.accepted}</h1>
        ${verdict("good", w.accepted, w.acceptedText)}
        <div class="columns wide-left">
          <div class="stack">
            ${pairs([
              [words().verifier.election, report.title],
              [w.tracker, html`<span class="tracker" data-tracker=${report.tracker}>${grouped(report.tracker)}</span>`],
              [words().verifier.accepted, moment(report.accepted)],
              [w.inclusion, w.inclusionOf(number(report.entry), number(report.log_size))],
            ])}
            <p class="small quiet">${w.receiptChecked}</p>
            ${this.receiptProof(report)}
          </div>
          <div>${qrCode(address, w.receiptCode)}</div>
        </div>
        <div class="row no-print">
          <button class="button" type="button" @click=${() => {
            save(`receipt-${report.tracker.slice(0, 8)}.tabella`, file);
          }}>${w.saveReceipt}</button>
          <button class="button second" type="button" @click=${() => {
            print();
          }}>${words().common.print}</button>
          <button class="button plain" type="button" @click=${() => void this.to({ name: "rights" })}>${w.backToRights}</button>
        </div>
      </div>`;
  }

  /** What was checked, for whoever checks it again: folded away on the screen, and whole on paper. */
  private receiptProof(report: ReceiptReport): TemplateResult {
    const w = words().booth;
    const path = html`<p>${w.proofOf(number(report.path.length))}</p><ol class="plain-list mono small" data-path>${report.path.map((hash) => html`<li class="break">${hash}</li>`)}</ol>`;
    return html`<div class="no-print">
        <details class="more"><summary>${w.proof}</summary><div class="stack-2">${path}</div></details>
        <details class="more"><summary>${w.checkpoint}</summary><pre class="mono small scroll-x" tabindex="0">${report.checkpoint}</pre></details>
      </div>
      <div class="print-only stack" aria-hidden="true">
        <h2>${w.proof}</h2>
        ${path}
        <h2>${w.checkpoint}</h2>
        <pre class="mono small wrapped">${report.checkpoint}</pre>
      </div>`;
  }

  private delegateView(position: number): TemplateResult {
    const w = words().booth;
    return html`${this.stepper(1)}
      <form
        class="stack"
        novalidate
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.delegate(position);
        }}
      >
        <h1>${w.delegateTitle}</h1>
        <p>${w.delegateText}</p>
        ${field({ id: "delegate", label: w.delegateTo, hint: w.delegateHint, value: this.delegateTo, mono: true, type: "area", rows: 3, error: this.delegateBad ? w.delegateBad : undefined, onInput: (value) => (this.delegateTo = value) })}
        <tb-scan .receive=${(text: string) => {
          this.delegateTo = text.toLowerCase();
          this.delegateBad = false;
          return false;
        }}></tb-scan>
        <div class="row">
          <button class="button" type="submit" ?disabled=${this.busy !== undefined}>${w.delegate}</button>
          <button class="button plain" type="button" @click=${() => void this.to({ name: "rights" })}>${words().common.back}</button>
        </div>
      </form>`;
  }
}

// The administrator: ballot, people, ceremony, opening, turnout, close, result. All signing happens here.
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Authority, BoardKind, Registered, SetupInfo } from "../../../browser/engine";
import { NodeError, node, type Election } from "../api/node";
import { ballotForm, emptyChoice } from "../components/choice";
import "../components/drop";
import { invitationSheet, invitationTables, linksTable, printSheets, type Invited } from "../components/invitations";
import { questionFields } from "../components/questions";
import { missing, rounds, trusteeTable } from "../components/trustees";
import { checkNew, noPassphrase, passphraseFields, type Passphrase } from "../components/passphrase";
import { runoffTable } from "../components/runoff";
import { copyable, facts, field, grouped, head, panel, resultTable, save, steps, verdict } from "../components/parts";
import { Said } from "../components/trouble";
import { WorkingPage } from "../components/working";
import { Board, fromBase64, fromHex, joined, randomHex, seal, toBase64, toHex, unseal } from "../engine/board";
import { lines, namesError, namesOfTable, newDraft, newQuestion, readDraft, readQuestion, usualEpoch, type DraftText, type Errors, type QuestionText } from "../engine/draft";
import { electionOfBoard, now, openElection, readElection } from "../engine/election";
import { EngineFailure, type Handle } from "../engine/remote";
import { moment, number, percent, words } from "../i18n/locale";

/** What only the administrator knows, beside the key. */
interface Project {
  board: string;
  ledger: string;
  threshold: number;
  invited: Invited[];
  /** Invitations in whose place others stand. */
  replaced?: Invited[];
}
type View = "start" | "ballot" | "people" | "key" | "running";

@customElement("tb-admin")
export class AdminPage extends WorkingPage {
  protected readonly page = "administer" as const;
  @state() private view: View = "start";
  @state() private draft: DraftText = newDraft();
  @state() private errors: Errors = {};
  @state() private roll = "";
  @state() private trustees = "";
  @state() private threshold = "2";
  @state() private passphrase: Passphrase = noPassphrase();
  @state() private file: File | undefined;
  @state() private project: Project | undefined;
  @state() private registered: readonly Registered[] = [];
  @state() private setup: SetupInfo | undefined;
  @state() private sheets: readonly TemplateResult[] = [];
  @state() private election: Election | undefined;
  @state() private electionId = "";
  @state() private tick = 0;
  /** Whose invitation is to be replaced, and the passphrase of the file that says so. */
  @state() private renewing: Invited | undefined;
  @state() private unlock: Passphrase = noPassphrase();
  #authority: Handle<Authority> | undefined;
  #publicKey = "";
  #board: Board | undefined;
  #sealed = "";
  /** The registrations that were read, as frames, and how many they are. */
  #frames = new Uint8Array();
  #read = 0;
  /** Whether the node may not know of invitations that replace others. */
  #unsaid = false;
  #looking: Promise<void> | undefined;
  #timer = 0;
  #events: EventSource | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    this.#events?.close();
  }

  private async to(view: View): Promise<void> {
    this.view = view;
    this.problem = undefined;
    await this.goTo("h1, h2");
  }

  private async wrong(errors: Errors): Promise<boolean> {
    this.errors = errors;
    if (Object.keys(errors).length === 0) return false;
    await this.updateComplete;
    this.querySelector<HTMLElement>("[aria-invalid]")?.focus();
    return true;
  }

  private async haveBallot(): Promise<void> {
    if (!(await this.wrong(readDraft(this.draft, now()).errors))) await this.to("people");
  }

  private async havePeople(): Promise<void> {
    const w = words().admin;
    const errors: Errors = {};
    const names = lines(this.trustees);
    const rollError = namesError(lines(this.roll));
    if (rollError !== undefined) errors["roll"] = rollError;
    if (names.length < 2 || names.length > 64 || new Set(names).size < names.length) errors["trustees"] = w.trusteesBad;
    const threshold = Number(this.threshold);
    if (!Number.isInteger(threshold) || threshold < 2 || threshold > names.length) errors["threshold"] = w.thresholdBad;
    if (!(await this.wrong(errors))) await this.to("key");
  }

  /** Makes the key and the invitations, saves the file, and only then tells the node anything. */
  private async create(): Promise<void> {
    this.passphrase = checkNew(this.passphrase);
    if (this.passphrase.error !== undefined) return;
    const ok = await this.work(words().admin.creating, async () => {
      const engine = this.engine;
      const ledger = (await node.ledger()).id;
      const board = randomHex(32);
      const draftFile = await engine.run("writeDraft", readDraft(this.draft, now()).draft, board);
      const authority = await engine.static("Authority", "generate");
      this.#authority = authority;
      this.#publicKey = await authority.get("publicKey");
      const invited: Invited[] = [];
      const bodies: Uint8Array[] = [];
      for (const [role, names] of [["trustee", lines(this.trustees)], ["voter", lines(this.roll)]] as const) {
        const drawn = await authority.call("invite", role, names.length);
        invited.push(...names.map((name, index) => ({ role, name, token: drawn[index]?.token ?? "" })));
        bodies.push(await authority.call("invitationsBody", role, drawn.map((one) => one.id)));
      }
      this.project = { board, ledger, threshold: Number(this.threshold), invited };
      const key = toBase64(await authority.call("seal", this.passphrase.first));
      this.#sealed = JSON.stringify({ tabella: "administrator 1", key, project: await seal(JSON.stringify(this.project), this.passphrase.first) });
      this.saveFile();
      await node.openBoard(await authority.call("openBoard", ledger, board));
      this.#board = new Board(engine, ledger, board);
      await this.#board.refresh();
      await this.post("draft", draftFile);
      for (const body of bodies) await this.post("invitations", body);
      this.passphrase = noPassphrase();
    });
    if (ok) await this.run();
  }

  private saveFile(): void {
    save(`${this.project?.board.slice(0, 8) ?? "election"}.administrator.json`, this.#sealed, "application/json");
  }

  private async resume(): Promise<void> {
    const file = this.file;
    if (file === undefined) return;
    const ok = await this.work(words().common.loading, async () => {
      this.#sealed = await file.text();
      let read: { tabella?: string; key?: string; project?: string } = {};
      try {
        read = JSON.parse(this.#sealed) as typeof read;
      } catch {
        // Said below.
      }
      if (read.tabella !== "administrator 1" || read.key === undefined || read.project === undefined) throw new Said(words().admin.fileBad);
      try {
        this.#authority = await this.engine.static("Authority", "open", fromBase64(read.key), this.passphrase.first);
        this.project = JSON.parse(await unseal(read.project, this.passphrase.first)) as Project;
      } catch (error) {
        if (!(error instanceof EngineFailure && error.code === "load")) this.passphrase = { ...this.passphrase, error: "wrong" };
        throw error;
      }
      this.#publicKey = await this.#authority.get("publicKey");
      this.#board = new Board(this.engine, this.project.ledger, this.project.board);
      this.passphrase = noPassphrase();
    });
    if (ok) await this.run();
  }

  private async run(): Promise<void> {
    await this.to("running");
    this.#unsaid = this.project?.replaced !== undefined;
    await this.look();
    this.#timer = window.setInterval(() => void this.look(), 3000);
    this.#events = node.events("turnout,election");
    for (const name of ["turnout", "election"]) this.#events.addEventListener(name, () => void this.lookAtElection());
  }

  /** Reads what has happened, once at a time. */
  private look(): Promise<void> {
    this.#looking ??= this.lookOnce().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  private async lookOnce(): Promise<void> {
    const board = this.#board;
    if (board === undefined || this.#authority === undefined || this.busy !== undefined) return;
    try {
      await board.refresh();
      if (board.one("manifest") === undefined) {
        await this.readRegistrations();
        if (this.#unsaid) await this.announce();
      } else if (this.electionId === "") {
        this.electionId = (await this.engine.run("readManifest", board.one("manifest") ?? new Uint8Array())).election;
      }
      const setup = board.one("setup");
      if (setup !== undefined) this.setup ??= await this.engine.run("readSetup", setup);
      this.tick++;
      await this.lookAtElection();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Reads the registrations that came since, page by page, and checks them all with the tokens and what the board has revoked. */
  private async readRegistrations(): Promise<void> {
    const [authority, project] = [this.#authority, this.project];
    if (authority === undefined || project === undefined) return;
    for (;;) {
      const asked = this.#read;
      const page = await node.registrations(project.board, await authority.call("registrationsQuery", project.ledger, project.board, asked, now()));
      // Somebody else may have read the same page meanwhile.
      if (this.#read !== asked) continue;
      if (!(page.next > asked)) break;
      this.#frames = joined(this.#frames, page.frames);
      this.#read = page.next;
      if (page.next >= page.size) break;
    }
    await this.checkRegistrations();
  }

  /** Finds who is registered, as the file and the board are now. */
  private async checkRegistrations(): Promise<void> {
    const [authority, board] = [this.#authority, this.#board];
    for (;;) {
      const project = this.project;
      if (authority === undefined || board === undefined || project === undefined) return;
      const tokens = project.invited.map(({ role, token }) => ({ role, token }));
      const found = await authority.call("checkRegistrations", this.#frames, project.board, tokens, board.all("revocations"));
      // An invitation may have been replaced meanwhile.
      if (this.project !== project) continue;
      this.registered = found.filter((one) => one.revoked === undefined);
      if (this.registered.length < found.length) throw new Said(words().admin.fileOld);
      return;
    }
  }

  /** The same, from all that is on the board at this moment: before anything is built upon it. */
  private async readPeople(): Promise<void> {
    await this.#board?.refresh();
    await this.readRegistrations();
  }

  /** Draws another token, saves the file with it, and only then tells the node. */
  private async renew(one: Invited): Promise<void> {
    const [authority, project] = [this.#authority, this.project];
    if (authority === undefined || project === undefined) return;
    await this.work(words().admin.renewing, async () => {
      await this.readPeople();
      if (this.#board?.one("manifest") !== undefined || (one.role === "trustee" && this.#board?.one("setup") !== undefined)) throw new Said(words().admin.renewLate);
      const file = JSON.parse(this.#sealed) as { key: string; project: string };
      try {
        await unseal(file.project, this.unlock.first);
      } catch (error) {
        this.unlock = { ...this.unlock, error: "wrong" };
        throw error;
      }
      const [drawn] = await authority.call("invite", one.role, 1);
      if (drawn === undefined) return;
      const invited = project.invited.map((each) => (each.role === one.role && each.name === one.name ? { ...each, token: drawn.token } : each));
      this.project = { ...project, invited, replaced: [...(project.replaced ?? []), { role: one.role, name: one.name, token: one.token }] };
      this.#sealed = JSON.stringify({ tabella: "administrator 1", key: file.key, project: await seal(JSON.stringify(this.project), this.unlock.first) });
      this.saveFile();
      this.renewing = undefined;
      this.unlock = noPassphrase();
      this.sheets = [];
      this.#unsaid = true;
      // What was registered with the old token counts no more, whatever the node answers.
      await this.checkRegistrations();
      await this.announce();
      this.say(words().admin.renewed(one.name));
    });
  }

  /** Tells the node which invitations stand in the place of others, as the file has them: also what an accident kept from it. */
  private async announce(): Promise<void> {
    const [authority, project] = [this.#authority, this.project];
    if (authority === undefined || project === undefined || project.replaced === undefined) return;
    const isGood = async (id: string): Promise<boolean> => {
      try {
        await node.invitation(project.board, id);
        return true;
      } catch (error) {
        if (error instanceof NodeError && error.status === 404) return false;
        throw error;
      }
    };
    for (const { role, name, token } of project.replaced) {
      const current = project.invited.find((one) => one.role === role && one.name === name);
      if (current === undefined) continue;
      const [old, fresh] = [await this.engine.run("invitationId", role, token), await this.engine.run("invitationId", role, current.token)];
      if (!(await isGood(fresh))) await this.post("invitations", await authority.call("invitationsBody", role, [fresh]));
      if (await isGood(old)) await this.post("revocations", await authority.call("invitationsBody", role, [old]));
    }
    this.#unsaid = false;
  }

  /** Asks before an invitation is replaced. */
  private renewView(one: Invited): TemplateResult | typeof nothing {
    const w = words().admin;
    if (this.renewing?.role !== one.role || this.renewing.name !== one.name) return nothing;
    return html`<tr><td colspan="3">
      <form class="stack" novalidate data-renew @submit=${(event: Event) => {
        event.preventDefault();
        void this.renew(one);
      }}>
        <p>${w.renewText(one.name)}</p>
        ${passphraseFields("unlock", this.unlock, false, (next) => (this.unlock = next))}
        <div class="row">
          <button class="button" type="submit" ?disabled=${this.busy !== undefined}>${w.renew}</button>
          <button class="button plain" type="button" @click=${() => (this.renewing = undefined)}>${w.renewNot}</button>
        </div>
      </form></td></tr>`;
  }

  private async lookAtElection(): Promise<void> {
    const board = this.#board;
    if (board?.one("manifest") === undefined) return;
    try {
      this.election = this.election === undefined ? await electionOfBoard(board.id) : await node.election(this.election.id);
    } catch {
      // The next look shows it.
    }
  }

  private async post(kind: BoardKind, body: Uint8Array): Promise<void> {
    const [board, authority] = [this.#board, this.#authority];
    if (board === undefined || authority === undefined) return;
    await node.postMessage(board.id, await authority.call("boardMessage", board.ledger, board.id, kind, board.next(this.#publicKey), body));
    await board.refresh();
  }

  private cards(): Registered[] {
    return this.registered.filter((one) => one.role === "trustee" && one.refused === undefined && one.card !== undefined);
  }

  /** The trustees' board keys, in the order of the setup. */
  private async keys(): Promise<string[]> {
    const setup = this.#board?.one("setup");
    if (setup !== undefined) this.setup ??= await this.engine.run("readSetup", setup);
    return this.setup?.trustees.map((trustee) => trustee.key) ?? [];
  }

  private async begin(): Promise<void> {
    const [board, authority, project] = [this.#board, this.#authority, this.project];
    if (board === undefined || authority === undefined || project === undefined) return;
    await this.work(words().admin.begin, async () => {
      await this.readPeople();
      const cards = this.cards().flatMap((one) => (one.card === undefined ? [] : [one.card]));
      const draft = board.one("draft");
      if (draft === undefined) throw new Error("the draft is not on the board");
      if (board.one("setup") !== undefined) return;
      // Cards that make no setup are not announced; of those that were announced before somebody was replaced, the newest count.
      const setup = await authority.call("setup", draft, project.threshold, cards);
      const trustees = await authority.call("trusteesBody", cards);
      const announced = board.all("trustees").at(-1);
      if (announced === undefined || toHex(announced) !== toHex(trustees)) await this.post("trustees", trustees);
      await this.post("setup", setup);
    });
    await this.look();
  }

  private async fix(): Promise<void> {
    const [board, authority, project] = [this.#board, this.#authority, this.project];
    if (board === undefined || authority === undefined || project === undefined) return;
    await this.work(words().admin.fix, async () => {
      await this.readPeople();
      if (board.one("manifest") !== undefined) return;
      const [setup, draft] = [board.one("setup"), board.one("draft")];
      if (setup === undefined || draft === undefined) return;
      const keys = await this.keys();
      const collect = (kind: BoardKind): Promise<Uint8Array> => authority.call("collect", setup, board.of(kind, keys).flatMap((body) => (body === undefined ? [] : [body])));
      const ceremony = await authority.call("assemble", setup, await collect("commitments"), await collect("packages"), await collect("confirmations"), await collect("acknowledgements"));
      if (board.one("ceremony") === undefined) await this.post("ceremony", ceremony);
      const roll = this.registered.flatMap((one) => (one.role === "voter" && one.refused === undefined && one.address !== undefined ? [{ address: one.address, weight: 1 }] : []));
      await this.post("manifest", await authority.call("manifest", draft, ceremony, roll, project.ledger));
    });
    await this.look();
  }

  private async openIt(): Promise<void> {
    const [board, authority] = [this.#board, this.#authority];
    const manifest = board?.one("manifest");
    if (board === undefined || authority === undefined || manifest === undefined) return;
    await this.work(words().admin.open, async () => {
      const rehearsals = board.of("rehearsal", await this.keys()).flatMap((body) => (body === undefined ? [] : [body]));
      await node.submit(await authority.call("openElection", manifest, rehearsals));
    });
    await this.look();
  }

  private async close(): Promise<void> {
    const [authority, election] = [this.#authority, this.election];
    if (authority === undefined || election === undefined) return;
    await this.work(words().admin.closing, async () => {
      const w = words().admin;
      if (election.stage === "ended") {
        const record = await node.record(election.id, (done, total) => {
          this.show(words().verifier.fetching, done, total);
        });
        const transaction = await authority.call("close", record, election.id, now(), {}, (_stage: string, done: number, total: number) => {
          this.show(w.closing, done, total);
        });
        await node.submit(transaction);
      }
      if (this.#board?.one("closed") === undefined) await this.post("closed", fromHex(election.id));
    });
    await this.look();
  }

  private async publish(): Promise<void> {
    const [board, authority, election] = [this.#board, this.#authority, this.election];
    if (board === undefined || authority === undefined || election === undefined) return;
    await this.work(words().admin.publish, async () => {
      const log = await openElection(this.engine, election);
      await readElection(log, election, (done, total) => {
        this.show(words().booth.reading, done, total);
      });
      const partials = board.of("partial", await this.keys()).flatMap((body) => (body === undefined ? [] : [body]));
      await node.submit((await authority.call("publish", log, partials)).transaction);
      log.free();
    });
    await this.look();
  }

  protected heading(): string {
    return words().admin.title;
  }

  private stepper(current: number): TemplateResult {
    return steps(words().admin.steps, current);
  }

  private form(content: TemplateResult, label: string, act: () => Promise<void>, back: View | undefined): TemplateResult {
    return html`<form
      class="stack-6"
      novalidate
      @submit=${(event: Event) => {
        event.preventDefault();
        void act();
      }}
    >
      ${content}
      <div class="row">
        <button class="button large" type="submit" ?disabled=${this.busy !== undefined}>${label}</button>
        ${back === undefined ? nothing : html`<button class="button plain" type="button" @click=${() => void this.to(back)}>${words().common.back}</button>`}
      </div>
    </form>`;
  }

  protected main(): TemplateResult {
    switch (this.view) {
      case "start":
        return this.startView();
      case "ballot":
        return this.ballotView();
      case "people":
        return this.peopleView();
      case "key":
        return this.keyView();
      case "running":
        return this.runningView();
    }
  }

  private startView(): TemplateResult {
    const w = words().admin;
    return html`${head(w.title, w.lead)}
      <div class="columns">
        <section class="card stack" aria-labelledby="fresh">
          <h2 id="fresh">${w.fresh}</h2>
          <p>${w.freshText}</p>
          <div><button class="button large" type="button" @click=${() => void this.to("ballot")}>${w.fresh}</button></div>
        </section>
        <section class="card stack" aria-labelledby="resume">
          <h2 id="resume">${w.resume}</h2>
          <p>${w.resumeText}</p>
          ${this.form(
            html`<tb-drop small .label=${this.file === undefined ? w.dropFile : words().keys.fileChosen(this.file.name)} .receive=${(files: File[]) => (this.file = files[0])}></tb-drop>
              ${passphraseFields("passphrase", this.passphrase, false, (next) => (this.passphrase = next))}`,
            words().keys.open,
            () => this.resume(),
            undefined,
          )}
        </section>
      </div>`;
  }

  private set(part: Partial<DraftText>): void {
    this.draft = { ...this.draft, ...part };
  }

  private setQuestion(index: number, part: Partial<QuestionText>): void {
    this.set({ questions: this.draft.questions.map((question, place) => (place === index ? { ...question, ...part } : question)) });
  }

  private checkbox(label: string, value: boolean, change: (value: boolean) => void): TemplateResult {
    return html`<label class="tick"><input type="checkbox" .checked=${value} @change=${(event: Event) => {
      change((event.target as HTMLInputElement).checked);
    }} /><span>${label}</span></label>`;
  }

  private ballotView(): TemplateResult {
    const w = words().admin;
    const draft = this.draft;
    const questions = draft.questions.map((question) => readQuestion(question));
    return html`${this.stepper(0)}
      <h1>${w.ballot}</h1>
      <div class="columns after">
        ${this.form(
          html`${field({ id: "title", label: w.electionTitle, value: draft.title, error: this.errors["title"], onInput: (title) => {
              this.set({ title });
            } })}
            ${field({ id: "opens", label: w.opens, type: "datetime-local", hint: w.timesHint, value: draft.opens, onInput: (opens) => {
              this.set({ opens });
            } })}
            ${field({ id: "closes", label: w.closes, type: "datetime-local", value: draft.closes, error: this.errors["closes"], onInput: (closes) => {
              this.set({ closes });
            } })}
            ${draft.questions.map((question, index) =>
              questionFields({
                question,
                index,
                errors: this.errors,
                change: (part) => {
                  this.setQuestion(index, part);
                },
                remove: draft.questions.length < 2 ? undefined : () => {
                  this.set({ questions: draft.questions.filter((_, place) => place !== index) });
                },
              }),
            )}
            <div><button class="button second" type="button" ?disabled=${draft.questions.length >= 64} @click=${() => {
              this.set({ questions: [...draft.questions, newQuestion()] });
            }}>${w.addQuestion}</button></div>
            <fieldset class="stack-2">
              <legend><h2>${w.rules}</h2></legend>
              ${this.checkbox(w.delegation, draft.delegation, (delegation) => {
                this.set({ delegation });
              })}
              ${this.checkbox(w.revoting, draft.revoting, (revoting) => {
                this.set({ revoting });
              })}
              ${field({ id: "smallest", label: w.smallest, type: "number", short: true, hint: w.smallestHint, value: draft.smallest, error: this.errors["smallest"], onInput: (smallest) => {
                this.set({ smallest });
              } })}
              <details class="more" ?open=${this.errors["epoch"] !== undefined}>
                <summary>${w.more}</summary>
                ${field({ id: "epoch", label: w.epoch, type: "number", short: true, hint: w.epochHint(number(usualEpoch(draft))), value: draft.epoch, error: this.errors["epoch"], onInput: (epoch) => {
                  this.set({ epoch });
                } })}
              </details>
            </fieldset>`,
          words().common.next,
          () => this.haveBallot(),
          "start",
        )}
        <aside class="stack" aria-label=${w.preview}>
          <p class="quiet">${w.preview}</p>
          ${ballotForm({ title: draft.title || w.electionTitle, questions, points: emptyChoice(questions), prefix: "preview" })}
        </aside>
      </div>`;
  }

  private peopleView(): TemplateResult {
    const w = words().admin;
    const table = async (file: File | undefined): Promise<void> => {
      if (file === undefined) return;
      const { names, error } = namesOfTable(await file.text());
      this.errors = { ...this.errors, roll: error };
      if (error === undefined) this.roll = names.join("\n");
    };
    return html`${this.stepper(1)}
      <h1>${w.people}</h1>
      <div class="after"></div>
      ${this.form(
        html`<section class="stack">
            ${field({ id: "roll", label: w.roll, hint: w.rollHint, type: "area", rows: 8, value: this.roll, error: this.errors["roll"], onInput: (roll) => (this.roll = roll) })}
            <p class="quiet" role="status">${w.rollCount(number(lines(this.roll).length))}</p>
            <tb-drop small accept=".csv,text/csv,text/plain" .label=${w.rollDrop} .receive=${(files: File[]) => void table(files[0])}></tb-drop>
          </section>
          ${field({ id: "trustees", label: w.trustees, hint: w.trusteesHint, type: "area", rows: 4, value: this.trustees, error: this.errors["trustees"], onInput: (trustees) => {
            this.trustees = trustees;
            this.threshold = String(Math.max(2, Math.floor(lines(trustees).length / 2) + 1));
          } })}
          ${field({ id: "threshold", label: w.threshold, hint: w.thresholdHint, type: "number", short: true, value: this.threshold, error: this.errors["threshold"], onInput: (threshold) => (this.threshold = threshold) })}`,
        words().common.next,
        () => this.havePeople(),
        "ballot",
      )}`;
  }

  private keyView(): TemplateResult {
    const w = words().admin;
    return html`${this.stepper(2)}
      <h1>${w.key}</h1>
      <p class="after">${w.keyText}</p>
      <div class="after"></div>
      ${this.form(passphraseFields("new-passphrase", this.passphrase, true, (next) => (this.passphrase = next)), w.create, () => this.create(), "people")}`;
  }

  private runningView(): TemplateResult {
    const board = this.#board;
    const election = this.election;
    const w = words().admin;
    // What was read decides what is shown; `tick` says that something was read.
    void this.tick;
    const manifest = board?.one("manifest") !== undefined;
    const step = election?.stage === "published" || election?.stage === "closed" ? 5 : election !== undefined ? 4 : board?.one("setup") !== undefined ? 3 : 2;
    return html`${this.stepper(step)}
      <div class="row-between head"><h1>${election?.title ?? w.title}</h1><button class="button second no-print" type="button" @click=${() => {
        this.saveFile();
      }}>${w.saveFile}</button></div>
      <div class="stack-7">
        ${election === undefined ? nothing : this.votingView(election)} ${manifest && election === undefined ? this.canaryView() : nothing}
        ${!manifest ? this.ceremonyView() : nothing} ${!manifest ? this.invitationsView() : nothing}
      </div>`;
  }

  private readonly link = (invited: Invited): string => `${location.origin}/${invited.role === "voter" ? "booth" : "trustee"}#i=${this.project?.board ?? ""}.${invited.token}`;

  private invitationsView(): TemplateResult {
    const w = words().admin;
    const invited = this.project?.invited ?? [];
    // The trustees of a ceremony are fixed by its setup.
    const voters = this.#board?.one("setup") !== undefined;
    return html`<section class="stack" aria-labelledby="invitations">
        <h2 id="invitations">${w.invitations}</h2>
        <p>${w.invitationsText}</p>
        <div class="row no-print">
          <button class="button second" type="button" @click=${() => {
            save("invitations.csv", linksTable(invited, this.link), "text/csv");
          }}>${w.table}</button>
          <button class="button second" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.printInvitations()}>${w.printSheet}</button>
        </div>
        ${invitationTables({ invited, registered: this.registered, link: this.link, copy: (link) => void navigator.clipboard.writeText(link).then(
          () => {
            this.say(words().common.copied);
          },
          () => {
            this.say(words().common.copyFailed);
          },
        ),
        replace: (role) => (role === "trustee" && voters ? undefined : (one: Invited) => {
          this.renewing = one;
          this.unlock = noPassphrase();
        }),
        below: (one) => this.renewView(one),
        })}
      </section>
      ${printSheets(this.sheets)}`;
  }

  /** Draws the sheets of all invitations, some at a time, so that the page stays alive however many they are. */
  private async printInvitations(): Promise<void> {
    const w = words().admin;
    const invited = this.project?.invited ?? [];
    const ok = await this.work(w.drawing, async () => {
      const sheets: TemplateResult[] = [];
      for (const one of invited) {
        sheets.push(invitationSheet(one, this.link(one)));
        if (sheets.length % 100 !== 0) continue;
        this.show(w.drawing, sheets.length, invited.length);
        await new Promise((resolve) => setTimeout(resolve));
      }
      this.sheets = sheets;
      await this.updateComplete;
    });
    if (!ok) return;
    // Until the paper is done; what is drawn costs memory.
    addEventListener("afterprint", () => (this.sheets = []), { once: true });
    print();
  }

  private ceremonyView(): TemplateResult {
    const w = words().admin;
    const board = this.#board;
    const trustees = this.project?.invited.filter((one) => one.role === "trustee").length ?? 0;
    const voters = this.project?.invited.filter((one) => one.role === "voter").length ?? 0;
    const cards = this.cards().length;
    const ready = this.registered.filter((one) => one.role === "voter" && one.refused === undefined).length;
    const begun = board?.one("setup") !== undefined;
    const setup = this.setup;
    const finished = board !== undefined && setup !== undefined && missing(setup, board, "acknowledgements").length === 0;
    return html`<section class="stack no-print" aria-labelledby="ceremony">
        <h2 id="ceremony">${w.ceremony}</h2>
        <p>${w.ceremonyText}</p>
        ${
          begun
            ? setup === undefined ? nothing : trusteeTable(setup, board, rounds)
            : html`<p role="status">${w.beginWaits(number(cards), number(trustees))}</p>
                <div><button class="button" type="button" ?disabled=${cards < trustees || this.busy !== undefined} @click=${() => void this.begin()}>${w.begin}</button></div>`
        }
      </section>
      ${
        finished
          ? html`<section class="card stack no-print" aria-labelledby="fix">
              <h2 id="fix">${w.fix}</h2>
              <p role="status">${w.fixText(number(ready), number(voters))}</p>
              ${ready < voters ? panel("note", w.fixFew, "") : nothing}
              <div><button class="button" type="button" ?disabled=${ready === 0 || this.busy !== undefined} @click=${() => void this.fix()}>${w.fix}</button></div>
            </section>`
          : nothing
      }`;
  }

  private canaryView(): TemplateResult {
    const w = words().admin;
    const board = this.#board;
    const setup = this.setup;
    const shown = board !== undefined && setup !== undefined && missing(setup, board, "rehearsal").length === 0;
    return html`<section class="stack">
        ${verdict("good", w.manifest, w.manifestText)}
        ${this.electionId === "" ? nothing : copyable(this.electionId, (text) => {
          this.say(text);
        }, grouped(this.electionId))}
      </section>
      <section class="stack" aria-labelledby="canaries">
        <h2 id="canaries">${w.canaries}</h2>
        <p>${w.canariesText}</p>
        ${board === undefined || setup === undefined ? nothing : trusteeTable(setup, board, [...rounds, "rehearsal"])}
        <div><button class="button large" type="button" ?disabled=${!shown || this.busy !== undefined} @click=${() => void this.openIt()}>${w.open}</button></div>
      </section>`;
  }

  private votingView(election: Election): TemplateResult {
    const w = words().admin;
    const board = this.#board;
    const partials = new Set(board?.messages.filter((message) => message.kind === "partial").map((message) => message.author)).size;
    const { threshold } = election.trustees;
    const open = election.stage === "before" || election.stage === "open";
    return html`<section class="stack">
        ${
          election.stage === "published"
            ? verdict("good", w.published, html`<p>${w.publishedText} <a href="/#election=${election.id}">${w.toVerifier}</a></p>`)
            : election.stage === "closed"
              ? panel("info", w.closed, w.closedText)
              : panel("info", w.opened, election.stage === "before" ? w.begins(moment(election.opens)) : w.over(moment(election.closes)))
        }
        ${copyable(election.id, (text) => {
          this.say(text);
        }, grouped(election.id))}
      </section>
      <section class="stack" aria-labelledby="turnout">
        <h2 id="turnout">${w.turnout}</h2>
        ${facts([
          [words().verifier.voters, number(election.voters)],
          [words().verifier.counted, html`<span role="status">${number(election.counted)}</span>`],
          [w.turnout, percent(election.counted, election.voters)],
        ])}
        <p class="quiet">${w.live}</p>
      </section>
      ${
        election.stage === "ended" || (election.stage === "closed" && board?.one("closed") === undefined)
          ? html`<div><button class="button large" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.close()}>${w.close}</button></div>`
          : election.stage === "closed"
            ? html`<section class="stack"><p role="status">${w.partials(number(partials), number(threshold))}</p>${board === undefined || this.setup === undefined ? nothing : trusteeTable(this.setup, board, ["partial"], partials < threshold)}<div><button class="button large" type="button" ?disabled=${partials < threshold || this.busy !== undefined} @click=${() => void this.publish()}>${w.publish}</button></div></section>`
            : nothing
      }
      ${open || election.results === null ? nothing : election.questions.map((question, index) => {
        const runoff = election.runoffs?.[index];
        if (runoff !== null && runoff !== undefined) return runoffTable(question, runoff);
        return resultTable(question.title, words().result.of(number(election.counted)), question.options.map((option, place) => ({ name: option.name, votes: election.results?.[index]?.[place] ?? 0 })), election.counted);
      })}`;
  }
}

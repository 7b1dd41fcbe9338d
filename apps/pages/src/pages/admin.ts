// The administrator: ballot, people, ceremony, opening, turnout, close, result. All signing happens here.
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Authority, BoardKind, Distribution, Registered, RollEntry, SetupInfo } from "../../../browser/engine";
import { NodeError, node, type Election } from "../api/node";
import { ballotForm, emptyChoice } from "../components/choice";
import { draftFields } from "../components/draft-form";
import "../components/drop";
import { invitationSheet, invitationTables, linksTable, printSheets, type Invited } from "../components/invitations";
import { missing, rounds, trusteeTable } from "../components/trustees";
import { checkNew, noPassphrase, passphraseFields, type Passphrase } from "../components/passphrase";
import { copyable, field, grouped, head, panel, save, steps, verdict } from "../components/parts";
import { Said } from "../components/trouble";
import { votingView } from "../components/voting";
import { inferredNote, weightsShown } from "../components/weights";
import { WorkingPage } from "../components/working";
import { Board, fromBase64, fromHex, joined, randomHex, seal, toBase64, toHex, unseal } from "../engine/board";
import { distribute, secondsFor, viewingKey } from "../engine/distribution";
import { lines, newDraft, readDraft, readQuestion, type DraftText, type Errors } from "../engine/draft";
import { electionOfBoard, now, openElection, readElection } from "../engine/election";
import { EngineFailure, type Handle } from "../engine/remote";
import { mostPoints, readRoll, reissued, rollEntries, rollOfTable, transfersOf, weightsOf, type Roll } from "../engine/roll";
import { moment, number, words } from "../i18n/locale";

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
  /** Why the table that was imported last was refused: the roll before it is not the one that was meant. */
  @state() private tableError: string | undefined;
  @state() private trustees = "";
  @state() private threshold = "2";
  @state() private passphrase: Passphrase = noPassphrase();
  @state() private file: File | undefined;
  @state() private project: Project | undefined;
  @state() private registered: readonly Registered[] = [];
  /** What the weights of those who have registered add up to. */
  @state() private total = 0;
  @state() private setup: SetupInfo | undefined;
  @state() private sheets: readonly TemplateResult[] = [];
  @state() private election: Election | undefined;
  @state() private electionId = "";
  @state() private tick = 0;
  /** What the whole log says of the rights that were sent, where weights are hidden. */
  @state() private found: Distribution | undefined;
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

  private readRoll(): Roll {
    const { weights, questions } = this.draft;
    return readRoll(this.roll, weights, mostPoints(questions.map((question) => readQuestion(question))));
  }

  private async havePeople(): Promise<void> {
    const w = words().admin;
    const errors: Errors = {};
    const names = lines(this.trustees);
    const error = this.tableError ?? this.readRoll().error;
    if (error !== undefined) errors["roll"] = error;
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
      const { draft } = readDraft(this.draft, now());
      this.refuseLate(draft, this.readRoll().voters.length);
      const draftFile = await engine.run("writeDraft", draft, board);
      const hidden = draft.rules.weights === "hidden";
      const authority = await engine.static("Authority", "generate");
      this.#authority = authority;
      this.#publicKey = await authority.get("publicKey");
      const invited: Invited[] = [];
      const bodies: Uint8Array[] = [];
      const people = {
        trustee: lines(this.trustees).map((name) => ({ name })),
        voter: this.readRoll().voters.map(({ name, weight }) => (hidden ? { name, weight } : { name })),
      };
      for (const role of ["trustee", "voter"] as const) {
        const drawn = await authority.call("invite", role, people[role].length);
        invited.push(...people[role].map((one, index) => ({ role, ...one, token: drawn[index]?.token ?? "" })));
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
      const found = await authority.call("checkRegistrations", this.#frames, project.board, tokens, board.all("revocations")).catch((error: unknown) => {
        throw error instanceof EngineFailure && error.code === "refused" ? new Said(words().admin.registeredTwice, error.message) : error;
      });
      // An invitation may have been replaced meanwhile.
      if (this.project !== project) continue;
      this.registered = found.filter((one) => one.revoked === undefined);
      if (this.registered.length < found.length) throw new Said(words().admin.fileOld);
      this.total = this.entries(project).reduce((sum, { weight }) => sum + weight, 0);
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
      this.project = { ...project, invited: reissued(project.invited, one, drawn.token), replaced: [...(project.replaced ?? []), { role: one.role, name: one.name, token: one.token }] };
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
      if (draft === undefined) throw new Said(words().admin.draftMissing);
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

  private entries({ invited }: Project): RollEntry[] {
    return rollEntries(this.registered, invited, weightsOf(invited));
  }

  /** Rights of hidden weight are sent before voting opens: an election that leaves no time for it, with so many voters, is not held. */
  private refuseLate({ rules, opens }: { rules: { weights: string }; opens: number }, voters: number): void {
    if (rules.weights !== "hidden") return;
    const [left, needed] = [opens - now(), secondsFor(transfersOf(voters))];
    if (left <= 0) throw new Said(words().admin.weightsLate(moment(opens)));
    if (left < needed) throw new Said(words().admin.weightsSoon(moment(opens), number(needed)));
  }

  private async fix(): Promise<void> {
    const [board, authority, project] = [this.#board, this.#authority, this.project];
    if (board === undefined || authority === undefined || project === undefined) return;
    // What the administrator has seen, and compared.
    const shown = this.total;
    await this.work(words().admin.fix, async () => {
      await this.readPeople();
      if (board.one("manifest") !== undefined) return;
      const [setup, draft] = [board.one("setup"), board.one("draft")];
      if (setup === undefined || draft === undefined) return;
      const entries = this.entries(project);
      this.refuseLate(await this.engine.run("readDraft", draft), entries.length);
      if (weightsOf(project.invited) === "hidden" && this.total !== shown) throw new Said(words().admin.totalChanged(number(this.total)));
      const keys = await this.keys();
      const collect = (kind: BoardKind): Promise<Uint8Array> => authority.call("collect", setup, board.of(kind, keys).flatMap((body) => (body === undefined ? [] : [body])));
      const ceremony = await authority.call("assemble", setup, await collect("commitments"), await collect("packages"), await collect("confirmations"), await collect("acknowledgements"));
      if (board.one("ceremony") === undefined) await this.post("ceremony", ceremony);
      await this.post("manifest", await authority.call("manifest", draft, ceremony, entries, project.ledger));
    });
    await this.look();
  }

  private async openIt(): Promise<void> {
    const [board, authority] = [this.#board, this.#authority];
    const manifest = board?.one("manifest");
    if (board === undefined || authority === undefined || manifest === undefined) return;
    const ok = await this.work(words().admin.open, async () => {
      const info = await this.engine.run("readManifest", manifest);
      this.refuseLate(info, info.voters);
      const rehearsals = board.of("rehearsal", await this.keys()).flatMap((body) => (body === undefined ? [] : [body]));
      await node.submit(await authority.call("openElection", manifest, rehearsals));
      this.election = await electionOfBoard(board.id);
    });
    if (ok && this.election?.rules.weights === "hidden") await this.send();
    await this.look();
  }

  /** Sends the voters their rights, where weights are hidden. */
  private async send(): Promise<void> {
    const stay = (event: BeforeUnloadEvent): void => {
      event.preventDefault();
    };
    addEventListener("beforeunload", stay);
    await this.withRights(words().admin.sending, async (authority, election, roll) => {
      const look = (found: Distribution): void => {
        this.found = found;
      };
      await distribute({ engine: this.engine, authority, election, roll, show: this.show, look });
    });
    removeEventListener("beforeunload", stay);
    await this.look();
  }

  private async saveKey(): Promise<void> {
    await this.withRights(words().common.loading, async (authority, election, roll) => {
      save(`${election.id.slice(0, 8)}.viewing-key.tabella`, await viewingKey(this.engine, authority, election, roll, this.show));
    });
  }

  /** Does something with the rights that are due, as the file and all registrations say. */
  private async withRights(label: string, act: (authority: Handle<Authority>, election: Election, roll: RollEntry[]) => Promise<void>): Promise<void> {
    const [authority, election, project] = [this.#authority, this.election, this.project];
    if (authority === undefined || election === undefined || project === undefined) return;
    await this.work(label, async () => {
      // Whoever goes on with an election has not read them yet.
      await this.readRegistrations();
      await act(authority, election, this.entries(project));
    });
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

  private ballotView(): TemplateResult {
    const w = words().admin;
    const draft = this.draft;
    const questions = draft.questions.map((question) => readQuestion(question));
    return html`${this.stepper(0)}
      <h1>${w.ballot}</h1>
      <div class="columns after">
        ${this.form(
          draftFields(draft, this.errors, (part) => {
            this.draft = { ...this.draft, ...part };
          }),
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
      const { lines: read, error } = rollOfTable(await file.text(), this.draft.weights);
      this.tableError = error;
      this.errors = { ...this.errors, roll: error };
      if (error === undefined) this.roll = read.join("\n");
      else {
        await this.updateComplete;
        this.querySelector<HTMLElement>("#roll")?.focus();
      }
    };
    const hidden = this.draft.weights === "hidden";
    const roll = this.readRoll();
    const count = number(roll.voters.length);
    return html`${this.stepper(1)}
      <h1>${w.people}</h1>
      <div class="after"></div>
      ${this.form(
        html`<section class="stack">
            ${field({ id: "roll", label: w.roll, hint: hidden ? w.rollHintHidden : w.rollHint, type: "area", rows: 8, value: this.roll, error: this.errors["roll"], onInput: (roll) => {
              this.roll = roll;
              this.tableError = undefined;
            } })}
            <p class="quiet" role="status">${hidden ? w.rollTotal(count, number(roll.total)) : w.rollCount(count)}</p>
            <tb-drop small accept=".csv,text/csv,text/plain" .label=${w.rollDrop} .receive=${(files: File[]) => void table(files[0])}></tb-drop>
          </section>
          ${hidden ? weightsShown(roll) : nothing}
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
        ${election === undefined ? nothing : votingView({
          election, board, setup: this.setup, found: this.found, busy: this.busy !== undefined,
          say: (text) => {
            this.say(text);
          },
          send: () => void this.send(), saveKey: () => void this.saveKey(), close: () => void this.close(), publish: () => void this.publish(),
        })} ${manifest && election === undefined ? this.canaryView() : nothing}
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
    const hidden = weightsOf(this.project?.invited ?? []) === "hidden";
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
              ${ready < voters ? panel("note", w.fixFew, "") : ready > voters ? panel("bad", w.fixMany, "") : nothing}
              ${hidden ? html`<p>${w.fixTotal(number(this.total))}</p>${inferredNote()}` : nothing}
              <div><button class="button" type="button" ?disabled=${ready === 0 || ready > voters || this.busy !== undefined} @click=${() => void this.fix()}>${w.fix}</button></div>
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
}

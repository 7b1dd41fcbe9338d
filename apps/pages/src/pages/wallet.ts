// The wallet: addresses, balances, payments, viewing keys, disclosures. The ledger's log is replayed here.
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { Balance, Form, DisclosureReport, HistoryRow, LedgerLog, Memo, Prover, Seed, Wallet } from "../../../browser/engine";
import { NodeError, node } from "../api/node";
import "../components/desk";
import type { DeskAsset, DeskOutcome, DeskRefusal, DeskView, HandIn } from "../components/desk";
import "../components/drop";
import { copyable, field, grouped, head, pairs, panel, save, verdict } from "../components/parts";
import { qrCode } from "../components/qr";
import { isRequest, payable } from "../components/request";
import "../components/seed";
import { trouble, troubleText, type Trouble } from "../components/trouble";
import { WorkingPage } from "../components/working";
import { now } from "../engine/election";
import { catchUp, desks, handIn, type AtWork } from "../engine/at-desk";
import { OwnLedger } from "../engine/own-ledger";
import { loadProvingKey } from "../engine/prove";
import { EngineFailure, type Handle } from "../engine/remote";
import { moment, words } from "../i18n/locale";
import { decimal } from "../components/decimal";

/** The desks of this page. */
type AtDesk = "payments" | "assets";
type Checked = { report: DisclosureReport } | { refused: Trouble };

/** Who paid or was paid: an address, an issuer's key, or nobody that the wallet can name. */
const memoText = (memo: Memo): string => ("text" in memo ? memo.text : words().wallet.memoOfBytes(memo.hex.replace(/(00)+$/, "")));

function counterparty(row: HistoryRow): string {
  const w = words().wallet;
  if (row.counterparty === null) return w.unknown;
  const text = row.counterparty.startsWith("issuer ") ? `${w.issuer} ${row.counterparty.slice(7)}` : row.counterparty;
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

@customElement("tb-wallet")
export class WalletPage extends WorkingPage {
  protected readonly page = "wallet" as const;
  @state() private open = false;
  @state() private canSpend = true;
  @state() private sees: "all" | "incoming" | "outgoing" = "all";
  @state() private balances: readonly Balance[] = [];
  @state() private history: readonly HistoryRow[] = [];
  @state() private address = "";
  @state() private viewKey = "";
  @state() private viewBad = false;
  @state() private shownKey = "";
  @state() private to = "";
  @state() private asset = "";
  @state() private amount = "";
  @state() private memo = "";
  @state() private errors: { to?: string; amount?: string } = {};
  @state() private paid = false;
  @state() private checked: Checked | undefined;
  /** What the payee of a request calls herself, and tells. */
  @state() private asked: { payee: string; message: string } | undefined;
  @state() private forms: ReadonlyMap<string, readonly Form[]> = new Map();
  @state() private assets: readonly DeskAsset[] = [];
  /** The desk that is open: one at a time, so that no two fields have one name. */
  @state() private desk: AtDesk | undefined;
  #seed: Handle<Seed> | undefined;
  #wallet: Handle<Wallet> | undefined;
  #ledger: OwnLedger | undefined;
  #prover: Handle<Prover> | undefined;

  private async readLedger(): Promise<Handle<LedgerLog>> {
    this.#ledger ??= new OwnLedger(this.engine);
    return this.#ledger.read(this.show);
  }

  private async refresh(): Promise<void> {
    const wallet = this.#wallet;
    if (wallet === undefined) return;
    const log = await this.readLedger();
    await wallet.call("sync", log, (_stage: string, done: number, total: number) => {
      this.show(words().wallet.finding, done, total);
    });
    this.balances = await wallet.call("balances", log, now());
    this.history = [...(await wallet.call("history", log))].reverse();
    if (!this.balances.some((balance) => balance.asset === this.asset)) this.asset = this.balances[0]?.asset ?? "";
  }

  private async begin(wallet: Handle<Wallet>): Promise<void> {
    this.#wallet = wallet;
    await this.work(words().wallet.reading, async () => {
      this.canSpend = await wallet.get("canSpend");
      this.sees = await wallet.get("sees");
      // A key that sees one direction only gives no addresses.
      this.address = await wallet.call("address", 0).catch((error: unknown) => {
        if (!this.canSpend && error instanceof EngineFailure && error.code === "argument") return "";
        throw error;
      });
      await this.refresh();
    });
    this.open = true;
    await this.goTo("h1");
  }

  private async haveSeed(seed: Handle<Seed>): Promise<void> {
    this.#seed = seed;
    await this.begin(await this.engine.make("Wallet", this.#seed, 0));
  }

  private async look(): Promise<void> {
    this.viewBad = false;
    try {
      await this.begin(await this.engine.static("Wallet", "view", this.viewKey.trim()));
    } catch (error) {
      if (error instanceof EngineFailure && error.code === "argument") this.viewBad = true;
      else this.failed(error);
    }
  }

  private async anotherAddress(): Promise<void> {
    const wallet = this.#wallet;
    if (wallet !== undefined) this.address = await wallet.call("nextAddress");
  }

  private async send(): Promise<void> {
    const w = words().wallet;
    const wallet = this.#wallet;
    const balance = this.balances.find((one) => one.asset === this.asset);
    if (wallet === undefined || balance === undefined || this.busy !== undefined) return;
    this.paid = false;
    if (isRequest(this.to)) {
      await this.take(this.to, true);
      return;
    }
    // What is paid is what stands here now, whatever comes in before it is proved.
    const [to, typed, memo] = [payable(this.to), this.amount.trim(), this.memo];
    const errors: typeof this.errors = {};
    const kind = await this.engine.run("readAddress", to).then(
      (address) => address.kind,
      () => undefined,
    );
    if (kind !== "payment") errors.to = w.toBad;
    const amount = await this.engine.run("parseAmount", typed, balance.decimals).catch(() => undefined);
    if (amount === undefined || BigInt(amount) === 0n) errors.amount = w.amountBad;
    else if (BigInt(amount) > BigInt(balance.spendable)) errors.amount = w.tooMuch(`${decimal(balance.spendable, balance.decimals)} ${balance.name}`);
    this.errors = errors;
    if (errors.to !== undefined || errors.amount !== undefined || amount === undefined) {
      await this.updateComplete;
      this.querySelector<HTMLElement>("[aria-invalid]")?.focus();
      return;
    }
    await this.work(w.sending, async () => {
      this.#prover ??= await this.engine.make("Prover");
      await loadProvingKey(this.engine, this.#prover, "transfer", this.show);
      for (let step = ""; step !== "pay"; ) {
        const log = await this.readLedger();
        await wallet.call("sync", log);
        const next = await wallet.call("send", log, { to, asset: balance.asset, amount, memo }, now(), this.#prover);
        step = next.step;
        this.show(step === "merge" ? w.merging : w.sending, 0, 0);
        try {
          await node.submit(next.transaction);
        } catch (error) {
          if (error instanceof NodeError && error.status < 500) await wallet.call("release", next.transaction);
          throw error;
        }
      }
      await this.refresh();
      this.to = this.amount = this.memo = "";
      this.asked = undefined;
      this.paid = true;
    });
  }

  /**
   * What was scanned or typed: an address; or a request, which is filled in if it is for one payment with a text, and else opened at the desk,
   * to be read before it is paid. While something is under way, nothing is taken.
   * `whole` if it must be right: one that is being typed may not be there yet.
   */
  private async take(text: string, whole: boolean): Promise<void> {
    const w = words().wallet;
    const isBusy = (): boolean => this.busy !== undefined;
    if (isBusy()) {
      this.say(w.requestWaits);
      return;
    }
    // Amount and memo of a request are not for another payee.
    if (this.asked !== undefined) this.amount = this.memo = "";
    this.asked = undefined;
    this.to = whole ? payable(text) : text;
    const log = this.#ledger?.log;
    if (!isRequest(text) || log === undefined) return;
    try {
      const request = this.to;
      const payments = await this.engine.run("readRequest", request, log);
      const [one] = payments;
      const isOver = (): boolean => this.to !== request || isBusy();
      if (isOver() || one === undefined) return;
      if (payments.length > 1 || (one.memo !== null && !("text" in one.memo))) {
        // What the desk has not got stays here.
        if ((await this.atDesk("payments", "read-request", { request })) && this.to === request) this.to = "";
        return;
      }
      if (!this.balances.some((balance) => balance.asset === one.asset)) {
        this.errors = { to: w.requestUnheld(one.name) };
        return;
      }
      const amount = await this.engine.run("formatAmount", one.amount, one.decimals);
      if (isOver()) return;
      this.errors = {};
      this.to = one.to;
      this.asset = one.asset;
      this.amount = amount;
      this.memo = one.memo === null ? "" : one.memo.text;
      this.asked = { payee: one.payee ?? "", message: one.message ?? "" };
    } catch (error) {
      if (!whole) return;
      if (error instanceof EngineFailure && (error.code === "argument" || error.code === "mismatch")) this.errors = { to: error.code === "mismatch" ? w.requestElsewhere : w.requestBad };
      this.failed(error);
    }
  }

  /** Issues are public anyway, and an escrow is no payment yet. A key of one direction discloses nothing. */
  private canDisclose(row: HistoryRow): boolean {
    if (this.sees !== "all") return false;
    return row.direction === "out" || (row.direction === "in" && row.counterparty?.startsWith("issuer ") !== true);
  }

  private async disclose(row: HistoryRow): Promise<void> {
    const [wallet, log] = [this.#wallet, this.#ledger?.log];
    if (wallet === undefined || log === undefined) return;
    await this.work(words().wallet.disclose, async () => {
      save(`payment-${row.entry}.tabella`, await wallet.call("disclose", log, row.entry));
      this.say(words().wallet.discloseText);
    });
  }

  private async check(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    this.checked = undefined;
    await this.work(words().wallet.reading, async () => {
      const content = new Uint8Array(await file.arrayBuffer());
      const log = await this.readLedger();
      try {
        this.checked = { report: await this.engine.run("checkDisclosure", content, log) };
      } catch (error) {
        if (error instanceof EngineFailure && error.code === "load") throw error;
        this.checked = { refused: trouble(error) };
      }
    });
  }

  private async showKey(kind: "full" | "incoming" | "outgoing"): Promise<void> {
    const wallet = this.#wallet;
    if (wallet !== undefined) this.shownKey = await wallet.call("viewingKey", kind);
  }

  protected heading(): string {
    return words().wallet.title;
  }

  protected main(): TemplateResult {
    const w = words().wallet;
    return html`${head(w.title, w.lead)}
      <div class="stack-7">
        ${
          this.open
            ? this.openView()
            : html`<tb-seed .engine=${this.engine} .ready=${(seed: Handle<Seed>) => void this.haveSeed(seed)}></tb-seed>
                <section class="stack" aria-labelledby="view">
                  <h2 id="view">${w.viewOnly}</h2>
                  <form class="stack" novalidate @submit=${(event: Event) => {
                    event.preventDefault();
                    void this.look();
                  }}>
                    ${field({ id: "view-key", label: w.viewKey, hint: w.viewHint, value: this.viewKey, mono: true, error: this.viewBad ? w.viewBad : undefined, onInput: (key) => (this.viewKey = key) })}
                    <div><button class="button second" type="submit" ?disabled=${this.busy !== undefined}>${w.view}</button></div>
                  </form>
                </section>`
        }
        ${this.checkView()}
      </div>`;
  }

  private openView(): TemplateResult {
    const w = words().wallet;
    return html`${this.canSpend ? nothing : panel("info", w.looking, "")}
      <section class="stack" aria-labelledby="balances">
        <div class="row-between"><h2 id="balances">${this.sees === "all" ? w.balances : this.sees === "incoming" ? w.receivedInAll : w.sentInAll}</h2><button class="button second" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.work(w.reading, () => this.refresh())}>${w.refresh}</button></div>
        ${
          this.balances.length === 0
            ? html`<div class="empty"><p class="strong">${this.sees === "outgoing" ? w.noHistory : w.noBalance}</p>${this.canSpend ? html`<p>${w.noBalanceText}</p>` : nothing}</div>`
            : html`<dl class="facts">${this.balances.map(
                (balance) => html`<div><dt>${this.nameOf(balance)}</dt><dd data-balance=${balance.asset}>${decimal(balance.spendable, balance.decimals)}</dd>${balance.reserved === "0" ? nothing : html`<dd class="text quiet">${decimal(balance.reserved, balance.decimals)} ${w.reserved}</dd>`}${balance.to_claim === "0" ? nothing : html`<dd class="text quiet">${decimal(balance.to_claim, balance.decimals)} ${this.sees === "all" ? w.toClaim : w.inEscrow}</dd>`}</div>`,
              )}</dl>`
        }
      </section>
      <div class="columns">
        ${this.canSpend && this.balances.length > 0 ? this.sendView() : nothing}
        ${this.address === "" ? nothing : this.receiveView()}
      </div>
      ${this.historyView()} ${this.canSpend ? html`${this.deskView("payments", w.desk, w.deskText)} ${this.deskView("assets", w.issue, w.issueText)} ${this.keysView()}` : nothing}`;
  }

  /** A desk: of payments, and of those who issue assets, at which stands whoever holds an issuer's key. */
  private deskView(application: AtDesk, title: string, text: string): TemplateResult {
    const forms = this.forms.get(application) ?? [];
    return html`<details class="more" id=${`more-${application}`} .open=${this.desk === application} @toggle=${(event: Event) => {
      if ((event.target as HTMLDetailsElement).open) {
        this.desk = application;
        if (this.forms.size === 0) void this.openDesks();
      } else if (this.desk === application) this.desk = undefined;
    }}><summary>${title}</summary><div class="stack"><p>${text}</p>${
      forms.length === 0 || this.desk !== application
        ? nothing
        : html`<tb-desk application=${application} .forms=${forms} .assets=${this.assets} .busy=${this.busy !== undefined} .handIn=${this.#handIn} .say=${(said: string) => {
            this.say(said);
          }}></tb-desk>`
    }</div></details>`;
  }

  /** Opens a form at a desk of this page; whether it is open. */
  private async atDesk(application: AtDesk, form: string, written: Readonly<Record<string, string>>): Promise<boolean> {
    if (this.forms.size === 0) await this.openDesks();
    if (this.forms.size === 0) return false;
    this.desk = application;
    await this.updateComplete;
    return (await this.querySelector<DeskView>(`#more-${application} tb-desk`)?.fill(form, written)) ?? false;
  }

  /** Names are their issuers' choice: of two assets of one name, each is shown with the beginning of its id. */
  private nameOf({ asset, name }: Balance): string {
    return this.balances.some((other) => other.name === name && other.asset !== asset) ? `${name} ${asset.slice(0, 8)}…` : name;
  }

  private async atWork(): Promise<AtWork | undefined> {
    const [seed, wallet] = [this.#seed, this.#wallet];
    if (seed === undefined || wallet === undefined) return undefined;
    this.#ledger ??= new OwnLedger(this.engine);
    this.#prover ??= await this.engine.make("Prover");
    return { engine: this.engine, seed, wallet, prover: this.#prover, ledger: this.#ledger, show: this.show };
  }

  private async openDesks(): Promise<void> {
    await this.work(words().wallet.reading, async () => {
      const at = await this.atWork();
      if (at === undefined) return;
      this.assets = await catchUp(at);
      this.forms = await desks(this.engine);
    });
  }

  readonly #handIn: HandIn = async (application, form, values, agree) => {
    let result: DeskOutcome | DeskRefusal;
    await this.work(words().applications.handingIn, async () => {
      const at = await this.atWork();
      if (at === undefined) return;
      result = await handIn(at, application, form, values, agree);
      this.assets = await catchUp(at);
      await this.refresh();
    });
    return result;
  };

  private receiveView(): TemplateResult {
    const w = words().wallet;
    return html`<section class="card stack" aria-labelledby="receive">
      <h2 id="receive">${w.receive}</h2>
      <p>${w.addressText}</p>
      <div>${qrCode(this.address.toUpperCase(), w.address)}</div>
      <div data-address=${this.address}>${copyable(this.address, (text) => {
        this.say(text);
      })}</div>
      <div><button class="button plain" type="button" @click=${() => void this.anotherAddress()}>${w.newAddress}</button>${this.canSpend ? html`<button class="button plain" type="button" ?disabled=${this.busy !== undefined} @click=${() => void this.atDesk("payments", "request", {})}>${w.ask}</button>` : nothing}</div>
    </section>`;
  }

  private sendView(): TemplateResult {
    const w = words().wallet;
    const balance = this.balances.find((one) => one.asset === this.asset);
    const spendable = balance === undefined ? "" : `${decimal(balance.spendable, balance.decimals)} ${this.nameOf(balance)}`;
    const fixed = this.busy !== undefined;
    return html`<section class="card stack" aria-labelledby="send">
      <h2 id="send">${w.send}</h2>
      <form class="stack" novalidate @submit=${(event: Event) => {
        event.preventDefault();
        void this.send();
      }}>
        ${field({ id: "to", label: w.to, hint: w.toHint, type: "area", rows: 3, mono: true, fixed, value: this.to, error: this.errors.to, onInput: (to) => void this.take(to, false) })}
        <tb-scan .receive=${(text: string) => {
          void this.take(text.trim(), true);
          return false;
        }}></tb-scan>
        ${this.asked === undefined ? nothing : panel("info", w.requestRead, html`${this.asked.payee === "" ? nothing : html`<p class="memo">${this.asked.payee}</p>`}${this.asked.message === "" ? nothing : html`<p class="memo">${this.asked.message}</p>`}<p>${w.requestReadText}</p>`)}
        <div class="field"><label for="asset">${w.asset}</label><select id="asset" aria-describedby="asset-id" ?disabled=${fixed} @change=${(event: Event) => (this.asset = (event.target as HTMLSelectElement).value)}>${this.balances.map((one) => html`<option value=${one.asset} .selected=${live(one.asset === this.asset)}>${this.nameOf(one)}</option>`)}</select><p class="hint" id="asset-id"><code class="break">${grouped(this.asset)}</code></p></div>
        ${field({ id: "amount", label: w.amount, hint: w.amountHint(spendable), short: true, fixed, value: this.amount, error: this.errors.amount, onInput: (amount) => (this.amount = amount) })}
        ${field({ id: "memo", label: `${w.memo} (${words().common.optional})`, hint: w.memoHint, fixed, value: this.memo, onInput: (memo) => (this.memo = memo) })}
        <div><button class="button" type="submit" ?disabled=${this.busy !== undefined}>${w.send}</button></div>
        <div role="status">${this.paid ? panel("good", w.sent, w.sentText) : nothing}</div>
      </form>
    </section>`;
  }

  private historyView(): TemplateResult {
    const w = words().wallet;
    return html`<section class="stack" aria-labelledby="history">
      <h2 id="history">${w.history}</h2>
      ${
        this.history.length === 0
          ? html`<div class="empty"><p>${w.noHistory}</p></div>`
          : html`<ul class="list">${this.history.map(
              (row) => html`<li class="row-between" data-entry=${row.entry}>
                <div class="stack-2">
                  <p class="strong numeric">${row.direction.startsWith("out") ? "−" : "+"} ${decimal(row.amount, row.decimals)} ${row.name} <span class="tag">${w.directions[row.direction]}</span></p>
                  <p class="small quiet">${moment(row.time)} · <span class="break">${counterparty(row)}</span></p>
                  ${row.memo === null ? nothing : html`<p class="memo">${memoText(row.memo)}</p>`}
                </div>
                ${this.canDisclose(row) ? html`<button class="button second" type="button" aria-label=${w.discloseThis(moment(row.time))} ?disabled=${this.busy !== undefined} @click=${() => void this.disclose(row)}>${w.disclose}</button>` : nothing}
              </li>`,
            )}</ul>`
      }
    </section>`;
  }

  private keysView(): TemplateResult {
    const w = words().wallet;
    return html`<details class="more"><summary>${w.keys}</summary><div class="stack"><p>${w.keysText}</p><div class="row"><button class="button second" type="button" @click=${() => void this.showKey("full")}>${w.fullKey}</button><button class="button second" type="button" @click=${() => void this.showKey("incoming")}>${w.incomingKey}</button><button class="button second" type="button" @click=${() => void this.showKey("outgoing")}>${w.outgoingKey}</button></div>${this.shownKey === "" ? nothing : copyable(this.shownKey, (text) => {
      this.say(text);
    })}</div></details>`;
  }

  private checkView(): TemplateResult {
    const w = words().wallet;
    const checked = this.checked;
    return html`<section class="stack" aria-labelledby="check">
      <h2 id="check">${w.check}</h2>
      <p>${w.checkText}</p>
      <tb-drop small .label=${w.checkDrop} .receive=${(files: File[]) => void this.check(files[0])}></tb-drop>
      <div role="status">${
        checked === undefined
          ? nothing
          : "refused" in checked
            ? panel("bad", w.checkBad, troubleText(checked.refused))
            : html`${verdict("good", w.checkGood, moment(checked.report.time), "disclosure")}
              ${pairs([
                [w.amount, html`<span class="strong">${decimal(checked.report.amount, checked.report.decimals)} ${checked.report.name}</span>`],
                [w.recipient, html`<code class="break">${checked.report.to}</code>`],
                [w.memo, checked.report.memo === null ? "—" : memoText(checked.report.memo)],
                [w.assetId, html`<code class="break">${checked.report.asset}</code>`],
                [w.issuer, html`<code class="break">${checked.report.issuer ?? "—"}</code>`],
                [w.transaction, html`<code class="break">${checked.report.transaction}</code>`],
                [w.ledger, html`<code class="break">${checked.report.ledger}</code>`],
              ])}
              <p class="small quiet">${w.checkLimits}</p>`
      }</div>
    </section>`;
  }
}

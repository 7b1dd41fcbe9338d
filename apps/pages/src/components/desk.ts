// What can be done in an application, as its desk in the engine says: forms by role, what is filled in, and what comes of it. No
// application is known here.
import { LitElement, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { Form, FormField, FormValues, Shown, ShownValue, Translated } from "../../../browser/engine";
import { LanguageController, language, moment, words } from "../i18n/locale";
import "./drop";
import { copyable, field, grouped, panel, save } from "./parts";
import { mostInCode, qrCode } from "./qr";
import { isRequest } from "./request";

export interface DeskAsset {
  readonly asset: string;
  readonly name: string;
}
export interface DeskOutcome {
  readonly accepted: boolean;
  readonly shown: readonly Shown[];
  readonly files: readonly { name: string; bytes: Uint8Array }[];
}
/** What is wrong at a field, in the reader's words; and below it what only the error of a program says, in English. */
interface FieldError {
  readonly text: string;
  readonly below?: string | undefined;
}
/** What is wrong, at a field; or nothing, if it is said elsewhere. */
export type DeskRefusal = ({ field: string } & FieldError) | undefined;
export type DeskFiles = DeskOutcome["files"];
/** Hands in a form of an application. `agree` is asked before something is sent to the ledger for which there are files. */
export type HandIn = (application: string, form: Form, values: FormValues, agree: (files: DeskFiles) => Promise<boolean>) => Promise<DeskOutcome | DeskRefusal>;

const errorText = ({ text, below }: FieldError): TemplateResult => html`${text}${below === undefined ? nothing : html` <span class="small" lang="en">${below}</span>`}`;

/** A text in the reader's language. */
export const said = (text: Translated): string => text[language()];

@customElement("tb-desk")
export class DeskView extends LitElement {
  @property() application = "";
  @property({ attribute: false }) forms: readonly Form[] = [];
  @property({ attribute: false }) assets: readonly DeskAsset[] = [];
  /** What the page shows beside the forms. */
  @property() instance = "";
  @property({ type: Boolean }) busy = false;
  @property({ attribute: false }) handIn: HandIn = async () => Promise.resolve(undefined);
  @property({ attribute: false }) say: (what: string) => void = () => undefined;
  @state() private open: Form | undefined;
  @state() private written: Readonly<Record<string, string>> = {};
  @state() private chosen: Readonly<Record<string, readonly File[]>> = {};
  @state() private errors: Readonly<Record<string, FieldError>> = {};
  @state() private outcome: DeskOutcome | undefined;
  @state() private asked: { files: DeskFiles; answer: (agreed: boolean) => void } | undefined;
  #sending = false;
  /** The text that was read in a form, for the form that does something with it: nobody types a request again that was scanned. */
  #read: Readonly<Record<string, string>> = {};
  /** Whose form is open: what a page shows may have changed in the meantime. */
  #of = "";

  constructor() {
    super();
    new LanguageController(this);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.asked?.answer(false);
    this.open = this.outcome = this.asked = undefined;
    this.written = this.chosen = this.errors = this.#read = {};
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    // Another application's forms: nothing of the last one stays, unless it is under way.
    if (!changed.has("forms") || this.#sending) return;
    this.#read = {};
    if (this.open !== undefined && !this.forms.includes(this.open)) void this.begin(undefined);
  }

  private async begin(form: Form | undefined): Promise<void> {
    this.outcome = undefined;
    this.open = form;
    this.#of = this.application;
    this.errors = {};
    this.chosen = {};
    // What the page shows is filled in; assets and sides are chosen by whoever pays.
    const shown = this.instance === "" ? [] : (form?.fields ?? []).filter(({ kind }) => kind.type === "instance");
    const read = (form?.fields ?? []).filter(({ id, kind }) => kind.type === "lines" && this.#read[id] !== undefined);
    this.written = Object.fromEntries([...shown.map(({ id }) => [id, this.instance] as const), ...read.map(({ id }) => [id, this.#read[id] ?? ""] as const)]);
    await this.updateComplete;
    const heading = this.querySelector<HTMLElement>("#form, #desk");
    if (heading === null) return;
    heading.tabIndex = -1;
    heading.focus();
  }

  /** Opens a form with what the page knows filled in; whether it did. */
  async fill(id: string, written: Readonly<Record<string, string>>): Promise<boolean> {
    const form = this.forms.find((one) => one.id === id);
    if (form === undefined || this.#sending) return false;
    await this.begin(form);
    this.written = { ...this.written, ...written };
    return true;
  }

  /** What was filled in; or the field whose file is not there any more. */
  private async values(form: Form): Promise<{ read: FormValues } | { unread: string }> {
    const values: FormValues = {};
    for (const { id, kind } of form.fields) {
      const typed = this.written[id] ?? "";
      // A passphrase is as it was typed.
      const text = kind.type === "passphrase" ? typed : typed.trim();
      const files = this.chosen[id] ?? [];
      try {
        if (files.length > 0) values[id] = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
      } catch {
        return { unread: id };
      }
      if (files.length === 0 && text !== "") values[id] = kind.type === "time" ? String(Math.floor(new Date(text).getTime() / 1000)) : text;
    }
    return { read: values };
  }

  private async send(form: Form): Promise<void> {
    const missing = form.fields.filter(({ id, optional, kind }) => !optional && kind.type !== "flag" && (this.written[id] ?? "").trim() === "" && (this.chosen[id] ?? []).length === 0);
    this.errors = Object.fromEntries(missing.map(({ id }) => [id, { text: words().applications.missing }]));
    this.outcome = undefined;
    if (missing.length === 0 && !this.#sending) {
      this.#sending = true;
      try {
        const values = await this.values(form);
        if ("unread" in values) this.errors = { [values.unread]: { text: words().applications.fileGone } };
        else {
          const result = await this.handIn(this.#of, form, values.read, (files) => this.agree(files));
          if (result !== undefined && "field" in result) this.errors = { [result.field]: result };
          else {
            this.outcome = result;
            // Once something was sent, it is not at hand to be sent again.
            if (result !== undefined) this.#read = result.accepted ? {} : Object.fromEntries(form.fields.filter(({ kind }) => kind.type === "lines").map(({ id }) => [id, this.written[id] ?? ""]));
          }
        }
      } finally {
        this.#sending = false;
        this.asked = undefined;
        const secrets = form.fields.filter(({ kind }) => kind.type === "passphrase").map(({ id }) => id);
        this.written = Object.fromEntries(Object.entries(this.written).filter(([id]) => !secrets.includes(id)));
      }
    }
    await this.updateComplete;
    const next = this.querySelector<HTMLElement>("[aria-invalid], .field[data-bad] button, #outcome");
    if (next?.id === "outcome") next.tabIndex = -1;
    next?.focus();
  }

  /** Asks whether the files are safe, before what they are for is final. */
  private async agree(files: DeskFiles): Promise<boolean> {
    const agreed = new Promise<boolean>((answer) => {
      this.asked = { files, answer };
    });
    await this.updateComplete;
    this.querySelector<HTMLElement>("#asked")?.focus();
    return agreed;
  }

  protected override render(): TemplateResult {
    const w = words().applications;
    if (this.forms.length === 0 && this.open === undefined) return html`<p>${w.actNone}</p>`;
    const form = this.open;
    if (form === undefined) return html`<h3 id="desk" class="hidden-visually">${w.other}</h3>${this.list()}`;
    return html`<section class="card stack" aria-labelledby="form" data-form=${form.id}>
      <p class="eyebrow">${said(form.role)}</p>
      <h3 id="form">${said(form.title)}</h3>
      <p>${said(form.about)}</p>
      <form class="stack" novalidate @submit=${(event: Event) => {
        event.preventDefault();
        void this.send(form);
      }}>
        ${form.fields.map((item) => this.field(item))}
        <div class="row">
          <button class="button" type="submit" ?disabled=${this.busy}>${said(form.title)}</button>
          <button class="button plain" type="button" ?disabled=${this.busy} @click=${() => void this.begin(undefined)}>${w.other}</button>
        </div>
      </form>
      ${this.asked === undefined ? nothing : this.question(this.asked)} ${this.outcome === undefined ? nothing : this.result(this.outcome)}
    </section>`;
  }

  private question({ files, answer }: { files: DeskFiles; answer: (agreed: boolean) => void }): TemplateResult {
    const w = words().applications;
    const settle = (agreed: boolean) => (): void => {
      this.asked = undefined;
      answer(agreed);
    };
    return html`<section class="stack" aria-labelledby="asked">
      <h4 id="asked" tabindex="-1">${w.saveFirst}</h4>
      <p>${w.saveFirstText}</p>
      ${this.files(files)}
      <div class="row"><button class="button" type="button" @click=${settle(true)}>${w.sendNow}</button><button class="button plain" type="button" @click=${settle(false)}>${w.sendNot}</button></div>
    </section>`;
  }

  private files(files: DeskFiles): TemplateResult {
    return html`<div class="row">${files.map((file) => html`<button class="button second" type="button" @click=${() => {
      save(file.name, file.bytes);
    }}>${words().applications.saveAgain(file.name)}</button>`)}</div>`;
  }

  private list(): TemplateResult {
    const roles = new Map<string, Form[]>();
    for (const form of this.forms) roles.set(said(form.role), [...(roles.get(said(form.role)) ?? []), form]);
    return html`${[...roles].map(
      ([role, forms]) => html`<section class="stack-2" aria-label=${role}>
        <p class="eyebrow">${role}</p>
        <ul class="list">${forms.map((form) => html`<li class="stack-2"><div><button class="link-button" type="button" ?disabled=${this.busy} @click=${() => void this.begin(form)}>${said(form.title)}</button></div><p class="small quiet">${said(form.about)}</p></li>`)}</ul>
      </section>`,
    )}`;
  }

  private write(id: string, text: string): void {
    this.written = { ...this.written, [id]: text };
  }

  private field(item: FormField): TemplateResult {
    const c = words().common;
    const w = words().applications;
    const error = this.errors[item.id];
    const id = `desk-${item.id}`;
    const label = item.optional && item.kind.type !== "flag" ? `${said(item.label)} (${c.optional})` : said(item.label);
    const value = this.written[item.id] ?? "";
    const hint = said(item.hint);
    const common = { id, label, value, hint: hint === "" ? undefined : hint, error: error === undefined ? undefined : errorText(error), onInput: (text: string) => { this.write(item.id, text); } };
    switch (item.kind.type) {
      case "lines":
        return field({ ...common, type: "area" });
      case "number":
        return field({ ...common, type: "number", short: true });
      case "amount":
        return field({ ...common, short: true });
      case "time":
        return field({ ...common, type: "datetime-local", short: true });
      case "passphrase":
        return field({ ...common, type: "password" });
      case "address":
        return field({ ...common, type: "area", rows: 3, mono: true });
      case "id":
      case "instance":
        return field({ ...common, mono: true, hint: item.kind.type === "instance" && value !== "" && value === this.instance ? w.filled : common.hint });
      case "file":
      case "files": {
        const names = (this.chosen[item.id] ?? []).map((file) => file.name).join(", ");
        return html`<div class="field" ?data-bad=${error !== undefined}>
          ${error === undefined ? nothing : html`<p class="error">${errorText(error)}</p>`}
          <tb-drop small id=${id} .many=${item.kind.type === "files"} .label=${label} .hint=${names === "" ? hint : w.chosen(names)} .receive=${(files: File[]) => (this.chosen = { ...this.chosen, [item.id]: files })}></tb-drop>
        </div>`;
      }
      case "flag":
        return html`<label class="tick"><input type="checkbox" id=${id} .checked=${value === "yes"} @change=${(event: Event) => {
          this.write(item.id, (event.target as HTMLInputElement).checked ? "yes" : "");
        }} /><span>${label}${hint === "" ? nothing : html`<span class="hint">${hint}</span>`}</span></label>`;
      case "asset":
        return this.choice(id, common, item, this.assets.map(({ asset, name }) => [asset, `${name} ${asset.slice(0, 8)}…`] as const));
      case "choice":
        return this.choice(id, common, item, item.kind.of.map((one) => [one.id, said(one.label)] as const));
      case "text":
        return field(common);
    }
  }

  private choice(id: string, common: { label: string; hint: string | undefined; error: TemplateResult | undefined; value: string }, item: FormField, of: readonly (readonly [string, string])[]): TemplateResult {
    return html`<div class="field" ?data-bad=${common.error !== undefined}>
      <label for=${id}>${common.label}</label>
      ${common.hint === undefined ? nothing : html`<p class="hint" id="${id}-hint">${common.hint}</p>`}
      ${common.error === undefined ? nothing : html`<p class="error" id="${id}-error">${common.error}</p>`}
      <select id=${id} aria-invalid=${common.error === undefined ? nothing : "true"} aria-describedby=${common.hint === undefined ? nothing : `${id}-hint`} @change=${(event: Event) => {
        this.write(item.id, (event.target as HTMLSelectElement).value);
      }}>
        <option value="" .selected=${live(common.value === "")}>${item.optional ? "—" : `${words().applications.choose}…`}</option>
        ${of.map(([value, label]) => html`<option value=${value} .selected=${live(value === common.value)}>${label}</option>`)}
      </select>
      ${item.kind.type === "asset" && common.value !== "" ? html`<p class="hint"><code class="break">${grouped(common.value)}</code></p>` : nothing}
    </div>`;
  }

  private result(outcome: DeskOutcome): TemplateResult {
    const w = words().applications;
    return html`<section class="stack" aria-labelledby="outcome">
      <h4 id="outcome">${w.results}</h4>
      ${panel("good", outcome.accepted ? w.accepted : w.done, "")}
      ${outcome.shown.length === 0 ? nothing : html`<dl class="pairs">${outcome.shown.map(({ label, value }) => html`<div class=${value.type === "table" || value.type === "picture" || (value.type === "code" && isRequest(value.is)) ? "wide" : ""}><dt>${said(label)}</dt><dd>${this.value(value, said(label))}</dd></div>`)}</dl>`}
      ${
        outcome.files.length === 0
          ? nothing
          : html`<div class="stack-2"><p class="strong">${w.files}</p><p class="small">${w.filesText}</p>${this.files(outcome.files)}</div>`
      }
    </section>`;
  }

  /** A request for a payment: a code for whoever stands beside, and text. */
  private request(text: string, label: string): TemplateResult {
    const code = text.length <= mostInCode ? html`<div data-request=${text}>${qrCode(text, label)}</div>` : html`<p class="small quiet">${words().applications.noCode}</p>`;
    return html`<div class="stack-2">${code}${copyable(text, this.say)}</div>`;
  }

  private value(value: ShownValue, label: string): string | TemplateResult {
    const w = words().applications;
    switch (value.type) {
      case "text":
        return value.is;
      case "words":
        return said(value.is);
      case "code":
        return isRequest(value.is) ? this.request(value.is, label) : copyable(value.is, this.say);
      case "time":
        return moment(value.is);
      case "flag":
        return value.is ? w.yes : w.no;
      case "picture":
        // Not of this page's origin, wherever it is opened: others have chosen the names in it.
        return html`<img class="figure" src=${`data:image/svg+xml,${encodeURIComponent(value.is)}`} alt=${label} />`;
      case "table":
        return value.is.rows.length === 0
          ? w.nothing
          : html`<div class="scroll-x" tabindex="0" role="region" aria-label=${label}><table class="rows">
              <thead><tr>${value.is.columns.map((column) => html`<th scope="col">${said(column)}</th>`)}</tr></thead>
              <tbody>${value.is.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell.type === "code" ? html`<code class="break">${cell.is}</code>` : this.value(cell, label)}</td>`)}</tr>`)}</tbody>
            </table></div>`;
    }
  }
}

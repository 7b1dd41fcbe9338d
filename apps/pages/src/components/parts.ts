// Templates that several pages use. Each is plain HTML with the roles that it needs.
import { html, nothing, svg, type TemplateResult } from "lit";
import { number, percent, words } from "../i18n/locale";
import { iconBad, iconGood, iconNote } from "./icons";

export type Kind = "good" | "bad" | "note";

export const head = (title: string, lead: string | TemplateResult, eyebrow?: string | TemplateResult): TemplateResult =>
  html`<div class="head">
    ${eyebrow === undefined ? nothing : html`<p class="eyebrow">${eyebrow}</p>`}
    <h1>${title}</h1>
    <p class="lead">${lead}</p>
  </div>`;

const marks: Record<Kind, TemplateResult> = { good: iconGood, bad: iconBad, note: iconNote };

export const verdict = (kind: Kind, title: string, text: string | TemplateResult, id = "verdict"): TemplateResult =>
  html`<section class="verdict" data-kind=${kind} aria-labelledby=${id}>
    ${marks[kind]}
    <div class="stack-2">
      <h2 id=${id}>${title}</h2>
      ${typeof text === "string" ? html`<p>${text}</p>` : text}
    </div>
  </section>`;

export const panel = (kind: Kind | "info" | "", title: string, text: string | TemplateResult): TemplateResult =>
  html`<div class="panel ${kind}" role=${kind === "bad" ? "alert" : nothing}>
    <p class="panel-title">${title}</p>
    ${typeof text === "string" ? html`<p>${text}</p>` : text}
  </div>`;

export interface Field {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  readonly error?: string | TemplateResult | undefined;
  readonly type?: "text" | "password" | "number" | "datetime-local" | "url" | "area";
  readonly short?: boolean;
  readonly rows?: number;
  readonly complete?: string;
  readonly mono?: boolean;
  /** Shown, and not to be changed now. */
  readonly fixed?: boolean;
}

/** A field with its label; an error says what is wrong and what to do, and is read with the field. */
export function field(f: Field): TemplateResult {
  const described = [f.hint === undefined ? "" : `${f.id}-hint`, f.error === undefined ? "" : `${f.id}-error`].join(" ").trim();
  const input = (event: Event): void => {
    f.onInput((event.target as HTMLInputElement | HTMLTextAreaElement).value);
  };
  const classes = `${f.short === true ? "short" : ""} ${f.mono === true ? "mono" : ""}`.trim();
  return html`<div class="field" ?data-bad=${f.error !== undefined}>
    <label for=${f.id}>${f.label}</label>
    ${f.hint === undefined ? nothing : html`<p class="hint" id="${f.id}-hint">${f.hint}</p>`}
    ${f.error === undefined ? nothing : html`<p class="error" id="${f.id}-error">${f.error}</p>`}
    ${
      f.type === "area"
        ? html`<textarea id=${f.id} class=${classes} rows=${f.rows ?? 4} spellcheck="false" ?readonly=${f.fixed === true} .value=${f.value} aria-invalid=${f.error === undefined ? nothing : "true"} aria-describedby=${described || nothing} @input=${input}></textarea>`
        : html`<input id=${f.id} class=${classes} type=${f.type ?? "text"} autocomplete=${f.complete ?? "off"} spellcheck="false" ?readonly=${f.fixed === true} .value=${f.value} aria-invalid=${f.error === undefined ? nothing : "true"} aria-describedby=${described || nothing} @input=${input} />`
    }
  </div>`;
}

export const facts = (list: readonly (readonly [string, string | TemplateResult, ("text" | undefined)?])[]): TemplateResult =>
  html`<dl class="facts">
    ${list.map(([name, value, kind]) => html`<div><dt>${name}</dt><dd class=${kind ?? ""}>${value}</dd></div>`)}
  </dl>`;

export const pairs = (list: readonly (readonly [string, string | TemplateResult])[]): TemplateResult =>
  html`<dl class="pairs">${list.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** Steps of a task; the present one is marked. */
export const steps = (names: readonly string[], current: number): TemplateResult =>
  html`<ol class="steps" aria-label=${words().common.steps}>
    ${names.map(
      (name, index) =>
        html`<li ?data-done=${index < current} aria-current=${index === current ? "step" : nothing}>
          <span>${name}${index < current ? html`<span class="hidden-visually"> (${words().common.done})</span>` : nothing}</span>
        </li>`,
    )}
  </ol>`;

export interface Progress {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly detail?: string;
}

/** Progress: how much is done and how fast. With a total of 0 nobody knows how long it takes. */
export function progress(p: Progress): TemplateResult {
  const known = p.total > 0;
  const share = known ? Math.min(100, (100 * p.done) / p.total) : 0;
  const bar = document.createElement("div");
  if (known) bar.style.width = `${share}%`;
  return html`<div class="meter">
    <div class="meter-line"><span class="strong">${p.label}</span><span class="numeric">${p.detail ?? nothing}</span></div>
    <div
      class="meter-track ${known ? "" : "waiting"}"
      role="progressbar"
      aria-label=${p.label}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${known ? Math.round(share) : nothing}
    >
      ${bar}
    </div>
  </div>`;
}

export interface ResultOption {
  readonly name: string;
  readonly votes: number;
}

/** The result of a question: a table, with a bar under each of its rows that repeats the number to the eye. */
export function resultTable(title: string, note: string, options: readonly ResultOption[], whole: number): TemplateResult {
  const w = words();
  const most = Math.max(1, ...options.map((option) => option.votes));
  const sorted = [...options].sort((a, b) => b.votes - a.votes);
  return html`<div class="result">
    <table class="result-table">
      <caption>
        <h3>${title}</h3>
        <span class="hint">${note}</span>
      </caption>
      <thead>
        <tr><th scope="col">${w.result.option}</th><th scope="col" class="number">${w.result.votes}</th><th scope="col" class="number">${w.result.share}</th></tr>
      </thead>
      <tbody>
        ${sorted.map(
          (option) => html`<tr>
              <th scope="row">${option.name}</th>
              <td class="number strong">${number(option.votes)}</td>
              <td class="number share">${percent(option.votes, whole)}</td>
            </tr>
            <tr class="bar-row" aria-hidden="true">
              <td colspan="3">
                <svg preserveAspectRatio="none" viewBox="0 0 1000 10">
                  ${svg`<rect class="rest" width="1000" height="10"/><rect class="bar" width=${(1000 * option.votes) / most} height="10"/>`}
                </svg>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Hexadecimal in groups of eight, to be read aloud and compared. */
export const grouped = (hex: string): string => hex.replace(/(.{8})(?=.)/g, "$1 ");

export const short = (hex: string): TemplateResult => html`<code title=${hex}>${hex.slice(0, 12)}…</code>`;

/** Text to be compared or handed on, with a button that copies it. */
export const copyable = (text: string, say: (what: string) => void, display?: string): TemplateResult =>
  html`<div class="copyable">
    <code>${display ?? text}</code>
    <button
      class="button second no-print"
      type="button"
      @click=${() => {
        void navigator.clipboard.writeText(text).then(
          () => {
            say(words().common.copied);
          },
          () => {
            say(words().common.copyFailed);
          },
        );
      }}
    >
      ${words().common.copy}
    </button>
  </div>`;

/** Hands a file to the reader's computer. */
export function save(name: string, content: Uint8Array | string, type = "application/octet-stream"): void {
  const part = typeof content === "string" ? content : new Uint8Array(content);
  const address = URL.createObjectURL(new Blob([part], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 10_000);
}

export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

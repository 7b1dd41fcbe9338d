// One question of a draft, as the administrator types it.
import { html, nothing, type TemplateResult } from "lit";
import type { Errors, QuestionText } from "../engine/draft";
import { number, words } from "../i18n/locale";
import { field } from "./parts";

export interface QuestionForm {
  readonly question: QuestionText;
  readonly index: number;
  readonly errors: Errors;
  readonly change: (part: Partial<QuestionText>) => void;
  /** Undefined for the only one. */
  readonly remove: (() => void) | undefined;
}

export function questionFields({ question, index, errors, change, remove }: QuestionForm): TemplateResult {
  const w = words().admin;
  const id = (name: string): string => `${name}-${index}`;
  const limit = (name: "min" | "max" | "most"): TemplateResult =>
    field({ id: id(name), label: w[name], type: "number", short: true, value: question[name], onInput: (value) => {
      change({ [name]: value });
    } });
  return html`<fieldset class="card stack">
    <legend class="hidden-visually">${w.question(number(index + 1))}</legend>
    <h2>${w.question(number(index + 1))}</h2>
    ${field({ id: id("title"), label: w.questionTitle, value: question.title, error: errors[id("title")], onInput: (title) => {
      change({ title });
    } })}
    <div class="field">
      <label for=${id("kind")}>${w.kind}</label>
      <select id=${id("kind")} @change=${(event: Event) => {
        change({ kind: (event.target as HTMLSelectElement).value as QuestionText["kind"] });
      }}>
        ${(["choose", "rank", "score", "split"] as const).map((kind) => html`<option value=${kind} ?selected=${question.kind === kind}>${w.kinds[kind]}</option>`)}
      </select>
    </div>
    <div class="row">
      ${question.kind === "score" ? nothing : html`${limit("min")} ${limit("max")}`} ${question.kind === "choose" || question.kind === "rank" ? nothing : limit("most")}
    </div>
    ${errors[id("limits")] === undefined ? nothing : html`<p class="error-text" aria-invalid="true" tabindex="-1">${errors[id("limits")]}</p>`}
    ${field({ id: id("options"), label: w.options, hint: w.optionsHint, type: "area", value: question.options, error: errors[id("options")], onInput: (options) => {
      change({ options });
    } })}
    ${remove === undefined ? nothing : html`<div><button class="button danger" type="button" @click=${remove}>${w.removeQuestion}</button></div>`}
  </fieldset>`;
}

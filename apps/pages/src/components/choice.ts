// The ballot as a form: every kind of question, with what is wrong said beside it.
import { html, nothing, type TemplateResult } from "lit";
import type { Question } from "../../../browser/engine";
import { number, words } from "../i18n/locale";

export { choiceError, chosenText } from "./choice-rules";

export function ruleText({ kind }: Question): string {
  const w = words().booth;
  if (kind.type === "choose") return w.chooseRule(number(kind.min), number(kind.max));
  if (kind.type === "split") return w.splitRule(number(kind.min), number(kind.max), number(kind.most));
  if (kind.type === "rank") return w.rankRule(number(kind.min), number(kind.max));
  return w.scoreRule(number(kind.most));
}

export const emptyChoice = (questions: readonly Question[]): number[][] => questions.map((question) => question.options.map(() => 0));

export interface BallotForm {
  title: string;
  questions: readonly Question[];
  points: readonly (readonly number[])[];
  errors?: readonly (string | undefined)[];
  /** Undefined shows a ballot that cannot be filled in. */
  change?: (points: number[][]) => void;
  prefix?: string;
}

export function ballotForm(form: BallotForm): TemplateResult {
  return html`<div class="ballot">
    <div class="ballot-head"><p class="quiet small">${words().booth.ballot}</p><h2>${form.title}</h2></div>
    ${form.questions.map((question, index) => questionForm(form, question, index))}
  </div>`;
}

function questionForm(form: BallotForm, question: Question, index: number): TemplateResult {
  const id = `${form.prefix ?? "q"}${index}`;
  const error = form.errors?.[index];
  const given = form.points[index] ?? [];
  const one = question.kind.type === "choose" && question.kind.min === 1 && question.kind.max === 1;
  const set = (place: number, value: number): void => {
    form.change?.(form.points.map((points, at) => (at === index ? points.map((old, option) => (option === place ? value : one ? 0 : old)) : [...points])));
  };
  return html`<fieldset class="ballot-question" aria-describedby="${id}-rule${error === undefined ? "" : ` ${id}-error`}">
    <legend>${question.title}</legend>
    <p class="hint" id="${id}-rule">${ruleText(question)}</p>
    ${error === undefined ? nothing : html`<p class="error-text" id="${id}-error">${error}</p>`}
    <div class="ballot-options">
      ${question.options.map((option, place) =>
        question.kind.type === "choose"
          ? html`<label class="option"
              ><input type=${one ? "radio" : "checkbox"} name=${id} .checked=${given[place] === 1} ?disabled=${form.change === undefined} @change=${(event: Event) => {
                set(place, (event.target as HTMLInputElement).checked ? 1 : 0);
              }} /><span>${option.name}</span></label
            >`
          : question.kind.type === "rank"
            ? html`<div class="points">
                <label for="${id}-${place}">${option.name}</label
                ><select id="${id}-${place}" aria-label=${words().booth.rankFor(option.name)} ?disabled=${form.change === undefined} @change=${(event: Event) => {
                  set(place, Number((event.target as HTMLSelectElement).value));
                }}>
                  ${Array.from({ length: Math.min(question.kind.max || 0, question.options.length) + 1 }, (_, rank) => html`<option value=${rank} .selected=${(given[place] ?? 0) === rank}>${rank === 0 ? words().booth.notRanked : number(rank)}</option>`)}
                </select>
              </div>`
            : html`<div class="points">
              <label for="${id}-${place}">${option.name}</label
              ><input
                id="${id}-${place}"
                type="number"
                inputmode="numeric"
                min="0"
                max=${question.kind.most}
                step="1"
                aria-label=${words().booth.pointsFor(option.name)}
                .value=${String(given[place] ?? 0)}
                ?disabled=${form.change === undefined}
                @input=${(event: Event) => {
                  const typed = (event.target as HTMLInputElement).value;
                  set(place, typed === "" ? 0 : Number(typed));
                }}
              />
            </div>`,
      )}
    </div>
  </fieldset>`;
}

// The draft of an election, as the administrator types it: title, times, questions, rules.
import { html, nothing, type TemplateResult } from "lit";
import { newQuestion, usualEpoch, type DraftText, type Errors } from "../engine/draft";
import { number, words } from "../i18n/locale";
import { field } from "./parts";
import { questionFields } from "./questions";
import { weightsChoice } from "./weights";

function checkbox(label: string, value: boolean, change: (value: boolean) => void): TemplateResult {
  return html`<label class="tick"><input type="checkbox" .checked=${value} @change=${(event: Event) => {
    change((event.target as HTMLInputElement).checked);
  }} /><span>${label}</span></label>`;
}

function proofsChoice(proofs: DraftText["proofs"], error: string | undefined, change: (proofs: DraftText["proofs"]) => void): TemplateResult {
  const w = words().admin;
  return html`<div class="field" ?data-bad=${error !== undefined}>
    <label for="proofs">${w.proofs}</label>
    <p class="hint" id="proofs-hint">${w.proofsHint}</p>
    ${error === undefined ? nothing : html`<p class="error" id="proofs-error">${error}</p>`}
    <select id="proofs" aria-invalid=${error === undefined ? nothing : "true"} aria-describedby=${error === undefined ? "proofs-hint" : "proofs-hint proofs-error"} @change=${(event: Event) => {
      change((event.target as HTMLSelectElement).value as DraftText["proofs"]);
    }}>
      ${(["compressed", "disjunctive"] as const).map((each) => html`<option value=${each} ?selected=${proofs === each}>${w.proofsKinds[each]}</option>`)}
    </select>
  </div>`;
}

export function draftFields(draft: DraftText, errors: Errors, set: (part: Partial<DraftText>) => void): TemplateResult {
  const w = words().admin;
  return html`${field({ id: "title", label: w.electionTitle, value: draft.title, error: errors["title"], onInput: (title) => {
      set({ title });
    } })}
    ${field({ id: "opens", label: w.opens, type: "datetime-local", hint: w.timesHint, value: draft.opens, error: errors["opens"], onInput: (opens) => {
      set({ opens });
    } })}
    ${field({ id: "closes", label: w.closes, type: "datetime-local", value: draft.closes, error: errors["closes"], onInput: (closes) => {
      set({ closes });
    } })}
    ${draft.questions.map((question, index) =>
      questionFields({
        question,
        index,
        errors,
        change: (part) => {
          set({ questions: draft.questions.map((one, place) => (place === index ? { ...one, ...part } : one)) });
        },
        remove: draft.questions.length < 2 ? undefined : () => {
          set({ questions: draft.questions.filter((_, place) => place !== index) });
        },
      }),
    )}
    <div><button class="button second" type="button" ?disabled=${draft.questions.length >= 64} @click=${() => {
      set({ questions: [...draft.questions, newQuestion()] });
    }}>${w.addQuestion}</button></div>
    <fieldset class="stack-2">
      <legend><h2>${w.rules}</h2></legend>
      ${checkbox(w.delegation, draft.delegation, (delegation) => {
        set({ delegation });
      })}
      ${checkbox(w.revoting, draft.revoting, (revoting) => {
        set({ revoting });
      })}
      ${weightsChoice(draft.weights, (weights) => {
        set({ weights });
      })}
      ${proofsChoice(draft.proofs, errors["proofs"], (proofs) => {
        set({ proofs });
      })}
      ${field({ id: "smallest", label: w.smallest, type: "number", short: true, hint: draft.weights === "hidden" ? `${w.smallestHint} ${w.weightsSmallest}` : w.smallestHint, value: draft.smallest, error: errors["smallest"], onInput: (smallest) => {
        set({ smallest });
      } })}
      <details class="more" ?open=${errors["epoch"] !== undefined}>
        <summary>${w.more}</summary>
        ${field({ id: "epoch", label: w.epoch, type: "number", short: true, hint: w.epochHint(number(usualEpoch(draft))), value: draft.epoch, error: errors["epoch"], onInput: (epoch) => {
          set({ epoch });
        } })}
      </details>
    </fieldset>`;
}

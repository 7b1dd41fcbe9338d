// Hidden weights, as the administrator chooses them, sees who will know what of them, and hands the rights out.
import { html, nothing, type TemplateResult } from "lit";
import type { Distribution } from "../../../browser/engine";
import type { Election } from "../api/node";
import { transfersOf, type Roll, type Weights } from "../engine/roll";
import { moment, number, words } from "../i18n/locale";
import { facts, pairs, panel, verdict } from "./parts";

/** What hidden weights do not hide. */
export const inferredNote = (): TemplateResult => panel("note", words().admin.inferred, words().admin.inferredText);

export function weightsChoice(weights: Weights, change: (weights: Weights) => void): TemplateResult {
  const w = words().admin;
  return html`<fieldset>
      <legend class="legend">${w.weights}</legend>
      ${(["one", "hidden"] as const).map(
        (each) => html`<label class="tick"
          ><input type="radio" name="weights" value=${each} .checked=${weights === each} @change=${() => {
            change(each);
          }} /><span>${w.weightsKinds[each]}<span class="hint">${w.weightsHints[each]}</span></span></label
        >`,
      )}
    </fieldset>
    <div role="status">${weights === "hidden" ? inferredNote() : nothing}</div>`;
}

/** Who will know what of the weights on a roll. */
export function weightsShown({ voters, total }: Roll): TemplateResult {
  const w = words().admin;
  return html`<section class="card stack" aria-labelledby="weights-shown" data-shown>
    <h2 id="weights-shown">${w.shown}</h2>
    ${facts([
      [w.roll, number(voters.length)],
      [w.shownTotal, number(total)],
      [w.shownTransfers, number(transfersOf(voters.length))],
    ])}
    ${pairs([
      [w.shownAll, w.shownAllText],
      [w.shownVoter, w.shownVoterText],
      [w.shownYou, w.shownYouText],
    ])}
    ${inferredNote()}
  </section>`;
}

export interface DistributionView {
  readonly election: Election;
  /** What the last look at the whole log found; undefined before one. */
  readonly found: Distribution | undefined;
  readonly busy: boolean;
  readonly send: () => void;
  readonly saveKey: () => void;
}

/** How far the rights are handed out, and what is left to be done. */
export function distributionView({ election, found, busy, send, saveKey }: DistributionView): TemplateResult {
  const w = words().admin;
  const { early_transfers: done, distribution_transfers: all, opens } = election;
  const early = election.stage === "before";
  const isSent = found?.left === 0;
  // Other transfers count as well, so that the count alone does not tell that all is sent.
  const isLeft = done < all || (found !== undefined && !isSent);
  return html`<section class="stack" aria-labelledby="voters-rights">
    <h2 id="voters-rights">${w.rights}</h2>
    ${
      isSent ? verdict("good", w.sentAll, early ? w.sentAllText(number(election.total_weight), moment(opens)) : w.sentOverText(number(election.total_weight)), "rights-sent")
      : early ? html`<p>${w.sendText(moment(opens))}</p>`
      : isLeft ? panel("bad", w.sendLost, w.sendLostText)
      : nothing
    }
    <p role="status">${w.sendCount(number(done), number(all))}</p>
    ${isSent ? nothing : html`<div><button class="button large" type="button" ?disabled=${busy} @click=${send}>${early && isLeft ? w.send : w.sendCheck}</button></div>`}
    <details class="more">
      <summary>${w.auditor}</summary>
      <div class="stack">
        <p>${w.auditorText}</p>
        <div><button class="button second" type="button" ?disabled=${busy} @click=${saveKey}>${w.auditorKey}</button></div>
      </div>
    </details>
  </section>`;
}

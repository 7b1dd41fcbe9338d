import { html, type TemplateResult } from "lit";
import type { ElectionSummary } from "../api/node";
import { moment, percent, words } from "../i18n/locale";

/** Elections of the node, newest first, with what can be done with each. */
export function electionList(elections: readonly ElectionSummary[] | "loading" | "failed", none: string, action: (election: ElectionSummary) => TemplateResult, again: () => void): TemplateResult {
  const c = words().common;
  if (elections === "loading") return html`<p class="quiet" role="status">${c.loading}…</p>`;
  if (elections === "failed")
    return html`<div class="empty"><p class="strong">${c.nodeFailed}</p><p>${c.nodeHelp}</p><div><button class="button second" type="button" @click=${again}>${c.again}</button></div></div>`;
  if (elections.length === 0) return html`<div class="empty"><p>${none}</p></div>`;
  return html`<ul class="list">
    ${[...elections].reverse().map(
      (election) => html`<li class="row-between">
        <div class="stack-2">
          <h3>${election.title}</h3>
          <p class="small quiet numeric">
            <span class="tag ${election.stage === "published" ? "good" : "info"}">${words().stages[election.stage]}</span>
            ${moment(election.opens)} – ${moment(election.closes)} · ${words().verifier.turnout} ${percent(election.counted, election.voters)}
          </p>
        </div>
        ${action(election)}
      </li>`,
    )}
  </ul>`;
}

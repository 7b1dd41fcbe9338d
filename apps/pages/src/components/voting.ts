// An election on the ledger, as its administrator sees it: turnout, rights that are sent, close, result.
import { html, nothing, type TemplateResult } from "lit";
import type { Distribution, SetupInfo } from "../../../browser/engine";
import type { Election } from "../api/node";
import type { Board } from "../engine/board";
import { moment, number, percent, words } from "../i18n/locale";
import { copyable, facts, grouped, panel, verdict } from "./parts";
import { resultTables } from "./results";
import { trusteeTable } from "./trustees";
import { distributionView } from "./weights";

export interface VotingView {
  readonly election: Election;
  readonly board: Board | undefined;
  readonly setup: SetupInfo | undefined;
  /** Of the rights that were sent, where weights are hidden. */
  readonly found: Distribution | undefined;
  readonly busy: boolean;
  readonly say: (what: string) => void;
  readonly send: () => void;
  readonly saveKey: () => void;
  readonly close: () => void;
  readonly publish: () => void;
}

export function votingView({ election, board, setup, found, busy, say, send, saveKey, close, publish }: VotingView): TemplateResult {
  const w = words().admin;
  const partials = new Set(board?.messages.filter((message) => message.kind === "partial").map((message) => message.author)).size;
  const { threshold } = election.trustees;
  const open = election.stage === "before" || election.stage === "open";
  const hidden = election.rules.weights === "hidden";
  return html`<section class="stack">
      ${
        election.stage === "published"
          ? verdict("good", w.published, html`<p>${w.publishedText} <a href="/#election=${election.id}">${w.toVerifier}</a></p>`)
          : election.stage === "closed"
            ? panel("info", w.closed, w.closedText)
            : panel("info", w.opened, election.stage === "before" ? w.begins(moment(election.opens)) : w.over(moment(election.closes)))
      }
      ${copyable(election.id, say, grouped(election.id))}
    </section>
    <section class="stack" aria-labelledby="turnout">
      <h2 id="turnout">${w.turnout}</h2>
      ${facts([
        [words().verifier.voters, number(election.voters)],
        [words().verifier.counted, html`<span role="status">${number(election.counted)}</span>`],
        [w.turnout, percent(election.counted, election.voters)],
        ...(hidden ? [[w.shownTotal, number(election.total_weight)] as const] : []),
      ])}
      <p class="quiet">${w.live}</p>
    </section>
    ${hidden ? distributionView({ election, found, busy, send, saveKey }) : nothing}
    ${
      election.stage === "ended" || (election.stage === "closed" && board?.one("closed") === undefined)
        ? html`<div><button class="button large" type="button" ?disabled=${busy} @click=${close}>${w.close}</button></div>`
        : election.stage === "closed"
          ? html`<section class="stack"><p role="status">${w.partials(number(partials), number(threshold))}</p>${board === undefined || setup === undefined ? nothing : trusteeTable(setup, board, ["partial"], partials < threshold)}<div><button class="button large" type="button" ?disabled=${partials < threshold || busy} @click=${publish}>${w.publish}</button></div></section>`
          : nothing
    }
    ${open || election.results === null ? nothing : resultTables(election, election.results)}`;
}

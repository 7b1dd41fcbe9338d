// The trustees by name: what each has sent to the board, and who is waited for.
import { html, nothing, type TemplateResult } from "lit";
import type { BoardKind, SetupInfo } from "../../../browser/engine";
import type { Board } from "../engine/board";
import { words } from "../i18n/locale";

/** A column: messages of one kind. */
export type TrusteeColumn = Extract<BoardKind, "commitments" | "packages" | "confirmations" | "shares" | "acknowledgements" | "rehearsal" | "partial">;

export const rounds = ["commitments", "packages", "confirmations", "shares", "acknowledgements"] as const satisfies readonly TrusteeColumn[];

/** Trustees who have not sent a message of a kind. */
export const missing = (setup: SetupInfo, board: Board, kind: TrusteeColumn): string[] =>
  setup.trustees.filter(({ key }) => board.of(kind, [key])[0] === undefined).map(({ name }) => name);

export function trusteeTable(setup: SetupInfo, board: Board, columns: readonly TrusteeColumn[], needsAll = true): TemplateResult {
  const w = words().admin;
  const waited = needsAll ? columns.find((kind) => missing(setup, board, kind).length > 0) : undefined;
  const names = waited === undefined ? [] : missing(setup, board, waited);
  const cell = (sent: boolean): TemplateResult =>
    sent ? html`<span class="sent" aria-hidden="true">✓</span><span class="hidden-visually">${w.sent}</span>` : html`<span class="unsent" aria-hidden="true">–</span><span class="hidden-visually">${w.notSent}</span>`;
  return html`<div class="scroll-x" tabindex="0" role="region" aria-label=${w.trusteesState}>
      <table class="trustees" data-trustees>
        <caption class="hidden-visually">${w.trusteesState}</caption>
        <thead>
          <tr><th scope="col">${w.name}</th>${columns.map((kind) => html`<th scope="col">${w.sends[kind]}</th>`)}</tr>
        </thead>
        <tbody>
          ${setup.trustees.map(
            ({ name, key }) => html`<tr data-trustee=${name}>
              <th scope="row">${name}</th>
              ${columns.map((kind) => {
                const sent = board.of(kind, [key])[0] !== undefined;
                return html`<td data-kind=${kind} data-sent=${sent ? "yes" : "no"}>${cell(sent)}</td>`;
              })}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p role="status">${waited === undefined ? nothing : w.waitsFor(names.join(", "), w.sends[waited])}</p>`;
}

// The count of a ranked question: who wins, and how each round came to the next.
import { html, nothing, type TemplateResult } from "lit";
import type { Question, Runoff } from "../../../browser/engine";
import { number, words } from "../i18n/locale";
import { standings, transfers } from "./runoff-rules";

export function runoffTable(question: Question, runoff: Runoff): TemplateResult {
  const w = words().result;
  const { rounds } = runoff;
  const nameOf = (option: number): string => question.options[option]?.name ?? "";
  const before = (round: number): TemplateResult | typeof nothing => {
    const [from, to] = [rounds[round - 1], rounds[round]];
    const gained = (to?.exhausted ?? 0) - (from?.exhausted ?? 0);
    return from === undefined || gained <= 0 ? nothing : html`<span class="quiet small">+${number(gained)}</span> `;
  };
  return html`<div class="result" data-runoff>
    <h3>${question.title}</h3>
    <p class="winner"><span class="tag good">${runoff.winner === null ? w.noWinner : w.winner}</span> ${runoff.winner === null ? nothing : html`<strong>${nameOf(runoff.winner)}</strong>`}</p>
    <p class="hint">${w.runoffHow}</p>
    ${
      rounds.length === 0
        ? nothing
        : html`<div class="scroll-x" tabindex="0" role="region" aria-label=${w.roundsOf(question.title)}>
            <table class="rounds">
              <thead>
                <tr><th scope="col">${w.option}</th>${rounds.map((_, round) => html`<th scope="col" class="number">${w.round(number(round + 1))}</th>`)}</tr>
              </thead>
              <tbody>
                ${standings(question, runoff).map(
                  ({ name, option, out }) => html`<tr ?data-winner=${option === runoff.winner}>
                    <th scope="row">${name}</th>
                    ${rounds.map((round, place) => {
                      if (out !== undefined && place > out) return html`<td class="number quiet">${place === out + 1 ? w.out : html`<span aria-hidden="true">–</span><span class="hidden-visually">${w.out}</span>`}</td>`;
                      const gained = place === 0 ? 0 : (round.votes[option] ?? 0) - (rounds[place - 1]?.votes[option] ?? 0);
                      return html`<td class="number">${gained > 0 ? html`<span class="quiet small">+${number(gained)}</span> ` : nothing}<span class="strong">${number(round.votes[option] ?? 0)}</span></td>`;
                    })}
                  </tr>`,
                )}
                <tr><th scope="row" class="quiet">${w.exhausted}</th>${rounds.map((round, place) => html`<td class="number">${before(place)}${number(round.exhausted)}</td>`)}</tr>
              </tbody>
            </table>
          </div>`
    }
    <ol class="plain-list">
      ${rounds.map((round, place) => {
        if (round.eliminated === null) return nothing;
        const moved = transfers(runoff, place).map(({ option, gained }) => w.goesTo(nameOf(option), number(gained)));
        return html`<li>${w.goesOut(nameOf(round.eliminated), number(round.votes[round.eliminated] ?? 0))} ${moved.length === 0 ? w.goesNowhere : moved.join(", ")}</li>`;
      })}
    </ol>
    ${runoff.spoiled > 0 ? html`<p class="small quiet">${w.spoiled(number(runoff.spoiled))}</p>` : nothing}
  </div>`;
}

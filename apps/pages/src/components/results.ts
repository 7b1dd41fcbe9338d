// The result of a question, of each kind of election.
import type { TemplateResult } from "lit";
import type { Question, Rules, Runoff } from "../../../browser/engine";
import { number, words } from "../i18n/locale";
import { resultTable } from "./parts";
import { runoffTable } from "./runoff";

/** What of an election its results are of. */
export interface Counted {
  readonly questions: readonly Question[];
  readonly rules: Rules;
  readonly counted: number;
  readonly runoffs: readonly (Runoff | null)[] | null;
}

/** The results of all questions: shares are of the ballots that count, or where weights are hidden of all votes. */
export function resultTables(election: Counted, results: readonly (readonly number[])[]): TemplateResult[] {
  const hidden = election.rules.weights === "hidden";
  return election.questions.map((question, index) => {
    const runoff = election.runoffs?.[index];
    if (runoff !== null && runoff !== undefined) return runoffTable(question, runoff);
    const votes = results[index] ?? [];
    const options = question.options.map((option, place) => ({ name: option.name, votes: votes[place] ?? 0 }));
    const whole = hidden ? votes.reduce((sum, each) => sum + each, 0) : election.counted;
    return resultTable(question.title, hidden ? words().verifier.hidden : words().result.of(number(election.counted)), options, whole);
  });
}

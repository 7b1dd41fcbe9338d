// What the rounds of a ranked question say: the order of its options, and where votes went.
import type { Question, Runoff } from "../../../browser/engine";

export interface Standing {
  name: string;
  option: number;
  /** The round after which it went out, counted from 0; undefined if it stayed to the end. */
  out: number | undefined;
}

/** Options in the order in which the count places them: the winner, those who stayed to the end by their votes, then the last that went out first. */
export function standings(question: Question, runoff: Runoff): Standing[] {
  const last = runoff.rounds.at(-1);
  const all = question.options.map(({ name }, option) => {
    const out = runoff.rounds.findIndex((round) => round.eliminated === option);
    return { name, option, out: out < 0 ? undefined : out };
  });
  const rank = (one: Standing): number => (one.option === runoff.winner ? Infinity : one.out === undefined ? runoff.rounds.length : one.out);
  return all.sort((a, b) => (rank(a) === rank(b) ? (last?.votes[b.option] ?? 0) - (last?.votes[a.option] ?? 0) || a.option - b.option : rank(b) - rank(a)));
}

/** What the votes of the option that went out did: where they went, and how many rank nothing that is left. */
export function transfers(runoff: Runoff, round: number): { option: number; gained: number }[] {
  const [from, to] = [runoff.rounds[round], runoff.rounds[round + 1]];
  if (from === undefined || to === undefined) return [];
  return to.votes.map((votes, option) => ({ option, gained: votes - (from.votes[option] ?? 0) })).filter(({ gained }) => gained > 0);
}

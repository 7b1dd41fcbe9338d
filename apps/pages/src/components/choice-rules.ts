// What a ballot may say, as the engine checks it too; here in the voter's language.
import type { ChoiceShown, Question } from "../../../browser/engine";
import { number, words } from "../i18n/locale";

/** What is wrong with the points that were given to a question's options; undefined if they fit. */
export function choiceError(question: Question, points: readonly number[]): string | undefined {
  const w = words().booth;
  const sum = points.reduce((all, each) => all + each, 0);
  const { kind } = question;
  if (kind.type === "rank") {
    const given = points.filter((rank) => rank !== 0).sort((a, b) => a - b);
    if (given.some((rank, index) => rank !== index + 1)) return w.ranksBad;
    const ranked = given.length;
    if (ranked < kind.min) return w.tooFew(number(kind.min), number(ranked));
    return ranked > kind.max ? w.tooMany(number(kind.max), number(ranked)) : undefined;
  }
  const most = kind.type === "choose" ? 1 : kind.most;
  const bad = points.findIndex((each) => !Number.isInteger(each) || each < 0 || each > most);
  if (bad >= 0) return w.pointsBad(question.options[bad]?.name ?? "", number(most));
  if (kind.type === "score") return !kind.blank && sum === 0 ? w.leastOne : undefined;
  if (sum < kind.min) return w.tooFew(number(kind.min), number(sum));
  return sum > kind.max ? w.tooMany(number(kind.max), number(sum)) : undefined;
}

/** A choice in words: options, with their points or after their ranks. */
export const chosenText = ({ chosen }: ChoiceShown): string =>
  chosen.map(({ name, points, rank }) => (rank !== undefined ? `${rank}. ${name}` : points !== undefined ? `${name} (${points})` : name)).join(", ") || "—";

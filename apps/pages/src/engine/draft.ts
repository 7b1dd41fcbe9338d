// The draft of an election as the administrator types it, and what is wrong with it, by field.
import type { Draft, Question, Rules } from "../../../browser/engine";
import { words } from "../i18n/locale";

export interface QuestionText {
  title: string;
  kind: "choose" | "score" | "split" | "rank";
  min: string;
  max: string;
  most: string;
  options: string;
}

export interface DraftText {
  title: string;
  opens: string;
  closes: string;
  questions: QuestionText[];
  delegation: boolean;
  revoting: boolean;
  weights: Rules["weights"];
  proofs: Rules["ballot_proofs"];
  smallest: string;
  /** Seconds; empty for what follows from the duration of voting. */
  epoch: string;
}

export type Errors = Record<string, string | undefined>;

export const lines = (text: string): string[] => text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");

const local = (time: Date): string => new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

export const newQuestion = (): QuestionText => ({ title: "", kind: "choose", min: "1", max: "1", most: "5", options: "" });

export function newDraft(): DraftText {
  const opens = new Date(Math.ceil((Date.now() + 86_400_000) / 3_600_000) * 3_600_000);
  return { title: "", opens: local(opens), closes: local(new Date(opens.getTime() + 7 * 86_400_000)), questions: [newQuestion()], delegation: true, revoting: true, weights: "one", proofs: "compressed", smallest: "5", epoch: "" };
}

const whole = (text: string): number => (/^\d{1,7}$/.test(text.trim()) ? Number(text) : NaN);

/** Reads one question. Ids of options are their places, so that nothing depends on their wording. */
export function readQuestion(text: QuestionText): Question {
  const options = lines(text.options).map((name, index) => ({ id: String(index + 1), name }));
  const [min, max, most] = [whole(text.min), whole(text.max), whole(text.most)];
  const kind: Question["kind"] = text.kind === "choose" || text.kind === "rank" ? { type: text.kind, min, max } : text.kind === "score" ? { type: "score", most, blank: min === 0 } : { type: "split", most, min, max };
  return { title: text.title.trim(), options, kind };
}

export const seconds = (time: string): number => Math.floor(new Date(time).getTime() / 1000);

/**
 * Length of an epoch in seconds where the administrator gives none: a twenty-fourth of the voting time, 5 seconds to 5 minutes. Longer
 * epochs hide better which rights moved lately; shorter ones let a right that was delegated or recalled be used sooner.
 */
export function usualEpoch(text: DraftText): number {
  const lasts = seconds(text.closes) - seconds(text.opens);
  return lasts > 0 ? Math.min(300, Math.max(5, Math.floor(lasts / 24))) : 300;
}

/** Most branches of a ballot’s disjunctive proof, and how many a question has: docs/protocol.md § 6.2. */
const mostBranches = 4_096;
function branches({ kind, options: { length } }: Question): number {
  switch (kind.type) {
    case "choose":
      return 2 * length + kind.max - kind.min + 1;
    case "score":
      return length * (2 * kind.most + 1) + (kind.blank ? 1 : 0);
    case "split":
      return length * (kind.most + 1) + kind.max - kind.min + 1;
    case "rank":
      return 0;
  }
}

export function readDraft(text: DraftText, now: number): { draft: Draft; errors: Errors } {
  const w = words();
  const errors: Errors = {};
  const [opens, closes] = [seconds(text.opens), seconds(text.closes)];
  if (text.title.trim() === "") errors["title"] = w.common.required;
  if (!(opens < closes && closes > now)) errors["closes"] = w.admin.timesBad;
  const hidden = text.weights === "hidden";
  // Rights of hidden weight are handed out before it.
  if (hidden && !(opens > now)) errors["opens"] = w.admin.weightsOpens;
  if (!(whole(text.smallest) >= 1)) errors["smallest"] = w.admin.smallestBad;
  const epoch = text.epoch.trim() === "" ? usualEpoch(text) : whole(text.epoch);
  // A right that is moved early has to be usable before voting ends.
  if (!(epoch >= 1 && (epoch <= (closes - opens) / 2 || text.epoch.trim() === ""))) errors["epoch"] = w.admin.epochBad;
  const questions = text.questions.map((question, index) => {
    const read = readQuestion(question);
    if (read.title === "") errors[`title-${index}`] = w.common.required;
    if (read.options.length < 2 || new Set(read.options.map((option) => option.name)).size < read.options.length) errors[`options-${index}`] = w.admin.optionsBad;
    const { kind } = read;
    const fits =
      kind.type === "choose" || kind.type === "rank"
        ? kind.min <= kind.max && kind.max >= 1 && kind.max <= read.options.length && (kind.type === "choose" || read.options.length <= 255)
        : kind.type === "score"
          ? kind.most >= 1 && kind.most <= 1024
          : kind.type === "split" && kind.most >= 1 && kind.most <= 1024 && kind.min <= kind.max && kind.max >= 1 && kind.max <= kind.most * read.options.length;
    if (!fits) errors[`limits-${index}`] = w.admin.limitsBad;
    if (hidden && kind.type === "rank") errors[`limits-${index}`] = w.admin.weightsRank;
    return read;
  });
  if (text.proofs === "disjunctive" && questions.reduce((sum, question) => sum + branches(question), 0) > mostBranches) errors["proofs"] = w.admin.proofsBad;
  const rules = { delegation: text.delegation, revoting: text.revoting, weights: text.weights, ballot_proofs: text.proofs, smallest_group: whole(text.smallest), epoch_seconds: epoch };
  return { draft: { title: text.title.trim(), questions, opens, closes, rules }, errors };
}

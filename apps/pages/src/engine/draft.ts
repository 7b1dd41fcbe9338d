// The draft of an election as the administrator types it, and what is wrong with it, by field.
import type { Draft, Question } from "../../../browser/engine";
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
  return { title: "", opens: local(opens), closes: local(new Date(opens.getTime() + 7 * 86_400_000)), questions: [newQuestion()], delegation: true, revoting: true, smallest: "5", epoch: "" };
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

export function readDraft(text: DraftText, now: number): { draft: Draft; errors: Errors } {
  const w = words();
  const errors: Errors = {};
  const [opens, closes] = [seconds(text.opens), seconds(text.closes)];
  if (text.title.trim() === "") errors["title"] = w.common.required;
  if (!(opens < closes && closes > now)) errors["closes"] = w.admin.timesBad;
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
    return read;
  });
  const rules = { delegation: text.delegation, revoting: text.revoting, weights: "one" as const, smallest_group: whole(text.smallest), epoch_seconds: epoch };
  return { draft: { title: text.title.trim(), questions, opens, closes, rules }, errors };
}

/** The cells of a table, row by row: RFC 4180, with commas or semicolons. Rows without any text are left out. */
export function readTable(text: string): string[][] {
  const plain = text.replace(/^\uFEFF/, "");
  const separator = (plain.split(/\r?\n/)[0] ?? "").includes(";") ? ";" : ",";
  const rows: string[][] = [[]];
  let [cell, quoted] = ["", false];
  const end = (): void => {
    rows.at(-1)?.push(cell.trim());
    cell = "";
  };
  for (let place = 0; place < plain.length; place++) {
    const character = plain.charAt(place);
    if (character === '"' && quoted && plain.charAt(place + 1) === '"') cell += plain.charAt(++place);
    else if (character === '"' && (quoted || cell.trim() === "")) quoted = !quoted;
    else if (!quoted && character === separator) end();
    else if (!quoted && character === "\n") {
      end();
      rows.push([]);
    } else cell += character;
  }
  end();
  return rows.filter((row) => row.some((one) => one !== ""));
}

/**
 * The names of a roll: the first column, or the one whose heading says "name". A column "weight" must say 1 everywhere: an election with hidden
 * weights is held by the command line, which shuffles and distributes them, and a weight that was passed over would be a wrong count.
 */
export function namesOfTable(text: string): { names: string[]; error?: string } {
  const rows = readTable(text);
  const heading = rows[0]?.map((one) => one.toLowerCase()) ?? [];
  const column = (names: readonly string[]): number => heading.findIndex((one) => names.includes(one));
  const [name, weight] = [column(["name", "이름", "성명"]), column(["weight", "weights", "가중치", "무게"])];
  const begins = name >= 0 || weight >= 0 ? 1 : 0;
  for (const [index, row] of rows.entries())
    if (weight >= 0 && index > 0 && (row[weight] ?? "") !== "1") return { names: [], error: words().admin.rollWeight(row[Math.max(0, name)] ?? "", row[weight] ?? "") };
  return { names: rows.slice(begins).map((row) => (row[Math.max(0, name)] ?? "").replace(/\s+/g, " ")).filter((one) => one !== "") };
}

/** What is wrong with a list of names; it says the line. */
export function namesError(names: readonly string[]): string | undefined {
  if (names.length === 0) return words().admin.rollBad;
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) return words().admin.rollTwice(name, String(index + 1));
    seen.add(name);
  }
  return undefined;
}

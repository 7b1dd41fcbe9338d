// The roll as the administrator types or imports it: names, and where weights are hidden what each right weighs.
import type { Question, Registered, RollEntry, Rules } from "../../../browser/engine";
import type { Invited } from "../components/invitations";
import { Said } from "../components/trouble";
import { number, words } from "../i18n/locale";

export type Weights = Rules["weights"];

export interface RollVoter {
  name: string;
  /** 1 where every voter has one vote. */
  weight: number;
}

export interface Roll {
  voters: RollVoter[];
  total: number;
  /** The first mistake, and how many there are beside it. */
  error: string | undefined;
}

/** What all weights add up to at most, and what one option can get with its points: a tally decrypts no more. */
export const mostTotal = 2 ** 40;

/** The most points that a ballot can give to one option. */
export const mostPoints = (questions: readonly Question[]): number => Math.max(1, ...questions.map(({ kind }) => (kind.type === "score" || kind.type === "split" ? kind.most : 1)));

/** Transfers by which rights of hidden weight are handed out. */
export const transfersOf = (voters: number): number => (voters === 0 ? 0 : Math.max(1, voters - 1));

/** One name in one form, without what is not seen: it would tell apart two that look the same. */
const plainName = (text: string): string => text.normalize("NFC").replace(/\p{Cf}/gu, "").replace(/\s+/g, " ").trim();

/** A weight of digits alone; of more digits than a number holds exactly, more than any roll allows. */
function weightOf(text: string): number {
  const digits = text.replace(/^0+/, "");
  return digits.length > 15 ? Infinity : Number(digits);
}

/** What is wrong with the text of a weight. */
function weightMistake(line: string, name: string, text: string): string | undefined {
  const w = words().admin;
  if (text === "") return w.weightMissing(line, name);
  if (!/^\d+$/.test(text)) return w.weightForm(line, name, text, number(mostTotal));
  return weightOf(text) === 0 ? w.weightZero(line, name) : undefined;
}

/** The first mistake in words, if there is one. */
const told = (mistakes: readonly string[]): string | undefined => (mistakes.length > 1 ? `${mistakes[0] ?? ""} ${words().admin.rollMore(number(mistakes.length - 1))}` : mistakes[0]);

/** Reads the roll's lines: a name on each, and where weights are hidden a semicolon and the weight after it. `points` is the most for one option. */
export function readRoll(text: string, weights: Weights, points: number): Roll {
  const w = words().admin;
  const mistakes: string[] = [];
  const voters: RollVoter[] = [];
  const seen = new Set<string>();
  let total = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const place = String(index + 1);
    const [, before, after] = /^(.*);([^;]*)$/.exec(line) ?? [];
    const [name, weight] = weights === "one" ? [plainName(line), "1"] : [plainName(before ?? ""), (after ?? "").trim()];
    const mistake =
      // A weight that was passed over would be a wrong count.
      weights === "one" && /^\s*\d+\s*$/.test(after ?? "") ? w.weightIdle(place, name)
      : name === "" ? w.rollLine(place, plainName(line))
      : seen.has(name) ? w.rollTwice(name, place)
      : weightMistake(place, name, weight);
    if (mistake !== undefined) {
      mistakes.push(mistake);
      continue;
    }
    seen.add(name);
    const value = weightOf(weight);
    // Named once: the first that is too much.
    if (total <= mostTotal && total + value > mostTotal) mistakes.push(w.weightTotal(place, name, number(mostTotal)));
    total += value;
    voters.push({ name, weight: value });
  }
  if (voters.length === 0 && mistakes.length === 0) mistakes.push(w.rollBad);
  if (mistakes.length === 0 && total * points > mostTotal) mistakes.push(w.weightPoints(number(total), number(points), number(mostTotal)));
  return { voters, total, error: told(mistakes) };
}

interface TableRow {
  /** Where it begins in the file. */
  line: number;
  cells: string[];
}

/**
 * The cells of a table, row by row: RFC 4180, with commas or semicolons. Rows without any text are left out; `quote` is the line of a quote
 * that does not end, or whose end neither a separator nor the end of the line follows.
 */
function readTable(text: string): { rows: TableRow[]; quote: number | undefined } {
  const plain = text.replace(/^\uFEFF/, "");
  const separator = (plain.split(/\r?\n/)[0] ?? "").includes(";") ? ";" : ",";
  let [cell, line]: [string, number] = ["", 1];
  let [open, ended]: [number | undefined, number | undefined] = [undefined, undefined];
  const rows: TableRow[] = [{ line, cells: [] }];
  const end = (): void => {
    rows.at(-1)?.cells.push(cell.trim());
    [cell, ended] = ["", undefined];
  };
  for (let place = 0; place < plain.length; place++) {
    const character = plain.charAt(place);
    if (character === "\n") line++;
    if (character === '"' && open !== undefined && plain.charAt(place + 1) === '"') cell += plain.charAt(++place);
    else if (character === '"' && open !== undefined) [open, ended] = [undefined, open];
    else if (open === undefined && character === separator) end();
    else if (open === undefined && character === "\n") {
      end();
      rows.push({ line, cells: [] });
    } else if (ended !== undefined) {
      if (character !== "\r" || !["", "\n"].includes(plain.charAt(place + 1))) return { rows: [], quote: ended };
    } else if (character === '"' && open === undefined && cell.trim() === "") open = line;
    else cell += character;
  }
  end();
  return { rows: rows.filter(({ cells }) => cells.some((one) => one !== "")), quote: open };
}

const nameHeadings = ["name", "이름", "성명"];
const weightHeadings = ["weight", "weights", "가중치", "무게"];

/**
 * The lines of a roll from a table: the names of its first column, or of the one that is headed so, and where weights are hidden the column
 * that is headed so. Where every voter has one vote, a weight must be 1, and digits alone must not be the second cell: a weight that was passed over would be a wrong count.
 */
export function rollOfTable(text: string, weights: Weights): { lines: string[]; error: string | undefined } {
  const w = words().admin;
  const { rows, quote } = readTable(text);
  const heading = rows[0]?.cells.map((one) => one.normalize("NFC").toLowerCase()) ?? [];
  const columns = (names: readonly string[]): number[] => heading.flatMap((one, index) => (names.includes(one) ? [index] : []));
  const [names, weighed] = [columns(nameHeadings), columns(weightHeadings)];
  const fails = (error: string): { lines: string[]; error: string } => ({ lines: [], error });
  if (text.includes("\uFFFD")) return fails(w.tableEncoding);
  if (quote !== undefined) return fails(w.tableQuote(String(quote)));
  if (names.length > 1 || weighed.length > 1) return fails(w.tableColumns);
  const weight = weighed[0];
  if (weights === "hidden" && (weight === undefined || names.length === 0)) return fails(w.tableHeadings);
  const name = names[0] ?? (weight === 0 ? 1 : 0);
  const headed = names.length + weighed.length > 0;
  const lines: string[] = [];
  const mistakes: string[] = [];
  for (const { line, cells } of rows.slice(headed ? 1 : 0)) {
    const [place, who] = [String(line), plainName(cells[name] ?? "")];
    const value = cells[weight ?? -1] ?? "";
    const mistake =
      who === "" ? (weight === undefined ? undefined : w.tableName(place))
      : headed && cells.length > heading.length ? w.tableCells(place, who)
      : weight === undefined ? (name !== 1 && /^\d+$/.test(cells[1] ?? "") ? w.tableIdle(place, who, cells[1] ?? "") : undefined)
      : weights === "hidden" ? weightMistake(place, who, value)
      : value === "1" ? undefined
      : w.rollWeight(place, who, value);
    if (who === "" && mistake === undefined) continue;
    if (mistake === undefined) lines.push(weights === "hidden" ? `${who}; ${value}` : who);
    else mistakes.push(mistake);
  }
  return mistakes.length > 0 ? { lines: [], error: told(mistakes) } : { lines, error: undefined };
}

/** Whether the invitations are of an election of hidden weights. */
export const weightsOf = (invited: readonly Invited[]): Weights => (invited.some((one) => one.weight !== undefined) ? "hidden" : "one");

/**
 * Who has registered, in that order, each with the weight of the invitation that he used; whoever used none of these is left out. An invitation
 * that was used twice, and a voter whose weight is not known, are refused.
 */
export function rollEntries(registered: readonly Registered[], invited: readonly Invited[], weights: Weights): RollEntry[] {
  const known = new Map(invited.filter(({ role }) => role === "voter").map((one) => [one.token, one]));
  const used = new Set<string>();
  return registered.flatMap(({ token, address, refused }) => {
    const one = known.get(token);
    if (one === undefined || address === undefined || refused !== undefined) return [];
    if (used.has(token)) throw new Said(words().admin.registeredTwice);
    used.add(token);
    const weight = weights === "one" ? 1 : one.weight;
    if (weight === undefined) throw new Said(words().admin.weightUnknown(one.name));
    return [{ address, weight }];
  });
}

/** The invitations, one of them with another token: whoever gets it keeps name and weight. */
export const reissued = (invited: readonly Invited[], { role, name }: Invited, token: string): Invited[] =>
  invited.map((each) => (each.role === role && each.name === name ? { ...each, token } : each));

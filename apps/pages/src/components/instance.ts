// What an application keeps, by the names of its fields: how a value is written follows from them, so that an application needs words here
// and no code.
import { html, nothing, type TemplateResult } from "lit";
import type { Asset } from "../api/node";
import { moment, number, percent, words } from "../i18n/locale";
import { decimal } from "./decimal";
import { grouped, pairs, short } from "./parts";

export type State = Readonly<Record<string, unknown>>;

const times = new Set(["answer_until", "at", "accepted_by_silence", "claim_until", "deadline", "expires", "expiry", "issued", "latest_shipment", "not_before", "refund_from", "registered", "settles", "shipped", "since", "stamped", "stolen_since", "succeeded_at", "until", "use_until", "used"]);
const amounts = new Set(["ask", "below", "goal", "least_pledge", "minimum", "part", "price", "rate", "resale_minimum"]);
const shares = new Set(["royalty", "share"]);
const spans = new Set(["delay_seconds", "dispute_seconds", "silence", "tick_seconds", "unit_seconds"]);
/** Fields that name an asset; the first of an instance is the one that its amounts are in. */
const assets = ["pays", "payment", "asset", "receives", "licence"] as const;
/** What is in the heading, or says nothing to a reader. */
const inHeading = new Set(["title", "name", "kind", "stage", "status"]);
/** At most so many rows of a list are shown. */
const MOST = 50;

const isState = (value: unknown): value is State => typeof value === "object" && value !== null && !Array.isArray(value);
const isHex = (value: string): boolean => /^[0-9a-f]{64}$/.test(value);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const named = (dictionary: Readonly<Record<string, string>>, name: string): string => dictionary[name] ?? name.replaceAll(/[_-]/g, " ");

/** What an instance is called. */
export function titleOf(id: string, state: State): string {
  const w = words().applications;
  const kind = text(state["kind"]);
  const name = text(state["title"]) ?? text(state["name"]);
  const place = `${id.slice(0, 12)}…`;
  if (kind === undefined) return name ?? place;
  return name === undefined ? `${named(w.kinds, kind)} ${place}` : `${named(w.kinds, kind)}: ${name}`;
}

/** How far it has come. */
export function stageOf(state: State): TemplateResult | typeof nothing {
  const stage = text(state["stage"]) ?? text(state["status"]);
  if (stage === undefined) return nothing;
  const mark = ["failed", "refused", "declined", "expired", "disputed"].includes(stage) ? "note" : ["open", "locked", "awaiting", "presented", "counting", "closing", "used"].includes(stage) ? "info" : "good";
  return html`<span class="tag ${mark}">${named(words().applications.stages, stage)}</span>`;
}

/** Where a field stands among the others: what people ask for first comes first, and what is for programs last. */
function rank(name: string, value: unknown): number {
  if (amounts.has(name)) return 0;
  if (times.has(name)) return 1;
  if (typeof value === "number" || typeof value === "boolean") return 2;
  if (typeof value !== "string") return 3;
  return value.length < 32 ? 2 : 4;
}

/** What there is to say: not what the heading says, nor what is not there; an amount that is not there is hidden. */
function told(id: string, state: State): (readonly [string, unknown])[] {
  const said = Object.entries(state).filter(([name, value]) => !inHeading.has(name) && value !== id && (value !== null || amounts.has(name)));
  return said.sort(([a, x], [b, y]) => rank(a, x) - rank(b, y));
}

/** The fields of an instance and what they say. */
export class Fields {
  readonly #assets: ReadonlyMap<string, Asset>;

  constructor(all: readonly Asset[]) {
    this.#assets = new Map(all.map((asset) => [asset.id, asset]));
  }

  /** The first few that a list has room for: numbers, times and amounts. */
  brief(id: string, state: State): TemplateResult {
    const first = told(id, state).filter(([name, value]) => value !== null && (times.has(name) || amounts.has(name) || typeof value === "number"));
    return html`${first.slice(0, 4).map(([name, value], index) => html`${index === 0 ? nothing : " · "}${this.#label(name)} ${this.#value(name, value, state)}`)}`;
  }

  /** All of them. */
  all(id: string, state: State): TemplateResult {
    return pairs(told(id, state).map(([name, value]) => [this.#label(name), this.#value(name, value, state)] as const));
  }

  #label(name: string): string {
    return named(words().applications.fields, name);
  }

  #value(name: string, value: unknown, state: State): string | TemplateResult {
    const w = words().applications;
    if (value === null || value === undefined) return amounts.has(name) ? w.hiddenAmount : w.nothing;
    if (typeof value === "boolean") return value ? w.yes : w.no;
    if (Array.isArray(value)) return this.#list(name, value, state);
    if (isState(value)) return this.all("", value);
    const plain = typeof value === "number" || typeof value === "string" ? String(value) : JSON.stringify(value);
    if (times.has(name) && typeof value === "number") return value === 0 ? w.nothing : moment(value);
    if (shares.has(name) && typeof value === "number") return percent(value, 10_000);
    if (spans.has(name) && typeof value === "number") return w.seconds(number(value));
    if (amounts.has(name) && /^\d+$/.test(plain)) return this.#amount(plain, state);
    if (typeof value === "number") return number(value);
    const asset = this.#assets.get(plain);
    if (asset !== undefined) return html`${asset.name} ${short(plain)}`;
    return isHex(plain) ? html`<code class="break">${grouped(plain)}</code>` : named({ ...w.stages, ...w.kinds }, plain);
  }

  #amount(units: string, state: State): string {
    const id = assets.map((name) => text(state[name])).find((id) => id !== undefined);
    const asset = id === undefined ? undefined : this.#assets.get(id);
    return asset === undefined ? number(BigInt(units)) : `${decimal(units, asset.decimals)} ${asset.name}`;
  }

  #list(name: string, values: readonly unknown[], state: State): string | TemplateResult {
    const w = words().applications;
    if (values.length === 0) return w.nothing;
    // Amounts inside are in the asset of what they are inside of.
    const within = Object.fromEntries(assets.filter((asset) => asset in state).map((asset) => [asset, state[asset]]));
    const shown = values.slice(0, MOST);
    return html`<ol class="plain-list">${shown.map((value) => html`<li>${isState(value) ? this.#line(value, { ...within, ...value }) : this.#value(name, value, state)}</li>`)}${values.length > MOST ? html`<li>… ${number(values.length - MOST)}</li>` : nothing}</ol>`;
  }

  #line(value: State, state: State): TemplateResult {
    return html`${told("", value).map(([name, part], index) => html`${index === 0 ? nothing : " · "}${this.#label(name)}: ${typeof part === "string" && isHex(part) && !this.#assets.has(part) ? short(part) : this.#value(name, part, state)}`)}`;
  }
}

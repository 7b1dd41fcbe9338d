// The node's HTTP interface (docs/node.md). What it answers is not believed: the engine verifies what matters.
import type { Runoff } from "../../../browser/engine";

export class NodeError extends Error {
  constructor(
    readonly status: number,
    readonly problem: string,
    message: string,
    readonly retryAfter: number | undefined,
    readonly members: Record<string, unknown>,
  ) {
    super(message);
  }
}

export type Stage = "before" | "open" | "ended" | "closed" | "published";

export interface ElectionSummary {
  id: string;
  title: string;
  stage: Stage;
  opens: number;
  closes: number;
  voters: number;
  total_weight: number;
  ballots: number;
  counted: number;
  turnout: number;
}

export type QuestionKind =
  | { type: "choose"; min: number; max: number }
  | { type: "score"; most: number; blank: boolean }
  | { type: "split"; most: number; min: number; max: number }
  | { type: "rank"; min: number; max: number };

export interface Question {
  title: string;
  kind: QuestionKind;
  options: { id: string; name: string }[];
}

export interface Rules {
  delegation: boolean;
  revoting: boolean;
  weights: "one" | "hidden";
  ballot_proofs: "compressed" | "disjunctive";
  smallest_group: number;
  epoch_seconds: number;
}

export interface Election extends ElectionSummary {
  registration: string;
  authority: string;
  ledger: string;
  key: string;
  roll: string;
  pool: string;
  rules: Rules;
  questions: Question[];
  trustees: { threshold: number; names: string[] };
  log: { origin: string; hash: string; size: number; root: string };
  transfers: number;
  early_transfers: number;
  distribution_transfers: number;
  results: number[][] | null;
  runoffs: (Runoff | null)[] | null;
}

export interface LedgerInfo {
  id: string;
  name: string;
  key: string;
  verifier_key: string;
  production: boolean;
  height: number;
  entries: number;
  time: number;
  now: number;
  verifying_keys: { shape: string; id: string; origin: string }[];
  log: string;
  elections: number;
  assets: number;
}

export interface Block {
  height: number;
  time: number;
  first_entry: number;
  entries: number;
}

export interface BlockDetail extends Block {
  transactions: { entry: number; digest: string; bytes: number }[];
  checkpoint: string;
}

export interface TransactionSummary {
  digest: string;
  entry: number;
  height: number;
  time: number;
  bytes: number;
  kind: string;
  election?: string;
  logs: { origin: string; hash: string; leaf: number }[];
  transfers: { shape: string; pool: string; nullifiers: string[] }[];
  actions: { application: string; bytes: number }[];
}

export interface Asset {
  id: string;
  name: string;
  issuer: string;
  decimals: number;
  class: "ordinary" | "named";
  cap: string;
  issued: string;
  issues: number;
  sealed: boolean;
}

/** What everybody may know of one thing that an application keeps; the form of `state` is the application's. */
export interface Instance {
  id: string;
  state: Readonly<Record<string, unknown>>;
}

export interface KeyFile {
  shape: string;
  role: "proving" | "verifying";
  hash: string;
  bytes: number;
  circuit: string | null;
  id: string;
  origin: string;
  development: boolean;
}

export interface Accepted {
  digest: string;
  time: number;
  height: number;
  entry: number;
  log: { origin: string; hash: string; leaf: number };
  election?: string;
}

export interface BoardInfo {
  board: string;
  ledger: string;
  authority: string;
  opened: number;
  messages: number;
  bytes: number;
  frozen: boolean;
  authors: { key: string; role: string; name: string | null; next: number }[];
  invitations: { voter: { invited: number; registered: number }; trustee: { invited: number; registered: number } };
}

export interface BoardMessage {
  sequence: number;
  kind: string;
  author: string;
  number: number;
  time: number;
  bytes: number;
  hash: string;
}

const base = (import.meta.env["VITE_NODE"] as string | undefined) ?? "";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

async function request(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(`${base}/v1${path}`, { credentials: "omit", ...init });
  if (response.ok) return response;
  let members: Record<string, unknown> = {};
  try {
    members = (await response.json()) as Record<string, unknown>;
  } catch {
    // Something in between has answered, not the node.
  }
  const type = text(members["type"]);
  const retry = Number(response.headers.get("retry-after"));
  throw new NodeError(
    response.status,
    type.slice(type.lastIndexOf("/") + 1),
    text(members["detail"]) || text(members["title"]) || `${response.status} ${response.statusText}`,
    Number.isFinite(retry) && retry > 0 ? retry : undefined,
    members,
  );
}

const json = async <T>(path: string): Promise<T> => (await (await request(path)).json()) as T;
const octets = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await request(path, { headers: { accept: "application/octet-stream" } })).arrayBuffer());

/** A page of frames: from which on, where the next begins, how many there are. */
export interface FramesPage {
  first: number;
  next: number;
  size: number;
  frames: Uint8Array;
}

async function framesPage(response: Response): Promise<FramesPage> {
  const header = (name: string): number => Number(response.headers.get(name) ?? NaN);
  return { first: header("tabella-first"), next: header("tabella-next"), size: header("tabella-size"), frames: new Uint8Array(await response.arrayBuffer()) };
}

/** Posts bytes; a node that is busy says when to come again, and is asked again. */
async function post(path: string, body: Uint8Array, attempts = 6): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request(path, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: new Uint8Array(body) });
    } catch (error) {
      const waits = error instanceof NodeError && error.status === 429 && attempt < attempts;
      if (!waits) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * Math.min(20, error.retryAfter ?? 2)));
    }
  }
}

export const node = {
  ledger: () => json<LedgerInfo>("/ledger"),
  elections: async (): Promise<ElectionSummary[]> => {
    const all: ElectionSummary[] = [];
    let after: string | number | null = 0;
    while (after !== null) {
      const page: { elections: ElectionSummary[]; next: string | number | null } = await json(`/elections?after=${after}`);
      all.push(...page.elections);
      after = page.next;
    }
    return all;
  },
  election: (id: string) => json<Election>(`/elections/${id}`),
  opening: (id: string) => octets(`/elections/${id}/opening`),
  record: (id: string, progress: (done: number, total: number) => void) => download(`${base}/v1/elections/${id}/record`, progress),
  receipt: (id: string, tracker: string) => octets(`/elections/${id}/receipts/${tracker}`),
  /** Pages of frames, as they come; the engine takes them as they are. */
  entries: async function* (path: string, after: number): AsyncGenerator<FramesPage> {
    for (let cursor = after; ; ) {
      const page = await framesPage(await request(`${path}?after=${cursor}&limit=1000`, { headers: { accept: "application/octet-stream" } }));
      if (page.frames.length > 0) yield page;
      if (!(page.next > cursor) || page.next >= page.size) return;
      cursor = page.next;
    }
  },
  /** The one entry of a log at a place: borsh of `LoggedTransaction`. `path` is that of its log's entries. */
  entry: async (path: string, place: number): Promise<Uint8Array> => {
    const { frames } = await framesPage(await request(`${path}?after=${place}&limit=1`, { headers: { accept: "application/octet-stream" } }));
    const [entry] = splitFrames(frames);
    if (entry === undefined) throw new Error("the node does not give the entry");
    return entry;
  },
  blocks: (before?: number) => json<{ blocks: Block[]; next: number | null }>(`/blocks?order=descending&limit=20${before === undefined ? "" : `&after=${before}`}`),
  block: (height: number) => json<BlockDetail>(`/blocks/${height}`),
  transaction: (digest: string) => json<TransactionSummary>(`/transactions/${digest}`),
  checkpoint: async (log: string): Promise<string> => (await request(`/logs/${log}/checkpoint`)).text(),
  logs: () => json<{ logs: { origin: string; hash: string; size: number; election: string | null }[] }>("/logs"),
  inclusion: (log: string, leaf: number, size: number) => json<{ leaf: number; size: number; path: string[] }>(`/logs/${log}/inclusion?leaf=${leaf}&size=${size}`),
  /** The same proof as the engine reads it. */
  inclusionProof: (log: string, leaf: number, size: number) => octets(`/logs/${log}/inclusion?leaf=${leaf}&size=${size}`),
  consistencyProof: (log: string, from: number, to: number) => octets(`/logs/${log}/consistency?from=${from}&to=${to}`),
  assets: async (): Promise<Asset[]> => {
    const all: Asset[] = [];
    for (let after = ""; ; ) {
      const page: { assets: Asset[]; next: string | null } = await json(`/assets${after === "" ? "" : `?after=${after}`}`);
      all.push(...page.assets);
      if (page.next === null) return all;
      after = page.next;
    }
  },
  asset: (id: string) => json<Asset>(`/assets/${id}`),
  applications: async (): Promise<{ name: string }[]> => (await json<{ applications: { name: string }[] }>("/applications")).applications,
  instances: (name: string, after = "") => json<{ instances: Instance[]; next: string | null }>(`/applications/${name}?limit=50${after === "" ? "" : `&after=${after}`}`),
  instance: (name: string, id: string) => json<Instance>(`/applications/${name}/${id}`),
  keys: () => json<{ keys: KeyFile[] }>("/keys"),
  submit: async (transaction: Uint8Array): Promise<Accepted> => {
    try {
      return (await (await post("/transactions", transaction)).json()) as Accepted;
    } catch (error) {
      // An answer that was lost on its way: the ballot is there already.
      if (error instanceof NodeError && error.problem === "already-accepted") return error.members as unknown as Accepted;
      throw error;
    }
  },
  openBoard: async (opening: Uint8Array) => void (await post("/boards", opening)),
  board: (board: string) => json<BoardInfo>(`/boards/${board}`),
  boardMessages: async (board: string): Promise<BoardMessage[]> => {
    const all: BoardMessage[] = [];
    let after: number | null = 0;
    while (after !== null) {
      const page: { messages: BoardMessage[]; next: number | null } = await json(`/boards/${board}/messages?after=${after}`);
      all.push(...page.messages);
      after = page.next;
    }
    return all;
  },
  boardMessage: (board: string, sequence: number) => octets(`/boards/${board}/messages/${sequence}`),
  postMessage: async (board: string, message: Uint8Array) => (await (await post(`/boards/${board}/messages`, message)).json()) as { sequence: number },
  register: async (board: string, registration: Uint8Array) => void (await post(`/boards/${board}/registrations`, registration)),
  /** A page of registrations; the query says from which on. */
  registrations: async (board: string, query: Uint8Array): Promise<FramesPage> => framesPage(await post(`/boards/${board}/registrations/query`, query)),
  invitation: (board: string, id: string) => json<{ role: string; registered: boolean }>(`/boards/${board}/invitations/${id}`),
  events: (topics: string, query = ""): EventSource => new EventSource(`${base}/v1/events?topics=${topics}${query}`),
};

/** Reads a file from an address, and says how far it is. */
export async function download(address: string, progress: (done: number, total: number) => void): Promise<Uint8Array> {
  const response = await fetch(address, { credentials: "omit" });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
  const total = Number(response.headers.get("content-length") ?? 0);
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array(await response.arrayBuffer());
  const parts: Uint8Array[] = [];
  let done = 0;
  for (;;) {
    const { value, done: ended } = await reader.read();
    if (ended) break;
    parts.push(value);
    done += value.length;
    progress(done, total);
  }
  const all = new Uint8Array(done);
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

/** Splits frames: length (u32, little-endian), bytes. */
export function splitFrames(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  for (let place = 0; place < bytes.length; ) {
    if (place + 4 > bytes.length) throw new Error("a frame is cut off");
    const length = view.getUint32(place, true);
    if (place + 4 + length > bytes.length) throw new Error("a frame is cut off");
    frames.push(bytes.subarray(place + 4, place + 4 + length));
    place += 4 + length;
  }
  return frames;
}

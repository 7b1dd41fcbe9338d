/**
 * The engine for the browser: the verifier, the prover and the roles, compiled to WebAssembly.
 *
 * There are two modules, made by `make wasm` into `apps/browser/dist`, each a `.js` (ES module) with its `.wasm` beside it:
 *
 * | folder            | exports                       | for                                                   |
 * | ----------------- | ----------------------------- | ----------------------------------------------------- |
 * | `dist/verify`     | part 1                        | verifying; below 1 MiB gzipped; needs no isolation    |
 * | `dist/full`       | parts 1 and 2                 | every role, on one thread; needs no isolation         |
 * | `dist/threads`    | parts 1 and 2, and part 3     | the same where the page is cross-origin isolated      |
 *
 * In each the file is `tabella_browser.js` and the WebAssembly `tabella_browser_bg.wasm`. All calls are synchronous and may take
 * seconds: call them in a Web Worker. Objects live in the worker that made them; call `free()` when done with one that holds a
 * secret, which wipes it. What crosses between workers is bytes and JSON.
 *
 * Conventions. Ids, hashes, trackers and keys are lower-case hexadecimal. Times are whole seconds since 1970 (UTC) and always
 * given by the caller. Amounts of assets are decimal strings in the asset's smallest unit, weights and counts are numbers.
 * Files are exactly those of the command line. `frames` is a page of `/v1/…/entries`: each entry with its length before it
 * (u32, little-endian).
 *
 * Errors. A call that fails throws an `EngineError` (an `Error` whose `name` is `"EngineError"`), with a stable `code`; `message` is
 * English, for people, and never holds a secret. After an error an object is as it was before the call, unless it says otherwise.
 */

/** Loads the WebAssembly; call and await it once in each worker. Give the URL, the bytes, or a compiled module. */
export default function init(
  input?: { module_or_path: URL | Request | Response | BufferSource | WebAssembly.Module | Promise<Response> },
): Promise<unknown>;
/** The same from bytes or a compiled module, at once. */
export function initSync(input: { module: BufferSource | WebAssembly.Module }): unknown;

export type ErrorCode =
  /** An argument is not of the form that is asked for (hexadecimal, an address, a number, JSON). */
  | "argument"
  /** A file is damaged, or of another kind than is needed. */
  | "file"
  /** The passphrase does not open the key file. */
  | "passphrase"
  /** The passphrase for a new file is too short (12 characters). */
  | "weak-passphrase"
  /** The 24 words are not a wallet's. */
  | "words"
  /** What was given is of another election, ceremony, ledger or board. */
  | "mismatch"
  /** Nothing can be done at this time: too early or too late. */
  | "time"
  /** The right cannot be used in this way; the message says why, and `detail` is an `UnusableReason` if it is one of those. */
  | "right"
  /** The choice does not fit the questions. */
  | "choice"
  /** The wallet does not hold enough. */
  | "insufficient"
  /** A record does not verify: `detail` is the id of the first check that failed. */
  | "record"
  /** A log or a checkpoint is wrong: the node did not say the truth. */
  | "log"
  /** A message of the ceremony is missing, wrongly signed or wrong; the message names the trustee. */
  | "ceremony"
  /** The draft, roll or manifest breaks a rule. */
  | "manifest"
  /** The trustee has decrypted another tally under this key. */
  | "second-tally"
  /** A receipt, an opened ballot or a disclosure does not hold. */
  | "refused"
  /** The proving key that is needed is not loaded. */
  | "proving-key"
  /** A proof could not be made. */
  | "prove"
  /** An object was used after its one use (a ballot that was cast or audited, a ceremony round that was taken). */
  | "used"
  /** A defect of the engine. */
  | "internal";

export interface EngineError extends Error {
  name: "EngineError";
  code: ErrorCode;
  /** More, for programs: see the code. */
  detail?: string;
  /** Of a desk's refusal: the message in Korean, but for `below`. Absent where only the error of a program says why. */
  korean?: string;
  /** What the message ends with, if an error of a program says it, in English. */
  below?: string;
}

/** Called from time to time: what is done, of how much. `stage` is the id of a check, or "prove", "scan", "load". */
export type Progress = (stage: string, done: number, total: number) => void;

/** Which verifying keys are accepted. */
export interface AcceptedKeys {
  /** Whether proofs under development parameters are accepted, which anybody can forge. Default: true; the verdict says it. */
  development?: boolean;
  /** Files of verifying keys of ceremonies that the user trusts. */
  verifyingKeys?: Uint8Array[];
}

// ------------------------------------------------------------------------------------------------------------------------------
// Part 1: verifying. In all modules.
// ------------------------------------------------------------------------------------------------------------------------------

/** Version of the engine, as in "0.1.0". */
export function version(): string;

export type CheckId =
  | "record.encoding" | "record.parameters" | "record.ledger" | "record.log" | "opening.authority" | "opening.manifest"
  | "opening.ceremony" | "opening.canaries" | "opening.roll" | "entries.rules" | "entries.proofs" | "entries.signatures"
  | "entries.ballots" | "tally.closed" | "tally.result";

export interface Check {
  id: CheckId;
  /** What the check says, in English: "The ledger has signed exactly these entries". */
  title: string;
  ok: boolean;
  /** False if an earlier failure left nothing to check. */
  reached: boolean;
  /** What was found, in English; names the culprit if it failed. */
  detail: string;
  /** The same in parts, to be said in any language. */
  finding: Finding;
}

/** Items that were verified together: how many there are, how many entries have a wrong one, and the first ten of these entries. */
export interface Batch {
  items: "proofs" | "signatures" | "ballots" | "rankings" | "bridges";
  count: number;
  wrong: number;
  entries: number[];
}

/** Which rule refuses something; the codes are stable. Words are in `apps/pages/src/i18n/reasons.ts`. */
export type ReasonCode =
  | "record-kind" | "record-version" | "record-damaged" | "record-length" | "record-empty" | "key-unreadable"
  | "key-order" | "key-twice" | "key-origin" | "key-unknown" | "key-development" | "key-unlisted" | "key-unused"
  | "log-full" | "ledger-name" | "ledger-key" | "checkpoint-malformed" | "checkpoint-other-log" | "checkpoint-unsigned"
  | "checkpoint-signature" | "checkpoint-size" | "checkpoint-root" | "transaction-version" | "other-ledger" | "transaction-empty"
  | "transaction-large" | "transaction-authorizations" | "transaction-length" | "transfer-key" | "transfer-small-order"
  | "transfer-zero-weight" | "transfer-contract" | "transfer-tag" | "transfer-ciphertexts" | "transfer-nullifier-twice"
  | "opening-form" | "opening-unreadable" | "opening-signature" | "opening-late" | "opening-distribution"
  | "opening-ledger" | "opening-ceremony" | "opening-key" | "opening-roll" | "other-election" | "manifest-version"
  | "manifest-text" | "manifest-questions" | "manifest-size" | "manifest-limits" | "manifest-ranked-weights"
  | "manifest-branches" | "manifest-option-twice" | "manifest-window" | "manifest-epoch" | "ceremony-unknown-trustee" | "ceremony-signature"
  | "ceremony-missing" | "ceremony-equivocated" | "ceremony-order" | "ceremony-package-changed" | "ceremony-degree"
  | "ceremony-proof-of-knowledge" | "ceremony-confirmation" | "ceremony-acknowledgement" | "ceremony-identity"
  | "canary-missing" | "canary-order" | "roll-empty" | "roll-address-twice" | "roll-weight" | "roll-kind"
  | "roll-distributor" | "roll-total" | "roll-points" | "roll-rankings" | "roll-degenerate" | "replayed"
  | "time-backwards" | "entry-form" | "entry-unreadable" | "entry-other-election" | "frozen" | "transfer-window"
  | "ballot-window" | "anchor" | "delegation" | "transfer-mode" | "ballot-asset" | "ballot-weight" | "ballot-kind"
  | "ballot-bridge" | "ballot-shape" | "ballot-rankings" | "right-moved" | "right-cast" | "right-overridden"
  | "no-revoting" | "stale-revision" | "authority-signature" | "stage-changed" | "stage-closed" | "stage-early"
  | "stage-publish" | "stage-open" | "close-mismatch" | "close-root" | "small-group" | "tree-full" | "result-shape"
  | "result-ranked-count" | "result-rankings" | "result-rounds" | "decryption-key" | "decryption-unknown-trustee"
  | "decryption-twice" | "decryption-count" | "decryption-proof" | "decryption-order" | "decryption-too-few"
  | "decryption-mismatch" | "totals-count" | "total-wrong";

/**
 * What a check found. `entry` is the index of an entry of the record; hashes and keys are in hexadecimal; `reason` is in English, and
 * `code` and `values` say the same in parts: times are in seconds since 1970, keys and transfers are counted from 0, and `detail` is English of an
 * error below that no code says.
 */
export type Finding =
  | { kind: "passed" }
  | { kind: "not_closed" }
  | { kind: "not_published" }
  | { kind: "file"; entries: number; bytes: number }
  | { kind: "parameters"; development: boolean }
  | { kind: "ledger"; name: string; id: string }
  | { kind: "log"; size: number; root: string }
  | { kind: "signer"; key: string }
  | { kind: "manifest"; title: string; id: string }
  | { kind: "trustees"; threshold: number; count: number }
  | { kind: "canaries"; count: number }
  | { kind: "roll"; voters: number; weight: number }
  | { kind: "replayed"; ballots: number; counted: number; moved: number; early?: number }
  | { kind: "batches"; batches: Batch[] }
  | { kind: "counted"; ballots: number }
  | { kind: "decrypted"; trustees: number }
  | { kind: "not_reached"; after?: CheckId }
  | { kind: "refused"; entry?: number; reason: string; code: ReasonCode; values: Record<string, number | string> };

export interface Option { id: string; name: string }
export type QuestionKind =
  | { type: "choose"; min: number; max: number }
  | { type: "score"; most: number; blank: boolean }
  | { type: "split"; most: number; min: number; max: number }
  | { type: "rank"; min: number; max: number };
export interface Question { title: string; kind: QuestionKind; options: Option[] }
export interface Rules {
  delegation: boolean; revoting: boolean; weights: "one" | "hidden"; ballot_proofs: "compressed" | "disjunctive"; smallest_group: number;
  epoch_seconds: number;
}

/** The count of a ranked question by instant runoff. Options by their index. */
export interface Runoff {
  /** Null if no ballot ranks anything. */
  winner: number | null;
  /** Ballots that count and open to no ranking. */
  spoiled: number;
  /**
   * In each round the votes of each option (0 for those that are out), the ballots that rank no option still in, and who goes out
   * after it (null in the last).
   */
  rounds: { votes: number[]; exhausted: number; eliminated: number | null }[];
}

export interface Verdict {
  /** Whether every check passed. */
  valid: boolean;
  /** All fifteen, in order. */
  checks: Check[];
  /** Absent if the record did not get as far as its opening. Rely on it only if `valid`. */
  election?: {
    id: string;
    title: string;
    registration: string;
    /** Whether proofs are under development parameters. */
    development: boolean;
    opens: number;
    closes: number;
    stage: "open" | "closed" | "published";
    rules: Rules;
    trustees: { threshold: number; names: string[] };
    voters: number;
    total_weight: number;
    ballots: number;
    counted: number;
    transfers: number;
    early_transfers: number;
    distribution_transfers: number;
    questions: Question[];
    /** `results[question][option]`, of a ranked question the first preferences; null before the result is out. */
    results: number[][] | null;
    /** For each question its runoff, null if it is not ranked; null before the result is out. */
    runoffs: (Runoff | null)[] | null;
    log: { size: number; root: string };
    ledger: { name: string; key: string; id: string };
  };
}

/** What is to be checked after the replay. */
export interface Replay {
  /** Whether there is an election at all; if not, only `finish([])` is left to do. */
  opened: boolean;
  entries: number;
  ballots: number;
  /** Proofs, signatures, ballots, rankings and bridges. */
  items: number;
}

/** What is wrong in one part, by indices of entries. Plain JSON: send it between workers. */
export interface Culprits {
  part: number; parts: number;
  proofs: number[]; signatures: number[]; ballots: number[]; rankings: number[]; bridges: number[]; ranges: number[]; equations: number[];
}

/**
 * Verifies a record. On one worker: `new`, `replay`, `check(0, 1)`, `finish([culprits])`. On n workers: each makes its own from the
 * same bytes, replays it (fast), and checks its part, `check(i, n)`; one of them is given all culprits and finishes. `finish` refuses a
 * list in which a part is missing.
 */
export class RecordVerifier {
  constructor(record: Uint8Array, accepted?: AcceptedKeys);
  /** The cheap checks, in order. Call it once, first. Never throws for a bad record: what is wrong is in the verdict. */
  replay(progress?: Progress): Replay;
  /** The expensive ones: part `part` of `parts`, from 0. */
  check(part: number, parts: number, progress?: Progress): Culprits;
  /** The verdict. Throws "argument" if a part is missing or comes twice. */
  finish(culprits: Culprits[]): Verdict;
  /** Where a ballot stands, by its tracker; null if it is not there. After `replay`. */
  findBallot(tracker: string): { entry: number; counts: boolean } | null;
  /** Checks a receipt against this record. After `finish`; throws "record" if the record is not valid but for its result, "refused" if the record does not hold what the ledger signed. */
  checkReceipt(receipt: Uint8Array): ReceiptReport;
  free(): void;
}

export interface ReceiptReport {
  election: string; title: string; tracker: string;
  /** When the ledger accepted the ballot. */
  accepted: number;
  /** Index of the ballot's entry, and size and root of the log that the ledger signed. */
  entry: number; log_size: number; log_root: string;
  /** Hashes of the inclusion proof (RFC 6962), from the entry upwards: with the entry's own they give `log_root`. */
  path: string[];
  ledger: { name: string; key: string };
  /** Text of the signed checkpoint. */
  checkpoint: string;
  /** Whether the ballot counts in the record; only from `RecordVerifier.checkReceipt`. */
  counts?: boolean;
}
/** Checks a receipt from itself: manifest, ledger, signature, inclusion. Throws "file", "mismatch" (another election) or "refused". */
export function checkReceipt(receipt: Uint8Array, election?: string): ReceiptReport;

export interface ChoiceShown { question: string; chosen: { id: string; name: string; points?: number; /** 1 for the best. */ rank?: number }[] }
export interface AuditReport { election: string; title: string; tracker: string; choice: ChoiceShown[] }
/** Checks a ballot that was opened: recomputes the tracker and every ciphertext. Throws "file", "mismatch" or "refused". */
export function checkAudit(opened: Uint8Array, election?: string): AuditReport;

/** What a ledger has signed about a log. `block` is the block after which it was made. */
export interface CheckpointReport { origin: string; size: number; root: string; block?: { height: number; time: number } }
/**
 * Checks a checkpoint's text: that it is of the log of this origin, and signed by the ledger. `verifierKey` is that of `/v1/ledger`.
 * Throws "log".
 */
export function checkCheckpoint(text: string, log: string, verifierKey: string): CheckpointReport;
/**
 * Checks that an entry (borsh of `LoggedTransaction`, one of the frames) is in the log that a checkpoint signs, at the place that the proof
 * (borsh of `InclusionProof`) names. Returns the digest of its transaction. Throws "log".
 */
export function checkInclusion(entry: Uint8Array, proof: Uint8Array, checkpoint: string, log: string, verifierKey: string): string;
/** Checks by a proof (borsh of `ConsistencyProof`) that the log at its newer checkpoint begins with what it was at the older one. Throws "log". */
export function checkConsistency(proof: Uint8Array, older: string, newer: string, log: string, verifierKey: string): void;

/** Computes what the first verification would have to wait for. Need not be called. */
export function prepare(): void;
/** The kind of a file of Tabella ("ballot receipt", "opened ballot", "election record", …), or null. */
export function fileKind(bytes: Uint8Array): string | null;
/** The hash under which a node serves a parameters file and a prover pins it. */
export function keyHash(bytes: Uint8Array): string;

// ------------------------------------------------------------------------------------------------------------------------------
// Part 2: the roles. In "full" and "threads".
// ------------------------------------------------------------------------------------------------------------------------------

/** A wallet's seed: 24 words, or a key file. One seed serves payments and all elections, which nobody can link. */
export class Seed {
  private constructor();
  static generate(): Seed;
  /** Throws "words". Spaces and capitals do not matter. */
  static fromWords(words: string): Seed;
  /** Opens a key file "wallet key". Takes about a second. Throws "file", "passphrase". */
  static open(file: Uint8Array, passphrase: string): Seed;
  /** The key file, as `tabella wallet new` writes it. Takes about a second. Throws "weak-passphrase". */
  seal(passphrase: string): Uint8Array;
  /** The 24 words. */
  words(): string;
  /** The address to register for an election (`tabvote1…`). */
  votingAddress(registration: string): string;
  /** An address for payments (`tab1…`). */
  paymentAddress(account: number, index: number): string;
  free(): void;
}
export interface AddressInfo { kind: "payment" | "voting"; bytes: Uint8Array }
/** Reads an address. Throws "argument". */
export function readAddress(text: string): AddressInfo;

/** How many threads prove and check: those of `initThreadPool`, and 1 in "full". */
export function threads(): number;

export type Shape = "transfer" | "cast";
export interface PinnedKey { shape: Shape; hash: string; /** Id of its verifying key. */ id: string; origin: "development" | "ceremony" }
/** The proving keys that this engine knows: fetch `/v1/keys/{hash}`. */
export function pinnedKeys(): PinnedKey[];
/** What proofs are made with. A ballot needs "cast" ("transfer" where weights are hidden); everything else needs "transfer". */
export class Prover {
  constructor();
  /** Loads a proving key: checks its hash first. Takes some seconds. Throws "file". */
  load(file: Uint8Array, progress?: Progress): Shape;
  isLoaded(shape: Shape): boolean;
  free(): void;
}

export interface ElectionState {
  election: string; registration: string; title: string; ledger: string; authority: string;
  stage: "before" | "open" | "ended" | "closed" | "published";
  opens: number; closes: number; rules: Rules; questions: Question[];
  trustees: { threshold: number; names: string[] };
  entries: number; log_root: string;
  voters: number; total_weight: number; ballots: number; counted: number;
  transfers: number; early_transfers: number; distribution_transfers: number;
  results: number[][] | null;
  runoffs: (Runoff | null)[] | null;
}
/** The log of one election as this browser has replayed it: every rule checked; proofs are left to the ledger and to verifiers. */
export class ElectionLog {
  /** `election` is the id that was announced. */
  constructor(election: string, accepted?: AcceptedKeys);
  /** How many entries were read: the next `after`. */
  readonly entries: number;
  /** Reads a page of `/v1/elections/{id}/entries`. Throws "log": nothing after the last good entry is kept. Returns `entries`. */
  append(frames: Uint8Array): number;
  /** `now` decides between the stages "before", "open" and "ended". Throws "log" before the opening was read. */
  state(now: number): ElectionState;
  /** Checks that the ledger has signed exactly these entries (`/v1/logs/{hash}/checkpoint`). Throws "log". */
  checkCheckpoint(text: string, ledgerName: string, ledgerKey: string): void;
  /** Index of the entry of a tracker, and whether it counts now; null if it is not there. */
  findBallot(tracker: string): { entry: number; counts: boolean } | null;
  free(): void;
}

/** Why a right cannot be used in some way. */
export type UnusableReason =
  | "none-own" | "none-delegated" | "none-given-away" | "moved" | "foreign" | "merged" | "guarded" | "expires" | "bound" | "not-own"
  | "not-given-away" | "cast-by-delegate" | "revoting" | "revisions" | "overridden" | "delegation";
export interface Right {
  /** Names the right in all calls. */
  position: number;
  weight: number;
  holding: "own" | "delegated" | "given-away";
  /** What was done with it. */
  state: { cast: false } | { cast: true; by: "holder" | "delegate" | "over-delegate"; entry: number; revision: number };
  /** Why no ballot can be cast with it, if so; `message` says it in English. */
  unusable?: { reason: UnusableReason; message: string };
}
/** Points of each option of each question, 1 if it is chosen; its rank where one ranks, 1 for the best and 0 if it is not ranked. */
export type Points = number[][];
/** What is wrong with a choice: an English sentence for each question, or null where it fits. */
export function checkChoice(questions: Question[], points: Points): (string | null)[];

export class Voter {
  constructor(seed: Seed, registration: string);
  /** The address that is registered. */
  address(): string;
  /** An address at which delegations are received. */
  delegateAddress(index: number): string;
  /** Looks for this voter's rights. Call it after `log.append`. Throws "mismatch", "log". */
  sync(log: ElectionLog): Right[];
  /** Commits to a choice; neither proved nor signed. Throws "time", "right", "choice". */
  prepare(log: ElectionLog, position: number, points: Points, now: number): PreparedBallot;
  /** Proves and signs: borsh of `Transaction`, for `POST /v1/transactions`. Uses the ballot up. */
  cast(log: ElectionLog, ballot: PreparedBallot, prover: Prover, progress?: Progress): Uint8Array;
  /**
   * Delegates a right of one's own to an address. Throws "time", "right", "argument". Submit the transaction, append the new entries,
   * and `sync`.
   */
  delegate(log: ElectionLog, position: number, to: string, now: number, prover: Prover): Uint8Array;
  /** Takes a delegated right back that was not cast. */
  recall(log: ElectionLog, position: number, now: number, prover: Prover): Uint8Array;
  free(): void;
}
export class PreparedBallot {
  private constructor();
  /** The tracker: the voter notes it down before choosing between cast and audit. */
  readonly tracker: string;
  readonly position: number;
  readonly choice: ChoiceShown[];
  /**
   * Starts on the proof of the ballot while the voter reviews it, so that `Voter.cast` only signs. Nothing leaves the engine, and the
   * ballot can still be audited.
   */
  prove(prover: Prover, progress?: Progress): void;
  readonly proved: boolean;
  /** Opens the ballot instead of casting it: the file "opened ballot". It can never be cast. Throws "used". */
  audit(log: ElectionLog): Uint8Array;
  free(): void;
}

export type Role = "voter" | "trustee";
export interface Invitation {
  /** 16 bytes; goes after `#i=<board>.` in the link, and nowhere else. */
  token: string;
  /** For the list on the board. */
  id: string;
}
/** Whoever was invited registers: borsh of `Registration`, for `POST /v1/boards/{board}/registrations`. `content` is a voting address, or the bytes of a file "trustee card". */
export function register(board: string, role: Role, token: string, content: string | Uint8Array): Uint8Array;
/** Id of the invitation of a token, for `/v1/boards/{board}/invitations/{id}`. */
export function invitationId(role: Role, token: string): string;
/** Checks a registration against its token. `null` if it is none of these tokens'. Throws "refused" for a wrong MAC. */
export interface Registered {
  token: string; role: Role;
  /** The voter's address, if it is a voter. */
  address?: string;
  /** The file "trustee card" and its name, if it is a trustee. */
  card?: Uint8Array; name?: string;
  /** The MAC does not verify, or the content does not decode: somebody has put other content in its place. */
  refused?: string;
  /** The invitation was revoked, so that nothing is registered with it: whoever has this token has an older file. */
  revoked?: true;
}

export interface BoardMessage {
  kind: BoardKind; author: string; number: number; body: Uint8Array;
}
export type BoardKind =
  | "draft" | "invitations" | "trustees" | "setup" | "commitments" | "packages" | "confirmations" | "shares"
  | "acknowledgements" | "ceremony" | "manifest" | "rehearsal" | "closed" | "partial" | "notice" | "revocations";
/** Reads borsh of `Signed<BoardMessage>` and checks signature, ledger and board. Throws "file", "mismatch", "refused". */
export function readBoardMessage(bytes: Uint8Array, ledger: string, board: string): BoardMessage;

/** A draft as JSON. */
export interface Draft { title: string; questions: Question[]; opens: number; closes: number; rules: Rules }
export interface RollEntry { address: string; /** At least 1; 1 where weights are "one". */ weight: number }
/** How far hidden weights are handed out. */
export interface Distribution { transfers: number; left: number; weight: number }
/** The file "election draft". Throws "manifest": the message names the place. */
export function writeDraft(draft: Draft, registration: string): Uint8Array;
export function readDraft(file: Uint8Array): Draft & { registration: string };

export interface ManifestInfo {
  election: string; registration: string; ledger: string; authority: string; title: string; questions: Question[];
  opens: number; closes: number; rules: Rules; voters: number;
  /** Of the roll; where weights are hidden the total that the authority states. */
  total_weight: number;
  ceremony: string; trustees: { threshold: number; names: string[] };
}
/** Reads the file "election manifest" and checks manifest, ceremony and roll. Throws "file", "manifest". */
export function readManifest(file: Uint8Array): ManifestInfo;

export interface SetupInfo {
  ceremony: string; title: string; threshold: number; trustees: { name: string; key: string }[];
  /** How many may be lost. */
  spare: number;
  /** Whether two groups without a common member can both decrypt: choose a higher threshold. */
  disjoint_quorums: boolean;
}
/** Reads the file "ceremony setup". */
export function readSetup(file: Uint8Array): SetupInfo;
/** Reads the file "trustee card". */
export function readCard(file: Uint8Array): { name: string; key: string };

export class Authority {
  private constructor();
  static generate(): Authority;
  /** The file "authority key". */
  static open(file: Uint8Array, passphrase: string): Authority;
  seal(passphrase: string): Uint8Array;
  /** Ed25519. */
  readonly publicKey: string;

  // The board.
  /** Borsh of `Signed<BoardOpening>`. */
  openBoard(ledger: string, board: string): Uint8Array;
  /** Borsh of `Signed<BoardMessage>`. */
  boardMessage(ledger: string, board: string, kind: BoardKind, number: number, body: Uint8Array): Uint8Array;
  /** Borsh of `Signed<RegistrationsQuery>`. */
  registrationsQuery(ledger: string, board: string, after: number, now: number): Uint8Array;
  /** Draws tokens. */
  invite(role: Role, count: number): Invitation[];
  /** Body of the board message "invitations"; sorted, so that the order tells nothing. */
  invitationsBody(role: Role, ids: string[]): Uint8Array;
  /** Body of the board message "trustees", from files "trustee card". */
  trusteesBody(cards: Uint8Array[]): Uint8Array;
  /** Checks the frames that the node answers to a query against the tokens that were drawn. Throws "refused" where two hold for one token. */
  checkRegistrations(frames: Uint8Array, board: string, tokens: { role: Role; token: string }[], revocations: Uint8Array[]): Registered[];

  // The ceremony.
  /** The file "ceremony setup" from the files of the draft and of all cards. */
  setup(draft: Uint8Array, threshold: number, cards: Uint8Array[]): Uint8Array;
  /** All trustees' messages of one round in one file. Throws "ceremony": it names who is missing or wrong. */
  collect(setup: Uint8Array, messages: Uint8Array[]): Uint8Array;
  /** The file "ceremony record" from the collected files of the rounds but "shares". Verifies it. */
  assemble(setup: Uint8Array, commitments: Uint8Array, packages: Uint8Array, confirmations: Uint8Array, acknowledgements: Uint8Array): Uint8Array;

  // The election.
  /** The file "election manifest". `ledger` is the ledger's id. Throws "manifest". */
  manifest(draft: Uint8Array, ceremony: Uint8Array, roll: RollEntry[], ledger: string): Uint8Array;
  /** The transaction that opens the election, from the manifest's file and all files "trustee rehearsal". */
  openElection(manifest: Uint8Array, rehearsals: Uint8Array[]): Uint8Array;
  // Where weights are hidden. `roll` is who registered, in the order in which they did: who is not on the election's roll is left out.
  /**
   * The next transactions of the distribution, each to be submitted: at most 16, none when nothing is left. Append the new entries, and
   * call again. Throws "time" from the opening time on, "mismatch" (another roll), "manifest" (a weight of 0, too great a total), "proving-key".
   */
  distribute(log: ElectionLog, roll: RollEntry[], now: number, prover: Prover, progress?: Progress): Uint8Array[];
  /**
   * How far the distribution is, as of the log: its transfers, those that are left to be made, and the weight that they hand out. Where
   * none is left, everybody was sent what is due. Throws "refused" if it is not so, "mismatch", "manifest".
   */
  distribution(log: ElectionLog, roll: RollEntry[]): Distribution;
  /** The file "distribution viewing key", for an auditor (`tabella authority audit-distribution`): whoever has it learns every weight. Throws "mismatch", "manifest". */
  viewingKey(log: ElectionLog, roll: RollEntry[]): Uint8Array;
  /** Verifies the election's record whole and signs its close. Throws "record", "time", "mismatch". */
  close(record: Uint8Array, election: string, now: number, accepted?: AcceptedKeys, progress?: Progress): Uint8Array;
  /** Combines partial decryptions (files "partial decryption") and signs the result. Throws "ceremony": it names the trustee. */
  publish(log: ElectionLog, partials: Uint8Array[]): { transaction: Uint8Array; results: number[][]; runoffs: (Runoff | null)[] };
  free(): void;
}

/** A trustee's identity, the ceremony it takes part in, and the key that comes of it. */
export class Trustee {
  private constructor();
  static generate(name: string): Trustee;
  /** The key file "trustee identity". */
  static open(file: Uint8Array, passphrase: string): Trustee;
  seal(passphrase: string): Uint8Array;
  readonly name: string;
  readonly publicKey: string;
  /** The file "trustee card". */
  card(): Uint8Array;
  boardMessage(ledger: string, board: string, kind: BoardKind, number: number, body: Uint8Array): Uint8Array;
  /** Round 0: begins a ceremony from its file "ceremony setup". Throws "ceremony" if the setup does not name this trustee. */
  begin(setup: Uint8Array): TrusteeCeremony;
  free(): void;
}
export type Round = "commit" | "reveal" | "confirm" | "share" | "finish";
/**
 * A trustee in a ceremony. **Save it (`seal`) after each step and before the message is sent**: a trustee that takes a round twice with
 * other secrets lets others choose. `message` gives the last message again, always the same bytes.
 */
export class TrusteeCeremony {
  private constructor();
  /** The key file "trustee ceremony". */
  static open(file: Uint8Array, passphrase: string): TrusteeCeremony;
  seal(passphrase: string): Uint8Array;
  readonly ceremony: string;
  /** The round whose messages it waits for, or null when the key is made. */
  readonly waitsFor: Round | null;
  /** The file of the last message: "ceremony commitments", "… packages", "… confirmations", "… shares" or "… acknowledgements". */
  message(): Uint8Array;
  /**
   * Takes the next round on all trustees' messages of the round before, in one file or several. Returns the new message; after the last
   * round the key can be taken by `takeKey`. Throws "ceremony" (it names the culprit), "used". After "ceremony" the state is as before.
   */
  step(identity: Trustee, messages: Uint8Array[]): Uint8Array;
  /** The key, once, after the last round. Throws "used". */
  takeKey(): TrusteeKey;
  free(): void;
}
export class TrusteeKey {
  private constructor();
  /** The key file "trustee key". Opening a saved copy is how it is tried. */
  static open(file: Uint8Array, passphrase: string): TrusteeKey;
  seal(passphrase: string): Uint8Array;
  readonly ceremony: string;
  /** From 1. */
  readonly trustee: number;
  /** The canary: checks the manifest's file and shows that this key fits it. The file "trustee rehearsal". Throws "manifest", "mismatch". */
  rehearse(manifest: Uint8Array): Uint8Array;
  /**
   * Verifies the record of the closed election whole, and decrypts the totals. `journal` is what the last call gave (or nothing); **save the
   * new one before you send the partial decryption.** Throws "record", "time", "mismatch", "second-tally".
   */
  decrypt(
    record: Uint8Array, election: string, now: number, journal?: Uint8Array, accepted?: AcceptedKeys, progress?: Progress,
  ): { partial: Uint8Array; journal: Uint8Array; /** size:root, to be compared with the other trustees. */ checkpoint: string; totals: number };
  free(): void;
}

export interface AssetLabel { asset: string; name: string; decimals: number }
/** The ledger's own log as this browser has replayed it: every rule checked, proofs left to the ledger. For payments. */
export class LedgerLog {
  /** `name` and `key` are those of `/v1/ledger`; the ledger's id follows from them. */
  constructor(name: string, key: string, accepted?: AcceptedKeys);
  readonly id: string;
  /** How many entries were read: the next `after`. */
  readonly entries: number;
  /** Reads a page of `/v1/entries`. Throws "log". */
  append(frames: Uint8Array): number;
  /** Checks that the ledger has signed exactly these entries. Throws "log". */
  checkCheckpoint(text: string): void;
  assets(): AssetLabel[];
  free(): void;
}

export interface Balance extends AssetLabel { spendable: string; reserved: string; to_claim: string; to_refund: string }
/** Text; or, if it is none, its 512 bytes in hexadecimal. */
export type Memo = { text: string } | { hex: string };
export interface HistoryRow extends AssetLabel {
  time: number; entry: number; transaction: string;
  /** "out-or-change" only of an outgoing key: it went to an address of the kind that wallets keep for their change. */
  direction: "in" | "out" | "out-or-change" | "in-escrow" | "out-escrow" | "escrow-ended";
  amount: string;
  /** An address, or "issuer <key>"; null where the ledger does not tell. */
  counterparty: string | null;
  memo: Memo | null;
}
export class Wallet {
  constructor(seed: Seed, account: number);
  /**
   * Looks only: text of a viewing key (`tabview1…`, `tabviewin1…` or `tabviewout1…`). Throws "argument". A key of one direction has no balances:
   * `balances` says what came in, or what went out; it gives no addresses and discloses nothing.
   */
  static view(viewingKey: string): Wallet;
  readonly canSpend: boolean;
  readonly sees: "all" | "incoming" | "outgoing";
  address(index: number): string;
  /** One that neither this nor a form has given out since the wallet was made; never that of index 0. */
  nextAddress(): string;
  /** Reads what the log has beyond what was read before. Throws "log". */
  sync(log: LedgerLog, progress?: Progress): void;
  balances(log: LedgerLog, now: number): Balance[];
  history(log: LedgerLog): HistoryRow[];
  /** It cannot be taken back. */
  viewingKey(kind: "full" | "incoming" | "outgoing"): string;
  /**
   * The next transaction towards a payment. `step` is "merge" when notes must be merged first: submit it, append and sync, and call again.
   * Throws "insufficient" (`detail` is what can be spent), "argument", "proving-key".
   */
  send(
    log: LedgerLog, order: { to: string; asset: string; amount: string; memo: string }, now: number, prover: Prover, progress?: Progress,
  ): { step: "merge" | "pay"; transaction: Uint8Array; digest: string };
  /** Makes the notes of a transaction available again that was refused, but those that something else under way spends. */
  release(transaction: Uint8Array): void;
  /**
   * Hands in a form of `desks()`. With `first`, the transaction must be on the ledger first (two notes become one, what was credited is
   * collected): submit it, append and sync, and call again. Else submit the transaction, if there is one; what is shown and the files
   * hold once it is accepted. Throws "refused" (`detail` is the field, if it is one; with `korean` and `below`), "proving-key", "argument".
   */
  handIn(
    seed: Seed, log: LedgerLog, application: string, form: string, values: FormValues, now: number, prover: Prover, progress?: Progress,
  ): { first: boolean; transaction: Uint8Array | null; shown: Shown[]; files: NamedFile[] };
  /** Discloses one payment that this wallet sent or received, and nothing else: for whoever is to believe it. `entry` is that of its row in the history. */
  disclose(log: LedgerLog, entry: number): Uint8Array;
  free(): void;
}
/** A text in each language. */
export interface Translated { en: string; ko: string }
export type FieldKind =
  | { type: "text" | "lines" | "amount" | "asset" | "address" | "id" | "instance" | "time" | "file" | "files" | "flag" | "passphrase" }
  | { type: "number"; least: number; most: number }
  | { type: "choice"; of: { id: string; label: Translated }[] };
/** A question of a form; an empty hint says nothing. */
export interface FormField { id: string; label: Translated; hint: Translated; kind: FieldKind; optional: boolean }
/** What can be done in an application; `proves` if the proving key "transfer" must be loaded. */
export interface Form { id: string; role: Translated; title: Translated; about: Translated; fields: FormField[]; proves: boolean }
export interface NamedFile { name: string; bytes: Uint8Array }
/** By field: text (times in seconds since 1970, flags "yes", amounts in decimals), or the files that were chosen. What is empty is left out. */
export type FormValues = Record<string, string | NamedFile[]>;
export type ShownValue =
  | { type: "text" | "code" | "picture"; is: string }
  | { type: "words"; is: Translated }
  | { type: "time"; is: number }
  | { type: "flag"; is: boolean }
  | { type: "table"; is: { columns: Translated[]; rows: ShownValue[][] } };
export interface Shown { label: Translated; value: ShownValue }
/** What can be done in each application. */
export function desks(): { application: string; forms: Form[] }[];

/** An amount as people write it ("12.34") in smallest units, and back. Throws "argument". */
export function parseAmount(text: string, decimals: number): string;
export function formatAmount(units: string, decimals: number): string;

/** One payment of a request: `amount` in smallest units; `payee` and `message` are the words of whoever asks. */
export interface RequestedPayment extends AssetLabel { to: string; amount: string; memo: Memo | null; payee: string | null; message: string | null }
/**
 * What a request (`tabella:…`) asks for: one payment or more, all of which are to be made. Throws "argument", and "mismatch" if it is to be paid on
 * another ledger than the log's.
 */
export function readRequest(text: string, log: LedgerLog): RequestedPayment[];

/** `issuer` is the Ed25519 key of who issues the asset, whose name is the issuer's choice. */
export interface DisclosureReport extends AssetLabel {
  ledger: string; entry: number; transaction: string; time: number; issuer: string | null; to: string; amount: string; memo: Memo | null;
}
/** Checks a disclosed payment against a log that was read. Throws "refused", "mismatch". */
export function checkDisclosure(disclosure: Uint8Array, log: LedgerLog): DisclosureReport;

// ------------------------------------------------------------------------------------------------------------------------------
// Part 3: threads. Only in "threads".
// ------------------------------------------------------------------------------------------------------------------------------

/** Starts so many threads (workers of this worker); await it once after `init`. Proving and checking then use all of them. */
export function initThreadPool(threads: number): Promise<void>;

// The verifier over an engine of fixed answers, in the shapes of engine.d.ts: the page's own work, without the WebAssembly.
import type { Batch, Check, Finding, Verdict } from "../../../browser/engine";
import { Remote, type Request } from "../../src/engine/remote";
import { verifierPage } from "../../src/pages/verifier";

const ids = [
  "record.encoding", "record.parameters", "record.ledger", "record.log", "opening.authority", "opening.manifest", "opening.ceremony", "opening.canaries",
  "opening.roll", "entries.rules", "entries.proofs", "entries.signatures", "entries.ballots", "tally.closed", "tally.result",
] as const;

const batches = (items: Batch["items"], count: number): Finding => ({ kind: "batches", batches: [{ items, count, wrong: 0, entries: [] }] });
const findings: Finding[] = [
  { kind: "file", entries: 713, bytes: 1_350_000 }, { kind: "parameters", development: false }, { kind: "ledger", name: "tabella", id: "ef".repeat(32) },
  { kind: "log", size: 713, root: "ab".repeat(32) }, { kind: "signer", key: "cd".repeat(32) },
  { kind: "manifest", title: "What shall be built in Nad Nerem?", id: "4f".repeat(32) }, { kind: "trustees", threshold: 2, count: 3 }, { kind: "canaries", count: 3 },
  { kind: "roll", voters: 608, weight: 608 }, { kind: "replayed", ballots: 643, counted: 602, moved: 67 }, batches("proofs", 710), batches("signatures", 710),
  batches("ballots", 643), { kind: "counted", ballots: 602 }, { kind: "decrypted", trustees: 2 },
];

/** A batch with wrong members where there is one, else an entry with a reason. */
function wrong(finding: Finding | undefined): Finding {
  if (finding?.kind !== "batches") return { kind: "refused", entry: 17, reason: "the right is used twice", code: "stale-revision", values: { held: 2 } };
  return { kind: "batches", batches: finding.batches.map((batch) => ({ ...batch, wrong: 2, entries: [17, 1203] })) };
}

function verdict(broken: string | undefined): Verdict {
  const place = broken === undefined ? ids.length : ids.findIndex((id) => id === broken);
  const checks: Check[] = ids.map((id, index) => ({
    id,
    title: id,
    ok: index < place,
    reached: index <= place,
    detail: "what the program says in English",
    finding: index > place ? { kind: "not_reached" } : index === place ? wrong(findings[index]) : (findings[index] ?? { kind: "passed" }),
  }));
  return {
    valid: broken === undefined,
    checks,
    election: {
      id: "4f".repeat(32), title: "What shall be built in Nad Nerem?", registration: "00".repeat(32), development: location.hash === "#development", opens: 1790000000, closes: 1790086400, stage: "published",
      rules: { delegation: true, revoting: true, weights: "one", ballot_proofs: "compressed", smallest_group: 5, epoch_seconds: 300 },
      trustees: { threshold: 2, names: ["Ada", "Blaise", "Carl"] }, voters: 608, total_weight: 608, ballots: 643, counted: 602, transfers: 67, early_transfers: 0, distribution_transfers: 0,
      questions: [{ title: "Which projects?", kind: { type: "choose", min: 1, max: 3 }, options: [{ id: "1", name: "A playground" }, { id: "2", name: "Benches along the river" }, { id: "3", name: "Trees" }] }, { title: "Which one first?", kind: { type: "rank", min: 1, max: 4 }, options: ["A playground with a roof for rainy days", "Benches along the river", "Trees", "A kiosk"].map((name, index) => ({ id: String(index + 1), name })) }],
      results: [[312, 188, 455], [201, 120, 180, 101]], runoffs: [null, { winner: 2, spoiled: 0, rounds: [{ votes: [201, 120, 180, 101], exhausted: 0, eliminated: 3 }, { votes: [211, 131, 240, 0], exhausted: 20, eliminated: 1 }, { votes: [241, 0, 312, 0], exhausted: 49, eliminated: null }] }], log: { size: 713, root: "ab".repeat(32) }, ledger: { name: "tabella", key: "cd".repeat(32), id: "ef".repeat(32) },
    },
  };
}

class FixedWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  broken: string | undefined;

  postMessage(request: Request): void {
    if (request.id === 0) return;
    const { id, name } = request;
    if (request.op === "new") this.broken = /broken:([a-z.]+)/.exec(new TextDecoder().decode(request.args?.[0] as Uint8Array))?.[1];
    if (name === "check") this.onmessage?.({ data: { id, progress: ["entries.proofs", 50, 100] } });
    const value =
      request.op === "new" ? { $handle: 1 }
      : name === "replay" ? { opened: true, entries: 713, ballots: 643, items: 2000 }
      : name === "check" ? { part: request.args?.[0], parts: request.args?.[1] }
      : name === "finish" ? verdict(this.broken)
      : name === "findBallot" ? (request.args?.[0] === "aa".repeat(32) ? { entry: 17, counts: true } : null)
      : name === "fileKind" ? null
      : undefined;
    setTimeout(() => this.onmessage?.({ data: { id, value } }), 5);
  }

  terminate(): void {
    this.onmessage = null;
  }
}

verifierPage(() => new Remote(new FixedWorker() as unknown as Worker));

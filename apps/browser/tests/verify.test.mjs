// The verifier, as a browser runs it, on the committed record.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";

import { load, vector } from "./engine.mjs";

const engine = await load("verify");
const record = vector("election.tabella");
const pinned = JSON.parse(Buffer.from(vector("election.json")).toString());

/** Verifies on so many replays, as on so many workers. */
function verify(bytes, parts = 1, accepted = undefined) {
  const workers = Array.from({ length: parts }, () => new engine.RecordVerifier(bytes, accepted));
  const replays = workers.map((worker) => worker.replay());
  // As a message between workers carries them.
  const culprits = replays[0].opened ? workers.map((worker, part) => JSON.parse(JSON.stringify(worker.check(part, parts)))) : [];
  const verdict = workers[0].finish(culprits);
  return { verdict, verifier: workers[0], replay: replays[0] };
}

const failed = (verdict) => verdict.checks.filter((check) => check.reached && !check.ok).map((check) => check.id);

test("the committed record is valid, in one part and in several", () => {
  for (const parts of [1, 2, 3]) {
    const { verdict, replay } = verify(record, parts);
    assert.deepEqual(failed(verdict), []);
    assert.equal(verdict.valid, true);
    assert.equal(verdict.checks.length, 15);
    assert.equal(verdict.election.id, pinned["election id"]);
    assert.equal(verdict.election.development, true);
    assert.deepEqual(verdict.election.results, pinned.result);
    assert.equal(replay.entries, pinned.entries.length);
  }
});

test("progress is told, and ends with everything done", () => {
  const told = new Map();
  const verifier = new engine.RecordVerifier(record);
  const progress = (stage, done, total) => told.set(stage, [done, total]);
  verifier.replay(progress);
  verifier.check(0, 1, progress);
  for (const stage of ["entries.signatures", "entries.ballots", "entries.proofs"]) {
    const [done, total] = told.get(stage);
    assert.equal(done, total, stage);
  }
});

test("a record without development keys is refused by its parameters", () => {
  const { verdict } = verify(record, 1, { development: false });
  assert.deepEqual(failed(verdict), ["record.parameters"]);
  const { finding } = verdict.checks.find(({ id }) => id === "record.parameters");
  assert.deepEqual([finding.kind, finding.code, finding.values.index], ["refused", "key-development", 0]);
});

test("a byte altered anywhere makes the record invalid", () => {
  for (let at = 20; at < record.length; at += Math.floor(record.length / 40)) {
    const altered = record.slice();
    altered[at] ^= 1;
    assert.equal(verify(altered).verdict.valid, false, `byte ${at}`);
  }
});

test("a cut off record fails at its encoding", () => {
  const { verdict, replay } = verify(record.slice(0, -1));
  assert.equal(replay.opened, false);
  assert.deepEqual(failed(verdict), ["record.encoding"]);
  assert.equal(verdict.checks[0].finding.code, "record-damaged");
  assert.equal(verdict.election, undefined);
});

test("a ballot is found by its tracker", () => {
  const { verifier } = verify(record);
  const digests = pinned.entries.map((entry) => entry.digest);
  const found = digests.map((digest) => verifier.findBallot(digest));
  found.forEach((ballot, entry) => assert.equal(ballot.entry, entry));
  assert.equal(found.filter((ballot) => ballot.counts).length, pinned.counted);
  assert.equal(verifier.findBallot("00".repeat(32)), null);
  assert.throws(() => verifier.findBallot("00"), { name: "EngineError", code: "argument" });
});

test("parts that are missing or come twice are refused", () => {
  const verifier = new engine.RecordVerifier(record);
  verifier.replay();
  const first = verifier.check(0, 2);
  for (const culprits of [[], [first], [first, first]]) {
    assert.throws(() => verifier.finish(culprits), { code: "argument" });
  }
  assert.throws(() => verifier.check(2, 2), { code: "argument" });
  assert.equal(verifier.finish([verifier.check(1, 2), first]).valid, true);
});

test("files are told apart", () => {
  assert.equal(engine.fileKind(record), "election record");
  assert.equal(engine.fileKind(new Uint8Array([1, 2, 3])), null);
  assert.throws(() => engine.checkReceipt(record), { name: "EngineError", code: "file" });
  assert.throws(() => engine.checkAudit(new Uint8Array()), { code: "file" });
});

test("the module is small", () => {
  const wasm = readFileSync(new URL("../dist/verify/tabella_browser_bg.wasm", import.meta.url));
  assert.ok(gzipSync(wasm, { level: 9 }).length < 1 << 20);
});

// A whole election through the engine alone: authority, three trustees, voters and a delegate. The test plays the ledger: it
// dates and logs entries, and signs checkpoints as a ledger does.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { load } from "./engine.mjs";

const engine = await load("full");
const passphrase = "a passphrase for tests";
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const random = () => hex(crypto.getRandomValues(new Uint8Array(32)));

// --- The ledger ---------------------------------------------------------------------------------------------------------------

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const u32 = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
const u64 = (value) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64LE(BigInt(value)); return bytes; };

/** RFC 6962. */
function root(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Buffer.from([0]), leaves[0]);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.from([1]), root(leaves.slice(0, split)), root(leaves.slice(split)));
}

class Ledger {
  name = "browser-test";
  entries = [];
  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    this.key = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    this.signer = privateKey;
    this.id = new engine.LedgerLog(this.name, hex(this.key)).id;
  }
  /** borsh of LoggedTransaction: its time follows the transaction or comes before it, as the engine reads it back. */
  append(transaction, time) {
    this.entries.push(Buffer.concat([u64(time), transaction]));
  }
  frames(from = 0) {
    return new Uint8Array(Buffer.concat(this.entries.slice(from).flatMap((entry) => [u32(entry.length), entry])));
  }
  checkpoint(origin) {
    const text = `${origin}\n${this.entries.length}\n${root(this.entries).toString("base64")}\n`;
    const id = sha256(Buffer.from(`${this.name}\n`), Buffer.from([1]), this.key).subarray(0, 4);
    const signature = sign(null, Buffer.from(text), this.signer);
    return `${text}\n\u2014 ${this.name} ${Buffer.concat([id, signature]).toString("base64")}\n`;
  }
  record(election, verifyingKeys) {
    const checkpoint = Buffer.from(this.checkpoint(`${this.name}/election/${election}`));
    const list = (items) => [u32(items.length), ...items.flatMap((item) => [u32(item.length), item])];
    const name = Buffer.from(this.name);
    return new Uint8Array(Buffer.concat([
      Buffer.from("tabella record 1"), u32(name.length), name, this.key, ...list(verifyingKeys),
      u32(this.entries.length), ...this.entries, u32(checkpoint.length), checkpoint,
    ]));
  }
}

// --- The parties --------------------------------------------------------------------------------------------------------------

const folder = join(process.env.TABELLA_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tabella"), "parameters");
const parameters = { transfer: "development-transfer-4e5dae6537143d98.params", cast: "development-cast-4e56cbd92e4549e0.params" };
const verifyingKeys = ["transfer", "cast"].map((shape) =>
  readFileSync(new URL(`../../../verifier/keys/development-${shape}.vk`, import.meta.url)));
const skip = existsSync(join(folder, parameters.cast)) ? false : "no proving keys: tabella setup dev makes them";
if (skip !== false && process.env.TABELLA_TESTS_MUST_RUN === "1") throw new Error(skip);

function ceremony(authority, draft, names, threshold) {
  const trustees = names.map((name) => engine.Trustee.generate(name));
  const setup = authority.setup(draft, threshold, trustees.map((trustee) => trustee.card()));
  assert.equal(engine.readSetup(setup).threshold, threshold);
  const states = trustees.map((trustee) => trustee.begin(setup));
  const collected = [authority.collect(setup, states.map((state) => state.message()))];
  for (const round of ["commit", "reveal", "confirm", "share"]) {
    states.forEach((state) => assert.equal(state.waitsFor, round));
    const messages = states.map((state, index) => state.step(trustees[index], [collected.at(-1)]));
    collected.push(authority.collect(setup, messages));
  }
  states.forEach((state) => assert.equal(state.waitsFor, null));
  assert.throws(() => states[0].step(trustees[0], [collected[0]]), { code: "used" });
  const keys = states.map((state) => state.takeKey());
  assert.throws(() => states[0].takeKey(), { code: "used" });
  const [commitments, packages, confirmations, , acknowledgements] = collected;
  return { keys, record: authority.assemble(setup, commitments, packages, confirmations, acknowledgements) };
}

test("a whole election through the engine alone", { skip }, () => {
  const ledger = new Ledger();
  const opens = 1_790_000_000, closes = opens + 3600;
  const registration = random();
  const authority = engine.Authority.generate();
  const questions = [{ title: "Who?", kind: { type: "choose", min: 0, max: 1 }, options: [{ id: "a", name: "A" }, { id: "b", name: "B" }] }];
  const rules = { delegation: true, revoting: true, weights: "one", ballot_proofs: "compressed", smallest_group: 1, epoch_seconds: 60 };
  const draft = engine.writeDraft({ title: "Test", questions, opens, closes, rules }, registration);
  assert.equal(engine.readDraft(draft).registration, registration);
  const { keys, record: made } = ceremony(authority, draft, ["Anna", "Boleslaw", "Celina"], 2);

  const seeds = [0, 1, 2].map(() => engine.Seed.generate());
  const voters = seeds.map((seed) => new engine.Voter(seed, registration));
  const roll = voters.map((voter) => ({ address: voter.address(), weight: 1 }));
  const manifest = authority.manifest(draft, made, roll, ledger.id);
  const { election, voters: count } = engine.readManifest(manifest);
  assert.equal(count, 3);
  const rehearsals = keys.map((key) => key.rehearse(manifest));
  assert.throws(() => authority.openElection(manifest, rehearsals.slice(1)), { code: "ceremony" });
  ledger.append(authority.openElection(manifest, rehearsals), opens);

  const log = new engine.ElectionLog(election);
  const read = () => log.append(ledger.frames(log.entries));
  read();
  assert.equal(log.state(opens).stage, "open");
  const prover = new engine.Prover();
  for (const file of Object.values(parameters)) prover.load(new Uint8Array(readFileSync(join(folder, file))));

  // Voter 2 delegates to voter 0; the right can be cast in the next epoch.
  const [own] = voters[2].sync(log);
  assert.equal(own.holding, "own");
  ledger.append(voters[2].delegate(log, own.position, voters[0].delegateAddress(1), opens + 1, prover), opens + 1);
  read();

  // Voter 0: an audit first, then a ballot for A, and the delegated right for A too.
  const now = opens + 120;
  const rights = voters[0].sync(log);
  const mine = rights.find((right) => right.holding === "own");
  const given = rights.find((right) => right.holding === "delegated");
  const audited = voters[0].prepare(log, mine.position, [[1, 0]], now);
  const { tracker } = audited;
  audited.prove(prover);
  const opened = audited.audit(log);
  assert.equal(engine.checkAudit(opened, election).tracker, tracker);
  assert.deepEqual(engine.checkAudit(opened).choice[0].chosen.map((option) => option.id), ["a"]);
  assert.throws(() => engine.checkAudit(opened, random()), { code: "mismatch" });
  assert.throws(() => voters[0].cast(log, audited, prover), { code: "used" });
  assert.throws(() => voters[0].prepare(log, mine.position, [[1, 1]], now), { code: "choice" });
  assert.throws(() => voters[0].prepare(log, mine.position, [[1, 0]], closes), { code: "time" });
  const cast = (voter, position, points, time) => {
    const ballot = voter.prepare(log, position, points, time);
    const { tracker } = ballot;
    ledger.append(voter.cast(log, ballot, prover), time);
    read();
    return tracker;
  };
  const first = cast(voters[0], mine.position, [[1, 0]], now);
  cast(voters[0], given.position, [[1, 0]], now + 1);
  // Voter 1 votes for A, and again for B.
  const [theirs] = voters[1].sync(log);
  const superseded = cast(voters[1], theirs.position, [[1, 0]], now + 2);
  voters[1].sync(log);
  const last = cast(voters[1], theirs.position, [[0, 1]], now + 3);
  assert.equal(log.findBallot(first).counts, true);
  assert.equal(log.findBallot(superseded).counts, false);
  assert.equal(log.findBallot(last).counts, true);
  log.checkCheckpoint(ledger.checkpoint(`${ledger.name}/election/${election}`), ledger.name, hex(ledger.key));

  assert.throws(() => authority.close(ledger.record(election, verifyingKeys), election, now), { code: "time" });
  ledger.append(authority.close(ledger.record(election, verifyingKeys), election, closes), closes);
  read();
  const closed = ledger.record(election, verifyingKeys);
  const tallies = keys.slice(1).map((key) => key.decrypt(closed, election, closes));
  assert.throws(() => keys[0].decrypt(closed, election, closes - 1), { code: "time" });
  assert.throws(() => keys[0].decrypt(closed, random(), closes), { code: "mismatch" });
  const { transaction, results } = authority.publish(log, tallies.map((tally) => tally.partial));
  assert.deepEqual(results, [[2, 1]]);
  ledger.append(transaction, closes + 1);

  const record = ledger.record(election, verifyingKeys);
  const verifier = new engine.RecordVerifier(record);
  verifier.replay();
  const verdict = verifier.finish([verifier.check(0, 1)]);
  assert.deepEqual(verdict.checks.filter((check) => !check.ok), []);
  assert.deepEqual(verdict.election.results, [[2, 1]]);
});

test("hidden weights are handed out through the engine, and whatever does not fit the roll is refused", { skip }, () => {
  const ledger = new Ledger();
  const opens = 1_790_000_000, now = opens - 1000;
  const registration = random();
  const authority = engine.Authority.generate();
  const questions = [{ title: "The mill?", kind: { type: "choose", min: 1, max: 1 }, options: [{ id: "a", name: "A" }, { id: "b", name: "B" }] }];
  const draftOf = (weights) => engine.writeDraft({ title: "Meeting", questions, opens, closes: opens + 3600, rules: { delegation: true, revoting: true, weights, ballot_proofs: "disjunctive", smallest_group: 1, epoch_seconds: 60 } }, registration);
  const draft = draftOf("hidden");
  const { keys, record: made } = ceremony(authority, draft, ["Anna", "Boleslaw"], 2);
  const voters = [0, 1, 2].map(() => new engine.Voter(engine.Seed.generate(), registration));
  const rollOf = (...weights) => weights.map((weight, index) => ({ address: voters[index].address(), weight }));
  const roll = rollOf(5, 3, 1);

  const most = 2 ** 40;
  for (const [wrong, code, message] of [
    [rollOf(5, 0, 1), "manifest", /recipient 2 has weight 0/],
    [rollOf(most + 1), "manifest", /add up to more than 1099511627776/],
    [rollOf(most, 1, 1), "manifest", /add up to more than 1099511627776/],
    [[...roll, { ...roll[0], weight: 2 }], "manifest", /recipients make no roll/],
    [[], "manifest", /recipients make no roll/],
    [rollOf(5, -3, 1), "argument", /the roll/],
    [rollOf(5, 1.5, 1), "argument", /the roll/],
    [rollOf(5, "3", 1), "argument", /the roll/],
    [rollOf(5, undefined, 1), "argument", /the roll/],
  ]) assert.throws(() => authority.manifest(draft, made, wrong, ledger.id), { code, message });
  assert.throws(() => authority.manifest(draftOf("one"), made, roll, ledger.id), { code: "manifest" });

  const manifest = authority.manifest(draft, made, roll, ledger.id);
  const { election, voters: count, total_weight: total, rules } = engine.readManifest(manifest);
  assert.deepEqual([count, total, rules.weights, rules.ballot_proofs], [3, 9, "hidden", "disjunctive"]);
  ledger.append(authority.openElection(manifest, keys.map((key) => key.rehearse(manifest))), now);
  const log = new engine.ElectionLog(election);
  const read = () => log.append(ledger.frames(log.entries));
  read();
  const prover = new engine.Prover();
  assert.throws(() => authority.distribute(log, roll, now, prover), { code: "proving-key" });
  prover.load(new Uint8Array(readFileSync(join(folder, parameters.transfer))));

  // Registrations as they come: in another order, and one too late.
  const late = { address: new engine.Voter(engine.Seed.generate(), registration).address(), weight: 7 };
  const known = [roll[1], late, roll[0], roll[2]];
  assert.deepEqual(authority.distribution(log, known), { transfers: 2, left: 2, weight: 9 });
  for (const wrong of [rollOf(6, 3, 1), rollOf(5, 3), [late]]) {
    assert.throws(() => authority.distribute(log, wrong, now, prover), { code: "mismatch" });
    assert.throws(() => authority.distribution(log, wrong), { code: "mismatch" });
    assert.throws(() => authority.viewingKey(log, wrong), { code: "mismatch" });
  }
  assert.throws(() => authority.distribute(log, known, opens, prover), { code: "time" });
  assert.throws(() => engine.Authority.generate().distribute(log, known, now, prover), { code: "mismatch" });
  const round = () => {
    const transactions = authority.distribute(log, known, now, prover);
    for (const transaction of transactions) ledger.append(transaction, now);
    read();
    return transactions.length;
  };
  assert.equal(round(), 1);
  assert.deepEqual(authority.distribution(log, known), { transfers: 2, left: 1, weight: 4 });
  // The same total in other hands: nothing fits what was begun, and that is not the end.
  assert.throws(() => authority.distribution(log, rollOf(3, 5, 1)), { code: "refused" });
  assert.equal(round(), 1);
  assert.deepEqual(authority.distribution(log, known), { transfers: 2, left: 0, weight: 0 });
  assert.throws(() => authority.distribution(log, rollOf(3, 5, 1)), { code: "refused", message: /voter 1 / });
  assert.equal(round(), 0);
  const rights = voters.flatMap((voter) => voter.sync(log));
  assert.deepEqual(rights.map(({ weight, holding }) => [weight, holding]), [[5, "own"], [3, "own"], [1, "own"]]);
  const { early_transfers: early, distribution_transfers: needed } = log.state(now);
  assert.deepEqual([early, needed], [2, 2]);
  assert.equal(engine.fileKind(authority.viewingKey(log, known)), "distribution viewing key");
});

test("keys are kept in files and words", () => {
  const seed = engine.Seed.generate();
  assert.equal(engine.Seed.fromWords(` ${seed.words().toUpperCase()} `).paymentAddress(0, 0), seed.paymentAddress(0, 0));
  assert.throws(() => engine.Seed.fromWords("abandon"), { code: "words" });
  assert.throws(() => seed.seal("short"), { code: "weak-passphrase" });
  const file = seed.seal(passphrase);
  assert.equal(engine.Seed.open(file, passphrase).words(), seed.words());
  assert.throws(() => engine.Seed.open(file, `${passphrase}!`), { code: "passphrase" });
  assert.throws(() => engine.Authority.open(file, passphrase), { code: "file" });
});

test("a wallet cannot send what it does not hold", () => {
  const ledger = new Ledger();
  const log = new engine.LedgerLog(ledger.name, hex(ledger.key));
  const wallet = new engine.Wallet(engine.Seed.generate(), 0);
  wallet.sync(log);
  assert.deepEqual(wallet.balances(log, 1_790_000_000), []);
  assert.deepEqual(wallet.history(log), []);
  assert.equal(engine.Wallet.view(wallet.viewingKey("full")).address(3), wallet.address(3));
  const outgoing = engine.Wallet.view(wallet.viewingKey("outgoing"));
  assert.match(wallet.viewingKey("outgoing"), /^tabviewout1/);
  outgoing.sync(log);
  assert.deepEqual([outgoing.sees, outgoing.canSpend, wallet.sees], ["outgoing", false, "all"]);
  assert.deepEqual([outgoing.balances(log, 1_790_000_000), outgoing.history(log)], [[], []]);
  assert.throws(() => outgoing.address(0), { code: "argument" });
  assert.throws(() => outgoing.nextAddress(), { code: "argument" });
  assert.equal(new Set([wallet.address(0), wallet.nextAddress(), wallet.nextAddress()]).size, 3);
  assert.throws(() => outgoing.viewingKey("full"), { code: "argument" });
  const asked = `tabella:${wallet.address(0)}?amount=1&asset=${"01".repeat(32)}`;
  assert.throws(() => engine.readRequest(`${asked}&req-ledger=${"02".repeat(32)}`, log), { code: "mismatch" });
  assert.throws(() => engine.readRequest(asked, log), { code: "argument", message: /there is no asset/ });
  assert.throws(() => engine.readRequest(`${asked}&amount=2`, log), { code: "argument" });
  assert.equal(engine.desks().some(({ application }) => application === "payments"), true);
  const order = { to: wallet.address(0), asset: "01".repeat(32), amount: "1", memo: "" };
  assert.throws(() => wallet.send(log, order, 1_790_000_000, new engine.Prover()), { code: "proving-key" });
  assert.equal(engine.parseAmount("12.34", 2), "1234");
  assert.equal(engine.formatAmount("1234", 2), "12.34");
});

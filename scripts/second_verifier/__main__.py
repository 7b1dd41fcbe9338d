#!/usr/bin/env python3
"""A second verifier of election records, written from docs/protocol.md and docs/record.md alone.

It shares no code with the first one, is slow, and stops at the first failure.
Groth16 proofs need the package `py_ecc`, which scripts/pairings.sh installs; without it the program says so and ends with code 2.

usage: $(scripts/pairings.sh) scripts/second_verifier RECORD [VERIFYING_KEY_FILE...]

Accepted are the given verifying keys, or else those of verifier/keys, under which anybody can forge proofs.
"""

import base64
import hashlib
import pathlib
import sys

import ranking
from ballots import DISJUNCTIVE, MOST_BRANCHES, branches, broken_ballot_rule, read_ballot, read_ballot_proof
from bridge import broken_bridge_rule, read_bridge
from election import Ceremony, Reader, canary, decryption_valid, lagrange, read_decryption, read_kind
from groth16 import CAST, TRANSFER, Pairings, public_inputs
from groups import (
    BASE, IDENTITY, add, blake2b, decode, ed25519_valid, encode, equal, poseidon, redjubjub_valid, sum_of,
)
from log import log_root

NAMES = (b"transfer", b"cast")


class Refused(Exception):
    pass


def require(condition, check, reason):
    if not condition:
        raise Refused(f"{check}: {reason}")


def u64(number):
    return number.to_bytes(8, "little")


def field(data):
    number = int.from_bytes(data, "little")
    assert number < poseidon.R, "field element not below the modulus"
    return number


def read_window(reader):
    start, end = reader.number(8), reader.number(8)
    assert start < end < 1 << 40, "window"
    return start, end


def read_point(reader):
    data = reader.take(32)
    assert poseidon.decode(data) is not None, "not a point of Jubjub"
    return data


def read_transfer(reader):
    transfer = {"pool": reader.take(32), "key": reader.take(32), "shape": reader.number(1)}
    element = lambda: field(reader.take(32))  # noqa: E731
    if transfer["shape"] == TRANSFER:
        transfer["anchor"] = element()
        transfer["nullifiers"] = [element(), element()]
        transfer["commitments"] = [element(), element()]
        transfer["rk"], transfer["value_commitment"] = read_point(reader), read_point(reader)
        transfer["asset"], transfer["contract_revealed"] = element(), element()
        transfer["window"] = read_window(reader)
        transfer["mode"] = reader.number(1)
        assert transfer["mode"] < 5, "mode"
        transfer["reveal"], transfer["level"] = reader.flag(), reader.flag()
        transfer["ciphertexts"] = reader.many(lambda: (reader.element(), reader.take(790 + 124)))
    else:
        assert transfer["shape"] == CAST, "shape"
        transfer["anchor"], transfer["nullifiers"] = element(), [element()]
        transfer["rk"] = read_point(reader)
        transfer["asset"], transfer["contract_revealed"] = element(), element()
        transfer["weight"], transfer["level"] = reader.number(8), reader.flag()
        transfer["window"] = read_window(reader)
    transfer["contract"] = reader.optional(lambda: reader.take(81))
    return transfer


def read_entry(reader):
    start = reader.at
    entry = {"time": reader.number(8)}
    effects = reader.at
    assert entry["time"] < 1 << 40 and reader.number(1) == 1, "time or version"
    entry["ledger"] = reader.take(32)
    entry["transfers"] = reader.many(lambda: read_transfer(reader))
    entry["actions"] = reader.many(lambda: (reader.take(8), reader.bytes()))
    entry["effects"] = reader.data[effects : reader.at]
    entry["digest"] = blake2b(b"Tabella_TxDigest", entry["effects"])
    entry["authorizations"] = reader.many(lambda: (reader.take(192), reader.take(64)))
    entry["action_proofs"] = reader.many(reader.bytes)
    entry["leaf"] = reader.data[start : reader.at]
    return entry


def key_file(data):
    """Shape, id and key."""
    assert data[:9] == b"TabellaV\x01" and data[9] < 2 and data[10] < 2, "not a verifying key file"
    shape, key = data[10], data[11:]
    return shape, blake2b(b"Tabella_VerKeyId", u64(len(NAMES[shape])), NAMES[shape], key), key


def tree_root(leaves):
    empty = 0
    for _ in range(16):
        leaves = leaves + [empty] * (-len(leaves) % 4)
        leaves = [poseidon.poseidon_hash(7, leaves[i : i + 4]) for i in range(0, len(leaves), 4)]
        empty = poseidon.poseidon_hash(7, [empty] * 4)
    return leaves[0] if leaves else empty


class Election:
    def __init__(self, data, accepted):
        require(data[:16] == b"tabella record 1", "record.encoding", "not an election record")
        reader = Reader(data)
        reader.at = 16
        self.ledger_name, self.ledger_key = reader.text(), reader.take(32)
        files = reader.many(reader.bytes)
        self.entries = reader.many(lambda: read_entry(reader))
        self.checkpoint = reader.text()
        reader.end()

        self.verifying_keys = {}
        for file in files:
            require(file in accepted, "record.parameters", "an unknown verifying key")
            shape, key_id, key = key_file(file)
            later = all((shape, key_id) > before for before in self.verifying_keys)
            require(later, "record.parameters", "a verifying key twice, or not in the order of shapes and ids")
            self.verifying_keys[shape, key_id] = key
        named = {(transfer["shape"], transfer["key"]) for entry in self.entries for transfer in entry["transfers"]}
        require(named == set(self.verifying_keys), "record.parameters", "the listed keys are not those of the entries")
        name = self.ledger_name.encode()
        self.ledger = blake2b(b"Tabella_LedgerId", u64(len(name)), name, self.ledger_key)
        same = all(entry["ledger"] == self.ledger for entry in self.entries)
        require(same, "record.ledger", "an entry of another ledger")
        self.proofs = []

    def open(self):
        entry = self.entries[0]
        require(not entry["transfers"] and len(entry["actions"]) == 1, "opening.authority", "form")
        application, body = entry["actions"][0]
        reader = Reader(body)
        require(application == b"election" and reader.number(1) == 0, "opening.authority", "not an opening")
        start = reader.at
        version, ledger, _, self.title = reader.number(1), reader.take(32), reader.take(32), reader.text()
        option = lambda: (reader.text(), reader.text())  # noqa: E731
        kinds = reader.many(lambda: reader.text() and read_kind(reader, len(reader.many(option))))
        self.rules = [rule for rule in kinds if len(rule) == 4]
        self.ranked = [(question, rule) for question, rule in enumerate(kinds) if len(rule) == 3]
        self.opens, self.closes = reader.number(8), reader.number(8)
        self.authority, ceremony, key, roll = (reader.take(32) for _ in range(4))
        self.delegation, self.revoting, self.hidden, self.ballot_proofs = (reader.flag() for _ in range(4))
        self.smallest_group, self.epoch_seconds = reader.number(8), reader.number(4)
        self.id = blake2b(b"Tabella_Manifest", body[start : reader.at])

        self.check_authority(entry, "opening.authority")
        well_formed = (
            version == 1 and ledger == self.ledger and entry["time"] < self.closes and self.opens < self.closes
            and (not self.hidden or (entry["time"] < self.opens and not self.ranked)) and self.epoch_seconds > 0 and 1 <= len(kinds) <= 64
            and all(1 <= options <= 255 and least <= most <= options and most for _, (options, least, most) in self.ranked)
            and all(1 <= rule[0] <= 1024 and 1 <= rule[1] <= 1024 for rule in self.rules)
            and all(rule[2] <= rule[3] <= rule[0] * rule[1] and rule[3] for rule in self.rules)
            and sum(rule[0] * rule[1].bit_length() for rule in self.rules) <= 4096
            and (self.ballot_proofs != DISJUNCTIVE or branches(self.rules) <= MOST_BRANCHES)
        )
        require(well_formed, "opening.manifest", "not well formed")
        self.ceremony = Ceremony(reader)
        made = self.ceremony.digest == ceremony and self.ceremony.key == key
        require(made, "opening.ceremony", "not the ceremony or key of the manifest")
        self.canaries = canaries = reader.many(lambda: read_decryption(reader, lambda: [reader.element()]))
        everybody = [proof[0] for proof in canaries] == list(range(1, len(self.ceremony.names) + 1))
        require(everybody, "opening.canaries", "not one of each trustee, in order")
        for proof in canaries:
            ciphertext = canary(self.id, key, proof[0])
            valid = decryption_valid(self.ledger, self.id, 0, self.ceremony, [ciphertext], proof)
            require(valid, "opening.canaries", f"trustee {proof[0]}")
        start = reader.at
        require(reader.flag() == self.hidden, "opening.roll", "not of the kind that the rule on weights asks for")
        if self.hidden:
            first_notes, owners = self.read_hidden_roll(reader)
        else:
            first_notes = reader.many(lambda: (field(reader.take(32)), reader.number(8)))
            owners = [owner for owner, _ in first_notes]
            require(all(weight == 1 for _, weight in first_notes), "opening.roll", "does not add up")
        require(blake2b(b"Tabella_ElecRoll", body[start : reader.at]) == roll, "opening.roll", "another roll")
        reader.end()
        require(len(set(owners)) == len(owners) > 0, "opening.roll", "nobody, or somebody twice")
        total = sum(weight for _, weight in first_notes)
        points = total * max([1, *(rule[1] for rule in self.rules)])
        require(points <= 1 << 40, "opening.roll", "more points than a tally can decrypt")
        if self.ranked:
            listed = len(owners) * len(self.ranked) + sum(rule[0] for rule in self.rules)
            size = listed * 32 * self.ceremony.threshold + len(owners) * sum(5 + rule[2] for _, rule in self.ranked)
            size += sum(rule[0] * (8 * rule[0] + 14) for _, rule in self.ranked) + (1 << 16)
            require(listed <= 1 << 20 and size <= 64 << 20, "opening.roll", "more rankings than can be published")

        self.asset = poseidon.bytes_to_field("asset", [self.authority, self.id])
        self.pool = blake2b(b"Tabella_Pool__Id", self.ledger, u64(8), b"election", self.id)
        trapdoor = lambda i: poseidon.bytes_to_field("roll rcm", [self.id, u64(i)])  # noqa: E731
        self.leaves = [
            poseidon.poseidon_hash(3, [self.asset, weight, owner, trapdoor(i)])
            for i, (owner, weight) in enumerate(first_notes)
        ]
        self.root = tree_root(self.leaves)
        self.early_anchors, self.epoch_anchors, self.epoch = {self.root}, set(), None
        self.states, self.counted, self.stage, self.results = {}, {}, "open", None
        self.time, self.digests = entry["time"], {entry["digest"]}
        self.begin_epoch(entry["time"])
        return len(owners)

    @staticmethod
    def read_hidden_roll(reader):
        """One note of the total for the distributor; and the voters."""
        distributor, total = field(reader.take(32)), reader.number(8)
        owners = reader.many(lambda: field(reader.take(32)))
        fits = distributor not in owners and len(owners) <= total <= 1 << 40
        require(fits, "opening.roll", "the distributor votes, or the total does not add up")
        return [(distributor, total)], owners

    def check_authority(self, entry, check):
        message = blake2b(b"Tabella_Authorit", entry["digest"])
        signed = len(entry["action_proofs"]) == 1 and not entry["authorizations"]
        signed = signed and ed25519_valid(self.authority, message, entry["action_proofs"][0])
        require(signed, check, "the authority's signature")

    def check_log(self):
        text, _, signatures = self.checkpoint.partition("\n\n")
        lines = text.split("\n")
        require(lines[0] == f"{self.ledger_name}/election/{self.id.hex()}", "record.log", "another log")
        require(lines[1] == str(len(self.entries)), "record.log", "another number of entries")
        root = log_root([entry["leaf"] for entry in self.entries])
        require(lines[2] == base64.b64encode(root).decode(), "record.log", "another root")
        key_id = hashlib.sha256(self.ledger_name.encode() + b"\n\x01" + self.ledger_key).digest()[:4]
        start = f"— {self.ledger_name} "
        own = [line[len(start) :] for line in signatures.split("\n") if line.startswith(start)]
        own = [base64.b64decode(line) for line in own]
        valid = [line[4:] for line in own if line[:4] == key_id]
        valid = valid and ed25519_valid(self.ledger_key, (text + "\n").encode(), valid[0])
        require(valid, "record.log", "the ledger's signature")

    def begin_epoch(self, time):
        epoch = time // self.epoch_seconds
        if time >= self.opens and (self.epoch is None or epoch > self.epoch):
            self.epoch_anchors.add(self.root)
            self.epoch = epoch

    def replay(self, index, entry):
        transfers, actions = entry["transfers"], entry["actions"]
        rule = lambda condition, reason: require(condition, "entries.rules", f"entry {index}: {reason}")  # noqa: E731
        rule(entry["digest"] not in self.digests and entry["time"] >= self.time, "replayed, or time runs backwards")
        self.digests.add(entry["digest"])
        self.time = entry["time"]
        whole = len(transfers) == len(entry["authorizations"]) and len(actions) == len(entry["action_proofs"])
        rule(whole and (len(transfers), len(actions)) in [(1, 0), (1, 1), (0, 1)], "form")
        self.begin_epoch(entry["time"])
        for transfer, (proof, signature) in zip(transfers, entry["authorizations"]):
            rule(transfer["pool"] == self.pool, "another pool")
            rule(transfer["contract"] is None and transfer["contract_revealed"] == 0, "a contract is revealed")
            rule(self.stage == "open" and entry["time"] < self.closes, "the election is frozen")
            rule(transfer["window"][0] <= entry["time"] < transfer["window"][1], "outside of its window")
            valid = redjubjub_valid(transfer["rk"], entry["digest"], signature)
            require(valid, "entries.signatures", f"entry {index}")
            key = self.verifying_keys.get((transfer["shape"], transfer["key"]))
            require(key is not None, "record.parameters", f"entry {index} is under another key")
            self.proofs.append((index, key, public_inputs(transfer), proof))
        if not actions:
            self.move(transfers[0], entry["time"], rule)
            return
        application, body = actions[0]
        reader = Reader(body)
        action = reader.number(1)
        rule(application == b"election" and reader.take(32) == self.id, "another application or election")
        if transfers:
            rule(action == 1, "not a ballot")
            self.cast(index, entry, transfers[0], reader, rule)
        else:
            rule(action in (2, 3), "not an action of the authority")
            self.check_authority(entry, "entries.rules")
            (self.close if action == 2 else self.publish)(index, entry["time"], reader)
        reader.end()

    def move(self, transfer, time, rule):
        nullifiers = transfer["nullifiers"]
        allowed = self.delegation or (self.hidden and time < self.opens)
        rule(transfer["shape"] == TRANSFER and transfer["mode"] == 0 and allowed, "no such transfer is allowed")
        rule(len(transfer["ciphertexts"]) == 2, "ciphertexts")
        rule(transfer["anchor"] in self.epoch_anchors | self.early_anchors, "anchor")
        rule(nullifiers[0] != nullifiers[1] and not any(nf in self.states for nf in nullifiers), "already used")
        self.states.update({nf: "spent" for nf in nullifiers})
        self.leaves += transfer["commitments"]
        self.root = tree_root(self.leaves)
        if time < self.opens:
            self.early_anchors.add(self.root)

    def cast(self, index, entry, transfer, reader, rule):
        revision, ballot = reader.number(4), read_ballot(reader)
        sealed = reader.many(lambda: ranking.read_sealed(reader))
        if self.hidden:
            consumes = transfer["shape"] == TRANSFER and transfer["mode"] == 4 and not transfer["ciphertexts"]
            rule(consumes and ballot[1] is not None, "not a ballot of hidden weight")
            rule(len(set(transfer["nullifiers"])) == 2, "the same nullifier twice")
        else:
            unit = transfer["shape"] == CAST and transfer["weight"] == 1 and ballot[1] is None
            rule(unit, "not a ballot of weight 1")
        rule(transfer["asset"] == self.asset, "another asset")
        rule(transfer["window"] == (self.opens, self.closes), "the window of a ballot")
        rule(transfer["anchor"] in self.epoch_anchors, "anchor")
        nf, level = transfer["nullifiers"][0], transfer["level"]
        held = self.states.get(nf)
        rule(held != "spent", "the right was moved")
        later = held is None or level > held[0] or (self.revoting and level == held[0] and revision > held[1])
        rule(later, "another ballot of this right stands")
        proof_reader = Reader(entry["action_proofs"][0])
        proof = read_ballot_proof(proof_reader)
        bridge = proof_reader.optional(lambda: read_bridge(proof_reader))
        rule((bridge is not None) == self.hidden, "a bridge where weights are equal, or none where they are hidden")
        sealed_proofs = proof_reader.many(lambda: ranking.read_proof(proof_reader))
        rule(len(sealed) == len(sealed_proofs) == len(self.ranked), "not one ranking for each ranked question")
        proof_reader.end()
        broken = broken_ballot_rule(
            self.ledger, entry["digest"], self.id, self.ceremony.key, self.rules, self.ballot_proofs, ballot, proof
        )
        require(broken is None, "entries.ballots", f"entry {index}: {broken}")
        if self.hidden:
            broken = broken_bridge_rule(
                self.ledger, entry["digest"], 0, 1, transfer["value_commitment"], ballot[1], bridge
            )
            require(broken is None, "entries.ballots", f"entry {index}: the bridge, {broken}")
        for (question, of), one, proof in zip(self.ranked, sealed, sealed_proofs):
            valid = ranking.sealed_valid(
                self.ledger, entry["digest"], self.id, self.ceremony.key, nf.to_bytes(32, "little"), question, of, one, proof
            )
            require(valid, "entries.ballots", f"entry {index}: the ranking of question {question + 1}")
        self.states[nf], self.counted[nf] = (level, revision), (ballot[0], sealed)

    def close(self, index, time, reader):
        right = self.stage == "open" and time >= self.closes
        entries, root, counted = reader.number(8), reader.take(32), reader.number(8)
        same_log = root == log_root([entry["leaf"] for entry in self.entries[:index]])
        right = right and (entries, counted) == (index, len(self.counted)) and same_log
        require(right, "tally.closed", "not after the closing time, twice, or of another state")
        self.stage = "closed"

    def publish(self, _, __, reader):
        require(self.stage == "closed", "tally.result", "not after the close, or twice")
        require(len(self.counted) >= self.smallest_group, "tally.result", "too few ballots")
        sums = []
        for question, (options, *_) in enumerate(self.rules):
            for option in range(options):
                total = [IDENTITY, IDENTITY]
                for ballot, _ in self.counted.values():
                    total = [add(part, decode(c)) for part, c in zip(total, ballot[question][option])]
                sums.append(tuple(map(encode, total)))
        counted = [(nf.to_bytes(32, "little"), sealed) for nf, (_, sealed) in self.counted.items()]
        counted.sort()
        sums += [(sealed[k][0], bytes(32)) for k in range(len(self.ranked)) for _, sealed in counted]
        partials = reader.many(lambda: read_decryption(reader, lambda: reader.many(reader.element)))
        for partial in partials:
            valid = decryption_valid(self.ledger, self.id, 1, self.ceremony, sums, partial)
            require(valid, "tally.result", f"the decryption of trustee {partial[0]}")
        shares = {partial[0]: partial[1] for partial in partials}
        used = sorted(shares)[: self.ceremony.threshold]
        require([partial[0] for partial in partials] == sorted(shares), "tally.result", "a trustee twice, or not in order")
        require(len(used) == self.ceremony.threshold, "tally.result", "too few trustees")
        self.results = reader.many(lambda: reader.many(lambda: reader.number(8)))
        shape = [len(result) for result in self.results] == [rule[0] for rule in self.rules]
        require(shape, "tally.result", "not one number for each option")
        coefficients = lagrange(used)
        for index, number in enumerate(sum(self.results, [])):
            terms = [(-l, decode(shares[i][index])) for l, i in zip(coefficients, used)]
            message = sum_of(terms + [(1, decode(sums[index][1]))])
            require(equal(message, sum_of([(number, BASE)])), "tally.result", f"number {index} is wrong")
        at = sum(map(len, self.results))
        published = reader.many(lambda: ranking.read_result(reader))
        require(len(published) == len(self.ranked), "tally.result", "not one count for each ranked question")
        for k, ((question, of), (rankings, rounds)) in enumerate(zip(self.ranked, published)):
            opened = []
            for nf, sealed in counted:
                shared = encode(sum_of([(l, decode(shares[i][at])) for l, i in zip(coefficients, used)]))
                opened.append(ranking.unseal(self.id, nf, question, of, sealed[k], shared))
                at += 1
            require(rankings == opened, "tally.result", f"the rankings of question {question + 1}")
            right = ranking.count(of[0], [one for one in opened if one is not None])
            require(rounds == right, "tally.result", f"the count of question {question + 1}")
        self.rankings = [rounds for _, rounds in published]
        self.stage = "published"


def accepted_keys(*files):
    keys = pathlib.Path(__file__).resolve().parents[2] / "verifier" / "keys"
    return [pathlib.Path(file).read_bytes() for file in files or sorted(keys.glob("*.vk"))]


def check_all_but_proofs(election):
    voters = election.open()
    print(f"election {election.id.hex()}: {election.title!r}, {voters} voters")
    election.check_log()
    for index, entry in enumerate(election.entries[1:], 1):
        election.replay(index, entry)
    require(election.stage != "open", "tally.closed", "the election was not closed")
    require(election.stage == "published", "tally.result", "no result is published")


def check_proofs(election, pairings):
    if election.proofs and not pairings.valid([proof for _, *proof in election.proofs]):
        culprits = [str(index) for index, *proof in election.proofs if not pairings.valid([proof])]
        require(False, "entries.proofs", f"entries {', '.join(culprits)}")


def main(record, *key_files):
    election = Election(pathlib.Path(record).read_bytes(), accepted_keys(*key_files))
    check_all_but_proofs(election)
    try:
        pairings = Pairings()
    except ImportError:
        print("NOT CHECKED: entries.proofs (run it by $(scripts/pairings.sh)). All else is valid.", election.results)
        return 2
    check_proofs(election, pairings)
    print(f"valid: {len(election.counted)} ballots count, {len(election.proofs)} proofs; result {election.results}")
    for rounds, winner in election.rankings:
        print(f"ranked: {' -> '.join(str(votes) for votes, _, _ in rounds)}, option {winner} wins (from 0)")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (Refused, AssertionError, ValueError) as error:
        print(f"INVALID: {error}")
        sys.exit(1)

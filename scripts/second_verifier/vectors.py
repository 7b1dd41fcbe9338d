#!/usr/bin/env python3
"""The values on the way, step by step: tests/vectors/steps.json, which tests/tests/step_vectors.rs compares with the Rust code.

Nothing here is copied from the first implementation but what it made with randomness: the record election.tabella, and the
proofs in protocol.json and domains.json, which are verified here. Groth16 proofs need the package `py_ecc`, which
scripts/pairings.sh installs; without it this fails, unless it is told not to check them.

usage: $(scripts/pairings.sh) scripts/second_verifier/vectors.py [--check] [--without-proofs]
"""

import hashlib
import importlib.util
import json
import pathlib
import sys
import types

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import bulletproofs  # noqa: E402
import informative  # noqa: E402
import log  # noqa: E402
import ranking  # noqa: E402
from ballots import (  # noqa: E402
    DISJUNCTIVE, ballot_challenges, broken_ballot_rule, generator, read_ballot, read_ballot_proof,
)
from bridge import broken_bridge_rule, challenge as bridge_challenge, read_bridge  # noqa: E402
from election import (  # noqa: E402
    Ceremony, Reader, canary, decryption_challenges, decryption_valid, knowledge_challenge, length, read_decryption, u16,
)
from groth16 import Pairings, public_inputs  # noqa: E402
from groups import (  # noqa: E402
    BASE, BLINDING, L, R_J, SPEND_AUTHORITY_BASE, blake2b, decode, ed25519_sign, encode, equal, jubjub_multiple, poseidon,
    redjubjub_challenge, redjubjub_valid, sum_of,
)
from ranking import chacha20  # noqa: E402
from transcript import Transcript  # noqa: E402
from wallet import Keys, PlainNote, bech32m, diversified_base, field  # noqa: E402

spec = importlib.util.spec_from_file_location("second_verifier", HERE / "__main__.py")
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)

VECTORS = HERE.parents[1] / "tests" / "vectors"
PROTOCOL, DOMAINS = (json.loads((VECTORS / name).read_text()) for name in ("protocol.json", "domains.json"))
RECORD = (VECTORS / "election.tabella").read_bytes()
LEDGER, DIGEST, INDEX = bytes([1]) * 32, bytes([2]) * 32, 3
WITHOUT_PROOFS = "--without-proofs"
unhex = bytes.fromhex


def u64(number):
    return number.to_bytes(8, "little")


def scalar(number):
    return number.to_bytes(32, "little").hex()


def keys():
    accounts = [
        (bytes(32), "payment 0", b"\0" + bytes(4)),
        (bytes(32), "election 00…", b"\1" + bytes(32)),
        (bytes([7]) * 32, "payment 0", b"\0" + bytes(4)),
        (bytes([7]) * 32, "payment 1", b"\0" + (1).to_bytes(4, "little")),
        (bytes([7]) * 32, "election 09…", b"\1" + bytes([9]) * 32),
    ]
    described = []
    for seed, name, account in accounts:
        key = Keys(seed, account)
        pk, tk = key.address(bytes(11))
        prefix = "tab" if account[0] == 0 else "tabvote"
        described.append({
            "seed": seed.hex(), "account": name, "account borsh": account.hex(), "sk": key.sk.hex(),
            "ask": scalar(key.ask), "nk": scalar(key.nk), "ivk": scalar(key.ivk), "ovk": key.ovk.hex(),
            "ak": poseidon.encode(key.ak).hex(), "ok": scalar(key.ok), "pk at d = 0": scalar(pk),
            "tk at d = 0": tk.hex(), "address at d = 0": bech32m(prefix, bytes(11) + field(pk) + tk),
        })
    return described


def constants():
    """The last table of docs/protocol.md."""
    return {
        "B_d, d = 0": encode(diversified_base(bytes(11))).hex(),
        "G_2": encode(generator(2)).hex(),
        "H_2(1, 2)": scalar(poseidon.poseidon_hash(2, [1, 2])),
        "H_3(1, 2, 3, 4)": scalar(poseidon.poseidon_hash(3, [1, 2, 3, 4])),
        "H_7(0, 0, 0, 0)": scalar(poseidon.poseidon_hash(7, [0, 0, 0, 0])),
        "root of the empty tree": scalar(verifier.tree_root([])),
        "bytes-to-field, label `asset`, parts of 32 zeros twice": scalar(
            poseidon.bytes_to_field("asset", [bytes(32), bytes(32)])
        ),
        "ledger id of `ledger.example` and a key of 32 zeros": blake2b(
            b"Tabella_LedgerId", u64(len(b"ledger.example")), b"ledger.example", bytes(32)
        ).hex(),
    }


def note():
    """That of protocol.json, which must be the same ciphertext."""
    given = PROTOCOL["ciphertexts"]
    sender, recipient = (Keys(unhex(given[name]), b"\0" + bytes(4)) for name in ("sender seed", "recipient seed"))
    d = unhex(given["recipient diversifier"])
    address = (d, *recipient.address(d))
    memo = given["memo"].encode()
    made = PlainNote(sender.ovk, address, 11, given["value"], memo, unhex(given["rseed"]))
    assert (made.cm.hex(), made.ciphertext.hex()) == (given["cm"], given["ciphertext"]), "another ciphertext"
    return {
        "note": "that of /ciphertexts in protocol.json", "rcm": scalar(made.rcm), "esk": scalar(made.esk),
        "epk": made.epk.hex(), "recipient's plaintext": made.plaintext.hex(), "key of enc": made.note_key.hex(),
        "key of out": made.outgoing_key.hex(),
    }


def opened_record():
    election = verifier.Election(RECORD, verifier.accepted_keys())
    election.open()
    return election


def ceremony(election):
    """Every hash of the ceremony in the record, of the first trustee where there is one of each."""
    again, trustee = election.ceremony, 1
    said = again.first
    (phi, r, _), package = said["package"]
    head = b"\x01" + again.id + bytes([0]) + u16(trustee)
    payload = Ceremony.hash(2, bytes([0]) + said["commitment"])
    return {
        "record": "that of the opening in election.tabella", "trustee": trustee, "setup": again.setup.hex(),
        "0 setup: ceremony id": again.id.hex(), "1 card": Ceremony.hash(1, b"\x01" + said["card"]).hex(),
        "2 payload of round 0": payload.hex(), "3 message of round 0": Ceremony.hash(3, head + payload).hex(),
        "package": package.hex(), "4 package": Ceremony.hash(4, again.id + u16(trustee) + package).hex(),
        "5 transcript": again.transcript.hex(), "6 outcome": again.outcome.hex(), "ceremony hash": again.digest.hex(),
        "proof of knowledge": {
            "constant": phi[0].hex(), "R": r.hex(), "challenge": scalar(knowledge_challenge(trustee, phi[0], r)),
        },
        "Y": again.key.hex(), "Y_i": [share.hex() for share in again.shares],
    }


def decryptions(election):
    """The canaries of the opening and the partial decryptions of the result."""

    def described(purpose, ciphertexts, proof, trustee):
        weights, c = decryption_challenges(election.ledger, election.id, purpose, election.ceremony, ciphertexts, proof)
        assert decryption_valid(election.ledger, election.id, purpose, election.ceremony, ciphertexts, proof)
        return {"trustee": trustee, "rho": [scalar(weight) for weight in weights], "c": scalar(c)}

    canaries = []
    for proof in election.canaries:
        ciphertext = canary(election.id, election.ceremony.key, proof[0])
        canaries.append({"c1": ciphertext[0].hex(), **described(0, [ciphertext], proof, proof[0])})
    reader = Reader(election.entries[-1]["actions"][0][1])
    reader.take(33)
    partials = reader.many(lambda: read_decryption(reader, lambda: reader.many(reader.element)))
    sums = [unhex(text) for text in json.loads((VECTORS / "election.json").read_text())["sums of the counted ciphertexts"]]
    sums = [(both[:32], both[32:]) for both in sums]
    return {"canaries": canaries, "tally": [described(1, sums, proof, proof[0]) for proof in partials]}


def roll(election):
    """The pool's first notes."""
    return {
        "election id": election.id.hex(), "asset_e": scalar(election.asset), "pool": election.pool.hex(),
        "rcm": [scalar(poseidon.bytes_to_field("roll rcm", [election.id, u64(i)])) for i in range(len(election.leaves))],
        "leaves": [scalar(leaf) for leaf in election.leaves], "root": scalar(election.root),
    }


def logs():
    """Leaf number n of n bytes, each of them n."""
    leaves = [bytes([n]) * n for n in range(7)]
    sizes = range(1, len(leaves) + 1)
    text = log.checkpoint_text("vectors.example", 7, log.log_root(leaves), 12, 1_800_000_000)
    signed = log.signed_checkpoint("vectors.example", bytes([9]) * 32, text)
    return {
        "leaves": [leaf.hex() for leaf in leaves], "leaf hashes": [log.leaf_hash(leaf).hex() for leaf in leaves],
        "node of the first two": log.node_hash(*map(log.leaf_hash, leaves[:2])).hex(),
        "roots of the first 0 to 7": [log.log_root(leaves[:size]).hex() for size in range(len(leaves) + 1)],
        "inclusion": [
            {"leaf": leaf, "size": size, "path": [part.hex() for part in log.inclusion(leaf, leaves[:size])]}
            for size in sizes for leaf in range(size)
        ],
        "consistency": [
            {"older": older, "newer": newer, "path": [part.hex() for part in log.consistency(older, leaves[:newer])]}
            for newer in sizes for older in range(1, newer)
        ],
        "checkpoint": {"name": "vectors.example", "secret key": (bytes([9]) * 32).hex(), "height": 12,
                       "time": 1_800_000_000, "signed": signed},
    }


def spend_signatures(election):
    """One of the record, some of the key 5 and the nonce 7, and what is refused."""
    entry = next(entry for entry in election.entries if entry["transfers"])
    of_record = entry["transfers"][0]["rk"], entry["digest"], entry["authorizations"][0][1]
    key, nonce = 5, 7
    rk = poseidon.encode(jubjub_multiple(key, SPEND_AUTHORITY_BASE))

    def sign(rk, point):
        r = poseidon.encode(point)
        return r + field((nonce + redjubjub_challenge(r, rk, DIGEST) * key) % R_J)

    small = next(point for point in map(torsion, range(2, 100)) if point != poseidon.IDENTITY)
    plain = jubjub_multiple(nonce, SPEND_AUTHORITY_BASE)
    good = sign(rk, plain)
    s = int.from_bytes(good[32:], "little")
    negative = poseidon.encode((-small[0] % poseidon.R, small[1]))
    high_sign = field(1 | 1 << 255)
    cases = [
        ("of the first transfer in election.tabella", *of_record, None),
        ("of key 5 and nonce 7", rk, DIGEST, good, None),
        ("R has a part of small order: the equation has the cofactor", rk, DIGEST, sign(rk, poseidon.add(plain, small)), None),
        ("of another digest", rk, bytes([3]) * 32, good, "Invalid"),
        ("s is one more", rk, DIGEST, good[:32] + field((s + 1) % R_J), "Invalid"),
        ("s is r_J more", rk, DIGEST, good[:32] + field(s + R_J), "ScalarRange"),
        ("R is another point", rk, DIGEST, poseidon.encode(SPEND_AUTHORITY_BASE) + good[32:], "Invalid"),
        ("y of R is the modulus more", rk, DIGEST, field(poseidon.R + 1) + good[32:], "NonceEncoding"),
        ("R is the identity with the sign of x", rk, DIGEST, high_sign + good[32:], "NonceEncoding"),
        ("rk is the identity with the sign of x", high_sign, DIGEST, good, "KeyEncoding"),
        ("rk is the identity, R is [s]G", poseidon.encode(poseidon.IDENTITY), DIGEST,
         poseidon.encode(plain) + field(nonce), "SmallOrderKey"),
        ("rk is of small order, R is [s]G", negative, DIGEST, poseidon.encode(plain) + field(nonce), "SmallOrderKey"),
    ]
    described = []
    for name, rk, digest, signature, refused in cases:
        assert redjubjub_valid(rk, digest, signature) == (refused is None), name
        described.append({"what": name, "rk": rk.hex(), "digest": digest.hex(), "signature": signature.hex(), "refused": refused})
    return described


def torsion(y):
    """The part of small order of some point."""
    point = poseidon.decode(field(y))
    return poseidon.IDENTITY if point is None else jubjub_multiple(R_J, point)


# The proofs of ballots in protocol.json, and which ballot each is of.
UNIT, HIDDEN = "ballot", "hidden ballot (weight 250, s = 9)"
BALLOT_PROOFS = {
    "ballot proof": UNIT, "hidden ballot proof": HIDDEN, "disjunctive proof": UNIT, "hidden disjunctive proof": HIDDEN,
}


def ballot_proof(name):
    data = unhex(PROTOCOL["proofs"][name])
    reader = Reader(data)
    proof = read_ballot_proof(reader)
    reader.end()
    return data, proof


def ballot_statement(of, proof, asked=None, rules=None, index=INDEX):
    """What `broken_ballot_rule` takes; asked for is the proof's own kind if nothing else is said."""
    given = PROTOCOL["proofs"]
    reader = Reader(rules or unhex(given["rules"]))
    rules = [tuple(reader.number(size) for size in (2, 2, 4, 4)) for _ in range(2)]
    ballot = read_ballot(Reader(unhex(given[of])))
    kind = proof[0] if asked is None else asked
    return LEDGER, DIGEST, unhex(given["election"]), unhex(given["key"]), rules, kind, ballot, proof, index


def ballots():
    """The challenges of each proof of a ballot."""
    found = {}
    for name, of in BALLOT_PROOFS.items():
        _, proof = ballot_proof(name)
        *terms, kind, ballot, _, index = statement = ballot_statement(of, proof)
        assert broken_ballot_rule(*statement) is None, name
        found[name] = {label: scalar(c) for label, c in ballot_challenges(*terms, ballot, proof, index).items()}
    return found


def refused_ballots():
    """The rule that is broken where 32 bytes of the proof are others, or something beside it."""
    found = []

    def refused(what, name, rule, part=None, of=None, **otherwise):
        data, proof = ballot_proof(name)
        byte, others = None, b""
        if part is not None:
            answer = part(proof[1])
            # The next number, or the identity.
            others, honest = (bytes(32), answer) if isinstance(answer, bytes) else map(field, (answer + 1, answer))
            byte = data.index(honest)
            proof = read_ballot_proof(Reader(data[:byte] + others + data[byte + 32 :]))
        statement = ballot_statement(of or BALLOT_PROOFS[name], proof, **otherwise)
        assert broken_ballot_rule(*statement) == rule, f"{name}: {what}"
        rules = otherwise.get("rules") or unhex(PROTOCOL["proofs"]["rules"])
        found.append({
            "what": what, "ballot": of or BALLOT_PROOFS[name], "proof": name, "from byte": byte, "other bytes": others.hex(),
            "rules": rules.hex(), "proofs asked for": statement[5], "index": statement[-1], "refused": rule,
        })

    # One of the first question's options more may be chosen: another number of entries, and of branches.
    more = bytearray(unhex(PROTOCOL["proofs"]["rules"]))
    more[8] += 1
    for name, of in BALLOT_PROOFS.items():
        kind = ballot_proof(name)[1][0]
        refused("of the other kind than is asked for", name, "ProofKind", asked=1 - kind)
        refused("the rules ask for another number of answers", name, "AnswerCount", rules=bytes(more))
        refused("the ballot has the other kind of weight", name, "WeightKind", of=HIDDEN if of == UNIT else UNIT)
        refused("another place", name, "NotThisStatement", index=INDEX + 1)
        if kind == DISJUNCTIVE:
            refused("z of the first option", name, "Option", lambda proof: proof["z"][0])
            refused("e of the first option", name, "Option", lambda proof: proof["e"][0])
            refused("z of the last sum", name, "Sum", lambda proof: proof["z"][-1])
            refused("e of the last sum", name, "Sum", lambda proof: proof["e"][-1])
        else:
            refused("z of the first entry", name, "NotThisStatement", lambda proof: proof["z"][0])
            refused("z_r", name, "Randomness", lambda proof: proof["z_r"])
            refused("z_tau", name, "Choice", lambda proof: proof["z_tau"])
    refused("z_s", "hidden ballot proof", "Weight", lambda proof: proof["z_w"][1])
    refused("E1", "hidden disjunctive proof", "UnitNotRandomised", lambda proof: proof["unit"]["E1"])
    for answer, rule in (("z_rho", "NotThisStatement"), ("z_w", "Weight"), ("z_s", "Weight")):
        refused(answer, "hidden disjunctive proof", rule, lambda proof: proof["weight"][answer])
    return found


def sigma_proofs():
    """Challenges of the proofs in protocol.json and domains.json, which are verified."""
    given, found = PROTOCOL["proofs"], ballots()
    key = unhex(given["key"])
    statement = LEDGER, DIGEST, INDEX, 1, unhex(given["bridge C"]), unhex(given["bridge C'"])
    proof = read_bridge(Reader(unhex(given["bridge proof"])))
    assert broken_bridge_rule(*statement, proof) is None
    found["bridge"] = {"c": bridge_challenge(*statement, proof).to_bytes(16, "little").hex()}

    given = DOMAINS["personal::RANKING_KDF"]
    sealed = ranking.read_sealed(Reader(unhex(given["sealed"])))
    rule = tuple(int.from_bytes(unhex(given["rule"])[at : at + 2], "little") for at in (0, 2, 4))
    statement = LEDGER, DIGEST, unhex(given["election"]), key, unhex(given["nullifier"]), 1, rule, sealed
    proof = ranking.read_proof(Reader(unhex(DOMAINS["proof::RANKING"]["proof"])))
    assert ranking.sealed_valid(*statement, proof, INDEX)
    found["ranking"] = {"c": scalar(ranking.challenge(*statement, proof[0], INDEX))}
    shared = encode(sum_of([(int.from_bytes(unhex(given["r"]), "little"), decode(key))]))
    opened = ranking.unseal(unhex(given["election"]), unhex(given["nullifier"]), 1, rule, sealed, shared)
    assert opened == given["options from the best"], "another ranking"

    given = DOMAINS["proof::RANGE"]
    proof = bulletproofs.RangeProof(unhex(given["proof"]), 1)
    purpose = b"account\0" + unhex(given["account"]) + u64(given["version"])
    statement = LEDGER, DIGEST, INDEX, purpose, [unhex(given["C'"])], proof
    assert bulletproofs.range_valid(*statement), "range"
    y, z, x, w, rounds = bulletproofs.range_challenges(*statement)
    found["range"] = {"y": scalar(y), "z": scalar(z), "x": scalar(x), "w": scalar(w), "u": [scalar(u) for u in rounds]}

    given = DOMAINS["proof::OPENING"]
    nonce, z_w, z_s = (unhex(given["proof"])[at : at + 32] for at in (0, 32, 64))
    transcript = Transcript("tabella/v1/opening", LEDGER, DIGEST, INDEX)
    for label, content in (("account", given["account"]), ("deposit", given["deposit"]), ("C'", given["C'"])):
        transcript.append(label, unhex(content))
    transcript.append("T", nonce)
    c = transcript.scalar("c")
    answers = [(int.from_bytes(z_w, "little"), BASE), (int.from_bytes(z_s, "little"), BLINDING)]
    assert scalar(c) == given["challenge"]
    assert equal(sum_of(answers), sum_of([(1, decode(nonce)), (c, decode(unhex(given["C'"])))]))

    given = DOMAINS["proof::DECRYPTION"]
    reader, shares = Reader(unhex(given["ciphertexts"])), Reader(unhex(given["shares"]))
    ciphertexts = [(reader.element(), reader.element()) for _ in range(2)]
    proof = Reader(unhex(given["proof"]))
    partial = 2, [shares.element() for _ in range(2)], proof.element(), proof.element(), proof.scalar()
    share = encode(sum_of([(given["share"], BASE)]))
    trustees = types.SimpleNamespace(key=key, shares=[share, share])
    statement = LEDGER, unhex(given["election"]), 1, trustees, ciphertexts, partial
    assert decryption_valid(*statement)
    weights, c = decryption_challenges(*statement)
    assert ([scalar(weight) for weight in weights], scalar(c)) == (given["weights"], given["challenge"])
    return found


def groth16(election):
    """The first transfer of each shape in the record: statement, public inputs in order, proof."""
    described, claims = [], []
    for shape, name in enumerate(("transfer", "cast")):
        index, entry = next(
            (index, entry) for index, entry in enumerate(election.entries)
            if entry["transfers"] and entry["transfers"][0]["shape"] == shape
        )
        transfer, proof = entry["transfers"][0], entry["authorizations"][0][0]
        inputs = public_inputs(transfer)
        claims.append((election.verifying_keys[shape, transfer["key"]], inputs, proof))
        described.append({
            "entry of election.tabella": index, "shape": name, "verifying key": transfer["key"].hex(),
            "statement": statement(transfer), "public inputs": [scalar(number) for number in inputs], "proof": proof.hex(),
        })
    if WITHOUT_PROOFS in sys.argv:
        print("*** NOT CHECKED: the Groth16 proofs in steps.json, as --without-proofs says ***", file=sys.stderr)
        return described
    try:
        pairings = Pairings()
    except ImportError:
        sys.exit(f"steps.json: its Groth16 proofs need py_ecc: run this by $(scripts/pairings.sh), or with {WITHOUT_PROOFS}")
    for key, inputs, proof in claims:
        assert pairings.valid([(key, inputs, proof)]), "a proof does not verify"
        assert not pairings.valid([(key, inputs[:-1] + [inputs[-1] + 1], proof)]), "a proof of another statement verifies"
    return described


def statement(transfer):
    """The fields by name, in the encoding of § 4.3."""
    window = {"start": transfer["window"][0], "end": transfer["window"][1]}
    common = {
        "anchor": scalar(transfer["anchor"]), "nf": [scalar(nf) for nf in transfer["nullifiers"]],
        "rk": transfer["rk"].hex(), "contract_revealed": scalar(transfer["contract_revealed"]), "level": bool(transfer["level"]),
        **window,
    }
    if transfer["shape"] == 1:
        return {**common, "asset": scalar(transfer["asset"]), "weight": transfer["weight"]}
    return {
        **common, "cm": [scalar(cm) for cm in transfer["commitments"]], "C": transfer["value_commitment"].hex(),
        "asset_revealed": scalar(transfer["asset"]), "mode": transfer["mode"], "reveal": bool(transfer["reveal"]),
    }


def board():
    """Invitations, registrations and signed statements of the board beside a ledger; docs/node.md."""
    token, place = bytes([5]) * 16, bytes([8]) * 32
    claims = [blake2b(b"Tabella_Invite__", b"\0", bytes([role]), token) for role in (0, 1)]
    voter = Keys(bytes(32), b"\1" + bytes(32))
    pk, tk = voter.address(bytes(11))
    content = bytes(11) + field(pk) + tk
    mac = hashlib.blake2b(
        place + b"\0" + len(content).to_bytes(4, "little") + content, digest_size=32, key=token, person=b"Tabella_InviteMc"
    )
    secret = bytes([9]) * 32
    author, _ = ed25519_sign(secret, b"")
    message = b"\x01" + LEDGER + place + b"\x0e" + author + (3).to_bytes(4, "little") + length(b"note") + b"note"
    signed = []
    for use, name, body in (
        (0, "opening", b"\x01" + LEDGER + place + author),
        (1, "message", message),
        (2, "query", b"\x01" + LEDGER + place + (4).to_bytes(4, "little") + u64(1_800_000_000)),
    ):
        digest = blake2b(b"Tabella_Board___", bytes([use]), body)
        signature = ed25519_sign(secret, digest)[1]
        signed.append({"what": name, "statement": body.hex(), "message": digest.hex(), "signature": signature.hex()})
    return {
        "token": token.hex(), "board": place.hex(),
        "invitations": [
            {"role": role, "claim": claim.hex(), "id": blake2b(b"Tabella_Invite__", b"\1", claim).hex()}
            for role, claim in zip(("voter", "trustee"), claims)
        ],
        "registration": {
            "address": "at d = 0 of the account election 00… of the seed of 32 zeros",
            "borsh": (place + b"\0" + claims[0] + length(content) + content + mac.digest()).hex(),
        },
        "secret key": secret.hex(), "author": author.hex(), "signed": signed,
    }


def hedged_signature(election):
    """How the wallet hedges the nonce of a spend-authority signature: account payment 0 of the seed of 32 zeros, alpha = 3,
    signs a cast like the record's, and every byte of its random source is 4."""
    entry = next(entry for entry in election.entries if entry["transfers"] and entry["transfers"][0]["shape"] == 1)
    key = (Keys(bytes(32), b"\0" + bytes(4)).ask + 3) % R_J
    rk = poseidon.encode(jubjub_multiple(key, SPEND_AUTHORITY_BASE))
    effects = entry["effects"].replace(entry["transfers"][0]["rk"], rk)
    digest = blake2b(b"Tabella_TxDigest", effects)
    seed = blake2b(b"Tabella_SignNonc", field(key), digest, bytes(4), bytes([4]) * 32)
    random = (chacha20(seed, 0) + chacha20(seed, 1))[:80]
    nonce = int.from_bytes(blake2b(b"Zcash_RedJubjubH", random, rk, digest, size=64), "little") % R_J
    r = poseidon.encode(jubjub_multiple(nonce, SPEND_AUTHORITY_BASE))
    signature = r + field((nonce + redjubjub_challenge(r, rk, digest) * key) % R_J)
    assert redjubjub_valid(rk, digest, signature)
    request = effects + (1).to_bytes(4, "little") + bytes(4) + field(3)
    return {"request": request.hex(), "digest": digest.hex(), "seed of the nonce": seed.hex(), "signature": signature.hex()}


def tally_note():
    """What a trustee's journal holds of the tally of domains.json's decryption."""
    given = DOMAINS["proof::DECRYPTION"]
    listed = (2).to_bytes(4, "little") + unhex(given["ciphertexts"])
    return {
        "statement": "ciphertexts, ledger, election and key of proof::DECRYPTION in domains.json",
        "hash": blake2b(b"Tabella_TallyDec", unhex(given["ledger"]), unhex(given["election"]), listed).hex(),
    }


def steps():
    election = opened_record()
    return {
        "source": "scripts/second_verifier/vectors.py",
        "encoding": "as docs/protocol.md says, in hexadecimal",
        "keys": keys(),
        "constants": constants(),
        "note": note(),
        "ceremony": ceremony(election),
        "decryptions": decryptions(election),
        "roll": roll(election),
        "log": logs(),
        "spend signatures": spend_signatures(election),
        "challenges": sigma_proofs(),
        "refused ballots": refused_ballots(),
        "groth16": groth16(election),
        "board": board(),
        "hedged signature": hedged_signature(election),
        "tally note": tally_note(),
        "informative": informative.vectors(),
    }


if __name__ == "__main__":
    if not set(sys.argv[1:]) <= {"--check", WITHOUT_PROOFS}:
        sys.exit(f"usage: scripts/second_verifier/vectors.py [--check] [{WITHOUT_PROOFS}]")
    path = VECTORS / "steps.json"
    text = json.dumps(steps(), indent=1, ensure_ascii=False) + "\n"
    if "--check" not in sys.argv:
        path.write_text(text)
    elif path.read_text() != text:
        sys.exit(f"{path} differs from what this script computes")

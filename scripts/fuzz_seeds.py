#!/usr/bin/env python3
"""What the fuzz targets begin with: writes fuzz/corpus/TARGET/vector-N from the committed test vectors and records.

Most targets choose a format by the first byte. Which byte that is, is read from the target itself, so that a format that moved
or went is noticed here.
"""

import importlib.util
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[1]
VECTORS = ROOT / "tests/vectors"
TIME = 1_800_000_000

sys.path.insert(0, str(ROOT / "scripts/second_verifier"))
spec = importlib.util.spec_from_file_location("second_verifier", ROOT / "scripts/second_verifier/__main__.py")
second_verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(second_verifier)

seeds = {}


def u32(number):
    return number.to_bytes(4, "little")


def selector(target, call):
    """The number of the one arm whose call begins so."""
    source = (ROOT / f"fuzz/fuzz_targets/{target}.rs").read_text()
    arms = re.findall(rf"^ +(\d+|_) => {re.escape(call)}", source, re.MULTILINE)
    if len(arms) != 1:
        sys.exit(f"fuzz_seeds: {target}.rs has {len(arms)} arms for {call}")
    last = int(re.search(r"match \w+ % (\d+)", source).group(1)) - 1
    return bytes([last if arms[0] == "_" else int(arms[0])])


def add(target, *parts):
    seeds.setdefault(target, []).append(b"".join(part.encode() if isinstance(part, str) else part for part in parts))


def decode(kind, *parts):
    add("decode", selector("decode", f"canonical::<{kind}>"), *parts)


def application(name, body, proof=bytes(400)):
    """One action. A proof of zeros is decoded as far as one goes; what remains of them begins another action."""
    add("applications", u32(TIME), selector("applications", f"of::<{name}>"), body, proof)


def read(name):
    def plain(value):
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        if isinstance(value, list):
            return [plain(each) for each in value]
        is_hex = isinstance(value, str) and re.fullmatch("([0-9a-f]{2})+", value)
        return bytes.fromhex(value) if is_hex else value

    return plain(json.loads((VECTORS / name).read_text()))


def records():
    for path in sorted(VECTORS.glob("*.tabella")):
        data = path.read_bytes()
        add("decode", selector("decode", "record("), data)
        reader = second_verifier.Reader(data)
        reader.at = 16
        reader.text(), reader.take(32)
        for file in reader.many(reader.bytes):
            add("decode", selector("decode", "keys("), file)
        for entry in reader.many(lambda: second_verifier.read_entry(reader)):
            leaf = entry["leaf"]
            decode("LoggedTransaction", leaf)
            decode("Transaction", leaf[8:])
            add("decode", selector("decode", "entry("), leaf)
            for (_, body), proof in zip(entry["actions"], entry["action_proofs"]):
                decode("ElectionAction", body)
                add("applications", u32(TIME), selector("applications", "action::<ElectionAction"), body, proof)
                if body[0] == 1:
                    decode("CastProof", proof)
        add("text", reader.text())


def protocol():
    found = read("protocol.json")
    decode("NoteCiphertext", found["ciphertexts"]["ciphertext"])
    proofs = found["proofs"]
    for ballot in ("ballot", "hidden ballot (weight 250, s = 9)"):
        decode("BallotBody", proofs[ballot])
    for proof in ("ballot proof", "hidden ballot proof", "disjunctive proof", "hidden disjunctive proof"):
        decode("BallotProof", proofs[proof])
    decode("BridgeProof", proofs["bridge proof"])
    application("Assets", found["ids"]["asset description"])
    for account in found["keys"]["accounts"]:
        add("decode", selector("decode", "keys("), account["full_viewing_key (ak, nk, ivk, ovk)"])
        for address in account["addresses"]:
            add("text", address["payment_text"])
            add("text", address["election_text"])
    add("text", found["keys"]["words"])
    payment, second = (each["payment_text"] for each in found["keys"]["accounts"][0]["addresses"][:2])
    asset = found["ids"]["asset id"].hex()
    request = f"tabella:{payment}?amount=12.34&asset={asset}&memo=aGVsbG8&label=A%20shop"
    request += f"&address.1={second}&amount.1=1&asset.1={asset}&req-ledger={'06' * 32}"
    add("documents", selector("documents", "payment_request("), request)


def steps():
    found = read("steps.json")
    decode("CeremonySetup", found["ceremony"]["setup"])
    decode("SigningRequest", found["hedged signature"]["request"])
    add("decode", selector("decode", "registration("), found["board"]["registration"]["borsh"])
    for kind, signed in zip(("BoardOpening", "BoardMessage", "RegistrationsQuery"), found["board"]["signed"]):
        decode(f"board::Signed<{kind}>", signed["statement"], signed["signature"])
    note = found["log"]["checkpoint"]["signed"]
    add("text", note)
    # The key of 32 bytes 09, by which the checkpoint is signed.
    key = "vectors.example+9b94ef5c+Af0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY"
    add("documents", selector("documents", "ledger_key("), f"{key}\n{note}")


def domains():
    found = read("domains.json")
    opening, release = found["personal::ACCOUNT_ID"]["open"], found["personal::RELEASE"]["parameters"]
    proof = found["proof::RANGE"]["proof"]
    decode("AccountAction", bytes([0]), opening)
    decode("ReleaseParameters", release)
    decode("RangeProofBytes", u32(len(proof)), proof)
    application("Accounts", bytes([0]) + opening)
    application("ReleaseGuards", release)
    add("transcript", found["personal::SETUP"]["transcript"])


def applications():
    folder = VECTORS / "applications"
    of = {path.stem: read(path.relative_to(VECTORS)) for path in sorted(folder.glob("*.json"))}
    for name, body in of["crowdfunding"].items():
        if name.startswith("action "):
            application("Crowdfunding", body)
    application("EnergyMarkets", bytes([0]) + of["energy"]["terms"])
    application("Market", bytes([0]) + of["market"]["work_bytes"])
    application("Notary", bytes([0]) + of["notary"]["stamp_by_author"], bytes([0]))
    application("Notary", bytes([1]) + of["notary"]["work"] + bytes(32), bytes([1]) + bytes(64))
    application("Provenance", bytes([0]) + of["provenance"]["terms"])
    application("Remittances", bytes([0]) + of["remittance"]["corridor"])
    application("Remittances", bytes([1]) + of["remittance"]["terms"] + u32(0) + u32(1), bytes([1]) + bytes(400))
    for terms in ("terms_public", "terms_hidden"):
        application("Streams", bytes([0]) + of["streaming"][terms] + u32(0))
        application("Rentals", bytes([0]) + of["access"][terms] + u32(0) + u32(1))
    application("Rentals", of["access"]["use_body"], bytes([1]))
    application("TradeFinance", bytes([0]) + of["trade"]["terms"] + u32(0))
    for path in sorted((ROOT / "apps/energy/client/tests/energy/files").iterdir()):
        add("documents", selector("documents", "meter_data("), of["energy"]["terms"], path.read_bytes())


for source in (records, protocol, steps, domains, applications):
    source()
for target, all_of_it in seeds.items():
    folder = ROOT / "fuzz/corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(all_of_it):
        (folder / f"vector-{number}").write_bytes(seed)
print("fuzz_seeds: " + ", ".join(f"{len(all_of_it)} for {target}" for target, all_of_it in seeds.items()))

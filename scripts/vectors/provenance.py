#!/usr/bin/env python3
"""A second implementation of what provenance hashes, written from docs/applications/provenance.md.

Writes tests/vectors/applications/provenance.json, which apps/provenance/client/tests/provenance/vectors.rs compares with the Rust code: ids,
messages, marks of things with their normal forms, and the commitment to all attributes of a diamond. `--check` compares with
the file instead.
"""

import json
import pathlib
import struct
import sys
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/second_verifier"))
sys.path.insert(0, str(ROOT / "scripts/vectors"))
from groups import BASE, BLINDING, L, blake2b, encode, sum_of  # noqa: E402
import hashlib  # noqa: E402
import poseidon  # noqa: E402

FILE = ROOT / "tests/vectors/applications/provenance.json"
LEDGER, DIGEST, SEED = bytes([1]) * 32, bytes([2]) * 32, bytes([5]) * 32
DIAMOND = (
    "inscription laboratory certificate certificate-date shape cutting-style carat colour colour-origin colour-distribution clarity cut "
    "polish symmetry fluorescence fluorescence-colour length width height ratio depth table crown-angle crown-height pavilion-angle "
    "pavilion-depth star-length lower-half girdle girdle-thickness girdle-finish culet culet-condition clarity-characteristics "
    "clarity-plot comments treatment laser-drilling growth type country mine rough-carat kimberley-certificate cutter cut-date "
    "photograph scan setting listed-price appraised-value appraisal-date"
).split()
VALUES = {
    "inscription": "GIA 2141-438-171",
    "laboratory": "GIA",
    "certificate": "2141438171",
    "carat": 1203,
    "colour": "E",
    "clarity": "VS1",
    "length": 6410,
    "width": 6434,
    "height": 3965,
    "depth": 6150,
}


def u32(number):
    return struct.pack("<I", number)


def u64(number):
    return struct.pack("<Q", number)


def text(value):
    return u32(len(value.encode())) + value.encode()


def long_hash(label, *parts):
    return hashlib.blake2b(b"".join(parts), digest_size=64, person=label).digest()


def derived(label, number=0):
    return long_hash(b"Tabella_OriKeys_", SEED, u32(number), label)[:32]


def normal(value):
    upper = "".join(letter.upper() for letter in unicodedata.normalize("NFKD", value))
    plain = [letter for letter in unicodedata.normalize("NFKD", upper) if not unicodedata.category(letter).startswith("M")]
    letters = "".join(letter for letter in plain if letter not in " -./_")
    assert all(letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" for letter in letters)
    return letters.translate(str.maketrans("OIL", "011")).encode()


def mark(key, sort, parts):
    data = b"".join(u64(len(part)) + part for part in parts)
    return blake2b(b"Tabella_OriMark_", key, bytes([0, sort]), data)  # schema 0: diamond


def leaf(index, secret, value):
    wide = long_hash(b"Tabella_OriSalt_", secret, bytes([index]))
    if value is None:
        return blake2b(b"Tabella_OriLeaf_", bytes([index, 0]), wide[:32])
    if isinstance(value, str):
        return blake2b(b"Tabella_OriLeaf_", bytes([index, 1]), wide[:32], value.encode())
    blinding = int.from_bytes(wide, "little") % L
    commitment = encode(sum_of([(value, BASE), (blinding, BLINDING)]))
    return blake2b(b"Tabella_OriLeaf_", bytes([index, 2]), commitment)


def root_of(leaves):
    level = leaves + [bytes(32)] * (64 - len(leaves))
    while len(level) > 1:
        level = [blake2b(b"Tabella_OriNode_", level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def asset_of(registry, issuer, root):
    body = blake2b(b"Tabella_OriBody_", registry, bytes([0]), root)
    # issuer, name, decimals, cap, class named, no uid, body
    description = issuer + text("diamond") + bytes([0]) + u64(1) + bytes([1]) + bytes([0]) + body
    digest = blake2b(b"Tabella_Asset_Id", description)
    return body, poseidon.bytes_to_field("asset", [issuer, digest]).to_bytes(32, "little")


def vectors():
    marks = derived(b"marks")
    mark_key = blake2b(b"Tabella_OriMkKey", marks)
    terms = text("Diamonds of the world") + bytes([3]) * 32 + mark_key + bytes([4]) * 32
    registry = blake2b(b"Tabella_OriRegis", LEDGER, terms)
    issuer = bytes([6]) * 32
    batch = blake2b(b"Tabella_OriBatch", registry, issuer, u64(7))
    secret = blake2b(b"Tabella_OriSecrt", derived(b"secrets"), batch, u32(9))
    leaves = [leaf(index, secret, VALUES.get(name)) for index, name in enumerate(DIAMOND)]
    root = root_of(leaves)
    body, asset = asset_of(registry, issuer, root)
    measures = sorted((VALUES[name] + 5) // 10 for name in ("length", "width", "height"))
    inscription = mark(marks, 0, [normal(VALUES["inscription"])])
    assert inscription == mark(marks, 0, [normal("  ｇｉá　２１４１438171")]) == mark(marks, 0, [normal("g1a/2l41.438_I7i")])
    certificate = mark(marks, 1, [normal(VALUES["laboratory"]), normal(VALUES["certificate"])])
    made = {
        "terms": terms,
        "registry": registry,
        "mark_key": mark_key,
        "batch": batch,
        "secret": secret,
        "leaf_text": leaves[0],
        "leaf_empty": leaves[3],
        "leaf_number": leaves[6],
        "root": root,
        "body": body,
        "asset": asset,
        "marks": b"".join(sorted([inscription, certificate])),
        "likeness": mark(marks, 2, [u64(measure) for measure in measures]),
        "message_registrar": blake2b(b"Tabella_OriSign_", bytes([0]), DIGEST),
        "message_issuer": blake2b(b"Tabella_OriSign_", bytes([1]), DIGEST),
        "message_holder": blake2b(b"Tabella_OriSign_", bytes([2]), DIGEST),
        "challenge": blake2b(b"Tabella_OriChall", bytes([8]) * 32, "Bruno, jeweller".encode()),
    }
    return {name: value.hex() for name, value in made.items()}


def main():
    written = json.dumps(vectors(), indent=2) + "\n"
    if "--check" in sys.argv[1:]:
        sys.exit(0 if FILE.read_text() == written else f"{FILE} is not what this program computes")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(written)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A second implementation of what notary and copyright hash: writes tests/vectors/applications/notary.json.

Ids and messages are BLAKE2b-256 (hashlib) of fields that are packed here by hand; the asset is BLAKE2b-512 modulo the order of the
circuit's field; the points are the multiples of the generator in RFC 9496, appendix A.1. `--check` compares with the file instead of
writing it.
"""

import json
import pathlib
import struct
import sys
from hashlib import blake2b, sha256

FILE = pathlib.Path(__file__).parents[2] / "tests/vectors/applications/notary.json"

# 7·B and 9·B.
VIEWERS = [
    bytes.fromhex("44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d"),
    bytes.fromhex("02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031"),
]
# The order of the scalar field of BLS12-381.
ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001


def hashed(label, *parts):
    assert len(label) == 16
    return blake2b(b"".join(parts), digest_size=32, person=label.encode()).digest()


def text(value):
    return struct.pack("<I", len(value.encode())) + value.encode()


def work():
    holders = [(bytes([21]) * 32, VIEWERS[0], 6_667), (bytes([22]) * 32, VIEWERS[1], 3_333)]
    return b"".join([
        text("Étude"),
        bytes([20]) * 32,  # author
        text("CC-BY-4.0"),
        struct.pack("<I", len(holders)),
        *(owner + viewer + struct.pack("<H", share) for owner, viewer, share in holders),
        sha256(b"abc").digest(),
        bytes([1]) + struct.pack("<Q", 0x0123_4567_89AB_CDEF),  # picture
    ])


def asset(work_id):
    description = b"".join([
        bytes([20]) * 32,  # issuer
        text("Étude"),
        bytes([0]),  # decimals
        struct.pack("<Q", 1),  # cap
        bytes([0]),  # class ordinary
        bytes([0]),  # no uid
        work_id,  # body
    ])
    digest = hashed("Tabella_Asset_Id", description)
    return to_field("asset", bytes([20]) * 32, digest)


def to_field(label, *parts):
    state = blake2b(digest_size=64, person=b"Tabella_to_Field")
    state.update(bytes([len(label)]) + label.encode())
    for part in parts:
        state.update(struct.pack("<Q", len(part)) + part)
    return (int.from_bytes(state.digest(), "little") % ORDER).to_bytes(32, "little")


def vectors():
    ledger, digest, blinding = bytes([6]) * 32, bytes([10]) * 32, bytes([11]) * 32
    content = sha256(b"abc").digest()
    anonymous = content + bytes([0]) + blinding
    by_author = content + bytes([1]) + bytes([20]) * 32 + blinding
    stamp = hashed("Notary_Stamp____", by_author)
    serial = bytearray(hashed("Notary_Token____", ledger, stamp)[:20])
    serial[0] = serial[0] & 0x3F | 0x40
    work_id = hashed("Notary_Work_____", ledger, work())
    challenge = b"".join([
        ledger,
        work_id,
        bytes([1]),  # ownership
        text("Galerie"),
        bytes([12]) * 32,  # nonce
        struct.pack("<QQ", 1_800_000_000, 1_800_003_600),
    ])
    challenge_hash = hashed("Notary_Challenge", challenge)
    keys = blake2b(bytes([9]) * 32 + struct.pack("<I", 1), digest_size=64, person=b"Notary_Keys_____").digest()
    return {
        "stamp_anonymous": hashed("Notary_Stamp____", anonymous),
        "stamp_by_author": stamp,
        "token_serial": bytes(serial),
        "work": work(),
        "work_id": work_id,
        "asset": asset(work_id),
        "register": hashed("Notary_Register_", digest),
        "challenge": challenge,
        "challenge_hash": challenge_hash,
        "author_message": hashed("Notary_Author___", challenge_hash, struct.pack("<Q", 1_800_000_100)),
        "author_secret": keys[:32],
    }


def main():
    encoded = json.dumps({name: value.hex() for name, value in vectors().items()}, indent=2) + "\n"
    if "--check" not in sys.argv[1:]:
        FILE.write_text(encoded)
    elif FILE.read_text() != encoded:
        sys.exit(f"{FILE} is not what this program computes")


if __name__ == "__main__":
    main()

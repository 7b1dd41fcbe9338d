#!/usr/bin/env python3
"""Vectors of the marketplace, from encodings written by hand after docs/applications/market.md.

market.py          writes tests/vectors/applications/market.json
market.py --check  compares it
"""

import hashlib
import json
import pathlib
import struct
import sys

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests/vectors/applications/market.json"
# The canonical encoding of Ristretto255's base point (RFC 9496, A.1): any element would do.
B = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")


def b2(person, *parts, length=32):
    return hashlib.blake2b(b"".join(parts), digest_size=length, person=person).digest()


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def text(value):
    return u32(len(value.encode())) + value.encode()


def vectors():
    ledger, owner, issuer, nonce, digest = (bytes([n]) * 32 for n in range(1, 6))
    parties = u32(1) + text("Ann") + text("Composer") + text("")
    metadata = b2(b"Tabella_MktMeta_", text("Song"), text("Ann"), text(""), text("R1"), parties, text("00"))
    payment = bytes([6]) + bytes(31)
    # issuer, name, decimals, cap, class named, no uid, body
    licence = issuer + text("Licence") + b"\0" + u64(10) + b"\1" + b"\0" + bytes(32)
    holders = u32(1) + owner + B + u16(10_000)
    work = text("Song") + metadata + holders + licence + payment + u16(500) + u64(7) + u64(8) + nonce
    work_id = b2(b"Tabella_MktWork_", ledger, work)
    seed = bytes([9]) * 32
    return {
        "source": "scripts/vectors/market.py",
        "metadata": metadata.hex(),
        "work_bytes": work.hex(),
        "work_id": work_id.hex(),
        "account_id": b2(b"Tabella_MktAcct_", work_id, owner, B).hex(),
        "listing_id": b2(b"Tabella_MktList_", digest, u32(3)).hex(),
        "party_message": b2(b"Tabella_MktSign_", digest).hex(),
        "mask": b2(b"Tabella_MktSeal_", B, B, B, B)[:8].hex(),
        "owner_secret": b2(b"Tabella_MktKeys_", seed, u32(1), b"owner", length=64)[:32].hex(),
        "viewer_wide": b2(b"Tabella_MktKeys_", seed, u32(1), b"viewer", length=64).hex(),
    }


if __name__ == "__main__":
    content = json.dumps(vectors(), indent=2) + "\n"
    if "--check" in sys.argv[1:]:
        sys.exit(0 if FILE.read_text() == content else f"{FILE} differs: an encoding has changed")
    FILE.write_text(content)

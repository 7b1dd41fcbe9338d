#!/usr/bin/env python3
"""A second implementation of what custodians hash: writes tests/vectors/applications/custody.json.

BLAKE2b (hashlib) of fields that are packed here by hand. `--check` compares with the file instead of writing it.
"""

import json
import pathlib
import struct
import sys
from hashlib import blake2b

FILE = pathlib.Path(__file__).parents[2] / "tests/vectors/applications/custody.json"
TAG = b"tabella custody1"
# The orders of BLS12-381's scalar field and of Ristretto's group.
R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
L = 2**252 + 27742317777372353535851937790883648493


def hashed(use, *parts):
    return blake2b(bytes([use]) + b"".join(parts), digest_size=32, person=b"Tabella_Custody_").digest()


def expand(seed, label):
    return blake2b(seed + label, digest_size=64, person=b"Tabella_ExpandSk").digest()


def reduced(wide, order):
    return (int.from_bytes(wide, "little") % order).to_bytes(32, "little")


def opening(byte):
    commitments = struct.pack("<I", 2) + bytes([byte]) * 32 + bytes([byte + 1]) * 32
    return TAG + commitments + bytes([byte + 2]) * 64 + bytes([byte + 3]) * 32


def vectors():
    custody, digest = bytes([1]) * 32, bytes([2]) * 32
    transcript = hashed(1, custody, struct.pack("<I", 2), opening(10), opening(20))
    contributions = [bytes([7]) * 32, bytes([8]) * 32]
    seed = hashed(2, custody, transcript, *contributions)
    viewing = reduced(expand(seed, b"nk"), R) + reduced(expand(seed, b"ivk"), L) + expand(seed, b"ovk")[:32]
    # Custodians 1 and 3, a pair of commitments each.
    nonces = [
        struct.pack("<H", index) + TAG + digest + struct.pack("<I", 1) + bytes([index]) * 32 + bytes([index + 1]) * 32
        for index in (1, 3)
    ]
    return {
        "contribution": hashed(0, custody, struct.pack("<H", 3), contributions[0]),
        "transcript": transcript,
        "viewing": viewing,
        "package": hashed(4, custody, digest, struct.pack("<I", 2), *nonces),
    }


def main():
    text = json.dumps({name: value.hex() for name, value in vectors().items()}, indent=2) + "\n"
    if sys.argv[1:] == ["--check"]:
        if FILE.read_text() != text:
            sys.exit(f"{FILE} is not what this script computes")
        return
    FILE.write_text(text)


main()

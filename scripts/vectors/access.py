#!/usr/bin/env python3
"""A second implementation of what access and rentals hash: writes tests/vectors/applications/access.json.

Ids and messages are BLAKE2b-256 (hashlib) of fields that are packed here by hand; the points are the multiples of the
generator in RFC 9496, appendix A.1. `--check` compares with the file instead of writing it.
"""

import json
import pathlib
import struct
import sys
from hashlib import blake2b

FILE = pathlib.Path(__file__).parents[2] / "tests/vectors/applications/access.json"

MULTIPLES = {
    7: "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
    9: "02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
    11: "bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42",
}


def point(factor):
    return bytes.fromhex(MULTIPLES[factor])


def hashed(label, *parts):
    assert len(label) == 16
    return blake2b(b"".join(parts), digest_size=32, person=label.encode()).digest()


def terms(price, part, sealed):
    return b"".join([
        bytes([1]) * 32, point(11),  # renter: signer, reader
        bytes([2]) * 32,  # owner
        bytes([12]) * 11, bytes([13]) + bytes(31), point(7),  # payee: diversifier, owner commitment, transmission key
        bytes([3]) * 32,  # arbiter
        bytes([9]) * 32,  # device
        bytes([5]) + bytes(31),  # asset
        price, struct.pack("<II", 4, 900),  # units, unit_seconds
        part, struct.pack("<I", 100),  # parts
        sealed,
        struct.pack("<QI", 1_800_000_000, 3_600),  # use_until, delay_seconds
        bytes([4]) * 32,  # nonce
    ])


def public(amount):
    return bytes([0]) + struct.pack("<Q", amount)


def vectors():
    ledger, digest = bytes([6]) * 32, bytes([10]) * 32
    open_terms = terms(public(75), public(20), bytes([0]))
    sealed = bytes([1]) + point(7) + bytes([8]) * 56 + point(9) + bytes([14]) * 56
    hidden_terms = terms(bytes([1]) + point(9), bytes([1]) + point(11), sealed)
    rental = hashed("Access_Rental_Id", ledger, open_terms)
    parts = struct.pack("<I", 15)
    device, nonce, root, key = (bytes([n]) * 32 for n in (9, 15, 16, 17))
    interval = struct.pack("<QQ", 1_800_000_000, 1_800_003_600)
    used = b"".join([rental, bytes([2]) * 32, device, key, struct.pack("<QI", 3_600, 0)])
    return {
        "terms_public": open_terms,
        "rental_public": rental,
        "terms_hidden": hidden_terms,
        "rental_hidden": hashed("Access_Rental_Id", ledger, hidden_terms),
        "consent": hashed("Access_Offer____", rental),
        **{f"division_15_{stage}": hashed("Access_Division_", rental, parts, struct.pack("<BQI", tag, since, claimed))
           for tag, (stage, since, claimed) in enumerate([
               ("rented", 0, 0), ("accepted", 0, 0), ("used", 1_800_000_000, 0),
               ("claimed", 1_800_000_000, 60), ("disputed", 1_800_000_000, 60)])},
        "decision_15": hashed("Access_Decision_", rental, parts),
        "party": hashed("Access_Party____", digest),
        # The body of the action that uses the right: a lock finds it by its first byte.
        "use_body": bytes([1]) + used,
        "challenge": hashed("Access_Challenge", device, nonce, struct.pack("<Q", 7), root),
        "opening": hashed("Access_Opening__", ledger, rental, device, nonce, interval),
    }


def main():
    text = json.dumps({name: value.hex() for name, value in vectors().items()}, indent=2) + "\n"
    if "--check" in sys.argv[1:]:
        if FILE.read_text() != text:
            sys.exit(f"{FILE} is not what this script computes")
    else:
        FILE.write_text(text)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A second implementation of what remittance hashes: writes tests/vectors/applications/remittance.json.

Ids and messages are BLAKE2b-256 (hashlib) of fields that are packed here by hand; the points are the multiples of the
generator in RFC 9496, appendix A.1. `--check` compares with the file instead of writing it.
"""

import json
import pathlib
import struct
import sys
from hashlib import blake2b

FILE = pathlib.Path(__file__).parents[2] / "tests/vectors/applications/remittance.json"

MULTIPLES = {
    7: "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
    9: "02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
}


def hashed(label, *parts):
    assert len(label) == 16
    return blake2b(b"".join(parts), digest_size=32, person=label.encode()).digest()


def field(byte):
    """A field element: small, so that it is below the modulus."""
    return bytes([byte]) + bytes(31)


def vectors():
    ledger, digest, name = bytes([6]) * 32, bytes([10]) * 32, "Łódź to Seoul".encode()
    corridor = b"".join([
        bytes([1]) * 32,  # operator
        struct.pack("<I", len(name)) + name,
        field(5), field(7),  # pays, receives
        struct.pack("<Q", 100_000),  # below
    ])
    corridor_id = hashed("Remit_Corridor__", ledger, corridor)
    terms = b"".join([
        corridor_id,
        bytes([2]) * 32,  # quote
        bytes([9]) * 32,  # quote_key
        struct.pack("<Q", 1_800_000_900),  # quote_expires
        bytes.fromhex(MULTIPLES[7]), bytes.fromhex(MULTIPLES[9]),  # paid, delivered
        field(11), field(13),  # provider, receiver
        bytes([3]) * 32,  # answerer
        bytes([4]) * 32,  # travel
        struct.pack("<QQQ", 1_800_087_300, 1_800_260_100, 1_800_260_100),  # answer_until, claim_until, refund_from
        bytes([8]) * 32,  # nonce
    ])
    remittance = hashed("Remit_Remittance", ledger, terms)
    return {
        "corridor": corridor,
        "corridor_id": corridor_id,
        "terms": terms,
        "remittance_id": remittance,
        "limit_purpose": b"Remit_Limit_____" + remittance,
        "quote_digest": hashed("Remit_Quote_____", b"a quote"),
        "travel_digest": hashed("Remit_TravelRule", b"a sealed message"),
        "party_message": hashed("Remit_Party_____", digest),
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

#!/usr/bin/env python3
"""A second implementation of what metered streaming hashes: writes tests/vectors/applications/streaming.json.

Ids and messages are BLAKE2b-256 (hashlib) of fields that are packed here by hand; the points are the multiples of the
generator in RFC 9496, appendix A.1. `--check` compares with the file instead of writing it.
"""

import json
import pathlib
import struct
import sys
from hashlib import blake2b

FILE = pathlib.Path(__file__).parents[2] / "tests/vectors/applications/streaming.json"

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


def terms(rate):
    return b"".join([
        bytes([1]) * 32, point(11),  # viewer: signer, reader
        bytes([2]) * 32,  # provider
        bytes([5]) + bytes(31),  # asset
        rate,
        struct.pack("<IIQI", 90, 60, 1_800_000_000, 3_600),  # max_ticks, tick_seconds, expires, dispute_seconds
        bytes([4]) * 32,  # nonce
    ])


def vectors():
    ledger, digest = bytes([6]) * 32, bytes([10]) * 32
    public = terms(bytes([0]) + struct.pack("<Q", 3) + bytes([0]))
    hidden = terms(bytes([1]) + point(9) + bytes([1]) + point(7) + bytes([8]) * 56)
    session = hashed("Streaming_SessId", ledger, public)
    tick = struct.pack("<I", 42)
    return {
        "terms_public": public,
        "session_public": session,
        "terms_hidden": hidden,
        "session_hidden": hashed("Streaming_SessId", ledger, hidden),
        "consent": hashed("Streaming_Offer_", session),
        "tick_42": hashed("Streaming_Tick__", session, tick),
        "final_42": hashed("Streaming_Final_", session, tick),
        "party": hashed("Streaming_Party_", digest),
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

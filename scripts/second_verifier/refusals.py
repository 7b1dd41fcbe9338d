#!/usr/bin/env python3
"""A record in which a proof is none is refused by entries.proofs alone, and the entry is named.

Log and close are as if the ledger and the authority had signed them anew: their keys are nobody's, so that each entry keeps the
hash of the honest one.

usage: $(scripts/pairings.sh) scripts/second_verifier/refusals.py RECORD
"""

import contextlib
import importlib.util
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

spec = importlib.util.spec_from_file_location("second_verifier", HERE / "__main__.py")
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)


def flipped(proof, byte, bit):
    """In compressed points bit 0x20 of the first byte is the sign: without it the proof is of three points still."""
    return proof[:byte] + bytes([proof[byte] ^ bit]) + proof[byte + 1 :]


def refusal(record, proof, altered, pairings):
    assert record.count(proof) == 1, "the proof stands once in the record"
    keys = verifier.accepted_keys()
    forged = verifier.Election(record.replace(proof, altered), keys)
    for entry, honest in zip(forged.entries, verifier.Election(record, keys).entries, strict=True):
        entry["leaf"] = honest["leaf"]
    with contextlib.redirect_stdout(open(os.devnull, "w")):
        verifier.check_all_but_proofs(forged)
    try:
        verifier.check_proofs(forged, pairings)
    except verifier.Refused as refused:
        return str(refused)
    return "valid"


def main(file):
    record, pairings = pathlib.Path(file).read_bytes(), verifier.Pairings()
    entries = verifier.Election(record, verifier.accepted_keys()).entries
    index, proof = next((i, entry["authorizations"][0][0]) for i, entry in enumerate(entries) if entry["authorizations"])
    for what, altered in (
        ("-A in the place of A", flipped(proof, 0, 0x20)),
        ("-B in the place of B", flipped(proof, 48, 0x20)),
        ("another bit of C", flipped(proof, 191, 1)),
    ):
        found, expected = refusal(record, proof, altered, pairings), f"entries.proofs: entries {index}"
        if found != expected:
            sys.exit(f"{file}, {what} in entry {index}: {found!r} instead of {expected!r}")
        print(f"INVALID: {found} ({what})")


if __name__ == "__main__":
    main(*sys.argv[1:])

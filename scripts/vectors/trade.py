#!/usr/bin/env python3
"""A second implementation of what trade finance hashes, signs over and proves, written from docs/applications/trade.md.

Writes tests/vectors/applications/trade.json, which apps/trade/rules/tests/trade_vectors.rs compares with the Rust code: ids, messages and
digests from fields that are packed here by hand, and two proofs that the rules must accept. `--check` compares with the file instead.
"""

import json
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/second_verifier"))
from groups import BASE, BLINDING, L, blake2b, encode, hash_to_ristretto, sum_of  # noqa: E402
from transcript import Transcript  # noqa: E402
import poseidon  # noqa: E402

FILE = ROOT / "tests/vectors/applications/trade.json"
LEDGER, DIGEST, INDEX = bytes([1]) * 32, bytes([2]) * 32, 3
APPLICATION = b"trade\0\0\0"


def u32(number):
    return struct.pack("<I", number)


def u64(number):
    return struct.pack("<Q", number)


def some(data):
    return b"\1" + data


def listed(items):
    return u32(len(items)) + b"".join(items)


def text(value):
    return u32(len(value)) + value.encode()


def field(number):
    return number.to_bytes(32, "little")


def conditions():
    documents = [b"\0" + bytes([7]) * 32, b"\1" + bytes([8]) * 32]  # invoice, bill of lading
    return some(u64(1_000)) + u64(2_000) + listed(documents) + bytes([9]) * 32 + some(u32(600))


def terms(amount):
    parties = b"".join(bytes([number]) * 32 for number in range(10, 15))
    asset, claimant = field(21), field(22)
    return parties + asset + amount + claimant + u64(3_000) + u64(4_000) + conditions() + bytes([15]) * 32


def vectors():
    amount = encode(sum_of([(95_000, BASE), (77, BLINDING)]))
    letter = blake2b(b"Trade_Letter__Id", LEDGER, terms(amount))
    amendment = blake2b(b"Trade_Amendment_", conditions())

    def consent(variant, body):
        return blake2b(b"Trade_Consent___", LEDGER, bytes([variant]), body)

    document = blake2b(b"Trade_Document__", b"\1", bytes([5]) * 32, b"400 bags")
    shipped = document + some(u64(900))

    debtor, sk = bytes([31]) * 32, 123_456_789
    key = encode(sum_of([(sk, BASE)]))
    identity = debtor + text("DE811907980") + text("2026-117")
    content = blake2b(b"Trade_InvoiceDoc", b"the document")
    invoice = identity + field(21) + u64(95_000) + u64(5_000) + u64(6_000) + content
    point = hash_to_ristretto("trade invoice", [LEDGER, identity])
    tag = encode(sum_of([(sk, point)]))
    blinding = bytes([33]) * 32
    body = blake2b(b"Trade_InvoiceBdy", blinding, invoice)
    uid = blake2b(b"Trade_InvoiceUid", debtor, tag)

    registration = Transcript("tabella/v1/trade/registration", LEDGER, DIGEST, INDEX)
    nonce = encode(sum_of([(41, BASE)]))
    for label, value in [("debtor", debtor), ("K", key), ("T", nonce)]:
        registration.append(label, value)
    response = (41 + registration.scalar("c") * sk) % L

    confirmation = Transcript("tabella/v1/trade/confirmation", LEDGER, bytes(32), 0)
    nonces = encode(sum_of([(43, BASE)])), encode(sum_of([(43, point)]))
    values = [("debtor", debtor), ("K", key), ("P", encode(point)), ("tag", tag), ("body", body)]
    for label, value in values + [("T1", nonces[0]), ("T2", nonces[1])]:
        confirmation.append(label, value)
    shown = (43 + confirmation.scalar("c") * sk) % L

    made = {
        "terms": terms(amount),
        "letter": letter,
        "guard": field(poseidon.bytes_to_field("guard", [APPLICATION, letter])),
        "amendment": amendment,
        "sender_message": blake2b(b"Trade_Signature_", DIGEST),
        "consent_issue": consent(0, letter),
        "consent_waive": consent(1, letter + u32(4)),
        "consent_amend": consent(2, letter + u32(4) + amendment + some(amount)),
        "consent_cancel": consent(3, letter + u32(4) + u32(5)),
        "document": document,
        "endorsement": blake2b(b"Trade_Endorsemnt", LEDGER, letter, b"\1", shipped),
        "invoice": invoice,
        "invoice_document": content,
        "invoice_point": encode(point),
        "debtor_key": key,
        "tag": tag,
        "invoice_body": body,
        "invoice_uid": uid,
        "possession_proof": nonce + field(response),
        "confirmation": LEDGER + invoice + blinding + tag + nonces[0] + nonces[1] + field(shown),
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

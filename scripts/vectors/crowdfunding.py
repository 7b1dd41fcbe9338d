#!/usr/bin/env python3
"""Ids, guards and messages of crowdfunding, from docs/applications/crowdfunding.md alone: a second implementation.

Writes tests/vectors/applications/crowdfunding.json; with --check it only compares.
"""

import hashlib
import json
import pathlib
import sys

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests" / "vectors" / "applications" / "crowdfunding.json"
FR = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
# The payment address at d = 0 of the seed of 32 zeros: docs/protocol.md, test values.
OWNER = "86900b1eb66d7e356299cfbafd069eb8fabe7ded380ac71cabacc49e1a1dc800"
TRANSMISSION = "06ba39957baa4d465201069a91633f7e028b0e769f329d0aa39dd2dcba6a4c04"


def u(value, length):
    return value.to_bytes(length, "little")


def b2b(personal, *parts, size=32):
    return hashlib.blake2b(b"".join(parts), digest_size=size, person=personal.encode()).digest()


def to_field(label, *parts):
    text = u(len(label), 1) + label.encode() + b"".join(u(len(part), 8) + part for part in parts)
    return u(int.from_bytes(b2b("Tabella_to_Field", text, size=64), "little") % FR, 32)


def text(value):
    return u(len(value.encode()), 4) + value.encode()


def vectors():
    ledger, digest, asset, key, release = (bytes([n]) * 32 for n in (1, 2, 3, 4, 5))
    description = b2b("Crowdfund_Descri", b"It is 40 metres to the water.\n")
    milestones = [(6_667, 0, None), (3_333, 1_900_000_000, release)]
    campaign = b"".join([
        key, text("A well for the village"), description, asset, u(100_000, 8),
        u(1_800_000_000, 8), b"\x01", u(1_910_000_000, 8), u(1_920_000_000, 8),
        bytes(11), bytes.fromhex(OWNER), bytes.fromhex(TRANSMISSION), u(len(milestones), 4),
    ])
    for share, not_before, release_key in milestones:
        campaign += u(share, 2) + u(not_before, 8) + (b"\x00" if release_key is None else b"\x01" + release_key)
    identity = b2b("Crowdfund_Campgn", ledger, campaign)
    result = {"campaign": campaign, "id": identity, "description": description}
    for index in range(len(milestones)):
        milestone = b2b("Crowdfund_Milest", identity, u(index, 1))
        result[f"milestone {index}"] = milestone
        result[f"guard {index}"] = to_field("guard", b"crowdfnd", milestone)
    pledge = b2b("Crowdfund_Pledge", identity, digest, u(7, 4))
    result["pledge"] = pledge
    result["signed message"] = b2b("Crowdfund_Signed", digest)
    result["goal purpose"] = b"crowdfnd/v1/goal" + identity + u(100_000, 8) + u(3, 4)
    result["action open"] = b"\x00" + campaign
    result["action pledge"] = b"\x01" + identity + u(2, 4) + u(0, 4) + u(1, 4)
    result["action acknowledge"] = b"\x02" + identity + u(1, 4) + pledge
    result["action succeed"] = b"\x03" + identity + u(3, 4) + bytes.fromhex(TRANSMISSION)
    result["action release"] = b"\x04" + identity + u(1, 1)
    seed = bytes([6]) * 32
    for label in ("campaign", "release", "claimant"):
        result[f"key {label}"] = b2b("Crowdfund_Keys__", seed, label.encode(), u(2, 4), size=64)[:32]
    return {name: value.hex() for name, value in result.items()} | {"splits": splits(milestones)}


def splits(milestones):
    found = {}
    for amount in (2, 3, 100, 101, 12_345, 2**64 - 1):
        parts = [amount * share // 10_000 for share, _, _ in milestones[:-1]]
        found[str(amount)] = [str(part) for part in parts + [amount - sum(parts)]]
    return found


def main():
    content = json.dumps(vectors(), indent=2) + "\n"
    if "--check" not in sys.argv[1:]:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(content)
    elif FILE.read_text() != content:
        sys.exit(f"{FILE} is not what this program computes")


if __name__ == "__main__":
    main()

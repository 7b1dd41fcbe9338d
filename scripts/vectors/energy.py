#!/usr/bin/env python3
"""A second implementation of what the market for energy hashes and clears: writes tests/vectors/applications/energy.json.

Ids and messages are BLAKE2b-256 (hashlib) of fields that are packed here by hand; the points are the multiples of the
generator in RFC 9496, appendix A.1. Auctions are cleared lot by lot: every lot is an order of its own, and the price is
looked for among all prices. `--check` compares with the file instead of writing it.
"""

import json
import pathlib
import struct
import sys
from hashlib import blake2b

FILE = pathlib.Path(__file__).parents[2] / "tests/vectors/applications/energy.json"

MULTIPLES = {
    7: "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
    9: "02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
    11: "bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42",
}


def point(factor):
    return bytes.fromhex(MULTIPLES[factor])


def scalar(value):
    return value.to_bytes(32, "little")


def hashed(label, *parts):
    assert len(label) == 16
    return blake2b(b"".join(parts), digest_size=32, person=label.encode()).digest()


def several(items):
    return struct.pack("<I", len(items)) + b"".join(items)


def text(words):
    return struct.pack("<I", len(words.encode())) + words.encode()


def terms():
    energy = b"".join([
        bytes([1]) * 32, text("kWh of Elm Street"), bytes([3]), struct.pack("<Q", 1),  # issuer, name, decimals, cap
        bytes([0]), bytes([0]), bytes(32),  # class ordinary, no uid, body
    ])
    return b"".join([
        text("Elm Street"), bytes([1]) * 32,  # name, operator
        several([bytes([1]) * 32, bytes([2]) * 32]),  # certifiers
        several([bytes([7]) * 32 + point(7), bytes([9]) * 32 + point(9)]),  # collectors: signer, reader
        energy,
        bytes([5]) + bytes(31),  # payment
        struct.pack("<QIII", 1_800_000_000, 900, 600, 300),  # start, interval, bidding, revealing
        struct.pack("<IQQI", 100, 5, 100, 1_000),  # lot, tick, max_price, max_bids
        struct.pack("<HI", 1_000, 3),  # penalty, smallest_group
        bytes([4]) * 32,  # nonce
    ])


def register(factor):
    return several([point(factor), point(9)]) + scalar(factor) + scalar(1_000) + bytes([4]) * 8


def clear(buys, sells, tick):
    """What the auction comes to: every lot on its own, and the middle of all prices that suit everybody."""
    lots_of = lambda orders: [(price, number) for number, lots, price in orders for _ in range(lots)]
    wanted = sorted(lots_of(buys), key=lambda lot: (-lot[0], lot[1]))
    offered = sorted(lots_of(sells))
    count = 0
    while count < min(len(wanted), len(offered)) and wanted[count][0] >= offered[count][0]:
        count += 1
    if count == 0:
        return None

    def suits(price):
        trade = wanted[count - 1][0] >= price >= offered[count - 1][0]
        no_buy = count == len(wanted) or wanted[count][0] <= price
        no_sell = count == len(offered) or offered[count][0] >= price
        return trade and no_buy and no_sell

    most = max(price for price, _ in wanted)
    prices = [price for price in range(tick, most + 1, tick) if suits(price)]
    fills = {}
    for _, number in wanted[:count] + offered[:count]:
        fills[number] = fills.get(number, 0) + 1
    return {"price": prices[(len(prices) - 1) // 2], "lots": count, "fills": [list(fill) for fill in sorted(fills.items())]}


def auctions():
    """Auctions of a linear congruential generator: small ones, in which prices meet often."""
    state = 1

    def below(limit):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % limit

    for index in range(32):
        tick = [1, 5, 250][index % 3]
        sides = []
        for first in (0, 50):
            orders = [[first + number, 1 + below(7), tick * (1 + below(12))] for number in range(below(9))]
            sides.append(orders)
        yield {"tick": tick, "buys": sides[0], "sells": sides[1], "result": clear(*sides, tick)}


def vectors():
    ledger, digest, market = bytes([6]) * 32, bytes([10]) * 32, bytes([8]) * 32
    meter = market + bytes([2]) * 32 + point(11) + bytes([3]) * 32 + point(7) + struct.pack("<IQ", 5, 25_000)
    reading = market + bytes([2]) * 32 + struct.pack("<I", 6) + register(7) + register(11)
    seal = lambda side: hashed("Energy_BidSeal__", market, struct.pack("<I", 6), bytes([side]), bytes([12]) * 32,
                               struct.pack("<IQ", 12, 45), scalar(77))
    # 18·B is the ceiling, 7·B and 9·B are the commitments: what is left is 11·B and 9·B.
    ceiling = b"".join([b"Energy_Ceiling__", market, bytes([2]) * 32, struct.pack("<I", 6)])
    ceiling += b"".join(point(factor) for factor in (7, 9, 11, 9))
    hashes = {
        "terms": terms(),
        "market": hashed("Energy_MarketId_", ledger, terms()),
        "meter": hashed("Energy_Meter____", meter),
        "reading": hashed("Energy_Reading__", reading),
        "ceiling": ceiling,
        "seal_buy": seal(0),
        "seal_sell": seal(1),
        "party": hashed("Energy_Party____", digest),
    }
    return {**{name: value.hex() for name, value in hashes.items()}, "auctions": list(auctions())}


def main():
    # One auction to a line.
    content = vectors()
    rows = ",\n".join("    " + json.dumps(auction) for auction in content.pop("auctions"))
    written = json.dumps(content, indent=2).removesuffix("\n}") + ',\n  "auctions": [\n' + rows + "\n  ]\n}\n"
    if "--check" in sys.argv[1:]:
        if FILE.read_text() != written:
            sys.exit(f"{FILE} is not what this script computes")
    else:
        FILE.write_text(written)


if __name__ == "__main__":
    main()

"""Informative vectors: randomness that only its maker sees, where the random source is ChaCha20 of the key 04…. Another implementation may
draw otherwise; what it makes is accepted all the same."""

from election import length, u16
from groups import BASE, blake2b, decode, encode, poseidon, sum_of
from ranking import chacha20, encrypt
from transcript import Randomness

FRESH = chacha20(bytes([4]) * 32, 0)[:32]
KEY = encode(sum_of([(77, BASE)]))


def u32(number):
    return number.to_bytes(4, "little")


def scalar(number):
    return number.to_bytes(32, "little").hex()


def ballot():
    """Spec § 6.5: r of each option, from key and rules, rekeyed by the points of each question."""
    rules, points = ((3, 1, 1, 1), (2, 5, 0, 10)), ((0, 1, 0), (3, 5))
    encoded = u32(len(rules)) + b"".join(u16(options) + u16(most) + u32(least) + u32(in_all) for options, most, least, in_all in rules)
    rows = [("points", b"".join(map(u16, row))) for row in points]
    drawn = Randomness("tabella/v1/ballot-randomness", [("key", KEY), ("rules", encoded)], rows, FRESH)
    r = [[drawn.scalar() for _ in row] for row in points]
    return {"key": KEY.hex(), "rules": encoded.hex(), "points": points, "r": [[scalar(one) for one in row] for row in r]}


def ranking():
    """Spec § 6.8: r of a sealed ranking, from its place, key and rule, rekeyed by the ranking; and what it seals."""
    election, nf, question, rule = bytes([4]) * 32, (12).to_bytes(32, "little"), 1, b"".join(map(u16, (4, 1, 3)))
    place = [("election", election), ("nullifier", nf), ("question", question.to_bytes(8, "little")), ("key", KEY), ("rule", rule)]
    plain = bytes([3, 1, 0])
    r = Randomness("tabella/v1/ranking-randomness", place, [("ranking", plain)], FRESH).scalar()
    c1, shared = encode(sum_of([(r, BASE)])), encode(sum_of([(r, decode(KEY))]))
    sealed = encrypt(blake2b(b"Tabella_RankSeal", shared, c1, election, nf, u16(question)), plain)
    return {
        "key": KEY.hex(), "election": election.hex(), "nullifier": nf.hex(), "question": question, "rule": rule.hex(),
        "options from the best": [2, 0], "r": scalar(r), "sealed": (c1 + length(sealed) + sealed).hex(),
    }


def proof_blinding():
    """r and s of a Groth16 proof, from shape and assignment: 1, the public inputs, the witnesses."""
    inputs, witnesses = [7**32 % poseidon.R, *range(1, 10)], [7 ** 2**i % poseidon.R for i in range(6)]
    assignment = [1, *inputs, *witnesses]
    seed = blake2b(b"Tabella_PrfBlind", FRESH, b"cast", *(number.to_bytes(32, "little") for number in assignment))
    return {"shape": "cast", "assignment": [scalar(number) for number in assignment], "seed": seed.hex(),
            "r, s": list(map(scalar, field_elements(seed, 2)))}


def field_elements(seed, count):
    """As arkworks draws them from ChaCha20: 255 bits, again if they are not below the modulus, and in Montgomery's form."""
    found, stream, block = [], b"", 0
    while len(found) < count:
        if not stream:
            stream, block = chacha20(seed, block), block + 1
        number, stream = int.from_bytes(stream[:32], "little") % 2**255, stream[32:]
        if number < poseidon.R:
            found.append(number * pow(2**256, -1, poseidon.R) % poseidon.R)
    return found


def vectors():
    return {
        "what": "not normative: randomness that only its maker sees; the random source is ChaCha20 of the key 04…",
        "ballot randomness": ballot(), "ranking randomness": ranking(), "proof blinding": proof_blinding(),
    }

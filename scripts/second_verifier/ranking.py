"""Sealed rankings: their proof, what they open to, and the count. Spec § 6.8."""

import struct

from election import u16
from groups import BASE, blake2b, decode, equal, sum_of
from transcript import Transcript


def quarter(x, a, b, c, d):
    for first, second, third, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        x[first] = (x[first] + x[second]) & 0xFFFFFFFF
        x[third] ^= x[first]
        x[third] = (x[third] << turn | x[third] >> (32 - turn)) & 0xFFFFFFFF


def chacha20(key, counter):
    """One block, the nonce of zeros. RFC 8439 § 2.3."""
    start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *struct.unpack("<8I", key), counter, 0, 0, 0]
    x = start[:]
    for _ in range(10):
        for columns in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)):
            quarter(x, *columns)
        for diagonals in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(x, *diagonals)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(x, start)))


def tag(key, ciphertext):
    """Poly1305 of a ciphertext without associated data. RFC 8439 § 2.8."""
    one_time = chacha20(key, 0)
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    data = ciphertext + bytes(-len(ciphertext) % 16) + bytes(8) + len(ciphertext).to_bytes(8, "little")
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at : at + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(one_time[16:32], "little")) % 2**128).to_bytes(16, "little")


def apply_stream(key, data):
    stream = b"".join(chacha20(key, 1 + block) for block in range((len(data) + 63) // 64))
    return bytes(a ^ b for a, b in zip(data, stream))


def encrypt(key, plaintext):
    """ChaCha20-Poly1305 without associated data, the nonce of zeros."""
    ciphertext = apply_stream(key, plaintext)
    return ciphertext + tag(key, ciphertext)


def decrypt(key, sealed):
    """None if the tag is wrong."""
    ciphertext = sealed[:-16]
    return apply_stream(key, ciphertext) if tag(key, ciphertext) == sealed[-16:] else None


def read_sealed(reader):
    return reader.element(), reader.bytes()


def read_proof(reader):
    return reader.element(), reader.scalar()


def challenge(ledger, digest, election, key, nf, question, rule, sealed, nonce, index=0):
    c1, data = sealed
    transcript = Transcript("tabella/v1/ranking", ledger, digest, index)
    transcript.append("election", election)
    transcript.append("key", key)
    transcript.append("nullifier", nf)
    transcript.append_u64("question", question)
    transcript.append("rule", b"".join(map(u16, rule)))
    transcript.append("c1", c1)
    transcript.append("sealed", data)
    transcript.append("R", nonce)
    return transcript.scalar("c")


def sealed_valid(ledger, digest, election, key, nf, question, rule, sealed, proof, index=0):
    """A rule is (options, min, max)."""
    (c1, data), (nonce, z) = sealed, proof
    if len(data) != rule[2] + 16 or c1 == bytes(32):
        return False
    c = challenge(ledger, digest, election, key, nf, question, rule, sealed, nonce, index)
    return equal(sum_of([(z, BASE)]), sum_of([(1, decode(nonce)), (c, decode(c1))]))


def unseal(election, nf, question, rule, sealed, shared):
    """The ranking, as indices of options from 0 with the best first; None if it is spoiled."""
    (c1, data), (options, least, most) = sealed, rule
    plain = decrypt(blake2b(b"Tabella_RankSeal", shared, c1, election, nf, u16(question)), data)
    if plain is None:
        return None
    ranks = plain.rstrip(b"\0")
    right = least <= len(ranks) <= most and len(set(ranks)) == len(ranks)
    return [rank - 1 for rank in ranks] if right and all(1 <= rank <= options for rank in ranks) else None


def count(options, rankings):
    """Rounds, each (votes, exhausted, who goes out), and the winner."""
    still, rounds = list(range(options)), []
    while True:
        votes, exhausted = [0] * options, 0
        for ranking in rankings:
            best = next((option for option in ranking if option in still), None)
            if best is None:
                exhausted += 1
            else:
                votes[best] += 1
        cast = sum(votes)
        winner = next((option for option in still if 2 * votes[option] > cast or (cast and len(still) == 1)), None)
        if winner is not None or not cast:
            return rounds + [(votes, exhausted, None)], winner
        history = [votes] + [earlier for earlier, _, _ in reversed(rounds)]
        out = min(still, key=lambda option: ([row[option] for row in history], -option))
        still.remove(out)
        rounds.append((votes, exhausted, out))


def read_result(reader):
    """Rankings, rounds and winner as they are published."""
    rankings = reader.many(lambda: reader.optional(lambda: list(reader.bytes())))
    number = lambda: reader.number(1)  # noqa: E731
    rounds = reader.many(
        lambda: (reader.many(lambda: reader.number(8)), reader.number(8), reader.optional(number))
    )
    return rankings, (rounds, reader.optional(number))

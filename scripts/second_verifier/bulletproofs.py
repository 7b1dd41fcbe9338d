"""Range proofs: Bulletproofs (eprint 2017/1066) with the transcript and generators of the crate of that name. Spec § 5.3."""

import functools
import hashlib

from groups import BASE, BLINDING, IDENTITY, L, decode, equal, one_way_map, sum_of
from transcript import Transcript

BITS = 64


@functools.lru_cache(maxsize=None)
def generators(kind, party):
    """The 64 generators of a party, of kind G or H: a stream of SHAKE-256, 64 bytes each through the one-way map."""
    stream = hashlib.shake_256(b"GeneratorsChain" + kind + party.to_bytes(4, "little")).digest(64 * BITS)
    return [one_way_map(stream[64 * i : 64 * i + 64]) for i in range(BITS)]


class RangeProof:
    def __init__(self, data, parties):
        rounds = (BITS * parties).bit_length() - 1
        assert parties in (1, 2, 4, 8, 16) and len(data) == 32 * (9 + 2 * rounds), "another length"
        parts = [data[at : at + 32] for at in range(0, len(data), 32)]
        self.a, self.s, self.t1, self.t2 = parts[:4]
        self.scalars = [int.from_bytes(part, "little") for part in parts[4:7] + parts[-2:]]
        assert all(scalar < L for scalar in self.scalars), "scalar not below the order of Ristretto255"
        self.pairs = [(parts[7 + 2 * i], parts[8 + 2 * i]) for i in range(rounds)]


def range_challenges(ledger, digest, index, purpose, commitments, proof):
    """y, z, x, w, and u of each round."""
    transcript = Transcript("tabella/v1/range", ledger, digest, index)
    transcript.append("purpose", purpose)
    transcript.append_u64("commitments", len(commitments))
    for commitment in commitments:
        transcript.append("C'", commitment)
    transcript.append("dom-sep", b"rangeproof v1")
    transcript.append_u64("n", BITS)
    transcript.append_u64("m", len(commitments))
    for commitment in commitments:
        transcript.append("V", commitment)
    transcript.append("A", proof.a)
    transcript.append("S", proof.s)
    y, z = transcript.scalar("y"), transcript.scalar("z")
    transcript.append("T_1", proof.t1)
    transcript.append("T_2", proof.t2)
    x = transcript.scalar("x")
    for label, scalar in zip(("t_x", "t_x_blinding", "e_blinding"), proof.scalars):
        transcript.append(label, scalar.to_bytes(32, "little"))
    w = transcript.scalar("w")
    transcript.append("dom-sep", b"ipp v1")
    transcript.append_u64("n", BITS * len(commitments))
    rounds = []
    for left, right in proof.pairs:
        transcript.append("L", left)
        transcript.append("R", right)
        rounds.append(transcript.scalar("u"))
    return y, z, x, w, rounds


def range_valid(ledger, digest, index, purpose, commitments, proof):
    y, z, x, w, rounds = range_challenges(ledger, digest, index, purpose, commitments, proof)
    t_x, t_blinding, e_blinding, a, b = proof.scalars
    parties, size = len(commitments), BITS * len(commitments)
    if bytes(32) in [proof.a, proof.s, proof.t1, proof.t2, *(point for pair in proof.pairs for point in pair)]:
        return False
    of_ones = sum(pow(y, i, L) for i in range(size))
    delta = (z - z * z) * of_ones - sum(pow(z, 3 + j, L) for j in range(parties)) * (2**BITS - 1)
    left = [(t_x - delta, BASE), (t_blinding, BLINDING), (-x, decode(proof.t1)), (-x * x, decode(proof.t2))]
    left += [(-pow(z, 2 + j, L), decode(commitment)) for j, commitment in enumerate(commitments)]
    if not equal(sum_of(left), IDENTITY):
        return False
    # s_i is the product of the u of the rounds: inverted where the bit of i for the round is 0, the first round's highest.
    s = [1] * size
    for i in range(size):
        for turn, u in enumerate(reversed(rounds)):
            s[i] = s[i] * (u if i >> turn & 1 else pow(u, -1, L)) % L
    terms = [(1, decode(proof.a)), (x, decode(proof.s)), (-e_blinding, BLINDING), (w * (t_x - a * b), BASE)]
    for (left, right), u in zip(proof.pairs, rounds):
        terms += [(u * u, decode(left)), (pow(u, -2, L), decode(right))]
    y_inverse = pow(y, -1, L)
    for i in range(size):
        party, bit = divmod(i, BITS)
        scale = pow(y_inverse, i, L) * (pow(z, 2 + party, L) * 2**bit - b * pow(s[i], -1, L))
        terms += [(-z - a * s[i], generators(b"G", party)[bit]), (z + scale, generators(b"H", party)[bit])]
    return equal(sum_of(terms), IDENTITY)

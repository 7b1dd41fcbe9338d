"""The bridge from a hidden amount on Jubjub to one on Ristretto. Spec § 5.1."""

import poseidon
from groups import BASE, BLINDING, L, R_J, decode, equal, jubjub_multiple, sum_of
from transcript import Transcript

VALUE_BASE_LABEL, BLINDING_BASE_LABEL = b"tabella/v1/jubjub/V", b"tabella/v1/jubjub/R"
VALUE_BASE, BLINDING_BASE = (poseidon.hash_to_jubjub(label) for label in (VALUE_BASE_LABEL, BLINDING_BASE_LABEL))


def read_bridge(reader):
    """K, K', z, z_a, z_b."""
    proof = reader.take(32), reader.element(), reader.number(31), reader.number(32), reader.scalar()
    assert poseidon.decode(proof[0]) is not None, "not a point of Jubjub"
    assert proof[3] < R_J, "scalar not below the order of Jubjub"
    return proof


def challenge(ledger, digest, index, terms, value_commitment, commitment, proof):
    transcript = Transcript("tabella/v1/bridge", ledger, digest, index)
    transcript.append("V", VALUE_BASE_LABEL)
    transcript.append("R", BLINDING_BASE_LABEL)
    transcript.append_u64("terms", terms)
    for label, content in (("C", value_commitment), ("C'", commitment), ("K", proof[0]), ("K'", proof[1])):
        transcript.append(label, content)
    return transcript.challenge("c", 16)


def broken_bridge_rule(ledger, digest, index, terms, value_commitment, commitment, proof):
    """The rule that does not hold; None for a valid bridge."""
    k, k_prime, z, z_a, z_b = proof
    if not 1 << (192 if terms == 1 else 224) <= z < 1 << 248:
        return "Range"
    c = challenge(ledger, digest, index, terms, value_commitment, commitment, proof)
    left = poseidon.add(jubjub_multiple(z, VALUE_BASE), jubjub_multiple(z_a, BLINDING_BASE))
    right = poseidon.add(poseidon.decode(k), jubjub_multiple(c, poseidon.decode(value_commitment)))
    jubjub = jubjub_multiple(8, left) == jubjub_multiple(8, right)
    left = sum_of([(z, BASE), (z_b, BLINDING)])
    ristretto = equal(left, sum_of([(1, decode(k_prime)), (c, decode(commitment))]))
    if jubjub and ristretto:
        return None
    return "NotThisStatement" if jubjub == ristretto else "Ristretto" if jubjub else "Jubjub"

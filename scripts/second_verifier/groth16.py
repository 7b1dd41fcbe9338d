"""Public inputs of transfers, and their proofs: Groth16 over BLS12-381. Spec § 4.1, 4.2, 4.7 and 9. Pairings are of py_ecc."""

import secrets

import poseidon

TRANSFER, CAST = 0, 1
INPUTS = (14, 10)


def public_inputs(transfer):
    """Spec § 4.1 and § 4.2."""
    rk = poseidon.decode(transfer["rk"])
    inputs = [transfer["anchor"], *transfer["nullifiers"], *transfer.get("commitments", []), *rk]
    if transfer["shape"] == TRANSFER:
        inputs += poseidon.decode(transfer["value_commitment"])
    inputs += [transfer["asset"], transfer["contract_revealed"]]
    if transfer["shape"] == TRANSFER:
        inputs.append(transfer["mode"] + 8 * transfer["reveal"] + 16 * transfer["level"])
    else:
        inputs += [transfer["weight"], transfer["level"]]
    return inputs + list(transfer["window"])


class Pairings:
    """py_ecc, which may be missing: then this raises ImportError."""

    def __init__(self):
        from py_ecc import optimized_bls12_381 as curve
        from py_ecc.bls import point_compression

        self.curve, self.compression = curve, point_compression
        self.keys = {}

    def g1(self, data):
        return self.checked(self.compression.decompress_G1(int.from_bytes(data, "big")))

    def g2(self, data):
        halves = int.from_bytes(data[:48], "big"), int.from_bytes(data[48:], "big")
        return self.checked(self.compression.decompress_G2(halves))

    def checked(self, point):
        curve = self.curve
        whole = not curve.is_inf(point) and curve.is_inf(curve.multiply(point, curve.curve_order))
        assert whole, "identity, or outside of the subgroup"
        return point

    def key(self, data):
        """α, β, γ, δ and the points of the inputs."""
        if data not in self.keys:
            fixed = [self.g1(data[:48]), *(self.g2(data[at : at + 96]) for at in (48, 144, 240))]
            self.keys[data] = (*fixed, [self.g1(data[at : at + 48]) for at in range(336, len(data), 48)])
        return self.keys[data]

    def combination(self, terms):
        total = self.curve.Z1
        for number, point in terms:
            total = self.curve.add(total, self.curve.multiply(point, number % self.curve.curve_order))
        return total

    def product_is_one(self, pairs):
        """Whether Π e(P, Q) = 1 over pairs of P in G1 and Q in G2."""
        product = self.curve.FQ12.one()
        for p, q in pairs:
            product *= self.curve.pairing(q, p, final_exponentiate=False)
        return self.curve.final_exponentiate(product) == self.curve.FQ12.one()

    def valid(self, claims):
        """Whether all proofs are valid: claims of key, public inputs and proof. Many cost little more than one (§ 9)."""
        by_key, pairs = {}, []
        for key, inputs, proof in claims:
            alpha, beta, gamma, delta, points = self.key(key)
            if len(points) != len(inputs) + 1 or len(proof) != 192:
                return False
            try:
                a, b, c = self.g1(proof[:48]), self.g2(proof[48:144]), self.g1(proof[144:])
            except (AssertionError, ValueError):
                return False
            weight = secrets.randbits(128) if len(claims) > 1 else 1
            pairs.append((self.combination([(weight, a)]), b))
            scalars, commitments = by_key.setdefault(key, ([0] * len(points), []))
            by_key[key] = [s + weight * x for s, x in zip(scalars, [1, *inputs])], commitments + [(weight, c)]
        for key, (scalars, commitments) in by_key.items():
            alpha, beta, gamma, delta, points = self.key(key)
            public = self.combination(zip(scalars, points))
            for p, q in ((public, gamma), (self.combination(commitments), delta), (self.combination([(scalars[0], alpha)]), beta)):
                pairs.append((self.curve.neg(p), q))
        return self.product_is_one(pairs)

"""Ristretto255 (RFC 9496), Ed25519 (RFC 8032, strict) and RedJubjub, with Python's own integers. Slow, and not for secrets."""

import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
import poseidon  # noqa: E402  (the second implementation of the hashes, which knows Jubjub)

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
R_J = 0x0E7DB4EA6533AFA906673B0101343B00A6682093CCC81082D0970E5ED6F72CB7
IDENTITY = (0, 1, 1, 0)  # extended coordinates X, Y, Z, T


def blake2b(person, *parts, size=32):
    return hashlib.blake2b(b"".join(parts), digest_size=size, person=person).digest()


def absolute(x):
    x %= P
    return P - x if x & 1 else x


def sqrt_ratio(u, v):
    """Whether u/v is a square, and the non-negative root of u/v or of SQRT_M1·u/v."""
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    if check in (-u % P, -u * SQRT_M1 % P):
        r = r * SQRT_M1 % P
    return check in (u % P, -u % P), absolute(r)


SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
INVSQRT_A_MINUS_D = sqrt_ratio(1, -1 - D)[1]


def add(p, q):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = p, q
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def negate(p):
    return -p[0] % P, p[1], p[2], -p[3] % P


def sum_of(terms):
    """Σ [k]Q over pairs (k, Q)."""
    terms = [(k % L, q) for k, q in terms]
    result = IDENTITY
    for bit in range(252, -1, -1):
        result = add(result, result)
        for k, q in terms:
            if k >> bit & 1:
                result = add(result, q)
    return result


def equal(p, q):
    """Equality of Ristretto elements."""
    return (p[0] * q[1] - p[1] * q[0]) % P == 0 or (p[1] * q[1] - p[0] * q[0]) % P == 0


def encode(p):
    x, y, z, t = p
    u1, u2 = (z + y) * (z - y) % P, x * y % P
    inverse = sqrt_ratio(1, u1 * u2 * u2)[1]
    den1, den2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = den1 * den2 * t % P
    den = den2
    if t * z_inverse % P & 1:
        x, y, den = y * SQRT_M1 % P, x * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    if x * z_inverse % P & 1:
        y = -y
    return absolute(den * (z - y)).to_bytes(32, "little")


def decode(data):
    s = int.from_bytes(data, "little")
    assert s < P and s % 2 == 0, "not a canonical Ristretto255 encoding"
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    v = (-(D * u1 * u1) - u2 * u2) % P
    is_square, inverse = sqrt_ratio(1, v * u2 * u2)
    den = inverse * u2 % P
    x, y = absolute(2 * s * den), u1 * inverse * den * v % P
    assert is_square and x * y % P % 2 == 0 and y != 0, "not a Ristretto255 element"
    return x, y, 1, x * y % P


def one_way_map(data):
    def half(part):
        t = int.from_bytes(part, "little") % 2**255 % P
        r = SQRT_M1 * t * t % P
        u, v = (r + 1) * (1 - D * D) % P, (-1 - r * D) * (r + D) % P
        is_square, s = sqrt_ratio(u, v)
        c = -1
        if not is_square:
            s, c = -absolute(s * t) % P, r
        n = c * (r - 1) * (D - 1) ** 2 - v
        w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
        return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P

    return add(half(data[:32]), half(data[32:]))


def hash_to_ristretto(label, parts):
    message = bytes([len(label)]) + label.encode()
    message += b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    return one_way_map(blake2b(b"Tabella_RistrttG", message, size=64))


BASE = decode(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))
BLINDING = one_way_map(hashlib.sha3_512(encode(BASE)).digest())
assert encode(BLINDING).hex() == "8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134"


def ed25519_point(data):
    number = int.from_bytes(data, "little")
    y, sign = number % 2**255 % P, number >> 255
    is_square, x = sqrt_ratio(y * y - 1, D * y * y + 1)
    assert is_square, "not a point of Ed25519"
    x = -x % P if x % 2 != sign else x
    return x, y, 1, x * y % P


def is_ed25519_identity(p):
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


def ed25519_valid(key, message, signature):
    """Strict: s below L, neither key nor R of small order, the equation without the cofactor."""
    a, r, s = ed25519_point(key), ed25519_point(signature[:32]), int.from_bytes(signature[32:], "little")
    for point in (a, r):
        for _ in range(3):
            point = add(point, point)
        if is_ed25519_identity(point):
            return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    base = ed25519_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    x, y, z, _ = sum_of([(s, base), (k, negate(a))])
    x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
    return len(signature) == 64 and s < L and (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def ed25519_sign(secret, message):
    """Key and signature of a secret of 32 bytes, as RFC 8032 says."""
    digest = hashlib.sha512(secret).digest()
    a = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    base = ed25519_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

    def encoded(k):
        x, y, z, _ = sum_of([(k, base)])
        x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
        return (y | (x & 1) << 255).to_bytes(32, "little")

    key, r = encoded(a), int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little")
    nonce = encoded(r)
    k = int.from_bytes(hashlib.sha512(nonce + key + message).digest(), "little")
    return key, nonce + ((r + k * a) % L).to_bytes(32, "little")


def jubjub_multiple(k, point):
    result = poseidon.IDENTITY
    while k:
        if k & 1:
            result = poseidon.add(result, point)
        point, k = poseidon.add(point, point), k >> 1
    return result


SPEND_AUTHORITY_BASE = poseidon.decode(bytes.fromhex("30b5f2aaad325630bcdddbce4d67656d05fd1cc2d037bb5375b6e96d9e01a1d7"))


def redjubjub_challenge(nonce, rk, digest):
    return int.from_bytes(blake2b(b"Zcash_RedJubjubH", nonce, rk, digest, size=64), "little") % R_J


def redjubjub_valid(rk, digest, signature):
    key, r, s = poseidon.decode(rk), poseidon.decode(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= R_J or jubjub_multiple(8, key) == poseidon.IDENTITY:
        return False
    c = redjubjub_challenge(signature[:32], rk, digest)
    left = jubjub_multiple(8 * s, SPEND_AUTHORITY_BASE)
    return left == jubjub_multiple(8, poseidon.add(jubjub_multiple(c, key), r))

#!/usr/bin/env python3
"""A second implementation of Tabella's hashes, written from the papers and with Python's own integers.

Poseidon (eprint 2019/458) over the scalar field of BLS12-381, with constants of its Grain LFSR, BLAKE2b to field, and
hash to Jubjub. Writes tests/vectors/poseidon.json, which tests/tests/vectors.rs compares with the Rust code.
It needs nothing but Python 3.8. Field elements and points are written as 32 bytes, little-endian, in hexadecimal.

usage: scripts/vectors/poseidon.py [--check]
"""

import hashlib
import itertools
import json
import pathlib
import sys

R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001

# --- Poseidon -------------------------------------------------------------------------------------------------------

FULL_ROUNDS = 8
PARTIAL_ROUNDS = {3: 57, 5: 60}


def grain(width, partial_rounds):
    """The bits of the Grain LFSR in self-shrinking mode, for a prime field of 255 bits and the S-box x^5."""
    bits = "".join(
        format(value, f"0{length}b")
        for value, length in [(1, 2), (0, 4), (255, 12), (width, 12), (FULL_ROUNDS, 10), (partial_rounds, 10)]
    )
    state = [int(bit) for bit in bits] + [1] * 30
    assert len(state) == 80

    def step():
        bit = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        state.append(bit)
        del state[0]
        return bit

    for _ in range(160):
        step()
    while True:
        chosen, bit = step(), step()
        if chosen:
            yield bit


def integer(bits):
    """255 bits, the highest first."""
    return int("".join(str(bit) for bit in itertools.islice(bits, 255)), 2)


def parameters(width):
    partial_rounds = PARTIAL_ROUNDS[width]
    bits = grain(width, partial_rounds)
    constants = []
    while len(constants) < (FULL_ROUNDS + partial_rounds) * width:
        candidate = integer(bits)
        if candidate < R:  # drawn again, not reduced
            constants.append(candidate)
    while True:  # Cauchy matrix 1 / (x_i + y_j) of distinct elements; here they are reduced
        elements = [integer(bits) % R for _ in range(2 * width)]
        xs, ys = elements[:width], elements[width:]
        if len(set(elements)) == 2 * width and all((x + y) % R for x in xs for y in ys):
            break
    matrix = [[pow(x + y, -1, R) for y in ys] for x in xs]
    return constants, matrix


PARAMETERS = {width: parameters(width) for width in PARTIAL_ROUNDS}


def permutation(state):
    width = len(state)
    constants, matrix = PARAMETERS[width]
    rounds = FULL_ROUNDS + PARTIAL_ROUNDS[width]
    for index in range(rounds):
        state = [x + constants[index * width + lane] for lane, x in enumerate(state)]
        is_full = index < FULL_ROUNDS // 2 or index >= rounds - FULL_ROUNDS // 2
        state = [pow(x, 5, R) if is_full or lane == 0 else x for lane, x in enumerate(state)]
        state = [sum(m * x for m, x in zip(row, state)) % R for row in matrix]
    return state


# code/test_vectors.txt of the hadeshash repository: the permutations of 0, 1, 2, ...
assert permutation([0, 1, 2])[0] == 0x28CE19420FC246A05553AD1E8C98F5C9D67166BE2C18E9E4CB4B4E317DD2A78A
assert permutation([0, 1, 2, 3, 4])[4] == 0x03FF622DA276830B9451B88B85E6184FD6AE15C8AB3EE25A5667BE8592CCE3B1

# Uses: number and count of inputs.
USES = {
    "OwnerKey": (1, 3),
    "Owner": (2, 2),
    "Note": (3, 4),
    "Nullifier": (4, 3),
    "Contract": (5, 3),
    "Escrow": (6, 3),
    "Node": (7, 4),
}


def poseidon_hash(use, inputs):
    """Lane 1 of the permutation of [256 * use + length, x1, x2, ...]: width 3 for up to two inputs, else 5."""
    width = 3 if len(inputs) <= 2 else 5
    state = [256 * use + len(inputs)] + inputs
    return permutation(state + [0] * (width - len(state)))[1]


# --- BLAKE2b to field -----------------------------------------------------------------------------------------------


def bytes_to_field(label, parts):
    """BLAKE2b-512 of length and bytes of the label (1-byte length) and of each part (8-byte length), modulo r."""
    message = bytes([len(label)]) + label.encode()
    message += b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    element = int.from_bytes(hashlib.blake2b(message, person=b"Tabella_to_Field").digest(), "little") % R
    assert element != 0
    return element


# --- Jubjub ---------------------------------------------------------------------------------------------------------

D = -10240 * pow(10241, -1, R) % R  # -x^2 + y^2 = 1 + d x^2 y^2
IDENTITY = (0, 1)


def square_root(a):
    """Tonelli and Shanks; None if there is none."""
    if a == 0:
        return 0
    if pow(a, (R - 1) // 2, R) != 1:
        return None
    odd, twos = R - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    z = next(z for z in itertools.count(2) if pow(z, (R - 1) // 2, R) != 1)
    c, x, t = pow(z, odd, R), pow(a, (odd + 1) // 2, R), pow(a, odd, R)
    while t != 1:
        order, power = 0, t
        while power != 1:
            order, power = order + 1, power * power % R
        b = pow(c, 1 << (twos - order - 1), R)
        twos, c = order, b * b % R
        x, t = x * b % R, t * c % R
    return x


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    k = D * x1 * x2 * y1 * y2 % R
    return ((x1 * y2 + y1 * x2) * pow(1 + k, -1, R) % R, (y1 * y2 + x1 * x2) * pow(1 - k, -1, R) % R)


def decode(data):
    """A point from y (little-endian, below r) with the lowest bit of x in the highest bit; None if there is none."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= R:
        return None
    x = square_root((y * y - 1) * pow(D * y * y + 1, -1, R) % R)
    if x is None or (x == 0 and sign):
        return None
    return (x if x % 2 == sign else R - x, y)


def encode(point):
    x, y = point
    return (y | (x % 2) << 255).to_bytes(32, "little")


def hash_to_jubjub(label):
    """Eight times the first point among BLAKE2b-256(label || counter) for which that is not the identity."""
    for counter in range(256):
        point = decode(hashlib.blake2b(label + bytes([counter]), digest_size=32, person=b"Tabella_Jubjub_G").digest())
        if point is None:
            continue
        for _ in range(3):
            point = add(point, point)
        if point != IDENTITY:
            return point
    raise AssertionError("no point")


# --- Vectors --------------------------------------------------------------------------------------------------------


def field_hex(element):
    return element.to_bytes(32, "little").hex()


def input_lists(use, arity):
    """0 everywhere, r - 1 everywhere, each alone, small numbers, and elements from a hash."""
    yield [0] * arity
    yield [R - 1] * arity
    for lane in range(arity):
        yield [R - 1 if i == lane else 0 for i in range(arity)]
    yield [i + 1 for i in range(arity)]
    for round_ in range(3):
        yield [bytes_to_field("vector", [bytes([use, round_, lane])]) for lane in range(arity)]


def vectors():
    hashes = [
        {
            "use": name,
            "inputs": [field_hex(x) for x in inputs],
            "hash": field_hex(poseidon_hash(use, inputs)),
        }
        for name, (use, arity) in USES.items()
        for inputs in input_lists(use, arity)
    ]
    byte_lists = [[], [b""], [b"", b""], [b"a", b"bc"], [b"ab", b"c"], [b"abc"], [bytes(32)], [bytes(range(256)), b"x"]]
    to_field = [
        {"label": label, "parts": [part.hex() for part in parts], "element": field_hex(bytes_to_field(label, parts))}
        for label in ["", "asset", "a label of more than thirty-two characters"]
        for parts in byte_lists
    ]
    labels = ["tabella/v1/jubjub/V", "tabella/v1/jubjub/R", "", "1", "2", "3", "4", "5"]
    to_jubjub = [{"label": label, "point": encode(hash_to_jubjub(label.encode())).hex()} for label in labels]
    return {
        "source": "scripts/vectors/poseidon.py",
        "encoding": "32 bytes, little-endian, hexadecimal",
        "poseidon": hashes,
        "bytes_to_field": to_field,
        "hash_to_jubjub": to_jubjub,
    }


if __name__ == "__main__":
    path = pathlib.Path(__file__).resolve().parents[2] / "tests" / "vectors" / "poseidon.json"
    text = json.dumps(vectors(), indent=1) + "\n"
    if sys.argv[1:] == ["--check"]:
        if path.read_text() != text:
            sys.exit(f"{path} differs from what this script computes")
    elif sys.argv[1:]:
        sys.exit("usage: scripts/vectors/poseidon.py [--check]")
    else:
        path.write_text(text)

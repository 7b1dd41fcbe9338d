"""merlin: STROBE-128 over Keccak-f[1600], as far as transcripts need it; and what every transcript of Tabella begins with."""

from groups import L

RATE = 166


def round_constants():
    state, constants = 1, []
    for _ in range(24):
        constant = 0
        for j in range(7):
            constant ^= (state & 1) << ((1 << j) - 1)
            state = state << 1 ^ (state >> 7) * 0x171
        constants.append(constant)
    return constants


ROUND_CONSTANTS = round_constants()


def rotate(lane, count):
    count %= 64
    return (lane << count | lane >> (64 - count)) & (2**64 - 1)


def keccak(state):
    a = [[int.from_bytes(state[8 * (x + 5 * y) : 8 * (x + 5 * y) + 8], "little") for y in range(5)] for x in range(5)]
    for constant in ROUND_CONSTANTS:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x - 1) % 5] ^ rotate(c[(x + 1) % 5], 1) for x in range(5)]
        a = [[a[x][y] ^ d[x] for y in range(5)] for x in range(5)]
        x, y, current = 1, 0, a[1][0]
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, a[x][y] = a[x][y], rotate(current, (t + 1) * (t + 2) // 2)
        a = [[a[x][y] ^ (~a[(x + 1) % 5][y] & a[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        a[0][0] ^= constant
    return bytearray(b"".join(a[i % 5][i // 5].to_bytes(8, "little") for i in range(25)))


class Strobe:
    def __init__(self, label):
        self.state = keccak(bytes([1, RATE + 2, 1, 0, 1, 96]) + b"STROBEv1.0.2" + bytes(182))
        self.position = self.begun = 0
        self.operate(16 | 2, label)

    def permute(self):
        self.state[self.position] ^= self.begun
        self.state[self.position + 1] ^= 0x04
        self.state[RATE + 1] ^= 0x80
        self.state, self.position, self.begun = keccak(self.state), 0, 0

    def absorb(self, data):
        for byte in data:
            self.state[self.position] ^= byte
            self.position += 1
            if self.position == RATE:
                self.permute()

    def begin(self, flags):
        begun, self.begun = self.begun, self.position + 1
        self.absorb(bytes([begun, flags]))
        if flags & 4 and self.position:
            self.permute()

    def operate(self, flags, data):
        self.begin(flags)
        self.absorb(data)

    def key(self, data):
        self.begin(2 | 4)
        for byte in data:
            self.state[self.position] = byte
            self.position += 1
            if self.position == RATE:
                self.permute()

    def squeeze(self, count):
        self.begin(1 | 2 | 4)
        out = bytearray()
        for _ in range(count):
            out.append(self.state[self.position])
            self.state[self.position] = 0
            self.position += 1
            if self.position == RATE:
                self.permute()
        return bytes(out)


class Transcript:
    """Spec § 1.5."""

    def __init__(self, label, ledger, digest, index):
        self.strobe = Strobe(b"Merlin v1.0")
        self.append("dom-sep", label.encode())
        self.append("version", b"\x01")
        self.append("generators", b"ristretto255/bulletproofs-pedersen-v1")
        self.append("ledger", ledger)
        self.append("digest", digest)
        self.append_u64("index", index)

    def append(self, label, message):
        self.strobe.operate(16 | 2, label.encode() + len(message).to_bytes(4, "little"))
        self.strobe.operate(2, message)

    def append_u64(self, label, number):
        self.append(label, number.to_bytes(8, "little"))

    def challenge(self, label, size):
        self.strobe.operate(16 | 2, label.encode() + size.to_bytes(4, "little"))
        return int.from_bytes(self.strobe.squeeze(size), "little")

    def scalar(self, label):
        return self.challenge(label, 64) % L


class Randomness:
    """What a prover draws from a transcript of these messages, rekeyed by secrets and by 32 bytes of a random source."""

    def __init__(self, label, messages, secrets, fresh):
        self.strobe = Strobe(b"Merlin v1.0")
        for name, message in [("dom-sep", label.encode()), ("version", b"\x01"), *messages]:
            self.strobe.operate(16 | 2, name.encode() + len(message).to_bytes(4, "little"))
            self.strobe.operate(2, message)
        for name, secret in secrets:
            self.strobe.operate(16 | 2, name.encode() + len(secret).to_bytes(4, "little"))
            self.strobe.key(secret)
        self.strobe.operate(16 | 2, b"rng")
        self.strobe.key(fresh)

    def scalar(self):
        self.strobe.operate(16 | 2, (64).to_bytes(4, "little"))
        return int.from_bytes(self.strobe.squeeze(64), "little") % L

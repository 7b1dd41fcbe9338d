"""The trustees' ceremony and decryptions. Spec § 6."""

import hashlib

from groups import BASE, L, blake2b, decode, ed25519_valid, encode, equal, hash_to_ristretto, sum_of
from transcript import Transcript


class Reader:
    """borsh."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        part = self.data[self.at : self.at + count]
        assert len(part) == count, "the bytes end too early"
        self.at += count
        return part

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def flag(self):
        value = self.number(1)
        assert value < 2, "not a bool"
        return value

    def scalar(self):
        value = self.number(32)
        assert value < L, "scalar not below the order of Ristretto255"
        return value

    def element(self):
        data = self.take(32)
        decode(data)
        return data

    def many(self, read):
        return [read() for _ in range(self.number(4))]

    def bytes(self):
        return self.take(self.number(4))

    def text(self):
        return self.bytes().decode()

    def optional(self, read):
        return read() if self.flag() else None

    def end(self):
        assert self.at == len(self.data), "trailing bytes"


def u16(number):
    return number.to_bytes(2, "little")


def length(items):
    return len(items).to_bytes(4, "little")


def knowledge_challenge(trustee, constant, nonce):
    message = b"FROST-RISTRETTO255-SHA512-v1dkg" + trustee.to_bytes(32, "little") + constant + nonce
    return int.from_bytes(hashlib.sha512(message).digest(), "little") % L


class Ceremony:
    """Reads and verifies a ceremony's record. Spec § 6.1."""

    def __init__(self, reader):
        start = reader.at
        reader.text()
        self.threshold = reader.number(2)
        cards = reader.many(lambda: self.card(reader))
        assert 2 <= self.threshold <= len(cards) <= 64, "threshold"
        for column in zip(*cards):
            assert len(set(column)) == len(cards), "two trustees share a name, a key or a recipient"
        reader.take(32)
        self.names, self.keys = [card[0] for card in cards], [card[1] for card in cards]
        self.setup = reader.data[start : reader.at]
        self.id = self.hash(0, b"\x01" + self.setup)
        committed = self.round(reader, 0, lambda: reader.take(32))
        packages = self.round(
            reader, 1, lambda: (reader.many(reader.element), reader.element(), reader.scalar())
        )
        confirmed = self.round(reader, 2, lambda: reader.take(32))
        acknowledged = self.round(reader, 4, lambda: reader.take(32))
        self.digest = blake2b(b"Tabella_CeremRec", b"\x01", reader.data[start : reader.at])

        for index, ((expected, _), ((phi, r, z), body)) in enumerate(zip(committed, packages), 1):
            assert self.hash(4, self.id + u16(index) + body) == expected, f"package of trustee {index} changed"
            assert len(phi) == self.threshold and bytes(32) not in [r, *phi], f"package of trustee {index}"
            c = knowledge_challenge(index, phi[0], r)
            known = equal(decode(r), sum_of([(z, BASE), (-c, decode(phi[0]))]))
            assert known, f"proof of knowledge of trustee {index}"
        self.first = {"card": cards[0][3], "commitment": committed[0][1], "package": packages[0]}
        bodies = [length(said) + b"".join(body for _, body in said) for said in (committed, packages)]
        self.transcript = self.hash(5, self.id + bodies[0] + bodies[1])
        assert all(value == self.transcript for value, _ in confirmed), "confirmation"

        phis = [[decode(element) for element in package[0]] for package, _ in packages]
        self.key = encode(sum_of([(1, phi[0]) for phi in phis]))
        self.shares = [
            encode(sum_of([(pow(index, k, L), point) for phi in phis for k, point in enumerate(phi)]))
            for index in range(1, len(cards) + 1)
        ]
        assert bytes(32) not in [self.key, *self.shares], "a key is the identity"
        self.outcome = self.hash(6, self.id + self.key + length(self.shares) + b"".join(self.shares))
        assert all(value == self.outcome for value, _ in acknowledged), "acknowledgement"

    @staticmethod
    def hash(use, message):
        return blake2b(b"Tabella_Ceremony", bytes([use]), message)

    def card(self, reader):
        start = reader.at
        card = reader.text(), reader.take(32), reader.take(32)
        body = reader.data[start : reader.at]
        message = self.hash(1, b"\x01" + body)
        assert ed25519_valid(card[1], message, reader.take(64)), f"the card of {card[0]}"
        return *card, body

    def round(self, reader, number, read):
        """One message of each trustee in order: value and bytes of each."""
        said = []
        assert reader.number(4) == len(self.keys), f"messages of round {number}"
        for index, key in enumerate(self.keys, 1):
            assert reader.number(2) == index, f"order of round {number}"
            start = reader.at
            value = read()
            body = reader.data[start : reader.at]
            head = b"\x01" + self.id + bytes([number]) + u16(index)
            message = self.hash(3, head + self.hash(2, bytes([number]) + body))
            assert ed25519_valid(key, message, reader.take(64)), f"round {number}, trustee {index}"
            said.append((value, body))
        return said


def read_kind(reader, options):
    """What a ballot says to a question: a rule (options, most, min, max), or (options, min, max) of a ranked one."""
    kind = reader.number(1)
    if kind == 0:
        return options, 1, reader.number(2), reader.number(2)
    if kind == 1:
        most, blank = reader.number(2), reader.flag()
        return options, most, 1 - blank, options * most
    if kind == 3:
        return options, reader.number(2), reader.number(2)
    assert kind == 2, "kind of question"
    return options, reader.number(2), reader.number(4), reader.number(4)


def read_decryption(reader, shares):
    """Trustee, list of D, R_B, R_C, z."""
    return reader.number(2), shares(), reader.element(), reader.element(), reader.scalar()


def decryption_challenges(ledger, election, purpose, ceremony, ciphertexts, decryption):
    """The weights ρ and c."""
    trustee, shares, r_b, r_c, _ = decryption
    transcript = Transcript("tabella/v1/decryption", ledger, bytes(32), trustee)
    transcript.append("election", election)
    transcript.append_u64("purpose", purpose)
    transcript.append("Y", ceremony.key)
    transcript.append("Y_i", ceremony.shares[trustee - 1])
    transcript.append_u64("ciphertexts", len(ciphertexts))
    for index, (c1, c2) in enumerate(ciphertexts):
        transcript.append_u64("ciphertext", index)
        transcript.append("c1", c1)
        transcript.append("c2", c2)
    transcript.append_u64("shares", len(shares))
    for element in shares:
        transcript.append("D", element)
    weights = [transcript.challenge("rho", 16) for _ in ciphertexts]
    transcript.append("R_B", r_b)
    transcript.append("R_C", r_c)
    return weights, transcript.scalar("c")


def decryption_valid(ledger, election, purpose, ceremony, ciphertexts, decryption):
    """Spec § 6.6."""
    trustee, shares, r_b, r_c, z = decryption
    if not 1 <= trustee <= len(ceremony.shares) or len(shares) != len(ciphertexts):
        return False
    weights, c = decryption_challenges(ledger, election, purpose, ceremony, ciphertexts, decryption)
    bases = sum_of([(weight, decode(c1)) for weight, (c1, _) in zip(weights, ciphertexts)])
    claims = sum_of([(weight, decode(element)) for weight, element in zip(weights, shares)])
    of_base = equal(sum_of([(z, BASE)]), sum_of([(1, decode(r_b)), (c, decode(ceremony.shares[trustee - 1]))]))
    return of_base and equal(sum_of([(z, bases)]), sum_of([(1, decode(r_c)), (c, claims)]))


def canary(election, key, trustee):
    return encode(hash_to_ristretto("canary", [election, key, u16(trustee)])), bytes(32)


def lagrange(trustees):
    coefficients = []
    for i in trustees:
        value = 1
        for j in trustees:
            if j != i:
                value = value * j * pow(j - i, -1, L) % L
        coefficients.append(value)
    return coefficients

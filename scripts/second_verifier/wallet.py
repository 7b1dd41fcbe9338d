"""Keys, addresses and note encryption. Spec § 2 and § 4.6."""

from groups import (
    L, R_J, SPEND_AUTHORITY_BASE, blake2b, decode, encode, hash_to_ristretto, jubjub_multiple, poseidon, sum_of,
)
from ranking import encrypt

MEMO_BYTES, ESCROW_BYTES = 512, 145


def field(number):
    return number.to_bytes(32, "little")


def little(data):
    return int.from_bytes(data, "little")


class Keys:
    """Of an account, from its encoding."""

    def __init__(self, seed, account):
        self.sk = blake2b(b"Tabella_Account_", seed, account)
        expand = lambda label: blake2b(b"Tabella_ExpandSk", self.sk, label, size=64)  # noqa: E731
        self.ask, self.nk = little(expand(b"ask")) % R_J, little(expand(b"nk")) % poseidon.R
        self.ivk, self.ovk = little(expand(b"ivk")) % L, expand(b"ovk")[:32]
        self.ak = jubjub_multiple(self.ask, SPEND_AUTHORITY_BASE)
        self.ok = poseidon.poseidon_hash(1, [*self.ak, self.nk])

    def address(self, diversifier):
        """pk and tk."""
        pk = poseidon.poseidon_hash(2, [self.ok, little(diversifier)])
        return pk, encode(sum_of([(self.ivk, diversified_base(diversifier))]))


def diversified_base(diversifier):
    return hash_to_ristretto("diversified base", [diversifier])


def bech32m(prefix, data):
    """BIP 350, without its limit on the length."""
    bits = "".join(format(byte, "08b") for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    checksum = 1
    for value in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values + [0] * 6:
        top, checksum = checksum >> 25, (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, constant in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            checksum ^= constant if top >> bit & 1 else 0
    checksum ^= 0x2BC830A3
    values += [checksum >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[value] for value in values)


class PlainNote:
    """A plain note for an address (d, pk, tk), from its seed, sealed for the recipient and under the sender's ovk."""

    def __init__(self, ovk, address, asset, value, memo, rseed):
        d, pk, tk = address
        rcm = blake2b(b"Tabella_ExpandNt", b"\x01", rseed, field(asset), value.to_bytes(8, "little"), field(pk), size=64)
        self.rcm = little(rcm) % poseidon.R
        self.cm = field(poseidon.poseidon_hash(3, [asset, value, pk, self.rcm]))
        fixed = b"\x01" + d + field(asset) + value.to_bytes(8, "little") + rseed + b"\x00"
        self.plaintext = fixed + bytes(ESCROW_BYTES + 32) + memo + bytes(MEMO_BYTES - len(memo))
        self.esk = little(blake2b(b"Tabella_ExpandNt", b"\x02", self.plaintext, self.cm, tk, size=64)) % L
        self.epk = encode(sum_of([(self.esk, diversified_base(d))]))
        shared = encode(sum_of([(self.esk, decode(tk))]))
        self.note_key = blake2b(b"Tabella_Note_KDF", shared, self.epk, self.cm)
        self.outgoing_key = blake2b(b"Tabella_Out_KDF_", ovk, self.cm, self.epk)
        outgoing = tk + field(pk) + self.esk.to_bytes(32, "little") + bytes(12)
        self.ciphertext = self.epk + encrypt(self.note_key, self.plaintext) + encrypt(self.outgoing_key, outgoing)

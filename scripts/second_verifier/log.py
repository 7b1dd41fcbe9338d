"""Logs: RFC 6962 trees and proofs, and signed checkpoints. Spec § 9."""

import base64
import hashlib

from groups import ed25519_sign


def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(count):
    """The greatest power of two below a number above 1."""
    return 1 << ((count - 1).bit_length() - 1)


def log_root(leaves):
    """RFC 6962 section 2.1."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = split(len(leaves))
    return node_hash(log_root(leaves[:k]), log_root(leaves[k:]))


def inclusion(index, leaves):
    """RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return inclusion(index, leaves[:k]) + [log_root(leaves[k:])]
    return inclusion(index - k, leaves[k:]) + [log_root(leaves[:k])]


def consistency(older, leaves):
    """RFC 6962 section 2.1.2, from a tree of `older` leaves to that of all."""

    def part(m, rest, whole):
        if m == len(rest):
            return [] if whole else [log_root(rest)]
        k = split(len(rest))
        if m <= k:
            return part(m, rest[:k], whole) + [log_root(rest[k:])]
        return part(m - k, rest[k:], False) + [log_root(rest[:k])]

    return part(older, leaves, True)


def checkpoint_text(origin, size, root, height, time):
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\ntabella/v1/block {height} {time}\n"


def signed_checkpoint(name, secret, text):
    """c2sp.org/signed-note, by the Ed25519 key of a secret of 32 bytes."""
    key, signature = ed25519_sign(secret, text.encode())
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    return f"{text}\n— {name} {base64.b64encode(key_id + signature).decode()}\n"

"""Merkle trees as RFC 6962 has them, of digests of leaves; SHA-256.

A leaf is hashed behind a zero byte and an inner node behind a one, so that neither passes for the
other. A tree over n leaves has the greatest power of two below n of them on its left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

__all__ = ["Tree", "leaf_hash", "node_hash", "paths_of"]


def leaf_hash(data: bytes) -> bytes:
    """The digest of a leaf with these bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The digest of what stands over two others."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows leaf by leaf. It holds a digest for each bit of its size, and no more."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[bytes] = []
        """The roots of the whole trees that it is made of, the greatest first."""

    def add(self, leaf: bytes) -> None:
        """Add the digest of a leaf."""
        size = self.size
        while size & 1:  # two whole trees of one size are one of twice that
            leaf = node_hash(self._whole.pop(), leaf)
            size >>= 1
        self._whole.append(leaf)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The digest over all; of no leaves that of no bytes."""
        if not self._whole:
            return sha256().digest()
        root = self._whole[-1]
        for left in reversed(self._whole[:-1]):
            root = node_hash(left, root)
        return root


def paths_of(leaves: Sequence[bytes], places: Iterable[int]) -> dict[int, list[bytes]]:
    """The digests that lead from leaves to the root, by the leaf's place: that beside it first.

    Args:
        leaves: The digests of all leaves.
        places: Of which, from 0.
    """
    at = {place: place for place in places}
    paths: dict[int, list[bytes]] = {place: [] for place in at}
    level = list(leaves)
    while len(level) > 1:
        for place, here in at.items():
            if here ^ 1 < len(level):
                paths[place].append(level[here ^ 1])
            at[place] = here >> 1
        pairs = range(0, len(level) - 1, 2)
        # One that is left over goes up as it is, which makes the same tree as that of the standard.
        over = level[len(level) & ~1 :]
        level = [node_hash(level[left], level[left + 1]) for left in pairs] + over
    return paths

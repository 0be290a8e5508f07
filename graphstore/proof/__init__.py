"""Seals over what the store recorded, and what they prove.

A *record* is a state of a node or of a type, an edge, or a deletion, as canonical JSON. A *leaf* is
its salted digest. A *seal* signs the root of a Merkle tree over the leaves of all that was recorded
since the seal before, and names that one's digest.
"""

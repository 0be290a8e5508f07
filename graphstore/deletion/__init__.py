"""Deleting: what goes with what, tombstones and purges, and what is kept for how long.

`rules` says what goes, what stays and what is refused; `plan` finds out what that is of some nodes;
`writing` does it, a bounded transaction at a time.
"""

from graphstore.deletion.deleting import delete
from graphstore.deletion.erasure import ErasureReport, erase
from graphstore.deletion.policy import Policy, PolicyRule
from graphstore.deletion.report import DeletionReport, FileFate, Part
from graphstore.deletion.retention import Kept, RetentionReport, retain

__all__ = [
    "DeletionReport",
    "ErasureReport",
    "FileFate",
    "Kept",
    "Part",
    "Policy",
    "PolicyRule",
    "RetentionReport",
    "delete",
    "erase",
    "retain",
]

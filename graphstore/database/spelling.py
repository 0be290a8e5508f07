"""What the keys of a node in Neo4j are called, for all that reads or writes them.

A declared property `k` is the key ``k``, or ``_k`` if ``k`` is a field's name or begins with
``custom_`` or ``_``; a custom one is ``custom_k``. So any names come back as they went in.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = [
    "BESIDE",
    "BY",
    "CONTENTS",
    "DELETED",
    "DELETED_BY",
    "DELETED_WHY",
    "ERASED",
    "FIELDS",
    "PLACE",
    "RECORDED",
    "SINCE",
    "from_key",
    "said_then",
    "to_key",
]

PLACE, CONTENTS = "_place", "_contents"
BY, RECORDED, SINCE = "_by", "_recorded", "_since"
"""Keys of nodes; no property of a user's is ever stored under them."""
DELETED, DELETED_BY, DELETED_WHY = "_deleted", "_deleted_by", "_deleted_why"
"""Keys of a tombstone: when it was deleted, by whom, and why if somebody said so."""
ERASED = "_erased"
"""When something that a node or an edge said was written over, since nobody may know it."""
RETRACTED = "RETRACTED_"
"""How the type of an event begins that was taken back."""
RETRACTABLE = ("INPUT", "OUTPUT")
"""The types of events that may be."""
RETRACTION = ("_until", "_retracted_by")
"""What such an event says of that: when, and by whom."""
BESIDE = frozenset([BY, RECORDED, SINCE, DELETED, DELETED_BY, DELETED_WHY, ERASED])
"""What the store notes about a node: who recorded it, when if that is not its `create_time`, when
it was changed last; its deletion and its erasure."""

FIELDS = frozenset(
    [
        "id",
        "type",
        "type_version",
        "type_id",
        "name",
        "uri",
        "external_id",
        "state",
        "create_time",
        "last_update_time",
        "start_time",
        "end_time",
        "source",
        "source_id",
        "digest",
        "fingerprint",
        PLACE,
        CONTENTS,
        *BESIDE,
    ]
)
"""The keys of nodes that are no properties of the user's, whatever the node's kind."""

_CUSTOM = "custom_"


def to_key(name: str, *, custom: bool) -> str:
    """The key on the node of the property called `name`."""
    if custom:
        return _CUSTOM + name
    return "_" + name if name in FIELDS or name.startswith((_CUSTOM, "_")) else name


@lru_cache(maxsize=8192)
def from_key(key: str) -> tuple[str, bool] | None:
    """The name of the property that a key holds, and whether it is custom; None for a field."""
    if key in FIELDS:
        return None
    if key.startswith(_CUSTOM):
        return key[len(_CUSTOM) :], True
    return key.removeprefix("_"), False


def said_then(node: str, property: str) -> str:
    """What a node said of a property at the time ``$known_at``, in Cypher; null if nothing.

    Args:
        node: The variable.
        property: ``.uri`` or ``[$key]``: how it is asked for now.
    """
    past = (
        f"COLLECT {{ MATCH ({node})<-[:REVISION_OF]-(r) WHERE r._until > $known_at"
        f" AND r{property} IS NOT NULL RETURN r{property} ORDER BY r._until LIMIT 1 }}[0]"
    )
    return f"nullIf(coalesce({past}, {node}{property}), [false])"

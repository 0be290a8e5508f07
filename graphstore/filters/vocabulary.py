"""The names that a filter may use: attributes, aliases and their fields, kinds of properties.

What Cypher says for each stands here, too: this, the operators and words of `translation.py` and
the names of parameters are all that the text of a translated filter is ever made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from graphstore.database.spelling import RETRACTABLE, RETRACTED
from graphstore.model.edges import EventType
from graphstore.model.nodes import ArtifactState, ExecutionState
from graphstore.model.types import Kind

__all__ = ["ATTRIBUTES", "FAMILIES", "PROPERTY_KINDS", "Attribute", "Family", "ValueType"]


class ValueType(str, Enum):
    """What an expression is; named as ML Metadata's messages name it."""

    INT = "INT64"
    DOUBLE = "DOUBLE"
    STRING = "STRING"
    BOOLEAN = "BOOL"
    NULL = "NULL"
    """What is written NULL; it goes with all others."""
    ARTIFACT_STATE = "ARTIFACT STATE"
    EXECUTION_STATE = "EXECUTION STATE"
    EVENT_TYPE = "EVENT TYPE"

    @property
    def names(self) -> tuple[str, ...]:
        """The names that stand for its values, written without quotes; () if it is no enum."""
        return _NAMES.get(self, ())


_NAMES = {
    ValueType.ARTIFACT_STATE: tuple(state.value for state in ArtifactState),
    ValueType.EXECUTION_STATE: tuple(state.value for state in ExecutionState),
    # An UNKNOWN event is never stored.
    ValueType.EVENT_TYPE: tuple(t.value for t in EventType if t is not EventType.UNKNOWN),
}


@dataclass(frozen=True)
class Attribute:
    """Something that nodes, or what an alias stands for, have one of."""

    type: ValueType
    cypher: str
    """What it is in Cypher, ``{}`` being the variable of the node or relationship."""
    key: str | None = None
    """The property of the node that holds it, if one does."""
    is_telling: bool = False
    """Whether few nodes have the same one, so that a search had better begin there."""
    then: str | None = None
    """What it is of what was taken back later, if that is called otherwise."""

    @property
    def is_of_edge(self) -> bool:
        """Whether it is what an edge says, rather than the node that it leads to."""
        return self.key is None


def _text(key: str, *, is_telling: bool = False) -> Attribute:
    return Attribute(ValueType.STRING, f"{{}}.{key}", key, is_telling)


def _time(key: str) -> Attribute:
    return Attribute(ValueType.INT, f"{{}}.{key}.epochMillis", key)


_NODE = {
    "id": Attribute(ValueType.INT, "{}.id", "id", True),
    "type": _text("type"),
    "name": _text("name", is_telling=True),
    "external_id": _text("external_id", is_telling=True),
    "create_time_since_epoch": _time("create_time"),
    "last_update_time_since_epoch": _time("last_update_time"),
}
_ARTIFACT = {
    # To ML Metadata an artifact without a uri has the uri ''.
    "uri": Attribute(ValueType.STRING, "coalesce({}.uri, '')", "uri", True),
    "state": Attribute(ValueType.ARTIFACT_STATE, "{}.state", "state"),
}
_EXECUTION = {"last_known_state": Attribute(ValueType.EXECUTION_STATE, "{}.state", "state")}
_TYPE_ID = {"type_id": Attribute(ValueType.INT, "{}.type_id", "type_id")}

ATTRIBUTES: Mapping[Kind, Mapping[str, Attribute]] = {
    "artifact": {**_NODE, **_TYPE_ID, **_ARTIFACT},
    "execution": {**_NODE, **_TYPE_ID, **_EXECUTION},
    "context": {**_NODE, **_TYPE_ID},
}
"""What can be said of a node itself, by the kind of node."""


@dataclass(frozen=True)
class Family:
    """A way from a node to its neighbours; an alias is one neighbour, ``contexts_run`` say."""

    pattern: str
    """The way in Cypher, ``{node}`` being the node, ``{edge}`` the variable of the edge,
    ``{events}`` the types of events, and ``{alias}`` the alias's variable with its label."""
    kind: Kind
    """What the neighbours are."""
    fields: Mapping[str, Attribute]

    def way(self, node: str, alias: str, *, then: bool = False) -> str:
        """The way from a node to the neighbour that is called `alias`, by an edge that is called
        after it; with `then` by one that was taken back later, too."""
        return self.pattern.format(
            node=node,
            edge=f"{alias}_event",
            events=_EVENTS_THEN if then else _EVENTS,
            alias=f"{alias}:{self.kind.capitalize()}",
        )

    def ends(self, alias: str) -> str:
        """The pattern of what leads to a neighbour, which the database counts without a look at
        each."""
        return self.pattern.format(node="", edge="", events=_EVENTS, alias=alias)


_CONTEXT = {**_NODE, **_TYPE_ID}
_EVENTS = ":" + "|".join(ValueType.EVENT_TYPE.names)
_EVENTS_THEN = "|".join([_EVENTS, *(RETRACTED + name for name in RETRACTABLE)])
_EVENT = {
    "type": Attribute(
        ValueType.EVENT_TYPE,
        "type({}_event)",
        then=f"replace(type({{}}_event), '{RETRACTED}', '')",
    ),
    # One whose time nobody knows has none; to ML Metadata it has the time 0.
    "milliseconds_since_epoch": Attribute(ValueType.INT, "coalesce({}_event.time.epochMillis, 0)"),
}
_ID = _NODE["id"]


def _events(kind: Kind) -> Family:
    return Family("({node})-[{edge}{events}]-({alias})", kind, {**_EVENT, f"{kind}_id": _ID})


FAMILIES: Mapping[Kind, Mapping[str, Family]] = {
    "artifact": {
        "contexts": Family("({node})-[{edge}:ATTRIBUTED_TO]->({alias})", "context", _CONTEXT),
        "events": _events("execution"),
    },
    "execution": {
        "contexts": Family("({node})-[{edge}:ASSOCIATED_WITH]->({alias})", "context", _CONTEXT),
        "events": _events("artifact"),
    },
    "context": {
        "parent_contexts": Family("({node})-[{edge}:CHILD_OF]->({alias})", "context", _CONTEXT),
        "child_contexts": Family("({node})<-[{edge}:CHILD_OF]-({alias})", "context", _CONTEXT),
        "artifacts": Family(
            "({node})<-[{edge}:ATTRIBUTED_TO]-({alias})",
            "artifact",
            {**_NODE, **_TYPE_ID, **_ARTIFACT},
        ),
        "executions": Family(
            "({node})<-[{edge}:ASSOCIATED_WITH]-({alias})",
            "execution",
            {**_NODE, **_TYPE_ID, **_EXECUTION},
        ),
    },
}
"""The aliases that a filter may use, by the kind of node and the word before the underscore."""

PROPERTY_KINDS: Mapping[str, ValueType] = {
    "int_value": ValueType.INT,
    "double_value": ValueType.DOUBLE,
    "string_value": ValueType.STRING,
    "bool_value": ValueType.BOOLEAN,
}
"""What a property may be asked for as; one of another kind is NULL then."""

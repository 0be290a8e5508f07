"""A graphstore and ML Metadata's own store, asked the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ml_metadata import MetadataStore as Real
from ml_metadata import errors, proto

from graphstore import Store
from graphstore.mlmd import MetadataStore

__all__ = ["Failure", "Pair", "Side"]

NOTHING = 1_000_000_007
"""An id that no node has, on either side."""


@dataclass
class Side:
    """One of the two stores, and what its ids stand for."""

    client: Any
    ids: dict[str, list[int]] = field(default_factory=dict)
    """By kind, the ids in the order in which they became known."""

    def id(self, kind: str, number: int | None) -> int:
        """The id of the node that became known as this number; one that nothing has for None."""
        return NOTHING if number is None else self.ids[kind][number]

    def learn(self, kind: str, ids: Iterable[int]) -> list[int]:
        """The numbers of ids, which are known from now on."""
        all_ids = self.ids.setdefault(kind, [])
        numbers = []
        for id_ in ids:
            if id_ not in all_ids:
                all_ids.append(id_)
            numbers.append(all_ids.index(id_))
        return numbers

    def number(self, kind: str, id_: int) -> int:
        """The number of an id that is known."""
        return self.ids[kind].index(id_)


@dataclass(frozen=True)
class Failure:
    """A call that failed."""

    error: errors.StatusError

    @property
    def name(self) -> str:
        """The class of the error."""
        return type(self.error).__name__


class Pair:
    """The two stores."""

    def __init__(self, store: Store) -> None:
        config = proto.ConnectionConfig()
        config.fake_database.SetInParent()
        self.ours, self.real = Side(MetadataStore(store)), Side(Real(config))

    def ask(self, work: Callable[[Side], Any]) -> tuple[Any, Any]:
        """What both answer; `Failure` where one fails."""
        return _ask(work, self.ours), _ask(work, self.real)

    def agree(self, work: Callable[[Side], Any]) -> Any:
        """What both answer alike: the same, or the same class of error."""
        ours, real = self.ask(work)
        if isinstance(ours, Failure) and isinstance(real, Failure):
            assert ours.name == real.name, (ours, real)
        else:
            assert ours == real
        return ours

    def compare(self) -> None:
        """Both hold the same."""
        ours, real = everything(self.ours), everything(self.real)
        for what, value in real.items():
            assert ours[what] == value, f"{what}: {ours[what]} is not {value}"


def _ask(work: Callable[[Side], Any], side: Side) -> Any:
    try:
        return work(side)
    except errors.StatusError as error:
        return Failure(error)


def everything(side: Side) -> dict[str, Any]:
    """All that a store holds, by the numbers of the nodes, without the times that it gave."""
    client, content = side.client, {}
    for kind in ("artifact", "execution", "context"):
        content[kind] = [_node(side, kind, node) for node in getattr(client, f"get_{kind}s")()]
        content[kind].sort(key=lambda node: node["id"])
    artifacts, executions = side.ids.get("artifact", []), side.ids.get("execution", [])
    content["events"] = [
        [_event(side, event) for event in client.get_events_by_execution_ids([id_])]
        for id_ in executions
    ]
    content["events of artifacts"] = sorted(
        _event(side, event) for event in client.get_events_by_artifact_ids(artifacts)
    )
    for context in side.ids.get("context", []):
        number = side.number("context", context)
        for name, kind, ids in (
            ("attributions", "artifact", client.get_artifacts_by_context(context)),
            ("associations", "execution", client.get_executions_by_context(context)),
            ("parents", "context", client.get_parent_contexts_by_context(context)),
            ("children", "context", client.get_children_contexts_by_context(context)),
        ):
            content[f"{name} of {number}"] = sorted(side.number(kind, node.id) for node in ids)
    return content


def _node(side: Side, kind: str, node: Any) -> dict[str, Any]:
    fields = {
        descriptor.name: value
        for descriptor, value in node.ListFields()
        if not descriptor.name.endswith("since_epoch")
    }
    fields["id"] = side.number(kind, node.id)
    fields["type_id"] = side.number(f"{kind}_type", node.type_id)
    for name in ("properties", "custom_properties"):
        fields[name] = {
            key: value.SerializeToString(deterministic=True)
            for key, value in getattr(node, name).items()
        }
    return fields


def _event(side: Side, event: Any) -> tuple[Any, ...]:
    return (
        side.number("artifact", event.artifact_id),
        side.number("execution", event.execution_id),
        event.type,
        event.milliseconds_since_epoch,
        str(event.path),
    )

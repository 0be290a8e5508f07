"""What executions, artifacts and runs say of themselves, whoever recorded them.

The recorder and TFX keep the same facts in different places; here they are read alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from graphstore.cache import Difference
from graphstore.database import Row
from graphstore.errors import InvalidArgument
from graphstore.model.nodes import Artifact, Context, Execution, ExecutionState, NodeRef
from graphstore.questions.parameters import parameters
from graphstore.repository.rows import decode_path, node_from_row, path_order

__all__ = [
    "ENVIRONMENT",
    "EVALUATED_ROLES",
    "Subject",
    "code_of",
    "environment_differences",
    "inputs_of",
    "metrics_of",
    "outcome_of",
    "parameters_of",
    "reference",
    "span_of",
]

Subject = Artifact | Execution | Context | NodeRef | int | str
"""A node, which node, its id, or what `NodeRef.parse` reads: ``"a45"``."""

ENVIRONMENT = "Environment"
"""The type of the artifacts that say in what something ran."""

EVALUATED_ROLES = ("model", "model_export")
"""The roles in which evaluations of TFX read the model that they are about (as in `resolve`)."""

_CODE = ("module_path", "module_file")
"""Where TFX says which code of the user's a component runs."""
# Numbers that artifacts have, and that measure nothing.
_NOT_MEASURED = {"baseline_model_id", "blessed", "create_time", "current_model_id", "is_external"}
_NOT_MEASURED |= {"pushed", "pushed_version", "span", "version"}


def reference(subject: Subject, default: Any = "artifact") -> NodeRef:
    """Which node a subject is.

    Args:
        subject: The subject.
        default: The kind of a bare number.

    Raises:
        InvalidArgument: If it is none.
    """
    if isinstance(subject, NodeRef):
        return subject
    if isinstance(subject, (Artifact, Execution, Context)):
        return subject.ref
    if isinstance(subject, bool) or not isinstance(subject, (int, str)):
        raise InvalidArgument(f"expected a node, its id, or a text like 'a45'; found {subject!r}")
    return NodeRef.parse(str(subject), default=default)


def parameters_of(execution: Execution) -> dict[str, Any]:
    """What an execution was told, by name, sorted; without what says which code it runs."""
    return {name: v for name, v in parameters(execution).items() if name not in _CODE}


def code_of(execution: Execution) -> str | None:
    """The version of its code, as the recorder or TFX says it; None if nobody did."""
    said = {**execution.custom_properties, **execution.properties}
    for name in ("code_version", *_CODE):
        if said.get(name):
            return str(said[name])
    return None


def metrics_of(artifacts: Iterable[Artifact]) -> dict[str, float]:
    """The numbers that artifacts say of themselves, by name; of two of a name the first.

    Neither true and false, nor numbers that are known to measure nothing: spans, ids.
    """
    metrics: dict[str, float] = {}
    for artifact in artifacts:
        for name, value in {**artifact.custom_properties, **artifact.properties}.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if number and name not in _NOT_MEASURED and not math.isnan(value):
                metrics.setdefault(name, value)
    return metrics


def inputs_of(row: Iterable[Mapping[str, Any]]) -> list[tuple[str, Artifact, str]]:
    """Role, artifact and type of event of each input, in the order of the roles and of their items.

    Args:
        row: Maps of `artifact`, `path` and `type`, as the queries answer them.
    """
    read = sorted(
        ((decode_path(item["path"] or ()), item) for item in row),
        key=lambda pair: (path_order(pair[0]), pair[1]["artifact"]["id"]),
    )
    return [
        (
            str(path[0]) if path else "",
            node_from_row(item["artifact"], Artifact),
            item["type"],
        )
        for path, item in read
    ]


def span_of(
    nodes: Sequence[Execution | Context],
) -> tuple[datetime | None, datetime | None]:
    """When the first of these began and the last ended.

    Where nobody said, the times at which the store learnt of an execution and of its last change:
    TFX's are those. No end is known of what still goes on.
    """
    began = [t for node in nodes if (t := node.start_time or node.create_time) is not None]
    ended = [
        t
        for node in nodes
        if isinstance(node, Execution) and (t := node.end_time or node.last_update_time) is not None
    ]
    going = any(
        isinstance(node, Execution) and node.state in (ExecutionState.RUNNING, ExecutionState.NEW)
        for node in nodes
    )
    return min(began, default=None), None if going else max(ended, default=None)


def outcome_of(run: Context, executions: Sequence[Execution]) -> str:
    """How a run ended: as it says itself, or else as the last execution to begin in it did.

    A run can survive the failure of a step that nothing waits for.
    """
    if status := run.properties.get("status"):
        return str(status)
    timed = sorted(executions, key=lambda e: (span_of([e])[0] is not None, span_of([e])[0], e.id))
    state = timed[-1].state if timed else None
    return state.value if state else "UNKNOWN"


def environment_differences(was: Row, now: Row) -> Iterator[Difference]:
    """In what two environments differ: Python, platform, distributions, variables, accelerators."""
    for part in ("python", "implementation", "platform", "machine", "accelerators"):
        if was.get(part) != now.get(part):
            yield Difference(part, was.get(part), now.get(part))
    for part, name in (("distributions", ""), ("variables", "variable ")):
        one, other = was.get(part) or {}, now.get(part) or {}
        for key in sorted({*one, *other}):
            if one.get(key) != other.get(key):
                yield Difference(name + key, one.get(key), other.get(key))

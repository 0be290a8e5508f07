"""What executions, artifacts and runs say of themselves, whoever recorded them.

The recorder and TFX keep the same facts in different places; here they are read alike.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from graphstore.database import Row
from graphstore.model.nodes import Artifact, Context, Execution, ExecutionState
from graphstore.questions.about.parameters import NAMES, by_tfx, parameters
from graphstore.recording.cache import Difference
from graphstore.storage.rows import decode_path, node_from_row, path_order
from graphstore.system.processes import ProcessId

__all__ = [
    "ENVIRONMENT",
    "EVALUATED_ROLES",
    "began_of",
    "code_of",
    "environment_differences",
    "inputs_of",
    "is_gone",
    "outcome_of",
    "parameters_of",
    "seconds_of",
    "span_of",
]

ENVIRONMENT = "Environment"
"""The type of the artifacts that say in what something ran."""

EVALUATED_ROLES = ("model", "model_export")
"""The roles in which evaluations of TFX read the model that they are about (as in `resolve`)."""

_CODE = ("module_path", "module_file")
"""Where TFX says which code of the user's a component runs."""


def parameters_of(execution: Execution) -> dict[str, Any]:
    """What an execution was told, by name, sorted; without what says which code TFX runs."""
    code = _CODE if by_tfx(execution) else ()
    return {name: v for name, v in parameters(execution).items() if name not in code}


def code_of(execution: Execution) -> str | None:
    """The version of its code, as the recorder or TFX says it; None if nobody did."""
    # Of what the recorder recorded, a custom property of that name is a parameter.
    custom = {} if NAMES in execution.properties else execution.custom_properties
    properties = {**custom, **execution.properties}
    for name in ("code_version", *(_CODE if by_tfx(execution) else ())):
        if properties.get(name):
            return str(properties[name])
    return None


def inputs_of(row: Iterable[Mapping[str, Any]]) -> list[tuple[str, Artifact, str]]:
    """Role, artifact and type of event of each input, in the order of the roles and of their items.

    Args:
        row: Maps of `artifact`, `path` and `type`, as the queries answer them.
    """
    inputs = sorted(
        ((decode_path(item["path"] or ()), item) for item in row),
        key=lambda pair: (path_order(pair[0]), pair[1]["artifact"]["id"]),
    )
    return [
        (
            str(path[0]) if path else "",
            node_from_row(item["artifact"], Artifact),
            item["type"],
        )
        for path, item in inputs
    ]


def began_of(node: Execution | Context) -> datetime | None:
    """When this began. Where nobody said, when the store learnt of it, which is no later than it
    ended: of an end that was told afterwards alone no more is known."""
    learnt, ended = node.create_time, node.end_time
    return node.start_time or (min(learnt, ended) if learnt and ended else learnt)


def seconds_of(began: datetime | None, ended: datetime | None, *, said: bool) -> float | None:
    """How long something took; None if its beginning was not said, and is just that of its end.

    Args:
        began: When it began.
        ended: When it ended.
        said: Whether somebody said when it began.
    """
    if began is None or ended is None or (began == ended and not said):
        return None
    return (ended - began).total_seconds()


def span_of(
    nodes: Sequence[Execution | Context],
) -> tuple[datetime | None, datetime | None]:
    """When the first of these began and the last ended.

    Where nobody said, the times at which the store learnt of an execution and of its last change:
    TFX's are those. No end is known of what still goes on, nor of what was killed and marked later.
    """
    began = [t for node in nodes if (t := began_of(node)) is not None]
    ends = [
        t
        for node in nodes
        if isinstance(node, Execution) and (t := node.end_time or node.last_update_time) is not None
    ]
    going = any(
        isinstance(node, Execution)
        and (node.state in (ExecutionState.RUNNING, ExecutionState.NEW) or _was_killed(node))
        for node in nodes
    )
    return min(began, default=None), None if going else max(ends, default=None)


def _was_killed(execution: Execution) -> bool:
    """Whether it was marked by `graphstore doctor`: when that was is not when it ended."""
    return execution.end_time is None and execution.properties.get("error_type") == "Abandoned"


def outcome_of(run: Context, executions: Sequence[Execution]) -> str:
    """How a run ended: as it says itself, or else as the last execution to begin in it did.

    A run can survive the failure of a step that nothing waits for.
    """
    if run.deletion is not None:
        return "DELETED"
    if status := run.properties.get("status"):
        return str(status)
    by_time = sorted(executions, key=lambda e: (span_of([e])[0] is not None, span_of([e])[0], e.id))
    state = by_time[-1].state if by_time else None
    return state.value if state else "UNKNOWN"


def is_gone(node: Execution | Context) -> bool:
    """Whether the process that a run or a step says it goes on in has ended; False if unknown."""
    host, pid, began = (node.properties.get(name) for name in ("host", "pid", "began"))
    if not isinstance(pid, int) or not isinstance(began, (int, float)) or host != platform.node():
        return False
    return not ProcessId(pid, began).alive()


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

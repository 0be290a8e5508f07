"""What an execution was told: its parameters, TFX's among them.

The rule. An execution whose property `parameter_names` lists names, as the recorder writes it, was
told what these name, and nothing else: all other properties are notes. Of any other execution all
properties are parameters, but those that recording gives it by itself (`recording.cache.FACTS`)
and, of TFX's executions, what TFX's launcher writes beside the parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphstore.model.nodes import Execution
from graphstore.recording.cache import FACTS
from graphstore.storage.contents import OWN

__all__ = ["NAMES", "by_tfx", "digests", "notes", "parameters", "recorded_parameters"]

NAMES = "parameter_names"
"""The property in which the recorder says which of the others are parameters."""

# What TFX's launcher writes into the same properties, and what is no parameter of the component.
_BOOKKEEPING = frozenset(
    ["component_id", "pipeline_name", "pipeline_root", "run_id", "state", "name", "launcher_type"]
)
_LAUNCHED = frozenset(["component_id", "pipeline_name", "pipeline_root", "run_id"])
_PROCESS = frozenset(["host", "pid", "began"])


def recorded_parameters(execution: Execution) -> dict[str, Any]:
    """The parameters of an execution by name, sorted, each as it was recorded."""
    own, custom = execution.properties, execution.custom_properties
    names = own.get(NAMES)
    if isinstance(names, list):
        # Called like what recording says by itself, a parameter stands among the custom ones.
        first, other = {**own, **custom}, {**custom, **own}
        values = {str(n): (first if n in FACTS else other).get(n) for n in names}
        return {name: values[name] for name in sorted(values) if values[name] is not None}
    facts = {n for n in FACTS if n not in _PROCESS or own.keys() >= _PROCESS}
    values = {**{n: v for n, v in own.items() if n not in facts}, **custom}
    if by_tfx(execution):
        values = {
            name: value
            for name, value in values.items()
            if not name.startswith("__")
            and name not in _BOOKKEEPING
            and value not in ("None", "null")
        }
    return dict(sorted(values.items()))


def digests(execution: Execution) -> Mapping[str, str]:
    """The digests of the parameters, by name, that what is stored of them does not tell from all
    others: ``{1: "a"}`` is stored as ``{"1": "a"}`` is. Where these differ the parameters do."""
    by_name = execution.properties.get("parameter_digests")
    return by_name if isinstance(by_name, dict) else {}


def parameters(execution: Execution) -> dict[str, Any]:
    """The parameters of an execution by name, sorted, as people ask for them.

    TFX writes some as JSON text (``train_args`` is ``{"num_steps": 100}``): these are opened,
    ``custom_config`` without its name (``learning_rate``) unless another one has that name, others
    with it (``train_args.num_steps``).
    """
    values = recorded_parameters(execution)
    if not by_tfx(execution):
        return values
    flat: dict[str, Any] = {}
    for name, value in values.items():
        inside = _flat_object(value)
        for key, item in {"": value}.items() if inside is None else inside.items():
            whole = f"{name}.{key}" if key else name
            short = key if key and name == "custom_config" else whole
            flat[whole if short in values or short in flat else short] = item
    return dict(sorted(flat.items()))


def notes(execution: Execution) -> dict[str, Any]:
    """What was written on a recorded execution beside its parameters, by name, sorted.

    Of an execution that does not say which of its properties are parameters nothing is a note.
    """
    names = execution.properties.get(NAMES)
    if not isinstance(names, list):
        return {}
    custom = {n: v for n, v in execution.custom_properties.items() if n not in names}
    own = execution.properties.items()
    values = {**{n: v for n, v in own if n not in names and n not in FACTS}, **custom}
    return dict(sorted(values.items()))


def by_tfx(execution: Execution) -> bool:
    """Whether TFX recorded it: by the name of its type, or by what its launcher writes."""
    own, custom = execution.properties, execution.custom_properties
    if isinstance(own.get(NAMES), list) or (execution.external_id or "").startswith(OWN):
        return False
    return (
        execution.type.startswith("tfx.")
        or {*own, *custom} >= _LAUNCHED
        or any(name.startswith("__execution") for name in custom)
    )


def _flat_object(value: Any) -> Mapping[str, Any] | None:
    """The object that a text holds as JSON, if it is a flat one."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(value)
    except ValueError:
        return None
    flat = isinstance(data, dict) and not any(isinstance(v, (dict, list)) for v in data.values())
    return data if flat else None

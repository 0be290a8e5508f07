"""What an execution was told: its parameters, TFX's among them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphstore.cache import FACTS
from graphstore.model.nodes import Execution

__all__ = ["parameters"]

# What TFX's launcher writes into the same properties, and what is no parameter of the component.
_BOOKKEEPING = frozenset(
    ["component_id", "pipeline_name", "pipeline_root", "run_id", "state", "name", "launcher_type"]
)


def parameters(execution: Execution) -> dict[str, Any]:
    """The parameters of an execution by name, sorted.

    Those are its properties, without what recording says by itself. TFX writes some as JSON text
    (``train_args`` is ``{"num_steps": 100}``): these are opened, ``custom_config`` without its name
    (``learning_rate``), others with it (``train_args.num_steps``).
    """
    own = {name: v for name, v in execution.properties.items() if name not in FACTS}
    told: dict[str, Any] = {}
    for name, value in {**own, **execution.custom_properties}.items():
        if name.startswith("__") or name in _BOOKKEEPING or value in ("None", "null"):
            continue
        opened = _opened(value)
        if opened is None:
            told[name] = value
        else:
            prefix = "" if name == "custom_config" else f"{name}."
            told.update((prefix + key, item) for key, item in opened.items())
    return dict(sorted(told.items()))


def _opened(value: Any) -> Mapping[str, Any] | None:
    """The object that a text holds as JSON, if it is a flat one."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(value)
    except ValueError:
        return None
    flat = isinstance(found, dict) and not any(isinstance(v, (dict, list)) for v in found.values())
    return found if flat else None

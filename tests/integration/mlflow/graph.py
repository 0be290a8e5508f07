"""What of an imported history is in a store, by MLflow's own names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from graphstore import Artifact, Context, EventType, Execution, Store
from tests.integration.mlflow.conftest import Written

__all__ = [
    "artifacts",
    "as_the_client_has",
    "contexts",
    "events_of",
    "executions",
    "milliseconds",
    "model_named",
    "run_named",
    "tags_of",
]

LARGEST = 1.7976931348623157e308
"""What a database has for infinity, and MLflow's client reads of it."""


def executions(store: Store) -> dict[str, Execution]:
    """The runs by their ids in MLflow."""
    return {str(one.external_id): one for one in store.executions.iterate(type="mlflow.Run")}


def artifacts(store: Store, type_: str) -> dict[str, Artifact]:
    """The artifacts of a type by their ids in the history."""
    return {str(one.source_id): one for one in store.artifacts.iterate(type=type_)}


def contexts(store: Store, type_: str) -> dict[str, Context]:
    """The contexts of a type by name."""
    return {one.name: one for one in store.contexts.iterate(type=type_)}


def run_named(store: Store, name: str) -> Execution:
    (run,) = (one for one in executions(store).values() if one.properties["run_name"] == name)
    return run


def model_named(store: Store, name: str) -> Artifact:
    models = artifacts(store, "mlflow.Model").values()
    (model,) = (one for one in models if one.custom_properties.get("mlflow.name") == name)
    return model


def tags_of(node: Execution | Artifact | Context) -> dict[str, Any]:
    properties = node.custom_properties.items()
    return {key.removeprefix("tags."): v for key, v in properties if key.startswith("tags.")}


def milliseconds(time: datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)


def as_the_client_has(written: Written, value: float) -> str:
    if written.kind != "folder" and math.isinf(value):
        value = math.copysign(LARGEST, value)
    return repr(value)


def events_of(store: Store, run: Execution) -> Iterator[tuple[EventType, str, Artifact]]:
    """What a run read and made: how, in which role, what."""
    for event in store.events.of_executions(run):
        assert event.artifact_id is not None
        yield event.type, event.role, store.artifacts.get(event.artifact_id)

"""What an MLflow store holds, whether in a database or in files, in the same words.

Fields have the names that MLflow's tables give them, but where its files and its tables differ:
there one is chosen (`run_id`, `creation_time`). What is not known here stays in `fields` under its
own name, so that nothing that a newer MLflow says is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from graphstore.interop.importing.history import in_ascii
from graphstore.model.series import Series

__all__ = [
    "DATASET",
    "KEY",
    "MODEL",
    "ROLE",
    "Counts",
    "Entity",
    "Input",
    "MlflowStore",
    "Point",
    "dataset_id",
    "fields_of",
]

Counts = dict[str, int]
"""How many there are, by what MLflow calls them."""

DATASET, MODEL = "dataset", "model"
KEY = "mlflow"
"""What series that come in have for the process that logged them, which nobody knows."""
ROLE = "mlflow.data.context"
"""The tag of an input that says in which role a run read a dataset."""


@dataclass(slots=True)
class Entity:
    """An experiment, a run, a dataset, a logged model, a registered model or a version of one."""

    fields: dict[str, Any]
    """Its columns, or the entries of its `meta.yaml`; what is None is left out."""
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    """Texts, as MLflow keeps them."""
    curves: list[Series] = field(default_factory=list)
    """Of a run each metric, by name; its points by time, then by step."""
    points: list[Point] = field(default_factory=list)
    """Of a logged model the values of its metrics, likewise."""
    aliases: dict[str, int] = field(default_factory=dict)
    """Of a registered model the numbers of versions."""
    reader_count: int = 0
    """Of a dataset how many runs read it."""

    def text(self, name: str) -> str | None:
        """A field as text; None if it says nothing."""
        value = self.fields.get(name)
        return None if value is None or value == "" else str(value)

    def number(self, name: str) -> int | None:
        """A field as a whole number, a time in milliseconds for one; None if it is none."""
        value = self.fields.get(name)
        if type(value) is float and value.is_integer():
            return int(value)
        return value if type(value) is int else None


class Point(NamedTuple):
    """A value of a logged model's metric."""

    metric: str
    millis: int
    step: int | float
    value: float
    run_id: str
    """The run that logged it."""
    dataset: str | None
    """The name and the digest of the data that it was measured on."""


class Input(NamedTuple):
    """That a run read or made something."""

    run_id: str
    what: str
    """DATASET or MODEL."""
    id: str
    made: bool
    """Whether the run made it; else it read it."""
    role: str | None = None
    """Of a dataset that a run read."""


class MlflowStore(Protocol):
    """A store of MLflow's, as far as it is read; ids ascend by their code points."""

    place: str
    """Where it is, for messages."""
    title: str
    """The same in short."""
    name: str
    """What its source is called if the graph does not know it yet."""
    problems: list[str]
    """What could not be read as it was, or not at all: a sentence each. Whoever takes them
    empties the list."""

    def counts(self) -> Counts:
        """How many there are of what comes in, by what MLflow calls it; known when all was read."""

    def left_out(self) -> Counts:
        """How many there are of what does not come in, traces for one, by table or folder."""

    def experiments(self) -> Iterator[Entity]:
        """The experiments by id, those that were deleted too."""

    def runs(self, *, whole: bool = True) -> Iterator[Entity]:
        """The runs by id, those that were deleted too; if not whole, with nothing but their fields
        and tags."""

    def datasets(self) -> Iterator[Entity]:
        """The datasets by id, which is `dataset_id` of their fields."""

    def models(self, *, whole: bool = True) -> Iterator[Entity]:
        """The logged models by id, those that were deleted too; if not whole, with nothing but
        their fields."""

    def inputs(self) -> Iterator[Input]:
        """What runs read and made, by the id of the run; an input once."""

    def registered_models(self) -> Iterator[Entity]:
        """The registered models, and the prompts, by name."""

    def versions(self) -> Iterator[Entity]:
        """The versions of registered models, by name and number."""


_OTHER_NAMES = {
    "run_uuid": "run_id",
    "dataset_source_type": "source_type",
    "dataset_source": "source",
    "dataset_schema": "schema",
    "dataset_profile": "profile",
    **dict.fromkeys(("creation_timestamp", "creation_timestamp_ms"), "creation_time"),
    **dict.fromkeys(
        ("last_updated_time", "last_updated_timestamp", "last_updated_timestamp_ms"),
        "last_update_time",
    ),
}


def fields_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row or a file says, under the names that are used here."""
    return {_OTHER_NAMES.get(key, key): v for key, v in row.items() if v is not None}


def dataset_id(experiment_id: str, name: str, digest: str) -> str:
    """The id of a dataset: all that MLflow tells datasets apart by."""
    return in_ascii(f"dataset/{experiment_id}/{name}/{digest}")

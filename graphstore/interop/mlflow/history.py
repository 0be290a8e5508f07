"""MLflow's records as a history that comes in: what becomes of what.

An experiment is a context, and so is each run, within its experiment and its parent; what the run
did is an execution. Datasets and logged models are artifacts. A registered model is a context, and
each of its versions one within it, to which the model belongs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from functools import cached_property
from heapq import merge
from typing import Any, NamedTuple

from graphstore.interop.importing.history import (
    EventRow,
    Member,
    MemberRow,
    NodeRow,
    SourceId,
    Table,
    in_ascii,
)
from graphstore.interop.mlflow.records import (
    DATASET,
    MODEL,
    Entity,
    Input,
    MlflowStore,
    Point,
)
from graphstore.interop.mlflow.registry import (
    Registry,
    Sourced,
    Version,
    is_prompt,
    path_of,
    workspace_of,
)
from graphstore.model.edges import EventType
from graphstore.model.nodes import ArtifactState, ExecutionState
from graphstore.model.plain import in_json
from graphstore.model.series import Series
from graphstore.model.types import (
    ArtifactType,
    BaseType,
    ContextType,
    ExecutionType,
    Kind,
    Type,
)
from graphstore.model.values import PropertyKind, Value

__all__ = ["MlflowHistory"]

EXPERIMENT, RUN, RUN_CONTEXT = "experiment", "run", "run context"
REGISTERED, VERSION = "registered model", "version"
PROMPT, PROMPT_VERSION = "prompt", "prompt version"

_TEXT, _STRUCT = PropertyKind.STRING, PropertyKind.STRUCT
_REGISTERED = {"description": _TEXT, "aliases": _STRUCT}
_VERSION = {"description": _TEXT, "aliases": _STRUCT, "stage": _TEXT, "source_uri": _TEXT}
_RUN = {"user": _TEXT, "run_name": _TEXT, "lifecycle_stage": _TEXT}
TYPES: Mapping[str, Type] = {
    EXPERIMENT: ContextType(name="mlflow.Experiment", properties={"lifecycle_stage": _TEXT}),
    RUN_CONTEXT: ContextType(name="mlflow.Run", properties={**_RUN, "status": _TEXT}),
    REGISTERED: ContextType(name="mlflow.RegisteredModel", properties=_REGISTERED),
    VERSION: ContextType(name="mlflow.ModelVersion", properties=_VERSION),
    PROMPT: ContextType(name="mlflow.Prompt", properties=_REGISTERED),
    PROMPT_VERSION: ContextType(name="mlflow.PromptVersion", properties=_VERSION),
    DATASET: ArtifactType(name="mlflow.Dataset", base_type=BaseType.DATASET),
    MODEL: ArtifactType(
        name="mlflow.Model",
        base_type=BaseType.MODEL,
        properties={"params": _STRUCT, "versions": _STRUCT, "logged_metrics": _STRUCT},
    ),
    RUN: ExecutionType(
        name="mlflow.Run",
        properties={**_RUN, "code_version": _TEXT, "parameter_names": _STRUCT},
    ),
}
"""The types in the store; questions know by the last part of a name what is data, what a model."""

TABLES: Mapping[Table, str] = {
    "type": "types",
    "context": "contexts",
    "artifact": "datasets and models",
    "execution": "runs",
    "event": "inputs and outputs",
    "attribution": "memberships of artifacts",
    "association": "memberships of runs",
    "parent": "parts of contexts",
    "series": "metrics of runs",
}

_RUN_STATES = {
    "SCHEDULED": ExecutionState.NEW,
    "RUNNING": ExecutionState.RUNNING,
    "FINISHED": ExecutionState.COMPLETE,
    "FAILED": ExecutionState.FAILED,
    "KILLED": ExecutionState.CANCELED,
}
_RUN_NUMBERS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
"""What files say for the states of runs."""
_MODEL_STATES = {
    1: ArtifactState.PENDING,
    2: ArtifactState.LIVE,
    3: ArtifactState.ABANDONED,  # its upload failed
}
_DELETED = "deleted"
_MODELS = "model:"
"""Begins the ids of models that versions name by a source; after `dataset/` and `m-`."""


class _Head(NamedTuple):
    """What of a run is needed of all runs at once."""

    run_id: str
    experiment_id: str
    parent_id: str | None
    start_time: int | None


class MlflowHistory:
    """A store of MLflow's as a `graphstore.interop.importing.history.History`."""

    def __init__(self, store: MlflowStore) -> None:
        self._store = store
        self.place, self.title, self.name = store.place, store.title, store.name
        self.tables = TABLES
        self.problems = store.problems
        self.references: Mapping[Kind, Mapping[str, Kind]] = {}
        self.own_contexts = True  # every store has an experiment Default, and is none of another
        self.same_contexts: Mapping[SourceId, SourceId] = {}
        self.facts = {"file": store.title, "format": "MLflow"}

    def count(self, table: Table) -> int:
        """How many rows there are, as far as that is known before they are read."""
        runs, versions = len(self._heads), len(self._registry.versions)
        counts: dict[Table, int] = {
            "type": len(TYPES),
            "execution": runs,
            "association": 2 * runs,
            "context": runs + versions + len(self._registry.models),
            "parent": runs + versions,
        }
        return counts.get(table, 0)

    def last_id(self, kind: Kind) -> int:
        """Not asked: ids are texts, and none stand within values."""
        raise NotImplementedError(kind)

    def types(self) -> Iterator[tuple[str, Type]]:
        """The types, which are the same for all of MLflow's histories."""
        return iter(TYPES.items())

    def nodes(self, kind: Kind) -> Iterator[NodeRow]:
        """The nodes of a kind in the order of their ids."""
        if kind == "context":
            # In the order of their ids: experiment/…, registered/…, run/…, version/….
            yield from self._named_once(map(self._experiment, self._store.experiments()))
            yield from sorted(map(self._registered, self._registry.models.values()), key=_id)
            yield from (self._run_context(run) for run in self._store.runs(whole=False))
            versions = (self._version(*pair) for pair in self._registry.versions.items())
            yield from sorted(versions, key=_id)
        elif kind == "artifact":
            yield from map(self._dataset, self._store.datasets())
            yield from map(self._model, self._store.models())
            yield from (self._sourced_model(*pair) for pair in sorted(self._sourced.items()))
        else:
            yield from map(self._run, self._store.runs())

    def events(self) -> Iterator[EventRow]:
        """What runs read and made, by run; MLflow keeps no order of them."""
        registered = (
            Input(one.run_id, MODEL, id_, True)
            for id_, one in self._sourced.items()
            if one.run_id is not None
        )
        by_registry = sorted(registered, key=lambda one: (one.run_id, one.id))
        inputs = merge(self._store.inputs(), by_registry, key=lambda one: one.run_id)
        for number, one in enumerate(inputs, start=1):
            role = "model" if one.what == MODEL else one.role or "data"
            type_ = EventType.OUTPUT if one.made else EventType.INPUT
            yield EventRow(number, one.id, one.run_id, type_, None, (role,))

    def members(self, table: Member) -> Iterator[MemberRow]:
        """Runs of experiments, and artifacts of experiments, runs and versions, by their ids."""
        pairs = self._associations() if table == "association" else self._attributions()
        for number, (owner, context) in enumerate(pairs, start=1):
            yield MemberRow(number, owner, context)

    def parents(self) -> Iterator[tuple[str, str]]:
        """Runs within experiments and runs, versions within registered models."""
        for run in self._heads:
            yield _context(run.run_id), _experiment_context(run.experiment_id)
            if run.parent_id is not None:
                yield _context(run.run_id), _context(run.parent_id)
        for version in self._registry.versions:
            yield _version_context(version), _registered_context(version.workspace, version.name)

    def anchors(self) -> dict[Kind, list[str]]:
        """The first experiment: MLflow makes it as it makes a store, and lets nobody delete it."""
        experiments = [
            (one.number("creation_time") or 0, str(one.fields["experiment_id"]), one)
            for one in self._store.experiments()
        ]
        first = next((one for one in experiments if one[1] == "0"), None)
        chosen = first or min(experiments, key=lambda one: one[:2], default=None)
        if chosen is None:
            return {}
        time, id_, experiment = chosen
        return {"context": [repr((id_, time, experiment.text("artifact_location")))]}

    def create_times(self, kind: Kind) -> Iterator[tuple[str, int | None]]:
        """When runs began, and when logged models were made."""
        if kind == "execution":
            return ((run.run_id, run.start_time) for run in self._heads)
        return ((id_, time) for id_, (time, _, _) in self._models.items())

    @cached_property
    def _heads(self) -> list[_Head]:
        """All runs, in the order of their ids."""
        return [
            _Head(
                str(run.fields["run_id"]),
                str(run.fields.get("experiment_id")),
                run.tags.get("mlflow.parentRunId") or None,
                run.number("start_time"),
            )
            for run in self._store.runs(whole=False)
        ]

    @cached_property
    def _models(self) -> dict[str, tuple[int | None, str, str | None]]:
        """When each logged model was made, its experiment and its run, in the order of the ids."""
        return {
            str(one.fields["model_id"]): (
                one.number("creation_time"),
                str(one.fields.get("experiment_id")),
                one.text("source_run_id"),
            )
            for one in self._store.models(whole=False)
        }

    @cached_property
    def _registry(self) -> Registry:
        return Registry(self._store)

    @cached_property
    def _sourced(self) -> dict[str, Sourced]:
        """The models that are known by the source of a version alone, by id."""
        sourced = self._registry.sourced({*self._models})
        return {in_ascii(_MODELS + source): one for source, one in sourced.items()}

    @cached_property
    def _ambiguous(self) -> set[str]:
        """The runs that have to do with several models: MLflow says of what they logged that it is
        of the first."""
        models: dict[str, set[str]] = {}
        for one in self._store.inputs():
            if one.what == MODEL:
                models.setdefault(one.run_id, set()).add(one.id)
        return {run_id for run_id, ids in models.items() if len(ids) > 1}

    def _named_once(self, experiments: Iterable[NodeRow]) -> Iterator[NodeRow]:
        """Experiments, those with their ids behind their names whose names an earlier one has: in a
        sound store there are none."""
        names = set()
        for one in experiments:
            if one.name in names:
                name = f"{one.name} ({one.id})"
                self.problems.append(
                    f"{one.id} has the name {one.name!r} of another: it is {name!r}"
                )
                one = one._replace(name=name)
            names.add(one.name)
            yield one

    def _associations(self) -> Iterator[tuple[str, str]]:
        for run in self._heads:
            yield run.run_id, _experiment_context(run.experiment_id)
            yield run.run_id, _context(run.run_id)

    def _attributions(self) -> Iterator[tuple[str, str]]:
        for dataset in self._store.datasets():
            experiment = str(dataset.fields["experiment_id"])
            yield str(dataset.fields["dataset_id"]), _experiment_context(experiment)
        for id_, (_, experiment, run_id) in self._models.items():
            yield id_, _experiment_context(experiment)
            if run_id is not None:
                yield id_, _context(run_id)
            yield from _registrations(id_, self._registry.logged.get(id_, ()))
        for id_, sourced in sorted(self._sourced.items()):
            if sourced.run_id is not None:
                yield id_, _context(sourced.run_id)
            yield from _registrations(id_, sourced.versions)

    def _run_context(self, run: Entity) -> NodeRow:
        """The context of a run: what `history` and `compare` know as a run of a pipeline."""
        said = _Said(self.problems, f"run {run.fields['run_id']}")
        status = "DELETED" if _is_deleted(run) else self._state(run, tell=False).value
        said.declared("status", status)
        _say_run(said, run)
        return said.row(
            _context(str(run.fields["run_id"])),
            RUN_CONTEXT,
            name=_name_of(run),
            time=run.number("start_time"),
            start_time=run.number("start_time"),
            end_time=run.number("end_time"),
        )

    def _run(self, run: Entity) -> NodeRow:
        """What a run did. Its parameters keep their names; a metric has its last value by its name
        where no parameter has that, as what the recorder logs has."""
        run_id = str(run.fields["run_id"])
        said = _Said(self.problems, f"run {run_id}")
        said.declared("parameter_names", sorted(run.params))
        said.declared("code_version", run.tags.get("mlflow.source.git.commit"))
        _say_run(said, run)
        for name, text in run.params.items():
            said.custom(name, number_of(text))
        for series in run.curves:
            if series.metric not in run.params:
                said.custom(series.metric, series.last)
        said.tags(run.tags)
        # MLflow of today writes a constant there; what it was once is a tag.
        said.rest(run.fields, _KNOWN_OF_RUNS | {"source_type"})
        return said.row(
            run_id,
            RUN,
            name=_name_of(run),
            state=self._state(run),
            external_id=run_id,
            time=run.number("start_time"),
            start_time=run.number("start_time"),
            end_time=run.number("end_time"),
            series=run.curves,
        )

    def _state(self, run: Entity, *, tell: bool = True) -> ExecutionState:
        status = run.fields.get("status", "RUNNING")
        word = _RUN_NUMBERS.get(status, "") if isinstance(status, int) else str(status)
        if word not in _RUN_STATES and tell:
            self.problems.append(
                f"run {run.fields['run_id']} has a status that nobody knows: {status!r}, UNKNOWN"
                " here"
            )
        return _RUN_STATES.get(word, ExecutionState.UNKNOWN)

    def _dataset(self, dataset: Entity) -> NodeRow:
        """Data that runs read. Of several runs that named it alike MLflow keeps what the first
        said: its source is where all of it is only if one run read it."""
        fields = dataset.fields
        said = _Said(self.problems, f"dataset {fields['dataset_id']}")
        source = _json(fields.get("source"))
        for name in ("source", "schema", "profile"):
            if name in fields:
                said.custom(f"mlflow.{name}", _json(fields[name]))
        if dataset.reader_count > 1:
            said.custom(
                "mlflow.said_by",
                f"the first of {dataset.reader_count} runs that read data of this name and digest:"
                " source, schema and profile may be others for the others",
            )
        said.rest(fields, _KNOWN_OF_DATASETS)
        return said.row(
            str(fields["dataset_id"]),
            DATASET,
            name=f"{fields.get('name', '')} {fields.get('digest', '')}"
            f" (experiment {fields['experiment_id']})",
            uri=_uri(source) if dataset.reader_count == 1 else None,
            state=ArtifactState.LIVE,
        )

    def _model(self, model: Entity) -> NodeRow:
        """A logged model. Metrics are its own by name only if its run has to do with no other
        model: else nobody knows whose they are, and they are in `logged_metrics` alone."""
        fields, id_ = model.fields, str(model.fields["model_id"])
        said = _Said(self.problems, f"model {id_}")
        said.declared("params", dict(model.params))
        said.declared("versions", self._registrations(self._registry.logged.get(id_, ())))
        said.declared("logged_metrics", [_point(one) for one in model.points])
        sure = [one for one in model.points if one.run_id not in self._ambiguous]
        if len(sure) < len(model.points):
            self.problems.append(
                f"metrics of model {id_} are from a run of several models, and MLflow may have"
                " given them to the wrong one: they are in logged_metrics, and not its own metrics"
            )
        last = {one.metric: one for one in sorted(sure, key=lambda one: (one.millis, one.step))}
        for metric, point in last.items():
            said.custom(metric, point.value)
        said.tags(model.tags)
        said.rest(fields, _KNOWN_OF_MODELS)
        deleted = ArtifactState.DELETED if _is_deleted(model) else None
        return said.row(
            id_,
            MODEL,
            name=f"{fields.get('name', 'model')} {id_}",
            uri=model.text("artifact_location"),
            state=deleted or _MODEL_STATES.get(fields.get("status", 2), ArtifactState.UNKNOWN),
            external_id=id_,
            time=model.number("creation_time"),
        )

    def _sourced_model(self, id_: str, model: Sourced) -> NodeRow:
        """A model that versions name by where it is."""
        said = _Said(self.problems, f"model {model.source}")
        said.declared("versions", self._registrations(model.versions))
        return said.row(id_, MODEL, uri=model.source, state=ArtifactState.LIVE)

    def _registrations(self, versions: Sequence[Version]) -> list[Value]:
        """What a model is in the registry: of each version its name, aliases and stage."""
        return [
            {
                "name": path_of(one.workspace, one.name),
                "version": one.number,
                "aliases": list[Value](self._registry.aliases(one)),
                "stage": _stage(self._registry.versions[one]) or "",
            }
            for one in versions
        ]

    def _version(self, version: Version, entity: Entity) -> NodeRow:
        name = path_of(version.workspace, version.name, version.number)
        said = _Said(self.problems, f"version {name}")
        said.declared("description", entity.text("description"))
        said.declared("aliases", list[Value](self._registry.aliases(version)))
        said.declared("stage", _stage(entity))
        said.declared("source_uri", entity.text("source"))
        said.tags(entity.tags)
        said.rest(entity.fields, _KNOWN_OF_VERSIONS)
        type_ = PROMPT_VERSION if is_prompt(entity) else VERSION
        time = entity.number("creation_time")
        return said.row(_version_context(version), type_, name=name, time=time)

    def _registered(self, entity: Entity) -> NodeRow:
        workspace, name = workspace_of(entity), str(entity.fields["name"])
        said = _Said(self.problems, f"registered model {name}")
        said.declared("description", entity.text("description"))
        said.declared("aliases", dict[str, Value](entity.aliases))
        said.tags(entity.tags)
        said.rest(entity.fields, _KNOWN_OF_REGISTERED)
        type_ = PROMPT if is_prompt(entity) else REGISTERED
        time = entity.number("creation_time")
        return said.row(
            _registered_context(workspace, name), type_, name=path_of(workspace, name), time=time
        )

    def _experiment(self, entity: Entity) -> NodeRow:
        name = str(entity.fields.get("name", entity.fields["experiment_id"]))
        said = _Said(self.problems, f"experiment {name}")
        said.declared("lifecycle_stage", entity.text("lifecycle_stage"))
        said.tags(entity.tags)
        said.rest(entity.fields, _KNOWN_OF_EXPERIMENTS)
        return said.row(
            _experiment_context(str(entity.fields["experiment_id"])),
            EXPERIMENT,
            name=path_of(workspace_of(entity), name),
            time=entity.number("creation_time"),
        )


_KNOWN_OF_EXPERIMENTS = {"name", "lifecycle_stage", "creation_time", "workspace"}
_KNOWN_OF_RUNS = {
    *("run_id", "experiment_id", "run_name", "user_id", "status", "start_time", "end_time"),
    "lifecycle_stage",
}
_KNOWN_OF_DATASETS = {"dataset_id", "dataset_uuid", "experiment_id", "source", "schema", "profile"}
_KNOWN_OF_MODELS = {"model_id", "experiment_id", "artifact_location", "creation_time", "status"}
_KNOWN_OF_REGISTERED = {"name", "description", "creation_time", "workspace"}
_KNOWN_OF_VERSIONS = {
    *("name", "version", "description", "creation_time", "current_stage", "source", "workspace"),
}
"""Fields that have a place of their own; the others are kept as ``mlflow.…``."""


class _Said:
    """What a node says of itself, as it is gathered."""

    def __init__(self, problems: list[str], what: str) -> None:
        self._problems, self._what = problems, what
        self._properties: list[tuple[str, bool, Value]] = []
        self._names: set[str] = set()

    def declared(self, name: str, value: Value | None) -> None:
        """A property that the type declares; one that says nothing is left out."""
        if value not in (None, "", [], {}):
            self._properties.append((name, False, value))

    def custom(self, name: str, value: Value) -> None:
        """Any other property; of two of one name the second gets another."""
        free = name
        while free in self._names:
            free += "_"
        if free != name:
            self._problems.append(f"{self._what} says {name!r} twice: one is {free!r} here")
        self._names.add(free)
        self._properties.append((free, True, value))

    def tags(self, tags: Mapping[str, str]) -> None:
        """Tags, which are texts: ``tags.…``."""
        for name, text in sorted(tags.items()):
            self.custom(f"tags.{name}", text)

    def rest(self, fields: Mapping[str, Any], known: set[str]) -> None:
        """The fields that have no place of their own, as texts: ``mlflow.…``. A number would be
        taken for a metric of a model."""
        for name, value in sorted(fields.items()):
            lost = name.endswith("_time") and type(value) is not int  # no time of a node's
            if (name not in known or lost) and value != "":
                self.custom(f"mlflow.{name}", _text(name, value))

    def row(
        self,
        id_: str,
        type_: str,
        *,
        name: str | None = None,
        uri: str | None = None,
        state: ArtifactState | ExecutionState | None = None,
        external_id: str | None = None,
        time: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        series: Sequence[Series] = (),
    ) -> NodeRow:
        """The node. MLflow does not say when something changed last: all of it is compared."""
        return NodeRow(
            *(id_, type_, uri, state, name, external_id, time, None, self._properties),
            start_time=start_time,
            end_time=end_time,
            series=series,
        )


def _say_run(said: _Said, run: Entity) -> None:
    """What a run says of itself as an execution and as a context."""
    said.declared("user", run.tags.get("mlflow.user") or run.text("user_id"))
    said.declared("run_name", _run_name(run))
    said.declared("lifecycle_stage", run.text("lifecycle_stage"))


def _run_name(run: Entity) -> str | None:
    return run.tags.get("mlflow.runName") or run.text("run_name")


def _name_of(run: Entity) -> str:
    """What a run is called in the graph: its own name, which others may have, and its id."""
    return " ".join(filter(None, [_run_name(run), str(run.fields["run_id"])]))


def _id(row: NodeRow) -> str:
    return str(row.id)


def number_of(text: str) -> int | float | str:
    """A parameter's text as a number, if it is just how Python writes that number; else the text.

    So no spelling is lost: ``0.001`` and ``1e-05`` are numbers; ``1e-3``, ``3.10``, ``007``,
    ``True`` and ``nan`` are texts.
    """
    if len(text) > 25 or text[:1] not in _BEGINS_A_NUMBER:
        return text
    try:
        number: int | float = int(text)
        if abs(number) >= 2**63:
            return text
    except ValueError:
        try:
            number = float(text)
        except ValueError:
            return text
    return number if repr(number) == text and math.isfinite(number) else text


_BEGINS_A_NUMBER = frozenset("-0123456789")


def _is_deleted(entity: Entity) -> bool:
    return entity.text("lifecycle_stage") == _DELETED


def _stage(version: Entity) -> str | None:
    """The stage of a version; MLflow says `None` of what has none, as a text."""
    stage = version.text("current_stage")
    return None if stage == "None" else stage


def _point(point: Point) -> Value:
    """A value of a model's metric in JSON's types, with what MLflow says of where it is from."""
    value = in_json(point.value)
    said = {"metric": point.metric, "step": point.step, "value": value, "run": point.run_id}
    return {**said, "time": point.millis, **({"dataset": point.dataset} if point.dataset else {})}


def _json(text: Any) -> Value:
    """What a text holds as JSON; the text itself if it is none."""
    try:
        value: Value = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return str(text)
    return value if isinstance(value, (dict, list)) else str(text)


def _uri(source: Value) -> str | None:
    """Where a dataset is, of the sources that say so: an address, a path, a table."""
    if not isinstance(source, dict):
        return None
    places = (source.get(key) for key in ("uri", "url", "path", "delta_table_name"))
    return next((place for place in places if isinstance(place, str) and place), None)


def _text(name: str, value: Any) -> Value:
    """The value of a field as text, a time in ISO 8601; what has parts as it is."""
    if isinstance(value, (dict, list)):
        parts: Value = in_json(value)
        return parts
    if type(value) is int and name.endswith("_time"):
        return datetime.fromtimestamp(value / 1000, timezone.utc).isoformat(timespec="milliseconds")
    return str(value)


def _experiment_context(experiment_id: str) -> str:
    return f"experiment/{experiment_id}"


def _context(run_id: str) -> str:
    return f"run/{run_id}"


def _registered_context(workspace: str, name: str) -> str:
    return in_ascii(f"registered/{workspace}/{name}")


def _version_context(version: Version) -> str:
    return in_ascii(f"version/{version.workspace}/{version.name}/{version.number}")


def _registrations(id_: str, versions: Iterable[Version]) -> Iterator[tuple[str, str]]:
    """To which contexts of the registry an artifact belongs."""
    for model in dict.fromkeys((one.workspace, one.name) for one in versions):
        yield id_, _registered_context(*model)
    for version in versions:
        yield id_, _version_context(version)

"""Reads MLflow's tables by plain SQL; which database they are in matters to who opens it only.

MLflow's schema grows by some migrations a year. A database is known by the columns that are read
here, not by its migration: those that it lacks read as nothing, those that nobody here knows come
along under their own names, and tables that have no place are counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

from graphstore.errors import UnsupportedFile
from graphstore.interop.importing.history import in_ascii
from graphstore.interop.mlflow.records import (
    DATASET,
    KEY,
    MODEL,
    ROLE,
    Counts,
    Entity,
    Input,
    Point,
    dataset_id,
    fields_of,
)
from graphstore.model.series import Curve, Series
from graphstore.model.values import describe

__all__ = ["NOTHING_NEW", "READ", "Cells", "MlflowDatabase", "Tables", "check_columns"]

_NEEDED = {
    "experiments": {"experiment_id", "name"},
    "runs": {"run_uuid", "experiment_id", "status"},
    "params": {"key", "value", "run_uuid"},
    "tags": {"key", "value", "run_uuid"},
    "metrics": {"key", "value", "timestamp", "run_uuid"},
}
"""Tables, and columns of theirs, that MLflow's databases had from the first one on."""
_COUNTED = {
    "experiments": "experiments",
    "runs": "runs",
    "params": "params",
    "tags": "tags",
    "metrics": "metrics",
    "datasets": "datasets",
    "inputs": "inputs",
    "logged_models": "logged models",
    "registered_models": "registered models",
    "model_versions": "model versions",
    "registered_model_aliases": "aliases",
}
READ = {
    *_COUNTED,
    *("experiment_tags", "input_tags", "registered_model_tags", "model_version_tags"),
    *("logged_model_params", "logged_model_tags", "logged_model_metrics"),
}
"""Tables whose rows are read."""
NOTHING_NEW = {"alembic_version", "latest_metrics", "workspaces", "sqlite_sequence"}
"""Tables that say only what others say: a run's latest metrics, the names of workspaces."""
_LARGEST = 1.7976931348623157e308
"""What MLflow writes for infinity, which its databases do not take."""
_KINDS_OF_INPUTS = (
    ("DATASET", "RUN"),
    ("RUN_INPUT", "MODEL_INPUT"),
    ("RUN_OUTPUT", "MODEL_OUTPUT"),
)

Cells = tuple[Any, ...]


class Tables(Protocol):
    """A database that is read as of one moment, and where it is."""

    place: str
    title: str
    name: str

    def columns(self) -> dict[str, list[str]]:
        """The columns of all tables, in their order."""

    def select(self, query: str) -> Iterator[Cells]:
        """The rows of a query.

        Raises:
            UnsupportedFile: If the database is damaged.
        """


def check_columns(place: str, columns: Mapping[str, Sequence[str]]) -> None:
    """Look whether tables can be MLflow's.

    Args:
        place: Where they are, for messages.
        columns: Their columns.

    Raises:
        UnsupportedFile: If they are not.
    """
    for table, needed in _NEEDED.items():
        if table not in columns:
            raise UnsupportedFile(
                f"{place} is not a database of MLflow's, or this user may not read it: it has no"
                f" table {table}"
            )
        if missing := sorted(needed.difference(columns[table])):
            raise UnsupportedFile(
                f"{place} is not a database of MLflow's: its table {table} should have"
                f" {', '.join(missing)}"
            )


class MlflowDatabase:
    """A `graphstore.interop.mlflow.records.MlflowStore` in a database."""

    def __init__(self, tables: Tables) -> None:
        """Read these tables.

        Raises:
            UnsupportedFile: If they are not MLflow's.
        """
        self.place, self.title, self.name = tables.place, tables.title, tables.name
        self.problems: list[str] = []
        self._tables, self._columns = tables, tables.columns()
        check_columns(self.place, self._columns)

    def counts(self) -> Counts:
        """How many rows there are, by what MLflow calls them."""
        return {words: self._count(table) for table, words in _COUNTED.items()}

    def left_out(self) -> Counts:
        """How many rows there are in tables that have no place, and of inputs of other kinds."""
        others = {name: self._count(name) for name in self._columns if name not in READ}
        counts = {name: n for name, n in others.items() if n and name not in NOTHING_NEW}
        for source, destination, count in self._grouped("inputs", "source_type, destination_type"):
            if (source, destination) not in _KINDS_OF_INPUTS:
                counts[f"inputs from {source} to {destination}"] = count
        for name, count in self._grouped("input_tags", "name"):
            if name != ROLE:
                counts[f"input_tags {name}"] = count
        return counts

    def experiments(self) -> Iterator[Entity]:
        """The rows of experiments by their ids as text, which they are in files."""
        tags = self._beside("experiment_tags", "experiment_id", ("key", "value"))
        for fields in self._fields("experiments", _EXPERIMENT):
            fields["experiment_id"] = id_ = str(fields["experiment_id"])
            yield Entity(fields, tags=_texts(tags.of(id_)))
        tags.of(None)

    def runs(self, *, whole: bool = True) -> Iterator[Entity]:
        """The rows of runs by id, with those of other tables that are theirs."""
        tags = self._beside("tags", "run_uuid", ("key", "value"))
        beside = {"tags": tags}
        if whole:
            points = ("key", "timestamp", "step", "value", "is_nan")
            beside["params"] = self._beside("params", "run_uuid", ("key", "value"))
            beside["metrics"] = self._beside(
                "metrics", "run_uuid", points, order="key, timestamp, step"
            )
        for fields in self._fields("runs", "run_uuid"):
            id_ = str(fields["run_id"])
            if "name" in fields:
                fields["run_name"] = fields.pop("name")
            rows = {what: one.of(id_) for what, one in beside.items()}
            yield Entity(
                fields,
                tags=_texts(rows["tags"]),
                params=_texts(rows.get("params", ())),
                curves=self._curves(id_, rows.get("metrics", ())),
            )
        if whole:
            for one in beside.values():
                one.of(None)

    def datasets(self) -> Iterator[Entity]:
        """The rows of datasets by the ids that they have here."""
        if "datasets" not in self._columns:
            return
        readers: dict[Any, int] = dict(
            self._grouped("inputs", "source_id", where="source_type = 'DATASET'")
        )
        for fields in self._fields("datasets", _DATASET):
            fields["dataset_id"] = dataset_id(
                str(fields["experiment_id"]), str(fields["name"]), str(fields["digest"])
            )
            yield Entity(fields, reader_count=readers.get(fields.get("dataset_uuid"), 0))

    def models(self, *, whole: bool = True) -> Iterator[Entity]:
        """The rows of logged_models by id, likewise."""
        if "logged_models" not in self._columns:
            return
        if not whole:
            yield from map(Entity, self._fields("logged_models", "model_id"))
            return
        tags = self._beside("logged_model_tags", "model_id", ("tag_key", "tag_value"))
        params = self._beside("logged_model_params", "model_id", ("param_key", "param_value"))
        metrics = _Beside(self._tables.select(_MODEL_METRICS), self._orphan("logged_model_metrics"))
        has_steps = "step" in self._columns["inputs"]
        steps: dict[str, int] = dict(self._tables.select(_STEPS)) if has_steps else {}
        for fields in self._fields("logged_models", "model_id"):
            id_ = str(fields["model_id"])
            if id_ in steps:
                fields["step"] = steps[id_]
            yield Entity(
                fields,
                tags=_texts(tags.of(id_)),
                params=_texts(params.of(id_)),
                points=[*self._model_points(id_, metrics.of(id_))],
            )
        for beside in (tags, params, metrics):
            beside.of(None)

    def inputs(self) -> Iterator[Input]:
        """The rows of inputs by run, and what logged models say of their runs."""
        parts = [_INPUTS[table] for table in _INPUTS if table in self._columns]
        if not parts:
            return
        query = " UNION ALL ".join(parts) + " ORDER BY 1, 4, 3"
        for run_id, what, id_, made, role in self._tables.select(query):
            if id_ is None:
                self.problems.append(f"run {run_id} read a dataset that is not there: left out")
            else:
                yield Input(str(run_id), what, in_ascii(str(id_)), bool(made), role)

    def registered_models(self) -> Iterator[Entity]:
        """The rows of registered_models by name."""
        if "registered_models" not in self._columns:
            return
        tags = self._by_owner("registered_model_tags", ("name",), ("key", "value"))
        aliases = self._by_owner("registered_model_aliases", ("name",), ("alias", "version"))
        for fields in self._fields("registered_models", "name"):
            key = self._owner(fields, ("name",))
            yield Entity(fields, tags=_texts(tags.get(key, ())), aliases=dict(aliases.get(key, ())))

    def versions(self) -> Iterator[Entity]:
        """The rows of model_versions by name and number."""
        if "model_versions" not in self._columns:
            return
        owner = ("name", "version")
        tags = self._by_owner("model_version_tags", owner, ("key", "value"))
        for fields in self._fields("model_versions", "name, version"):
            yield Entity(fields, tags=_texts(tags.get(self._owner(fields, owner), ())))

    def _count(self, table: str) -> int:
        if table not in self._columns:
            return 0
        ((count,),) = self._tables.select(f"SELECT count(*) FROM {table}")
        return int(count)

    def _grouped(self, table: str, columns: str, where: str = "1 = 1") -> Iterator[Cells]:
        """How many rows of a table have which values in some columns."""
        if table not in self._columns:
            return iter(())
        return self._tables.select(
            f"SELECT {columns}, count(*) FROM {table} WHERE {where} GROUP BY {columns}"
        )

    def _fields(self, table: str, order: str) -> Iterator[dict[str, Any]]:
        """The rows of a table, by the names of its columns."""
        columns = self._columns[table]
        names = ", ".join(f"{table}.{column}" for column in columns)
        for row in self._tables.select(f"SELECT {names} FROM {table} ORDER BY {order}"):
            yield fields_of(dict(zip(columns, row, strict=True)))

    def _beside(
        self, table: str, owner: str, columns: Sequence[str], order: str | None = None
    ) -> _Beside:
        """What a table says of each owner, which are asked for in the order of their ids."""
        own = self._columns.get(table, ())
        if owner not in own:
            return _Beside(iter(()), self._orphan(table))
        there = ", ".join(column if column in own else "0" for column in columns)
        by = _EXPERIMENT if owner == "experiment_id" else owner
        order = ", ".join(one for one in (order or columns[0]).split(", ") if one in own)
        return _Beside(
            self._tables.select(f"SELECT {by}, {there} FROM {table} ORDER BY {by}, {order}"),
            self._orphan(table),
        )

    def _orphan(self, table: str) -> Callable[[Any, int], None]:
        def tell(owner: Any, count: int) -> None:
            self.problems.append(
                f"{count} rows of {table} belong to {owner}, which is not there: left out"
            )

        return tell

    def _by_owner(
        self, table: str, owner: Sequence[str], columns: Sequence[str]
    ) -> dict[Cells, list[Cells]]:
        """What a small table says of each owner."""
        own = self._columns.get(table, ())
        if not own:
            return {}
        key = [*(["workspace"] if "workspace" in own else []), *owner]
        rows: dict[Cells, list[Cells]] = {}
        for row in self._tables.select(f"SELECT {', '.join([*key, *columns])} FROM {table}"):
            where = row[: len(key)] if len(key) > len(owner) else ("default", *row[: len(key)])
            rows.setdefault(where, []).append(row[len(key) :])
        return rows

    @staticmethod
    def _owner(fields: dict[str, Any], owner: Sequence[str]) -> Cells:
        return (fields.get("workspace", "default"), *(fields.get(name) for name in owner))

    def _curves(self, run_id: str, rows: Sequence[Cells]) -> list[Series]:
        curves = []
        for metric, points in groupby(rows, itemgetter(0)):
            curve = Curve()
            for _, millis, step, value, is_nan in points:
                try:
                    curve.add(step, _value(value, is_nan), int(millis))
                except (TypeError, ValueError):
                    self._odd(f"metric {metric!r} of run {run_id}", (millis, step, value))
            if curve.count:
                curves.append(curve.series(str(metric), KEY))
        return curves

    def _model_points(self, model_id: str, rows: Sequence[Cells]) -> Iterator[Point]:
        for metric, millis, step, value, run_id, name, digest, is_nan in rows:
            data = None if name is None else f"{name} {digest}"
            try:
                number = _value(value, is_nan)
                yield Point(str(metric), int(millis), step, number, str(run_id), data)
            except (TypeError, ValueError):
                self._odd(f"metric {metric!r} of model {model_id}", (millis, step, value))

    def _odd(self, what: str, cells: Cells) -> None:
        self.problems.append(f"{what} has a point that is none, {describe(list(cells))}: left out")


class _Beside:
    """Rows in the order of their owners, taken as the owners go by."""

    def __init__(self, rows: Iterator[Cells], orphan: Callable[[Any, int], None]) -> None:
        self._groups = groupby(rows, itemgetter(0))
        self._orphan, self._ahead = orphan, next(self._groups, None)

    def of(self, owner: str | None) -> list[Cells]:
        """The rows of an owner, without the id of that; of None there are none, and what is left
        is told of."""
        while self._ahead is not None:
            id_, rows = self._ahead
            if owner is not None and id_ is not None and id_ > owner:
                return []
            taken = [row[1:] for row in rows]
            self._ahead = next(self._groups, None)
            if id_ == owner:
                return taken
            self._orphan(id_, len(taken))
        return []


def _texts(rows: Sequence[Cells]) -> dict[str, str]:
    return {str(key): "" if value is None else str(value) for key, value in rows}


def _value(value: Any, is_nan: Any) -> float:
    """A metric's value as it was logged: NaN and infinity have other spellings in tables."""
    if is_nan:
        return math.nan
    number = float(value)
    return math.copysign(math.inf, number) if abs(number) >= _LARGEST else number


_EXPERIMENT = "CAST(experiment_id AS CHAR(32))"
"""Its id as a text, which it is in files; a number in tables."""
_DATASET = "'dataset/' || experiment_id || '/' || name || '/' || digest"
# A NaN of a model is a 0 here: the run that logged it has it at the same time and step as NaN.
_MODEL_METRICS = """
SELECT m.model_id, m.metric_name, m.metric_timestamp_ms, m.metric_step, m.metric_value, m.run_id,
  m.dataset_name, m.dataset_digest,
  m.metric_value = 0 AND EXISTS (
    SELECT 1 FROM metrics r WHERE r.run_uuid = m.run_id AND r.key = m.metric_name
      AND r.timestamp = m.metric_timestamp_ms AND r.step = m.metric_step AND r.is_nan = 1
  ) AS is_nan
FROM logged_model_metrics m
ORDER BY m.model_id, m.metric_name, m.metric_timestamp_ms, m.metric_step, m.run_id
"""
_STEPS = """
SELECT destination_id, min(step) FROM inputs
WHERE source_type = 'RUN_OUTPUT' AND destination_type = 'MODEL_OUTPUT' GROUP BY destination_id
"""
_INPUTS = {
    # Of RUN_INPUT the run is the source, though it read the model.
    "inputs": f"""
SELECT i.destination_id, '{DATASET}',
  'dataset/' || d.experiment_id || '/' || d.name || '/' || d.digest, 0, t.value
FROM inputs i
LEFT JOIN datasets d ON d.dataset_uuid = i.source_id
LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = '{ROLE}'
WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN'
UNION ALL
SELECT source_id, '{MODEL}', destination_id, 0, NULL FROM inputs
WHERE source_type = 'RUN_INPUT' AND destination_type = 'MODEL_INPUT'
UNION ALL
SELECT source_id, '{MODEL}', destination_id, 1, NULL FROM inputs
WHERE source_type = 'RUN_OUTPUT' AND destination_type = 'MODEL_OUTPUT'""",
    # A model may name its run, and that say nothing of it.
    "logged_models": f"""
SELECT m.source_run_id, '{MODEL}', m.model_id, 1, NULL FROM logged_models m
WHERE m.source_run_id <> '' AND NOT EXISTS (
  SELECT 1 FROM inputs i WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = m.source_run_id
    AND i.destination_type = 'MODEL_OUTPUT' AND i.destination_id = m.model_id
)""",
}
"""Run, kind, id, whether it was made, and role of what runs read and made, by the table that the
rows are of; `inputs` came first."""

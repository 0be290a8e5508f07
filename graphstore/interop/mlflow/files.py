"""Reads MLflow's folders, `mlruns`, without MLflow: that refuses them today.

An experiment is a folder with a `meta.yaml`, its runs are folders in it, and of a run each
parameter, tag and metric is a file. What cannot be read is left out, and told of: others may write
to the folder meanwhile, and whoever was killed left half of something.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from graphstore.errors import MissingExtra, UnsupportedFile
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

__all__ = ["MlflowFolder"]

_META, _TRASH = "meta.yaml", ".trash"
_NO_RUNS = frozenset(["tags", "datasets", "traces", "models"])
"""Folders of an experiment that are no runs."""


class MlflowFolder:
    """A `graphstore.interop.mlflow.records.MlflowStore` in a folder."""

    def __init__(self, path: Path) -> None:
        """Read a folder.

        Raises:
            MissingExtra: If PyYAML is not installed.
            UnsupportedFile: If the folder is not MLflow's, or cannot be read.
        """
        self.place, self.title, self.name = str(path), path.name, path.name
        self.problems: list[str] = []
        self._path, self._yaml = path, _the_yaml()
        # The one in C is ten times as fast; not every wheel has it.
        self._loader = getattr(self._yaml, "CSafeLoader", self._yaml.SafeLoader)
        self._left_out, self._read = Counter[str](), Counter[str]()
        try:
            self._experiments = self._find_experiments()
        except OSError as error:
            raise UnsupportedFile(f"cannot read {path}: {error.strerror}") from error
        if not any((folder / _META).is_file() for folder in self._experiments.values()):
            raise UnsupportedFile(
                f"{path} is not a store of MLflow's: none of its folders is an experiment, with a"
                f" {_META}. Where MLflow keeps its records in a database, which it does by itself"
                " since 2025 (sqlite:///mlflow.db), mlruns has files of artifacts only: import"
                " the database"
            )

    def counts(self) -> Counts:
        """How many there are, by what MLflow calls them; known when all was read."""
        experiments, versions = self._experiments.values(), map(_versions, self._registered)
        return {
            "experiments": len(self._experiments),
            "runs": len(self._run_folders),
            "params": self._read["params"],
            "tags": self._read["tags"],
            "metrics": self._read["metrics"],
            "datasets": sum(len(_folders(one / "datasets")) for one in experiments),
            "inputs": self._read["inputs"],
            "logged models": len(self._model_folders),
            "registered models": len(self._registered),
            "model versions": sum(map(len, versions)),
            "aliases": sum(len(_files(one / "aliases")) for one in self._registered),
        }

    def left_out(self) -> Counts:
        """How many folders of traces there are, and what else was met that has no place."""
        traces = sum(len(_folders(one / "traces")) for one in self._experiments.values())
        return {**({"traces": traces} if traces else {}), **self._left_out}

    def experiments(self) -> Iterator[Entity]:
        """The folders of experiments by id, those in the trash too."""
        for id_, folder in sorted(self._experiments.items()):
            fields = self._meta(folder, "experiment")
            if fields is not None:
                fields["experiment_id"] = id_
                yield Entity(fields, tags=self._texts(folder / "tags"))

    def runs(self, *, whole: bool = True) -> Iterator[Entity]:
        """The folders of runs by id, whatever experiment they are in."""
        for id_, folder in sorted(self._run_folders.items()):
            fields = self._meta(folder, "run", tell=whole)
            if fields is None:
                continue
            fields.pop("tags", None)  # an empty list, for MLflow of before 1.0
            fields["run_id"], fields["experiment_id"] = id_, folder.parent.name
            if "name" in fields:
                fields.setdefault("run_name", fields.pop("name"))
            run = Entity(fields, tags=self._texts(folder / "tags"))
            if whole:
                run.params = self._texts(folder / "params")
                run.curves = self._curves(id_, folder / "metrics")
                self._read.update(params=len(run.params), tags=len(run.tags))
            yield run

    def datasets(self) -> Iterator[Entity]:
        """The datasets of all experiments by id."""
        readers = Counter(one.id for one in self._inputs if one.what == DATASET)
        for id_, fields in sorted(self._datasets.values()):
            yield Entity({**fields, "dataset_id": id_}, reader_count=readers[id_])

    def models(self, *, whole: bool = True) -> Iterator[Entity]:
        """The folders of logged models by id, whatever experiment they are in."""
        assert self._inputs is not None  # read by now, and with them the steps of models
        for id_, fields in sorted(self._models.items()):
            model = Entity(fields)
            if whole:
                folder = self._model_folders[id_]
                model.tags = self._texts(folder / "tags")
                model.params = self._texts(folder / "params")
                model.points = self._model_points(id_, folder / "metrics")
            yield model

    def inputs(self) -> Iterator[Input]:
        """What runs read and made by run, and what logged models say of their runs."""
        return iter(self._inputs)

    def registered_models(self) -> Iterator[Entity]:
        """The folders of registered models by name."""
        for folder in self._registered:
            fields = self._meta(folder, "registered model")
            if fields is None:
                continue
            fields.setdefault("name", folder.name)
            fields.pop("aliases", None)  # they are files, too
            aliases = self._texts(folder / "aliases")
            yield Entity(
                fields,
                tags=self._texts(folder / "tags"),
                aliases={alias: int(text) for alias, text in aliases.items() if text.isdigit()},
            )

    def versions(self) -> Iterator[Entity]:
        """The folders of versions by name and number."""
        for folder in self._registered:
            for number, version in sorted(_versions(folder).items()):
                fields = self._meta(version, "version")
                if fields is not None:
                    fields |= {"version": number}
                    fields.setdefault("name", folder.name)
                    yield Entity(fields, tags=self._texts(version / "tags"))

    def _find_experiments(self) -> dict[str, Path]:
        """The folders of experiments by id, those in the trash too."""
        folders = [*self._path.iterdir()]
        if (trash := self._path / _TRASH).is_dir():
            folders += trash.iterdir()
        return {one.name: one for one in folders if one.name.isdigit() and one.is_dir()}

    @cached_property
    def _run_folders(self) -> dict[str, Path]:
        """The folders of all runs by id."""
        return {
            run.name: run
            for experiment in self._experiments.values()
            for run in _folders(experiment)
            if run.name not in _NO_RUNS
        }

    @cached_property
    def _model_folders(self) -> dict[str, Path]:
        """The folders of all logged models by id."""
        return {
            model.name: model
            for experiment in self._experiments.values()
            for model in _folders(experiment / "models")
        }

    @cached_property
    def _registered(self) -> list[Path]:
        """The folders of registered models, in the order of their names."""
        return sorted(_folders(self._path / "models"))

    @cached_property
    def _models(self) -> dict[str, dict[str, Any]]:
        """The fields of logged models, by id."""
        models = {}
        for id_, folder in self._model_folders.items():
            fields = self._meta(folder, "logged model")
            if fields is not None:
                models[id_] = fields | {"model_id": id_, "experiment_id": folder.parent.parent.name}
        return models

    @cached_property
    def _datasets(self) -> dict[Path, tuple[str, dict[str, Any]]]:
        """The ids and the fields of datasets, by folder."""
        datasets = {}
        for experiment in self._experiments.values():
            for folder in _folders(experiment / "datasets"):
                fields = self._meta(folder, "dataset")
                if fields is not None:
                    fields["experiment_id"] = experiment.name
                    name, digest = str(fields.get("name", "")), str(fields.get("digest", ""))
                    datasets[folder] = dataset_id(experiment.name, name, digest), fields
        return datasets

    @cached_property
    def _inputs(self) -> list[Input]:
        """What all runs read and made."""
        by_run: dict[str, set[Input]] = defaultdict(set)
        for run_id, folder in self._run_folders.items():
            by_run[run_id].update(self._read_by(run_id, folder))
            self._read["inputs"] += len(_folders(folder / "inputs"))
            for model in _folders(folder / "outputs"):
                by_run[run_id].add(Input(run_id, MODEL, model.name, True))
                self._read["inputs"] += 1
                step = (self._meta(model, "output") or {}).get("step")
                if step is not None and model.name in self._models:
                    self._models[model.name].setdefault("step", step)
        for id_, fields in self._models.items():
            # A model may name its run, and that say nothing of it.
            if maker := str(fields.get("source_run_id") or ""):
                by_run[maker].add(Input(maker, MODEL, id_, True))
        return [
            one
            for _, inputs in sorted(by_run.items())
            for one in sorted(inputs, key=lambda one: (one.made, one.id))
        ]

    def _read_by(self, run_id: str, folder: Path) -> Iterator[Input]:
        """What a run read. Its folder says which run it is: both ends in a file are the data."""
        for one in _folders(folder / "inputs"):
            fields = self._meta(one, "input")
            if fields is None:
                continue
            kind, id_ = fields.get("source_type"), str(fields.get("source_id"))
            if kind == "MODEL":
                yield Input(run_id, MODEL, id_, False)
            elif kind != "DATASET":
                self._left_out[f"inputs from {kind}"] += 1
            elif dataset := self._datasets.get(folder.parent / "datasets" / id_):
                tags = fields.get("tags") or {}
                yield Input(run_id, DATASET, dataset[0], False, tags.get(ROLE))
                self._left_out.update(f"input_tags {name}" for name in tags if name != ROLE)
            else:
                self.problems.append(f"run {run_id} read a dataset that is not there: left out")

    def _meta(self, folder: Path, what: str, *, tell: bool = True) -> dict[str, Any] | None:
        """What the `meta.yaml` of a folder says; None if it is not there, or damaged."""
        path = folder / _META
        try:
            said = self._yaml.load(path.read_text(encoding="utf-8"), self._loader)
        except FileNotFoundError:
            why = f"has no {_META}, as if whoever wrote it had been killed"
        except (OSError, ValueError, self._yaml.YAMLError) as error:
            why = f"has a {_META} that cannot be read ({_first_line(error)})"
        else:
            if isinstance(said, dict):
                return fields_of({str(key): value for key, value in said.items()})
            why = f"has a {_META} that says nothing"
        if tell:
            self.problems.append(f"the folder {path.parent} of a {what} {why}: left out")
        return None

    def _texts(self, folder: Path) -> dict[str, str]:
        """The texts of a folder's files by their names, which may have folders in them."""
        texts = {}
        for name, path in _files(folder).items():
            try:
                texts[name] = path.read_text(encoding="utf-8", errors="backslashreplace")
            except OSError as error:
                self.problems.append(f"cannot read {path} ({error.strerror}): left out")
        return texts

    def _lines(self, path: Path) -> Iterator[_Line]:
        """The lines of a metric's file."""
        try:
            text = path.read_text(encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            self.problems.append(f"cannot read {path} ({error.strerror}): left out")
            return
        for number, line in enumerate(text.splitlines(keepends=True), start=1):
            parts = line.rstrip("\r\n").split(" ")
            try:
                if not line.endswith("\n"):  # half a number is a number, too
                    raise ValueError("whoever wrote it was killed, or is at it")
                step = int(parts[2]) if len(parts) > 2 else 0
                yield _Line(int(parts[0]), step, float(parts[1]), parts[3:])
            except (ValueError, IndexError):
                self.problems.append(
                    f"line {number} of {path} is no point, {line[:60]!r}: left out"
                )

    def _curves(self, run_id: str, folder: Path) -> list[Series]:
        curves = []
        for metric, path in sorted(_files(folder).items()):
            curve = Curve()
            for millis, step, value, data in sorted(self._lines(path), key=_by_time):
                curve.add(step, value, millis)
                if data:  # by mlflow.log_metric(dataset=…), which makes it an input of the run, too
                    self._left_out["names of data in points of metrics"] += 1
            if curve.count:
                curves.append(curve.series(metric, KEY))
            self._read["metrics"] += curve.count
        return curves

    def _model_points(self, model_id: str, folder: Path) -> list[Point]:
        points = {}
        for metric, path in sorted(_files(folder).items()):
            for millis, step, value, rest in sorted(self._lines(path), key=_by_time):
                if not rest:
                    self.problems.append(f"a point of {path} names no run: left out")
                    continue
                data = " ".join(rest[1:]) or None
                # As a model is logged, its lines are written twice: a table has each once.
                points[metric, millis, step, rest[0]] = Point(
                    metric, millis, step, value, rest[0], data
                )
        return [*points.values()]


def _the_yaml() -> Any:
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise MissingExtra("reading MLflow's folders", "mlflow", "pyyaml") from error
    return yaml


class _Line(NamedTuple):
    """A line of a metric's file."""

    millis: int
    step: int
    value: float
    rest: list[str]
    """Of a model's the run; then the name of the data, which may have blanks, and its digest."""


_by_time = itemgetter(slice(2))
"""The order of points: by time, then by step, then as they stand in the file."""


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder; none if it is not there."""
    return [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []


def _files(folder: Path) -> dict[str, Path]:
    """The files below a folder by their paths from there."""
    if not folder.is_dir():
        return {}
    files = (one for one in folder.rglob("*") if one.is_file())
    return {one.relative_to(folder).as_posix(): one for one in files}


def _versions(folder: Path) -> dict[int, Path]:
    """The folders of a registered model's versions, by number."""
    matches = ((_VERSION.fullmatch(one.name), one) for one in _folders(folder))
    return {int(match[1]): one for match, one in matches if match}


_VERSION = re.compile(r"version-(\d+)")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)

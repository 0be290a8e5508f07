"""Moving MLflow's records in from its SQLite file, beside a history of ML Metadata from its own.

The two have no rows in common: each is told in the rows of its own tables that are read, those of
properties, parameters and points of metrics too. MLflow's file is written by plain SQL, in the
columns that it has today; that the importer reads what MLflow itself writes is the tests' matter.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.histories import history
from benchmarks.measure import Result, interleave, rate
from benchmarks.options import Options
from benchmarks.peers.mlmd import Mlmd, copy_with_tag
from benchmarks.peers.ours import Graphstore
from benchmarks.workloads.importing import WARMUP, move
from graphstore.interop.mlflow import import_mlflow

__all__ = ["mlflow", "results"]

PARAMS, TAGS, METRICS, STEPS = 20, 10, 5, 20
"""Of each run."""
NOON = 1_790_000_000_000
TABLES = """
CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT,
  lifecycle_stage TEXT, creation_time BIGINT);
CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, user_id TEXT, status TEXT,
  start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT,
  experiment_id INTEGER);
CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT, PRIMARY KEY (key, run_uuid));
CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT, PRIMARY KEY (key, run_uuid));
CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT,
  is_nan BOOLEAN, PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan));
CREATE TABLE datasets (dataset_uuid TEXT, experiment_id INTEGER, name TEXT, digest TEXT,
  dataset_source_type TEXT, dataset_source TEXT);
CREATE TABLE inputs (input_uuid TEXT, source_type TEXT, source_id TEXT, destination_type TEXT,
  destination_id TEXT, step BIGINT);
CREATE TABLE input_tags (input_uuid TEXT, name TEXT, value TEXT);
CREATE TABLE logged_models (model_id TEXT PRIMARY KEY, experiment_id INTEGER, name TEXT,
  artifact_location TEXT, creation_timestamp_ms BIGINT, status INTEGER, source_run_id TEXT);
CREATE TABLE logged_model_metrics (model_id TEXT, metric_name TEXT, metric_timestamp_ms BIGINT,
  metric_step BIGINT, metric_value FLOAT, run_id TEXT, dataset_name TEXT, dataset_digest TEXT);
"""

_rounds = count(1)


def results(options: Options) -> Iterator[Result]:
    """MLflow's file beside ML Metadata's, in one run."""
    with options.peers("ours") as (ours,):
        yield mlflow(ours, nodes=options.nodes // 5, rounds=options.rounds)


def mlflow(ours: Graphstore, *, nodes: int, rounds: int) -> Result:
    """Rows a second of the tables of either."""
    runs = nodes // 10
    with TemporaryDirectory() as name:
        folder = Path(name)
        peer = Mlmd(folder / "history.sqlite")
        peer.load(list(history(nodes)))
        peer.close()
        row_count = _rows_of(peer.file)

        def by_mlflow() -> float:
            number = next(_rounds)
            file = _written(folder / f"mlflow-{number}.db", runs, number)
            try:
                return rate(_rows_of(file), lambda: _move(ours, file))
            finally:
                file.unlink()

        def by_mlmd() -> float:
            tag = f"mlflow-{next(_rounds)}"
            mine = copy_with_tag(peer.file, folder / f"{tag}.sqlite", tag)
            try:
                return rate(row_count, lambda: move(ours, mine))
            finally:
                mine.unlink()

        figures = interleave({"mlflow": by_mlflow, "mlmd": by_mlmd}, rounds=rounds, warmup=WARMUP)
    return Result(
        f"import of {runs:,} runs of MLflow, with {METRICS * STEPS} points of metrics each",
        "rows/s",
        figures,
        subject="mlflow",
        goals={"mlmd": 0.7},
        facts={"counted in the end": "no row lost or doubled"},
    )


def _move(ours: Graphstore, file: Path) -> None:
    """Import a history that is new, all of it."""
    report = import_mlflow(ours.store, file)
    if not report.agrees or report.tables["runs"].unchanged or report.left_out:
        raise AssertionError(f"the import of {file} was not all new: {report}")


def _rows_of(file: Path) -> int:
    """The rows of all tables of a file."""
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        return sum(
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for (table,) in tables
        )


def _written(file: Path, count: int, seed: int) -> Path:
    """A database of so many runs, each of which reads a dataset and makes a model."""
    random = Random(seed)
    runs = [f"{random.getrandbits(128):032x}" for _ in range(count)]
    datasets = [f"d{number}" for number in range(max(1, count // 10))]
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(TABLES)

        def insert(table: str, rows: Iterator[tuple[object, ...]]) -> None:
            first = next(rows)
            marks = ", ".join("?" * len(first))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", first)
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

        insert("experiments", iter([(0, f"many {seed}", f"/mlruns/{seed}", "active", NOON + seed)]))
        insert(
            "runs",
            (
                (run, f"run {n}", "ann", "FINISHED", NOON + n, NOON + n + 9, "active", f"/{run}", 0)
                for n, run in enumerate(runs)
            ),
        )
        for table, number in (("params", PARAMS), ("tags", TAGS)):
            pairs = ((run, n) for run in runs for n in range(number))
            insert(table, ((f"{table} {n}", f"{random.random()}", run) for run, n in pairs))
        points = ((run, m, s) for run in runs for m in range(METRICS) for s in range(STEPS))
        insert(
            "metrics",
            ((f"metric {m}", random.random(), NOON + s, run, s, 0) for run, m, s in points),
        )
        insert("datasets", ((d, 0, d, "0badcafe", "s3", '{"uri": "s3://d"}') for d in datasets))
        reads = [(n, datasets[n % len(datasets)], run) for n, run in enumerate(runs)]
        insert("inputs", ((f"i{n}", "DATASET", d, "RUN", run, 0) for n, d, run in reads))
        insert("input_tags", ((f"i{n}", "mlflow.data.context", "train") for n, _, _ in reads))
        insert("logged_models", ((f"m-{run}", 0, "m", f"/m/{run}", NOON, 2, run) for run in runs))
        connection.commit()
    return file

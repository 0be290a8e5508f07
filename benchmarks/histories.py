"""Histories of pipelines, made the same each time: what every peer of the benchmark is fed.

A pipeline runs seven components. Their runs share the data of a span of ten runs, and each Trainer
starts from the model of the run before, so that lineage deepens by two events a run. A run adds 17
nodes and about 75 relationships; a graph of them has four relationships a node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

__all__ = ["Output", "Record", "copies", "history", "nodes_of", "rows_of"]

RUNS_A_SPAN = 10


@dataclass(frozen=True, slots=True)
class Output:
    """An artifact that an execution made."""

    key: int
    """Which of the history's artifacts it is, from 1 in the order of their making."""
    type: str
    role: str
    uri: str
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """An execution with all that it read, made and belongs to: what one publish records."""

    key: int
    """Which of the history's executions it is, from 1."""
    type: str
    name: str
    properties: dict[str, Any]
    inputs: tuple[tuple[str, int], ...]
    """Roles and keys of artifacts that earlier records made."""
    outputs: tuple[Output, ...]
    contexts: tuple[tuple[str, str], ...]
    """Types and names."""


class _Pipeline:
    def __init__(self, number: int) -> None:
        self.number = number
        self.run = 0
        self.span: dict[str, int] = {}
        self.model: int | None = None

    def records(self, keys: Iterator[int], artifact_keys: Iterator[int]) -> Iterator[Record]:
        """The records of its next run."""
        pipeline, run = f"pipeline-{self.number}", f"pipeline-{self.number}/run-{self.run:06}"
        keys_by_role: dict[str, int] = dict(self.span)

        def step(component: str, inputs: tuple[str, ...], *outputs: tuple[str, str]) -> Record:
            key = next(keys)
            artifacts = tuple(
                Output(
                    artifact,
                    type_,
                    role,
                    f"s3://bucket/{run}/{component}/{role}/{key}",
                    {"size": 1000 + artifact % 977, "score": (artifact * 37 % 1000) / 1000},
                )
                for role, type_ in outputs
                for artifact in [next(artifact_keys)]
            )
            keys_by_role.update((one.role, one.key) for one in artifacts)
            return Record(
                key,
                component,
                f"{run}/{component}",
                {"learning_rate": 0.1 / (1 + key % 7), "steps": 100 + key % 50, "user": "ada"},
                tuple((role, keys_by_role[role]) for role in inputs if role in keys_by_role),
                artifacts,
                (
                    ("Pipeline", pipeline),
                    ("PipelineRun", run),
                    ("Node", f"{pipeline}.{component}"),
                ),
            )

        if self.run % RUNS_A_SPAN == 0:
            yield step("ExampleGen", (), ("examples", "Examples"))
            self.span = {"examples": keys_by_role["examples"]}
        else:
            yield step("DataCheck", ("examples",), ("data_report", "Report"))
        yield step("StatisticsGen", ("examples",), ("statistics", "Statistics"))
        yield step("SchemaGen", ("statistics",), ("schema", "Schema"))
        yield step(
            "Transform",
            ("examples", "schema"),
            ("transform_graph", "TransformGraph"),
            ("transformed_examples", "Examples"),
        )
        if self.model is not None:
            keys_by_role["base_model"] = self.model
        yield step(
            "Trainer",
            ("transformed_examples", "transform_graph", "schema", "base_model"),
            ("model", "Model"),
        )
        self.model = keys_by_role["model"]
        yield step(
            "Evaluator",
            ("examples", "model", "base_model"),
            ("evaluation", "Evaluation"),
            ("blessing", "Blessing"),
        )
        yield step("Pusher", ("model", "blessing"), ("pushed_model", "PushedModel"))
        self.run += 1


def nodes_of(record: Record) -> int:
    """The nodes that a record adds, a share of its run's context included."""
    return 1 + len(record.outputs)


def history(nodes: int, *, pipelines: int = 2) -> Iterator[Record]:
    """Records of about so many nodes in all, a run of each pipeline in turn."""
    keys, artifact_keys = count(1), count(1)
    all_pipelines = [_Pipeline(number) for number in range(pipelines)]
    total = 0
    while total < nodes:
        for pipeline in all_pipelines:
            for record in pipeline.records(keys, artifact_keys):
                total += nodes_of(record)
                yield record
            total += 1


def copies(records: Iterable[Record], tag: str) -> list[Record]:
    """The same records under names of their own, so that they can be recorded again."""
    return [
        replace(
            one,
            name=f"{tag}/{one.name}",
            contexts=tuple((type_, f"{tag}/{name}") for type_, name in one.contexts),
        )
        for one in records
    ]


def rows_of(records: Iterable[Record]) -> Mapping[str, int]:
    """The rows that a whole history adds to an empty store, as `benchmarks.peers.Counts` has it."""
    rows: Counter[str] = Counter()
    contexts: set[tuple[str, str]] = set()
    attributions: set[tuple[int, tuple[str, str]]] = set()
    for one in records:
        artifacts = [key for _, key in one.inputs] + [output.key for output in one.outputs]
        rows["executions"] += 1
        rows["artifacts"] += len(one.outputs)
        rows["events"] += len(artifacts)
        rows["associations"] += len(one.contexts)
        contexts.update(one.contexts)
        attributions.update((key, context) for key in artifacts for context in one.contexts)
    return {**rows, "contexts": len(contexts), "attributions": len(attributions)}

"""Small histories to delete from, and what stands in the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from graphstore import Artifact, Context, Execution, ExecutionType, ParentContext, Store
from graphstore.database import Database
from graphstore.model.types import ContextType

__all__ = ["SECRET", "iris", "properties_of", "query", "values"]

SECRET = "Erika Mustermann"
"""Stands in every field of `iris` that has a text."""


def iris(store: Store) -> SimpleNamespace:
    """Two runs of a pipeline: the first makes a model of data, the second evaluates it."""
    store.types.put(ContextType(name="PipelineRun"))
    store.types.put(ExecutionType(name="Evaluator"))
    pipeline = Context(type="Pipeline", name="iris")
    runs = [Context(type="PipelineRun", name=f"iris/{n}") for n in (1, 2)]
    said = {"custom_properties": {"note": SECRET, "deep": {"who": [SECRET]}}}
    raw = store.artifacts.put(Artifact(type="Examples", uri="s3://raw", **said))
    first = store.publish(
        Execution(type="Trainer", state="COMPLETE", name="t", external_id="e/1", **said),
        {"raw": [raw]},
        {
            "model": [
                Artifact(type="Model", uri="s3://m", state="LIVE", external_id="m/1", **said)
            ],
            "scratch": [Artifact(type="Examples", uri="s3://scratch", state="LIVE", **said)],
        },
        [runs[0], pipeline],
    )
    model, scratch = first.outputs
    second = store.publish(
        Execution(type="Evaluator", state="COMPLETE", external_id="e/2"),
        {"model": [model]},
        {"evaluation": [Artifact(type="Examples", uri="s3://evaluation", state="LIVE")]},
        [runs[1], pipeline],
    )
    run_1, pipeline = first.contexts
    run_2, _ = second.contexts
    store.contexts.put_parents(
        ParentContext(child_id=run, parent_id=pipeline) for run in (run_1, run_2)
    )
    return SimpleNamespace(
        raw=raw,
        trainer=first.execution,
        model=model,
        scratch=scratch,
        evaluator=second.execution,
        evaluation=second.outputs[0],
        run_1=run_1,
        run_2=run_2,
        pipeline=pipeline,
    )


def query(database: Database, statement: str, **parameters: Any) -> Sequence[Any]:
    """The values of the first column."""
    with database.driver.session(database=database.name) as session:
        return [row[0] for row in session.run(statement, parameters)]


def properties_of(database: Database, node: Any) -> Mapping[str, Any]:
    """All that stands on a node."""
    text = f"MATCH (n:{node.kind.capitalize()} {{id: $id}}) RETURN properties(n)"
    (row,) = query(database, text, id=node.id)
    return row


def values(database: Database, text: str) -> int:
    """How many properties of nodes and edges, and labels, have a text in them."""
    found = query(
        database,
        "MATCH (n) RETURN [labels(n)] + [k IN keys(n) | n[k]] AS all"
        " UNION ALL MATCH ()-[n]->() RETURN [k IN keys(n) | n[k]] AS all",
    )
    return sum(text in str(value) for values in found for value in values)

"""Notes by the thousand, which are stored in portions ahead of the record that has them.

For each property of a stored node that changes, Neo4j goes through all that the node has, and holds
what it went through until the transaction ends: some 70 bytes a property. So a step of 5,000
parameters that ends with 6,000 notes takes more memory than Neo4j gives a transaction, and no
smaller record would ever follow it. What a node is created with costs nothing of the kind.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TypeVar

from graphstore.model.nodes import Context, Execution
from graphstore.recording.records import Record, RunRecord, StepRecord

__all__ = ["is_large", "portions"]

_AT_ONCE = 1_000_000
"""Properties that a transaction may go through: notes that change, times properties of the node."""
_FEW = 50

R = TypeVar("R", RunRecord, StepRecord)


def is_large(record: Record) -> bool:
    """Whether it has more notes than are stored at once on a node that is there."""
    return record.news is not None and len(record.news.custom_properties) > _length(record)


def portions(record: Record) -> list[Record]:
    """A record in the order in which it is stored: first notes alone, then all the rest of it.

    All but the last are about a node that is there, and say no more than what is noted.
    """
    if record.news is None or not is_large(record):
        return [record]
    notes, length = iter(record.news.custom_properties.items()), _length(record)
    parts = [dict(part) for part in iter(lambda: list(islice(notes, length)), [])]
    last = replace(record, news=record.news.evolve(custom_properties=parts.pop()))  # type: ignore[arg-type]
    return [*(_notes(record, part) for part in parts), last]


def _length(record: Record) -> int:
    node = record.run if isinstance(record, RunRecord) else record.execution
    count = len(node.properties) + len(node.custom_properties)
    return max(_AT_ONCE // max(count, 1), _FEW)


def _notes(record: Record, notes: dict[str, object]) -> Record:
    if isinstance(record, RunRecord):
        run = record.run
        news = Context(
            type=run.type, type_version=run.type_version, name=run.name, custom_properties=notes
        )
        return RunRecord(run, record.pipeline, news=news)
    step = record.execution
    return StepRecord(
        step.evolve(properties={}, custom_properties={}),
        (),
        (),
        news=Execution(type=step.type, type_version=step.type_version, custom_properties=notes),
        strict=record.strict,
    )

"""Common filters, in ML Metadata's language of them: the first hundred that meet one.

All contestants are given the same text; only ids and times in it are each one's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.histories import Record, copies, history
from benchmarks.measure import Result, interleave, same, timer
from benchmarks.options import Options
from benchmarks.peers.readers import Content, GraphstoreReader, MlmdReader
from benchmarks.workloads.reads import load, type_ids

__all__ = ["filters", "results"]

LIMIT = 100


def results(options: Options) -> Iterator[Result]:
    """Of a history, to which a little was added last."""
    records = list(history(options.nodes))
    late = copies(history(200), "late")
    middle = records[len(records) // 2]
    with options.peers("ours", "mlmd") as (ours, mlmd):
        from ml_metadata import MetadataStore

        by_us, by_mlmd = load(ours, records), load(mlmd, records)
        between = _add_late(ours, mlmd, late)
        front = ours.mlmd()
        readers = {
            "graphstore": GraphstoreReader(ours.store, by_us.keys),
            "graphstore's MLMD front": MlmdReader(front, by_us.keys, type_ids(ours)),
            "MLMD on SQLite": MlmdReader(mlmd.store, by_mlmd.keys, mlmd.type_ids),
        }
        execution = {
            "graphstore": by_us.executions[middle.key],
            "graphstore's MLMD front": by_us.executions[middle.key],
            "MLMD on SQLite": by_mlmd.executions[middle.key],
        }
        assert isinstance(front, MetadataStore)
        for title, kind, text in _texts(records, middle, between):
            queries = {name: text.replace("EXECUTION", str(execution[name])) for name in readers}
            yield filters(title, kind, queries, readers, rounds=options.rounds)


def _texts(
    records: Sequence[Record], middle: Record, between: int
) -> Iterator[tuple[str, str, str]]:
    """Title, kind and filter."""
    model = next(one for one in records[len(records) // 2 :] if one.type == "Trainer").outputs[0]
    run = next(name for type_, name in middle.contexts if type_ == "PipelineRun")
    pipeline = next(name for type_, name in middle.contexts if type_ == "Pipeline")
    size = model.properties["size"]
    yield "type", "artifacts", "type = 'Model'"
    yield "state and type", "artifacts", "state = LIVE AND type = 'Model'"
    yield (
        "type and value",
        "artifacts",
        f"type = 'Model' AND properties.size.int_value = {size}",
    )
    yield "value alone", "artifacts", f"properties.size.int_value = {size}"
    yield "uri", "artifacts", f"uri = '{model.uri}'"
    yield "beginning of the uri", "artifacts", f"uri LIKE 's3://bucket/{run}/%'"
    yield "name of a run", "artifacts", f"contexts_run.name = '{run}'"
    yield (
        "name of a pipeline and type",
        "artifacts",
        f"contexts_p.name = '{pipeline}' AND contexts_p.type = 'Pipeline' AND type = 'Model'",
    )
    yield "an event's execution", "artifacts", "events_e.execution_id = EXECUTION"
    yield "since a time", "artifacts", f"create_time_since_epoch >= {between}"
    yield (
        "state and name",
        "executions",
        f"last_known_state = COMPLETE AND name LIKE '{run}/%'",
    )


def filters(
    title: str,
    kind: str,
    queries: Mapping[str, str],
    readers: Mapping[str, Any],
    *,
    rounds: int,
) -> Result:
    """The same filter by graphstore, its MLMD front and ML Metadata."""
    asks = {name: _asker(readers[name], kind, query) for name, query in queries.items()}

    def content(name: str) -> Content:
        answer: Content = readers[name].content(asks[name]())
        return answer

    matches = same({name: partial(content, name) for name in asks})
    return Result(
        f"filter by {title}: {len(matches)} {kind}",
        "ms",
        interleave(
            {name: timer(ask, repeat=5) for name, ask in asks.items()}, rounds=rounds, warmup=2
        ),
        facts={"filter": next(iter(queries.values())), "answers compared": "equal"},
    )


def _asker(reader: Any, kind: str, query: str) -> Callable[[], Any]:
    if isinstance(reader, GraphstoreReader):
        nodes = getattr(reader.store, kind)
        return lambda: nodes.list(filter=query, limit=LIMIT)
    from ml_metadata import ListOptions, OrderByField

    get = getattr(reader.store, f"get_{kind}")
    return lambda: get(ListOptions(limit=LIMIT, order_by=OrderByField.ID, filter_query=query))


def _add_late(ours: Any, mlmd: Any, late: Sequence[Record]) -> int:
    """Record a little more; answers a time, in milliseconds, between all else and it."""
    time.sleep(1.1)
    between = int(time.time() * 1000) - 500
    for peer in (ours, mlmd):
        peer.load(late)
    return between

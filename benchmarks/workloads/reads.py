"""Plain reads: by id, type, name and uri, by context, by event; what is popular again and again.

These are the reads of ML Metadata's own benchmark. Its store is in the process that asks, on a
file: for a single node it pays no round trip, which is all that the others pay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.chance import Chance
from benchmarks.histories import Record, history
from benchmarks.measure import Result, interleave, same, timer
from benchmarks.options import Options
from benchmarks.peers import TYPES
from benchmarks.peers.readers import Content, GraphstoreReader, MlmdReader, RawReader

__all__ = ["History", "load", "reads", "results", "type_ids"]

BATCH = 100
READS: Mapping[str, tuple[str, int]] = {
    "artifact": ("an artifact by id", 30),
    "artifacts": (f"{BATCH} artifacts by id", 10),
    "execution_named": ("an execution by type and name", 30),
    "artifacts_at": ("artifacts by uri", 30),
    "first_of_type": ("the first 100 artifacts of a type", 5),
    "all_of_type": ("all artifacts of a type", 1),
    "artifacts_in": ("artifacts of a context", 20),
    "executions_in": ("executions of a context", 20),
    "contexts_of": ("contexts of an artifact", 20),
    "events_of_artifact": ("events of an artifact", 20),
    "events_of_artifacts": (f"events of {BATCH} artifacts", 5),
    "events_of_execution": ("events of an execution", 20),
    "events_of_executions": (f"events of {BATCH} executions", 5),
}
"""By what is read, what it is called, and how many of it make a figure."""


@dataclass(frozen=True)
class History:
    """A history, and what one peer calls its nodes."""

    artifacts: Sequence[int]
    """Ids by key."""
    executions: Sequence[int]
    """Ids by key."""
    contexts: Callable[[tuple[str, str]], int]
    """The id of a context by its type and name."""

    @property
    def keys(self) -> Mapping[str, Mapping[int, int]]:
        """By kind and by id, the key."""
        return {
            "artifact": {id_: key for key, id_ in enumerate(self.artifacts)},
            "execution": {id_: key for key, id_ in enumerate(self.executions)},
        }


def load(peer: Any, records: Sequence[Record]) -> History:
    """Record a history with graphstore or MLMD."""
    artifacts = peer.load(records)
    if peer.name == "graphstore":
        contexts = peer.store.contexts
        return History(artifacts, peer.execution_ids, lambda c: int(contexts.get_by_name(*c).id))
    store = peer.store
    return History(
        artifacts, peer.execution_ids, lambda c: int(store.get_context_by_type_and_name(*c).id)
    )


def type_ids(peer: Any) -> Mapping[str, int]:
    """The ids that graphstore gave the types of the benchmark."""
    return {
        type_.name: type_.id
        for kind, names in TYPES.items()
        for type_ in peer.store.types.all(kind)
        if type_.name in names
    }


def results(options: Options) -> Iterator[Result]:
    """Of a history."""
    records = list(history(options.nodes))
    with options.peers("ours", "raw", "mlmd") as (ours, raw, mlmd):
        by_us, by_mlmd = load(ours, records), load(mlmd, records)
        readers = {
            "graphstore": GraphstoreReader(ours.store, by_us.keys),
            "raw driver": RawReader(raw, by_us.keys, type_ids(ours)),
            "MLMD on SQLite": MlmdReader(mlmd.store, by_mlmd.keys, mlmd.type_ids),
        }
        histories = {"graphstore": by_us, "raw driver": by_us, "MLMD on SQLite": by_mlmd}
        for name in READS:
            yield reads(name, readers, histories, records, rounds=options.rounds)


def reads(
    name: str,
    readers: Mapping[str, Any],
    histories: Mapping[str, History],
    records: Sequence[Record],
    *,
    rounds: int,
    goals: Mapping[str, float] | None = None,
) -> Result:
    """One kind of read.

    Args:
        name: Which of `READS`.
        readers: By contestant, who asks.
        histories: By contestant, what it calls the nodes.
        records: The history.
        rounds: That count.
        goals: As `Result` has them.
    """
    title, repeat = READS[name]
    # All contestants are asked for the same, in the same order.
    subjects = {one: _subjects(name, records, histories[one], repeat) for one in readers}
    method = {"events_of_artifact": "events_of_artifacts"}.get(name, name)
    method = {"events_of_execution": "events_of_executions"}.get(method, method)

    def ask(one: str) -> list[Any]:
        call = getattr(readers[one], method)
        return [call(subject) for subject in subjects[one]]

    def content(one: str) -> list[Content]:
        return [readers[one].content(answer) for answer in ask(one)]

    answers = same({one: partial(content, one) for one in readers})
    if not all(answers):
        raise AssertionError(f"{title}: nothing was found where something is")

    def figure(one: str) -> Callable[[], float]:
        whole = timer(lambda: ask(one))
        return lambda: whole() / repeat

    mean = sum(len(answer) for answer in answers) / len(answers)
    return Result(
        f"{title}, of {mean:,.0f} each" if mean > 1.5 else title,
        "ms",
        interleave({one: figure(one) for one in readers}, rounds=rounds, warmup=2),
        goals=goals or {},
        facts={"answers compared": f"{repeat}, equal"},
    )


def _subjects(name: str, records: Sequence[Record], ids: History, number: int) -> list[Any]:
    """What a contestant is asked for, by what it calls that; the same seed, the same choice."""
    chance = Chance(7)
    if name in ("first_of_type", "all_of_type"):
        return ["Model"] * number
    if name == "execution_named":
        return [(one.type, one.name) for one in chance.some(records, number)]
    if name in ("artifacts_in", "executions_in"):
        return [ids.contexts(("PipelineRun", _run(one))) for one in chance.some(records, number)]
    if name == "artifacts_at":
        makers = [one for one in records if one.outputs]
        return [one.outputs[0].uri for one in chance.some(makers, number)]
    things = ids.executions[1:] if "execution" in name else ids.artifacts[1:]
    if name in ("artifacts", "events_of_artifacts", "events_of_executions"):
        return [chance.distinct(things, BATCH) for _ in range(number)]
    some = chance.some(things, number)
    return [[id_] for id_ in some] if name.startswith("events") else some


def _run(record: Record) -> str:
    return next(name for type_, name in record.contexts if type_ == "PipelineRun")

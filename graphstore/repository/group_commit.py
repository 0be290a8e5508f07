"""What several threads publish at the same moment, stored by one query.

A query that stores ten executions takes hardly longer than one that stores one, and costs the
driver the same. So who publishes while a query is under way waits for that to come back, and then
sends along what all that wait want stored: the group commit of databases (DeWitt and others,
"Implementation techniques for main memory database systems", SIGMOD 1984). Who is alone waits for
nobody, and nobody for long: what is under way may be on a slow network, or wait for a lock.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from queue import Empty, SimpleQueue
from threading import Lock
from time import monotonic
from typing import Any

from graphstore.database import Database, Row
from graphstore.database.deadlines import end
from graphstore.errors import StoreError, Unavailable
from graphstore.queries import QUERIES
from graphstore.repository.assembly import Creation

__all__ = ["GroupCommit", "merged"]

PATIENCE = 0.01
"""Seconds after which the next query goes though the last one is not back."""
ROWS_AT_MOST = 1_000
"""Nodes of a query before no more are taken along."""


class _Turn(Enum):
    """What a thread that waits is told, if not its answer."""

    GO = auto()
    """Send yours, and those of who waits."""
    ALONE = auto()
    """The query of the group was refused, for one that may be another's: send yours."""


@dataclass(eq=False, slots=True)
class _Wish:
    """What a thread wants stored."""

    parameters: Row
    """Of `cypher/execution/publish_many.cypher`."""
    told: SimpleQueue[Any] = field(default_factory=SimpleQueue)
    """What became of it: an answer, an error, or a `_Turn`."""

    @property
    def rows(self) -> int:
        """How many nodes it has."""
        return len(self.parameters["artifacts"]) + len(self.parameters["artifact_ids"]) + 1


class GroupCommit:
    """Stores executions that are new, those of several threads together.

    Each is all there or not at all, and what one asks that cannot be is no other's fault: then each
    goes by itself. Whoever has a deadline does so in any case.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._lock = Lock()
        self._waiting: deque[_Wish] = deque()
        self._under_way, self._sent = 0, 0.0

    def run(self, creation: Creation) -> Row:
        """Store one thread's publication, as `Creation.run` does it, whole."""
        return creation.told(self._database, self._store(creation.parameters))

    def _store(self, parameters: Row) -> Row | None:
        if end() is not None:
            return self._send(parameters)
        wish = _Wish(parameters)
        told = self._turn(wish)
        if told is _Turn.GO:
            told = self._lead(wish)
        if told is _Turn.ALONE:
            return self._send(parameters)
        if isinstance(told, StoreError):
            raise Unavailable(str(told)) from told
        answer: Row | None = told
        return answer

    def _turn(self, wish: _Wish) -> Any:
        """Wait until it is one's turn, or somebody else has seen to the wish."""
        if self._pid != os.getpid():
            self._forget()  # after a fork those who are under way are the parent's
        with self._lock:
            if (wait := self._wait()) == 0:
                return self._go()
            self._waiting.append(wish)
        try:
            try:
                return wish.told.get(timeout=wait)
            except Empty:
                with self._lock:
                    if wish in self._waiting:
                        self._waiting.remove(wish)
                        return self._go()
                return wish.told.get()  # it has just been taken along, or told to go
        except BaseException:  # Ctrl-C; nobody may go on waiting for this thread
            with self._lock:
                if wish in self._waiting:
                    self._waiting.remove(wish)
                elif not wish.told.empty() and wish.told.get() is _Turn.GO:
                    self._come_back()
            raise

    # These three under the lock.

    def _wait(self) -> float:
        """Seconds until the next query may go."""
        return max(0.0, self._sent + PATIENCE - monotonic()) if self._under_way else 0.0

    def _go(self) -> _Turn:
        self._under_way, self._sent = self._under_way + 1, monotonic()
        return _Turn.GO

    def _come_back(self) -> None:
        self._under_way -= 1
        if self._waiting and self._wait() == 0:
            self._waiting.popleft().told.put(self._go())

    def _lead(self, wish: _Wish) -> Any:
        """Store a wish, and those that wait; answers what this one is told."""
        group, told = [wish], list[Any]()
        try:
            with self._lock:
                rows = wish.rows
                while self._waiting and (rows := rows + self._waiting[0].rows) <= ROWS_AT_MOST:
                    group.append(self._waiting.popleft())
            try:
                answer = self._send(merged([one.parameters for one in group]))
            finally:
                with self._lock:
                    self._come_back()
            if len(group) == 1:
                return answer
            if answer is not None:
                told = _parted(answer, group)
        except Unavailable as error:
            told = [error] * len(group)
            raise
        except StoreError:
            if len(group) == 1:
                raise
        finally:  # whatever happened, the others must not wait any longer
            told = told or [_Turn.ALONE] * len(group)
            for one, what in zip(group[1:], told[1:], strict=True):
                one.told.put(what)
        return told[0]

    def _send(self, parameters: Row) -> Row | None:
        return self._database.one(QUERIES["execution.publish_many"], whole=True, **parameters)


def _parted(answer: Row, group: Sequence[_Wish]) -> list[Row]:
    """The answer that each of a group would have got by itself."""
    existing = {artifact["id"]: artifact for artifact in answer["existing"]}
    contexts = {(one["type_id"], one["name"]): one for one in answer["contexts"]}
    parts = []
    for wish in group:
        asked = wish.parameters
        named = [contexts[row["type_id"], row["name"]] for row in asked["contexts"]]
        parts.append(
            {
                "time": answer["time"],
                "context_ids": [context["id"] for context in named],
                "existing": [existing[id_] for id_ in asked["artifact_ids"]],
                "contexts": named,
            }
        )
    return parts


def merged(parts: Sequence[Row]) -> Row:
    """The parameters that store all that some parameters store, each thing once.

    Lists are in the order that `cypher/execution/publish_many.cypher` wants: existing artifacts by
    id, contexts by type and name, whoever names them.
    """
    if len(parts) == 1:
        return parts[0]
    existing = sorted({id_ for part in parts for id_ in part["artifact_ids"]})
    contexts: dict[tuple[int, str], Row] = {}
    for part in parts:
        for row in part["contexts"]:
            contexts.setdefault((row["type_id"], row["name"]), row)
    keys = sorted(contexts)
    ranks = {id_: rank for rank, id_ in enumerate(existing)}
    places = {key: place for place, key in enumerate(keys)}
    artifacts: list[Row] = []
    executions: list[Row] = []
    events: dict[str, dict[Any, list[Any]]] = {"input_rows": {}, "output_rows": {}}
    # By context: dicts are sets with an order. Two may attribute one existing artifact.
    links: dict[str, list[dict[int, None]]] = {
        name: [{} for _ in keys]
        for name in ("association_rows", "attribution_rows", "new_attribution_rows")
    }
    for part in parts:
        before = len(executions)
        ends = [ranks[id_] for id_ in part["artifact_ids"]]
        begin = len(existing) + len(artifacts)
        ends += range(begin, begin + len(part["artifacts"]))
        artifacts += part["artifacts"]
        executions += part["executions"]
        for name, groups in events.items():
            for type_, path, tails, of, ordinals, times in part[name]:
                group = groups.setdefault(
                    (type_, tuple(path), bool(times)), [type_, path, [], [], [], []]
                )
                group[2] += [ends[artifact] for artifact in tails]
                group[3] += [before + execution for execution in of]
                group[4] += ordinals
                group[5] += times
        of_context = [places[row["type_id"], row["name"]] for row in part["contexts"]]
        for name, members in links.items():
            for context, some in part[name]:
                if name == "association_rows":
                    some = [before + execution for execution in some]
                else:
                    some = [ends[artifact] for artifact in some]
                members[of_context[context]].update(dict.fromkeys(some))
    return {
        "artifact_ids": existing,
        "artifacts": artifacts,
        "executions": executions,
        "contexts": [contexts[key] for key in keys],
        **{name: list(groups.values()) for name, groups in events.items()},
        **{
            name: [[place, list(some)] for place, some in enumerate(members) if some]
            for name, members in links.items()
        },
    }

"""Publishing many executions: a history that is moved in, a backlog, a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from itertools import islice
from typing import Any

from graphstore.database import Database
from graphstore.errors import (
    PublicationRefused,
    StoreError,
    Unavailable,
)
from graphstore.model.types import Kind
from graphstore.model.values import bound
from graphstore.storage.foreign import Recorded, tell_of_foreign
from graphstore.storage.ids import Ids
from graphstore.storage.node_rows import NodeRows
from graphstore.storage.writing import quick
from graphstore.storage.writing.assembly import (
    Assembly,
    KnownArtifacts,
    Published,
    ToPublish,
    missing,
)
from graphstore.storage.writing.batch import REFUSALS, BatchWriter, PutOptions
from graphstore.storage.writing.quick import Quick
from graphstore.system.garbage import no_collection

__all__ = ["Bulk"]

BATCH = 1_000
"""Executions a transaction: enough that round trips do not count, few enough for a small heap."""


@dataclass(frozen=True)
class _Ready:
    """A batch that is ready to be sent."""

    send: Callable[[], list[Published]]
    cancel: Callable[[], None] = lambda: None
    """Undoes the preparation, if it is not sent after all."""
    ids_known: bool = True
    """Whether the ids of its artifacts are known before it is sent, so that the next batch, which
    may refer to them, can be made ready meanwhile."""


class Bulk:
    """Publishes executions by the batch."""

    def __init__(
        self,
        database: Database,
        nodes: Mapping[Kind, NodeRows[Any]],
        ids: Ids,
        writer: BatchWriter,
    ) -> None:
        self._database, self._ids, self._writer = database, ids, writer
        self._quick = Quick(database)
        self._nodes = nodes

    def publish_many(
        self, publications: Iterable[ToPublish], *, batch: int = BATCH, reuse: bool = False
    ) -> Iterator[Published]:
        """Publish executions in order; see `graphstore.Store.publish_many`."""
        batch = bound("batch", batch)
        known_artifacts, reader, count = KnownArtifacts(), _Reader(publications, batch), 0
        # While the server stores one batch, the next is read and made ready here: each takes about
        # as long. It is sent when the one before it is stored and the caller has asked for more.
        some = reader.read()
        ready = self._prepare(some, known_artifacts, reuse)
        ahead: _Ready | None = None
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="graphstore") as pool:
            try:
                while some:
                    sending = pool.submit(copy_context().run, ready.send)
                    following = reader.read()
                    ahead = (
                        self._prepare(following, known_artifacts, reuse)
                        if ready.ids_known
                        else None
                    )
                    try:
                        results: Iterable[Published] = sending.result()
                    except Unavailable:
                        raise  # not one of them is to blame
                    except StoreError as refusal:
                        if ahead:  # what it refers to will have other ids
                            ahead.cancel()
                            ahead = None
                        results = self._one_by_one(some, known_artifacts, reuse, count, refusal)
                    for one in results:
                        count += 1
                        yield one
                    some, ready = (
                        following,
                        ahead or self._prepare(following, known_artifacts, reuse),
                    )
                    ahead = None
            finally:
                if ahead:
                    ahead.cancel()
        reader.finish()

    def _one_by_one(
        self,
        publications: Sequence[ToPublish],
        known_artifacts: KnownArtifacts,
        reuse: bool,
        first: int,
        refusal: StoreError,
    ) -> Iterator[Published]:
        """Publish the members of a batch that was refused: the one to blame is refused again."""
        for number, one in enumerate(publications, first):
            try:
                if len(publications) == 1:
                    raise refusal
                results = self._prepare([one], known_artifacts, reuse).send()
            except Unavailable:
                raise
            except StoreError as error:
                raise PublicationRefused(number, str(one.execution), error) from error
            yield from results

    @no_collection()
    def _prepare(
        self, publications: Sequence[ToPublish], known_artifacts: KnownArtifacts, reuse: bool
    ) -> _Ready:
        if not publications:
            return _Ready(send=list)
        assembly = Assembly(known_artifacts)
        try:
            for publication in publications:
                assembly.add(publication)
            if reuse or any(one.execution.id is not None for one in publications):
                return self._prepare_to_reuse(assembly, known_artifacts, reuse)
            return self._prepare_to_create(assembly, known_artifacts)
        except StoreError as error:
            refusal = error

        def refuse() -> list[Published]:
            raise refusal

        return _Ready(refuse)

    def _prepare_to_reuse(
        self, assembly: Assembly, known_artifacts: KnownArtifacts, reuse: bool
    ) -> _Ready:
        options = PutOptions(reuse_contexts=True, reuse_artifacts=reuse, reuse_executions=reuse)

        def send() -> list[Published]:
            result = self._writer.put(assembly.batch(), options, assembly.stored_artifacts)
            for artifact, id_ in zip(assembly.artifacts, result.artifact_ids, strict=True):
                known_artifacts.add(artifact, id_)
            return assembly.publications(
                result.artifact_ids, result.execution_ids, result.context_ids
            )

        return _Ready(send, ids_known=False)

    def _prepare_to_create(self, assembly: Assembly, known_artifacts: KnownArtifacts) -> _Ready:
        """What is all new, but for artifacts that it refers to, is stored by one query."""
        ids = self._ids.take(assembly.counts)

        def cancel() -> None:
            for kind, some in ids.items():
                self._ids.give_back(kind, some)
            forget()

        def forget() -> None:
            for artifact in assembly.artifacts:
                known_artifacts.forget(artifact)

        try:
            plan = assembly.plan(self._nodes, ids)
            parameters = quick.parameters([plan])  # while the batch before is stored
        except StoreError:
            cancel()
            raise
        for artifact, id_ in zip(assembly.artifacts, ids["artifact"], strict=True):
            known_artifacts.add(artifact, id_)

        def send() -> list[Published]:
            try:
                answers = self._quick.send(parameters, [plan])
                if answers is None:
                    raise missing(self._database, plan.artifact_ids)
            except REFUSALS:  # of a second attempt too: it finds what the first one had committed
                cancel()
                raise
            except StoreError:
                forget()
                raise
            if assembly.stored_artifacts:
                rows = answers[0]["recorded"]
                stored = {id_: Recorded.from_row(*row) for id_, *row in rows}
                tell_of_foreign(assembly.stored_artifacts, stored)
            context_ids = answers[0]["context_ids"]
            self._ids.give_back("context", sorted(set(ids["context"]) - set(context_ids)))
            return assembly.publications(ids["artifact"], ids["execution"], context_ids)

        return _Ready(send, cancel)


class _Reader:
    """Reads batches ahead of what the caller knows of: so an error waits for its turn."""

    def __init__(self, publications: Iterable[ToPublish], batch: int) -> None:
        self._remaining, self._batch = iter(publications), batch
        self._error: Exception | None = None

    def read(self) -> list[ToPublish]:
        """The next batch; empty at the end."""
        try:
            return list(islice(self._remaining, self._batch)) if self._error is None else []
        except Exception as error:
            self._error = error
            return []

    def finish(self) -> None:
        """Raise what ended the reading, if it was an error."""
        if self._error is not None:
            raise self._error

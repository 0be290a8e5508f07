"""The store: its repositories and its questions, over one database."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from graphstore import opening
from graphstore.database import Database, deadline, schema
from graphstore.errors import InvalidArgument, StoreError, Unavailable
from graphstore.lineage.walks import DEFAULT_MAX_NODES, Lineage
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.refs import (
    ArtifactLike,
    ContextLike,
    ExecutionLike,
    NodeLike,
    items,
    node_id,
    reference,
    references,
)
from graphstore.model.series import Series
from graphstore.model.times import KnownAt
from graphstore.model.types import Kind
from graphstore.storage.artifacts import Artifacts
from graphstore.storage.contexts import Contexts
from graphstore.storage.events import Events
from graphstore.storage.executions import Executions
from graphstore.storage.ids import Ids
from graphstore.storage.links import ByRole
from graphstore.storage.node_rows import rows_by_kind
from graphstore.storage.nodes import require
from graphstore.storage.runs import Runs
from graphstore.storage.series import read_series
from graphstore.storage.types import Types
from graphstore.storage.writing.assembly import Published, ToPublish
from graphstore.storage.writing.batch import Batch, BatchWriter, Put, PutOptions
from graphstore.storage.writing.bulk import BATCH, Bulk
from graphstore.storage.writing.careful import Careful
from graphstore.storage.writing.group_commit import GroupCommit
from graphstore.storage.writing.publish import Publication, Publisher
from graphstore.storage.writing.quick import Quick
from graphstore.system import progress
from graphstore.system.batched import batched
from graphstore.system.progress import OnProgress
from graphstore.system.renamed import renamed_function, renamed_options, spread_options
from graphstore.system.who import who

if TYPE_CHECKING:
    from typing import Protocol

    from typing_extensions import Unpack

    from graphstore.deletion import DeletionReport, ErasureReport, Policy, RetentionReport
    from graphstore.proof.seals import Seals
    from graphstore.questions.can_rerun import CanRerun
    from graphstore.questions.common_ancestors import CommonAncestors, Subjects
    from graphstore.questions.compare import Comparison
    from graphstore.questions.diff import Diff
    from graphstore.questions.explanation import Explanation
    from graphstore.questions.history import History
    from graphstore.questions.impact import Impact
    from graphstore.questions.production import InProduction
    from graphstore.questions.resolve import Resolve
    from graphstore.questions.runs import RunList
    from graphstore.questions.search import Found
    from graphstore.recording.cache import Cache
    from graphstore.recording.channel import Channel
    from graphstore.recording.decisions import Decisions
    from graphstore.recording.delivery import Delivery
    from graphstore.recording.digest import Check, Inspector
    from graphstore.recording.doctor import Doctor
    from graphstore.recording.reading import ArtifactsById
    from graphstore.recording.recording import Stored
    from graphstore.recording.run import Run, RunOptions
    from graphstore.recording.spool import Flushed
    from graphstore.recording.step import Step
    from graphstore.storage.changes import Changes

    class Shown(Protocol):
        """`graphstore.web.notebook.Shown`."""

        @property
        def url(self) -> str:
            """Where the pages are."""

        def link(self) -> str:
            """A new address that lets one in, once."""

        def close(self) -> None:
            """End the server."""


__all__ = ["Store", "run"]

_log = logging.getLogger("graphstore")
_LOOKED_UP = 1_000
"""Artifacts that are read at once."""

_STARTS = 3
"""How often a local server is started that goes away as its store is opened."""

_LATE = {
    "Cache": "recording.cache",
    "Decisions": "recording.decisions",
    "Doctor": "recording.doctor",
    "Resolve": "questions.resolve",
    "Seals": "proof.seals",
}
"""Classes of what a store has, that are loaded when it is asked for, and where they are."""


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"graphstore.{_LATE[name]}"), name)


class Store:
    """A provenance store: what ran, what came out, and where it all came from.

    `Store.open` opens one. It may be shared between threads. All of it is synchronous: each call
    returns when it is done. From asyncio call it in a thread, which holds up nobody::

        model = await asyncio.to_thread(store.artifacts.get, 45)

    What is iterated over (`publish_many`, `verify`, `Lineage.stream`) asks as it goes, so let the
    thread do that too: ``await asyncio.to_thread(list, store.verify(models))``. Runs and steps are
    also ``async with`` blocks, which do so by themselves.
    """

    def __init__(
        self,
        database: Database,
        *,
        address: str | None = None,
        adopt: bool = False,
        actor: str | None = None,
        on_close: Callable[[], object] = lambda: None,
        where: Mapping[str, str | None] | None = None,
    ) -> None:
        """A store over a database; an empty one becomes a store. `open` is the easier way.

        Args:
            database: The database; `close` closes it.
            address: What tells this store apart from others; by default where the database is.
            adopt: Take a database that holds somebody else's data besides.
            actor: In whose name is written (`open`); by default the user who runs this, unless the
                database says who.
            on_close: What else `close` has to do.
            where: How another process opens it, for runs that are passed to one; no secrets.

        Raises:
            ForeignDatabase: If the database holds somebody else's data, and not `adopt`.
            NewerDatabase: If a newer graphstore wrote it.
        """
        if actor == "":
            raise InvalidArgument("actor: nobody is called ''; leave it out for the user")
        database.actor = actor or database.actor or who().get("user")
        schema.upgrade(database, adopt=adopt)
        self.database, self._on_close = database, on_close
        self.address = address or opening.address_of(database.uri, database.name, None)
        self._shown: list[Shown] = []
        self._where = dict(where or {"uri": database.uri, "database": database.name})
        _OPEN[self.address] = self
        self.ids = Ids(database)
        self.types = Types(database, self.ids)
        self.artifacts = Artifacts(database, self.types, self.ids)
        self.executions = Executions(database, self.types, self.ids)
        self.contexts = Contexts(database, self.types, self.ids)
        self.events = Events(database)
        self.lineage = Lineage(database, self.types)
        nodes = rows_by_kind(self.types)
        quick, careful = GroupCommit(Quick(database)), GroupCommit(Careful(database))
        self._publisher = Publisher(database, nodes, self.ids, quick, careful)
        self._writer = BatchWriter(database, nodes, self.ids, quick)
        self._bulk = Bulk(database, nodes, self.ids, self._writer)
        self._runs = Runs(database, nodes, self.ids)

    @classmethod
    def open(
        cls,
        uri: str | None = None,
        *,
        auth: Any = None,
        database: str | None = None,
        name: str | None = None,
        ephemeral: bool = False,
        create: bool = True,
        adopt: bool = False,
        actor: str | None = None,
        on_progress: OnProgress | None = None,
        **options: Any,
    ) -> Store:
        """Open a store; close it when done, or use it in a ``with``.

        Which one, in this order: a Neo4j by its address; the local store of this name, or a
        throw-away one; the Neo4j at the address NEO4J_URI; the local store GRAPHSTORE_STORE, or
        else ``default``. A local store's server is started if it does not run, and goes on
        running; the first start fetches Neo4j.

        Args:
            uri: The address of a Neo4j 5.26 or later, e.g. ``neo4j+s://example.org``.
            auth: User and password as a pair; by default NEO4J_USERNAME and NEO4J_PASSWORD.
            database: The name of the database there; by default NEO4J_DATABASE, or the user's.
            name: The name of a local store.
            ephemeral: Start a local store that is gone when this one is closed.
            create: Make a local store that does not exist; else it is not found.
            adopt: Take a database that holds somebody else's data besides.
            actor: In whose name is written: what `changes` and `graphstore log` tell. By default
                the user who runs this (``user`` of `graphstore.recording.capture.who`).
            on_progress: Is told how a download and a start come along; by default a bar is drawn
                if standard error is a terminal.
            options: Passed on to `graphstore.database.Database`, and to Neo4j's driver.

        Raises:
            InvalidArgument: If the arguments contradict each other, or cannot be right.
            Unavailable: If nothing answers there.
            Unauthenticated: If the server refuses the user.
            UnsupportedServer: If it is no Neo4j, or too old.
            NotFound: If the server has no such database; if there is no such local store, and not
                `create`.
            ForeignDatabase: If the database holds somebody else's data, and not `adopt`.
            NewerDatabase: If a newer graphstore wrote it.
            LocalServerError: If the local server does not start; the kinds of it say why.
            MissingExtra: If the extra ``local`` is not installed, and it is needed.
        """
        uri, database, name = opening.which(uri, database, name, ephemeral)
        options["actor"] = actor
        if uri is not None:
            return cls._over(opening.remote(uri, auth, database, options), adopt=adopt)
        if auth is not None or database is not None:
            raise InvalidArgument("a local store has its own user and database: give none")

        with progress.bar() if on_progress is None else nullcontext(on_progress) as listener:
            if name is None:
                return cls._over(opening.ephemeral(listener, options))
            for _ in range(_STARTS - 1):
                try:
                    return cls._over(opening.local(name, create, listener, options))
                except Unavailable as error:
                    _log.info("the local store %s went away as it was opened: %s", name, error)
            return cls._over(opening.local(name, create, listener, options))

    @classmethod
    def _over(cls, target: opening.Reached, *, adopt: bool = False) -> Store:
        database, address, where, on_close = target
        try:
            return cls(database, address=address, adopt=adopt, on_close=on_close, where=where)
        except BaseException:
            try:
                database.close()
            finally:
                on_close()
            raise

    # The rest of a store is made when it is asked for: what it takes to load would be most of what
    # it takes to open one and read a node. Twice, by two threads at once, does no harm.

    @cached_property
    def resolve(self) -> Resolve:
        """What to start from: the latest, the best, the approved."""
        from graphstore.questions.resolve import Resolve

        return Resolve(self.database, self.types)

    @cached_property
    def cache(self) -> Cache:
        """What need not run again."""
        from graphstore.recording.cache import Cache

        return Cache(self.database)

    @cached_property
    def doctor(self) -> Doctor:
        """What was left unfinished."""
        from graphstore.recording.doctor import Doctor

        return Doctor(self.database)

    @cached_property
    def seals(self) -> Seals:
        """What proves that nothing was changed."""
        from graphstore.proof.seals import Seals

        return Seals(self.database, self.lineage, self.address)

    @cached_property
    def decisions(self) -> Decisions:
        """Who approved, deployed and withdrew what."""
        from graphstore.recording.decisions import Decisions

        return Decisions(self.database, self.types, self._publisher)

    def publish(
        self,
        execution: Execution,
        inputs: ByRole = (),
        outputs: ByRole = (),
        contexts: Sequence[Context] = (),
        events: Iterable[tuple[ArtifactLike, Event]] = (),
        *,
        reuse: bool = False,
    ) -> Publication:
        """Record an execution with all that it read, made and belongs to: all or nothing.

        One query in one transaction; threads that publish at the same moment may share it. It is
        safe to retry, and to run in many processes at once: contexts are created once.

        Args:
            execution: A new one, or one that was read and then evolved (to COMPLETE, say), which
                replaces the stored one.
            inputs: The artifacts that it read, by the part they played, e.g.
                ``{"examples": [train, test], "base_model": model}``, or just in a list. New ones
                are created; those with an id are referred to, and not changed.
            outputs: The artifacts that it made, by the part they played, or just in a list. New
                ones are created; those with an id are referred to, and not changed.
            contexts: What it and all of these artifacts belong to. A context of this type and name
                that is there already is used as it is, else created.
            events: Artifacts with events of other types, or with paths and times of their own; the
                ids in the events are ignored.
            reuse: Take a new node for the stored one with its external id, if there is one: the
                execution is replaced, an artifact used as it is.

        Returns:
            All of it as it is stored now.

        Raises:
            NotFound: If a type, an artifact or an execution that is referred to is not there.
            ForeignNode: If the execution was read from another store.
            InvalidProperty: If a property is none that its type declares, or of another kind.
            InvalidArgument: If something else cannot be stored.
            AlreadyExists: If a new node's name (within its type) or external id is taken.
        """
        return self._publisher.publish(execution, inputs, outputs, contexts, events, reuse=reuse)

    def publish_many(
        self, publications: Iterable[ToPublish], *, batch: int = BATCH, reuse: bool = False
    ) -> Iterator[Published]:
        """Record many executions, in order: a history, or a backlog.

        Nothing happens until the answer is iterated over::

            for published in store.publish_many(publications):
                ...

        Each batch is one transaction of a few queries, all or nothing. Memory is bounded: neither
        the publications nor the answers are gathered. While a batch is stored, the next one is
        read. An artifact that one publication makes and a later one reads is the same object in
        both.

        Args:
            publications: What to publish: of each the execution, what it read and made by the part
                that it played, its contexts and further events.
            batch: How many go into a transaction.
            reuse: Take a new node for the stored one with its external id, if there is one, which
                then is updated. So whoever was interrupted can begin again from the start, where
                all have external ids.

        Yields:
            The ids of each, once its batch is stored, in the order given.

        Raises:
            PublicationRefused: If one cannot be stored; all before it are, none after it.
            Unavailable: If the server does not answer; all that were yielded are stored.
        """
        return self._bulk.publish_many(publications, batch=batch, reuse=reuse)

    @spread_options(PutOptions)
    def put(
        self,
        batch: Batch,
        *,
        fields: Mapping[Kind, Collection[str]] | None = None,
        if_unchanged: bool = False,
        touch: bool = False,
        reuse_artifacts: bool = False,
        reuse_executions: bool = False,
        reuse_contexts: bool = False,
        once: bool = False,
        meaning: Callable[[Any, Any], Any] | None = None,
    ) -> Put:
        """Put many nodes and edges at once: all or nothing.

        One transaction of a few queries, whatever the size; some 10,000 things in one batch are
        well. It is safe to retry, and to run in many processes at once. Nodes are put as their
        repositories do it, and edges that are there already stay, unless the options say otherwise.

        Args:
            batch: The nodes, and the edges between them and what is stored.
            fields: By kind, such as ``{"artifact": ["uri"]}``: update only these fields of stored
                nodes, and ``properties.KEY`` or ``custom_properties.KEY`` for single properties;
                all of kinds that are not named.
            if_unchanged: Update only what still has the `last_update_time` given.
            touch: Set the time of the last update of executions though nothing differs.
            reuse_artifacts: Take a new artifact for the stored one with its external id, if there
                is one, which is updated; of new ones with one external id the first is created,
                the others update it.
            reuse_executions: Take a new execution for the stored one with its external id, in the
                same way.
            reuse_contexts: Take a new context for the stored one of its type and name, if there is
                one, as it is.
            once: Refuse events and parents that are there already; then two ends and a type make
                an event, whatever its path.
            meaning: What a node means when it is to update a stored one: a function of the stored
                one and it, for those who cannot say or see all that a node holds. None if it means
                what it says.

        Returns:
            The ids of the nodes, in the order given.

        Raises:
            NotFound: If a type, or a node that is updated or referred to, is not there.
            InvalidProperty: If a property is none that its type declares, or of another kind.
            InvalidArgument: If something else cannot be stored, or an edge names a place that the
                batch has not; if a context would become part of itself.
            AlreadyExists: If a node's name (within its type) or external id is taken; if an edge
                that is to be new is there.
            Conflict: If somebody changed a node meanwhile, and `if_unchanged` says that matters.
        """
        options = PutOptions(
            fields=fields or {},
            if_unchanged=if_unchanged,
            touch=touch,
            reuse_artifacts=reuse_artifacts,
            reuse_executions=reuse_executions,
            reuse_contexts=reuse_contexts,
            once=once,
            meaning=meaning,
        )
        return self._writer.put(batch, options)

    def run(
        self,
        pipeline: str,
        name: str | None = None,
        *,
        spool: bool = True,
        **options: Unpack[RunOptions],
    ) -> Run:
        """Record a run of a pipeline as it happens::

            with store.run("iris") as run:
                with run.execution("Trainer", parameters={"rate": 0.1}) as step:
                    step.input("data", data)
                    ...
                    step.output("model", "models/1", type="Model")

        What earlier runs had to leave on the disk is delivered first, for ten seconds at most; the
        rest is for the next run, or `flush`.

        Args:
            pipeline: The name of the pipeline: a context of type ``Pipeline``.
            name: The name of the run: a context of type ``PipelineRun`` within it. By default a new
                one, of the pipeline, the time and chance; the name of an earlier run goes on with
                that.
            spool: Whether to keep on the disk what is recorded while the store does not answer;
                else that is raised.
            options: ``properties`` of the run; ``contexts`` that all of it belongs to besides;
                what to ``capture`` by itself; which environment ``variables`` count; the
                ``digest_limit`` and the ``remote_timeout``; whether its steps are ``strict``
                (`graphstore.recording.run.RunOptions`).

        Returns:
            The run, to be used in a ``with``.

        Raises:
            InvalidArgument: If an option is not valid.
        """
        return self._run(pipeline, name, lambda: None, spool, options)

    def _run(
        self,
        pipeline: str,
        name: str | None,
        on_end: Callable[[], object],
        spool: bool,
        options: RunOptions,
    ) -> Run:
        from graphstore.recording.channel import BACKLOG_SECONDS
        from graphstore.recording.run import Run

        if spool:
            delivery = self.flush(seconds=BACKLOG_SECONDS)
            for file, why in delivery.rejected:
                _log.error("a record of an earlier run is set aside in %s: %s", file, why)
            if delivery.why:
                _log.warning(
                    "%d records of earlier runs go on waiting (%s): for the next run, or for"
                    " `graphstore flush`",
                    delivery.waiting,
                    delivery.why,
                )
        rejoin = partial(_rejoin, self.address, self._where, spool)
        channel, lookups = self._recorder(spool)
        return Run(channel, lookups, pipeline, name, on_end=on_end, rejoin=rejoin, **options)

    @cached_property
    def _artifacts_by_id(self) -> ArtifactsById:
        """Reads what the steps of all runs name by ids."""
        from graphstore.recording.reading import ArtifactsById

        return ArtifactsById(self.artifacts)

    def _recorder(self, spool: bool) -> tuple[Channel, Stored]:
        """What a run records with."""
        from graphstore.recording.channel import Channel
        from graphstore.recording.recording import Stored

        channel = Channel(
            self.address,
            self._delivery(),
            spool=spool,
            ping=lambda: self.database.ping("write"),
        )
        lookups = Stored(
            self._artifacts_by_id.read,
            lambda artifacts: self.artifacts.put_many(artifacts, fields=["state"]),
            lambda fingerprint, inspector: self.cache.look_up(fingerprint, inspector=inspector),
        )
        return channel, lookups

    def flush(self, *, seconds: float | None = None) -> Flushed:
        """Deliver what runs left on the disk of this machine while this store did not answer.

        Each record is stored exactly once, in the order in which it was made. One that cannot be
        read, or that the store does not take, is set aside, and named in the answer; those after it
        are delivered.

        Args:
            seconds: How long to go on at most; None for as long as it takes.

        Returns:
            How many records were delivered and how many wait, why, and what was set aside.
        """
        from graphstore.recording import spool
        from graphstore.recording.channel import REFUSALS

        delivery = self._delivery()
        with nullcontext() if seconds is None else deadline(seconds):
            return spool.flush(
                self.address, delivery.deliver_late, refusals=REFUSALS, seconds=seconds
            )

    def _delivery(self) -> Delivery:
        from graphstore.recording.delivery import Delivery

        artifacts = self.artifacts.list_by_external_id
        return Delivery(self.types, self._publisher, self._runs, self._writer, artifacts)

    def explain(
        self,
        model: ArtifactLike,
        *,
        max_nodes: int = DEFAULT_MAX_NODES,
        as_of: KnownAt | None = None,
        verify: bool = True,
    ) -> Explanation:
        """A model's passport: who made it of what and how, why it was preferred, where it is.

        Args:
            model: The model, or any other artifact; an int is its id.
            max_nodes: Nodes of its ancestry to look at, the nearest ones.
            as_of: What the store said at this time; None for now. Whether the file is what it was
                is looked up now.
            verify: Whether to read what stands at its uri, to say if that is what was recorded;
                else that is UNKNOWN.

        Returns:
            The passport; what is not known of it is empty. Its `truncated` says whether there are
            more ancestors.

        Raises:
            NotFound: If there is no such artifact, or was none then.
            InvalidArgument: If it is no artifact.
        """
        from graphstore.questions.explain import explain

        return explain(
            self.database,
            self.types,
            self.lineage,
            self.decisions,
            model,
            max_nodes=max_nodes,
            as_of=as_of,
            verify=verify,
        )

    def can_rerun(
        self,
        execution: ExecutionLike,
        *,
        environment: Mapping[str, Any] | None = None,
        digest_limit: int | None = None,
    ) -> CanRerun:
        """Whether an execution could be run again from here, and would do the same.

        Args:
            execution: An execution, or its id. Of a CACHED one the execution that it stands for is
                judged.
            environment: The environment to run it in, as `recording.capture.environment` tells;
                None for that of this process.
            digest_limit: Bytes to read of each input at most; what is larger is not compared.

        Returns:
            Green, amber or red, with the reasons.

        Raises:
            NotFound: If there is no such execution.
            InvalidArgument: If it is no execution.
        """
        from graphstore.questions.can_rerun import can_rerun

        return can_rerun(
            self.database, execution, environment=environment, digest_limit=digest_limit
        )

    def series(self, of: NodeLike | Run | Step) -> Mapping[str, Series]:
        """The metrics that a run or a step logged, step by step: `Step.log`, `Run.log`.

        Args:
            of: An execution or a run (a context), a reference to one, or what records it.

        Returns:
            By metric, in the order of the names; empty if it logged nothing.

        Raises:
            NotFound: If there is no such execution or context.
            InvalidArgument: If it is an artifact.
        """
        ref = reference(of, "execution", "context")
        series = read_series(self.database, [ref]).get(ref, {})
        if not series:
            require(self.database, ref.kind, [ref.id])
        return series

    def compare(
        self,
        *subjects: NodeLike | Iterable[NodeLike],
        metric: str | None = None,
        smallest: bool = False,
        limit: int = 100,
        curves: bool = True,
        as_of: KnownAt | None = None,
    ) -> Comparison:
        """Models, executions or runs side by side, and in what they differ.

        Args:
            subjects: Two or more artifacts, or executions, or runs (contexts), or their ids; a bare
                number is that of an artifact.
            metric: Put them in the order of this metric, the best first; those without it last.
            smallest: Whether less is better.
            limit: How many to compare at most, 2 or more: with a metric the best, else the first.
            curves: Whether to read all points of what they logged, for curves; else only the last
                of each, which is the metric.
            as_of: What the store said at this time; None for now.

        Returns:
            Their metrics, parameters, inputs, code, environment and times as a table.

        Raises:
            NotFound: If one of them is not there.
            InvalidArgument: If they are of several kinds, contexts that are no runs, or fewer than
                two; or if none of them has the metric.
        """
        from graphstore.questions.compare import compare

        return compare(
            self.lineage.at(as_of).database,
            self.types,
            subjects,
            metric=metric,
            smallest=smallest,
            limit=limit,
            curves=curves,
        )

    @renamed_options(last="limit")
    def history(
        self,
        pipeline: ContextLike,
        *,
        metric: str | None = None,
        limit: int = 100,
        on: datetime | date | None = None,
        as_of: KnownAt | None = None,
    ) -> History:
        """The runs of a pipeline over time: outcome, duration, steps, metrics, and their trend.

        Args:
            pipeline: Its name, or its context or the id of that.
            metric: Show this metric only.
            limit: How many runs at most, 1 or more: the last ones.
            on: A time, or a day, which is its end (UTC): later runs do not count, and what had not
                ended goes on. Metrics are those that are known. None for now.
            as_of: What the store said at this time; without `on` of then. None for now.

        Returns:
            The runs, the oldest first, and their trend; no runs if there are none yet.

        Raises:
            NotFound: If there is no such pipeline.
            InvalidArgument: If it is no pipeline, if two have this name, or if no run has the
                metric.
        """
        from graphstore.questions.history import history

        database = self.lineage.at(as_of).database
        return history(database, self.types, pipeline, metric=metric, limit=limit, on=on)

    def runs(
        self,
        pipeline: ContextLike | None = None,
        *,
        filter: str | None = None,
        order_by: str = "create_time",
        descending: bool = True,
        limit: int = 100,
        after: str | None = None,
        as_of: KnownAt | None = None,
    ) -> RunList:
        """A page of runs: when they ran, how they ended, what they were told, what they measured.

        In the order of `create_time` a page of a store of any size costs the same; a filter that
        few runs meet looks at all before it.

        Args:
            pipeline: Its name, or its context or the id of that; None for all runs.
            filter: A condition on the runs, such as ``properties.user.string_value = 'ann'``, in
                ML Metadata's language of filters; see docs/filter.md.
            order_by: ``create_time``, when the store learnt of them, the newest first; or a column:
                ``name``, ``outcome``, ``began``, ``ended``, ``seconds``, ``steps``, ``cached``,
                ``failed``, ``user``, ``metric.NAME`` or ``parameter.NAME``. Then the newest 500
                runs are sorted, and `among` of the answer says so if there are more.
            descending: Whether the greatest comes first, in the order of a column.
            limit: How many at most, 1 or more.
            after: The page before this one's `next_page`; all else must be as it was then.
            as_of: What the store said at this time; None for now.

        Returns:
            The runs; empty if there are none. What has no value in the column comes last, NaN after
            all numbers; equal ones the newest first. Runs that were deleted are left out, and so
            are those of which nobody knows when they were created (`contexts.list` has them).

        Raises:
            NotFound: If there is no such pipeline.
            InvalidArgument: If it is no pipeline, if two have this name, or a value is not valid;
                of a filter the message shows where, and why.
        """
        from graphstore.questions.runs import runs

        return runs(
            self.lineage.at(as_of).database,
            self.types,
            pipeline,
            filter=filter,
            order_by=order_by,
            descending=descending,
            limit=limit,
            after=after,
        )

    @renamed_options(limit="digest_limit")
    def verify(
        self,
        artifacts: ArtifactLike | Iterable[ArtifactLike],
        *,
        digest_limit: int | None = None,
        inspector: Inspector | None = None,
    ) -> Iterator[tuple[Artifact, Check]]:
        """Whether artifacts still are what they were when they were recorded, one by one.

        A file that several of them are, or hold, is read once.

        Args:
            artifacts: The artifacts: themselves, which are not read again, or their ids, ``"a45"``.
            digest_limit: Bytes to read of each at most; what is larger is UNKNOWN.
            inspector: What looks at them, with a limit of its own; None for a new one.

        Yields:
            Each artifact, in the order given, and what was found: UNCHANGED, CHANGED, GONE or
            UNKNOWN, with a reason.

        Raises:
            NotFound: If there is no such artifact.
            InvalidArgument: If one is no artifact.
        """
        from graphstore.recording.digest import Inspector

        inspector = inspector or Inspector(limit=digest_limit)
        for part in batched(items(artifacts), _LOOKED_UP):
            ids = [node_id(one, "artifact") for one in part if not isinstance(one, Artifact)]
            answers = iter(self.artifacts.get_many(ids) if ids else ())
            for one in part:
                artifact = one if isinstance(one, Artifact) else next(answers)
                yield artifact, inspector.check(artifact.uri or "", artifact.digest)

    def impact(
        self,
        artifact: ArtifactLike,
        *,
        max_nodes: int = DEFAULT_MAX_NODES,
        as_of: KnownAt | None = None,
    ) -> Impact:
        """What a bad dataset got into: models, evaluations and deployments, and whose they are.

        Each once, though steps that were skipped re-emitted it, with a shortest way there. What a
        CACHED step read reached what it re-emits; what a resolver chose was not made from what it
        looked at, and is reached only in another way. Which artifacts are models, evaluations and
        deployments is told by the names of their types if these are well known (``PushedModel``),
        else by the base types of these.

        Args:
            artifact: The dataset, or any other artifact; an int is its id.
            max_nodes: Nodes downstream to look at, the nearest ones.
            as_of: What the store said at this time; None for now.

        Returns:
            Deployments, models and evaluations, of each what is live first; empty if it reached
            none. `truncated` says whether the bound cut it.

        Raises:
            NotFound: If there is no such artifact.
            InvalidArgument: If it is no artifact, or the bound is not valid.
        """
        from graphstore.questions.impact import impact

        lineage = self.lineage.at(as_of)
        return impact(lineage.database, lineage, self.types, artifact, max_nodes=max_nodes)

    def search(self, text: str, *, limit: int = 20, as_of: KnownAt | None = None) -> Found:
        """Which nodes are called so, are there, or have this digest: what one types into a box.

        An id (``a45``) is that node. Names, uris, external ids and digests are found by how they
        begin, in the letters as they are typed, in small ones, in capitals, and with a capital
        first; a digest also without its prefix, from six digits on. What stands in the middle of a
        name, and values of properties, are for `list` with a filter.

        Args:
            text: What to look for, 1,000 characters at most, without the blanks around it.
            limit: How many nodes at most, 1 or more.
            as_of: Leave out what was not there at this time, and show the rest as it was then; what
                it is looked for by is what it is called now. None for now.

        Returns:
            The nodes, whole names first; empty if nothing begins so. `truncated` says whether there
            is more.

        Raises:
            InvalidArgument: If the text is too long, or `limit` is not 1 or more.
        """
        from graphstore.questions.search import search

        return search(self.database, text, limit=limit, as_of=as_of)

    def diff(
        self,
        a: ArtifactLike,
        b: ArtifactLike,
        *,
        max_nodes: int = DEFAULT_MAX_NODES,
        as_of: KnownAt | None = None,
    ) -> Diff:
        """In what the ancestries of two artifacts differ, and where they first did.

        They are walked side by side, from the two artifacts upstream, and aligned by the parts
        that things played: executions by their types, artifacts by the roles in which they were
        read, several of one part in order. Artifacts are the same if they are one node, or type
        and contents are equal; executions if code and parameters are. They first differ where all
        that comes right before is the same.

        Args:
            a: The one that was: the last good model, say.
            b: The one that is.
            max_nodes: Nodes of each ancestry to look at, the nearest ones.
            as_of: What the store said at this time; None for now.

        Returns:
            What is aligned with what, and how it differs; `truncated` says whether the bound cut
            an ancestry.

        Raises:
            NotFound: If there is no such artifact.
            InvalidArgument: If one is no artifact, or the bound is not valid.
        """
        from graphstore.questions.diff import diff

        return diff(self.lineage.at(as_of), a, b, max_nodes=max_nodes)

    def common_ancestors(
        self,
        bad: Subjects,
        good: Subjects = (),
        *,
        max_nodes: int = DEFAULT_MAX_NODES,
        as_of: KnownAt | None = None,
    ) -> CommonAncestors:
        """What the ancestries of the bad ones share, and those of the good ones do not.

        Artifacts, executions, and facts: parameters, code, commits. They are ranked by how many of
        the bad have one, the most first; then by how few of the good have it; then by how near it
        is to the bad, in events on average. What is no rarer among the good is left out.

        Args:
            bad: Artifacts, executions or runs (contexts), or which ones; an int is an artifact's
                id.
            good: Artifacts, executions or runs that are good, to tell the bad ones apart from; may
                be empty.
            max_nodes: Nodes of all ancestries together to look at, the nearest ones.
            as_of: What the store said at this time; None for now.

        Returns:
            The suspects, the likeliest first; empty if nothing is shared.

        Raises:
            NotFound: If there is no such artifact, execution or context.
            InvalidArgument: If none is bad, one is both bad and good, or the bound is not valid.
        """
        from graphstore.questions.common_ancestors import common_ancestors

        lineage = self.lineage.at(as_of)
        return common_ancestors(lineage.database, lineage, bad, good, max_nodes=max_nodes)

    diff_lineage = renamed_function("diff_lineage", diff)

    def production(
        self,
        *,
        on: datetime | date | None = None,
        as_of: KnownAt | None = None,
        target: str | None = None,
        models: ArtifactLike | Iterable[ArtifactLike] | None = None,
        limit: int | None = None,
    ) -> Sequence[InProduction]:
        """What is in production, or was: what was deployed, and what TFX pushed, the last first.

        Deployments and pushes are in the order of their own times. What was deleted since is in the
        answer only if a time is asked for: the store knows no earlier states. A push that was
        deleted after that time says no more where it went: it is in no answer, and a warning says
        so. A deployment of the future is not in production yet; `Decisions.deployments` has it, as
        `planned`.

        Args:
            on: A time, or a day: then it is what served at its end (UTC), or is to serve. None for
                now.
            as_of: What the store said at this time; without `on` of then. None for now.
            target: At this target only, or at the place that was pushed to.
            models: Of this model or these only. None for all.
            limit: How many at most, 1 or more; None for all that there are.

        Returns:
            A model and where it serves, each; empty if there is none.

        Raises:
            NotFound: If nothing ever was deployed or pushed to this target.
            InvalidArgument: If the time says no time zone, `models` names what is no artifact, or
                `limit` is not valid.
        """
        from graphstore.questions.production import production

        return production(
            self.database,
            self.decisions,
            on=on,
            as_of=as_of,
            target=target,
            models=models,
            limit=limit,
        )

    def delete(
        self,
        nodes: NodeLike | Iterable[NodeLike],
        *,
        reason: str | None = None,
        purge: bool = False,
        force: bool = False,
        files: bool = False,
        dry_run: bool = False,
        on_progress: OnProgress = progress.silent,
    ) -> DeletionReport:
        """Delete nodes, and what goes with them. It cannot be undone.

        What is deleted becomes a tombstone: it keeps its id, type, times, external id and edges,
        so that lineage goes through it and shows it as deleted, and nothing brings it back. All
        else that it said is gone: name, uri, state, properties, series, and what it said before.
        With `purge` it is removed from the graph, if nothing that stays was made from it.

        A run takes along its executions that belong to no other run, a pipeline its runs; an
        execution what only it made, if nobody else used it. What a live deployment stands on, and
        what goes on still, is refused (`graphstore.deletion.rules` has all rules).

        It may break off at any moment, and be done again. Others may write meanwhile.

        Args:
            nodes: Artifacts, executions, contexts; an int is an artifact's id.
            reason: Why; it stays with the tombstones.
            purge: Whether to remove them from the graph. Their ids and the reason are kept beside
                it; their external ids can come again.
            force: Delete what goes on still, or what a live deployment stands on, too.
            files: Delete the files at their uris, too, where these are on this machine, still are
                what was recorded, and no artifact that stays names them.
            dry_run: Change nothing: the answer says what would go, what stays and why.
            on_progress: Is told of each batch.

        Returns:
            What went and what stays, by rule.

        Raises:
            NotFound: If one of the nodes is not there.
            FailedPrecondition: If it is refused, or another deletion goes on; nothing of it was
                deleted then. If somebody begins to use what is being purged, the rest of it stays.
        """
        from graphstore.deletion import delete

        return delete(
            self.database,
            references(nodes),
            reason=reason,
            purge=purge,
            force=force,
            files=files,
            dry_run=dry_run,
            on_progress=on_progress,
        )

    def retain(
        self,
        policy: Policy | str | Path,
        *,
        reason: str | None = None,
        dry_run: bool = False,
        on_progress: OnProgress = progress.silent,
    ) -> RetentionReport:
        """Delete the runs that a policy keeps no longer, with what goes along, as `delete` does.

        What goes on still, and what a live deployment stands on, is kept, whatever the policy says.

        Args:
            policy: The policy, or the file of TOML that says it (`graphstore.deletion.policy`).
            reason: Why, if not what the policy says.
            dry_run: Change nothing: the answer says which runs would go, and why others are kept.
            on_progress: Is told of each batch.

        Raises:
            InvalidArgument: If it is no policy.
            FailedPrecondition: If the file cannot be read, or another deletion goes on.
        """
        from graphstore.deletion import Policy, retain

        return retain(
            self.database,
            self.contexts,
            policy if isinstance(policy, Policy) else Policy.load(policy),
            reason=reason,
            dry_run=dry_run,
            on_progress=on_progress,
        )

    def erase(
        self,
        nodes: NodeLike | Iterable[NodeLike] = (),
        *,
        values: Sequence[str] = (),
        reason: str | None = None,
        force: bool = False,
        dry_run: bool = False,
        on_progress: OnProgress = progress.silent,
    ) -> ErasureReport:
        """Erase what a person may ask to be forgotten. It cannot be undone.

        Nodes that are named are deleted, as `delete` does, and their external ids and who recorded
        them go too: so a retry or a second import may bring such a thing again.

        A value, say a name, is written over by ``erased`` wherever it stands as words of its own,
        spelled alike, in a text or a structure: in nodes, edges, what they said before, series,
        and in what waits on this machine to be delivered. A name that has it is told from others
        by the id of its node, an external id goes. Not looked into are types, names of properties,
        labels, and values of kind PROTO; the answer says where it stands still.

        If it was sealed, the salts go (`Seals.forget`), so that nobody finds it out by guessing.

        Neo4j's files keep what was written over, until that place is used again:
        docs/deletion.md says what to do.

        Args:
            nodes: Artifacts, executions, contexts; an int is an artifact's id.
            values: Texts of three characters at least.
            reason: Why; it stays with the tombstones, and `changes` tells it, without the values.
            force: Delete what goes on still, or what a live deployment stands on, too.
            dry_run: Change nothing: the answer says what would be.
            on_progress: Is told of each batch.

        Raises:
            NotFound: If one of the nodes is not there.
            InvalidArgument: If nothing is named, or a value is too short.
            FailedPrecondition: If a node may not be deleted, or another deletion goes on.
        """
        from graphstore.deletion import erase

        report = erase(
            self.database,
            self.address,
            references(nodes),
            values,
            reason=reason,
            force=force,
            dry_run=dry_run,
            on_progress=on_progress,
        )
        if not dry_run:
            self.seals.forget()
        return report

    def changes(
        self,
        of: NodeLike | Sequence[NodeLike] | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        by: str | None = None,
        limit: int | None = None,
        descending: bool = False,
        settled: bool = False,
    ) -> Changes:
        """What was recorded, changed, deleted and erased, by whom, when, and from what to what.

        Times are the server's, at which something was recorded, and not when it happened. To follow
        a store, losing and repeating nothing while others write, go on from where a page ends::

            page = store.changes(since=page.until, limit=10_000, settled=True)

        Args:
            of: Artifacts, executions and contexts: what they were and are, and their edges; an int
                is an artifact's id. By default everything, types too.
            since: Not recorded before this.
            until: Recorded before this.
            by: By this one only.
            limit: About so many at most, 1 or more: what one moment has stays together, and so does
                a node with its edges.
            descending: The latest first. The next page is that `until` the time of the last.
            settled: Leave out what is from after the oldest transaction that is under way, or from
                the last second: something may come between still.

        Returns:
            The changes in the order of their times; of one moment first what was recorded (types,
            contexts, artifacts, executions), then what was changed, then edges, then what was
            taken back, deletions and erasures. All the other way round if `descending`.

        Raises:
            NotFound: If one of the nodes is not there.
            InvalidArgument: If a time says no time zone, `limit` is not 1 or more, or both
                `descending` and `settled` are asked for.
            FailedPrecondition: If the server's clock stands before `since`, and `settled`.
        """
        from graphstore.storage.changes import changes

        return changes(
            self.database,
            of,
            since=since,
            until=until,
            by=by,
            limit=limit,
            descending=descending,
            settled=settled,
        )

    def ui(self, of: NodeLike | None = None, *, port: int = 0) -> Shown:
        """Serve the pages of this store to this machine, until it is closed.

        The answer prints as a link that lets one in, once. In a notebook it also shows a lineage,
        to explore within the cell. Needs the extra ``ui``.

        Args:
            of: The artifact, execution or run whose lineage is shown; by default the last run.
            port: Where to serve them; 0 for any that is free.

        Raises:
            NotFound: If there is no such node.
            PortInUse: If somebody else listens there.
            MissingExtra: If the extra is not installed.
        """
        # By its name, since what shows a store builds on it.
        shown: Shown = import_module("graphstore.web.notebook").show(self, of, port=port)
        self._shown.append(shown)
        return shown

    def forget(self) -> None:
        """Forget what was read of the database and leased from it: it may be another one by now.

        That is so when a backup was restored, or it was emptied, below a store that is open.
        """
        self.ids.forget()
        self.types.forget()

    def close(self) -> None:
        """Close the connections to the database; an ephemeral store is gone then.

        What other threads ask ends first, unless it takes longer than ten seconds. Whatever is
        asked later is refused as `Unavailable`.
        """
        try:
            while self._shown:
                self._shown.pop().close()
            self.database.close()
        finally:
            self._on_close()

    def __repr__(self) -> str:
        where = self.address.rpartition("@")[2]  # a password stands before it, if anywhere
        return f"<Store {where}, {'closed' if self.database.closed else 'open'}>"

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def run(
    pipeline: str,
    name: str | None = None,
    *,
    uri: str | None = None,
    auth: Any = None,
    database: str | None = None,
    store: str | None = None,
    spool: bool = True,
    **options: Unpack[RunOptions],
) -> Run:
    """Record a run of a pipeline into a store that is opened for it, and closed with it.

    A store that does not even open does not stop the work: then all that is recorded is kept on the
    disk, for `graphstore flush` or the next run.

    Args:
        pipeline: The name of the pipeline: a context of type ``Pipeline``.
        name: The name of the run: a context of type ``PipelineRun`` within it; by default a new
            one. The name of an earlier run goes on with that.
        uri: The address of a Neo4j; by default the local store, or where NEO4J_URI says.
        auth: User and password as a pair; by default NEO4J_USERNAME and NEO4J_PASSWORD.
        database: The name of the database there; by default NEO4J_DATABASE, or the user's.
        store: The name of a local store; by default GRAPHSTORE_STORE, or else ``default``.
        spool: Whether to keep what cannot be stored; else the error is raised.
        options: How the run is recorded (`graphstore.recording.run.RunOptions`).

    Returns:
        The run, to be used in a ``with``.

    Raises:
        InvalidArgument: If the arguments contradict each other, or cannot be right.
        StoreError: If the store refuses (the user, say, or data that are not ours); without
            `spool` also if it does not open.
    """
    try:
        own_store = Store.open(uri, auth=auth, database=database, name=store)
    except StoreError as error:
        from graphstore.recording.channel import REFUSALS, Channel
        from graphstore.recording.run import Run

        if isinstance(error, REFUSALS) or not spool:
            raise
        address = opening.address_of(*opening.which(uri, database, store))
        _log.warning("the store does not open (%s); the run is recorded without it", error)
        return Run(Channel(address, None), None, pipeline, name, **options)
    return own_store._run(pipeline, name, own_store.close, spool, options)


_OPEN: WeakValueDictionary[str, Store] = WeakValueDictionary()
"""The stores that are open in this process, by address; a fork takes them along."""
_STORES_OF_RUNS: dict[str, Store] = {}
"""Those that were opened for runs that came from other processes; they stay open until the end."""


def _rejoin(
    address: str, where: Mapping[str, str | None], spool: bool, state: Mapping[str, Any]
) -> Run:
    """A run that was passed to this process, over a store that is open here, or is opened once.

    A local store is opened by its name. For another the password is not passed along: it comes from
    NEO4J_PASSWORD, or the process opens the store beforehand.
    """
    from graphstore.recording.channel import Channel
    from graphstore.recording.run import Run

    rejoin = partial(_rejoin, address, where, spool)
    store = _OPEN.get(address)
    try:
        if store is None or store.database.closed:
            store = _STORES_OF_RUNS[address] = _reopen(where)
            _OPEN[address] = store
            atexit.register(store.close)
    except StoreError as error:
        if not spool:
            raise
        _log.warning("the store does not open here (%s); the run is recorded without it", error)
        return Run.from_state(state, Channel(address, None), None, rejoin)
    return Run.from_state(state, *store._recorder(spool), rejoin)


def _reopen(where: Mapping[str, str | None]) -> Store:
    if (folder := where.get("folder")) is not None:
        return Store._over(opening.join(Path(folder)))
    return Store.open(where.get("uri"), database=where.get("database"), name=where.get("name"))

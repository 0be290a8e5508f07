"""The store: its repositories and its questions, over one database."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from graphstore import progress, schema
from graphstore.cache import Cache
from graphstore.database import Database
from graphstore.decisions import Decisions
from graphstore.digest import Check, check
from graphstore.doctor import Doctor
from graphstore.errors import InvalidArgument, StoreError
from graphstore.lineage import DEFAULT_MAX_NODES, Lineage
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Context, Execution, NodeRef
from graphstore.progress import OnProgress
from graphstore.repository.artifacts import Artifacts
from graphstore.repository.assembly import Published, ToPublish
from graphstore.repository.batch import Batch, BatchWriter, Put, PutOptions
from graphstore.repository.bulk import BATCH, Bulk
from graphstore.repository.contexts import Contexts
from graphstore.repository.events import Events
from graphstore.repository.executions import Executions
from graphstore.repository.ids import Ids
from graphstore.repository.links import ArtifactLike, ByRole
from graphstore.repository.publish import Publication, Publisher
from graphstore.repository.runs import Runs
from graphstore.repository.types import Types
from graphstore.resolve import Resolve

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from graphstore.questions.comparison import Comparison
    from graphstore.questions.divergence import Divergence
    from graphstore.questions.facts import Subject
    from graphstore.questions.history import History
    from graphstore.questions.impact import Impact
    from graphstore.questions.passport import Passport
    from graphstore.questions.rerun import Rerun
    from graphstore.questions.root_cause import RootCauses, Subjects
    from graphstore.recorder.delivery import Delivery
    from graphstore.recorder.run import Run, RunOptions
    from graphstore.recorder.spool import Flushed

__all__ = ["Store", "run"]

_log = logging.getLogger("graphstore")


class Store:
    """A provenance store: what ran, what came out, and where it all came from.

    `Store.open` opens one. It may be shared between threads.
    """

    def __init__(
        self,
        database: Database,
        *,
        address: str | None = None,
        adopt: bool = False,
        on_close: Callable[[], object] = lambda: None,
    ) -> None:
        """A store over a database; an empty one becomes a store. `open` is the easier way.

        Args:
            database: The database; `close` closes it.
            address: What tells this store apart from others; by default where the database is.
            adopt: Take a database that holds somebody else's data besides.
            on_close: What else `close` has to do.

        Raises:
            ForeignDatabase: If the database holds somebody else's data, and not `adopt`.
            NewerDatabase: If a newer graphstore wrote it.
        """
        schema.upgrade(database, adopt=adopt)
        self.database, self._on_close = database, on_close
        self.address = address or _address(database.uri, database.name, None)
        self.ids = Ids(database)
        self.types = Types(database, self.ids)
        self.artifacts = Artifacts(database, self.types, self.ids)
        self.executions = Executions(database, self.types, self.ids)
        self.contexts = Contexts(database, self.types, self.ids)
        self.events = Events(database)
        self.lineage = Lineage(database, self.types)
        self.resolve = Resolve(database, self.types)
        self.cache = Cache(database)
        self.doctor = Doctor(database)
        self._publisher = Publisher(
            database, self.artifacts, self.executions, self.contexts, self.ids
        )
        self._writer = BatchWriter(
            database, self.artifacts, self.executions, self.contexts, self.ids
        )
        self._bulk = Bulk(
            database, self.artifacts, self.executions, self.contexts, self.ids, self._writer
        )
        self.decisions = Decisions(database, self.types, self._publisher)
        self._runs = Runs(database, self.artifacts, self.contexts, self.ids)

    @classmethod
    def open(
        cls,
        uri: str | None = None,
        *,
        auth: Any = None,
        database: str | None = None,
        name: str | None = None,
        ephemeral: bool = False,
        adopt: bool = False,
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
            adopt: Take a database that holds somebody else's data besides.
            on_progress: Is told how a download and a start come along; by default a bar is drawn
                if standard error is a terminal.
            options: Passed on to `graphstore.database.Database`, and to Neo4j's driver.

        Raises:
            InvalidArgument: If the arguments contradict each other, or cannot be right.
            Unavailable: If nothing answers there.
            Unauthenticated: If the server refuses the user.
            UnsupportedServer: If it is no Neo4j, or too old.
            NotFound: If the server has no such database.
            ForeignDatabase: If the database holds somebody else's data, and not `adopt`.
            NewerDatabase: If a newer graphstore wrote it.
            LocalServerError: If the local server does not start; the kinds of it say why.
            MissingExtra: If the extra ``local`` is not installed, and it is needed.
        """
        uri, database, name = _which(uri, database, name, ephemeral)
        if uri is not None:
            if auth is None and (password := os.environ.get("NEO4J_PASSWORD")):
                auth = (os.environ.get("NEO4J_USERNAME") or "neo4j", password)
            return cls._over(Database(uri, auth, database, **options), adopt=adopt)
        if auth is not None or database is not None:
            raise InvalidArgument("a local store has its own user and database: give none")

        from graphstore import local  # its libraries are an extra

        with progress.bar() if on_progress is None else nullcontext(on_progress) as told:
            if name is None:
                server = local.start_ephemeral(on_progress=told)
            else:
                server = local.up(name, on_progress=told)

        def on_close() -> None:
            if ephemeral:
                local.stop_ephemeral(server)

        connection = Database(server.uri, (server.user, server.password), "neo4j", **options)
        return cls._over(connection, address=_address(None, None, name), on_close=on_close)

    @classmethod
    def _over(cls, database: Database, **options: Any) -> Store:
        try:
            return cls(database, **options)
        except BaseException:
            database.close()
            raise

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
            outputs: The artifacts that it made, likewise.
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
            publications: What to publish, as `publish` takes it.
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

    def put(self, batch: Batch, options: PutOptions | None = None) -> Put:
        """Put many nodes and edges at once: all or nothing.

        One transaction of a few queries, whatever the size; some 10,000 things in one batch are
        well. It is safe to retry, and to run in many processes at once. Nodes are put as their
        repositories do it, and edges that are there already stay.

        Args:
            batch: The nodes, and the edges between them and what is stored.
            options: What to do otherwise.

        Returns:
            The ids of the nodes, in the order given.

        Raises:
            NotFound: If a type, or a node that is updated or referred to, is not there.
            InvalidProperty: If a property is none that its type declares, or of another kind.
            InvalidArgument: If something else cannot be stored, or an edge names a place that the
                batch has not; if a context would become part of itself.
            AlreadyExists: If a node's name (within its type) or external id is taken; if an edge
                that is to be new is there.
            Conflict: If somebody changed a node meanwhile, and the options say that matters.
        """
        return self._writer.put(batch, options or PutOptions())

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

        What earlier runs had to leave on the disk is delivered first.

        Args:
            pipeline: The name of the pipeline: a context of type ``Pipeline``.
            name: The name of the run: a context of type ``PipelineRun`` within it. By default a new
                one, of the pipeline, the time and chance; the name of an earlier run goes on with
                that.
            spool: Whether to keep on the disk what is recorded while the store does not answer;
                else that is raised.
            options: ``properties`` of the run; ``contexts`` that all of it belongs to besides;
                what to ``capture`` by itself; which environment ``variables`` count; the
                ``digest_limit`` (`graphstore.recorder.run.RunOptions`).
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
        from graphstore.recorder.channel import Channel
        from graphstore.recorder.recording import Stored
        from graphstore.recorder.run import Run

        if spool:
            self.flush()
        channel = Channel(
            self.address,
            self._delivery(),
            spool=spool,
            ping=lambda: self.database.ping("write"),
        )
        stored = Stored(
            self.artifacts.get,
            lambda fingerprint, verify: self.cache.look_up(fingerprint, verify=verify),
        )
        return Run(channel, stored, pipeline, name, on_end=on_end, **options)

    def flush(self) -> Flushed:
        """Deliver what runs left on the disk of this machine while this store did not answer.

        Each record is stored exactly once, in the order in which it was made. A file with a record
        that the store does not take is set aside, and named in the answer.
        """
        from graphstore.recorder import spool
        from graphstore.recorder.channel import REFUSALS

        delivery = self._delivery()
        return spool.flush(self.address, delivery.deliver_late, refusals=REFUSALS)

    def _delivery(self) -> Delivery:
        from graphstore.recorder.delivery import Delivery

        return Delivery(self.types, self._publisher, self._runs, self._writer)

    def explain(self, model: Subject) -> Passport:
        """A model's passport: who made it of what and how, why it was preferred, where it is.

        Raises:
            NotFound: If there is no such artifact.
            InvalidArgument: If it is no artifact.
        """
        from graphstore.questions.explain import explain

        return explain(self.database, self.types, self.lineage, self.decisions, model)

    def can_rerun(
        self,
        execution: Subject,
        *,
        environment: Mapping[str, Any] | None = None,
        digest_limit: int | None = None,
    ) -> Rerun:
        """Whether an execution could be run again from here, and would do the same.

        Args:
            execution: An execution, or its id. Of a CACHED one the execution that it stands for is
                judged.
            environment: The environment to run it in, as `graphstore.capture.environment` tells;
                None for that of this process.
            digest_limit: Bytes to read of each input at most; what is larger is not compared.

        Returns:
            Green, amber or red, with the reasons.

        Raises:
            NotFound: If there is no such execution.
            InvalidArgument: If it is no execution.
        """
        from graphstore.questions.rerun import can_rerun

        return can_rerun(
            self.database, execution, environment=environment, digest_limit=digest_limit
        )

    def compare(
        self,
        *subjects: Subject,
        metric: str | None = None,
        smallest: bool = False,
        limit: int = 100,
    ) -> Comparison:
        """Models, executions or runs side by side, and in what they differ.

        Args:
            subjects: Two or more artifacts, or executions, or runs (contexts), or their ids; a bare
                number is that of an artifact.
            metric: Put them in the order of this metric, the best first; those without it last.
            smallest: Whether less is better.
            limit: How many to compare at most, 2 or more: with a metric the best, else the first.

        Returns:
            Their metrics, parameters, inputs, code, environment and times as a table.

        Raises:
            NotFound: If one of them is not there.
            InvalidArgument: If they are of several kinds, contexts that are no runs, or fewer than
                two; or if none of them has the metric.
        """
        from graphstore.questions.comparison import compare

        return compare(
            self.database, self.types, subjects, metric=metric, smallest=smallest, limit=limit
        )

    def history(
        self,
        pipeline: Context | NodeRef | int | str,
        *,
        metric: str | None = None,
        last: int = 100,
        as_of: datetime | None = None,
    ) -> History:
        """The runs of a pipeline over time: outcome, duration, steps, metrics, and their trend.

        Args:
            pipeline: Its name, or its context or the id of that.
            metric: Show this metric only.
            last: How many runs at most, the last ones.
            as_of: As it was then: later runs do not count, and what had not ended goes on. Metrics
                are those known today. None for now.

        Raises:
            NotFound: If there is no such pipeline.
            InvalidArgument: If it is none, if two have this name, or if no run has the metric.
        """
        from graphstore.questions.history import history

        return history(self.database, pipeline, metric=metric, last=last, as_of=as_of)

    def verify(
        self, artifacts: Iterable[Artifact], *, limit: int | None = None
    ) -> Iterator[tuple[Artifact, Check]]:
        """Whether artifacts still are what they were when they were recorded, one by one.

        Args:
            artifacts: The artifacts.
            limit: Bytes to read of each at most; what is larger is UNKNOWN.
        """
        for artifact in artifacts:
            yield artifact, check(artifact.uri or "", artifact.digest, limit=limit)

    def impact(self, artifact: Subject, *, max_nodes: int = DEFAULT_MAX_NODES) -> Impact:
        """What a bad dataset got into: models, evaluations and deployments, and whose they are.

        Each once, though steps that were skipped re-emitted it, with a shortest way there.
        `graphstore.questions.impact` says what passing on does and does not carry, and
        `graphstore.questions.roles` what is a model, an evaluation, a deployment.

        Args:
            artifact: The dataset, or any other artifact; an int is its id.
            max_nodes: Nodes downstream to look at, the nearest ones.

        Returns:
            Deployments, models and evaluations, of each what is live first; empty if it reached
            none. `truncated` says whether the bound cut it.

        Raises:
            NotFound: If there is no such artifact.
            InvalidArgument: If it is no artifact, or the bound is none.
        """
        from graphstore.questions.impact import impact

        return impact(self.database, self.lineage, self.types, artifact, max_nodes=max_nodes)

    def diff_lineage(
        self,
        a: Subject,
        b: Subject,
        *,
        max_nodes: int = DEFAULT_MAX_NODES,
    ) -> Divergence:
        """In what the ancestries of two artifacts differ, and where they first did.

        They are aligned by the parts that things played (`graphstore.questions.divergence`).

        Args:
            a: The one that was: the last good model, say.
            b: The one that is.
            max_nodes: Nodes of each ancestry to look at, the nearest ones.

        Returns:
            What is aligned with what, and how it differs; `truncated` says whether the bound cut
            an ancestry.

        Raises:
            NotFound: If there is no such artifact.
            InvalidArgument: If one is no artifact, or the bound is none.
        """
        from graphstore.questions.divergence import diff_lineage

        return diff_lineage(self.lineage, a, b, max_nodes=max_nodes)

    def common_ancestors(
        self,
        bad: Subjects,
        good: Subjects = (),
        *,
        max_nodes: int = DEFAULT_MAX_NODES,
    ) -> RootCauses:
        """What the ancestries of the bad ones share, and those of the good ones do not.

        Artifacts, executions, and facts: parameters, code, commits (see
        `graphstore.questions.root_cause`, which says how they are ranked).

        Args:
            bad: Artifacts, executions or runs (contexts), or which ones; an int is an artifact's
                id.
            good: Likewise; may be empty.
            max_nodes: Nodes of all ancestries together to look at, the nearest ones.

        Returns:
            The suspects, the likeliest first; empty if nothing is shared.

        Raises:
            NotFound: If there is no such artifact, execution or context.
            InvalidArgument: If none is bad, one is both bad and good, or the bound is none.
        """
        from graphstore.questions.root_cause import common_ancestors

        return common_ancestors(self.database, self.lineage, bad, good, max_nodes=max_nodes)

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
            self.database.close()
        finally:
            self._on_close()

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
        pipeline: The name of the pipeline; this, and what is not named here, as in `Store.run`.
        name: The name of the run.
        uri: The address of a Neo4j; this and the next three as in `Store.open`.
        auth: User and password as a pair.
        database: The name of the database there.
        store: The name of a local store.
        spool: Whether to keep what cannot be stored; else the error is raised.
        options: As in `Store.run`.
    """
    try:
        opened = Store.open(uri, auth=auth, database=database, name=store)
    except StoreError as error:
        from graphstore.recorder.channel import REFUSALS, Channel
        from graphstore.recorder.run import Run

        if isinstance(error, REFUSALS) or not spool:
            raise
        address = _address(*_which(uri, database, store))
        _log.warning("the store does not open (%s); what is recorded is kept on the disk", error)
        return Run(Channel(address, None), None, pipeline, name, **options)
    return opened._run(pipeline, name, opened.close, spool, options)


def _which(
    uri: str | None, database: str | None, name: str | None, ephemeral: bool = False
) -> tuple[str | None, str | None, str | None]:
    """The address and the database, or else the name of the local store; neither if ephemeral.

    Raises:
        InvalidArgument: If more than one is given.
    """
    if sum((uri is not None, name is not None, ephemeral)) > 1:
        raise InvalidArgument("a store has an address, or a name, or is ephemeral: give one")
    if uri is None and name is None and not ephemeral:
        uri = os.environ.get("NEO4J_URI") or None
        if uri is None:
            name = os.environ.get("GRAPHSTORE_STORE") or "default"
    if uri is not None:
        database = database or os.environ.get("NEO4J_DATABASE") or None
    return uri, database, name


def _address(uri: str | None, database: str | None, name: str | None) -> str:
    """What tells a store apart from others, also while it does not answer."""
    if name is not None:
        return f"the local store {name}"
    return f"{uri} {database or ''}".strip()

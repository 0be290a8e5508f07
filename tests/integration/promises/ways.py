"""Each way to write an execution, by the same few methods."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from graphstore import (
    Artifact,
    Association,
    At,
    Attribution,
    Batch,
    Context,
    Event,
    EventType,
    Execution,
    Store,
    ToPublish,
    run,
)
from graphstore.errors import AlreadyExists, NotFound, StoreError, Unavailable
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.recording.run import Run
from graphstore.recording.spool import spool_files
from graphstore.recording.step import Step
from tests.integration.promises.plans import Ids, Plan, Rows, Thing, node, rows_of
from tests.mlmd_files import TABLES
from tests.mlmd_files import write as write_file

__all__ = ["FAULTS", "PROMISES", "WAYS", "SetAside", "Terms", "Way"]

PROMISES: Mapping[str, str] = {
    "whole": "All that was asked for is there - nodes, properties, events, memberships - or"
    " nothing of it, wherever it breaks off.",
    "ordered": "Ids of new artifacts ascend in the order in which these were said, events keep that"
    " order, and the answer has each id in the place of what was said there.",
    "once": "The same request sent again doubles nothing, and answers the same ids.",
    "retried": "If the answer to a commit is lost, nothing is doubled, and the ids are right.",
    "locked": "An input that is missing, or that somebody deletes meanwhile, refuses all of it, and"
    " is named; what somebody changes of it meanwhile stays.",
    "reused": "A new node is the stored one with its external id, if there is one.",
    "refused": "A type that there is not, a value of a wrong kind, a name that is taken: all of the"
    " request is refused, and the message names the type, the property and the node, or the name.",
    "deleted": "What was deleted stays a tombstone as it is: the same request sent again does not"
    " bring it back, nor does another one with its external ids.",
    "contended": "Eight threads with the same inputs and new contexts lose, double and mix up"
    " nothing.",
}
"""What the suite holds, by the names of its tests."""

FAULTS = ("type", "value", "name")
"""What is wrong with the last thing that a plan makes: there is no such type, the value is of
another kind than the type declares, another one of the type has the name."""

WITH_IDS = "With external ids on all that is new; without, it is another execution."
NO_IDS = "In the graph; nobody is there to be told ids."
NOWHERE = "bolt://127.0.0.1:1"
BEGAN = 1_700_000_000_000


@dataclass(frozen=True)
class Terms:
    """How a way stands to a promise."""

    verdict: str
    """``yes``, ``in part`` or ``no``."""
    why: str
    """On which terms; why not, and what it does instead."""


class SetAside(Exception):
    """What waited on the disk is not taken by the store."""


class Way(ABC):
    """A way to write an execution."""

    name: ClassVar[str]
    terms: ClassVar[Mapping[str, Terms]] = {}
    """Of each promise that it does not make as it stands."""
    answers: ClassVar[bool] = True
    """Whether it says ids."""
    reuses: ClassVar[frozenset[str]] = frozenset()
    """The kinds of new nodes that it takes for the stored ones with their external ids."""
    updates: ClassVar[bool] = True
    """Whether a stored artifact that is reused becomes what is said; else it is used as it is."""
    once: ClassVar[str] = "refused"
    """What becomes of a request that is sent again, all with external ids: refused, or the same."""
    tells_requests: ClassVar[bool] = False
    """Whether it knows a request that is sent again without external ids."""
    goes_on: ClassVar[bool] = False
    """Whether what broke off goes on later."""
    names_things: ClassVar[bool] = True
    """Whether it says of which thing a value is that it refuses."""
    calls_nothing: ClassVar[str] = "Nothing"
    """What it calls a type that there is not."""
    refusals: tuple[type[Exception], ...] = (StoreError,)

    def __init__(self, store: Store, folder: Path) -> None:
        self.folder = folder
        self.reports: list[str] = []
        """What it says though it refuses nothing."""
        self.over(store)

    def over(self, store: Store) -> None:
        """Go on over another connection to the same store."""
        self.store = store

    @abstractmethod
    def write(self, plan: Plan) -> Ids | None:
        """Write an execution; the ids of all, if it answers."""

    def write_all(self, plans: Sequence[Plan]) -> list[Ids | None]:
        """Write executions one after the other."""
        return [self.write(plan) for plan in plans]

    def write_again(self, plan: Plan) -> Ids | None:
        """Write an execution twice; the ids of the second time."""
        self.write(plan)
        return self.write(plan)

    def write_around(self, plan: Plan, between: Callable[[], object]) -> None:
        """Write an execution, do something, and send the same request again."""
        self.write(plan)
        between()
        self.write(plan)

    def write_at_once(self, plans: Sequence[Sequence[Plan]]) -> list[Ids | None]:
        """Write by as many threads as there are sequences; the answers in this order."""
        with ThreadPoolExecutor(len(plans)) as pool:
            parts = pool.map(self.write_all, plans)
            return [ids for part in parts for ids in part]

    def put_inputs(self, things: Sequence[Thing]) -> list[Thing]:
        """Have things stored, which executions are to read."""
        artifacts = self.store.artifacts.put_many([artifact(thing) for thing in things])
        return [replace(thing, id=one.id) for thing, one in zip(things, artifacts, strict=True)]

    def finish(self) -> None:  # noqa: B027  (most have nothing to do)
        """Go on with what broke off."""

    def sayable(self, plan: Plan) -> Plan:
        """As much of a plan as it has words for."""
        return plan

    def besides(self, plan: Plan) -> Rows:
        """The rows that it writes of its own accord, with a plan."""
        return Counter()

    def remains(self, plan: Plan, fault: str, victim: Thing | None = None) -> Rows:
        """The rows that there are although a plan has a fault.

        Args:
            plan: The plan.
            fault: One of `FAULTS`; ``missing``, if an input is not there; ``external_id``, if
                others have the external ids.
            victim: The input that is not there.
        """
        return Counter()

    def refuses(self, fault: str) -> bool:
        """Whether it refuses a plan with a fault."""
        return True

    def close(self) -> None:  # noqa: B027
        """End what it began."""


def artifact(thing: Thing) -> Artifact:
    return Artifact(
        type=thing.type,
        uri=thing.uri,
        state="LIVE",
        name=thing.name,
        external_id=thing.external_id,
        properties={} if thing.number is None else {"int_value": thing.number},
        custom_properties={"note": thing.note},
    )


def execution(plan: Plan) -> Execution:
    return Execution(
        type="Trainer",
        state="COMPLETE",
        external_id=plan.external_id,
        properties={"int_value": plan.number},
        custom_properties={"key": plan.key, "note": "ours"},
    )


def contexts(plan: Plan) -> list[Context]:
    return [Context(type="Experiment", name=name) for name in plan.contexts]


def publication(plan: Plan) -> ToPublish:
    """What `publish` and `publish_many` take."""
    return ToPublish(
        execution(plan),
        {"data": [artifact(thing) if thing.id is None else thing.id for thing in plan.reads]},
        {"model": [artifact(thing) for thing in plan.makes]},
        contexts(plan),
    )


class Publish(Way):
    name = "publish"
    terms: ClassVar = {
        "once": Terms(
            "no",
            "With external ids the second request is refused, and nothing is doubled; without, it"
            " is another execution.",
        ),
        "reused": Terms("no", "Refused, and the external id is named: `reuse=True` is for that."),
    }
    reuse = False

    def write(self, plan: Plan) -> Ids:
        one = publication(plan)
        answer = self.store.publish(
            one.execution, one.inputs, one.outputs, one.contexts, reuse=self.reuse
        )
        return Ids(
            answer.execution.ref.id,
            tuple(one.ref.id for one in answer.inputs),
            tuple(one.ref.id for one in answer.outputs),
            tuple(one.ref.id for one in answer.contexts),
        )


class PublishReuse(Publish):
    name = "publish(reuse=True)"
    once = "the same"
    updates = False
    terms: ClassVar = {
        "once": Terms("yes", WITH_IDS),
        "reused": Terms("yes", "The execution is replaced, an artifact is used as it is."),
    }
    reuses = frozenset({"execution", "artifact"})
    reuse = True


class PublishMany(Way):
    name = "publish_many"
    terms: ClassVar = {
        **Publish.terms,
        "refused": Terms("yes", "It, and what comes after it; the error has its number."),
    }
    reuse = False

    def write(self, plan: Plan) -> Ids | None:
        return self.write_all([plan])[0]

    def write_all(self, plans: Sequence[Plan]) -> list[Ids | None]:
        answers = self.store.publish_many(map(publication, plans), batch=2, reuse=self.reuse)
        return [
            Ids(one.execution_id, one.input_ids, one.output_ids, one.context_ids) for one in answers
        ]


class PublishManyReuse(PublishMany):
    name = "publish_many(reuse=True)"
    once = "the same"
    terms: ClassVar = {
        "once": Terms("yes", WITH_IDS),
        "refused": PublishMany.terms["refused"],
        "reused": Terms("yes", "Execution and artifacts become what is said."),
    }
    reuses = frozenset({"execution", "artifact"})
    reuse = True


class Put(Way):
    name = "put"
    terms: ClassVar = {
        "once": Publish.terms["once"],
        "reused": Terms("no", "Refused, and the external id is named: `reuse_…=True` is for that."),
    }
    options: ClassVar = {"reuse_contexts": True}

    def write(self, plan: Plan) -> Ids:
        new = [thing for thing in plan.things if thing.id is None]
        places = {thing.uri: At(place) for place, thing in enumerate(new)}
        ends = [thing.id or places[thing.uri] for thing in plan.things]
        events = [*_events("data", EventType.INPUT, plan.reads)]
        events += _events("model", EventType.OUTPUT, plan.makes)
        into = [At(place) for place in range(len(plan.contexts))]
        answer = self.store.put(
            Batch(
                artifacts=[artifact(thing) for thing in new],
                executions=[execution(plan)],
                contexts=contexts(plan),
                events=[(end, At(0), event) for end, event in zip(ends, events, strict=True)],
                attributions=[(end, context) for end in ends for context in into],
                associations=[(At(0), context) for context in into],
            ),
            **self.options,
        )
        ids = [answer.artifact_ids[end.place] if isinstance(end, At) else end for end in ends]
        reads = len(plan.reads)
        return Ids(answer.execution_ids[0], (*ids[:reads],), (*ids[reads:],), answer.context_ids)


def _events(role: str, type_: EventType, things: Sequence[Thing]) -> list[Event]:
    return [Event(type=type_, path=(role, place)) for place in range(len(things))]


class PutReuse(Put):
    name = "put(reuse)"
    once = "the same"
    terms: ClassVar = {
        "once": Terms("yes", WITH_IDS),
        "reused": PublishManyReuse.terms["reused"],
    }
    reuses = frozenset({"execution", "artifact"})
    options: ClassVar = {
        name: True for name in ("reuse_contexts", "reuse_artifacts", "reuse_executions")
    }


class Repositories(Way):
    """The nodes by the repositories' `put`, one kind after the other, then the edges."""

    name = "repositories"
    terms: ClassVar = {
        "whole": Terms("no", "Each call by itself: what breaks off between two leaves the first."),
        "once": Publish.terms["once"],
        "locked": Terms(
            "in part", "The call that writes the events is refused; the nodes are there by then."
        ),
        "reused": Terms("no", "Refused, and the external id is named: put the node by its id."),
        "refused": Terms("in part", "The call is refused; what was put before stays."),
    }

    def write(self, plan: Plan) -> Ids:
        store = self.store
        run = store.executions.put(execution(plan))
        new = [artifact(thing) for thing in plan.things if thing.id is None]
        free = iter([one.ref.id for one in store.artifacts.put_many(new)])
        ids = [thing.id or next(free) for thing in plan.things]
        events = _events("data", EventType.INPUT, plan.reads)
        events += _events("model", EventType.OUTPUT, plan.makes)
        store.events.put(
            event.evolve(artifact_id=id_, execution_id=run.id)
            for event, id_ in zip(events, ids, strict=True)
        )
        into = [self._context(one) for one in contexts(plan)]
        store.contexts.put_associations(
            Association(execution_id=run.id, context_id=context) for context in into
        )
        store.contexts.put_attributions(
            Attribution(artifact_id=id_, context_id=context) for id_ in ids for context in into
        )
        reads = len(plan.reads)
        return Ids(run.ref.id, (*ids[:reads],), (*ids[reads:],), (*into,))

    def _context(self, context: Context) -> int:
        try:
            return self.store.contexts.get_by_name(context.type, context.name).ref.id
        except NotFound:
            try:
                return self.store.contexts.put(context).ref.id
            except AlreadyExists:  # somebody else put it just now
                return self.store.contexts.get_by_name(context.type, context.name).ref.id

    def remains(self, plan: Plan, fault: str, victim: Thing | None = None) -> Rows:
        alone = plan.evolve(reads=(), makes=(), contexts=())
        if fault == "missing":
            new = [thing for thing in plan.things if thing.id is None]
            return rows_of([alone]) + Counter(map(node, new))
        return rows_of([alone])


class Recorder(Way):
    """A step of a strict run of its own."""

    name = "recorder"
    tells_requests = True
    updates = False
    goes_on = True
    terms: ClassVar = {
        "whole": Terms(
            "in part",
            "A record at a time: the step with what it reads as it begins, what it made as it"
            " ends. What breaks off waits on the disk, and the next run or `flush` goes on.",
        ),
        "once": Terms(
            "in part",
            "A record that is delivered again changes nothing. A run of a name that is COMPLETE"
            " is refused; a step that runs again is another execution.",
        ),
        "locked": Terms("yes", "The step does not begin, and its run is FAILED."),
        "reused": Terms("in part", "Artifacts, which are used as they are; a step is always new."),
        "deleted": Terms(
            "yes",
            "What a step reads or makes under the external id of what was deleted is another"
            " artifact, with the property `requested_external_id`: the work is not lost.",
        ),
        "refused": Terms(
            "in part",
            "A strict step, which is FAILED then, with what it read and nothing of what it made."
            " A type that there is not is made. A step that is not strict keeps all that it can,"
            " with a warning.",
        ),
    }
    reuses = frozenset({"artifact"})

    def over(self, store: Store) -> None:
        # What waits is known by the address of its store, which must be the same over all ways.
        self.store = Store(store.database, address=f"{NOWHERE} neo4j")

    def write(self, plan: Plan) -> Ids | None:
        with self.store.run("promises", plan.key, **self._options(plan)) as run:
            step = self._step(run, plan)
        if step.execution.id is None:
            return None
        contexts_by_name = {
            context.name: context.ref.id
            for context in self.store.contexts.of_execution(step.execution.id)
        }
        return Ids(
            step.execution.id,
            tuple(one.ref.id for one in step.inputs.get("data", ())),
            tuple(one.ref.id for one in step.outputs.get("model", ())),
            tuple(contexts_by_name[name] for name in plan.contexts),
        )

    def _options(self, plan: Plan) -> dict[str, Any]:
        into = contexts(plan)
        return {"contexts": into, "capture": (), "remote_timeout": 0.0, "strict": True}

    def _step(self, run: Run, plan: Plan) -> Step:
        reads = [artifact(one) if one.id is None else one.id for one in plan.reads]
        parameters = {"key": plan.key, "note": "ours", "int_value": plan.number}
        with run.execution("Trainer", parameters=parameters, inputs={"data": reads}) as step:
            for thing in plan.makes:
                step.output("model", artifact(thing))
        return step

    def sayable(self, plan: Plan) -> Plan:
        return plan.evolve(external_id=None)

    def finish(self) -> None:
        self.store.flush()

    def besides(self, plan: Plan) -> Rows:
        rows = self._run(plan)
        for name in (plan.key, "promises"):
            rows["ASSOCIATED_WITH", plan.key, name] += 1
            for uri in {thing.uri for thing in plan.things}:
                rows["ATTRIBUTED_TO", uri, name] += 1
        return rows

    def _run(self, plan: Plan) -> Rows:
        return Counter(
            {
                ("Context", "PipelineRun", plan.key): 1,
                ("Context", "Pipeline", "promises"): 1,
                ("CHILD_OF", plan.key, "promises"): 1,
            }
        )

    def refuses(self, fault: str) -> bool:
        return fault != "type"

    def remains(self, plan: Plan, fault: str, victim: Thing | None = None) -> Rows:
        if fault == "missing":
            return self._run(plan)
        if fault == "type":
            return rows_of([plan]) + self.besides(plan)
        alone = plan.evolve(makes=())
        return rows_of([alone], state="FAILED") + self.besides(alone)


class Spool(Recorder):
    """A step that is recorded while the store is away, and delivered when it is back."""

    name = "spool"
    once = "the same"
    terms: ClassVar = {
        "whole": Terms("in part", "A record at a time, in order; what breaks off goes on waiting."),
        "ordered": Terms("yes", NO_IDS),
        "retried": Terms("yes", NO_IDS),
        "locked": Terms(
            "in part",
            "The record that names the input is set aside, and named; those that follow it, what"
            " the step made say, are stored.",
        ),
        "reused": Recorder.terms["reused"],
        "deleted": Terms(
            "yes",
            "A record of a step that was deleted counts as delivered, and the log says so; what has"
            " the external id of a deleted artifact is another one.",
        ),
        "refused": Terms(
            "in part",
            "Nobody is there to be told: a type is made, a value is kept as a custom property, a"
            " name as `requested_name`, and the log says so. What cannot be kept is set aside, and"
            " named.",
        ),
    }
    answers = False
    refusals = (SetAside,)

    def write(self, plan: Plan) -> None:
        self._record(plan)
        self._deliver()

    def _record(self, plan: Plan) -> None:
        nowhere = {"uri": NOWHERE, "auth": ("nobody", "nothing"), "database": "neo4j"}
        with run("promises", plan.key, **nowhere, **self._options(plan)) as away:
            self._step(away, plan)

    def _deliver(self) -> None:
        report = self.store.flush()
        if report.waiting:
            raise Unavailable(report.why)
        if report.rejected:
            raise SetAside("; ".join(why for _, why in report.rejected))

    def finish(self) -> None:
        self._deliver()

    def write_again(self, plan: Plan) -> None:
        """Deliver the same records once more, as after a crash that took the note of that along."""
        self.write_around(plan, lambda: None)

    def write_around(self, plan: Plan, between: Callable[[], object]) -> None:
        self._record(plan)
        (file,) = spool_files(self.store.address)
        shutil.copy(file.path, self.folder / file.path.name)
        self._deliver()
        between()
        shutil.move(self.folder / file.path.name, file.path)
        self._deliver()

    def refuses(self, fault: str) -> bool:
        return fault == "missing"

    def remains(self, plan: Plan, fault: str, victim: Thing | None = None) -> Rows:
        *others, last = plan.makes
        if fault == "missing":
            alone = plan.evolve(reads=())
            return rows_of([alone]) + self.besides(alone)
        if fault == "value":
            # What the type does not take is custom, and so not where it was asked for.
            plan = plan.evolve(makes=(*others, replace(last, number=None)))
        if fault == "name":
            plan = plan.evolve(makes=(*others, replace(last, name=None)))
        return rows_of([plan]) + self.besides(plan)


class Mlmd(Way):
    """`put_execution` of ML Metadata's own client, in this process."""

    name = "MLMD in process"
    names_things = False
    calls_nothing = "1000000000"
    terms: ClassVar = {
        "once": Publish.terms["once"],
        "reused": Terms(
            "in part",
            "Artifacts, if the call asks for it; they become what is said. ML Metadata has no such"
            " option for executions.",
        ),
        "refused": Terms(
            "yes",
            "In ML Metadata's words: of a value they name the property, and not whose; a type is"
            " its id.",
        ),
    }
    reuses = frozenset({"artifact"})

    def over(self, store: Store) -> None:
        from ml_metadata import errors, proto

        self.close()
        self.store, self._proto, self.refusals = store, proto, (errors.StatusError,)
        self._client = self._connect()

    def _connect(self) -> Any:
        from graphstore.mlmd import MetadataStore

        return MetadataStore(self.store)

    def write(self, plan: Plan) -> Ids:
        proto, client = self._proto, self._client
        event = proto.Event
        pairs = [*self._pairs("data", event.INPUT, plan.reads)]
        pairs += self._pairs("model", event.OUTPUT, plan.makes)
        run = proto.Execution(
            type_id=client.get_execution_type("Trainer").id,
            last_known_state=proto.Execution.COMPLETE,
            external_id=plan.external_id,
        )
        run.properties["int_value"].int_value = plan.number
        run.custom_properties["key"].string_value = plan.key
        run.custom_properties["note"].string_value = "ours"
        experiment = client.get_context_type("Experiment").id if plan.contexts else None
        execution_id, artifact_ids, context_ids = client.put_execution(
            run,
            pairs,
            [proto.Context(type_id=experiment, name=name) for name in plan.contexts],
            reuse_context_if_already_exist=True,
            reuse_artifact_if_already_exist_by_external_id=True,
        )
        reads = len(plan.reads)
        return Ids(
            execution_id, (*artifact_ids[:reads],), (*artifact_ids[reads:],), (*context_ids,)
        )

    def _pairs(self, role: str, type_: Any, things: Sequence[Thing]) -> Iterator[tuple[Any, Any]]:
        for place, thing in enumerate(things):
            event = self._proto.Event(type=type_)
            event.path.steps.add().key = role
            event.path.steps.add().index = place
            if thing.id is not None:
                event.artifact_id = thing.id
                yield None, event
            else:
                yield self._artifact(thing), event

    def _artifact(self, thing: Thing) -> Any:
        try:
            type_id = self._client.get_artifact_type(thing.type).id
        except self.refusals:
            type_id = 10**9  # its clients name a type by its id
        one = self._proto.Artifact(
            type_id=type_id,
            uri=thing.uri,
            state=self._proto.Artifact.LIVE,
            name=thing.name,
            external_id=thing.external_id,
        )
        if isinstance(thing.number, str):
            one.properties["int_value"].string_value = thing.number
        elif thing.number is not None:
            one.properties["int_value"].int_value = thing.number
        one.custom_properties["note"].string_value = thing.note
        return one


class MlmdServed(Mlmd):
    """The same client, over a socket."""

    name = "MLMD over gRPC"
    terms: ClassVar = {
        **Mlmd.terms,
        "retried": Terms(
            "in part",
            "If Neo4j's answer to the server is lost. A client that loses the server's answer, and"
            " sends its request again, is what `once` is about.",
        ),
    }
    _server: Any = None

    def _connect(self) -> Any:
        from graphstore.interop.mlmd.front.server import Address, Options, Server
        from tests.integration.mlmd.serving import client

        self._server = Server(self.store, Options(address=Address.parse("127.0.0.1:0")))
        self._server.start()
        return client(self._server)

    def close(self) -> None:
        if self._server is not None:
            self._server.stop(0)


class Import(Way):
    """A file of ML Metadata's, of which each copy has one execution more."""

    name = "import"
    once = "the same"
    tells_requests = True
    goes_on = True
    terms: ClassVar = {
        "whole": Terms(
            "in part",
            "A thousand rows of a table at a time; the next import of the file goes on with what"
            " broke off.",
        ),
        "ordered": Terms(
            "yes",
            "As in the file; its report has no ids. Events are in the order of their times, those"
            " of one moment in none.",
        ),
        "retried": Terms("yes", "Its report has no ids."),
        "locked": Terms("no", "An event whose artifact is not there is left out, and reported."),
        "reused": Terms(
            "no",
            "Two histories may use the same: one that a node from elsewhere has becomes"
            " `x@history`, which is reported.",
        ),
        "refused": Terms(
            "no", "What cannot be kept of a file is left out or kept otherwise, and reported."
        ),
        "deleted": Terms("yes", "It counts as unchanged."),
    }
    answers = False

    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__(store, folder)
        self._rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self._ids: dict[tuple[str, str], int] = {}
        for name, kind in (("Trainer", 0), ("Examples", 1), ("Model", 1), ("Experiment", 2)):
            self._node("Type", name, name=name, type_kind=kind)
            number = {"type_id": self._ids["Type", name], "name": "int_value", "data_type": 1}
            if kind != 2:
                self._rows["TypeProperty"].append(number)

    def write(self, plan: Plan) -> None:
        self._add(plan)
        self._import(self._copy())

    def write_at_once(self, plans: Sequence[Sequence[Plan]]) -> list[Ids | None]:
        copies = []
        for some in plans:
            for plan in some:
                self._add(plan)
            copies.append(self._copy())
        with ThreadPoolExecutor(len(copies)) as pool:
            list(pool.map(self._import, copies))
        return [None for some in plans for _ in some]

    def put_inputs(self, things: Sequence[Thing]) -> list[Thing]:
        for thing in things:
            self._artifact(thing)
        self._import(self._copy())
        by_uri = {one.uri: one.id for one in self.store.artifacts.list()}
        return [replace(thing, id=by_uri[thing.uri]) for thing in things]

    def finish(self) -> None:
        self._import(self._copy())

    def write_again(self, plan: Plan) -> None:
        """Import one file twice."""
        self.write_around(plan, lambda: None)

    def write_around(self, plan: Plan, between: Callable[[], object]) -> None:
        self.write(plan)
        between()
        self.finish()

    def refuses(self, fault: str) -> bool:
        return False

    def remains(self, plan: Plan, fault: str, victim: Thing | None = None) -> Rows:
        *others, last = plan.makes
        if fault == "value":
            plan = plan.evolve(makes=(*others, replace(last, number=None)))
        if fault == "name":
            plan = plan.evolve(makes=(*others, replace(last, name=f"{last.name}@history")))
        if fault == "external_id":
            first, *more = plan.reads
            plan = plan.evolve(
                reads=(replace(first, external_id=f"{first.external_id}@history"), *more),
                makes=(*others, replace(last, external_id=f"{last.external_id}@history")),
            )
        rows = rows_of([plan])
        if fault in ("type", "missing"):
            without = last if fault == "type" else victim
            rows = Counter({row: n for row, n in rows.items() if without.uri not in row})
        return rows

    def _import(self, path: Path) -> None:
        report = import_mlmd(self.store, path, source="history")
        self.reports += report.problems
        if not report.agrees:
            self.reports.append("what was read and what is there do not agree")

    def _copy(self) -> Path:
        return write_file(self.folder / f"{uuid4().hex}.sqlite", self._rows)

    def _add(self, plan: Plan) -> None:
        run = self._node(
            "Execution", plan.key, "Trainer", last_known_state=3, external_id=plan.external_id
        )
        self._values("Execution", run, plan.number, key=plan.key, note="ours")
        into = [
            self._ids.get(("Context", name)) or self._node("Context", name, "Experiment", name=name)
            for name in plan.contexts
        ]
        for context in into:
            self._edge("Association", execution_id=run, context_id=context)
        for role, type_, things in (("data", 3, plan.reads), ("model", 4, plan.makes)):
            for place, thing in enumerate(things):
                id_ = self._ids.get(("Artifact", thing.uri)) or thing.id or self._artifact(thing)
                event = self._edge(
                    "Event",
                    artifact_id=id_,
                    execution_id=run,
                    type=type_,
                    # Events of one moment have no order in such a file.
                    milliseconds_since_epoch=BEGAN + len(self._rows["Event"]),
                )
                self._rows["EventPath"] += [
                    {"event_id": event, "is_index_step": 0, "step_key": role},
                    {"event_id": event, "is_index_step": 1, "step_index": place},
                ]
                for context in into:
                    pair = {"artifact_id": id_, "context_id": context}
                    if not any(pair.items() <= row.items() for row in self._rows["Attribution"]):
                        self._edge("Attribution", **pair)

    def _artifact(self, thing: Thing) -> int:
        more = {"name": thing.name, "external_id": thing.external_id}
        id_ = self._node("Artifact", thing.uri, thing.type, uri=thing.uri, state=2, **more)
        self._values("Artifact", id_, thing.number, note=thing.note)
        return id_

    def _node(self, table: str, key: str, type_: str | None = None, **row: Any) -> int:
        id_ = self._ids[table, key] = len(self._rows[table]) + 1
        if type_ is not None:
            row |= {"create_time_since_epoch": BEGAN, "last_update_time_since_epoch": BEGAN}
            row["type_id"] = self._ids.get(("Type", type_), 10**9)
        self._rows[table].append({"id": id_, **row})
        return id_

    def _values(self, table: str, id_: int, number: int | str | None, **custom: str) -> None:
        column = "string_value" if isinstance(number, str) else "int_value"
        rows: list[dict[str, Any]] = [
            {"name": name, "is_custom_property": 1, "string_value": text}
            for name, text in custom.items()
        ]
        if number is not None:
            rows.append({"name": "int_value", "is_custom_property": 0, column: number})
        self._rows[f"{table}Property"] += [{f"{table.lower()}_id": id_, **row} for row in rows]

    def _edge(self, table: str, **row: Any) -> int:
        id_ = len(self._rows[table]) + 1
        self._rows[table].append({"id": id_, **row})
        return id_


WAYS: Mapping[str, type[Way]] = {
    way.name: way
    for way in (
        Publish,
        PublishReuse,
        PublishMany,
        PublishManyReuse,
        Put,
        PutReuse,
        Repositories,
        Recorder,
        Spool,
        Mlmd,
        MlmdServed,
        Import,
    )
}

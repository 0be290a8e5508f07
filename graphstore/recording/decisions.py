"""Decisions and deployments, recorded as executions: why this one, and where it went.

::

    (candidate)-[:INPUT]->(:Decision)       also winner, baseline, evaluations
    (model)-[:INPUT]->(:Deploy)-[:OUTPUT]->(:Deployment)-[:INPUT]->(:Retire)

A decision has no output: the winner was not made from the other candidates, nor a deployment from
the one that it replaces, and lineage must not say so.

Deployments at a target are in the order of their own times, whenever they are recorded: each serves
until the next one, or until somebody retires it. One that is recorded after a later one was is born
as replaced. Who deploys or retires holds a lock (`cypher/decisions/lock.cypher`) until all of that
is stored, so that at a target one is live, however many deploy at once.

What has an external id is recorded once, in the same way: it is looked for under that lock. Who
says the same again is answered by what is there, and who says something else under it is refused.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from graphstore.database import Database, Row, Runner, Transaction
from graphstore.database.queries import QUERIES
from graphstore.errors import (
    Aborted,
    Deleted,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    brief,
)
from graphstore.model.edges import EventType
from graphstore.model.nodes import Artifact, ArtifactState, Context, Execution, ExecutionState
from graphstore.model.plain import Items, Plain
from graphstore.model.refs import ArtifactLike, flat, node_id, node_ids
from graphstore.model.roles import Role, role_of
from graphstore.model.times import KnownAt
from graphstore.model.types import ArtifactType, BaseType, ExecutionType
from graphstore.model.values import INT64_MAX, PropertyKind, bound
from graphstore.storage.foreign import refuse_foreign
from graphstore.storage.lists import NO_LIMIT, from_token, to_token
from graphstore.storage.rows import decode_path, millis, node_from_row, to_time
from graphstore.storage.then import at
from graphstore.storage.types import Types
from graphstore.storage.writing.publish import Publication, Publisher
from graphstore.system.renamed import renamed_names, warn_renamed

__all__ = [
    "DECISION",
    "DEPLOY",
    "DEPLOYMENT",
    "RETIRE",
    "Decisions",
    "Deployed",
    "Deployments",
    "utc",
]

if not TYPE_CHECKING:  # which sees the new names only
    __getattr__ = renamed_names(__name__, {"InProduction": "questions.production.InProduction"})

DECISION, DEPLOY, RETIRE, DEPLOYMENT = "Decision", "Deploy", "Retire", "Deployment"

_FRACTION = re.compile(r"\.\d+|\[.*")
"""What Python need not read of a time: parts of a second, of which it knows six digits, and the
name of a zone."""
_STRING = PropertyKind.STRING
_SAID = {"actor": _STRING, "reason": _STRING}
_TYPES: Mapping[str, ExecutionType] = {
    DECISION: ExecutionType(
        name=DECISION,
        properties={
            **_SAID,
            "metric": _STRING,
            "criterion": _STRING,
            "threshold": PropertyKind.DOUBLE,
            "smallest": PropertyKind.BOOLEAN,
        },
    ),
    DEPLOY: ExecutionType(
        name=DEPLOY,
        base_type=BaseType.DEPLOY,
        properties={**_SAID, "target": _STRING, "beside": PropertyKind.BOOLEAN},
    ),
    RETIRE: ExecutionType(name=RETIRE, properties={**_SAID, "replaced_by": PropertyKind.INT}),
}
_DEPLOYMENT = ArtifactType(name=DEPLOYMENT, properties={"target": _STRING})
_THERE = (None, ArtifactState.UNKNOWN, ArtifactState.LIVE, ArtifactState.REFERENCE)
_NO_MODEL = {
    Role.DATA: "data",
    Role.EVALUATION: "an evaluation",
    Role.DEPLOYMENT: "a deployment",
}


@dataclass(frozen=True)
class Deployed(Plain):
    """A model at a target."""

    deployment: Artifact
    """The deployment itself; its uri is where the model is served from, if that is known."""
    model: Artifact
    execution: Execution
    """Who deployed it, when and why: `actor`, `end_time`, `reason`."""
    live: bool
    """Whether it is what the target serves: it has begun, and nobody has retired or replaced it."""
    ended: datetime | None = None
    """When it was retired or replaced, or is to be; None if it is not."""
    replaced_by: int | None = None
    """The id of the deployment that took its place; None if none did."""
    retired_by: int | None = None
    """The id of the execution that says so."""
    planned: bool = False
    """Whether its time is yet to come."""

    @property
    def target(self) -> str:
        """What it serves, e.g. ``production``."""
        return str(self.deployment.properties.get("target", ""))

    @property
    def time(self) -> datetime | None:
        """When it was deployed, in its own time."""
        return self.execution.end_time or self.execution.create_time

    @property
    def fate(self) -> str:
        """What became of it, or is planned, in words: empty as long as nothing did."""
        begins = f"planned, from {self.time:%Y-%m-%d %H:%M:%S} UTC" if self.planned else ""
        if self.ended is None:
            return begins
        how = "retired" if self.replaced_by is None else f"replaced by a{self.replaced_by}"
        to_be = "to be " if self.live or self.planned else ""
        ends = f"{to_be}{how}, {self.ended:%Y-%m-%d %H:%M:%S} UTC"
        return f"{begins}, {ends}" if begins else ends


@dataclass(frozen=True)
class Deployments(Items[Deployed]):
    """Some of the deployments, in the order of their own times, the newest first, and where the
    next ones begin."""

    next_page: str | None
    """What to pass as `after` for the next page, with all else unchanged; None on the last."""


class Decisions:
    """Records and lists decisions and deployments."""

    def __init__(self, database: Database, types: Types, publisher: Publisher) -> None:
        self._database, self._types, self._publisher = database, types, publisher

    def record(
        self,
        winner: ArtifactLike | None,
        *,
        candidates: Iterable[ArtifactLike],
        baseline: ArtifactLike | None = None,
        evaluations: Iterable[ArtifactLike] = (),
        metric: str | None = None,
        smallest: bool = False,
        threshold: float | None = None,
        criterion: str | None = None,
        reason: str | None = None,
        actor: str | None = None,
        time: datetime | None = None,
        contexts: Sequence[Context] = (),
        external_id: str | None = None,
    ) -> Execution:
        """Record which of some candidates was preferred, and why; one query, or one transaction if
        it has an external id.

        Args:
            winner: The one that was preferred; None if none was good enough.
            candidates: All that were looked at, the winner among them.
            baseline: What they were measured against, e.g. the model in production.
            evaluations: The evaluations that the decision rests on.
            metric: The metric that decided.
            smallest: Whether less of it is better.
            threshold: What the metric had to reach.
            criterion: The rule in words, e.g. ``accuracy at least that of the baseline``.
            reason: The words of whoever decided.
            actor: Who decided; the user by default.
            time: When; now by default.
            contexts: What the decision belongs to.
            external_id: What it is called elsewhere, e.g. the id of a ticket. The same again under
                this is recorded once, whoever sends it and however often, and answered by what is
                there. An actor or a time that is not given is not compared.

        Returns:
            The decision, an execution of type ``Decision``.

        Raises:
            InvalidArgument: If there is no candidate, or the winner is none of them.
            FailedPrecondition: If the external id is that of something else.
            Deleted: If it is that of a decision that was deleted.
            NotFound: If an artifact is not there.
        """
        candidates, evaluations = flat(candidates), flat(evaluations)
        ids = node_ids(candidates, "artifact")
        if not ids:
            raise InvalidArgument("a decision needs at least one candidate")
        if winner is not None and (id_ := node_id(winner, "artifact")) not in ids:
            raise InvalidArgument(
                f"the winner, artifact {id_}, is none of the candidates: {', '.join(map(str, ids))}"
            )
        inputs: dict[str, ArtifactLike | Iterable[ArtifactLike]] = {"candidates": candidates}
        if baseline is not None:
            inputs["baseline"] = baseline
        if evaluations:
            inputs["evaluations"] = evaluations
        properties = {
            "metric": metric,
            "smallest": smallest if metric else None,
            "threshold": None if threshold is None else float(threshold),
            "criterion": criterion,
        }
        if winner is not None:
            inputs["winner"] = winner
        if external_id is None:
            self._types.put(_TYPES[DECISION], can_add_fields=True, can_omit_fields=True)
            execution = self._execution(DECISION, properties, reason, actor, time)
            return self._publisher.publish(execution, inputs, contexts=contexts).execution
        _check(external_id)
        self._prepare(DECISION)
        execution = self._execution(DECISION, properties, reason, actor, time, external_id)
        read = {role: node_ids(flat(of), "artifact") for role, of in inputs.items()}
        told = _facts(execution, read, actor, time)

        def work(transaction: Transaction) -> Execution:
            _, known = self._lock(transaction, external_id)
            if known is not None:
                return self._recorded(transaction, known, external_id, told, contexts).execution
            return self._publish(transaction, execution, inputs, (), contexts).execution

        return self._database.transact("decisions.record", work)

    def deploy(
        self,
        model: ArtifactLike,
        target: str,
        *,
        uri: str | None = None,
        replaces: Iterable[ArtifactLike] | None = None,
        reason: str | None = None,
        actor: str | None = None,
        time: datetime | None = None,
        contexts: Sequence[Context] = (),
        external_id: str | None = None,
    ) -> Deployed:
        """Record that a model was deployed, or promoted, to a target; one transaction.

        Args:
            model: The model: any artifact but those of which it is known that they are something
                else, an environment or an evaluation, say.
            target: What serves it from then on, e.g. ``production`` or ``eu/ranking``.
            uri: Where it is served from.
            replaces: The deployments that it takes the place of; by default all that served this
                target until then. An empty list for none: it serves beside them, until the next
                one replaces all.
            reason: Why.
            actor: Who deployed it; the user by default.
            time: When; now by default, as the database has it. What was deployed later and recorded
                before took the place of this one: then it is not live. In the future it is planned,
                and what serves until then goes on to.
            contexts: What the deployment belongs to.
            external_id: What it is called elsewhere, e.g. the id of a ticket. The same again under
                this is recorded once, whoever sends it and however often, and answered by what is
                there. An actor or a time that is not given is not compared.

        Raises:
            InvalidArgument: If there is no target, or the artifact is no model.
            ForeignNode: If an artifact was read from another store.
            FailedPrecondition: If the model is not there, as its state says, or was deleted, or if
                what it replaces served no more at that time, or if the external id is that of
                something else.
            Deleted: If the external id is that of a deployment that was deleted.
            NotFound: If an artifact is not there.
        """
        if not isinstance(target, str) or not target:
            raise InvalidArgument("a deployment needs a target, e.g. 'production'")
        _check(external_id)
        replaced = None if replaces is None else [_artifact(one) for one in flat(replaces)]
        id_ = self._servable(model)
        self._prepare(DEPLOY, RETIRE)
        names = [f"graphstore:{uuid4().hex}" for _ in range(4)]
        names[1] = external_id or names[1]
        moments = [] if time is None else [to_time("time", time)]

        def work(transaction: Transaction) -> Deployed:
            now, known = self._lock(transaction, names[1])
            moments.append(now)
            at = moments[0]  # the same when it is tried again
            properties: dict[str, Any] = {
                "target": target,
                "beside": None if replaced is None else True,
            }
            execution = self._execution(DEPLOY, properties, reason, actor, at, names[1])
            told = _facts(execution, {"model": [id_]}, actor, time, uri)
            if known is not None:
                there = self._recorded(transaction, known, names[1], told, contexts)
                return self._answer(transaction, there, replaced or ())
            self._require_there(transaction, id_)
            others = self._deployments(transaction, {"target": target})
            predecessors = self._predecessors(transaction, others, replaced, at)
            later = [one for one in others if one.time and one.time > at and not _beside(one)]
            publisher = self._publisher.within(transaction)
            publication = self._publish(
                transaction,
                execution,
                {"model": id_},
                {
                    "deployment": Artifact(
                        type=DEPLOYMENT,
                        uri=uri,
                        state=ArtifactState.LIVE,
                        external_id=names[0],
                        properties={"target": target},
                    )
                },
                contexts,
            )
            deployment, model = publication.outputs[0], publication.inputs[0]
            if predecessors:
                properties = {"replaced_by": deployment.id}
                execution = self._execution(RETIRE, properties, reason, actor, at, names[2])
                publisher.publish(execution, {"retires": predecessors}, (), contexts, reuse=True)
            if not later:
                return Deployed(
                    deployment, model, publication.execution, at <= now, planned=at > now
                )
            then = min(later, key=lambda one: (one.time or at, one.execution.ref.id))
            properties = {"replaced_by": then.deployment.id}
            execution = self._execution(RETIRE, properties, None, None, then.time or at, names[3])
            retirement = publisher.publish(
                execution, {"retires": [deployment]}, (), contexts, reuse=True
            ).execution
            return Deployed(
                deployment,
                model,
                publication.execution,
                at <= now < (then.time or at),
                then.time,
                then.deployment.id,
                retirement.id,
                at > now,
            )

        return self._database.transact("decisions.deploy", work)

    def retire(
        self,
        deployment: ArtifactLike | Deployed,
        *,
        reason: str | None = None,
        actor: str | None = None,
        time: datetime | None = None,
        contexts: Sequence[Context] = (),
        external_id: str | None = None,
    ) -> Execution:
        """Record that a deployment serves no more, and that nothing took its place.

        Args:
            deployment: The deployment.
            reason: Why.
            actor: Who retired it; the user by default.
            time: When; now by default, as the database has it.
            contexts: What this belongs to.
            external_id: What it is called elsewhere, e.g. the id of a ticket. The same again under
                this is recorded once, whoever sends it and however often, and answered by what is
                there. An actor or a time that is not given is not compared.

        Raises:
            InvalidArgument: If it is no deployment, or was deployed only after that time.
            FailedPrecondition: If it served no more at that time, or if the external id is that of
                something else.
            Deleted: If the external id is that of something that was deleted.
            NotFound: If it is not there.
        """
        deployment = _artifact(deployment)
        id_ = node_id(deployment, "artifact")
        _check(external_id)
        self._prepare(RETIRE)
        name = external_id or f"graphstore:{uuid4().hex}"
        moments = [] if time is None else [to_time("time", time)]

        def work(transaction: Transaction) -> Execution:
            now, known = self._lock(transaction, name)
            moments.append(now)
            at = moments[0]
            execution = self._execution(RETIRE, {}, reason, actor, at, name)
            told = _facts(execution, {"retires": [id_]}, actor, time)
            if known is not None:
                return self._recorded(transaction, known, name, told, contexts).execution
            self._predecessors(transaction, [], [deployment], at)
            inputs = {"retires": [id_]}
            return self._publish(transaction, execution, inputs, (), contexts).execution

        return self._database.transact("decisions.retire", work)

    def _prepare(self, *names: str) -> None:
        """Put the types, whose ids and locks are needed."""
        self._types.put(_DEPLOYMENT, can_add_fields=True, can_omit_fields=True)
        for name in names:
            self._types.put(_TYPES[name], can_add_fields=True, can_omit_fields=True)

    def _recorded(
        self,
        transaction: Transaction,
        id_: int,
        external_id: str,
        told: Mapping[str, str],
        contexts: Sequence[Context],
    ) -> _Recorded:
        """What was recorded under an external id, if it says the same.

        Args:
            transaction: One that holds the lock.
            id_: The execution that has the external id.
            external_id: The external id.
            told: What is to be recorded under it, by `_facts`.
            contexts: What that is to belong to. What is there may have come to belong to others.

        Raises:
            FailedPrecondition: If something else was.
            Deleted: If what was recorded was deleted.
        """
        rows = transaction.rows(QUERIES["execution.get"], execution_ids=[id_])
        nodes = (node_from_row(node, Execution) for row in rows for node in row["executions"])
        if (execution := next(nodes, None)) is None:
            raise Aborted(f"the execution of the external id {brief(external_id, 200)} went away")
        if execution.deletion is not None:
            raise Deleted("execution", execution.id, str(execution.deletion))
        if execution.type != told["type"]:
            raise _belongs_to(external_id, execution, f", and a {told['type']} was asked for")
        read: dict[str, list[int]] = {}
        events = transaction.one(QUERIES["event.list_by_execution"], execution_ids=[execution.id])
        assert events is not None
        made = []
        for id_, type_, path in zip(
            events["artifact_ids"], events["types"], events["paths"], strict=True
        ):
            if EventType(type_).is_output:
                made.append(id_)
            else:
                role = str((*decode_path(path), "")[0])
                read.setdefault(role, []).append(id_)
        parameters = {"artifact_ids": made}
        deployments = self._deployments(transaction, parameters) if made else []
        deployed = deployments[0] if deployments else None
        if deployed is not None and deployed.deployment.deletion is not None:
            deletion = str(deployed.deployment.deletion)
            raise Deleted("artifact", deployed.deployment.id, deletion)
        uri = None if deployed is None else deployed.deployment.uri
        actor = execution.properties.get("actor")
        there = _facts(execution, read, actor, execution.end_time, uri)
        differences = [
            f"{name}: {there.get(name, 'nothing')} there, {told.get(name, 'nothing')} asked for"
            for name in dict.fromkeys([*told, *there])
            if name not in _BY_DEFAULT or name in told
            if there.get(name) != told.get(name)
        ]
        if differences:
            what = f" that says otherwise ({'; '.join(differences)})"
            raise _belongs_to(external_id, execution, what)
        if contexts:
            query = QUERIES["context.list_by_execution"]
            rows = transaction.rows(query, execution_id=execution.id)
            nodes_there = [node_from_row(node, Context) for row in rows for node in row["contexts"]]
            belongs = {(one.type, one.name) for one in nodes_there}
            for one in contexts:
                if (one.type, one.name) not in belongs:
                    what = f" that does not belong to the {one.type} {brief(one.name, 200)}"
                    raise _belongs_to(external_id, execution, what)
        return _Recorded(execution, deployed)

    def _answer(
        self, transaction: Transaction, there: _Recorded, replaced: Sequence[ArtifactLike]
    ) -> Deployed:
        """What was deployed under an external id, if it took the place of these.

        Raises:
            FailedPrecondition: If it did not, or nobody says any more what was deployed.
        """
        external_id = there.execution.external_id or ""
        if there.deployed is None:
            raise _belongs_to(external_id, there.execution, " that has no deployment any more")
        parameters = {"artifact_ids": list(node_ids(replaced, "artifact"))}
        for one in self._deployments(transaction, parameters) if replaced else ():
            if one.replaced_by != there.deployed.deployment.id:
                what = f" that did not take the place of {one.deployment.ref.short}"
                raise _belongs_to(external_id, there.execution, what)
        return there.deployed

    def _publish(
        self,
        transaction: Transaction,
        execution: Execution,
        inputs: Mapping[str, Any],
        outputs: Mapping[str, Artifact] | Sequence[Any],
        contexts: Sequence[Context],
    ) -> Publication:
        """Publish what was not there as this transaction looked, nor can be since: `_lock`."""
        publisher = self._publisher.within(transaction)
        return publisher.publish(execution, inputs, outputs, contexts, reuse=True)

    def _lock(self, transaction: Transaction, external_id: str) -> tuple[datetime, int | None]:
        """Take the lock; the time then, and the id of the execution of an external id, if any.

        Nobody else gets that external id until the transaction ends.
        """
        row = transaction.one(QUERIES["decisions.lock"], external_id=external_id)
        assert row is not None
        return millis(row["now"]), row["execution_id"]

    def _servable(self, model: ArtifactLike) -> int:
        """The id of an artifact, if it may be a model.

        What nobody knows anything of may be one; an environment, data, an evaluation and a
        deployment are none.
        """
        id_ = node_id(model, "artifact")
        artifact = self._there(self._database, [model])[id_]
        type_ = self._types.find("artifact", artifact.type, artifact.type_version)
        role = role_of(type_)
        other = "an environment" if artifact.type == "Environment" else role and _NO_MODEL.get(role)
        if other:
            raise InvalidArgument(
                f"{artifact.ref.short} is {other} ({artifact.type}), and no model: only what can"
                " serve can be deployed"
            )
        return id_

    def _require_there(self, transaction: Transaction, id_: int) -> None:
        """Refuse a model whose state says that it is not there."""
        artifact = self._there(transaction, [id_])[id_]
        if artifact.deletion is not None:
            raise FailedPrecondition(
                f"{artifact.ref.short} was {artifact.deletion}: a model that is not there cannot be"
                " deployed"
            )
        if artifact.state not in _THERE:
            state = artifact.state.value if artifact.state else ""
            raise FailedPrecondition(
                f"{artifact.ref.short} is {state}: a model that is not there cannot be deployed"
            )

    def _there(self, runner: Runner, given: Sequence[ArtifactLike]) -> dict[int, Artifact]:
        """Artifacts by id.

        Raises:
            NotFound: If one is not there.
            ForeignNode: If one was read from another store.
        """
        ids = node_ids(given, "artifact")
        rows = runner.rows(QUERIES["artifact.get"], artifact_ids=list(ids))
        artifacts = [node_from_row(node, Artifact) for row in rows for node in row["artifacts"]]
        by_id = {artifact.ref.id: artifact for artifact in artifacts}
        for id_ in ids:
            if id_ not in by_id:
                raise NotFound("artifact", "id", id_)
        refuse_foreign(given, by_id)
        return by_id

    def _predecessors(
        self,
        transaction: Transaction,
        others: Sequence[Deployed],
        named: Sequence[ArtifactLike] | None,
        at: datetime,
    ) -> list[int]:
        """Which deployments end at a time: those that were named, or all of `others` that serve.

        Raises:
            InvalidArgument: If one that was named is no deployment, or is not older.
            FailedPrecondition: If one that was named served no more.
        """
        if named is None:
            return [one.deployment.ref.id for one in others if _serves(one, at)]
        if not named:
            return []
        ids = node_ids(named, "artifact")
        by_id = {
            one.deployment.id: one
            for one in self._deployments(transaction, {"artifact_ids": list(ids)})
        }
        for id_, artifact in self._there(transaction, named).items():
            one = by_id.get(id_)
            if one is None:
                mine = self._deployments(transaction, {"model_id": id_})
                hint = ", ".join(d.deployment.ref.short for d in mine)
                raise InvalidArgument(
                    f"{artifact.ref.short} is a {artifact.type}, and no deployment"
                    + (f"; it was deployed as {hint}" if mine else "")
                )
            if one.ended is not None and one.ended <= at:
                raise FailedPrecondition(f"{artifact.ref.short} serves no more: {one.fate}")
            if one.time is not None and one.time > at:
                raise InvalidArgument(
                    f"{artifact.ref.short} was deployed only at {one.time.isoformat()}, after"
                    f" {at.isoformat()}"
                )
        return list(by_id)  # type: ignore[arg-type]

    def _production(self, **options: Any) -> Any:
        warn_renamed("Decisions.production()", "Store.production()")
        # By its name, since what is above is not imported here.
        module = import_module("graphstore.questions.production")
        return module.production(self._database, self, **options)

    production = _production  # its old name, which the reference leaves out

    def deployments(
        self,
        *,
        target: str | None = None,
        model: ArtifactLike | None = None,
        deployment: ArtifactLike | None = None,
        live: bool | None = None,
        limit: int | None = 1000,
        after: str | None = None,
        as_of: KnownAt | None = None,
    ) -> Deployments:
        """Deployments in the order of their own times, the newest first.

        Args:
            target: At this target only.
            model: Of this model only.
            deployment: This one only.
            live: Only those that are live, or only those that are not any more.
            limit: How many at most, 1 or more; None for all that there are.
            after: The page after the one whose `next_page` this is.
            as_of: What the store said at this time; None for now.

        Returns:
            The deployments, planned ones too, with `next_page` if there are more; empty if there
            are none.

        Raises:
            InvalidArgument: If `model` or `deployment` names no artifact, `limit` is not valid, or
                `after` came from nowhere.
        """
        parameters: dict[str, Any] = {} if target is None else {"target": target}
        if model is not None:
            parameters["model_id"] = node_id(model, "artifact")
        if deployment is not None:
            parameters["artifact_ids"] = [node_id(deployment, "artifact")]
        if live is not None:
            parameters["live"] = live
        if limit is not None:
            limit = bound("limit", limit)
        if after is not None:
            parameters |= _goes_on(after)
        more = None if limit is None else limit + 1
        found = self._rows(at(self._database, as_of), parameters, more)
        deployments = [_deployed(row) for row in found[:limit]]
        is_cut = limit is not None and len(found) > limit
        return Deployments(
            tuple(deployments), _token(found[len(deployments) - 1]) if is_cut else None
        )

    def _deployments(self, runner: Runner, parameters: Mapping[str, Any]) -> list[Deployed]:
        return [_deployed(row) for row in self._rows(runner, parameters, None)]

    def _rows(self, runner: Runner, parameters: Mapping[str, Any], limit: int | None) -> list[Row]:
        limit = NO_LIMIT if limit is None else limit
        return runner.rows(QUERIES["answers.deployments"], limit=limit, **parameters)

    def _execution(
        self,
        type_: str,
        properties: Mapping[str, Any],
        reason: str | None,
        actor: str | None,
        time: datetime | None,
        external_id: str | None = None,
    ) -> Execution:
        time = time or datetime.now(timezone.utc)
        return Execution(
            type=type_,
            external_id=external_id,
            state=ExecutionState.COMPLETE,
            start_time=time,
            end_time=time,
            properties={**properties, "reason": reason, "actor": actor or _user()},
        )


_BY_DEFAULT = ("actor", "time")
"""What who asks again may have left out: then it is not what was meant that differs."""


@dataclass(frozen=True)
class _Recorded:
    """What is there under an external id."""

    execution: Execution
    deployed: Deployed | None
    """What it deployed; None if it did not."""


def _check(external_id: str | None) -> None:
    """
    Raises:
        InvalidArgument: If this is no external id.
    """
    if external_id is not None and (not isinstance(external_id, str) or not external_id):
        raise InvalidArgument(
            f"external_id: expected a text that is not empty, found {brief(external_id)}"
        )


def _facts(
    execution: Execution,
    inputs: Mapping[str, Iterable[int]],
    actor: str | None,
    time: datetime | None,
    uri: str | None = None,
) -> dict[str, str]:
    """What a decision says, in words, by name; without actor and time where nobody gave them."""
    names = _TYPES[execution.type].properties
    properties = {name: execution.properties.get(name) for name in names}
    properties |= {"uri": uri, "actor": properties.get("actor") if actor else None}
    facts = {name: repr(value) for name, value in properties.items() if value is not None}
    for role, ids in inputs.items():
        facts[role] = " ".join(f"a{id_}" for id_ in sorted(set(ids)))
    if time is not None:
        facts["time"] = to_time("time", time).isoformat()
    return {"type": execution.type, **facts}


def _belongs_to(external_id: str, execution: Execution, what: str) -> FailedPrecondition:
    return FailedPrecondition(
        f"the external id {brief(external_id, 200)} belongs to {execution.ref.short}, a"
        f" {execution.type}{what}; say the same again, or give an external id of its own"
    )


def _deployed(row: Row) -> Deployed:
    return Deployed(
        node_from_row(row["deployment"], Artifact),
        node_from_row(row["model"], Artifact),
        node_from_row(row["execution"], Execution),
        row["live"],
        utc(row["ended"]),
        row["replaced_by"],
        row["retired_by"],
        row["planned"],
    )


def _token(row: Row) -> str:
    """What names a row of deployments, behind which the next page begins."""
    ids = [row[name]["id"] for name in ("execution", "deployment", "model")]
    return to_token([row["at"], ids])


def _goes_on(after: str) -> dict[str, Any]:
    """
    Raises:
        InvalidArgument: If nothing gave this.
    """
    try:
        time, ids = from_token(after)
        whole = [int(one) for one in ids]
        datetime.fromisoformat(_FRACTION.sub("", time).replace("Z", "+00:00"))
        if len(whole) != 3 or any(abs(one) > INT64_MAX for one in whole):
            raise ValueError("no ids")
    except (ValueError, TypeError):
        raise InvalidArgument(f"{after!r} is no page token that a list gave") from None
    return {"after_text": time, "after_ids": whole}


def _serves(one: Deployed, at: datetime) -> bool:
    """Whether a deployment served at a time, or would if nothing had happened then."""
    began = one.time is None or one.time <= at
    there = one.deployment.deletion is None and one.deployment.state in (
        None,
        ArtifactState.UNKNOWN,
        ArtifactState.LIVE,
    )
    return began and (one.ended > at if one.ended else there)


def _beside(one: Deployed) -> bool:
    """Whether it took the place only of what was named, if of anything."""
    return bool(one.execution.properties.get("beside"))


def utc(time: Any) -> datetime | None:
    """A time of the database's; what somebody wrote by hand in place of one is none."""
    native = time.to_native() if hasattr(time, "to_native") else time
    if not isinstance(native, datetime) or native.tzinfo is None:
        return None
    return native.astimezone(timezone.utc)


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container whose user has no name
        return None


def _artifact(deployment: ArtifactLike | Deployed) -> ArtifactLike:
    return deployment.deployment if isinstance(deployment, Deployed) else deployment

"""Decisions and deployments, recorded as executions: why this one, and where it went.

::

    (candidate)-[:INPUT]->(:Decision)       also winner, baseline, evaluations
    (model)-[:INPUT]->(:Deploy)-[:OUTPUT]->(:Deployment)-[:INPUT]->(:Retire)

A decision has no output: the winner was not made from the other candidates, nor a deployment from
the one that it replaces, and lineage must not say so. A deployment is live until it is retired, by
somebody or by the one that replaces it.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from graphstore.database import Database
from graphstore.errors import InvalidArgument
from graphstore.model.nodes import Artifact, ArtifactState, Context, Execution, ExecutionState
from graphstore.model.types import ArtifactType, BaseType, ExecutionType
from graphstore.model.values import PropertyKind
from graphstore.queries import QUERIES
from graphstore.repository.links import ArtifactLike
from graphstore.repository.publish import Publisher
from graphstore.repository.rows import node_from_row
from graphstore.repository.types import Types

__all__ = ["DECISION", "DEPLOY", "DEPLOYMENT", "RETIRE", "Decisions", "Deployed"]

DECISION, DEPLOY, RETIRE, DEPLOYMENT = "Decision", "Deploy", "Retire", "Deployment"

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
        name=DEPLOY, base_type=BaseType.DEPLOY, properties={**_SAID, "target": _STRING}
    ),
    RETIRE: ExecutionType(name=RETIRE, properties={**_SAID, "replaced_by": PropertyKind.INT}),
}
_DEPLOYMENT = ArtifactType(name=DEPLOYMENT, properties={"target": _STRING})


@dataclass(frozen=True)
class Deployed:
    """A model at a target."""

    deployment: Artifact
    """The deployment itself; its uri is where the model is served from, if that is known."""
    model: Artifact
    execution: Execution
    """Who deployed it, when and why: `actor`, `end_time`, `reason`."""
    live: bool
    """Whether it still is what the target serves: nobody retired it, and nothing replaced it."""

    @property
    def target(self) -> str:
        """What it serves, e.g. ``production``."""
        return str(self.deployment.properties["target"])


class Decisions:
    """Records and lists decisions and deployments."""

    def __init__(self, database: Database, types: Types, publisher: Publisher) -> None:
        self._database, self._types, self._publisher = database, types, publisher

    def record(
        self,
        winner: ArtifactLike | None,
        *,
        candidates: Sequence[ArtifactLike],
        baseline: ArtifactLike | None = None,
        evaluations: Sequence[ArtifactLike] = (),
        metric: str | None = None,
        smallest: bool = False,
        threshold: float | None = None,
        criterion: str | None = None,
        reason: str | None = None,
        actor: str | None = None,
        time: datetime | None = None,
        contexts: Sequence[Context] = (),
    ) -> Execution:
        """Record which of some candidates was preferred, and why; one query.

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

        Returns:
            The decision, an execution of type ``Decision``.

        Raises:
            InvalidArgument: If there is no candidate, or the winner is none of them.
            NotFound: If an artifact is not there.
        """
        ids = [_id(candidate) for candidate in candidates]
        if not ids:
            raise InvalidArgument("a decision needs at least one candidate")
        if winner is not None and _id(winner) not in ids:
            raise InvalidArgument(
                f"the winner, artifact {_id(winner)}, is none of the candidates:"
                f" {', '.join(map(str, ids))}"
            )
        inputs: dict[str, ArtifactLike | Sequence[ArtifactLike]] = {"candidates": candidates}
        if baseline is not None:
            inputs["baseline"] = baseline
        if evaluations:
            inputs["evaluations"] = evaluations
        said = {
            "metric": metric,
            "smallest": smallest if metric else None,
            "threshold": None if threshold is None else float(threshold),
            "criterion": criterion,
        }
        if winner is not None:
            inputs["winner"] = winner
        return self._publisher.publish(
            self._execution(DECISION, said, reason, actor, time), inputs, contexts=contexts
        ).execution

    def deploy(
        self,
        model: ArtifactLike,
        target: str,
        *,
        uri: str | None = None,
        replaces: Sequence[ArtifactLike] | None = None,
        reason: str | None = None,
        actor: str | None = None,
        time: datetime | None = None,
        contexts: Sequence[Context] = (),
    ) -> Deployed:
        """Record that a model was deployed, or promoted, to a target; three queries at most.

        Args:
            model: The model.
            target: What serves it from now on, e.g. ``production`` or ``eu/ranking``.
            uri: Where it is served from.
            replaces: The deployments that it takes the place of; by default all that are live at
                this target. An empty list for none: it serves beside them.
            reason: Why.
            actor: Who deployed it; the user by default.
            time: When; now by default.
            contexts: What the deployment belongs to.

        Raises:
            InvalidArgument: If there is no target.
            NotFound: If an artifact is not there.
        """
        if not target:
            raise InvalidArgument("a deployment needs a target, e.g. 'production'")
        if replaces is None:
            replaces = [one.deployment for one in self.deployments(target=target, live=True)]
        self._types.put(_DEPLOYMENT, can_add_fields=True, can_omit_fields=True)
        published = self._publisher.publish(
            self._execution(DEPLOY, {"target": target}, reason, actor, time),
            {"model": model},
            {
                "deployment": Artifact(
                    type=DEPLOYMENT,
                    uri=uri,
                    state=ArtifactState.LIVE,
                    properties={"target": target},
                )
            },
            contexts,
        )
        deployed = Deployed(published.outputs[0], published.inputs[0], published.execution, True)
        if replaces:
            said = {"replaced_by": deployed.deployment.id}
            self._retire(replaces, said, reason, actor, time, contexts)
        return deployed

    def retire(
        self,
        deployment: Artifact | Deployed | int,
        *,
        reason: str | None = None,
        actor: str | None = None,
        time: datetime | None = None,
        contexts: Sequence[Context] = (),
    ) -> Execution:
        """Record that a deployment serves no more, and that nothing took its place; one query."""
        if isinstance(deployment, Deployed):
            deployment = deployment.deployment
        return self._retire([deployment], {}, reason, actor, time, contexts)

    def _retire(
        self,
        deployments: Sequence[ArtifactLike],
        said: Mapping[str, Any],
        reason: str | None,
        actor: str | None,
        time: datetime | None,
        contexts: Sequence[Context],
    ) -> Execution:
        return self._publisher.publish(
            self._execution(RETIRE, said, reason, actor, time),
            {"retires": deployments},
            contexts=contexts,
        ).execution

    def deployments(
        self,
        *,
        target: str | None = None,
        model: Artifact | int | None = None,
        live: bool | None = None,
    ) -> Sequence[Deployed]:
        """Deployments, the newest first.

        Args:
            target: At this target only.
            model: Of this model only.
            live: Only those that are live, or only those that are not any more.
        """
        rows = self._database.rows(
            QUERIES["answers.deployments"],
            **({} if target is None else {"target": target}),
            **({} if model is None else {"model_id": _id(model)}),
        )
        found = [
            Deployed(
                node_from_row(row["deployment"], Artifact),
                node_from_row(row["model"], Artifact),
                node_from_row(row["execution"], Execution),
                row["live"],
            )
            for row in rows
        ]
        return [one for one in found if live is None or one.live == live]

    def _execution(
        self,
        type_: str,
        said: Mapping[str, Any],
        reason: str | None,
        actor: str | None,
        time: datetime | None,
    ) -> Execution:
        self._types.put(_TYPES[type_], can_add_fields=True, can_omit_fields=True)
        time = time or datetime.now(timezone.utc)
        return Execution(
            type=type_,
            state=ExecutionState.COMPLETE,
            start_time=time,
            end_time=time,
            properties={**said, "reason": reason, "actor": actor or _user()},
        )


def _id(artifact: ArtifactLike) -> int:
    id_ = artifact.ref.id if isinstance(artifact, Artifact) else artifact
    if isinstance(id_, bool) or not isinstance(id_, int):
        raise InvalidArgument(f"expected an artifact or its id, found {artifact!r}")
    return id_


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container whose user has no name
        return None

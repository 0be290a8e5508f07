"""What is in production, or was: what was deployed, and what TFX pushed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from graphstore.database import AsOf, Reader, Row
from graphstore.database.queries import QUERIES
from graphstore.errors import NotFound
from graphstore.model.nodes import Artifact, Execution
from graphstore.model.plain import in_json
from graphstore.model.refs import ArtifactLike, node_ids
from graphstore.model.times import KnownAt
from graphstore.model.values import bound
from graphstore.recording.decisions import Decisions, utc
from graphstore.storage.candidates import END_OF_TIME
from graphstore.storage.rows import node_from_row, to_moment
from graphstore.storage.then import at
from graphstore.system.doubts import doubt

__all__ = ["InProduction", "production"]

_PUSHES = ["PushedModel", "ModelPushPath"]
"""The types of what TFX's Pusher leaves. Of a deployment a tombstone tells enough."""
_CANDIDATES = 4
"""Deployments and pushes that are looked at for each that is asked for: most are the last of their
place, or there are few of them."""
_HINTS = 20
"""Targets that are named to who asks for one that there never was."""


@dataclass(frozen=True)
class InProduction:
    """A model that serves: by a deployment of ours, or a push of TFX's."""

    target: str | None
    """What it serves, or the place that it was pushed to."""
    model: Artifact
    artifact: Artifact
    """The deployment, or the pushed model."""
    execution: Execution
    """Who deployed or pushed it."""
    since: datetime | None
    """When that was, in its own time."""
    actor: str | None
    """Who did it; of a push who started the run, if that is known."""

    @property
    def reason(self) -> str | None:
        """Why, if somebody said so."""
        reason = self.execution.properties.get("reason")
        return None if reason is None else str(reason)

    def to_dict(self) -> dict[str, Any]:
        """It in JSON's types."""
        return {
            "target": self.target,
            "model": self.model.ref.short,
            "type": self.model.type,
            "uri": self.model.uri,
            "since": self.since.isoformat() if self.since else None,
            "actor": self.actor,
            "reason": self.reason,
            "deleted": in_json(self.model.deletion or self.artifact.deletion),
            "deployment": self.artifact.ref.short,
            "execution": self.execution.ref.short,
        }


def production(
    database: Reader,
    decisions: Decisions,
    *,
    on: datetime | date | None = None,
    as_of: KnownAt | None = None,
    target: str | None = None,
    models: ArtifactLike | Iterable[ArtifactLike] | None = None,
    limit: int | None = None,
) -> Sequence[InProduction]:
    """What is in production, or was: what was deployed, and what TFX pushed, the last first.

    Deployments and pushes are in the order of their own times. What was deleted since is in the
    answer only if a time is asked for: the store knows no earlier states. A push that was deleted
    after that time says no more where it went: it is in no answer, and a warning says so. A
    deployment of the future is not in production yet; `Decisions.deployments` has it, as `planned`.

    Args:
        database: Where to ask.
        decisions: Know what was deployed where.
        on: A time, or a day: then it is what served at its end (UTC), or is to serve. None for
            now.
        as_of: What the store said at this time; without `on` of then. None for now.
        target: At this target only, or at the place that was pushed to.
        models: Of this model or these only. None for all.
        limit: How many at most, 1 or more; None for all that there are.

    Raises:
        NotFound: If nothing ever was deployed or pushed to this target.
        InvalidArgument: If the time says no time zone, `models` names what is no artifact, or
            `limit` is not valid.
    """
    if limit is not None:
        limit = bound("limit", limit)
    asked: dict[str, Any] = {
        "on": END_OF_TIME if on is None else to_moment("on", on),
        "live": on is None,
    }
    model_ids = None if models is None else node_ids(models, "artifact")
    which = {"target": target, "model_ids": model_ids, "limit": limit}
    reader = at(database, as_of)
    if on is not None or as_of is not None:
        _warn_of_deleted(reader, asked["on"], model_ids)
    query = QUERIES["answers.production"]
    given = {name: value for name, value in which.items() if value is not None}
    if limit is not None and target is None and models is None:
        rows = reader.rows(query, **asked, limit=limit, most=_CANDIDATES * limit)
        if len(rows) == limit:  # what else there is was before these
            return [_in_production(row) for row in rows]
    answers = [_in_production(row) for row in reader.rows(query, **asked, **given)]
    if answers or target is None or models is not None:
        return answers
    if not decisions.deployments(target=target, limit=1, as_of=as_of):
        others = [_in_production(row) for row in reader.rows(query, **asked, limit=_HINTS)]
        targets = sorted({one.target for one in others if one.target})
        hint = f"there are {', '.join(map(repr, targets))}" if targets else ""
        raise NotFound("deployment", "target", target, hint)
    return answers


def _warn_of_deleted(reader: Reader, on: datetime, model_ids: list[int] | None) -> None:
    """Say which pushes were there then, and are in no answer since they were deleted later."""
    since = min(on, reader.time) if isinstance(reader, AsOf) else on
    parameters: dict[str, Any] = {
        "artifact_types": _PUSHES,
        "deleted_after": since,
        "pushed_by": on,
    }
    if model_ids is not None:
        parameters["model_ids"] = model_ids
    answer = reader.one(QUERIES["deletion.since"], **parameters)
    assert answer is not None
    if answer["count"]:
        doubt(
            f"{answer['count']} pushes that were there on {since.isoformat()} were deleted since,"
            f" such as a{answer['first_id']}: whether they put anything in production then nobody"
            " knows",
            stacklevel=4,
        )


def _in_production(row: Row) -> InProduction:
    execution = node_from_row(row["execution"], Execution)
    actor = execution.properties.get("actor") or row["user"]
    return InProduction(
        row["target"],
        node_from_row(row["model"], Artifact),
        node_from_row(row["artifact"], Artifact),
        execution,
        utc(row["since"]),
        None if actor is None else str(actor),
    )

"""Resolve: which artifacts a step should start from.

For warm starts (the latest model, the latest blessed one, the best) and for rolling windows (the
latest spans of the data). Where TFX has the thing, the rule is TFX's; `docs/resolve.md` says which
of its strategies and ops each method stands for, and where these differ from each other.

Every question is one query. Only an answer with nothing in it costs more: then the types and
contexts that were named are looked up, so that a misspelt one is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES, Query
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.model.nodes import Artifact
from graphstore.model.plain import Plain
from graphstore.model.roles import Role, names_of
from graphstore.model.values import INT64_MAX, MANY, bound, whole_number
from graphstore.storage.candidates import END_OF_TIME, Candidates, conditions, keys_of
from graphstore.storage.nodes import require
from graphstore.storage.rows import encode_path, node_from_row
from graphstore.storage.types import Types
from graphstore.system.doubts import doubt
from graphstore.system.renamed import renamed_options

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Approved", "Candidates", "Resolve", "Scored", "windows"]

T = TypeVar("T")


@dataclass(frozen=True)
class Approved(Plain):
    """An artifact, and what speaks for it."""

    artifact: Artifact
    approvals: tuple[Artifact, ...]
    """The last blessing, or push, of each kind that was asked for."""


@dataclass(frozen=True)
class Scored(Plain):
    """An artifact, and its metric."""

    artifact: Artifact
    value: int | float
    """The metric; never NaN."""
    evaluation: Artifact | None
    """What says so; None if it is a property of the artifact itself."""


# What speaks for an artifact, as the queries take it. The first type is that of TFX itself; the
# second and `blessing_status` are those of Google's own, which TFX's newer ops look for.
_EVALUATOR = {
    "types": ["ModelBlessing"],
    "keys": keys_of("blessed"),
    "values": [1, True],
    "unsaid": 0,
}
_INFRA_VALIDATOR = {
    "types": ["InfraBlessing", "ModelInfraBlessingPath"],
    "keys": keys_of("blessed", "blessing_status"),
    "values": [1, True, "INFRA_BLESSED", "INFRA_DELEGATED"],
    "unsaid": 0,
}
_PUSHER = {
    "types": ["PushedModel", "ModelPushPath"],
    "keys": keys_of("pushed"),
    "values": [1, True],
    "unsaid": 1,
}
_BLESSINGS = {
    "evaluator": [_EVALUATOR],
    "infra_validator": [_INFRA_VALIDATOR],
    "both": [_EVALUATOR, _INFRA_VALIDATOR],
}

_ROLES = ("model", "model_export")
"""The roles in which TFX's components read the model that they are about."""

_EVIDENCE_STATES = ("LIVE", "MARKED_FOR_DELETION", "DELETED")
"""States of what speaks for an artifact, as in TFX: that a blessing was deleted takes nothing back,
and what a failed execution left (ABANDONED) says nothing."""

_EVIDENCE = {"states": "evidence_states", "known_states": "known_evidence_states"}
"""How these are asked for where states of what comes into question are."""


class Resolve:
    """The questions about what to start from.

    Each answers a list, empty if there is nothing. `limit` is how many it has at most, `at_least`
    how many there must be: else `FailedPrecondition` is raised. Which artifacts come into question
    is said alike in all of them, by the keywords of `Candidates`.
    """

    def __init__(self, database: Database, types: Types) -> None:
        self._database, self._types = database, types

    @renamed_options(n="limit")
    def latest(
        self,
        type: str,  # the name that users know it by
        *,
        limit: int = 1,
        order_by: Literal["create_time", "id"] = "create_time",
        at_least: int = 0,
        **candidates: Unpack[Candidates],
    ) -> list[Artifact]:
        """The latest artifacts of a type, the latest first.

        Args:
            type: The name of their type.
            limit: How many at most, 1 or more.
            order_by: `create_time`, and of equal times the last id, as TFX's LatestCreateTime; or
                `id`, as its LatestArtifactStrategy. The same in one history, but where histories
                were imported the ids are not in the order of time.
            at_least: How many there must be.
            candidates: Which of them come into question: by version, context, producer, states,
                properties, time (`Candidates`); the LIVE ones unless others are asked for.

        Raises:
            NotFound: If there is no such type or context.
            InvalidArgument: If a value cannot be right.
            FailedPrecondition: If there are fewer than `at_least`.
        """
        if order_by not in ("create_time", "id"):
            raise InvalidArgument(f"order_by must be create_time or id, not {order_by!r}")
        query = QUERIES["resolve.latest" + ("_by_id" if order_by == "id" else "")]
        return _artifacts(self._ask(query, type, candidates, limit, at_least))

    @renamed_options(n="limit")
    def latest_blessed(
        self,
        type: str = "Model",
        *,
        by: Literal["evaluator", "infra_validator", "both"] = "evaluator",
        evidence: Literal["events", "current_model_id"] = "events",
        limit: int = 1,
        roles: str | Collection[str] | None = None,
        max_hops: int = 2,
        at_least: int = 0,
        **candidates: Unpack[Candidates],
    ) -> list[Approved]:
        """The latest models that are blessed, the latest first, with the last blessing of each.

        A blessing is an artifact of type ModelBlessing (of InfraBlessing if by an InfraValidator)
        whose property `blessed` is 1 or true, and that is LIVE, or was until it was deleted.

        Args:
            type: The name of the models' type.
            by: Whose blessing is asked for; TFX's policies LATEST_EVALUATOR_BLESSED,
                LATEST_INFRA_VALIDATOR_BLESSED and LATEST_BLESSED.
            evidence: What says which model is blessed. `events`: the blessing came out of an
                execution that read the model, as TFX's LatestPolicyModel has it.
                `current_model_id`: the blessing's property of this name, as its
                LatestBlessedModelStrategy has it; what was imported names the model of its own
                history. It costs a look at every blessing, and knows the Evaluator's only.
            roles: The roles in which the execution must have read the model. By default ``model``
                or ``model_export``, or any other if it read no other artifact of the type: a
                baseline is not blessed by what is said of another model.
            max_hops: Events from the model to the blessing at most, 2 or more. TFX goes up to 50:
                then a model is blessed by what becomes of anything made from it.
            limit: How many models at most, 1 or more.
            at_least: How many there must be.
            candidates: Which models come into question: by version, context, producer, states,
                properties, time (`Candidates`); the LIVE ones unless others are asked for.

        Raises:
            NotFound: If there is no such type or context.
            InvalidArgument: If a value cannot be right.
            FailedPrecondition: If there are fewer than `at_least`.
        """
        if by not in _BLESSINGS:
            raise InvalidArgument(f"by must be one of {', '.join(_BLESSINGS)}, not {by!r}")
        if evidence not in ("events", "current_model_id"):
            raise InvalidArgument(f"evidence must be events or current_model_id, not {evidence!r}")
        if evidence == "events":
            return self._latest_approved(
                _BLESSINGS[by], type, limit, roles, max_hops, at_least, candidates
            )
        if by != "evaluator" or roles is not None or max_hops != 2:
            raise InvalidArgument(
                "evidence='current_model_id' is about what an Evaluator says, and about no events:"
                " leave by, roles and max_hops as they are"
            )
        query = QUERIES["resolve.latest_named"]
        parameters = {
            "approvals": [_EVALUATOR],
            "reference_keys": keys_of("current_model_id"),
            "source_reference_keys": keys_of("current_model_id_in_source"),
        }
        return _approvals(self._ask(query, type, candidates, limit, at_least, **parameters))

    @renamed_options(n="limit")
    def latest_pushed(
        self,
        type: str = "Model",
        *,
        limit: int = 1,
        roles: str | Collection[str] | None = None,
        max_hops: int = 2,
        at_least: int = 0,
        **candidates: Unpack[Candidates],
    ) -> list[Approved]:
        """The latest models that were pushed, the latest first, with the last push of each.

        A push is an artifact of type PushedModel that came out of an execution that read the model,
        and whose property `pushed`, if it has one, is 1 or true: TFX's policy LATEST_PUSHED, but
        that TFX's own Pusher makes a PushedModel of 0 when it pushed nothing.

        Args:
            type: The name of the models' type.
            limit: How many models at most, 1 or more.
            roles: The roles in which the execution must have read the model. By default ``model``
                or ``model_export``, or any other if it read no other artifact of the type.
            max_hops: Events from the model to the push at most, 2 or more.
            at_least: How many there must be.
            candidates: Which models come into question: by version, context, producer, states,
                properties, time (`Candidates`); the LIVE ones unless others are asked for.

        Raises:
            NotFound: If there is no such type or context.
            InvalidArgument: If a value cannot be right.
            FailedPrecondition: If there are fewer than `at_least`.
        """
        return self._latest_approved([_PUSHER], type, limit, roles, max_hops, at_least, candidates)

    @renamed_options(n="limit")
    def best(
        self,
        type: str,
        metric: str,
        *,
        of: str | None = None,
        smallest: bool = False,
        limit: int = 1,
        roles: str | Collection[str] | None = None,
        at_least: int = 0,
        **candidates: Unpack[Candidates],
    ) -> list[Scored]:
        """The artifacts with the best metric, the best first; of equals the newer first.

        The metric of an artifact is told as everywhere (`questions.about.metrics`): its own,
        or else what the evaluation says that was recorded last.

        Args:
            type: The name of their type.
            metric: The property, declared or custom, INT or DOUBLE. What does not have it, or whose
                metric is NaN, is no candidate.
            of: The name of a type of evaluations: the metric is theirs only. An evaluation of an
                artifact came out of an execution that read it. Of several the last one counts. None
                for the artifacts' own, and evaluations of any type (`graphstore.model.roles`) where
                an artifact says nothing itself.
            smallest: Whether less is better.
            limit: How many at most, 1 or more.
            roles: With `of`, the roles in which the execution must have read the artifact. By
                default ``model`` or ``model_export``, or any other if it read no other artifact of
                the type.
            at_least: How many there must be.
            candidates: Which of them come into question: by version, context, producer, states,
                properties, time (`Candidates`); the LIVE ones unless others are asked for.

        Raises:
            NotFound: If there is no such type or context.
            InvalidArgument: If a value cannot be right; if there are roles without `of`.
            FailedPrecondition: If there are fewer than `at_least`.
        """
        parameters: dict[str, Any] = {"metric_keys": keys_of(metric), "smallest": smallest}
        if of is None:
            if roles is not None:
                raise InvalidArgument("roles are those of an evaluation's input: name its type, of")
            parameters.update(**names_of(Role.EVALUATION), **_roles(None))
        else:
            parameters.update(evaluation_type=of, **_roles(roles))
        query = QUERIES["resolve.best" + ("" if of is None else "_evaluated")]
        rows = self._ask(query, type, candidates, limit, at_least, **parameters)
        return [
            Scored(
                node_from_row(row["artifact"], Artifact),
                row["value"],
                None if row["evaluation"] is None else node_from_row(row["evaluation"], Artifact),
            )
            for row in rows
        ]

    @renamed_options(n="limit")
    def latest_spans(
        self,
        type: str,
        *,
        limit: int | None = 1,
        min_span: int = 0,
        skip_last_n: int = 0,
        keep_all_versions: bool = False,
        at_least: int = 0,
        **candidates: Unpack[Candidates],
    ) -> list[Artifact]:
        """The artifacts of the `limit` largest spans, the smallest span first: TFX's LatestSpan.

        Span and version are the properties of these names, declared or custom: whole numbers, or
        texts of one, as TFX's ExampleGen has written them. Without a version it is 0; an artifact
        without a span is no candidate. Of each span it is the artifact of the largest version, of
        equal versions the last created, of equal times the last id.

        Args:
            type: The name of the artifacts' type.
            limit: How many spans at most, 1 or more; None for all.
            min_span: The smallest span that counts, 0 or more.
            skip_last_n: How many of the largest spans to pass over, 0 or more.
            keep_all_versions: Whether to answer all artifacts of each span, the best last.
            at_least: How many spans there must be.
            candidates: Which of them come into question: by version, context, producer, states,
                properties, time (`Candidates`); the LIVE ones unless others are asked for.

        Raises:
            NotFound: If there is no such type or context.
            InvalidArgument: If a value cannot be right.
            FailedPrecondition: If there are fewer spans than `at_least`.
        """
        return self._latest_spans(
            type,
            limit,
            at_least,
            candidates,
            min_span=whole_number("min_span", min_span, least=0, most=INT64_MAX),
            skip=bound("skip_last_n", skip_last_n, least=0),
            keep_all_versions=keep_all_versions,
        )

    def all_spans(
        self,
        type: str,
        *,
        keep_all_versions: bool = False,
        at_least: int = 0,
        **candidates: Unpack[Candidates],
    ) -> list[Artifact]:
        """The artifacts of all spans, the smallest span first: TFX's AllSpans.

        Span and version are the properties of these names, declared or custom. Of each span it is
        the artifact of the largest version, of equal versions the last created, of equal times the
        last id. An artifact without a span is no candidate.

        Args:
            type: The name of the artifacts' type.
            keep_all_versions: Whether to answer all artifacts of each span, the best last.
            at_least: How many spans there must be.
            candidates: Which of them come into question: by version, context, producer, states,
                properties, time (`Candidates`); the LIVE ones unless others are asked for.

        Raises:
            NotFound: If there is no such type or context.
            InvalidArgument: If a value cannot be right.
            FailedPrecondition: If there are fewer spans than `at_least`.
        """
        return self._latest_spans(
            type, None, at_least, candidates, skip=0, keep_all_versions=keep_all_versions
        )

    def span_range(
        self,
        type: str,
        *,
        start: int | None = None,
        end: int | None = None,
        window: int | None = None,
        keep_all_versions: bool = False,
        at_least: int = 0,
        **candidates: Unpack[Candidates],
    ) -> list[Artifact]:
        """The artifacts of the spans from one to another, the smallest span first.

        TFX's StaticSpanRange; with `window` the rolling range of its SpanRangeStrategy. Span and
        version are the properties of these names, declared or custom; an artifact without a span
        is no candidate. Of each span it is the artifact of the largest version, and of equal
        versions the one created first, not the last as `latest_spans` has it: so it is in TFX.

        Args:
            type: The name of the artifacts' type.
            start: The smallest span, 0 or more; None for no bound.
            end: The largest span, 0 or more; None for no bound.
            window: How many numbers to count back from the largest span that there is, 1 or more,
                whether each is there or not; None for no bound.
            keep_all_versions: Whether to answer all artifacts of each span, in the order of
                versions, times and ids. SpanRangeStrategy does, with the largest span first.
            at_least: How many spans there must be.
            candidates: Which of them come into question: by version, context, producer, states,
                properties, time (`Candidates`); the LIVE ones unless others are asked for.

        Raises:
            NotFound: If there is no such type or context.
            InvalidArgument: If a value cannot be right.
            FailedPrecondition: If there are fewer spans than `at_least`.
        """
        parameters: dict[str, Any] = {}
        if start is not None:
            parameters["first_span"] = whole_number("start", start, least=0, most=INT64_MAX)
        if end is not None:
            parameters["last_span"] = whole_number("end", end, least=0, most=INT64_MAX)
        if start is not None and end is not None and end < start:
            raise InvalidArgument(f"a range from {start} to {end} holds no span")
        if window is not None:
            parameters["window"] = whole_number("window", window, most=INT64_MAX)
        query = QUERIES["resolve.span_range"]
        return self._spans(
            query, type, at_least, candidates, keep_all_versions=keep_all_versions, **parameters
        )

    def sliding_window(
        self,
        of: str | Sequence[Artifact],
        *,
        size: int = 1,
        stride: int = 1,
        **candidates: Unpack[Candidates],
    ) -> list[list[Artifact]]:
        """Windows that slide over artifacts, the first first: TFX's SlidingWindow.

        What does not fill a window at the end is dropped.

        Args:
            of: The artifacts in order; or the name of their type, for those that `all_spans` has.
            size: How many artifacts in a window, 1 or more.
            stride: How many artifacts further the next window begins, 1 or more.
            candidates: With a type, which artifacts come into question (`Candidates`).

        Returns:
            The windows, each a list of `size` artifacts in the order of `of`; empty if they do not
            fill one.

        Raises:
            NotFound: If there is no such type or context.
            InvalidArgument: If a value cannot be right; if there are candidates without a type.
        """
        if not isinstance(of, str):
            if candidates:
                raise InvalidArgument("artifacts that are given are not looked for: give a type")
            return windows(of, size=size, stride=stride)
        windows((), size=size, stride=stride)  # wrong ones are told before anything is asked
        return windows(self.all_spans(of, **candidates), size=size, stride=stride)

    def _latest_approved(
        self,
        approvals: Sequence[Mapping[str, Any]],
        type_: str,
        limit: int,
        roles: str | Collection[str] | None,
        max_hops: int,
        at_least: int,
        candidates: Candidates,
    ) -> list[Approved]:
        # The first event leads to the reader, where the walk of the query begins.
        hops = bound("max_hops", max_hops, least=2) - 1
        query = QUERIES["resolve.latest_approved"].within(hops)
        parameters = {"approvals": approvals, **_roles(roles)}
        return _approvals(self._ask(query, type_, candidates, limit, at_least, **parameters))

    def _latest_spans(
        self,
        type_: str,
        limit: int | None,
        at_least: int,
        candidates: Candidates,
        **parameters: Any,
    ) -> list[Artifact]:
        limit = MANY if limit is None else bound("limit", limit)
        whole_number("at_least", at_least, least=0, most=limit)
        query = QUERIES["resolve.latest_spans"]
        return self._spans(query, type_, at_least, candidates, limit=limit, **parameters)

    def _spans(
        self, query: Query, type_: str, at_least: int, candidates: Candidates, **parameters: Any
    ) -> list[Artifact]:
        whole_number("at_least", at_least, least=0)
        keys = {"span_keys": keys_of("span"), "version_keys": keys_of("version")}
        common = conditions(type_, **candidates)
        rows = self._rows(query, {**common, **keys, **parameters})
        _require(at_least, len({row["span"] for row in rows}), "spans", common)
        return _artifacts(rows)

    def _ask(
        self,
        query: Query,
        type_: str,
        candidates: Candidates,
        limit: int,
        at_least: int,
        **parameters: Any,
    ) -> list[Row]:
        """The rows of a query that answers `limit` at most, one an artifact."""
        limit = bound("limit", limit)
        whole_number("at_least", at_least, least=0, most=limit)
        common = conditions(type_, **candidates)
        rows = self._rows(query, {**common, "limit": limit, **parameters})
        _require(at_least, len(rows), "artifacts", common)
        return rows

    def _rows(self, query: Query, parameters: Mapping[str, Any]) -> list[Row]:
        evidence = {_EVIDENCE[name]: _EVIDENCE_STATES for name in _EVIDENCE if name in parameters}
        parameters = {**parameters, **evidence}
        rows = self._database.rows(query, **parameters)
        if not rows:
            self._check_names(parameters)
        if "known_at" in parameters:
            self._warn_of_deleted(parameters)
        return rows

    def _warn_of_deleted(self, parameters: Mapping[str, Any]) -> None:
        """Say what may be missing in an answer as of a time: what was deleted since says nothing
        any more, so nobody knows whether it met the conditions then."""
        answer = self._database.one(
            QUERIES["deletion.since"],
            artifact_types=[parameters["type"]],
            deleted_after=parameters["known_at"],
            **parameters,
        )
        assert answer is not None
        if answer["count"]:
            doubt(
                f"{answer['count']} artifacts of type {parameters['type']!r} that were there on"
                f" {parameters['known_at'].isoformat()} were deleted since, such as"
                f" a{answer['first_id']}: whether they came into question then nobody knows",
                stacklevel=5,
            )

    def _check_names(self, parameters: Mapping[str, Any]) -> None:
        """Refuse names and ids of what is not there."""
        types = (parameters[name] for name in ("type", "evaluation_type") if name in parameters)
        self._types.ids_of("artifact", types)
        if "type_version" in parameters:
            self._types.find("artifact", parameters["type"], parameters["type_version"])
        if "producer" in parameters:
            self._types.ids_of("execution", [parameters["producer"]])
        if "context_ids" in parameters:
            require(self._database, "context", parameters["context_ids"])


def windows(items: Sequence[T], *, size: int = 1, stride: int = 1) -> list[list[T]]:
    """Windows of `size` items, each `stride` items further than the one before.

    What does not fill a window at the end is dropped.

    Raises:
        InvalidArgument: If one of the numbers is less than 1.
    """
    whole_number("size", size)
    whole_number("stride", stride)
    return [list(items[start : start + size]) for start in range(0, len(items) - size + 1, stride)]


def _roles(roles: str | Collection[str] | None) -> dict[str, Any]:
    """The parameters that say which reads of an artifact count."""
    names = _ROLES if roles is None else [roles] if isinstance(roles, str) else roles
    return {"roles": encode_path(names), "alone": roles is None}


def _require(at_least: int, count: int, what: str, parameters: Mapping[str, Any]) -> None:
    if count >= at_least:
        return
    texts = [text.format(parameters[name]) for name, text in _SAID.items() if name in parameters]
    if parameters["on"] != END_OF_TIME:
        texts.append(f"on {parameters['on'].isoformat()}")
    if "known_at" in parameters:
        texts.append(f"as of {parameters['known_at'].isoformat()}")
    raise FailedPrecondition(
        f"found {count} {what} {', '.join(texts)}, and at least {at_least} must be there: record"
        " what is missing first, or ask for less"
    )


_SAID = {
    "type": "of type {!r}",
    "type_version": "of version {!r}",
    "producer": "made by {!r}",
    "context_ids": "in the contexts {}",
    "states": "in the states {}",
    "known_states": "in the states {}",
}


def _artifacts(rows: Iterable[Row]) -> list[Artifact]:
    return [node_from_row(row["artifact"], Artifact) for row in rows]


def _approvals(rows: Iterable[Row]) -> list[Approved]:
    return [
        Approved(
            node_from_row(row["artifact"], Artifact),
            tuple(node_from_row(approval, Artifact) for approval in row["approvals"]),
        )
        for row in rows
    ]

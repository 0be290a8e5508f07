"""Models: which there are, how good they are, which serve where, and who decided that and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from shlex import quote
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.model.nodes import Artifact, Execution
from graphstore.model.roles import Role, guess_of, role_of
from graphstore.model.times import moment_or_day
from graphstore.model.types import ArtifactType
from graphstore.questions.about.metrics import Metric
from graphstore.questions.compare import Comparison
from graphstore.questions.production import InProduction
from graphstore.questions.resolve import Approved
from graphstore.recording.decisions import DECISION, Deployed
from graphstore.storage.candidates import Candidates
from graphstore.web.pages.frame import Asked, Behind, Page, View
from graphstore.web.pages.words import name_of

__all__ = ["PAGES"]

_MODELS = 50
_METRICS = 12
"""Metrics that are columns."""
_PRODUCTION, _DEPLOYMENTS, _DECISIONS = 200, 200, 20
_START_TYPES = 5
"""Types of models of which it is said what to start from."""


@dataclass(frozen=True)
class _Decision:
    """A decision, and what it was about."""

    execution: Execution
    winner: Artifact | None
    candidates: Sequence[Artifact]
    baseline: Artifact | None


@dataclass(frozen=True)
class _Start:
    """A model to start from, by one rule."""

    type: str
    rule: str
    artifact: Artifact | None
    """None if no model of the type meets it."""
    why: Artifact | None = None
    """The blessing, the push or the evaluation that speaks for it."""
    value: float | None = None
    """Its metric, of the best."""


def models(asked: Asked) -> View:
    """The page of models."""
    store, as_of = asked.store, asked.as_of
    types = [one for one in store.types.list(ArtifactType) if _is_model(one)]
    names = sorted({one.name for one in types})
    chosen = asked.text("type")
    if chosen:
        store.types.ids_of("artifact", [chosen])
    found: list[Artifact] = []
    next_page = None
    after = asked.text("after") or None
    for name in [chosen] if chosen else names:
        page = store.artifacts.list(
            type=name,
            descending=True,
            limit=_MODELS,
            after=after if chosen else None,
            as_of=as_of,
        )
        found += page
        next_page = page.next_page
    found.sort(key=lambda model: model.ref.id, reverse=True)
    is_cut = not chosen and len(names) > 1 and (len(found) > _MODELS or next_page is not None)
    found = found[:_MODELS]
    metrics, columns, more_metrics = _metrics(asked, found)
    on = moment_or_day("on", asked.text("on") or None)
    production = store.production(on=on, as_of=as_of, limit=_PRODUCTION + 1)
    is_all = len(production) <= _PRODUCTION
    # Those of the models that are shown may be older than the last of all.
    serving = production if is_all else store.production(on=on, as_of=as_of, models=found)
    production = production[:_PRODUCTION]
    deployments = store.decisions.deployments(limit=_DEPLOYMENTS, as_of=as_of)
    live: dict[int, list[InProduction]] = {}
    for one in serving:
        live.setdefault(one.model.ref.id, []).append(one)
    facts = {
        "models": found,
        "names": names,
        "guessed": {one.name for one in types if role_of(one) is not Role.MODEL},
        "chosen": chosen,
        "next_page": next_page if chosen or len(names) == 1 else None,
        "only": chosen or (names[0] if len(names) == 1 else ""),
        "is_cut": is_cut,
        "metrics": metrics,
        "columns": columns,
        "more_metrics": more_metrics,
        "production": production,
        "production_is_all": is_all,
        "live": live,
        "on": asked.text("on"),
        "deployments": deployments,
        "chart": _chart(deployments, production, on),
        "decisions": _decisions(asked),
        "starts": _starts(asked, [chosen] if chosen else names),
        "start_types": _START_TYPES,
    }
    text = asked.text("on")
    start = names[0] if names and asked.text("start") else ""
    behind = Behind(
        "store.production("
        + (f"on=datetime.fromisoformat({text!r})" if text else "")
        + (asked.then_python if text else asked.then_python.removeprefix(", "))
        + ")\nstore.decisions.deployments("
        + asked.then_python.removeprefix(", ")
        + ")"
        + (f"\nstore.resolve.latest({chosen or start!r}{asked.then_python})" if start else ""),
        f"graphstore production{f' --on {quote(text)}' if text else ''}{asked.then_command}"
        + (f"\ngraphstore latest {quote(chosen or start)}{asked.then_command}" if start else ""),
        "MATCH (model:Artifact)-[:INPUT]->(deploy:Execution {type: 'Deploy'})\n"
        "MATCH (deploy)-[:OUTPUT]->(deployment:Artifact)\n"
        "RETURN model, deploy, deployment ORDER BY deploy.end_time DESC",
    )
    return View("Models", "models.html", facts, behind)


def _is_model(type_: ArtifactType) -> bool:
    named = not type_.name.startswith("mlmd.")
    return named and Role.MODEL in (role_of(type_), guess_of(type_))


def _metrics(
    asked: Asked, models: Sequence[Artifact]
) -> tuple[Mapping[int, Mapping[str, Metric | None]], Sequence[str], int]:
    """The metrics of models by id and name, which of them are columns, and how many are not."""
    if not models:
        return {}, (), 0
    if len(models) == 1:
        passport = asked.store.explain(models[0], as_of=asked.as_of, verify=False)
        names = sorted(passport.metrics)
        own = {models[0].ref.id: passport.metrics}
        return own, names[:_METRICS], max(0, len(names) - _METRICS)
    comparison: Comparison = asked.store.compare(models, limit=len(models), as_of=asked.as_of)
    facts = [fact for fact in comparison.facts if fact.group == "metric"]
    # What most of them have comes first.
    facts.sort(key=lambda fact: (sum(value is None for value in fact.values), fact.name))
    shown = facts[:_METRICS]
    by_id = {
        node.ref.id: {fact.name: fact.metrics[at] for fact in shown}
        for at, node in enumerate(comparison.subjects)
    }
    return by_id, [fact.name for fact in shown], len(facts) - len(shown)


def _decisions(asked: Asked) -> list[_Decision]:
    """The last decisions, with what they were about; three queries, however many."""
    store, as_of = asked.store, asked.as_of
    if not any(one.name == DECISION for one in store.types.all("execution")):
        return []
    decisions = store.executions.list(type=DECISION, descending=True, limit=_DECISIONS, as_of=as_of)
    events = store.events.of_executions([one.ref for one in decisions], as_of=as_of)
    ids = {event.artifact_id for event in events if event.artifact_id is not None}
    artifacts = {one.id: one for one in store.artifacts.get_many(ids, as_of=as_of)}
    by_role: dict[tuple[int | None, str], list[Artifact]] = {}
    for event in events:
        found = artifacts[event.artifact_id]
        by_role.setdefault((event.execution_id, event.role), []).append(found)

    def first(decision: Execution, role: str) -> Artifact | None:
        return next(iter(by_role.get((decision.id, role), ())), None)

    return [
        _Decision(
            one,
            first(one, "winner"),
            by_role.get((one.id, "candidates"), []),
            first(one, "baseline"),
        )
        for one in decisions
    ]


def _starts(asked: Asked, names: Sequence[str]) -> list[_Start] | None:
    """What to start from by each rule, of each type; None if nobody asks, since it may take a look
    at all models.

    Raises:
        InvalidArgument: If what is asked for cannot be right.
    """
    if not asked.text("start"):
        return None
    resolve = asked.store.resolve
    which: Candidates = {"as_of": asked.as_of}
    if asked.text("any_state"):
        which["states"] = None
    metric, smallest = asked.text("best"), bool(asked.text("smallest"))
    if smallest and not metric:
        raise InvalidArgument("smallest is about a metric: give best")
    starts: list[_Start] = []
    for name in names[:_START_TYPES]:
        none = _Start(name, "", None)
        rules = {
            "latest": [replace(none, artifact=one) for one in resolve.latest(name, **which)],
            "blessed": [_approved(none, one) for one in resolve.latest_blessed(name, **which)],
            "pushed": [_approved(none, one) for one in resolve.latest_pushed(name, **which)],
        }
        if metric:
            rules["best"] = [
                replace(none, artifact=one.artifact, why=one.evaluation, value=one.value)
                for one in resolve.best(name, metric, smallest=smallest, **which)
            ]
        starts += [replace(one, rule=rule) for rule in rules for one in rules[rule] or [none]]
    return starts


def _approved(none: _Start, one: Approved) -> _Start:
    return replace(none, artifact=one.artifact, why=one.approvals[0])


def _chart(
    deployments: Sequence[Deployed],
    production: Sequence[InProduction],
    on: datetime | date | None,
) -> dict[str, Any]:
    """What served where from when to when, as bars on a time line."""
    bars = [
        {
            "target": one.target,
            "model": f"{one.model.ref.short} {name_of(one.model)}",
            "ref": one.model.ref.short,
            "from": one.time,
            "to": one.ended,
            "live": one.live,
            "actor": one.execution.properties.get("actor"),
            "reason": one.execution.properties.get("reason"),
        }
        for one in deployments
        if one.time is not None
    ]
    known = {one.deployment.ref for one in deployments}
    bars += [
        {
            "target": one.target or one.artifact.ref.short,
            "model": f"{one.model.ref.short} {name_of(one.model)}",
            "ref": one.model.ref.short,
            "from": one.since,
            "to": None,
            "live": on is None,
            "actor": one.actor,
            "reason": one.reason,
        }
        for one in production
        if one.artifact.ref not in known and one.since is not None
    ]
    return {"bars": bars, "now": datetime.now(timezone.utc)}


PAGES = (Page("/models", models),)

"""Where a passport comes from: a model's maker, its ancestry, its uses, and what was pushed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from graphstore.database import Reader, Row
from graphstore.database.queries import QUERIES
from graphstore.graph.answer import LineageGraph
from graphstore.lineage.walks import DEFAULT_MAX_NODES, Lineage
from graphstore.model.edges import EventType
from graphstore.model.nodes import Artifact, ArtifactState, Context, Execution, ExecutionState
from graphstore.model.refs import ArtifactLike, node_id
from graphstore.model.roles import (
    PIPELINE_TYPES,
    RUN_TYPES,
    Role,
    guesses_of,
    kinds_asked,
    roles_of,
)
from graphstore.model.series import Series
from graphstore.model.times import KnownAt
from graphstore.questions.about.facts import EVALUATED_ROLES, parameters_of
from graphstore.questions.about.metrics import Metric, metrics_of, numbers_of
from graphstore.questions.about.pushes import later_pushes, was_pushed
from graphstore.questions.explanation import Evaluation, Explanation, Measured, Push, Verdict
from graphstore.recording.decisions import DECISION, DEPLOY, Decisions
from graphstore.recording.digest import Check, Status, check
from graphstore.storage.rows import node_from_row
from graphstore.storage.series import read_series
from graphstore.storage.then import not_found
from graphstore.storage.types import Types

__all__ = ["explain"]

Roles = Mapping[int | None, Role]

USES_AT_MOST = 1_000
"""Executions that read the model, of which a passport speaks; the newest are kept."""

_BASELINES = ("baseline", "baseline_model")
_NOT_LOOKED = Check(Status.UNKNOWN, "nobody looked at it")


def explain(
    database: Reader,
    types: Types,
    lineage: Lineage,
    decisions: Decisions,
    model: ArtifactLike,
    *,
    max_nodes: int = DEFAULT_MAX_NODES,
    as_of: KnownAt | None = None,
    verify: bool = True,
) -> Explanation:
    """Write a model's passport: a handful of queries and a walk, however much there is.

    Args:
        database: Where to ask.
        types: Tell what is an evaluation, and what a deployment.
        lineage: Walks its ancestry.
        decisions: Knows its deployments.
        model: The model; any artifact will do, with less to tell.
        max_nodes: Nodes of its ancestry to look at, the nearest ones.
        as_of: What the store said at this time; None for now. Whether the file stands is of now.
        verify: Whether to read what stands at its uri, to say if that is what was recorded.

    Raises:
        NotFound: If there is no such artifact.
        InvalidArgument: If it is no artifact.
    """
    id_ = node_id(model, "artifact")
    lineage = lineage.at(as_of)
    database = lineage.database
    row = database.one(QUERIES["answers.explain"], artifact_id=id_, limit=USES_AT_MOST + 1)
    if row is None:
        raise not_found(database, "artifact", "id", id_)
    artifact = node_from_row(row["model"], Artifact)
    artifact_types = types.all("artifact")
    guesses = guesses_of(artifact_types)
    roles = {**guesses, **roles_of(artifact_types)}
    uses = [_Use(use) for use in row["uses"][:USES_AT_MOST]]
    maker, contexts = _maker(row["makers"])
    graph = lineage.upstream(artifact, max_nodes=max_nodes)
    verdict_uses = [use for use in uses if use.decides]
    metrics = _metrics(
        database,
        kinds_asked(artifact_types)["type_ids"],
        {id_, *(a.ref.id for use in verdict_uses for a in use.subjects)},
    )
    pushes, idle = _pushes(database, uses, roles)
    return Explanation(
        model=artifact,
        file=check(artifact.uri or "", artifact.digest) if verify else _NOT_LOOKED,
        maker=maker,
        run=_first(contexts, RUN_TYPES),
        pipeline=_first(contexts, PIPELINE_TYPES),
        hyperparameters={} if maker is None else parameters_of(maker),
        environment=_environment(graph, maker),
        inputs={} if maker is None else _inputs(graph, maker),
        raw_inputs=_raw(graph, artifact),
        base_models=[
            node
            for node in graph.nodes()
            if isinstance(node, Artifact) and node.type == artifact.type and node.id != id_
        ],
        metrics=metrics[id_],
        evaluations=[
            Evaluation(output, use.execution, _numbers(output), output.type_id in guesses)
            for use in uses
            if use.is_about(artifact)
            for output in use.outputs
            if _is_evaluation(output, roles)
        ],
        verdicts=[use.verdict(id_, metrics) for use in verdict_uses],
        pushes=[*_deployments(decisions, artifact, as_of), *pushes],
        idle_pushers=idle,
        lineage=graph,
        curves=_curves(database, maker, _first(contexts, RUN_TYPES)),
        more_uses=len(row["uses"]) > USES_AT_MOST,
    )


class _Use:
    """An execution that read the model, as `cypher/answers/explain.cypher` answers it."""

    def __init__(self, row: Row) -> None:
        self.execution = node_from_row(row["execution"], Execution)
        self.contexts = [node_from_row(context, Context) for context in row["contexts"]]
        self.inputs: dict[str, list[Artifact]] = {}
        self.outputs: list[Artifact] = []
        for event in sorted(row["events"], key=lambda event: event["path"] or []):
            artifact = node_from_row(event["artifact"], Artifact)
            role = event["path"][0] if event["path"] else ""
            if event["type"] == "INPUT":
                self.inputs.setdefault(role, []).append(artifact)
            elif event["type"] == "OUTPUT":
                self.outputs.append(artifact)
        self.blessings = [output for output in self.outputs if _blesses(output)]

    @property
    def decides(self) -> bool:
        """Whether it is a decision, ours or TFX's; one that was CACHED only repeats another."""
        again = self.execution.state is ExecutionState.CACHED
        return not again and (self.execution.type == DECISION or bool(self.blessings))

    def part(self, id_: int) -> str:
        """The role in which it read an artifact."""
        return next(
            (r for r, artifacts in self.inputs.items() if id_ in {a.id for a in artifacts}), ""
        )

    def is_about(self, model: Artifact) -> bool:
        """Whether what it found is of this artifact: it read it as the model, or no other such."""
        if any(model.id in {a.id for a in self.inputs.get(role, ())} for role in EVALUATED_ROLES):
            return True
        alike = {
            a.id for artifacts in self.inputs.values() for a in artifacts if a.type == model.type
        }
        return alike == {model.id}

    @property
    def candidates(self) -> list[Artifact]:
        """What it decided about."""
        if self.execution.type == DECISION:
            return self.inputs.get("candidates", [])
        return self.inputs.get("model", [])

    @property
    def baselines(self) -> list[Artifact]:
        """What that was measured against."""
        return [artifact for role in _BASELINES for artifact in self.inputs.get(role, ())]

    @property
    def subjects(self) -> list[Artifact]:
        """All whose metrics matter to it."""
        return [*self.candidates, *self.baselines]

    def verdict(self, id_: int, metrics: Mapping[int, Mapping[str, Metric]]) -> Verdict:
        """What it decided."""
        properties = {**self.execution.custom_properties, **self.execution.properties}
        by_id = {a.ref.id: Measured(a, _values(metrics.get(a.ref.id, {}))) for a in self.subjects}
        candidates = [by_id[a.ref.id] for a in self.candidates]
        marks = [
            b.custom_properties.get("blessed", b.properties.get("blessed")) for b in self.blessings
        ]
        favourites = self.candidates if 1 in marks or True in marks else []
        winners = self.inputs.get("winner", []) if self.execution.type == DECISION else favourites
        winner = by_id.get(winners[0].ref.id) if winners else None
        metric = properties.get("metric")
        others = [one for one in candidates if one != winner]
        return Verdict(
            execution=self.execution,
            part="baseline" if self.part(id_) in _BASELINES else "candidate",
            winner=winner,
            candidates=candidates,
            baseline=by_id[self.baselines[0].ref.id] if self.baselines else None,
            metric=metric,
            threshold=_float(properties.get("threshold")),
            criterion=properties.get("criterion") or _criterion(properties.get("eval_config")),
            runner_up=_best(others, metric, smallest=bool(properties.get("smallest")))
            if winner
            else None,
            reason=properties.get("reason"),
            actor=properties.get("actor") or _actor(self.contexts),
            time=self.execution.end_time or self.execution.create_time,
        )


def _maker(rows: Sequence[Row]) -> tuple[Execution | None, list[Context]]:
    """Who made it, rather than who passed it on, and what that belongs to."""
    makers = [(node_from_row(row["execution"], Execution), row["contexts"]) for row in rows]
    makers.sort(key=lambda pair: pair[0].state is ExecutionState.CACHED)
    if not makers:
        return None, []
    execution, contexts = makers[0]
    return execution, [node_from_row(context, Context) for context in contexts]


def _curves(database: Reader, maker: Execution | None, run: Context | None) -> dict[str, Series]:
    """What the maker logged, and what else was logged on its run."""
    refs = [node.ref for node in (maker, run) if node is not None]
    series = read_series(database, refs) if refs else {}
    own = series.get(maker.ref, {}) if maker is not None else {}
    others = series.get(run.ref, {}) if run is not None else {}
    beside = {f"{name} (of the run)" if name in own else name: one for name, one in others.items()}
    return {**own, **beside}


def _first(contexts: Sequence[Context], types: Sequence[str]) -> Context | None:
    return next((context for context in contexts if context.type in types), None)


def _actor(contexts: Sequence[Context]) -> str | None:
    run = _first(contexts, RUN_TYPES)
    return run.properties.get("user") if run else None


def _environment(graph: LineageGraph, maker: Execution | None) -> Artifact | None:
    if maker is None:
        return None
    inputs = (graph.artifacts[e.artifact_id or 0] for e in graph.inputs_of(maker.ref.id))
    return next((artifact for artifact in inputs if artifact.type == "Environment"), None)


def _inputs(graph: LineageGraph, maker: Execution) -> dict[str, list[Artifact]]:
    inputs: dict[str, list[Artifact]] = {}
    for event in graph.inputs_of(maker.ref.id):
        artifact = graph.artifacts[event.artifact_id or 0]
        if artifact.type != "Environment":
            inputs.setdefault(event.role, []).append(artifact)
    return inputs


def _raw(graph: LineageGraph, model: Artifact) -> list[Artifact]:
    """Ancestors that nothing made, or only what itself read nothing: TFX's ExampleGen.

    Not those of which the makers, or what these read, lie beyond the bound on nodes.
    """
    cut = set(graph.frontier)
    reads = {event.execution_id for event in graph.events if event.type is EventType.INPUT}
    reads |= {ref.id for ref in cut if ref.kind == "execution"}
    products = {e.artifact_id for e in graph.events if e.type.is_output and e.execution_id in reads}
    return [
        artifact
        for id_, artifact in sorted(graph.artifacts.items())
        if id_ not in products
        and id_ != model.id
        and artifact.type != "Environment"
        and artifact.ref not in cut
    ]


def _metrics(
    database: Reader, type_ids: Sequence[int], ids: set[int]
) -> dict[int, dict[str, Metric]]:
    """The metrics of some artifacts by the one rule for them, by id and name."""
    rows = database.rows(
        QUERIES["answers.measured"],
        artifact_ids=sorted(ids),
        type_ids=type_ids,
        roles=list(EVALUATED_ROLES),
    )
    return {
        row["subject_id"]: metrics_of(
            (node_from_row(source["artifact"], Artifact), source["own"])
            for source in row["sources"]
        )
        for row in rows
    }


def _is_evaluation(artifact: Artifact, roles: Roles) -> bool:
    """Whether it measures; a blessing only judges."""
    return roles.get(artifact.type_id) is Role.EVALUATION and not _blesses(artifact)


def _blesses(artifact: Artifact) -> bool:
    return "Blessing" in artifact.type


def _numbers(artifact: Artifact) -> dict[str, float]:
    return dict(sorted(numbers_of(artifact).items()))


def _values(metrics: Mapping[str, Metric]) -> dict[str, float]:
    return {name: metric.value for name, metric in sorted(metrics.items())}


def _best(models: Sequence[Measured], metric: str | None, *, smallest: bool) -> Measured | None:
    candidates = [one for one in models if not math.isnan(one.metrics.get(metric or "", math.nan))]
    if metric is None or not candidates:
        return max(models, key=lambda one: one.artifact.ref.id, default=None)
    return (min if smallest else max)(candidates, key=lambda one: one.metrics[metric])


def _deployments(decisions: Decisions, model: Artifact, as_of: KnownAt | None) -> list[Push]:
    return [
        Push(
            one.deployment,
            one.execution,
            one.target,
            one.execution.properties.get("actor"),
            one.time,
            one.live,
            one.fate,
        )
        for one in decisions.deployments(model=model, limit=None, as_of=as_of)
    ]


def _pushes(
    database: Reader, uses: Sequence[_Use], roles: Roles
) -> tuple[list[Push], list[Execution]]:
    """TFX's pushes, and the executions that pushed nothing."""
    made_by = [
        (artifact, use)
        for use in uses
        if use.execution.type != DEPLOY and use.execution.state is not ExecutionState.CACHED
        for artifact in use.outputs
        if roles.get(artifact.type_id) is Role.DEPLOYMENT
    ]
    pushes = [(artifact, use) for artifact, use in made_by if was_pushed(artifact)]
    idle = {
        use.execution.ref: use.execution for artifact, use in made_by if not was_pushed(artifact)
    }
    later = later_pushes(database, (artifact.ref.id for artifact, _ in pushes))
    result = [
        Push(
            artifact,
            use.execution,
            artifact.custom_properties.get("pushed_destination") or artifact.uri,
            _actor(use.contexts),
            use.execution.end_time or use.execution.start_time or artifact.create_time,
            live=artifact.ref.id not in later
            and artifact.deletion is None
            and artifact.state in (None, ArtifactState.UNKNOWN, ArtifactState.LIVE),
            fate=later.get(artifact.ref.id, ""),
        )
        for artifact, use in pushes
    ]
    return result, list(idle.values())


def _float(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _criterion(eval_config: Any) -> str | None:
    """TFX's thresholds in words, from the Evaluator's `eval_config`."""
    try:
        specs = json.loads(eval_config)["metrics_specs"]
        texts = [
            f"{metric['class_name']} {_threshold(metric['threshold'])}"
            for spec in specs
            for metric in spec["metrics"]
            if "threshold" in metric
        ]
    except (TypeError, ValueError, KeyError, AttributeError):
        return None
    return "; ".join(texts) or None


def _threshold(threshold: Mapping[str, Mapping[str, Any]]) -> str:
    words = []
    value, change = threshold.get("value_threshold", {}), threshold.get("change_threshold", {})
    if "lower_bound" in value:
        words.append(f"at least {value['lower_bound']}")
    if "upper_bound" in value:
        words.append(f"at most {value['upper_bound']}")
    for how in ("absolute", "relative"):
        if how in change:
            direction = str(change.get("direction", "")).replace("_", " ").lower()
            words.append(f"changed from the baseline by {change[how]:g} ({how}, {direction})")
    return " and ".join(words)

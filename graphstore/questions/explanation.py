"""A model's passport, and how it reads: text, Markdown, the parts of an HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from graphstore.errors import MissingExtra
from graphstore.graph.answer import LineageGraph, short_type, show, standing
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.plain import in_json
from graphstore.model.series import Series
from graphstore.printable import printable
from graphstore.questions.about.facts import began_of, code_of, seconds_of
from graphstore.questions.about.metrics import Metric, number
from graphstore.questions.impact import CUT_OFF
from graphstore.questions.page import Answer, Part, Picture, Table
from graphstore.recording.digest import Check
from graphstore.render.charts import curve_line, curves_svg
from graphstore.system.renamed import renamed_names

__all__ = ["Evaluation", "Explanation", "Measured", "Push", "Verdict"]

if not TYPE_CHECKING:  # which sees the new names only
    __getattr__ = renamed_names(__name__, {"Passport": "Explanation"})

_Section = tuple[str, Sequence[tuple[str, str]]]
"""A heading, and what is said below it: a name and a text each."""

_UNKNOWN = "nothing was recorded"
_CURVES_SHOWN, _CURVE = 8, 40
"""Curves that are drawn, and characters of one in the text."""
# Those whose versions one asks for first.
_NAMED = ("jax", "keras", "lightgbm", "numpy", "pandas", "scikit-learn", "tensorflow", "torch",
          "transformers", "xgboost")  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """A model with its metrics: its own, else what evaluations found of it last."""

    artifact: Artifact
    metrics: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        text = ", ".join(f"{name} {number(value)}" for name, value in self.metrics.items())
        return f"{self.artifact.ref.short} ({text})" if text else self.artifact.ref.short


@dataclass(frozen=True)
class Evaluation:
    """What one evaluation found of the model."""

    artifact: Artifact
    execution: Execution
    metrics: Mapping[str, float]
    guessed: bool = False
    """Whether only the name of its type suggests that it is an evaluation."""


@dataclass(frozen=True)
class Verdict:
    """A decision that the model had a part in: a `Decision`, or TFX's blessing."""

    execution: Execution
    part: str
    """The part of the model in it: ``candidate`` or ``baseline``."""
    winner: Measured | None
    """Who was preferred, or blessed; None if nobody was."""
    candidates: Sequence[Measured]
    baseline: Measured | None
    """What the candidates were measured against."""
    metric: str | None
    threshold: float | None
    criterion: str | None
    runner_up: Measured | None
    """The best of the other candidates by the metric, else the newest of them; None if nobody won,
    or nobody else was there."""
    reason: str | None
    """The words of whoever decided."""
    actor: str | None
    time: datetime | None


@dataclass(frozen=True)
class Push:
    """That the model was put somewhere to be used."""

    artifact: Artifact
    execution: Execution
    target: str | None
    actor: str | None
    time: datetime | None
    live: bool
    """Whether it is there: it has begun, and nothing later took its place."""
    fate: str = ""
    """What became of it, or is planned: from when it serves, when it was retired, or replaced and
    by which; empty if neither."""

    @property
    def stands(self) -> str:
        """How it stands, in words."""
        if self.live:
            return ", ".join(filter(None, ["still there", self.fate]))
        if self.artifact.deletion is not None:
            return ", ".join(filter(None, [self.fate, str(self.artifact.deletion)]))
        state = self.artifact.state
        is_gone = state is not None and state.value not in ("LIVE", "UNKNOWN")
        return ", ".join(filter(None, [self.fate, state.value if is_gone and state else ""]))


@dataclass(frozen=True)
class Explanation(Answer):
    """All that one asks of a model."""

    model: Artifact
    file: Check
    """Whether what stands at its uri is what was recorded."""
    maker: Execution | None
    """The execution that made it; None if none is known."""
    run: Context | None
    pipeline: Context | None
    hyperparameters: Mapping[str, Any]
    environment: Artifact | None
    inputs: Mapping[str, Sequence[Artifact]]
    """What the maker read, by role."""
    raw_inputs: Sequence[Artifact]
    """What all of it began with: ancestors that nothing recorded made; not all if `truncated`."""
    base_models: Sequence[Artifact]
    """The models it was built on, the nearest first; not all if `truncated`."""
    metrics: Mapping[str, Metric]
    """Its metrics by the rule of `questions.about.metrics`: its own, else those found last."""
    evaluations: Sequence[Evaluation]
    verdicts: Sequence[Verdict]
    pushes: Sequence[Push]
    idle_pushers: Sequence[Execution]
    """Executions that took it to push it, and pushed nothing: TFX's Pusher does that with a model
    that is not blessed."""
    lineage: LineageGraph
    """All that it was made from."""
    curves: Mapping[str, Series] = field(default_factory=dict)
    """What the maker logged over its steps, by metric, and what else its run did."""
    more_uses: bool = False
    """Whether it was read more often than is told here."""

    @property
    def truncated(self) -> bool:
        """Whether its ancestry goes on beyond the bound on nodes."""
        return self.lineage.truncated

    @property
    def triggered_by(self) -> Mapping[str, Any]:
        """Who, where, by which job: what the run says of it."""
        names = ("user", "host", "ci", "ci_actor", "ci_job", "ci_url", "command_line", "folder")
        return self._of_run(names)

    def to_dict(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        own = {"triggered_by": self.triggered_by, "code": self.code, "truncated": self.truncated}
        return {**super().to_dict(), **in_json(own)}

    @property
    def code(self) -> Mapping[str, Any]:
        """The version of the maker's code - of TFX's the module - and the commit of the run."""
        names = ("git_commit", "git_branch", "git_remote", "git_dirty", "git_diff")
        version = code_of(self.maker) if self.maker else None
        own = {} if version is None else {"code_version": version}
        return {**own, **self._of_run(names)}

    def __str__(self) -> str:
        """The passport as text, for a terminal."""
        parts = []
        for title, facts in _sections(self):
            width = max((len(name) for name, _ in facts), default=0)
            lines = [f"  {name:{width}}  {text}" for name, text in facts] or [f"  {_UNKNOWN}"]
            parts.append("\n".join([title, *lines]))
        return "\n\n".join(parts) + self._notice

    def to_markdown(self) -> str:
        """The passport as Markdown, its lineage as a Mermaid picture."""
        parts = [f"# {self._title}"]
        for title, facts in _sections(self):
            rows = [f"| {_cell(name)} | {_cell(text)} |" for name, text in facts]
            table = "\n".join(["| | |", "|---|---|", *rows]) if rows else f"*{_UNKNOWN}*"
            parts.append(f"## {title}\n\n{table}")
        parts.append(f"## Lineage\n\n```mermaid\n{self.lineage.to_mermaid().rstrip()}\n```")
        return "\n\n".join(parts) + self._notice + "\n"

    def _parts(self) -> tuple[str, Iterable[Part]]:
        """Its title, and the parts below it; without the extra ``draw`` lineage is an outline."""
        parts: list[Part] = [
            Table(facts, heading=title, empty=_UNKNOWN) for title, facts in _sections(self)
        ]
        parts += [
            Picture(curves_svg(f"{name} over the steps", {"": (one.steps, one.values)}))
            for name, one in [*self.curves.items()][:_CURVES_SHOWN]
        ]
        if (more := len(self.curves) - _CURVES_SHOWN) > 0:
            parts.append(f"and {more} curves more, which are not drawn")
        try:
            parts.append(Picture(self.lineage.to_svg(), heading="Lineage"))
        except MissingExtra:
            parts.append(Table([["", str(self.lineage)]], heading="Lineage"))
        return self._title, [*parts, self._notice.strip()]

    @property
    def _title(self) -> str:
        return f"Passport of {short_type(self.model.type)} {self.model.ref.short}"

    @property
    def _notice(self) -> str:
        notices = []
        if self.truncated:
            notices.append(
                f"{CUT_OFF} What it was built on, and what it began with, goes on behind"
                f" {len(self.lineage.frontier)} of the nodes that were looked at."
            )
        if self.more_uses:
            notices.append("It was read more often than is told here.")
        return "".join(f"\n\n{one}" for one in notices)

    def _of_run(self, names: Sequence[str]) -> dict[str, Any]:
        properties = self.run.properties if self.run else {}
        return {name: properties[name] for name in names if name in properties}


def _sections(passport: Explanation) -> list[_Section]:
    """All that a passport says, in the order in which people ask."""
    maker, model = passport.maker, passport.model
    about = [
        ("model", _artifact(model)),
        (
            "file",
            passport.file.status.value + (f": {why}" if (why := passport.file.reason) else ""),
        ),
        ("made by", _execution(maker) if maker else _UNKNOWN),
    ]
    if maker and (maker.start_time or maker.create_time):
        about.append(("when", _span(maker)))
    for name, context in (("run", passport.run), ("pipeline", passport.pipeline)):
        if context is not None:
            about.append((name, f"{context.ref.short} {context.name}"))
    return [
        ("What it is", about),
        ("Who triggered it", _facts(passport.triggered_by)),
        ("Hyperparameters", _facts(passport.hyperparameters)),
        *([("Curves", _curves(passport))] if passport.curves else []),
        ("Code", _facts(passport.code)),
        ("Environment", _environment(passport.environment)),
        ("What it was made from", _origin(passport)),
        (
            "Evaluations",
            _evaluations(passport),
        ),
        ("Why it", [line for verdict in passport.verdicts for line in _verdict(verdict)]),
        (
            "Where it went",
            [
                (
                    push.artifact.ref.short,
                    f"{push.target or push.artifact.uri}, {_time(push.time)}"
                    + (f", by {push.actor}" if push.actor else "")
                    + f": {push.stands}",
                )
                for push in passport.pushes
            ]
            + [(one.ref.short, _idle(one)) for one in passport.idle_pushers],
        ),
    ]


def _facts(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, " ".join(map(str, value)) if isinstance(value, list) else show(value))
        for name, value in values.items()
    ]


def _curves(passport: Explanation) -> list[tuple[str, str]]:
    return [
        (
            name,
            f"{curve_line(one.values, _CURVE)}  {number(one.first)} to {number(one.last)},"
            f" {one.count} values",
        )
        for name, one in passport.curves.items()
    ]


def _environment(environment: Artifact | None) -> list[tuple[str, str]]:
    if environment is None:
        return []
    facts = dict(environment.properties)
    distributions = facts.pop("distributions", None) or {}
    lines = [("environment", environment.ref.short), *_facts(facts)]
    names = [name for name in _NAMED if name in distributions]
    versions = ", ".join(f"{name} {distributions[name]}" for name in names)
    lines.append(("distributions", f"{len(distributions)}" + (f", {versions}" if versions else "")))
    return [(name, text) for name, text in lines if text not in ("", "{}")]


def _origin(passport: Explanation) -> list[tuple[str, str]]:
    lines = [
        (role or "input", _artifact(artifact))
        for role, artifacts in passport.inputs.items()
        for artifact in artifacts
    ]
    lines += [("built on", _artifact(model)) for model in passport.base_models]
    lines += [("began with", _artifact(raw)) for raw in passport.raw_inputs]
    return lines


def _evaluations(passport: Explanation) -> list[tuple[str, str]]:
    own = {name: metric.value for name, metric in passport.metrics.items() if metric.own}
    maker = f", by its maker {_execution(passport.maker)}" if passport.maker else ""
    text = f"{_metrics(dict(sorted(own.items())))}: what it says of itself{maker}"
    return [
        *([(passport.model.ref.short, text)] if own else []),
        *(
            (
                one.artifact.ref.short,
                f"{_metrics(one.metrics)}, by {_execution(one.execution)}"
                + (f" (by its name, {short_type(one.artifact.type)})" if one.guessed else ""),
            )
            for one in passport.evaluations
        ),
    ]


def _verdict(verdict: Verdict) -> list[tuple[str, str]]:
    lines = [
        (
            f"{short_type(verdict.execution.type)} {verdict.execution.ref.short}",
            f"preferred {verdict.winner}"
            if verdict.winner
            else "preferred none" + (" over the baseline" if verdict.baseline else ""),
        )
    ]
    for name, value in (
        ("as", verdict.part),
        ("candidates", ", ".join(map(str, verdict.candidates))),
        ("baseline", verdict.baseline),
        ("runner-up", verdict.runner_up),
        ("metric", verdict.metric),
        ("threshold", verdict.threshold),
        ("criterion", verdict.criterion),
        ("reason", verdict.reason),
        ("decided by", verdict.actor),
        ("when", _time(verdict.time)),
    ):
        if value not in (None, ""):
            lines.append((f"  {name}", number(value) if isinstance(value, float) else str(value)))
    return lines


def _artifact(artifact: Artifact) -> str:
    state = f" {word}" if (word := standing(artifact)) else ""
    place = artifact.uri or (repr(artifact.name) if artifact.name else "")
    return " ".join(
        filter(None, [f"{artifact.ref.short} {short_type(artifact.type)}{state}", place])
    )


def _execution(execution: Execution) -> str:
    state = f" {word}" if (word := standing(execution)) else ""
    return f"{execution.ref.short} {short_type(execution.type)}{state}"


def _idle(pusher: Execution) -> str:
    when = _time(pusher.end_time or pusher.last_update_time or pusher.create_time)
    return f"its {short_type(pusher.type)} ran and pushed nothing, {when}"


def _metrics(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {number(value)}" for name, value in metrics.items()) or "no numbers"


def _span(execution: Execution) -> str:
    begin, said = began_of(execution), execution.start_time is not None
    seconds = seconds_of(begin, execution.end_time, said=said)
    return _time(begin) + ("" if seconds is None else f", {seconds:.1f} s")


def _time(time: datetime | None) -> str:
    if time is None:
        return "at an unknown time"
    return time.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _cell(text: str) -> str:
    text = printable(text)
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")

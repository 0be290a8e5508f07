"""A passport as people read it: plain text, Markdown, the parts of an HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from graphstore.errors import MissingExtra
from graphstore.graph import short_type, show
from graphstore.model.nodes import Artifact, Execution
from graphstore.questions.page import Part, Picture, Table
from graphstore.questions.passport import Passport, Verdict

__all__ = ["Section", "sections", "to_markdown", "to_parts", "to_text"]

Section = tuple[str, Sequence[tuple[str, str]]]
"""A heading, and what is said below it: a name and a text each."""

_UNKNOWN = "nothing was recorded"


def sections(passport: Passport) -> list[Section]:
    """All that a passport says, in the order in which people ask."""
    maker, model = passport.maker, passport.model
    made = [
        ("model", _artifact(model)),
        (
            "file",
            passport.file.status.value + (f": {why}" if (why := passport.file.reason) else ""),
        ),
        ("made by", _execution(maker) if maker else _UNKNOWN),
    ]
    if maker and (maker.start_time or maker.create_time):
        made.append(("when", _span(maker)))
    for name, context in (("run", passport.run), ("pipeline", passport.pipeline)):
        if context is not None:
            made.append((name, f"{context.ref.short} {context.name}"))
    return [
        ("What it is", made),
        ("Who triggered it", _facts(passport.triggered_by)),
        ("Hyperparameters", _facts(passport.hyperparameters)),
        ("Code", _facts(passport.code)),
        ("Environment", _environment(passport.environment)),
        ("What it was made from", _origin(passport)),
        (
            "Evaluations",
            [
                (e.artifact.ref.short, f"{_metrics(e.metrics)}, by {_execution(e.execution)}")
                for e in passport.evaluations
            ],
        ),
        ("Why it", [line for verdict in passport.verdicts for line in _verdict(verdict)]),
        (
            "Where it went",
            [
                (
                    push.artifact.ref.short,
                    f"{push.target or push.artifact.uri}, {_time(push.time)}"
                    + (f", by {push.actor}" if push.actor else "")
                    + (": still there" if push.live else ": replaced, retired or deleted since"),
                )
                for push in passport.pushes
            ]
            + [(one.ref.short, _idle(one)) for one in passport.idle_pushers],
        ),
    ]


def to_text(passport: Passport) -> str:
    """The passport for a terminal."""
    parts = []
    for title, said in sections(passport):
        width = max((len(name) for name, _ in said), default=0)
        lines = [f"  {name:{width}}  {text}" for name, text in said] or [f"  {_UNKNOWN}"]
        parts.append("\n".join([title, *lines]))
    return "\n\n".join(parts) + _cut(passport)


def to_markdown(passport: Passport) -> str:
    """The passport as Markdown, its lineage as a Mermaid picture."""
    parts = [f"# {_title(passport)}"]
    for title, said in sections(passport):
        rows = [f"| {_cell(name)} | {_cell(text)} |" for name, text in said]
        table = "\n".join(["| | |", "|---|---|", *rows]) if rows else f"*{_UNKNOWN}*"
        parts.append(f"## {title}\n\n{table}")
    parts.append(f"## Lineage\n\n```mermaid\n{passport.lineage.to_mermaid().rstrip()}\n```")
    return "\n\n".join(parts) + _cut(passport) + "\n"


def to_parts(passport: Passport) -> tuple[str, Sequence[Part]]:
    """The passport for a page or a notebook: its title, and the parts below it.

    Without the extra ``draw`` the lineage is an outline.
    """
    parts: list[Part] = [
        Table(said, heading=title, empty=_UNKNOWN) for title, said in sections(passport)
    ]
    try:
        parts.append(Picture(passport.lineage.to_svg(), heading="Lineage"))
    except MissingExtra:
        parts.append(Table([["", str(passport.lineage)]], heading="Lineage"))
    return _title(passport), [*parts, _cut(passport).strip()]


def _title(passport: Passport) -> str:
    return f"Passport of {short_type(passport.model.type)} {passport.model.ref.short}"


def _cut(passport: Passport) -> str:
    return "\n\nIt was read more often than is told here." if passport.more_uses else ""


def _facts(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, " ".join(map(str, value)) if isinstance(value, list) else show(value))
        for name, value in said.items()
    ]


def _environment(environment: Artifact | None) -> list[tuple[str, str]]:
    if environment is None:
        return []
    said = dict(environment.properties)
    distributions = said.pop("distributions", None) or {}
    lines = [("environment", environment.ref.short), *_facts(said)]
    named = [name for name in _NAMED if name in distributions]
    versions = ", ".join(f"{name} {distributions[name]}" for name in named)
    lines.append(("distributions", f"{len(distributions)}" + (f", {versions}" if versions else "")))
    return [(name, text) for name, text in lines if text not in ("", "{}")]


# Those whose versions one asks for first.
_NAMED = ("jax", "keras", "lightgbm", "numpy", "pandas", "scikit-learn", "tensorflow", "torch",
          "transformers", "xgboost")  # fmt: skip


def _origin(passport: Passport) -> list[tuple[str, str]]:
    lines = [
        (role or "input", _artifact(artifact))
        for role, read in passport.inputs.items()
        for artifact in read
    ]
    lines += [("built on", _artifact(model)) for model in passport.base_models]
    lines += [("began with", _artifact(raw)) for raw in passport.raw_inputs]
    return lines


def _verdict(verdict: Verdict) -> list[tuple[str, str]]:
    lines = [
        (
            f"{short_type(verdict.execution.type)} {verdict.execution.ref.short}",
            f"preferred {verdict.winner}"
            if verdict.winner
            else "preferred none" + (" over the baseline" if verdict.baseline else ""),
        )
    ]
    for name, found in (
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
        if found not in (None, ""):
            lines.append((f"  {name}", f"{found:g}" if isinstance(found, float) else str(found)))
    return lines


def _artifact(artifact: Artifact) -> str:
    state = f" {artifact.state.value}" if artifact.state else ""
    uri = f" {artifact.uri}" if artifact.uri else ""
    return f"{artifact.ref.short} {short_type(artifact.type)}{state}{uri}"


def _execution(execution: Execution) -> str:
    state = f" {execution.state.value}" if execution.state else ""
    return f"{execution.ref.short} {short_type(execution.type)}{state}"


def _idle(pusher: Execution) -> str:
    when = _time(pusher.end_time or pusher.last_update_time or pusher.create_time)
    return f"its {short_type(pusher.type)} ran and pushed nothing, {when}"


def _metrics(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in metrics.items()) or "no numbers"


def _span(execution: Execution) -> str:
    begin, end = execution.start_time or execution.create_time, execution.end_time
    seconds = f", {(end - begin).total_seconds():.1f} s" if begin and end else ""
    return _time(begin) + seconds


def _time(time: datetime | None) -> str:
    if time is None:
        return "at an unknown time"
    return time.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")

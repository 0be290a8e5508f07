"""What the store knows to the points of the AI Act that are about how a model came to be.

Annex IV of Regulation (EU) 2024/1689 lists what technical documentation must have. A store of
provenance answers 1(a), 2(a), 2(d), 2(g) and 6, and what Article 18 keeps for ten years; what it
does not know of these it says. The other points are not about provenance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from graphstore.errors import MissingExtra
from graphstore.graph.answer import short_type, standing
from graphstore.interop.dossier.page import Section
from graphstore.interop.exporting.facts import Facts, digest_of, label
from graphstore.model.nodes import Artifact, Execution
from graphstore.model.plain import in_json
from graphstore.proof.seal import Seal
from graphstore.questions.about.facts import began_of, code_of, parameters_of, seconds_of
from graphstore.questions.about.metrics import number
from graphstore.questions.explanation import Explanation
from graphstore.questions.page import Part, Picture, Table
from graphstore.recording.digest import Status
from graphstore.storage.changes import Change

__all__ = ["Material", "sections"]

_NAMED = 8
"""Things that a sentence names."""
_DRAWN = 150
"""Nodes that can be read in a picture on paper."""
_LONG, _IN_A_CELL = 400, 100
"""Characters of a value that are told, in a table of its own and beside others."""


@dataclass(frozen=True)
class Material:
    """What the sections are made of."""

    passport: Explanation
    facts: Facts
    versions: Sequence[Artifact]
    """Models of the same type in the same pipeline, by id."""
    models: Sequence[Artifact]
    """Other models in its lineage."""
    changes: Sequence[Change]
    """What became of the model's record."""
    seals: Sequence[Seal]

    @property
    def executions(self) -> Sequence[Execution]:
        """Those of the lineage, in the order of time."""
        late = datetime.max.replace(tzinfo=timezone.utc)
        return sorted(
            self.facts.graph.executions.values(),
            key=lambda one: (began_of(one) or late, one.ref.id),
        )


def sections(material: Material) -> Sequence[Section]:
    """All of them, in the order of the Annex."""
    return [
        _versions(material),
        _steps(material),
        _data(material),
        _validation(material),
        _lifecycle(material),
        _retention(material),
        _lineage(material),
    ]


def _versions(of: Material) -> Section:
    model, passport = of.passport.model, of.passport
    rows = [
        ("identifier", of.facts.urn(model.ref)),
        ("name", model.name or ""),
        ("type", model.type),
        ("state", standing(model)),
        ("place", model.uri or ""),
        ("digest", model.digest or ""),
        ("contents now", passport.file.status.value + (f": {why}" if (why := passport.file.reason)
         else "")),
        ("recorded", _time(model.create_time)),
        ("made by", _which(passport.maker) if passport.maker else ""),
        ("run", f"{passport.run.ref.short} {passport.run.name}" if passport.run else ""),
        ("pipeline", f"{passport.pipeline.ref.short} {passport.pipeline.name}"
         if passport.pipeline else ""),
    ]  # fmt: skip
    unknown = [
        *_if(not digest_of(model), "which bytes the model is: no digest of it was recorded"),
        *_if(
            bool(digest_of(model)) and passport.file.status is not Status.UNCHANGED,
            f"whether its file still is what was recorded: {passport.file.reason}",
        ),
        *_if(passport.maker is None, "what made the model"),
        *_if(
            not passport.base_models and not of.versions,
            "how it relates to earlier versions: none is in the store",
        ),
    ]
    return Section(
        "version",
        "Annex IV, 1(a)",
        "The model, and other versions of it",
        "The version of the system, and its relation to previous versions.",
        [
            Table([row for row in rows if row[1]]),
            _artifacts("Models that it was built on", passport.base_models),
            _artifacts("Models of this type from the same pipeline, the newest first", of.versions),
        ],
        unknown,
    )


def _steps(of: Material) -> Section:
    passport, facts, executions = of.passport, of.facts, of.executions
    rows = [
        (
            _which(one),
            standing(one),
            _span(one),
            code_of(one) or "",
            _values(parameters_of(one)),
            ", ".join(f"{agent.name} ({agent.role})" for agent in facts.agents_of(one)),
        )
        for one in executions
    ]
    without = [one for one in executions if one.start_time is None or one.end_time is None]
    nobody = [one for one in executions if not facts.agents_of(one)]
    unversioned = [one for one in executions if not code_of(one)]
    outside = [one for one in of.models if not _is_made(facts, one)]
    code = passport.code
    unknown = [
        *_if(not executions, "by which steps it was developed"),
        *_some(unversioned, executions, "which version of the code ran", "steps"),
        *_some(without, executions, "when the work itself began and ended", "steps"),
        *_some(nobody, executions, "who ran it", "steps"),
        *_if(bool(executions) and "git_commit" not in code, "the commit of the code"),
        *_if(
            bool(code.get("git_dirty")),
            "what of the code was not committed: there were changes on top of the commit",
        ),
        *_if(passport.environment is None, "the environment in which it was made"),
        *_if(not passport.hyperparameters, "what its maker was told: no parameters"),
        *_if(bool(facts.missing), f"the whole lineage: it is {facts.missing}"),
        *(f"how the model {one.ref.short} came to be, which it was built with" for one in outside),
    ]
    return Section(
        "steps",
        "Annex IV, 2(a)",
        "How it was developed",
        "Methods and steps, and pre-trained systems or tools by third parties, how they were used.",
        [
            Table(
                rows,
                columns=("step", "how it ended", "when (UTC)", "code", "parameters", "who"),
                heading="Steps, in the order of time",
            ),
            _artifacts("Models that were used in it", of.models),
            Table(_rows(passport.hyperparameters), heading="What its maker was told"),
            Table(_rows(code), heading="Code of its run"),
            Table(
                _rows({} if passport.environment is None else passport.environment.properties),
                heading="Environment of its maker",
            ),
        ],
        unknown,
    )


def _data(of: Material) -> Section:
    raw = of.passport.raw_inputs
    bare = [one for one in raw if not digest_of(one)]
    silent = [one for one in raw if not one.properties and not one.custom_properties]
    parts: list[Part] = [_artifacts("Data that all of it began with", raw)]
    parts += [
        Table(_rows({**one.custom_properties, **one.properties}), heading=f"Said of {label(one)}")
        for one in raw[:_NAMED]
        if one not in silent
    ]
    unknown = [
        *_if(not raw, "from which data the model was made"),
        *_if(
            of.passport.truncated,
            f"what lies behind {len(of.passport.lineage.frontier)} nodes of its lineage, beyond the"
            " nearest that were looked at: data that it began with, too",
        ),
        *_some(bare, raw, "which bytes the data are: no digest", "datasets"),
        *_some(silent, raw, "anything of the data but their place", "datasets"),
        "scope, selection, labelling, cleaning, how the data were obtained and under which licence,"
        " where what was recorded of them does not say it",
    ]
    return Section(
        "data",
        "Annex IV, 2(d)",
        "The data",
        "Training data and their provenance, scope and main characteristics; how they were obtained"
        " and selected, labelled and cleaned.",
        parts,
        unknown,
    )


def _validation(of: Material) -> Section:
    passport = of.passport
    own = [one for one in passport.metrics.items() if one[1].own]
    reports = [
        (
            _which(one.artifact),
            ", ".join(f"{name} {number(value)}" for name, value in one.metrics.items()),
            _which(one.execution),
            _span(one.execution),
            ", ".join(agent.name for agent in of.facts.agents_of(one.execution)) or "",
            one.artifact.uri or "",
            one.artifact.digest or "",
        )
        for one in passport.evaluations
    ]
    verdicts = [
        (
            _time(one.time),
            f"preferred {one.winner}" if one.winner else "preferred none",
            one.criterion or one.metric or "",
            one.reason or "",
            one.actor or "",
            _which(one.execution),
        )
        for one in passport.verdicts
    ]
    bare = [one.artifact for one in passport.evaluations if not digest_of(one.artifact)]
    undecided = [one.execution for one in passport.verdicts if not one.actor]
    evaluated = [one.artifact for one in passport.evaluations]
    unknown = [
        *_if(not passport.evaluations, "how it was validated and tested: no evaluation of it"),
        *_if(not passport.metrics, "how good it is: no metrics"),
        *_some(bare, evaluated, "which bytes the report is: no digest", "reports"),
        *_if(not passport.verdicts, "who decided for it, and why"),
        *_some(undecided, [one.execution for one in passport.verdicts], "who decided", "decisions"),
        "which persons are responsible for the reports, and their signatures: the store has none",
    ]
    return Section(
        "validation",
        "Annex IV, 2(g)",
        "Validation and tests",
        "Procedures, data and metrics of validation and testing; test reports, dated and signed by"
        " the responsible persons.",
        [
            Table(
                [
                    (name, str(metric), "by the model itself" if metric.own else "by an evaluation")
                    for name, metric in passport.metrics.items()
                ],
                columns=("metric", "value", "said"),
                heading="Metrics",
                empty="nothing was recorded",
            ),
            *(["What a model says of itself was written by what made it."] if own else []),
            Table(
                reports,
                columns=("report", "values", "by", "when (UTC)", "who", "place", "digest"),
                heading="Reports",
                empty="nothing was recorded",
            ),
            Table(
                verdicts,
                columns=("when (UTC)", "decision", "criterion", "reason", "who", "recorded as"),
                heading="Decisions",
                empty="nothing was recorded",
            ),
        ],
        unknown,
    )


def _lifecycle(of: Material) -> Section:
    passport = of.passport
    pushes = [
        (
            _time(one.time),
            one.artifact.ref.short,
            one.target or one.artifact.uri or "",
            one.actor or "",
            one.stands,
        )
        for one in passport.pushes
    ]
    changes = [
        (
            _time(one.time),
            one.what,
            "; ".join(f"{name}: {_short(was)} → {_short(now)}" for name, (was, now) in
                      one.values.items()) or one.reason or "",
            one.by or "",
        )
        for one in of.changes
        if one.what != "joined"
    ]  # fmt: skip
    unknown = [
        *_if(not pushes, "whether and where it was put into service: no deployment"),
        *_if(
            any(not one.actor for one in passport.pushes),
            "who put it into service, for some of its deployments",
        ),
        *_if(passport.more_uses, "all uses of it: it was read more often than is told here"),
    ]
    return Section(
        "lifecycle",
        "Annex IV, 6",
        "Changes through its lifecycle",
        "Relevant changes made to the system through its lifecycle.",
        [
            Table(
                pushes,
                columns=("when (UTC)", "deployment", "where", "who", "what became of it"),
                heading="Deployments",
                empty="nothing was recorded",
            ),
            Table(
                changes,
                columns=("when (UTC)", "what", "from what to what", "who"),
                heading="The record of the model",
                empty="nothing was recorded",
            ),
        ],
        unknown,
    )


def _retention(of: Material) -> Section:
    times = sorted(one.time for one in of.passport.pushes if one.time is not None)
    deleted = [node for node in of.facts.graph.nodes() if node.deletion is not None]
    rows = [("recorded", _time(of.passport.model.create_time))]
    if times:
        rows.append(("first deployment", _time(times[0])))
        rows.append(
            (
                "ten years after",
                f"{_later(times[0], 10):%Y-%m-%d}, if it was placed on the market so",
            )
        )
    if of.seals:
        last = of.seals[-1]
        rows.append(("sealed", f"until {_time(last.until)} by seal {last.number}, of {last.key}"))
    unknown = [
        "when the system was placed on the market or put into service, from which the ten years"
        " run, and who keeps the documents",
        *_if(
            not of.seals,
            "whether the record was changed by hand since it was made: it was never sealed",
        ),
        *_if(bool(deleted), f"what the deleted parts said: {_names(deleted)}"),
    ]
    return Section(
        "retention",
        "Article 18",
        "Keeping the documents",
        "The provider keeps the technical documentation for ten years after the system was placed"
        " on the market or put into service.",
        [
            Table(rows),
            Table(
                [(one.ref.short, short_type(one.type), str(one.deletion)) for one in deleted],
                columns=("", "type", "deleted"),
                heading="What of its lineage was deleted",
                empty="nothing",
            ),
        ],
        unknown,
    )


def _lineage(of: Material) -> Section:
    graph = of.passport.lineage
    count = len(graph.nodes())
    parts: list[Part] = [f"{graph.title}."]
    if count > _DRAWN:
        parts.append(f"{count:,} nodes are too many to draw on paper: the files beside have them.")
    else:
        try:
            parts.append(Picture(graph.to_svg()))
        except MissingExtra:
            parts.append(Table([("", str(graph))]))
    return Section("lineage", "Annex IV, 2", "The lineage as a picture", "", parts)


def _artifacts(heading: str, artifacts: Sequence[Artifact]) -> Table:
    return Table(
        [
            (one.ref.short, label(one), one.uri or "", one.digest or "", _time(one.create_time))
            for one in artifacts
        ],
        columns=("", "name", "place", "digest", "recorded (UTC)"),
        heading=heading,
        empty="nothing was recorded",
    )


def _is_made(facts: Facts, artifact: Artifact) -> bool:
    ids = {event.artifact_id for event in facts.graph.events if event.type.is_output}
    return artifact.id in ids


def _which(node: Artifact | Execution) -> str:
    name = f" {node.name}" if isinstance(node, Artifact) and node.name else ""
    return f"{node.ref.short} {short_type(node.type)}{name}"


def _names(nodes: Sequence[Any]) -> str:
    names = ", ".join(node.ref.short for node in nodes[:_NAMED])
    return names + (f" and {len(nodes) - _NAMED:,} more" if len(nodes) > _NAMED else "")


def _if(condition: bool, sentence: str) -> Iterator[str]:
    if condition:
        yield sentence


def _some(some: Sequence[Any], of: Sequence[Any], what: str, of_what: str) -> Iterator[str]:
    """That something is not known of some of several."""
    if some:
        yield f"{what}, for {len(some):,} of {len(of):,} {of_what} ({_names(some)})"


def _rows(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, text) for name, value in values.items() if (text := _short(value))]


def _values(values: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {_short(v, _IN_A_CELL)}" for name, v in values.items())


def _short(value: Any, most: int = _LONG) -> str:
    """A value as text on one line, cut off visibly."""
    value = in_json(value)
    if isinstance(value, dict):
        value = ", ".join(f"{name} {item}" for name, item in value.items())
    elif isinstance(value, list):
        value = " ".join(map(str, value))
    text = "nothing" if value is None else " ".join(str(value).split())
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def _span(execution: Execution) -> str:
    begin, said = began_of(execution), execution.start_time is not None
    seconds = seconds_of(begin, execution.end_time, said=said)
    return _time(begin) + ("" if seconds is None else f", {seconds:.1f} s")


def _time(time: datetime | None) -> str:
    return "" if time is None else f"{time.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S}"


def _later(time: datetime, years: int) -> datetime:
    """The same day so many years later; of 29 February the first of March."""
    try:
        return time.replace(year=time.year + years)
    except ValueError:
        return time.replace(year=time.year + years, month=3, day=1)

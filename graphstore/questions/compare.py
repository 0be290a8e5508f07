"""Side by side: in what some models, executions or runs differ."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphstore.database import Reader, Row
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument
from graphstore.graph.answer import short_type
from graphstore.model.nodes import Artifact, Context, Execution, Node, NodeRef
from graphstore.model.plain import in_json
from graphstore.model.refs import NodeLike, references
from graphstore.model.roles import RUN_TYPES, kinds_asked
from graphstore.model.series import Series
from graphstore.model.tables import the_pandas
from graphstore.model.types import Kind
from graphstore.model.values import bound, canonical
from graphstore.questions.about.facts import (
    EVALUATED_ROLES,
    code_of,
    environment_differences,
    outcome_of,
    parameters_of,
    seconds_of,
    span_of,
)
from graphstore.questions.about.metrics import Metric, metrics_of, number
from graphstore.questions.about.parameters import digests, notes
from graphstore.questions.about.runs import prefixes
from graphstore.questions.page import Answer, Part, Picture, Table
from graphstore.render.charts import curves_svg
from graphstore.storage.candidates import keys_of
from graphstore.storage.nodes import require
from graphstore.storage.rows import MODELS, decode_path, node_from_row, path_order
from graphstore.storage.series import read_last, read_series
from graphstore.storage.types import Types

if TYPE_CHECKING:
    import pandas

__all__ = ["Comparison", "Fact", "compare"]

Facts = dict[tuple[str, str], Any]
"""What is known of one subject: values by group and name."""

_GROUPS = ("about", "metric", "parameter", "note", "input", "code", "environment", "time")
_NARROWEST, _WIDEST = 18, 40
"""Characters of a value in the text; a longer one is cut in its middle."""
_CURVES_SHOWN = 8
"""Metrics whose curves are drawn."""
_IN_HTML = 100
"""Subjects in a table of HTML."""


@dataclass(frozen=True)
class Fact:
    """One thing that is known of the subjects: a row of the table."""

    group: str
    """What kind of thing: about, metric, parameter, note, input, code, environment or time."""
    name: str
    """Which: ``learning_rate``; in runs ``Trainer.learning_rate``."""
    values: tuple[Any, ...]
    """What it is for each subject, in their order; None where there is no such thing."""
    metrics: tuple[Metric | None, ...] = ()
    """Of a metric each value with those that it was chosen from; of another fact empty."""
    digests: tuple[str | None, ...] = ()
    """Of a parameter the digest of each value that the value itself does not tell from all others:
    a dict whose keys were no texts, a large array; of another fact empty."""

    @property
    def differs(self) -> bool:
        """Whether it is not the same for all subjects; the order of a dict's keys means nothing."""
        return len({*self._meanings()}) > 1

    def _meanings(self) -> list[tuple[str, str | None]]:
        """Each value, so that two are equal if nothing is known in which they differ."""
        digests = self.digests or (None,) * len(self.values)
        return list(zip(map(canonical, self.values), digests, strict=True))

    def texts(self, *, whole: bool = False) -> list[str]:
        """The values as a person reads them; those that differ read differently.

        Args:
            whole: As they are, and nothing where there is none; else times to the second, numbers
                to six digits, and a dash where there is none.
        """
        show, none = (_text, "") if whole else (_readable, "-")
        texts = [none if value is None else show(value) for value in self.values]
        if not whole:
            texts = [
                str(metric) if metric is not None and metric.several else text
                for metric, text in zip(self.metrics or (None,) * len(texts), texts, strict=True)
            ]
        meanings: dict[str, set[tuple[str, str | None]]] = {}
        for text, one in zip(texts, self._meanings(), strict=True):
            meanings.setdefault(text, set()).add(one)
        # Values that are stored alike are told apart by their digests.
        alike = len({*map(canonical, self.values)}) < len({*self._meanings()})
        return [
            text
            if value is None or len(meanings[text]) == 1
            else f"{_exact(value)} ({digest or 'itself'})"
            if alike
            else _exact(value)
            for text, value, (_, digest) in zip(texts, self.values, self._meanings(), strict=True)
        ]


@dataclass(frozen=True)
class Comparison(Answer):
    """Subjects side by side: rows are facts, columns are subjects.

    It prints as a table, and is one in a notebook.
    """

    kind: Kind
    """Of which kind the subjects are: artifacts, executions, or runs (contexts)."""
    subjects: tuple[Node, ...]
    """The subjects, in order; the best first if a metric was named."""
    facts: tuple[Fact, ...]
    """The facts, by group, in the order of their names."""
    asked: int
    """How many subjects were named; more than `subjects` if the limit cut some off."""
    metric: str | None = None
    """The metric that they are in the order of."""
    hidden: int = 0
    """How many facts that do not differ were left out."""
    curves: tuple[Mapping[str, Series], ...] = ()
    """Of each subject what it logged, by metric; empty if the points were not asked for."""

    @property
    def differences(self) -> tuple[Fact, ...]:
        """The facts that differ."""
        return tuple(fact for fact in self.facts if fact.differs)

    @property
    def truncated(self) -> bool:
        """Whether subjects were left out."""
        return self.asked > len(self.subjects)

    @property
    def columns(self) -> tuple[str, ...]:
        """What the subjects are called: ``a45``."""
        return tuple(subject.ref.short for subject in self.subjects)

    @property
    def title(self) -> str:
        """What is compared, in one line."""
        plural = {"artifact": "artifacts", "execution": "executions", "context": "runs"}[self.kind]
        by = f", by {self.metric}" if self.metric else ""
        total = len(self.facts) + self.hidden
        rest = f"; of {self.asked}, the rest is left out" * self.truncated
        differ = f"{len(self.differences)} of {total} facts differ (*)"
        return f"{len(self.subjects)} {plural}{by}{rest}: {differ}"

    def only_differences(self) -> Comparison:
        """The same without the facts that do not differ."""
        differ = self.differences
        count = self.hidden + len(self.facts) - len(differ)
        return replace(self, facts=differ, hidden=count)

    def to_dict(self) -> dict[str, Any]:
        """The table in JSON's types; times in ISO 8601."""
        return {
            "kind": "run" if self.kind == "context" else self.kind,
            "subjects": list(self.columns),
            "asked": self.asked,
            "metric": self.metric,
            "curves": {
                column: {
                    name: in_json({"steps": list(one.steps), "values": list(one.values)})
                    for name, one in curves.items()
                }
                for column, curves in zip(self.columns, self.curves, strict=False)
                if curves
            },
            "facts": [
                {
                    "group": fact.group,
                    "name": fact.name,
                    "differs": fact.differs,
                    "values": dict(zip(self.columns, map(in_json, fact.values), strict=True)),
                    **(
                        {"digests": dict(zip(self.columns, fact.digests, strict=True))}
                        if any(fact.digests)
                        else {}
                    ),
                    **self._several(fact),
                }
                for fact in self.facts
            ],
        }

    def _several(self, fact: Fact) -> dict[str, Any]:
        """Of a metric that was recorded several times how often, and from what to what."""
        several = {
            column: in_json(metric.to_dict())
            for column, metric in zip(self.columns, fact.metrics, strict=False)
            if metric is not None and metric.several
        }
        return {"several": several} if several else {}

    def to_csv(self) -> str:
        """The table as CSV: group, fact, whether it differs, and a column for each subject."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["group", "fact", "differs", *self.columns])
        for fact in self.facts:
            values = fact.texts(whole=True)
            writer.writerow([fact.group, fact.name, str(fact.differs).lower(), *values])
        return out.getvalue()

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a data frame: its index is group and fact, its columns are the subjects.

        Raises:
            MissingExtra: If the extra ``pandas`` is not installed.
        """
        pd = the_pandas()
        index = pd.MultiIndex.from_tuples(
            [(fact.group, fact.name) for fact in self.facts], names=["group", "fact"]
        )
        rows = [list(fact.values) for fact in self.facts]
        columns = list(self.columns)
        frame: pandas.DataFrame = pd.DataFrame(rows, index=index, columns=columns, dtype=object)
        return frame

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, width: int = 120) -> str:
        """The table as plain text; what differs has a ``*`` in front.

        Args:
            width: Characters in a line; subjects that do not fit stand in a table below.
        """
        heads = [("", "", ""), *((" *"[f.differs], f.group, f.name) for f in self.facts)]
        # A group is named where it begins.
        labels = [
            (mark, group if group != before[1] else "", _cut(name, _WIDEST))
            for (mark, group, name), before in zip(heads, [("", "", ""), *heads[:-1]], strict=True)
        ]
        left = _align(labels)
        room = (width - len(left[0])) // len(self.subjects) - 2
        most = max(_NARROWEST, min(room, _WIDEST))
        rows = [_fit(fact.texts(), most) for fact in self.facts]
        columns = [
            _pad([column, *(row[i] for row in rows)]) for i, column in enumerate(self.columns)
        ]
        tables, block, total = [], [left], len(left[0])
        for column in columns:
            if len(block) > 1 and total + 2 + len(column[0]) > width:
                tables.append(block)
                block, total = [left], len(left[0])
            block.append(column)
            total += 2 + len(column[0])
        tables.append(block)
        lines = [
            "\n".join("  ".join(cells).rstrip() for cells in zip(*table, strict=True))
            for table in tables
        ]
        return "\n\n".join([self.title, *lines])

    def _parts(self) -> tuple[str, Iterable[Part]]:
        heads = self.columns[:_IN_HTML]
        table = Table(
            rows=[(" *"[f.differs], f.group, f.name, *f.texts()[:_IN_HTML]) for f in self.facts],
            columns=["", "", "", *heads],
            tones=["strong" if fact.differs else "" for fact in self.facts],
            widest=_WIDEST,
            empty="nothing is known of them",
        )
        rest = len(self.columns) - len(heads)
        names = dict.fromkeys(name for curves in self.curves for name in curves)
        pictures = [
            Picture(
                curves_svg(
                    f"{name} over the steps",
                    {
                        column: (curves[name].steps, curves[name].values)
                        for column, curves in zip(self.columns, self.curves, strict=True)
                        if name in curves
                    },
                )
            )
            for name in [*names][:_CURVES_SHOWN]
        ]
        return self.title, [
            table,
            *pictures,
            *([f"and {rest} more, which are not shown"] if rest else []),
        ]


def compare(
    database: Reader,
    types: Types,
    subjects: Sequence[NodeLike | Iterable[NodeLike]],
    *,
    metric: str | None = None,
    smallest: bool = False,
    limit: int = 100,
    curves: bool = True,
) -> Comparison:
    """Subjects side by side; two to four queries, however many they are.

    Args:
        database: Where to ask.
        types: Tell what is an evaluation.
        subjects: Two or more artifacts, or executions, or runs, or their ids.
        metric: Put them in the order of this metric, the best first; those without it last.
        smallest: Whether less is better.
        limit: How many at most, 2 or more: with a metric the best, else the first.
        curves: Whether to read all points of what they logged, or only the last.

    Returns:
        The table; without a metric in the order given.

    Raises:
        NotFound: If one of them is not there.
        InvalidArgument: If they are of several kinds, contexts that are no runs, or fewer than
            two; or if none of them has the metric.
    """
    limit = bound("limit", limit, least=2)
    if metric is not None and not isinstance(metric, str):
        raise InvalidArgument(f"a metric goes by its name, found {metric!r}")
    kind, ids = _one_kind(references(subjects))
    parameters: dict[str, Any] = {"types": list(RUN_TYPES), **kinds_asked(types.all("artifact"))}
    if kind != "context":
        parameters["roles"] = list(EVALUATED_ROLES)
    rows = database.rows(
        QUERIES[f"answers.compare_{'run' if kind == 'context' else kind}s"],
        # Without a metric the order is that of the arguments, and the rest need not be looked at.
        **{f"{kind}_ids": ids if metric else ids[:limit]},
        metric_keys=keys_of(metric) if metric else [],
        **({} if kind == "artifact" else {"metric": metric or ""}),
        smallest=smallest,
        limit=limit,
        **parameters,
    )
    if not rows or rows[0]["found"] < (len(ids) if metric else min(limit, len(ids))):
        require(database, kind, ids)
    sides = _sides(database, kind, rows, curves)
    if metric is not None and not any(("metric", metric) in one.facts for one in sides):
        names = sorted({name for one in sides for group, name in one.facts if group == "metric"})
        hint = f"there are {', '.join(names)}" if names else "they have none at all"
        raise InvalidArgument(f"none of these has the metric {metric!r}: {hint}")
    _add_environments(database, sides)
    keys = {key for one in sides for key in one.facts}
    order = sorted(keys, key=lambda key: (_GROUPS.index(key[0]), _place(key), key[1]))
    facts = tuple(
        Fact(
            *key,
            tuple(one.facts.get(key) for one in sides),
            tuple(one.metrics.get(key[1]) for one in sides) if key[0] == "metric" else (),
            tuple(one.digests.get(key[1]) for one in sides) if key[0] == "parameter" else (),
        )
        for key in order
    )
    drawn = tuple(one.curves for one in sides) if curves else ()
    subjects_ = tuple(one.subject for one in sides)
    return Comparison(kind, subjects_, facts, len(ids), metric, curves=drawn)


def _sides(database: Reader, kind: Kind, rows: Sequence[Row], curves: bool) -> list[_Compared]:
    """The subjects with what is known of them, and what they and their steps logged."""
    if kind == "artifact":
        return [_Compared(kind, row, []) for row in rows]
    refs = [
        [
            NodeRef(kind, row["subject"]["id"]),
            *(NodeRef("execution", one["execution"]["id"]) for one in row["executions"]),
        ]
        for row in rows
    ]
    read = read_series if curves else read_last
    series = read(database, [*dict.fromkeys(ref for own in refs for ref in own)])
    return [
        _Compared(kind, row, [series[ref] for ref in dict.fromkeys(own) if ref in series])
        for row, own in zip(rows, refs, strict=True)
    ]


_ABOUT = ("type", "name", "outcome", "state", "error", "uri", "digest", "made by", "steps", "user")


def _place(key: tuple[str, str]) -> int:
    """Where in its group a fact stands; those that users name are in the order of their names."""
    group, name = key
    order = {"about": _ABOUT, "time": ("began", "ended", "seconds")}.get(group, ())
    # How the environment is called stands before what of it differs.
    return order.index(name) if name in order else -1 if name == "digest" else 0


def _one_kind(refs: Sequence[NodeRef]) -> tuple[Kind, list[int]]:
    refs = list(dict.fromkeys(refs))
    if len(refs) < 2:
        raise InvalidArgument(f"a comparison needs two subjects or more, found {len(refs)}")
    for ref in refs:
        if ref.kind != refs[0].kind:
            raise InvalidArgument(
                f"only things of one kind can be compared: {refs[0].short} is of kind"
                f" {refs[0].kind}, {ref.short} of kind {ref.kind}"
            )
    return refs[0].kind, [ref.id for ref in refs]


class _Compared:
    """One subject with all that is known of it."""

    def __init__(self, kind: Kind, row: Row, all_series: Sequence[Mapping[str, Series]]) -> None:
        self.series_names = {name for series in all_series for name in series}
        self.curves = {name: one for series in all_series for name, one in series.items()}
        self.subject: Node = node_from_row(row["subject"], MODELS[kind])  # type: ignore[type-var]
        self.facts: Facts = {}
        self.digests: dict[str, str] = {}
        steps = [(node_from_row(item["execution"], Execution), item) for item in row["executions"]]
        self.environments = list(
            dict.fromkeys(id_ for _, item in steps for id_ in item["environments"])
        )
        self._add("about", self._about(self.subject))
        self.metrics = metrics_of(
            (
                (node_from_row(source["artifact"], Artifact), source["own"])
                for source in row["sources"]
            ),
            (one for series in all_series for one in series.values()),
        )
        self._add("metric", {name: metric.value for name, metric in self.metrics.items()})
        if isinstance(self.subject, Context):
            self._run(self.subject, steps)
        else:
            for execution, item in steps:
                if isinstance(self.subject, Artifact):
                    maker = f"{short_type(execution.type)} {execution.ref.short}"
                    self._add("about", {"made by": maker})
                self._step(execution, item, "", frozenset())
                for run in item["runs"][:1]:
                    self._add("code", _commit(node_from_row(run, Context)))
            self._time([execution for execution, _ in steps], *span_of([one for one, _ in steps]))

    def _about(self, node: Node) -> dict[str, Any]:
        facts: dict[str, Any] = {"type": short_type(node.type), "name": node.name}
        facts["deletion"] = str(node.deletion) if node.deletion else None
        if isinstance(node, (Artifact, Execution)):
            facts["state"] = node.state.value if node.state else None
        if isinstance(node, Artifact):
            facts.update(uri=node.uri, digest=_short_digest(node.digest))
        else:
            facts["error"] = node.properties.get("error_type")
        return facts

    def _run(self, run: Context, steps: list[tuple[Execution, Row]]) -> None:
        if run.type not in RUN_TYPES:
            raise InvalidArgument(
                f"{run.ref.short} is a {run.type}, no run: only contexts of the types"
                f" {', '.join(RUN_TYPES)} can be compared; `graphstore history` shows the runs of"
                " a pipeline"
            )
        executions = [execution for execution, _ in steps]
        states = Counter(e.state.value if e.state else "UNKNOWN" for e in executions)
        self._add(
            "about",
            {
                "deletion": str(run.deletion) if run.deletion else None,
                "outcome": outcome_of(run, executions),
                "steps": ", ".join(f"{n} {state}" for state, n in sorted(states.items())) or None,
                "user": run.properties.get("user"),
            },
        )
        self._add("note", self._without_series("", _own_notes(run)))
        inside = frozenset(id_ for _, item in steps for id_ in item["outputs"])
        for prefix, (execution, item) in zip(prefixes(executions), steps, strict=True):
            self._step(execution, item, prefix, inside)
        self._add("code", _commit(run))
        began, ended = span_of(executions)
        status = run.properties.get("status")
        if status == "ABANDONED":
            ended = None  # when a step was marked is not when it ended
        self._time(
            [run, *executions],
            run.start_time or began or run.create_time,
            None if status == "RUNNING" else run.end_time or ended,
        )

    def _step(self, execution: Execution, item: Row, prefix: str, inside: frozenset[int]) -> None:
        values = parameters_of(execution)
        self._add("parameter", {prefix + name: value for name, value in values.items()})
        self.digests.update({prefix + name: one for name, one in digests(execution).items()})
        self._add("note", self._without_series(prefix, notes(execution)))
        inputs: dict[str, list[str]] = {}
        for role, text in _inputs(item["inputs"], inside):
            inputs.setdefault(prefix + role, []).append(text)
        self._add("input", {role: ", ".join(texts) for role, texts in inputs.items()})
        self._add("code", {(prefix + "version"): code_of(execution)})

    def _without_series(self, prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Notes; what was logged stands among them too, and is told as a metric."""
        return {prefix + name: v for name, v in values.items() if name not in self.series_names}

    def _time(
        self,
        nodes: Sequence[Execution | Context],
        began: datetime | None,
        ended: datetime | None,
    ) -> None:
        said = any(node.start_time is not None for node in nodes)
        took = seconds_of(began, ended, said=said)
        seconds = None if took is None else round(took, 3)
        self._add("time", {"began": began, "ended": ended, "seconds": seconds})

    def _add(self, group: str, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if value is not None:
                self.facts[group, name] = value


def _own_notes(run: Context) -> dict[str, Any]:
    """What a user said of a run; what TFX says of its own is known from the run itself."""
    by_tfx = run.type in ("pipeline_run", "run")
    own_names = ("pipeline_name", "run_id", "pipeline_root", "pipeline_run_id") if by_tfx else ()
    return {name: v for name, v in run.custom_properties.items() if name not in own_names}


def _commit(run: Context) -> dict[str, Any]:
    keys = {"commit": "git_commit", "branch": "git_branch", "changed": "git_dirty"}
    facts = {name: run.properties.get(key) for name, key in keys.items()}
    facts["changes"] = _short_digest(run.properties.get("git_diff"))
    return facts


def _inputs(rows: Iterable[Row], inside: frozenset[int]) -> Iterator[tuple[str, str]]:
    """Role and identity of what was read from outside: contents where known, else which it is."""
    items = ((decode_path(item["path"] or ()), item) for item in rows)
    for path, item in sorted(items, key=lambda pair: (path_order(pair[0]), pair[1]["id"])):
        if item["id"] not in inside:
            what = _short_digest(item["digest"]) or f"a{item['id']}"
            yield str(path[0]) if path else "", f"{short_type(item['type'])} {what}"


def _short_digest(digest: str | None) -> str | None:
    if digest is None:
        return None
    algorithm, _, value = digest.rpartition(":")
    return f"{algorithm}:{value[:12]}" if algorithm else digest[:12]


def _add_environments(database: Reader, sides: Sequence[_Compared]) -> None:
    """Which environment each ran in, and what of it is not the same everywhere."""
    ids = sorted({id_ for one in sides for id_ in one.environments})
    if not ids:
        return
    rows = database.rows(QUERIES["artifact.get"], artifact_ids=ids)
    artifacts = [node_from_row(node, Artifact) for row in rows for node in row["artifacts"]]
    by_id = {artifact.id: artifact for artifact in artifacts}
    first = by_id[ids[0]].properties
    differing: dict[str, Any] = {}
    for artifact in by_id.values():
        for difference in environment_differences(first, artifact.properties):
            differing.setdefault(difference.part, difference.was)
    for one in sides:
        if not one.environments:
            continue
        digests = [_short_digest(by_id[id_].digest) or f"a{id_}" for id_ in one.environments]
        one.facts["environment", "digest"] = ", ".join(digests)
        own = by_id[one.environments[0]].properties
        present = {d.part: d.now for d in environment_differences(first, own)}
        for part, was in differing.items():
            if (value := present.get(part, was)) is not None or part in present:
                one.facts["environment", part] = value


def _text(value: Any) -> str:
    """A value on one line, as it is."""
    plain = in_json(value)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return " ".join(text.split())


def _exact(value: Any) -> str:
    """A value so that no other one reads alike: a text in quotes, all digits of a number."""
    if isinstance(value, (datetime, float)):
        return _text(value)
    return json.dumps(in_json(value), ensure_ascii=False)


def _readable(value: Any) -> str:
    """A value as a person reads it: times to the second, in UTC."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return number(value) if isinstance(value, float) else _text(value)


def _fit(texts: Sequence[str], most: int) -> list[str]:
    """Texts of a row, none longer than that: cut in the middle, or where they part."""
    cuts = [_cut(text, most) for text in texts]
    if len({*cuts}) == len({*texts}):
        return cuts
    clash = {text for text, short in zip(texts, cuts, strict=True) if cuts.count(short) > 1}
    same = _alike(sorted(clash))
    return [
        _cut(f"…{text[max(same - 4, 0) :]}", most) if text in clash and len(text) > most else short
        for text, short in zip(texts, cuts, strict=True)
    ]


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def _alike(texts: Sequence[str]) -> int:
    """How many characters of sorted texts are the same in all of them."""
    pairs = enumerate(zip(texts[0], texts[-1], strict=False))
    return next((place for place, (one, other) in pairs if one != other), len(texts[0]))


def _pad(cells: Sequence[str]) -> list[str]:
    width = max(map(len, cells))
    return [cell.ljust(width) for cell in cells]


def _align(rows: Sequence[tuple[str, ...]]) -> list[str]:
    columns = [_pad(column) for column in zip(*rows, strict=True)]
    return ["  ".join(cells) for cells in zip(*columns, strict=True)]

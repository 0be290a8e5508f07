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

from graphstore.database import Database, Row
from graphstore.errors import InvalidArgument, MissingExtra
from graphstore.graph import short_type
from graphstore.model.nodes import Artifact, Context, Execution, Node, NodeRef
from graphstore.model.types import Kind
from graphstore.queries import QUERIES
from graphstore.questions.facts import (
    EVALUATED_ROLES,
    Subject,
    code_of,
    environment_differences,
    metrics_of,
    outcome_of,
    parameters_of,
    reference,
    span_of,
)
from graphstore.questions.page import Answer, Part, Table
from graphstore.questions.roles import RUN_TYPES, Role, roles_of
from graphstore.repository.candidates import keys_of
from graphstore.repository.nodes import require
from graphstore.repository.rows import MODELS, decode_path, node_from_row, path_order
from graphstore.repository.types import Types

if TYPE_CHECKING:
    import pandas

__all__ = ["Comparison", "Fact", "compare"]

Facts = dict[tuple[str, str], Any]
"""What is known of one subject: values by group and name."""

_GROUPS = ("about", "metric", "parameter", "input", "code", "environment", "time")
_NARROWEST, _WIDEST = 18, 40
"""Characters of a value in the text; a longer one is cut in its middle."""
_IN_HTML = 100
"""Subjects in a table of HTML."""


@dataclass(frozen=True)
class Fact:
    """One thing that is known of the subjects: a row of the table."""

    group: str
    """What kind of thing: about, metric, parameter, input, code, environment or time."""
    name: str
    """Which: ``learning_rate``; in runs ``Trainer.learning_rate``."""
    values: tuple[Any, ...]
    """What it is for each subject, in their order; None where there is no such thing."""

    @property
    def differs(self) -> bool:
        """Whether it is not the same for all subjects."""
        return any(repr(value) != repr(self.values[0]) for value in self.values)


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
        left = f"; of {self.asked}, the rest is left out" * self.truncated
        differ = f"{len(self.differences)} of {total} facts differ (*)"
        return f"{len(self.subjects)} {plural}{by}{left}: {differ}"

    def only_differences(self) -> Comparison:
        """The same without the facts that do not differ."""
        differ = self.differences
        hidden = self.hidden + len(self.facts) - len(differ)
        return replace(self, facts=differ, hidden=hidden)

    def to_dict(self) -> dict[str, Any]:
        """The table in JSON's types; times in ISO 8601."""
        return {
            "kind": "run" if self.kind == "context" else self.kind,
            "subjects": list(self.columns),
            "asked": self.asked,
            "metric": self.metric,
            "facts": [
                {
                    "group": fact.group,
                    "name": fact.name,
                    "differs": fact.differs,
                    "values": dict(zip(self.columns, map(_plain, fact.values), strict=True)),
                }
                for fact in self.facts
            ],
        }

    def to_csv(self) -> str:
        """The table as CSV: group, fact, whether it differs, and a column for each subject."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["group", "fact", "differs", *self.columns])
        for fact in self.facts:
            values = ("" if value is None else _text(value) for value in fact.values)
            writer.writerow([fact.group, fact.name, str(fact.differs).lower(), *values])
        return out.getvalue()

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a data frame: its index is group and fact, its columns are the subjects.

        Raises:
            MissingExtra: If the extra ``pandas`` is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise MissingExtra("to_pandas", "pandas", "pandas") from None
        index = pandas.MultiIndex.from_tuples(
            [(fact.group, fact.name) for fact in self.facts], names=["group", "fact"]
        )
        rows = [list(fact.values) for fact in self.facts]
        return pandas.DataFrame(rows, index=index, columns=list(self.columns), dtype=object)

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, width: int = 120) -> str:
        """The table as plain text; what differs has a ``*`` in front.

        Args:
            width: Characters in a line; subjects that do not fit stand in a table below.
        """
        heads = [("", "", ""), *((" *"[f.differs], f.group, f.name) for f in self.facts)]
        # A group is named where it begins.
        named = [
            (mark, group if group != before[1] else "", _cut(name, _WIDEST))
            for (mark, group, name), before in zip(heads, [("", "", ""), *heads[:-1]], strict=True)
        ]
        left = _aligned(named)
        room = (width - len(left[0])) // len(self.subjects) - 2
        most = max(_NARROWEST, min(room, _WIDEST))
        columns = [
            _padded([column, *(_cut(_shown(fact.values[i]), most) for fact in self.facts)])
            for i, column in enumerate(self.columns)
        ]
        tables, block, used = [], [left], len(left[0])
        for column in columns:
            if len(block) > 1 and used + 2 + len(column[0]) > width:
                tables.append(block)
                block, used = [left], len(left[0])
            block.append(column)
            used += 2 + len(column[0])
        tables.append(block)
        lines = [
            "\n".join("  ".join(cells).rstrip() for cells in zip(*table, strict=True))
            for table in tables
        ]
        return "\n\n".join([self.title, *lines])

    def _parts(self) -> tuple[str, Iterable[Part]]:
        shown = self.columns[:_IN_HTML]
        table = Table(
            rows=[
                (" *"[f.differs], f.group, f.name, *map(_shown, f.values[:_IN_HTML]))
                for f in self.facts
            ],
            columns=["", "", "", *shown],
            tones=["strong" if fact.differs else "" for fact in self.facts],
            cut=_WIDEST,
            empty="nothing is known of them",
        )
        left = len(self.columns) - len(shown)
        return self.title, [table, *([f"and {left} more, which are not shown"] if left else [])]


def compare(
    database: Database,
    types: Types,
    subjects: Sequence[Subject],
    *,
    metric: str | None = None,
    smallest: bool = False,
    limit: int = 100,
) -> Comparison:
    """Subjects side by side; two to four queries, however many they are.

    `Store.compare` says what the arguments are, and what is raised.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 2:
        raise InvalidArgument(f"limit must be a whole number, 2 or more, not {limit!r}")
    if metric is not None and not isinstance(metric, str):
        raise InvalidArgument(f"a metric goes by its name, found {metric!r}")
    kind, ids = _one_kind([reference(subject) for subject in subjects])
    asked: dict[str, Any] = {"types": list(RUN_TYPES)}
    if kind != "context":
        roles = roles_of(types.all("artifact"))
        asked["type_ids"] = [id_ for id_, role in roles.items() if role is Role.EVALUATION]
        asked["roles"] = list(EVALUATED_ROLES)
    rows = database.rows(
        QUERIES[f"answers.compare_{'run' if kind == 'context' else kind}s"],
        # Without a metric the order is that of the arguments, and the rest need not be looked at.
        **{f"{kind}_ids": ids if metric else ids[:limit]},
        metric_keys=keys_of(metric) if metric else [],
        smallest=smallest,
        limit=limit,
        **asked,
    )
    if not rows or rows[0]["found"] < (len(ids) if metric else min(limit, len(ids))):
        require(database, kind, ids)
    found = [_Compared(kind, row) for row in rows]
    if metric is not None and not any(("metric", metric) in one.facts for one in found):
        names = sorted({name for one in found for group, name in one.facts if group == "metric"})
        known = f"there are {', '.join(names)}" if names else "they have none at all"
        raise InvalidArgument(f"none of these has the metric {metric!r}: {known}")
    _add_environments(database, found)
    keys = {key for one in found for key in one.facts}
    ordered = sorted(keys, key=lambda key: (_GROUPS.index(key[0]), _place(key), key[1]))
    facts = tuple(Fact(*key, tuple(one.facts.get(key) for one in found)) for key in ordered)
    return Comparison(kind, tuple(one.subject for one in found), facts, len(ids), metric)


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

    def __init__(self, kind: Kind, row: Row) -> None:
        self.subject: Node = node_from_row(row["subject"], MODELS[kind])  # type: ignore[type-var]
        self.facts: Facts = {}
        steps = [(node_from_row(item["execution"], Execution), item) for item in row["executions"]]
        self.environments = list(
            dict.fromkeys(id_ for _, item in steps for id_ in item["environments"])
        )
        self._add("about", self._about(self.subject))
        sources = [node_from_row(source, Artifact) for source in row["sources"]]
        self._add("metric", metrics_of(sources))
        if isinstance(self.subject, Context):
            self._run(self.subject, steps)
        else:
            for execution, item in steps:
                if isinstance(self.subject, Artifact):
                    made = f"{short_type(execution.type)} {execution.ref.short}"
                    self._add("about", {"made by": made})
                self._step(execution, item, "", frozenset())
                for run in item["runs"][:1]:
                    self._add("code", _commit(node_from_row(run, Context)))
            self._time(*span_of([execution for execution, _ in steps]))

    def _about(self, node: Node) -> dict[str, Any]:
        said = {"type": short_type(node.type), "name": node.name}
        if isinstance(node, (Artifact, Execution)):
            said["state"] = node.state.value if node.state else None
        if isinstance(node, Artifact):
            said.update(uri=node.uri, digest=_short_digest(node.digest))
        else:
            said["error"] = node.properties.get("error_type")
        return said

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
                "outcome": outcome_of(run, executions),
                "steps": ", ".join(f"{n} {state}" for state, n in sorted(states.items())) or None,
                "user": run.properties.get("user"),
            },
        )
        self._add("parameter", _own_parameters(run))
        inside = frozenset(id_ for _, item in steps for id_ in item["outputs"])
        seen: Counter[str] = Counter()
        for execution, item in steps:
            component = short_type(execution.type)
            seen[component] += 1
            again = f"#{seen[component]}" if seen[component] > 1 else ""
            self._step(execution, item, f"{component}{again}.", inside)
        self._add("code", _commit(run))
        began, ended = span_of(executions)
        status = run.properties.get("status")
        self._time(
            run.start_time or began or run.create_time,
            None if status == "RUNNING" else run.end_time or ended,
        )

    def _step(self, execution: Execution, item: Row, prefix: str, inside: frozenset[int]) -> None:
        told = parameters_of(execution)
        self._add("parameter", {prefix + name: value for name, value in told.items()})
        read: dict[str, list[str]] = {}
        for role, text in _inputs(item["inputs"], inside):
            read.setdefault(prefix + role, []).append(text)
        self._add("input", {role: ", ".join(texts) for role, texts in read.items()})
        self._add("code", {(prefix + "version"): code_of(execution)})

    def _time(self, began: datetime | None, ended: datetime | None) -> None:
        seconds = round((ended - began).total_seconds(), 3) if began and ended else None
        self._add("time", {"began": began, "ended": ended, "seconds": seconds})

    def _add(self, group: str, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if value is not None:
                self.facts[group, name] = value


def _own_parameters(run: Context) -> dict[str, Any]:
    """What a user said of a run; what TFX says of it is known from the run itself."""
    known = ("pipeline_name", "run_id", "pipeline_root", "pipeline_run_id")
    return {name: v for name, v in run.custom_properties.items() if name not in known}


def _commit(run: Context) -> dict[str, Any]:
    named = {"commit": "git_commit", "branch": "git_branch", "changed": "git_dirty"}
    said = {name: run.properties.get(key) for name, key in named.items()}
    said["changes"] = _short_digest(run.properties.get("git_diff"))
    return said


def _inputs(read: Iterable[Row], inside: frozenset[int]) -> Iterator[tuple[str, str]]:
    """Role and identity of what was read from outside: contents where known, else which it is."""
    placed = ((decode_path(item["path"] or ()), item) for item in read)
    for path, item in sorted(placed, key=lambda pair: (path_order(pair[0]), pair[1]["id"])):
        if item["id"] not in inside:
            what = _short_digest(item["digest"]) or f"a{item['id']}"
            yield str(path[0]) if path else "", f"{short_type(item['type'])} {what}"


def _short_digest(digest: str | None) -> str | None:
    if digest is None:
        return None
    algorithm, _, value = digest.rpartition(":")
    return f"{algorithm}:{value[:12]}" if algorithm else digest[:12]


def _add_environments(database: Database, found: Sequence[_Compared]) -> None:
    """Which environment each ran in, and what of it is not the same everywhere."""
    ids = sorted({id_ for one in found for id_ in one.environments})
    if not ids:
        return
    rows = database.rows(QUERIES["artifact.get"], artifact_ids=ids)
    stored = [node_from_row(node, Artifact) for row in rows for node in row["artifacts"]]
    known = {artifact.id: artifact for artifact in stored}
    first = known[ids[0]].properties
    differing: dict[str, Any] = {}
    for artifact in known.values():
        for difference in environment_differences(first, artifact.properties):
            differing.setdefault(difference.part, difference.was)
    for one in found:
        if not one.environments:
            continue
        digests = [_short_digest(known[id_].digest) or f"a{id_}" for id_ in one.environments]
        one.facts["environment", "digest"] = ", ".join(digests)
        own = known[one.environments[0]].properties
        said = {d.part: d.now for d in environment_differences(first, own)}
        for part, was in differing.items():
            if (value := said.get(part, was)) is not None or part in said:
                one.facts["environment", part] = value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, float, str, list, dict)):
        return value
    return str(value)


def _text(value: Any) -> str:
    """A value on one line, as it is."""
    plain = _plain(value)
    text = plain if isinstance(plain, str) else json.dumps(plain, default=str, ensure_ascii=False)
    return " ".join(text.split())


def _shown(value: Any) -> str:
    """A value as a person reads it: times to the second, in UTC."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return f"{value:.6g}" if isinstance(value, float) else _text(value)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def _padded(cells: Sequence[str]) -> list[str]:
    width = max(map(len, cells))
    return [cell.ljust(width) for cell in cells]


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    columns = [_padded(column) for column in zip(*rows, strict=True)]
    return ["  ".join(cells) for cells in zip(*columns, strict=True)]

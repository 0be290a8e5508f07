"""Runs: a table of what they were told and measured, to filter, sort, and choose from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from shlex import quote
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.filters import compile_filter
from graphstore.filters.vocabulary import ATTRIBUTES, FAMILIES, PROPERTY_KINDS
from graphstore.model.roles import RUN_TYPES
from graphstore.model.types import ContextType
from graphstore.model.values import PropertyKind
from graphstore.questions.runs import AMONG, COLUMNS, ListedRun, RunList
from graphstore.web.pages.frame import Asked, Behind, Page, View

__all__ = ["PAGES"]

_AT_ONCE = 50
_PIPELINES = 50
_OFFERED = 300
"""Columns to choose from."""
_METRICS, _PARAMETERS = 5, 5
"""Columns of each that are shown if nobody chose."""
_NARROW = 30
"""Characters of a parameter that is rather shown than one which is longer."""
_USUAL = ("outcome", "began", "seconds", "steps", "user")
_LABELS = {
    "name": "Name",
    "outcome": "State",
    "began": "Began (UTC)",
    "ended": "Ended (UTC)",
    "seconds": "Duration",
    "steps": "Steps",
    "cached": "Skipped",
    "failed": "Failed",
    "user": "Who",
}
_WORDS = (
    *("AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS NULL", "IS NOT NULL", "TRUE", "FALSE"),
)
_SUGGESTED = 12
_LAST_WORD = re.compile(r"[\w.`]*\Z")
_KINDS = {
    PropertyKind.INT: "int_value",
    PropertyKind.DOUBLE: "double_value",
    PropertyKind.STRING: "string_value",
    PropertyKind.BOOLEAN: "bool_value",
}


@dataclass(frozen=True)
class _Column:
    """A column of the table."""

    name: str
    """What the address calls it."""
    label: str
    group: str
    """run, metric or parameter."""


def runs(asked: Asked) -> View:
    """The runs of a pipeline, or all."""
    store, as_of = asked.store, asked.as_of
    pipeline, text = asked.text("pipeline") or None, asked.text("filter") or None
    order_by = asked.text("sort") or "create_time"
    descending = asked.text("order") != "up"
    after = asked.text("after") or None
    mistake = _mistake(text)
    page = RunList((), None, None, order_by, None)
    if not mistake:
        page = store.runs(
            pipeline,
            filter=text,
            order_by=order_by,
            descending=descending or order_by == "create_time",
            limit=asked.whole("limit", _AT_ONCE, most=500),
            after=after,
            as_of=as_of,
        )
    offered = [_column(name) for name in page.columns[:_OFFERED]]
    columns = [_column(name) for name in asked.texts("columns")] or _usual(page)
    going = [run for run in page if run.outcome == "RUNNING" and not run.gone]
    facts = {
        "page": page,
        "columns": columns,
        "offered": [*offered, *(one for one in columns if one not in offered)],
        "is_bounded": len(page.columns) > _OFFERED,
        "order_by": order_by,
        "descending": descending,
        "mistake": mistake,
        "pipelines": asked.pipelines(_PIPELINES),
        "going": [] if as_of is not None else going,
        "among": AMONG,
        "help": _help(asked, text or ""),
    }
    title = f"Runs of {page.pipeline.name}" if page.pipeline else "Runs"
    return View(title, "runs.html", facts, _behind(pipeline, text, order_by, descending))


def _mistake(text: str | None) -> str:
    """What is wrong with a filter, and where; empty if nothing is."""
    try:
        if text:
            compile_filter("context", text)
    except InvalidArgument as error:
        return str(error)
    return ""


def _column(name: str) -> _Column:
    """
    Raises:
        InvalidArgument: If it is none.
    """
    group, _, rest = name.partition(".")
    if name in COLUMNS:
        return _Column(name, _LABELS[name], "run")
    if group in ("metric", "parameter") and rest:
        return _Column(name, rest, group)
    raise InvalidArgument(
        f"columns={name}: expected {', '.join(COLUMNS)}, metric.NAME or parameter.NAME"
    )


def _usual(page: RunList) -> list[_Column]:
    """The columns that tell most: the most common metrics, and the parameters that differ."""
    differing = [name for name in page.parameters if _differs(page, name)]
    differing.sort(key=lambda name: _width(page, name) > _NARROW)
    names = [f"metric.{name}" for name in page.metrics[:_METRICS]]
    names += [f"parameter.{name}" for name in differing[:_PARAMETERS]]
    usual = [name for name in _USUAL if name != "user" or any(run.user for run in page)]
    return [_column(name) for name in (*usual, *names)]


def _width(page: Iterable[ListedRun], name: str) -> int:
    return max(len(str(run.parameters.get(name, ""))) for run in page)


def _differs(page: Iterable[ListedRun], name: str) -> bool:
    return len({repr(run.parameters.get(name)) for run in page}) > 1


def filter_help(asked: Asked) -> View:
    """What is wrong with a filter so far, and how it may go on."""
    text = asked.text("filter")
    facts = {"mistake": _mistake(text or None), "help": _help(asked, asked.query.get("filter", ""))}
    return View("Filter", "filter-help.html", facts)


def _help(asked: Asked, text: str) -> list[tuple[str, str]]:
    """How the last word may go on: what is put in its place, and what it is."""
    match = _LAST_WORD.search(text)
    word = match[0].lower() if match else ""
    names = [(name, "of a run") for name in ATTRIBUTES["context"]]
    for family, facts in FAMILIES["context"].items():
        known = re.match(rf"({family}_\w+)\.", word)
        if known:
            alias = word[: len(known[1])]
            names += [(f"{alias}.{field}", f"of one of its {family}") for field in facts.fields]
        else:
            names.append((f"{family}_x.", f"of one of its {family.replace('_', ' ')}"))
    for type_ in asked.store.types.list(ContextType):
        if type_.name in RUN_TYPES:
            names += [
                (f"properties.{name}.{_KINDS[kind]}", f"property of {type_.name}")
                for name, kind in type_.properties.items()
                if kind in _KINDS
            ]
    names += [
        (f"custom_properties.NAME.{kind}", "what a run says besides") for kind in PROPERTY_KINDS
    ]
    if re.search(r"(?i)_state\s*(=|!=|<>|in\s*\(|not\s+in\s*\()[\s\w,]*\Z", text):
        names = [
            (state, "a state")
            for state in FAMILIES["context"]["executions"].fields["last_known_state"].type.names
        ]
    names += [(name, "") for name in _WORDS]
    chosen = [
        one
        for one in dict.fromkeys(names)
        if one[0].lower().startswith(word) and one[0].lower() != word
    ]
    return chosen[:_SUGGESTED]


def _behind(pipeline: str | None, text: str | None, order_by: str, descending: bool) -> Behind:
    options: dict[str, Any] = {"filter": text} if text else {}
    flags = [f"--filter {quote(text)}"] if text else []
    if order_by != "create_time":
        options["order_by"] = order_by
        flags.append(f"--order-by {quote(order_by)}")
        if not descending:
            options["descending"] = False
            flags.append("--smallest")
    arguments = [repr(pipeline)] if pipeline else []
    arguments += [f"{name}={value!r}" for name, value in options.items()]
    words = ["graphstore runs", *([quote(pipeline)] if pipeline else []), *flags]
    return Behind(python=f"store.runs({', '.join(arguments)})", command=" ".join(words))


PAGES = (Page("/runs", runs), Page("/runs/filter", filter_help))

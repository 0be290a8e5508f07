"""Types, and the nodes of each kind as lists: by type, context, state and filter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from shlex import quote
from typing import Any, get_args

from graphstore.model.nodes import ArtifactState, ExecutionState
from graphstore.model.types import Kind
from graphstore.storage.lists import Order
from graphstore.web.pages.frame import Asked, Behind, Page, View

__all__ = ["PAGES"]

_COUNTED = 10_000
"""Nodes of a type that are counted."""
_SHOWN = 500
"""Types of a kind that are shown."""
_LIMIT = 50
_STATES: Mapping[Kind, list[str]] = {
    "artifact": [state.value for state in ArtifactState],
    "execution": [state.value for state in ExecutionState],
    "context": [],
}


def types(asked: Asked) -> View:
    """The page of all types."""
    store = asked.store
    counts = store.types.counts(most=_COUNTED, as_of=asked.as_of)
    all_ = store.types.all(as_of=asked.as_of)
    kinds = []
    for kind in get_args(Kind):
        of_kind = [
            one
            for one in all_
            if one.kind == kind and (counts[kind, one.name] or not one.name.startswith("mlmd."))
        ]
        of_kind.sort(key=lambda one: (one.name.casefold(), one.version or ""))
        kinds.append((kind, of_kind))
    facts = {"kinds": kinds, "counts": counts, "counted": _COUNTED, "shown": _SHOWN}
    then = asked.then_python.removeprefix(", ")
    behind = Behind(
        f"store.types.all({then})\nstore.types.counts({then})",
        f"graphstore types{asked.then_command}",
        "MATCH (type:Type) RETURN type ORDER BY type.kind, type.name",
    )
    return View("Types", "types.html", facts, behind)


def _nodes(kind: Kind, asked: Asked) -> View:
    """A page of the nodes of a kind."""
    store = asked.store
    nodes: Any = {
        "artifact": store.artifacts,
        "execution": store.executions,
        "context": store.contexts,
    }[kind]
    options: dict[str, Any] = {
        name: value for name in ("type", "filter") if (value := asked.text(name))
    }
    if "type" in options:
        store.types.ids_of(kind, [options["type"]])  # says what is similar if there is none
    if kind != "context":
        if context := asked.text("context"):
            options["context"] = store.contexts.get(context, as_of=asked.as_of).ref.short
        if states := asked.texts("state"):
            options["states"] = states
    if kind == "artifact" and (uri := asked.text("uri")):
        options["uri"] = uri
    if asked.text("order_by"):
        options["order_by"] = asked.text("order_by")
    if asked.text("newest"):
        options["descending"] = True
    if asked.text("deleted"):
        options["deleted"] = True
    limit = asked.whole("limit", _LIMIT)
    page = nodes.list(**options, limit=limit, after=asked.text("after") or None, as_of=asked.as_of)
    facts = {
        "here_is": "/types",
        "kind": kind,
        "nodes": page,
        "states": _STATES[kind],
        "chosen": asked.texts("state"),
        "orders": get_args(Order),
        "types": sorted({one.name for one in store.types.all(kind)})[:_SHOWN],
        "limit": limit,
        "is_any": bool(options.keys() - {"descending", "order_by", "deleted"}),
    }
    python = [f"{name}={value!r}" for name, value in options.items()]
    return View(
        f"{kind.capitalize()}s",
        "list.html",
        facts,
        Behind(
            f"store.{kind}s.list({', '.join([*python, f'limit={limit}'])}{asked.then_python})",
            f"graphstore {kind}s{_command(options)} --limit {limit}{asked.then_command}",
        ),
    )


def _command(options: Mapping[str, Any]) -> str:
    flags = {"descending": " --newest", "deleted": " --deleted"}
    names = {"states": "state", "uri": "at", "order_by": "order-by"}
    text = ""
    for name, value in options.items():
        if name in flags:
            text += flags[name]
            continue
        for one in value if isinstance(value, list) else [value]:
            text += f" --{names.get(name, name)} {quote(one)}"
    return text


PAGES = (
    Page("/types", types),
    Page("/artifacts", partial(_nodes, "artifact")),
    Page("/executions", partial(_nodes, "execution")),
    Page("/contexts", partial(_nodes, "context")),
)

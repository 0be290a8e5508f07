"""`graphstore types`, `artifacts`, `executions`, `contexts` and `show`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphstore import answers
from graphstore.cli.common import (
    AsOf,
    Json,
    Limit,
    console,
    print_json,
    print_table,
    say,
    then,
    when,
    with_store,
)
from graphstore.graph.answer import facts, short_type, standing
from graphstore.model.nodes import Artifact, Execution
from graphstore.model.refs import node_id

if TYPE_CHECKING:
    from graphstore.storage.nodes import Nodes
    from graphstore.store import Store

__all__ = ["artifacts", "contexts", "executions", "show", "types"]

TypeName = Annotated[str | None, typer.Option("--type", help="Of this type, by its whole name.")]
States = Annotated[list[str] | None, typer.Option("--state", help="In this state, or these.")]
InContext = Annotated[
    str | None, typer.Option("--context", help="In this context, by its id: 2 or c2.")
]
At = Annotated[str | None, typer.Option(help="At this path or uri, however it is spelled.")]
Since = Annotated[
    datetime | None, typer.Option(help="Not created before this (UTC, e.g. 2026-01-31).")
]
Before = Annotated[datetime | None, typer.Option(help="Created before this.")]
Filter = Annotated[
    str | None,
    typer.Option(help="Meeting this condition, e.g. \"uri LIKE '%.csv'\" (docs/filter.md)."),
]
OrderBy = Annotated[
    Literal["id", "create_time", "last_update_time"], typer.Option("--order-by", help="In order.")
]
Newest = Annotated[bool, typer.Option("--newest", help="The last first.")]
ListFormat = Annotated[
    Literal["table", "csv", "json"],
    typer.Option("--format", "-f", help="As what; csv has a column for each property."),
]
Deleted = Annotated[bool, typer.Option("--deleted", help="What was deleted, too.")]
After = Annotated[str | None, typer.Option(help="The page after this token.")]


@with_store
def artifacts(
    store: Store,
    type: TypeName = None,
    state: States = None,
    context: InContext = None,
    at: At = None,
    since: Since = None,
    before: Before = None,
    filter: Filter = None,
    order_by: OrderBy = "id",
    newest: Newest = False,
    limit: Limit = 50,
    after: After = None,
    as_of: AsOf = None,
    deleted: Deleted = False,
    format: ListFormat = "table",
    json: Json = False,
) -> None:
    """List artifacts: datasets, models, evaluations."""
    options = {"type": type, "states": state or (), "context": _context(context), "filter": filter}
    options["uri"] = at
    _list(
        store,
        store.artifacts,
        options,
        {
            **_page(since, before, order_by, newest, limit, after),
            "as_of": then(store, as_of),
            "deleted": deleted,
        },
        _as(json, format),
    )


@with_store
def executions(
    store: Store,
    type: TypeName = None,
    state: States = None,
    context: InContext = None,
    since: Since = None,
    before: Before = None,
    filter: Filter = None,
    order_by: OrderBy = "id",
    newest: Newest = False,
    limit: Limit = 50,
    after: After = None,
    as_of: AsOf = None,
    deleted: Deleted = False,
    format: ListFormat = "table",
    json: Json = False,
) -> None:
    """List executions: runs of components."""
    options = {"type": type, "states": state or (), "context": _context(context), "filter": filter}
    _list(
        store,
        store.executions,
        options,
        {
            **_page(since, before, order_by, newest, limit, after),
            "as_of": then(store, as_of),
            "deleted": deleted,
        },
        _as(json, format),
    )


@with_store
def contexts(
    store: Store,
    type: TypeName = None,
    since: Since = None,
    before: Before = None,
    filter: Filter = None,
    order_by: OrderBy = "id",
    newest: Newest = False,
    limit: Limit = 50,
    after: After = None,
    as_of: AsOf = None,
    deleted: Deleted = False,
    format: ListFormat = "table",
    json: Json = False,
) -> None:
    """List contexts: pipelines, runs, experiments."""
    options = {"type": type, "filter": filter}
    _list(
        store,
        store.contexts,
        options,
        {
            **_page(since, before, order_by, newest, limit, after),
            "as_of": then(store, as_of),
            "deleted": deleted,
        },
        _as(json, format),
    )


def _page(
    since: datetime | None,
    before: datetime | None,
    order_by: Literal["id", "create_time", "last_update_time"],
    newest: bool,
    limit: int,
    after: str | None,
) -> dict[str, Any]:
    """The options that all lists have, as `Nodes.list` takes them."""
    return {
        "created_since": _utc(since),
        "created_before": _utc(before),
        "order_by": order_by,
        "descending": newest,
        "limit": limit,
        "after": after,
    }


def _list(
    store: Store,
    nodes: Nodes[Any],
    options: dict[str, Any],
    page_options: dict[str, Any],
    format: str,
) -> None:
    """Print a page of the nodes that have what the options say.

    Args:
        store: Knows the types and contexts that are named.
        nodes: Which kind of nodes.
        options: What they must have, as `Nodes.list` takes it.
        page_options: Which of them, in which order, likewise (`_page`).
        format: ``table``, ``json`` or ``csv``.
    """
    page = answers.list_nodes(store, nodes, **options, **page_options)
    if format == "json":
        print_json(page.to_dict())
        return
    if format == "csv":
        say(page.to_csv(), end="")
        if page.next_page:
            say(f"more: --after {page.next_page}", error=True)
        return
    print_table(
        ["id", "type", "state", "name or place", "created (UTC)"],
        [
            (
                node.ref.short,
                short_type(node.type) + (f"@{node.type_version}" if node.type_version else ""),
                standing(node, short=True),
                node.name or getattr(node, "uri", None) or (str(node.deletion or "")),
                when(node.create_time),
            )
            for node in page
        ],
        empty=f"no {nodes.kind}s" + (" like that" if any(options.values()) else ""),
    )
    if page.next_page:
        console().print(f"more: --after {page.next_page}", style="dim", soft_wrap=True)


def _context(text: str | None) -> int | None:
    """The id of a context that is asked for."""
    return None if text is None else node_id(text, "context")


def _as(json: bool, format: str) -> str:
    return "json" if json else format


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=time.tzinfo or timezone.utc)


@with_store
def types(
    store: Store,
    kind: Annotated[
        Literal["artifact", "execution", "context"] | None, typer.Option(help="Of this kind.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="The base types (mlmd.*) too.")] = False,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """List types, and the properties that they declare."""
    results = answers.list_types(store, kind, base_types=all_, as_of=then(store, as_of))
    if json:
        print_json(results)
        return
    print_table(
        ["#id", "kind", "type", "base", "properties"],
        [
            (
                type_.id,
                type_.kind,
                str(type_),
                type_.base_type.name if type_.base_type else "",
                ", ".join(f"{name}: {kind.value}" for name, kind in type_.properties.items()),
            )
            for type_ in results
        ],
        empty="no types",
    )


@with_store
def show(
    store: Store,
    node: Annotated[
        str, typer.Argument(help="Which: 45 or a45 (artifact), e44 (execution), c3 (context).")
    ],
    json: Json = False,
) -> None:
    """Show all that is known of an artifact, an execution or a context."""
    shown = answers.show(store, node)
    if json:
        print_json(shown)
        return
    subject, contexts, events = shown.node, shown.contexts, shown.events
    kind = subject.kind
    out = console()
    state = getattr(subject, "state", None)
    out.print(f"{subject}" + (f"  {state.value}" if state else ""), markup=False, style="bold")
    print_table(["", ""], facts(subject), empty="")
    others = _ends(store, kind, events)
    for title, inward in (("read", True), ("made", False)):
        rows = [
            (event.role, event.type.value, others[event].ref.short, short_type(others[event].type))
            for event in events
            if event.type.is_input == inward
        ]
        if rows:
            by = {"artifact": f"{title} by", "execution": title}[kind]
            print_table(["role", "event", "", ""], rows, title=f"\n{by}", empty="")
    if contexts:
        belongs = "part of" if kind == "context" else "belongs to"
        rows_ = [(c.ref.short, c.type, c.name or str(c.deletion or "")) for c in contexts]
        print_table(["", "", ""], rows_, title=f"\n{belongs}", empty="")


def _ends(store: Store, kind: str, events: Any) -> dict[Any, Artifact | Execution]:
    """The node at the other end of each event."""
    if kind == "artifact":
        executions = {e.id: e for e in store.executions.get_many({e.execution_id for e in events})}
        return {event: executions[event.execution_id] for event in events}
    artifacts = {a.id: a for a in store.artifacts.get_many({e.artifact_id for e in events})}
    return {event: artifacts[event.artifact_id] for event in events}

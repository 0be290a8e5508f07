"""`graphstore doctor`, `flush`, `verify` and `cache`: what looks after recorded runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphstore.cli.common import Json, print_json, print_table, when, with_store
from graphstore.digest import Status
from graphstore.errors import InvalidArgument
from graphstore.graph import short_type
from graphstore.model.nodes import Artifact, NodeRef

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["cache", "doctor", "flush", "verify"]

_AUDITED_AT_MOST = 10_000_000


@with_store
def doctor(
    store: Store,
    mark: Annotated[
        bool, typer.Option("--mark", help="Mark runs as ABANDONED, and their steps as FAILED.")
    ] = False,
    older_than: Annotated[
        float | None,
        typer.Option(
            help="Take for gone what began so many hours ago and cannot be told from this host.",
            min=0,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Find runs and steps that say that they are going on, and whose process was killed.

    Ends with 1 if there are some and they were not marked.
    """
    flushed = store.flush()  # what seems to go on may have ended while the store did not answer
    running = store.doctor.running(
        older_than=None if older_than is None else timedelta(hours=older_than)
    )
    marked = store.doctor.abandon(running) if mark else None
    if json:
        print_json(
            {
                "delivered": flushed.delivered,
                "running": [
                    {"id": one.node.ref.short, "verdict": one.verdict, "reason": one.reason}
                    for one in running
                ],
                "marked": None
                if marked is None
                else {"executions": marked.executions, "runs": marked.runs},
            }
        )
    else:
        print_table(
            ("", "what", "began (UTC)", "verdict", "why"),
            (
                (
                    one.node.ref.short,
                    one.node.name or short_type(one.node.type),
                    when(one.node.start_time or one.node.create_time),
                    one.verdict,
                    one.reason,
                )
                for one in running
            ),
            empty="nothing is going on",
        )
        if marked is not None:
            print(f"\nmarked {marked.executions} steps as FAILED, {marked.runs} runs as ABANDONED")
    gone = any(one.verdict == "gone" for one in running)
    if gone and marked is None:
        if not json:
            print("\n`graphstore doctor --mark` marks those that are gone")
        raise typer.Exit(1)


@with_store
def flush(store: Store, json: Json = False) -> None:
    """Deliver what runs kept on this machine's disk while the store did not answer.

    Ends with 1 if something was not delivered.
    """
    flushed = store.flush()
    if json:
        print_json(
            {
                "delivered": flushed.delivered,
                "waiting": flushed.waiting,
                "rejected": [{"file": str(file), "why": why} for file, why in flushed.rejected],
            }
        )
    else:
        print(f"delivered {flushed.delivered} records")
        if flushed.waiting:
            print(f"{flushed.waiting} still wait: the store stopped answering")
        for file, why in flushed.rejected:
            print(f"set aside {file}: {why}")
    if flushed.waiting or flushed.rejected:
        raise typer.Exit(1)


@with_store
def verify(
    store: Store,
    ids: Annotated[
        list[str] | None, typer.Argument(help="Artifacts, by id; e.g. a45.", show_default=False)
    ] = None,
    up: Annotated[bool, typer.Option("--up", help="And all that they were made from.")] = False,
    type: Annotated[str | None, typer.Option("--type", help="All of this type.")] = None,
    context: Annotated[int | None, typer.Option("--context", help="All in this context.")] = None,
    json: Json = False,
) -> None:
    """Say which artifacts still are what they were, are changed, or gone.

    Ends with 1 if one is changed or gone.
    """
    artifacts = _chosen(store, ids or [], up, type, context)
    checked = list(store.verify(artifacts))
    if json:
        print_json(
            [
                {
                    "id": artifact.id,
                    "uri": artifact.uri,
                    "status": check.status.value,
                    "reason": check.reason,
                }
                for artifact, check in checked
            ]
        )
    else:
        print_table(
            ("", "type", "status", "why", "uri"),
            (
                (
                    artifact.ref.short,
                    short_type(artifact.type),
                    check.status.value,
                    check.reason,
                    artifact.uri,
                )
                for artifact, check in checked
            ),
            empty="no artifact is asked about",
        )
    if any(check.status in (Status.CHANGED, Status.GONE) for _, check in checked):
        raise typer.Exit(1)


def _chosen(
    store: Store, ids: list[str], up: bool, type: str | None, context: int | None
) -> Iterable[Artifact]:
    if bool(ids) == (type is not None or context is not None):
        raise InvalidArgument("say which artifacts: by id, or by --type and --context")
    if not ids:
        return store.artifacts.iterate(type=type, context=context)
    refs = [NodeRef.parse(id_) for id_ in ids]
    for ref in refs:
        if ref.kind != "artifact":
            raise InvalidArgument(f"{ref} is no artifact")
    if up:
        graph = store.lineage.upstream(refs, max_nodes=_AUDITED_AT_MOST)
        return [graph.artifacts[id_] for id_ in sorted(graph.artifacts)]
    return store.artifacts.get_many(ref.id for ref in refs)


@with_store
def cache(
    store: Store,
    id: Annotated[str, typer.Argument(help="An execution, by id; e.g. e7.", show_default=False)],
    json: Json = False,
) -> None:
    """Say why a step was skipped, or which part of it kept it from being."""
    ref = NodeRef.parse(id, default="execution")
    if ref.kind != "execution":
        raise InvalidArgument(f"{ref} is no execution")
    explanation = store.cache.explain(ref.id)
    if not json:
        print(explanation)
        return
    nearest = explanation.nearest
    said: dict[str, Any] = {
        "execution": explanation.execution.id,
        "nearest": None if nearest is None else nearest.id,
        "hit": explanation.hit,
        "obstacle": explanation.obstacle,
        "differences": [
            {"part": one.part, "was": one.was, "now": one.now} for one in explanation.differences
        ],
    }
    print_json(said)

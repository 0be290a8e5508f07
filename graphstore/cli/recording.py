"""`graphstore doctor`, `flush`, `verify` and `cache`: what looks after recorded runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphstore.cli.common import Json, print_json, print_table, say, when, with_store
from graphstore.errors import InvalidArgument, NotFound
from graphstore.graph.answer import short_type
from graphstore.model.nodes import Artifact
from graphstore.model.refs import node_id, node_ids
from graphstore.recording.digest import Inspector, Status
from graphstore.recording.held import by_address, held
from graphstore.system.progress import late_bar

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
            say(f"\nmarked {marked.executions} steps as FAILED, {marked.runs} runs as ABANDONED")
    gone = any(one.verdict == "gone" for one in running)
    if gone and marked is None:
        if not json:
            say("\n`graphstore doctor --mark` marks those that are gone")
        raise typer.Exit(1)


@with_store
def flush(store: Store, json: Json = False) -> None:
    """Deliver what runs kept on this machine's disk while the store did not answer.

    Tells, too, what waits for stores at other addresses, and what was set aside before. Ends with 1
    if something for this store was not delivered.
    """
    flushed = store.flush()
    kept = held()
    aside = sum(one.records for one in kept if one.in_store(store.address) and one.is_aside)
    aside -= len(flushed.rejected)
    elsewhere = by_address(one for one in kept if not one.in_store(store.address))
    if json:
        print_json(
            {
                "delivered": flushed.delivered,
                "waiting": flushed.waiting,
                "why": flushed.why,
                "rejected": [{"file": str(file), "why": why} for file, why in flushed.rejected],
                "set_aside_before": aside,
                "elsewhere": [one.to_dict() for one in elsewhere],
            }
        )
    else:
        say(f"delivered {flushed.delivered} records")
        if flushed.why:
            say(f"{flushed.waiting} still wait: {flushed.why}")
        for file, why in flushed.rejected:
            say(f"set aside {file}: {why}")
        if aside:
            say(f"{aside} were set aside before: see `graphstore spool list`")
        for other in elsewhere:
            say(f"for another store, {other}")
    if flushed.why or flushed.rejected:
        raise typer.Exit(1)


@with_store
def verify(
    store: Store,
    ids: Annotated[
        list[str] | None, typer.Argument(help="Artifacts, by id; e.g. a45.", show_default=False)
    ] = None,
    up: Annotated[bool, typer.Option("--up", help="And all that they were made from.")] = False,
    type: Annotated[str | None, typer.Option("--type", help="All of this type.")] = None,
    context: Annotated[
        str | None, typer.Option("--context", help="All in this context: 2 or c2.")
    ] = None,
    accept_unknown: Annotated[
        bool,
        typer.Option(
            "--accept-unknown", help="Let it pass if of some nobody can say what they are."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Say which artifacts still are what they were, are changed, or gone.

    Ends with 1 if one is changed or gone, or if that cannot be told of one that stands somewhere
    (UNKNOWN): what was not checked has not passed.
    """
    artifacts = _chosen(store, ids or [], up, type, context)
    checked = list(store.verify(artifacts, inspector=Inspector(progress=late_bar)))
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
    # What stands nowhere, as what a pipeline ran in, is nothing that could be checked.
    standing = [check for artifact, check in checked if artifact.uri]
    unknown = sum(check.status is Status.UNKNOWN for check in standing)
    if (unknown or not standing) and not accept_unknown:
        what = f"{unknown} of {len(standing)} are UNKNOWN" if standing else "nothing was checked"
        say(f"graphstore: {what}; to let that pass, say --accept-unknown", error=True)
        raise typer.Exit(1)


def _chosen(
    store: Store, ids: list[str], up: bool, type: str | None, context: str | None
) -> Iterable[Artifact]:
    if bool(ids) == (type is not None or context is not None):
        raise InvalidArgument("say which artifacts: by id, or by --type and --context")
    if not ids:
        return _all_of(store, type, None if context is None else node_id(context, "context"))
    chosen = node_ids(ids, "artifact")
    if up:
        graph = store.lineage.upstream(chosen, max_nodes=_AUDITED_AT_MOST)
        return [graph.artifacts[id_] for id_ in sorted(graph.artifacts)]
    return store.artifacts.get_many(chosen)


def _all_of(store: Store, type: str | None, context: int | None) -> Iterable[Artifact]:
    """All artifacts of a type, in a context: one at least.

    Raises:
        NotFound: If there is no such type or context, or nothing of it.
    """
    if type is not None:
        store.types.ids_of("artifact", [type])
    if context is not None:
        store.contexts.get(context)
    artifacts = store.artifacts.iterate(type=type, context=context)
    first = next(artifacts, None)
    if first is None:
        asked = {"type": type, "context": context}
        by = [name for name, value in asked.items() if value is not None]
        key = [value for value in asked.values() if value is not None]
        hint = "so there is nothing to verify"
        raise NotFound("artifact", " and ".join(by), key[0] if len(key) == 1 else key, hint)
    return chain([first], artifacts)


@with_store
def cache(
    store: Store,
    id: Annotated[str, typer.Argument(help="An execution, by id; e.g. e7.", show_default=False)],
    json: Json = False,
) -> None:
    """Say why a step was skipped, or which part of it kept it from being."""
    explanation = store.cache.explain(id)
    if not json:
        say(explanation)
        return
    nearest = explanation.nearest
    said: dict[str, Any] = {
        "execution": explanation.execution.id,
        "nearest": None if nearest is None else nearest.id,
        "hit": explanation.hit,
        "obstacle": explanation.obstacle,
        "evidence": explanation.evidence,
        "differences": [
            {"part": one.part, "was": one.was, "now": one.now} for one in explanation.differences
        ],
    }
    print_json(said)

"""`graphstore doctor`, `flush`, `verify` and `cache`: what looks after recorded runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphstore import answers
from graphstore.cli.common import Json, print_json, print_table, say, when, with_store
from graphstore.cli.sealing import verify_records
from graphstore.errors import InvalidArgument, NotFound
from graphstore.graph.answer import short_type
from graphstore.model.nodes import Artifact
from graphstore.model.refs import node_id, node_ids
from graphstore.recording.digest import Inspector, Status
from graphstore.recording.held import all_held, by_address
from graphstore.system.progress import late_bar

if TYPE_CHECKING:
    from graphstore.interop.model_signing import Signed
    from graphstore.store import Store

__all__ = ["cache", "doctor", "flush", "verify"]

_AUDITED_AT_MOST = 10_000_000
_SHOWN = 20
"""Files that are printed."""


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
    delivery = store.flush()  # what seems to go on may have ended while the store did not answer
    suspects = store.doctor.running(
        older_than=None if older_than is None else timedelta(hours=older_than)
    )
    counts = store.doctor.abandon(suspects) if mark else None
    if json:
        print_json(
            {
                "delivered": delivery.delivered,
                "running": answers.running_in_json(suspects),
                "marked": None
                if counts is None
                else {"executions": counts.executions, "runs": counts.runs},
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
                for one in suspects
            ),
            empty="nothing is going on",
        )
        if counts is not None:
            say(f"\nmarked {counts.executions} steps as FAILED, {counts.runs} runs as ABANDONED")
    is_any_gone = any(one.verdict == "gone" for one in suspects)
    if is_any_gone and counts is None:
        if not json:
            say("\n`graphstore doctor --mark` marks those that are gone")
        raise typer.Exit(1)


@with_store
def flush(store: Store, json: Json = False) -> None:
    """Deliver what runs kept on this machine's disk while the store did not answer.

    Tells, too, what waits for stores at other addresses, and what was set aside before. Ends with 1
    if something for this store was not delivered.
    """
    delivery = store.flush()
    spools = all_held()
    aside = sum(one.records for one in spools if one.in_store(store.address) and one.is_aside)
    aside -= len(delivery.rejected)
    elsewhere = by_address(one for one in spools if not one.in_store(store.address))
    if json:
        print_json(
            {
                "delivered": delivery.delivered,
                "waiting": delivery.waiting,
                "why": delivery.why,
                "rejected": [{"file": str(file), "why": why} for file, why in delivery.rejected],
                "set_aside_before": aside,
                "elsewhere": [one.to_dict() for one in elsewhere],
            }
        )
    else:
        say(f"delivered {delivery.delivered} records")
        if delivery.why:
            say(f"{delivery.waiting} still wait: {delivery.why}")
        for file, why in delivery.rejected:
            say(f"set aside {file}: {why}")
        if aside:
            say(f"{aside} were set aside before: see `graphstore spool list`")
        for other in elsewhere:
            say(f"for another store, {other}")
    if delivery.why or delivery.rejected:
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
    records: Annotated[
        bool,
        typer.Option(
            "--records", help="Not files, but all that the store says, against its seals."
        ),
    ] = False,
    seals: Annotated[
        Path | None,
        typer.Option(
            help="With --records: a folder of seals that are kept elsewhere; by default the one in"
            " your data folder.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="With --records: a public key that is trusted, or its file; by default yours. With"
            " --signature: the file of the signer's, in PEM.",
            show_default=False,
        ),
    ] = None,
    signature: Annotated[
        Path | None,
        typer.Option(
            help="Not against the files that stand there, but against those that this file of"
            " model-signing's names.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Say which artifacts still are what they were, are changed, or gone.

    Ends with 1 if one is changed or gone, or if that cannot be told of one that stands somewhere
    (UNKNOWN): what was not checked has not passed.

    With --records it compares all that was recorded with what 'graphstore seal' signed, and ends
    with 1 if something was altered, removed, or put in between.

    With --signature it ends with 1 unless what was signed is what was recorded.
    """
    if signature is not None:
        if records or seals or up or type or context or len(ids or ()) != 1 or len(key or ()) > 1:
            raise InvalidArgument("--signature is of one artifact, and takes one --key at most")
        _verify_signature(store, (ids or [""])[0], signature, key, accept_unknown, json)
        return
    if records or seals or key:
        if not records or ids or type or context:
            raise InvalidArgument(
                "--records is about the whole store, and --seals and --key go with it"
            )
        verify_records(store, key or [], seals, json)
        return
    artifacts = _choose(store, ids or [], up, type, context)
    results = list(store.verify(artifacts, inspector=Inspector(progress=late_bar)))
    if json:
        print_json(answers.verified_in_json(results))
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
                for artifact, check in results
            ),
            empty="no artifact is asked about",
        )
    if any(check.status in (Status.CHANGED, Status.GONE) for _, check in results):
        raise typer.Exit(1)
    # What stands nowhere, as what a pipeline ran in, is nothing that could be checked.
    standing = [check for artifact, check in results if artifact.uri]
    unknown = sum(check.status is Status.UNKNOWN for check in standing)
    if (unknown or not standing) and not accept_unknown:
        what = f"{unknown} of {len(standing)} are UNKNOWN" if standing else "nothing was checked"
        say(f"graphstore: {what}; to let that pass, say --accept-unknown", error=True)
        raise typer.Exit(1)


def _verify_signature(
    store: Store,
    id: str,
    signature: Path,
    keys: list[str] | None,
    accept_unknown: bool,
    json: bool,
) -> None:
    from graphstore.interop.model_signing import verify_signature

    signed = verify_signature(store, id, signature, key=keys[0] if keys else None)
    _print_signed(signed, json=json)
    if not signed.passed and not (
        accept_unknown and signed.same is None and signed.signed is not False
    ):
        raise typer.Exit(1)


def _print_signed(signed: Signed, *, json: bool) -> None:
    """Print what a signature says of an artifact, and what was not checked."""
    if json:
        print_json({**signed.to_dict(), "passed": signed.passed})
        return
    for word, names in (
        ("differs", signed.differing),
        ("was signed, and not recorded", signed.missing),
        ("was recorded, and not signed", signed.extra),
        ("was left out by the signer", signed.left_out),
    ):
        for name in names[:_SHOWN]:
            say(f"{name} {word}")
        if (more := len(names) - _SHOWN) > 0:
            say(f"... and {more:,} more; --json has all")
    what = f"the {signed.files:,} files of {signed.subject!r} that were signed"
    if signed.same:
        say(f"{what} are those that were recorded as {signed.artifact.short}")
    else:
        verdict = "are not" if signed.same is False else "may not be"
        say(f"{what} {verdict} those recorded as {signed.artifact.short}: {signed.reason}")
    if signed.signed is None:
        say("who signed was not checked: --key names the file of a public key")
    else:
        say(f"the signature is {'that' if signed.signed else 'NOT that'} of the key")


def _choose(
    store: Store, ids: list[str], up: bool, type: str | None, context: str | None
) -> Iterable[Artifact]:
    if bool(ids) == (type is not None or context is not None):
        raise InvalidArgument("say which artifacts: by id, or by --type and --context")
    if not ids:
        return _all_of(store, type, None if context is None else node_id(context, "context"))
    numbers = node_ids(ids, "artifact")
    if up:
        graph = store.lineage.upstream(numbers, max_nodes=_AUDITED_AT_MOST)
        return [graph.artifacts[id_] for id_ in sorted(graph.artifacts)]
    return store.artifacts.get_many(numbers)


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
        criteria = {"type": type, "context": context}
        by = [name for name, value in criteria.items() if value is not None]
        key = [value for value in criteria.values() if value is not None]
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
    print_json(answers.cache_in_json(explanation))

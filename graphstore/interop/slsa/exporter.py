"""Writes an execution as SLSA provenance v1 (https://slsa.dev/spec/v1.0/provenance).

One statement is of one build: the execution that made the subject, and what that read. What this
was made from has statements of its own, and the whole lineage is in the other formats.

=========================  ======================================================================
``subject``                what was asked for: an artifact, or all that an execution made
``externalParameters``     the type of the execution, and what it was told
``internalParameters``     its state, and what else it says: notes, the version of its code
``resolvedDependencies``   what it read, and the commit of its run
``builder``                the store that says so; `version` is that of graphstore
``invocationId``           the execution
``byproducts``             what else it made
=========================  ======================================================================

What has no digest says so in its annotations. A subject without one is refused: a statement about
it would be about nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from graphstore.check_proof import STATEMENT
from graphstore.errors import DISTRIBUTION, FailedPrecondition
from graphstore.interop.exporting.facts import Facts, digest_of, is_made, label, notes_of
from graphstore.interop.exporting.gathering import gather
from graphstore.interop.exporting.report import Document, counts_of
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Execution, NodeRef
from graphstore.model.plain import in_json
from graphstore.model.refs import NodeLike, reference
from graphstore.model.times import KnownAt
from graphstore.proof.envelope import Envelope
from graphstore.questions.about.facts import parameters_of
from graphstore.store import Store

if TYPE_CHECKING:
    from graphstore.proof.keys import Key

__all__ = ["BUILD_TYPE", "export_slsa"]

BUILD_TYPE = "urn:graphstore:execution:1"
"""What the parameters mean, as docs/export.md says."""
_PREDICATE = "https://slsa.dev/provenance/v1"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def export_slsa(
    store: Store, of: NodeLike, *, key: Key | None = None, as_of: KnownAt | None = None
) -> Document:
    """How something was built: a statement of in-toto with SLSA provenance v1.

    Args:
        store: Whom to ask.
        of: An artifact, or an execution with all that it made.
        key: Signs it (`graphstore.proof.keys.load_key` is the user's): then it is an envelope of
            DSSE. None for the statement alone.
        as_of: What the store said at this time; None for now.

    Raises:
        NotFound: If there is no such node.
        FailedPrecondition: If a subject has no digest of its contents; if nobody is known to have
            made it, or several are.
        MissingExtra: If there is a key, and the extra ``proof`` is not installed.
    """
    ref = reference(of, "artifact", "execution")
    maker = ref if ref.kind == "execution" else _maker(store, ref, as_of)
    facts = gather(store, maker, max_hops=1, as_of=as_of)
    execution = facts.graph.executions[maker.id]
    if maker in facts.graph.frontier:
        raise FailedPrecondition(f"{maker.short} read more than a statement can name")
    made = [_artifact(facts, event) for event in facts.outputs_of(execution)]
    subjects = [one for one in made if ref in (one.ref, maker)]
    if not subjects:
        raise FailedPrecondition(f"{maker.short} made nothing that a statement could be about")
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [_subject(facts, one) for one in _once(subjects)],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": _definition(facts, execution),
            "runDetails": _details(facts, execution, [one for one in made if one not in subjects]),
        },
    }
    text = json.dumps(statement, indent=1, ensure_ascii=False, allow_nan=False)
    if key is not None:
        payload = text.encode()
        text = Envelope(STATEMENT, payload, key.public, key.sign(STATEMENT, payload)).json.rstrip()
    return Document(**{**counts_of(facts), "missing": ""}, text=text)


def _maker(store: Store, ref: NodeRef, as_of: KnownAt | None) -> NodeRef:
    """Who made an artifact."""
    graph = store.lineage.upstream(ref, max_hops=1, as_of=as_of)
    makers = sorted({event.execution_id or 0 for event in graph.events if is_made(graph, event)})
    if len(makers) != 1:
        names = ", ".join(f"e{id_}" for id_ in makers)
        who = (
            f"{len(makers)} executions made it: name one ({names})"
            if makers
            else ("nobody is known to have made it")
        )
        raise FailedPrecondition(f"there is no one build of {ref.short}: {who}")
    return NodeRef("execution", makers[0])


def _artifact(facts: Facts, event: Event) -> Artifact:
    return facts.graph.artifacts[event.artifact_id or 0]


def _once(artifacts: Iterable[Artifact]) -> Iterable[Artifact]:
    return {artifact.ref: artifact for artifact in artifacts}.values()


def _subject(facts: Facts, artifact: Artifact) -> dict[str, Any]:
    digest = digest_of(artifact)
    if not digest:
        words = f"only {artifact.digest!r}" if artifact.digest else "none"
        raise FailedPrecondition(
            f"{artifact.ref.short} has no digest of its contents, and a statement without one would"
            f" be about nothing: {words} was recorded"
        )
    return {"name": facts.urn(artifact.ref), "digest": dict(digest)}


def _resource(facts: Facts, artifact: Artifact, **annotations: Any) -> dict[str, Any]:
    """An artifact that is no subject."""
    digest = digest_of(artifact)
    annotations |= {"label": label(artifact), "type": artifact.type}
    if not digest:
        annotations["noDigest"] = artifact.digest or "none was recorded"
    said = {
        "name": facts.urn(artifact.ref),
        "uri": artifact.uri,
        "digest": dict(digest),
        "annotations": in_json(annotations),
    }
    return {name: value for name, value in said.items() if value}


def _definition(facts: Facts, execution: Execution) -> dict[str, Any]:
    parameters, (notes, custom) = parameters_of(execution), notes_of(execution)
    state = {} if execution.state is None else {"state": execution.state.value}
    return {
        "buildType": BUILD_TYPE,
        "externalParameters": in_json({"type": execution.type, "parameters": parameters}),
        "internalParameters": in_json({**state, "notes": notes, "custom": custom}),
        "resolvedDependencies": [*_dependencies(facts, execution), *_commit(facts, execution)],
    }


def _dependencies(facts: Facts, execution: Execution) -> Iterable[dict[str, Any]]:
    roles: dict[NodeRef, list[str]] = {}
    for event in facts.inputs_of(execution):
        roles.setdefault(NodeRef("artifact", event.artifact_id or 0), []).append(event.role)
    for ref, names in roles.items():
        yield _resource(facts, facts.graph.artifacts[ref.id], roles=sorted(set(names)))


def _commit(facts: Facts, execution: Execution) -> Iterable[dict[str, Any]]:
    """The commit that its run was of."""
    run = facts.run_of(execution)
    said: Mapping[str, Any] = {} if run is None else run.properties
    commit, remote = said.get("git_commit"), said.get("git_remote")
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        return
    descriptor: dict[str, Any] = {"name": "code", "digest": {"gitCommit": commit}}
    if isinstance(remote, str) and remote:
        descriptor["uri"] = f"git+{remote}"
    if said.get("git_dirty"):
        descriptor["annotations"] = {"dirty": True}
    yield descriptor


def _details(facts: Facts, execution: Execution, byproducts: Iterable[Artifact]) -> dict[str, Any]:
    times = {"startedOn": execution.start_time, "finishedOn": execution.end_time}
    return {
        "builder": {
            "id": f"urn:graphstore:{facts.identity.id}",
            "version": {"graphstore": version(DISTRIBUTION)},
        },
        "metadata": {
            "invocationId": facts.urn(execution.ref),
            **{name: _zulu(time) for name, time in times.items() if time is not None},
        },
        "byproducts": [_resource(facts, one) for one in _once(byproducts)],
    }


def _zulu(time: datetime) -> str:
    """A time as the specification asks for it, in UTC with a Z."""
    return time.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")

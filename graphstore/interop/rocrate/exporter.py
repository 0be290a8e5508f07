"""Writes a lineage as a Process Run Crate (https://w3id.org/ro/wfrun/process/0.5).

=====================  ==========================================================================
execution              ``CreateAction``, or ``ActivateAction`` if it made nothing
its type and code      ``SoftwareApplication``, the instrument
what it read           ``object``, with its parameters as ``PropertyValue``
what it made           ``result``
who                    ``Person``, the agent
artifact               ``File`` or ``Dataset`` if it is in the crate or on the web, else a
                       ``CreativeWork`` that says its uri
context                ``Collection``; who belongs to it says so by ``isPartOf``
=====================  ==========================================================================

There is no workflow: nobody recorded the plan of a pipeline, only what was run.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from graphstore.errors import MissingExtra
from graphstore.interop.exporting.facts import Facts, digest_of, error_of, label, notes_of
from graphstore.interop.exporting.gathering import MAX_NODES, gather
from graphstore.interop.exporting.report import Exported, counts_of
from graphstore.interop.files import new_folder
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Execution, ExecutionState, Node, NodeRef
from graphstore.model.plain import in_json
from graphstore.model.refs import NodeLike
from graphstore.model.times import KnownAt
from graphstore.printable import printable
from graphstore.questions.about.facts import code_of, parameters_of
from graphstore.questions.about.parameters import by_tfx
from graphstore.recording.digest import Inspector, Status
from graphstore.store import Store
from graphstore.system.uris import local_path

if TYPE_CHECKING:
    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

__all__ = ["Crate", "export_rocrate"]

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_WEB = ("http", "https", "ftp")
_STATUS: Mapping[ExecutionState | None, str] = {
    ExecutionState.COMPLETE: "CompletedActionStatus",
    ExecutionState.CACHED: "CompletedActionStatus",
    ExecutionState.FAILED: "FailedActionStatus",
    ExecutionState.CANCELED: "FailedActionStatus",
    ExecutionState.RUNNING: "ActiveActionStatus",
    ExecutionState.NEW: "PotentialActionStatus",
}


@dataclass(frozen=True)
class Crate(Exported):
    """A crate that was written."""

    path: Path
    files: int
    """How many files and folders were copied into it."""
    not_copied: Mapping[str, str]
    """Which artifacts that have a place on this machine were not, and why: all are what was
    recorded."""


def export_rocrate(
    store: Store,
    of: NodeLike,
    folder: str | Path,
    *,
    files: bool = False,
    max_nodes: int = MAX_NODES,
    passed_on: bool = False,
    as_of: KnownAt | None = None,
) -> Crate:
    """How something came to be, as a Process Run Crate.

    Args:
        store: Whom to ask.
        of: An artifact, with all that it was made from; an execution, with what it made and all
            that this was made from; or a context, a run say, with what its executions read and
            made.
        folder: Where to write it; it is made, and appears when it is whole.
        files: Whether to copy files and folders of this machine into it: those that are what was
            recorded, by their digests.
        max_nodes: Artifacts and executions at most, the nearest; the crate says if there are more.
        passed_on: Whether to follow who only passed something on, too, as `Lineage.upstream` does.
        as_of: What the store said at this time; None for now. Files are those of now.

    Returns:
        What is in it.

    Raises:
        NotFound: If there is no such node.
        AlreadyExists: If there is something in the folder.
        FailedPrecondition: If it cannot be written.
        MissingExtra: If the extra ``rocrate`` is not installed.
    """
    try:
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise MissingExtra("RO-Crate", "rocrate", "rocrate") from None
    path = Path(folder)
    with new_folder(path) as partial:
        facts = gather(store, of, max_nodes=max_nodes, passed_on=passed_on, as_of=as_of)
        # By itself rocrate writes 1.3, which no profile of runs extends.
        writer = _Writer(facts, ROCrate(version="1.1"), copy=files)
        writer.write(partial)
    return Crate(
        **counts_of(facts), path=path, files=writer.files, not_copied=dict(writer.not_copied)
    )


class _Writer:
    """Fills a crate."""

    def __init__(self, facts: Facts, crate: ROCrate, *, copy: bool) -> None:
        self._facts, self._crate = facts, crate
        self._inspector = Inspector() if copy else None
        self.files, self.not_copied = 0, dict[str, str]()
        self._uris = Counter(artifact.uri for artifact in facts.graph.artifacts.values())
        self._entities: dict[NodeRef, Entity] = {}

    def write(self, folder: Path) -> None:
        """Describe all of it, and write it into a folder."""
        facts = self._facts
        self._crate.metadata.extra_contexts.append(_TERMS)
        self._root()
        for context in facts.contexts.values():
            self._entities[context.ref] = self._describe(
                context, facts.urn(context.ref), "Collection"
            )
        for context in facts.contexts.values():
            wholes = (NodeRef("context", id_) for id_ in facts.parents[context.ref.id])
            self._part_of(context.ref, wholes)
        for artifact in facts.graph.artifacts.values():
            self._entities[artifact.ref] = self._artifact(artifact)
            self._belong(artifact.ref)
        for execution in facts.graph.executions.values():
            self._action(execution)
            self._belong(execution.ref)
        self._crate.write(folder)

    def _root(self) -> None:
        facts, root = self._facts, self._crate.root_dataset
        subject = facts.of.short
        if facts.of.kind != "context":
            subject = label(facts.graph.node(facts.of))
        elif facts.of.id in facts.contexts:
            subject = label(facts.contexts[facts.of.id])
        then = "" if facts.as_of is None else f", as the store said at {facts.as_of.isoformat()}"
        about = f"What led to {facts.of.short} in the store {facts.identity.id}{then}."
        root["name"] = printable(f"Provenance of {subject}")
        root["description"] = about + (f" It is {facts.missing}." if facts.missing else "")
        root["datePublished"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
        root["conformsTo"] = self._add(
            PROFILE, "CreativeWork", {"name": "Process Run Crate", "version": "0.5"}
        )

    def _add(self, id_: str, type_: str, properties: Mapping[str, Any]) -> Entity:
        """A contextual entity, the one that is there if there is one."""
        from rocrate.model.contextentity import ContextEntity

        if id_ in self._crate:  # of what is not there `get` looks through all subcrates
            return self._crate.get(id_)
        said = {name: value for name, value in properties.items() if value not in (None, "", [])}
        return self._crate.add(ContextEntity(self._crate, id_, {"@type": type_, **said}))

    def _describe(self, node: Node, id_: str, type_: str, **more: Any) -> Entity:
        return self._add(id_, type_, {**self._about(node), **more})

    def _about(self, node: Node) -> dict[str, Any]:
        """What any node says."""
        own, custom = node.properties, node.custom_properties
        if isinstance(node, Execution):
            own, custom = notes_of(node)
        about: dict[str, Any] = {
            "name": label(node),
            "additionalType": node.type,
            "identifier": self._facts.urn(node.ref),
            "additionalProperty": [
                *self._values(node.ref, "property", own),
                *self._values(node.ref, "custom", custom),
            ],
        }
        if node.deletion is not None:
            about["description"] = f"It was deleted: {node.deletion}"
        return {name: value for name, value in about.items() if value}

    def _values(self, ref: NodeRef, what: str, values: Mapping[str, Any]) -> list[Entity]:
        """Values by name, as entities of their own."""
        return [
            self._add(
                f"#{ref.short}-{what}-{quote(name, safe='')}",
                "PropertyValue",
                {"name": name, "value": _json(value)},
            )
            for name, value in sorted(values.items())
        ]

    def _belong(self, ref: NodeRef) -> None:
        contexts = self._facts.belongs.get(ref, ())
        self._part_of(ref, (NodeRef("context", id_) for id_ in contexts))

    def _part_of(self, ref: NodeRef, wholes: Iterable[NodeRef]) -> None:
        if entities := [self._entities[whole] for whole in wholes]:
            self._entities[ref]["isPartOf"] = entities

    def _artifact(self, artifact: Artifact) -> Entity:
        digest = digest_of(artifact)
        about = self._about(artifact)
        if "sha256" in digest:
            about["sha256"] = digest["sha256"]
        elif artifact.digest:
            value = self._values(artifact.ref, "digest", {"digest": artifact.digest})
            about["additionalProperty"] = [*about.get("additionalProperty", ()), *value]
        if (source := self._file_of(artifact)) is not None:
            self.files += 1
            add = self._crate.add_dataset if source.is_dir() else self._crate.add_file
            # Two files of one base name: rocrate would put the second in place of the first.
            place = PurePath(artifact.ref.short) / source.name
            original = {"alternateName": artifact.uri}
            return add(source, place.as_posix(), properties={**about, **original})
        uri = artifact.uri
        if uri and urlsplit(uri).scheme in _WEB and self._uris[uri] == 1:
            if "sha256" in digest:
                return self._crate.add_file(uri, properties=about)
            if "sha256-tree" in digest:
                return self._crate.add_dataset(uri, properties=about)
        return self._add(
            self._facts.urn(artifact.ref), "CreativeWork", {**about, "contentUrl": uri}
        )

    def _file_of(self, artifact: Artifact) -> Path | None:
        """What to copy of an artifact."""
        if self._inspector is None or not artifact.uri:
            return None
        if (path := local_path(artifact.uri)) is None or not path.is_absolute():
            return None
        check = self._inspector.check(artifact.uri, artifact.digest)
        if check.status is Status.UNCHANGED:
            return path.resolve()
        self.not_copied[artifact.ref.short] = f"{check.status.value}: {check.reason}"
        return None

    def _action(self, execution: Execution) -> None:
        facts = self._facts
        made = [self._entity(event) for event in facts.outputs_of(execution)]
        read = [self._entity(event) for event in facts.inputs_of(execution)]
        told = self._values(execution.ref, "parameter", parameters_of(execution))
        state = _STATUS.get(execution.state)
        is_failure = state == "FailedActionStatus"
        action = self._describe(
            execution,
            facts.urn(execution.ref),
            "CreateAction" if made else "ActivateAction",
            instrument=self._software(execution),
            startTime=_time(execution.start_time),
            endTime=_time(execution.end_time),
            agent=[
                self._add(f"#{agent.key}", "Person", {"name": agent.name})
                for agent in facts.agents_of(execution)
                if not agent.is_program
            ],
            object=[*dict.fromkeys(read), *told],
            result=[*dict.fromkeys(made)],
            actionStatus=state and f"http://schema.org/{state}",
            error=error_of(execution) if is_failure else None,
            environment=[*self._variables(execution)],
        )
        self._entities[execution.ref] = action
        self._crate.root_dataset.append_to("mentions", action)

    def _entity(self, event: Event) -> Entity:
        return self._entities[NodeRef("artifact", event.artifact_id or 0)]

    def _software(self, execution: Execution) -> Entity:
        """What ran: what is of one type and one version of the code."""
        code = code_of(execution)
        key = sha256(f"{execution.type}\n{code or ''}".encode()).hexdigest()[:16]
        # Of TFX the file is known that has the code, and no version.
        said = {"description": code} if by_tfx(execution) else {"softwareVersion": code}
        return self._add(
            f"#software-{key}", "SoftwareApplication", {"name": execution.type, **said}
        )

    def _variables(self, execution: Execution) -> Iterator[Entity]:
        for environment in self._facts.environments_of(execution):
            variables = environment.properties.get("variables")
            if isinstance(variables, Mapping):
                yield from self._values(environment.ref, "variable", variables)


def _json(value: Any) -> Any:
    """A value as ``PropertyValue`` has it: a number, a text, true or false; else it is JSON."""
    value = in_json(value)
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(timezone.utc).isoformat()

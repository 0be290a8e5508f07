"""Writes a store, or a part of it, to an archive.

The order is artifacts, executions, contexts, types. What an edge leads to is written after it, so
that it is in the archive though others write in the meantime: an event that was read leads to an
execution that is there by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from graphstore.database import Row
from graphstore.database.literals import properties_to_json
from graphstore.database.queries import QUERIES
from graphstore.errors import DISTRIBUTION, FailedPrecondition, InvalidArgument
from graphstore.interop.archive.batches import ahead
from graphstore.interop.archive.file import PARTS, ArchiveWriter, Line
from graphstore.interop.archive.scope import Scope
from graphstore.interop.archive.then import Then
from graphstore.interop.identity import KINDS, Identity
from graphstore.model.plain import Plain
from graphstore.model.refs import ContextLike, NodeLike
from graphstore.model.times import KnownAt
from graphstore.proof.leaves import chunks
from graphstore.store import Store
from graphstore.system.batched import batched
from graphstore.system.progress import OnProgress, Progress, silent

__all__ = ["ExportReport", "export_archive"]

_PAGE, _FIRST_PAGE = 1_000, 200
"""Nodes that are read at once."""
_HEAVY = 8_000_000
"""Bytes of a page at most, about."""
_MANY_EDGES = 10_000
"""Events that are read with an artifact; of one with more they come after it, as many a line."""
_LOWEST = -(2**63)
_NOTES = {"deletion": "purges", "erasure": "erasures"}


@dataclass
class ExportReport(Plain):
    """What an archive has in it."""

    path: Path
    bytes: int
    begun: datetime
    ended: datetime
    """When the first node was read, and the last: an archive is of no single moment."""
    lines: dict[str, int] = field(default_factory=dict)
    """How many nodes of each kind, by kind."""
    nodes: dict[str, int] = field(default_factory=dict)
    """How many, by label; a node counts with each label that it has."""
    edges: dict[str, int] = field(default_factory=dict)
    """How many, by type."""
    edges_out: dict[str, int] = field(default_factory=dict)
    """How many lead from the part that was exported to what is not in it, by type."""
    left_out: dict[str, int] = field(default_factory=dict)
    """How many nodes of the database no archive has, by their labels: somebody else's."""
    series_left_out: int = 0
    """How many series of metrics an archive as of a time has not: they went on after it, and were
    thinned, so that nobody knows which of their points were there then."""


def export_archive(
    store: Store,
    path: str | Path,
    *,
    pipeline: ContextLike | None = None,
    lineage: NodeLike | None = None,
    as_of: KnownAt | None = None,
    force: bool = False,
    on_progress: OnProgress = silent,
) -> ExportReport:
    """Write a store to an archive: all of it, a pipeline, or what made and was made of something.

    Others may write in the meantime. Then the archive is no snapshot: of what they do while it is
    written some is in it. What an edge of it leads to is in it, too.

    Memory is flat for a whole store; of a part the ids are held, and of an archive with contexts
    theirs.

    Args:
        store: What to read.
        path: The file to write. It appears when it is whole.
        pipeline: Only this pipeline, by name, context or id: its runs, what belongs to them, and
            the artifacts that their steps read.
        lineage: Only an artifact or execution, what it was made from and what it reached.
        as_of: All that the store said at this time, with the history until then; None for now. Such
            an archive is of that one moment. Not of a part: take one of a copy.
        force: Whether to write over a file that is there.
        on_progress: Is told how many nodes were read.

    Returns:
        What is in it.

    Raises:
        AlreadyExists: If the file is there, and not `force`.
        NotFound: If there is no such pipeline or node.
        InvalidArgument: If two of `pipeline`, `lineage` and `as_of` are given; if a value is of a
            kind that no archive has.
        FailedPrecondition: If the file cannot be written; if the copy of an archive into the store
            has not ended; if what the store said at a time is not final yet.
    """
    if pipeline is not None and lineage is not None:
        raise InvalidArgument("an archive has a pipeline or a lineage: give one")
    if as_of is not None and not pipeline is lineage is None:
        raise InvalidArgument(
            "as of a time the whole store is exported: import that into another store, and export"
            " the part from there"
        )
    with ArchiveWriter(Path(path), force=force) as writer:
        identity = Identity.of(store.database)
        if identity.importing is not None:
            raise FailedPrecondition(
                "an archive is being copied into this store, and that has not ended: import it"
                " again to go on, and export then"
            )
        begun = datetime.now(timezone.utc)
        scope = Scope.of(store, pipeline, lineage)
        then = None if as_of is None else Then.of(store.database, as_of)
        export = _Export(store, writer, scope, then, on_progress)
        export.run()
        return export.finish(identity, begun)


class _Export:
    """One export under way."""

    def __init__(
        self,
        store: Store,
        writer: ArchiveWriter,
        scope: Scope,
        then: Then | None,
        on_progress: OnProgress,
    ) -> None:
        self._database, self._writer, self._scope = store.database, writer, scope
        self._then = then
        self._known = {} if then is None else {"known_at": then.time}
        self._edges_out: Counter[str] = Counter()
        self._contexts: set[int] = set()
        self._parents: set[int] = set()
        """Contexts that others are part of."""
        self._types: set[int] = set()
        self._sources: set[str] = set()
        self._seals: list[Row] = []
        if scope.is_whole and then is None:
            # Of a seal that is made meanwhile some records may have been missed.
            self._seals = [row["seal"] for row in self._database.rows(QUERIES["seal.list"])]
        self._on_progress, self._done = on_progress, 0
        state = self._state()
        self._total = scope.size if scope.size is not None else sum(state["counts"].values())

    def run(self) -> None:
        """Write all lines."""
        for kind in KINDS:
            self._write(kind, self._scope.ids(kind))
        # A context that was made while others were read may have a lower id than the last one.
        while missing := self._parents - self._contexts:
            before = len(self._contexts)
            self._write("context", missing)
            if len(self._contexts) == before:
                break  # they were deleted
        self._write("type", None if self._scope.is_whole else self._types)
        if self._scope.is_whole:
            self._write_notes("deletion", "_deleted")
            self._write_notes("erasure", "_recorded")
        rows = self._database.rows(QUERIES["source.list"])
        sources = [row["source"] for row in rows]
        lines = [
            {"labels": ["GraphstoreSource"], "properties": properties_to_json(source)}
            for source in sources
            if (self._scope.is_whole or source["name"] in self._sources)
            and (self._then is None or not self._then.is_later(source["create_time"]))
        ]
        if lines:
            self._writer.add("source", lines)
        self._write_seals()

    def _write_seals(self) -> None:
        """Write the seals, each behind its leaves."""
        for seal in self._seals:
            for leaves in chunks(self._database, seal["number"]):
                line = {"labels": ["GraphstoreLeaves"], "properties": properties_to_json(leaves)}
                self._writer.add("seal", [line])
            line = {"labels": ["GraphstoreSeal"], "properties": properties_to_json(seal)}
            self._writer.add("seal", [line])

    def _write_notes(self, kind: str, time: str) -> None:
        """Write what tells of purges or erasures, one by one: each may name thousands of nodes."""
        with closing(self._database.stream(QUERIES[f"deletion.{_NOTES[kind]}"])) as rows:
            for row in rows:
                if self._then is not None and self._then.is_later(row[kind][time]):
                    break
                line = {"labels": [f"Graphstore{kind.capitalize()}"]}
                self._writer.add(kind, [{**line, "properties": properties_to_json(row[kind])}])

    def finish(self, identity: Identity, begun: datetime) -> ExportReport:
        """Write the manifest, and say what is in the archive."""
        if not self._scope.is_whole:
            self._count_edges_out()
        # The ids of what was read are lower than what the counters say now.
        state = self._state()
        left_out = {}
        if self._scope.is_whole:
            rows = self._database.rows(QUERIES["archive.left_out"])
            left_out = {":".join(sorted(row["labels"])): row["count"] for row in rows}
        ended = datetime.now(timezone.utc)
        manifest = self._writer.finish(
            {
                "graphstore": version(DISTRIBUTION),
                "server": self._database.server,
                "migrations": state["migrations"],
                "begun": begun.isoformat(),
                "ended": ended.isoformat(),
                "scope": {**self._scope.description, **self._as_of()},
                "store": {
                    "id": identity.id,
                    "copied": list(identity.copied),
                    "next_ids": dict(state["next_ids"]),
                },
                "edges_out": dict(sorted(self._edges_out.items())),
                "left_out": left_out,
            }
        )
        lines = dict.fromkeys(PARTS, 0)
        for part in self._writer.parts:
            lines[part.kind] += part.lines
        lines["seal"] = manifest["nodes"].get("GraphstoreSeal", 0)  # their leaves are lines, too
        return ExportReport(
            path=self._writer.path,
            bytes=self._writer.path.stat().st_size,
            begun=begun,
            ended=ended,
            lines=lines,
            **{name: manifest[name] for name in ("nodes", "edges", "edges_out", "left_out")},
            series_left_out=0 if self._then is None else self._then.series_left_out,
        )

    def _as_of(self) -> dict[str, Any]:
        return {} if self._then is None else {"as_of": self._then.time.isoformat()}

    def _count_edges_out(self) -> None:
        """Count what leads from executions to artifacts that are not there; they have no such edges
        in the archive, so that no page told."""
        artifacts = sorted(self._scope.ids("artifact") or ())
        for some in batched(sorted(self._scope.ids("execution") or ()), _PAGE):
            for row in self._database.rows(
                QUERIES["archive.edges_out"], execution_ids=some, artifact_ids=artifacts
            ):
                self._edges_out[row["type"]] += row["count"]

    def _state(self) -> Row:
        state = self._database.one(QUERIES["archive.state"])
        assert state is not None
        return state

    def _write(self, kind: str, ids: set[int] | None) -> None:
        """Write the nodes of a kind, or those of some ids."""
        with closing(ahead(self._pages(kind, ids))) as pages:
            for page in pages:
                lines = [line for row in page for line in self._lines(kind, row)]
                self._size = self._writer.add(kind, lines) // len(page)
                self._done += len(page)
                step = f"exporting {self._writer.path.name}"
                detail = f"{kind}s"
                self._on_progress(Progress(step, self._done, self._total, "rows", detail))

    def _pages(self, kind: str, ids: set[int] | None) -> Generator[list[Row], None, None]:
        """The nodes by the page, in the order of their ids."""
        query = QUERIES[f"archive.page_{kind}s"]
        self._size, last = 0, _LOWEST
        chunks = None if ids is None else iter(sorted(ids))
        while True:
            limit = min(_PAGE, max(1, _HEAVY // self._size)) if self._size else _FIRST_PAGE
            some = {} if chunks is None else {"ids": list(islice(chunks, limit))}
            if some and not some["ids"]:
                return
            most = {"most": _MANY_EDGES} if kind == "artifact" else {}
            page = self._database.rows(
                query, after_id=last, limit=limit, **most, **some, **self._known
            )
            if page:
                yield page
                last = page[-1]["properties"]["id"]
            elif not some:
                return

    def _lines(self, kind: str, row: Row) -> Iterator[Line]:
        """The line of a node; of one with very many edges several, after the first one without."""
        properties = row["properties"]
        if self._then is not None:
            edges = (one["edge"] for one in self._edges(row)) if row["many"] else row["edges"]
            properties = self._then.properties(properties, edges)
        self._note(kind, properties)
        line: Line = {"labels": row["labels"], "properties": properties_to_json(properties)}
        for edge in row["edges"]:
            self._add(kind, line, edge)
        yield line
        if row["many"]:
            with closing(self._edges(row)) as rows:
                for some in batched(rows, _MANY_EDGES):
                    line = {"id": properties["id"]}
                    for one in some:
                        self._add(kind, line, one["edge"])
                    if len(line) > 1:
                        yield line

    def _edges(self, row: Row) -> Generator[Row, None, None]:
        """The edges of an artifact that has very many."""
        query, id_ = QUERIES["archive.edges_of_artifact"], row["properties"]["id"]
        return self._database.stream(query, id=id_, **self._known)

    def _note(self, kind: str, properties: Row) -> None:
        if kind == "context":
            self._contexts.add(properties["id"])
        if not self._scope.is_whole:
            self._types |= {properties["type_id"]} if "type_id" in properties else set()
            self._sources |= {properties["source"]} if "source" in properties else set()

    def _add(self, kind: str, line: Line, edge: Sequence[Any]) -> None:
        """Add an edge, or a node that hangs on it, to the line of a node."""
        if self._then is not None:
            past = self._then.edge(edge)
            if past is None:
                return
            edge = past
        type_, is_to, properties, other, end = edge
        way = "to" if is_to else "from"
        if other is None:
            labels, of_node = end
            attachment = {"type": type_, "direction": way}
            attachment |= {"edge_properties": properties_to_json(properties), "labels": labels}
            attachment["properties"] = properties_to_json(of_node)
            line.setdefault("attachments", []).append(attachment)
            return
        if not self._scope.has(other, end):
            self._edges_out[type_] += 1
            return
        if other == kind == "context":
            self._parents.add(end)
        one = {"type": type_, way: [other, end]}
        if properties:
            one["properties"] = properties_to_json(properties)
        line.setdefault("edges", []).append(one)

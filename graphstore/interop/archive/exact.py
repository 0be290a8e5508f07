"""Copies an archive into an empty store: ids and all else stay as they were.

Each batch notes, in its transaction, how far the copy has come. So an attempt whose answer was
lost, and an import that was interrupted, go on from there.
"""

from __future__ import annotations

from typing import Any

from graphstore.database import Row, Transaction
from graphstore.database.literals import properties_from_json
from graphstore.database.queries import QUERIES
from graphstore.interop.archive.batches import (
    Batch,
    batches_of,
    edge_rows,
    edges_of,
    hanging_rows,
)
from graphstore.interop.archive.file import ArchiveFile
from graphstore.interop.archive.report import ArchiveReport
from graphstore.interop.archive.steps import Steps
from graphstore.interop.identity import KINDS, Identity, new_id
from graphstore.store import Store

__all__ = ["Copy", "begin"]


def begin(store: Store, file: ArchiveFile) -> Identity | None:
    """Begin to copy an archive into a store; None if that is not empty."""
    theirs = Identity.from_manifest(file.manifest["store"])
    next_ids = {name: max(1, next_) for name, next_ in file.manifest["store"]["next_ids"].items()}
    copied = [*theirs.copied, {"store": theirs.id, **{k: next_ids[k] - 1 for k in KINDS}}]
    row = store.database.one(
        QUERIES["archive.begin"],
        store_id=new_id(),
        archive=file.id,
        copied_from=[one["store"] for one in copied],
        copied_ids={kind: [one[kind] for one in copied] for kind in KINDS},
        next_ids=next_ids,
    )
    return None if row is None else Identity.from_row(row["store"])


class Copy:
    """One copy under way."""

    def __init__(self, store: Store, file: ArchiveFile, line: int, steps: Steps) -> None:
        """Of an archive into a store, which has so many of its lines."""
        self._database, self._file = store.database, file
        self._line, self._steps = line, steps
        self._report = ArchiveReport(file.path, file.manifest["store"]["id"], exact=True)

    def run(self) -> ArchiveReport:
        """Copy all that is not there yet."""
        position = 0
        for kind in ("type", *reversed(KINDS)):
            has_same_kind = False
            with batches_of(self._file, kind) as some:
                for batch in some:
                    before, position = position, position + len(batch.lines)
                    self._put(kind, batch, before)
                    self._steps.tell(len(batch.lines), f"{kind}s")
                    edges = [edge for line in batch.lines for edge in edges_of(line)]
                    has_same_kind |= any(edge.kind == kind for edge in edges)
            if has_same_kind:
                with batches_of(self._file, kind) as some:
                    for batch in some:
                        self._put_same_kind(kind, batch)
        sources = [
            properties_from_json(line["properties"]) for line, _ in self._file.read("source")
        ]
        self._database.run(QUERIES["archive.copy_sources"], sources=sources)
        for line, _ in self._file.read("deletion"):  # each may name ten thousand nodes
            deletion = properties_from_json(line["properties"])
            self._database.run(QUERIES["archive.copy_deletions"], deletions=[deletion])
        for line, _ in self._file.read("erasure"):
            erasure = properties_from_json(line["properties"])
            self._database.run(QUERIES["archive.copy_erasures"], copied_erasures=[erasure])
        self._copy_seals()
        self._database.run(QUERIES["archive.end"], archive=self._file.id)
        return self._report

    def _copy_seals(self) -> None:
        """Write the seals, each behind its leaves: ids and times are the same, and so they hold."""
        for line, _ in self._file.read("seal"):
            row = properties_from_json(line["properties"])
            if "GraphstoreLeaves" in line["labels"]:
                self._database.run(QUERIES["seal.keep_leaves"], leaves=[row])
            else:
                self._database.run(QUERIES["archive.copy_seals"], seals=[row])

    def _put(self, kind: str, batch: Batch, before: int) -> None:
        """Write a batch, or what is not there yet of it."""
        counts = self._report.counts
        nodes = [line for line in batch.lines if "labels" in line]
        edges = sum(len(line.get("edges", ())) for line in batch.lines)
        attachments = sum(len(line.get("attachments", ())) for line in batch.lines)
        of_same_kind = sum(e.kind == kind for line in batch.lines for e in edges_of(line))
        counts[kind].read += len(nodes)
        counts["edge"].read += edges
        counts["attachment"].read += attachments

        after = before + len(batch.lines)
        lines = batch.lines[max(0, self._line - before) :]
        answer = self._write(kind, lines, before + len(batch.lines) - len(lines), after)
        if answer is None:  # it was there
            counts[kind].unchanged += len(nodes)
            counts["edge"].unchanged += edges - of_same_kind
            counts["attachment"].unchanged += attachments
            return
        created = sum("labels" in line for line in lines)
        counts[kind].created += created
        counts[kind].unchanged += len(nodes) - created
        lost, there = self._count_edges(kind, batch, answer)
        counts["edge"].unchanged += there + edges - of_same_kind - answer["read"]
        counts["edge"].created += answer["read"] - lost - there
        counts["attachment"].created += answer["attachments"]
        counts["attachment"].unchanged += attachments - answer["attachments"]

    def _write(self, kind: str, lines: list[dict[str, Any]], before: int, after: int) -> Row | None:
        """Write lines, unless that was done; says how many edges there were, and what became of
        them."""
        if not lines:
            return None
        places: dict[int, int] = {}
        nodes = list[list[Any]]()
        new_edges, attachments, more_edges = [], [], []
        for line in lines:
            edges = [edge for edge in edges_of(line) if edge.kind != kind]
            if "labels" in line:
                place = places[line["properties"]["id"]] = len(nodes)
                nodes.append([line["labels"], properties_from_json(line["properties"])])
                new_edges += [(place, edge, edge.id) for edge in edges]
                attachments += [(place, one) for one in line.get("attachments", ())]
            else:
                more_edges += [(line["id"], edge, edge.id) for edge in edges]

        def work(transaction: Transaction) -> Row | None:
            answer = transaction.one(
                QUERIES["archive.advance"], archive=self._file.id, line=before, next_line=after
            )
            if answer is None:
                return None
            answer = transaction.one(
                QUERIES[f"archive.create_{kind}s"],
                nodes=nodes,
                edges=edge_rows(new_edges),
                attachments=hanging_rows(attachments),
            )
            assert answer is not None
            more = {"matched": 0, "created": 0}
            if more_edges:
                more = (
                    transaction.one(
                        QUERIES[f"archive.put_edges_of_{kind}s"],
                        ids=sorted({one[0] for one in more_edges}),
                        edges=edge_rows(more_edges),
                    )
                    or more
                )
            return {
                "attachments": answer["attachments"],
                "matched": answer["edges"] + more["matched"],
                "created": answer["edges"] + more["created"],
                "read": len(new_edges) + len(more_edges),
            }

        return self._database.transact(f"archive.create_{kind}s", work)

    def _put_same_kind(self, kind: str, batch: Batch) -> None:
        """Write the edges between nodes of one kind, which are all there by now."""
        edges = [
            (line["properties"]["id"] if "labels" in line else line["id"], edge, edge.id)
            for line in batch.lines
            for edge in edges_of(line)
            if edge.kind == kind
        ]
        if not edges:
            return
        answer = self._database.one(
            QUERIES[f"archive.put_edges_of_{kind}s"],
            ids=sorted({one[0] for one in edges}),
            edges=edge_rows(edges),
        )
        assert answer is not None
        answer = {**answer, "read": len(edges)}
        lost, there = self._count_edges(kind, batch, answer)
        self._report.counts["edge"].unchanged += there
        self._report.counts["edge"].created += len(edges) - lost - there

    def _count_edges(self, kind: str, batch: Batch, answer: Row) -> tuple[int, int]:
        """How many edges lead to what is not there, and how many were there already."""
        lost = answer["read"] - answer["matched"]
        if lost:
            self._report.counts["edge"].left_out += lost
            self._report.problem(
                f"{lost} edges of the {kind}s of lines {batch.first + 1} to"
                f" {batch.first + len(batch.lines)} lead to what the archive does not have: left"
                " out"
            )
        return lost, answer["matched"] - answer["created"]

"""Proofs to hand over: the lineage of something, in a file that `check_proof.py` checks alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from graphstore.check_proof import PREDICATE, STATEMENT
from graphstore.database import Database
from graphstore.database.literals import epoch_millis
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition
from graphstore.graph.answer import LineageGraph
from graphstore.model.nodes import NodeRef
from graphstore.proof.canonical import canonical, zoned
from graphstore.proof.envelope import Envelope
from graphstore.proof.keys import Key
from graphstore.proof.leaves import Leaf, chunks, leaves_in
from graphstore.proof.merkle import paths_of
from graphstore.proof.records import Record, edge, ends_of, last_state, leaf_of, name_of
from graphstore.proof.seal import Seal, read_seals, successions_between
from graphstore.storage.rows import encode_path
from graphstore.system.batched import batched

__all__ = ["prove"]

_AT_ONCE = 1_000


def prove(database: Database, graph: LineageGraph, of: NodeRef, key: Key) -> str:
    """Write what proves a lineage; see `Seals.prove`.

    Args:
        database: Where the seals are.
        graph: What led to something, whole.
        of: To what.
        key: That which the seals are signed with.
    """
    seals = read_seals(database)
    nodes = [*_nodes(database, graph)]
    by_seal: dict[int, list[Record]] = {}
    ends = [epoch_millis(seal.until) for seal in seals]
    for record in (*nodes, *_events(database, graph)):
        by_seal.setdefault(_place_of(ends, record), []).append(record)
    entries = [
        entry
        for place, records in sorted(by_seal.items())
        for entry in _entries(database, seals[place], records)
    ]
    used = seals[min(by_seal) : max(by_seal) + 1]
    successions = successions_between(key, used[-1].key)
    if successions is None:
        raise FailedPrecondition(
            f"seal {used[-1].number} was signed by {used[-1].key}, and your key does not come after"
            " it: who proves has that key, or its successor"
        )
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": of.short, "digest": _digest(graph, nodes, of)}],
        "predicateType": PREDICATE,
        "predicate": {
            "of": [of.kind, of.id],
            "records": entries,
            "seals": [seal.envelope.to_dict() for seal in used],
            "successions": [vars(one) for one in successions],
        },
    }
    payload = canonical(statement)
    return Envelope(STATEMENT, payload, key.public, key.sign(STATEMENT, payload)).json


def _nodes(database: Database, graph: LineageGraph) -> Iterator[Record]:
    """What the nodes of a lineage say."""
    for kind, ids in (("artifact", graph.artifacts), ("execution", graph.executions)):
        for some in batched(ids, _AT_ONCE):
            chosen = {"artifact_ids": [], "execution_ids": [], f"{kind}_ids": some}
            yield from map(last_state, database.rows(QUERIES["seal.nodes"], **chosen))


def _events(database: Database, graph: LineageGraph) -> Iterator[Record]:
    """The events of a lineage."""
    asked = {
        (one.artifact_id, one.execution_id, one.type.value, *encode_path(one.path))
        for one in graph.events
    }
    for some in batched(graph.executions, _AT_ONCE):
        for row in database.rows(QUERIES["seal.events"], execution_ids=some):
            properties, ids = row["properties"], (row["artifact_id"], row["execution_id"])
            if (*ids, row["type"], *(properties.get("path") or ())) not in asked:
                continue
            if row["time"] is not None:
                properties["time"] = zoned(row["time"])
            artifact, execution = ("artifact", ids[0]), ("execution", ids[1])
            ends = (artifact, execution) if row["is_input"] else (execution, artifact)
            yield edge(row["type"], *ends, row["recorded"], properties)


def _place_of(ends: Sequence[int], record: Record) -> int:
    """The place of the seal that has a record, by the times at which seals end."""
    place = bisect_right(ends, epoch_millis(record.time))
    if place == len(ends):
        raise FailedPrecondition(
            f"{name_of(record.key)} was recorded or changed since the last seal: run 'graphstore"
            " seal', and prove then"
        )
    return place


def _entries(database: Database, seal: Seal, records: Sequence[Record]) -> Iterator[dict[str, Any]]:
    """Records with the paths that lead from their leaves to the root of a seal."""
    wanted, leaves, digests = {record.key for record in records}, dict[str, Leaf](), list[bytes]()
    for chunk in chunks(database, seal.number):
        for leaf in leaves_in(chunk, len(digests)):
            digests.append(leaf.digest)
            if leaf.key in wanted:
                leaves[leaf.key] = leaf
    paths = paths_of(digests, [leaf.place for leaf in leaves.values()])
    for record in records:
        one = leaves.get(record.key)
        if one is None or leaf_of(record.json.encode(), one.salt) != one.digest:
            raise FailedPrecondition(
                f"{name_of(record.key)} is not what seal {seal.number} has: 'graphstore verify"
                " --records' says more"
            )
        yield {
            "record": record.json,
            "salt": one.salt.hex(),
            "seal": seal.number,
            "place": one.place,
            "path": [digest.hex() for digest in paths[one.place]],
        }


def _digest(graph: LineageGraph, nodes: Sequence[Record], of: NodeRef) -> dict[str, str]:
    """What tells the subject apart: its digest, if it has one of an algorithm, or else that of what
    was recorded of it."""
    algorithm, _, digits = (getattr(graph.node(of), "digest", None) or "").partition(":")
    if digits:
        return {algorithm: digits}
    (own,) = [record for record in nodes if ends_of(record.key) == [(of.kind, of.id)]]
    return {"sha256": sha256(own.json.encode()).hexdigest()}

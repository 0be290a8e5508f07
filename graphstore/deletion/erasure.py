"""Erases what a person may ask to be forgotten: from nodes, or wherever it stands.

What the nodes said that were named goes, with their external ids: they become tombstones. A value,
say a name, is written over wherever it stands in a text as a word of its own: in nodes and edges,
in what they said before, and in what waits on this machine's disk. The trail stays.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphstore.database import Database, Row, acting
from graphstore.database.queries import QUERIES
from graphstore.deletion.deleting import carry_out, refuse, report_of
from graphstore.deletion.lease import LEASE_SECONDS, held, lost
from graphstore.deletion.plan import KINDS, Planner
from graphstore.deletion.report import DeletionReport
from graphstore.deletion.rules import Effect
from graphstore.errors import InvalidArgument
from graphstore.model.nodes import NodeRef
from graphstore.model.plain import Plain
from graphstore.recording.held import aside_files
from graphstore.recording.lines import with_values
from graphstore.recording.spool import spool_files, write_durably
from graphstore.system.batched import batched
from graphstore.system.progress import OnProgress, silent

__all__ = ["ErasureReport", "erase"]

_ERASED = "erased"
"""What stands in place of a value."""
_BATCH = 1_000
_ROUNDS = 5
"""How often it is looked again for what somebody writes meanwhile."""
_SHORTEST = 3
"""Characters of a value: a shorter one is part of too much."""


@dataclass(frozen=True)
class ErasureReport(Plain):
    """What an erasure did or, of a dry run, would do."""

    dry_run: bool
    nodes: DeletionReport | None = None
    """What became of the nodes that were named."""
    properties: Mapping[str, int] = field(default_factory=dict)
    """How many values of nodes and edges were written over, by key."""
    spooled: int = 0
    """How many records that wait on this machine."""
    within_words: int = 0
    """In how many nodes and edges a value is part of a longer word, which stays: look at those."""
    left: Sequence[str] = ()
    """Where a value stands still: nothing writes over types and the names of properties."""

    def __str__(self) -> str:
        """It in lines."""
        would = "would be written over" if self.dry_run else "written over"
        lines = [str(self.nodes)] if self.nodes is not None else []
        lines += [f"{would}: {count:,} values of {key}" for key, count in self.properties.items()]
        if self.spooled:
            lines.append(f"{would}: {self.spooled:,} records that wait on this machine")
        if self.within_words:
            lines.append(
                f"{self.within_words:,} nodes or edges have it within a longer word, which stays"
            )
        lines += [f"it stands still in {place}" for place in self.left]
        return "\n".join(lines) or "nothing has it"


def erase(
    database: Database,
    address: str,
    refs: Sequence[NodeRef],
    values: Sequence[str],
    *,
    reason: str | None = None,
    force: bool = False,
    dry_run: bool = False,
    on_progress: OnProgress = silent,
) -> ErasureReport:
    """Erase; see `graphstore.Store.erase`."""
    words = _Words(values)
    why = words.over(reason)
    if not refs and not values:
        raise InvalidArgument("say what to erase: nodes, or values")
    nodes = None
    if refs:
        planner = Planner(database)
        plan = planner.plan(refs, force=force and not dry_run)
        if dry_run:
            nodes = report_of(plan, plan.going, reason, dry_run=True)
        else:
            refuse(plan, force=force)
            nodes = carry_out(database, plan, reason, on_progress=on_progress)
            gone = {*nodes.nodes, *(r for p in plan.parts(Effect.STAYS) for r in p.nodes)}
            # What tells of the erasure must not say what was erased.
            with acting(words.over(database.by)):
                _forget(database, gone & {*refs, *nodes.nodes}, why)
    if not values:
        return ErasureReport(dry_run, nodes)
    spooled = sum(_in_spool(address, words, dry_run))
    counts = Counter[str]()
    if dry_run:
        every = (rows for what in ("nodes", "edges") for rows in _rows(database, what, words))
        for rows in every:
            counts.update(key for row in rows for key in row["before"])
    else:
        with acting(words.over(database.by)):
            counts = _in_database(database, words, why)
    properties = dict(sorted(counts.items()))
    within, left = _left(database, words, dry_run)
    return ErasureReport(dry_run, nodes, properties, spooled, within, left)


class _Words:
    """The values, and what stands in a text in place of them."""

    def __init__(self, values: Sequence[str]) -> None:
        for value in values:
            if not isinstance(value, str) or len(value.strip()) < _SHORTEST:
                raise InvalidArgument(
                    f"a value to erase has {_SHORTEST} characters at least; found {value!r}"
                )
        # Structures are texts in JSON, in which quotes, backslashes and the like are escaped.
        spelled = {
            one for value in values for one in (value, json.dumps(value, ensure_ascii=False)[1:-1])
        }
        self.texts = sorted(spelled, key=len, reverse=True)
        words = "|".join(map(re.escape, self.texts))
        self._pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)")

    def is_within(self, value: Any) -> bool:
        """Whether a text has one of them as part of a longer word."""
        texts = value if isinstance(value, list) else [value]
        rest = [self._pattern.sub("", one) for one in texts if isinstance(one, str)]
        return any(word in one for one in rest for word in self.texts)

    def over(self, value: Any) -> Any:
        """A value without them; itself if it has none."""
        if isinstance(value, str):
            return self._pattern.sub(_ERASED, value)
        if isinstance(value, list):
            return [self.over(one) for one in value]
        return value


def _forget(database: Database, refs: Iterable[NodeRef], reason: str | None) -> None:
    with held(database) as holder:
        for kind in KINDS:
            ids = sorted(ref.id for ref in refs if ref.kind == kind)
            for some in batched(ids, _BATCH):
                _write(database, f"forget_{kind}s", holder, ids=some, reason=reason)


def _write(database: Database, query: str, holder: str, **parameters: Any) -> int:
    row = database.one(
        QUERIES[f"deletion.{query}"], holder=holder, lease_seconds=LEASE_SECONDS, **parameters
    )
    if row is None:
        raise lost()
    count: int = row["erased"]
    return count


def _in_database(database: Database, words: _Words, reason: str | None) -> Counter[str]:
    """Write over the values, and over what somebody writes meanwhile; how often, by key."""
    counts = Counter[str]()
    with held(database) as holder:
        for _ in range(_ROUNDS):
            before = counts.total()
            for what in ("nodes", "edges"):
                for rows in _rows(database, what, words):
                    _write(database, f"erase_{what}", holder, erasures=rows, reason=reason)
                    counts.update(key for row in rows for key in row["before"])
            if counts.total() == before:
                break
    return counts


def _rows(database: Database, what: str, words: _Words) -> Iterator[list[Row]]:
    """What is to be written over, by the batch."""
    rows = database.stream(QUERIES[f"deletion.{what}_with"], words=words.texts)
    changes = (change for row in rows if (change := _change(row, words)) is not None)
    yield from batched(changes, _BATCH)


def _change(row: Row, words: _Words) -> Row | None:
    said, labels = row["said"], row.get("labels", ())
    if "Type" in labels:  # by its name it is a label, and a text on each of its nodes
        said = {key: said[key] for key in ("_by", "description") if key in said}
    after = {key: new for key, value in said.items() if (new := words.over(value)) != value}
    if not after:
        return None
    before = {key: said[key] for key in after}
    kind = next((k for k in KINDS if k.capitalize() in labels), None)
    if kind is not None:
        # Names are unique within a type, external ids within a kind.
        if "name" in after:
            after["name"] += f" {kind[0]}{said['id']}"
        if "external_id" in after:
            after["external_id"] = None
    return {"element_id": row["element_id"], "before": before, "after": after}


def _in_spool(address: str, words: _Words, dry_run: bool) -> Iterator[int]:
    """How many records on this machine have the values, file by file."""

    def change(line: bytes) -> bytes:
        return with_values(line, words.over)

    for file in spool_files(address):
        if dry_run:
            yield sum(change(line) != line for line in file.path.read_bytes().splitlines())
        else:
            yield file.rewrite(change)
    for path in aside_files(address):
        lines = path.read_bytes().splitlines()
        after = [
            change(line) if path.suffix != ".reason" else _reason(line, words) for line in lines
        ]
        if after != lines and not dry_run:
            write_durably(path, b"".join(line + b"\n" for line in after))
        yield sum(one != other for one, other in zip(lines, after, strict=True))


def _reason(line: bytes, words: _Words) -> bytes:
    text: str = words.over(line.decode(errors="replace"))
    return text.encode()


def _left(database: Database, words: _Words, dry_run: bool) -> tuple[int, list[str]]:
    """How many nodes and edges have a value within a longer word; and where it stands still."""
    rows = database.rows(QUERIES["deletion.names_with"], words=words.texts)
    left = [
        f"the name of a {row['what']}: {row['name']}"
        for row in rows
        if words.over(row["name"]) != row["name"]
    ]
    within, whole = 0, 0
    for what in ("nodes", "edges"):
        for row in database.stream(QUERIES[f"deletion.{what}_with"], words=words.texts):
            within += any(words.is_within(value) for value in row["said"].values())
            whole += _change(row, words) is not None
    if whole and not dry_run:
        left.append(f"{whole} nodes or edges, which somebody goes on to write")
    return within, left

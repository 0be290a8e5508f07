"""Compares a store with its seals, record by record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.database.spelling import from_key
from graphstore.proof.chain import chain_problems, key_problems, seals_in, seals_of
from graphstore.proof.leaves import ERASED, Leaf, chunks, leaves_in
from graphstore.proof.merkle import Tree
from graphstore.proof.reading import records
from graphstore.proof.records import MARK, Record, ends_of, leaf_of, marks_of, name_of, short
from graphstore.proof.report import Problem, RecordsReport
from graphstore.proof.seal import Seal
from graphstore.storage.changes import BEGINNING
from graphstore.storage.rows import millis
from graphstore.system.batched import batched
from graphstore.system.progress import OnProgress, Progress

__all__ = ["verify_records"]

_TAIL = 1_000_000
"""Records behind the last seal that are counted at most."""
_KINDS = ("artifact", "execution", "context", "type")
_LOOKED_UP = 10_000
_WRITTEN_OVER = "properties._erased"


def verify_records(
    database: Database,
    trusted: Sequence[str],
    on_progress: OnProgress,
    *,
    seals_folder: Path | None = None,
) -> RecordsReport:
    """Compare a store with its seals; see `Seals.verify`."""
    report = RecordsReport()
    seals, unreadable = seals_of(database.rows(QUERIES["seal.list"]))
    kept: Mapping[int, Seal] = {}
    if seals_folder is not None:
        kept, problems = seals_in(seals_folder)
        report.files = len(kept)
        report.add(*problems)
    report.seals, report.keys = len(seals), tuple(dict.fromkeys(seal.key for seal in seals))
    report.add(*unreadable, *chain_problems(seals, kept), *key_problems(seals, trusted))
    verification = _Verification(database, report, on_progress)
    for seal in seals:
        verification.compare(seal)
    for row in database.rows(QUERIES["seal.untimed"]):
        report.add(_untimed(row))
    report.until = max((seal.until for seal in seals), default=None)
    tail = database.one(
        QUERIES["changes.earliest"],
        since=report.until or BEGINNING,
        until=datetime.max.replace(tzinfo=BEGINNING.tzinfo, microsecond=0),
        limit=_TAIL,
        with_erasures=False,
    )
    assert tail is not None
    report.unsealed = tail["count"]
    return report


class _Page(NamedTuple):
    """Leaves of what was recorded from one time on and before another."""

    since: datetime
    until: datetime
    leaves: Sequence[Leaf]


class _Verification:
    """A comparison under way."""

    def __init__(self, database: Database, report: RecordsReport, on_progress: OnProgress) -> None:
        self._database, self._report, self._on_progress = database, report, on_progress
        self._done = 0

    def compare(self, seal: Seal) -> None:
        """Compare what is there with the leaves of a seal, and these with its root."""
        tree, end = Tree(), seal.since
        for page in self._pages(seal):
            for leaf in page.leaves:
                tree.add(leaf.digest)
            end = page.until
            self._compare_page(seal, page)
            self._done += len(page.leaves)
            step = f"verifying seal {seal.number}"
            self._on_progress(Progress(step, self._done, None, "rows", "records"))
        if end < seal.until:
            self._compare_page(seal, _Page(end, seal.until, ()))
        if (tree.size, tree.root.hex()) != (seal.size, seal.root):
            what = (
                f"{tree.size:,} of {seal.size:,} are there"
                if tree.size != seal.size
                else "they are not those that were signed"
            )
            self._report.add(
                Problem(
                    "leaves",
                    f"seal {seal.number}",
                    f"the leaves of seal {seal.number} were altered: {what}",
                    seal.number,
                )
            )

    def _pages(self, seal: Seal) -> Iterator[_Page]:
        """The leaves of a seal by the page in which they were read. What says where pages end is
        not signed: wherever they do, all that is within the seal is compared once."""
        leaves: list[Leaf] = []
        since, place, until = seal.since, 0, seal.since
        for chunk in chunks(self._database, seal.number):
            end = _native(chunk.get("until"), until)
            if end != until and leaves:
                until = min(max(until, since), seal.until)
                yield _Page(since, until, leaves)
                leaves, since = [], until
            some = leaves_in(chunk, place)
            leaves += some
            place, until = place + len(some), end
        if leaves:
            yield _Page(since, min(max(until, since), seal.until), leaves)

    def _compare_page(self, seal: Seal, page: _Page) -> None:
        match = _Match.of(self._database, seal, page)
        if match.problems or match.left or match.erased:
            # Who changes a node as it is read may show it as it never was: look again.
            match = _Match.of(self._database, seal, page)
        self._report.same += match.same
        self._report.add_retracted(match.retracted)
        problems, erased = match.problems, set(match.erased)
        self._report.erased += match.written_over
        for some in batched([*match.left, *match.erased], _LOOKED_UP):
            standing = self._standing(end for leaf in some for end in ends_of(leaf.key))
            for leaf in some:
                problem = self._explain(leaf, standing, leaf in erased)
                if problem is None:
                    self._report.deleted += 1
                else:
                    problems.append((leaf.place, problem))
        self._report.add(*(one for _, one in sorted(problems, key=lambda pair: pair[0])))

    def _explain(
        self, leaf: Leaf, standing: Mapping[tuple[str, int], bool], is_there: bool
    ) -> Problem | None:
        """What became of a record that is not there, or whose salt is not; None if a deletion says
        so."""
        ends, name = ends_of(leaf.key), name_of(leaf.key)
        gone = [one for one in ends if one not in standing]
        if any(id_ in self._purged.get(kind, ()) for kind, id_ in gone):
            return None
        is_edge = leaf.key.startswith(("edge ", "retraction "))
        # Of a node that was deleted the edges stay, and their salts may go.
        if any(map(standing.get, ends)) and (is_there or not is_edge):
            return None
        if is_there:
            text = f"{name}: its salt was erased, and nothing was deleted: nobody can check it"
            return Problem("erased", name, text, leaf.seal)
        text = f"{name} is missing: it was sealed by seal {leaf.seal}"
        if is_edge and gone:
            text += f", and {short(*gone[0])}, too, is gone"
        elif leaf.key.startswith("state ") and not gone:
            text = (
                f"{name}: what it said from {_time_of(leaf.key)} on is missing, or has another time"
                f" now; it was sealed by seal {leaf.seal}"
            )
        return Problem("missing", name, text, leaf.seal)

    def _standing(self, ends: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], bool]:
        """Which nodes are there, and whether each is a tombstone."""
        ids: dict[str, set[int]] = {kind: set() for kind in _KINDS}
        for kind, id_ in ends:
            if kind in ids:
                ids[kind].add(id_)
        rows = self._database.rows(
            QUERIES["seal.standing"], **{f"{kind}_ids": sorted(some) for kind, some in ids.items()}
        )
        return {(row["kind"], row["id"]): row["deleted"] for row in rows}

    @cached_property
    def _purged(self) -> Mapping[str, set[int]]:
        """The ids of what was deleted for good, by kind."""
        ids: dict[str, set[int]] = {}
        for row in self._database.rows(QUERIES["seal.purged"]):
            ids.setdefault(row["kind"], set()).update(row["ids"] or ())
        return ids


@dataclass
class _Match:
    """What of a page is what its leaves say, and what is not."""

    same: int = 0
    retracted: list[str] = field(default_factory=list)
    """What there is to say of those that are events, and were taken back."""
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    """Each with its place in the seal."""
    left: list[Leaf] = field(default_factory=list)
    """Leaves that have no record."""
    erased: list[Leaf] = field(default_factory=list)
    """Leaves that have one, and no salt any more."""
    written_over: int = 0
    """Such records that say that they were erased."""

    @classmethod
    def of(cls, database: Database, seal: Seal, page: _Page) -> _Match:
        """That of a page of a seal."""
        match, left = cls(), dict[str, list[Leaf]]()
        for leaf in page.leaves:
            left.setdefault(leaf.key, []).append(leaf)
        for record in records(database, page.since, page.until):
            leaves = left.get(record.key)
            if leaves is None:
                match.problems.append((seal.size, _unsealed(record, seal)))
                continue
            match.add(record, leaves)
            if not leaves:
                del left[record.key]
        match.left = [leaf for leaves in left.values() for leaf in leaves]
        return match

    def add(self, record: Record, leaves: list[Leaf]) -> None:
        """Take the leaf of a record from those of its key, of which there is mostly one."""
        json = record.json.encode()
        for leaf in leaves:
            if leaf_of(json, leaf.salt) == leaf.digest:
                leaves.remove(leaf)
                self.same += 1
                if record.retracted:
                    name = name_of(record.key)
                    self.retracted.append(f"{name} was retracted at {record.retracted}")
                return
        leaf = leaves.pop(0)
        if leaf.salt == ERASED and any(name == _WRITTEN_OVER for name, _ in record.fields):
            self.written_over += 1
        elif leaf.salt == ERASED:
            self.erased.append(leaf)
        else:
            self.problems.append((leaf.place, _altered(record, leaf)))


def _altered(record: Record, leaf: Leaf) -> Problem:
    name = name_of(record.key)
    fields = _altered_fields(record, leaf)
    what = ", ".join(fields) if fields else "nobody knows which field"
    when = _time_of(record.key)
    text = f"{name} was altered after seal {leaf.seal}: {what}" + (
        f", of what it said from {when} on" if when else ""
    )
    return Problem("altered", name, text, leaf.seal, fields)


def _altered_fields(record: Record, leaf: Leaf) -> tuple[str, ...]:
    """Which fields differ from those that were sealed, as far as their marks tell."""
    marks = marks_of(record, leaf.salt)
    now = [marks[at : at + MARK] for at in range(0, len(marks), MARK)]
    then = [leaf.marks[at : at + MARK] for at in range(0, len(leaf.marks), MARK)]
    names = [_field(name) for name, _ in record.fields]
    if len(now) == len(then):
        return tuple(
            name for name, one, other in zip(names, now, then, strict=True) if one != other
        )
    if len(now) > len(then):
        return tuple(name for name, mark in zip(names, now, strict=True) if mark not in then)
    gone = len(then) - len(now)
    changed = [name for name, mark in zip(names, now, strict=True) if mark not in then]
    return (*changed, f"{gone} field{'s' if gone > 1 else ''} removed")


def _field(name: str) -> str:
    """What a field of a record is called in Python: ``uri``, ``properties.accuracy``, ``by``."""
    head, dot, key = name.partition(".")
    if not dot:
        return head
    named = from_key(key)
    if named is None:
        return key
    return f"{'custom_properties' if named[1] else 'properties'}.{named[0]}"


def _unsealed(record: Record, seal: Seal) -> Problem:
    name = name_of(record.key)
    when = _time_of(record.key)
    text = (
        f"{name} is not sealed, though older than seal {seal.number}"
        + (f": what it says from {when} on" if when else "")
        + ". It was put there afterwards"
    )
    return Problem("unsealed", name, text, seal.number)


def _untimed(row: Row) -> Problem:
    name = row["what"] if row["node"] is None else f"{row['what']} {row['node']}"
    others = f", and {row['count'] - 1:,} others" if row["count"] > 1 else ""
    return Problem(
        "untimed",
        name,
        f"{name}{others}: no seal can have it, since it does not say when it was recorded, or leads"
        " to what is no node of the store; it was written by hand",
    )


def _time_of(key: str) -> str:
    """Since when the state was that a key is of; empty of others."""
    words = key.split(" ")
    try:
        return millis(int(words[3])).isoformat(" ") if words[0] == "state" else ""
    except (IndexError, ValueError, OverflowError):
        return ""


def _native(value: object, default: datetime) -> datetime:
    time = value.to_native() if hasattr(value, "to_native") else None
    if not isinstance(time, datetime) or time.tzinfo is None:
        return default
    # Of one instant in two zones Cypher says that one is less: that which the driver calls UTC by
    # name is not the Z of what is stored.
    return time.astimezone(timezone.utc)

"""Imports files of OpenLineage's events, as its file transport and others write them."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

from graphstore.errors import InvalidArgument, LocalServerError, Unavailable, UnsupportedFile
from graphstore.interop.openlineage.events import Event, parse
from graphstore.interop.openlineage.ingestion import TOGETHER, Ingestion
from graphstore.store import Store
from graphstore.system.batched import batched
from graphstore.system.progress import OnProgress, Progress, silent

__all__ = ["OpenLineageReport", "import_openlineage"]

_GZIP = b"\x1f\x8b"
_PROBLEMS = 100
"""Sentences that are kept of what was refused."""


@dataclass
class OpenLineageReport:
    """What became of a file of events."""

    place: str
    """The file."""
    read: int = 0
    """How many events, or lines that are none, there are."""
    taken: int = 0
    """How many of them say what is in the store now, whether it was before or not."""
    refused: int = 0
    """How many are not: each has a sentence among the problems, the first hundred."""
    problems: list[str] = field(default_factory=list)
    """What was refused and why."""

    @property
    def agrees(self) -> bool:
        """Whether all that was read is in the store."""
        return self.refused == 0

    def refuse(self, number: int, why: str) -> None:
        """Note that an event was refused."""
        self.refused += 1
        if len(self.problems) < _PROBLEMS:
            self.problems.append(f"event {number}: {why}")


def import_openlineage(
    store: Store, path: str | Path, *, on_progress: OnProgress = silent
) -> OpenLineageReport:
    """Import a file of OpenLineage's events: one a line, or a JSON list of them; gzip too.

    The order does not matter, nor how often: what is known adds nothing, so a file that grows may
    be imported again and again.

    Args:
        store: Where to.
        path: The file, which is only read, and may be written meanwhile: half a line at its end is
            refused, and taken the next time.
        on_progress: Is told of every batch.

    Returns:
        What became of the events.

    Raises:
        UnsupportedFile: If it is no such file at all.
        OSError: If it cannot be read.
        Unavailable: If Neo4j does not answer; what was taken until then is stored.
    """
    path = Path(path)
    report = OpenLineageReport(str(path))
    ingestion = Ingestion(store)
    for some in batched(_events(path, report), TOGETHER):
        failures = ingestion.put_each(some)
        for number, error in failures.items():
            if isinstance(error, (Unavailable, LocalServerError)):
                raise error
            report.refuse(number, str(error))
        report.taken += len(some) - len(failures)
        on_progress(Progress(path.name, report.read, None))
    return report


def _events(path: Path, report: OpenLineageReport) -> Iterator[tuple[int, Event]]:
    """The events with their numbers, from 1; what is none is told to the report."""
    for number, body in enumerate(_bodies(path), 1):
        report.read += 1
        try:
            event = parse(json.loads(body) if isinstance(body, bytes) else body)
        except InvalidArgument as error:
            report.refuse(number, str(error))
        except (ValueError, RecursionError) as error:
            report.refuse(number, f"it is no JSON: {error}")
        else:
            yield number, event


def _bodies(path: Path) -> Iterator[Any]:
    """What a file has: lines, or what is in its list.

    Raises:
        UnsupportedFile: If it is no text of JSON.
    """
    with _opened(path) as file:
        start = file.peek(1000).lstrip()[:1]
        if start == b"[":
            try:
                bodies = json.load(file)
            except (ValueError, RecursionError) as error:
                raise UnsupportedFile(f"{path} is no JSON list of events: {error}") from None
            yield from bodies
        elif start in (b"{", b""):
            yield from (line for line in file if line.strip())
        else:
            raise UnsupportedFile(
                f"{path} holds no events of OpenLineage: expected one as JSON a line, or a list"
            )


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """A file, inflated if it is gzip.

    Raises:
        UnsupportedFile: If it is gzip that is damaged or ends too early.
    """
    with path.open("rb") as file:
        if file.peek(2)[:2] != _GZIP:
            yield file
            return
        try:
            with gzip.GzipFile(fileobj=file) as inflated:
                raw: Any = inflated
                yield BufferedReader(raw)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise UnsupportedFile(f"{path}: {error}") from None

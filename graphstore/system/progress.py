"""How long work says how far it has come.

Work that takes long (a download, a start, an import) is handed a function and calls it with a
`Progress` as often as it likes. `bar` is one that draws on a terminal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["OnProgress", "Progress", "bar", "late_bar", "silent"]


@dataclass(frozen=True)
class Progress:
    """How far one step of some work has come."""

    step: str
    """What is being done, e.g. ``downloading Neo4j 5.26.30``; a new text begins a new step."""
    done: int
    """How much of it is done, in `unit`."""
    total: int | None = None
    """How much there is to do, in `unit`; None if nobody knows."""
    unit: Literal["bytes", "rows", "seconds"] = "rows"
    detail: str = ""
    """What is in hand just now, e.g. the name of a file."""


OnProgress = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Say nothing."""


@contextmanager
def bar(console: Console | None = None) -> Iterator[OnProgress]:
    """Draw progress as a bar a step on a terminal, and as nothing where there is none.

    Args:
        console: Where to draw; standard error by default, so that output can be piped.
    """
    tasks: dict[str, TaskID] = {}
    lock = Lock()
    with ExitStack() as stack:

        @cache
        def bars() -> Bars:
            return stack.enter_context(_bars(console))

        def show(progress: Progress) -> None:
            with lock:  # rich takes one bar at a time
                if progress.step not in tasks:
                    tasks[progress.step] = bars().add_task(
                        progress.step, total=None, amount="", detail=""
                    )
            bars().update(
                tasks[progress.step],
                completed=progress.done,
                total=progress.total,
                amount=_amount(progress),
                detail=progress.detail,
            )

        yield show


def _bars(console: Console | None) -> Bars:
    """As rich has them; imported when there is progress, since that takes longer than most opening
    of stores."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = console or Console(stderr=True)
    return Bars(
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        TextColumn("{task.fields[amount]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("[dim]{task.fields[detail]}"),
        console=console,
        disable=not console.is_terminal,
    )


@contextmanager
def late_bar(console: Console | None = None, *, after: float = 2.0) -> Iterator[OnProgress]:
    """A `bar` for work that most often is quick: nothing is drawn, nor rich imported, before.

    Args:
        console: As for `bar`.
        after: Seconds after which it is drawn.
    """
    began, bars = time.monotonic(), list[OnProgress]()
    with ExitStack() as stack:

        def show(progress: Progress) -> None:
            if not bars and time.monotonic() - began >= after:
                bars.append(stack.enter_context(bar(console)))
            if bars:
                bars[0](progress)

        yield show


def _amount(progress: Progress) -> str:
    """`progress` as a person reads it, e.g. ``34.1 of 155.4 MB``."""
    if progress.unit == "bytes":
        amount = f"{progress.done / 1e6:.1f}"
        return f"{amount} of {progress.total / 1e6:.1f} MB" if progress.total else f"{amount} MB"
    if progress.unit == "seconds":
        return f"{progress.done} s"
    return f"{progress.done:,} of {progress.total:,}" if progress.total else f"{progress.done:,}"

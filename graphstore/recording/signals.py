"""Marks as CANCELED what goes on when SIGTERM or SIGHUP ends the process.

While something goes on that was begun in the main thread, or in any thread once that is so, the two
signals have a handler, unless they are ignored. It stores CANCELED for the steps and runs of this
process, within `SECONDS`, and then does what would have been done without it: calls the handler
that was there before, or lets the signal end the process. If that handler lets the work go on, how
it ends in the end is stored as ever.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from types import FrameType
from typing import Any, Protocol
from weakref import WeakValueDictionary

__all__ = ["SECONDS", "begin", "has_come", "over", "watch"]

SECONDS = 5.0
"""For how long the end of the process is put off at most: schedulers kill what does not end within
some ten or thirty seconds."""

_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
_log = logging.getLogger("graphstore")


class Cancelable(Protocol):
    """What goes on."""

    def canceled_by(self, name: str, *, final: bool, until: float) -> None:
        """Store that a signal of this name canceled it, until this time of `time.monotonic`; it may
        go on after all unless that is `final`."""


_things: WeakValueDictionary[int, Any] = WeakValueDictionary()
_previous: dict[int, Any] = {}
_arrivals: list[str] = []


def begin(thing: Cancelable) -> None:
    """Something goes on from now on."""
    _things[id(thing)] = thing
    watch()


def over(thing: Cancelable) -> None:
    """It does not any more."""
    _things.pop(id(thing), None)
    watch()


def has_come() -> bool:
    """Whether a signal has come, and its handler of before has raised an error."""
    return bool(_arrivals)


def watch() -> None:
    """Handle the signals if something goes on, and else no more; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        return
    if not _things:
        _arrivals.clear()
    for number in _SIGNALS:
        handler = signal.getsignal(number)
        if _things and number not in _previous:
            if handler is not None and handler is not signal.SIG_IGN:
                _previous[number] = handler
                signal.signal(number, _handle)
        elif not _things and number in _previous and handler is _handle:
            signal.signal(number, _previous.pop(number))


def _handle(number: int, frame: FrameType | None) -> None:
    previous = _previous.get(number, signal.SIG_DFL)
    name = signal.Signals(number).name
    if things := list(_things.values()):
        # In a thread of its own: this one may be in the middle of a call of the driver's.
        canceling = threading.Thread(
            target=_cancel, args=(things, name, not callable(previous)), daemon=True
        )
        canceling.start()
        canceling.join(SECONDS)
    if callable(previous):
        _arrivals.append(name)
        previous(number, frame)
        _arrivals.clear()  # it lets the work go on
        return
    signal.signal(number, previous)
    os.kill(os.getpid(), number)


def _cancel(things: list[Any], name: str, final: bool) -> None:
    until = time.monotonic() + SECONDS - 0.5
    for thing in reversed(things):  # steps began after their run
        try:
            thing.canceled_by(name, final=final, until=until)
        except Exception as error:  # the others are to be told of, too
            _log.error("that %s ended this is not stored: %s", name, error)


def _forget() -> None:
    """After a fork: what goes on does so in the parent."""
    _things.clear()
    _arrivals.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

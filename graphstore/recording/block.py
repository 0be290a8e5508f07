"""What goes on within a ``with``, sync or async: a run, a step."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, TypeVar

from graphstore.recording import signals

__all__ = ["Block", "Frame", "ended_well", "is_interruption"]

B = TypeVar("B", bound="Block")


class Frame(NamedTuple):
    """That a block was entered here."""

    block: Any
    begins: bool
    """Whether the block began then, and so ends when it is left."""
    previous: Frame | None


class Block(ABC):
    """Something that starts as a block is entered, and is current until it is left.

    What a ``with`` holds may be entered again, in another thread or process: then it is current
    there, and does not end when it is left. An async block stores in a thread, so that it holds up
    no other task.
    """

    _current: ClassVar[ContextVar[Frame | None]]
    """Which one is current, of this kind; per thread and task."""
    _in_block = False
    """Whether a ``with`` will end it."""

    @abstractmethod
    def start(self) -> Any:
        """Store that it begins."""

    @abstractmethod
    def _finish(self, error: BaseException | None) -> None:
        """Store how it ended: by itself, or by an error that left the block; nothing if it has not
        begun."""

    @property
    @abstractmethod
    def _is_over(self) -> bool:
        """Whether it has ended."""

    @abstractmethod
    def _detach(self) -> None:
        """It is left where it was entered again."""

    def __enter__(self: B) -> B:
        begins = not self._in_block
        if begins:
            try:
                self.start()
            except BaseException as error:
                if is_interruption(error):  # nobody is there to leave it
                    self._finish(error)
                raise
        self._enter(begins)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._leave():
            self._finish(error)
        else:
            self._detach()

    async def __aenter__(self: B) -> B:
        begins = not self._in_block
        if begins:
            starting = asyncio.ensure_future(asyncio.to_thread(self.start))
            try:
                await asyncio.shield(starting)
            except asyncio.CancelledError as error:
                await self._cancel(starting, error)
                raise
            signals.watch()
        self._enter(begins)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._leave():
            # Shielded: that it was canceled must be stored although it was.
            await asyncio.shield(asyncio.to_thread(self._finish, error))
            signals.watch()
        else:
            await asyncio.to_thread(self._detach)

    async def _cancel(self, starting: asyncio.Future[Any], error: BaseException) -> None:
        """Store that it was canceled as it began, which nobody is there to leave."""
        while not starting.done():
            with suppress(BaseException):  # of another cancellation, or what start raised
                await asyncio.shield(starting)
        if not starting.cancelled() and starting.exception() is None:
            await asyncio.shield(asyncio.to_thread(self._finish, error))

    def hand_on(self) -> None:
        """Let it go on when the ``with`` around this is left; `take_on` goes on with it."""
        frame = self._current.get()
        if frame is not None and frame.block is self:
            self._current.set(frame._replace(begins=False))

    def take_on(self) -> None:
        """Enter what was handed on: it ends when it is left."""
        self._enter(begins=True)

    def _enter(self, begins: bool) -> None:
        self._in_block = True
        self._current.set(Frame(self, begins, self._current.get()))

    def _leave(self) -> bool:
        """Whether it ends now."""
        frame = self._current.get()
        if frame is None or frame.block is not self:
            begins = True  # entered elsewhere: a generator is closed by whoever has it
        else:
            begins = frame.begins
            # One that was left out of order, as generators and fixtures can, is not current again.
            previous = frame.previous
            while previous is not None and previous.block._is_over:
                previous = previous.previous
            self._current.set(previous)
        self._in_block = self._in_block and not begins
        return begins


def ended_well(error: BaseException) -> bool:
    """Whether an error only says that the program ends, and that all went well: `sys.exit(0)`."""
    exits = isinstance(error, SystemExit) and error.code in (None, 0)
    return exits and not signals.has_come()


def is_interruption(error: BaseException) -> bool:
    """Whether an error says that somebody stopped the work, and not that it failed."""
    if isinstance(error, SystemExit):
        return signals.has_come()
    return isinstance(error, (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit))

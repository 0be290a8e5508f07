"""What goes on within a ``with``, sync or async: a run, a step."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, ClassVar, TypeVar

__all__ = ["Block", "interrupted"]

B = TypeVar("B", bound="Block")


class Block(ABC):
    """Something that starts as a block is entered, and is current until it is left.

    An async block stores in a thread, so that it holds up no other task.
    """

    _current: ClassVar[ContextVar[Any]]
    """Which one is current, of this kind; per thread and task."""
    _token: Token[Any] | None = None

    @abstractmethod
    def start(self) -> Any:
        """Store that it begins."""

    @abstractmethod
    def _finish(self, error: BaseException | None) -> None:
        """Store how it ended: by itself, or by an error that left the block."""

    def __enter__(self: B) -> B:
        self.start()
        self._token = self._current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()
        self._finish(error)

    async def __aenter__(self: B) -> B:
        await asyncio.to_thread(self.start)
        self._token = self._current.set(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()
        # Shielded: that it was canceled must be stored although it was.
        await asyncio.shield(asyncio.to_thread(self._finish, error))

    def _leave(self) -> None:
        if self._token is not None:
            self._current.reset(self._token)
            self._token = None


def interrupted(error: BaseException) -> bool:
    """Whether an error says that somebody stopped the work, and not that it failed."""
    return isinstance(error, (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit))

"""Which process: a number says too little, since the system gives it to another one later."""

from __future__ import annotations

from dataclasses import dataclass

import psutil  # type: ignore[import-untyped, unused-ignore]  # typed only by types-psutil

__all__ = ["ProcessId"]

# The system's clock may be set while a process runs, which moves the time it seems to have begun.
_CLOCK_SLACK = 2.0


@dataclass(frozen=True)
class ProcessId:
    """One process, told apart from a later one of the same number."""

    pid: int
    created: float
    """When it began, in seconds since the Unix epoch."""

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """The process that has this number now.

        Raises:
            psutil.NoSuchProcess: If there is none.
        """
        return cls(pid, psutil.Process(pid).create_time())

    def alive(self) -> bool:
        """Whether it runs; one that ended and waits to be collected does not."""
        return self.handle() is not None

    def handle(self) -> psutil.Process | None:
        """The process to work with; None if it does not run any more."""
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.created) > _CLOCK_SLACK:
                return None
            # While threads of it are still ending - of a Java that was killed on a busy machine,
            # for a second - it holds its files, their locks and its ports.
            if process.status() == psutil.STATUS_ZOMBIE and process.num_threads() < 2:
                process.wait(0)  # collects it if it was our child
                return None
            return process
        except psutil.Error:
            return None

"""Folders and files of the user's own: where they are, kept private, and one process at a time."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path, user_data_path

from graphstore.errors import FailedPrecondition
from graphstore.system.progress import OnProgress, Progress, silent

__all__ = ["cache_folder", "data_folder", "lock_of", "make_private", "rename_new", "write_private"]


def cache_folder() -> Path:
    """What can be fetched or made again: GRAPHSTORE_CACHE_DIR, or in the user's cache."""
    return _from_environment("GRAPHSTORE_CACHE_DIR") or user_cache_path("graphstore", False)


def data_folder() -> Path:
    """What must not be lost: GRAPHSTORE_HOME, or in the user's data."""
    return _from_environment("GRAPHSTORE_HOME") or user_data_path("graphstore", False)


def make_private(folder: Path) -> None:
    """Make `folder` if need be, and let nobody but the user look into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def write_private(file: Path, text: str) -> None:
    """Write `file` in one go, readable by the user alone from its first moment."""
    descriptor, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())  # else it may be empty when the power fails
        os.replace(partial, file)
    except BaseException:
        os.unlink(partial)
        raise


def rename_new(partial: Path, file: Path) -> None:
    """Give a file its name, and write over nothing.

    Raises:
        FileExistsError: If something has that name.
    """
    try:
        os.link(partial, file)  # unlike a rename it replaces nothing
    except FileExistsError:
        raise
    except OSError:  # there are file systems without links
        if os.path.lexists(file):
            raise FileExistsError(str(file)) from None
        os.replace(partial, file)
    else:
        os.unlink(partial)


@contextmanager
def lock_of(
    path: Path, on_progress: OnProgress = silent, *, seconds: float | None = None
) -> Iterator[None]:
    """Hold the lock of what lies at `path`; the system releases it when its holder dies.

    The lock is a file beside `path`, so that `path` itself can be removed under it. Their folder
    is made private: whoever can open the file can hold the lock for ever.

    Args:
        path: What to lock.
        on_progress: Told each second that it waits.
        seconds: How long to wait for another process at most; None for as long as it takes.

    Raises:
        FailedPrecondition: If another process holds it for longer than that.
    """
    make_private(path.parent)
    guard = FileLock(path.with_name(f".{path.name}.lock"), mode=0o600)
    began = time.monotonic()
    while True:
        try:
            guard.acquire(timeout=1 if seconds is None else min(1, seconds))
            break
        except Timeout:
            step, delay = "waiting for another process", int(time.monotonic() - began)
            if seconds is not None and delay >= seconds:
                raise FailedPrecondition(
                    f"another process is at work on {path} (it starts, stops or removes it), and"
                    f" has not ended in {delay} s: ask again when it has"
                ) from None
            on_progress(Progress(step=step, done=delay, unit="seconds", detail=path.name))
    try:
        yield
    finally:
        guard.release()


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser().absolute() if value else None

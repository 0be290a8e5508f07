"""Files and folders that are written: whole, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from graphstore.errors import AlreadyExists, FailedPrecondition

__all__ = ["already_there", "new_file", "new_folder", "replacing", "write_whole", "writing"]


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in a sentence why a file cannot be written."""
    try:
        yield
    except OSError as error:
        reason = {
            errno.ENOENT: f"there is no folder {path.parent}",
            errno.ENOSPC: "the disk is full; nothing is left of what was written",
            errno.EDQUOT: "your share of the disk is used up; nothing is left of what was written",
        }.get(error.errno or 0, error.strerror or str(error))
        raise FailedPrecondition(f"cannot write {path}: {reason}") from error


def already_there(path: Path) -> AlreadyExists:
    """What to say of a file that nobody said may be written over."""
    return AlreadyExists(f"{path} is there already: name another file, or say --force")


def write_whole(path: Path, text: str) -> None:
    """Write a text to a file as `new_file` has it.

    Raises:
        FailedPrecondition: If that cannot be written.
    """
    with new_file(path) as file:
        file.write(text)


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """A file of text to write into, which appears when the block ends well; what was there is
    replaced.

    What is no file, /dev/stdout or a pipe say, is written to and stays what it is.

    Raises:
        FailedPrecondition: If it cannot be written.
    """
    if path.exists() and not path.is_file():
        with writing(path), path.open("w", encoding="utf-8") as file:
            yield file
        return
    with replacing(path) as partial, partial.open("w", encoding="utf-8") as file:
        yield file


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Where to write what is to stand at a path, and stands there when the block ends well; if
    nothing was written, what was there goes.

    Raises:
        FailedPrecondition: If it cannot be written.
    """
    partial = _partial(path)
    with writing(path):
        try:
            yield partial
            if partial.exists():
                os.replace(partial, path)
            else:
                path.unlink(missing_ok=True)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to write into, which has its name when the block ends well, and is gone if not.

    Raises:
        AlreadyExists: If something is there, other than an empty folder.
        FailedPrecondition: If it cannot be written.
    """
    if os.path.lexists(path) and not (path.is_dir() and not any(path.iterdir())):
        raise AlreadyExists(f"{path} is there already: name another folder")
    partial = _partial(path)
    with writing(path):
        try:
            partial.mkdir()
            yield partial
            os.replace(partial, path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.partial")

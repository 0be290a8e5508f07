"""Content digests: what a file or a folder holds, in one line that can be recomputed elsewhere.

A file's is what ``sha256sum FILE`` prints first, as ``sha256:HEX``. A folder's, as
``sha256-tree:HEX``, is that of the lines which ``sha256sum`` prints for the files in it::

    cd FOLDER && find -L . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum

- Links are followed (``-L``): a folder of links, such as a snapshot in Hugging Face's cache, is
  what it shows. A link that leads nowhere, or to a folder that it stands in, counts as nothing.
- Only names and contents count: not modes, times or owners, and not folders without files. A
  folder with no files at all has the digest of the empty text (``-r``).
- Names are escaped as by the sha256sum of GNU coreutils 9.0 or newer; older ones differ in names
  with a carriage return alone.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import unquote

from graphstore.errors import InvalidArgument

__all__ = ["Check", "Digest", "Status", "check", "digest", "local_path"]

# Only what is written with a slash is taken for a scheme, `run-1T10:00/model.pt` being a path; the
# few that are written without one are known by name. Of one letter it is a drive of Windows.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|(?:arn|data|doi|urn):", re.ASCII)
_FILE = re.compile(r"file:(?://(?P<host>[^/]*))?(?P<path>/.*)", re.IGNORECASE | re.DOTALL)
_ALGORITHMS = ("sha256:", "sha256-tree:")
_CHUNK = 2**18
# As sha256sum does, which says by a backslash in front that it did.
_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))

Uri = str | os.PathLike[str]


@dataclass(frozen=True)
class Digest:
    """What a file or a folder holds; or why that is not known."""

    value: str | None
    """``sha256:HEX`` of a file, ``sha256-tree:HEX`` of a folder; None if there is no digest."""
    size: int | None
    """Bytes in the file, or in all files of the folder; None if they could not be counted."""
    reason: str = ""
    """Why there is no digest, for people; empty if there is one."""


class Status(str, Enum):
    """Whether what stands at a uri is what was recorded."""

    UNCHANGED = "UNCHANGED"
    """It has the digest that was recorded."""
    CHANGED = "CHANGED"
    """It has another digest."""
    GONE = "GONE"
    """There is nothing any more."""
    UNKNOWN = "UNKNOWN"
    """Nothing was recorded, or it cannot be read from here."""


@dataclass(frozen=True)
class Check:
    """The answer of `check`."""

    status: Status
    reason: str = ""
    """Why it is so, for people; empty if it is UNCHANGED."""
    found: Digest | None = None
    """What stands there now; None if nothing was read."""


class _Undigested(Exception):
    """There is no digest, for the reason that is the message."""


def digest(path: Uri, *, limit: int | None = None) -> Digest:
    """What the file or the folder at `path` holds.

    Reads in pieces, and no more than was there when it began. What goes wrong with the file is not
    raised but told as the `reason`: nothing there, not readable, larger than `limit`, neither file
    nor folder, changed or gone while it was read.

    Args:
        path: A file, a folder, or a link to either.
        limit: Bytes to read at most; what is larger has a size and no digest. None for no bound.

    Raises:
        InvalidArgument: If the limit is less than 0.
    """
    return _measure(path, limit)


def check(
    uri: Uri, recorded: str | None, *, size: int | None = None, limit: int | None = None
) -> Check:
    """Whether what stands at `uri` is what was recorded.

    A uri that is a relative path is looked for from the current folder.

    Args:
        uri: Where the artifact is.
        recorded: The value of its `Digest` then; None or empty if there was none.
        size: Its size in bytes then, if that was recorded: where it is another one now, nothing
            need be read.
        limit: Bytes to read at most; what is larger is UNKNOWN.

    Raises:
        InvalidArgument: If the limit is less than 0.
    """
    if not recorded:
        return Check(Status.UNKNOWN, "no digest was recorded")
    if not recorded.startswith(_ALGORITHMS):
        return Check(Status.UNKNOWN, f"the recorded digest is none of graphstore's: {recorded!r}")
    if not os.fspath(uri):
        return Check(Status.UNKNOWN, "it has no uri")
    path = local_path(uri)
    if path is None:
        return Check(Status.UNKNOWN, "it is not on this machine's file system")
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Check(Status.GONE, f"there is nothing at {path.absolute()}")
    except OSError as error:
        return Check(Status.UNKNOWN, _why(error))
    found = _measure(path, limit, size)
    if size is not None and found.size is not None and found.size != size:
        return Check(Status.CHANGED, f"it had {size} bytes, and has {found.size}", found)
    if found.value is None:
        return Check(Status.UNKNOWN, found.reason, found)
    if found.value != recorded:
        return Check(Status.CHANGED, "its content is another one", found)
    return Check(Status.UNCHANGED, "", found)


def local_path(uri: Uri) -> Path | None:
    """The path that a uri stands for; None if it is not on this machine's file system.

    A path is its own uri, and stays as it is; so is one that begins with a drive of Windows. A
    ``file:`` uri is percent-decoded; it has no query and no fragment (RFC 8089), so that ``?`` and
    ``#`` are part of its path. Nothing is looked up: the path need not exist.
    """
    text = os.fspath(uri)
    if not text or "\0" in text:
        return None
    if match := _FILE.fullmatch(text):
        if (match["host"] or "localhost").lower() != "localhost":
            return None
        path = unquote(match["path"], errors="surrogateescape")
        if os.name == "nt" and re.match(r"/[A-Za-z]:", path):
            path = path[1:]
        return None if "\0" in path else Path(path)
    return None if _SCHEME.match(text) else Path(text)


@dataclass(frozen=True)
class _File:
    """A file as it was found; equal to itself later if nobody wrote to it."""

    path: str
    name: bytes
    """Its path from the folder, as ``./a/b``; empty if it was asked for by itself."""
    size: int
    modified: int
    """Nanoseconds."""


def _measure(path: Uri, limit: int | None, expected: int | None = None) -> Digest:
    """The `digest`; nothing is read if the size is not the expected one."""
    if limit is not None and limit < 0:
        raise InvalidArgument(f"limit must be 0 or more bytes, or None for no bound; found {limit}")
    size = None
    try:
        files = _files(os.fspath(path))
        size = sum(file.size for file in files)
        if expected not in (None, size):
            raise _Undigested(f"it has {size} bytes, not {expected}")
        if limit is not None and size > limit:
            raise _Undigested(f"it has {size} bytes, more than the limit of {limit}")
        value = _digest(files)
        # Size and time are all that tells, as for make and rsync: what is written within the tick
        # of the file system's clock, in the same length, is missed.
        if _files(os.fspath(path)) != files:
            raise _Undigested("it changed while it was read")
    except _Undigested as error:
        return Digest(None, size, str(error))
    except (OSError, ValueError) as error:  # ValueError: no path can have a NUL
        return Digest(None, size, _why(error))
    return Digest(value, size)


def _files(path: str) -> list[_File]:
    """The file by itself, or the files of the folder, in the order of their names' bytes."""
    found = os.stat(path)
    if stat.S_ISREG(found.st_mode):
        return [_File(path, b"", found.st_size, found.st_mtime_ns)]
    if not stat.S_ISDIR(found.st_mode):
        raise _Undigested("it is neither a file nor a folder")  # reading a pipe would not end
    return sorted(_walk(path, found), key=lambda file: file.name)


def _walk(folder: str, found: os.stat_result) -> Iterator[_File]:
    """The files below a folder. Links are followed, but not to a folder that they stand in."""
    here: tuple[tuple[int, int], ...] = ((found.st_dev, found.st_ino),)
    folders = [(folder, b".", here)]
    while folders:
        folder, name, above = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    found = os.stat(entry.path)  # entry.stat() knows no st_ino on Windows
                except OSError as error:
                    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                        continue  # a link that leads nowhere, or something that just went
                    raise
                own, identity = name + b"/" + os.fsencode(entry.name), (found.st_dev, found.st_ino)
                if stat.S_ISREG(found.st_mode):
                    yield _File(entry.path, own, found.st_size, found.st_mtime_ns)
                elif stat.S_ISDIR(found.st_mode) and identity not in above:
                    folders.append((entry.path, own, (*above, identity)))


def _digest(files: list[_File]) -> str:
    """The digest of a file, or of a folder's files."""
    if [file.name for file in files] == [b""]:
        return "sha256:" + _sha256(files[0])
    lines = hashlib.sha256()
    for file in files:
        name = file.name
        for character, escape in _ESCAPES:
            name = name.replace(character, escape)
        mark = b"" if name == file.name else b"\\"
        lines.update(mark + _sha256(file).encode() + b"  " + name + b"\n")
    return "sha256-tree:" + lines.hexdigest()


def _sha256(file: _File) -> str:
    """The digest of a file's bytes.

    Not by `hashlib.file_digest`, which is the same loop but reads to the end, and so for as long as
    somebody appends; and Python 3.10 has none.
    """
    found, left, chunk = hashlib.sha256(), file.size, memoryview(bytearray(_CHUNK))
    try:
        with open(file.path, "rb", buffering=0) as stream:
            while count := stream.readinto(chunk):
                left -= count
                if left < 0:
                    break
                found.update(chunk[:count])
    except FileNotFoundError:
        raise _Undigested(f"{file.path} went while it was read") from None
    if left != 0:
        raise _Undigested(f"{file.path} changed while it was read")
    return found.hexdigest()


def _why(error: Exception) -> str:
    """What went wrong, and with which file."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}"
    return str(error)

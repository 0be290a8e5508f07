"""What stands at an artifact's uri, of a file that the pages may show.

Uris are what somebody recorded, and name any file of this machine. So a file is opened only below a
folder that whoever started the server named, step by step from that folder, following no link: what
is checked is what is opened, whoever renames what meanwhile. Whether something is a picture is told
by how it begins, and not by what it is called; SVG and HTML are text.
"""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from graphstore.system.uris import local_path

__all__ = ["IMAGE_AT_MOST", "Preview", "image", "preview", "within"]

IMAGE_AT_MOST = 10 * 1024 * 1024
"""Bytes of a picture that is shown."""
_TEXT_AT_MOST = 64 * 1024
_ROWS, _COLUMNS, _ENTRIES = 50, 30, 200
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


@dataclass(frozen=True)
class Preview:
    """What is shown of a file or folder, or why nothing is."""

    kind: Literal["text", "table", "image", "folder", "nothing"]
    text: str = ""
    """A text as it stands there, JSON indented; of nothing why."""
    rows: Sequence[Sequence[str]] = ()
    """The first rows of a table, the heading among them."""
    entries: Sequence[str] = ()
    """What is in a folder; names of folders end with a slash."""
    size: int | None = None
    """Bytes of the file."""
    note: str = ""
    """What of it is not shown."""


def within(uri: str, roots: Sequence[Path]) -> tuple[Path, Path] | None:
    """The root and the path below it, without links, at which a uri leads; None if below none."""
    path = local_path(uri)
    if path is None or not path.is_absolute():
        return None
    try:
        real = path.resolve()
        for root in roots:
            if real.is_relative_to(folder := root.resolve()):
                return folder, real.relative_to(folder)
    except (OSError, RuntimeError, ValueError):  # a loop of links; no name for a file
        pass
    return None


def preview(uri: str, roots: Sequence[Path]) -> Preview:
    """What to show of what stands at a uri, read from one opening of it."""
    if not uri:
        return Preview("nothing", "It has no uri.")
    if local_path(uri) is None:
        return Preview("nothing", "It is not on the machine of this server.")
    if not roots:
        return Preview(
            "nothing",
            "This server shows no files: start it with --root FOLDER to show small ones below it.",
        )
    if (place := within(uri, roots)) is None:
        return Preview("nothing", "It is in none of the folders that this server shows (--root).")
    try:
        descriptor = _open(*place)
    except FileNotFoundError:
        return Preview("nothing", "There is nothing any more.")
    except OSError as error:
        return Preview("nothing", f"It cannot be opened: {error.strerror or error}.")
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            return _folder(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return Preview("nothing", "It is neither a file nor a folder.")
        begin = _read(descriptor, _TEXT_AT_MOST + 1)
        return _file(begin, status.st_size, Path(local_path(uri) or "").suffix.lower())
    except OSError as error:
        return Preview("nothing", f"It cannot be read: {error.strerror or error}.")
    finally:
        os.close(descriptor)


def image(uri: str, roots: Sequence[Path]) -> tuple[bytes, str] | None:
    """A picture and its type, ``image/png``; None if there is none that may be shown."""
    if (place := within(uri, roots)) is None:
        return None
    try:
        descriptor = _open(*place)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > IMAGE_AT_MOST:
            return None
        content = _read(descriptor, IMAGE_AT_MOST + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    type_ = _picture(content)
    return None if type_ is None or len(content) > IMAGE_AT_MOST else (content, type_)


def _open(root: Path, below: Path) -> int:
    """Open what is below a root, in which no step may be a link.

    Raises:
        OSError: If that cannot be done.
    """
    if os.open not in os.supports_dir_fd:
        raise OSError("this system cannot open files from a folder on")
    # A named pipe would keep one waiting for whoever writes.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(root, flags | os.O_DIRECTORY)
    steps = below.parts
    for at, step in enumerate(steps, 1):
        last = at == len(steps)
        try:
            inner = os.open(step, flags | (0 if last else os.O_DIRECTORY), dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _read(descriptor: int, most: int) -> bytes:
    content = bytearray()
    while len(content) < most and (part := os.read(descriptor, most - len(content))):
        content += part
    return bytes(content)


def _folder(descriptor: int) -> Preview:
    with os.scandir(descriptor) as entries:
        names = [
            entry.name + "/" * entry.is_dir(follow_symlinks=False)
            for entry in islice(entries, _ENTRIES + 1)
        ]
    more = f"The first {_ENTRIES} that the system named; there are more." * (len(names) > _ENTRIES)
    return Preview("folder", entries=sorted(names[:_ENTRIES]), note=more)


def _file(begin: bytes, size: int, suffix: str) -> Preview:
    if _picture(begin) is not None:
        if size > IMAGE_AT_MOST:
            return Preview("nothing", f"A picture of {size:,} bytes is too large to show.")
        return Preview("image", size=size)
    whole = len(begin) <= _TEXT_AT_MOST
    content = begin[:_TEXT_AT_MOST]
    if b"\0" in content:
        return Preview("nothing", "It is neither text nor a picture that is shown.", size=size)
    # What is cut may be cut within a letter.
    text = content.decode("utf-8-sig", "replace" if whole else "ignore")
    note = "" if whole else f"The first {_TEXT_AT_MOST // 1024} KiB of {size:,} bytes."
    if suffix in (".csv", ".tsv"):
        return _table(text, "\t" if suffix == ".tsv" else ",", size, note)
    if suffix == ".json" and whole:
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return Preview("text", text, size=size, note=note)


def _table(text: str, delimiter: str, size: int, note: str) -> Preview:
    if note:
        text = text.rpartition("\n")[0] or text  # the last line is cut
    try:
        rows = list(islice(csv.reader(io.StringIO(text), delimiter=delimiter), _ROWS + 1))
    except csv.Error:
        return Preview("text", text, size=size, note=note)
    if len(rows) > _ROWS:
        note = f"The first {_ROWS} rows of {size:,} bytes."
    if any(len(row) > _COLUMNS for row in rows):
        note = f"{note} The first {_COLUMNS} columns.".strip()
    return Preview("table", rows=[row[:_COLUMNS] for row in rows[:_ROWS]], size=size, note=note)


def _picture(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((type_ for begin, type_ in _PICTURES.items() if content.startswith(begin)), None)

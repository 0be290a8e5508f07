"""The lines of a spool file: JSON that carries a check of itself.

A line is a record as `graphstore.recording.records` dumps it, and as its last key ``check``: the
first 16 hexadecimal digits of the SHA-256 of the line without it. So a line that was cut off, or
changed, tells so. The first line of a file says for which store it is, in the same way. Files of
older versions have no checks: of these any line counts that can be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, BinaryIO

from graphstore.recording.records import Record, RunRecord, dump, load

__all__ = ["Entry", "address_of", "entries", "header", "seal", "seal_again", "with_values"]

_CHECK = re.compile(rb'(.*),"check":"([0-9a-f]{16})"\}', re.DOTALL)
# Within the texts of a line a quote has a backslash before it, so that this is where one begins.
_BEGINS = re.compile(rb'\{"record":"')
_TORN = "the line is cut off: it was not written to its end, or lost it later"
_DAMAGED = "the line is damaged: its check does not fit"


@dataclass(frozen=True)
class Entry:
    """A record in a file, or what is there in place of one."""

    begin: int
    end: int
    """Where the next one begins."""
    raw: bytes
    record: Record | None
    """None if it cannot be read."""
    why: str = ""
    """Why not."""

    @property
    def is_alone(self) -> bool:
        """Whether it is nothing to deliver together with others."""
        return self.record is None or isinstance(self.record, RunRecord)


def seal(record: Record) -> bytes:
    """A record as a line, with the end of the line."""
    return _seal(dump(record).encode(errors="surrogatepass"))


def header(address: str) -> bytes:
    """The first line of a file for the store at an address."""
    return _seal(json.dumps({"store": address}).encode())


def address_of(line: bytes) -> str | None:
    """The address in a file's first line; None if it is no such line, or damaged."""
    try:
        data = json.loads(_unseal(line.rstrip(b"\n"), old=True).decode())
        address = data["store"]
    except (ValueError, KeyError, TypeError):
        return None
    return address if isinstance(address, str) else None


def seal_again(line: bytes) -> bytes | None:
    """A line that somebody may have mended by hand, sealed; None if it is no record still."""
    text = line.strip()
    if match := _CHECK.fullmatch(text):
        text = match[1] + b"}"
    try:
        load(_decode(text))
    except ValueError:
        return None
    return _seal(text)


def with_values(line: bytes, change: Callable[[str], str]) -> bytes:
    """A line whose texts, but for the keys, are changed; itself if it is none, or nothing is."""
    match = _CHECK.fullmatch(line.strip())
    text = line if match is None else match[1] + b"}"
    try:
        data = json.loads(_decode(text))
        other = _with_values(data, change)
        if other == data:
            return line
        changed = json.dumps(other, ensure_ascii=False, separators=(",", ":"))
        load(changed)
    except ValueError:
        return line
    return _seal(changed.encode(errors="surrogatepass")).rstrip(b"\n")


def _with_values(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, list):
        return [_with_values(one, change) for one in data]
    if isinstance(data, dict):
        return {key: _with_values(one, change) for key, one in data.items()}
    return data


def entries(stream: BinaryIO, offset: int = 0) -> Iterator[Entry]:
    """What stands in a file from an offset on, where an entry begins; blank lines are left out."""
    first, second = stream.readline(), stream.readline()
    old = not any(_CHECK.fullmatch(line.rstrip(b"\n")) for line in (first, second))
    if offset == 0 and address_of(first) is not None:
        offset = len(first)
    stream.seek(offset)
    while line := stream.readline():
        begin, offset = offset, offset + len(line)
        if line.strip():
            yield from _entries_of(line, begin, old)


def _entries_of(line: bytes, begin: int, old: bool) -> Iterator[Entry]:
    """A line's record; or, of a line that is damaged, the records that are whole within it.

    They are where the end of a line is damaged, or where an older version went on in a line that
    was cut off.
    """
    end = begin + len(line)
    one = _entry(line, begin, end, old)
    starts = [match.start() for match in _BEGINS.finditer(line)] if one.record is None else []
    if len(starts) + (starts[:1] != [0]) < 2:
        yield one
        return
    bounds = [*([] if starts[0] == 0 else [0]), *starts, len(line)]
    for start, stop in pairwise(bounds):
        yield _entry(line[start:stop], begin + start, begin + stop, old)


def _entry(raw: bytes, begin: int, end: int, old: bool) -> Entry:
    text = raw.rstrip(b"\n")
    try:
        try:
            return Entry(begin, end, raw, load(_decode(_unseal(text, old))))
        except ValueError:
            # What follows the last brace may be a damaged end of the line.
            shorter = text[: text.rfind(b'"}') + 2]
            if len(shorter) in (1, len(text)) or not _CHECK.fullmatch(shorter):
                raise
            return Entry(begin, end, raw, load(_decode(_unseal(shorter, old))))
    except ValueError as error:
        return Entry(begin, end, raw, None, str(error))


def _seal(text: bytes) -> bytes:
    return text[:-1] + b',"check":"' + _check(text) + b'"}\n'


def _check(text: bytes) -> bytes:
    return sha256(text).hexdigest()[:16].encode()


def _unseal(line: bytes, old: bool) -> bytes:
    """The text of a line, which is whole.

    Raises:
        ValueError: If it is not.
    """
    if match := _CHECK.fullmatch(line):
        text = match[1] + b"}"
        if _check(text) != match[2]:
            raise ValueError(_DAMAGED)
        return text
    if not old:
        raise ValueError(_TORN)
    return line


def _decode(text: bytes) -> str:
    return text.decode(errors="surrogatepass")

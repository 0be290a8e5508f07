"""The file: a zip of lines of JSON, a line a node, and a manifest of what must be in it.

It knows of no store. `ArchiveWriter` writes one as a stream, under another name until it is whole;
`ArchiveFile` reads one, and first of all finds out whether every byte of it is as it was written.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from graphstore.database.literals import properties_from_json
from graphstore.errors import FailedPrecondition, UnsupportedFile, brief
from graphstore.interop.files import already_there, writing
from graphstore.system.folders import rename_new

__all__ = ["FORMAT", "PARTS", "VERSION", "ArchiveFile", "ArchiveWriter", "Line", "Part"]

FORMAT, VERSION = "graphstore archive", 3
"""The format, and its newest version: 2 has parts of ``deletion`` or ``seal``, 3 has some of
``erasure``. What has none is written as 1, which older versions of graphstore read."""
_SINCE: Mapping[str, int] = {"deletion": 2, "seal": 2, "erasure": 3}
MANIFEST = "manifest.json"
PARTS = ("artifact", "execution", "context", "type", "deletion", "erasure", "source", "seal")
"""The kinds of nodes that have lines of their own, in the order in which they are written."""

Line = dict[str, Any]

_PART_BYTES = 128_000_000
"""Bytes of a part at most, but for the last line: so that a reader can take them one by one."""
_LEVEL = 4
"""Of deflate: half of the time of 6, for a few bytes more."""
_KEYS: Mapping[str, tuple[str, type]] = {
    "source": ("name", str),
    "deletion": ("ids", list),
    "erasure": ("ids", list),
    "seal": ("number", int),
}
"""What a line has by which it is told from others, where that is no id."""
_EDGE_KEYS = {"type", "to", "from", "properties"}
_ATTACHMENT_KEYS = {"type", "direction", "edge_properties", "labels", "properties"}


@dataclass
class Part:
    """What the manifest says of a part."""

    name: str
    kind: str
    lines: int = 0
    bytes: int = 0
    sha256: str = ""


@dataclass
class _Counts:
    """How much there is of what."""

    nodes: Counter[str] = field(default_factory=Counter)
    """By label; a node counts with each that it has."""
    edges: Counter[str] = field(default_factory=Counter)
    """By type."""

    def add(self, line: Line) -> None:
        self.nodes.update(line.get("labels", ()))
        for edge in line.get("edges", ()):
            self.edges[edge["type"]] += 1
        for attachment in line.get("attachments", ()):
            self.edges[attachment["type"]] += 1
            self.nodes.update(attachment["labels"])


class ArchiveWriter:
    """An archive that is being written; a ``with`` makes it whole, or leaves nothing behind."""

    def __init__(self, path: Path, *, force: bool = False) -> None:
        """Begin one.

        Args:
            path: Where it is to be.
            force: Whether to write over what is there.

        Raises:
            AlreadyExists: If something is there, and not `force`.
            FailedPrecondition: If nothing can be written there.
        """
        self.path, self._force = path, force
        if path.is_dir():
            raise FailedPrecondition(f"cannot write {path}: it is a folder; name a file in it")
        if not force and os.path.lexists(path):
            raise already_there(path)
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self.parts: list[Part] = []
        self.counts = _Counts()
        self._part: IO[bytes] | None = None
        with writing(self.path):
            self._stream = self._partial.open("wb")
            self._zip = zipfile.ZipFile(
                self._stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL
            )

    def __enter__(self) -> ArchiveWriter:
        return self

    def add(self, kind: str, lines: list[Line]) -> int:
        """Write lines of one kind, which come one after the other. Returns their bytes."""
        data = bytearray()
        for line in lines:
            self.counts.add(line)
            text = json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            data += text.encode()
            data += b"\n"
        if self._part is None or self.parts[-1].kind != kind or self._is_full:
            self._begin_part(kind)
        assert self._part is not None
        part = self.parts[-1]
        part.lines += len(lines)
        part.bytes += len(data)
        self._digest.update(data)
        with writing(self.path):
            self._part.write(data)
        return len(data)

    def finish(self, manifest: Mapping[str, Any]) -> Line:
        """Write the manifest, and give the file its name. Returns all that the manifest says.

        Raises:
            AlreadyExists: If something else got that name in the meantime.
        """
        self._end_part()
        whole = {
            "format": FORMAT,
            "version": max([1, *(_SINCE.get(part.kind, 1) for part in self.parts)]),
            **manifest,
            "parts": [vars(part) for part in self.parts],
            "nodes": dict(sorted(self.counts.nodes.items())),
            "edges": dict(sorted(self.counts.edges.items())),
        }
        with writing(self.path):
            self._zip.writestr(MANIFEST, json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
            self._zip.close()
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            self._name()
        return whole

    def _name(self) -> None:
        if self._force:
            os.replace(self._partial, self.path)
            return
        try:
            rename_new(self._partial, self.path)
        except FileExistsError:
            raise already_there(self.path) from None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # What a full disk could not take is tried once more by closing, and is no matter by now.
        with suppress(OSError, ValueError):
            if self._part is not None:
                self._part.close()
        with suppress(OSError, ValueError):
            self._zip.close()
        with suppress(OSError):
            self._stream.close()
        with suppress(OSError):
            self._partial.unlink(missing_ok=True)

    @property
    def _is_full(self) -> bool:
        return self.parts[-1].bytes >= _PART_BYTES

    def _begin_part(self, kind: str) -> None:
        self._end_part()
        number = 1 + sum(part.kind == kind for part in self.parts)
        name = f"{kind}s-{number:05}.jsonl"
        self.parts.append(Part(name, kind))
        self._digest = hashlib.sha256()
        with writing(self.path):
            self._part = self._zip.open(name, "w", force_zip64=True)

    def _end_part(self) -> None:
        if self._part is not None:
            with writing(self.path):
                self._part.close()
            self._part = None
            self.parts[-1].sha256 = self._digest.hexdigest()


class ArchiveFile:
    """An archive to read; close it, or use it in a ``with``."""

    def __init__(self, path: Path) -> None:
        """Open one, and read what its manifest says; `check` reads the rest.

        Raises:
            UnsupportedFile: If it is none, is not whole, or is of a newer version.
            FailedPrecondition: If it cannot be read.
        """
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise FailedPrecondition(f"cannot read {path}: {reason}") from error
        except Exception as error:  # of damaged directories many kinds are raised
            raise UnsupportedFile(
                f"{path} is no archive, or is cut off: it cannot be read as a zip ({error})"
            ) from error
        try:
            self.manifest = self._read_manifest()
            self.parts = self._list_parts()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> ArchiveFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def lines(self) -> int:
        """How many lines there are in all."""
        return sum(part.lines for part in self.parts)

    def of(self, kind: str) -> list[Part]:
        """The parts of a kind, in order."""
        return [part for part in self.parts if part.kind == kind]

    def check(self, on_lines: Callable[[int], None] = lambda count: None) -> None:
        """Read all of it, and compare it with what the manifest says.

        Args:
            on_lines: Is told now and then how many lines more were read.

        Raises:
            UnsupportedFile: If a byte of it is not as it was written, or a line is none that an
                archive has; the text names the part.
        """
        counts = _Counts()
        for part in self.parts:
            digest, lines, size = hashlib.sha256(), 0, 0
            try:
                with self._open(part) as stream:
                    for text in stream:
                        digest.update(text)
                        lines, size = lines + 1, size + len(text)
                        counts.add(parse(part.kind, text))
                        if lines % 1000 == 0:
                            on_lines(1000)
            except _Malformed as error:
                raise self._damaged(part.name, f"line {lines}: {error}") from error
            except Exception as error:  # as above
                raise self._damaged(part.name, f"line {lines + 1}: {error}") from error
            on_lines(lines % 1000)
            if (lines, size) != (part.lines, part.bytes):
                raise self._damaged(
                    part.name,
                    f"it has {lines} lines and {size} bytes, and the manifest says {part.lines} and"
                    f" {part.bytes}",
                )
            if digest.hexdigest() != part.sha256:
                raise self._damaged(part.name, "its SHA-256 is not that of the manifest")
        for name, counted in (("nodes", counts.nodes), ("edges", counts.edges)):
            if dict(counted) != self.manifest.get(name):
                raise self._damaged(MANIFEST, f"its counts of {name} are not those of the parts")

    def read(self, kind: str) -> Generator[tuple[Line, int], None, None]:
        """The lines of a kind, in order, each with its bytes."""
        for part in self.of(kind):
            with self._open(part) as stream:
                for text in stream:
                    yield json.loads(text), len(text)

    def _open(self, part: Part) -> io.BufferedReader:
        # Buffered, since reading line by line is slow in zipfile.
        return io.BufferedReader(self._zip.open(part.name), 1 << 18)  # type: ignore[arg-type]

    def _read_manifest(self) -> Line:
        names = self._zip.namelist()
        if MANIFEST not in names:
            raise UnsupportedFile(
                f"{self.path} is no archive of graphstore's: it has no {MANIFEST} in it"
            )
        try:
            text = self._zip.read(MANIFEST)
            manifest = json.loads(text)
        except Exception as error:  # as above
            raise self._damaged(MANIFEST, str(error)) from error
        self.id = "sha256:" + hashlib.sha256(text).hexdigest()
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise UnsupportedFile(f"{self.path} is no archive of graphstore's: its {MANIFEST} says"
                                  f" nothing of a {FORMAT!r}")  # fmt: skip
        version = manifest.get("version")
        if not isinstance(version, int) or version > VERSION:
            raise UnsupportedFile(
                f"{self.path} is an archive of version {brief(version)}, and this graphstore knows"
                f" {VERSION}: a newer one wrote it; upgrade graphstore"
            )
        return manifest

    def _list_parts(self) -> list[Part]:
        try:
            parts = [Part(**one) for one in self.manifest["parts"]]
            for part in parts:
                if part.kind not in PARTS:
                    raise ValueError(f"{part.name} is of the kind {part.kind!r}")
            store = self.manifest["store"]
            if not isinstance(store["id"], str):
                raise ValueError("it names no store")
            for name in ("artifact", "execution", "context", "type"):
                if not isinstance(store["next_ids"][name], int):
                    raise ValueError(f"it has no next id of {name}s")
                for copied in store["copied"] if name != "type" else ():
                    if not isinstance(copied["store"], str) or not isinstance(copied[name], int):
                        raise ValueError("it says not what the store was copied from")
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(MANIFEST, f"{type(error).__name__}: {error}") from error
        names = self._zip.namelist()
        for part in parts:
            if part.name not in names:
                raise self._damaged(part.name, "it is missing")
        expected = sorted([MANIFEST, *(part.name for part in parts)])
        if sorted(names) != expected:
            others = sorted((Counter(names) - Counter(expected)).elements())
            raise self._damaged(others[0] if others else MANIFEST, "the manifest does not name it")
        return parts

    def _damaged(self, name: str, why: str) -> UnsupportedFile:
        return UnsupportedFile(f"{self.path} is damaged: {name}: {why}; nothing was written")


class _Malformed(ValueError):
    """A line that is none of an archive."""


def parse(kind: str, text: bytes) -> Line:
    """A line of a part.

    Raises:
        ValueError: If it is none; the message says why.
    """
    try:
        line: Line = json.loads(text)
        check_line(kind, line)
    except _Malformed:
        raise
    except Exception as error:  # whatever its keys are and hold
        raise _Malformed(f"{type(error).__name__}: {error}") from error
    return line


def check_line(kind: str, line: Any) -> None:
    """Refuse what is no line of a part.

    Raises:
        ValueError: It says why.
    """
    if not isinstance(line, dict):
        raise _Malformed("it is no object")
    if "labels" in line:
        labels, properties = line["labels"], line.get("properties")
        beside = kind in _KEYS
        if not _are_texts(labels) or (kind.capitalize() not in labels and not beside):
            raise _Malformed(f"its labels are not those of a {kind}")
        if not isinstance(properties, dict):
            raise _Malformed("it has no properties")
        key, type_ = _KEYS.get(kind, ("id", int))
        if type(properties.get(key)) is not type_:
            raise _Malformed(f"it has no {key}")
        properties_from_json(properties)
    elif type(line.get("id")) is not int:
        raise _Malformed("it has neither labels nor the id of the line before")
    for edge in line.get("edges", ()):
        ends = [edge[way] for way in ("to", "from") if way in edge]
        if len(ends) != 1 or len(ends[0]) != 2 or ends[0][0] not in PARTS[:4]:
            raise _Malformed("an edge has no other end")
        if not edge.keys() <= _EDGE_KEYS or not isinstance(edge["type"], str):
            raise _Malformed("an edge is none")
        properties_from_json(edge.get("properties", {}))
    for attachment in line.get("attachments", ()):
        if attachment.keys() != _ATTACHMENT_KEYS or not _are_texts(attachment["labels"]):
            raise _Malformed("an attachment is none")
        properties_from_json(attachment["properties"])
        properties_from_json(attachment["edge_properties"])


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) for one in values)

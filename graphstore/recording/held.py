"""All that is kept on this machine's disk, for whatever store: what waits, and what was set aside.

What was set aside is a file ``<run>-<place>.rejected`` with the record as it stood in its run's
file, and ``.reason`` beside it. (Of older versions it is the run's whole file.) It can be mended by
hand, and be delivered again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from graphstore.errors import InvalidArgument, NotFound
from graphstore.recording.lines import address_of, entries, header, seal_again
from graphstore.recording.spool import SpoolFile, files_in, spool_folder, write_durably
from graphstore.system.folders import data_folder

__all__ = ["ForStore", "Held", "all_held", "aside_files", "by_address", "drop", "find", "retry"]


@dataclass(frozen=True)
class Held:
    """Records of one run that are on the disk and in no store."""

    id: str
    """What commands take: the file's name without its ending."""
    address: str
    """The store that they are for; empty if that cannot be read any more."""
    state: Literal["waiting", "set aside"]
    records: int
    since: datetime
    """When the run began to be kept, in UTC."""
    why: str
    """Why it was set aside; or empty."""
    path: Path

    @property
    def is_aside(self) -> bool:
        """Whether it was set aside: no flush delivers it."""
        return self.state == "set aside"

    def in_store(self, address: str) -> bool:
        """Whether it is for the store at an address."""
        return self.path.parent == spool_folder(address)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "id": self.id,
            "address": self.address,
            "state": self.state,
            "records": self.records,
            "since": self.since.isoformat(),
            "why": self.why,
            "file": str(self.path),
        }


@dataclass(frozen=True)
class ForStore:
    """How much is on the disk for the store at an address."""

    address: str
    waiting: int
    set_aside: int

    @property
    def command(self) -> str:
        """What delivers it."""
        local = self.address.removeprefix("the local store ")
        if local != self.address:
            return f"graphstore flush --store {local}"
        uri, _, database = self.address.partition(" ")
        return f"graphstore flush --uri {uri}" + (f" --database {database}" if database else "")

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**vars(self), "command": self.command}

    def __str__(self) -> str:
        parts = [f"{self.waiting} wait: `{self.command}`"] if self.waiting else []
        if self.set_aside:
            parts.append(f"{self.set_aside} were set aside: `graphstore spool list`")
        return f"{self.address or 'whose address is lost'}: {', '.join(parts)}"


def by_address(items: Iterable[Held]) -> list[ForStore]:
    """How much is kept for each store, by address."""
    counts: dict[str, list[int]] = {}
    for one in items:
        counts.setdefault(one.address, [0, 0])[one.is_aside] += one.records
    return [ForStore(address, *numbers) for address, numbers in sorted(counts.items())]


def all_held() -> list[Held]:
    """What waits or was set aside, the oldest first; empty if nothing is.

    Nobody is asked whether the stores answer, and nothing is changed.
    """
    items: list[Held] = []
    for folder in _folders():
        of_folder = [*_waiting(folder), *_aside(folder)]
        # Where one file has lost it, another tells.
        address = next((one.address for one in of_folder if one.address), "")
        items += [_with_address(one, address) for one in of_folder]
    return sorted(items, key=lambda one: (one.since, one.id))


def find(ids: Iterable[str]) -> list[Held]:
    """Those with these ids.

    Raises:
        NotFound: If there is none with one of them.
    """
    by_id = {one.id: one for one in all_held()}
    for id_ in ids:
        if id_ not in by_id:
            raise NotFound("record on the disk", "id", id_, "see `graphstore spool list`")
    return [by_id[id_] for id_ in dict.fromkeys(ids)]


def retry(one: Held) -> None:
    """Let wait again what was set aside: the next flush delivers it.

    What somebody mended by hand in the file is taken as it is now.

    Raises:
        InvalidArgument: If it was not set aside, or is no record.
    """
    if one.state != "set aside":
        raise InvalidArgument(f"{one.id} waits, and was not set aside: `graphstore flush` delivers")
    offset_file = one.path.with_suffix(".delivered")
    lines = one.path.read_bytes()[_offset(offset_file) :].splitlines()
    if lines and address_of(lines[0]) is not None:
        del lines[0]
    pairs = [(seal_again(line), line) for line in lines if line.strip()]
    if not any(good for good, _ in pairs):
        raise InvalidArgument(
            f"what is in {one.path} is no record ({one.why}): mend its second line by hand, or drop"
            " it"
        )
    waits = SpoolFile(one.path.with_suffix(".jsonl"))
    with waits.locked():
        text = b"".join(good or line + b"\n" for good, line in pairs)
        write_durably(waits.path, header(one.address) + text)
        _remove(one.path)


def aside_files(address: str) -> list[Path]:
    """The files of what was set aside for the store at an address: records, and why."""
    folder = spool_folder(address)
    return sorted(path for one in ("*.rejected", "*.reason") for path in folder.glob(one))


def drop(one: Held) -> None:
    """Throw it away; it is in no store then, and nowhere else."""
    if one.state == "waiting":
        SpoolFile(one.path).drop()
    else:
        with SpoolFile(one.path).locked():
            _remove(one.path)


def _folders() -> Iterator[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        for folder in sorted((data_folder() / "spool").iterdir()):
            if folder.is_dir():
                yield folder


def _waiting(folder: Path) -> Iterator[Held]:
    for file in files_in(folder):
        if records := file.waiting():
            yield Held(
                file.path.stem,
                file.address() or "",
                "waiting",
                records,
                _since(file.path),
                "",
                file.path,
            )


def _aside(folder: Path) -> Iterator[Held]:
    for path in folder.glob("*.rejected"):
        with path.open("rb") as stream:
            address = address_of(stream.readline())
            stream.seek(0)
            offset = _offset(path.with_suffix(".delivered"))
            records = sum(1 for _ in entries(stream, offset))
        reason = path.with_suffix(".reason")
        why = reason.read_text(errors="replace").strip() if reason.exists() else ""
        yield Held(path.stem, address or "", "set aside", records, _since(path), why, path)


def _with_address(one: Held, address: str) -> Held:
    return one if one.address else Held(**{**vars(one), "address": address})


def _since(path: Path) -> datetime:
    """When its run's file was made: by its name, in nanoseconds since the Unix epoch."""
    try:
        seconds = int(path.name.partition("-")[0]) / 1e9
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)


def _offset(file: Path) -> int:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _remove(aside: Path) -> None:
    for file in (aside.with_suffix(".delivered"), aside.with_suffix(".reason"), aside):
        file.unlink(missing_ok=True)

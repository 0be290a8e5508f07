"""A seal: what is signed of it, its node, and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

from graphstore.database import Database
from graphstore.database.queries import QUERIES
from graphstore.errors import AlreadyExists, FailedPrecondition
from graphstore.model.plain import Plain
from graphstore.proof.canonical import canonical
from graphstore.proof.envelope import Envelope
from graphstore.proof.keys import Key, Succession, is_signed
from graphstore.system.folders import rename_new, write_private

__all__ = ["SEAL", "Seal", "file_name", "read_seals", "seal_in", "write_seal"]

SEAL = "application/vnd.graphstore.seal+json"
_FORMAT, _VERSION = "graphstore seal", 1
_TIMES = ("since", "until", "time")


@dataclass(frozen=True)
class Seal(Plain):
    """What was sealed at once: all that was recorded from one time on and before another."""

    number: int
    """From 1, without gaps."""
    store: str
    """The id of the store that it was made in."""
    since: datetime
    """Where the seal before ends, or before all times."""
    until: datetime
    """Nothing that is recorded later is in it."""
    size: int
    """How many records."""
    root: str
    """That of the Merkle tree (RFC 6962) over the leaves, in hexadecimal digits."""
    previous: str
    """The digest of the seal before; empty of the first."""
    time: datetime
    """When it was made, by the server's clock."""
    key: str
    """The public key that signed it."""
    successions: tuple[Succession, ...] = ()
    """How the key of the seal before was replaced by this one."""
    signature: str = ""
    """In hexadecimal digits."""

    @property
    def payload(self) -> bytes:
        """What is signed."""
        values = {name: getattr(self, name) for name in _SIGNED}
        values |= {name: _iso(values[name]) for name in _TIMES}
        values["successions"] = [vars(one) for one in self.successions]
        return canonical({"format": _FORMAT, "version": _VERSION, **values})

    @property
    def digest(self) -> str:
        """What the next seal names it by."""
        return sha256(self.payload).hexdigest()

    @property
    def is_signed(self) -> bool:
        """Whether its key signed it."""
        return is_signed(self.key, self.signature, SEAL, self.payload)

    def signed(self, key: Key) -> Seal:
        """It with the signature of a key, which is its own."""
        return replace(self, signature=key.sign(SEAL, self.payload))

    @property
    def envelope(self) -> Envelope:
        """What its file holds."""
        return Envelope(SEAL, self.payload, self.key, self.signature)

    @property
    def row(self) -> dict[str, Any]:
        """The properties of its node."""
        row = {name: getattr(self, name) for name in (*_SIGNED, "signature")}
        row["successions"] = [json.dumps(vars(one), sort_keys=True) for one in self.successions]
        return row

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Seal:
        """That which a node holds.

        Raises:
            ValueError: If it holds none.
        """
        try:
            values = {name: row[name] for name in (*_SIGNED, "signature")}
            values |= {name: _utc(row[name].to_native()) for name in _TIMES}
            values["successions"] = tuple(
                Succession(**json.loads(one)) for one in row["successions"]
            )
            if not all(isinstance(values[name], kind) for name, kind in _PLAIN.items()):
                raise ValueError("a property is of another type")
            return cls(**values)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"it is no seal ({error!r})") from error

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Seal:
        """That which an envelope holds.

        Raises:
            ValueError: If it holds none, or in another spelling.
        """
        if envelope.type != SEAL:
            raise ValueError(f"it is of type {envelope.type}")
        try:
            values = json.loads(envelope.payload)
            if (values.pop("format"), values.pop("version")) != (_FORMAT, _VERSION):
                raise ValueError("it is of another format or version")
            values |= {name: _time(values[name]) for name in _TIMES}
            values["successions"] = tuple(Succession(**one) for one in values["successions"])
            seal = cls(**values, signature=envelope.signature)
            if seal.payload != envelope.payload:
                raise ValueError("it is spelled otherwise")
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"it is no seal ({error!r})") from error
        return seal


_SIGNED = (
    "number", "store", "since", "until", "size", "root", "previous", "time", "key", "successions",
)  # fmt: skip
_PLAIN = {
    **{"number": int, "size": int},
    **dict.fromkeys(("store", "root", "previous", "key", "signature"), str),
}


def file_name(number: int) -> str:
    """What the file of a seal is called."""
    return f"seal-{number:06}.json"


def write_seal(folder: Path, seal: Seal) -> Path:
    """Write a seal to its file, and over nothing.

    Raises:
        AlreadyExists: If another seal of its number is there.
        FailedPrecondition: If the file cannot be written.
    """
    file = folder / file_name(seal.number)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{file.name}.partial"
        write_private(partial, seal.envelope.json)
        rename_new(partial, file)
    except FileExistsError:
        partial.unlink()
        if seal_in(file) != seal:
            raise AlreadyExists(f"{file} is another seal: keep it, and find out why") from None
    except OSError as error:
        raise FailedPrecondition(f"cannot write the seal to {file}: {error}") from error
    return file


def seal_in(file: Path) -> Seal:
    """The seal in a file.

    Raises:
        FailedPrecondition: If it holds none, or cannot be read.
    """
    try:
        return Seal.from_envelope(Envelope.from_json(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise FailedPrecondition(f"there is no seal in {file}: {error}") from error


def read_seals(database: Database) -> list[Seal]:
    """The seals of a store, in order.

    Raises:
        FailedPrecondition: If one is none any more.
    """
    seals: list[Seal] = []
    for row in database.rows(QUERIES["seal.list"]):
        try:
            seals.append(Seal.from_row(row["seal"]))
        except ValueError as error:
            number = row["seal"].get("number")
            raise FailedPrecondition(
                f"seal {number} was altered: {error}. 'graphstore verify --records' tells more"
            ) from error
    return seals


def _iso(time: datetime) -> str:
    return _utc(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _utc(time: datetime) -> datetime:
    return time.astimezone(timezone.utc)


def successions_between(key: Key, previous: str) -> Sequence[Succession] | None:
    """How a key came after another one; None if it did not."""
    line = key.line
    return key.successions[line.index(previous) :] if previous in line else None

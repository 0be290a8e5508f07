"""The key that seals are signed with: Ed25519, in a file that its owner alone can read.

A public key is a text: ``ed25519:`` and 64 hexadecimal digits. A key that is replaced signs its
successor, and the file of that one keeps the signatures (`Succession`): seals of both are of one
owner for whoever knows either.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from graphstore.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    MissingExtra,
    NotFound,
    brief,
)
from graphstore.proof.canonical import canonical
from graphstore.proof.envelope import pae
from graphstore.system.folders import data_folder, make_private, write_private

__all__ = [
    "Key",
    "Succession",
    "are_linked",
    "is_signed",
    "key_file",
    "load_key",
    "make_key",
    "public_key",
    "replace_key",
]

SUCCESSION = "application/vnd.graphstore.succession+json"
_ALGORITHM = "ed25519"
_PUBLIC = re.compile(f"{_ALGORITHM}:[0-9a-f]{{64}}")


@dataclass(frozen=True)
class Succession:
    """A key that was replaced says by which."""

    key: str
    """The new one."""
    previous: str
    """The one before, which signed this."""
    time: str
    """When, in ISO 8601, by the clock of who did it."""
    signature: str
    """That of the key before, in hexadecimal digits."""

    @property
    def payload(self) -> bytes:
        """What is signed."""
        return canonical({"key": self.key, "previous": self.previous, "time": self.time})

    @property
    def is_signed(self) -> bool:
        """Whether the key before signed it."""
        return is_signed(self.previous, self.signature, SUCCESSION, self.payload)


@dataclass(frozen=True, repr=False)
class Key:
    """A key to sign with."""

    secret: str
    successions: tuple[Succession, ...] = ()
    """How it came to be the key, from the first one on."""

    @property
    def public(self) -> str:
        """What others know it by."""
        return _text_of(_private(self.secret).public_key())

    @property
    def line(self) -> tuple[str, ...]:
        """The public keys that it succeeds, from the first on, and its own."""
        return (*(one.previous for one in self.successions), self.public)

    def sign(self, type_: str, payload: bytes) -> str:
        """The signature under a payload of a type, as DSSE has it, in hexadecimal digits."""
        signature: bytes = _private(self.secret).sign(pae(type_, payload))
        return signature.hex()

    def __repr__(self) -> str:
        return f"<Key {self.public}>"  # not the secret


def key_file() -> Path:
    """Where the user's key is."""
    return data_folder() / "keys" / "seals.json"


def make_key(file: Path | None = None) -> Key:
    """Make the user's key.

    Raises:
        AlreadyExists: If there is one.
        MissingExtra: If the extra ``proof`` is not installed.
    """
    file = file or key_file()
    if os.path.lexists(file):
        raise AlreadyExists(
            f"there is a key at {file}: 'graphstore key --show' shows it, and 'graphstore key"
            " --replace' makes its successor"
        )
    return _write(file, Key(_new_secret()))


def replace_key(file: Path | None = None) -> Key:
    """Make the successor of the user's key, signed by it; what was secret of that is gone then.

    Raises:
        NotFound: If there is no key.
        FailedPrecondition: If others can read its file.
        MissingExtra: If the extra ``proof`` is not installed.
    """
    file = file or key_file()
    old, new = load_key(file), Key(_new_secret())
    time = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    unsigned = Succession(new.public, old.public, time, "")
    signature = old.sign(SUCCESSION, unsigned.payload)
    link = Succession(new.public, old.public, time, signature)
    return _write(file, Key(new.secret, (*old.successions, link)))


def load_key(file: Path | None = None) -> Key:
    """The user's key.

    Raises:
        NotFound: If there is none.
        FailedPrecondition: If others can read its file, or it holds no key.
        MissingExtra: If the extra ``proof`` is not installed.
    """
    file = file or key_file()
    try:
        with file.open(encoding="utf-8") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if os.name == "posix" and mode & 0o077:
                raise FailedPrecondition(
                    f"others than you may read the key at {file}, and may have done so: replace it"
                    f" ('chmod 600 {file}', then 'graphstore key --replace')"
                )
            values = json.load(stream)
        key = Key(values["secret"], tuple(Succession(**one) for one in values["successions"]))
        if key.public != values["public"]:
            raise ValueError("the two halves do not belong together")
    except FileNotFoundError:
        hint = "'graphstore key' makes one, and --key names somebody else's"
        raise NotFound("key", "file", str(file), hint) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FailedPrecondition(f"there is no key in {file}: {error}") from error
    return key


def public_key(text: str) -> str:
    """A public key as it is given: itself, or a file that holds it.

    Raises:
        InvalidArgument: If it is none.
    """
    if not _PUBLIC.fullmatch(text):
        try:
            inside = Path(text).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            inside = ""
        if not _PUBLIC.fullmatch(inside):
            raise InvalidArgument(
                f"{brief(text)} is no public key, nor a file with one: expected"
                f" {_ALGORITHM}:, and 64 hexadecimal digits, as 'graphstore key --show' prints it"
            )
        text = inside
    return text


def is_signed(key: str, signature: str, type_: str, payload: bytes) -> bool:
    """Whether a signature is that of a public key under a payload of a type, as DSSE has it."""
    exceptions, ed25519 = _cryptography()
    if not _PUBLIC.fullmatch(key):
        return False
    try:
        public = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.partition(":")[2]))
        public.verify(bytes.fromhex(signature), pae(type_, payload))
    except (exceptions.InvalidSignature, ValueError):
        return False
    return signature == signature.lower()


def are_linked(old: str, new: str, successions: Sequence[Succession]) -> bool:
    """Whether signatures lead from one key to another."""
    for one in successions:
        if one.previous != old or not one.is_signed:
            return False
        old = one.key
    return old == new


def _write(file: Path, key: Key) -> Key:
    make_private(file.parent)
    values = {
        "public": key.public,
        "secret": key.secret,
        "successions": [vars(one) for one in key.successions],
    }
    write_private(file, json.dumps(values, indent=1) + "\n")
    return key


def _new_secret() -> str:
    _, ed25519 = _cryptography()
    secret: str = ed25519.Ed25519PrivateKey.generate().private_bytes_raw().hex()
    return secret


def _private(secret: str) -> Any:
    _, ed25519 = _cryptography()
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))


def _text_of(public: Any) -> str:
    return f"{_ALGORITHM}:{public.public_bytes_raw().hex()}"


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography import exceptions
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise MissingExtra("sealing", "proof", "cryptography") from None
    return exceptions, ed25519

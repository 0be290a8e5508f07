"""What a record has in a secret's place: a digest of it, under a key of the user's own.

A keyed digest (HMAC-SHA-256, RFC 2104) tells whether two secrets are the same and nothing else, to
whoever has no key. The key is 32 random bytes in a private file of the user's data folder, made
when it is first needed; or the text of GRAPHSTORE_HMAC_KEY, for a team that wants to share cache
hits of steps with hidden parameters. Under different keys nothing is ever the same: a step runs
again.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from graphstore.system.folders import data_folder, lock_of, make_private, write_private

__all__ = ["KEY_VARIABLE", "has_mark", "is_mark", "keyed_digest", "mark"]

KEY_VARIABLE = "GRAPHSTORE_HMAC_KEY"
"""The environment variable with the key that a team shares."""

_KEY_BYTES = 32
# Six hexadecimal digits. Two values that differ look the same once in 16 million pairs; and of a
# billion guesses that somebody makes who has stolen the key, sixty remain.
_SHOWN = 6
_MARK = re.compile(r"\[redacted(?: hmac:[0-9a-f]{6})?\]")
_log = logging.getLogger("graphstore")


def keyed_digest(what: str, secret: str) -> str:
    """The HMAC-SHA-256 of a secret, 64 hexadecimal digits.

    Args:
        what: What the secret is of, e.g. a parameter's name; equal secrets of different things have
            different digests.
        secret: Its text.
    """
    message = f"{what}\0{secret}".encode(errors="surrogatepass")
    return hmac.new(_key(), message, hashlib.sha256).hexdigest()


def mark(what: str, secret: str) -> str:
    """What is shown in a secret's place: ``[redacted hmac:1a2b3c]``, part of its `keyed_digest`."""
    return f"[redacted hmac:{keyed_digest(what, secret)[:_SHOWN]}]"


def is_mark(value: object) -> bool:
    """Whether a value is what stands in a secret's place, and nothing besides."""
    return isinstance(value, str) and _MARK.fullmatch(value) is not None


def has_mark(text: str) -> bool:
    """Whether something in a text was hidden."""
    return _MARK.search(text) is not None


def _key() -> bytes:
    if key := os.environ.get(KEY_VARIABLE):
        return key.encode(errors="surrogateescape")
    return _own_key(data_folder() / "hmac.key")


@lru_cache(maxsize=8)
def _own_key(file: Path) -> bytes:
    """The key in a file, made if need be; one for this process alone if there can be none."""
    try:
        if (key := _read(file)) is None:
            make_private(file.parent)
            with lock_of(file):
                if (key := _read(file)) is None:
                    key = secrets.token_hex(_KEY_BYTES).encode()
                    write_private(file, key.decode() + "\n")
        return key
    except OSError as error:
        _log.warning(
            "no key can be kept at %s (%s): steps with hidden parameters are not skipped, unless"
            " %s gives one",
            file,
            error.strerror or error,
            KEY_VARIABLE,
        )
        return secrets.token_bytes(_KEY_BYTES)


def _read(file: Path) -> bytes | None:
    """The key in a file; None if it has none, be it since a full disk left it empty."""
    try:
        key = file.read_bytes().strip()
    except FileNotFoundError:
        return None
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
    return key if len(key) >= _KEY_BYTES else None

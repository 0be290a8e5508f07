"""What a look at an artifact's contents answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from graphstore.model.plain import Plain

__all__ = ["WEAKER", "WHOLE", "Check", "Digest", "Status", "Undigested", "is_of_contents", "why"]

WHOLE = ("sha256:", "sha256-tree:")
"""Prefixes of digests of whole contents that are computed here."""
WEAKER = ("sampled:", "sampled-tree:", "etag:", "etag-tree:", "version:")
"""Prefixes of evidence that tells whether one thing changed, and not whether two are the same."""


@dataclass(frozen=True)
class Digest(Plain):
    """What is known of the contents of a file, a folder or an object; or why nothing is."""

    value: str | None
    """``sha256:HEX`` of a file, ``sha256-tree:HEX`` of a folder, or weaker evidence
    (`graphstore.recording.digest`); None if there is none."""
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
class Check(Plain):
    """The answer of `check`."""

    status: Status
    reason: str = ""
    """Why it is so, for people; of what is UNCHANGED how far that is known, empty if wholly."""
    found: Digest | None = None
    """What stands there now; None if nothing was read."""


class Undigested(Exception):
    """There is no digest, for the reason that is the message."""


def is_of_contents(value: str) -> bool:
    """Whether a recorded digest is of whole contents, so that where these lie means nothing.

    One that has no prefix, or one unknown here (``md5:``), is what somebody says of the contents.
    """
    return not value.startswith(WEAKER)


def why(error: Exception) -> str:
    """What went wrong, and with which file."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}"
    return str(error) or type(error).__name__

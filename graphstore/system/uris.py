"""Uris: which of them say the same place.

One rule (`canonical`) is used by whoever compares places: the recorder, look-ups, resolvers and
importers. What was said is stored as it was said.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

__all__ = ["Uri", "canonical", "local_path", "spellings"]

Uri = str | os.PathLike[str]
"""A uri, or the path of a file or a folder, which is its own uri."""

# Only what is written with a slash is taken for a scheme, `run-1T10:00/model.pt` being a path; the
# few that are written without one are known by name. Of one letter it is a drive of Windows.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|(?:arn|data|doi|urn):", re.ASCII)
_FILE = re.compile(r"file:(?://(?P<host>[^/]*))?(?P<path>/.*)", re.IGNORECASE | re.DOTALL)
_WINDOWS = re.compile(r"/?[A-Za-z]:[\\/]|\\\\", re.ASCII)
_PARTS = re.compile(
    r"(?P<scheme>[^:]+):(?:(?P<slashes>/{1,2})(?P<host>[^/?#]*)(?P<path>[^?#]*))?(?P<rest>.*)",
    re.DOTALL,
)

_BUCKETS = {"s3": "s3", "s3a": "s3", "s3n": "s3", "gs": "gs", "gcs": "gs"}
"""Schemes of object stores, and the one that is written for them: Hadoop and fsspec have several
names for one store."""
_PORTS = {"http": ":80", "https": ":443"}
"""The web's schemes, and the ports that need not be said (RFC 9110, 4.2)."""


def canonical(uri: Uri, *, here: bool = True) -> str:
    """The one spelling of a place, for comparing: equal spellings say the same place.

    A path, and a ``file:`` uri of this machine (no host, or ``localhost``; percent-decoded, RFC
    8089), become the real path: absolute, seen from the current folder; without ``.``, ``..``,
    doubled slashes and a slash at its end; links followed as they lead now. A link that moves
    later stands for another place then, and so does not join what it showed to what it shows.

    Of other uris the scheme becomes lower case, and

    - of an object store (``s3``, also said as ``s3a`` and ``s3n``; ``gs``, also said as ``gcs``)
      slashes at the end go, and ``s3:/b/k``, which is what `Path` makes of it, is ``s3://b/k``;
    - of the web (``http``, ``https``) the host becomes lower case, its usual port goes, dots in the
      path are resolved (RFC 3986, 5.2.4), and an empty path is ``/``;
    - of any other with a host, such as ``hdfs://host/d/``, slashes at the end go.

    Never changed: what follows ``?`` or ``#``; a user and password; names of buckets and hosts of
    unknown schemes; keys of objects, in which ``//``, ``.`` and ``..`` are names like any other;
    percent-encoding outside ``file:``; a slash at the end of a web address; upper and lower case of
    paths, and how Unicode composes them; ``~``, which only shells expand; paths of Windows, unless
    this is Windows; and uris without a path (``doi:``, ``urn:``, ``data:``).

    Args:
        uri: Any text; what is no uri is a path. The empty one is no place, and stays empty.
        here: Whether its paths are those of this process. If not - they come from another machine,
            or have lain in a store - links are not followed, and what is relative stays so.
    """
    text = os.fspath(uri)
    if not text or "\0" in text:
        return text
    if text[:5].lower() == "file:" and (path := local_path(text)) is not None:
        return _canonical_path(str(path), here)
    return _canonical_uri(text) if _SCHEME.match(text) else _canonical_path(text, here)


def spellings(uri: Uri) -> list[str]:
    """What to look for to find all that is at a place: the uri as it is said, and its `canonical`
    ones, of this machine and of any."""
    text = os.fspath(uri)
    return list(dict.fromkeys([text, canonical(text), canonical(text, here=False)]))


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


def _canonical_path(path: str, here: bool) -> str:
    if os.name != "nt":
        if _WINDOWS.match(path):
            return path
        # POSIX lets two slashes in front mean something else; on Linux and macOS they do not.
        path = re.sub("^//+", "/", path)
    try:
        return os.path.realpath(path) if here else os.path.normpath(path)
    except (OSError, ValueError):  # the current folder is gone; no file can have such a name
        return os.path.normpath(path)


@lru_cache(maxsize=4096)  # the same ones come again, and nothing but their text counts
def _canonical_uri(uri: str) -> str:
    parts = _PARTS.fullmatch(uri)
    assert parts is not None  # it has a scheme
    scheme, slashes, rest = parts["scheme"].lower(), parts["slashes"], parts["rest"]
    if slashes is None:
        return f"{scheme}:{rest}"
    host, path = parts["host"], parts["path"]
    if scheme in _BUCKETS:
        return f"{_BUCKETS[scheme]}://{host}{path.rstrip('/')}{rest}"
    if slashes == "/":  # no host: the scheme alone knows what this is
        return f"{scheme}:/{host}{path}{rest}"
    if scheme in _PORTS:
        user, at, host = host.rpartition("@")
        host = host.lower().removesuffix(_PORTS[scheme])
        return f"{scheme}://{user}{at}{host}{_without_dots(path)}{rest}"
    return f"{scheme}://{host}{path.rstrip('/')}{rest}"


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4; a path that begins with a slash, or is empty."""
    if not path:
        return "/"
    segments = path.split("/")[1:]
    result: list[str] = []
    for segment in segments:
        if segment == "..":
            result[-1:] = []
        elif segment != ".":
            result.append(segment)
    if segments[-1] in (".", ".."):
        result.append("")
    return "/" + "/".join(result)

"""What servers say of objects that are not on this machine, by fsspec (the extra `fsspec`).

``etag:ETAG``
    The entity tag of an object, which its server changes with its contents (RFC 9110, 8.8.3). A
    weak one (``W/``) may stay when these change, and is no evidence.
``etag-tree:HEX``
    Of all objects below a prefix: the SHA-256 of lines of tag, two spaces and name, in the order of
    names' bytes.
``version:VERSION``
    Of an object that has no tag, but a version or a generation.
``sha256:HEX``
    Where the server knows the digest of the contents: large files on Hugging Face.

A size and a time are no evidence: an object can be overwritten within the second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from threading import Lock, Thread
from typing import Any

from graphstore.errors import DISTRIBUTION
from graphstore.recording.digest.results import Digest, Undigested, why

__all__ = ["Gone", "Remote"]

_TAGS = ("ETag", "etag", "e_tag", "blob_id", "sha")
_VERSIONS = ("VersionId", "version_id", "versionId", "generation")
_OBJECTS = 100_000
_AWAY = "it is not on this machine's file system"


class Gone(Exception):
    """The server says that there is no such object."""


class Remote:
    """Asks servers; may be shared between threads."""

    def __init__(self, timeout: float) -> None:
        """
        Args:
            timeout: Seconds to wait for a server at most; 0 to ask none.
        """
        self._timeout, self._lock = timeout, Lock()
        self._silent: set[str] = set()
        self._unknown: dict[str, str] = {}
        """Why servers of a scheme cannot be asked: their package is not installed."""

    def silence(self, uri: str) -> Digest | None:
        """Why a server is not asked; None if it is."""
        if self._timeout <= 0:
            return Digest(None, None, _AWAY)
        try:
            import fsspec  # noqa: F401
        except ImportError:
            return Digest(
                None,
                None,
                f"{_AWAY}, and {DISTRIBUTION}[fsspec], to ask its server, is not installed",
            )
        server = _server(uri)
        with self._lock:
            if server in self._silent:
                return Digest(None, None, f"{_AWAY}, and {server} did not answer before")
            if reason := self._unknown.get(_scheme(uri)):
                return Digest(None, None, reason)
        return None

    def evidence(self, uri: str) -> Digest:
        """What the server says of what stands at a uri; or why that is not known.

        Raises:
            Gone: If it says that there is nothing.
        """
        if (answer := self.silence(uri)) is not None:
            return answer
        server = _server(uri)
        try:
            return self._within_time(lambda: _evidence(uri))
        except Gone:
            raise
        except TimeoutError:
            with self._lock:
                self._silent.add(server)
            reason = f"{_AWAY}, and {server} did not answer within {self._timeout:g} s"
            return Digest(None, None, reason)
        except Exception as error:  # a plugin may raise whatever it likes
            reason = f"{_AWAY}, and its server could not be asked: {why(error)}"
            if isinstance(error, ImportError):
                with self._lock:
                    self._unknown[_scheme(uri)] = reason
            return Digest(None, None, reason)

    def _within_time(self, ask: Callable[[], Digest]) -> Digest:
        """The answer; a plugin that hangs holds up nothing but a thread of its own."""
        answers: list[Digest | BaseException] = []

        def work() -> None:
            try:
                answers.append(ask())
            except BaseException as error:
                answers.append(error)

        thread = Thread(target=work, name="graphstore-remote", daemon=True)
        thread.start()
        thread.join(self._timeout)
        if not answers:
            raise TimeoutError
        if isinstance(answer := answers[0], BaseException):
            raise answer
        return answer


def _server(uri: str) -> str:
    return "/".join(uri.split("/")[:3])


def _scheme(uri: str) -> str:
    return uri.partition(":")[0].lower()


def _evidence(uri: str) -> Digest:
    from fsspec.core import url_to_fs

    system, path = url_to_fs(uri)
    # What it remembers of listings may be older than the object.
    system.invalidate_cache()
    try:
        info = system.info(path)
        if info.get("type") == "directory":
            return _of_all(system, path)
    except FileNotFoundError as error:
        # That of HTTP says so of all errors; what really was wrong is its cause.
        status = getattr(error.__cause__, "status", None)
        if error.__cause__ is not None and status not in (404, 410):
            raise error.__cause__ from None
        raise Gone(f"there is nothing at {uri}") from None
    try:
        return Digest(_tag(info), info.get("size"))
    except Undigested as error:
        return Digest(None, info.get("size"), str(error))


def _tag(info: Mapping[str, Any]) -> str:
    """What is known of an object's contents."""
    large = info.get("lfs")
    if isinstance(large, Mapping) and large.get("sha256"):
        return f"sha256:{large['sha256']}"
    for key in _TAGS:
        if tag := info.get(key):
            if str(tag).startswith("W/"):
                raise Undigested("its server gives it a weak ETag, which may stay when it changes")
            return "etag:" + str(tag).strip('"')
    for key in _VERSIONS:
        if (version := info.get(key)) and version != "null":  # S3's word for unversioned
            return f"version:{version}"
    raise Undigested("its server says neither an ETag nor a version of it")


def _of_all(system: Any, path: str) -> Digest:
    """What is known of all objects below a prefix."""
    tags: dict[str, str] = {}
    size = 0
    for name, info in _below(system, path):
        if len(tags) == _OBJECTS:
            return Digest(None, None, f"there are more than {_OBJECTS:,} objects below it")
        try:
            tags[name] = _tag(info)
        except Undigested as error:
            return Digest(None, None, f"of {name}: {error}")
        size += info.get("size") or 0
    if not tags:
        return Digest(None, None, "there are no objects below it")
    lines = hashlib.sha256()
    for name, tag in sorted(tags.items(), key=lambda item: item[0].encode()):
        lines.update(f"{tag}  {name}\n".encode(errors="surrogatepass"))
    return Digest("etag-tree:" + lines.hexdigest(), size)


def _below(system: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for _, _, files in system.walk(path, detail=True):
        for info in files.values():
            yield str(info["name"]).removeprefix(path).lstrip("/"), info

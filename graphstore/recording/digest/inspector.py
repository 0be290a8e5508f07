"""Looks at what stands at uris: local ones, and remote ones where their servers tell."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path

from graphstore.errors import InvalidArgument
from graphstore.recording.digest.contents import Contents
from graphstore.recording.digest.listing import files
from graphstore.recording.digest.remote import Gone, Remote
from graphstore.recording.digest.results import WHOLE, Check, Digest, Status, Undigested, why
from graphstore.recording.digest.samples import compare, sampled, settle
from graphstore.system.progress import OnProgress, silent
from graphstore.system.uris import Uri, local_path

__all__ = ["Inspector", "check", "digest", "looking_below"]

_ROOTS: ContextVar[tuple[Path, ...] | None] = ContextVar("graphstore_roots", default=None)


@contextmanager
def looking_below(roots: tuple[Path, ...] | None) -> Iterator[None]:
    """Within the block whether something is what was recorded is looked up below these folders
    alone, and no server is asked: who asks must not make this machine read whatever is named.

    None for no such bound.
    """
    token = _ROOTS.set(roots)
    try:
        yield
    finally:
        _ROOTS.reset(token)


def _refusal(path: Path | None) -> str:
    """Why what is at a path, or at a server, may not be looked at; empty if it may."""
    roots = _ROOTS.get()
    if roots is None:
        return ""
    try:
        if path is not None and any(path.resolve().is_relative_to(root) for root in roots):
            return ""
    except (OSError, ValueError, RuntimeError):  # a circle of links; a NUL
        pass
    return "this server looks at files below its roots only (--root), and asks no other server"


class Inspector:
    """Looks at files, folders and objects, and reads no file twice that did not change.

    May be shared between threads. What it remembers it remembers for itself: make one for a run, or
    for a command, and not for longer.
    """

    def __init__(
        self,
        *,
        limit: int | None = None,
        remote_timeout: float = 15.0,
        progress: Callable[[], AbstractContextManager[OnProgress]] | None = None,
    ) -> None:
        """
        Args:
            limit: Bytes of a file or a folder to read at most; None for no bound.
            remote_timeout: Seconds to wait for a server at most; 0 to ask none.
            progress: Makes what is told how far reading has come, e.g.
                `graphstore.system.progress.late_bar`; None to tell nobody.

        Raises:
            InvalidArgument: If one of them is less than 0.
        """
        if limit is not None and limit < 0:
            raise InvalidArgument(
                f"limit must be 0 or more bytes, or None for no bound; found {limit}"
            )
        if remote_timeout < 0:
            raise InvalidArgument(f"remote_timeout must be 0 or more s; found {remote_timeout}")
        self._limit = limit
        self._contents = Contents(progress or (lambda: nullcontext(silent)))
        self._remote = Remote(remote_timeout)

    def evidence(self, uri: Uri) -> Digest:
        """What is known of the contents at a uri: their digest, or what else tells a change.

        A file or folder is read whole up to the limit, and sampled beyond; of an object its server
        is asked. What goes wrong is not raised, but told as the `reason`.

        Args:
            uri: A path, absolute or from the current folder, or any uri.
        """
        path = local_path(uri)
        if path is None:
            try:
                return self._remote.evidence(os.fspath(uri))
            except Gone as error:
                return Digest(None, None, str(error))
        current = self.digest(path)
        if current.value is None and self._is_too_large(current):
            return self.sampled(path)
        return current

    def asks(self, uri: Uri) -> bool:
        """Whether `evidence` of it asks a server, which takes a while."""
        return local_path(uri) is None and self._remote.silence(os.fspath(uri)) is None

    def digest(self, path: Uri) -> Digest:
        """The digest of the whole contents of a file or a folder; without a value, and with the
        reason, where it cannot be read or is larger than the limit."""
        return self._measure(os.fspath(path), self._limit)

    def by_name(self, path: Uri) -> dict[bytes, str]:
        """The SHA-256 of each file of a folder by name, ``./a``; of a file by the name ``""``.

        Raises:
            OSError: If one cannot be read, or changes meanwhile.
        """
        try:
            listing = files(os.fspath(path))
            sums = self._contents.by_name(listing)
            if files(os.fspath(path)) != listing:
                raise Undigested("it changed while it was read")
        except Undigested as error:
            raise OSError(str(error)) from error
        return sums

    def sampled(self, path: Uri) -> Digest:
        """Sizes, times and samples of a file or a folder (`recording.digest.samples`)."""
        size = None
        try:
            listing = files(os.fspath(path))
            if settle(listing):
                listing = files(os.fspath(path))
            size = sum(file.size for file in listing)
            value = sampled(listing)
            if files(os.fspath(path)) != listing:
                raise Undigested("it changed while it was read")
        except Undigested as error:
            return Digest(None, size, str(error))
        except (OSError, ValueError) as error:
            return Digest(None, size, why(error))
        return Digest(value, size)

    def check(
        self, uri: Uri, recorded: str | None, *, size: int | None = None, whole: bool = False
    ) -> Check:
        """Whether what stands at `uri` is what was recorded; see `check`.

        With `whole` the limit does not count: what was read whole is read whole again.
        """
        if not recorded:
            return Check(Status.UNKNOWN, "no digest was recorded")
        if recorded.startswith(("etag:", "etag-tree:", "version:")):
            return self._check_tag(uri, recorded)
        if not recorded.startswith((*WHOLE, "sampled:", "sampled-tree:")):
            return Check(
                Status.UNKNOWN, f"the recorded digest is none of graphstore's: {recorded!r}"
            )
        if not os.fspath(uri):
            return Check(Status.UNKNOWN, "it has no uri")
        path = local_path(uri)
        if path is None:
            return self._check_tag(uri, recorded)
        if reason := _refusal(path):
            return Check(Status.UNKNOWN, reason)
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return Check(Status.GONE, f"there is nothing at {path.absolute()}")
        except OSError as error:
            return Check(Status.UNKNOWN, why(error))
        if recorded.startswith("sampled"):
            return compare(recorded, self.sampled(path))
        current = self._measure(os.fspath(path), None if whole else self._limit, size)
        if size is not None and current.size is not None and current.size != size:
            return Check(Status.CHANGED, f"it had {size} bytes, and has {current.size}", current)
        if current.value is None:
            return Check(Status.UNKNOWN, current.reason, current)
        if current.value != recorded:
            return Check(Status.CHANGED, "its content is another one", current)
        return Check(Status.UNCHANGED, "", current)

    def _check_tag(self, uri: Uri, recorded: str) -> Check:
        """The same of what a server says."""
        if not os.fspath(uri):
            return Check(Status.UNKNOWN, "it has no uri")
        kind = recorded.partition(":")[0]
        if local_path(uri) is not None:
            reason = f"it was recorded by its {kind}, which nothing here can be compared with"
            return Check(Status.UNKNOWN, reason)
        if reason := _refusal(None):
            return Check(Status.UNKNOWN, reason)
        try:
            current = self._remote.evidence(os.fspath(uri))
        except Gone as error:
            return Check(Status.GONE, str(error))
        if current.value is None:
            return Check(Status.UNKNOWN, current.reason, current)
        if current.value == recorded:
            reason = "" if kind == "sha256" else f"as far as its server's {kind} tells"
            return Check(Status.UNCHANGED, reason, current)
        now = current.value.partition(":")[0]
        if now != kind or kind == "version":  # that may be what a person called it
            reason = f"it was recorded as {recorded}, and its server says {current.value}"
            return Check(Status.UNKNOWN, reason, current)
        return Check(Status.CHANGED, f"its server's {kind} is another one", current)

    def _is_too_large(self, current: Digest) -> bool:
        return self._limit is not None and current.size is not None and current.size > self._limit

    def _measure(self, path: str, limit: int | None, expected: int | None = None) -> Digest:
        """The digest of whole contents; nothing is read if the size is not the expected one."""
        size = None
        try:
            listing = files(path)
            size = sum(file.size for file in listing)
            if expected not in (None, size):
                raise Undigested(f"it has {size} bytes, not {expected}")
            if limit is not None and size > limit:
                raise Undigested(f"it has {size} bytes, more than the limit of {limit}")
            value = self._contents.digest(listing)
            # Size and time are all that tells, as for make and rsync: what is written within the
            # tick of the file system's clock, in the same length, is missed.
            if files(path) != listing:
                raise Undigested("it changed while it was read")
        except Undigested as error:
            return Digest(None, size, str(error))
        except (OSError, ValueError) as error:  # ValueError: no path can have a NUL
            return Digest(None, size, why(error))
        return Digest(value, size)


def digest(path: Uri, *, limit: int | None = None) -> Digest:
    """What the file or the folder at `path` holds.

    Reads in pieces, and no more than was there when it began. What goes wrong with the file is not
    raised but told as the `reason`: nothing there, not readable, larger than `limit`, neither file
    nor folder, a fan of links, changed or gone while it was read.

    Args:
        path: A file, a folder, or a link to either.
        limit: Bytes to read at most; what is larger has a size and no digest. None for no bound.

    Raises:
        InvalidArgument: If the limit is less than 0.
    """
    return Inspector(limit=limit).digest(path)


def check(
    uri: Uri, recorded: str | None, *, size: int | None = None, limit: int | None = None
) -> Check:
    """Whether what stands at `uri` is what was recorded.

    A uri that is a relative path is looked for from the current folder. Of what was recorded by
    weaker evidence (`graphstore.recording.digest`) the answer says how far that tells.

    Args:
        uri: Where the artifact is.
        recorded: The value of its `Digest` then; None or empty if there was none.
        size: Its size in bytes then, if that was recorded: where it is another one now, nothing
            need be read.
        limit: Bytes to read at most; what is larger is UNKNOWN.

    Raises:
        InvalidArgument: If the limit is less than 0.
    """
    return Inspector(limit=limit).check(uri, recorded, size=size)

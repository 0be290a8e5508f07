"""Evidence of the contents of what is too large to be read: sizes, times and samples.

Of a file::

    sampled:SIZE:MODIFIED:HEX

its bytes, its modification time in nanoseconds since the Unix epoch, and the SHA-256 of 64 samples
of 64 KiB, the first at its beginning, the last at its end and the others evenly between. A file
that is not larger than these is sampled whole.

Of a folder::

    sampled-tree:SIZE:TIMES:HEX

the bytes of all files in it, the SHA-256 of their names and modification times, and that of their
names and sizes, with samples: three of 64 KiB of each file, and of 1,000 files at most, evenly
chosen in the order of names.

It notices each change of a size, of a name or of a time, and of what it samples. It does not notice
a change between samples that keeps the size and puts the time back.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence

from graphstore.recording.digest.contents import escape_name
from graphstore.recording.digest.listing import File, now, settles_in
from graphstore.recording.digest.results import Check, Digest, Status, Undigested

__all__ = ["compare", "sampled", "settle"]

_SAMPLE = 2**16
_OF_A_FILE = 64
_OF_A_FILE_IN_A_FOLDER = 3
_FILES = 1_000


def settle(files: Sequence[File]) -> bool:
    """Wait until a later write is sure to change a time; whether there was need to wait."""
    wait = max((settles_in(file, now()) for file in files), default=0.0)
    # A time that lies further ahead is by another clock, and waiting for it would not help.
    if not 0 < wait <= 2:
        return False
    time.sleep(wait)
    return True


def sampled(files: Sequence[File]) -> str:
    """The evidence of a file, or of a folder's files, in order.

    Raises:
        Undigested: If a file changes while it is read.
        OSError: If one cannot be read.
    """
    size = sum(file.size for file in files)
    if [file.name for file in files] == [b""]:
        file = files[0]
        return f"sampled:{size}:{file.modify_time}:{_samples(file, _OF_A_FILE).hexdigest()}"
    times, contents = hashlib.sha256(), hashlib.sha256()
    for file in files:
        name = escape_name(file.name)
        times.update(b"%d  %s\n" % (file.modify_time, name))
        contents.update(b"%d  %s\n" % (file.size, name))
    for place in _spread(len(files), _FILES):
        contents.update(_samples(files[place], _OF_A_FILE_IN_A_FOLDER).digest())
    return f"sampled-tree:{size}:{times.hexdigest()}:{contents.hexdigest()}"


def compare(recorded: str, digest: Digest) -> Check:
    """What the evidence that was recorded and that of now tell."""
    if digest.value is None:
        return Check(Status.UNKNOWN, digest.reason, digest)
    was, now_ = recorded.split(":"), digest.value.split(":")
    if len(was) != 4:
        return Check(Status.UNKNOWN, f"the recorded evidence is damaged: {recorded!r}", digest)
    if was[0] != now_[0]:
        return Check(Status.CHANGED, "a file was recorded, or a folder, and is none now", digest)
    if was[1] != now_[1]:
        return Check(Status.CHANGED, f"it had {was[1]} bytes, and has {now_[1]}", digest)
    if was[3] != now_[3]:
        return Check(Status.CHANGED, "its samples are others", digest)
    if was[2] != now_[2]:
        reason = "its size and samples are what they were, but it was written to since"
        return Check(Status.UNKNOWN, reason, digest)
    reason = "as far as size, time and samples tell: it was too large to be read whole"
    return Check(Status.UNCHANGED, reason, digest)


def _samples(file: File, count: int) -> hashlib._Hash:
    """The digest of so many samples of a file, or of all of it."""
    digest = hashlib.sha256()
    try:
        with open(file.path, "rb", buffering=0) as stream:
            for offset, length in _places(file.size, count):
                stream.seek(offset)
                while length:
                    piece = stream.read(length)
                    if not piece:
                        raise Undigested(f"{file.path} changed while it was read")
                    digest.update(piece)
                    length -= len(piece)
    except FileNotFoundError:
        raise Undigested(f"{file.path} went while it was read") from None
    return digest


def _places(size: int, count: int) -> Iterator[tuple[int, int]]:
    """Where samples begin, and how long each is."""
    if size <= count * _SAMPLE:
        yield 0, size
        return
    for number in range(count):
        yield number * (size - _SAMPLE) // (count - 1), _SAMPLE


def _spread(length: int, count: int) -> Iterator[int]:
    """So many places in a list at most, evenly, the first and the last among them."""
    if length <= count:
        yield from range(length)
        return
    for number in range(count):
        yield number * (length - 1) // (count - 1)

"""Digests of files and folders, beside `sha256sum` on the same."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Result, interleave, rate, same
from benchmarks.options import Options
from graphstore.recording.digest import Inspector, digest
from graphstore.recording.digest.listing import files
from graphstore.recording.digest.samples import settle

__all__ = ["results"]

_FILE = 256
"""Megabytes in the one file."""
_FOLDERS = (("1 MiB", 2**20, 128), ("4 KiB", 2**12, 32))
"""What each file in a folder has, in words and bytes, and megabytes of all of them."""

_BY_COMMAND = (
    "cd {} && find -L . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum"
)


def results(options: Options) -> Iterator[Result]:
    """Megabytes a second, in the page cache; and again, where nothing has changed."""
    with TemporaryDirectory() as folder:
        yield _file(Path(folder), options.rounds)
        for name, size, megabytes in _FOLDERS:
            yield _folder(Path(folder), name, size, megabytes, options.rounds)


def _file(folder: Path, rounds: int) -> Result:
    """One file."""
    file = folder / "model"
    with open(file, "wb") as stream:
        for _ in range(_FILE):
            stream.write(os.urandom(2**20))

    def by_command() -> str:
        output = subprocess.run(["sha256sum", file], capture_output=True, check=True).stdout
        return f"sha256:{output.split()[0].decode()}"

    return _comparison(f"digest of a file of {_FILE} MiB", file, _FILE, by_command, rounds)


def _folder(parent: Path, name: str, size: int, megabytes: int, rounds: int) -> Result:
    """Many files, a hundred in a folder."""
    folder, number = parent / name.replace(" ", ""), megabytes * 2**20 // size
    for place in range(number):
        file = folder / str(place // 100) / str(place)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(size))

    def by_command() -> str:
        command = ["sh", "-c", _BY_COMMAND.format('"$0"'), os.fspath(folder)]
        output = subprocess.run(command, capture_output=True, check=True).stdout
        return f"sha256-tree:{output.split()[0].decode()}"

    what = f"digest of {number:,} files of {name}"
    return _comparison(what, folder, megabytes, by_command, rounds)


def _comparison(
    what: str, path: Path, megabytes: int, by_command: Callable[[], str], rounds: int
) -> Result:
    """Both read it; an inspector that has read it before looks whether it has changed."""
    settle(files(os.fspath(path)))
    before, sampling = Inspector(), Inspector(limit=0)
    value = same(
        {
            "graphstore": lambda: digest(path).value,
            "sha256sum": by_command,
            "graphstore, unchanged": lambda: before.digest(path).value,
        }
    )
    if not (sampling.evidence(path).value or "").startswith("sampled"):
        raise AssertionError(f"nothing was sampled of {path}")
    figures = interleave(
        {
            "graphstore": lambda: rate(megabytes, lambda: digest(path)),
            "sha256sum": lambda: rate(megabytes, by_command),
            "graphstore, unchanged": lambda: rate(megabytes, lambda: before.digest(path)),
            "graphstore, sampled": lambda: rate(megabytes, lambda: sampling.evidence(path)),
        },
        rounds=rounds,
    )
    return Result(what, "MiB/s", figures, facts={"digest": value})

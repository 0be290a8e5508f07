"""Fetches the jars of a Neo4j: several at a time, each checked, visible only when all are there.

A jar is fetched into a folder that counts for nothing, and moved to those that are kept once its
size and SHA-256 are those of the lock: a fetch that is killed leaves nothing that passes for a
jar, and the next one goes on from what was kept.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from graphstore.errors import DiskFull, DownloadFailed, MissingExtra
from graphstore.local.distribution import Distribution, Jar
from graphstore.local.folders import guard_cache
from graphstore.system.folders import lock_of
from graphstore.system.progress import OnProgress, Progress, silent

if TYPE_CHECKING:
    from jgo.maven import MavenContext

__all__ = ["fetch"]

_AT_ONCE = 8
_ATTEMPTS = 3
_TIMEOUT = 60  # seconds without a byte
_SPARE = 50_000_000  # bytes that must stay free beside the jars


def fetch(distribution: Distribution, on_progress: OnProgress = silent) -> Path:
    """See to it that the jars of `distribution` are in its folder, and return the folder.

    Of several processes that ask at once, one fetches and the others wait for it. Jars that are
    there are checked again each time, which takes some 0.2 s: what is not what the lock says is
    fetched again.

    Raises:
        StartFailed: If others could have put something into the cache.
        DownloadFailed: If a jar cannot be had, or is not what the lock says.
        DiskFull: If the jars do not fit.
        MissingExtra: If jgo is not installed.
    """
    guard_cache(distribution.folder.parent)
    if _complete(distribution):
        return distribution.folder
    with lock_of(distribution.folder, on_progress):
        if not _complete(distribution):
            _Fetch(distribution).run(on_progress)
    return distribution.folder


def _complete(distribution: Distribution) -> bool:
    """Whether every jar is there, and what the lock says."""
    folder = distribution.folder
    if not folder.is_dir():
        return False
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return all(pool.map(lambda jar: _is_locked(folder / jar.name, jar), distribution.jars))


class _Fetch:
    """One attempt to bring a distribution here."""

    def __init__(self, distribution: Distribution) -> None:
        self.distribution = distribution
        partial = distribution.folder.with_name(f"{distribution.folder.name}.partial")
        self.jars = partial / "lib"
        self.cache = partial / "maven"
        self.bytes: dict[str, int] = {}  # by the name of a jar, how much of it is here
        self.given_up = Event()

    def run(self, on_progress: OnProgress) -> None:
        folder = self.distribution.folder
        if folder.exists() and not self.jars.exists():  # somebody damaged it: mend it
            self.jars.parent.mkdir(exist_ok=True)
            folder.rename(self.jars)
        self.jars.mkdir(parents=True, exist_ok=True)

        missing = [jar for jar in self.distribution.jars if not self._is_kept(jar)]
        self._check_room(sum(jar.size for jar in missing))
        if missing:
            self._fetch_all(missing, on_progress)

        shutil.rmtree(folder, ignore_errors=True)
        self.jars.rename(folder)
        shutil.rmtree(self.jars.parent, ignore_errors=True)

    def _is_kept(self, jar: Jar) -> bool:
        if not _is_locked(self.jars / jar.name, jar):
            return False
        self.bytes[jar.name] = jar.size
        return True

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self.jars).free
        if free < size + _SPARE:
            raise _disk_full(self.jars, size + _SPARE)

    def _fetch_all(self, jars: list[Jar], on_progress: OnProgress) -> None:
        context = _maven(self.cache, self._count)
        pool = ThreadPoolExecutor(_AT_ONCE)
        # The large ones first, lest the last one runs alone.
        jars = sorted(jars, key=lambda jar: -jar.size)
        futures = {pool.submit(self._fetch_one, context, jar): jar for jar in jars}
        try:
            pending: set[Future[None]] = set(futures)
            while pending:
                ready, pending = wait(pending, timeout=0.1, return_when=FIRST_EXCEPTION)
                self._report(futures, pending, on_progress)
                for future in ready:
                    future.result()
        finally:
            self.given_up.set()
            pool.shutdown(cancel_futures=True)

    def _report(
        self, futures: dict[Future[None], Jar], pending: set[Future[None]], on_progress: OnProgress
    ) -> None:
        in_hand = [futures[future].name for future in pending if future.running()]
        on_progress(
            Progress(
                step=f"downloading Neo4j {self.distribution.version}",
                done=min(sum(list(self.bytes.values())), self.distribution.size),
                total=self.distribution.size,
                unit="bytes",
                detail=min(in_hand, default=""),
            )
        )

    def _fetch_one(self, context: MavenContext, jar: Jar) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            if self.given_up.is_set():
                return
            try:
                self._bring(context, jar)
                return
            # Of the disk or of requests; not found, as jgo says it; not what is locked.
            except (OSError, RuntimeError, ValueError) as error:
                if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    raise _disk_full(self.jars, jar.size) from error
                if attempt == _ATTEMPTS:
                    raise self._failure(context, jar, error) from error
            self.given_up.wait(0.5 * attempt)

    def _bring(self, context: MavenContext, jar: Jar) -> None:
        component = context.project(jar.group, jar.artifact).at_version(jar.version)
        artifact = component.artifact(classifier=jar.classifier, packaging="jar")
        # What is there was left by an attempt that failed; jgo would take it as it is.
        (context.repo_cache / component.path_prefix / jar.name).unlink(missing_ok=True)
        self.bytes[jar.name] = 0
        file = artifact.resolve()
        _check(file, jar)
        file.replace(self.jars / jar.name)
        self.bytes[jar.name] = jar.size

    @contextmanager
    def _count(self, name: str, _: int) -> Iterator[Callable[[int], None]]:
        def count(size: int) -> None:
            if self.given_up.is_set():
                raise RuntimeError("given up")
            self.bytes[name] += size

        yield count

    def _failure(self, context: MavenContext, jar: Jar, cause: Exception) -> DownloadFailed:
        count = sum(1 for _ in self.jars.iterdir())
        repository = ", ".join(context.remote_repos.values())
        return DownloadFailed(
            f"could not fetch {jar.coordinates} from {repository}: {cause}. Check the network and"
            " the proxy (HTTPS_PROXY), or name a mirror of Maven Central in"
            " GRAPHSTORE_MAVEN_REPOSITORY, or use a Neo4j that runs elsewhere by its address,"
            f" NEO4J_URI. {count} of {len(self.distribution.jars)} jars are here and are kept for"
            " the next attempt."
        )


def _is_locked(file: Path, jar: Jar) -> bool:
    """Whether `file` is there, and what the lock says."""
    try:
        _check(file, jar)
    except (OSError, ValueError):
        return False
    return True


def _check(file: Path, jar: Jar) -> None:
    """Raise ValueError unless `file` is what the lock says."""
    size = file.stat().st_size
    if size != jar.size:
        raise ValueError(f"{jar.name} has {size} bytes, and {jar.size} are locked")
    with file.open("rb") as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != jar.sha256:
        raise ValueError(
            f"the SHA-256 of {jar.name} is {digest.hexdigest()}, and {jar.sha256} is locked"
        )


def _maven(
    cache: Path, count: Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
) -> MavenContext:
    try:
        # Imported here since jgo brings requests, which nobody needs once the jars are there.
        from jgo.maven import MavenContext, PythonResolver
    except ModuleNotFoundError as error:
        raise MissingExtra("fetching Neo4j", "local", "jgo") from error
    mirror = os.environ.get("GRAPHSTORE_MAVEN_REPOSITORY")
    return MavenContext(
        repo_cache=cache,
        remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        resolver=PythonResolver(progress_callback=count),
        timeout=_TIMEOUT,
    )


def _disk_full(folder: Path, size: int) -> DiskFull:
    free = shutil.disk_usage(folder).free
    return DiskFull(
        f"no room for Neo4j in {folder}: {size / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB"
        " are free; make room, or name another folder in GRAPHSTORE_CACHE_DIR"
    )

"""Which jars make up a Neo4j: the lock files beside this module.

A lock is written once by `scripts/lock_neo4j.py`, which resolves Neo4j and its Browser with all
they need. At run time nothing is resolved any more: what the lock names is fetched and checked.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from graphstore.errors import InvalidArgument
from graphstore.system.folders import cache_folder

__all__ = [
    "DEFAULT_VERSION",
    "Distribution",
    "Jar",
    "asked_version",
    "distribution",
    "known_versions",
    "newer",
]

DEFAULT_VERSION = "5.26.30"
"""The Neo4j that a local store runs on if nobody asks for another: the long-term support one."""

_LOCKS = Path(__file__).parent


@dataclass(frozen=True)
class Jar:
    """One locked file of a Maven repository."""

    group: str
    artifact: str
    version: str
    classifier: str
    size: int
    """In bytes."""
    sha256: str

    @property
    def name(self) -> str:
        """The name of the file."""
        return "-".join(filter(None, (self.artifact, self.version, self.classifier))) + ".jar"

    @property
    def coordinates(self) -> str:
        """``group:artifact:version``, and ``:classifier`` if it has one."""
        return ":".join(filter(None, (self.group, self.artifact, self.version, self.classifier)))


@dataclass(frozen=True)
class Distribution:
    """A release of Neo4j, to the byte."""

    version: str
    java: tuple[int, ...]
    """The major versions of Java that it is documented to run on."""
    main: str
    """The class that starts it."""
    settings: tuple[str, ...]
    """Lines of neo4j.conf that only this release has, or needs."""
    jars: tuple[Jar, ...]

    @classmethod
    def parse(cls, text: str) -> Distribution:
        """Read a lock: lines ``key: value``, and a line a jar: coordinates, size, sha256."""
        facts: dict[str, list[str]] = {}
        jars = []
        for line in text.splitlines():
            key, colon, value = line.partition(": ")
            if line.startswith("#") or not line:
                continue
            if colon:
                facts.setdefault(key, []).append(value)
                continue
            coordinates, size, sha256 = line.split()
            group, artifact, version, classifier = (*coordinates.split(":"), "")[:4]
            jars.append(Jar(group, artifact, version, classifier, int(size), sha256))
        return cls(
            version=facts["version"][0],
            java=tuple(int(major) for major in facts["java"]),
            main=facts["main"][0],
            settings=tuple(facts.get("setting", ())),
            jars=tuple(jars),
        )

    def render(self) -> str:
        """The lock that `parse` reads."""
        facts = [
            f"version: {self.version}",
            *(f"java: {major}" for major in self.java),
            f"main: {self.main}",
            *(f"setting: {line}" for line in self.settings),
        ]
        jars = sorted(f"{jar.coordinates} {jar.size} {jar.sha256}" for jar in self.jars)
        return "\n".join([*facts, "", *jars, ""])

    @cached_property
    def size(self) -> int:
        """Of all jars, in bytes."""
        return sum(jar.size for jar in self.jars)

    @cached_property
    def folder(self) -> Path:
        """Where its jars are once they are fetched; another lock is another folder."""
        digest = hashlib.sha256(self.render().encode()).hexdigest()[:12]
        return cache_folder() / "neo4j" / f"{self.version}-{digest}"

    @property
    def class_path(self) -> str:
        """The jars in one fixed order, since a class archive is tied to it."""
        return os.pathsep.join(sorted(str(self.folder / jar.name) for jar in self.jars))


def distribution(version: str | None = None) -> Distribution:
    """The locked Neo4j of this version; by default GRAPHSTORE_NEO4J_VERSION or `DEFAULT_VERSION`.

    Raises:
        InvalidArgument: If there is no lock for it.
    """
    choice = asked_version(version) or DEFAULT_VERSION
    if choice not in known_versions():
        raise InvalidArgument(
            f"a local store cannot run on Neo4j {choice!r}, only on {', '.join(known_versions())};"
            " any other can be used by its address, NEO4J_URI"
        )
    return Distribution.parse((_LOCKS / f"neo4j-{choice}.lock").read_text(encoding="utf-8"))


def asked_version(argument: str | None) -> str | None:
    """The version that the caller asks for, else the environment; None if neither does."""
    return argument or os.environ.get("GRAPHSTORE_NEO4J_VERSION") or None


def known_versions() -> tuple[str, ...]:
    """The versions of Neo4j that have a lock."""
    names = (file.name for file in _LOCKS.glob("neo4j-*.lock"))
    return tuple(sorted(name.removeprefix("neo4j-").removesuffix(".lock") for name in names))


def newer(version: str, than: str) -> bool:
    """Whether one version of Neo4j comes after another; calendar releases come after 5."""
    return _numbers(version) > _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))

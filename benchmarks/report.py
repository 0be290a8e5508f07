"""Results as a table, as JSON, and as lines of a history."""

from __future__ import annotations

import csv
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Result, Spread

__all__ = ["HISTORY", "keep", "revision", "summary", "table", "write_json"]

HISTORY = Path(__file__).parent / "history.csv"
"""The ratios of runs that were kept, with the revision that they are of: how they went on."""
COLUMNS = ("day", "revision", "workload", "subject", "contestant", "ratio", "least", "greatest")

HEADER = ("workload", "contestant", "median", "spread", "ratio", "of rounds", "goal")


def table(results: Iterable[Result]) -> str:
    """A table in Markdown: a line a contestant; ratios are the subject's to that contestant.

    A ratio above 1 says that the subject was faster, by the median of the rounds; behind it stand
    the least and the greatest of them.
    """
    lines = [_line(HEADER), _line(["---"] * len(HEADER))]
    for result in results:
        for number, (name, values) in enumerate(result.figures.items()):
            own = Spread.of(values)
            ratio = spread = goal = ""
            if name != result.subject and result.subject in result.figures:
                times = result.ratio(name)
                ratio, spread = f"{times.median:.2f}", f"{times.least:.2f} to {times.greatest:.2f}"
                if name in result.goals:
                    note = "" if times.median >= result.goals[name] else " missed"
                    goal = f"≥ {result.goals[name]:.2g}{note}"
            lines.append(
                _line(
                    [
                        result.workload if number == 0 else "",
                        name,
                        f"{_figure(own.median)} {result.unit}",
                        f"{_figure(own.least)} to {_figure(own.greatest)}",
                        ratio,
                        spread,
                        goal,
                    ]
                )
            )
    return "\n".join(lines)


def summary(results: Iterable[Result]) -> str:
    """Tables in Markdown, shorter: a line a workload, one table for those of the same contestants.

    Behind the figure of each other contestant stands the ratio to it, its least and its greatest,
    and whether the goal was met, if there is one.
    """
    parts: list[str] = []
    heads: list[Sequence[str]] = []
    for result in results:
        # A result without a subject is figures alone.
        names = sorted(result.figures, key=lambda name: name != result.subject)
        head = ["workload", *names]
        if not heads or head != heads[-1]:
            heads.append(head)
            parts += ["", _line(head), _line(["---"] * len(head))]
        cells = [result.workload]
        for name in names:
            cell = f"{_figure(Spread.of(result.figures[name]).median)} {result.unit}"
            if name != result.subject and result.subject in result.figures:
                ratio = result.ratio(name)
                cell += f"; **{ratio.median:.2f}** ({ratio.least:.2f} to {ratio.greatest:.2f})"
                if name in result.goals:
                    verdict = "met" if name not in result.misses else "missed"
                    cell += f", ≥ {result.goals[name]:.2g} {verdict}"
            cells.append(cell)
        parts.append(_line(cells))
    return "\n".join(parts).strip()


def write_json(path: Path, results: Sequence[Result]) -> None:
    """Everything that was measured, and on what."""
    packages = ("graphstore-ml", "neo4j", "pydantic", "ml-metadata", "neomodel", "py2neo")
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in packages},
    }
    content = {"machine": machine, "results": [result.to_json() for result in results]}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def keep(results: Iterable[Result], path: Path = HISTORY) -> None:
    """Add the ratios to a history: a line each, with the day and what Git calls this tree."""
    tree, day = revision("--dirty"), datetime.now(timezone.utc).date().isoformat()
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        for result in results:
            for name in result.figures:
                if name != result.subject and result.subject in result.figures:
                    ratio = result.ratio(name)
                    figures = (ratio.median, ratio.least, ratio.greatest)
                    writer.writerow(
                        [day, tree, result.workload, result.subject, name]
                        + [f"{figure:.2f}" for figure in figures]
                    )


def revision(which: str) -> str:
    """What Git calls a revision, shortly; ``--dirty`` is the working tree."""
    words = ("git", "describe", "--always", "--match=v*", which)
    here = Path(__file__).parent
    return subprocess.run(
        words, cwd=here, check=True, capture_output=True, text=True
    ).stdout.strip()


def _figure(value: float) -> str:
    """Three digits, or all of those before the point."""
    return f"{value:,.{2 if value < 10 else 1 if value < 100 else 0}f}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except ModuleNotFoundError:
        return None

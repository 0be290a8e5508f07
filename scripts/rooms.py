"""Print the rooms of graphstore: `python scripts/rooms.py`.

A room is a folder or a module right below `graphstore/`. For each, from the top down: its modules,
its lines, and the rooms that it imports, with how many imports those are. Ends with 1 if imports go
in a circle, between rooms or between what lies side by side in one, or if ARCHITECTURE.md does not
name a package, or names one that is not there.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PACKAGE = "graphstore"

Arrows = Mapping[str, Set[str]]
"""The modules that each module imports."""


def main() -> int:
    """Print the rooms and what is wrong with them; 1 if anything is."""
    arrows = imports()
    circles = [circle for package in packages(arrows) if (circle := circle_in(arrows, package))]
    problems = [f"imports go in a circle: {' -> '.join(circle)}" for circle in circles]
    problems += naming_problems(arrows, (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    if not circles:
        print(table(arrows))
    for problem in problems:
        print(f"rooms: {problem}", file=sys.stderr)
    return 1 if problems else 0


def imports() -> Arrows:
    """Who imports whom, for type checkers only too; names are dotted and begin with the package."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def packages(arrows: Arrows) -> list[str]:
    """The modules that have others below them, in the order of their names."""
    return sorted({name for module in arrows if (name := module.rpartition(".")[0])})


def between(arrows: Arrows, package: str) -> dict[str, Counter[str]]:
    """How many imports lead from each child of a package to each other one."""
    children: dict[str, Counter[str]] = {}
    depth = package.count(".") + 2
    for module, targets in arrows.items():
        if not module.startswith(package + "."):
            continue
        child = ".".join(module.split(".")[:depth])
        others = children.setdefault(child, Counter())
        for name in targets:
            other = ".".join(name.split(".")[:depth])
            if name.startswith(package + ".") and other != child:
                others[other] += 1
    return children


def circle_in(arrows: Arrows, package: str) -> Sequence[str]:
    """A circle of imports among the children of a package, its first at its end again; or ()."""
    try:
        TopologicalSorter(between(arrows, package)).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle[::-1]
    return ()


def naming_problems(arrows: Arrows, text: str) -> list[str]:
    """What is wrong with the packages that a text names.

    Args:
        arrows: Who imports whom.
        text: Of ARCHITECTURE.md. It names a package by its folder, in backticks, and those that
            the first column of a table names are there.

    Returns:
        One sentence each, packages that are not named first.
    """
    modules = {short(name).replace(".", "/") for name in arrows}
    folders = {name for name in modules if (ROOT / PACKAGE / name).is_dir()} - {""}
    mentions = set(re.findall(r"`([\w/]+)`", text))
    rows = re.findall(r"^\| (`[\w/]+`(?:, `[\w/]+`)*) \|", text, re.MULTILINE)
    claims = {name for row in rows for name in re.findall(r"`([\w/]+)`", row)}
    return [
        *(f"ARCHITECTURE.md does not name `{name}`: say there what it is for"
          for name in sorted(folders - mentions)),
        *(f"ARCHITECTURE.md names `{name}`, which is not in {PACKAGE}/: take it out"
          for name in sorted(claims - modules)),
    ]  # fmt: skip


def table(arrows: Arrows) -> str:
    """The rooms, a line each: those that import before those that are imported."""
    rooms = between(arrows, PACKAGE)
    lines = [f"{'room':<12} {'modules':>7} {'lines':>6}  imports"]
    for room in reversed([*TopologicalSorter(rooms).static_order()]):
        inside = [name for name in arrows if name == room or name.startswith(room + ".")]
        length = sum(map(lines_of, inside))
        others = ", ".join(f"{short(name)} {n}" for name, n in rooms[room].most_common())
        lines.append(f"{short(room):<12} {len(inside):>7} {length:>6}  {others}".rstrip())
    return "\n".join(lines)


def short(module: str) -> str:
    """Its name without the package's."""
    return module.partition(".")[2]


def lines_of(module: str) -> int:
    """How many lines its file has."""
    path = ROOT / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return len(file.read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    sys.exit(main())

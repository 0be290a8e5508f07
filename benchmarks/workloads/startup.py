"""What a user pays before anything happens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks.measure import Result, interleave, timer
from benchmarks.options import Options

__all__ = ["results", "startup"]


def results(options: Options) -> Iterator[Result]:
    """Milliseconds until anything happens."""
    yield startup(rounds=options.rounds)


def startup(*, rounds: int) -> Result:
    """Milliseconds of a process that imports graphstore, or prints its help."""

    def process(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)

    commands: dict[str, Sequence[str]] = {
        "python -c pass": ("-c", "pass"),
        "import graphstore": ("-c", "import graphstore"),
        "import neo4j": ("-c", "import neo4j"),
        "import pydantic": ("-c", "import pydantic; pydantic.BaseModel"),
        "graphstore --help": ("-m", "graphstore", "--help"),
    }
    contestants = {
        name: timer(partial(process, *arguments)) for name, arguments in commands.items()
    }
    return Result(
        "startup (the goals: import graphstore 300 ms, graphstore --help 500 ms)",
        "ms",
        interleave(contestants, rounds=rounds),
        subject="python -c pass",
    )

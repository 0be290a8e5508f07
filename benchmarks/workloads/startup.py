"""What a user pays before anything happens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from benchmarks.measure import Result, interleave, timed

__all__ = ["startup"]


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
        name: timed(lambda arguments=arguments: process(*arguments))
        for name, arguments in commands.items()
    }
    return Result(
        "startup", "ms", interleave(contestants, rounds=rounds), subject="import graphstore"
    )

"""What the parts of a campaign share: a server, folders, and the table of what came out."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp

from graphstore import Store
from graphstore.local import LocalServer

__all__ = ["Bench", "Row", "table"]


@dataclass(frozen=True)
class Row:
    """What became of one kind of fault."""

    fault: str
    """What was done, e.g. ``a byte of each line changed``."""
    tried: int
    """How often, each time anew."""
    acknowledged: int = 0
    """Things that were promised: records that were kept, commands that ended well, starts."""
    there: int = 0
    """Of these, what is there afterwards."""
    lost: int = 0
    """Promised, not there, and not told of: must be 0."""
    doubled: int = 0
    """There more than once: must be 0."""
    told: int = 0
    """Not there, and said to be so: a damaged line that was set aside, an import's problem."""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.lost == 0 and self.doubled == 0


class Bench:
    """A server, started when it is first asked for, and folders that are gone at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, ExitStack()

    @cached_property
    def server(self) -> LocalServer:
        """An empty Neo4j for the whole campaign."""
        from graphstore.local import ephemeral

        return self._stack.enter_context(ephemeral())

    @cached_property
    def store(self) -> Store:
        """A store on that server."""
        server = self.server
        store = Store.open(server.uri, auth=(server.user, server.password), database="neo4j")
        return self._stack.enter_context(store)

    def folder(self) -> Path:
        """An empty folder."""
        return Path(mkdtemp(dir=self._folder))

    def close(self) -> None:
        """End the server."""
        self._stack.close()


def table(rows: Iterable[tuple[str, Row]]) -> str:
    """Rows, each with the name of its part, as a table in Markdown."""
    names = ["part", *(field.name for field in fields(Row))]
    lines = [names, ["---", "---", *["---:"] * (len(names) - 2)]]
    lines += [[part, *map(str, astuple(row))] for part, row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

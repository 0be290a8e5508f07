"""The seam to Neo4j: the one package that knows its driver.

Everything above says `rows`, `one` or `run` of a `Query`. A single query is a transaction by itself
and costs one round trip; several that belong together are given to `transact`, which costs two
more, for the beginning and for the commit. Both are routed by the query's access, and retried when
the server gives one up or a connection breaks. So each must bear running twice, the second time
after the first has been committed: that is why the retry is here, and not the driver's, which
cannot know it and therefore retries neither a single query nor a commit whose answer was lost.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphstore.database.actors import acting
    from graphstore.database.as_of import AsOf, Reader, clock
    from graphstore.database.connection import Database
    from graphstore.database.deadlines import deadline
    from graphstore.database.transaction import Counters, Row, Runner, Transaction

__all__ = [
    "AsOf",
    "Counters",
    "Database",
    "Reader",
    "Row",
    "Runner",
    "Transaction",
    "acting",
    "clock",
    "deadline",
]

_MODULES = {
    "actors": ("acting",),
    "as_of": ("AsOf", "Reader", "clock"),
    "connection": ("Database",),
    "deadlines": ("deadline",),
    "transaction": ("Counters", "Row", "Runner", "Transaction"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # Late, since the driver is most of what a command loads, and the texts of queries need none.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value

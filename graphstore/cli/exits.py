"""How the command line ends.

==== ================================================================
code meaning
==== ================================================================
0    it worked
1    it did not work, was interrupted, or a check did not pass
2    the arguments cannot be right
3    what was asked for is not there
4    the server cannot be had
==== ================================================================
"""

from __future__ import annotations

from graphstore.errors import (
    InvalidArgument,
    LocalServerError,
    MissingExtra,
    NotFound,
    StoreError,
    Unauthenticated,
    Unavailable,
    UnsupportedServer,
)

__all__ = ["exit_code"]


def exit_code(error: StoreError) -> int:
    """The code that a process ends with after this error."""
    if isinstance(error, InvalidArgument):
        return 2
    if isinstance(error, NotFound):
        return 3
    server = (Unavailable, Unauthenticated, UnsupportedServer, LocalServerError, MissingExtra)
    return 4 if isinstance(error, server) else 1

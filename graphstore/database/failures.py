"""What the driver raises, as graphstore's own errors, and what of it is worth another attempt."""

from __future__ import annotations

from time import monotonic

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConstraintError,
    DatabaseUnavailable,
    DriverError,
    Forbidden,
    ForbiddenOnReadOnlyDatabase,
    IncompleteCommit,
    Neo4jError,
    NotALeader,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
    UnsupportedServerProduct,
    WriteServiceUnavailable,
)

from graphstore.database.deadlines import end
from graphstore.errors import (
    Aborted,
    AlreadyExists,
    DeadlineExceeded,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    StoreError,
    Unauthenticated,
    Unavailable,
    UnsupportedServer,
)

__all__ = ["retryable", "text_of", "translated"]

_NO_LEADER = (WriteServiceUnavailable, NotALeader, ForbiddenOnReadOnlyDatabase)
"""What there is to say to a write where nobody takes it."""


def retryable(error: DriverError | Neo4jError) -> bool:
    """Whether the next attempt may well fare better."""
    return error.is_retryable() or isinstance(error, IncompleteCommit) or _lost_a_race(error)


def translated(
    error: Exception, uri: str, database: str | None, timeout: float | None
) -> StoreError:
    """What graphstore raises for it, about a database at an address, with a bound on queries."""
    if isinstance(error, UnsupportedServerProduct):
        return UnsupportedServer(f"{uri} is not Neo4j: {error}")
    if isinstance(error, AuthError):
        return Unauthenticated(f"{uri} refuses the user or the password: {text_of(error)}")
    if isinstance(_first_cause(error), _NO_LEADER):
        return Unavailable(
            f"nobody at {uri} takes writes ({text_of(error)}): it is a cluster without a"
            " leader, or the database is read-only, as SHOW DATABASES tells; try again later"
            + ("" if uri.startswith("neo4j") else ", or at neo4j://, which finds the leader")
        )
    if isinstance(error, (ServiceUnavailable, SessionExpired, DatabaseUnavailable)):
        return Unavailable(
            f"no Neo4j answers at {uri} ({text_of(error)}); is it running, and is the"
            " address right?"
        )
    if isinstance(error, Neo4jError):
        return _by_code(error, uri, database, timeout)
    return StoreError(f"the driver failed: {error}")


def _by_code(
    error: Neo4jError, uri: str, database: str | None, timeout: float | None
) -> StoreError:
    code, text = error.code or "", text_of(error)
    if isinstance(error, ConstraintError):
        return AlreadyExists(text)
    if "TransactionTimedOut" in code:
        limit = f"{timeout} s" if end() is None else "it may"
        return DeadlineExceeded(f"a query took longer than {limit}: {text}")
    if code.endswith((".LockClientStopped", ".Terminated")):
        # Its time was over, or somebody ended it, or the database went down.
        over = end()
        if over is not None and over <= monotonic():
            return DeadlineExceeded(f"a query took longer than it may: {text}")
        return Aborted(f"the server gave up: {text}")
    if "OutOfMemory" in code or "MemoryPool" in code:
        return ResourceExhausted(f"the server has too little memory for the query: {text}")
    if "DatabaseNotFound" in code:
        return NotFound("database", "name", database, f"see what {uri} has: SHOW DATABASES")
    if isinstance(error, Forbidden):
        return PermissionDenied(f"{uri} does not let this user do that: {text}")
    if isinstance(error, TransientError):
        return Aborted(f"the server gave up: {text}")
    return InvalidArgument(text) if isinstance(error, ClientError) else StoreError(text)


def _lost_a_race(error: Exception) -> bool:
    """Whether somebody created the same constraint or index meanwhile.

    IF NOT EXISTS looks before it takes the lock, so that the second of two fails; it finds the
    first one's when it is tried again.
    """
    code = (error.code if isinstance(error, Neo4jError) else None) or ""
    return code.startswith("Neo.ClientError.Schema.") and code.endswith("AlreadyExists")


def _first_cause(error: BaseException) -> BaseException:
    """What the driver found, below what it made of it."""
    while isinstance(error.__cause__, (DriverError, Neo4jError)):
        error = error.__cause__
    return error


def text_of(error: Exception) -> str:
    """The words of an error, without the driver's codes around them."""
    return getattr(error, "message", None) or str(error)

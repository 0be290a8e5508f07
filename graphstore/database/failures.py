"""What the driver raises, as graphstore's own errors, and what of it is worth another attempt."""

from __future__ import annotations

import re
from collections.abc import Callable
from ssl import SSLError
from time import monotonic

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConnectionAcquisitionTimeoutError,
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
    Deleted,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    StoreError,
    Unauthenticated,
    Unavailable,
    UnsupportedServer,
    brief,
    shorten,
)

__all__ = ["has_stopped", "interruption_behind", "retryable", "store_error", "text_of"]

_CRASH_CODES = (".TransactionCommitFailed", ".TransactionStartFailed", ".TransactionLogError")
"""How the codes end by which a database says that it stopped by itself, on a full disk say."""
_NO_LEADER = (WriteServiceUnavailable, NotALeader, ForbiddenOnReadOnlyDatabase)
"""What there is to say to a write where nobody takes it."""
_READ_ONLY = (".ForbiddenOnReadOnlyDatabase", ".WriteOnReadOnlyAccessDatabase", ".General.ReadOnly")
"""How the codes end by which a server refuses every write, whatever it is: in a cluster, in one
whose database is set read-only, and where the whole server is."""

_NO_ENTITY = ".Statement.EntityNotFound"
"""How the code ends by which the server says that what a query found was deleted meanwhile."""


def retryable(error: DriverError | Neo4jError) -> bool:
    """Whether the next attempt may well fare better."""
    return error.is_retryable() or isinstance(error, IncompleteCommit) or _lost_a_race(error)


def has_stopped(error: BaseException) -> bool:
    """Whether the database stopped by itself, and has to be started again."""
    return isinstance(error, Neo4jError) and (error.code or "").endswith(_CRASH_CODES)


def interruption_behind(
    error: BaseException, handled: BaseException | None = None
) -> BaseException | None:
    """What interrupted a call, if that is what an error is, or came up as it was cleaned up after.

    Not what was `handled` already as the call began: it is behind each error from there on. Nor is
    it an interruption that a generator was closed, which happens between two rows.
    """
    behind: BaseException | None = error
    while isinstance(behind, Exception):
        behind = behind.__context__
        if behind is handled:
            return None
    return None if isinstance(behind, GeneratorExit) else behind


def store_error(
    error: Exception,
    uri: str,
    database: str | None,
    timeout: float | None,
    type_name: Callable[[int], str | None],
    deleted: Callable[[str, str], Deleted | None],
) -> StoreError:
    """What graphstore raises for it, about a database at an address, with a bound on queries.

    `type_name` knows what the type of an id is called; None if it does not. `deleted` knows whether
    the node of a kind that has an external id was deleted; None if it was not.
    """
    if isinstance(error, ConstraintError):
        return _already_exists(text_of(error), type_name, deleted)
    if match := _TOMBSTONE.search(text_of(error)):
        return Deleted(match[1], int(match[2]), match[3])
    if isinstance(error, UnsupportedServerProduct):
        return UnsupportedServer(f"{uri} is not Neo4j: {error}")
    if isinstance(error, AuthError):
        return Unauthenticated(f"{uri} refuses the user or the password: {text_of(error)}")
    if isinstance(error, ConnectionAcquisitionTimeoutError):
        return ResourceExhausted(
            f"every connection to {uri} is in use, and none came free in time: let fewer threads"
            " ask at once, end the iterators that are not read to their end, or open the store"
            " with more (max_connection_pool_size=...) or more patience"
            f" (connection_acquisition_timeout=...). {text_of(error)}"
        )
    cause = _first_cause(error)
    read_only = isinstance(cause, Neo4jError) and (cause.code or "").endswith(_READ_ONLY)
    if read_only or isinstance(cause, _NO_LEADER):
        return Unavailable(
            f"nobody at {uri} takes writes ({text_of(error)}): it is a cluster without a"
            " leader, or the database is read-only, as SHOW DATABASES tells; try again later"
            + ("" if uri.startswith("neo4j") else ", or at neo4j://, which finds the leader")
        )
    if (tls_error := _tls_error(error)) is not None:
        return Unavailable(
            f"no server that can be trusted answers at {uri}, and nothing was said to it:"
            f" {tls_error}"
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
    if code.endswith(_NO_ENTITY):
        return Aborted(f"somebody deletes what the query needs; try again: {text}")
    text = shorten(text, 1_000)
    return InvalidArgument(text) if isinstance(error, ClientError) else StoreError(text)


_TOMBSTONE = re.compile(r'"graphstore tombstone: (\w+) (\d+) (.+?)"?$', re.M)
"""What a query fails with that is to change a tombstone: see `tombstones.cypher` among the
fragments of `scripts/queries/`. Neo4j gives the first line of it."""
_DUPLICATE = re.compile(r"with(?: the)? label `(\w+)` and propert(?:y|ies) (.*)", re.S)
"""What Neo4j says of a node that a constraint is about; the values are quoted and not escaped."""
_NAME = re.compile(r"`type_id` = (\d+), `name` = '(.*)'$", re.S)
_TYPE = re.compile(r"`kind` = '(\w+)', `name` = '(.*)', `version` = '(.*)'$", re.S)
_EXTERNAL_ID = re.compile(r"`external_id` = '(.*)'$", re.S)


def _already_exists(
    text: str,
    type_name: Callable[[int], str | None],
    deleted: Callable[[str, str], Deleted | None],
) -> AlreadyExists | Deleted:
    """What is taken, by type and name: labels and numbers of Neo4j's say nothing to a user."""
    match = _DUPLICATE.search(text)
    if match is None:
        return AlreadyExists("a name or an id that must be unique is taken already")
    kind, properties = match[1].lower(), match[2]
    a = "a" if kind[0] in "ct" else "an"
    if name_match := _NAME.match(properties):
        type_ = type_name(int(name_match[1]))
        return AlreadyExists(
            f"{a} {kind} of {'its type' if type_ is None else f'type {brief(type_, 200)}'} has the"
            f" name {brief(name_match[2], 200)} already; names are unique within a type: read that"
            f" one (store.{kind}s.get_by_name), or choose another name"
        )
    if outside := _EXTERNAL_ID.match(properties):
        return deleted(kind, outside[1]) or AlreadyExists(
            f"{a} {kind} has the external id {brief(outside[1], 200)} already: read that one"
            f" (store.{kind}s.get_by_external_id), or put it with its id to change it"
        )
    if type_match := _TYPE.match(properties):
        return AlreadyExists(f"the {type_match[1]} type {brief(type_match[2], 200)} exists already")
    return AlreadyExists(f"{a} {kind} that must be unique exists already")


def _lost_a_race(error: Exception) -> bool:
    """Whether somebody created the same constraint or index meanwhile, or deleted a node.

    IF NOT EXISTS looks before it takes the lock, so that the second of two fails; it finds the
    first one's when it is tried again. A node that was found, and was gone when its lock was had,
    is not found then: so whoever asked can be told in our words which one is missing.
    """
    code = (error.code if isinstance(error, Neo4jError) else None) or ""
    is_duplicate = code.startswith("Neo.ClientError.Schema.") and code.endswith("AlreadyExists")
    return is_duplicate or code.endswith(_NO_ENTITY)


def _tls_error(error: BaseException | None) -> SSLError | None:
    """What was wrong with TLS or with the certificate, if that is what kept us from connecting."""
    while error is not None and not isinstance(error, SSLError):
        error = error.__cause__
    return error


def _first_cause(error: BaseException) -> BaseException:
    """What the driver found, below what it made of it."""
    while isinstance(error.__cause__, (DriverError, Neo4jError)):
        error = error.__cause__
    return error


def text_of(error: Exception) -> str:
    """The words of an error, without the driver's codes around them."""
    return getattr(error, "message", None) or str(error)

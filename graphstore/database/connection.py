"""A database of a Neo4j: how it is reached, asked, and asked again."""

from __future__ import annotations

import logging
import os
import random
import re
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from inspect import signature
from time import monotonic, sleep
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import ConfigurationError, DriverError, Neo4jError, ServiceUnavailable

from graphstore.database.actors import actor
from graphstore.database.deadlines import end, seconds_left
from graphstore.database.failures import (
    has_stopped,
    interruption_behind,
    retryable,
    store_error,
    text_of,
)
from graphstore.database.queries import QUERIES, Access, Query
from graphstore.database.transaction import Counters, Row, Transaction, refused_values, row_of
from graphstore.errors import (
    Deleted,
    InvalidArgument,
    StoreError,
    Unavailable,
    UnsupportedServer,
)

__all__ = ["Database"]

OLDEST_SERVER = (5, 26)
"""The oldest Neo4j that takes labels and relationship types as parameters, and is supported."""

_RETRY_SECONDS = 30.0
"""For how long what failed is tried again, unless the driver's option for it says otherwise."""
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 2.0
"""Seconds between attempts, at first and at most. A deadlock is over as soon as it is told of; a
leader or a server is back within seconds."""
_CLOSING_SECONDS = 10.0
"""For how long `close` waits for what other threads ask."""
_AGENT = re.compile(r"Neo4j/(\d+)\.(\d+)(?:\.\d+)?(?:[-+.][0-9A-Za-z.-]+)?")
"""What a Neo4j calls itself. Memgraph and its kin add words: ``Neo4j/5.2.0 compatible (...)``."""
_SCHEMES = frozenset(f"{how}{tls}" for how in ("bolt", "neo4j") for tls in ("", "+s", "+ssc"))
_DELETED = ("artifact", "execution", "context")
"""What can be deleted; a type has an external id, too, and stays."""
T = TypeVar("T")

_log = logging.getLogger("graphstore.database")


class Database:
    """One database of one Neo4j, or of a cluster of them.

    Safe to share between threads. A process that was forked from one that held it gets
    connections of its own.
    """

    def __init__(
        self,
        uri: str,
        auth: Any = None,
        database: str | None = None,
        *,
        timeout: float | None = 600.0,
        bookmarks: Iterable[str] = (),
        certificate: str | os.PathLike[str] | None = None,
        locate: Callable[[], tuple[str, int] | None] | None = None,
        actor: str | None = None,
        **driver_options: Any,
    ) -> None:
        """Connect, and find out whether the server will do.

        Args:
            uri: Where it is, e.g. ``neo4j+s://example.org``; any scheme of Neo4j's driver.
            auth: User and password as a pair, or anything else that the driver takes.
            database: Its name; None for the user's home database.
            timeout: Seconds that a query may take in the server; None for as long as it likes.
            bookmarks: What `bookmarks` gave elsewhere: the reads see those writes.
            certificate: A file: the server must prove to have the key of the certificate in it,
                before anything is said to it.
            locate: Says where the server is just now, as host and port, or None while it is down;
                asked before each connection.
            actor: In whose name is written what no `acting` block writes; None if nobody knows.
            driver_options: Passed on to `neo4j.GraphDatabase.driver`.

        Raises:
            InvalidArgument: If the address or an option cannot be right.
            Unavailable: If nothing answers there.
            Unauthenticated: If the server refuses the user.
            UnsupportedServer: If what answers is not Neo4j 5.26 or later.
        """
        _check_scheme(uri)
        self.uri, self.name, self.actor = uri, database, actor
        self.type_name: Callable[[int], str | None] = lambda id_: None
        """What the type of an id is called, for messages; None if that is not known here."""
        self._auth, self._timeout, self._options = auth, timeout, driver_options
        self._certificate, self._locate = certificate, locate
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager(
            initial_bookmarks=neo4j.Bookmarks.from_raw_values(bookmarks)
        )
        self._home = database
        self._is_closed = False
        self._calls: set[object] = set()  # one for each that is under way
        self._driver = self._connect()
        self._abandoned_drivers: list[neo4j.Driver] = []
        self._pid = os.getpid()
        try:
            with self._errors():
                self.server = self._driver.get_server_info().agent
            self._check_server()
            if database is None and uri.startswith("neo4j"):
                self._home = self._find_home()
        except ValueError as error:
            self.close()
            raise InvalidArgument(f"cannot connect to {self.uri!r}: {error}") from error
        except BaseException:
            self.close()
            raise

    @staticmethod
    def check_options(**options: Any) -> None:
        """Refuse options that no `Database` takes, before a server is started for it.

        Raises:
            InvalidArgument: It says which.
        """
        own = signature(Database).parameters
        rest = {name: value for name, value in options.items() if name not in own}
        if not rest:
            return
        try:
            neo4j.GraphDatabase.driver("bolt://localhost", **rest).close()  # connects to nothing
        except (ConfigurationError, ValueError) as error:
            raise InvalidArgument(
                f"{error}; a local store is named by name=, and all that is no argument of"
                " Store.open is one of neo4j.GraphDatabase.driver"
            ) from error

    def _connect(self) -> neo4j.Driver:
        options: dict[str, Any] = {
            "connection_timeout": 10.0,
            # The queries are our own and tested: hints about them are no news to the user.
            "notifications_min_severity": "OFF",
            "telemetry_disabled": True,
            "user_agent": "graphstore",
        }
        if self._certificate is not None:
            options["encrypted"] = True
            options["trusted_certificates"] = neo4j.TrustCustomCAs(os.fspath(self._certificate))
        if self._locate is not None:
            options["resolver"] = self._address
        options |= self._options
        try:
            return neo4j.GraphDatabase.driver(self.uri, auth=self._auth, **options)
        except (ConfigurationError, ValueError) as error:
            raise InvalidArgument(f"cannot connect to {self.uri!r}: {error}") from error

    def _address(self, _: neo4j.Address) -> list[tuple[str, int]]:
        """Where to connect to, in the words of the driver's resolver."""
        assert self._locate is not None
        address = self._locate()
        if address is None:
            raise ServiceUnavailable("its process does not run")
        return [address]

    def _check_server(self) -> None:
        match = _AGENT.fullmatch(self.server)
        if (
            not match
            or "compatible" in self.server.lower()
            or tuple(map(int, match.groups())) < OLDEST_SERVER
        ):
            agent = repr(self.server)[1:-1]  # what others say may hold anything
            raise UnsupportedServer(
                f"{self.uri} is {agent}; graphstore needs Neo4j 5.26 or a later one, and"
                " nothing that is only like it"
            )

    def _find_home(self) -> str | None:
        """The name of the user's home database.

        Of a database without a name the driver does not forget a leader that leads no longer, and
        asks that one again until its routing table is old.
        """

        def ask(session: neo4j.Session, timeout: float | None) -> str | None:
            return session.run(neo4j.Query("RETURN 1", timeout=timeout)).consume().database

        return self._attempts("read", "home", ask)

    @property
    def driver(self) -> neo4j.Driver:
        """The driver, for what graphstore has no word for; it belongs to this object."""
        if self._pid != os.getpid():
            # The sockets belong to the parent. Keeping its driver alive, unused, is what keeps it
            # from saying goodbye on them.
            self._parent_driver, self._driver = self._driver, self._connect()
            self._pid, self._calls, self._abandoned_drivers = os.getpid(), set(), []
        return self._driver

    @property
    def closed(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._is_closed

    def close(self) -> None:
        """Close the connections, when what other threads ask has ended, or ten seconds later.

        Whatever is asked from now on is refused as `Unavailable`.
        """
        if self._pid != os.getpid():
            return
        self._is_closed = True
        end = monotonic() + _CLOSING_SECONDS
        while self._calls and monotonic() < end:
            sleep(0.01)
        self._close_abandoned()
        try:
            self._driver.close()
        except BufferError:  # a connection is in use still, and the driver stumbles over it
            self._driver.close()

    def ping(self, access: Access = "read") -> None:
        """Find out at once whether a server answers that reads, or writes, are sent to.

        Raises:
            Unavailable: If none does.
            Unauthenticated: If it refuses the user.
        """
        with self._errors(), self._session(access) as session:
            session.run("RETURN 1").consume()

    @property
    def by(self) -> str | None:
        """In whose name is written what is written now; None if nobody knows."""
        return actor() or self.actor

    def bookmarks(self) -> tuple[str, ...]:
        """What to hand to another process so that it reads what was written here."""
        return tuple(sorted(self._bookmarks.get_bookmarks()))

    def rows(self, query: Query, /, **parameters: Any) -> list[Row]:
        """Every row of the answer, from one query."""
        return self._single(query, lambda transaction: transaction.rows(query, **parameters))

    def one(self, query: Query, /, **parameters: Any) -> Row | None:
        """The only row of the answer, or None, from one query."""
        return self._single(query, lambda transaction: transaction.one(query, **parameters))

    def run(self, query: Query, /, **parameters: Any) -> Counters:
        """What one query changed."""
        return self._single(query, lambda transaction: transaction.run(query, **parameters))

    def stream(self, query: Query, /, **parameters: Any) -> Generator[Row, None, None]:
        """The rows of an answer as they arrive, from one query that reads in one transaction.

        A few hundred rows are held at a time, whatever the size of the answer. The transaction
        lasts until the last row, or until the iterator is closed. It is tried again until the
        first rows are there, and not after that.
        """

        def begin(timeout: float | None) -> tuple[neo4j.Result, ExitStack]:
            with ExitStack() as stack:
                session = stack.enter_context(self._session("read"))
                # One that is begun can be ended early; a query by itself would run to its end.
                transaction = session.begin_transaction(self._metadata(query.name), timeout)
                with refused_values(query):
                    result = transaction.run(*query.to_send(parameters))
                result.peek()
                return result, stack.pop_all()

        with self._errors():
            result, open_ = self._again(query.name, begin)
            with open_:
                for record in result:
                    yield row_of(record)

    def transact(self, name: str, work: Callable[[Transaction], T]) -> T:
        """Run several queries, which write, as one: all or nothing.

        Args:
            name: What the server's list of transactions calls it.
            work: Runs the queries. It may be called again, after an attempt that failed or one
                whose answer was lost; what it raises rolls everything back.
        """

        def attempt(session: neo4j.Session, timeout: float | None) -> T:
            transaction = session.begin_transaction(self._metadata(name), timeout)
            result = work(Transaction(transaction.run, self.by))
            transaction.commit()
            return result

        return self._attempts("write", name, attempt)

    def explain(self, text: str) -> neo4j.ResultSummary:
        """What the server would do with a query, without doing it."""
        with self._errors(), self._session("read") as session:
            return session.run("EXPLAIN " + text).consume()

    def _single(self, query: Query, work: Callable[[Transaction], T]) -> T:
        def attempt(session: neo4j.Session, timeout: float | None) -> T:
            def run(text: str, parameters: dict[str, Any]) -> neo4j.Result:
                alone = neo4j.Query(text, self._metadata(query.name), timeout)
                return session.run(alone, parameters)

            return work(Transaction(run, self.by))

        return self._attempts(query.access, query.name, attempt)

    def _metadata(self, name: str) -> dict[str, Any]:
        """What the server's list of transactions and its log say of one."""
        by = self.by
        return {"graphstore": name} if by is None else {"graphstore": name, "by": by}

    @contextmanager
    def _session(self, access: Access) -> Iterator[neo4j.Session]:
        """A session, which rolls back at its end what was begun in it and not committed.

        A transaction is no context of its own here. As soon as one fails, the driver (6.0 to 6.4)
        gives its connection to whoever waits for one; its ``__exit__`` looks at that connection
        all the same, while another thread uses it. Then the error is lost, or both threads wait for
        minutes. A session knows that it has no connection any more.
        """
        if self._is_closed:
            raise self._was_closed()
        handled = sys.exc_info()[1]
        with self.driver.session(
            database=self._home,
            bookmark_manager=self._bookmarks,
            default_access_mode=neo4j.READ_ACCESS if access == "read" else neo4j.WRITE_ACCESS,
        ) as session:
            try:
                yield session
            except BaseException as error:
                if interruption_behind(error, handled):
                    self._abandon_connections()
                raise

    def _abandon_connections(self) -> None:
        """Let nobody use the connections that there are: one was interrupted as it was read, and
        what is left of that answer would be taken for the next query's."""
        self._abandoned_drivers.append(self.driver)
        self._driver = self._connect()

    def _close_abandoned(self) -> None:
        """Close them, unless calls of other threads are under way that may use them."""
        while self._abandoned_drivers and not self._calls:
            with suppress(Exception):  # what was interrupted may not even close
                self._abandoned_drivers.pop().close()

    def _attempts(
        self, access: Access, name: str, attempt: Callable[[neo4j.Session, float | None], T]
    ) -> T:
        """What an attempt in a session answers; tried again as often as there is hope and time."""

        def in_session(timeout: float | None) -> T:
            with self._session(access) as session:
                return attempt(session, timeout)

        with self._errors():
            return self._again(name, in_session)

    def _again(self, name: str, attempt: Callable[[float | None], T]) -> T:
        """What an attempt answers that may take so many seconds, or else the next one."""
        # It is counted before it looks whether the database is closed, and `close` does these two
        # in the other order: one of them sees the other.
        call = object()
        self._calls.add(call)
        try:
            return self._until_it_works(name, attempt)
        finally:
            self._calls.discard(call)

    def _until_it_works(self, name: str, attempt: Callable[[float | None], T]) -> T:
        wait, give_up, handled = _FIRST_WAIT, None, sys.exc_info()[1]
        while True:
            limits = [limit for limit in (seconds_left(), self._timeout) if limit is not None]
            try:
                return attempt(min(limits, default=None))
            except (DriverError, Neo4jError) as error:
                if not retryable(error) or interruption_behind(error, handled):
                    raise
                if give_up is None:
                    seconds = self._options.get("max_transaction_retry_time", _RETRY_SECONDS)
                    give_up = monotonic() + seconds
                pause = wait * random.uniform(0.5, 1.5)  # lest two wait for each other again
                if monotonic() + pause > min(give_up, end() or give_up):
                    raise
                _log.info("%s is tried again in %.2f s: %s", name, pause, text_of(error))
            sleep(pause)
            wait = min(2 * wait, _LONGEST_WAIT)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn the driver's errors into ours."""
        handled = sys.exc_info()[1]
        try:
            yield
        except BaseException as error:
            # The driver stumbles as it cleans up after an interruption: over a BufferError, say.
            if interruption := interruption_behind(error, handled):
                self._abandon_connections()  # it may have come as the session ended
                self._close_abandoned()
                raise interruption from None
            if not isinstance(error, (DriverError, Neo4jError)):
                raise
            raise self._store_error(error) from error

    def _why(self) -> str:
        """What the server says is wrong with the database; empty if it says nothing."""
        query = "SHOW DATABASES YIELD name, statusMessage, home WHERE name = $name OR home"
        try:
            with self.driver.session(database="system") as session:
                rows = session.run(query, name=self.name).data()
        except (DriverError, Neo4jError):
            return ""
        own_rows = [row for row in rows if row["name"] == self.name] or rows
        return (own_rows[0]["statusMessage"] or "") if own_rows else ""

    def _was_closed(self) -> Unavailable:
        return Unavailable(f"the connection to {self.uri} has been closed; open the store again")

    def _store_error(self, error: DriverError | Neo4jError) -> StoreError:
        if self._is_closed and isinstance(error, DriverError):
            return self._was_closed()
        if has_stopped(error):
            return Unavailable(
                f"the database at {self.uri} has stopped: {self._why() or text_of(error)} What was"
                " being stored may or may not be there. Make room if it needs some, and have it"
                " started again; for a local store 'graphstore up' does that"
            )
        return store_error(
            error, self.uri, self.name, self._timeout, self.type_name, self._tombstone
        )

    def _tombstone(self, kind: str, external_id: str) -> Deleted | None:
        """That the node of a kind that has an external id was deleted, when and by whom; None if it
        was not, or nobody can say just now."""
        if kind not in _DELETED:
            return None
        row = None
        with suppress(StoreError):
            row = self.one(QUERIES[f"{kind}.tombstone"], external_id=external_id)
        return None if row is None else Deleted(kind, row["id"], row["deletion"])


def _check_scheme(uri: str) -> None:
    """Refuse an address that is none for drivers, and one that tells a secret wherever it is shown.

    Raises:
        InvalidArgument: If it is not; the message has what is.
    """
    scheme, colon, rest = uri.partition("://")
    where = (rest if colon else uri).rpartition("@")[2]
    if colon and scheme.lower() in _SCHEMES:
        if where != rest:
            raise InvalidArgument(
                f"an address holds no user and no password: give {f'{scheme}://{where}'!r}, and"
                " auth=(user, password), or NEO4J_USERNAME and NEO4J_PASSWORD"
            )
        return
    host = where[: where.find("]") + 1] or re.split("[:/?#]", where)[0] or "localhost"
    what = "the page of Neo4j Browser has, and not drivers" if "http" in scheme else "is none"
    raise InvalidArgument(
        f"cannot connect to {uri.rpartition('@')[2]!r}: such an address {what}. Give"
        f" bolt://{host}:7687 for one server, neo4j://{host}:7687 for a cluster, with +s behind"
        " bolt or neo4j for TLS"
    )

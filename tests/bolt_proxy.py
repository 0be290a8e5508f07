"""One real Neo4j that looks like a cluster: a leader, and members that serve reads.

Every member is an address that passes Bolt on to the same server, which answers all that matters.
Three things are the proxy's own: what a routing table says, what a member that does not lead says
to a write, and when connections break. So it is a client's view of a cluster that is tested with
it, and not a cluster: nothing lags behind anything here.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from struct import pack, unpack
from typing import Any
from urllib.parse import urlsplit

from neo4j._codec.packstream.v1 import PackableBuffer, Packer, UnpackableBuffer, Unpacker

from tests.proxy import _close as close

__all__ = [
    "BEHIND",
    "NOT_A_LEADER",
    "READ_ONLY",
    "UNAVAILABLE",
    "Cluster",
    "Member",
    "Transaction",
    "cluster",
]

NOT_A_LEADER = "Neo.ClientError.Cluster.NotALeader"
READ_ONLY = "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase"
BEHIND = "Neo.TransientError.Transaction.BookmarkTimeout"
UNAVAILABLE = "Neo.TransientError.General.DatabaseUnavailable"

_GOODBYE, _RESET, _RUN, _BEGIN, _COMMIT, _ROLLBACK = (
    b"\x02",
    b"\x0f",
    b"\x10",
    b"\x11",
    b"\x12",
    b"\x13",
)
_DISCARD, _PULL, _ROUTE = b"\x2f", b"\x3f", b"\x66"
_SUCCESS, _RECORD, _IGNORED, _FAILURE = b"\x70", b"\x71", b"\x7e", b"\x7f"
_MANIFEST = b"\x00\x00\x01\xff"
"""A proposal in a handshake that has more round trips; without it versions up to 5.8 are agreed."""


@dataclass(frozen=True)
class Transaction:
    """A transaction that a client began at a member."""

    name: str
    """What graphstore calls it."""
    mode: str
    """``read`` or ``write``."""
    bookmarks: frozenset[str]
    """What it must see."""
    member: Member


@dataclass
class _Moment:
    """What happens as a message of a transaction arrives."""

    message: str
    mode: str
    do: Callable[[Member], str | None]
    cut: bool


class Member:
    """One address of the cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.up = True
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __repr__(self) -> str:
        return f"member {self.cluster.members.index(self)}"

    @property
    def leads(self) -> bool:
        return self.cluster.leader is self

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.up:
                self._sockets.append(client)
                _Connection(self, client)
            else:
                client.close()

    def stop(self) -> None:
        """Break all connections, and refuse new ones."""
        self.up = False
        self.drop()

    def drop(self) -> None:
        """Break all connections that there are."""
        close(*self._sockets)
        self._sockets.clear()

    def close(self) -> None:
        close(self._listener, *self._sockets)


class Cluster:
    """Members before one server. Who leads, and what is told about it, is for a test to set."""

    def __init__(self, target: tuple[str, int], size: int = 3) -> None:
        self.target = target
        self.members: list[Member] = []
        self.members += [Member(self) for _ in range(size)]
        self.leader: Member | None = self.members[0]
        self.routing_members = list(self.members)
        """The members that routing tables tell of, whether they are there or not."""
        self.refusal = NOT_A_LEADER
        """What a member that does not lead says to a write."""
        self.transactions: list[Transaction] = []
        """The transactions that reached a member, those that it refused too."""
        self.bookmarks: list[str] = []
        """What the server said as it committed writes, in this order."""
        self.table_requests = 0
        """How many routing tables were asked for."""
        self._moments: deque[_Moment] = deque()

    @property
    def uri(self) -> str:
        return f"neo4j://{self.members[0].address}"

    def when(
        self,
        message: str,
        do: Callable[[Member], str | None] = lambda member: None,
        *,
        mode: str = "write",
        cut: bool = False,
    ) -> None:
        """Do something once, as the next such message of a transaction arrives at a member.

        Moments happen in the order in which they were asked for.

        Args:
            message: ``BEGIN``, ``RUN``, ``COMMIT``; or ``COMMITTED``: the server's answer to
                that. A query that is a transaction by itself has no BEGIN, and commits as it is
                read.
            do: What to do. Who returns the code of an error refuses the message with it.
            mode: Of transactions that ``read`` or that ``write``.
            cut: Whether to break the connection then, and not pass the message on.
        """
        self._moments.append(_Moment(message, mode, do, cut))

    def happen(self, message: str, mode: str, member: Member) -> tuple[str | None, bool]:
        """The code to refuse a message with, if it is to be refused; whether to cut."""
        code, cut = None, False
        if self._moments and (self._moments[0].message, self._moments[0].mode) == (message, mode):
            moment = self._moments.popleft()
            code, cut = moment.do(member), moment.cut
        if mode == "write" and not member.leads and message != "COMMITTED":
            code = code or self.refusal
        return code, cut

    @property
    def quiet(self) -> bool:
        """Whether all moments have come."""
        return not self._moments

    def table(self) -> list[dict[str, Any]]:
        """Who can do what, as a routing table has it."""
        roles = {
            "WRITE": [member for member in self.routing_members if member.leads],
            "READ": [member for member in self.routing_members if not member.leads],
            "ROUTE": self.routing_members,
        }
        return [
            {"role": role, "addresses": [member.address for member in members]}
            for role, members in roles.items()
        ]

    def close(self) -> None:
        for member in self.members:
            member.close()


class _Connection:
    """A client's connection to a member, and its own to the server."""

    def __init__(self, member: Member, client: socket.socket) -> None:
        self._member, self._cluster, self._client = member, member.cluster, client
        self._server = socket.create_connection(self._cluster.target)
        self._lock = threading.Lock()
        self._pending: deque[tuple[bytes, bytes]] = deque()
        """The requests under way: what, and the answer to it if the server is not asked."""
        self._has_refused = False
        """Whether a request was refused, so that all up to the next RESET are ignored."""
        self._mode: str | None = None
        """Of the transaction under way."""
        self._alone = False
        """Whether that is a query which was not begun, and commits as it has been read."""
        threading.Thread(target=self._run, args=(self._up,), daemon=True).start()

    def _run(self, direction: Callable[[], None]) -> None:
        try:
            direction()
        except OSError:
            pass  # one of the two has gone
        finally:
            close(self._client, self._server)

    def _up(self) -> None:
        self._server.sendall(_exactly(self._client, 20).replace(_MANIFEST, b"\x00" * 4, 1))
        version = _exactly(self._server, 4)
        self._version = version[3], version[2]
        self._client.sendall(version)
        threading.Thread(target=self._run, args=(self._down,), daemon=True).start()
        while True:
            message = _read(self._client)
            kind = message[1:2]
            with self._lock:
                answer = b""
                if kind == _RESET:
                    self._has_refused, self._mode, self._alone = False, None, False
                elif self._has_refused:
                    answer = _message(_IGNORED)
                else:
                    code, cut = self._on_request(kind, message)
                    if cut:
                        return
                    if code:
                        self._has_refused, answer = True, self._failure(code)
                if kind != _GOODBYE:
                    self._pending.append((kind, answer))
                self._answer_own()
            if not answer:
                _write(self._server, message)

    def _on_request(self, kind: bytes, message: bytes) -> tuple[str | None, bool]:
        """Note what is asked; with what to refuse it, and whether to cut."""
        if kind == _BEGIN or (kind == _RUN and self._mode is None):
            metadata = _fields(message)[-1]
            self._mode = "read" if metadata.get("mode") == "r" else "write"
            self._alone = kind == _RUN
            name = metadata.get("tx_metadata", {}).get("graphstore", "")
            bookmarks = frozenset(metadata.get("bookmarks", ()))
            self._cluster.transactions.append(
                Transaction(name, self._mode, bookmarks, self._member)
            )
        if self._mode is None:
            return None, False
        if self._commits(kind):
            return self._cluster.happen("COMMIT", self._mode, self._member)
        if kind in (_BEGIN, _RUN):
            what = "BEGIN" if kind == _BEGIN else "RUN"
            return self._cluster.happen(what, self._mode, self._member)
        return None, False

    def _commits(self, kind: bytes) -> bool:
        """Whether a request ends the transaction: a query that is one by itself, as it is read."""
        return kind == _COMMIT or (self._alone and kind in (_PULL, _DISCARD))

    def _failure(self, code: str) -> bytes:
        text = f"{self._member} says {code.rpartition('.')[2]}"
        if self._version < (5, 7):
            return _message(_FAILURE, {"code": code, "message": text})
        status = {"gql_status": "50N42", "description": "error: general processing exception"}
        return _message(_FAILURE, {"neo4j_code": code, "message": text, **status})

    def _down(self) -> None:
        while True:
            message = _read(self._server)
            kind = message[1:2]
            with self._lock:
                if kind != _RECORD:
                    request, _ = self._pending.popleft()
                    if kind == _SUCCESS and request == _ROUTE:
                        message = self._with_table(message)
                    if kind == _SUCCESS and self._on_end(request, message):
                        return
                _write(self._client, message)
                self._answer_own()

    def _on_end(self, request: bytes, message: bytes) -> bool:
        """Note that a transaction ended, if it did; whether to cut the connection."""
        if self._mode is None or not (request == _ROLLBACK or self._commits(request)):
            return False
        (metadata,) = _fields(message)
        if metadata.get("has_more"):
            return False
        mode, self._mode, self._alone = self._mode, None, False
        if request == _ROLLBACK or mode == "read":
            return False
        self._cluster.bookmarks.append(metadata["bookmark"])
        return self._cluster.happen("COMMITTED", mode, self._member)[1]

    def _with_table(self, message: bytes) -> bytes:
        self._cluster.table_requests += 1
        (metadata,) = _fields(message)
        return _message(_SUCCESS, {"rt": {**metadata["rt"], "servers": self._cluster.table()}})

    def _answer_own(self) -> None:
        """Answer what is next and not the server's to answer."""
        while self._pending and self._pending[0][1]:
            _write(self._client, self._pending.popleft()[1])


def _message(kind: bytes, *fields: Any) -> bytes:
    buffer = PackableBuffer()
    Packer(buffer).pack_struct(kind, fields)
    return bytes(buffer.data)


def _fields(message: bytes) -> list[Any]:
    unpacker = Unpacker(UnpackableBuffer(message))
    size, _ = unpacker.unpack_structure_header()
    return [unpacker.unpack() for _ in range(size)]


def _read(source: socket.socket) -> bytes:
    """A message of one chunk or more, which an empty one ends."""
    message = bytearray()
    while True:
        (size,) = unpack(">H", _exactly(source, 2))
        if size:
            message += _exactly(source, size)
        elif message:  # else it only says that it is still there
            return bytes(message)


def _write(target: socket.socket, message: bytes) -> None:
    chunks = [message[at : at + 0xFFFF] for at in range(0, len(message), 0xFFFF)]
    target.sendall(b"".join(pack(">H", len(chunk)) + chunk for chunk in chunks) + b"\x00\x00")


def _exactly(source: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        some = source.recv(size - len(data))
        if not some:
            raise OSError("the other side has gone")
        data += some
    return bytes(data)


@contextmanager
def cluster(uri: str, size: int = 3) -> Iterator[Cluster]:
    """What looks like a cluster, before the server at an address."""
    parts = urlsplit(uri)
    one = Cluster((parts.hostname or "localhost", parts.port or 7687), size)
    try:
        yield one
    finally:
        one.close()

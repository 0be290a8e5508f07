"""A way to the server that can be cut, to see what a client makes of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

COMMIT = b"\x00\x02\xb0\x12\x00\x00"
"""Bolt's COMMIT as a message: a chunk of two bytes, a structure without fields, its signature."""
BEGIN, READS, OF_A_TRANSACTION = b"\xb1\x11", b"\x84mode\x81r", b"\x8btx_metadata"
FAILURE = b"\xb1\x7f"
BOOKMARK = b"\x88bookmark"
"""What the server's answer has once it has committed."""


class Proxy:
    """Passes bytes on, until told to cut."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cuts = 0
        """How many connections to cut once the server has committed and before the client knows."""
        self.down = False
        """Whether to refuse everybody."""
        self.open = threading.Event()
        """What clients send is passed on while this is set; cleared, the server seems to hang."""
        self.open.set()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.down:
                client.close()
                continue
            server = socket.create_connection(self._target)
            self._sockets += [client, server]
            state = {"committing": False}
            threading.Thread(target=self._up, args=(client, server, state), daemon=True).start()
            threading.Thread(target=self._down, args=(client, server, state), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, state: dict[str, bool]) -> None:
        while data := _read(client):
            if self.cuts and _commits(data):
                self.cuts -= 1
                state["committing"] = True
            self.open.wait()
            if not _send(server, data):
                break
        _close(client, server)

    def _down(self, client: socket.socket, server: socket.socket, state: dict[str, bool]) -> None:
        buffer = b""
        while data := _read(server):
            if state["committing"]:
                buffer += data
                if BOOKMARK in buffer:
                    break
                if FAILURE not in buffer:
                    continue
                data, buffer, state["committing"] = buffer, b"", False
            if not _send(client, data):
                break
        _close(client, server)

    def drop(self) -> None:
        """Cut the connections that there are."""
        _close(*self._sockets)
        self._sockets.clear()

    def close(self) -> None:
        _close(self._listener, *self._sockets)


def _commits(data: bytes) -> bool:
    """Whether a client asks to commit, or for a query that writes, in no transaction."""
    alone = OF_A_TRANSACTION in data and BEGIN not in data and READS not in data
    return alone or COMMIT in data


def _read(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


def _send(target: socket.socket, data: bytes) -> bool:
    try:
        target.sendall(data)
        return True
    except OSError:
        return False


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@contextmanager
def proxy(uri: str) -> Iterator[Proxy]:
    """A proxy before the server at an address."""
    parts = urlsplit(uri)
    one = Proxy((parts.hostname or "localhost", parts.port or 7687))
    try:
        yield one
    finally:
        one.close()

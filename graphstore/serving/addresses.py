"""Where a server listens: a host and a port, or a Unix socket."""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
import stat
from dataclasses import dataclass, replace

from graphstore.errors import InvalidArgument, PortInUse

__all__ = ["Address"]

LOOPBACK = "127.0.0.1"

_HOST_PORT = re.compile(r"(?:(?P<host>\[[^\[\]]+\]|[^\[\]:/]*):)?(?P<port>\d{1,5})")


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    host: str = ""
    """A name or an address, an IPv6 one without brackets; '' of a Unix socket."""
    port: int = 0
    """The port; 0 for any that is free."""
    path: str = ""
    """The path of a Unix socket, or ''."""

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address that is written ``HOST:PORT``, ``:PORT`` (on loopback) or ``unix:PATH``.

        Raises:
            InvalidArgument: If it is none.
        """
        if text.startswith("unix:"):
            path = text.removeprefix("unix:")
            path = path[2:] if path.startswith("///") else path
            if not path:
                raise InvalidArgument(f"{text!r} names no file: write unix:PATH")
            return cls(path=path)
        match = _HOST_PORT.fullmatch(text)
        if match is None or int(match["port"]) > 65535:
            raise InvalidArgument(
                f"{text!r} is no address to listen at: write HOST:PORT, e.g. 127.0.0.1:8080 or"
                " [::1]:8080 (port 0 for any that is free), or unix:PATH"
            )
        return cls((match["host"] or LOOPBACK).strip("[]"), int(match["port"]))

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def at(self, port: int) -> Address:
        """The same with another port."""
        return replace(self, port=port)

    def is_local(self) -> bool:
        """Whether only this machine can reach it: a Unix socket, or a name of loopback only.

        Raises:
            InvalidArgument: If nobody knows the host.
        """
        if self.path:
            return True
        return all(
            ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]).is_loopback
            for _, sockaddr in self._resolve()
        )

    def require_free(self) -> None:
        """Find out that a server could listen here; gRPC itself says too little.

        Raises:
            InvalidArgument: If this machine has no such address, or it may not be used.
            PortInUse: If somebody listens there.
        """
        if self.path:
            self._require_free_path()
            return
        failure: OSError | None = None
        is_free = False
        for family, sockaddr in self._resolve():
            try:
                with socket.socket(family, socket.SOCK_STREAM) as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(sockaddr)
                    probe.listen(1)  # of two that have not begun to listen, both may bind
                is_free = True
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortInUse(
                        f"{self} is taken: stop what listens there, or take another port"
                        " (0 for any that is free)"
                    ) from None
                failure = error
        if is_free:
            return  # localhost may have an IPv6 address, and the machine no IPv6
        if isinstance(failure, PermissionError):
            raise InvalidArgument(f"this user may not listen at {self}: take a port above 1023")
        reason = failure.strerror if failure is not None else "it has no address"
        raise InvalidArgument(f"cannot listen at {self}: {reason}") from failure

    def _require_free_path(self) -> None:
        folder = os.path.dirname(os.path.abspath(self.path))
        if not os.path.isdir(folder):
            raise InvalidArgument(f"cannot listen at {self}: there is no folder {folder}")
        if not os.path.lexists(self.path):
            return
        if not stat.S_ISSOCK(os.lstat(self.path).st_mode):
            raise InvalidArgument(f"cannot listen at {self}: there is a file that is no socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(self.path)
            except ConnectionRefusedError:
                return  # left by a server that was killed; gRPC replaces it
            except OSError as error:
                raise InvalidArgument(f"cannot listen at {self}: {error.strerror}") from error
        raise PortInUse(f"{self} is taken: stop what listens there, or take another path")

    def _resolve(self) -> list[tuple[int, tuple[object, ...]]]:
        try:
            infos = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        except (OSError, UnicodeError) as error:
            raise InvalidArgument(f"nobody knows the host {self.host!r}: {error}") from error
        return [(family, sockaddr) for family, *_, sockaddr in infos]

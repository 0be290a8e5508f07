"""Who may call: certificates and tokens, and where neither is needed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import grpc

from graphstore.errors import InvalidArgument
from graphstore.interop.mlmd.front.server.addresses import Address

__all__ = ["Security", "bearer"]


@dataclass(frozen=True)
class Security:
    """What a server shows to its clients, and asks of them. Both a certificate and a token are
    asked for if there are both a client CA and tokens."""

    certificate: bytes | None = None
    """The server's certificate and those it was signed with, PEM; None for no TLS."""
    key: bytes | None = field(default=None, repr=False)
    """Its private key, PEM."""
    client_ca: bytes | None = None
    """The authorities, PEM, of which one has signed every client's certificate."""
    token_names: Mapping[bytes, str] = field(default_factory=dict)
    """Whose each token is of which a client has to send one, by its SHA-256; empty if it needs
    none."""

    @classmethod
    def read(
        cls,
        certificate: Path | None = None,
        key: Path | None = None,
        client_ca: Path | None = None,
        token_file: Path | None = None,
    ) -> Security:
        """Read it from files: PEM, and tokens, one a line, each with a name before it or without.

        Raises:
            InvalidArgument: If they do not go together, or one does not hold what it should.
            OSError: If one cannot be read.
        """
        if (certificate is None) != (key is None):
            raise InvalidArgument("a TLS certificate and its key go together: give both")
        if client_ca is not None and certificate is None:
            raise InvalidArgument(
                "certificates of clients are shown over TLS: give the server's own too"
            )
        return cls(
            _pem(certificate, b"CERTIFICATE"),
            _pem(key, b"PRIVATE KEY"),
            _pem(client_ca, b"CERTIFICATE"),
            {} if token_file is None else _tokens(token_file),
        )

    def require_for(self, address: Address) -> None:
        """Refuse to listen where strangers may call.

        Raises:
            InvalidArgument: If others than this machine can reach the address, and neither a
                certificate nor a token is asked of them.
        """
        if not self.client_ca and not self.token_names and not address.is_local():
            raise InvalidArgument(
                f"others can reach {address}, and would need nothing to read and write all there"
                " is: ask for certificates (--client-ca, with --tls-cert and --tls-key) or a token"
                " (--token-file), or listen at 127.0.0.1"
            )

    def in_clear(self, address: Address) -> bool:
        """Whether tokens can be read on their way here."""
        return self.certificate is None and not address.is_local()

    def credentials(self) -> grpc.ServerCredentials | None:
        """What gRPC needs for TLS; None for none."""
        if self.certificate is None or self.key is None:
            return None
        return grpc.ssl_server_credentials(
            [(self.key, self.certificate)],
            root_certificates=self.client_ca,
            require_client_auth=self.client_ca is not None,
        )

    def name_of(self, token: bytes) -> str | None:
        """Whose token it is; None if it is none of them. Takes as long whichever, and however
        wrong."""
        digest = sha256(token).digest()
        name = None
        for token_digest, of in self.token_names.items():
            if hmac.compare_digest(token_digest, digest):
                name = of
        return name

    def caller(self, context: grpc.ServicerContext) -> str | None:
        """Who calls: the name of the token, or else the common name of the certificate; None if
        the call shows neither."""
        if self.token_names:
            return self.name_of(bearer(context.invocation_metadata()))
        names: Any = context.auth_context().get("x509_common_name", ()) if self.client_ca else ()
        return bytes(names[0]).decode("utf-8", "replace") if names else None


def bearer(metadata: Any) -> bytes:
    """The token that a call shows; empty if it shows none."""
    for name, value in metadata or ():
        if name == "authorization":
            header = value if isinstance(value, bytes) else value.encode()
            scheme, _, token = header.partition(b" ")
            return token.strip() if scheme.lower() == b"bearer" else b""
    return b""


def _tokens(file: Path) -> dict[bytes, str]:
    """Whose each token of a file is, by its digest; one without a name is called by a part of that.

    Raises:
        InvalidArgument: If it holds none, or one that cannot be sent.
    """
    names = {}
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) > 2:
            raise InvalidArgument(f"{file}, line {number}: expected a token, or a name and a token")
        if not words[-1].isascii():
            raise InvalidArgument(f"{file}: a token with a letter beyond ASCII cannot be sent")
        digest = sha256(words[-1]).digest()
        name = words[0].decode("utf-8", "replace") if len(words) == 2 else ""
        names[digest] = name or f"token {digest.hex()[:8]}"
    if not names:
        raise InvalidArgument(f"{file} holds no token")
    return names


def _pem(file: Path | None, what: bytes) -> bytes | None:
    if file is None:
        return None
    data = file.read_bytes()
    if b"-----BEGIN " not in data or what not in data:
        raise InvalidArgument(f"{file} holds no {what.decode().lower()} in PEM")
    return data

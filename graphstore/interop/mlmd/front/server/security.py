"""Who may call: certificates and tokens, and where neither is needed."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import grpc

from graphstore.errors import InvalidArgument
from graphstore.interop.mlmd.front.server.addresses import Address

__all__ = ["Security"]


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
    token_digests: tuple[bytes, ...] = ()
    """SHA-256 of each token of which a client has to send one; empty if it needs none."""

    @classmethod
    def read(
        cls,
        certificate: Path | None = None,
        key: Path | None = None,
        client_ca: Path | None = None,
        token_file: Path | None = None,
    ) -> Security:
        """Read it from files: PEM, and tokens, one a line.

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
        tokens = [] if token_file is None else token_file.read_bytes().split()
        if token_file is not None and not tokens:
            raise InvalidArgument(f"{token_file} holds no token")
        if not all(token.isascii() for token in tokens):
            raise InvalidArgument(
                f"{token_file}: a token with a letter beyond ASCII cannot be sent"
            )
        return cls(
            _pem(certificate, b"CERTIFICATE"),
            _pem(key, b"PRIVATE KEY"),
            _pem(client_ca, b"CERTIFICATE"),
            tuple(sha256(token).digest() for token in tokens),
        )

    def require_for(self, address: Address) -> None:
        """Refuse to listen where strangers may call.

        Raises:
            InvalidArgument: If others than this machine can reach the address, and neither a
                certificate nor a token is asked of them.
        """
        if not self.client_ca and not self.token_digests and not address.is_local():
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

    def knows(self, token: bytes) -> bool:
        """Whether it is one of the tokens; takes as long whichever, and however wrong."""
        digest = sha256(token).digest()
        is_known = False
        for token_digest in self.token_digests:
            is_known |= hmac.compare_digest(token_digest, digest)
        return is_known


def _pem(file: Path | None, what: bytes) -> bytes | None:
    if file is None:
        return None
    data = file.read_bytes()
    if b"-----BEGIN " not in data or what not in data:
        raise InvalidArgument(f"{file} holds no {what.decode().lower()} in PEM")
    return data

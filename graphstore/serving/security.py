"""Who may call: certificates and tokens, and where neither is needed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from graphstore.errors import InvalidArgument
from graphstore.serving.addresses import Address

__all__ = ["Security", "token_of"]


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
    namespaces: Mapping[str, str] = field(default_factory=dict)
    """The namespace that tokens of a name are bound to, by that name; of others nothing is here."""
    readers: frozenset[str] = frozenset()
    """The names of the tokens that may only read."""
    anybody: bool = False
    """Whether it may ask nothing of clients that are not of this machine."""

    @classmethod
    def read(
        cls,
        certificate: Path | None = None,
        key: Path | None = None,
        client_ca: Path | None = None,
        token_file: Path | None = None,
        *,
        anybody: bool = False,
    ) -> Security:
        """Read it from files: PEM, and tokens, one a line: ``TOKEN``, ``NAME TOKEN``, and behind
        these ``namespace=NAMESPACE`` of one that is bound to a namespace, and ``role=read`` of one
        that may only read.

        `anybody` lets everybody call who can reach the server.

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
        if anybody and (client_ca or token_file):
            raise InvalidArgument("a server asks for something, or lets anybody call: choose one")
        return cls(
            _pem(certificate, b"CERTIFICATE"),
            _pem(key, b"PRIVATE KEY"),
            _pem(client_ca, b"CERTIFICATE"),
            *(({}, {}, frozenset[str]()) if token_file is None else _tokens(token_file)),
            anybody,
        )

    def require_for(self, address: Address) -> None:
        """Refuse to listen where strangers may call.

        Raises:
            InvalidArgument: If others than this machine can reach the address, and neither a
                certificate nor a token is asked of them.
        """
        asks = self.client_ca or self.token_names
        if not asks and not self.anybody and not address.is_local():
            raise InvalidArgument(
                f"others can reach {address}, and would need nothing to read and write all there"
                " is: ask for certificates (--client-ca, with --tls-cert and --tls-key) or a token"
                " (--token-file), or listen at 127.0.0.1; in a network that lets in none but whom"
                " it should, --anybody"
            )

    def in_clear(self, address: Address) -> bool:
        """Whether tokens can be read on their way here."""
        return self.certificate is None and not address.is_local()

    def name_of(self, token: bytes) -> str | None:
        """Whose token it is; None if it is none of them. Takes as long whichever, and however
        wrong."""
        digest = sha256(token).digest()
        name = None
        for token_digest, of in self.token_names.items():
            if hmac.compare_digest(token_digest, digest):
                name = of
        return name

    def namespace_of(self, name: str | None) -> str | None:
        """The namespace that who has this name is bound to; None if it may see and change all."""
        return None if name is None else self.namespaces.get(name)

    def may_write(self, name: str | None) -> bool:
        """Whether who has this name may change what there is."""
        return name not in self.readers

    def names_in(self, namespace: str) -> tuple[str, ...]:
        """The names of the tokens that are bound to a namespace, in their order."""
        return tuple(sorted(name for name, of in self.namespaces.items() if of == namespace))


def token_of(header: bytes) -> bytes:
    """The token in a header ``authorization``; empty if there is none."""
    scheme, _, token = header.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""


_NAMESPACE, _ROLE = b"namespace=", b"role="
_ALL = (None, False)
"""Of a token that may do all: no namespace, and it does not only read."""
_ROLES = {b"read": True, b"write": False}


def _tokens(file: Path) -> tuple[dict[bytes, str], dict[str, str], frozenset[str]]:
    """Whose each token of a file is, by its digest; the namespaces of those that are bound to one,
    by the name; and the names of those that only read. One without a name is called by a part of
    its digest.

    Raises:
        InvalidArgument: If it holds none, or one that cannot be sent, or if a token or a name
            stands there twice and may not do alike.
    """
    names: dict[bytes, str] = {}
    may: dict[str, tuple[str | None, bool]] = {}
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        words = line.split()
        if not words:
            continue
        where = f"{file}, line {number}"
        namespace = _taken(words, _NAMESPACE)
        role = _taken(words, _ROLE)
        if len(words) not in (1, 2) or namespace == b"" or role not in (None, *_ROLES):
            raise InvalidArgument(
                f"{where}: expected a token, or a name and a token, and behind a name and a token"
                " namespace=NAMESPACE, role=read or role=write"
            )
        if not words[-1].isascii():
            raise InvalidArgument(f"{file}: a token with a letter beyond ASCII cannot be sent")
        digest = sha256(words[-1]).digest()
        name = words[0].decode("utf-8", "replace") if len(words) == 2 else ""
        name = name or f"token {digest.hex()[:8]}"
        rights = (_namespace(where, namespace), role is not None and _ROLES[role])
        # What a token may do must not depend on which of two lines is read last.
        if may.setdefault(name, rights) != rights:
            raise InvalidArgument(
                f"{where}: {name} is bound to one namespace or role in one line, and to another or"
                " to none in another: give each a name of its own"
            )
        if names.setdefault(digest, name) != name and {may[names[digest]], rights} != {_ALL}:
            raise InvalidArgument(
                f"{where}: the token stands there twice, by two names, of which one is bound to a"
                " namespace or a role: give each a token of its own"
            )
        names[digest] = name
    if not names:
        raise InvalidArgument(f"{file} holds no token")
    bound = {name: namespace for name, (namespace, _) in may.items() if namespace is not None}
    return names, bound, frozenset(name for name, (_, reads) in may.items() if reads)


def _taken(words: list[bytes], key: bytes) -> bytes | None:
    """The value of ``key=value`` behind a name and a token, taken out of a line; None for none."""
    for word in words[2:]:
        if word.startswith(key):
            words.remove(word)
            return word.removeprefix(key)
    return None


def _namespace(where: str, word: bytes | None) -> str | None:
    try:
        return None if word is None else word.decode()
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"{where}: the namespace is not in UTF-8") from error


def _pem(file: Path | None, what: bytes) -> bytes | None:
    if file is None:
        return None
    data = file.read_bytes()
    if b"-----BEGIN " not in data or what not in data:
        raise InvalidArgument(f"{file} holds no {what.decode().lower()} in PEM")
    return data

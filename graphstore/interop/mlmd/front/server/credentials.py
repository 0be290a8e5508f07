"""Who may call, in gRPC's words."""

from __future__ import annotations

from typing import Any

import grpc

from graphstore.serving.security import Security, token_of

__all__ = ["bearer", "caller", "credentials"]


def credentials(security: Security) -> grpc.ServerCredentials | None:
    """What gRPC needs for TLS; None for none."""
    if security.certificate is None or security.key is None:
        return None
    return grpc.ssl_server_credentials(
        [(security.key, security.certificate)],
        root_certificates=security.client_ca,
        require_client_auth=security.client_ca is not None,
    )


def caller(security: Security, context: grpc.ServicerContext) -> str | None:
    """Who calls: the name of the token, or else the common name of the certificate; None if the
    call shows neither."""
    if security.token_names:
        return security.name_of(bearer(context.invocation_metadata()))
    names: Any = context.auth_context().get("x509_common_name", ()) if security.client_ca else ()
    return bytes(names[0]).decode("utf-8", "replace") if names else None


def bearer(metadata: Any) -> bytes:
    """The token that a call shows; empty if it shows none."""
    for name, value in metadata or ():
        if name == "authorization":
            return token_of(value if isinstance(value, bytes) else value.encode())
    return b""

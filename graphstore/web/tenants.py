"""What tokens that are bound to a namespace may ask: a closed list, and nothing else.

Whatever is served besides is refused to them until it stands here, which it may once it looks at
the namespace that the request's state has.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graphstore.serving.security import Security
from graphstore.web.paths import LINEAGE, METADATA_STORE

__all__ = ["Tenants"]

_MAY = {
    *(("POST", f"{LINEAGE}{end}") for end in ("", "/", "/batch", "/batch/")),
    *((method, path) for method in ("GET", "HEAD") for path in ("/health", "/health/live")),
    *(("GET", "/login"), ("POST", "/login"), ("POST", "/logout")),
}
"""Methods and paths: events, which are taken if they are of the namespace, and what everybody may:
ask for health, come and go."""
_MAY_BELOW = {"GET": "/static/", "POST": METADATA_STORE}
"""What lies below these: files of the pages, and calls of ML Metadata, which have a closed list of
their own."""


class Tenants:
    """Stands behind the door, which says in the request's state who calls, and before all that is
    served. Says there to which namespace that is bound."""

    def __init__(
        self,
        app: ASGIApp,
        security: Security,
        refuse: Callable[[Request, HTTPException], Response],
    ) -> None:
        """
        Args:
            app: What is served.
            security: Who is bound to which namespace.
            refuse: Makes what is answered to what may not be asked.
        """
        self._app, self._security, self._refuse = app, security, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        namespace = self._security.namespace_of(scope["state"]["by"])
        scope["state"]["namespace"] = namespace
        path, method = scope["path"], scope["method"]
        below = _MAY_BELOW.get(method)
        is_below = below is not None and path.startswith(below) and ".." not in path
        if namespace is None or is_below or (method, path) in _MAY:
            await self._app(scope, receive, send)
            return
        text = (
            f"a token that is bound to a namespace, here {namespace!r}, may send OpenLineage's"
            f" events of that namespace to {LINEAGE}, and call ML Metadata by gRPC-web, and"
            " nothing else: pages and the other calls show what is of all namespaces. Come with a"
            " token that is bound to none"
        )
        await self._refuse(Request(scope), HTTPException(403, text))(scope, receive, send)

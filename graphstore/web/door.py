"""Who may come in, and what is told of each request.

Programs send a token with each request. Browsers cannot: theirs show a token once, at the page
``/login`` or in the address that `graphstore ui` prints, and have a session after it, known by a
cookie. Another site's pages can make a browser send requests, too: what such a request brings is
refused, and so is a name of this machine that is not its own.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from time import monotonic, perf_counter
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphstore.errors import InvalidArgument
from graphstore.serving.logs import say
from graphstore.serving.metrics import Calls
from graphstore.serving.security import Security, token_of
from graphstore.web.paths import METADATA_STORE

__all__ = ["Door", "Proxies", "Sessions"]

_OPEN = ("/health", "/health/live", "/login")
"""What is told without a token: probes send none, and it says nothing but up or down; and where
people show theirs."""
_OPEN_BELOW = "/static/"
_LASTS = 12 * 3600.0
"""Seconds after which a session ends, whether it is used or not."""
_AT_MOST = 10_000
"""Sessions that are kept; the oldest goes first."""
_OURS = ("/login", "/logout")
"""Where who may only read may send something, too."""
_LOCAL = ("localhost", "127.0.0.1", "::1")
_READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class _Session:
    who: str | None
    ends: float


@dataclass
class Sessions:
    """Who is in, by the cookie of their browser."""

    link: str | None = None
    """What the address that `graphstore ui` prints ends with; it opens the door once. None if
    nobody comes in by an address."""
    _of: dict[bytes, _Session] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, who: str | None) -> str:
        """A session for somebody, and the cookie that names it."""
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._of) >= _AT_MOST:
                del self._of[next(iter(self._of))]
            self._of[_digest(cookie)] = _Session(who, monotonic() + _LASTS)
        return cookie

    def of(self, cookie: str) -> _Session | None:
        """The session of a cookie; None if it is none, or has ended."""
        session = self._of.get(_digest(cookie))
        return session if session is not None and monotonic() < session.ends else None

    def end(self, cookie: str) -> None:
        """End it."""
        with self._lock:
            self._of.pop(_digest(cookie), None)

    def opens(self, link: str) -> bool:
        """Whether this is the end of the printed address, which from now on opens nothing."""
        with self._lock:
            opens = self.link is not None and hmac.compare_digest(self.link, link)
            if opens:
                self.link = ""
        return opens and link != ""


def _name_in(host: str) -> str:
    """The name of a machine in a header ``host``."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _digest(cookie: str) -> bytes:
    return sha256(cookie.encode("utf-8", "surrogateescape")).digest()


@dataclass(frozen=True)
class Proxies:
    """Who stands before this server and knows who calls, say by OpenID Connect."""

    addresses: tuple[IPv4Network | IPv6Network, ...]
    """Where they are; what a request from elsewhere says of its user is not believed."""
    header: str = "x-forwarded-user"
    """The header in which they say who calls."""

    @classmethod
    def parse(cls, addresses: Iterable[str], header: str | None = None) -> Proxies | None:
        """Read it from texts such as ``10.0.0.5`` and ``10.1.0.0/16``; None for no addresses.

        Raises:
            InvalidArgument: If one is no address.
        """
        networks = []
        for text in addresses:
            try:
                networks.append(ip_network(text))
            except ValueError as error:
                raise InvalidArgument(
                    f"--proxy {text}: {error}; give 10.0.0.5 or 10.1.0.0/16"
                ) from None
        if header is not None and not networks:
            raise InvalidArgument("--user-header: say who may send it: --proxy ADDRESS")
        return cls(tuple(networks), (header or cls.header).lower()) if networks else None

    def name_in(self, scope: Scope) -> str | None:
        """Whom a proxy says that a request is of; None if it says nobody, or is none of them."""
        host = (scope.get("client") or ("",))[0]
        try:
            peer = ip_address(host)
        except ValueError:
            return None
        if not any(peer in network for network in self.addresses):
            return None
        values = Headers(scope=scope).getlist(self.header)
        return values[0].strip() or None if len(values) == 1 else None


class Door:
    """What happens around every request: who calls is checked, and what came of it is told."""

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[BaseRoute],
        security: Security,
        calls: Calls,
        sessions: Sessions,
        proxies: Proxies | None = None,
        *,
        refuse: Callable[[Request, HTTPException], Response],
        is_local: bool,
    ) -> None:
        """
        Args:
            app: What answers.
            routes: Its routes, by which requests are counted.
            security: Who may call.
            calls: Where they are counted.
            sessions: Who is in by a browser.
            proxies: Who else may say who calls; None for nobody.
            refuse: Makes what is answered to who may not come in, or not send what they do.
            is_local: Whether only this machine reaches it.
        """
        self._app, self._routes, self._security = app, routes, security
        self._calls, self._sessions, self._proxies = calls, sessions, proxies
        self._refuse = refuse
        self._asks = bool(security.token_names or proxies) or sessions.link is not None
        self._must_be_local = sessions.link is not None or (is_local and not self._asks)
        self._cookie = f"graphstore-{secrets.token_hex(4)}"
        """Its name: of another server on this machine, at another port, the browser sends the
        cookies, too."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            raise RuntimeError(f"nothing here speaks {scope['type']}")
        began, status = perf_counter(), 500

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._calls.in_flight.inc()
        try:
            answer = self._refusal(scope) or self._app
            await answer(scope, receive, observe)
        finally:
            self._calls.in_flight.dec()
            self._note(scope, status, perf_counter() - began)

    def _refusal(self, scope: Scope) -> Response | None:
        """What is said at the door; None for whoever may come in."""
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state["by"] = who = self._caller(scope)
        state["enter"] = self._enter
        state["leave"] = self._leave
        session = self._session(headers)
        is_known = who is not None
        if session is not None:
            is_known = True
            state["by"] = who or session.who
        state["session"] = session is not None
        if (refusal := self._foreign(scope, headers)) is not None:
            return refusal
        path = scope["path"]
        if not self._asks or is_known or path in _OPEN or path.startswith(_OPEN_BELOW):
            return self._overreach(scope, state["by"])
        if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            asked = path + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
            return RedirectResponse(f"/login?to={quote(asked)}", 303)
        text = "this server asks for a token that it knows: Bearer TOKEN"
        error = HTTPException(401, text, {"WWW-Authenticate": "Bearer"})
        return self._refuse(Request(scope), error)

    def _overreach(self, scope: Scope, who: str | None) -> Response | None:
        """What is said to who may only read and wants to change something; None if all is well."""
        path = scope["path"]
        if scope["method"] in _READING or path in _OURS or self._security.may_write(who):
            return None
        if path.startswith(METADATA_STORE):  # by POST they read, too, and each call knows itself
            return None
        text = f"a token of the role read, here that of {who}, may not send this here"
        return self._refuse(Request(scope), HTTPException(403, text))

    def _foreign(self, scope: Scope, headers: Headers) -> Response | None:
        """What is said to a request that another site made a browser send; None if it is none."""
        host = headers.get("host", "")
        if self._must_be_local and _name_in(host) not in _LOCAL:
            # A name of somebody else's that leads here is of their site to a browser.
            return JSONResponse(
                {"error": f"this server is for this machine, as {_LOCAL[0]}, and not {host!r}"}, 403
            )
        origin = headers.get("origin")
        if scope["method"] in _READING or origin is None:
            return None
        if urlsplit(origin).netloc == host:
            return None
        is_grpc_web = headers.get("content-type", "").startswith("application/grpc-web")
        if is_grpc_web and scope["path"].startswith(METADATA_STORE):
            # No form sends this, and a browser asks before a script of another site may: it hears
            # no yes. So this came by a proxy of that page's, as those of Kubeflow Pipelines do.
            return None
        return JSONResponse({"error": f"a page of {origin!r} may not send this here"}, 403)

    def _session(self, headers: Headers) -> _Session | None:
        cookie = self._cookie_of(headers)
        return None if cookie is None else self._sessions.of(cookie)

    def _cookie_of(self, headers: Headers) -> str | None:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return None
        return None if morsel is None else morsel.value

    def _enter(self, response: Response, token: str) -> bool:
        """Begin a session for whoever shows this token; answers whether it is one."""
        if self._sessions.opens(token):
            who = None
        elif (who := self._security.name_of(token.encode())) is None:
            return False
        response.set_cookie(
            self._cookie,
            self._sessions.begin(who),
            max_age=int(_LASTS),
            httponly=True,
            samesite="lax",
            secure=self._security.certificate is not None,
        )
        return True

    def _leave(self, response: Response, headers: Headers) -> None:
        """End the session of a browser."""
        if (cookie := self._cookie_of(headers)) is not None:
            self._sessions.end(cookie)
        response.delete_cookie(self._cookie)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # Not the path, which may be anything, and then a name in the metrics for ever.
        route = scope.get("route")
        if route is None:  # refused at the door
            known = (one for one in self._routes if one.matches(scope)[0] is not Match.NONE)
            route, base = next(known, None), ""
        else:
            base = scope["root_path"] if not isinstance(route, Mount) else ""
        path = (base + getattr(route, "path", "other")).rstrip("/") or "/"
        method = f"{scope['method']} {path}"
        self._calls.calls.labels(method, str(status)).inc()
        self._calls.seconds.labels(method).observe(seconds)
        client = scope.get("client") or ("", 0)
        level = logging.ERROR if status == 500 else logging.INFO
        level = logging.WARNING if status == 503 else level
        took = round(seconds * 1000, 3)
        say(level, "call", method=method, code=status, milliseconds=took, peer=client[0])

    def _caller(self, scope: Scope) -> str | None:
        """Who calls: whom a proxy names; the name of the token; or the name in the certificate."""
        if self._proxies is not None and (name := self._proxies.name_in(scope)) is not None:
            return name
        if self._security.token_names:
            header = next((v for k, v in scope["headers"] if k == b"authorization"), b"")
            return self._security.name_of(token_of(header))
        peer: Mapping[str, Any] = scope.get("state", {}).get("peer") or {}
        for part in peer.get("subject", ()):
            for key, value in part:
                if key == "commonName":
                    return str(value)
        return None

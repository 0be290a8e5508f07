"""What all pages share: what is asked, how an answer becomes a page, and the way in."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property, partial
from hashlib import sha256
from pathlib import Path
from shlex import quote
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from graphstore.errors import InvalidArgument
from graphstore.model.nodes import Context
from graphstore.model.roles import PIPELINE_TYPES
from graphstore.model.times import KnownAt, moment
from graphstore.model.types import ContextType
from graphstore.printable import printable
from graphstore.store import Store
from graphstore.system.doubts import doubts
from graphstore.web.bodies import read
from graphstore.web.calls import HEADERS, Threads
from graphstore.web.pages import words

__all__ = ["Asked", "Behind", "Form", "Page", "Pages", "Values", "View", "files", "refusal"]

_HERE = Path(__file__).parent
_FORM = 64 * 1024
"""Bytes that a form may have."""
_FIELDS = 100
_SENT = 1000
"""Forms that went through and are known again, without a question to the store, when they are sent
a second time."""
_OWN = "graphstore:form:"
"""How the external ids begin of what forms record."""
_FORM_TYPE = "application/x-www-form-urlencoded"
Values = Mapping[str, str]
"""What was typed into the fields of a form, by their names; without those that were left empty."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; frame-src 'self'; font-src 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""No value that somebody recorded runs as a script, whatever a template does with it."""
_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": _POLICY,
    # Not "no-referrer": a browser then does not say of a form that it is a page of ours.
    "Referrer-Policy": "same-origin",
}


@dataclass(frozen=True)
class Asked:
    """What a page is asked for."""

    store: Store
    path: Mapping[str, Any]
    """The parts of the address that the route names."""
    query: QueryParams
    """What stands behind its question mark."""
    roots: tuple[Path, ...] = ()
    """Folders of which files may be shown."""
    by: str | None = None
    """Who asks; None for whoever runs the server, or nobody that it knows."""
    may_decide: bool = False
    """Whether they may record a decision."""
    external_id: str | None = None
    """What a form records gets this, so that it is recorded once however often it is sent; None if
    its page gave it no key."""

    @cached_property
    def as_of(self) -> KnownAt | None:
        """Of which moment the store is asked; None for now.

        Raises:
            InvalidArgument: If it is no time and no seal.
        """
        text = self.text("as_of")
        return self.store.seals.moment("as_of", text) if text else None

    @property
    def then_python(self) -> str:
        """The argument by which Python asks of that moment, after a comma; empty for now."""
        text = self.text("as_of")
        return f', as_of=store.seals.moment("as_of", {text!r})' if text else ""

    @property
    def then_command(self) -> str:
        """The option by which a command does, after a blank; empty for now."""
        text = self.text("as_of")
        return f" --as-of {quote(text)}" if text else ""

    def text(self, name: str, default: str = "") -> str:
        """A value of the address, without the blanks around it."""
        return self.query.get(name, default).strip()

    def time(self, name: str) -> datetime | None:
        """A time of the address; None if it says none.

        Raises:
            InvalidArgument: If it is none.
        """
        text = self.text(name)
        return moment(name, text) if text else None

    def texts(self, name: str) -> list[str]:
        """All values of this name that are not empty, each once, in their order."""
        return list(dict.fromkeys(filter(None, map(str.strip, self.query.getlist(name)))))

    def pipelines(self, most: int) -> list[Context]:
        """The last pipelines, so many at most, the newest first."""
        contexts = self.store.contexts
        known = {one.name for one in self.store.types.list(ContextType)}
        nodes: list[Context] = []
        for type_ in known.intersection(PIPELINE_TYPES):
            nodes += contexts.list(type=type_, descending=True, limit=most, as_of=self.as_of)
        return sorted(nodes, key=lambda one: one.ref.id, reverse=True)[:most]

    def whole(self, name: str, default: int, *, least: int = 1, most: int = 1000) -> int:
        """A whole number of the address.

        Raises:
            InvalidArgument: If it is none, or out of bounds.
        """
        text = self.text(name)
        if not text:
            return default
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise InvalidArgument(f"{name}={text}: expected a whole number, {least} to {most}")
        return value


@dataclass(frozen=True)
class Behind:
    """The same answer by other ways, to copy."""

    python: str = ""
    """Python, on a `store`."""
    command: str = ""
    """What a terminal takes."""
    cypher: str = ""
    """What Neo4j Browser takes."""


@dataclass(frozen=True)
class View:
    """What a page shows."""

    title: str
    """What the window is called."""
    template: str
    """A file of `templates`."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the template is told."""
    behind: Behind | None = None
    """How to ask the same elsewhere; None where there is no such thing."""
    status: int = 200
    """The status of HTTP."""


@dataclass(frozen=True)
class Page:
    """A page: its address, and the function that answers. That runs in a thread, may ask the
    store, and raises the store's errors; it answers a `View`, or a response of its own."""

    path: str
    answer: Callable[[Asked], View | Response]


@dataclass(frozen=True)
class Form:
    """A form by which people record something: its page, and what becomes of what they send."""

    path: str
    show: Callable[[Asked, Values, str], View]
    """Shows the form with what was typed, and what is wrong with it; neither at first. It asks no
    store: what was typed must not be lost while that is away."""
    send: Callable[[Asked, Values], str]
    """Records it, and answers the address of the page that shows it. That runs in a thread, and
    raises the store's errors."""


class Pages:
    """Makes routes of pages."""

    def __init__(
        self,
        store: Store,
        threads: Threads,
        roots: tuple[Path, ...],
        why_not: Callable[[str | None], str],
    ) -> None:
        """
        Args:
            store: What they show.
            threads: What asks it.
            roots: Folders of which files may be shown.
            why_not: Why who has this name may not record a decision; empty if they may.
        """
        self._store, self._threads, self._roots = store, threads, roots
        self._why_not = why_not
        self._sent: OrderedDict[tuple[object, ...], asyncio.Future[str]] = OrderedDict()

    def routes(self, pages: Iterable[Page], forms: Iterable[Form]) -> list[BaseRoute]:
        """The routes of these pages and forms, of the way in, and of scripts and styles."""
        return [
            Route("/login", _login, methods=["GET", "POST"]),
            Route("/logout", _logout, methods=["POST"]),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
            *(Route(page.path, partial(self._answer, page)) for page in pages),
            *(
                Route(form.path, partial(self._take, form), methods=["GET", "POST"])
                for form in forms
            ),
        ]

    def _asked(self, request: Request, *, may_decide: bool) -> Asked:
        by, parts, query = request.state.by, request.path_params, request.query_params
        return Asked(self._store, parts, query, self._roots, by, may_decide)

    async def _answer(self, page: Page, request: Request) -> Response:
        by = request.state.by
        asked = self._asked(request, may_decide=not self._why_not(by))
        return await self._threads.run(by, partial(_page, page, asked, request))

    async def _take(self, form: Form, request: Request) -> Response:
        by = request.state.by
        if why_not := self._why_not(by):
            raise HTTPException(403, why_not)
        asked = self._asked(request, may_decide=True)
        if asked.text("as_of"):
            raise HTTPException(400, "as_of: what is past is not decided any more; leave it")
        if request.method != "POST":
            return _render(form.show(asked, {}, ""), request)
        values = await _form(request)
        key = _key(request.url.path, values)
        if key:
            asked = replace(asked, external_id=_external_id(by, key))
        try:
            to = await self._send(form, asked, values, request.url.path)
        except HTTPException as error:
            wrong = error.detail
            if error.status_code >= 500:
                wrong += ". It may have been recorded all the same: "
                if key:
                    wrong += "send it again from here, and it is recorded once"
                    values["again"] = key
                else:
                    wrong += "look before you send it again"
            elif error.status_code == 409 and "again" in values:
                wrong += ". This form was sent before: to record something else, open it anew"
            view = replace(form.show(asked, values, wrong), status=error.status_code)
            return _render(view, request, error.headers)
        return RedirectResponse(to, 303)

    async def _send(self, form: Form, asked: Asked, values: Values, path: str) -> str:
        """Record what a form sends, once for each time that it was shown.

        A click too many, or a page loaded again, sends the same a second time: it is answered as
        the first was. What did not go through may be sent again.
        """
        work = partial(self._threads.run, asked.by, partial(form.send, asked, values))
        if "once" not in values:
            return await work()
        key = (asked.by, path, *sorted(values.items()))
        if key not in self._sent:
            sent = self._sent[key] = asyncio.ensure_future(work())
            sent.add_done_callback(partial(self._forget, key))
            if len(self._sent) > _SENT:
                self._sent.popitem(last=False)
        return await asyncio.shield(self._sent[key])

    def _forget(self, key: tuple[object, ...], sent: asyncio.Future[str]) -> None:
        """What did not go through is not known again."""
        if sent.cancelled() or sent.exception():
            self._sent.pop(key, None)


def _key(path: str, values: Values) -> str:
    """What tells a form that is sent from all others; empty if its page gave it nothing for that.

    A click too many, or a page loaded again, sends the same, and has the same key. So has what is
    shown again since nobody knows whether it was recorded, whatever is typed into it then.
    """
    if again := values.get("again"):
        return again
    if "once" not in values:
        return ""
    return sha256(repr((path, sorted(values.items()))).encode()).hexdigest()


def _external_id(by: str | None, key: str) -> str:
    """The external id of what somebody sends: nobody else's, whatever key a browser sends."""
    return _OWN + sha256(repr((by, key)).encode()).hexdigest()


def _page(page: Page, asked: Asked, request: Request) -> Response:
    asked.as_of  # noqa: B018  a page that does not ask for it must not seem to be of then
    with doubts() as told:
        view = page.answer(asked)
    return view if isinstance(view, Response) else _render(view, request, told=told)


def _render(
    view: View,
    request: Request,
    headers: Mapping[str, str] | None = None,
    told: Sequence[str] = (),
) -> Response:
    facts = {
        "title": view.title,
        "behind": view.behind,
        "told": told,
        "path": request.url.path,
        "here_is": request.url.path,
        "query": request.query_params,
        "as_of": request.query_params.get("as_of", "").strip(),
        "link": partial(_link, request.query_params),
        "here": partial(_here, request),
        "has_session": getattr(request.state, "session", False),
        "by": getattr(request.state, "by", None),
        **view.facts,
    }
    text = _environment().get_template(view.template).render(facts)
    return HTMLResponse(text, view.status, {**_HEADERS, **(headers or {})})


def refusal(request: Request, error: HTTPException) -> Response:
    """What a browser is shown in place of a page: what was asked, and what is wrong with it."""
    titles = {
        400: "Not understood",
        401: "Log in",
        403: "Not allowed",
        404: "Not there",
        503: "Away",
    }
    title = titles.get(error.status_code, "An error")
    looks_again = error.status_code == 503 and request.method == "GET"
    facts = {"status": error.status_code, "detail": error.detail, "looks_again": looks_again}
    if error.status_code == 404 and error.detail == "Not Found":
        facts["detail"] = f"There is no page {request.url.path}."
    view = View(title, "refusal.html", facts, status=error.status_code)
    return _render(view, request, error.headers)


async def _login(request: Request) -> Response:
    to = request.query_params.get("to", "/")
    if request.method == "POST":
        form = await _form(request)
        return _enter(request, form.get("token", "").strip(), form.get("to", "/"))
    if "token" in request.query_params:
        return _enter(request, request.query_params["token"], to)
    return _render(View("Log in", "login.html", {"to": to, "is_wrong": False}), request)


async def _form(request: Request) -> dict[str, str]:
    """What was typed into a form.

    Raises:
        HTTPException: 400 or 413 if it is too much, 415 if it is no form.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise HTTPException(415, f"a form is sent as {_FORM_TYPE}")
    try:
        body = await read(request, _FORM)
        fields = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_FIELDS)
    except HTTPException as error:
        if error.status_code == 413:
            raise HTTPException(413, f"a form has {_FORM:,} bytes at most") from None
        raise
    except ValueError:
        raise HTTPException(400, f"a form has {_FIELDS} fields at most") from None
    return {name: value.replace("\r\n", "\n") for name, value in fields}


def _enter(request: Request, token: str, to: str) -> Response:
    # Nowhere but here: whoever made the link might want to show what looks like this page.
    is_ours = to.startswith("/") and not to.startswith(("//", "/\\"))
    response = RedirectResponse(to if is_ours else "/", 303)
    if request.state.session or request.state.enter(response, token):
        return response
    view = View("Log in", "login.html", {"to": to, "is_wrong": True}, status=401)
    return _render(view, request)


async def _logout(request: Request) -> Response:
    response = RedirectResponse("/login", 303)
    request.state.leave(response, request.headers)
    return response


def _link(query: QueryParams, path: str, **parts: Any) -> str:
    """The address of a page of this server, as of the moment that is looked at."""
    pairs = [(name, value) for name, value in parts.items() if value not in (None, "", [])]
    if (as_of := query.get("as_of", "").strip()) and "as_of" not in parts:
        pairs.append(("as_of", as_of))
    return path + (f"?{urlencode(pairs, doseq=True)}" if pairs else "")


def _here(request: Request, **parts: Any) -> str:
    """The address of this page with some parts of it otherwise; None takes one out."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if value]
    pairs = [(name, value) for name, value in pairs if name not in parts]
    for name, value in parts.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        pairs += [(name, one) for one in values if one not in (None, "")]
    return request.url.path + (f"?{urlencode(pairs)}" if pairs else "")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("graphstore.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(words.FILTERS)
    environment.globals["static"] = _static
    environment.globals["once"] = partial(secrets.token_hex, 16)
    return environment


def _finalize(value: Any) -> Any:
    """What somebody recorded is shown as what it is: control characters steer nothing."""
    if value is None:
        return ""
    return value if isinstance(value, Markup) else printable(str(value))


def files() -> list[Path]:
    """The files that pages are made of, and those that they load."""
    return [
        file
        for folder in ("static", "templates")
        for file in sorted((_HERE / folder).rglob("*"))
        if file.is_file()
    ]


@cache
def _static(name: str) -> str:
    """The address of a script or style; it changes with what stands in it."""
    digest = sha256((_HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"

"""The API as an application of its own: what a request says is checked, asked and answered."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from graphstore.errors import DISTRIBUTION
from graphstore.graph.answer import LineageGraph
from graphstore.model.plain import in_json
from graphstore.store import Store
from graphstore.system.doubts import doubts
from graphstore.web.api.questions import CALLS, Call
from graphstore.web.calls import HEADERS, Threads
from graphstore.web.openlineage import detail_of
from graphstore.web.pages.frame import Asked, Page, View

__all__ = ["API", "PREFIX"]

PREFIX = "/api"
_DOUBT = "Graphstore-Warning"
"""The header of what an answer may lack; one for each."""
_HEADERS = {
    # A browser that is led here shows text, whatever somebody recorded.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    **HEADERS,
}
_ABOUT = (
    "The answers are those of the commands' `--json` (docs/api.md). They only read, and have a"
    ' bound; what goes wrong is `{"error": "…"}`. A team\'s server asks for a token:'
    " `authorization: Bearer TOKEN`."
)
_ERRORS = {
    400: "What was asked for cannot be right; the sentence says why",
    401: "The server asks for a token that it knows",
    404: "There is no such node, type, context or call",
    409: "What is stored does not allow an answer; the sentence says why",
    503: "The store does not answer, or there is too much to do: try again",
}


class API:
    """The calls over one store."""

    def __init__(self, store: Store, threads: Threads) -> None:
        """
        Args:
            store: What is asked.
            threads: What asks it.
        """
        self._threads = threads
        self._application = FastAPI(
            title="graphstore",
            version=version(DISTRIBUTION),
            description=_ABOUT,
            servers=[{"url": PREFIX}],
            openapi_url="/openapi.json",
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            exception_handlers={HTTPException: _refuse, RequestValidationError: _refuse_values},
        )
        for call in CALLS:
            self._application.add_api_route(
                call.path,
                self._endpoint(call, store),
                methods=["GET"],
                tags=[call.group],
                operation_id=call.answer.__name__,
                summary=(inspect.getdoc(call.answer) or "").partition("\n")[0],
                description=_description(call),
                response_class=JSONResponse,
                responses={status: _error(text) for status, text in _ERRORS.items()},
            )
        described = self._application.openapi
        self._application.openapi = lambda: _without_422(described())  # type: ignore[method-assign]

    def mount(self) -> Mount:
        """All of its routes."""
        return Mount(PREFIX, self._application)

    def pages(self) -> Sequence[Page]:
        """The page for people: which calls there are."""
        return (Page(PREFIX, self._list),)

    @property
    def schema(self) -> dict[str, Any]:
        """The document of OpenAPI."""
        return self._application.openapi()

    def _list(self, asked: Asked) -> View:
        groups: dict[str, list[dict[str, Any]]] = {}
        for path, methods in self.schema["paths"].items():
            call = {"path": PREFIX + path, "parameters": [], **methods["get"]}
            call["options"] = [
                {**one, "says": _says(one["schema"])} for one in call.pop("parameters")
            ]
            groups.setdefault(call["tags"][0], []).append(call)
        return View("API", "api.html", {"groups": groups, "about": _ABOUT})

    def _endpoint(self, call: Call, store: Store) -> Callable[..., Any]:
        _, *own = inspect.signature(call.answer, eval_str=True).parameters.values()
        names = [one.name for one in own]

        async def endpoint(request: Request, **values: Any) -> Response:
            for name in request.query_params:
                if name not in names:
                    # An answer that ignores a condition looks like one that meets it.
                    raise HTTPException(
                        400, f"{name!r} is no parameter of this call: it has {', '.join(names)}"
                    )
            work = partial(_answer, call, store, values)
            by = getattr(request.state, "by", None)
            body, told = await self._threads.run(by, work)
            response = Response(body, media_type="application/json", headers=_HEADERS)
            for text in told:
                response.headers.append(_DOUBT, text.encode("ascii", "backslashreplace").decode())
            return response

        keyword = inspect.Parameter.KEYWORD_ONLY
        request = inspect.Parameter("request", keyword, annotation=Request)
        endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [request, *(one.replace(kind=keyword) for one in own)]
        )
        return endpoint


def _answer(call: Call, store: Store, values: Mapping[str, Any]) -> tuple[bytes, list[str]]:
    """The body of an answer, and what it may lack."""
    with doubts() as told:
        answer = call.answer(store, **values)
    if isinstance(answer, LineageGraph):
        return answer.model_dump_json(exclude_none=True).encode(), told
    text = json.dumps(in_json(answer), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace"), told


def _description(call: Call) -> str:
    text = inspect.getdoc(call.answer) or ""
    return f"{text}\n\nThe same as `graphstore {call.command} --json`." if call.command else text


def _error(text: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _without_422(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without what FastAPI would answer to wrong values, and these answer by 400."""
    for methods in schema["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
    schema.get("components", {}).pop("schemas", None)
    return schema


def _says(schema: Mapping[str, Any]) -> str:
    """What a parameter takes, in a word or two."""
    kinds = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    (kind,) = kinds
    if "enum" in kind:
        text = " | ".join(map(str, kind["enum"]))
    elif kind.get("type") == "array":
        text = "several"
    else:
        text = {"integer": "number", "number": "number", "boolean": "true | false"}.get(
            kind.get("type", ""), "text"
        )
    if "maximum" in kind:
        text += f", {kind.get('minimum', 0):,} to {kind['maximum']:,}"
    default = schema.get("default")
    return text if default in (None, [], False) else f"{text}; {default}"


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = detail_of(request, error)
    return JSONResponse({"error": detail}, error.status_code, {**_HEADERS, **(error.headers or {})})


async def _refuse_values(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = next((str(part) for part in first["loc"][1:]), "the request")
    text = f"{name}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    if first["type"] != "missing":
        text += f"; found {str(first['input'])[:200]!r}"
    return JSONResponse({"error": text}, 400, _HEADERS)

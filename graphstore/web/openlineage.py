"""What OpenLineage's clients send: ``POST /api/v1/lineage``, one event or a batch of them.

The answers are those that its clients know: 201 without a body, as Marquez gives, and of a batch
200 with what became of it (spec/OpenLineage.yml). What the store does not take is 400 with a
sentence, and not sent again; 503 is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from graphstore.errors import InvalidArgument, StoreError, brief
from graphstore.interop.openlineage.events import Event, parse
from graphstore.interop.openlineage.ingestion import Ingestion
from graphstore.web.bodies import read_json
from graphstore.web.calls import Threads, status_of
from graphstore.web.paths import LINEAGE

__all__ = ["detail_of", "routes"]


def routes(ingestion: Ingestion, threads: Threads, most: int) -> list[Route]:
    """The routes.

    Args:
        ingestion: What takes events in.
        threads: What stores them.
        most: Bytes that a body may have.
    """

    async def take(request: Request) -> Response:
        try:
            event = _parse(await read_json(request, most), request.state.namespace)
        except InvalidArgument as error:
            raise HTTPException(400, str(error)) from None
        await threads.run(request.state.by, partial(ingestion.put, [event]))
        return Response(status_code=201)

    async def take_batch(request: Request) -> Response:
        events = await read_json(request, most)
        if not isinstance(events, list):
            raise HTTPException(400, f"a batch is a list of events, and this is {brief(events)}")
        put_all = partial(_put_all, ingestion, events, request.state.namespace)
        failures = await threads.run(request.state.by, put_all)
        told: list[dict[str, Any]] = [
            {"index": index, "reason": _reason(error, threads), "retriable": status == 503}
            for index, error in sorted(failures.items())
            for status in (status_of(error),)
        ]
        again = sum(one["retriable"] for one in told)
        summary = {
            "received": len(events),
            "successful": len(events) - len(told),
            "failed": len(told),
            "retriable": again,
            "non_retriable": len(told) - again,
        }
        status = "partial_success" if told else "success"
        return JSONResponse({"status": status, "summary": summary, "failed_events": told})

    return [
        Route(path + end, endpoint, methods=["POST"])
        for path, endpoint in ((LINEAGE, take), (f"{LINEAGE}/batch", take_batch))
        for end in ("", "/")
    ]


def _parse(body: Any, namespace: str | None) -> Event:
    """The event of whoever is bound to this namespace, or to none.

    Raises:
        InvalidArgument: If it is none.
    """
    return replace(parse(body), namespace=namespace)


def _put_all(
    ingestion: Ingestion, bodies: Sequence[Any], namespace: str | None
) -> dict[int, StoreError]:
    """Take in a batch: each event for itself in what it comes to; answers the errors by place."""
    failures: dict[int, StoreError] = {}
    events: list[tuple[int, Event]] = []
    for index, body in enumerate(bodies):
        try:
            events.append((index, _parse(body, namespace)))
        except InvalidArgument as error:
            failures[index] = error
    return failures | ingestion.put_each(events)


def _reason(error: StoreError, threads: Threads) -> str:
    return threads.refusal(error).detail


def detail_of(request: Request, error: HTTPException) -> str:
    """What programs are told of an error. Starlette's own words for what there is not (404, 405)
    help nobody: most who get them mean another address."""
    if error.detail != HTTPStatus(error.status_code).phrase:
        return error.detail
    base = request.url.replace(path="", query="")
    return (
        f"nothing answers {request.method} {request.url.path}: /api lists the calls. OpenLineage's"
        f" events are sent to {LINEAGE}: the URL of its client is {base} without a slash at"
        " its end, and no more"
    )

"""Home: what ran, what failed, what is in production, what waits."""

from __future__ import annotations

import json

from graphstore.database.queries import QUERIES
from graphstore.model.roles import Role, guess_of, role_of
from graphstore.model.types import ArtifactType
from graphstore.recording.held import all_held
from graphstore.web.pages.frame import Asked, Behind, Page, View

__all__ = ["PAGES"]

_RUNS = 10
_FAILURES = 5
_PIPELINES = 20
_PRODUCTION = 20
_DATA_TYPES = 20
"""Types of data that the list of data is made of."""


def home(asked: Asked) -> View:
    """The first page."""
    store, as_of = asked.store, asked.as_of
    failures = store.executions.list(
        states=["FAILED"], descending=True, limit=_FAILURES, as_of=as_of
    )
    production = store.production(as_of=as_of, limit=_PRODUCTION + 1)
    facts = {
        "data": _data(asked),
        "runs": store.runs(limit=_RUNS, as_of=as_of),
        "pipelines": asked.pipelines(_PIPELINES),
        "failures": failures,
        "production": production[:_PRODUCTION],
        "production_is_all": len(production) <= _PRODUCTION,
        "running": [] if as_of is not None else store.doctor.running(),
        "waiting": [one for one in all_held() if one.in_store(store.address)],
    }
    behind = Behind(
        python=f"store.runs(limit={_RUNS})\nstore.production()\nstore.doctor.running()",
        command=f"graphstore runs --limit {_RUNS}\ngraphstore production\ngraphstore doctor",
        cypher=QUERIES["browse.runs"].text,
    )
    return View("Home", "home.html", facts, behind)


def _data(asked: Asked) -> str:
    """The filter that the list of data has; empty where no type says, or suggests, that it is data:
    then all artifacts are shown."""
    types = asked.store.types.list(ArtifactType)
    names = {one.name for one in types if Role.DATA in (role_of(one), guess_of(one))}
    named = sorted(one for one in names if not one.startswith("mlmd."))[:_DATA_TYPES]
    few = [json.dumps(one, ensure_ascii=False) for one in named]
    return f"type IN ({', '.join(few)})" if few else ""


PAGES = (Page("/", home),)

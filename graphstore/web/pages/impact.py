"""What an artifact got into, as a list to hand over: on a page, as CSV, as text.

Its addresses are ``/a45/impact`` and ``/a45/impact.csv``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from starlette.responses import Response

from graphstore.database.queries import QUERIES
from graphstore.model.nodes import NodeRef
from graphstore.model.roles import Role
from graphstore.questions.impact import Impact, Reached
from graphstore.storage.rows import known_at
from graphstore.web.calls import HEADERS
from graphstore.web.pages.frame import Asked, Behind, Page, View
from graphstore.web.pages.words import in_csv, name_of

__all__ = ["PAGES"]

_ROWS = 200
"""Of each role that the page shows; the text has all of them, and the CSV."""
_NODES, _NODES_OF_TABLE = 10_000, 100_000
"""Nodes that are looked at for the page, and for the CSV, which is to be handed over."""
_STEPS = 12
"""Nodes of a way that are shown."""
_ROLES = (Role.DEPLOYMENT, Role.MODEL, Role.EVALUATION)
_COLUMNS = (
    *("role", "id", "type", "name", "uri", "standing", "guessed_by", "owners"),
    *("pipelines", "runs", "way"),
)


def impact(asked: Asked) -> View:
    """The page of what it reached."""
    ref = NodeRef.parse(asked.path["ref"])
    answer = asked.store.impact(ref, max_nodes=_NODES, as_of=asked.as_of)
    groups = [
        (role, group, [(one, _standing(one), *_way(one)) for one in group[:_ROWS]])
        for role in _ROLES
        if (group := [one for one in answer.reached if one.role is role])
    ]
    facts = {
        "answer": answer,
        "groups": groups,
        "owners": [(owner, len(found)) for owner, found in answer.by_owner().items()][:_ROWS],
        "guesses": sum(bool(one.guessed) for one in answer.reached),
        "text": str(answer),
        "most": _NODES,
        "most_of_table": _NODES_OF_TABLE,
    }
    values: dict[str, str | datetime] = {"artifact_id": str(ref.id)}
    if asked.as_of is not None:
        values["known_at"] = known_at(asked.as_of)
    behind = Behind(
        f"store.impact({ref.short!r}{asked.then_python})",
        f"graphstore impact {ref.short}{asked.then_command}",
        QUERIES["questions.what_did_it_reach"].pasted(values),
    )
    return View(
        f"What {ref.short} {name_of(answer.artifact)} reached", "impact.html", facts, behind
    )


def table(asked: Asked) -> Response:
    """The same as CSV, to hand over: of more nodes, and its last row says if that is not all."""
    ref = NodeRef.parse(asked.path["ref"])
    text = _csv(asked.store.impact(ref, max_nodes=_NODES_OF_TABLE, as_of=asked.as_of))
    headers = {
        "Content-Disposition": f'attachment; filename="impact-{ref.short}.csv"',
        **HEADERS,
    }
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _csv(answer: Impact) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for one in answer.reached:
        node = one.node
        values = (
            *(one.role.value, node.ref.short, node.type, node.name, getattr(node, "uri", None)),
            *(_standing(one), one.guessed, ", ".join(one.owners)),
            ", ".join(context.name for context in one.pipelines),
            ", ".join(context.name for context in one.runs),
            " ".join(ref.short for ref in one.path),
        )
        writer.writerow([in_csv(value) for value in values])
    if answer.truncated:
        nodes = f"more lies beyond {_NODES_OF_TABLE:,} nodes: this list is not all of it"
        writer.writerow(["cut off", "", "", nodes, *[""] * (len(_COLUMNS) - 4)])
    return text.getvalue()


def _standing(one: Reached) -> str:
    """How it stands, in a word or two."""
    if one.node.deletion is not None:
        return str(one.node.deletion)
    if one.live:
        return "live"
    return "planned" if one.planned else "not live"


def _way(one: Reached) -> tuple[Sequence[NodeRef], Sequence[NodeRef]]:
    """A shortest way there: all of it, or how it begins and ends."""
    path = one.path
    if len(path) <= _STEPS:
        return path, ()
    return path[: _STEPS // 2], path[-_STEPS // 2 :]


PAGES = (Page("/{ref:artifact}/impact", impact), Page("/{ref:artifact}/impact.csv", table))

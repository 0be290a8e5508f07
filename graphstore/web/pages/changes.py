"""The log: what was recorded, changed and deleted, by whom, when, from what to what."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from shlex import quote
from typing import Any

from graphstore.answers import CHANGES_SINCE
from graphstore.database import deadline
from graphstore.model.nodes import NodeRef
from graphstore.web.pages.frame import Asked, Behind, Page, View

__all__ = ["PAGES"]

_LIMIT = 100
_ROWS = 500
"""Changes that are shown: what one moment has stays together, and may be an import's."""
_MOMENT = timedelta(milliseconds=1)
_SECONDS = 20.0
"""A log by somebody is looked through until there are enough: not for longer than this."""
_VALUES = 8
"""Changed values of one change that are shown."""


def changes(asked: Asked) -> View:
    """The page of changes, the latest first unless asked otherwise, and where the next begins."""
    store = asked.store
    of, by = asked.texts("of"), asked.text("by")
    limit = asked.whole("limit", _LIMIT)
    descending = asked.text("earliest") not in ("1", "true", "on")
    since, until = asked.time("since"), asked.time("until")
    is_default = since is None and bool(by) and not of
    if is_default:  # all that others recorded is looked through for it
        since = datetime.now(timezone.utc) - CHANGES_SINCE
    if (then := asked.as_of) is not None:
        known = then if isinstance(then, datetime) else then.until
        until = min(filter(None, [until, known + _MOMENT]))
    nodes = [NodeRef.parse(one) for one in of]
    with deadline(_SECONDS):
        page = store.changes(
            nodes or None,
            since=asked.time("after") or since,
            until=asked.time("before") or until,
            by=by or None,
            limit=limit,
            descending=descending,
        )
    more = len(page) >= limit
    last = page[-1].time if page else None
    facts = {
        "changes": page[:_ROWS],
        "count": len(page),
        "before": last.isoformat() if last and more and descending else None,
        "after": (last + _MOMENT).isoformat() if last and more and not descending else None,
        "of": of,
        "by": by,
        "since": asked.text("since"),
        "until": asked.text("until"),
        "limit": limit,
        "descending": descending,
        "is_default": is_default,
        "days": CHANGES_SINCE.days,
        "most_values": _VALUES,
    }
    behind = _behind(of, since, until, by, limit, descending=descending)
    return View("Changes", "changes.html", facts, behind)


def _behind(
    of: list[str],
    since: datetime | None,
    until: datetime | None,
    by: str,
    limit: int,
    *,
    descending: bool,
) -> Behind:
    options: list[tuple[str, Any]] = [("since", since), ("until", until), ("by", by or None)]
    given = [(name, value) for name, value in options if value is not None]
    python = [repr(of)] if of else []
    python += [f"{name}={_python(value)}" for name, value in given]
    python += [f"limit={limit}", *(["descending=True"] if descending else [])]
    command = "".join(f" {quote(one)}" for one in of)
    for name, value in given:
        text = value.isoformat() if isinstance(value, datetime) else str(value)
        command += f" --{name} {quote(text)}"
    newest = " --newest" if descending else ""
    return Behind(
        f"store.changes({', '.join(python)})", f"graphstore log{command} --limit {limit}{newest}"
    )


def _python(value: Any) -> str:
    if isinstance(value, datetime):
        return f"datetime.fromisoformat({value.isoformat()!r})"
    return repr(value)


PAGES = (Page("/changes", changes),)

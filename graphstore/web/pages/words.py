"""How values are written on pages: filters and functions of the templates."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from markupsafe import Markup, escape

from graphstore.graph.answer import short_type
from graphstore.model.nodes import Artifact, Node
from graphstore.model.plain import in_json
from graphstore.model.times import when
from graphstore.printable import one_line
from graphstore.questions.about.metrics import number

__all__ = ["FILTERS", "in_csv", "name_of"]

_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def name_of(node: Node) -> str:
    """What people call a node: its name, the end of where it is, or its type.

    A UUID is no name to people; and a number, as TFX puts it at the end of its uris, says nothing
    without what stands before it.
    """
    if node.name and not _UUID.fullmatch(node.name):
        return one_line(node.name)
    if isinstance(node, Artifact) and node.uri:
        *before, last = node.uri.rstrip("/").split("/")
        parts = [*before[-1:], last] if last.isdigit() else [last]
        return one_line("/".join(parts) or node.uri)
    return short_type(node.type)


def _time(value: datetime | None) -> Markup:
    """A time: in UTC to the second, and for programs to the millisecond."""
    if value is None:
        return Markup("")
    iso = value.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return Markup('<time datetime="{}">{}</time>').format(iso, when(value))


def _duration(seconds: float | None) -> str:
    """Seconds as people say them: ``1 h 5 min``; empty where nobody knows."""
    if seconds is None:
        return ""
    if seconds < 0:
        return f"-{_duration(-seconds)}"
    if seconds < 60:
        return f"{number(round(seconds, 1))} s"
    parts, rest = [], float(round(seconds))
    for size, unit in _UNITS:
        whole, rest = divmod(rest, size)
        if whole:
            parts.append(f"{whole:g} {unit}")
    return " ".join(parts[:2])


def _value(value: Any) -> str:
    """A property as it is read: numbers short, all else as JSON has it."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return when(value)
    return json.dumps(in_json(value), ensure_ascii=False)


def _data(value: Any) -> Markup:
    """JSON within an element ``script``, whatever stands in its strings."""
    try:  # at once, since curves have a hundred thousand points
        text = _json(value)
    except (TypeError, ValueError):
        text = _json(in_json(value))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plural(count: int, what: str) -> str:
    """``3 runs``, ``1 run``."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def _tone(state: object) -> str:
    """How a state looks: good, bad, doubtful or none of them."""
    text = str(getattr(state, "value", state) or "").upper()
    if text in ("COMPLETE", "CACHED", "LIVE", "SUCCESS", "UNCHANGED", "GREEN"):
        return "good"
    if text in ("FAILED", "ABANDONED", "DELETED", "FAILURE", "CHANGED", "RED"):
        return "bad"
    return "doubtful" if text in ("RUNNING", "PENDING", "CANCELED", "GONE", "AMBER") else ""


def _state(state: object) -> Markup:
    """A state, in words and colour."""
    text = str(getattr(state, "value", state) or "")
    if not text:
        return Markup("")
    return Markup('<span class="state {}">{}</span>').format(_tone(state), escape(text))


def in_csv(value: Any) -> str:
    """A cell of CSV that is text to spreadsheets, too: one that begins like a formula is quoted."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


FILTERS: Mapping[str, Callable[..., Any]] = {
    "data": _data,
    "duration": _duration,
    "name_of": name_of,
    "number": number,
    "plural": _plural,
    "short_type": short_type,
    "state": _state,
    "time": _time,
    "tone": _tone,
    "value": _value,
}

"""Nodes as a table: a row a node, a column a field or a property that any of them has."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from graphstore.errors import MissingExtra
from graphstore.model.nodes import Node
from graphstore.model.plain import in_json
from graphstore.printable import printable

__all__ = ["columns_of", "the_pandas", "to_csv", "to_html"]

_FIRST = ("id", "type", "type_version", "name", "state", "uri")
_PROPERTIES = ("properties", "custom_properties")


def columns_of(nodes: Sequence[Node]) -> dict[str, list[Any]]:
    """The columns by name, each as long as there are nodes; None where one has no such value.

    Fields come first, then the properties by name. A property that is called like a field, or of
    whose name there are a declared and a custom one, has its own in front: ``properties.name``.
    """
    fields: dict[str, None] = dict.fromkeys(_FIRST)
    names: dict[tuple[str, str], str] = {}
    for node in nodes:
        fields.update(dict.fromkeys(type(node).model_fields))
        for group in _PROPERTIES:
            names.update({(name, group): name for name in getattr(node, group)})
    twice = {name for name, group in names if (name, _PROPERTIES[group == _PROPERTIES[0]]) in names}
    columns: dict[str, list[Any]] = {}
    for field in fields:
        values = [getattr(node, field, None) for node in nodes]
        if field not in _PROPERTIES and (
            field in ("id", "type") or any(v is not None for v in values)
        ):
            columns[field] = values
    for name, group in sorted(names):
        title = f"{group}.{name}" if name in twice or name in fields else name
        columns[title] = [getattr(node, group).get(name) for node in nodes]
    return columns


def the_pandas() -> Any:
    """The module pandas, which makes data frames of tables.

    Raises:
        MissingExtra: If the extra ``pandas`` is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise MissingExtra("to_pandas", "pandas", "pandas") from None
    return pandas


def to_csv(nodes: Sequence[Node]) -> str:
    """The table as CSV (RFC 4180) with its heading; structures are JSON, no value is empty."""
    columns = columns_of(nodes)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(map(_cell, values) for values in columns.values()), strict=True))
    return text.getvalue()


def to_html(nodes: Sequence[Node], note: str = "") -> str:
    """The table as a piece of HTML, for notebooks; all that is in it is escaped."""
    columns = columns_of(nodes)
    heads = "".join(f"<th>{_escape(name)}</th>" for name in columns)
    rows = zip(*columns.values(), strict=True)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    below = f"<p>{_escape(note)}</p>" if note else ""
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{below}"


def _escape(text: str) -> str:
    return html.escape(printable(text))


def _cells(row: Iterable[Any]) -> str:
    return "".join(f"<td>{_escape(_cell(value))}</td>" for value in row)


def _cell(value: Any) -> str:
    plain = in_json(value)
    if plain is None:
        return ""
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)

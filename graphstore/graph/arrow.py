"""Nodes and events as tables of Apache Arrow, for pandas, Polars, DuckDB and Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from graphstore.errors import MissingExtra
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Execution
from graphstore.model.values import Proto
from graphstore.storage.rows import encode_path

if TYPE_CHECKING:
    import pyarrow

__all__ = ["LineageTables", "tables"]

EXACT = 2**53
"""Up to here each whole number is a double."""


class LineageTables(NamedTuple):
    """Lineage as three tables, in the order of the answer."""

    artifacts: pyarrow.Table
    """A row an artifact: its fields, and a column a property: ``properties.KEY``, or
    ``custom_properties.KEY``; null where it has no such thing."""
    executions: pyarrow.Table
    """A row an execution: its fields, and a column a property: ``properties.KEY``, or
    ``custom_properties.KEY``; null where it has no such thing."""
    events: pyarrow.Table
    """A row an event: its two ends by id, its type, its path as it is in Neo4j (the index 3 is
    ``[3]``), its role and its time."""


def tables(
    artifacts: Iterable[Artifact], executions: Iterable[Execution], events: Sequence[Event]
) -> LineageTables:
    """Artifacts, executions and events as Arrow tables.

    Ids are int64, those in sources text if one of them is; times timestamp[us, tz=UTC], types and
    states dictionaries of text. A property is int64, double, bool or string, if all of its values
    are; ints among doubles become doubles, if they can. A Struct is JSON; a Proto a struct of
    ``type_url`` and ``data``. If its values are of several kinds, they are text: strings as they
    are, all others as JSON.

    Raises:
        MissingExtra: If pyarrow is not installed (extra ``arrow``).
    """
    try:
        import pyarrow
    except ImportError:
        raise MissingExtra("to_arrow", "arrow", "pyarrow") from None
    word = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    time = pyarrow.timestamp("us", tz="UTC")
    fields: dict[str, Any] = {
        "id": pyarrow.int64(),
        "type": word,
        "type_version": word,
        "name": pyarrow.string(),
        "uri": pyarrow.string(),
        "external_id": pyarrow.string(),
        "state": word,
        "create_time": time,
        "last_update_time": time,
        "start_time": time,
        "end_time": time,
        "digest": pyarrow.string(),
        "fingerprint": pyarrow.string(),
        "source": word,
    }

    def of_nodes(nodes: Iterable[Any], model: type[Artifact | Execution]) -> pyarrow.Table:
        rows = [node.__dict__ for node in nodes]
        columns = {
            name: pyarrow.array([_plain(row.get(name)) for row in rows], type_)
            for name, type_ in fields.items()
            if name in model.model_fields
        }
        columns["source_id"] = _ids_there(pyarrow, [row["source_id"] for row in rows])
        for group in ("properties", "custom_properties"):
            # In the order of their first appearance.
            for key in dict.fromkeys(key for row in rows for key in row[group]):
                columns[f"{group}.{key}"] = _column(pyarrow, [row[group].get(key) for row in rows])
        return pyarrow.table(columns)

    return LineageTables(
        of_nodes(artifacts, Artifact),
        of_nodes(executions, Execution),
        pyarrow.table(
            {
                "artifact_id": pyarrow.array([e.artifact_id for e in events], pyarrow.int64()),
                "execution_id": pyarrow.array([e.execution_id for e in events], pyarrow.int64()),
                "type": pyarrow.array([e.type.value for e in events], word),
                "path": pyarrow.array(
                    [encode_path(e.path) for e in events], pyarrow.list_(pyarrow.string())
                ),
                "role": pyarrow.array([e.role for e in events], word),
                "time": pyarrow.array([e.time for e in events], time),
            }
        ),
    )


def _ids_there(pyarrow: Any, values: Sequence[int | str | None]) -> Any:
    """Ids in sources: numbers, or the text of each if some are texts."""
    if not any(isinstance(value, str) for value in values):
        return pyarrow.array(values, pyarrow.int64())
    return pyarrow.array([None if v is None else str(v) for v in values], pyarrow.string())


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)  # a state is an Enum


def _column(pyarrow: Any, values: Sequence[Any]) -> Any:
    """A property of all nodes; None where a node has none."""
    types = {type(value) for value in values} - {type(None)}
    if types == {int, float} and all(abs(v) <= EXACT for v in values if type(v) is int):
        return pyarrow.array([None if v is None else float(v) for v in values], pyarrow.float64())
    if types == {Proto}:
        type_ = pyarrow.struct([("type_url", pyarrow.string()), ("data", pyarrow.binary())])
        return pyarrow.array(
            [v and {"type_url": v.type_url, "data": v.data} for v in values], type_
        )
    plain: Mapping[type, Callable[[], Any]] = {
        bool: pyarrow.bool_,
        int: pyarrow.int64,
        float: pyarrow.float64,
        str: pyarrow.string,
    }
    if len(types) == 1 and (make_type := plain.get(*types)):
        # pandas' ways, in which NaN is null, are not ours: it is a value.
        return pyarrow.array(values, make_type(), from_pandas=False)
    return pyarrow.array([None if v is None else _text(v) for v in values], pyarrow.string())


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Proto):
        value = {"type_url": value.type_url, "data": value.data.hex()}
    return json.dumps(value, ensure_ascii=False)

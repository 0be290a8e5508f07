"""What the cells of a damaged table say: SQLite keeps any value in any column.

A cell that is not what its column is for becomes what it can be, or nothing, and is reported by its
table and its row. Sound rows, which are nearly all, are told by the types of their cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphstore.model.values import describe

__all__ = ["TEXTS", "Cells", "as_text"]

Cell = int | float | str | bytes | None

_NUMBERS = frozenset(
    [
        *("id", "type_id", "type_kind", "data_type", "parent_type_id"),
        *("artifact_id", "execution_id", "context_id", "parent_context_id", "event_id"),
        *("type", "state", "last_known_state", "is_custom_property", "is_index_step", "step_index"),
        *("create_time_since_epoch", "last_update_time_since_epoch", "milliseconds_since_epoch"),
    ]
)
_NAMES = frozenset(
    [
        *("name", "version", "description", "input_type", "output_type"),
        *("external_id", "uri", "step_key"),
    ]
)
TEXTS = _NAMES | {"string_value"}
"""The columns that hold text."""
_INT64 = 2**63


class Cells:
    """Makes the rows of one query sound: a number or None where numbers belong, likewise text.

    Columns that are in neither of the two lists are left as they are: values of properties.
    """

    def __init__(
        self, table: str, columns: Sequence[str], problem: Callable[[str], None], *, key: str = "id"
    ) -> None:
        """Rows of a table, as they are read.

        Args:
            table: For messages.
            columns: What the cells of a row are.
            problem: Is told of each cell that is something else.
            key: The column that names a row in messages.
        """
        self._table, self._columns, self._problem = table, tuple(columns), problem
        self._key = self._columns.index(key)
        self._sound: set[tuple[type, ...]] = set()

    def __call__(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """The row, with each cell as its column has it."""
        types = tuple(map(type, row))
        if types in self._sound:
            return row
        cells = tuple(
            self._cell(column, cell, row) for column, cell in zip(self._columns, row, strict=True)
        )
        if all(new is old for new, old in zip(cells, row, strict=True)):
            self._sound.add(types)
        return cells

    def _cell(self, column: str, cell: Cell, row: tuple[Any, ...]) -> Cell:
        if cell is None or (column not in _NUMBERS and column not in _NAMES):
            return cell
        if column in _NAMES:
            if isinstance(cell, str):
                return cell
            text = as_text(cell)
            self._tell(row, f"{column} is {_text(cell)}: read as the text {text[:60]!r}")
            return text
        if isinstance(cell, int):
            return cell
        if isinstance(cell, float) and cell.is_integer() and -_INT64 <= cell < _INT64:
            return int(cell)
        self._tell(row, f"{column} is {_text(cell)} and not a whole number: read as nothing")
        return None

    def _tell(self, row: tuple[Any, ...], what: str) -> None:
        self._problem(f"{self._table} {_text(row[self._key])}: {what}")


def as_text(cell: Cell) -> str:
    """A cell as text; bytes that are no UTF-8 as escapes."""
    return cell.decode(errors="backslashreplace") if isinstance(cell, bytes) else str(cell)


def _text(cell: Cell) -> str:
    return str(cell) if cell is None or isinstance(cell, int) else describe(cell)

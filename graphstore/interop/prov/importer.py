"""Imports documents of PROV that others wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, InvalidArgument, MissingExtra, NotFound
from graphstore.interop.importing.importer import import_history
from graphstore.interop.importing.report import ImportReport
from graphstore.interop.prov.exporter import Format
from graphstore.model.nodes import Context
from graphstore.store import Store
from graphstore.system.progress import OnProgress, silent

if TYPE_CHECKING:
    from graphstore.interop.prov.history import ProvHistory

__all__ = ["ProvReport", "import_prov"]


@dataclass
class ProvReport(ImportReport):
    """What became of a document of PROV."""

    document: str | None = field(kw_only=True)
    """The context that stands for it, ``c7``; `export_prov` of that gives it back. None if it was
    deleted here, and stays so."""
    read: Mapping[str, int] = field(kw_only=True)
    """How many records there are, by what PROV-N calls them."""
    kept_as_json: Mapping[str, int] = field(kw_only=True)
    """Relations that the graph has no edge for, or none that says all that they say, likewise. They
    are in the property ``records`` of the nodes that they are of."""


def import_prov(
    store: Store,
    path: str | Path,
    *,
    format: Format | None = None,
    source: str | None = None,
    on_progress: OnProgress = silent,
) -> ProvReport:
    """Import a document of W3C PROV: entities, activities, agents, and how they are related.

    A later copy of a document is known by its name, and adds what is new; it has to have what the
    earlier one had. All that a document says is kept, so that `export_prov` gives it back.

    Args:
        store: Where to.
        path: The file.
        format: Its serialisation; by default what the ending of its name says.
        source: The name of the document, which is that of the file otherwise.
        on_progress: Is told of every batch.

    Returns:
        What became of it.

    Raises:
        UnsupportedFile: If it is no document of PROV in this serialisation; nothing was written.
        FailedPrecondition: If the store has another document of this name; nothing was written.
        InvalidArgument: If there is no such format, or the name is empty.
        MissingExtra: If the extra ``prov`` is not installed.
        OSError: If the file cannot be read.
    """
    if format is not None and format not in get_args(Format):
        formats = ", ".join(get_args(Format))
        raise InvalidArgument(f"format must be one of {formats}, not {format!r}")
    try:
        import prov  # noqa: F401
    except ImportError:
        raise MissingExtra("PROV", "prov", "prov") from None
    from graphstore.interop.prov.history import ProvHistory
    from graphstore.interop.prov.reading import read

    path = Path(path)
    parts, problems = read(path, format)
    name = path.stem if source is None else source
    history = ProvHistory(parts, name, str(path), problems)
    _check_it_goes_on(store, history)
    report = import_history(store, history, source=name, on_progress=on_progress)
    context = _context(store, name)
    return ProvReport(
        **vars(report),
        document=None if context is None else context.ref.short,
        read=history.read,
        kept_as_json=dict(sorted(history.kept_as_json.items())),
    )


def _check_it_goes_on(store: Store, history: ProvHistory) -> None:
    """Refuse a document that does not go on where the one of this name in the store ended."""
    from graphstore.interop.prov.history import FORMAT, ProvHistory
    from graphstore.interop.prov.original import original

    for row in store.database.rows(QUERIES["source.list"]):
        if row["source"]["name"] == history.name and row["source"].get("format") != FORMAT:
            raise FailedPrecondition(
                f"the history {history.name!r} in this store is no document of PROV; import"
                f" {history.place} under another name (--source)"
            )
    context = _context(store, history.name)
    if context is None:
        return
    older = ProvHistory(original(store, context).parts, history.name, history.place, [])
    lacked = history.lacks(older)
    if lacked is not None:
        raise FailedPrecondition(
            f"{history.place} is no later copy of the document {history.name!r} in this store,"
            f" which has {lacked}: import it under another name (--source)"
        )
    history.compare_times(older)


def _context(store: Store, name: str) -> Context | None:
    """The context that stands for a document; None if there is none, or it was deleted."""
    from graphstore.interop.prov.history import DOCUMENT

    try:
        context = store.contexts.get_by_name(DOCUMENT, name)
    except NotFound:
        return None
    return None if context.deletion is not None else context

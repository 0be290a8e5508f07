"""Writes a lineage as a document of PROV."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, get_args

from graphstore.errors import InvalidArgument, MissingExtra
from graphstore.interop.exporting.gathering import MAX_NODES, gather
from graphstore.interop.exporting.report import Document, counts_of
from graphstore.model.nodes import NodeRef
from graphstore.model.refs import NodeLike, reference
from graphstore.model.times import KnownAt
from graphstore.store import Store

if TYPE_CHECKING:
    from graphstore.interop.prov.original import Original

__all__ = ["Format", "export_prov"]

Format = Literal["json", "jsonld", "provn", "xml", "rdf"]
"""PROV-JSON, PROV-JSONLD, PROV-N, PROV-XML, PROV-O in TriG."""


def export_prov(
    store: Store,
    of: NodeLike,
    *,
    format: Format = "json",
    max_nodes: int = MAX_NODES,
    passed_on: bool = False,
    as_of: KnownAt | None = None,
) -> Document:
    """How something came to be, as a document of W3C PROV.

    Args:
        store: Whom to ask.
        of: An artifact, with all that it was made from; an execution, with what it made and all
            that this was made from; or a context, a run say, with what its executions read and
            made. The context of a document that was imported gives that back as it was.
        format: In which serialisation.
        max_nodes: Artifacts and executions at most, the nearest; the document says if there are
            more.
        passed_on: Whether to follow who only passed something on, too, as `Lineage.upstream` does.
        as_of: What the store said at this time; None for now.

    Returns:
        The document: the same for the same history.

    Raises:
        NotFound: If there is no such node.
        InvalidArgument: If there is no such format.
        MissingExtra: If the extra ``prov`` is not installed.
    """
    if format not in get_args(Format):
        formats = ", ".join(get_args(Format))
        raise InvalidArgument(f"format must be one of {formats}, not {format!r}")
    try:
        import prov  # noqa: F401
    except ImportError:
        raise MissingExtra("PROV", "prov", "prov") from None
    from graphstore.interop.prov.document import document

    came_in = _imported(store, reference(of), as_of)
    if came_in is None:
        facts = gather(store, of, max_nodes=max_nodes, passed_on=passed_on, as_of=as_of)
        written, counts = document(facts), counts_of(facts)
    else:
        written, counts = came_in.parts.document(), came_in.counts
    with warnings.catch_warnings():
        # prov asks rdflib for what that is to lose.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"(rdflib|prov)\b")
        try:
            options: dict[str, Any] = {"indent": 1} if format.startswith("json") else {}
            text = written.serialize(format=format, **options)
        except ImportError as error:
            package = {"xml": "lxml", "rdf": "rdflib"}[format]
            raise MissingExtra(f"PROV as {format}", "prov", package) from error
    assert text is not None  # it is, where no file was given
    return Document(**counts, text=text)


def _imported(store: Store, of: NodeRef, as_of: KnownAt | None) -> Original | None:
    """The document that came in, if that is what a context stands for."""
    from graphstore.interop.prov.history import DOCUMENT
    from graphstore.interop.prov.original import original

    if of.kind != "context":
        return None
    context = store.contexts.get(of, as_of=as_of)
    if context.type != DOCUMENT or context.deletion is not None:
        return None
    return original(store, context, as_of)

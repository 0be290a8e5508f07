"""Filters: conditions on nodes as users write them, ML Metadata's `filter_query`.

::

    compile_filter("artifact", "type = 'Model' AND contexts_run.name = 'iris'")

A filter is parsed (`parsing`, into the tree of `syntax`), checked as a whole against the names and
types that there are (`checking`, `vocabulary`), shortened (`simplifying`), and made into one
condition in Cypher (`translation`, `conditions`). ``docs/filter.md`` is the user's guide
to the language.
"""

from __future__ import annotations

from functools import lru_cache

from graphstore.filters.checking import Field, check
from graphstore.filters.conditions import Filter, Near, translate
from graphstore.filters.parsing import parse
from graphstore.filters.simplifying import simplify
from graphstore.model.types import Kind

__all__ = ["Filter", "Near", "asks_neighbours", "compile_filter"]


@lru_cache(maxsize=256)
def compile_filter(kind: Kind, text: str, *, then: bool = False) -> Filter:
    """What the filter `text` is as a condition on nodes of this kind.

    Args:
        kind: The kind of node, after which the condition's variable is named.
        text: The filter.
        then: Whether it is on what the store said at a time: the parameter ``$known_at`` of the
            query that it goes into.

    Returns:
        The condition and its parameters, which are not to be changed.

    Raises:
        InvalidArgument: If it is no filter on such nodes; the message shows where, and why.
    """
    return translate(kind, text, simplify(check(kind, text, parse(text))), then=then)


def asks_neighbours(kind: Kind, text: str) -> bool:
    """Whether the filter `text` asks for more than the nodes of this kind say themselves: for their
    contexts, events and the like.

    Raises:
        InvalidArgument: If it is no filter on such nodes.
    """
    parts = check(kind, text, parse(text)).walk()
    return any(isinstance(part, Field) and part.alias is not None for part in parts)

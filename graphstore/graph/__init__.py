"""The answer to a question of lineage, and the forms that other tools take it in."""

from graphstore.graph.answer import LineageGraph

__all__ = ["LineageGraph"]

"""Walks over the history of things, and how far they go."""

from graphstore.lineage.walks import Found, Lineage, NodeIds, Producer, Stop, Within

__all__ = ["Found", "Lineage", "NodeIds", "Producer", "Stop", "Within"]

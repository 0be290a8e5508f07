"""Executions: runs of components."""

from __future__ import annotations

from typing import Any, ClassVar

from graphstore.model.nodes import Execution, ExecutionState
from graphstore.repository.nodes import Nodes

__all__ = ["Executions"]


class Executions(Nodes[Execution]):
    """The executions of a store."""

    _model: ClassVar[Any] = Execution
    _states = ExecutionState
    _mask_fields = Nodes._mask_fields | frozenset(["state", "start_time", "end_time"])

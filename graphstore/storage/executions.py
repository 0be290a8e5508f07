"""Executions: runs of components."""

from __future__ import annotations

from typing import Any, ClassVar

from graphstore.model.nodes import Execution, ExecutionState
from graphstore.storage.nodes import Nodes

__all__ = ["Executions"]


class Executions(Nodes[Execution]):
    """The executions of a store."""

    _model: ClassVar[Any] = Execution
    _states = ExecutionState

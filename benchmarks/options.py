"""The options of a run of the benchmark, and the peers that it is opened for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.servers import Address, server

__all__ = ["Options"]


def _by_address(module: str, name: str, address: Address, folder: Path) -> Any:
    return getattr(import_module(f"benchmarks.peers.{module}"), name)(address)


def _mlmd(address: Address, folder: Path) -> Any:
    from benchmarks.peers.mlmd import Mlmd

    return Mlmd(folder / "mlmd.sqlite")


# Imported when asked for: the short form has only what graphstore's own tests install.
_MAKERS: Mapping[str, Callable[[Address, Path], Any]] = {
    "ours": partial(_by_address, "ours", "Graphstore"),
    "raw": partial(_by_address, "raw", "Raw"),
    "mlmd": _mlmd,
    "neomodel": partial(_by_address, "neomodel_", "Neomodel"),
    "py2neo": partial(_by_address, "py2neo_", "Py2neo"),
}


_SMALLEST = 1_000
"""Nodes of the smallest graph that is compared: one of fewer has not all that is asked about."""


@dataclass(frozen=True)
class Options:
    """How large, how often, and where."""

    nodes: int
    """In the largest graph."""
    rounds: int
    """That count."""
    uri: str | None
    """Of a server, with user and password in it; None for local ones."""

    @property
    def sizes(self) -> Sequence[int]:
        """Nodes of the graphs by whose comparison a workload shows what it does not depend on.

        A server that was given has room for one graph.
        """
        if self.uri is not None:
            return [self.nodes]
        parts = (self.nodes // 100, self.nodes // 10, self.nodes)
        return sorted({min(max(part, _SMALLEST), self.nodes) for part in parts})

    @contextmanager
    def peers(self, *names: str) -> Iterator[list[Any]]:
        """Peers on one empty server and in a folder of their own, in the order of their names.

        Args:
            names: Of ``ours``, ``raw``, ``mlmd``, ``neomodel`` and ``py2neo``.
        """
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            address = stack.enter_context(server(self.uri))
            peers = []
            for name in names:
                peers.append(_MAKERS[name](address, folder))
                stack.callback(peers[-1].close)
            yield peers

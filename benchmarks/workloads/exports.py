"""Exports for auditors: a lineage in each format, beside the answer that they are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.histories import history
from benchmarks.measure import Result, interleave, timer
from benchmarks.options import Options
from benchmarks.workloads.lineage import last_model
from graphstore.interop.exporting.gathering import gather
from graphstore.interop.prov import export_prov
from graphstore.interop.rocrate import export_rocrate

__all__ = ["results"]

NODES = 40_000
"""Nodes of the graph: a quarter of them led to the last model of one of its two pipelines."""


def results(options: Options) -> Iterator[Result]:
    """Seconds of each."""
    with TemporaryDirectory() as folder, options.peers("ours") as (ours,):
        store = ours.store
        model = last_model(NODES, ours.load(history(NODES)))
        names = count()
        contestants: dict[str, Callable[[], object]] = {
            "the lineage alone": partial(store.lineage.upstream, model, max_nodes=NODES),
            "and its contexts": partial(gather, store, model),
            "PROV-JSON": partial(export_prov, store, model),
            "PROV-N": partial(export_prov, store, model, format="provn"),
            "RO-Crate": lambda: export_rocrate(store, model, Path(folder) / str(next(names))),
        }
        exported = export_prov(store, model)
        yield Result(
            f"export of {exported.artifacts + exported.executions:,} nodes",
            "ms",
            interleave(
                {name: timer(work) for name, work in contestants.items()}, rounds=options.rounds
            ),
            subject="the lineage alone",
            facts={"nodes": exported.artifacts + exported.executions, "missing": exported.missing},
        )

"""``python -m benchmarks``: graphstore beside the raw driver, ML Metadata, neomodel and py2neo.

    python -m benchmarks                      all of it, at 10^5 nodes: some hours
    python -m benchmarks --short              two minutes, ratios to the raw driver only
    python -m benchmarks --only publish,bulk  some of it
    python -m benchmarks --nodes 1000000 --only lineage

The figures of one contestant say little, since machines differ and are noisy: read the ratios. A
goal that is missed does not end the run; with --short a ratio far beyond its budget does.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.measure import Result
from benchmarks.options import Options
from benchmarks.report import HISTORY, keep, summary, table, write_json

# Each is a module of `benchmarks.workloads` with `results(options: Options) -> Iterator[Result]`.
# It is imported when it is run, since each needs other packages.
WORKLOADS = (
    "startup",
    "publish",
    "front",
    "recorder",
    "processes",
    "bulk",
    "importing",
    "databases",
    "mlflow",
    "openlineage",
    "archives",
    "deletion",
    "proof",
    "exports",
    "history",
    "spool",
    "digests",
    "lineage",
    "fill",
    "reads",
    "pages",
    "ui",
    "filters",
    "questions",
    "joining",
    "memory",
    "sizes",
)
SLACK = 0.5
"""In a short run a ratio may be this part of its goal before that is a failure: it finds what has
become much slower, on machines that are noisy."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and say whether a short run is within its budget."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="two minutes; fail if much slower")
    parser.add_argument("--only", default=",".join(WORKLOADS), help="of " + ", ".join(WORKLOADS))
    parser.add_argument("--nodes", type=int, default=100_000, help="in the largest graph")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--uri", help="a Neo4j to use, empty, with user and password in its address"
    )
    parser.add_argument("--json", type=Path, help="where to write all figures")
    parser.add_argument("--keep", action="store_true", help=f"add the ratios to {HISTORY.name}")
    flags = parser.parse_args(arguments)
    names = ["short"] if flags.short else flags.only.split(",")
    if not flags.short and (unknown := set(names) - set(WORKLOADS)):
        parser.error(f"no workload is called {', '.join(sorted(unknown))}")
    logging.getLogger("neo4j").setLevel(logging.ERROR)  # the peers' queries are no news
    options = Options(flags.nodes, flags.rounds, flags.uri)
    results: list[Result] = []
    for name in names:
        for result in import_module(f"benchmarks.workloads.{name}").results(options):
            print(table([result]), flush=True)
            results.append(result)
    print("\n" + summary(results))
    if flags.json:
        write_json(flags.json, results)
    if flags.keep:
        keep(results)
    return int(flags.short and any([_far_beyond(result) for result in results]))


def _far_beyond(result: Result) -> bool:
    beyond = {n: ratio for n, ratio in result.misses.items() if ratio < SLACK * result.goals[n]}
    for name, ratio in beyond.items():
        print(f"{result.workload}: {ratio:.2f} of {name}, and {result.goals[name]} is the goal")
    return bool(beyond)


if __name__ == "__main__":
    sys.exit(main())

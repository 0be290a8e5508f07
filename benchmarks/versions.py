"""``python -m benchmarks.versions BEFORE``: what became faster, or slower, since a revision.

    python -m benchmarks.versions b9f8ba6                      that revision and the working tree
    python -m benchmarks.versions b9f8ba6 76d8a47 --nodes 20000

Both versions ask one server, in turn, each in a process of its own, by calls that are in both.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from io import BytesIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from zipfile import ZipFile

from benchmarks.histories import history
from benchmarks.measure import Result, interleave
from benchmarks.report import summary
from benchmarks.servers import server
from graphstore import Artifact, Context, Event, Execution, Store

ROOT = Path(__file__).parent.parent
WORK: Mapping[str, tuple[str, int]] = {
    "publish": ("publish, one writer", 100),
    "put": ("put 100 artifacts", 10),
    "importing": ("import of a history of 10,000 nodes", 1),
    "get": ("100 artifacts by id", 20),
    "list": ("all artifacts of a type", 3),
    "events": ("events of 100 executions", 20),
    "ids": ("lineage, ids only, 64 hops", 20),
    "whole": ("lineage, whole, 64 hops", 10),
    "unbounded": ("lineage, whole, unbounded", 1),
    "subgraph": ("get_lineage_subgraph, 64 hops, nodes and events", 10),
}
"""What is measured: its name in the table, and how many calls make a figure."""
IMPORTED = 10_000
_numbers = count(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table: the time of a call by each version, and how many times as fast it became."""
    if arguments is None and sys.argv[1:2] == ["--worker"]:
        _answer(json.loads(sys.argv[2]))
        return 0
    parser = argparse.ArgumentParser(
        "python -m benchmarks.versions", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("before", help="a revision of Git")
    parser.add_argument("after", nargs="?", help="another; without it, the working tree")
    parser.add_argument("--only", default=",".join(WORK), help="of " + ", ".join(WORK))
    parser.add_argument("--nodes", type=int, default=100_000, help="in the history")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args(arguments)
    names = given.only.split(",")
    if unknown := set(names) - set(WORK):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        try:
            trees = [_checkout(given.before, folder / "before")]
            trees.append(_checkout(given.after, folder / "after") if given.after else ROOT)
        except subprocess.CalledProcessError as error:
            parser.error(error.stderr.decode().strip())
        file = _file(folder) if "importing" in names else None
        setting = stack.enter_context(_setting(given.nodes, file))
        before = stack.enter_context(_worker(trees[0], "before", setting))
        after = stack.enter_context(_worker(trees[1], "after", setting))
        results = [
            Result(
                WORK[name][0],
                "ms",
                interleave(
                    {"after": partial(after, name), "before": partial(before, name)},
                    rounds=given.rounds,
                    warmup=4,
                ),
                subject="after",
            )
            for name in names
        ]
    print(summary(results))
    return 0


@contextmanager
def _setting(nodes: int, file: Path | None) -> Iterator[dict[str, Any]]:
    """A server with a history in it, and what is asked about it."""
    from benchmarks.peers.ours import Graphstore
    from benchmarks.workloads.lineage import last_model

    with server(None) as address:
        ours = Graphstore(address)
        try:
            ids = ours.load(history(nodes))
            yield {
                "uri": address.uri,
                "auth": address.auth,
                "model": last_model(nodes, ids),
                "artifacts": ids[1 : len(ids) : len(ids) // 100][:100],
                "executions": ours.execution_ids[1 : len(ids) : len(ours.execution_ids) // 100][
                    :100
                ],
                "file": str(file),
            }
        finally:
            ours.close()


def _file(folder: Path) -> Path:
    """ML Metadata's, with the history that is imported."""
    from benchmarks.peers.mlmd import Mlmd

    peer = Mlmd(folder / "history.sqlite")
    peer.load(history(IMPORTED))
    peer.close()
    return peer.file


def _checkout(revision: str, folder: Path) -> Path:
    """graphstore and its queries as they were at a revision."""
    packed = subprocess.run(
        ["git", "archive", "--format=zip", revision, "graphstore", "cypher"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with ZipFile(BytesIO(packed.stdout)) as archive:
        archive.extractall(folder)
    return folder


@contextmanager
def _worker(tree: Path, who: str, setting: Mapping[str, Any]) -> Iterator[Callable[[str], float]]:
    """A process that has graphstore from `tree`; gives the milliseconds of a call by name."""
    told = json.dumps({**setting, "who": who, "tree": str(tree)})
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.versions", "--worker", told],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), str(ROOT)])},
        cwd=tree,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    to, answers = process.stdin, process.stdout

    def call(name: str) -> float:
        print(name, file=to, flush=True)
        if not (answer := answers.readline()):
            raise RuntimeError(f"{who} ({tree}) ended at {name!r}; its error is above")
        return float(answer)

    try:
        yield call
    finally:
        to.close()
        process.wait(timeout=60)


def _answer(setting: dict[str, Any]) -> None:
    """Do what is asked for by name on standard input, and say how long a call took."""
    import graphstore

    if Path(setting["tree"]) not in Path(graphstore.__file__).parents:
        raise RuntimeError(f"{graphstore.__file__} is not of {setting['tree']}")
    logging.getLogger("neo4j").setLevel(logging.ERROR)
    with Store.open(setting["uri"], auth=tuple(setting["auth"])) as store:
        calls = _calls(store, setting)
        for line in sys.stdin:
            name = line.strip()
            begin = perf_counter()
            for _ in range(WORK[name][1]):
                calls[name]()
            print((perf_counter() - begin) * 1000 / WORK[name][1], flush=True)


def _calls(store: Store, setting: Mapping[str, Any]) -> Mapping[str, Callable[[], object]]:
    """By name, one call of each kind of work."""
    who, model = setting["who"], setting["model"]

    def publish() -> None:
        number = next(_numbers)
        store.publish(
            Execution(type="Trainer", name=f"{who}-{number}", state="COMPLETE"),
            inputs={"examples": setting["artifacts"][:2]},
            outputs={
                role: [Artifact(type=type_, uri=f"s3://{who}/{number}/{role}", state="LIVE")]
                for role, type_ in (("model", "Model"), ("evaluation", "Evaluation"))
            },
            contexts=[Context(type="Pipeline", name=who), Context(type="PipelineRun", name=who)],
        )

    def put() -> None:
        first = 100 * next(_numbers)
        store.artifacts.put_many(
            Artifact(type="Examples", uri=f"s3://{who}/{number}", properties={"size": number})
            for number in range(first, first + 100)
        )

    def import_() -> None:
        from benchmarks.workloads.importing import tagged
        from graphstore.interop.mlmd_import import import_mlmd

        tag = f"{who}-{next(_numbers)}"
        with TemporaryDirectory() as folder:
            import_mlmd(store, tagged(Path(setting["file"]), Path(folder) / f"{tag}.sqlite", tag))

    def subgraph() -> None:
        from benchmarks.peers.mlmd import Mlmd
        from graphstore.mlmd import MetadataStore

        mask = ["artifacts", "executions", "events"]
        Mlmd.upstream(MetadataStore(store), model, 64, mask)

    def events() -> Sequence[Event]:
        return store.events.of_executions(setting["executions"])

    return {
        "publish": publish,
        "put": put,
        "importing": import_,
        "get": lambda: store.artifacts.get_many(setting["artifacts"]),
        "list": lambda: store.artifacts.list(type="Model", limit=None),
        "events": events,
        "ids": lambda: store.lineage.ids("upstream", model, max_hops=64),
        "whole": lambda: store.lineage.upstream(model, max_hops=64, max_nodes=10**9),
        "unbounded": lambda: store.lineage.upstream(model, max_nodes=10**9),
        "subgraph": subgraph,
    }


if __name__ == "__main__":
    sys.exit(main())

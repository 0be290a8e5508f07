"""``python -m benchmarks.versions BEFORE``: what became faster, or slower, since a revision.

    python -m benchmarks.versions b9f8ba6                      that revision and the working tree
    python -m benchmarks.versions b9f8ba6 76d8a47 --nodes 20000
    python -m benchmarks.versions b9f8ba6 --cpu                 on a busy machine
    python -m benchmarks.versions b9f8ba6 --apart               what a change of the schema costs

Both versions ask one server, in turn, each in a process of its own, by calls that are in both. It
has the schema of the working tree; apart, each has a server of its own with its own schema.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from importlib import import_module
from io import BytesIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any
from zipfile import ZipFile

from benchmarks.histories import history
from benchmarks.measure import Figures, Result, interleave
from benchmarks.report import HISTORY, keep, revision, summary
from benchmarks.servers import Address, server, serving
from graphstore import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
    Store,
    ToPublish,
)

ROOT = Path(__file__).parent.parent
WORK: Mapping[str, tuple[str, int]] = {
    "publish": ("publish, one writer", 100),
    "many": ("publish_many of 1,000 executions", 1),
    "threads": ("160 publishes by eight threads", 2),
    "front": ("MLMD's PutExecution, in process: 2 in, 2 out, 3 contexts", 50),
    "fronts": ("160 PutExecutions by eight threads, with two shared inputs", 1),
    "served": ("160 PutExecutions by eight clients over gRPC, with two shared inputs", 1),
    "recorder": ("160 steps by eight threads of one run", 1),
    "put": ("put 100 artifacts", 10),
    "update": ("update 100 artifacts", 10),
    "importing": ("import of a history of 10,000 nodes", 1),
    "get": ("100 artifacts by id", 20),
    "list": ("all artifacts of a type", 3),
    "at": ("the models at a uri", 10),
    "since": ("the models since the last but three", 10),
    "events": ("events of 100 executions", 20),
    "ids": ("lineage, ids only, 64 hops", 20),
    "whole": ("lineage, whole, 64 hops", 10),
    "unbounded": ("lineage, whole, unbounded", 1),
    "subgraph": ("get_lineage_subgraph, 64 hops, nodes and events", 10),
    "latest": ("the latest model of a pipeline", 10),
    "best": ("the ten best models by a metric", 1),
    "explain": ("a model's passport", 3),
    "compare": ("two runs side by side, by a metric", 3),
    "runs": ("the last twenty runs of a pipeline", 1),
    "production": ("what is in production", 1),
    "command": ("`graphstore show` of a model, a process", 1),
    "opening": ("`Store.open`, a process", 1),
}
"""What is measured: its name in the table, and how many calls make a figure."""
_PROCESSES = ("command", "opening")
"""Are measured when asked for: a process of an older version refuses the schema of a newer one."""
IMPORT_SIZE = 10_000
_numbers = count(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table: the time of a call by each version, and how many times as fast it became."""
    if arguments is None and sys.argv[1:2] == ["--worker"]:
        _answer(json.loads(sys.argv[2]))
        return 0
    if arguments is None and sys.argv[1:2] == ["--cli"]:
        _keep_schema()
        del sys.argv[1]
        import_module("graphstore.cli").main()
        return 0
    parser = argparse.ArgumentParser(
        "python -m benchmarks.versions", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("before", help="a revision of Git")
    parser.add_argument("after", nargs="?", help="another; without it, the working tree")
    default = ",".join(name for name in WORK if name not in _PROCESSES)
    parser.add_argument("--only", default=default, help="of " + ", ".join(WORK))
    parser.add_argument("--nodes", type=int, default=100_000, help="in the history")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="the client's time on the processor, which other programs disturb less",
    )
    parser.add_argument(
        "--apart", action="store_true", help="a server for each version, with its own schema"
    )
    parser.add_argument("--keep", action="store_true", help=f"add the ratios to {HISTORY.name}")
    parser.add_argument(
        "--least", type=float, help="fail if something became slower than this ratio in every round"
    )
    options = parser.parse_args(arguments)
    names = options.only.split(",")
    if unknown := set(names) - set(WORK):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        try:
            trees = [_checkout(options.before, folder / "before")]
            trees.append(_checkout(options.after, folder / "after") if options.after else ROOT)
        except subprocess.CalledProcessError as error:
            parser.error(error.stderr.decode().strip())
        file = _file(folder) if "importing" in names else None
        setting = stack.enter_context(_setting(options.nodes, file, apart=options.apart))
        before = stack.enter_context(_worker(trees[0], "before", setting, options.cpu))
        if options.apart:
            setting = stack.enter_context(_setting(options.nodes, file, apart=True))
        after = stack.enter_context(_worker(trees[1], "after", setting, options.cpu))
        results = [
            Result(
                WORK[name][0] + (", client's processor" if options.cpu else ""),
                "ms",
                interleave(
                    {"after": partial(after, name), "before": partial(before, name)},
                    rounds=options.rounds,
                    warmup=4,
                ),
                subject="after",
            )
            for name in names
        ]
    print(summary(results))
    if options.keep:
        other = revision(options.before)
        keep(replace(one, figures=_renamed(one.figures, other)) for one in results)
    slower = [
        f"{one.workload}: {one.ratio('before').greatest:.2f} at best"
        for one in results
        if options.least is not None and one.ratio("before").greatest < options.least
    ]
    print(*slower, sep="\n", end="\n" if slower else "")
    return int(bool(slower))


def _renamed(figures: Figures, before: str) -> Figures:
    """Figures in which what was before has the name of its revision."""
    return {before if name == "before" else name: values for name, values in figures.items()}


@contextmanager
def _setting(nodes: int, file: Path | None, *, apart: bool) -> Iterator[dict[str, Any]]:
    """A server with a history in it, and what is asked about it; apart, an empty one, into which
    the worker loads that by its own version."""
    with server(None) as address:
        setting = {
            "uri": address.uri,
            "auth": address.auth,
            "nodes": nodes,
            "file": str(file),
        }
        yield setting if apart else {**setting, **_loaded(setting)}


def _loaded(setting: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked about the history that this loads into a setting's server."""
    from benchmarks.peers.ours import Graphstore
    from benchmarks.workloads.lineage import last_model

    ours = Graphstore(Address(setting["uri"], *setting["auth"]))
    try:
        ids = ours.load(history(setting["nodes"]))
    finally:
        ours.close()
    executions = ours.execution_ids
    return {
        "model": last_model(setting["nodes"], ids),
        "artifacts": ids[1 : len(ids) : len(ids) // 100][:100],
        "executions": executions[1 : len(ids) : len(executions) // 100][:100],
    }


def _file(folder: Path) -> Path:
    """ML Metadata's, with the history that is imported."""
    from benchmarks.peers.mlmd import Mlmd

    peer = Mlmd(folder / "history.sqlite")
    peer.load(history(IMPORT_SIZE))
    peer.close()
    return peer.file


def _checkout(revision: str, folder: Path) -> Path:
    """graphstore and its queries as they were at a revision."""
    result = subprocess.run(
        ["git", "archive", "--format=zip", revision, "graphstore", "cypher"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with ZipFile(BytesIO(result.stdout)) as archive:
        archive.extractall(folder)
    return folder


@contextmanager
def _worker(
    tree: Path, who: str, setting: Mapping[str, Any], cpu: bool
) -> Iterator[Callable[[str], float]]:
    """A process that has graphstore from `tree`; gives the milliseconds of a call by name."""
    message = json.dumps({**setting, "who": who, "tree": str(tree), "cpu": cpu})
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.versions", "--worker", message],
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
    if "model" in setting:
        _keep_schema()
    else:
        setting |= _loaded(setting)
    clock = _processor_time if setting["cpu"] else perf_counter
    with Store.open(setting["uri"], auth=tuple(setting["auth"])) as store, ExitStack() as stack:
        calls = _calls(store, setting, stack)
        for line in sys.stdin:
            name = line.strip()
            begin = clock()
            for _ in range(WORK[name][1]):
                calls[name]()
            print((clock() - begin) * 1000 / WORK[name][1], flush=True)


def _processor_time() -> float:
    """Seconds of the processor: of this process, and of those that it started and that ended."""
    user, system = os.times()[2:4]
    return process_time() + user + system


def _keep_schema() -> None:
    """Take the store's schema, which is this version's, as it is: an older one would refuse it as a
    newer one's."""
    schema: Any  # which lay beside the package's other modules before it had rooms
    try:
        schema = import_module("graphstore.database.schema")
    except ModuleNotFoundError:
        schema = import_module("graphstore.schema")
    schema.upgrade = lambda *_, **__: None


def _calls(
    store: Store, setting: Mapping[str, Any], stack: ExitStack
) -> Mapping[str, Callable[[], object]]:
    """By name, one call of each kind of work; what these start ends with the stack."""
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

    def many() -> None:
        publications = [
            ToPublish(
                Execution(type="Trainer", name=f"{who}-{next(_numbers)}", state="COMPLETE"),
                inputs={"examples": setting["artifacts"][:2]},
                outputs={"made": [Artifact(type="Model"), Artifact(type="Evaluation")]},
                contexts=[Context(type="Pipeline", name=who)],
            )
            for _ in range(1_000)
        ]
        assert sum(1 for _ in store.publish_many(publications)) == 1_000

    def threads() -> None:
        with ThreadPoolExecutor(8) as pool:
            for publishing in [pool.submit(publish) for _ in range(160)]:
                publishing.result()

    def served() -> Any:
        """A client of MLMD's, of a process of this version that serves."""
        from ml_metadata import MetadataStore
        from ml_metadata.proto import metadata_store_pb2 as pb

        address = Address(setting["uri"], *setting["auth"])
        process, port = serving(address, "--grpc", ("benchmarks.versions", "--cli"))
        stack.callback(process.communicate)
        stack.callback(process.terminate)
        return MetadataStore(pb.MetadataStoreClientConfig(host="127.0.0.1", port=port))

    @lru_cache
    def mlmd(over_grpc: bool) -> tuple[Any, Any, Any, Any]:
        """A client of MLMD's, what is read and belonged to as it was read, and ids of types."""
        from graphstore.mlmd import MetadataStore

        client = served() if over_grpc else MetadataStore(store)
        names = ["Pipeline", "PipelineRun", "Node"]
        store.types.put(ContextType(name="Node"))
        contexts = [
            store.contexts.put(Context(type=name, name=f"{who} {next(_numbers)}")) for name in names
        ]
        # Its own: what a newer version notes on a node is a property to an older one.
        inputs = store.artifacts.put_many(
            Artifact(type="Examples", uri=f"s3://{who}/{next(_numbers)}") for _ in range(2)
        )
        return (
            client,
            client.get_artifacts_by_id([one.id for one in inputs]),
            client.get_contexts_by_id([context.id for context in contexts]),
            {
                "Trainer": store.types.get(ExecutionType, "Trainer").id,
                "Model": store.types.get(ArtifactType, "Model").id,
                "Evaluation": store.types.get(ArtifactType, "Evaluation").id,
            },
        )

    def put_by_mlmd(number: int, *, over_grpc: bool = False) -> None:
        from ml_metadata.proto import metadata_store_pb2 as pb

        from benchmarks.peers.mlmd import event

        client, inputs, contexts, ids = mlmd(over_grpc)
        outputs = [
            pb.Artifact(type_id=ids[name], uri=f"s3://{who}/{number}/{name}", state=2)
            for name in ("Model", "Evaluation")
        ]
        client.put_execution(
            pb.Execution(type_id=ids["Trainer"], name=f"{who} {number}", last_known_state=3),
            [(one, event(pb.Event.INPUT, "examples")) for one in inputs]
            + [(one, event(pb.Event.OUTPUT, "made")) for one in outputs],
            contexts,
            reuse_context_if_already_exist=True,
        )

    def put_execution() -> None:
        put_by_mlmd(next(_numbers))

    def put_executions(*, over_grpc: bool) -> None:
        with ThreadPoolExecutor(8) as pool:
            put = partial(put_by_mlmd, over_grpc=over_grpc)
            list(pool.map(put, [next(_numbers) for _ in range(160)]))

    def steps() -> None:
        def step(number: int) -> None:
            with run.execution("Trainer", parameters={"number": number}) as step:
                for artifact in setting["artifacts"][:2]:
                    step.input("examples", artifact)
                for role in ("model", "evaluation"):
                    step.output(role, f"s3://{who}/{number}/{role}", type=role.capitalize())

        with store.run("Pipeline") as run, ThreadPoolExecutor(8) as pool:
            list(pool.map(step, [next(_numbers) for _ in range(160)]))

    def put() -> None:
        first = 100 * next(_numbers)
        store.artifacts.put_many(
            Artifact(type="Examples", uri=f"s3://{who}/{number}", properties={"size": number})
            for number in range(first, first + 100)
        )

    def update() -> None:
        number = next(_numbers)
        store.artifacts.put_many(one.evolve(uri=f"s3://{who}/{number}") for one in own())

    @lru_cache
    def own() -> Sequence[Artifact]:
        """Artifacts that only this version writes: an older one takes notes for properties."""
        return store.artifacts.put_many([Artifact(type="Examples")] * 100)

    def import_() -> None:
        from benchmarks.peers.mlmd import copy_with_tag
        from graphstore.interop.mlmd_import import import_mlmd

        tag = f"{who}-{next(_numbers)}"
        with TemporaryDirectory() as folder:
            import_mlmd(
                store, copy_with_tag(Path(setting["file"]), Path(folder) / f"{tag}.sqlite", tag)
            )

    def subgraph() -> None:
        from benchmarks.peers.mlmd import Mlmd
        from graphstore.mlmd import MetadataStore

        mask = ["artifacts", "executions", "events"]
        Mlmd.upstream(MetadataStore(store), model, 64, mask)

    @lru_cache
    def contexts(type_: str, number: int) -> list[str]:
        """The ids of the first contexts of a type."""
        return [one.ref.short for one in store.contexts.list(type=type_, limit=number)]

    @lru_cache
    def last(number: int) -> Artifact:
        """The last model but so many."""
        return store.artifacts.list(type="Model", limit=number + 1, descending=True)[number]

    def events() -> Sequence[Event]:
        return store.events.of_executions(setting["executions"])

    def process(*arguments: str) -> None:
        user, password = setting["auth"]
        environment = {
            **os.environ,
            "NEO4J_URI": setting["uri"],
            "NEO4J_USERNAME": user,
            "NEO4J_PASSWORD": password,
        }
        subprocess.run(
            [sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
        )

    opening = "import graphstore; graphstore.Store.open().close()"
    return {
        "publish": publish,
        "many": many,
        "threads": threads,
        "front": put_execution,
        "fronts": partial(put_executions, over_grpc=False),
        "served": partial(put_executions, over_grpc=True),
        "recorder": steps,
        "put": put,
        "update": update,
        "importing": import_,
        "get": lambda: store.artifacts.get_many(setting["artifacts"]),
        "list": lambda: store.artifacts.list(type="Model", limit=None),
        "at": lambda: store.artifacts.list(type="Model", uri=last(0).uri),
        "since": lambda: store.artifacts.list(type="Model", created_since=last(3).create_time),
        "events": events,
        "ids": lambda: store.lineage.ids("upstream", model, max_hops=64),
        "whole": lambda: store.lineage.upstream(model, max_hops=64, max_nodes=10**9),
        "unbounded": lambda: store.lineage.upstream(model, max_nodes=10**9),
        "subgraph": subgraph,
        "latest": lambda: store.resolve.latest("Model", context=contexts("Pipeline", 1)),
        "best": lambda: store.resolve.best("Model", "score", limit=10, states=None),
        "explain": lambda: store.explain(model),
        "compare": lambda: store.compare(contexts("PipelineRun", 2), metric="score"),
        "runs": lambda: store.history(contexts("Pipeline", 1)[0], limit=20),
        "production": lambda: store.production(),  # an older version has none
        "command": lambda: process("-m", "graphstore", "show", f"a{model}"),
        "opening": lambda: process("-c", opening),
    }


if __name__ == "__main__":
    sys.exit(main())

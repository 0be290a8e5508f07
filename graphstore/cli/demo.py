"""`graphstore demo`: a real history goes in, and the answers come out."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.text import Text

from graphstore.cli.common import console, print_table, program, say, when
from graphstore.cli.importing import print_report
from graphstore.cli.lineage import render
from graphstore.database.queries import QUERIES
from graphstore.errors import NotFound
from graphstore.graph.answer import LineageGraph, short_type
from graphstore.model.nodes import Artifact, Execution, ExecutionState
from graphstore.system.progress import bar

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["demo", "example_history"]

NAME = "demo"


def demo(
    format: Annotated[
        Literal["svg", "mermaid"], typer.Option("--format", "-f", help="What to draw.")
    ] = "svg",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to draw it. [default: graphstore-demo.svg]"),
    ] = None,
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="Leave nothing behind but the picture.")
    ] = False,
    uri: Annotated[
        str | None,
        typer.Option("--uri", help="Use this Neo4j, and not a local store of the demo's own."),
    ] = None,
) -> None:
    """Import a real TFX history, ask where a model came from, and draw the answer."""
    from graphstore.interop.mlmd.databases.importer import import_mlmd
    from graphstore.store import Store

    name = None if ephemeral or uri else NAME
    with Store.open(uri, name=name, ephemeral=ephemeral) as store:
        _heading("1. A history goes in: seven runs of a TFX pipeline")
        with bar() as on_progress:
            print_report(import_mlmd(store, example_history(), on_progress=on_progress))
        _heading("2. How did the runs end?")
        print_runs(store)
        _heading("3. Where did the model in production come from?")
        model = last_pushed(store)
        graph = store.lineage.upstream(model)
        print_origin(store, graph, model)
        _heading("4. What did the first training data reach?")
        print_reach(store)
        _heading("5. Which steps were skipped, because nothing had changed?")
        print_cached(store)
        _heading("6. The same as a picture")
        path = output or Path("graphstore-demo" + {"svg": ".svg", "mermaid": ".mmd"}[format])
        path.write_text(render(graph, format) + "\n", encoding="utf-8")
        say(f"{graph.title}:\n{path.resolve()}")
    if name:
        _heading("7. Look at the graph yourself")
        _print_browser(model)


def example_history() -> Path:
    """The history that comes with graphstore: `examples/tfx-iris.sqlite`.

    Raises:
        NotFound: If it was not installed with the package.
    """
    package = Path(__file__).parents[1]
    places = (package / "_examples", package.parent / "examples")
    for place in places:
        if (place / "tfx-iris.sqlite").is_file():
            return place / "tfx-iris.sqlite"
    raise NotFound("example", "name", "tfx-iris.sqlite", f"looked in {places[0]} and {places[1]}")


def print_runs(store: Store) -> None:
    """The runs and how they ended, with the errors of what failed."""
    rows = store.database.rows(QUERIES["browse.runs"], types=["pipeline_run", "run"])
    print_table(
        ["#run", "began (UTC)", "#seconds", "#steps", "#cached", "outcome", "failed steps"],
        [
            (
                number,
                when(row["began"].to_native()),
                round((row["ended"] - row["began"]).seconds),
                row["steps"],
                row["cached"],
                _state(row["outcome"]),
                "\n".join(_failure(failure) for failure in row["failures"]),
            )
            for number, row in enumerate(rows, 1)
        ],
        empty="no runs",
    )


def _failure(failure: dict[str, Any]) -> str:
    """A failed execution in a line, with the last line of the error that TFX recorded."""
    error = failure["error"] or ""
    with suppress(ValueError, KeyError, TypeError):  # TFX wraps it; others may not
        error = json.loads(error)["resultMessage"]
    kind, colon, text = error.strip().rpartition("\n")[2].partition(": ")
    text_ = short_type(kind) + colon + (text if len(text) < 150 else f"{text[:90]} … {text[-50:]}")
    return f"{short_type(failure['type'])} e{failure['id']}: {text_ or 'no error was recorded'}"


def last_pushed(store: Store) -> Artifact:
    """The last model that was really pushed: a Pusher can run and push nothing.

    Raises:
        NotFound: If none was.
    """
    models = store.artifacts.list(
        type="PushedModel",
        custom_properties={"pushed": 1},
        order_by="create_time",
        descending=True,
        limit=1,
    )
    if not models:
        raise NotFound("PushedModel", "pushed", 1)
    return models[0]


def print_origin(store: Store, graph: LineageGraph, artifact: Artifact) -> None:
    """The chain of models behind the pushed one, and what each was trained on and how."""
    from graphstore.questions.about.facts import parameters_of

    by_id = {event.artifact_id: event for event in graph.events if event.type.value == "OUTPUT"}
    pusher = graph.executions[by_id[artifact.id].execution_id or 0]
    model = _input(graph, pusher, "model")
    to = artifact.custom_properties.get("pushed_destination")
    say(f"{artifact.ref.short} was pushed at {when(artifact.create_time)} UTC to {to}")
    for later in store.artifacts.list(type="PushedModel", created_since=artifact.create_time):
        if later != artifact:
            say(f"{later.ref.short} is newer, but its Pusher ran and pushed nothing")
    say()
    rows = []
    while model is not None:
        trainer = graph.executions[by_id[model.id].execution_id or 0]
        base = _input(graph, trainer, "base_model")
        rows.append(
            (
                model.ref.short,
                trainer.ref.short,
                _place(_input(graph, trainer, "examples")),
                _place(_input(graph, trainer, "schema")),
                base.ref.short if base else "none",
                ", ".join(f"{name}={value}" for name, value in parameters_of(trainer).items()),
            )
        )
        model = base
    print_table(
        ["model", "trained by", "training data", "schema", "base model", "hyperparameters"],
        rows,
        empty="",
    )


def _input(graph: LineageGraph, execution: Execution, role: str) -> Artifact | None:
    events = [event for event in graph.inputs_of(execution.id or 0) if event.role == role]
    return graph.artifacts[events[0].artifact_id or 0] if events else None


def _place(artifact: Artifact | None) -> str:
    return (
        f"{artifact.ref.short} {'/'.join((artifact.uri or '').split('/')[-3:])}" if artifact else ""
    )


def print_reach(store: Store) -> None:
    """What came of the first examples, by type."""
    first = store.artifacts.list(type="Examples", limit=1)[0]
    graph = store.lineage.downstream(first)
    say(f"{first.ref.short} {first.uri}")
    by_type: dict[tuple[str, str], list[str]] = {}
    for node in graph.nodes():
        if node != first:
            key = (node.kind, short_type(node.type))
            by_type.setdefault(key, []).append(node.ref.short)
    print_table(
        ["kind", "type", "#reached", "which"],
        [(kind, type_, len(which), " ".join(which)) for (kind, type_), which in by_type.items()],
        empty="nothing",
    )


def print_cached(store: Store) -> None:
    """The executions that were CACHED."""
    executions = list(store.executions.iterate(states=[ExecutionState.CACHED]))
    ran = sum(1 for _ in store.executions.iterate()) - len(executions)
    print_table(
        ["execution", "type", "when (UTC)"],
        [(e.ref.short, short_type(e.type), when(e.create_time)) for e in executions],
        empty=f"none: all {ran} executions of this history ran",
    )


def _print_browser(artifact: Artifact) -> None:
    from graphstore import local

    server, command = local.up(NAME), program()
    say(f"Neo4j Browser:  {server.browser_url}")
    say(f"user:           {server.user}")
    say(f"password:       {command} status --store {NAME} --show-password")
    say("\nPaste there what the first of these prints, once, and then what any other prints:\n")
    say(f"  {command} query params")
    for name in ("browse.upstream", "browse.model_chain", "browse.runs"):
        say(f"  {command} query {name + ' --text':30} # {QUERIES[name].summary}")
    say(f"\nAnd from here:         {command} lineage {artifact.ref.short} --up --store {NAME}")
    say(f"On pages:              {command} ui --store {NAME}")
    say(f"When you are done:     {command} down --store {NAME}")


def _state(state: str | None) -> Text:
    styles = {"COMPLETE": "green", "FAILED": "red", "CACHED": "cyan", "RUNNING": "yellow"}
    return Text(state or "", style=styles.get(state or "", ""))


def _heading(text: str) -> None:
    console().print(f"\n[bold]{text}[/bold]\n")

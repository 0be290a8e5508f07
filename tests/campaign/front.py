"""What others hand over: damaged files for the importer, hostile names on every command."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from unittest.mock import patch

from graphstore import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Execution,
    ExecutionState,
    ExecutionType,
    StoreError,
)
from graphstore.cli import main
from graphstore.interop.mlmd_import import import_mlmd
from tests.campaign.bench import Bench, Row
from tests.damaged_files import COLUMNS, damaged_files
from tests.processes import neo4j_variables

HOSTILE = {
    "ESC": "\x1b[2J\x1b[1;32mUNCHANGED",
    "OSC": "\x1b]0;title\x07",
    "C1": "\x9b2J",
    "return": "fine\rUNCHANGED",
    "line": "fine\na1  Model  UNCHANGED",
    "direction": "\u202egnp.exe",
    "markup": "[red]x[/red][link=file:///]y[/link]",
    "braces": "{0} {uri} %s %(x)s",
}


def faults(bench: Bench) -> Iterator[Row]:
    """All kinds, one after another."""
    yield from _damaged_files(bench)
    for kind, text in HOSTILE.items():
        yield hostile_names(bench, kind, text)


def _damaged_files(bench: Bench) -> Iterator[Row]:
    """A row a table: each of its columns damaged in many ways, imported twice."""
    for table in dict.fromkeys(table for table, _ in COLUMNS):
        attempts = promises = there = duplicates = reports = 0
        for _, column in (one for one in COLUMNS if one[0] == table):
            for _, file in damaged_files(bench.folder(), table, column):
                attempts += 1
                report = import_mlmd(bench.store, file)
                promises += sum(one.read - one.left_out for one in report.tables.values())
                there += sum(
                    one.created + one.updated + one.unchanged for one in report.tables.values()
                )
                reports += report.problem_count
                if not report.agrees:
                    promises += 1  # and is lost
                again = import_mlmd(bench.store, file, source=report.source)
                duplicates += sum(one.created for one in again.tables.values())
        fault = f"{table}: each column, each kind of value"
        yield Row(fault, attempts, promises, there, promises - there, duplicates, reports)


def hostile_names(bench: Bench, kind: str, text: str) -> Row:
    """Names, places and roles with a text in them, shown by every command that shows such."""
    store = bench.store
    for model in (ArtifactType, ExecutionType, ContextType):
        store.types.put(model(name=f"Hostile{kind}{text}"))
    type_ = f"Hostile{kind}{text}"
    publication = store.publish(
        Execution(
            type=type_,
            name="step" + text,
            state=ExecutionState.FAILED,
            custom_properties={"error_message" + text: text},
        ),
        inputs={"read" + text: Artifact(type=type_, uri="s3://in/" + text, name="in" + text)},
        outputs={"out" + text: Artifact(type=type_, uri="s3://out/" + text, name="out" + text)},
        contexts=[Context(type=type_, name="run" + text)],
    )
    artifact, execution = publication.outputs[0].ref.short, publication.execution.ref.short
    context = publication.contexts[0].ref.short
    commands: list[list[str]] = [
        ["artifacts", "--type", type_],
        ["executions", "--type", type_],
        ["contexts", "--type", type_],
        ["types"],
        ["show", artifact],
        ["show", execution],
        ["show", context],
        ["lineage", artifact, "--up"],
        ["lineage", artifact, "--format", "table"],
        ["lineage", artifact, "--format", "mermaid"],
        ["lineage", artifact, "--format", "dot"],
        ["explain", artifact],
        ["explain", artifact, "--format", "markdown"],
        ["impact", publication.inputs[0].ref.short],
        ["diff", publication.inputs[0].ref.short, artifact],
        ["common-ancestors", artifact],
        ["compare", artifact, publication.inputs[0].ref.short],
        ["compare", artifact, publication.inputs[0].ref.short, "--csv"],
        ["can-rerun", execution],
        ["verify", artifact],
        ["latest", type_],
        ["query", "browse.failures"],
        [
            "query",
            "questions.where_is_the_file",
            "--param",
            f"artifact_id={publication.outputs[0].id}",
        ],
        ["artifacts", "--type", type_ + "x"],
        ["history", "x" + text],
        ["show", "x" + text],
    ]
    attempts = losses = 0
    for words in [*commands, *([*words, "--json"] for words in commands)]:
        attempts += 1
        losses += not is_plain(_output(bench, words))
    for answer in (store.lineage.upstream(artifact), *publication.inputs, publication.execution):
        attempts += 1
        losses += not is_plain(str(answer))
    try:
        store.types.get("artifact", "Nothing" + text)
    except StoreError as error:
        attempts, losses = attempts + 1, losses + (not is_plain(str(error)))
    return Row(
        f"names with {kind}, shown by every command", attempts, attempts, attempts - losses, losses
    )


def is_plain(text: str) -> bool:
    """Whether a terminal shows a text as it is."""
    return all(
        char in "\n\t" or (char.isprintable() or char == "\xa0" or char > "\uffff") for char in text
    )


def _output(bench: Bench, words: list[str]) -> str:
    """What a command prints, on both streams."""
    out, server = io.StringIO(), bench.server
    with (
        patch.dict(os.environ, neo4j_variables(server)),
        patch.object(sys, "argv", ["graphstore", *words]),
        redirect_stdout(out),
        redirect_stderr(out),
    ):
        with suppress(SystemExit):
            main()
    return out.getvalue()

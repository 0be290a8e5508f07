"""`graphstore can-rerun`, `compare`, `history` and `runs`: questions about runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphstore.cli.common import (
    AsOf,
    Json,
    On,
    console,
    moment_or_day,
    old_option,
    print_json,
    renamed_value,
    say,
    then,
    with_store,
    write_or_print,
)
from graphstore.errors import InvalidArgument

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["can_rerun", "compare", "history", "runs"]

_STYLES = {"green": "green", "amber": "yellow", "red": "red"}


@with_store
def can_rerun(
    store: Store,
    id: Annotated[str, typer.Argument(help="Which execution: 44 or e44.")],
    json: Json = False,
) -> None:
    """Say whether a step can be run again: what it needs, and whether that is still there.

    Ends with 1 if it is red: something is gone, or not what it was.
    """
    from rich.text import Text

    answer = store.can_rerun(id)
    if json:
        print_json(answer.to_dict())
    else:
        first, *lines = str(answer).splitlines()
        console().print(Text(first, style=f"bold {_STYLES[answer.verdict.value]}"))
        for line in lines:
            console().print(Text(line, style=_STYLES.get(line.split()[0], "")))
    if answer.verdict.value == "red":
        raise typer.Exit(1)


@with_store
def compare(
    store: Store,
    ids: Annotated[
        list[str],
        typer.Argument(help="Two or more: artifacts (45 or a45), executions (e44) or runs (c2)."),
    ],
    metric: Annotated[
        str | None, typer.Option(help="In the order of this metric, the best first.")
    ] = None,
    smallest: Annotated[bool, typer.Option("--smallest", help="Less is better.")] = False,
    only_differences: Annotated[
        bool, typer.Option("--only-differences", "-d", help="Leave out what does not differ.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", help="So many at most.", min=2)] = 100,
    as_of: AsOf = None,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Show models, steps or runs side by side, and in what they differ."""
    if json and csv:
        raise InvalidArgument("of --json and --csv give one")
    if smallest and metric is None:
        raise InvalidArgument("--smallest is about a metric: give --metric")
    comparison = store.compare(
        *ids, metric=metric, smallest=smallest, limit=limit, as_of=then(store, as_of)
    )
    if only_differences:
        comparison = comparison.only_differences()
    if json:
        print_json(comparison.to_dict())
    elif csv:
        say(comparison.to_csv(), end="")
        if comparison.truncated:
            say(comparison.title, error=True)
    else:
        say(comparison.to_text(console().width))


@with_store
def history(
    store: Store,
    pipeline: Annotated[str, typer.Argument(help="The pipeline: its name, or its id, e.g. c1.")],
    metric: Annotated[str | None, typer.Option(help="Show this metric only.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", help="So many runs at most, the last ones.", min=1)
    ] = 20,
    last: Annotated[int | None, old_option("--last")] = None,
    on: On = None,
    as_of: AsOf = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Draw it into this file.")] = None,
    json: Json = False,
) -> None:
    """Show the runs of a pipeline over time: outcome, duration, metrics, and their trend."""
    limit = renamed_value("--last", last, "--limit", limit)
    chart = store.history(
        pipeline,
        metric=metric,
        limit=limit,
        on=moment_or_day("--on", on),
        as_of=then(store, as_of),
    )
    if svg is not None:
        write_or_print(chart.to_svg(), svg)
    if json:
        print_json(chart.to_dict())
    else:
        say(chart.to_text(console().width))


@with_store
def runs(
    store: Store,
    pipeline: Annotated[
        str | None, typer.Argument(help="Of this pipeline: its name, or its id, e.g. c1.")
    ] = None,
    filter: Annotated[
        str | None,
        typer.Option(help="Meeting this condition, e.g. \"name LIKE 'night%'\" (docs/filter.md)."),
    ] = None,
    order_by: Annotated[
        str,
        typer.Option(
            "--order-by",
            help="create_time, the newest first; or a column, the greatest first: began, seconds,"
            " outcome, metric.NAME, parameter.NAME, ...",
        ),
    ] = "create_time",
    smallest: Annotated[
        bool, typer.Option("--smallest", help="Of a column the smallest first.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", help="So many at most.", min=1)] = 20,
    after: Annotated[str | None, typer.Option(help="The page after this token.")] = None,
    as_of: AsOf = None,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List runs, the newest first: outcome, duration, steps, parameters, metrics."""
    if json and csv:
        raise InvalidArgument("of --json and --csv give one")
    page = store.runs(
        pipeline,
        filter=filter,
        order_by=order_by,
        descending=not smallest,
        limit=limit,
        after=after,
        as_of=then(store, as_of),
    )
    if json:
        print_json(page.to_dict())
    elif csv:
        say(page.to_csv(), end="")
    else:
        say(str(page))
    if page.next_page and not json:
        say(f"more: --after {page.next_page}", error=True)

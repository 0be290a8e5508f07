"""Runs: of a pipeline or all of them, a page at a time, with what they were told and measured."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from graphstore.database import AsOf, Reader, Row, clock
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, brief, shorten
from graphstore.model.nodes import Context, Execution, NodeRef
from graphstore.model.plain import in_json
from graphstore.model.refs import ContextLike
from graphstore.model.roles import PIPELINE_TYPES, RUN_TYPES, kinds_asked
from graphstore.model.tables import the_pandas
from graphstore.model.types import Kind
from graphstore.model.values import bound
from graphstore.questions.about.facts import parameters_of
from graphstore.questions.about.metrics import number
from graphstore.questions.about.runs import RunSummary, prefixes, summary
from graphstore.questions.history import find_pipeline
from graphstore.questions.page import Answer, Part, Table
from graphstore.storage.lists import Paging, condition, from_token, to_token
from graphstore.storage.rows import node_from_row
from graphstore.storage.series import read_last
from graphstore.storage.types import Types

if TYPE_CHECKING:
    import pandas

__all__ = ["AMONG", "COLUMNS", "ListedRun", "RunList", "runs"]

AMONG = 500
"""Runs among which is sorted by what no index knows: the newest ones."""
COLUMNS = ("name", "outcome", "began", "ended", "seconds", "steps", "cached", "failed", "user")
"""What every run has, to sort by and to show; a metric is ``metric.NAME`` beside them, a parameter
``parameter.NAME``."""

_KIND: Kind = "context"
_NEVER = datetime(9999, 12, 31, tzinfo=timezone.utc)
_FEW = 2_000
"""Runs and steps of a pipeline that are looked at rather than to seek its runs among all."""
_SHOWN = 4
"""Metrics in the text, the most common ones."""
_WIDEST = 40


@dataclass(frozen=True)
class ListedRun(RunSummary):
    """A run in a list."""

    parameters: Mapping[str, Any]
    """What its steps were told, by name: ``Trainer.learning_rate``, as in `compare`."""
    pipelines: tuple[Context, ...]
    """The pipelines that it is part of."""

    @property
    def user(self) -> str | None:
        """Who ran it, if it says so."""
        user = self.context.properties.get("user")
        return None if user is None else str(user)

    def value(self, column: str) -> Any:
        """What stands in a column: one of `COLUMNS`, ``metric.NAME`` or ``parameter.NAME``; None
        where there is no such thing."""
        group, _, name = column.partition(".")
        if group == "metric":
            return self.metrics.get(name)
        if group == "parameter":
            return self.parameters.get(name)
        return self.context.name if column == "name" else getattr(self, column)

    def to_dict(self) -> dict[str, Any]:
        """The run in JSON's types; times in ISO 8601."""
        plain: dict[str, Any] = in_json(
            {
                "id": self.context.ref.short,
                "type": self.context.type,
                "pipelines": [one.ref.short for one in self.pipelines],
                **{column: self.value(column) for column in COLUMNS},
                "gone": self.gone,
                "metrics": dict(self.metrics),
                "several": {n: m.to_dict() for n, m in self.values.items() if m.several},
                "parameters": dict(self.parameters),
            }
        )
        return plain


@dataclass(frozen=True)
class RunList(Answer, Sequence[ListedRun]):
    """Some of the runs, and where the next ones begin."""

    runs: tuple[ListedRun, ...]
    """The runs, in the order asked for."""
    next_page: str | None
    """What to pass as `after` for the next page, with all else unchanged; None on the last."""
    pipeline: Context | None
    """The pipeline that they are runs of; None for any."""
    order_by: str
    """By what they are sorted: ``create_time``, or a column."""
    among: int | None
    """Among how many of the newest runs they were sorted, if there are more than those; None where
    the order is that of all."""

    def __getitem__(self, index: Any) -> Any:
        return self.runs[index]

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[ListedRun]:
        return iter(self.runs)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that any of these runs has, the most common first."""
        return _common(run.metrics for run in self.runs)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that any of these runs has, the most common first."""
        return _common(run.parameters for run in self.runs)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns: `COLUMNS`, then metrics and parameters."""
        metrics = (f"metric.{name}" for name in self.metrics)
        return (*COLUMNS, *metrics, *(f"parameter.{name}" for name in self.parameters))

    @property
    def title(self) -> str:
        """What is shown, in one line."""
        of = f" of {self.pipeline.name} ({self.pipeline.ref.short})" if self.pipeline else ""
        order = "the newest first" if self.order_by == "create_time" else f"by {self.order_by}"
        among = f", among the newest {self.among}" if self.among else ""
        more = "; there are more" if self.next_page else ""
        return f"{len(self.runs)} run{'s' * (len(self.runs) != 1)}{of}, {order}{among}{more}"

    def to_dict(self) -> dict[str, Any]:
        """The runs in JSON's types; times in ISO 8601."""
        return {
            "pipeline": self.pipeline.ref.short if self.pipeline else None,
            "order_by": self.order_by,
            "among": self.among,
            "runs": [run.to_dict() for run in self.runs],
            "next_page": self.next_page,
        }

    def to_csv(self) -> str:
        """The runs as CSV, a row each: id, type, pipelines and `columns`."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        columns = self.columns
        writer.writerow(["id", "type", "pipelines", *columns])
        for run in self.runs:
            pipelines = " ".join(one.ref.short for one in run.pipelines)
            values = (_cell(run.value(column)) for column in columns)
            writer.writerow([run.context.ref.short, run.context.type, pipelines, *values])
        return out.getvalue()

    def to_pandas(self) -> pandas.DataFrame:
        """The runs as a data frame: its index is the id, ``c2``, its columns are `columns`.

        Raises:
            MissingExtra: If the extra ``pandas`` is not installed.
        """
        pd = the_pandas()
        rows = [[run.value(column) for column in self.columns] for run in self.runs]
        index = pd.Index([run.context.ref.short for run in self.runs], name="id")
        frame: pandas.DataFrame = pd.DataFrame(rows, index=index, columns=list(self.columns))
        return frame

    def __str__(self) -> str:
        head, *rows = self._rows()
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (head, *rows)
        )
        return "\n".join([self.title, "", *lines]) if rows else self.title

    def _rows(self) -> list[tuple[str, ...]]:
        """The runs as rows of a table, its head first."""
        metrics = self.metrics[:_SHOWN]
        head = ("run", "name", "began (UTC)", "seconds", "steps", "cached", "failed", "outcome")
        return [
            (*head, *metrics),
            *(
                (
                    run.context.ref.short,
                    shorten(run.context.name, _WIDEST),
                    run.began.strftime("%Y-%m-%d %H:%M:%S") if run.began else "",
                    number(run.seconds),
                    *map(str, (run.steps, run.cached, run.failed, run.outcome)),
                    *(run.told(metric) for metric in metrics),
                )
                for run in self.runs
            ),
        ]

    def _parts(self) -> tuple[str, Iterable[Part]]:
        head, *rows = self._rows()
        return self.title, [Table(rows, head, widest=_WIDEST, empty="no runs")]


def runs(
    database: Reader,
    types: Types,
    pipeline: ContextLike | None = None,
    *,
    filter: str | None = None,
    order_by: str = "create_time",
    descending: bool = True,
    limit: int = 100,
    after: str | None = None,
) -> RunList:
    """A page of runs; three queries, and up to three more of a pipeline and with a filter.

    In the order of `create_time` no more runs are looked at than the page has, but for those that
    the filter leaves out; in any other order the newest `AMONG`.

    Args:
        database: Where to ask.
        types: Tell what is an evaluation.
        pipeline: Its name, or its context or the id of that; None for all runs.
        filter: A condition on the contexts of the runs (docs/filter.md).
        order_by: ``create_time``, when the store learnt of them, the newest first; or a column:
            one of `COLUMNS`, ``metric.NAME`` or ``parameter.NAME``.
        descending: Whether the greatest comes first, in the order of a column.
        limit: How many at most, 1 or more.
        after: The page before this one's `next_page`.

    Returns:
        The page. What has no such value comes last, NaN after all numbers; equal ones the newest
        first.

    Raises:
        NotFound: If there is no such pipeline.
        InvalidArgument: If it is no pipeline, if two have this name, or a value is not valid.
    """
    limit = bound("limit", limit)
    _check_order(order_by, descending)
    context = None if pipeline is None else find_pipeline(database, pipeline)
    is_past = isinstance(database, AsOf)
    where = None
    if filter is not None:
        where = condition(database, _KIND, filter, order_by="create_time", then=is_past)
    if order_by == "create_time":
        paging = Paging("create_time", True, limit, after, where)
        newest, criteria = _newest(database, context, paging)
        page = paging.page(newest, criteria)
        listed = _listed(database, types, [one.ref.id for one in page.items])
        return RunList(tuple(listed), page.next_page, context, order_by, None)
    paging = Paging("create_time", True, AMONG, None, where)
    newest, _ = _newest(database, context, paging)
    listed = _listed(database, types, [one.ref.id for one in newest[:AMONG]])
    listed = _sorted(listed, order_by, descending)
    begin = _place(listed, after, order_by, descending)
    part = listed[begin : begin + limit]
    is_last = begin + limit >= len(listed)
    next_page = None if is_last else _token(part[-1], order_by, descending)
    among = AMONG if len(newest) > AMONG else None
    return RunList(tuple(part), next_page, context, order_by, among)


def _check_order(order_by: str, descending: bool) -> None:
    group, _, name = order_by.partition(".") if isinstance(order_by, str) else ("", "", "")
    if order_by in COLUMNS or (group in ("metric", "parameter") and name):
        return
    if order_by != "create_time":
        orders = ", ".join(("create_time", *COLUMNS))
        raise InvalidArgument(
            f"order_by must be one of {orders}, metric.NAME or parameter.NAME, not"
            f" {brief(order_by)}"
        )
    if not descending:
        raise InvalidArgument(
            "by create_time the newest run comes first; order_by='began' with descending=False has"
            f" the oldest of the newest {AMONG} first"
        )


def _newest(
    database: Reader, pipeline: Context | None, paging: Paging
) -> tuple[list[Context], dict[str, Any]]:
    """Which runs are on a page, and one more if there is a further page; and what was asked for."""
    then = database.time if isinstance(database, AsOf) else None
    criteria: dict[str, Any] = {"types": list(RUN_TYPES), "deleted_after": then or _NEVER}
    name = "context.runs"
    if pipeline is not None:
        criteria["context_id"] = pipeline.ref.id
        name = f"context.runs_{_way(database, pipeline, paging)}"
    query, parameters = paging.query(QUERIES[name], criteria)
    rows = database.rows(query, **parameters)
    newest = [
        Context.model_construct(
            id=row["id"], type="", name="", create_time=row["create_time"].to_native()
        )
        for row in rows
    ]
    return newest, criteria


def _way(database: Reader, pipeline: Context, paging: Paging) -> str:
    """Whether to look at all runs of the pipeline, or for them among the newest of all: the one by
    which fewer are looked at, if its runs lie anywhere among those."""
    row = database.one(QUERIES["context.size"], context_id=pipeline.ref.id)
    assert row is not None
    runs, own = row["children"], row["children"] + row["executions"]
    sought = (paging.limit or 1) * row["all_contexts"] / runs if runs else math.inf
    return "of" if own <= max(sought, _FEW) else "among"


def _listed(database: Reader, types: Types, ids: Sequence[int]) -> list[ListedRun]:
    """The runs of these ids, in this order; two queries."""
    if not ids:
        return []
    kinds = kinds_asked(types.all("artifact"))
    rows = database.rows(
        QUERIES["answers.runs"],
        context_ids=list(ids),
        model_type_ids=kinds["model_type_ids"],
        kind_type_ids=kinds["kind_type_ids"],
    )
    nodes = [NodeRef("context", row["run"]["id"]) for row in rows]
    nodes += [NodeRef("execution", one["id"]) for row in rows for one in row["executions"]]
    series = read_last(database, [*dict.fromkeys(nodes)])
    until = clock(database)
    return [_run(row, until, series, is_now=not isinstance(database, AsOf)) for row in rows]


def _run(row: Row, until: datetime, series: Mapping[NodeRef, Any], *, is_now: bool) -> ListedRun:
    run = node_from_row(row["run"], Context)
    steps = [node_from_row(one, Execution) for one in row["executions"]]
    steps.sort(key=lambda step: step.ref.id)
    logged = [
        one for ref in (run.ref, *(s.ref for s in steps)) for one in series.get(ref, {}).values()
    ]
    told = summary(run, steps, row["numbers"], logged, until=until, is_now=is_now)
    parents = [node_from_row(one, Context) for one in row["parents"]]
    return ListedRun(
        **vars(told),
        parameters={
            prefix + name: value
            for prefix, step in zip(prefixes(steps), steps, strict=True)
            for name, value in parameters_of(step).items()
        },
        pipelines=tuple(
            sorted((p for p in parents if p.type in PIPELINE_TYPES), key=lambda p: p.ref.id)
        ),
    )


def _sorted(runs: Sequence[ListedRun], column: str, descending: bool) -> list[ListedRun]:
    """By a column: numbers before texts and these before all else, NaN after the numbers, and what
    has no value last, whichever way."""
    ranked = [(_rank(run.value(column)), run) for run in runs]
    some = [one for one in ranked if one[0] is not None]
    parts: list[ListedRun] = []
    for kind in range(3):
        of_kind = [one for one in some if one[0][0] == kind]  # type: ignore[index]
        of_kind.sort(key=lambda one: one[0][1], reverse=descending)  # type: ignore[index]
        parts += [run for _, run in of_kind]
    return parts + [run for rank, run in ranked if rank is None]


def _rank(value: Any) -> tuple[int, Any] | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        value = value.timestamp()
    if isinstance(value, (int, float)):
        return (1, 0) if math.isnan(value) else (0, value)
    return 2, value if isinstance(value, str) else json.dumps(in_json(value), sort_keys=True)


def _token(last: ListedRun, order_by: str, descending: bool) -> str:
    token = {"order": [order_by, descending], "after_id": last.context.ref.id}
    return to_token(token)


def _place(runs: Sequence[ListedRun], after: str | None, order_by: str, descending: bool) -> int:
    """Where a page of sorted runs begins: after the last of the page before, wherever it is now."""
    if after is None:
        return 0
    try:
        token = from_token(after)
        order, id_ = token["order"], int(token["after_id"])
    except (ValueError, KeyError, TypeError, OverflowError):
        raise InvalidArgument(f"{after!r} is no page token of runs in this order") from None
    if order != [order_by, descending]:
        raise InvalidArgument(
            "this page token came from runs in another order; pass the same one with it, or begin"
            " again without it"
        )
    place = next((at for at, run in enumerate(runs) if run.context.ref.id == id_), None)
    if place is None:
        raise InvalidArgument(
            f"c{id_}, the last of the page before, is no more among the newest {AMONG} runs; begin"
            " again without `after`"
        )
    return place + 1


def _common(some: Iterable[Iterable[str]]) -> tuple[str, ...]:
    counts = Counter(name for names in some for name in names)
    return tuple(sorted(counts, key=lambda name: (-counts[name], name)))


def _cell(value: Any) -> Any:
    plain = in_json(value)
    return plain if isinstance(plain, (str, int, float)) or plain is None else json.dumps(plain)

"""What a list is asked for, made into the parameters of its query; and its pages.

A page begins where the one before ended, by key and not by count, so that it stays put while
others write. The order, the condition that goes with it and a filter (`filters`) are the only
text composed here, out of a closed vocabulary; every value is a parameter.
"""

from __future__ import annotations

import json
import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, get_args, overload

from graphstore.database import Runner
from graphstore.database.queries import QUERIES, Query
from graphstore.database.spelling import said_then, to_key
from graphstore.errors import InvalidArgument
from graphstore.model import tables
from graphstore.model.nodes import Node
from graphstore.model.plain import Items
from graphstore.model.refs import ContextLike, node_id
from graphstore.model.types import Kind
from graphstore.model.values import INT64_MAX, bound, check_value
from graphstore.storage.columns import Listed
from graphstore.storage.rows import EPOCH, to_native, to_time
from graphstore.system.uris import Uri, spellings

if TYPE_CHECKING:
    import pandas

    from graphstore.filters import Filter, Near

__all__ = [
    "NO_LIMIT",
    "Order",
    "Page",
    "Paging",
    "condition",
    "conditions",
    "from_token",
    "to_token",
]

N = TypeVar("N", bound=Node)

_LAST_ID = 2**63 - 1
_CREATED = {"created_since": ">=", "created_before": "<"}
_FEW = 10_000
"""Nodes that are looked up one by one rather than met on a walk through all."""
_AT_LEAST = 1000
"""Nodes that a large context has: fewer are read at once, whatever else is asked of them."""
_WAYS = 2
"""Ways to few nodes that are tried, a round trip each."""
NO_LIMIT = 2**62
"""What stands for no limit in a query."""
_LAST_TIME = datetime(9999, 12, 31, tzinfo=timezone.utc)

Order = Literal["id", "create_time", "last_update_time"]


def to_token(value: Any) -> str:
    """The page token that says this in JSON's types."""
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


def from_token(token: str) -> Any:
    """What a page token says. Whoever asks can write one.

    Raises:
        ValueError: If it is none.
    """
    return json.loads(urlsafe_b64decode(token.encode()))


@dataclass(frozen=True)
class Page(Items[N], Generic[N]):
    """Some of the nodes that a list has, in the order asked for, and where the next ones begin."""

    next_page: str | None
    """What to pass as `after` for the next page, with all else unchanged; None on the last."""

    @classmethod
    def of(cls, nodes: Sequence[N], next_page: str | None) -> Page[N]:
        """A page of these nodes. Of what is still columns models are made as they are touched."""
        if not isinstance(nodes, Listed):
            return cls(tuple(nodes), next_page)
        page = cls.__new__(cls)
        page.__dict__.update(_columns=nodes, next_page=next_page)
        return page

    @cached_property  # type: ignore[misc]  # is the field until that is set
    def items(self) -> tuple[N, ...]:
        """The nodes."""
        nodes = self._nodes
        if isinstance(nodes, Listed):
            nodes = self.__dict__.setdefault("items", nodes.whole())  # of threads one is first
            self.__dict__.pop("_columns", None)
        return cast(tuple[N, ...], nodes)

    @property
    def _nodes(self) -> Sequence[N]:
        """The nodes, of which none need be a model."""
        columns: Sequence[N] | None = self.__dict__.get("_columns")
        return cast(tuple[N, ...], self.__dict__["items"]) if columns is None else columns

    def __len__(self) -> int:
        return len(self._nodes)

    @overload
    def __getitem__(self, index: int) -> N: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[N]: ...
    def __getitem__(self, index: int | slice) -> N | Sequence[N]:
        return self._nodes[index]

    def __getstate__(self) -> dict[str, Any]:
        return {"items": self.items, "next_page": self.next_page}

    def to_csv(self) -> str:
        """The nodes as CSV, a row each, and a column for each field and property that any has."""
        return tables.to_csv(self.items)

    def to_pandas(self) -> pandas.DataFrame:
        """The nodes as a table of pandas, with the columns of `to_csv` and their own values.

        Raises:
            MissingExtra: If the extra ``pandas`` is not installed.
        """
        frame: pandas.DataFrame = tables.the_pandas().DataFrame(tables.columns_of(self.items))
        return frame

    def _repr_html_(self) -> str:
        """The nodes in a notebook."""
        more = "there are more: list them with after=page.next_page" if self.next_page else ""
        return tables.to_html(self.items, more)


def conditions(
    *,
    type: str | None,  # the name that users know it by
    type_version: str | None,
    context: ContextLike | None,
    uri: Uri | None,
    states: Sequence[str],
    created_since: datetime | None,
    created_before: datetime | None,
    properties: Mapping[str, Any],
    custom_properties: Mapping[str, Any],
) -> dict[str, Any]:
    """The parameters of the conditions that somebody asked for; of no others.

    Raises:
        InvalidArgument: If a time has no zone, or a value is none that a property can have.
    """
    parameters: dict[str, Any] = {"type": type, "type_version": type_version}
    if context is not None:
        parameters["context_id"] = node_id(context, "context")
    if uri is not None:
        parameters["uris"] = spellings(uri)
    if states:
        parameters["states"] = list(states)
    for name, time in (("created_since", created_since), ("created_before", created_before)):
        if time is not None:
            parameters[name] = to_time(name, time)
    property_values = []
    for custom, values in ((False, properties), (True, custom_properties)):
        for name, value in values.items():
            try:
                native = to_native(check_value(value))
            except ValueError as error:
                raise InvalidArgument(f"property {name!r}: expected {error}") from None
            property_values.append({"key": to_key(name, custom=custom), "value": native})
    if property_values:
        parameters["property_values"] = property_values
    return {name: value for name, value in parameters.items() if value is not None}


def condition(
    runner: Runner, kind: Kind, query: str, *, order_by: str = "id", then: bool = False
) -> Filter:
    """The filter that a user wrote, with the way into it that is the better one.

    With `then` it is on what the store said at a time, ``$known_at``. The list is to be in the
    order of `order_by`.

    What a filter says of a neighbour - ``contexts_run.name = 'iris'`` - or how a uri begins leads
    to few nodes, or to half of the store; the database cannot know which, and is asked.

    Raises:
        InvalidArgument: If it is no filter on nodes of this kind.
    """
    from graphstore.filters import compile_filter  # late: most lists have none

    filter_ = compile_filter(kind, query, then=then)
    ways = [near for near in filter_.near if near.time is None or near.time != order_by]
    for near in ways[:_WAYS]:
        answer = runner.one(_query(kind, near), few=_FEW, **filter_.parameters)
        if answer is not None and not answer["too_many"]:
            return filter_.of_near(kind, answer["ids"])
    return filter_


def _query(kind: Kind, near: Near) -> Query:
    """The query for the ids of the nodes of a kind that a way leads to."""
    query = QUERIES["filter.near"]
    parts = {
        "way": near.way,
        "count": f", sum(1 + {near.count}) AS count",
        "all": f"OR 3 * count <= COUNT {{ (:{kind.capitalize()}) }}",
        "step": near.step,
        "where": f"WHERE {near.where}",
        "id": f"RETURN DISTINCT {kind}.id",
    }
    text = re.sub(r"\S.* // (\w+)$", lambda line: parts[line[1]], query.text, flags=re.M)
    return replace(query, text=text)


@dataclass(frozen=True)
class Paging:
    """Which page of a list, in which order."""

    order_by: Order
    descending: bool
    limit: int | None
    after: str | None
    filter: Filter | None = None
    """What the user wrote as a condition, if anything."""
    is_large: bool = False
    """Whether the list is by a context of many nodes: `of_context`."""

    def __post_init__(self) -> None:
        if self.limit is not None:
            object.__setattr__(self, "limit", bound("limit", self.limit))
        if self.order_by not in get_args(Order):
            orders = ", ".join(get_args(Order))
            raise InvalidArgument(f"order_by must be one of {orders}, not {self.order_by!r}")

    def of_context(self, runner: Runner, kind: Kind, criteria: Mapping[str, Any]) -> Paging:
        """This page; if it is by a context, with whether that is large.

        A page by a large context is filled sooner on a walk through all nodes of the kind, in
        order, than from what belongs to the context, all of which has to be read for each page.
        The database knows only how many nodes contexts have on average, and is asked of this one.
        """
        if self.limit is None or "context_id" not in criteria or "uris" in criteria:
            return self
        row = runner.one(QUERIES["context.size"], context_id=criteria["context_id"])
        if row is None:
            return self
        own, in_all = row[f"{kind}s"], row[f"all_{kind}s"]
        # On the walk one of in_all / own nodes belongs to the context.
        return replace(self, is_large=own > max(_AT_LEAST, math.sqrt(self.limit * in_all)))

    def of_time(self, runner: Runner, kind: Kind, criteria: Mapping[str, Any]) -> Paging:
        """This page; if it is of what was created at some time, and in another order, with the ids
        of that if they are few: the database cannot know how many they are, and is asked."""
        asked = {name: criteria[name] for name in _CREATED if name in criteria}
        is_led = self._is_led(criteria) or self._begins_at_context(criteria)
        if not asked or is_led or self.order_by == "create_time":
            return self
        from graphstore.filters import Filter, Near  # late: most lists have none

        where = [f"{kind}.create_time {_CREATED[name]} ${name}" for name in asked]
        where.append(f"{kind}.id IS NOT NULL")  # or the index of times and ids does not serve
        if "type" in criteria:
            asked["type"] = criteria["type"]
            where.append(f"{kind}.type = $type")
        way = f"MATCH ({kind}:{kind.capitalize()}) WHERE {' AND '.join(where)}"
        way += f" WITH {kind} AS filter_way"
        near = Near(way, "0", f"WITH filter_way AS {kind}", "true", "create_time")
        answer = runner.one(_query(kind, near), few=_FEW, **asked)
        if answer is None or answer["too_many"]:
            return self
        filter_ = self.filter or Filter("", "true", {})
        return replace(self, filter=filter_.of_near(kind, answer["ids"]))

    def query(
        self, query: Query, criteria: Mapping[str, Any], unasked: Collection[str] = ()
    ) -> tuple[Query, dict[str, Any]]:
        """A list's query for this page, and all of its parameters.

        Its answer has one row more than the page if there is a further page. What is `unasked` of
        the criteria is to be asked of the answer.

        Raises:
            InvalidArgument: If `after` came from another list, or from nowhere.
        """
        node = query.name.partition(".")[0]
        beyond = "<" if self.descending else ">"
        condition, keys = f"{node}.id {beyond} $after_id", [f"{node}.id"]
        is_led = self._is_led(criteria)
        if self.order_by != "id":
            key = f"{node}.{self.order_by}"
            if self.order_by == "last_update_time" and "known_at" in criteria:
                key = said_then(node, f".{self.order_by}")
            # The first half lets the index be entered at the time; it has only nodes with an id,
            # hence the second. CASE, since of an OR the planner makes a union of two searches.
            entered, further = f"{key} {beyond}= $after_time AND ", "true"
            if is_led:
                entered, further = "", f"{key} {beyond} $after_time"
            condition = (
                f"{entered}{node}.id IS NOT NULL"
                f" AND CASE {key} WHEN $after_time THEN {condition} ELSE {further} END"
            )
            keys.insert(0, key)
        if self._is_of_one_type(criteria) and not is_led:
            keys.insert(0, f"{node}.type")  # changes no order, but lets the type's index give it
        order = ", ".join(key + " DESC" * self.descending for key in keys)
        text = re.sub(r"AND .*// page$", f"AND {condition} // optional", query.text, flags=re.M)
        text = re.sub(r"ORDER BY .*// order$", f"ORDER BY {order}", text, flags=re.M)
        index = "type, create_time, id" if self._is_among_many(criteria) else None
        if self.filter is not None and not self._begins_at_context(criteria):
            index = self.filter.index or index
        if index is not None and "uris" not in criteria:
            match = f"MATCH ({node}:{node.capitalize()})\n"
            hint = f"USING INDEX SEEK {node}:{node.capitalize()}({index})\n"
            text = text.replace(match, match + hint)
        limit = NO_LIMIT if self.limit is None else self.limit + 1
        parameters = {**criteria, "limit": limit, **self._start(node, criteria)}
        for name in unasked:
            parameters.pop(name, None)
        if self.is_large:
            for name in ("context_id", "context_id_then"):
                if name in parameters:
                    parameters[f"large_{name}"] = parameters.pop(name)
        if self.filter is not None:
            if self.filter.index is not None:  # no other is to be read for the order
                hint = f"  USING INDEX SEEK {node}:{node.capitalize()}({self.filter.index})\n"
                text = re.sub(r"^.*// index\n", hint, text, flags=re.M)
            condition = f"AND {self.filter.text}"
            text = re.sub(r"AND true // filter$", lambda _: condition, text, flags=re.M)
            parameters.update(self.filter.parameters)
        return replace(query, text=text), parameters

    def page(self, nodes: Sequence[N], criteria: Mapping[str, Any]) -> Page[N]:
        """The page that `nodes`, the answer to `query`, make."""
        if self.limit is None or len(nodes) <= self.limit:
            return Page.of(nodes, None)
        last = nodes[self.limit - 1]
        token = {"list": self._list(last.kind, criteria), "after_id": last.id}
        if self.order_by != "id":
            token["after_time"] = (getattr(last, self.order_by) or EPOCH).isoformat()
        some = nodes.first(self.limit) if isinstance(nodes, Listed) else nodes[: self.limit]
        return Page.of(some, to_token(token))

    def _begins_at_context(self, criteria: Mapping[str, Any]) -> bool:
        """Whether the query begins at a context, of which there are few nodes."""
        is_of_context = not criteria.keys().isdisjoint(("context_id", "context_id_then"))
        return is_of_context and not self.is_large

    def _is_of_one_type(self, criteria: Mapping[str, Any]) -> bool:
        return "type" in criteria or bool(self.filter and self.filter.one_type)

    def _is_led(self, criteria: Mapping[str, Any]) -> bool:
        """Whether a list by id or by update is of nodes that may be few: of uris, of a filter, and
        by update of a context, or those of a type that were created at some time. The planner,
        which knows no values, would leave what leads to them for the index in the order, and go
        through all of the type."""
        if self.order_by == "create_time" or "known_at" in criteria:
            return False
        if "uris" in criteria or (self.filter and self.filter.index):
            return True
        if self.order_by == "id":
            return False
        if self._begins_at_context(criteria):
            return True
        is_of_time = self._asks("create_time") or not _CREATED.keys().isdisjoint(criteria)
        return is_of_time and self._is_of_one_type(criteria)

    def _is_among_many(self, criteria: Mapping[str, Any]) -> bool:
        """Whether a list of a type by creation has a filter on the time of the update, which leads
        to many nodes: the planner would read all of these by the index of that time."""
        return (
            self.order_by == "create_time"
            and self._is_of_one_type(criteria)
            and self._asks("last_update_time")
            and criteria.keys().isdisjoint(("context_id", "uris"))
        )

    def _asks(self, time: Order) -> bool:
        """Whether the filter asks when, and does not lead to few nodes by that."""
        return self.filter is not None and any(near.time == time for near in self.filter.near)

    def _start(self, kind: str, criteria: Mapping[str, Any]) -> dict[str, Any]:
        if self.after is None:
            # The first page has a bound too, that all nodes meet: an index is entered by one.
            start: dict[str, Any] = {"after_id": _LAST_ID if self.descending else -1}
            if self.order_by != "id":
                start["after_time"] = _LAST_TIME if self.descending else EPOCH
            return start
        try:
            token = from_token(self.after)
            if token["list"] != self._list(kind, criteria):
                raise InvalidArgument(
                    "this page token came from a list with other conditions or another order;"
                    " pass the same ones with it, or begin again without it"
                )
            # Whoever asks can write one: nothing of it is taken but where the list goes on.
            goes_on: dict[str, Any] = {"after_id": int(token["after_id"])}
            if abs(goes_on["after_id"]) > INT64_MAX:
                raise ValueError("no id")
            if self.order_by != "id":
                goes_on["after_time"] = datetime.fromisoformat(token["after_time"])
            return goes_on
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, InvalidArgument):
                raise
            raise InvalidArgument(f"{self.after!r} is no page token that a list gave") from None

    def _list(self, kind: str, criteria: Mapping[str, Any]) -> str:
        """What tells this list, whatever the page, from others."""
        conditions = sorted((name, repr(value)) for name, value in criteria.items())
        if self.filter is not None and self.filter.query:
            conditions.append(("filter", self.filter.query))
        text = repr((kind, self.order_by, self.descending, conditions))
        return sha256(text.encode()).hexdigest()[:16]

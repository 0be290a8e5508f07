"""Pages of a list: one deep in a large graph should cost what the first one costs.

The place is reached as any user reaches it: by the tokens of the pages before, of which those on
the way may be larger. It is the last tenth of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.histories import history
from benchmarks.measure import Result, interleave, same, timer
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.peers.raw import Raw

__all__ = ["pages", "results"]

PAGE = 100
STRIDE = 10_000
ORDERS = ("id", "create_time", "last_update_time")

# The best page by hand: a bound that an index is entered by, its own order, whole nodes.
RAW = """
MATCH (n:Artifact)
WHERE TYPE KEY >= $value AND n.id IS NOT NULL
  AND CASE KEY WHEN $value THEN n.id > $id ELSE true END
WITH n ORDER BY ORDER LIMIT 101
RETURN collect(n {.*, create_time: n.create_time.epochMillis,
  last_update_time: n.last_update_time.epochMillis}) AS answer
"""


def results(options: Options) -> Iterator[Result]:
    """In the order of each key, of all artifacts and of those of one type."""
    with options.peers("ours", "raw") as (ours, raw):
        ours.load(history(options.nodes))
        for type_ in (None, "Model"):
            for order in ORDERS:
                yield pages(ours, raw, type_, order, rounds=options.rounds)


def pages(ours: Graphstore, raw: Raw, type_: str | None, order: Any, *, rounds: int) -> Result:
    """The first page, and one deep in the list, against the same by the raw driver."""

    def page(limit: int, after: str | None) -> Any:
        return ours.store.artifacts.list(type=type_, order_by=order, limit=limit, after=after)

    total, place, token, last = _deep(page)

    def by_raw() -> Any:
        value = last.id if order == "id" else getattr(last, order)
        key = f"n.{order}"
        text = RAW.replace("ORDER BY ORDER", f"ORDER BY {'n.type, ' if type_ else ''}{key}, n.id")
        text = text.replace("KEY", key).replace("TYPE", "n.type = $type AND" if type_ else "")
        return raw.read(text, type=type_, value=value, id=last.id)

    same(
        {
            "deep page": lambda: [node.id for node in page(PAGE, token)],
            "raw driver, deep page": lambda: [node["id"] for node in by_raw()][:PAGE],
        }
    )
    contestants: dict[str, Callable[[], object]] = {
        "first page": lambda: page(PAGE, None),
        "deep page": lambda: page(PAGE, token),
        "raw driver, deep page": by_raw,
    }
    which = f"artifacts of type {type_}" if type_ else "artifacts"
    return Result(
        f"a page of {PAGE} of {total:,} {which} by {order}, after {place:,}",
        "ms",
        interleave(
            {name: timer(ask, repeat=5) for name, ask in contestants.items()},
            rounds=rounds,
            warmup=3,
        ),
        subject="deep page",
        goals={"first page": 1 / 1.5},
    )


def _deep(page: Callable[[int, str | None], Any]) -> tuple[int, int, str, Any]:
    """How many there are, how many before the place, the token of the page there, and the last
    node before it.

    Raises:
        AssertionError: If the list gives a node twice.
    """
    ids: set[int] = set()
    ends: list[tuple[int, str, Any]] = []
    after: str | None = None
    while True:
        # Small strides in a small list, so that there is a place in its last tenth.
        nodes = page(min(STRIDE, max(PAGE // 10, len(ids) // 20)), after)
        before = len(ids)
        ids.update(node.id for node in nodes)
        if len(ids) != before + len(nodes):
            raise AssertionError(f"a page after {before} nodes has some of them again")
        if (after := nodes.next_page) is None:
            break
        ends.append((len(ids), after, nodes[-1]))
    total = len(ids)
    inside = [end for end in ends if end[0] <= total - PAGE] or ends
    return total, *inside[-1]

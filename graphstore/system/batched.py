"""Values by so many at a time, as Python's own `itertools.batched` has them from 3.12 on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

__all__ = ["batched"]

T = TypeVar("T")


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in their order, so many in a list at most; they are taken as they are needed."""
    each = iter(values)
    while some := list(islice(each, size)):
        yield some

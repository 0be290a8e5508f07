"""What is popular and what is not, the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

__all__ = ["Chance"]

T = TypeVar("T")


class Chance:
    """Chooses by Zipf's law: the second thing half as often as the first, the third a third."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def some(self, things: Sequence[T], number: int) -> list[T]:
        """So many of some things; popular ones again and again."""
        weights = list(accumulate(1 / rank for rank in range(1, len(things) + 1)))
        return self._random.choices(things, cum_weights=weights, k=number)

    def any(self, things: Sequence[T], number: int) -> list[T]:
        """So many of some things, all equally popular."""
        return self._random.choices(things, k=number)

    def distinct(self, things: Sequence[T], number: int) -> list[T]:
        """So many different ones, the popular ones likelier; all, shuffled, if there are fewer."""
        weights = [self._random.random() ** rank for rank in range(1, len(things) + 1)]
        order = sorted(range(len(things)), key=weights.__getitem__, reverse=True)
        return [things[place] for place in order[:number]]

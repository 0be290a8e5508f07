"""Whether seals are a chain: each signed, each naming the one before, and none gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from graphstore.database import Row
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.proof.keys import are_linked
from graphstore.proof.report import Problem
from graphstore.proof.seal import Seal, file_name, seal_in
from graphstore.storage.changes import BEGINNING

__all__ = ["chain_problems", "key_problems", "seals_in", "seals_of"]


def seals_of(rows: Sequence[Row]) -> tuple[list[Seal], list[Problem]]:
    """The seals among the nodes that a store has of them, in order, and what is none any more."""
    seals, problems = [], []
    for row in rows:
        try:
            seals.append(Seal.from_row(row["seal"]))
        except ValueError as error:
            number = row["seal"].get("number")
            problems.append(_problem(number, f"seal {number} was altered: {error}"))
    return seals, problems


def seals_in(folder: Path) -> tuple[dict[int, Seal], list[Problem]]:
    """The seals that are kept in a folder, by number, and what is none.

    Raises:
        InvalidArgument: If there is no file with one.
    """
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        raise InvalidArgument(f"{folder} is no folder with seals ({file_name(1)}, ...)")
    seals: dict[int, Seal] = {}
    problems = []
    for file in files:
        try:
            seal = seal_in(file)
        except FailedPrecondition as error:
            problems.append(Problem("seal", file.name, str(error)))
            continue
        other = seals.setdefault(seal.number, seal)
        if not seal.is_signed:
            problems.append(_problem(seal.number, f"{file} was altered: its signature is wrong"))
        elif other != seal:
            text = f"{folder} has two seals of number {seal.number}, which differ"
            problems.append(_problem(seal.number, text))
    return seals, problems


def chain_problems(seals: Sequence[Seal], kept: Mapping[int, Seal]) -> Iterator[Problem]:
    """What is wrong with seals, and with them beside those that are kept elsewhere."""
    last: Seal | None = None
    for seal in seals:
        yield from _own_problems(seal, last)
        other = kept.get(seal.number)
        if other is not None and other != seal:
            names = ", ".join(name for name in vars(seal) if vars(seal)[name] != vars(other)[name])
            yield _problem(
                seal.number, f"seal {seal.number} is not the one that is kept elsewhere: {names}"
            )
        last = seal
    numbers = {seal.number for seal in seals}
    for number in sorted(kept.keys() - numbers):
        end = "cut off: " if number > max(numbers, default=0) else ""
        yield _problem(number, f"{end}seal {number} is kept elsewhere, and missing in the store")


def _own_problems(seal: Seal, last: Seal | None) -> Iterator[Problem]:
    number, expected = seal.number, last.number + 1 if last else 1
    if not seal.is_signed:
        yield _problem(number, f"seal {number} was altered: its signature is wrong")
    if number != expected:
        gone = f"seal {expected}" + (f" to {number - 1}" if number - 1 > expected else "")
        yield _problem(expected, f"{gone} is missing: the next one that is there is {number}")
        return
    if last is None:
        if seal.previous or seal.successions or seal.since != BEGINNING:
            yield _problem(number, f"seal {number} is not the first: it names one before it")
        return
    if seal.previous != last.digest or seal.since != last.until:
        yield _problem(number, f"seal {number} does not follow from seal {last.number} as it is")
    if not are_linked(last.key, seal.key, seal.successions):
        yield Problem(
            "key",
            f"seal {number}",
            f"seal {number} is signed by {seal.key}, and no signature of {last.key} says that this"
            " is its successor",
            number,
        )


def key_problems(seals: Sequence[Seal], trusted: Sequence[str]) -> Iterator[Problem]:
    """Seals whose keys nobody vouches for: none of the keys that are trusted has signed, or named
    its successor, in what is behind them."""
    if not seals:
        return
    line = {seals[0].key}
    for seal in seals:
        line |= {seal.key, *(one.previous for one in seal.successions)}
    if not line & set(trusted):
        keys = ", ".join(dict.fromkeys(seal.key for seal in seals))
        yield Problem(
            "key",
            f"seal {seals[-1].number}",
            f"the seals are signed by {keys}: unknown, and no successor of {', '.join(trusted)}",
            seals[-1].number,
        )


def _problem(number: int | None, text: str) -> Problem:
    return Problem("seal", f"seal {number}", text, number)

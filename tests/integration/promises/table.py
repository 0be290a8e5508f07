"""The table of ways and promises, as docs/writing.md has it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.conftest import ROOT
from tests.integration.promises.ways import PROMISES, WAYS

__all__ = ["BEGIN", "END", "PAGE", "every_promise_held", "table"]

PAGE = ROOT / "docs" / "writing.md"
BEGIN, END = "<!-- promises -->", "<!-- /promises -->"

Outcomes = Mapping[tuple[str, str], set[str]]
"""How the tests ended of a promise and a way, in pytest's words."""


def every_promise_held() -> Outcomes:
    """Outcomes as they should be."""
    return {(promise, way): {"passed"} for promise in PROMISES for way in WAYS}


def table(outcomes: Outcomes) -> str:
    """The table, with a note for each term, and what the promises are.

    A cell has what its way says of the promise if all tests of that passed; else how they ended.
    """
    notes: dict[str, int] = {}
    lines = [f"| | {' | '.join(PROMISES)} |", f"|---|{'---|' * len(PROMISES)}"]
    for name, way in WAYS.items():
        cells = []
        for promise in PROMISES:
            ends = outcomes.get((promise, name)) or {"not run"}
            terms = way.terms.get(promise)
            if ends != {"passed"}:
                cells.append(f"**{' and '.join(sorted(ends))}**")
            elif terms is None:
                cells.append("yes")
            else:
                number = notes.setdefault(terms.why, len(notes) + 1)
                cells.append(f"{terms.verdict} ({number})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", *(f"- **{promise}**: {text}" for promise, text in PROMISES.items())]
    lines += ["", *(f"{number}. {why}" for why, number in notes.items())]
    return "\n".join(lines)

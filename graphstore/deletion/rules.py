"""What a deletion takes along, what it keeps and what is refused: the rules, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "ASKED",
    "DELETED",
    "DEPLOYED",
    "HISTORY",
    "MADE",
    "MEANWHILE",
    "OTHER_RUN",
    "RULES",
    "RUN",
    "RUNNING",
    "STEP",
    "USED",
    "Effect",
    "Rule",
]


class Effect(str, Enum):
    """What becomes of a node by a rule."""

    GOES = "goes"
    STAYS = "stays"
    REFUSED = "refused"
    """Then nothing is deleted at all, unless it is forced."""
    IMPOSSIBLE = "impossible"
    """Then nothing is deleted at all, forced or not."""


@dataclass(frozen=True)
class Rule:
    """Why something goes, stays or is refused."""

    name: str
    effect: Effect
    words: str


ASKED = Rule("asked", Effect.GOES, "asked for")
RUN = Rule("run", Effect.GOES, "a run of a pipeline that goes")
STEP = Rule("step", Effect.GOES, "an execution of a run or a pipeline that goes")
MADE = Rule("made", Effect.GOES, "made by executions that go, and used by no other")
DELETED = Rule("deleted", Effect.STAYS, "deleted before")
OTHER_RUN = Rule("other_run", Effect.STAYS, "another run has it, too")
USED = Rule("used", Effect.STAYS, "another execution made or read it")
MEANWHILE = Rule("meanwhile", Effect.STAYS, "somebody began to use it meanwhile")
RUNNING = Rule("running", Effect.REFUSED, "it goes on still")
DEPLOYED = Rule("deployed", Effect.REFUSED, "a live deployment stands on it")
HISTORY = Rule("history", Effect.IMPOSSIBLE, "what stays was made from it, or belongs to it")

RULES = (
    *(ASKED, RUN, STEP, MADE),
    *(DELETED, OTHER_RUN, USED, MEANWHILE),
    *(RUNNING, DEPLOYED, HISTORY),
)
"""All of them. Of those that fit a node the last one holds."""

"""A policy of retention: which runs of which pipelines are kept, as a file of TOML says.

::

    reason = "kept for 90 days"

    [pipeline."nightly-*"]
    keep_last = 10          # runs, the last to begin
    keep_days = 90          # younger than this
    keep_deployed = true    # what made anything that is or was deployed or pushed
    states = ["FAILED"]     # only runs that ended so go; without it, however they ended
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from graphstore.errors import FailedPrecondition, InvalidArgument, brief

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Policy", "PolicyRule"]

_KEYS: Mapping[str, type] = {
    "keep_last": int,
    "keep_days": int,
    "keep_deployed": bool,
    "states": list,
}


@dataclass(frozen=True)
class PolicyRule:
    """Which runs of some pipelines are kept: those that meet one of these."""

    pipeline: str
    """The names of the pipelines: ``*`` stands for any text, ``?`` for a character."""
    keep_last: int = 0
    """So many that began last."""
    keep_days: int = 0
    """Those that began so many days ago at most."""
    keep_deployed: bool = True
    """Those that made something which is or was deployed or pushed, or what that was made from."""
    states: tuple[str, ...] = ()
    """Only runs that ended so go; empty for all."""


@dataclass(frozen=True)
class Policy:
    """Rules, of which the first that fits a pipeline holds; others keep all of their runs."""

    rules: tuple[PolicyRule, ...]
    reason: str | None = None

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        """Read one.

        Raises:
            FailedPrecondition: If the file cannot be read.
            InvalidArgument: If it is no policy; the message names the file, the key and the value.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FailedPrecondition(f"cannot read {path}: {error}") from error
        try:
            return cls.parse(text)
        except InvalidArgument as error:
            raise InvalidArgument(f"{path}: {error}") from None

    @classmethod
    def parse(cls, text: str) -> Policy:
        """The policy that a text says.

        Raises:
            InvalidArgument: If it is none.
        """
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InvalidArgument(f"it is no TOML: {error}") from None
        _refuse_others(data, ("reason", "pipeline"), "a policy")
        reason, pipelines = data.get("reason"), data.get("pipeline")
        if reason is not None and not isinstance(reason, str):
            raise InvalidArgument(f"reason: expected a text, found {brief(reason)}")
        if not isinstance(pipelines, dict) or not pipelines:
            raise InvalidArgument(
                'it names no pipeline: expected a table like [pipeline."nightly-*"]'
            )
        return cls(tuple(_rule(name, one) for name, one in pipelines.items()), reason)

    def rule_of(self, pipeline: str) -> PolicyRule | None:
        """The rule for the pipeline of a name; None if all of its runs are kept."""
        return next((one for one in self.rules if fnmatchcase(pipeline, one.pipeline)), None)


def _rule(pipeline: str, table: Any) -> PolicyRule:
    where = f"pipeline {pipeline!r}"
    if not isinstance(table, dict):
        raise InvalidArgument(f"{where}: expected a table, found {brief(table)}")
    _refuse_others(table, _KEYS, where)
    for key, value in table.items():
        if type(value) is not _KEYS[key] or (isinstance(value, int) and value < 0):
            expected = {int: "a whole number, 0 or more", bool: "true or false", list: "a list"}
            raise InvalidArgument(
                f"{where}: {key}: expected {expected[_KEYS[key]]}, found {brief(value)}"
            )
    if not {"keep_last", "keep_days"} & table.keys():
        raise InvalidArgument(f"{where}: say keep_last or keep_days, or 0 if none is to be kept")
    states = table.get("states", [])
    if not all(isinstance(one, str) for one in states) or ("states" in table and not states):
        raise InvalidArgument(f"{where}: states: expected texts, found {brief(states)}")
    return PolicyRule(pipeline, **{**table, "states": tuple(states)})


def _refuse_others(table: Mapping[str, Any], known: Any, where: str) -> None:
    for key in table:
        if key not in known:
            raise InvalidArgument(f"{where} has no {brief(key)}; there are {', '.join(known)}")

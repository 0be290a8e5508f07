"""Which code a step runs, as it is now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.recording.capture.source import (
    Body,
    known_by_bytecode,
    qualified_name,
    source_digest,
)
from graphstore.recording.describing import Contents, Describer

__all__ = ["Code", "Dependencies", "Version", "version_of"]

Code = Any
"""What a step runs: functions, classes or modules, or the text of a version; one, or several."""


@dataclass(frozen=True)
class Version:
    """The version of the code of a step."""

    digest: str | None
    """Its digest; None if it has none."""
    unknown: Sequence[str] = ()
    """Why it cannot be told from another version, if it cannot."""
    bytecode: Sequence[str] = ()
    """What is known by its bytecode alone, since its source is not there."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """What stood at the paths that it closes over, where something did."""


def version_of(code: Code, *, contents: Contents | None = None) -> Version:
    """The version of what a step runs: `recording.capture.source_digest`, and of what functions
    close over the values, defaults and attributes of classes, too; of a bound method and of an
    object that is called the state.

    Args:
        code: What it runs.
        contents: What stands at a path, as a digest; without it paths are known by their text.

    Raises:
        InvalidArgument: If something in it is no code at all.
    """
    items = list(code) if isinstance(code, (list, tuple)) else [code]
    describer = Describer(contents=contents)
    try:
        digest = source_digest(*items, values=describer.exact)
    except InvalidArgument:
        raise
    except Exception as error:  # of objects that fail as they are looked at
        return Version(None, [f"{type(error).__name__} was raised as its code was looked at"])
    reasons = [*describer.unknown, *describer.unknown_classes]
    unknown = [f"of what it closes over or is bound to, {why}" for why in reasons]
    items = [item.of if isinstance(item, Body) else item for item in items]
    bytecode = [qualified_name(item) for item in items if known_by_bytecode(item)]
    return Version(digest, list(dict.fromkeys(unknown)), bytecode, describer.paths)


class Dependencies:
    """What a function depends on, each as the function would find it now.

    A notebook's cell that is run again, or a module that is loaded again, defines what it defines
    anew; a list that was made before still has the old ones.
    """

    def __init__(self, function: Callable[..., Any], code: Code) -> None:
        self._items = list(code) if isinstance(code, (list, tuple)) else [code]
        # Not its globals: it may be pickled for a pool, and they hold whatever its module holds.
        self._function = function
        space = list(self._space.items())
        # By every name that the function could call it by.
        self._names = [[n for n, value in space if value is i] for i in self._items]

    @property
    def _space(self) -> dict[str, Any]:
        space: dict[str, Any] = getattr(self._function, "__globals__", {})
        return space

    def now(self) -> list[Any]:
        """The functions, classes and modules that these are now."""
        return [
            self._current(item, names) for item, names in zip(self._items, self._names, strict=True)
        ]

    def _current(self, item: Any, names: Sequence[str]) -> Any:
        for alias in names:
            if alias in self._space:
                return self._space[alias]
        if not isinstance(item, (FunctionType, type)) or "<" in (name := item.__qualname__):
            return item
        value: Any = _namespace(item)
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
        return item if value is None else value


def _namespace(item: FunctionType | type) -> dict[str, Any]:
    """Where a function or a class was defined, and is defined anew when that is loaded again."""
    if isinstance(item, FunctionType):
        return item.__globals__
    return vars(sys.modules[item.__module__]) if item.__module__ in sys.modules else {}

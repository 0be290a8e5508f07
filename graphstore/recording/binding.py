"""Whether the first argument of a call is the object, or the class, that a method is bound to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["binds"]

_DEEP = 20


def binds(first: Any, method: Callable[..., Any]) -> bool:
    """Whether `first` is what `method` is bound to, however it is called.

    It is if its class, or one above that, has the method as such, or it is a class that has it as
    a class method; a static method is bound to nothing, and nor is a function that stands in no
    class, whatever its first parameter is called.
    """
    if issubclass(type(first), type) and any(
        isinstance(entry, classmethod) and _is(entry, method) for entry in _entries(first)
    ):
        return True
    return any(
        not isinstance(entry, (staticmethod, classmethod)) and _is(entry, method)
        for entry in _entries(type(first))
    )


def _entries(owner: type) -> list[Any]:
    return [entry for one in owner.__mro__ for entry in list(vars(one).values())]


def _is(entry: Any, method: Callable[..., Any]) -> bool:
    """Whether what stands in a class is a method, or was made of it by another decorator."""
    for _ in range(_DEEP):
        if entry is method:
            return True
        for name in ("__func__", "__wrapped__", "fget", "func"):
            inner = _own(entry, name)
            if inner is not None:
                entry = inner
                break
        else:
            return False
    return False


def _own(entry: Any, name: str) -> Any:
    try:
        return object.__getattribute__(entry, name)
    except Exception:
        return None

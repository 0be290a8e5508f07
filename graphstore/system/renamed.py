"""Functions, options and classes by the names that they had before, for one release.

An old name works, and warns (`DeprecationWarning`). Modules that moved are in `moved`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

__all__ = [
    "renamed_function",
    "renamed_names",
    "renamed_options",
    "spread_options",
    "warn_renamed",
]

P = ParamSpec("P")
T = TypeVar("T")


def warn_renamed(old: str, new: str, *, stacklevel: int = 3) -> None:
    """Say that a name has become another: to who called the caller, unless `stacklevel` is more."""
    warnings.warn(
        f"{old} is called {new} now; the old name goes with the next release",
        DeprecationWarning,
        stacklevel=stacklevel,
    )


def renamed_options(**names: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function take options by the names that they had before.

    Type checkers see the new names only.

    Args:
        names: The new name of each option, by the old one.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            for old in names.keys() & kwargs.keys():
                new = names[old]
                if new in kwargs:
                    raise TypeError(
                        f"{function.__qualname__}() was given {new} and {old}, its old name"
                    )
                warn_renamed(f"the option {old} of {function.__qualname__}()", new)
                kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return call

    return decorate


def spread_options(kind: type) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function take an object of options, by position or as `options`, as it did before.

    Args:
        kind: The class of the object, a dataclass; its fields are the function's keywords.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            options: Any = kwargs.pop("options", None)
            if args and isinstance(args[-1], kind):
                options = args[-1]
            if options is None:
                return function(*args, **kwargs)
            warnings.warn(
                f"{function.__qualname__}() takes the fields of {kind.__name__} as keywords now;"
                " the object goes with the next release",
                DeprecationWarning,
                stacklevel=2,
            )
            rest: Any = args[:-1] if args and args[-1] is options else args
            return function(*rest, **{**vars(options), **kwargs})

        return call

    return decorate


def renamed_function(old: str, new: Callable[P, T]) -> Callable[P, T]:
    """A function or a method by its old name.

    It has no docstring, so that the reference leaves it out.

    Args:
        old: What it was called.
        new: The function as it is called now.
    """

    @wraps(new)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        warn_renamed(f"{call.__qualname__}()", f"{new.__qualname__}()")
        return new(*args, **kwargs)

    call.__name__ = old
    call.__qualname__ = new.__qualname__.removesuffix(new.__name__) + old
    call.__doc__ = None
    del call.__dict__["__wrapped__"]  # else tools take its docstring for this one's
    call.__dict__["__deprecated__"] = f"called {new.__name__} now"
    return call


def renamed_names(module: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """The function `__getattr__` of a module that has had other names in it.

    Args:
        module: Its `__name__`.
        names: The new name of each, by the old one. One with a dot is in another module of the
            package: `questions.diff.Diff`.
    """

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, _, new = names[name].rpartition(".")
        where = f"{module.partition('.')[0]}.{home}" if home else module
        warn_renamed(f"{module}.{name}", f"{where}.{new}")
        return getattr(import_module(where), new)

    return find

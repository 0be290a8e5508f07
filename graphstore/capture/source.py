"""Digests of source text: whether a step is still the one that made a cached result."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import textwrap
from contextlib import suppress
from types import FunctionType, MethodType, ModuleType
from typing import Any

from graphstore.errors import InvalidArgument

__all__ = ["source_digest"]


def source_digest(*objects: Any) -> str:
    """``sha256:`` and the digest of the source text of functions, methods, classes and modules.

    The text is what their files say now, decorators included, without its indentation and with one
    kind of line ends. A string counts as it is: the text of a version. Of something decorated it is
    the text of what was decorated, if the decorator tells (`functools.wraps`). Of a
    `functools.partial` it is that of the function, and its arguments: None, numbers, strings,
    lists, tuples and dicts of these, or what has a source too. The order of `objects` matters.

    What is not in the text does not count: the code that it calls, globals and closures, the state
    of the object that a method is bound to.

    Raises:
        InvalidArgument: If one has no source of its own: it was typed in at a prompt, is written in
            C, is a lambda or an instance; or if there are none.
    """
    if not objects:
        raise InvalidArgument("there is nothing to digest: give functions, classes or modules")
    whole = hashlib.sha256()
    for item in objects:
        whole.update(hashlib.sha256(_text(item).encode(errors="surrogatepass")).digest())
    return "sha256:" + whole.hexdigest()


def _text(item: Any) -> str:
    """What stands for an item; its first line keeps apart what is not of one kind."""
    if isinstance(item, str):
        return "text\n" + item
    # A partial may claim to be what it wraps (functools.update_wrapper), and is more than that.
    with suppress(ValueError):  # a circle of wrappers
        item = inspect.unwrap(item, stop=lambda found: isinstance(found, functools.partial))
    if isinstance(item, functools.partial):
        arguments = json.dumps([_plain(item.args, item), _plain(item.keywords, item)])
        return f"partial\n{arguments}\n{_text(item.func)}"
    return "source\n" + _source(item)


def _source(item: Any) -> str:
    if not isinstance(item, (FunctionType, MethodType, ModuleType, type)):
        raise _no_source(item, "is no function, class or module of Python")
    if getattr(item, "__name__", "") == "<lambda>":  # it would be that of all on its line, or less
        raise _no_source(item, "is a lambda, whose text cannot be told from what is around it")
    if hasattr(item, "_partialmethod") or hasattr(item, "__partialmethod__"):
        raise _no_source(item, "is a partialmethod, whose text would be that of functools")
    try:
        text = inspect.getsource(item)
    except (OSError, TypeError, ValueError, SyntaxError):
        raise _no_source(item, "has no source text that Python can find") from None
    return textwrap.dedent(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def _plain(value: Any, owner: Any) -> Any:
    """An argument of a partial, as JSON that differs where the arguments do."""
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [_plain(item, owner) for item in value]]
    if isinstance(value, dict):
        pairs = [[_plain(key, owner), _plain(item, owner)] for key, item in value.items()]
        return ["dict", sorted(pairs, key=json.dumps)]
    if type(value) in (str, int, float, bool, type(None)):
        return value
    if callable(value):
        return ["source", _text(value)]
    raise _no_source(owner, f"has an argument of type {type(value).__name__}")


def _no_source(item: Any, why: str) -> InvalidArgument:
    # Not as its repr, which shows arguments that may be secret.
    name = getattr(item, "__qualname__", getattr(item, "__name__", "object"))
    return InvalidArgument(
        f"cannot digest the {type(item).__name__} {name}: it {why}."
        ' Define it in a file, with def or class, or pass version="..."'
    )

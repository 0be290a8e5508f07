"""Digests of code: whether a step is still the one that made a cached result.

What counts is the code that is loaded, not the file that it came from. The rule:

1. **Its source**, where that can be found and is known to be what is loaded. Python keeps no text,
   and `inspect` reads what the file says now, which somebody may have edited since. So the text is
   compiled, and taken only if it gives the very bytecode that is loaded, and if defaults and
   constants that it writes out have the values that it says. Of the text its syntax counts
   (`ast.unparse`): comments, white space, line wrapping and quotes mean nothing. Decorators count,
   but for graphstore's own, whose options are recorded otherwise or change nothing.
2. **Its bytecode** otherwise: of a lambda, of what was typed at a prompt, came by `exec` or from
   another process, or whose file changed. Code, constants and names count, those of inner functions
   too, and the version of Python, since bytecode differs between versions; file names and line
   numbers do not.
3. **Its name** and the version of its package, of what is written in C.

So the same code has another digest once it is moved from a file to a prompt, or after its file was
edited: it runs once more than it needs to, and is never skipped for what it is not.
"""

from __future__ import annotations

import ast
import copy
import functools
import hashlib
import inspect
import json
import linecache
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from graphstore.errors import InvalidArgument

__all__ = ["OWN_DECORATOR", "known_by_bytecode", "qualified_name", "source_digest"]

OWN_DECORATOR = "__graphstore_decorator__"
"""The attribute that marks graphstore's own decorators, which are no part of the code."""

Values = Callable[[Any], Any]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# Varargs, keywords, nested, generator, coroutine, asynchronous generator. The others tell of
# `from __future__`, which a notebook passes on from cell to cell.
_FLAGS = 0x04 | 0x08 | 0x10 | 0x20 | 0x80 | 0x200


def source_digest(*objects: Any, values: Values | None = None) -> str:
    """``sha256:`` and the digest of functions, methods, classes and modules: this module's rule.

    A string counts as it is: the text of a version. Of something decorated it is what was decorated
    that counts, if the decorator tells (`functools.wraps`). Of a `functools.partial` it is the
    function, and its arguments. Of a class those of its own package that it inherits from count,
    too. The order of `objects` matters. What they call does not count, nor do globals.

    Args:
        objects: What to digest; at least one.
        values: What stands for a value, as JSON that differs where values do. With it, the values
            that functions close over count, and the object that a method is bound to, or that is
            called; without it these do not, and arguments of a partial must be None, numbers,
            strings, lists, tuples and dicts of these, or code.

    Raises:
        InvalidArgument: If one is no code; or if there are none.
    """
    if not objects:
        raise InvalidArgument("there is nothing to digest: give functions, classes or modules")
    whole = hashlib.sha256()
    for item in objects:
        whole.update(_sha256(_text(item, values)))
    return "sha256:" + whole.hexdigest()


def known_by_bytecode(item: Any) -> bool:
    """Whether an item is Python's, and its source is not there or not what is loaded."""
    if isinstance(item, str):
        return False
    return _text(item, lambda _: None).rpartition("method\nnull\n")[2].startswith("bytecode\n")


def qualified_name(item: Any) -> str:
    """What a function or class is called, with its module; of anything else, its type's."""
    try:
        has_name = isinstance(item.__qualname__, str)
    except Exception:  # an object that fails as it is asked for anything
        has_name = False
    if not has_name:
        if issubclass(type(item), ModuleType):
            return str(item.__name__)
        item = type(item)
    module = getattr(item, "__module__", None)
    if not isinstance(module, str) or module == "builtins":
        return str(item.__qualname__)
    return f"{module}.{item.__qualname__}"


def _text(item: Any, values: Values | None) -> str:
    """What stands for an item; its first line keeps apart what is not of one kind."""
    if isinstance(item, str):
        return "text\n" + item
    if isinstance(item, (staticmethod, classmethod)):
        item = item.__func__
    if hasattr(item, "_partialmethod") or hasattr(item, "__partialmethod__"):
        raise _no_code(item, "is a partialmethod, which is not told from functools'")
    # A partial may claim to be what it wraps (functools.update_wrapper), and is more than that.
    with suppress(ValueError):  # a circle of wrappers
        item = inspect.unwrap(item, stop=lambda layer: isinstance(layer, functools.partial))
    if isinstance(item, functools.partial):
        plain = values or functools.partial(_plain, owner=item)
        arguments = json.dumps([plain(item.args), plain(item.keywords)], sort_keys=True)
        return f"partial\n{arguments}\n{_text(item.func, values)}"
    if isinstance(item, MethodType):
        function = _text(item.__func__, values)
        owner = item.__self__
        if values is None or isinstance(owner, type):
            return function
        return f"method\n{json.dumps(values(owner), sort_keys=True)}\n{function}"
    if isinstance(item, FunctionType):
        return _function(item) + _closure(item, values)
    if isinstance(item, type):
        return "".join(_whole_class(one, values) for one in [item, *_own_bases(item)])
    if isinstance(item, ModuleType):
        return _module(item) or _builtin(item)
    if isinstance(item, BuiltinFunctionType) or inspect.ismethoddescriptor(item):
        owner = getattr(item, "__self__", None)
        if values is None or owner is None or isinstance(owner, (type, ModuleType)):
            return _builtin(item)
        return f"method\n{json.dumps(values(owner), sort_keys=True)}\n{_builtin(item)}"
    if values is not None and callable(item):
        code = _text(type(item), values)
        return f"object\n{json.dumps(values(item), sort_keys=True)}\n{code}"
    raise _no_code(item, "is no function, class or module")


def _function(function: FunctionType) -> str:
    """The source of a function without what it closes over, or its bytecode."""
    source = _Source.of(function.__code__.co_filename, function.__globals__)
    node = source.definition(function) if source else None
    if source is not None and node is not None:
        return "source\n" + source.text(node, function.__globals__)
    defaults = _digestible([function.__defaults__, function.__kwdefaults__])
    return f"bytecode\n{_VERSION}\n{_bytecode(function.__code__)}\n{defaults}"


def _closure(function: FunctionType, values: Values | None) -> str:
    if values is None or function.__closure__ is None:
        return ""
    contents: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__, strict=True):
        if name == "__class__":  # what super() needs; the class is no value that a function reads
            continue
        with suppress(ValueError):  # empty as yet
            contents[name] = values(cell.cell_contents)
    return f"\nclosure\n{json.dumps(contents, sort_keys=True)}" if contents else ""


def _whole_class(owner: type, values: Values | None) -> str:
    """A class, with what its functions close over."""
    functions = sorted(_functions(vars(owner)), key=lambda pair: pair[0])
    return (_class(owner) or _builtin(owner)) + "".join(_closure(f, values) for _, f in functions)


def _own_bases(owner: type) -> list[type]:
    """What a class inherits from in its own package; others have versions of their own."""
    package = owner.__module__.partition(".")[0]
    return [one for one in owner.__mro__[1:] if one.__module__.partition(".")[0] == package]


def _class(owner: type) -> str | None:
    """The source of a class, or the bytecode of its functions; None if it is written in C."""
    functions = dict(_functions(vars(owner)))
    names = owner.__qualname__.rpartition("<locals>.")[2].split(".")
    module = vars(sys.modules.get(owner.__module__, object))
    files = {function.__code__.co_filename for function in functions.values()}
    if isinstance(file := module.get("__file__"), str):
        files.add(file)
    for file in sorted(files):
        source = _Source.of(file, module)
        if source is None:
            continue
        own = [one for one in functions.values() if one.__code__.co_filename == file]
        for node in source.classes(names):
            if source.holds(node, own) and _constants_hold(node.body, vars(owner)):
                return "source\n" + source.text(node, own[0].__globals__ if own else module)
    if owner.__flags__ & (1 << 9) == 0:  # no heap type: written in C
        return None
    return _loaded_text(vars(owner), functions)


def _module(module: ModuleType) -> str | None:
    """The source of a module, or the bytecode of what it defines; None if it is written in C."""
    space = vars(module)
    file = space.get("__file__")
    functions = {n: f for n, f in _functions(space) if f.__module__ == module.__name__}
    for name, value in list(space.items()):
        if isinstance(value, type) and value.__module__ == module.__name__:
            functions |= {f"{name}.{inner}": f for inner, f in _functions(vars(value))}
    own = [one for one in functions.values() if one.__code__.co_filename == file]
    source = _Source.of(file, space) if isinstance(file, str) else None
    whole = source is not None and source.holds(source.tree, own)
    if source is not None and whole and _constants_hold(source.tree.body, space):
        return "source\n" + source.text(source.tree, space)
    return _loaded_text(space, functions) if functions else None


def _loaded_text(space: Mapping[str, Any], functions: Mapping[str, FunctionType]) -> str:
    codes = {name: _bytecode(one.__code__) for name, one in functions.items()}
    plain = _scalars(space)
    for name, value in list(space.items()):
        if isinstance(value, type) and value.__module__ == space.get("__name__"):
            plain |= {f"{name}.{inner}": text for inner, text in _scalars(vars(value)).items()}
    return f"bytecode\n{_VERSION}\n{json.dumps([codes, plain], sort_keys=True)}"


def _scalars(space: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: repr(value)
        for name, value in list(space.items())
        if type(value) in _SCALARS and not name.startswith("__")
    }


def _builtin(item: Any) -> str:
    """What is written in C: its name, and the version of what it belongs to."""
    name = qualified_name(item)
    package = sys.modules.get(name.partition(".")[0])
    version = getattr(package, "__version__", None)
    return f"builtin\n{name}\n{version if isinstance(version, str) else _VERSION}"


def _functions(space: Mapping[str, Any]) -> Iterator[tuple[str, FunctionType]]:
    """The functions of a class or a module by name, as they were before they were decorated."""
    for name, value in list(space.items()):
        if isinstance(value, property):
            value = value.fget
        value = getattr(value, "__func__", value)
        try:
            value = inspect.unwrap(value)
        except (ValueError, AttributeError):
            continue
        if isinstance(value, FunctionType):
            yield name, value


class _Source:
    """A file's text as it is now, as Python reads it."""

    def __init__(self, tree: ast.Module, code: CodeType) -> None:
        self.tree = tree
        self._codes: dict[tuple[str, int], set[str]] = {}
        codes = [code]
        while codes:
            one = codes.pop()
            self._codes.setdefault((one.co_name, one.co_firstlineno), set()).add(_bytecode(one))
            codes += [const for const in one.co_consts if isinstance(const, CodeType)]

    @classmethod
    def of(cls, file: str, space: Mapping[str, Any]) -> _Source | None:
        """The source in a file, or in what a notebook calls one; None if there is none."""
        try:
            linecache.checkcache(file)
            lines = linecache.getlines(file, dict(space))
        except (OSError, ValueError, SyntaxError, UnicodeError, MemoryError):
            return None
        return _parse("".join(lines), file) if lines else None

    def definition(self, function: FunctionType) -> ast.AST | None:
        """Where a function is defined; None if that is not what is loaded."""
        code = function.__code__
        if not self._has(code):
            return None
        for node in ast.walk(self.tree):
            if (
                isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
                and node.name == code.co_name
                and _first_line(node) == code.co_firstlineno
                and _defaults_hold(node, function)
            ):
                return node
        return None

    def classes(self, names: list[str]) -> list[ast.ClassDef]:
        """The classes of a qualified name, the last one first."""
        inside: list[ast.AST] = [self.tree]
        for name in names:
            inside = [
                node
                for outer in inside
                for node in ast.walk(outer)
                if isinstance(node, ast.ClassDef) and node.name == name and node is not outer
            ]
        return [node for node in reversed(inside) if isinstance(node, ast.ClassDef)]

    def holds(self, node: ast.AST, functions: Iterable[FunctionType]) -> bool:
        """Whether these functions are defined within a node as they are loaded."""
        within = {
            (inner.name, _first_line(inner)): inner
            for inner in ast.walk(node)
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        for function in functions:
            code = function.__code__
            if code.co_name == "<lambda>":
                if not self._has(code) or not _spans(node, code.co_firstlineno):
                    return False
                continue
            inner = within.get((code.co_name, code.co_firstlineno))
            if inner is None or not self._has(code) or not _defaults_hold(inner, function):
                return False
        return True

    def text(self, node: ast.AST, space: Mapping[str, Any]) -> str:
        """What counts of a node: its syntax, without our own decorators."""
        node = copy.deepcopy(node)
        for inner in ast.walk(node):
            if isinstance(inner, _Definition):
                inner.decorator_list = [
                    one for one in inner.decorator_list if not _is_own(one, space)
                ]
        return ast.unparse(node)

    def _has(self, code: CodeType) -> bool:
        return _bytecode(code) in self._codes.get((code.co_name, code.co_firstlineno), ())


@functools.lru_cache(maxsize=64)
def _parse(text: str, file: str) -> _Source | None:
    try:
        tree = ast.parse(text)
        # A notebook awaits outside of functions.
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return _Source(tree, compile(tree, file, "exec", flags, dont_inherit=True))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _spans(node: ast.AST, line: int) -> bool:
    """Whether a line is one of a node's, if that has lines."""
    first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    return first is None or last is None or first <= line <= last


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _is_own(decorator: ast.expr, space: Mapping[str, Any]) -> bool:
    """Whether a decorator is graphstore's own, as far as names tell."""
    while isinstance(decorator, ast.Call):
        decorator = decorator.func
    names = ast.unparse(decorator).split(".")
    target = space.get(names[0], _MISSING)
    for name in names[1:]:
        target = getattr(target, name, _MISSING)
    if target is _MISSING:  # imported within a function, say
        return names[-1] == "step"
    return getattr(target, OWN_DECORATOR, False) is True


def _defaults_hold(node: ast.FunctionDef | ast.AsyncFunctionDef, function: FunctionType) -> bool:
    """Whether the defaults that are written out are those that are loaded."""
    positional = function.__defaults__ or ()
    if len(node.args.defaults) != len(positional):
        return False
    by_name = function.__kwdefaults__ or {}
    pairs = list(zip(node.args.defaults, positional, strict=True))
    for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if default is not None:
            pairs.append((default, by_name.get(argument.arg, _MISSING)))
    return all(_holds(expression, current) for expression, current in pairs)


def _constants_hold(body: Iterable[ast.stmt], space: Mapping[str, Any]) -> bool:
    """Whether names that are given a constant once, and nothing else, still have it."""
    constants: dict[str, list[ast.expr | None]] = {}
    for statement in body:
        targets: list[ast.expr] = []
        value = None
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        for target in targets:
            if isinstance(target, ast.Name):
                constants.setdefault(target.id, []).append(value)
        if isinstance(statement, ast.ClassDef):
            inner = space.get(statement.name)
            if isinstance(inner, type) and not _constants_hold(statement.body, vars(inner)):
                return False
    return all(
        _holds(values[0], space.get(name, _MISSING))
        for name, values in constants.items()
        if len(values) == 1 and values[0] is not None
    )


def _holds(expression: ast.expr, current: Any) -> bool:
    try:
        value = ast.literal_eval(expression)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return True  # no constant: nothing is known of it
    # A dataclass takes a field's default away, or puts a descriptor (a slot) in its place.
    if current is _MISSING or inspect.isdatadescriptor(current):
        return True
    return type(value) is type(current) and repr(value) == repr(current)


def _bytecode(code: CodeType) -> str:
    """The digest of a code object, without where it stands."""
    parts = [
        code.co_name,
        code.co_code.hex(),
        getattr(code, "co_exceptiontable", b"").hex(),
        [_constant(const) for const in code.co_consts],
        [code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars],
        [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount],
        code.co_flags & _FLAGS,
    ]
    return _sha256(json.dumps(parts)).hex()


def _constant(const: Any) -> Any:
    if isinstance(const, CodeType):
        return _bytecode(const)
    if isinstance(const, (tuple, frozenset)):
        items = [_constant(item) for item in const]
        if isinstance(const, frozenset):
            items.sort(key=json.dumps)
        return [type(const).__name__, items]
    return [type(const).__name__, repr(const)]


_VERSION = "{} {}.{}".format(sys.implementation.name, *sys.version_info[:2])
_MISSING = object()
_SCALARS = frozenset([str, int, float, complex, bool, bytes, type(None)])


def _digestible(value: Any) -> str:
    """A default as text, if it is plain; else its type."""
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(_digestible, value))})"
    if isinstance(value, dict):
        return f"dict({', '.join(f'{k!r}: {_digestible(v)}' for k, v in sorted(value.items()))})"
    return repr(value) if type(value) in _SCALARS else type(value).__qualname__


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
        return ["source", _text(value, None)]
    raise _no_code(owner, f"has an argument of type {type(value).__name__}")


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


def _no_code(item: Any, why: str) -> InvalidArgument:
    # Not as its repr, which shows arguments that may be secret.
    name = getattr(item, "__qualname__", getattr(item, "__name__", "object"))
    return InvalidArgument(
        f"cannot digest the {type(item).__name__} {name}: it {why}."
        ' Define it with def or class, or pass version="..."'
    )

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

Beside its code there are values that no text tells, which count if whoever asks says how
(`source_digest`):

- **of a function** what it closes over, its defaults, and the attributes that somebody gave it, as
  a `functools.partial` may have them, too;
- **of what a decorator made of it** (`functools.wraps`) likewise, and the code of each layer. Of a
  decorator of an installed package (`recording.capture.packages`) name and version stand for the
  code, and what cannot be told of what it closes over (a lock) does not count; graphstore's own
  count for nothing;
- **of a class** that is of no installed package its attributes, whatever they are, and what its
  fields have as defaults; those of the classes of somebody's own that it inherits from, too.

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
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.recording.capture.keyed import keyed_digest
from graphstore.recording.capture.packages import release_of
from graphstore.recording.capture.secrets import is_secret_name

__all__ = [
    "OWN_DECORATOR",
    "Body",
    "Bookkeeping",
    "known_by_bytecode",
    "notes_of",
    "qualified_name",
    "source_digest",
]

OWN_DECORATOR = "__graphstore_decorator__"
"""The attribute that marks graphstore's own decorators, which are no part of the code."""

Values = Callable[[Any], Any]


@dataclass(frozen=True)
class Body:
    """A function whose arguments count by themselves, its defaults among them."""

    of: Any


@dataclass(frozen=True)
class Bookkeeping:
    """A value that a library keeps: what cannot be told of it does not count."""

    of: Any


_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = _Function | ast.ClassDef
# Varargs, keywords, nested, generator, coroutine, asynchronous generator. The others tell of
# `from __future__`, which a notebook passes on from cell to cell.
_FLAGS = 0x04 | 0x08 | 0x10 | 0x20 | 0x80 | 0x200


def source_digest(*objects: Any, values: Values | None = None) -> str:
    """``sha256:`` and the digest of functions, methods, classes and modules: this module's rule.

    A string counts as it is: the text of a version. Of something decorated what was decorated
    counts, and what the decorator made of it, if that tells (`functools.wraps`). Of a
    `functools.partial` it is the function, and its arguments. Of a class those count that it
    inherits from, of its own package and of nobody's, and its metaclass. The order of `objects`
    matters. What they call does not count, nor do globals.

    Args:
        objects: What to digest; at least one.
        values: What stands for a value, as JSON that differs where values do. With it, the values
            that functions close over count, defaults, attributes of classes, and the object that a
            method is bound to, or that is called. Without it only defaults and attributes do that
            are plain, and arguments of a partial must be None, numbers, strings, lists, tuples and
            dicts of these, or code.

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
    item = item.of if isinstance(item, Body) else item
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
    if any(_attribute_of(item, name) for name in ("_partialmethod", "__partialmethod__")):
        raise _no_code(item, "is a partialmethod, which is not told from functools'")
    is_body = isinstance(item, Body)
    if is_body:
        item = item.of
    if type(item) is MethodType:  # before its layers, which tell nothing of the object
        function = _text(item.__func__, values)
        if values is None:
            return function
        return f"method\n{json.dumps(values(item.__self__), sort_keys=True)}\n{function}"
    *layers, item = _layers(item)
    return _innermost(item, values, is_body) + _wrapping(layers, item, values)


def _innermost(item: Any, values: Values | None, is_body: bool) -> str:
    """What stands for an item that wraps no other."""
    if isinstance(item, functools.partial):
        plain = values or functools.partial(_plain, owner=item)
        arguments = json.dumps([plain(item.args), plain(item.keywords)], sort_keys=True)
        function = _text(Body(item.func) if is_body else item.func, values)
        return f"partial\n{arguments}\n{function}{_notes(item, values)}"
    if type(item) is MethodType:
        return _text(item, values)
    if isinstance(item, FunctionType):
        held = _defaults(item, values, is_body) + _closure(item, values)
        return _function(item) + held + _notes(item, values)
    if isinstance(item, type):
        return "".join(_whole_class(one, values) for one in [item, *_own_bases(item)])
    if isinstance(item, ModuleType):
        return _module(item) or _builtin(item)
    is_bound = isinstance(item, (BuiltinFunctionType, MethodWrapperType))  # or a function of C
    if is_bound or inspect.ismethoddescriptor(item):
        owner = getattr(item, "__self__", None)
        if values is None or owner is None or isinstance(owner, (type, ModuleType)):
            return _builtin(item)
        return f"method\n{json.dumps(values(owner), sort_keys=True)}\n{_builtin(item)}"
    if values is not None and callable(item):
        code = _text(type(item), values)
        return f"object\n{json.dumps(values(item), sort_keys=True)}\n{code}"
    raise _no_code(item, "is no function, class or module")


def _layers(item: Any) -> list[Any]:
    """An item and what it wraps, and so on: the last one is what was decorated.

    A partial may claim to be what it wraps (`functools.update_wrapper`), and is more than that.
    """
    layers = [item]
    while type(item) is not MethodType and not isinstance(item, functools.partial):
        own = vars(item) if isinstance(item, type) else None  # a class may have a field so called
        item = own.get("__wrapped__") if own is not None else _attribute_of(item, "__wrapped__")
        if not callable(item) or any(item is one for one in layers):  # a circle of wrappers
            break
        if len(layers) == _LAYERS:  # an object that makes up whatever it is asked for
            return layers[:1]
        layers.append(item)
    return layers


def _wrapping(layers: Sequence[Any], innermost: Any, values: Values | None) -> str:
    """What decorators made around a function, from the outermost: `_layers` but for the last."""
    within = [*layers, innermost]
    return "".join(f"\nwithin\n{text}" for one in layers if (text := _layer(one, within, values)))


def _layer(layer: Any, within: Sequence[Any], values: Values | None) -> str:
    """What stands for one layer, without what it wraps; empty for our own."""
    kind = type(layer)
    is_function = kind is FunctionType
    module = layer.__globals__.get("__name__") if is_function else None
    release = release_of(module if is_function else kind)
    if is_function and str(module).partition(".")[0] == "graphstore":
        return ""
    if is_function and release is None:
        held = _defaults(layer, values) + _closure(layer, values, within)
        return _function(layer) + held + _notes(layer, values)
    if is_function:
        text = f"library\n{module}.{layer.__code__.co_name}\n{release}"
        registry = _attribute_of(layer, "registry")
        if not release and isinstance(registry, MappingProxyType):  # functools.singledispatch,
            # which closes over what it looked up before, too.
            by_type = None if values is None else values(dict(registry))
            return f"{text}\n{json.dumps(by_type, sort_keys=True)}"
        return text + _closure(layer, values and _bookkeeping(values), within)
    wrapper = _attribute_of(layer, "_self_wrapper")
    if type(wrapper) is FunctionType:  # what `wrapt.decorator` decorates with
        return f"library\n{qualified_name(kind)}\n{_text(wrapper, values)}"
    if release is None:
        state = "" if values is None else json.dumps(values(layer), sort_keys=True)
        return f"object\n{state}\n{_text(kind, values)}"
    return f"library\n{qualified_name(kind)}\n{release}"


def _bookkeeping(values: Values) -> Values:
    return lambda value: values(Bookkeeping(value))


def _function(function: FunctionType) -> str:
    """The source of a function without what it holds, or its bytecode."""
    source = _Source.of(function.__code__.co_filename, function.__globals__)
    node = source.definition(function) if source else None
    if source is not None and node is not None:
        return "source\n" + source.text(node, function.__globals__)
    return f"bytecode\n{_VERSION}\n{_bytecode(function.__code__)}"


def _defaults(function: FunctionType, values: Values | None, is_body: bool = False) -> str:
    defaults = [function.__defaults__, function.__kwdefaults__]
    if is_body or not any(defaults):
        return ""
    return "\ndefaults\n" + (
        _digestible(defaults) if values is None else json.dumps(values(defaults), sort_keys=True)
    )


def _closure(
    function: FunctionType,
    values: Values | None,
    but: Sequence[Any] = (),
    but_names: Sequence[str] = (),
) -> str:
    """What a function closes over, but for values and names that count otherwise."""
    if values is None or function.__closure__ is None:
        return ""
    contents: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__, strict=True):
        # What super() needs; the class is no value that a function reads.
        if name == "__class__" or name in but_names:
            continue
        try:
            value = cell.cell_contents
        except ValueError:  # empty as yet
            continue
        if not any(value is one for one in but):
            contents[name] = values(value)
    return f"\nclosure\n{json.dumps(contents, sort_keys=True)}" if contents else ""


def _notes(function: Any, values: Values | None) -> str:
    """What somebody noted on a function or a partial: its attributes."""
    notes = notes_of(function)
    if not notes:
        return ""
    form = {name: _attribute(name, notes[name], values) for name in sorted(notes)}
    return f"\nnotes\n{json.dumps(form, sort_keys=True)}"


def notes_of(item: Any) -> dict[str, Any]:
    """The attributes that somebody gave a function, a partial or a member of an enumeration.

    What Python keeps there counts otherwise, or for nothing; so does what a wrapper only copied
    from what it wraps (`functools.wraps`).
    """
    wrapped = _attribute_of(item, "__wrapped__")
    copied = vars(wrapped) if isinstance(wrapped, (FunctionType, functools.partial)) else {}
    return {
        name: value
        for name, value in vars(item).items()
        if not (name in copied and copied[name] is value)
        and not (name in _OF_FUNCTIONS or name == OWN_DECORATOR)
        and not (isinstance(item, Enum) and name in _OF_MEMBERS)
    }


def _attribute_of(item: Any, name: str) -> Any:
    """An attribute; None where there is none, whatever is raised then: an object that gives what
    it holds as attributes may raise a KeyError."""
    try:
        return getattr(item, name, None)
    except Exception:
        return None


def _whole_class(owner: type, values: Values | None) -> str:
    """A class, with what its functions and its attributes hold."""
    text = _class(owner) or _builtin(owner)
    is_own = release_of(owner) is None
    functions = {
        f"{name} {part}": _held(function, values, owner)
        for name, value in list(vars(owner).items())
        for part, function in enumerate(_functions_of(value))
    }
    held = {name: one for name, one in functions.items() if one}
    attributes = _attributes(owner, values) if is_own else {}
    if not held and not attributes:
        return text
    return f"{text}\nmembers\n{json.dumps([held, attributes], sort_keys=True)}"


def _held(function: Any, values: Values | None, owner: type) -> str:
    """What a function of a class holds, and what wraps it: the text of the class has the rest."""
    *layers, innermost = _layers(function)
    text = ""
    if isinstance(innermost, FunctionType):
        release = release_of(innermost.__globals__.get("__name__"))
        if release is None:
            made = _made_by_dataclass(innermost, owner)
            text = _defaults(innermost, values) + _closure(innermost, values, (), made)
            text += _notes(innermost, values)
        elif release:
            text = _closure(innermost, values and _bookkeeping(values))
        # What Python makes, of a named tuple for example, is always the same.
    return text + _wrapping(layers, innermost, values)


def _made_by_dataclass(function: FunctionType, owner: type) -> Sequence[str]:
    """Which names that a function closes over tell of fields, which count by themselves."""
    if function.__code__.co_filename != "<string>" or "__dataclass_fields__" not in vars(owner):
        return ()
    prefixes = ("__dataclass_", "_type_", "_dflt_", "MISSING", "_HAS_DEFAULT_FACTORY")
    return [name for name in function.__code__.co_freevars if name.startswith(prefixes)]


def _attributes(owner: type, values: Values | None) -> dict[str, Any]:
    """What a class has by name that is no function, and what its fields have by default."""
    own = dict(vars(owner))
    members = own.get("_member_map_")
    if isinstance(owner, type(Enum)) and isinstance(members, dict):
        # The rest is what makes an enumeration one.
        own = {name: value for name, value in own.items() if not _is_sunder(name)}
        own |= {name: _member(member) for name, member in members.items()}
    data = {name: value for name, value in own.items() if _is_data(name, value)}
    data |= {f"field {name}": value for name, value in _fields_of(owner).items()}
    return {name: _attribute(name, data[name], values) for name in sorted(data)}


def _member(member: Any) -> Any:
    """The value of a member of an enumeration; with its attributes if it has others."""
    value = getattr(member, "_value_", None)
    return [value, notes] if (notes := notes_of(member)) else value


def _attribute(name: str, value: Any, values: Values | None) -> Any:
    form = _digestible(value) if values is None else values(value)
    if not is_secret_name(name):
        return form
    # Of no secret there is a digest without a key.
    return {"hmac-sha-256": keyed_digest(name, json.dumps(form, sort_keys=True))}


def _is_data(name: str, value: Any) -> bool:
    if name.startswith("__") and name.endswith("__"):
        # Most are Python's, or made by who made the class, of what its text says.
        is_made = name in _OF_PYTHON or name.startswith("__pydantic_")
        return type(value) in _SCALARS and not is_made
    if type(value).__name__ in _MADE or isinstance(value, _DESCRIPTORS):
        return False
    return not _functions_of(value)


def _is_sunder(name: str) -> bool:
    return name.startswith("_") and name.endswith("_")


def _fields_of(owner: type) -> dict[str, Any]:
    """What dataclasses, attrs' classes and pydantic's models know of their fields, by name."""
    fields: dict[str, Any] = {}
    own = vars(owner)
    of_dataclass, of_attrs = own.get("__dataclass_fields__"), own.get("__attrs_attrs__")
    if isinstance(of_dataclass, dict):
        for name, one in of_dataclass.items():
            fields[name] = [one.default, one.default_factory, dict(one.metadata)]
    if isinstance(of_attrs, tuple):
        for one in of_attrs:
            fields[one.name] = [one.default, one.validator, one.converter, dict(one.metadata)]
    for of_model in ("__pydantic_fields__", "model_fields"):
        if isinstance(model := own.get(of_model), dict) and "__pydantic_validator__" in own:
            for name, one in model.items():
                fields[name] = [one.default, one.default_factory, list(one.metadata)]
            for name, one in own.get("__private_attributes__", {}).items():
                fields[name] = [one.default, one.default_factory]
            break
    return fields


def _functions_of(value: Any) -> list[Any]:
    """The functions that an attribute of a class is made of; none of what is none."""
    if isinstance(value, property):
        return [one for one in (value.fget, value.fset, value.fdel) if one is not None]
    if isinstance(value, functools.cached_property):
        return [value.func]
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    if isinstance(value, FunctionType):
        return [value]
    is_wrapper = not isinstance(value, type) and callable(value)
    return [value] if is_wrapper and isinstance(_layers(value)[-1], FunctionType) else []


def _own_bases(owner: type) -> list[type]:
    """The classes of somebody's own that a class inherits from, and those of its own package;
    others have versions of their own. Its metaclass, too."""
    package = str(owner.__module__).partition(".")[0]
    metaclass: type = type(owner)
    above = [*owner.__mro__[1:], *metaclass.__mro__]
    return [
        one
        for one in above
        if str(one.__module__).partition(".")[0] == package or release_of(one) is None
    ]


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
        plain = json.dumps(_all_scalars(space), sort_keys=True)
        return f"source\n{source.text(source.tree, space)}\n{plain}"
    if functions:
        return _loaded_text(space, functions)
    # Nothing but numbers and texts, or written in C.
    return f"{_loaded_text(space, {})}\n{_builtin(module)}" if _all_scalars(space) else None


def _loaded_text(space: Mapping[str, Any], functions: Mapping[str, FunctionType]) -> str:
    codes = {name: _bytecode(one.__code__) for name, one in functions.items()}
    return f"bytecode\n{_VERSION}\n{json.dumps([codes, _all_scalars(space)], sort_keys=True)}"


def _all_scalars(space: Mapping[str, Any]) -> dict[str, Any]:
    """The scalars of a module or a class, and of the classes that a module defines."""
    plain = _scalars(space)
    for name, value in list(space.items()):
        if isinstance(value, type) and value.__module__ == space.get("__name__"):
            plain |= {f"{name}.{inner}": text for inner, text in _scalars(vars(value)).items()}
    return plain


def _scalars(space: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _attribute(name, value, None)
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
        try:
            value = inspect.unwrap(getattr(value, "__func__", value))
        except Exception:  # of a circle of wrappers, or the value's own
            continue
        if isinstance(value, FunctionType):
            yield name, value


class _Source:
    """A file's text as it is now, as Python reads it."""

    def __init__(self, tree: ast.Module, code: CodeType) -> None:
        self.tree = tree
        self._codes: dict[tuple[str, int], set[str]] = {}
        self._texts: dict[tuple[int, tuple[bool, ...]], str] = {}
        self._functions: dict[tuple[str, int], list[_Function]] = {}
        self._classes: dict[str, list[ast.ClassDef]] = {}
        for node in ast.walk(tree):
            if isinstance(node, _Function):
                place = node.name, _first_line(node)
                self._functions.setdefault(place, []).append(node)
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
        nodes = self._functions.get((code.co_name, code.co_firstlineno), ())
        return next((node for node in nodes if _defaults_hold(node, function)), None)

    def classes(self, names: list[str]) -> list[ast.ClassDef]:
        """The classes of a qualified name, the last one first."""
        if (known := self._classes.get(".".join(names))) is not None:
            return known
        inside: list[ast.AST] = [self.tree]
        for name in names:
            inside = [
                node
                for outer in inside
                for node in ast.walk(outer)
                if isinstance(node, ast.ClassDef) and node.name == name and node is not outer
            ]
        nodes = [node for node in reversed(inside) if isinstance(node, ast.ClassDef)]
        return self._classes.setdefault(".".join(names), nodes)

    def holds(self, node: ast.AST, functions: Iterable[FunctionType]) -> bool:
        """Whether these functions are defined within a node as they are loaded."""
        within = {
            (inner.name, _first_line(inner)): inner
            for inner in ast.walk(node)
            if isinstance(inner, _Function)
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
        decorators = [
            one
            for inner in ast.walk(node)
            if isinstance(inner, _Definition)
            for one in inner.decorator_list
        ]
        are_own = tuple(_is_own(one, space) for one in decorators)
        key = id(node), are_own
        if key not in self._texts:
            own = {id(one) for one, is_own in zip(decorators, are_own, strict=True) if is_own}
            self._texts[key] = ast.unparse(_without(node, own) if own else node)
        return self._texts[key]

    def _has(self, code: CodeType) -> bool:
        return _bytecode(code) in self._codes.get((code.co_name, code.co_firstlineno), ())


def _without(node: ast.AST, decorators: Container[int]) -> ast.AST:
    """A copy of a node without some decorators, by their ids."""
    kept = [
        [n for n, one in enumerate(inner.decorator_list) if id(one) not in decorators]
        for inner in ast.walk(node)
        if isinstance(inner, _Definition)
    ]
    node = copy.deepcopy(node)
    definitions = [inner for inner in ast.walk(node) if isinstance(inner, _Definition)]
    for inner, places in zip(definitions, kept, strict=True):
        inner.decorator_list = [inner.decorator_list[n] for n in places]
    return node


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


def _first_line(node: _Function) -> int:
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


def _defaults_hold(node: _Function, function: FunctionType) -> bool:
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
_DEEP = 20
_LAYERS = 100
_SCALARS = frozenset([str, int, float, complex, bool, bytes, type(None)])
_OF_PYTHON = frozenset(["__module__", "__doc__", "__qualname__", "__firstlineno__", "__hash__"])
_OF_FUNCTIONS = frozenset(
    f"__{name}__"
    for name in (
        *("annotate", "annotations", "doc", "isabstractmethod", "module", "name", "qualname"),
        *("signature", "text_signature", "type_params", "wrapped"),
    )
)
"""What Python and its wrappers keep among the attributes of a function."""
_OF_MEMBERS = frozenset(["_name_", "_value_", "_sort_order_", "__objclass__"])
"""What an enumeration keeps among the attributes of its members."""
_MADE = frozenset(["_abc_data", "_tuplegetter"])
"""Types of what Python puts into classes."""
_DESCRIPTORS = (
    ClassMethodDescriptorType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)


def _digestible(value: Any, deep: int = 0) -> str:
    """A default or an attribute as text, if it is plain; else its type."""
    kind = type(value)
    if kind in _SCALARS:
        return repr(value)
    if kind in (list, tuple) and deep < _DEEP:
        return f"{kind.__name__}({', '.join(_digestible(one, deep + 1) for one in value)})"
    if kind is dict and deep < _DEEP:
        pairs = [
            f"{_digestible(k, deep + 1)}: {_digestible(v, deep + 1)}" for k, v in value.items()
        ]
        return f"dict({', '.join(sorted(pairs))})"
    return str(kind.__qualname__)


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

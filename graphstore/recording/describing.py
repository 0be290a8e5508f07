"""Python's values as a store keeps them, and as they are told apart.

Of each value there are two forms. What is **stored** is JSON that a person reads: a path is its
text, a function its name, a large array its shape and digest. What is **exact** differs wherever
values do, of one text or not: of the path it says that it is one, of the array it has all of its
contents, of the tuple that it is no list. Where JSON has a value itself the two are the same.

In an exact form what JSON does not have is a dict of one key that begins with NUL; a key of a dict
that is no text, or begins so itself, begins with NUL too. So no two values share a form by chance.

What an object gives to whoever has it stands in its class, too: constants, and the code of methods.
A class of an installed package counts by its name and version (`recording.capture.packages`), one
of Python's own by its name. One of **somebody's own** counts by the digest of its code and its
attributes (`recording.capture.source`), and of all classes of somebody's own that these lead to.
"""

from __future__ import annotations

import argparse
import copyreg
import dataclasses
import enum
import hashlib
import json
import types
import uuid
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from os import PathLike, fspath
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

from graphstore.errors import InvalidArgument
from graphstore.model.nodes import Artifact, Context, Execution, NodeRef
from graphstore.model.values import INT64_MAX, INT64_MIN, Proto, canonical, moment
from graphstore.recording.arrays import Array, array_of, attribute, has
from graphstore.recording.capture import REDACTED, Secret
from graphstore.recording.capture.packages import release_of
from graphstore.recording.capture.source import (
    Bookkeeping,
    notes_of,
    qualified_name,
    source_digest,
)
from graphstore.system.uris import local_path

__all__ = [
    "ABSENT",
    "Contents",
    "Describer",
    "State",
    "attributes_beside",
    "exact_digest",
    "fields_of",
    "properties_of",
]

Contents = Callable[[str], str | None]
"""What stands at a path, as a digest; None if that is not known; empty if there is nothing."""
Pair = tuple[Any, Any]
"""A value as it is stored, and its exact form."""

ABSENT = object()
"""Stands for what is stored of an artifact: nothing, since it is an input."""

_DEEP = 100
"""Levels at most; Python's own stack ends at some three hundred."""
_SHOWN = 20
"""Levels at most of what is stored: ML Metadata's protocol takes some thirty."""
_VALUES = 300_000
"""Values at most that are looked through one by one."""
_KEPT = 10_000
"""Values at most of what a library keeps."""
_TOO_MANY = "it has too many parts to look through"
_MISSING = frozenset(["NAType", "NaTType"])
"""What pandas' values that are missing are of: `NaT` claims to be a time."""
_PLAIN = frozenset([str, int, float, bool, type(None)])
_CONTAINERS = frozenset([dict, list, tuple, set, frozenset])
_BASES = (str, int, float, list, tuple, dict, set, frozenset)
_ARRAYS = frozenset(["cupy", "jax", "jaxlib", "numpy", "tensorflow", "torch"])
"""Packages of arrays."""
_TEXTS = (Decimal, Fraction, uuid.UUID, timedelta, range, complex)
_WITH_STATE = frozenset(
    f"\0{form}"
    for form in (
        *("circle", "code", "deep", "enum", "fields", "global"),
        *("module", "node", "object", "secret", "unknown"),
    )
)
"""Forms of what has no attributes besides, or none that are told."""
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    partial,
    staticmethod,
    classmethod,
)


def exact_digest(exact: Any) -> str:
    """The digest of an exact form."""
    text = json.dumps(exact, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class State:
    """What a step can read although it is not passed: artifacts in it are no inputs."""

    of: Any


@dataclasses.dataclass(frozen=True)
class _ClassForm:
    """What a class of somebody's own is by itself."""

    of: type
    digest: str
    refers_to: Sequence[type]
    """The classes of somebody's own that its attributes and functions lead to."""
    unknown: Sequence[str]


@dataclasses.dataclass(frozen=True, slots=True)
class _Known:
    """The forms of a value that may stand at several places."""

    of: Any
    """The value, which is kept so that no other gets its id."""
    forms: Pair
    count: int
    """The values that were looked through for them."""


class Describer:
    """Looks through values, and collects what they hold that is no value.

    Args:
        contents: What stands at a path; without it a path is known by its text.
        hide: Told what is secret by its type, which is a text then; else it is left out.
        collect: Whether artifacts are inputs, by role; else they are values like any other.
    """

    def __init__(
        self,
        *,
        contents: Contents | None = None,
        hide: Callable[[str], object] | None = None,
        collect: bool = False,
    ) -> None:
        self._contents, self._hide, self._collect = contents, hide, collect
        self.inputs: dict[str, list[Artifact | int]] = {}
        """The artifacts, by role: the name of the parameter, and the keys that lead to them."""
        self.unknown: list[str] = []
        """What cannot be told from another value, and why."""
        self.unknown_classes: list[str] = []
        """The same of the classes of what can: what is stored of a value says nothing of these."""
        self.classes: dict[str, Any] = {}
        """What stands for the classes of values that hold nothing but artifacts, by role."""
        self.paths: dict[str, str] = {}
        """What stood at the paths in them, where something did."""
        self._above: list[int] = []
        self._budget = _VALUES
        self._known: dict[tuple[int, int, bool], _Known] = {}
        """By the id of the value, its level, and whether artifacts are inputs there."""
        self._particular = 0
        """How often a form told of its place: of an input, or of a circle."""
        self._digests: dict[int, tuple[Any, str]] = {}
        """The digests of exact forms that are not shown, by the ids of these, which are kept."""
        self._releases: dict[int, tuple[type, str | None]] = {}
        self._class_forms: dict[int, _ClassForm] = {}
        self._classes: dict[int, _ClassForm] = {}
        """The same of classes with all that they lead to."""
        self._referred: list[type] | None = None
        """The classes that one leads to, as that is looked at; None while none is."""

    def describe(self, name: str, value: Any) -> Pair:
        """The forms of a value; what is stored is `ABSENT` if it is all artifacts."""
        self._budget = _VALUES
        self._forget()
        try:
            if type(value) is not State:
                return self._of(value, name)
            collect, self._collect = self._collect, False
            try:
                return self._of(value.of, name)
            finally:
                self._collect = collect
        except RecursionError:
            self._above.clear()
            self.unknown.append("it is nested too deep")
            return {"type": qualified_name(value), "note": "nested too deep"}, {"\0deep": None}

    def exact(self, value: Any) -> Any:
        """The exact form of a value; artifacts in it count as what they are."""
        if not self._above:
            self._forget()
        collect, self._collect = self._collect, False
        try:
            return self._of(value, "")[1]
        finally:
            self._collect = collect

    def _forget(self) -> None:
        """Let go of what was looked at, which may change until it is looked at again."""
        self._known.clear()
        self._digests.clear()

    def _of(self, value: Any, role: str) -> Pair:
        kind = type(value)
        if kind is str:
            return _text(value), value
        if value is None or kind is bool or kind is float:
            return value, value
        if kind is int:
            return (value if INT64_MIN <= value <= INT64_MAX else _digits(value)), value
        self._budget -= 1
        if self._budget < 0:
            return self._unknown(value, _TOO_MANY)
        if id(value) in self._above:
            up = len(self._above) - self._above.index(id(value))
            self._particular += 1
            return {"type": qualified_name(value), "note": "contains itself"}, {"\0circle": up}
        if len(self._above) >= _DEEP:
            return self._unknown(value, f"it is nested deeper than {_DEEP} levels")
        place = id(value), len(self._above), self._collect
        if (known := self._known.get(place)) is not None:
            self._budget -= known.count - 1  # whoever reads the forms meets them all the same
            if self._budget < 0:
                return self._unknown(value, _TOO_MANY)
            return known.forms
        before, left = self._state, self._budget
        forms = self._looked_at(value, role)
        if self._state == before:
            self._known[place] = _Known(value, forms, left - self._budget + 1)
        return forms

    @property
    def _state(self) -> tuple[int, int, int]:
        """What is another one after forms were made that tell more than what they are of."""
        return self._particular, len(self.unknown), len(self.unknown_classes)

    def _looked_at(self, value: Any, role: str) -> Pair:
        kind = type(value)
        self._above.append(id(value))
        try:
            stored, exact = self._whole(value, role)
            is_own = kind not in _CONTAINERS and self._release_of(kind) is None
            if exact is ABSENT and is_own:
                self.classes[role] = self._class(kind)
            elif not (exact is ABSENT or kind in _CONTAINERS or kind is Bookkeeping):
                more = _beside(value, is_own=is_own and not _tells_its_state(exact))
                if more or is_own:
                    exact = {
                        "\0beside": [exact, self._class(kind), self.exact(more) if more else {}]
                    }
        except RecursionError:
            raise
        except Exception as error:  # of the value's own: a property that fails, say
            why = f"{type(error).__name__} was raised as it was looked at"
            stored, exact = self._unknown(value, why)
        finally:
            self._above.pop()
        if len(self._above) >= _SHOWN and isinstance(stored, (dict, list)):
            stored = {"type": qualified_name(value), "digest": self._digest(exact)}
        return stored, exact

    def _digest(self, exact: Any) -> str:
        """The digest of an exact form, from those of its parts; so each is read once, however
        many levels are above it."""
        if (known := self._digests.get(id(exact))) is not None:
            return known[1]
        digest = exact_digest(self._short(exact))
        self._digests[id(exact)] = exact, digest
        return digest

    def _short(self, form: Any) -> Any:
        """An exact form with the digests of the parts that have one."""
        if not isinstance(form, (dict, list)):
            return form
        parts = form.values() if isinstance(form, dict) else form
        if _PLAIN.issuperset(map(type, parts)):
            return form
        short = [
            {"\0digest": self._digests[id(part)][1]}
            if id(part) in self._digests
            else self._short(part)
            for part in parts
        ]
        return dict(zip(form, short, strict=True)) if isinstance(form, dict) else short

    def _release_of(self, kind: type) -> str | None:
        """`release_of` a class, which is asked for once."""
        if (known := self._releases.get(id(kind))) is None:
            known = self._releases[id(kind)] = kind, release_of(kind)
        return known[1]

    def _whole(self, value: Any, role: str) -> Pair:
        """The forms of what is no value of JSON, or has others in it."""
        kind = type(value)
        if kind is dict:
            return self._mapping(value, role)
        if kind is list or kind is tuple:
            return _typed(self._list(value, role), None if kind is list else "tuple")
        if isinstance(value, Bookkeeping):
            return self._bookkeeping(value.of)
        if isinstance(value, (Artifact, Execution, Context, NodeRef)):
            return self._node(value, role)
        if isinstance(value, enum.Enum):
            return self._enum(value, role)
        if isinstance(value, (str, int, float)):
            return self._extended(value, role)
        if isinstance(value, PathLike):
            return self._path(value)
        if kind.__name__ in _MISSING and kind.__module__.partition(".")[0] == "pandas":
            return str(value), {"\0missing": str(value)}
        if isinstance(value, (date, time)):
            text = moment(value) if isinstance(value, datetime) else value.isoformat()
            basis = _basis(value, datetime, date, time)
            # A local time that the clock showed twice, as summer time ended.
            later = getattr(value, "fold", 0) and getattr(value, "tzinfo", None) is None
            return text, {f"\0{basis}": [text, 1] if later else text}
        if isinstance(value, _TEXTS):
            text = str(value)
            return text, {f"\0{_basis(value, *_TEXTS)}": text}
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _typed(_bytes(bytes(value)), None if kind is bytes else kind.__name__)
        if isinstance(value, Proto):
            exact = {"\0proto": [value.type_url, _sha256(value.data)]}
            whole = len(self._above) == 1  # within others there is no place for one
            return (value if whole else {"type": value.type_url, "digest": exact}), exact
        if isinstance(value, (SecretStr, SecretBytes)):
            return self._secret(value)
        if isinstance(value, (type, types.ModuleType, *_FUNCTIONS)):
            return self._code(value)
        if has(value, "shape") and has(value, "item") and value.shape == ():
            item = value.item()  # a scalar of NumPy, PyTorch, JAX, ...
            of_dtype = getattr(getattr(value, "dtype", None), "kind", "")
            # A month, a nanosecond: of which unit; and none at all, of which the item is None.
            if of_dtype in ("m", "M") and (isinstance(item, int) or item is None):
                return str(value), {"\0time": [str(value.dtype), item]}
            if type(item) in _PLAIN:
                return self._of(item, role)
        if (array := array_of(value)) is not None:
            return self._array(array, role)
        if isinstance(value, Mapping):
            stored, exact = _typed(self._mapping(value, role), self._name(value))
            if isinstance(value, OrderedDict) and exact is not ABSENT:
                exact = {"\0ordered": [exact, *(self._key(key)[1] for key in value)]}
            return stored, exact
        if isinstance(value, Set):
            return _typed(self._set(value, role), None if kind is set else self._name(value))
        if isinstance(value, (list, tuple, deque)):
            named = self._named_tuple(value, role)
            return named or _typed(self._list(value, role), self._name(value))
        fields = fields_of(value)
        if fields is not None:
            stored, exact = self._mapping(fields, role)
            if exact is ABSENT:
                return ABSENT, ABSENT
            parts: list[Any] = [self._name(value), exact]
            if isinstance(value, BaseModel) and (unset := fields.keys() - value.model_fields_set):
                parts.append(sorted(unset))  # what `exclude_unset` leaves out
            return stored, {"\0fields": parts}
        return self._object(value, role)

    def _name(self, value: Any) -> Any:
        """What tells the class of a value by name; `_of` adds what one of somebody's own is."""
        release = self._release_of(type(value))
        return [qualified_name(value), release] if release else qualified_name(value)

    def _class(self, kind: type) -> Any:
        """What stands for a class: its name and version; of somebody's own the digest of what it
        is, and of the classes that it leads to."""
        name = qualified_name(kind)
        release = self._release_of(kind)
        if release is not None:
            return [name, release] if release else name
        if self._referred is not None:  # those count beside the one that leads to them
            self._referred.append(kind)
            return name
        if (whole := self._classes.get(id(kind))) is None:
            forms: dict[int, _ClassForm] = {}
            rest = [kind]
            while rest:
                one = rest.pop()
                if id(one) not in forms:
                    forms[id(one)] = self._class_form(one)
                    rest += forms[id(one)].refers_to
            parts = sorted([qualified_name(form.of), form.digest] for form in forms.values())
            digest = exact_digest([forms[id(kind)].digest, parts])
            unknown = [reason for form in forms.values() for reason in form.unknown]
            whole = self._classes[id(kind)] = _ClassForm(kind, digest, (), unknown)
        self.unknown_classes += whole.unknown
        return [name, whole.digest]

    def _class_form(self, kind: type) -> _ClassForm:
        """What a class is by itself, whatever it was reached by."""
        if (known := self._class_forms.get(id(kind))) is not None:
            return known
        before = self._above, self._hide, self.unknown, self._referred
        # What stands for a class has another form here, and what is above is not known here.
        of_value = self._known, self._digests
        self._known, self._digests = {}, {}
        # What is secret in a class is no parameter, which would be hidden under its name.
        self._above, self._hide, self.unknown, self._referred = [], None, [], []
        try:
            digest = source_digest(kind, values=self.exact)
        except RecursionError:
            raise
        except Exception as error:
            digest = ""
            self.unknown.append(f"{type(error).__name__} was raised as it was looked at")
        finally:
            unknown, referred = self.unknown, self._referred
            self._above, self._hide, self.unknown, self._referred = before
            self._known, self._digests = of_value
        name = qualified_name(kind)
        reasons = [f"of its class {name}, {why}" for why in dict.fromkeys(unknown)]
        form = self._class_forms[id(kind)] = _ClassForm(kind, digest, referred, reasons)
        return form

    def _bookkeeping(self, value: Any) -> Pair:
        """The forms of what a library keeps, of which not all must be known."""
        before = self.unknown, self.unknown_classes, self._budget
        self.unknown, self.unknown_classes, self._budget = [], [], _KEPT
        try:
            return self._of(value, "")
        finally:
            self.unknown, self.unknown_classes, self._budget = before

    def _node(self, value: Artifact | Execution | Context | NodeRef, role: str) -> Pair:
        if self._collect and isinstance(value, Artifact):
            self._particular += 1
            self.inputs.setdefault(role, []).append(value)
            return ABSENT, ABSENT
        if isinstance(value, NodeRef):
            if self._collect and value.kind == "artifact":
                self._particular += 1
                self.inputs.setdefault(role, []).append(value.id)
                return ABSENT, ABSENT
            return str(value), {"\0node": list(value)}
        if isinstance(value, Artifact) and value.uri and value.digest is None:
            self.unknown.append(f"what the {value.type} at {value.uri} holds is not known")
        facts: list[Any]
        if value.id is not None and not (isinstance(value, Artifact) and value.digest):
            facts = [value.kind, value.id]
            if isinstance(value, Artifact) and (properties := properties_of(value)):
                facts.append(canonical(properties))
            return f"{value.type} {value.ref.short}", {"\0node": facts}
        facts = [value.kind, value.type, value.name, value.external_id]
        if isinstance(value, Artifact):
            digest = self._digest_now(value)
            facts = [value.kind, value.type, digest or [value.uri, value.external_id]]
            if properties := properties_of(value):
                facts.append(canonical(properties))
        label = value.ref.short if value.id is not None else getattr(value, "uri", None)
        return f"{value.type} {label or value.name or ''}".strip(), {"\0node": facts}

    def _digest_now(self, artifact: Artifact) -> str | None:
        """What stands now at the path of what was recorded, which may have changed since; empty if
        nothing does."""
        path = local_path(artifact.uri) if artifact.uri and artifact.digest else None
        if self._contents is None or path is None:
            return artifact.digest
        contents = self._stands_at(str(path))
        if contents is None:
            self.unknown.append(f"what the {artifact.type} at {artifact.uri} holds is not known")
        return contents

    def _stands_at(self, path: str) -> str | None:
        contents = self._contents(path) if self._contents is not None else None
        if contents:
            self.paths[path] = contents
        return contents

    def _enum(self, value: enum.Enum, role: str) -> Pair:
        if isinstance(value, (str, int, float)):
            return self._of(value.value, role)
        stored, exact = self._of(value.value, "")
        name = f"{qualified_name(value)}.{value.name}"
        return (stored if type(value.value) in _PLAIN else value.name), {"\0enum": [name, exact]}

    def _extended(self, value: str | int | float, role: str) -> Pair:
        """A number or text of a class of its own; NumPy's float is one."""
        for plain in (str, int, float):
            if isinstance(value, plain):
                return self._of(plain.__str__(value) if plain is str else plain(value), role)
        raise AssertionError

    def _path(self, value: PathLike[Any]) -> Pair:
        path = fspath(value)
        text = path if isinstance(path, str) else path.decode(errors="surrogateescape")
        exact: dict[str, Any] = {"\0path": text}
        if self._contents is not None:
            contents = self._stands_at(text)
            if contents is None:
                self.unknown.append(f"what stands at {text} is not known")
            exact = {"\0path": [text, contents]}
        return _text(text), exact

    def _secret(self, value: SecretStr | SecretBytes) -> Pair:
        secret = value.get_secret_value()
        text = secret if isinstance(secret, str) else secret.decode(errors="backslashreplace")
        if self._hide is None:
            self.unknown.append("it is a secret")
            return REDACTED, {"\0secret": None}
        self._hide(text)
        return Secret(_text(text)), text

    def _code(self, value: Any) -> Pair:
        name = _name_of(value)
        if isinstance(value, types.ModuleType):
            release = release_of(value.__name__)
            version = source_digest(value, values=self.exact) if release is None else release
            return name, {"\0module": [name, version] if version else name}
        if isinstance(value, type):
            return name, {"\0code": self._class(value)}
        try:
            return name, {"\0code": [name, source_digest(value, values=self.exact)]}
        except InvalidArgument as error:
            self.unknown.append(str(error))
            return name, {"\0code": [name, None]}

    def _array(self, array: Array, role: str) -> Pair:
        exact: Any = array.contents
        if array.items is not None:
            exact = [exact, self.exact(array.items)]
        parts = [array.type, array.shape, array.dtype, exact]
        if array.contents is None and array.items is None:
            self.unknown.append(f"the contents of the {array.type} cannot be read")
        form = {"type": array.type, "shape": array.shape, "dtype": array.dtype}
        form["digest"] = exact_digest(parts)
        if array.small is not None:
            form["values"], _ = self._of(array.small, "")
        return form, {"\0array": parts}

    def _list(self, value: Iterable[Any], role: str) -> Pair:
        items = list(value)
        if _PLAIN.issuperset(map(type, items)) and not any(map(_awkward, items)):
            return items, items
        if all(_is_artifact(item) for item in items) and self._collect:
            for item in items:
                self._of(item, role)
            return (ABSENT, ABSENT) if items else ([], [])
        pairs = [self._of(item, f"{role}.{place}") for place, item in enumerate(items)]
        # None keeps the place of what is an input.
        stored, exact = ([_or_none(form) for form in forms] for forms in zip(*pairs, strict=True))
        if pairs and all(form is ABSENT for form, _ in pairs):
            return ABSENT, ABSENT
        return stored, exact

    def _named_tuple(self, value: Any, role: str) -> Pair | None:
        names = attribute(value, "_fields")
        if not isinstance(value, tuple) or not isinstance(names, tuple):
            return None
        stored, exact = self._mapping(dict(zip(names, value, strict=False)), role)
        return stored, exact if exact is ABSENT else {"\0fields": [self._name(value), exact]}

    def _set(self, value: Set[Any], role: str) -> Pair:
        items = list(value)
        artifacts = [item for item in items if self._collect and _is_artifact(item)]
        for one in sorted(artifacts, key=lambda a: str((a.id, getattr(a, "uri", "")))):
            self._of(one, role)
        rest = [self._of(item, role) for item in items if not any(item is a for a in artifacts)]
        rest.sort(key=lambda pair: json.dumps(pair[1], sort_keys=True))
        if artifacts and not rest:
            return ABSENT, ABSENT
        return [stored for stored, _ in rest], {"\0set": [exact for _, exact in rest]}

    def _mapping(self, value: Mapping[Any, Any], role: str) -> Pair:
        pairs = list(value.items())
        if all(map(_is_plain_pair, pairs)):
            return dict(pairs), dict(pairs)
        stored: dict[str, Any] = {}
        exact: dict[str, Any] = {}
        for key, item in pairs:
            label, exact_key = self._key(key)
            if label in stored:
                label = f"{label} ({type(key).__name__})"
            forms = self._of(item, f"{role}.{label}" if role else label)
            if forms[0] is ABSENT:
                # The role says where it was, unless another key would give the same role.
                if exact_key == label and "." not in label and label:
                    continue
                forms = None, None
            stored[label], exact[exact_key] = forms
        if value and not stored:
            return ABSENT, ABSENT
        return stored, exact

    def _key(self, key: Any) -> tuple[str, str]:
        if type(key) is str:
            return _text(key), f"\0{key}" if key.startswith("\0") else key
        collect, self._collect = self._collect, False
        try:
            stored, exact = self._of(key, "")
        finally:
            self._collect = collect
        if isinstance(exact, str) and not exact.startswith("\0"):
            return _text(exact), exact
        text = stored if isinstance(stored, str) else json.dumps(stored, default=str)
        return text, "\0" + json.dumps(exact, sort_keys=True)

    def _object(self, value: Any, role: str) -> Pair:
        """Anything else: its type and its state, as `copy` and `pickle` see it."""
        name = qualified_name(value)
        if name.startswith("graphstore."):  # a store, a run: of no value, and full of connections
            return self._unknown(value, f"a {name} has no value")
        try:
            reducer = copyreg.dispatch_table.get(type(value))
            reduction = reducer(value) if reducer else value.__reduce_ex__(4)
        except Exception:
            return self._unknown(value, f"a {name} does not tell its state")
        if isinstance(reduction, str) and has(value, "__wrapped__"):
            return self._code(value)  # `functools.cache`: what it wraps is not told by its name
        if isinstance(reduction, str):
            return f"{type(value).__module__}.{reduction}", {"\0global": [name, reduction]}
        make, arguments, state, items, pairs = (*reduction, None, None, None)[:5]
        if make in (copyreg.__newobj__, copyreg.__dict__["_reconstructor"]):  # type: ignore[attr-defined]
            arguments = arguments[1:]
            if make is not copyreg.__newobj__:  # type: ignore[attr-defined]
                arguments = ()
            make = None
        parts: dict[str, Any] = {}
        own = state
        if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):
            own = {**(state[0] or {}), **state[1]}  # with slots
        exact: dict[str, Any] = {}
        if isinstance(own, dict) and all(isinstance(key, str) for key in own):
            own = _without_cached(own, type(value)) or None
        if isinstance(own, dict) and all(isinstance(key, str) for key in own):
            parts, exact["state"] = self._mapping(own, role)
            parts, exact["state"] = _dict(parts), _dict(exact["state"])
        elif own is not None:
            parts["state"], exact["state"] = map(_or_none, self._of(own, role))
        rest = {
            "made by": make if make is not type(value) else None,
            "arguments": tuple(arguments) or None,
            "items": _take(items, self._budget),
            "pairs": _take(pairs, self._budget),
        }
        for which, part in rest.items():
            if part is not None:
                parts[which], exact[which] = map(_or_none, self._of(part, role))
        return {"type": name, **parts}, {"\0object": [self._name(value), exact]}

    def _unknown(self, value: Any, why: str) -> Pair:
        self.unknown.append(why)
        return {"type": qualified_name(value)}, {"\0unknown": qualified_name(value)}


def fields_of(value: Any) -> dict[str, Any] | None:
    """The fields of a dataclass, a pydantic model or a namespace; None of anything else."""
    if isinstance(value, BaseModel):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        return fields | (value.__pydantic_extra__ or {}) | (value.__pydantic_private__ or {})
    if dataclasses.is_dataclass(value):
        return {
            field.name: getattr(value, field.name)
            for field in dataclasses.fields(value)
            if attribute(value, field.name, ABSENT) is not ABSENT
        }
    if isinstance(value, (argparse.Namespace, types.SimpleNamespace)):
        return dict(vars(value))
    return None


def properties_of(artifact: Artifact) -> dict[str, Any]:
    """What a step can read from an artifact besides its contents, by name: its properties, declared
    or custom; not what recording notes in them by itself."""
    properties = {**artifact.custom_properties, **artifact.properties}
    return {n: v for n, v in properties.items() if v is not None and n != "requested_name"}


def attributes_beside(value: Any) -> dict[str, Any]:
    """The attributes that a dataclass has besides its fields."""
    fields = {field.name for field in dataclasses.fields(value)}
    attributes = _without_cached(_attributes(value), type(value))
    return {name: item for name, item in attributes.items() if name not in fields}


def _tells_its_state(exact: Any) -> bool:
    """Whether an exact form has all attributes of a value, or it has none."""
    return isinstance(exact, dict) and not _WITH_STATE.isdisjoint(exact)


def _beside(value: Any, *, is_own: bool) -> dict[str, Any]:
    """What a value holds besides what it is as a list, a number, an array, …: the attributes that
    a class of somebody's own gives it.

    Args:
        value: Any value.
        is_own: Whether its class is of no installed package, and its attributes are not told yet.
    """
    kind = type(value)
    if isinstance(value, defaultdict):
        return {"default_factory": value.default_factory}
    if isinstance(value, deque):
        return {} if value.maxlen is None else {"maxlen": value.maxlen}
    if kind.__module__ in ("builtins", "collections") or isinstance(value, type):
        return {}
    if isinstance(value, enum.Enum):
        return notes_of(value)
    if dataclasses.is_dataclass(value):
        return attributes_beside(value)
    if isinstance(value, _BASES):
        # Some dicts show their items as attributes, too.
        items = value if isinstance(value, dict) else {}
        return {
            name: item
            for name, item in _attributes(value).items()
            if not (name in items and items[name] is item)
        }
    if is_own:
        return _without_cached(attribute(value, "__dict__", {}), kind)
    own, *above = (one.__module__.partition(".")[0] for one in kind.__mro__)
    if own not in _ARRAYS and not _ARRAYS.isdisjoint(above) and has(value, "shape"):
        return _attributes(value)  # an array with a unit, say
    return {}


def _attributes(value: Any) -> dict[str, Any]:
    """The attributes of an object, those in slots, too."""
    attributes = dict(attribute(value, "__dict__", {}))
    for name in copyreg.__dict__["_slotnames"](type(value)):
        if (item := attribute(value, name, ABSENT)) is not ABSENT:
            attributes[name] = item
    return attributes


def _without_cached(attributes: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """Attributes without what a `functools.cached_property` of a class keeps among them, which
    is there once somebody asked for it."""
    return {
        name: item
        for name, item in attributes.items()
        if not isinstance(getattr(kind, name, None), cached_property)
    }


def _is_artifact(value: Any) -> bool:
    return isinstance(value, Artifact) or (isinstance(value, NodeRef) and value.kind == "artifact")


def _name_of(value: Any) -> str:
    """The name of a function, a class, or what is made of one."""
    if isinstance(value, partial):
        return f"functools.partial of {_name_of(value.func)}"
    if isinstance(value, types.MethodType):
        owner = value.__self__ if isinstance(value.__self__, type) else type(value.__self__)
        return f"{qualified_name(owner)}.{value.__name__}"
    return qualified_name(value)


def _bytes(value: bytes) -> Pair:
    exact = {"\0bytes": _sha256(value)}
    if len(value) <= 64:
        return repr(value), exact
    return {"type": "bytes", "length": len(value), "digest": _sha256(value)}, exact


def _typed(forms: Pair, kind: Any) -> Pair:
    """The forms of a value, the exact one with its type; without one, as they are."""
    stored, exact = forms
    return forms if kind is None or exact is ABSENT else (stored, {"\0of": [kind, exact]})


def _sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _text(text: str) -> str:
    """`text` as UTF-8 can hold it."""
    return text.encode(errors="backslashreplace").decode()


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python's bound on digits
        return hex(value)


def _awkward(item: Any) -> bool:
    """Whether a plain value has another form when it is stored."""
    if type(item) is int:
        return not INT64_MIN <= item <= INT64_MAX
    return type(item) is str and not item.isascii() and _text(item) != item


def _is_plain_pair(pair: tuple[Any, Any]) -> bool:
    """Whether a key and its item are in JSON what they are."""
    key, item = pair
    is_plain = type(key) is str and type(item) in _PLAIN and not key.startswith("\0")
    return is_plain and not (_awkward(key) or _awkward(item))


def _or_none(form: Any) -> Any:
    return None if form is ABSENT else form


def _dict(form: Any) -> dict[str, Any]:
    return {} if form is ABSENT else form


def _basis(value: Any, *classes: type) -> str:
    return next(one.__name__ for one in classes if isinstance(value, one))


def _take(items: Iterator[Any] | None, at_most: int) -> list[Any] | None:
    """What an iterator yields, but never more than is looked through."""
    return (
        None if items is None else [one for one, _ in zip(items, range(at_most + 1), strict=False)]
    )

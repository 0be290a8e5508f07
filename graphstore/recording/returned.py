"""What a function returned: the artifacts and metrics in it, and how to give it again.

The rule. Wherever they stand in dicts, lists, tuples, dataclasses and pydantic models,

- an `Artifact` is an output;
- a path, a text that is a uri, or at whose path something stands, is an output by its uri. Its type
  is what the annotation says (``Annotated[Path, "Model"]``), or the role in capitals:
  ``eval_data`` makes an ``EvalData``;
- numbers are metrics: all of one call are one output of type ``Metrics``, in the role ``metrics``,
  with a custom property each. A list of nothing but numbers, and texts that are no places, is one
  value;
- anything else is a value. It is kept in the execution's property ``returned`` if it is plain, else
  described there.

The role is the one that `output` names, with keys behind it if there are several (``model.best``);
without it the keys alone, or ``output``. The parts of a list share a role, in order.
"""

from __future__ import annotations

import copy
import dataclasses
import logging
import os
import sys
import typing
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from graphstore.model.nodes import Artifact
from graphstore.model.values import check_value, dump_struct
from graphstore.recording.arrays import has
from graphstore.recording.capture.source import qualified_name
from graphstore.recording.describing import ABSENT, Describer, attributes_beside, fields_of
from graphstore.recording.values import to_value
from graphstore.system.uris import canonical, local_path

__all__ = [
    "METRICS",
    "Returned",
    "RoleArtifact",
    "again",
    "as_artifact",
    "by_annotation",
    "hints_of",
    "is_number",
    "type_of_role",
]

_log = logging.getLogger("graphstore")
METRICS = "Metrics"
"""The type of what has metrics as its custom properties."""

_LARGEST = 100_000
"""Characters of JSON at most of a value that is kept to be given again."""
_DEEP = 50
_PLAIN = (str, int, float, bool, type(None))
Outputs = Mapping[str, Sequence[Artifact]]


class RoleArtifact(Artifact):
    """The only artifact of a role; it may be used as the list of one that used to stand there."""

    def __iter__(self) -> Iterator[Artifact]:  # type: ignore[override]
        yield self

    def __len__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, place: int) -> Artifact:
        return [self][place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Artifact) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __repr_name__(self) -> str:
        return Artifact.__name__


class Returned:
    """What a function returned, looked through.

    Args:
        value: What it returned.
        output: The role that the step names.
        name: What the function is called.
        hint: What its annotation says.
    """

    def __init__(self, value: Any, output: str | None, name: str, hint: Any = None) -> None:
        self.artifacts: list[tuple[str, Artifact]] = []
        """The artifacts in it, with their roles."""
        self.untyped: set[int] = set()
        """Which of them, by number, are of the type that their roles tell, since nothing else
        does."""
        self.metrics: dict[str, Any] = {}
        """The numbers in it, by name."""
        self.described_types: list[str] = []
        """The types of what is only described, and so cannot be given again."""
        self._value, self._name, self._output = value, name, output or ""
        self._counts: dict[str, int] = {}
        self._places: list[list[Any]] = []
        self._parts = self._look(value, output or "", hint, 0)
        self.template = self._parts
        """What it was, as JSON, with places of artifacts, or a description; see `again`."""
        if self.metrics:
            role = output if output and not self.artifacts else "metrics"
            self._place(role, Artifact(type=METRICS, custom_properties=self.metrics))
        if not _can_be_kept(self.template):
            self.described_types.append(qualified_name(value))
            self.template = {"described": to_value(value)}

    def as_stored(self, outputs: Outputs) -> Any:
        """It, with each artifact as it is stored now, and all else as it was."""
        try:
            return self._renew(self._value, self._parts, outputs)
        except Exception:  # of the value's own, which is given as it is then
            return self._value

    def standing_for(self, value: Any) -> Returned:
        """It, giving another value as it is."""
        self._value, self._parts = value, {"described": None}
        return self

    def _look(self, value: Any, role: str, hint: Any, depth: int) -> Any:
        try:
            return self._look_into(value, role, hint, depth)
        except Exception:  # of the value's own: what stands beside it is kept
            self.described_types.append(qualified_name(value))
            return {"described": to_value(value)}

    def _look_into(self, value: Any, role: str, hint: Any, depth: int) -> Any:
        original, hint, kind = value, *_kind(hint)
        value = _plain(value)
        if isinstance(value, (*_PLAIN, PathLike)) and not _comes_back(original):
            self.described_types.append(qualified_name(original))
        if isinstance(value, Artifact):
            return {"artifact": self._place(role or "output", value)}
        if isinstance(value, PathLike) or (
            isinstance(value, str) and _is_place(value, depth, role)
        ):
            own = role or "output"
            output = Artifact(type=kind or type_of_role(own), uri=_place_of(value))
            if kind is None:
                self.untyped.add(len(self.artifacts))
            word = "path" if isinstance(value, PathLike) else "uri"
            return {word: self._place(own, output), "as": _place_of(value)}
        if is_number(value):
            own = role.removeprefix(f"{self._output}.") if self._output else role
            self.metrics[_unique(own or self._name, self.metrics)] = value
            return {"value": value}
        if isinstance(value, _PLAIN):
            return {"value": value}
        if depth < _DEEP:
            if type(value) in (list, tuple):
                if all(type(item) in _PLAIN for item in value) and not any(
                    type(item) is str and _is_place(item, depth + 1, role) for item in value
                ):
                    return {type(value).__name__: [{"value": item} for item in value]}
                hints = _hints_of_items(hint, len(value))
                return {
                    type(value).__name__: [
                        self._look(
                            item, _inner(role, place, item, self._name), hints[place], depth + 1
                        )
                        for place, item in enumerate(value)
                    ]
                }
            if isinstance(value, dict):
                inner = _hint_of_values(hint)
                # JSON has no other dicts, and no other keys.
                is_known = type(value) in (dict, OrderedDict)
                if not is_known or not all(type(key) is str for key in value):
                    self.described_types.append(qualified_name(value))
                parts = {
                    str(key): self._look(item, _join(role, str(key)), inner, depth + 1)
                    for key, item in value.items()
                }
                return {"dict": parts, **({"ordered": True} if type(value) is OrderedDict else {})}
            if (fields := _fields(value)) is not None:
                hints_ = hints_of(type(value))
                template = {
                    "fields": {
                        key: self._look(item, _join(role, key), hints_.get(key), depth + 1)
                        for key, item in fields.items()
                    },
                    "type": qualified_name(value),
                }
                if isinstance(value, BaseModel):  # what `exclude_unset` goes by
                    template["set"] = sorted(value.model_fields_set)
                return template
        self.described_types.append(qualified_name(value))
        within = Describer(collect=True)
        stored, _ = within.describe(role or "output", value)
        for own, artifacts in within.inputs.items():
            for artifact in artifacts:
                if isinstance(artifact, Artifact):
                    self._place(own, artifact)
        return {"described": None if stored is ABSENT else to_value(stored)}

    @property
    def is_bare(self) -> bool:
        """Whether the outputs of the step tell by themselves what it returned."""
        if self._value is None:
            return True
        return bool(self._output) and self.template == {"artifact": [self._output, 0]}

    def move(self, number: int, place: int) -> None:
        """Say which of the outputs of its role an artifact became, by its number in `made`."""
        self._places[number][1] = place

    def _place(self, role: str, artifact: Artifact) -> list[Any]:
        self.artifacts.append((role, artifact))
        self._counts[role] = self._counts.get(role, 0) + 1
        self._places.append([role, self._counts[role] - 1])
        return self._places[-1]

    def _renew(self, value: Any, template: Any, outputs: Outputs, depth: int = 0) -> Any:
        if "artifact" in template:
            role, place = template["artifact"]
            artifacts = outputs.get(role, ())
            artifact = artifacts[place] if place < len(artifacts) else value
            return _of_role(artifact) if depth == 1 else artifact
        if not _has_artifact(template):
            return value
        if "dict" in template:
            parts, depth = template["dict"], depth + 1
            result = copy.copy(value)
            for key, item in value.items():
                result[key] = self._renew(item, parts[str(key)], outputs, depth)
            return result
        for kind, make in (("list", list), ("tuple", tuple)):
            if kind in template:
                pairs = zip(value, template[kind], strict=True)
                return make(self._renew(item, part, outputs, 2) for item, part in pairs)
        fields = {
            key: self._renew(getattr(value, key), part, outputs, 2)
            for key, part in template["fields"].items()
            if _has_artifact(part)
        }
        if isinstance(value, BaseModel):
            return value.model_copy(update=fields)
        if isinstance(value, tuple):
            return value._replace(**fields)  # type: ignore[attr-defined]
        result = copy.copy(value)
        for key, item in fields.items():
            object.__setattr__(result, key, item)
        return result


def again(template: Any, outputs: Outputs, function: Callable[..., Any], depth: int = 0) -> Any:
    """What a function returned before.

    Raises:
        LookupError: If it cannot be given again: it was only described, or its class is not there.
    """
    if "described" in template:
        raise LookupError("it was only described")
    for kind in ("artifact", "path", "uri"):
        if kind in template:
            role, place = template[kind]
            artifact = outputs[role][place]
            if kind == "artifact":
                return _of_role(artifact) if depth == 1 else artifact
            uri = artifact.uri or ""
            # In the words in which it was returned, where these lead there from here, too.
            words = template.get("as")
            if words and canonical(words) == canonical(uri):
                uri = words
            return uri if kind == "uri" else Path(local_path(uri) or uri)
    if "value" in template:
        return template["value"]
    if "dict" in template:
        items = {
            key: again(part, outputs, function, depth + 1) for key, part in template["dict"].items()
        }
        return OrderedDict(items) if "ordered" in template else items
    for sequence, make in (("list", list), ("tuple", tuple)):
        if sequence in template:
            return make(again(part, outputs, function, 2) for part in template[sequence])
    fields = {key: again(part, outputs, function, 2) for key, part in template["fields"].items()}
    kind_ = _class(template["type"], function)
    if issubclass(kind_, BaseModel):
        return _model(kind_, fields, template.get("set"))
    if dataclasses.is_dataclass(kind_):
        result = object.__new__(kind_)
        for key, item in fields.items():
            object.__setattr__(result, key, item)
        return result
    return kind_(**fields)


def _model(kind: type[BaseModel], fields: Mapping[str, Any], names: Sequence[str] | None) -> Any:
    """A pydantic model of what `fields_of` tells of it.

    Args:
        kind: Its class.
        fields: Its fields, what it takes besides, and its private attributes, by name.
        names: Those of its fields that were set; None where that was not kept.
    """
    private = kind.__private_attributes__.keys() & fields.keys()
    public = {name: item for name, item in fields.items() if name not in private}
    model = kind.model_construct(None if names is None else set(names), **public)
    for name in private:
        setattr(model, name, fields[name])
    return model


def by_annotation(outputs: Outputs, function: Callable[..., Any]) -> Any:
    """The outputs of a step by role, as its annotation says; lists where it says nothing."""
    if not outputs:
        return None
    _, args = _hint_parts(hints_of(function).get("return"))
    single = len(args) == 2 and args[1] is Artifact
    return {
        role: _of_role(artifacts[0]) if single and len(artifacts) == 1 else list(artifacts)
        for role, artifacts in outputs.items()
    }


def as_artifact(role: str, value: Any, type: str | None) -> tuple[Artifact, bool]:
    """A value that is said to be an output as an artifact, and whether it is only described."""
    value = _plain(value)
    try:
        if isinstance(value, (str, PathLike)):
            return Artifact(type=type or type_of_role(role), uri=_place_of(value)), False
        if is_number(value):
            return Artifact(type=type or METRICS, custom_properties={role: value}), False
        numbers = value if isinstance(value, Mapping) else {}
        numbers = {str(name): _plain(number) for name, number in numbers.items()}
        if numbers and all(map(is_number, numbers.values())):
            return Artifact(type=type or METRICS, custom_properties=numbers), False
    except Exception:  # of the value's own
        _log.debug("a %s failed as it was looked at", qualified_name(value), exc_info=True)
    properties = {"value": to_value(value)}
    return Artifact(type=type or type_of_role(role), custom_properties=properties), True


def is_number(value: Any) -> bool:
    """Whether a value is a number, and so a metric; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, float) or -(2**63) <= value < 2**63


def type_of_role(role: str) -> str:
    """The type of what is given by its uri alone: ``eval_data`` makes an ``EvalData``."""
    words = "".join(c if c.isalnum() else " " for c in role.rpartition(".")[2]).split()
    return "".join(word[0].upper() + word[1:] for word in words)[:200] or "Artifact"


def _plain(value: Any) -> Any:
    """NumPy's scalars, and the like, as Python's."""
    try:
        is_scalar = has(value, "shape") and has(value, "item") and value.shape == ()
        item = value.item() if is_scalar else value
        return item if isinstance(item, _PLAIN) else value
    except Exception:  # it is none
        return value


def _comes_back(value: Any) -> bool:
    """Whether a plain value or a path can be given again as what it was; NumPy's scalars come as
    Python's, and a member of an enumeration, or a path of a class of its own, would not come as
    one."""
    return type(value) in (*_PLAIN, type(Path())) or (
        type(value).__module__ == "numpy" and type(value).__name__ != "ndarray"
    )


def _can_be_kept(template: Any) -> bool:
    """Whether it is not too large, and text that a store takes."""
    try:
        return len(dump_struct(check_value(template))) <= _LARGEST
    except ValueError:
        return False


def _is_place(text: str, depth: int, role: str) -> bool:
    """Whether a text is taken for a path or a uri."""
    if not text or len(text) > 4000 or "\n" in text or "\0" in text:
        return False
    if depth == 0 and role:  # the one output of the step
        return True
    # Many a text has a slash, and names no file: "bert/base".
    return "://" in text or os.path.lexists(text)


def _place_of(value: Any) -> str:
    path = fspath(value)
    return path if isinstance(path, str) else os.fsdecode(path)


def _join(role: str, key: str) -> str:
    return f"{role}.{key}" if role else key


def _inner(role: str, place: int, item: Any, name: str) -> str:
    """The role of a part of a list: that of the list, but for numbers, of which each has a name."""
    if is_number(_plain(item)):
        return f"{role or name}.{place}"
    return role or "output"


def _unique(name: str, names: Mapping[str, Any]) -> str:
    count, free = 1, name
    while free in names:
        count += 1
        free = f"{name} ({count})"
    return free


def _fields(value: Any) -> dict[str, Any] | None:
    names = getattr(type(value), "_fields", None)
    if isinstance(value, tuple) and isinstance(names, tuple):
        return dict(zip(names, value, strict=False))
    if isinstance(value, type) or (fields := fields_of(value)) is None:
        return None
    # What was noted on a dataclass besides its fields (`__post_init__`) belongs to it, too.
    return {**fields, **attributes_beside(value)} if dataclasses.is_dataclass(value) else fields


def _of_role(artifact: Any) -> Any:
    if type(artifact) is not Artifact:
        return artifact
    return RoleArtifact.model_construct(artifact.model_fields_set, **artifact.__dict__)


def _has_artifact(template: Any) -> bool:
    if "artifact" in template:
        return True
    if "dict" in template or "fields" in template:
        parts = template.get("dict") or template.get("fields") or {}
        return any(map(_has_artifact, parts.values()))
    return any(map(_has_artifact, template.get("list") or template.get("tuple") or ()))


def _class(name: str, function: Callable[..., Any]) -> type:
    """A class by its qualified name: that of the annotation, or of a module that is loaded."""
    hint = hints_of(function).get("return")
    if isinstance(hint, type) and qualified_name(hint) == name:
        return hint
    module, _, rest = name.rpartition(".")
    while module:
        target: Any = sys.modules.get(module)
        for part in rest.split(".") if target is not None else ():
            target = getattr(target, part, None)
        if isinstance(target, type) and qualified_name(target) == name:
            return target
        module, _, part = module.rpartition(".")
        rest = f"{part}.{rest}"
    raise LookupError(f"the class {name} is not there")


def hints_of(item: Any) -> dict[str, Any]:
    """What the annotations of a function or a class say, as far as their names are there."""
    try:
        return typing.get_type_hints(item, include_extras=True)
    except Exception:  # of names that are there for type checkers alone
        return {}


def _hint_parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    return typing.get_origin(hint), typing.get_args(hint)


def _kind(hint: Any) -> tuple[Any, str | None]:
    """An annotation without its extras, and the type of artifact that they name."""
    if typing.get_origin(hint) is typing.Annotated:
        inner, *extras = typing.get_args(hint)
        return inner, next((extra for extra in extras if isinstance(extra, str) and extra), None)
    return hint, None


def _hint_of_values(hint: Any) -> Any:
    args = typing.get_args(hint)
    return args[1] if len(args) == 2 else None


def _hints_of_items(hint: Any, count: int) -> list[Any]:
    args = typing.get_args(hint)
    if len(args) == count and typing.get_origin(hint) is tuple and Ellipsis not in args:
        return list(args)
    return [args[0] if args else None] * count

"""What all models have in common: they are frozen, checked, and refuse with our own errors."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from graphstore.errors import InvalidArgument, brief
from graphstore.model.plain import in_json

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["Model", "copy_with"]

_MOST_TEXTS = 3
"""Mistakes that a message names."""

M = TypeVar("M", bound="Model")


class Model(BaseModel):
    """A frozen model. What it does not take is an `InvalidArgument`, however it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """As pydantic has it, with the docstrings of fields as their descriptions.

        Its own `use_attribute_docstrings` reads the source of each model when it is imported, which
        takes longer than to make the model.
        """
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in _docstrings(cls).items():
            if name in properties:
                properties[name].setdefault("description", text)
        return schema

    def __init__(self, /, **fields: Any) -> None:
        try:
            self.__pydantic_validator__.validate_python(fields, self_instance=self)
        except ValidationError as error:
            raise _refusal(type(self), error) from None

    # So pydantic marks its own: else its compiled part would call this one for every row read.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def model_validate(cls: type[M], obj: Any, **options: Any) -> M:
        """As pydantic has it, but for the error."""
        return _ours(cls, lambda: super(Model, cls).model_validate(obj, **options))

    @classmethod
    def model_validate_json(cls: type[M], json_data: str | bytes | bytearray, **options: Any) -> M:
        """As pydantic has it, but for the error."""
        return _ours(cls, lambda: super(Model, cls).model_validate_json(json_data, **options))

    def model_copy(self: M, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> M:
        """As pydantic has it, and what is changed is checked; `evolve` is the shorter way."""
        copy = super().model_copy(deep=deep)
        return copy.evolve(**update) if update else copy

    def evolve(self: M, **changes: Any) -> M:
        """A copy with some fields changed, and these checked, as the constructor does.

        Raises:
            InvalidArgument: If there is no such field, or a value is none that it takes.
        """
        # Only what is changed is checked: what was read of the store is as somebody wrote it.
        others = {
            name: self.__dict__.get(name)
            for name in _required_fields(type(self))
            if name not in changes
        }
        try:
            instance = self.__pydantic_validator__.validate_python({**others, **changes})
        except ValidationError as error:
            raise _refusal(type(self), error) from None
        return copy_with(self, **{name: instance.__dict__[name] for name in changes})

    def to_dict(self) -> dict[str, Any]:
        """What is set, in JSON's types (`graphstore.model.plain.in_json`); of a node or a type its
        kind too."""
        kind = getattr(self, "kind", None)
        fields = {name: in_json(value) for name, value in self if value is not None}
        return fields if kind is None else {"kind": kind, **fields}

    def __setattr__(self, name: str, value: Any) -> None:
        self._refuse_change(name)

    def __delattr__(self, name: str) -> None:
        self._refuse_change(name)

    def _refuse_change(self, name: str) -> None:
        what = type(self).__name__
        raise InvalidArgument(
            f"{what} is frozen: evolve({name}=...) makes a copy of it that differs"
            if name in type(self).model_fields
            else f"{what} {_no_field(type(self), name)}"
        )


def copy_with(model: M, **changes: Any) -> M:
    """A copy with some fields changed, unchecked: for values that are known to be right, or that
    are kept as somebody wrote them. A tenth of the price of `Model.evolve`."""
    copy = model.__copy__()
    copy.__dict__.update(changes)
    copy.__pydantic_fields_set__.update(changes)
    return copy


@lru_cache
def _required_fields(model: type[Model]) -> tuple[str, ...]:
    return tuple(name for name, field in model.model_fields.items() if field.is_required())


@lru_cache
def _docstrings(model: type[Model]) -> dict[str, str]:
    """What its source says below each field; nothing of a model whose source cannot be had."""
    texts: dict[str, str] = {}
    for one in reversed([one for one in model.__mro__ if issubclass(one, Model)]):
        try:
            tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(one)))
        except (OSError, TypeError, SyntaxError):
            continue
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        for field, below in pairwise(body):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(below, ast.Expr)
                and isinstance(below.value, ast.Constant)
                and isinstance(below.value.value, str)
            ):
                texts[field.target.id] = inspect.cleandoc(below.value.value)
    return texts


def _ours(model: type[Model], make: Callable[[], M]) -> M:
    try:
        return make()
    except ValidationError as error:
        raise _refusal(model, error) from None


def _refusal(model: type[Model], error: ValidationError) -> InvalidArgument:
    """What is wrong, field by field. Of a field that takes several types the last word counts."""
    wrong: dict[str, str] = {}
    # What is unknown comes first: it is the likeliest cause of what is missing.
    details = error.errors(include_url=False)
    for detail in sorted(details, key=lambda one: one["type"] != "extra_forbidden"):
        field = str(detail["loc"][0]) if detail["loc"] else ""
        if detail["type"] == "extra_forbidden":
            wrong[field] = _no_field(model, field)
        elif detail["type"] == "missing":
            wrong[field] = f"needs {field}"
        else:
            why = detail["msg"].removeprefix("Value error, ")
            hint = "" if "found" in why else f", found {brief(detail['input'])}"
            wrong[field] = f"{field}: {why}{hint}".removeprefix(": ")
    texts = list(wrong.values())
    more = f"; and {len(texts) - _MOST_TEXTS} more" if len(texts) > _MOST_TEXTS else ""
    return InvalidArgument(f"{model.__name__} {'; '.join(texts[:_MOST_TEXTS])}{more}")


def _no_field(model: type[Model], name: str) -> str:
    fields = list(model.model_fields)
    similar = difflib.get_close_matches(name, fields, n=1)
    hint = f"did you mean {similar[0]!r}?" if similar else f"there are {', '.join(fields)}"
    return f"has no field {brief(name)}; {hint}"

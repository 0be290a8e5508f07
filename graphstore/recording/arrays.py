"""Arrays, tensors and tables by what they have in common, without importing anybody's library."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from typing import Any

from graphstore.recording.capture.source import qualified_name

__all__ = ["Array", "array_of", "attribute", "has"]

_SMALL = 100
"""Elements at most of what is kept whole."""
_READ = 4 * 2**30
"""Bytes at most that are read to tell one array from another."""


@dataclass(frozen=True)
class Array:
    """What an array is."""

    type: str
    shape: list[int]
    dtype: Any
    """The type of its elements, or of each column."""
    contents: str | None
    """The digest of its bytes in the order of rows; None where elements are objects."""
    items: Any = None
    """The elements, where they have no bytes of their own; column by column for a table."""
    small: Any = None
    """The elements as lists, if they are few."""


def has(value: Any, name: str) -> bool:
    """Whether a value has an attribute, and does not make it up as it is asked for: a mock, or what
    stands for something elsewhere, has all there are, and becomes another one by the question."""
    return hasattr(type(value), name) or name in attribute(value, "__dict__", ())


def attribute(value: Any, name: str, default: Any = None) -> Any:
    """An attribute of a value; the default where it has none, whatever it raises then: a dict that
    gives its items as attributes raises a KeyError."""
    try:
        return getattr(value, name, default)
    except Exception:
        return default


def array_of(value: Any) -> Array | None:
    """What an array, a tensor or a table of anybody's is; None if it is none.

    NumPy's, PyTorch's, TensorFlow's, JAX's and CuPy's arrays have a `shape` and a `dtype`, and a
    way to become NumPy's; pandas' tables have a `shape` and columns. A scalar is an array of no
    dimension.
    """
    if isinstance(value, type) or not has(value, "shape") or has(value, "compute"):
        return None  # Dask's arrays are plans of work, which are known by themselves
    if has(value, "dims"):
        return None  # xarray's have labels besides
    try:
        shape = [int(length) for length in value.shape]
        if has(value, "iloc") and has(value, "index"):
            return _table(value, shape)
        if has(value, "get_level_values"):
            name, dtype = qualified_name(value), str(value.dtype)
            return Array(name, shape, dtype, None, _index(value), _few_labels(value, shape))
        if not has(value, "dtype"):
            return None
        return _array(value, shape)
    except Exception:  # it only looks like an array, or its memory is elsewhere
        return None


def _array(value: Any, shape: list[int]) -> Array:
    name, dtype = qualified_name(value), str(value.dtype)
    if (getattr(value, "nbytes", 0) or 0) > _READ:
        return Array(name, shape, dtype, None)
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray):
        plain = _as_numpy(value, numpy)
        if plain is None:
            elements = value.tolist()
            items = [elements, *beside] if (beside := _beside(value)) else elements
            return Array(name, shape, dtype, None, items, _few(shape, elements))
        if beside := _beside(value):
            return Array(name, shape, dtype, None, [plain, *beside], None)
        value = plain
    if has(value, "fill_value"):  # a masked array
        items = [value.data, value.mask, value.fill_value]
        return Array(name, shape, dtype, None, items, None)
    if value.dtype.hasobject:
        elements = value.tolist()
        return Array(name, shape, dtype, None, elements, _few(shape, elements))
    if value.dtype.names is not None:
        dtype = str(value.dtype.descr)
    contents = numpy.ascontiguousarray(value)  # type: ignore[union-attr]
    if contents.dtype.byteorder == ">" or (sys.byteorder == "big" and contents.dtype.isnative):
        contents = contents.byteswap()
    digest = hashlib.sha256(contents.reshape(-1).view("u1").data if contents.size else b"")
    few = _few(shape, None) is not None
    small = None
    if few and value.dtype.kind in "biufU":
        small = value.tolist()
    elif few:
        small = value.astype(str).tolist() if value.dtype.kind in "mM" else None
    return Array(name, shape, dtype, "sha256:" + digest.hexdigest(), None, small)


def _as_numpy(value: Any, numpy: Any) -> Any:
    """A tensor as NumPy has it; None if it cannot be had so."""
    if numpy is None:
        return None
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        value = value.detach().cpu()
        if "bfloat16" in str(value.dtype):  # NumPy has none; a float holds it exactly
            value = value.float()
    try:
        array = value.numpy() if hasattr(value, "numpy") else numpy.asarray(value)
    except Exception:
        return None
    return array if isinstance(array, numpy.ndarray) and array.dtype != object else None


def _table(value: Any, shape: list[int]) -> Array:
    """A frame or a series of pandas, or what is like one."""
    one = len(shape) == 1
    columns = [value] if one else [value.iloc[:, place] for place in range(shape[1])]
    dtypes = [str(column.dtype) for column in columns]
    names = [getattr(value, "name", None)] if one else list(value.columns)
    contents = []
    for column in columns:
        elements = column.to_numpy()
        contents.append(elements.tolist() if elements.dtype == object else elements)
        contents.append(_beside(column))
    index = [_index(value.index), None if one else _index(value.columns)]
    beside = [{name: getattr(value, name, None) for name in getattr(value, "_metadata", ())}]
    items = [names, index, contents, dict(getattr(value, "attrs", {})), beside]
    small = None
    if shape[0] * len(columns) <= _SMALL:
        small = dict(zip(map(str, names), (column.tolist() for column in columns), strict=False))
    dtype = dtypes[0] if one else dict(zip(map(str, names), dtypes, strict=False))
    return Array(qualified_name(value), shape, dtype, None, items, small)


def _index(index: Any) -> list[Any]:
    """What an index of pandas is: names, elements, and what it has besides them."""
    names = list(index.names)
    if index.nlevels > 1:
        return [names, [_index(index.get_level_values(level)) for level in range(index.nlevels)]]
    return [names, index.to_numpy(), str(index.dtype), *_beside(index)]


def _few_labels(index: Any, shape: list[int]) -> Any:
    if _few(shape, None) is None:
        return None
    is_time = getattr(index.dtype, "kind", "") in "mM" and not has(index.dtype, "na_value")
    return index.to_numpy().astype(str).tolist() if is_time else index.tolist()


def _beside(value: Any) -> list[Any]:
    """What pandas' columns, indexes and arrays have besides their elements: the type of these, as
    pandas has it, their frequency, and their categories; empty if there is none of it."""
    dtype = value.dtype
    frequency = value.freq if has(value, "freq") else None
    is_own = has(dtype, "na_value")  # as all types have that are pandas' own, not NumPy's
    if not is_own and frequency is None:
        return []
    categories = dtype.categories if has(dtype, "categories") else None
    more = [] if categories is None else [_index(categories), dtype.ordered]
    name = str(dtype) if more else repr(dtype)  # of categories it has as many as fit a line
    return [name, None if frequency is None else str(frequency), *more]


def _few(shape: list[int], elements: Any) -> Any:
    count = 1
    for length in shape:
        count *= length
    return (elements if elements is not None else True) if count <= _SMALL else None

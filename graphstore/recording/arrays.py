"""Arrays, tensors and tables by what they have in common, without importing anybody's library."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from typing import Any

from graphstore.recording.capture.source import qualified_name

__all__ = ["Array", "array_of", "has"]

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
    return hasattr(type(value), name) or name in getattr(value, "__dict__", ())


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
            return Array(name, shape, dtype, None, elements, _few(shape, elements))
        value = plain
    if isinstance(mask := getattr(value, "mask", None), numpy.ndarray):  # type: ignore[union-attr]
        return Array(name, shape, dtype, None, [value.data, mask], None)
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
        categories = getattr(column.dtype, "categories", None)
        contents.append(None if categories is None else [list(categories), column.dtype.ordered])
    index = [list(value.index.names), value.index.to_numpy(), str(value.index.dtype)]
    beside = [{name: getattr(value, name, None) for name in getattr(value, "_metadata", ())}]
    items = [names, index, contents, dict(getattr(value, "attrs", {})), beside]
    small = None
    if shape[0] * len(columns) <= _SMALL:
        small = dict(zip(map(str, names), (column.tolist() for column in columns), strict=False))
    dtype = dtypes[0] if one else dict(zip(map(str, names), dtypes, strict=False))
    return Array(qualified_name(value), shape, dtype, None, items, small)


def _few(shape: list[int], elements: Any) -> Any:
    count = 1
    for length in shape:
        count *= length
    return (elements if elements is not None else True) if count <= _SMALL else None

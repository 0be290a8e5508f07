"""Whose code a module is: Python's, that of a package that is installed, or somebody's own.

The rule, by where the module's file stands:

- **Python's** is what is built in, frozen, or in the folder of the standard library.
- **Installed** is what is in a folder named ``site-packages`` or ``dist-packages``, and has a
  version, that of its package or of the distributions that bring it; and graphstore itself.
- **Somebody's own** is all else: a script, a notebook, a module of the project, what was installed
  in place (``pip install -e``), what has no file at all. It changes without a new version.
"""

from __future__ import annotations

import functools
import importlib.metadata
import os
import sys
from pathlib import PurePath
from typing import Any

from graphstore.errors import DISTRIBUTION

__all__ = ["release_of"]

_STANDARD = PurePath(os.__file__).parent
_INSTALLED = frozenset(["site-packages", "dist-packages"])


def release_of(item: Any) -> str | None:
    """The version of the installed package that a class, or what a module of this name has, is of.

    Returns:
        A version; an empty text for Python's own; None for what is somebody's own.
    """
    module = item
    if isinstance(item, type):
        # A proxy may have a property of this name.
        modules = (getattr(one, "__module__", None) for one in item.__mro__)
        module = next((one for one in modules if isinstance(one, str)), None)
    if not isinstance(module, str):
        return None
    loaded = sys.modules.get(module) or sys.modules.get(module.partition(".")[0])
    file = getattr(loaded, "__file__", None)
    package = module.partition(".")[0]
    if package == "graphstore":
        return _own_version()
    if not isinstance(file, str):
        names = (sys.builtin_module_names, sys.stdlib_module_names)
        return "" if any(package in one for one in names) else None
    if _is_installed(file):
        return _version(package)
    return "" if _is_standard(file) else None


@functools.lru_cache(maxsize=4096)
def _is_installed(file: str) -> bool:
    return not _INSTALLED.isdisjoint(PurePath(file).parts)


@functools.lru_cache(maxsize=4096)
def _is_standard(file: str) -> bool:
    return PurePath(file).is_relative_to(_STANDARD)


def _version(package: str) -> str | None:
    """The version of a package that is loaded, or of the distributions that it came with."""
    version = getattr(sys.modules.get(package), "__version__", None)
    if isinstance(version, str):
        return version
    return _distributed(package)


@functools.lru_cache(maxsize=4096)
def _distributed(package: str) -> str | None:
    names = sorted(set(_distributions().get(package, ())))
    return " ".join(f"{name} {importlib.metadata.version(name)}" for name in names) or None


@functools.lru_cache(maxsize=1)
def _own_version() -> str:
    """graphstore's own version, without a look at all that is installed."""
    try:
        return f"graphstore {importlib.metadata.version(DISTRIBUTION)}"
    except importlib.metadata.PackageNotFoundError:
        return "unreleased"


@functools.lru_cache(maxsize=1)
def _distributions() -> dict[str, list[str]]:
    """The names of the distributions that bring a package, by its name."""
    try:
        return dict(importlib.metadata.packages_distributions())
    except Exception:  # what an interrupted installation left behind
        return {}

"""Lets commands load Neo4j's driver without what it loads for frames and arrays.

Where NumPy, pandas and PyArrow are installed, `import neo4j` loads them, to take values of theirs
as parameters (neo4j 5 and 6): most of what a command needs to start. A command passes no such
values. What a process loads is its own to decide, so the package leaves the driver as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

__all__ = ["load_lean"]

_OPTIONAL = "neo4j._optional_deps"
"""The driver's module that imports them if it can. Without one of this name, all is as ever."""
_FRAMES = ("numpy", "pandas", "pyarrow")


def load_lean() -> None:
    """From now on the driver, once it is imported, is imported without them."""
    if _OPTIONAL not in sys.modules:
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _OPTIONAL:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Lean(spec.loader)
        return spec


class _Lean(Loader):
    """Loads a module to which the three are not installed."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        absent = [name for name in _FRAMES if name not in sys.modules]
        # The import system's own way to say that there is no such module.
        sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
        try:
            self._loader.exec_module(module)
        finally:
            for name in absent:
                del sys.modules[name]

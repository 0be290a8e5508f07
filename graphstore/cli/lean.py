"""Lets commands start without what they do not need; what a process loads is its own to decide,
so the package leaves all of it as it is.

- Where NumPy, pandas and PyArrow are installed, `import neo4j` loads them, to take values of theirs
  as parameters (neo4j 5 and 6): most of what a command needs to start. A command passes no such
  values.
- The first model asks all packages that are installed whether they are plug-ins of pydantic.
- Python looks for garbage again and again among what imports make, where there is none, and at the
  end once more, where all of it is.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
else:  # as in `graphstore.system.moved`
    Loader = MetaPathFinder = object

__all__ = ["load_lean"]

_OPTIONAL = "neo4j._optional_deps"
"""The driver's module that imports them if it can. Without one of this name, all is as ever."""
_FRAMES = ("numpy", "pandas", "pyarrow")


_OBJECTS = 100_000
"""That are made before Python looks for garbage among them: some megabytes."""


def load_lean() -> None:
    """Of what is imported from now on, leave out what a command does not need."""
    if _OPTIONAL not in sys.modules:
        sys.meta_path.insert(0, _Finder())
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # pydantic's own switch
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)  # what is frozen is not looked through as the process ends


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

"""Modules by the names that they had before they moved, for one release.

An import of an old name gives the module itself, so that what is set on one is set on the other,
and warns (`DeprecationWarning`).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
else:  # they bring half of what `import graphstore` would take, and add nothing to ours

    class Loader: ...

    class MetaPathFinder: ...


__all__ = ["install", "new_name"]

_PACKAGE = "graphstore"
_WRITING = ("assembly", "batch", "bulk", "group_commit", "publish")
_IMPORTING = ("batches", "rows")
_MLMD_FILES = ("cells", "file", "repeated")
_QUESTIONS = {
    "comparison": "compare",
    "divergence": "diff",
    "passport": "explanation",
    "rerun": "can_rerun",
    "root_cause": "common_ancestors",
}
_NEW_PLACES = {
    "recorder": "recording",
    **{name: f"recording.{name}" for name in ("capture", "digest", "cache", "decisions", "doctor")},
    "repository": "storage",
    "repository.filtering": "filters",
    "repository.filters": "storage.lists",
    **{f"repository.{name}": f"storage.writing.{name}" for name in _WRITING},
    **{name: f"database.{name}" for name in ("queries", "schema")},
    "subgraph": "lineage.subgraph",
    "arrow_graph": "graph.arrow",
    "py2neo_graph": "graph.py2neo",
    "resolve": "questions.resolve",
    **{f"questions.{old}": f"questions.{new}" for old, new in _QUESTIONS.items()},
    **{f"interop.mlmd_{name}": f"interop.importing.{name}" for name in _IMPORTING},
    **{f"interop.mlmd_{name}": f"interop.mlmd.databases.{name}" for name in _MLMD_FILES},
    "interop.protobuf": "interop.mlmd.databases.protobuf",
    "mlmd.": "interop.mlmd.front.",  # what is below it; the client itself stays there
    **{name: f"system.{name}" for name in ("folders", "garbage", "processes", "progress", "uris")},
}
"""The new name of each, and so of all that is below it; the longest one counts."""
_LONGEST_FIRST = sorted(_NEW_PLACES, key=len, reverse=True)


def new_name(name: str) -> str | None:
    """What the module of a name is called now; None if it has not moved."""
    if not name.startswith(f"{_PACKAGE}."):
        return None
    below = name.removeprefix(f"{_PACKAGE}.")
    for old in _LONGEST_FIRST:
        if below == old or below.startswith(old if old.endswith(".") else f"{old}."):
            return f"{_PACKAGE}.{_NEW_PLACES[old]}{below.removeprefix(old)}"
    return None


def install() -> None:
    """Let old names be imported."""
    if not any(isinstance(finder, _Moved) for finder in sys.meta_path):
        # First, since a moved package would give its modules twice, by either name.
        sys.meta_path.insert(0, _Moved())


class _Moved(MetaPathFinder, Loader):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        return None if new_name(fullname) is None else ModuleSpec(fullname, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        name = new_name(spec.name)
        assert name is not None
        try:
            module = import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise ModuleNotFoundError(f"No module named {spec.name!r}", name=spec.name) from None
        warnings.warn(
            f"{spec.name} is called {name} now; the old name goes with the next release",
            DeprecationWarning,
            stacklevel=2,
        )
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:  # that of the old name, which the import has just set
            module.__spec__ = module.__spec__.loader_state

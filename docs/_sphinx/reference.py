"""What the reference needs besides autodoc: its links, and whether it is complete.

The reference calls a thing by the name that users import (`graphstore.Artifact`), or by the store
that has it (`graphstore.store.Artifacts`); annotations and docstrings name the module that it is
in, or just it. Both find it.
"""

from __future__ import annotations

import builtins
import inspect
import re
from importlib import import_module
from typing import Any

from docutils import nodes
from pydantic import BaseModel
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import find_pending_xref_condition, make_refnode

import graphstore

log = logging.getLogger(__name__)

NOUNS = ("types", "artifacts", "executions", "contexts", "events", "lineage", "resolve", "cache")
NOUNS += ("doctor", "decisions", "seals")


class Errors(SphinxDirective):
    """Every error, in the order of the alphabet."""

    def run(self) -> list[nodes.Node]:
        names = import_module("graphstore.errors").__all__
        lines = [f".. autoexception:: graphstore.{name}" for name in sorted(names)]
        return self.parse_text_to_nodes("\n\n".join(lines))


def find(app: Any, env: Any, node: Any, content: Any) -> Any:
    """The link for a name that stands in the reference under another module."""
    if node.get("refdomain") != "py":
        return None
    objects = env.get_domain("py").objects
    parts = node["reftarget"].lstrip(".").split(".")
    # A word of small letters alone (`name`, `id`) is a parameter or a field more often than not.
    shortest = 1 if parts[-1][:1].isupper() else 2
    for count in range(len(parts), shortest - 1, -1):
        end = "." + ".".join(parts[-count:])
        fits = [name for name, entry in objects.items() if name.endswith(end) and not entry.aliased]
        if len(fits) == 1:
            entry = objects[fits[0]]
            return make_refnode(
                app.builder, node["refdoc"], entry.docname, entry.node_id, content, fits[0]
            )
    if node["reftype"] == "exc" and not hasattr(builtins, node["reftarget"]):
        log.warning("no error %r, which something raises", node["reftarget"], location=node)
    return None


def check(app: Any, env: Any) -> None:
    """Warn of what users can import or reach from a store, and the reference has not."""
    objects = {name for name, entry in env.get_domain("py").objects.items() if not entry.aliased}
    store = import_module("graphstore.store")
    asked = [f"graphstore.{name}" for name in graphstore.__all__]
    asked += [f"graphstore.store.{noun.capitalize()}" for noun in NOUNS]
    asked += [
        f"graphstore.Store.{name}"
        for name, value in vars(store.Store).items()
        if not name.startswith("_") and inspect.isroutine(value)
        if not hasattr(value, "__deprecated__")  # an old name
    ]
    for name in asked:
        if name not in objects:
            log.warning("the reference has no %s", name)


def annotate() -> None:
    """Tell each model's inherited fields as its own: autodoc knows the kinds of these alone."""
    for name in graphstore.__all__:
        model = getattr(graphstore, name)
        if inspect.isclass(model) and issubclass(model, BaseModel):
            kinds = [vars(one).get("__annotations__", {}) for one in reversed(model.__mro__)]
            fields = {field: kind for own in kinds for field, kind in own.items()}
            model.__annotations__ = {field: fields[field] for field in model.model_fields}


class Builtins(SphinxPostTransform):
    """Python's own `type` in an annotation is no link to a field of this name."""

    default_priority = 5  # before links are resolved

    def run(self, **_: Any) -> None:
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("reftype") == "class" and hasattr(builtins, node["reftarget"]):
                condition = find_pending_xref_condition(node, "*")
                node.replace_self(node.children if condition is None else condition.children)


def skip(app: Any, what: str, name: str, value: Any, bad: bool, options: Any) -> bool | None:
    """Leave out what pydantic and dataclasses put into classes."""
    return True if name in {"model_config", "model_post_init"} else None


def keep(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Keep a colon in what is said of a field: napoleon takes what stands before it for a type."""
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]  # a comment: it looks at the first line alone


def plain(
    app: Any, what: str, name: str, value: Any, options: Any, signature: str | None, returns: Any
) -> tuple[str, Any] | None:
    """Write a default that is a function, and an alias in a list of types, by its name alone."""
    if signature is None:
        return None
    signature = re.sub(r"<function (\w+)[^>]*>", r"\1", signature)
    return re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", signature), returns


def setup(sphinx: Any) -> dict[str, bool]:
    annotate()
    sphinx.add_directive("errors", Errors)
    sphinx.add_post_transform(Builtins)
    sphinx.connect("missing-reference", find)
    sphinx.connect("env-check-consistency", check)
    sphinx.connect("autodoc-process-docstring", keep, priority=400)
    sphinx.connect("autodoc-process-signature", plain)
    sphinx.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True}

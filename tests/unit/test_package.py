"""What the package shows of itself."""

import inspect
import re
from pathlib import Path

import pytest

import graphstore
from graphstore import errors, store
from tests.conftest import ROOT


def test_all_names_are_there_and_documented():
    assert len(graphstore.__all__) == len(set(graphstore.__all__))
    for name in graphstore.__all__:
        assert inspect.getdoc(getattr(graphstore, name)), name


def test_every_error_is_exported_and_stands_in_the_tree():
    own = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and value.__module__ == "graphstore.errors"
    }
    assert own == set(errors.__all__)
    for name in own:
        assert re.search(rf"[├└│ ─]*\b{name}\b", errors.__doc__), name
        assert issubclass(getattr(errors, name), errors.StoreError)
        assert getattr(errors, name).__doc__


def test_the_tree_is_drawn_as_it_is():
    lines = re.findall(r"^    ([│ ]*[├└]── |)(\w+)", errors.__doc__, re.M)
    above = []
    for branch, name in lines:
        depth = len(branch) // 4
        del above[depth:]
        if above:
            assert getattr(errors, name).__bases__[0].__name__ == above[-1], name
        above.append(name)


@pytest.mark.parametrize(
    "module", sorted((ROOT / "graphstore").rglob("*.py")), ids=lambda path: path.stem
)
def test_every_public_thing_has_a_docstring(module: Path):
    import ast

    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body, module
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node) or is_overload(node), f"{module}: {node.name}"
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    assert ast.get_docstring(inner) or is_overload(inner), f"{module}: {inner.name}"


def is_overload(node):
    return any(getattr(decorator, "id", "") == "overload" for decorator in node.decorator_list)


def reference():
    """The functions and methods of the reference: by name, with their docstrings."""
    nouns = (store.Types, store.Artifacts, store.Executions, store.Contexts, store.Events)
    questions = (store.Lineage, store.Resolve, store.Cache, store.Doctor, store.Decisions)
    public = [getattr(graphstore, name) for name in graphstore.__all__]
    for thing in (*public, *nouns, *questions):
        if inspect.isfunction(thing):
            yield thing.__name__, thing
        for name, value in inspect.getmembers(thing) if inspect.isclass(thing) else ():
            value = inspect.unwrap(getattr(value, "__func__", value))
            ours = inspect.isfunction(value) and value.__module__.startswith("graphstore.")
            if ours and not name.startswith("_"):
                yield f"{thing.__name__}.{name}", value


REFERENCE = dict(reference())


def test_docstrings_say_it_themselves():
    elsewhere = re.compile(r"; see `|\b[Aa]s in `|\bare those of `|\bwhat is raised\b")
    matches = {
        name: match[0]
        for name, value in REFERENCE.items()
        if (match := elsewhere.search(inspect.getdoc(value) or ""))
    }
    assert matches == {}


def test_docstrings_name_the_parameters_that_there_are():
    assert len(REFERENCE) > 150
    wrong = {}
    for name, value in REFERENCE.items():
        section = re.search(r"^Args:\n(.*?)(?:^\w|\Z)", inspect.getdoc(value) or "", re.M | re.S)
        names = set(re.findall(r"^    (\w+): ", section[1], re.M)) if section else set()
        parameters = set(inspect.signature(value).parameters) - {"self", "cls"}
        if names and names != parameters:
            wrong[name] = sorted(names ^ parameters)
    assert wrong == {}

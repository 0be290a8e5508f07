"""What the package shows of itself."""

import inspect
import re
from pathlib import Path

import pytest

import graphstore
from graphstore import errors
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

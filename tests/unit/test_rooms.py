"""The rooms of the package: the ways into it that are promised, and what an import costs."""

import runpy
import subprocess
import sys
from importlib import import_module
from itertools import pairwise
from types import SimpleNamespace

import pytest

from tests.conftest import ROOT
from tests.wheel import need_ml_metadata


def test_the_importer_keeps_the_way_that_is_documented():
    module = import_module("graphstore.interop.mlmd_import")
    home = import_module("graphstore.interop.mlmd.databases.importer")
    assert module.__all__ == home.__all__
    for name in module.__all__:
        assert getattr(module, name) is getattr(home, name)


def test_the_front_keeps_the_way_that_is_documented():
    need_ml_metadata()
    module = import_module("graphstore.mlmd")
    homes = [import_module(f"graphstore.interop.mlmd.{name}") for name in ("front", "front.client")]
    assert module.__all__ == sorted(name for home in homes for name in home.__all__)
    for home in homes:
        for name in home.__all__:
            assert getattr(module, name) is getattr(home, name)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("graphstore", {"neo4j", "pydantic", "lark", "rich"}),
        ("graphstore.local", {"neo4j", "lark"}),
        ("graphstore.cli.app", {"neo4j", "lark", "grpc", "pandas"}),
        ("graphstore.database.queries", {"neo4j", "pydantic", "lark"}),
        (
            "graphstore.store",
            {"lark", "rich", "psutil", "filelock", "graphstore.filters", "graphstore.proof"}
            | {"graphstore.recording", "graphstore.render"},
        ),
        ("graphstore.recording.capture", {"neo4j", "lark"}),
        ("graphstore.recording.digest", {"neo4j", "lark"}),
        ("graphstore.recording.values", {"neo4j", "lark"}),
    ],
)
def test_what_an_import_does_not_bring(module, absent):
    code = f"import sys, {module}; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    modules = set(result.stdout.split())
    assert not absent & modules
    if module == "graphstore":
        own = {name for name in modules if name.startswith("graphstore.")}
        assert own == {"graphstore.system", "graphstore.system.moved"}


@pytest.fixture(scope="module")
def rooms():
    """The script that prints the rooms, as a module."""
    pytest.importorskip("grimp")  # which import-linter brings, and that needs Python 3.11
    return SimpleNamespace(**runpy.run_path(str(ROOT / "scripts" / "rooms.py")))


def test_no_imports_go_in_a_circle_and_every_package_is_named(rooms, capsys):
    assert rooms.main() == 0
    output = capsys.readouterr()
    assert output.err == ""
    order = [line.split()[0] for line in output.out.splitlines()[1:]]
    assert order.index("store") < order.index("storage") < order.index("model")


def test_a_circle_of_rooms_is_told_by_the_names_on_it(rooms):
    arrows = {
        "graphstore": set(),
        "graphstore.model": set(),
        "graphstore.model.nodes": {"graphstore.storage.rows"},
        "graphstore.storage": set(),
        "graphstore.storage.rows": {"graphstore.system"},
        "graphstore.system": {"graphstore.model"},
    }
    circle = rooms.circle_in(arrows, "graphstore")
    assert circle[0] == circle[-1]
    assert len(circle) == 4
    steps = {("model", "storage"), ("storage", "system"), ("system", "model")}
    assert {(rooms.short(one), rooms.short(other)) for one, other in pairwise(circle)} == steps


def test_a_circle_inside_a_room_counts(rooms):
    arrows = {
        "graphstore.storage": set(),
        "graphstore.storage.rows": {"graphstore.storage.ids"},
        "graphstore.storage.ids": {"graphstore.storage.rows"},
    }
    assert not rooms.circle_in(arrows, "graphstore")
    assert rooms.circle_in(arrows, "graphstore.storage")


def test_packages_that_the_architecture_leaves_out_or_makes_up_are_told(rooms):
    arrows = {"graphstore.storage": set(), "graphstore.storage.writing": set()}
    text = "| `storage` | one module a noun |\n| `weights` | models |\n"
    omission, invention = rooms.naming_problems(arrows, text)
    assert "does not name `storage/writing`" in omission
    assert "names `weights`, which is not in graphstore/" in invention

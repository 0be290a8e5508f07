"""Stores by name: who only asks gets none that was not there; one that is not wanted goes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from graphstore import Store, local
from graphstore.cli import main
from graphstore.errors import FailedPrecondition, InvalidArgument, NotFound
from graphstore.local.ports import PREFERRED
from graphstore.local.state import State
from graphstore.system.processes import ProcessId

ASKING = [
    ["artifacts"],
    ["executions"],
    ["contexts"],
    ["types"],
    ["show", "a1"],
    ["lineage", "a1"],
    ["explain", "a1"],
    ["impact", "a1"],
    ["history", "churn"],
    ["latest", "Model"],
    ["query", "browse.failures"],
    ["verify", "a1"],
    ["doctor"],
    ["cache", "e1"],
    ["browser", "--no-open"],
    ["status"],
    ["status", "--json"],
    ["down"],
    ["logs"],
]


@pytest.fixture
def graphstore(monkeypatch, capsys):
    """A factory: runs the command line in this process, where no Neo4j can be fetched."""
    monkeypatch.setenv("GRAPHSTORE_MAVEN_REPOSITORY", "http://127.0.0.1:9/")
    for variable in ("NEO4J_URI", "GRAPHSTORE_STORE"):
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["graphstore", *arguments])
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        else:
            code = 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


def store_folder(name):
    """A store that was stopped, as far as its folder tells."""
    folder = local.status(name).folder
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "file").write_text("something")
    return folder


@pytest.mark.parametrize("command", ASKING, ids=lambda command: command[0])
def test_an_empty_name_is_not_the_default(graphstore, command):
    store_folder("default")
    code, out, err = graphstore(*command, "--store", "")
    assert (code, out) == (2, "")
    assert "cannot be called ''" in err


@pytest.mark.parametrize("command", ASKING, ids=lambda command: command[0])
def test_who_asks_a_store_that_is_not_there_is_told_and_gets_none(graphstore, command):
    store_folder("production")
    code, _, err = graphstore(*command, "--store", "producton")
    assert code == 3
    assert "producton" in err
    assert "there is production" in err
    assert local.local_stores() == ("production",)


def test_on_a_fresh_machine_it_is_said_how_to_make_one(graphstore):
    code, _, err = graphstore("artifacts")
    assert code == 3
    assert "'default'; there is none yet; 'graphstore up' makes one" in err
    assert local.local_stores() == ()
    with pytest.raises(NotFound):
        Store.open(name="default", create=False)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_status_says_so_as_all_commands_do(graphstore, options):
    """Standard output is empty, and the reason is one line on standard error."""
    code, out, err = graphstore("status", *options)
    assert (code, out) == (3, "")
    assert "no local store has name 'default'; there is none yet" in err and err.count("\n") == 1


@pytest.mark.slow
def test_a_start_that_fails_leaves_no_store(graphstore):
    code, _, err = graphstore("up", "--store", "new")
    assert code == 4
    assert "could not fetch" in err or "Java" in err
    assert local.local_stores() == ()


def test_a_command_about_local_stores_says_so_where_the_others_ask_a_server(
    graphstore, monkeypatch
):
    monkeypatch.setenv("NEO4J_URI", "bolt://user:secret@example.org:7687")
    for command in ("status", "down", "logs"):
        code, _, err = graphstore(command)
        assert code == 3
        assert "about the local store 'default'; NEO4J_URI is set" in err
        assert "example.org:7687" in err
        assert "secret" not in err


def test_stores_are_listed(graphstore):
    assert graphstore("stores")[1].startswith("no local stores yet")
    store_folder("one")
    store_folder("two")
    code, out, _ = graphstore("stores", "--json")
    assert code == 0
    assert [one["store"] for one in json.loads(out)] == ["one", "two"]
    assert "stopped" in graphstore("stores")[1]


def test_a_store_is_removed_when_that_is_meant(graphstore):
    folder = store_folder("old")
    code, _, err = graphstore("rm", "old")
    assert (code, folder.exists()) == (2, True)
    assert "--yes" in err
    assert graphstore("rm", "old", "--yes")[0] == 0
    assert not folder.exists()
    assert local.local_stores() == ()
    assert graphstore("rm", "old", "--yes")[0] == 3


def test_a_removal_follows_no_link(graphstore, tmp_path):
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "file").write_text("mine")
    folder = store_folder("old")
    (folder / "data" / "link").symlink_to(target)
    assert graphstore("rm", "old", "--yes")[0] == 0
    (folder.parent / "linked").symlink_to(target)
    assert graphstore("rm", "linked", "--yes")[0] == 0
    assert local.local_stores() == ()
    assert (target / "file").read_text() == "mine"


def test_one_that_runs_is_not_removed_unasked(graphstore):
    folder = store_folder("busy")
    process = ProcessId.of(os.getpid())
    State.of("5.26.30", PREFERRED, Path("java"), process, certified=True).write(folder)
    code, _, err = graphstore("rm", "busy", "--yes")
    assert (code, folder.exists()) == (1, True)
    assert "'graphstore down --store busy' stops it" in err
    with pytest.raises(FailedPrecondition, match="runs"):
        local.remove("busy", stop=False)


@pytest.mark.parametrize("where", [{}, {"name": "iris"}, {"ephemeral": True}])
def test_an_option_that_nobody_takes_starts_no_server(where):
    with pytest.raises(InvalidArgument, match=r"store; a local store is named by name="):
        Store.open(store="iris", **where)
    assert local.local_stores() == ()

"""`graphstore delete` and `retain` as a user runs them."""

import json
import sys

import pytest

from graphstore.database import acting
from tests.integration.deletion.graphs import SECRET, iris, values


@pytest.fixture
def history(store, types):
    with acting("ann"):
        return iris(store)


def live(store):
    return len(store.artifacts.list()) + len(store.executions.list()) + len(store.contexts.list())


def test_a_dry_run_shows_and_changes_nothing(store, history, command):
    run = history.run_1.ref.short
    answer = command("delete", run, "--dry-run")
    assert answer.code == 0
    assert "1 artifact, 1 execution, 1 context would go; tombstones stay" in answer.out
    assert f"stays: 1 artifact ({history.model.ref.short}): another execution" in answer.out
    told = json.loads(command("delete", run, "--dry-run", "--json").out)
    assert told["dry_run"] and told["count"] == 3
    assert {part["rule"] for part in told["goes"]} == {"asked", "step", "made"}
    assert live(store) == 9


def test_where_nobody_can_be_asked_it_wants_yes(store, history, command, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    refusal = command("delete", history.run_1.ref.short)
    assert refusal.code == 2 and "say --yes" in refusal.err and refusal.out == ""
    assert "would go" in refusal.err
    assert live(store) == 9
    done = command("delete", history.run_1.ref.short, "--yes", "--reason", "disk space")
    assert done.code == 0 and "1 artifact, 1 execution, 1 context went" in done.out
    assert store.contexts.get(history.run_1).deletion.reason == "disk space"


def test_what_is_refused_ends_with_1_and_says_why(store, history, command):
    answer = command("delete", history.model.ref.short, "--purge", "--yes")
    assert answer.code == 1 and "was made from" in answer.err
    dry = command("delete", history.model.ref.short, "--purge", "--dry-run")
    assert dry.code == 1 and "refused: " in dry.out
    store.decisions.deploy(history.model, "eu")
    assert command("delete", history.model.ref.short, "--yes").code == 1
    assert command("delete", history.model.ref.short, "--yes", "--force").code == 0
    assert command("delete", "a999", "--yes").code == 3
    assert command("delete", "nothing", "--yes").code == 2


def test_it_is_shown_as_what_it_is(store, history, command):
    model = history.model.ref.short
    with acting("ann"):
        store.delete([history.model, history.run_1], reason="disk space")
    words = "by ann: disk space"
    assert words in command("show", model).out
    assert words in command("lineage", history.evaluation.ref.short, "--format", "table").out
    log = command("log", model).out
    assert f"deleted   {model} Model: disk space" in log
    assert model not in command("artifacts").out
    listed = command("artifacts", "--deleted").out
    assert model in listed and "DELETED" in listed
    assert json.loads(command("show", model, "--json").out)["deletion"]["by"] == "ann"
    assert "DELETED" in command("history", "iris").out
    assert command("explain", history.model.ref.short).code == 0
    store.delete(history.run_2, purge=True)
    assert f"{history.evaluation.ref.short} purged" in command("log").out


def test_a_policy_deletes_runs(store, history, command, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    file = tmp_path / "policy.toml"
    file.write_text('[pipeline."*"]\nkeep_last = 1\n')
    dry = command("retain", "--policy", file, "--dry-run")
    assert dry.code == 0 and "iris (c" in dry.out and "1 of 2 runs; kept: 1 last" in dry.out
    assert command("retain", "--policy", file).code == 2
    assert live(store) == 9
    assert command("retain", "--policy", file, "--yes", "--json").code == 0
    assert len(store.contexts.list(type="PipelineRun")) == 1
    file.write_text("keep = 1")
    refusal = command("retain", "--policy", file, "--yes")
    assert refusal.code == 2 and "a policy has no 'keep'" in refusal.err


def test_a_value_is_erased(store, history, command, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    dry = command("erase", "--value", SECRET, "--dry-run")
    assert dry.code == 0 and "would be written over: 4 values of custom_note" in dry.out
    assert command("erase", "--value", SECRET).code == 2
    assert values(store.database, SECRET) > 0
    done = command("erase", "--value", SECRET, "--yes", "--json")
    assert done.code == 0 and json.loads(done.out)["properties"]["custom_note"] == 4
    assert "files keep what was written over" in done.err
    assert values(store.database, SECRET) == 0
    last = command("log", history.model.ref.short).out.splitlines()[-1].rstrip()
    assert " erased " in last and last.endswith(f"{history.model.ref.short} Model")
    assert command("erase", history.raw.ref.short, "--yes").code == 0
    assert store.artifacts.get(history.raw).deletion is not None
    assert command("erase", "--yes").code == 2

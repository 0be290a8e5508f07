"""What a run captures by itself, and what it never stores."""

import json
import logging
import os
import subprocess
import sys

import pytest

from graphstore import Artifact, EventType
from graphstore.errors import InvalidArgument
from graphstore.recording.channel import Channel
from graphstore.recording.run import Run

SECRET = "correct-horse-battery"


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "train.py").write_text("print(1)\n")
    git("init", "--initial-branch=main")
    git("config", "user.email", "a@example.org")
    git("config", "user.name", "a")
    git("remote", "add", "origin", f"https://me:{SECRET}@example.org/models.git")
    git("add", "train.py")
    git("commit", "-m", "x")
    return tmp_path


def test_who_what_where_and_how(store, repository, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")
    monkeypatch.setattr(sys, "orig_argv", ["python", "train.py", "--rate", "0.1"])
    with store.run("iris") as run:
        pass
    facts = run.context.properties
    assert facts["ci_actor"] == "octocat"
    assert facts["pid"] == os.getpid()
    assert len(facts["git_commit"]) == 40
    assert (facts["git_branch"], facts["git_dirty"]) == ("main", False)
    assert facts["git_remote"] == "https://example.org/models.git"
    assert facts["folder"] == str(repository)
    assert facts["command_line"] == ["python", "train.py", "--rate", "0.1"]
    assert {"user", "host"} <= set(facts)


def test_each_can_be_switched_off(store, repository):
    with store.run("iris", capture=()) as run, run.execution("Trainer") as step:
        pass
    assert set(run.context.properties) == {"status", "host", "pid", "began"}
    assert not store.events.of_executions([step.execution.id])
    with pytest.raises(InvalidArgument, match="cannot capture 'weather'"):
        store.run("iris", capture=["weather"])


def test_runs_in_the_same_environment_share_it(store, monkeypatch):
    def environment():
        with store.run("iris") as run, run.execution("Trainer") as step:
            pass
        (event,) = store.events.of_executions([step.execution.id])
        assert (event.type, event.path) == (EventType.INTERNAL_INPUT, ("environment",))
        return store.artifacts.get(event.artifact_id)

    one, two = environment(), environment()
    assert one == two
    assert one.type == "Environment"
    assert one.properties["python"] == sys.version.partition(" ")[0]
    assert "pydantic" in one.properties["distributions"]
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    other = environment()
    assert (other.id != one.id, other.digest != one.digest) == (True, True)
    assert other.properties["variables"]["OMP_NUM_THREADS"] == "3"


def plant(run, file):
    """A secret wherever one may turn up."""
    parameters = {
        "api_key": "sk-from-parameter-1",
        "url": f"https://me:{SECRET}@example.org/data?x=1",
        "nested": {"password": "hunter2hunter2", "note": f"the key is {SECRET}"},
        "rate": 0.1,
    }
    data = Artifact(type="Csv", uri=f"s3://me:{SECRET}@bucket/data")
    with pytest.raises(RuntimeError):
        with run.execution("Trainer", parameters=parameters, inputs={"data": data}) as step:
            step.output(
                "model",
                Artifact(type="Model", uri=f"https://example.org/m?token={SECRET}"),
                properties={"note": f"made with {SECRET}", "password": "hunter2hunter2"},
            )
            raise RuntimeError(f"refused: {SECRET}, sk-from-parameter-1, hunter2hunter2")
    return step


SECRETS = (SECRET, "sk-from-parameter-1", "hunter2hunter2")


@pytest.fixture
def secret_settings(monkeypatch, repository):
    monkeypatch.setenv("DATABASE_PASSWORD", SECRET)
    monkeypatch.setenv("OMP_NUM_THREADS", f"1 {SECRET}")
    monkeypatch.setattr(
        sys, "orig_argv", ["python", "train.py", "--token", SECRET, f"--x={SECRET}"]
    )


def test_no_secret_reaches_the_database_or_the_log(store, database, secret_settings, file, caplog):
    caplog.set_level(logging.DEBUG, logger="graphstore")
    with store.run("iris", properties={"note": SECRET, "token": SECRET}, variables=["*"]) as run:
        step = plant(run, file)
    with database.driver.session() as session:
        records = session.run(
            "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN properties(n) AS n, properties(r) AS r"
        )
        everything = repr([record.data() for record in records])
    assert "'Trainer'" in everything
    assert "0.1" in everything
    assert "refused: " in everything
    log = "".join(r.getMessage() for r in caplog.records if r.name.startswith("graphstore"))
    for secret in SECRETS:
        assert secret not in everything
        assert secret not in log
        assert secret not in repr(step.execution)
    assert step.execution.custom_properties["rate"] == 0.1


def test_no_secret_reaches_the_spool(secret_settings, file, tmp_path, caplog):
    channel = Channel("bolt://nowhere", None)
    run = Run(channel, None, "iris")
    with run:
        plant(run, file)
    paths = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    text = "".join(path.read_text() for path in paths)
    assert '"Trainer"' in text
    for secret in SECRETS:
        assert secret not in text
        assert secret not in caplog.text
    for path in (tmp_path / "home").rglob("*.jsonl"):
        for line in path.read_text().splitlines():
            json.loads(line)
    for path in paths:
        assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0


def test_code_is_recorded_where_it_is_given(store):
    def train(): ...

    with store.run("iris") as run:
        with run.execution("Trainer", code=train) as one:
            pass
        with run.execution("Trainer", code=[train, "v2"]) as two:
            pass
    assert one.execution.properties["code_version"].startswith("sha256:")
    assert one.execution.properties["code_version"] != two.execution.properties["code_version"]


def test_large_files_are_sampled(store, file):
    with store.run("iris", digest_limit=3) as run, run.execution("Trainer") as step:
        step.output("small", file("small", "abc"), type="Model")
        step.output("large", file("large", "abcd"), type="Model")
    assert step.outputs["small"][0].digest.startswith("sha256:")
    assert step.outputs["large"][0].digest.startswith("sampled:4:")

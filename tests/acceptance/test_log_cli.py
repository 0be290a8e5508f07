"""`graphstore log` and `--as-of` as a user runs them."""

import json

from graphstore import Artifact, ArtifactType, Execution, ExecutionType, PropertyKind
from graphstore.database import acting
from tests.integration.history.test_as_of import moment


def write(store):
    store.types.put_many(
        [
            ArtifactType(name="Model", properties={"accuracy": PropertyKind.DOUBLE}),
            ExecutionType(name="Trainer"),
        ]
    )
    with acting("ann"):
        model = Artifact(type="Model", state="PENDING", properties={"accuracy": 0.5})
        model = store.publish(Execution(type="Trainer"), (), {"model": [model]}).outputs[0]
    then = moment(store.database)
    with acting("bob"):
        store.artifacts.put(model.evolve(state="LIVE", properties={}))
    return model.ref.short, then


def test_the_log_says_who_changed_what(store, command):
    model, then = write(store)
    lines = [line.rstrip() for line in command("log", model).out.splitlines()]
    assert len(lines) == 4 and lines[0].startswith("recorded (UTC)")
    assert lines[1].endswith(f"ann  recorded  {model} Model")
    assert lines[2].endswith("OUTPUT a1 model") or f"OUTPUT {model} model" in lines[2]
    assert lines[3].endswith(
        f"bob  changed   {model} Model  accuracy: 0.5 → nothing, state: PENDING → LIVE"
    )
    whole = command("log").out
    assert "artifact type Model" in whole and f"changed   {model}" in whole
    assert "bob" not in command("log", "--by", "ann").out
    assert "bob" not in command("log", "--until", then.isoformat()).out
    assert "ann" not in command("log", model, "--since", then.isoformat()).out
    assert (
        "nothing was recorded, changed, deleted or erased" in command("log", "--by", "nobody").out
    )
    latest_first = [line.rstrip() for line in command("log", model, "--newest").out.splitlines()]
    assert latest_first[1:] == lines[:0:-1]
    last = command("log", "--newest", "--limit", "1").out.splitlines()
    assert [line.split() for line in last[1:]] == [latest_first[1].split()]
    assert "no feed to follow" in command("log", "--newest", "--settled").err
    answer = json.loads(command("log", model, "--settled", "--json").out)
    assert answer["until"] is not None
    assert command("log", "a999").code == 3
    assert command("log", "--since", "yesterday").code == 2


def test_as_of_shows_what_was_then(store, command):
    model, then = write(store)
    time = then.isoformat()
    artifacts = json.loads(command("artifacts", "--json", "--as-of", time).out)["items"]
    assert [one["state"] for one in artifacts] == ["PENDING"]
    assert "LIVE" not in command("artifacts", "--as-of", time).out
    for more in ([], ["--passed-on"]):
        assert model in command("lineage", model, *more, "--as-of", time, "--format", "table").out
        assert command("lineage", model, *more, "--as-of", "2001-01-01").code == 3


def test_every_question_is_asked_as_of_a_time(store, command):
    model, then = write(store)
    at = ("--as-of", then.isoformat())
    assert "PENDING" in command("latest", "Model", "--any-state", *at).out
    assert command("latest", "Model", *at).out.strip() == "no artifacts like that"
    metrics = json.loads(command("explain", model, "--json", *at).out)["metrics"]
    assert metrics["accuracy"]["last"] == 0.5
    assert "accuracy" not in json.loads(command("explain", model, "--json").out)["metrics"]
    store.decisions.deploy(model, "eu")
    assert "nothing was in production then" in command("production", *at).out
    assert "eu" in command("production").out
    store.decisions.deploy(model, "us")
    limited = command("production", "--limit", "1")
    assert "us" in limited.out
    assert "eu" not in limited.out
    assert "the last 1; more were deployed, or pushed" in limited.err
    assert json.loads(command("impact", model, "--json", *at).out)["reached"] == []
    assert json.loads(command("impact", model, "--json").out)["reached"] != []
    assert command("compare", model, f"a{int(model[1:]) + 1}", *at).code == 3
    for words in (
        ("diff", model, model),
        ("common-ancestors", model),
        ("explain", model),
        ("impact", model),
    ):
        answer = command(*words, "--as-of", "2001-01-01")
        assert answer.code == 3 and "or none was recorded by 2001-01-01" in answer.err
    answer = command("explain", model, "--as-of", "seal:3")
    assert answer.code == 3 and "there are no seals" in answer.err
    assert command("explain", model, "--as-of", "some day").code == 2

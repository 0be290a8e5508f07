"""What is hidden counts all the same, is hidden at every entry, and tears nothing else apart."""

import re

import pytest
from pydantic import SecretStr

import graphstore
from graphstore import Artifact, Context, ExecutionState

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aB3dE6gH9"


def ran(store, component, parameters, **options):
    with store.run("iris", capture=()) as run:
        with run.execution(
            component, parameters=parameters, cache=True, code="1", **options
        ) as step:
            pass
    return step.cached is None


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("modifier_token", "<new1>", "<cat-toy>"),
        ("train_pass", 1, 2),
        ("pooling_token", "cls", "mean"),
        ("license_key_col", "a", "b"),
        ("auth", "us", "eu"),
        ("auth", "basic", "ldap"),
        ("cookie", "x", "y"),
        ("db", {"host": "h", "password": "x"}, {"host": "h", "password": "y"}),
        ("hosts", [{"api_key": "x"}], [{"api_key": "y"}]),
        ("url", "postgres://me:x1@host/db", "postgres://me:x2@host/db"),
        ("arguments", ["--token", "x"], ["--token", "y"]),
        ("pin_token", 1234, 1235),
        ("passwords", ["x"], ["x", "y"]),
    ],
)
def test_a_step_whose_hidden_parameter_changed_runs(store, name, one, other):
    assert ran(store, "Trainer", {name: one})
    assert not ran(store, "Trainer", {name: one})
    assert ran(store, "Trainer", {name: other})


def test_under_another_key_nothing_is_skipped_and_under_a_shared_one_it_is(
    store, monkeypatch, tmp_path
):
    parameters = {"api_key": "x"}
    assert ran(store, "Trainer", parameters)
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "another"))
    assert ran(store, "Trainer", parameters)
    monkeypatch.setenv("GRAPHSTORE_HMAC_KEY", "of a team, long enough")
    assert ran(store, "Trainer", parameters)
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "a third"))
    assert not ran(store, "Trainer", parameters)


def test_where_no_key_can_be_kept_the_step_runs_and_it_is_said(
    store, monkeypatch, tmp_path, caplog
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "file"))
    assert ran(store, "Trainer", {"api_key": "x"})
    assert "no key can be kept" in caplog.text
    assert "GRAPHSTORE_HMAC_KEY" in caplog.text


def test_an_explanation_says_that_a_hidden_parameter_differs(store):
    ran(store, "Trainer", {"api_key": "x", "rate": 1})
    ran(store, "Trainer", {"api_key": "y", "rate": 1})
    _, second = store.executions.list(type="Trainer")
    (difference,) = store.cache.explain(second).differences
    assert difference.part == "parameter api_key"
    assert re.fullmatch(r"\[redacted hmac:[0-9a-f]{6}\]", difference.was)
    assert difference.was != difference.now


def test_one_warning_a_run_names_each_hidden_parameter(store, caplog):
    with store.run("iris", capture=()) as run:
        for number in range(3):
            parameters = {"api_key": f"x{number}", "rate": number, "db": {"password": "x"}}
            with run.execution("Trainer", parameters=parameters):
                pass
    texts = [r.getMessage() for r in caplog.records if "is recorded without" in r.getMessage()]
    assert len(texts) == 2
    assert "'api_key'" in texts[0]
    assert "'db'" in texts[1]
    assert "a part of it" in texts[1]


@pytest.mark.parametrize("word", ["us", "model", "error", "RUNNING", "status", "Trainer", "2024"])
def test_a_secret_that_is_a_word_tears_nothing_apart(store, tmp_path, word):
    file = tmp_path / "2024" / "model" / "us-error-Trainer-status.bin"
    file.parent.mkdir(parents=True)

    @graphstore.step("Trainer", output="model")
    def train(db_password: str, note: str) -> Artifact:
        file.write_text("weights")
        return Artifact(type="Model", uri=str(file), custom_properties={"status": "RUNNING 2024"})

    with pytest.raises(ValueError, match="error of model us"):
        with store.run("iris", capture=()) as run:
            model = train(word, "model error us status Trainer 2024 RUNNING")
            with run.execution("Failing", parameters={"auth": word}):
                raise ValueError("error of model us status Trainer 2024 RUNNING")
    assert model.uri == str(file)
    assert store.artifacts.get(model.id).uri == str(file)
    assert model.digest
    assert model.custom_properties["status"] == "RUNNING 2024"
    (execution,) = store.executions.list(type="Trainer")
    assert execution.custom_properties["note"] == "model error us status Trainer 2024 RUNNING"
    assert execution.custom_properties["db_password"].startswith("[redacted")
    (failure,) = store.executions.list(type="Failing")
    assert failure.state is ExecutionState.FAILED
    assert failure.properties["error_message"].startswith("error of model us status Trainer 2024")
    properties = store.contexts.get(run.context.id).properties
    assert (properties["status"], properties["error_type"]) == ("FAILED", "ValueError")


def test_a_word_in_the_environment_tears_nothing_apart_either(store, monkeypatch):
    monkeypatch.setenv("POSTGRES_PASSWORD", "postgres")
    monkeypatch.setenv("DB_PASSWORD", "iris-model")
    with store.run("iris", capture=()) as run:
        with run.execution("Trainer", parameters={"url": "postgres://host/iris-model"}) as step:
            step.output("model", "s3://bucket/iris-model/1", type="Model")
    assert step.execution.custom_properties["url"] == "postgres://host/iris-model"
    assert step.outputs["model"][0].uri == "s3://bucket/iris-model/1"


def test_a_password_that_is_no_word_is_hidden_in_messages(store):
    with pytest.raises(RuntimeError), store.run("iris", capture=()) as run:
        with run.execution("Trainer", parameters={"password": "hunter2"}) as step:
            raise RuntimeError("refused: hunter2, but hunter22 is another; --password sunshine")
    message = step.execution.properties["error_message"]
    assert message == "refused: [redacted], but hunter22 is another; --password [redacted]"
    assert store.contexts.get(run.context.id).properties["error_message"] == message


def test_what_the_caller_gets_back_is_whole_and_what_is_stored_is_not(store):
    uri = f"https://host/data?token={TOKEN}"

    @graphstore.step("Trainer")
    def train(data: Artifact) -> dict[str, Artifact]:
        source = graphstore.current_step().inputs["data"][0]
        assert source.uri == uri
        properties = {"password": "x", "note": f"with {TOKEN}"}
        return {"model": Artifact(type="Model", uri=uri, custom_properties=properties)}

    with store.run("iris", capture=()) as run:
        model = train(Artifact(type="Csv", uri=uri))["model"][0]
        with run.execution("Evaluator", inputs={"model": model}) as step:
            assert step.input("more", Artifact(type="Csv", uri=uri)).uri == uri
    assert model.id is not None
    assert model.uri == uri
    assert model.custom_properties == {"password": "x", "note": f"with {TOKEN}"}
    artifact = store.artifacts.get(model.id)
    assert artifact.uri == "https://host/data?token=[redacted]"
    assert artifact.custom_properties["password"] == "[redacted]"
    assert TOKEN not in repr(artifact)
    assert TOKEN not in step.execution.model_dump_json()
    (event,) = (e for e in store.events.of_executions([step.execution.id]) if e.path[0] == "model")
    assert event.artifact_id == model.id


def everything(database):
    with database.driver.session() as session:
        rows = session.run(
            "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN properties(n), properties(r)"
        )
        return repr([row.data() for row in rows])


def test_names_ids_and_contexts_are_scrubbed_as_everything_else_is(store, database):
    experiment = Context(
        type="Experiment",
        name=f"experiment {TOKEN}",
        external_id=f"id {TOKEN}",
        custom_properties={
            "api_key": "zzzz",
            "url": "https://bob:s3cr3tpw@host/x",
            "n": {"pwd": "zzzz"},
        },
    )
    other = experiment.evolve(name=f"experiment ghp_{TOKEN[:3:-1]}", external_id="other")
    with store.run(
        f"pipeline {TOKEN}", f"run {TOKEN}", contexts=[experiment, other], capture=()
    ) as run:
        with run.execution("Trainer", name=f"step {TOKEN}") as step:
            step.output("model", "s3://m", type="Model", name=f"model {TOKEN}")
    text = everything(database)
    for secret in (TOKEN, TOKEN[:3:-1], "zzzz", "s3cr3tpw"):
        assert secret not in text
    assert "host/x" in text
    # They are two, and go on to be told apart.
    assert len(list(store.contexts.list(type="Experiment"))) == 2
    for node, begin in ((run.context, "run"), (step.execution, "step")):
        assert re.fullmatch(begin + r" \[redacted hmac:[0-9a-f]{6}\]", node.name)


def test_a_dumped_step_has_no_secret_in_it(store):
    with store.run("iris", capture=()) as run:
        step = run.execution("Trainer", parameters={"api_key": "zzzz"}).start()
        step.input("data", Artifact(type="Csv", uri=f"https://host/?token={TOKEN}"))
        text = step.dump()
        assert TOKEN not in text
        assert "zzzz" not in text
        run.load(text).complete()


def test_the_place_of_an_address_is_scrubbed_as_the_address_is(store, database):
    uri = "HTTPS://me:s3cr3tpw@HOST.example:443/x"
    with store.run("iris", capture=()) as run:
        with run.execution("Trainer", inputs={"data": Artifact(type="Csv", uri=uri)}) as step:
            assert step.output("model", uri, type="Model").uri == uri
            step.set(note="password=s3cr3tpw", api_key="s3cr3tpw")
        run.set(note="--password s3cr3tpw", nested={"token": "s3cr3tpw"})
    assert "s3cr3tpw" not in everything(database)


def test_what_is_secret_by_its_type_is_hidden_and_tears_nothing_apart(store, database):
    def parameters(word):
        return {"login": SecretStr(word), "nested": {"a": [SecretStr(word)]}, "status": "usual us"}

    assert ran(store, "Trainer", parameters("us"))
    assert not ran(store, "Trainer", parameters("us"))
    assert ran(store, "Trainer", parameters("zq"))
    first, *_, last = store.executions.list(type="Trainer")
    assert first.custom_properties["status"] == "usual us"
    assert re.fullmatch(r"\[redacted hmac:[0-9a-f]{6}\]", first.custom_properties["login"])
    assert first.custom_properties["nested"] != last.custom_properties["nested"]
    assert "'zq'" not in everything(database)


def test_a_step_whose_outputs_address_has_lost_its_secret_runs(store, caplog):
    uri = f"https://host/model?token={TOKEN}"

    @graphstore.step("Trainer", output="model", cache=True, version="1")
    def train(rate: float) -> Artifact:
        return Artifact(type="Model", uri=uri, digest="version:1")

    with store.run("iris", capture=()):
        assert train(0.1).uri == uri
    with store.run("iris", capture=()):
        assert train(0.1).uri == uri
        assert "the address of what it made is hidden in part" in caplog.text
        # Within one run it is known still.
        assert train(0.1).uri == uri
    states = [execution.state for execution in store.executions.list(type="Trainer")]
    assert states == [ExecutionState.COMPLETE, ExecutionState.COMPLETE, ExecutionState.CACHED]

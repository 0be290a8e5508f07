"""What somebody wrote by hand in place of times spoils no answer."""

import pytest

from graphstore import Artifact

ODD = [1_700_000_000_000, 10**18, -(10**17), 1.5, "yesterday", True, ["2026"]]


@pytest.fixture
def run(store):
    """A run of two steps, and a later one."""
    for _ in range(2):
        with store.run("pipeline", capture=()) as run:
            with run.execution(
                "Prepare", inputs={"raw": Artifact(type="Raw", uri="s3://raw")}
            ) as one:
                one.output("data", "s3://data", type="Examples")
            with run.execution("Train", inputs={"data": one.outputs["data"]}) as step:
                step.output("model", "s3://model", type="Model", properties={"accuracy": 0.9})
    return run, step


@pytest.mark.parametrize("value", ODD, ids=str)
def test_every_question_is_answered(store, run, value):
    run, step = run
    raw, model = store.artifacts.list(type="Raw")[0], step.outputs["model"][0]
    for key in ("create_time", "last_update_time", "start_time", "end_time"):
        store.database.driver.execute_query(
            f"MATCH (n) WHERE n:Artifact OR n:Execution OR n:Context SET n.{key} = $value",
            value=value,
        )
    store.database.driver.execute_query(
        "MATCH (:Artifact)-[e]-(:Execution) SET e.time = $value", value=value
    )
    lineage = store.lineage
    up, down = lineage.upstream(model), lineage.downstream(raw)
    assert raw.id in up.artifacts
    assert model.id in down.artifacts
    assert str(up)
    assert up.to_svg()
    assert raw.id in lineage.upstream(model, passed_on=True).artifacts
    assert model.id in lineage.connected(raw).artifacts
    assert model.id in lineage.both(step.execution).artifacts
    assert lineage.between(raw, model).artifacts
    assert lineage.run(run.context).executions
    assert model.id in lineage.ids("downstream", raw).artifacts
    assert list(lineage.stream("upstream", model))
    assert lineage.producers(model)
    assert len(store.artifacts.get_by_uri("s3://model")) == 2
    assert len(store.executions.list(order_by="id")) == 4
    # What is written now goes on, too, and its time is one.
    again = store.artifacts.put(store.artifacts.get(model.id).evolve(name="the model"))
    assert again.last_update_time > step.execution.start_time

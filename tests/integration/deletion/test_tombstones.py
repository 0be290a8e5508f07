"""A tombstone: what is left of what was deleted, how it is shown, and that nothing revives it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Batch,
    Context,
    Deleted,
    Event,
    EventType,
    Execution,
    NotFound,
    Store,
    ToPublish,
    Within,
)
from graphstore.database import acting
from graphstore.errors import FailedPrecondition
from graphstore.mlmd import MetadataStore
from tests.integration.deletion.graphs import SECRET, iris, properties_of, query, values
from tests.integration.history.test_as_of import moment
from tests.wheel import need_ml_metadata


@pytest.fixture
def history(store, types):
    return iris(store)


@pytest.fixture
def ann():
    with acting("ann"):
        yield


def delete(store, *nodes, **how):
    return store.delete(nodes, reason="no longer needed", **how)


def test_what_is_left_of_a_node(store, database, history, ann):
    step = history.trainer
    store.executions.put(step.evolve(state="FAILED"))  # which leaves a Revision
    query(
        database,
        "MATCH (e:Execution {id: $id}) CREATE (e)-[:LOGGED]->(:GraphstoreSeries {metric: 'loss'})",
        id=step.id,
    )
    before = {node.ref: properties_of(database, node) for node in vars(history).values()}
    edges = query(database, "MATCH (a)-[e]->(b) WHERE NOT a:Revision RETURN count(e)")
    delete(store, step, history.model, history.run_1)
    for node in (step, history.model, history.run_1):
        left = properties_of(database, node)
        stays = {"id", "type", "type_id", "external_id", "create_time", "last_update_time"}
        stays |= {"_by", "_since"}
        was = {key: value for key, value in before[node.ref].items() if key in stays}
        own = {key: value for key, value in left.items() if not key.startswith("_deleted")}
        assert own == was
        assert left["_deleted_by"] == "ann" and left["_deleted_why"] == "no longer needed"
        assert left["_deleted"] >= left["create_time"]
    assert query(database, "MATCH (n:Revision|GraphstoreSeries) RETURN n") == []
    # Its own edge to the series went with that.
    assert query(database, "MATCH ()-[e]->() RETURN count(e)") == [edges[0] - 1]
    labels = query(database, "MATCH (n) WHERE n._deleted IS NOT NULL RETURN labels(n)")
    assert sorted(map(sorted, labels)) == [
        ["Artifact", "Examples"],  # what only the trainer made
        ["Artifact", "Model"],
        ["Context", "PipelineRun"],
        ["Execution", "Trainer"],
    ]


def test_nothing_that_it_said_is_left_anywhere(store, database, history):
    assert values(database, SECRET) == 8
    delete(store, history.pipeline, history.raw, history.model)
    assert values(database, SECRET) == 0


def test_that_an_execution_passed_things_on_stays(store, database, history):
    """Else lineage would take it for who made them."""
    passed = store.publish(
        Execution(type="Evaluator", state="CACHED"),
        {"other": [history.raw]},
        events=[(history.evaluation, Event(type=EventType.OUTPUT, path=("evaluation", 0)))],
    ).execution
    before = store.lineage.upstream(history.evaluation)
    assert passed.ref.id not in before.executions
    delete(store, passed)
    after = store.lineage.upstream(history.evaluation)
    assert set(after.executions) == set(before.executions)
    assert set(after.artifacts) == set(before.artifacts)


def test_it_is_shown_and_says_so(store, history, ann):
    delete(store, history.model, history.trainer)
    model = store.artifacts.get(history.model)
    assert model.deletion.by == "ann" and model.deletion.reason == "no longer needed"
    assert model.uri is None and model.state is None and model.custom_properties == {}
    today = model.deletion.time.date().isoformat()
    words = f"deleted {today} by ann: no longer needed"
    assert words in str(model)
    graph = store.lineage.upstream(history.evaluation)
    assert set(graph.artifacts) == {history.evaluation.id, history.model.id, history.raw.id}
    assert f"Model {model.ref.short}  {words}" in str(graph)
    assert f"Trainer {history.trainer.ref.short}  {words}" in str(graph)
    for picture in (graph.to_dot(), graph.to_mermaid(), graph.to_svg(), graph.to_html()):
        assert f"deleted {today}" in picture
    row = next(one for one in graph.to_dict()["artifacts"].values() if one["id"] == model.id)
    assert row["deletion"]["by"] == "ann"


def test_it_is_in_no_list_unless_asked_for(store, history):
    delete(store, history.model)
    live = store.artifacts.list()
    assert history.model.ref not in [one.ref for one in live]
    every = store.artifacts.list(deleted=True)
    assert [one.ref for one in every if one.deletion] == [history.model.ref]
    assert history.model.ref in [one.ref for one in store.artifacts.iterate(deleted=True)]
    assert list(store.artifacts.list(context=history.run_1, type="Model")) == []
    assert list(store.artifacts.list(filter="type = 'Model'")) == []
    assert len(store.artifacts.list(filter="type = 'Model'", deleted=True)) == 1


@pytest.mark.parametrize("order_by", ["id", "create_time", "last_update_time"])
def test_pages_leave_it_out(store, types, order_by):
    nodes = store.artifacts.put_many([Artifact(type="Examples") for _ in range(20)])
    store.delete(nodes[::3])
    pages = list(store.artifacts.iterate(page_size=3, order_by=order_by, descending=True))
    assert {one.id for one in pages} == {one.id for one in nodes} - {one.id for one in nodes[::3]}


def test_it_is_there_by_its_external_id_and_not_by_its_name(store, history):
    delete(store, history.model, history.run_1)
    assert store.artifacts.get_by_external_id("m/1").deletion is not None
    with pytest.raises(NotFound):
        store.contexts.get_by_name("PipelineRun", "iris/1")
    again = store.contexts.put(Context(type="PipelineRun", name="iris/1"))
    assert again.id != history.run_1.id
    gone = store.contexts.get(history.run_1)
    assert gone.name == "" and gone.deletion is not None


def test_as_of_a_time_before_it_is_the_tombstone(store, history):
    before = moment(store.database)
    delete(store, history.model)
    then = store.artifacts.get(history.model, as_of=before)
    assert then.deletion is not None and then.deletion.time > before and then.uri is None
    listed = store.artifacts.list(as_of=before)
    assert history.model.ref in [one.ref for one in listed if one.deletion]
    # What it was nobody knows any more, so that it may have been what is asked for.
    assert [one.ref for one in store.artifacts.list(as_of=before, uri="s3://m")] == [
        history.model.ref
    ]
    graph = store.lineage.upstream(history.evaluation, passed_on=True, as_of=before)
    assert graph.artifacts[history.model.ref.id].deletion is not None
    after = then.deletion.time + timedelta(seconds=1)
    assert history.model.ref not in [one.ref for one in store.artifacts.list(as_of=after)]


def test_nobody_starts_from_it(store, history):
    store.artifacts.put(history.model.evolve(properties={"double_value": 0.9}))
    (newest,) = store.resolve.latest("Model")
    assert newest.id == history.model.id
    delete(store, history.model)
    for states in (None, ["LIVE"]):
        assert list(store.resolve.latest("Model", states=states)) == []
        assert store.resolve.best("Model", "double_value", states=states) == []


def test_a_verdict_that_was_deleted_approves_nothing(store, history):
    store.types.put(ArtifactType(name="ModelBlessing"))
    blessing = store.publish(
        Execution(type="Evaluator"),
        {"model": [history.model]},
        {
            "blessing": [
                Artifact(type="ModelBlessing", state="LIVE", custom_properties={"blessed": 1})
            ]
        },
    ).outputs[0]
    assert [one.artifact.id for one in store.resolve.latest_blessed()] == [history.model.id]
    delete(store, blessing)
    assert list(store.resolve.latest_blessed()) == []


def test_it_is_not_in_production_and_cannot_be_deployed(store, history):
    deployed = store.decisions.deploy(history.model, "production")
    assert [one.model.id for one in store.production()] == [history.model.id]
    delete(store, deployed.deployment, force=True)
    assert store.production() == []
    assert [one.live for one in store.decisions.deployments()] == [False]
    (then,) = store.production(on=datetime.now(timezone.utc))
    assert then.artifact.deletion is not None and then.model.id == history.model.id
    delete(store, history.model)
    with pytest.raises(FailedPrecondition, match=r"was deleted .*cannot be deployed"):
        store.decisions.deploy(history.model, "production")


def test_a_push_that_was_deleted_is_none(store, types):
    store.types.put(ArtifactType(name="PushedModel"))
    pushed = store.publish(
        Execution(type="Trainer"),
        {"model": [Artifact(type="Model")]},
        {"pushed_model": [Artifact(type="PushedModel", custom_properties={"pushed": 0})]},
    ).outputs[0]
    assert store.production() == []  # it pushed nothing
    delete(store, pushed)
    assert store.production() == []
    assert store.production(on=datetime.now(timezone.utc)) == []


def test_a_step_is_not_skipped_for_it(store, types, tmp_path):
    file = tmp_path / "model"
    file.write_text("weights")

    def run(name):
        with store.run("p", name, capture=()) as run:
            with run.execution("Trainer", parameters={"rate": 1}, code="1", cache=True) as step:
                if step.cached is None:
                    step.output("model", file, type="Model")
        return step

    made = run("one").outputs["model"]
    assert run("two").cached is not None
    store.delete(made)
    assert run("three").cached is None


def test_no_answer_takes_it_for_something_that_says_nothing(store, history, ann):
    delete(store, history.trainer, history.scratch, history.run_1)
    words = "deleted"
    assert words in str(store.explain(history.model))
    assert [one.outcome for one in store.history(history.pipeline).runs].count("DELETED") == 1
    assert "DELETED" in str(store.history(history.pipeline))
    compared = store.compare([history.trainer, history.evaluator])
    assert any(fact.name == "deletion" for fact in compared.facts)
    again = store.can_rerun(history.trainer)
    assert any("deleted" in finding.reason for finding in again.findings)
    delete(store, history.raw)
    impact = store.impact(history.raw)
    assert [one.node.id for one in impact.models] == [history.model.id]


def test_two_that_were_deleted_are_not_the_same_to_a_diff(store, types):
    def made(rate):
        return store.publish(
            Execution(type="Trainer", custom_properties={"rate": rate}),
            {"data": [Artifact(type="Examples", uri=f"s3://{rate}")]},
            {"model": [Artifact(type="Model")]},
        )

    one, other = made(1), made(2)
    delete(store, one.execution, other.execution, *one.inputs, *other.inputs)
    diff = store.diff(one.outputs[0], other.outputs[0])
    assert "deletion" in str(diff.to_dict())


WRITES = {
    "artifacts.put": lambda s, h: s.artifacts.put(h.model),
    "artifacts.put, as it is": lambda s, h: s.artifacts.put(s.artifacts.get(h.model)),
    "artifacts.put, a field": lambda s, h: s.artifacts.put(h.model, fields=["state"]),
    "executions.put": lambda s, h: s.executions.put(h.trainer.evolve(state="FAILED")),
    "contexts.put": lambda s, h: s.contexts.put(h.run_1),
    "publish": lambda s, h: s.publish(h.trainer),
    "publish, reused": lambda s, h: s.publish(
        Execution(type="Trainer", external_id="e/1"), reuse=True
    ),
    "publish, an artifact reused": lambda s, h: s.publish(
        Execution(type="Trainer", external_id="e/3"),
        {},
        {"model": [Artifact(type="Model", external_id="m/1")]},
        reuse=True,
    ),
    "publish, into its context": lambda s, h: s.publish(
        Execution(type="Trainer"), contexts=[s.contexts.get(h.run_1)]
    ),
    "put": lambda s, h: s.put(Batch(artifacts=[h.model])),
    "put, reused": lambda s, h: s.put(
        Batch(artifacts=[Artifact(type="Model", external_id="m/1")]), reuse_artifacts=True
    ),
    "put, touched": lambda s, h: s.put(Batch(executions=[h.trainer]), touch=True),
    # What is new and has its external id: that nobody has it any more must not be said.
    "artifacts.put, a new one": lambda s, h: s.artifacts.put(
        Artifact(type="Model", external_id="m/1")
    ),
    "executions.put, a new one": lambda s, h: s.executions.put(
        Execution(type="Evaluator", external_id="e/1")
    ),
    "contexts.put, a new one": lambda s, h: s.contexts.put(
        Context(type="Pipeline", name="new", external_id="c/1")
    ),
    "artifacts.put, one that takes it": lambda s, h: s.artifacts.put(
        s.artifacts.get(h.evaluation).evolve(external_id="m/1")
    ),
    "publish, a new one": lambda s, h: s.publish(Execution(type="Trainer", external_id="e/1")),
    "publish, a new artifact": lambda s, h: s.publish(
        Execution(type="Trainer"), {}, {"model": [Artifact(type="Model", external_id="m/1")]}
    ),
    "put, a new one": lambda s, h: s.put(
        Batch(artifacts=[Artifact(type="Model", external_id="m/1")])
    ),
    "put, with what is new": lambda s, h: s.put(
        Batch(executions=[Execution(type="Trainer")], artifacts=[s.artifacts.get(h.model)])
    ),
}


@pytest.mark.parametrize("write", WRITES)
def test_what_changes_it_is_refused(store, database, history, write, ann):
    store.contexts.put(store.contexts.get(history.run_1).evolve(external_id="c/1"))
    delete(store, history.model, history.trainer, history.run_1)
    before = query(database, "MATCH (n) RETURN properties(n) ORDER BY elementId(n)")
    with pytest.raises(Deleted, match=r"was deleted \d{4}-\d\d-\d\d by ann: no longer") as error:
        WRITES[write](store, history)
    gone = {(node.kind, node.id) for node in (history.model, history.trainer, history.run_1)}
    # Contexts are known by their names, and one that was deleted has none.
    assert (error.value.kind, error.value.id) in gone | {("context", None)}
    after = query(database, "MATCH (n) RETURN properties(n) ORDER BY elementId(n)")
    assert [one for one in after if "next" not in one] == [
        one for one in before if "next" not in one
    ]


def test_one_of_many_publications_is_refused_and_named(store, history):
    delete(store, history.trainer)
    new = Execution(type="Trainer", external_id="e/9")
    with pytest.raises(FailedPrecondition, match=r"number 1 .*was deleted"):
        list(
            store.publish_many(
                [ToPublish(new), ToPublish(Execution(type="Trainer", external_id="e/1"))],
                batch=1,
                reuse=True,
            )
        )
    assert store.executions.get_by_external_id("e/9").deletion is None


def test_it_may_be_said_that_something_read_it(store, history):
    delete(store, history.model)
    reader = store.publish(Execution(type="Evaluator"), {"model": [history.model]}).execution
    store.events.put(
        [Event(type="INPUT", artifact_id=history.model.id, execution_id=reader.id, path=("x",))]
    )
    graph = store.lineage.downstream(history.model)
    assert reader.id in graph.executions
    assert store.artifacts.get(history.model).deletion is not None


def test_whoever_deletes_again_changes_nothing(store, database, history):
    with acting("ann"):
        delete(store, history.model)
    before = properties_of(database, history.model)
    with acting("bob"):
        report = delete(store, history.model)
    assert report.count == 0 and report.stays[0].rule.name == "deleted"
    assert properties_of(database, history.model) == before


def test_clients_of_ml_metadata_see_it(store, history, ann):
    need_ml_metadata()
    from ml_metadata import errors
    from ml_metadata.proto import metadata_store_pb2 as pb

    delete(store, history.model, history.trainer, history.run_1)
    client = MetadataStore(store)
    (model,) = client.get_artifacts_by_id([history.model.id])
    assert model.state == pb.Artifact.DELETED and model.uri == ""
    assert "by ann" in model.custom_properties["graphstore_deleted"].string_value
    (step,) = client.get_executions_by_id([history.trainer.id])
    assert "by ann" in step.custom_properties["graphstore_deleted"].string_value
    (run,) = client.get_contexts_by_id([history.run_1.id])
    assert run.name == "" and "graphstore_deleted" in run.custom_properties
    assert history.model.id not in [one.id for one in client.get_artifacts()]
    graph = client.get_lineage_subgraph(
        pb.LineageSubgraphQueryOptions(
            starting_artifacts={"filter_query": f"id = {history.evaluation.id}"}, max_num_hops=10
        )
    )
    assert history.model.id in [one.id for one in graph.artifacts]
    model.state = pb.Artifact.LIVE
    with pytest.raises(errors.FailedPreconditionError, match="was deleted"):
        client.put_artifacts([model])
    new = pb.Artifact(type_id=model.type_id, external_id="m/1")
    with pytest.raises(errors.FailedPreconditionError, match=r"was deleted .* by ann"):
        client.put_artifacts([new])
    new_step = pb.Execution(type_id=step.type_id, external_id="e/1")
    with pytest.raises(errors.FailedPreconditionError, match=r"was deleted .* by ann"):
        client.put_execution(new_step, [], [])


def test_walks_are_bounded_by_what_is_known_of_it(store, history):
    delete(store, history.model)
    within = Within(artifact_states=["LIVE"])
    graph = store.lineage.upstream(history.evaluation, within=within)
    assert history.model.id not in graph.artifacts


def test_the_recorder_loses_nothing_for_it(store, types, caplog):
    """What has the external id of a deleted artifact is recorded under another one."""

    def record(name):
        with store.run("p", name, capture=()) as run, run.execution("Trainer") as step:
            step.output("model", Artifact(type="Model", external_id="nightly", uri="s3://m"))
        return step.outputs["model"][0]

    first = record("one")
    store.delete(first)
    with caplog.at_level(logging.WARNING):
        second = record("two")
    assert "'nightly' was deleted" in caplog.text
    assert second.id != first.id and second.uri == "s3://m"
    assert second.custom_properties["requested_external_id"] == "nightly"
    assert store.artifacts.get(first).deletion is not None
    store.delete(second)
    assert record("three").ref not in (first.ref, second.ref)


def test_what_is_read_from_outside_is_read_again(store, types, tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("1,2")

    def read(name):
        with store.run("p", name, capture=()) as run:
            with run.execution("Trainer") as step:
                step.input("data", file)
        return step.inputs["data"][0]

    first = read("one")
    assert read("two").id == first.id
    store.delete(first)
    third = read("three")
    assert third.id != first.id and third.deletion is None
    assert read("four").id == third.id


def test_a_step_that_is_deleted_as_it_runs_ends_with_a_warning(store, types, caplog):
    with store.run("p", "one", capture=()) as run, run.execution("Trainer") as step:
        store.delete(step.execution, force=True)
        step.output("model", Artifact(type="Model"))
    assert "is left out" in caplog.text
    assert store.executions.get(step.execution).deletion is not None


def test_a_record_that_waits_for_what_was_deleted_is_delivered(store, types, caplog):
    from graphstore.recording.channel import Channel

    sent = []
    original = Channel.send

    def send(self, record):
        sent.append(record)
        return original(self, record)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Channel, "send", send)
        with store.run("p", "one", capture=()) as run, run.execution("Trainer") as step:
            step.output("model", Artifact(type="Model"))
    store.delete(step.execution)
    steps = [record for record in sent if hasattr(record, "execution")]
    store._delivery().deliver_late(steps)
    assert "is left out" in caplog.text
    assert store.executions.get(step.execution).deletion is not None
    assert list(store.executions.list()) == []


def test_a_second_store_sees_it_at_once(store, history, server):
    with Store(server.connect()) as other:
        before = other.artifacts.get(history.model)
        delete(store, history.model)
        with pytest.raises(Deleted):
            other.artifacts.put(before.evolve(state="LIVE"))

"""Tokens that are bound to namespaces, served: what each sees and changes, and what it does not."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from types import SimpleNamespace

import pytest

pytest.importorskip("grpc_reflection", reason="needs the extra mlmd")

import grpc

from graphstore.interop.mlmd.front.protos import service_pb2, store_pb2
from graphstore.interop.mlmd.front.server import Security
from graphstore.interop.mlmd.front.service import METHODS
from graphstore.interop.mlmd.front.tenants import RULES
from tests.conftest import ROOT
from tests.integration.mlmd.kubeflow import Event, Execution, Kubeflow, code_of, run_of

ABSENT = 10_000_000
"""What is added to an id, and then nothing has it."""


@pytest.fixture
def bound(serve, tmp_path):
    """A server that knows two namespaces, and somebody who is bound to none."""
    file = tmp_path / "tokens"
    file.write_text(
        "ann a namespace=team-a\nanother a2 namespace=team-a\nbob b namespace=team-b\nroot r\n"
    )
    return serve(security=Security.read(token_file=file))


@pytest.fixture
def kfp(bound):
    """Clients by the token that they show."""
    clients = {}

    def client(token):
        if token not in clients:
            clients[token] = Kubeflow(bound.address, token=token)
        return clients[token]

    yield client
    for one in clients.values():
        one.__exit__()


def text_value(text):
    return store_pb2.Value(string_value=text)


def refused(kfp, name, **fields):
    """The code with which a call is refused, and what is said, without numbers."""
    with pytest.raises(grpc.RpcError) as caught:
        kfp.ask(name, **fields)
    return caught.value.code().name, re.sub(r"\d+", "#", caught.value.details())


def answer(kfp, name, request):
    """What a call answers or is refused with; numbers in texts as a sign."""
    try:
        return str(kfp.call(name)(request))
    except grpc.RpcError as error:
        return error.code().name, re.sub(r"\d+", "#", error.details())


def written(database):
    """All that a database has, as sorted texts; but counters and locks, which are no data."""
    nodes = "MATCH (n) WHERE NOT n:GraphstoreSequence RETURN labels(n), properties(n)"
    edges = "MATCH (a)-[e]->(b) RETURN a.id, labels(a), type(e), properties(e), b.id, labels(b)"
    with database.driver.session(database=database.name) as session:
        return [sorted(map(str, session.run(query).values())) for query in (nodes, edges)]


@pytest.fixture
def two(kfp):
    """A run of each namespace, of one pipeline, which both know."""
    ann, bob = kfp("a"), kfp("b")
    return SimpleNamespace(
        ann=ann,
        bob=bob,
        a=SimpleNamespace(**_ids(run_of(ann, "run-a", "iris", "team-a"))),
        b=SimpleNamespace(**_ids(run_of(bob, "run-b", "iris", "team-b"))),
    )


def _ids(run):
    (pipeline, own), (root, dag), (make, train), (data, metrics) = run
    return {
        "pipeline": pipeline, "run": own, "root": root, "dag": dag, "make": make, "train": train,
        "data": data, "metrics": metrics,
    }  # fmt: skip


def test_the_guide_has_a_row_for_each_call():
    guide = (ROOT / "docs" / "kubeflow.md").read_text()
    table = guide.partition("| call | with a token")[2].partition("\n\n")[0]
    first = "".join(line.split("|")[1] for line in table.splitlines()[2:])
    assert {*re.findall(r"`(\w+)`", first)} == set(RULES)
    assert f"all {len(METHODS) - len(RULES)} others" in table


# What Kubeflow Pipelines does


def test_two_namespaces_run_pipelines_by_all_calls_of_its_client(two):
    for kfp, own in ((two.ann, two.a), (two.bob, two.b)):
        run, dag, train = own.run, own.dag, own.train
        executions = {own.root.id, dag.id, own.make.id, train.id}
        assert {task.id for task in kfp.tasks(run.id)} == executions
        assert {task.id for task in kfp.tasks(run.id, dag.id)} == {own.make.id, train.id}
        stored, contexts = kfp.execution(train.id)
        assert contexts == {"system.Pipeline": own.pipeline, "system.PipelineRun": run}
        assert stored.last_known_state == Execution.COMPLETE
        assert kfp.execution(dag.id)[0].last_known_state == Execution.COMPLETE
        found = kfp.execution_by_name("system.DAGExecution", f"run/{run.name}")
        assert found.id == own.root.id
        assert kfp.of_execution(train.id, Event.INPUT)["dataset"].id == own.data.id
        assert kfp.of_execution(train.id, Event.OUTPUT)["metrics"].id == own.metrics.id
        assert kfp.artifact_name(own.metrics.id) == "metrics"
        assert kfp.matched(own.data, own.pipeline.id).id == own.data.id
        assert kfp.artifact_type("system.Dataset") == own.data.type_id
        kfp.artifact_type("system.Model")
        assert kfp.context_by_id(run.id) == run
    # The types were there when the second one came.
    assert two.ann.asked == set(RULES) and len(RULES) == 21
    assert two.bob.asked == set(RULES) - {"PutContextType"}
    assert two.a.pipeline.id == two.b.pipeline.id


def test_neither_sees_anything_of_the_others(two):
    ann, own, other = two.ann, two.a, two.b
    executions = [other.root.id, other.make.id, own.make.id, other.train.id]
    artifacts = [other.data.id, own.data.id, other.metrics.id]
    assert [
        one.id for one in ann.ask("GetExecutionsByID", execution_ids=executions).executions
    ] == [own.make.id]
    answer = ann.ask("GetArtifactsByID", artifact_ids=artifacts, populate_artifact_types=True)
    assert [one.id for one in answer.artifacts] == [own.data.id]
    contexts = [other.run.id, own.run.id, own.pipeline.id]
    seen = {one.id for one in ann.ask("GetContextsByID", context_ids=contexts).contexts}
    assert seen == {own.run.id, own.pipeline.id}
    events = ann.ask("GetEventsByExecutionIDs", execution_ids=executions).events
    assert {(one.execution_id, one.artifact_id) for one in events} == {(own.make.id, own.data.id)}
    events = ann.ask("GetEventsByArtifactIDs", artifact_ids=artifacts).events
    assert {one.execution_id for one in events} == {own.make.id, own.train.id}
    uris = [own.data.uri, other.data.uri]
    assert [one.id for one in ann.ask("GetArtifactsByURI", uris=uris).artifacts] == [own.data.id]
    assert ann.tasks(other.run.id) == []
    # The pipeline is of both, and its executions are not listed by it.
    assert ann.tasks(own.pipeline.id) == []
    assert ann.execution_by_name("system.DAGExecution", "run/run-b") is None
    by_name = ann.ask(
        "GetContextByTypeAndName", type_name="system.PipelineRun", context_name="run-b"
    )
    assert not by_name.HasField("context")


# Every call with the ids of others


def _fill(message, ids, fields=None, depth=3):
    """Set all fields that say which: ids, names, uris."""
    for field in message.DESCRIPTOR.fields:
        if fields is not None and field.name not in fields:
            continue
        name = field.name.removesuffix("s")
        name = {"child_id": "context_id", "parent_id": "context_id", "uri": "uri"}.get(name, name)
        if name == "id":
            name = f"{message.DESCRIPTOR.name.lower()}_id"
        if field.message_type is not None:
            if field.message_type.GetOptions().map_entry or depth == 0:
                continue
            if field.message_type.file.name.startswith("google/"):
                continue
            value = getattr(message, field.name)
            _fill(
                value.add() if field.label == field.LABEL_REPEATED else value, ids, None, depth - 1
            )
        elif name in ids:
            if field.label == field.LABEL_REPEATED:
                getattr(message, field.name).append(ids[name])
            else:
                setattr(message, field.name, ids[name])
    return message


def _foreign(run, *, absent):
    more = ABSENT if absent else 0
    sign = "absent" if absent else ""
    return {
        "artifact_id": run.data.id + more,
        "execution_id": run.train.id + more,
        "context_id": run.run.id + more,
        "type_id": run.train.type_id,
        "type_name": "system.DAGExecution",
        "execution_name": f"run/{run.run.name}{sign}",
        "context_name": run.run.name + sign,
        "artifact_name": "x",
        "uri": run.data.uri + sign,
        "external_id": f"x{sign}",
    }


def test_every_call_with_the_ids_of_others_answers_as_with_those_of_nothing(two, database):
    before = written(database)
    for name, method in METHODS.items():
        fields = RULES[name].fields if name in RULES else None
        foreign = _fill(method.request(), _foreign(two.b, absent=False), fields)
        absent = _fill(method.request(), _foreign(two.b, absent=True), fields)
        assert foreign.ByteSize() or name not in RULES or "Type" in name
        told = answer(two.ann, name, foreign)
        assert told == answer(two.ann, name, absent), name
        assert written(database) == before, name
        assert not any(word in str(told) for word in ("team-b", "run-b", "pod-1")), name
        if name not in RULES:
            assert told == (
                "PERMISSION_DENIED",
                f"a token that is bound to a namespace, here 'team-a', may not call {name}",
            )
            assert answer(two.ann, name, method.request()) == told


def test_what_is_asked_for_besides_is_refused(two):
    for name, rule in RULES.items():
        for field in METHODS[name].request.DESCRIPTOR.fields:
            request = METHODS[name].request()
            if field.name in rule.fields or field.name == "all_fields_match":
                continue
            if field.message_type is not None:
                getattr(request, field.name).SetInParent()
            else:
                setattr(request, field.name, not field.default_value)
            told = answer(two.ann, name, request)
            assert told[0] == "PERMISSION_DENIED", (name, field.name, told)
            assert f"may not set {field.name} of {name}" in told[1]


# Writes


def _writes(own, run, more):
    """Calls that would change something of a run, or join something of it: by name, with what is
    asked. Whose id each is says `more`, which is added to those of the run."""
    event = {
        "artifact_id": run.data.id + more,
        "type": Event.OUTPUT,
        "path": {"steps": [{"key": "x"}]},
    }
    mine = {**event, "artifact_id": own.data.id}
    new = {"type_id": own.train.type_id, "last_known_state": Execution.RUNNING}
    theirs = {**new, "id": run.train.id + more}
    context = store_pb2.Context()
    context.CopyFrom(run.run)
    context.id = run.run.id + more
    artifact = {"id": run.data.id + more, "type_id": run.data.type_id, "uri": "s3://mine"}
    return {
        "an execution": ("PutExecution", {"execution": theirs, "contexts": [own.run]}),
        "an execution alone": ("PutExecution", {"execution": theirs}),
        "an execution without its type": ("PutExecution", {"execution": {"id": theirs["id"]}}),
        "an event of an execution": (
            "PutExecution",
            {"execution": theirs, "artifact_event_pairs": [{"event": mine}]},
        ),
        "an event of an artifact": (
            "PutExecution",
            {
                "execution": new, "contexts": [own.run],
                "artifact_event_pairs": [{"event": mine}, {"event": event}],
            },
        ),
        "an input": (
            "PutExecution",
            {
                "execution": new, "contexts": [own.run],
                "artifact_event_pairs": [{"event": {**event, "type": Event.INPUT}}],
            },
        ),
        "an artifact along with an execution": (
            "PutExecution",
            {
                "execution": new, "contexts": [own.run],
                "artifact_event_pairs": [{"artifact": artifact}],
            },
        ),
        "an artifact, of an execution of one's own": (
            "PutExecution",
            {
                "execution": own.train,
                "artifact_event_pairs": [{"artifact": artifact, "event": event}],
            },
        ),
        "a context": ("PutExecution", {"execution": new, "contexts": [own.run, context]}),
        "a context, for an execution of one's own": (
            "PutExecution",
            {"execution": own.train, "contexts": [context]},
        ),
        "artifacts": ("PutArtifacts", {"artifacts": [own.data, artifact]}),
        "a parent": (
            "PutParentContexts",
            {"parent_contexts": [{"child_id": own.run.id, "parent_id": context.id}]},
        ),
        "a child": (
            "PutParentContexts",
            {"parent_contexts": [{"child_id": context.id, "parent_id": own.run.id}]},
        ),
    }  # fmt: skip


def test_nothing_of_others_is_changed_or_joined_and_it_is_said_as_of_nothing(two, database):
    before = written(database)
    attempts, absent = (_writes(two.a, two.b, more) for more in (0, ABSENT))
    for what, (name, fields) in attempts.items():
        told = refused(two.ann, name, **fields)
        assert told == refused(two.ann, *absent[what][:1], **absent[what][1]), what
        assert told[0] == "INVALID_ARGUMENT" and "that you see has id #" in told[1], what
    assert written(database) == before


def test_no_context_of_another_namespace_is_made(two, database):
    before = written(database)
    type_id, fine = two.a.run.type_id, two.a.run.custom_properties
    others = [text_value(one) for one in ("team-b", "", "team-a ", "TEAM-A", "team-a\0")]
    others += [store_pb2.Value(int_value=1), store_pb2.Value()]
    others[-1].struct_value["team-a"] = "team-a"
    for said in ({}, *({"namespace": one} for one in others)):
        told = refused(
            two.ann,
            "PutContexts",
            contexts=[
                {"name": "fine", "type_id": type_id, "custom_properties": fine},
                {"name": "new", "type_id": type_id, "custom_properties": said},
            ],
        )
        assert told[0] == "PERMISSION_DENIED" and "may create contexts of that namespace" in told[1]
    assert written(database) == before


def test_contexts_are_not_changed(two, database):
    before = written(database)
    own = store_pb2.Context()
    own.CopyFrom(two.a.run)
    own.custom_properties["namespace"].string_value = "team-b"
    pipeline = store_pb2.Context()
    pipeline.CopyFrom(two.a.pipeline)
    pipeline.custom_properties["x"].string_value = "y"
    bare = store_pb2.Context(id=two.a.run.id, type_id=own.type_id, name=own.name)
    for context in (own, pipeline, bare):
        assert refused(two.ann, "PutContexts", contexts=[context])[0] == "PERMISSION_DENIED"
        told = refused(two.ann, "PutExecution", execution=two.a.train, contexts=[context])
        assert told[0] == "PERMISSION_DENIED" and "changes no context" in told[1]
    new = {"name": "squatted", "type_id": two.a.pipeline.type_id}
    told = refused(
        two.ann, "PutContexts", contexts=[{**new, "custom_properties": own.custom_properties}]
    )
    assert told[0] == "PERMISSION_DENIED" and "all namespaces share it" in told[1]
    made = {"type_id": two.a.run.type_id, "name": "new"}
    told = refused(two.ann, "PutExecution", execution=two.a.train, contexts=[made])
    assert told[0] == "PERMISSION_DENIED" and "by their ids" in told[1]
    assert written(database) == before


def test_an_execution_is_made_in_a_context_of_the_namespace(two, database):
    before = written(database)
    new = {"type_id": two.a.train.type_id}
    for contexts in ([], [two.a.pipeline]):
        told = refused(two.ann, "PutExecution", execution=new, contexts=contexts)
        assert told[0] == "PERMISSION_DENIED" and "into a context of that namespace" in told[1]
    lie = {**new, "custom_properties": {"namespace": text_value("team-b")}}
    told = refused(two.ann, "PutExecution", execution=lie, contexts=[two.a.run])
    assert told[0] == "PERMISSION_DENIED" and "says another one" in told[1]
    lie["type_id"] = two.a.data.type_id
    assert refused(two.ann, "PutArtifacts", artifacts=[lie]) == told
    assert written(database) == before


def test_what_others_would_find_by_a_name_that_can_be_guessed_is_not_made(kfp, two, database):
    """Who records by graphstore or by OpenLineage finds contexts by type and name, and nodes by
    their external ids: what stands there before would get all that they say."""
    root = kfp("r")
    type_id = root.context_type("openlineage.Dataset")
    root.ask("PutExecutionType", execution_type={"name": "typed", "properties": {"a": 1}})
    before = written(database)
    said = {"custom_properties": two.a.run.custom_properties}
    told = refused(
        two.ann, "PutContexts", contexts=[{"type_id": type_id, "name": "s3://lake/x", **said}]
    )
    assert told[0] == "PERMISSION_DENIED" and "of type 'openlineage.Dataset'" in told[1]
    told = refused(two.ann, "PutContextType", context_type={"name": "pipeline"})
    assert told[0] == "PERMISSION_DENIED" and "context types" in told[1]
    new = {"type_id": two.a.run.type_id, "name": "new", **said}
    execution, artifact = {"type_id": two.a.train.type_id}, {"type_id": two.a.data.type_id}
    for more in ({"external_id": "x"}, {"properties": {"a": store_pb2.Value(int_value=1)}}):
        for name, fields in (
            ("PutContexts", {"contexts": [{**new, **more}]}),
            ("PutArtifacts", {"artifacts": [artifact, {**artifact, **more}]}),
            ("PutExecution", {"execution": {**execution, **more}, "contexts": [two.a.run]}),
            (
                "PutExecution",
                {
                    "execution": execution,
                    "contexts": [two.a.run],
                    "artifact_event_pairs": [{"artifact": {**artifact, **more}}],
                },
            ),
        ):
            told = refused(two.ann, name, **fields)
            assert told[0] == "PERMISSION_DENIED", name
            assert "what it says are custom properties" in told[1]
    assert written(database) == before


def test_types_are_shared_and_changed_by_nobody(kfp, two, database):
    kfp("r").ask("PutArtifactType", artifact_type={"name": "mine", "properties": {"a": 1}})
    before = written(database)
    for kind in ("Artifact", "Execution", "Context"):
        name, field = f"Put{kind}Type", f"{kind.lower()}_type"
        for more in (
            {"properties": {"a": 1}},
            {"base_type": 0},
            {"external_id": "x"},
            {"description": "x"},
            {"version": "1"},
        ):
            for type_name in ("mine", "system.Dataset", "new"):
                told = refused(two.ann, name, **{field: {"name": type_name, **more}})
                assert told[0] == "PERMISSION_DENIED" and "a name and no more" in told[1]
        for option in ("can_add_fields", "can_omit_fields"):
            told = refused(two.ann, name, **{field: {"name": "new"}, option: True})
            assert told[0] == "PERMISSION_DENIED"
    assert refused(two.ann, "PutArtifactType", artifact_type={"name": "mine"})[0] == (
        "ALREADY_EXISTS"
    )
    assert written(database) == before
    # As it is for whoever says that it says nothing more.
    two.ann.ask("PutArtifactType", artifact_type={"name": "mine2"}, can_add_fields=False)


# Who recorded it


def test_an_artifact_in_no_context_belongs_to_the_namespace_of_who_recorded_it(kfp, two):
    uri = "s3://alike"
    by = {
        token: kfp(token).record_artifact("x", "system.Artifact", uri) if token != "r" else None
        for token in ("a", "a2", "b", "r")
    }
    by["r"] = kfp("r").record_artifact("x", "system.Artifact", uri)
    for token, mine in (("a", "a a2"), ("a2", "a a2"), ("b", "b"), ("r", "a a2 b r")):
        seen = {one.id for one in kfp(token).ask("GetArtifactsByURI", uris=[uri]).artifacts}
        assert seen == {by[name].id for name in mine.split()}, token
    # What another token of the namespace recorded is made part of its run.
    kfp("a2").publish(two.a.make, [two.a.run], artifacts={"late": by["a"]})
    # What somebody else then makes part of another one's run, is that one's.
    kfp("r").publish(two.b.make, [two.b.run], artifacts={"late": by["a2"]})
    assert not kfp("a2").ask("GetArtifactsByID", artifact_ids=[by["a2"].id]).artifacts
    assert kfp("b").ask("GetArtifactsByID", artifact_ids=[by["a2"].id]).artifacts
    # And what is in a context that says no namespace is nobody's who is bound.
    old = kfp("r").context("system.PipelineRun", "old", {})
    edge = {"artifact_id": by["b"].id, "context_id": old.id}
    kfp("r").ask("PutAttributionsAndAssociations", attributions=[edge])
    assert not kfp("b").ask("GetArtifactsByID", artifact_ids=[by["b"].id]).artifacts


# What belongs to two namespaces


def test_what_belongs_to_two_namespaces_is_seen_by_both_and_changed_by_neither(kfp, two, database):
    """As a cluster has it that did not bind its tokens before: of one pipeline, an importer of one
    namespace took the artifact that the other's had made."""
    root = kfp("r")
    root.publish(two.b.make, [two.b.run], artifacts={"theirs": two.a.data})
    root.ask(
        "PutAttributionsAndAssociations",
        associations=[{"execution_id": two.a.make.id, "context_id": two.b.run.id}],
    )
    for kfp_of, own, other in ((two.ann, two.a, two.b), (two.bob, two.b, two.a)):
        (artifact,) = kfp_of.ask("GetArtifactsByID", artifact_ids=[two.a.data.id]).artifacts
        (execution,) = kfp_of.ask("GetExecutionsByID", execution_ids=[two.a.make.id]).executions
        # Of its events, only those of executions that are seen; of its contexts, too.
        events = kfp_of.ask("GetEventsByArtifactIDs", artifact_ids=[artifact.id]).events
        hidden = other.train.id if kfp_of is two.bob else other.make.id
        assert events and hidden not in {one.execution_id for one in events}
        for name, id_ in (("Artifact", artifact.id), ("Execution", execution.id)):
            fields = {f"{name.lower()}_id": id_}
            contexts = kfp_of.ask(f"GetContextsBy{name}", **fields).contexts
            assert own.run.id in {one.id for one in contexts}
            assert other.run.id not in {one.id for one in contexts}
        before = written(database)
        told = refused(kfp_of, "PutArtifacts", artifacts=[artifact])
        assert told[0] == "PERMISSION_DENIED" and "to another namespace, too" in told[1]
        assert refused(kfp_of, "PutExecution", execution=execution)[0] == "PERMISSION_DENIED"
        assert written(database) == before
        # It is read by runs of both.
        kfp_of.create([own.pipeline, own.run], task="reads", artifacts={"data": artifact.id})


def test_a_parent_of_another_namespace_is_not_seen(kfp, two):
    edge = [{"child_id": two.a.run.id, "parent_id": two.b.run.id}]
    kfp("r").ask("PutParentContexts", parent_contexts=edge)
    parents = two.ann.ask("GetParentContextsByContext", context_id=two.a.run.id).contexts
    assert [one.id for one in parents] == [two.a.pipeline.id]


def test_a_pipeline_that_says_a_namespace_is_of_that_one_alone(kfp, two):
    root = kfp("r")
    theirs = root.context("system.Pipeline", "secret", {"namespace": text_value("team-b")})
    fields = {"type_name": "system.Pipeline", "context_name": "secret"}
    assert not two.ann.ask("GetContextByTypeAndName", **fields).HasField("context")
    assert two.bob.ask("GetContextByTypeAndName", **fields).context == theirs
    assert not two.ann.ask("GetContextsByID", context_ids=[theirs.id]).contexts


def test_a_context_of_no_namespace_that_is_no_pipeline_is_seen_by_nobody_bound(kfp, two):
    context = kfp("r").context("system.PipelineRun", "old", {})
    task = kfp("r").create([context], task="old")
    for one in (two.ann, two.bob):
        assert not one.ask("GetContextsByID", context_ids=[context.id]).contexts
        assert not one.ask("GetExecutionsByID", execution_ids=[task.id]).executions
        assert one.tasks(context.id) == []


# Filters


@pytest.mark.parametrize(
    "text",
    [
        "contexts_a.name = 'run-b'",
        "events_0.artifact_id = 1",
        "id > 0 OR (id < 0 AND contexts_a.id = 1)",
        "NOT contexts_x.type = 'y'",
        "contexts_a.custom_properties.namespace.string_value = 'team-b'",
        "contexts_a.id IS NOT NULL",
    ],
)
def test_a_filter_asks_for_what_executions_say_and_not_for_their_neighbours(two, text):
    options = {"filter_query": text}
    told = refused(two.ann, "GetExecutionsByContext", context_id=two.a.run.id, options=options)
    assert told[0] in ("PERMISSION_DENIED", "INVALID_ARGUMENT")
    # Of a context of others not even that.
    fields = {"context_id": two.b.run.id, "options": options}
    assert not two.ann.ask("GetExecutionsByContext", **fields).executions


def test_pages_are_whole(two):
    made = {two.ann.create([two.a.run], task=str(n)).id for n in range(25)}
    options = {"max_result_size": 7, "order_by_field": {"field": 1, "is_asc": False}}
    seen, sizes = [], []
    while True:
        answer = two.ann.ask("GetExecutionsByContext", context_id=two.a.run.id, options=options)
        seen += [one.id for one in answer.executions]
        sizes.append(len(answer.executions))
        if not answer.next_page_token:
            break
        options["next_page_token"] = answer.next_page_token
    assert sizes == [7, 7, 7, 7, 1] and len(set(seen)) == len(seen) and made < set(seen)


@pytest.mark.parametrize("order", [0, 1])
def test_a_page_token_that_somebody_wrote_says_where_a_list_goes_on_and_no_more(two, order):
    options = {"max_result_size": 1, "order_by_field": {"field": order, "is_asc": True}}
    fields = {"context_id": two.a.run.id, "options": options}
    first = two.ann.ask("GetExecutionsByContext", **fields)
    token = json.loads(urlsafe_b64decode(first.next_page_token))
    forged = {
        "context_id": two.b.run.id, "execution_id": two.b.train.id, "limit": 100, "filter_1": 1,
        "known_at": "2026-01-01", "type": "system.DAGExecution", "ids": [two.b.train.id],
    }  # fmt: skip
    text = urlsafe_b64encode(json.dumps({**token, **forged}).encode()).decode()
    options["next_page_token"] = first.next_page_token
    second = two.ann.ask("GetExecutionsByContext", **fields)
    options["next_page_token"] = text
    assert two.ann.ask("GetExecutionsByContext", **fields) == second
    assert len(second.executions) == 1


def test_all_artifacts_without_a_uri_are_not_looked_at(two):
    told = refused(two.ann, "GetArtifactsByURI", uris=["s3://x", ""])
    assert told[0] == "PERMISSION_DENIED" and "no uri" in told[1]


# What is not hidden


def test_names_are_one_for_all_and_that_one_is_taken_is_told(two):
    """Documented: a name that another namespace has is ALREADY_EXISTS, without an id."""
    new = {"name": "run-b", "type_id": two.a.run.type_id}
    new["custom_properties"] = two.a.run.custom_properties
    code, text = refused(two.ann, "PutContexts", contexts=[new])
    assert code == "ALREADY_EXISTS" and "#" not in text


# Who is bound to none


def test_who_is_bound_to_none_sees_all_by_the_same_queries_as_before(
    kfp, serve, two, count_queries
):
    def of(client):
        with count_queries() as names:
            run_of(client, f"run-{len(seen)}", "wine", "team-a")
            client.execution(two.b.train.id)
            client.matched(two.b.data, two.b.pipeline.id)
            client.tasks(two.b.run.id, two.b.dag.id)
        seen.append(sorted(names))

    seen = []
    of(kfp("r"))  # types and pipeline are made
    of(kfp("r"))
    with Kubeflow(serve().address) as plain:
        of(plain)
        of(plain)  # now its server knows the types
    assert seen[1] == seen[3] and "namespace.belonging" not in seen[1]
    with count_queries() as names:
        run_of(two.ann, "run-9", "wine", "team-a")
    assert names.count("namespace.belonging") > 5


def test_however_many_ids_it_is_one_query(two, count_queries):
    ids = [own.id for run in (two.a, two.b) for own in (run.root, run.dag, run.make, run.train)]
    for name, more in (("GetExecutionsByID", 0), ("GetEventsByExecutionIDs", 1)):
        with count_queries() as names:
            two.ann.ask(name, execution_ids=[*ids, *range(5_000, 6_000)])
        assert names.count("namespace.belonging") == 1 + more and len(names) == 2 + more
    events = [{"event": Event(artifact_id=two.a.data.id, type=Event.INPUT)}]
    new = {"type_id": two.a.train.type_id}
    with count_queries() as names:
        two.ann.ask(
            "PutExecution",
            execution=new,
            contexts=[two.a.run, two.a.pipeline],
            artifact_event_pairs=events,
        )
    assert sorted(names).count("namespace.belonging") == names.count("context.get") == 1


def test_nobody_calls_without_a_token(bound):
    with Kubeflow(bound.address) as nobody:
        for name in METHODS:
            request = getattr(service_pb2, f"{name}Request")()
            assert code_of(nobody.call(name), request) == "UNAUTHENTICATED"

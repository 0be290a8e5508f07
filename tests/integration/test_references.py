"""One way to say which node is meant, in every call of the API that asks for one."""

from __future__ import annotations

import inspect
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pytest

from graphstore import (
    Artifact,
    At,
    Batch,
    Event,
    Execution,
    FailedPrecondition,
    InvalidArgument,
    NodeRef,
    PublicationRefused,
    Stop,
    Store,
    ToPublish,
    Within,
)
from graphstore.interop.dossier import write_dossier
from graphstore.interop.model_signing import verify_signature
from graphstore.interop.openlineage.exporter import events_of
from graphstore.interop.prov import export_prov
from graphstore.interop.slsa import export_slsa
from graphstore.proof.keys import Key
from tests.conftest import ROOT, empty

_SIGNATURE = ROOT / "tests/integration/exporting/signed/folder.sig"


@pytest.fixture(scope="module")
def history(database):
    """A small history that all of these ask: raw data, a model of it, and a run."""
    empty(database)
    store = Store(database)
    with store.run("iris", "first", capture=()) as run:
        raw = Artifact(type="Raw", uri="s3://bucket/raw", digest="sha256:" + "0" * 64)
        with run.execution("Train", inputs={"raw": raw}, code="1", cache=True) as step:
            step.output("model", Artifact(type="Model"), properties={"accuracy": 0.9})
    return SimpleNamespace(
        store=store,
        artifact=store.artifacts.get(step.outputs["model"][0].id),
        raw=store.artifacts.get(step.inputs["raw"][0].id),
        execution=store.executions.get(step.execution.id),
        context=store.contexts.get(run.context.id),
        run=run,
        step=step,
    )


def spellings(node):
    yield node
    yield node.ref
    yield node.ref.short
    yield str(node.ref).replace(" ", ":")
    yield node.id
    yield np.int64(node.id)
    yield str(node.id)
    yield SimpleNamespace(ref=node.ref)


def ids(nodes):
    return sorted(node.id for node in nodes)


def graph(answer):
    return sorted(answer.artifacts), sorted(answer.executions)


def _why_not_proven(store, one):
    """Nothing is sealed: what the call would prove first says which node was asked for."""
    try:
        return store.seals.prove(one, Key("00" * 32))
    except FailedPrecondition as error:
        return str(error)


def _why_not_stated(store, one):
    """Nobody digested it: what the call says then tells which node was asked for."""
    try:
        return export_slsa(store, one)
    except FailedPrecondition as error:
        return str(error)


def _dossier_of(store, one):
    """What is not known of it, which names it."""
    with TemporaryDirectory() as folder:
        return write_dossier(store, one, folder).unknown


def _page_of(store, one):
    shown = store.ui(one)
    shown.close()
    return shown.url.partition("/a")[2]


def changes(store, write):
    """What a write answers; each is another node, so only that it works can be compared."""
    return write() is not None


# Each takes the store and one spelling of the node, and answers something that can be compared.
QUESTIONS = {
    "artifact": {
        "artifacts.get": lambda s, one: s.artifacts.get(one).id,
        "artifacts.get_many": lambda s, one: ids(s.artifacts.get_many([one])),
        "artifacts.get_many, alone": lambda s, one: ids(s.artifacts.get_many(one)),
        "lineage.upstream": lambda s, one: graph(s.lineage.upstream(one)),
        "lineage.upstream, several": lambda s, one: graph(s.lineage.upstream([one])),
        "lineage.upstream, a set": lambda s, one: graph(s.lineage.upstream({_hashable(one)})),
        "lineage.downstream": lambda s, one: graph(s.lineage.downstream(one)),
        "lineage.both": lambda s, one: graph(s.lineage.both(x for x in [one])),
        "lineage.connected": lambda s, one: graph(s.lineage.connected((one,))),
        "lineage.ids": lambda s, one: sorted(s.lineage.ids("upstream", one).artifacts),
        "lineage.stream": lambda s, one: ids(f.node for f in s.lineage.stream("upstream", one)),
        "lineage.between": lambda s, one: graph(s.lineage.between(one, one)),
        "lineage.producers": lambda s, one: [p.execution.id for p in s.lineage.producers(one)],
        "Stop": lambda s, one: graph(s.lineage.upstream("a1", stop=Stop(nodes=one))),
        "contexts.of_artifact": lambda s, one: ids(s.contexts.of_artifact(one)),
        "events.of_artifacts": lambda s, one: len(s.events.of_artifacts(one)),
        "events.put": lambda s, one: (
            s.events.put([Event(type="INPUT", artifact_id=one, execution_id=1, path=("x",))])
            in (0, 1)
        ),
        "publish": lambda s, one: s.publish(Execution(type="Train"), [one], []).inputs[0].id,
        "publish, by role": lambda s, one: (
            s.publish(Execution(type="Train"), {"data": one}).inputs[0].id
        ),
        "publish, events": lambda s, one: (
            s.publish(Execution(type="Train"), events=[(one, Event(type="INPUT"))]).inputs[0].id
        ),
        "publish_many": lambda s, one: (
            next(
                iter(s.publish_many([ToPublish(Execution(type="Train"), {"data": [one]})]))
            ).input_ids
        ),
        "put": lambda s, one: (
            s.put(
                Batch(
                    executions=[Execution(type="Train")],
                    events=[(one, At(0), Event(type="INPUT"))],
                )
            ).events
        ),
        "decisions.record": lambda s, one: (
            s.decisions.record(one, candidates=[one], baseline=one, evaluations=[one]).type
        ),
        "decisions.record again": lambda s, one: (
            s.decisions.record(one, candidates=[one], baseline=one, external_id="again").id
        ),
        "decisions.deployments": lambda s, one: len(s.decisions.deployments(model=one)),
        "decisions.deployments of one": lambda s, one: len(s.decisions.deployments(deployment=one)),
        "seals.prove": _why_not_proven,
        "export_prov": lambda s, one: export_prov(s, one),
        "events_of": lambda s, one: [e["run"]["runId"] for e in events_of(s, one)],
        "export_slsa": _why_not_stated,
        "write_dossier": _dossier_of,
        "verify_signature": lambda s, one: verify_signature(s, one, _SIGNATURE).artifact,
        "production": lambda s, one: len(s.production(models=one)),
        "production, several": lambda s, one: len(s.production(models=[one])),
        "explain": lambda s, one: s.explain(one).model.id,
        "impact": lambda s, one: s.impact(one).artifact.id,
        "diff": lambda s, one: s.diff(one, one).a.id,
        "common_ancestors": lambda s, one: s.common_ancestors(one).bad,
        "compare": lambda s, one: s.compare(one, "a1").kind,
        "changes": lambda s, one: s.changes(one).items[0].node,
        "delete": lambda s, one: s.delete(one, dry_run=True).nodes,
        "erase": lambda s, one: s.erase(one, dry_run=True).nodes.nodes,
        "delete, several": lambda s, one: s.delete([one, one], dry_run=True).nodes,
        "changes, several": lambda s, one: s.changes([one, one]).items[0].node,
        "ui": _page_of,
        "verify": lambda s, one: [a.id for a, _ in s.verify(one)],
        "verify, several": lambda s, one: [a.id for a, _ in s.verify([one, one])],
    },
    "execution": {
        "executions.get": lambda s, one: s.executions.get(one).id,
        "lineage.upstream": lambda s, one: graph(s.lineage.upstream(_reference(one, "execution"))),
        "contexts.of_execution": lambda s, one: ids(s.contexts.of_execution(one)),
        "events.of_executions": lambda s, one: len(s.events.of_executions([one])) > 0,
        "cache.explain": lambda s, one: s.cache.explain(one).execution.id,
        "series": lambda s, one: s.series(_reference(one, "execution")),
        "changes": lambda s, one: s.changes(_reference(one, "execution")).items[0].node,
        "delete": lambda s, one: s.delete(_reference(one, "execution"), dry_run=True).nodes,
        "erase": lambda s, one: s.erase(_reference(one, "execution"), dry_run=True).nodes.nodes,
        "can_rerun": lambda s, one: s.can_rerun(one).execution.id,
    },
    "context": {
        "contexts.get": lambda s, one: s.contexts.get(one).id,
        "contexts.parents": lambda s, one: ids(s.contexts.parents(one)),
        "contexts.parents_of": lambda s, one: sorted(s.contexts.parents_of(one)),
        "contexts.children_of": lambda s, one: sorted(s.contexts.children_of(one)),
        "contexts.children": lambda s, one: ids(s.contexts.children(one)),
        "artifacts.list": lambda s, one: ids(s.artifacts.list(context=one)),
        "executions.list": lambda s, one: len(s.executions.list(context=one)),
        "lineage.run": lambda s, one: graph(s.lineage.run(one)),
        "changes": lambda s, one: s.changes(_reference(one, "context")).items[0].node,
        "delete": lambda s, one: s.delete(_reference(one, "context"), dry_run=True).nodes,
        "erase": lambda s, one: s.erase(_reference(one, "context"), dry_run=True).nodes.nodes,
        "Within": lambda s, one: graph(s.lineage.upstream("a1", within=Within(context=one))),
        "resolve.latest": lambda s, one: ids(s.resolve.latest("Model", context=one)),
        "resolve.best": lambda s, one: len(s.resolve.best("Model", "accuracy", context=[one])),
    },
}


def _hashable(one):
    return one if one.__hash__ and not isinstance(one, (Artifact, SimpleNamespace)) else one.ref


def _reference(one, kind):
    """A bare number is an artifact's id there."""
    number = isinstance(one, (int, np.integer)) or (isinstance(one, str) and one.isdigit())
    return NodeRef(kind, int(one)) if number and one is not True else one


every_question = pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, calls in QUESTIONS.items() for name in calls]
)


@every_question
def test_every_spelling_is_answered_alike(history, kind, name):
    ask = QUESTIONS[kind][name]
    node = getattr(history, kind)
    answers = [ask(history.store, one) for one in spellings(node)]
    assert all(answer == answers[0] for answer in answers), answers


@every_question
def test_what_names_no_such_node_is_refused_before_anything_is_done(history, kind, name):
    ask = QUESTIONS[kind][name]
    other = "c1" if kind == "execution" else "e1" if kind == "context" else "c1"
    for wrong in (True, np.True_, 1.5, None, "", "x", b"a1", other):
        if wrong is None and name in (
            "decisions.record",
            "decisions.record again",
            "decisions.deployments",
            "decisions.deployments of one",
            "artifacts.list",
            "executions.list",
            "resolve.latest",
            "Within",
            "events.put",
            "production",
            "events_of",
            "changes",
            "ui",
        ):
            continue  # that is how nothing is said there
        others = ("compare", "common_ancestors", "can_rerun", "series", "changes")
        others = (*others, "delete", "erase", "export_prov", "events_of", "ui")
        if name.partition(",")[0] in others and wrong == other:
            continue  # these take other kinds, or have words of their own
        with pytest.raises((InvalidArgument, PublicationRefused)) as excinfo:
            ask(history.store, wrong)
        assert isinstance(excinfo.value.__cause__ or excinfo.value, InvalidArgument)


@every_question
def test_a_node_that_was_not_put_is_refused_and_told_why(history, kind, name):
    if name.startswith(("publish", "verify")):
        return  # there it is a new one, or needs no id
    node = getattr(history, kind).evolve(id=None)
    with pytest.raises(InvalidArgument, match="has not been put"):
        QUESTIONS[kind][name](history.store, node)


def test_a_run_and_a_step_stand_for_their_nodes(history):
    store = history.store
    assert graph(store.lineage.run(history.run)) == graph(store.lineage.run(history.context))
    assert store.cache.explain(history.step).execution.id == history.execution.id
    assert history.run.ref == history.context.ref
    assert repr(history.run) == "<Run 'first' of 'iris', COMPLETE>"
    assert repr(history.step) == f"<Step Train {history.step.ref.short}, COMPLETE>"
    assert repr(store).startswith("<Store ") and repr(store).endswith(", open>")
    assert "password" not in repr(store)


def test_a_step_reads_what_is_named(history):
    with history.store.run("iris", capture=()) as run:
        inputs = {"text": "a1", "list": ["a1", 1], "ref": NodeRef("artifact", 1), "id": np.int64(1)}
        with run.execution("Read", inputs=inputs) as step:
            step.input("more", "artifact:1")
            assert step.input("file", "a1", type="Raw").uri.endswith("/a1")  # with a type: a place
            for wrong in (True, "e1", 1.5, None):
                with pytest.raises(InvalidArgument, match="input 'wrong' of Read"):
                    step.input("wrong", wrong)
    assert [one.id for one in step.inputs["list"]] == [1, 1]
    assert {one.id for role in ("text", "ref", "id", "more") for one in step.inputs[role]} == {1}


def test_a_deployment_is_of_what_is_named_and_retired_so(history):
    deploy = history.store.decisions.deploy
    for one in spellings(history.artifact):
        deployment = deploy(one, "production")
        assert deployment.model.id == history.artifact.id
    history.store.decisions.retire(deployment)
    other = deploy(history.artifact, "production")
    history.store.decisions.retire(other.deployment.ref.short)
    # However it is named, it is the same that is asked for again under one external id.
    made = deploy(history.artifact, "production", external_id="d")
    for one in spellings(history.artifact):
        assert deploy(one, "production", external_id="d").deployment == made.deployment
    retired = history.store.decisions.retire(made, external_id="r")
    for one in spellings(made.deployment):
        assert history.store.decisions.retire(one, external_id="r") == retired


def test_no_call_that_takes_a_node_is_forgotten(history):
    """Whoever adds one adds it above, too: they are known by the types of their parameters."""
    store = history.store
    names = {name.partition(",")[0] for calls in QUESTIONS.values() for name in calls}
    names |= {"decisions.deploy", "decisions.retire"}  # in a test of their own
    names |= {"history", "runs", "put", "publish_many"}  # a pipeline goes by its name, too
    parts = ("artifacts", "executions", "contexts", "events", "lineage", "decisions", "cache")
    parts += ("seals",)
    omissions = []
    for part in ("", *parts):
        holder = getattr(store, part) if part else store
        for name, call in inspect.getmembers(type(holder), inspect.isfunction):
            if name.startswith("_") or hasattr(call, "__deprecated__"):  # an old name
                continue
            annotations = " ".join(map(str, inspect.get_annotations(call).values()))
            takes = any(
                word in annotations
                for word in ("ArtifactLike", "ExecutionLike", "ContextLike", "NodeLike", "Start")
            )
            path = f"{part}.{name}".lstrip(".")
            variants = {f"{kind}.{name}" for kind in parts}
            if takes and path not in names and not variants & names:
                omissions.append(path)
    assert not omissions

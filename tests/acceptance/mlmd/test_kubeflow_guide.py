"""What docs/kubeflow.md asks of a store, and that a run goes on when its server is swapped."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("grpc_reflection", reason="needs the extra mlmd")

from tests.conftest import ROOT
from tests.integration.mlmd import conftest
from tests.integration.mlmd.kubeflow import Execution, InProcess, Kubeflow
from tests.integration.mlmd.test_kubeflow import run_of

TEXT = (ROOT / "docs" / "kubeflow.md").read_text(encoding="utf-8")
OPENING, *QUESTIONS = re.findall(r"```python\n(.*?)```", TEXT, re.S)


serve = conftest.serve


def write(kfp):
    """A run, and a second one that got a task from the cache; the nodes as its client has them."""
    written = _, _, (_, train), (data, _) = run_of(kfp)
    contexts = kfp.pipeline("iris", "run-2")
    kfp.create(
        contexts, task="train", cached_execution_id=str(train.id), artifacts={"dataset": data.id}
    )
    return written


@pytest.fixture(params=["served", "imported"])
def written(request, tmp_path):
    """What Kubeflow's client has written: here, or into ML Metadata's own store before."""
    if request.param == "served":
        with Kubeflow(request.getfixturevalue("serve")().address) as kfp:
            return write(kfp)
    pytest.importorskip("ml_metadata", reason="needs ML Metadata's wheel")
    file = tmp_path / "metadb.sqlite"
    with Kubeflow(InProcess(file)) as kfp:
        written = write(kfp)
    request.getfixturevalue("store")  # empty
    request.getfixturevalue("graphstore")("import", "mlmd", str(file), "--keep-ids")
    return written


@pytest.fixture
def answers(store, written):
    """What the names of the guide stand for in the end."""
    assert OPENING.splitlines()[-1] == "store = Store.open()"
    names = {"store": store}
    for question in QUESTIONS:
        exec(question, names)
    return names


def test_a_run_is_found_by_its_id_with_its_tasks_as_a_tree(answers, capsys, written, store):
    (_, run), _, _, _ = written
    assert answers["run"].id == run.id and len(answers["tasks"]) == 4
    exec(QUESTIONS[1], answers)
    printed = capsys.readouterr().out
    assert printed == re.search(r"```text\n(run/run-1.*?)```", TEXT, re.S)[1]


def test_parameters_come_out_of_structs(answers, written):
    _, (root, _), (make, train), _ = written
    assert answers["given"][root.id] == {"epochs": 3.0} and answers["given"][make.id] == {}
    assert answers["given"][train.id] == {
        "rate": 0.1,
        "layers": [1.0, 2.0],
        "flags": {"fast": True},
    }
    assert answers["made"][make.id] == {"rows": 150.0}


def test_what_came_from_the_cache_what_was_measured_and_who_used_it(answers, written):
    _, _, (_, train), (data, metrics) = written
    assert list(answers["cached"].values()) == [train.id]
    assert answers["metrics"] == {metrics.id: {"accuracy": 0.93}}
    assert answers["elsewhere"] == {data.id: ["iris", "run-2"], metrics.id: ["iris"]}


def test_the_query_for_the_browser_answers(answers, database):
    (query,) = re.findall(r"```cypher\n(.*?)```", TEXT, re.S)
    with database.driver.session(database=database.name) as session:
        rows = session.run(query).data()
    assert [row["name"] for row in rows] == ["", "loop", "make", "train"]
    assert rows[2]["pod"] == "pod-1" and rows[2]["made"] == ["s3://run-1/data"]


def test_a_run_of_kubeflow_is_a_run_to_the_other_questions(graphstore, written):
    printed = graphstore("history", "iris").stdout
    assert printed.startswith("iris (c1): 2 runs") and "0.93" in printed


@pytest.mark.parametrize("written", ["imported"], indirect=True)
def test_a_run_goes_on_when_its_server_is_swapped(written, serve):
    """Its pods tell each other ids, so that these have to be the same."""
    (pipeline, run), (root, dag), (make, train), (data, metrics) = written
    with Kubeflow(serve().address) as kfp:
        contexts = kfp.pipeline("iris", "run-1")
        assert [one.id for one in contexts] == [pipeline.id, run.id]
        assert {one.id for one in kfp.tasks(run.id, dag.id)} == {make.id, train.id}
        stored, _ = kfp.execution(train.id)
        assert stored.custom_properties == train.custom_properties
        assert kfp.matched(data, pipeline.id).id == data.id
        deploy = kfp.create(
            contexts, task="deploy", parent=dag.id, artifacts={"metrics": metrics.id}
        )
        assert deploy.id > train.id
        kfp.publish(deploy, contexts, {})
        kfp.put_state(root.id, Execution.COMPLETE)
        assert {one.id for one in kfp.tasks(run.id)} > {root.id, dag.id, make.id, train.id}


@pytest.mark.parametrize("name", ["Deployment", "NetworkPolicy"])
def test_its_manifests_are_yaml(name):
    yaml = pytest.importorskip("yaml")
    blocks = re.findall(r"( *)```yaml\n(.*?)```", TEXT, re.S)
    texts = [re.sub(f"(?m)^{indent}", "", text) for indent, text in blocks]
    manifests = {one["kind"]: one for one in map(yaml.safe_load, texts)}
    assert manifests[name]["metadata"]["namespace"] == "kubeflow"


def test_its_command_is_one(graphstore):
    arguments = re.search(r"args: \[(.*)\]", TEXT)[1].replace('"', "").split(", ")
    help_ = graphstore("serve", "--help").stdout
    assert all(one in help_ for one in arguments if one.startswith("--"))

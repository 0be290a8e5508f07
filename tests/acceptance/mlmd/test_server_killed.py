"""Two processes publish through one server, eight threads each; and then it is killed."""

import json
import subprocess
import sys
from collections import Counter
from time import monotonic, sleep

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

from ml_metadata import proto

from tests.acceptance.mlmd.publisher import THREADS
from tests.conftest import ROOT
from tests.integration.mlmd.serving import client, large, run_server


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def prepare(address, folder):
    """The types, and an artifact that every step reads: all writers meet there."""
    mlmd = client(address)
    types = {
        "Model": mlmd.put_artifact_type(proto.ArtifactType(name="Model")),
        "Examples": mlmd.put_artifact_type(proto.ArtifactType(name="Examples")),
        "Trainer": mlmd.put_execution_type(proto.ExecutionType(name="Trainer")),
        "Pipeline": mlmd.put_context_type(proto.ContextType(name="Pipeline")),
    }
    examples = proto.Artifact(type_id=types["Examples"], uri="s3://examples")
    (shared_id,) = mlmd.put_artifacts([examples])
    (folder / "given.json").write_text(json.dumps({"types": types, "shared": shared_id}))
    return shared_id


def begin(address, folder, count, names=("one", "two")):
    module = "tests.acceptance.mlmd.publisher"
    return [
        subprocess.Popen(
            [sys.executable, "-m", module, address, str(folder), name, str(count)], cwd=ROOT
        )
        for name in names
    ]


def notes(folder):
    records = []
    for file in sorted(folder.glob("*.jsonl")):
        records += [json.loads(line) for line in file.read_text().splitlines()]
    return records


def by_name(nodes):
    nodes_by_name = {node.name: node for node in nodes}
    assert len(nodes_by_name) == len(nodes)
    return nodes_by_name


def check(mlmd, database, shared_id, records):
    """Every acknowledged step is there, whole, once; and nothing is there by halves."""
    executions = by_name(mlmd.get_executions())
    models = by_name(mlmd.get_artifacts_by_type("Model"))
    contexts = by_name(mlmd.get_contexts())
    # All or nothing: a step that was not acknowledged may be there, but then it is whole.
    assert executions.keys() == models.keys()
    for note in records:
        assert executions[note["name"]].id == note["execution"]
        assert models[note["name"]].id == note["artifacts"][1]
        assert note["artifacts"][0] == shared_id
        assert note["contexts"][0] == contexts["everybody's"].id
    assert models["one-0-0"].custom_properties["by"].string_value == "one-0-0"
    # Row by row in the database, where a duplicate would show.
    with database.driver.session(database=database.name) as session:
        counts = session.run(
            """
            MATCH (e:Execution)
            RETURN e.name AS name,
              COUNT { (e)<-[:INPUT]-(:Artifact {id: $shared}) } AS inputs,
              COUNT { (e)-[:OUTPUT]->(:Artifact {name: e.name}) } AS outputs,
              COUNT { (e)--(:Artifact) } AS events,
              COUNT { (e)-[:ASSOCIATED_WITH]->(:Context) } AS associations,
              COUNT { (e)-[:OUTPUT]->()-[:ATTRIBUTED_TO]->(:Context) } AS attributions
            """,
            shared=shared_id,
        ).data()
        (totals,) = session.run(
            "MATCH (a:Artifact {id: $shared})-[r:ATTRIBUTED_TO]->(c)"
            " RETURN count(r) AS edges, count(DISTINCT c) AS contexts",
            shared=shared_id,
        ).data()
        twice = session.run(
            "MATCH (n:Artifact|Execution|Context) WITH labels(n)[0] AS kind, n.id AS id,"
            " count(*) AS times WHERE times > 1 RETURN kind, id"
        ).data()
    assert len(counts) == len(executions)
    for row in counts:
        edge_counts = {key: value for key, value in row.items() if key != "name"}
        assert edge_counts == {
            "inputs": 1,
            "outputs": 1,
            "events": 2,
            "associations": 2,
            "attributions": 2,
        }, row
    assert totals["edges"] == totals["contexts"] == len(contexts)
    assert twice == []
    return executions


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_fails(server, store, database, folder):
    with run_server(server, folder / "serve", "--grpc", "127.0.0.1:0", "--log", "json") as one:
        shared_id = prepare(one, folder)
        processes = begin(one.address, folder, 40)
        assert [process.wait(300) for process in processes] == [0, 0]
        records = notes(folder)
        assert [note for note in records if "error" in note] == []
        assert len(records) == 2 * THREADS * 40
        executions = check(client(one, **large()), database, shared_id, records)
        assert executions.keys() == {note["name"] for note in records}
        codes = Counter(line["code"] for line in one.log_lines() if line["event"] == "call")
        assert codes.keys() <= {"OK", "ABORTED"}, codes
        assert one.end() == 0


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_a_kill(server, store, database, folder):
    with run_server(server, folder / "serve", "--grpc", "127.0.0.1:0") as one:
        shared_id = prepare(one, folder)
        processes = begin(one.address, folder, 100_000)
        end = monotonic() + 120
        while len(notes(folder)) < 400:
            assert monotonic() < end
            assert all(process.poll() is None for process in processes)
            sleep(0.1)
        one.kill()
        assert [process.wait(120) for process in processes] == [0, 0]
    records = notes(folder)
    failures = [note for note in records if "error" in note]
    successes = [note for note in records if "error" not in note]
    # One call of each thread was under way, and was cut off.
    assert {note["error"] for note in failures} <= {"UnavailableError", "CancelledError"}
    assert len(failures) == 2 * THREADS and len(successes) >= 400
    with run_server(server, folder / "serve", "--grpc", one.address) as again:
        mlmd = client(again, **large())
        executions = check(mlmd, database, shared_id, successes)
        # What was cut off may have been committed, and is whole then; nothing else is there.
        extra = executions.keys() - {note["name"] for note in successes}
        assert extra <= {note["name"] for note in failures}
        # And the new one goes on.
        (folder / "again").mkdir()
        (folder / "again" / "given.json").write_text((folder / "given.json").read_text())
        more = begin(again.address, folder / "again", 5, names=["three"])
        assert [process.wait(120) for process in more] == [0]
        after = notes(folder / "again")
        assert not [note for note in after if "error" in note]
        check(mlmd, database, shared_id, [*successes, *after])
        assert again.end() == 0

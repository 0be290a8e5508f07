"""`graphstore serve --http`, and `import` and `export openlineage`, as a user runs them."""

import gzip
import json
import signal

import pytest

from tests.integration.openlineage.conftest import post
from tests.integration.openlineage.events import event, graph_of, run_id
from tests.processes import serving

HTTP = ("--http", "127.0.0.1:0")

HISTORY = [
    event("START", 1, 1, "clean", ["raw"]),
    event("COMPLETE", 2, 1, "clean", outputs=["examples"]),
    event("START", 3, 2, "train", ["examples"]),
    event("COMPLETE", 4, 2, "train", outputs=["model"]),
    event("START", 5, 3, "other", ["elsewhere"]),
]


@pytest.fixture
def events(tmp_path):
    """A file of events in the folder that the commands run in."""
    path = tmp_path / "events.ndjson"
    path.write_text("".join(json.dumps(one) + "\n" for one in HISTORY))
    return path


def model_of(store):
    (model,) = (one for one in store.artifacts.list() if one.properties["dataset"] == "model")
    return model


def test_it_says_what_clients_are_told_and_what_they_send_is_there(store, server, tmp_path):
    with serving(server, tmp_path, *HTTP, "--log", "off") as process:
        lines = [process.stdout.readline().strip() for _ in range(5)]
        url = lines[0].removeprefix("listening on ")
        assert lines[1:] == [
            f"store:     {server.uri} neo4j",
            "clients:   all on this machine",
            f"pages:     {url}",
            f"lineage:   OPENLINEAGE_URL={url.rstrip('/')}",
        ]
        assert [post(url, one).status for one in HISTORY] == [201] * len(HISTORY)
        assert post(url, {}).status == 400
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert out.splitlines()[-1] == "stopped; all calls have ended"
    assert (process.returncode, err) == (0, "")
    assert len(store.lineage.upstream(model_of(store)).executions) == 2


def test_it_serves_both_kinds_of_clients_and_tells_so_as_json(store, server, tmp_path):
    with serving(
        server, tmp_path, *HTTP, "--grpc", "127.0.0.1:0", "--json", "--log", "off"
    ) as process:
        told = json.loads(process.stdout.readline())
        assert told["url"].startswith("http://127.0.0.1:") and told["listening"] not in told["url"]
        assert post(told["url"], HISTORY, "api/v1/lineage/batch").json()["status"] == "success"


def test_what_serving_refuses(store, graphstore, tmp_path):
    beyond = graphstore("serve", "--http", "0.0.0.0:0", code=2).stderr
    assert "--token-file" in beyond
    assert "HOST:PORT" in graphstore("serve", "--http", f"unix:{tmp_path}/s", code=2).stderr


def test_a_file_comes_in_grows_and_goes_out_again(store, command, events, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("import", "openlineage", "events.ndjson").out == (
        "Read: 5 events; taken: 5; refused: 0.\n"
    )
    before = graph_of(store)
    (tmp_path / "again.json.gz").write_bytes(gzip.compress(json.dumps(HISTORY).encode(), mtime=0))
    again = json.loads(command("import", "openlineage", "again.json.gz", "--json").out)
    assert (again["taken"], again["agrees"]) == (5, True)
    assert graph_of(store) == before
    written = command("export", "openlineage", "out.ndjson")
    assert (written.code, written.err) == (0, "wrote out.ndjson: 5 events of 3 runs\n")
    model = model_of(store)
    told = command("export", "openlineage", "of.ndjson", "--of", model.ref.short, "--json")
    assert json.loads(told.out) == {"path": "of.ndjson", "runs": 2, "events": 4}
    lines = map(json.loads, (tmp_path / "of.ndjson").read_text().splitlines())
    assert {one["run"]["runId"] for one in lines} == {run_id(1), run_id(2)}


def test_lines_that_are_no_events_are_named_and_the_others_taken(store, command, events):
    with events.open("a") as file:
        file.write('{"eventTime": "never"}\n[]\n{"eventTi')
    refused = command("import", "openlineage", events)
    assert refused.code == 1
    assert "Read: 8 events; taken: 5; refused: 3." in refused.out
    for words in ("event 6: eventTime is a time", "event 7: an event is", "event 8: it is no JSON"):
        assert words in refused.out
    assert len(store.executions.list()) == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"eventTime,run\n", "holds no events of OpenLineage"),
        (b"\x00\x01", "holds no events of OpenLineage"),
        (b'[{"eventTime"', "is no JSON list of events"),
        (gzip.compress(b"{}\n" * 1000, mtime=0)[:-9], "ended before"),
        (b"\x1f\x8b\x08 no gzip", "bad.file"),
        (None, "bad.file"),
    ],
)
def test_what_is_no_file_of_events_ends_the_command(store, command, tmp_path, content, says):
    if content is not None:
        (tmp_path / "bad.file").write_bytes(content)
    refused = command("import", "openlineage", tmp_path / "bad.file")
    assert refused.code in (1, 2) and says in refused.err
    assert "Traceback" not in refused.err and not store.executions.list()


def test_a_store_in_which_nothing_is_goes_out_as_no_events(store, command, tmp_path):
    path = tmp_path / "out.ndjson"
    assert command("export", "openlineage", path).err.endswith("0 events of 0 runs\n")
    assert path.read_text() == ""
    assert command("import", "openlineage", path).out.startswith("Read: 0 events")


def test_an_export_that_fails_leaves_no_file_and_one_that_is_there_stays(store, command, tmp_path):
    path = tmp_path / "out.ndjson"
    missing = command("export", "openlineage", path, "--of", "a999")
    assert missing.code == 3 and "no artifact has id 999" in missing.err
    assert not list(tmp_path.glob("out*"))
    path.write_text("mine")
    assert "is there already" in command("export", "openlineage", path).err
    assert path.read_text() == "mine"
    nowhere = command("export", "openlineage", tmp_path / "no" / "out.ndjson")
    assert nowhere.code == 1 and "there is no folder" in nowhere.err

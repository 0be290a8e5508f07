"""Proofs to hand over, and the script that checks them where there is no graphstore."""

import json
import random
import shutil
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import cryptography
import pytest

from graphstore import Artifact, Execution, FailedPrecondition, InvalidArgument, NotFound
from graphstore import check_proof as script
from graphstore.check_proof import NotProven, check
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.proof.keys import make_key, replace_key
from tests.conftest import IRIS
from tests.integration.proof.conftest import run, settle


@pytest.fixture
def iris(store, key):
    import_mlmd(store, IRIS)
    settle(store)
    store.seals.make(key)
    return store


@pytest.fixture
def small(store, types, key):
    """A model made of examples; that it is good was found out after it was sealed."""
    done = store.publish(
        Execution(type="Trainer"),
        {
            "examples": [
                Artifact(type="Examples", uri="s3://é\n\x1b[31m", digest="sha256:" + "a" * 64)
            ]
        },
        {"model": [Artifact(type="Model", uri="s3://models/1", digest="sha256:" + "b" * 64)]},
    )
    settle(store)
    store.seals.make(key)
    store.artifacts.put(done.outputs[0].evolve(state="LIVE"))
    settle(store)
    store.seals.make(key)
    return store


def run_script(folder, text, key):
    """The script, alone in a folder, on a file with this text."""
    shutil.copy(script.__file__, folder / "check_proof.py")
    (folder / "proof.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    # The tests' own Python has graphstore, and must not find it.
    alone = "import runpy, sys; sys.modules['graphstore'] = None; del sys.argv[0]; runpy.run_path("
    return subprocess.run(
        [sys.executable, "-c", f"{alone}sys.argv[0], run_name='__main__')",
         "check_proof.py", "proof.json", "--key", key],
        cwd=folder, capture_output=True, text=True, timeout=60,
        env={"PYTHONPATH": str(Path(cryptography.__file__).parents[1])},
    )  # fmt: skip


def test_a_model_of_a_real_history_is_proven(iris, key, tmp_path):
    graph = iris.lineage.upstream("a45")
    text = iris.seals.prove("a45", key)
    lines = check(text, key.public)
    assert lines[0] == "proven: this was recorded of how artifact 45 came to be, and sealed"
    statement = json.loads(b64decode(json.loads(text)["payload"]))
    assert statement["predicateType"] == script.PREDICATE
    records = [json.loads(one["record"]) for one in statement["predicate"]["records"]]
    states = {(one["kind"], one["id"]) for one in records if one["record"] == "state"}
    assert states == {(node.ref.kind, node.ref.id) for node in graph.nodes()}
    assert len(records) - len(states) == len(graph.events) > 10
    for spelling in (45, graph.artifacts[45], graph.artifacts[45].ref, "artifact:45"):
        assert check(iris.seals.prove(spelling, key), key.public) == lines
    assert len(check(iris.seals.prove("a45", key, passed_on=True), key.public)) >= len(lines)
    assert "execution 44" in check(iris.seals.prove("e44", key), key.public)[0]


def test_the_script_runs_where_there_is_nothing_else(small, key, tmp_path):
    text = small.seals.prove("a2", key)
    result = run_script(tmp_path, text, key.public)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == check(text, key.public)
    assert "artifact 1" in result.stdout and "seal 2 until" in result.stdout
    assert "\x1b" not in result.stdout
    other = run_script(tmp_path, text, f"ed25519:{'0' * 64}")
    assert other.returncode == 1 and other.stderr.startswith("not proven: the key:")
    cut = run_script(tmp_path, text[:-1], key.public)
    assert cut.returncode == 1 and cut.stderr.startswith("not proven: the file:")
    bytes_ = run_script(tmp_path, b"\xff" + text.encode(), key.public)
    assert bytes_.returncode == 1 and bytes_.stderr.startswith("not proven:")


def test_a_byte_anywhere_that_is_another_one(small, key, tmp_path):
    data = small.seals.prove("a2", key).encode()
    assert check(data.decode(), key.public)
    chance = random.Random(0)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << chance.randrange(7)
        with pytest.raises(NotProven, match=r"^[a-z]+ .*: "):
            check(changed.decode(), key.public)
    for at in chance.sample(range(len(data)), 5):
        changed = bytearray(data)
        changed[at] ^= 1
        result = run_script(tmp_path, bytes(changed), key.public)
        assert result.returncode == 1 and result.stderr.startswith("not proven: ")


def forged(text, change, key):
    """A proof whose statement is another one, signed by who has the key."""
    envelope = json.loads(text)
    statement = json.loads(b64decode(envelope["payload"]))
    change(statement["predicate"], statement)
    payload = script.dump(statement).encode()
    envelope["payload"] = b64encode(payload).decode()
    signature = bytes.fromhex(key.sign(script.STATEMENT, payload))
    envelope["signatures"][0]["sig"] = b64encode(signature).decode()
    return script.dump(envelope) + "\n"


def other_record(predicate, _):
    one = predicate["records"][0]
    one["record"] = one["record"].replace("s3:", "s4:")


def without_edge(predicate, _):
    at = next(i for i, one in enumerate(predicate["records"]) if '"edge"' in one["record"])
    del predicate["records"][at]


def without_node(predicate, _):
    at = next(i for i, one in enumerate(predicate["records"])
              if json.loads(one["record"]).get("kind") == "execution")  # fmt: skip
    del predicate["records"][at]


def other_end(predicate, _):
    predicate["of"] = ["artifact", 1]


def without_seal(predicate, _):
    del predicate["seals"][0]


def seals_swapped(predicate, _):
    predicate["seals"].reverse()


def twice(predicate, _):
    predicate["records"].append(predicate["records"][0])


def other_subject(_, statement):
    statement["subject"][0]["digest"] = {"sha256": "c" * 64}


def other_path(predicate, _):
    predicate["records"][0]["path"].append("0" * 64)


def other_place(predicate, _):
    predicate["records"][0]["place"] += 1


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (other_record, "record 1,"),
        (without_edge, "the edges:"),
        (without_node, "the edges:"),
        (other_end, "the edges:"),
        (without_seal, "record "),
        (seals_swapped, "seal 2 of the file:"),
        (twice, "record "),
        (other_subject, "the statement:"),
        (other_path, "record 1,"),
        (other_place, "record 1,"),
    ],
)
def test_who_proves_cannot_make_it_up(small, key, change, part):
    text = small.seals.prove("a2", key)
    assert check(forged(text, lambda *_: None, key), key.public)
    with pytest.raises(NotProven) as error:
        check(forged(text, change, key), key.public)
    assert str(error.value).startswith(part)


def test_what_is_not_sealed_yet_is_not_proven(small, key):
    small.artifacts.put(small.artifacts.get(1).evolve(state="LIVE"))
    with pytest.raises(FailedPrecondition, match="a1 was recorded or changed since the last seal"):
        small.seals.prove("a2", key)
    settle(small)
    small.seals.make(key)
    assert check(small.seals.prove("a2", key), key.public)
    run(small.database, "MATCH (a:Artifact {id: 1}) SET a.uri = 's3://other'")
    with pytest.raises(FailedPrecondition, match="a1 is not what seal 3 has"):
        small.seals.prove("a2", key)


def test_what_has_no_digest_is_told_by_what_was_recorded_of_it(small, key):
    text = small.seals.prove("e1", key)
    (subject,) = json.loads(b64decode(json.loads(text)["payload"]))["subject"]
    assert subject["name"] == "e1" and len(subject["digest"]["sha256"]) == 64
    assert check(text, key.public)


def test_proofs_by_a_key_that_came_after(small, key, tmp_path):
    second = replace_key(tmp_path / "keys" / "seals.json")
    text = small.seals.prove("a2", second)
    assert check(text, key.public) == check(text, second.public)
    other = make_key(tmp_path / "other" / "key")
    with pytest.raises(FailedPrecondition, match="your key does not come after it"):
        small.seals.prove("a2", other)
    with pytest.raises(NotProven, match="the key"):
        check(text, other.public)


def test_what_is_not_there_or_never_sealed(store, types, key):
    with pytest.raises(NotFound):
        store.seals.prove("a7", key)
    with pytest.raises(InvalidArgument):
        store.seals.prove("c1", key)
    store.artifacts.put(Artifact(type="Model"))
    with pytest.raises(FailedPrecondition, match="'graphstore seal'"):
        store.seals.prove("a1", key)


def test_the_script_is_short():
    lines = Path(script.__file__).read_text().splitlines()
    assert len([line for line in lines if line.strip()]) < 150

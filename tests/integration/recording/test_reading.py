"""What steps name by ids: read at once, whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from graphstore import Artifact, ArtifactType, InvalidArgument, NotFound
from graphstore.recording.reading import ArtifactsById
from graphstore.storage.writing import group_commit
from tests.conftest import until


@pytest.fixture
def artifacts(store):
    store.types.put(ArtifactType(name="Examples"))
    return store.artifacts.put_many(
        Artifact(type="Examples", uri=f"s3://data/{number}") for number in range(8)
    )


@pytest.fixture
def reads(store, monkeypatch):
    """The ids of each query for artifacts by id."""
    reads, get_many = [], store.artifacts.get_many

    def note(ids, **options):
        ids = list(ids)
        reads.append(ids)
        return get_many(ids, **options)

    monkeypatch.setattr(store.artifacts, "get_many", note)
    return reads


def test_the_first_inputs_of_a_step_are_read_by_one_query(store, artifacts, reads):
    one, two, three = artifacts[:3]
    inputs = {"a": one.id, "b": [two.ref.short, three.ref], "c": one.ref, "new": "s3://data/new"}
    with store.run("iris", capture=()) as run, run.execution("Read", inputs=inputs) as step:
        pass
    assert reads == [[one.id, two.id, three.id]]
    uris = {role: [one.uri for one in some] for role, some in step.inputs.items()}
    assert uris == {
        "a": [one.uri],
        "b": [two.uri, three.uri],
        "c": [one.uri],
        "new": ["s3://data/new"],
    }


def test_one_that_names_nothing_is_told_as_ever(store, artifacts, reads):
    with store.run("iris", capture=()) as run:
        with pytest.raises(InvalidArgument, match="input 'wrong' of Read"):
            run.execution("Read", inputs={"right": artifacts[0].id, "wrong": 1.5})
        with pytest.raises(NotFound, match="no artifact has id 99"):
            run.execution("Read", inputs={"right": artifacts[0].id, "wrong": 99})


def test_threads_that_ask_at_one_moment_share_a_query(store, artifacts, monkeypatch):
    monkeypatch.setattr(group_commit, "PATIENCE", 600)
    reads, go, get_many = [], Event(), store.artifacts.get_many

    def wait(ids, **options):
        reads.append(ids)
        go.wait(60)
        return get_many(ids, **options)

    monkeypatch.setattr(store.artifacts, "get_many", wait)
    by_id, ids = ArtifactsById(store.artifacts), [one.id for one in artifacts]
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(by_id.read, ids[:1])
        until(lambda: reads)
        others = [pool.submit(by_id.read, [id_, ids[0]]) for id_ in ids[1:]]
        missing = pool.submit(by_id.read, [ids[1], 999])
        until(lambda: len(by_id._group._waiting) == 8)
        go.set()
        assert [one.id for one in first.result()] == ids[:1]
        for id_, other in zip(ids[1:], others, strict=True):
            assert [one.id for one in other.result()] == [id_, ids[0]]
        with pytest.raises(NotFound, match="no artifact has id 999"):
            missing.result()
    assert [sorted(one) for one in reads] == [ids[:1], [*ids, 999]]

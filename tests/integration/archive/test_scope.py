"""An archive of a part: all that belongs to it, and nothing that leads nowhere."""

import pytest

from graphstore import (
    Artifact,
    Execution,
    ExecutionState,
    InvalidArgument,
    NotFound,
)
from graphstore.interop.archive import export_archive, import_archive
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS
from tests.integration.archive.contents import BOOKS, contents, fill, fresh, write_by_hand


@pytest.fixture
def two_pipelines(store):
    """Two pipelines: the second trains on what the first made."""
    fill(store, name="iris")
    fill(store, name="wine", runs=1)
    model = store.artifacts.get_by_name("Model", "iris 1", type_version="2")
    wine = store.contexts.get_by_name("Pipeline", "wine")
    store.publish(
        Execution(type="Trainer", state=ExecutionState.COMPLETE),
        inputs={"base": [model]},
        outputs={"examples": [Artifact(type="Examples", uri="s3://on")]},
        contexts=[wine],
    )
    write_by_hand(store.database)
    return store


def copied(store, path, **scope):
    """What is in the store, the report of an export, and what an empty store has of that."""
    before = contents(store.database, labels_out=["Type", *BOOKS])
    exported = export_archive(store, path, **scope)
    copy = fresh(store.database)
    report = import_archive(copy, path)
    assert report.exact and report.agrees and report.problems == []
    after = contents(store.database, labels_out=["Type", *BOOKS])
    assert after[0] <= before[0] and after[1] <= before[1]
    return exported, copy


def test_a_pipeline_comes_with_what_its_steps_read(two_pipelines, tmp_path):
    exported, copy = copied(two_pipelines, tmp_path / "wine.zip", pipeline="wine")
    assert {one.name for one in copy.contexts.list()} >= {"wine", "wine/0"}
    names = {one.name for one in copy.artifacts.list(type="Model")}
    assert names == {"wine 0", "iris 1"}
    assert exported.edges_out["OUTPUT"] == 1  # of the step of iris that made what wine read
    assert {one.id for one in copy.executions.list()} == {3, 4}


def test_of_a_pipeline_nothing_else_comes(two_pipelines, tmp_path):
    exported, copy = copied(two_pipelines, tmp_path / "iris.zip", pipeline="iris")
    # The model that wine read belongs to wine, too.
    assert {one.name for one in copy.contexts.list()} == {"iris", "iris/0", "iris/1", "wine"}
    assert {one.name for one in copy.types.list("context")} == {"Pipeline", "PipelineRun"}
    assert exported.edges_out == {"INPUT": 1}


def test_a_lineage_comes_with_the_contexts_that_it_belongs_to(two_pipelines, tmp_path):
    model = two_pipelines.artifacts.get_by_name("Model", "wine 0", type_version="2")
    exported, copy = copied(two_pipelines, tmp_path / "one.zip", lineage=model)
    assert {one.name for one in copy.contexts.list()} == {"wine", "wine/0"}
    assert len(copy.executions.list()) == 1
    assert exported.lines["artifact"] == 3


def test_a_lineage_of_a_real_history_answers_as_before(store, tmp_path):
    import_mlmd(store, IRIS)
    before = store.lineage.upstream(45)
    copied(store, tmp_path / "one.zip", lineage="a45")
    after = fresh_store(store).lineage.upstream(45)
    assert {node.ref for node in after.nodes()} == {node.ref for node in before.nodes()}


def fresh_store(store):
    """The same store, of which nothing was read yet."""
    return type(store)(store.database)


def test_a_part_can_be_followed_by_the_whole(two_pipelines, tmp_path):
    store = two_pipelines
    export_archive(store, tmp_path / "iris.zip", pipeline="iris")
    export_archive(store, tmp_path / "all.zip")
    artifacts = len(store.artifacts.list())
    copy = fresh(store.database)
    import_archive(copy, tmp_path / "iris.zip")
    report = import_archive(copy, tmp_path / "all.zip")
    assert report.agrees and report.problems == []
    assert len(copy.artifacts.list()) == artifacts


def test_what_is_not_there_is_said(store, tmp_path):
    with pytest.raises(NotFound):
        export_archive(store, tmp_path / "one.zip", pipeline="nowhere")
    with pytest.raises(NotFound):
        export_archive(store, tmp_path / "one.zip", lineage="a45")
    with pytest.raises(InvalidArgument, match="give one"):
        export_archive(store, tmp_path / "one.zip", lineage="a45", pipeline="iris")
    assert list(tmp_path.iterdir()) == []

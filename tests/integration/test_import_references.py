"""Ids of a history that stand within its values, contexts of its own, and ids that are kept."""

from __future__ import annotations

import pytest

from graphstore import Artifact, ArtifactType, Context, ContextType, Execution, ExecutionType
from graphstore.errors import FailedPrecondition
from graphstore.interop.mlmd_import import import_mlmd
from tests import mlmd_files
from tests.conftest import IRIS


def kubeflow(path, tasks=5, schema=10, more=()):
    """A file with a run as Kubeflow writes it: a DAG and its tasks, the last of them cached."""
    last = tasks + 1
    keys = ("create_time_since_epoch", "last_update_time_since_epoch") if schema > 4 else ()
    times = dict.fromkeys(keys, 1_700_000_000_000)

    def said(execution, name, **value):
        return {"execution_id": execution, "name": name, "is_custom_property": 1, **value}

    numbers = range(1, last + 1)
    return mlmd_files.write(
        path,
        {
            "Type": [
                {"id": 1, "name": "system.ContainerExecution", "type_kind": 0},
                {"id": 2, "name": "system.PipelineRun", "type_kind": 2},
            ],
            "Execution": [{"id": number, "type_id": 1, **times} for number in numbers],
            "ExecutionProperty": [
                *(said(number, "parent_dag_id", int_value=1) for number in numbers[1:]),
                said(last, "cached_execution_id", string_value="2"),
                said(2, "epochs", int_value=3),
                said(2, "rate", int_value=1_000_000),
                said(3, "Pipeline_id", int_value=1),
                *(said(one, "cached_execution_id", string_value=text) for one, text in more),
            ],
            "Context": [{"id": 1, "type_id": 2, "name": "a run", **times}],
            "Association": [
                {"id": number, "context_id": 1, "execution_id": number} for number in numbers
            ],
        },
        schema,
    )


def others(store, count=7):
    """Executions and contexts that were there before."""
    store.types.put_many([ExecutionType(name="E"), ContextType(name="C")])
    store.executions.put_many([Execution(type="E") for _ in range(count)])
    store.contexts.put_many([Context(type="C", name=str(number)) for number in range(3)])


def by_source_id(store):
    return {one.source_id: one for one in store.executions.iterate() if one.source}


def test_ids_within_values_are_those_of_the_store(store, tmp_path):
    others(store)
    report = import_mlmd(store, kubeflow(tmp_path / "kfp.sqlite"))
    assert report.agrees and not report.problems and report.translated == 7
    here = by_source_id(store)
    query = f"custom_properties.parent_dag_id.int_value = {here[1].id}"
    tasks = store.executions.list(filter=query)
    assert [one.source_id for one in tasks] == [2, 3, 4, 5, 6]
    said = here[6].custom_properties
    assert said["cached_execution_id"] == str(here[2].id) != said["cached_execution_id_in_source"]
    assert (said["cached_execution_id_in_source"], said["parent_dag_id_in_source"]) == ("2", "1")
    (run,) = store.contexts.list(type="system.PipelineRun")
    assert here[3].custom_properties["Pipeline_id"] == run.id != 1
    assert report.like_ids == {"execution.epochs": 1}
    assert here[2].custom_properties["epochs"] == 3


def test_into_an_empty_store_nothing_need_be_translated(store, tmp_path):
    report = import_mlmd(store, kubeflow(tmp_path / "kfp.sqlite"))
    assert (report.translated, report.like_ids) == (0, {})
    assert "parent_dag_id_in_source" not in by_source_id(store)[2].custom_properties


@pytest.mark.parametrize("schema", [4, 10])
def test_a_later_copy_is_translated_alike(store, tmp_path, schema):
    others(store)
    path = tmp_path / "kfp.sqlite"
    import_mlmd(store, kubeflow(path, schema=schema))
    before = by_source_id(store)
    again = import_mlmd(store, path)
    assert (again.tables["Execution"].unchanged, again.tables["Execution"].updated) == (6, 0)
    path.unlink()
    later = import_mlmd(store, kubeflow(path, tasks=7, schema=schema), source="kfp")
    assert later.tables["Execution"].created == 2
    here = by_source_id(store)
    parents = [here[number].custom_properties["parent_dag_id"] for number in (2, 7, 8)]
    assert parents == [before[1].id] * 3 and here[2] == before[2]
    assert here[8].custom_properties["cached_execution_id"] == str(before[2].id)


def test_what_refers_to_a_later_one_or_to_none_is_told(store, tmp_path, monkeypatch):
    others(store)
    monkeypatch.setattr("graphstore.interop.importing.batches.NODES", 2)
    path = kubeflow(tmp_path / "kfp.sqlite", more=[(1, "6"), (4, "99"), (5, "x")])
    report = import_mlmd(store, path)
    here = by_source_id(store)
    assert here[1].custom_properties["cached_execution_id"] == str(here[6].id)
    assert here[1].custom_properties["cached_execution_id_in_source"] == "6"
    assert here[4].custom_properties["cached_execution_id"] == "99"
    assert here[5].custom_properties["cached_execution_id"] == "x"
    assert report.problems == [
        "Execution 4: cached_execution_id is 99, and there is no execution 99: left as it is"
    ]
    store.executions.put(here[1].evolve(custom_properties={"cached_execution_id": "mine"}))
    again = import_mlmd(store, path)
    assert again.tables["Execution"].unchanged == 6 and again.translated == 0
    assert by_source_id(store)[1].custom_properties == {"cached_execution_id": "mine"}


def test_blessings_name_the_models_of_their_own_history(store, tmp_path):
    store.types.put(ArtifactType(name="Other"))
    store.artifacts.put_many([Artifact(type="Other") for _ in range(50)])
    times = dict.fromkeys(("create_time_since_epoch", "last_update_time_since_epoch"), 1)
    values = ((2, "blessed", 1), (2, "current_model_id", 1), (3, "baseline_model_id", 1))
    rows = {
        "Type": [
            {"id": 1, "name": "Model", "type_kind": 1},
            {"id": 2, "name": "ModelBlessing", "type_kind": 1},
        ],
        "Artifact": [
            {"id": number, "type_id": type_id, "state": 2, **times}
            for number, type_id in ((1, 1), (2, 2), (3, 2))
        ],
        "ArtifactProperty": [
            {"artifact_id": id_, "name": name, "is_custom_property": 1, "int_value": value}
            for id_, name, value in values
        ],
    }
    import_mlmd(store, mlmd_files.write(tmp_path / "tfx.sqlite", rows))
    (model,) = store.artifacts.list(type="Model")
    (named,) = store.resolve.latest_blessed(evidence="current_model_id")
    said = named.approvals[0].custom_properties
    assert named.artifact == model and said["current_model_id"] == model.id == 51
    assert said["current_model_id_in_source"] == "1"
    # As it was imported before ids were translated.
    store.artifacts.put(
        named.approvals[0].evolve(custom_properties={"blessed": 1, "current_model_id": 1})
    )
    (again,) = store.resolve.latest_blessed(evidence="current_model_id")
    assert again.artifact == model


def test_ids_can_be_kept_in_an_empty_store(store, tmp_path):
    path = kubeflow(tmp_path / "kfp.sqlite")
    import_mlmd(store, path, keep_ids=True)
    assert all(one.id == number for number, one in by_source_id(store).items())
    path.unlink()
    assert import_mlmd(store, kubeflow(path, tasks=7), keep_ids=True).agrees
    store.types.put(ExecutionType(name="E"))
    new = store.executions.put(Execution(type="E"))
    assert new.id not in {one.id for one in by_source_id(store).values()}
    with pytest.raises(FailedPrecondition, match="empty store only"):
        import_mlmd(store, IRIS, keep_ids=True)
    assert import_mlmd(store, IRIS).agrees


def test_an_import_that_keeps_ids_goes_on_after_a_stop(store, tmp_path, monkeypatch):
    monkeypatch.setattr("graphstore.interop.importing.batches.NODES", 2)
    path = kubeflow(tmp_path / "kfp.sqlite")
    told = []

    def stop(progress):
        told.append(progress)
        if len(told) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_mlmd(store, path, keep_ids=True, on_progress=stop)
    assert len(by_source_id(store)) < 6
    assert import_mlmd(store, path).agrees
    here = by_source_id(store)
    assert len(here) == 6 and all(one.id == number for number, one in here.items())


def iris(path, time):
    """A file with one run of a pipeline called iris."""
    times = {"create_time_since_epoch": time, "last_update_time_since_epoch": time}
    rows = {
        "Type": [
            {"id": 1, "name": "Trainer", "type_kind": 0},
            {"id": 2, "name": "pipeline", "type_kind": 2},
        ],
        "Execution": [{"id": 1, "type_id": 1, **times}],
        "Context": [{"id": 1, "type_id": 2, "name": "iris", **times}],
        "Association": [{"id": 1, "context_id": 1, "execution_id": 1}],
    }
    return mlmd_files.write(path, rows)


def test_the_contexts_of_a_history_can_be_its_own(store, tmp_path):
    one, two, three = (
        iris(tmp_path / f"{name}.sqlite", time)
        for name, time in (("one", 1_700_000_000_000), ("two", 1_700_000_000_001), ("three", 1))
    )
    import_mlmd(store, one)
    import_mlmd(store, two, separate=True)
    import_mlmd(store, three)
    names = {context.name: context for context in store.contexts.list(type="pipeline")}
    assert sorted(names) == ["iris", "iris@two"]
    assert len(store.executions.list(context=names["iris"])) == 2
    assert [e.source for e in store.executions.list(context=names["iris@two"])] == ["two"]
    assert import_mlmd(store, two).agrees
    assert len(store.contexts.list(type="pipeline")) == 2
    with pytest.raises(FailedPrecondition, match="imported before, its contexts among those"):
        import_mlmd(store, one, separate=True)

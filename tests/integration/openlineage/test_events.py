"""What real clients do that one would not guess, and what becomes of what they say."""

from __future__ import annotations

import gzip
import json
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from graphstore import EventType, ExecutionState, Store
from graphstore.errors import FailedPrecondition, InvalidArgument, UnsupportedFile
from graphstore.interop.openlineage import export_openlineage, import_openlineage
from graphstore.interop.openlineage.events import parse
from graphstore.interop.openlineage.ingestion import Ingestion
from graphstore.model.nodes import Artifact, Execution
from graphstore.model.types import ExecutionType
from graphstore.model.values import PropertyKind
from tests.integration.history.test_as_of import moment
from tests.integration.openlineage.events import Json, at, event, graph_of, random_events, run_id


def take(store: Store, *events: Json) -> None:
    """Take in some events, one after the other."""
    ingestion = Ingestion(store)
    for one in events:
        ingestion.put([parse(one)])


def run(store: Store, number: int) -> Execution:
    (one,) = [e for e in store.executions.list() if e.external_id == run_id(number)]
    return one


def versions(store: Store, name: str) -> list[Artifact]:
    return [one for one in store.artifacts.list() if one.properties["dataset"] == name]


def sources(store: Store, name: str) -> set[str]:
    """The datasets that the only version of this one was made from."""
    (version,) = versions(store, name)
    above = store.lineage.upstream(version).artifacts.values()
    return {str(one.properties["dataset"]) for one in above} - {name}


def test_start_need_not_come_first_or_at_all(store: Store) -> None:
    take(store, event("COMPLETE", 5, 1, outputs=["a"]))  # as of an Airflow DAG
    assert run(store, 1).state is ExecutionState.COMPLETE
    assert (run(store, 1).start_time, run(store, 1).end_time is None) == (None, False)
    take(store, event("START", 1, 1))
    began = run(store, 1).start_time
    assert began is not None and began.minute == 1
    assert run(store, 1).state is ExecutionState.COMPLETE


def test_running_after_complete_changes_no_state(store: Store) -> None:
    take(store, event("COMPLETE", 5, 1), event("RUNNING", 6, 1), event("START", 7, 1))
    assert run(store, 1).state is ExecutionState.COMPLETE
    take(store, event("FAIL", 4, 1), event("COMPLETE", 9, 1))
    assert run(store, 1).state is ExecutionState.FAILED


def test_an_event_without_a_type_is_one_all_the_same(store: Store) -> None:
    take(store, event(None, 1, 1, inputs=["a"], outputs=["b"]))
    assert run(store, 1).state is ExecutionState.UNKNOWN
    assert sources(store, "b") == {"a"}


def test_one_event_six_times_changes_nothing(store: Store) -> None:
    one = event("START", 1, 1, inputs=["a"], outputs=["b"])
    take(store, one)
    before, changes = graph_of(store), len(list(store.changes()))
    take(store, *[one] * 5)
    assert graph_of(store) == before
    assert len(list(store.changes())) == changes


def test_start_and_complete_need_not_repeat_all(store: Store) -> None:
    take(
        store,
        event("START", 1, 1, inputs=["a"], facets={"x": {"v": 1}, "y": {"v": 1}}),
        event("COMPLETE", 2, 1, outputs=["b"], facets={"y": {"v": 2}}),
    )
    assert sources(store, "b") == {"a"}
    facets = run(store, 1).properties["said"]["facets"]
    assert {name: value["v"] for name, (_, value) in facets.items()} == {"x": 1, "y": 2}


def test_a_facet_that_is_taken_back_stays_so_whatever_comes_late(store: Store) -> None:
    code: Json = {"sourceCodeLocation": {"type": "git", "url": "x", "version": "abc"}}
    gone: Json = {"sourceCodeLocation": {"_deleted": True}}
    take(store, event("START", 1, 1, job_facets=code))
    assert run(store, 1).properties["code_version"] == "abc"
    take(store, event("COMPLETE", 2, 1, job_facets=gone))
    assert "code_version" not in run(store, 1).properties
    take(store, event("RUNNING", 1.5, 1, job_facets=code))
    assert "code_version" not in run(store, 1).properties


def test_the_inputs_and_outputs_of_spark_are_on_several_runs_and_lineage_goes_through_the_parent(
    store: Store,
) -> None:
    spark: Json = {"jobType": {"integration": "SPARK", "processingType": "BATCH"}}
    take(
        store,
        event("START", 0, 9, "app", job_facets=spark),
        event("START", 1, 1, "app.read", inputs=["raw"], parent=9, job_facets=spark),
        event("START", 2, 2, "app.write", outputs=["model"], parent=9, job_facets=spark),
        event("COMPLETE", 3, 2, "app.write", parent=9, job_facets=spark),
    )
    assert sources(store, "model") == {"raw"}
    assert run(store, 1).state is ExecutionState.RUNNING  # it never ends
    # Once it says what it read, it needs nobody else.
    take(store, event("RUNNING", 2.5, 2, "app.write", inputs=["other"], job_facets=spark))
    assert sources(store, "model") == {"other"}


def test_the_tasks_of_an_orchestrator_are_not_joined_by_their_parent(store: Store) -> None:
    take(
        store,
        event("COMPLETE", 1, 1, "dag.test", inputs=["raw"], parent=9),
        event("COMPLETE", 2, 2, "dag.seed", outputs=["seed"], parent=9),
    )
    assert sources(store, "seed") == set()


def test_a_parent_that_never_tells_of_itself_is_there_with_its_root(store: Store) -> None:
    take(store, event("START", 1, 1, parent=8, root=9))
    parent = run(store, 8)
    assert (parent.state, parent.properties["job"]) == (None, "parent 8")
    contexts = {one.name: one for one in store.contexts.list(type="openlineage.Run")}
    above = [one.name for one in store.contexts.parents(contexts[run_id(1)])]
    assert sorted(above) == sorted(["n/job", run_id(8)])
    assert run_id(9) in [one.name for one in store.contexts.parents(contexts[run_id(8)])]
    take(store, event("COMPLETE", 3, 8, "itself"))
    assert run(store, 8).properties["job"] == "itself"


def test_run_ids_in_braces_and_capitals_and_times_without_a_zone_are_the_same(
    store: Store,
) -> None:
    one = event("START", 1, 0xABCDEF)
    two = {**event("COMPLETE", 2, 0), "eventTime": "2026-01-01T00:02:00.123456789"}
    two["run"] = {"runId": "{" + run_id(0xABCDEF).upper() + "}"}
    take(store, one, two)
    (only,) = store.executions.list()
    assert only.end_time is not None and only.end_time.isoformat().endswith("00:02:00.123000+00:00")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T01:00+0100", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T01:00:00+01:00[Europe/Paris]", "2026-01-01T00:00:00"),
        ("2025-12-31T19:00:00-05:00", "2026-01-01T00:00:00.000000000Z"),
    ],
)
def test_times_are_read_as_clients_write_them(text: str, same: str) -> None:
    one, other = ({**event("START", 0, 1), "eventTime": time} for time in (text, same))
    assert parse(one).time == parse(other).time


def test_an_input_is_the_newest_version_before_the_run_began(store: Store) -> None:
    for number in (1, 2, 3):
        take(store, event("COMPLETE", 10 * number, number, "load", outputs=["a"]))
    take(store, event("START", 25, 9, "read", inputs=["a"], outputs=["b"]))
    (made,) = versions(store, "b")
    above = store.lineage.upstream(made).artifacts.values()
    read = [one.properties["written_by"] for one in above if one.properties["dataset"] == "a"]
    assert read == [run_id(2)]


def test_a_writer_that_is_heard_of_late_is_read_all_the_same(store: Store) -> None:
    take(store, event("START", 25, 9, "read", inputs=["a"], outputs=["b"]))
    (unwritten,) = versions(store, "a")
    assert "written" not in unwritten.properties
    take(store, event("COMPLETE", 20, 2, "load", outputs=["a"]))
    (version,) = versions(store, "a")  # what nobody reads any more is gone
    assert version.properties["written_by"] == run_id(2)
    assert sources(store, "b") == {"a"}
    take(store, event("COMPLETE", 24, 3, "load", outputs=["a"]))
    read = store.lineage.upstream(versions(store, "b")[0]).artifacts.values()
    assert {str(one.properties.get("written_by")) for one in read} == {run_id(3), run_id(9)}
    past = store.database.driver.execute_query(
        "MATCH (a)-[e:RETRACTED_INPUT]->()"
        " RETURN a.written_by AS by, a.id AS id, e._until AS until ORDER BY until"
    ).records
    assert [(row["by"], row["id"]) for row in past] == [
        (None, unwritten.id),
        (run_id(2), version.id),
    ]
    assert None not in [row["until"] for row in past]
    buried = store.artifacts.get(unwritten)
    assert buried.deletion is not None
    assert buried.deletion.reason == (
        "it stood for db/a, which nobody was known to have written; nothing reads it any more"
    )


def test_what_nobody_is_known_to_have_written_any_more_is_there_again(store: Store) -> None:
    take(store, event("START", 25, 9, "read", inputs=["a"], outputs=["b"]))
    (unwritten,), (made,) = versions(store, "a"), versions(store, "b")
    before, then = set(store.lineage.upstream(made).artifacts), moment(store.database)
    take(store, event("START", 20, 2, "load", outputs=["a"]))
    between, while_written = set(store.lineage.upstream(made).artifacts), moment(store.database)
    assert between != before
    take(store, event("FAIL", 21, 2, "load", outputs=["a"]))
    (again,) = [one for one in versions(store, "a") if "written_by" not in one.properties]
    assert again.id != unwritten.id and again.external_id == unwritten.external_id
    assert again.id in store.lineage.upstream(made).artifacts
    assert set(store.lineage.upstream(made, as_of=then).artifacts) == before
    assert set(store.lineage.upstream(made, as_of=while_written).artifacts) == between


def test_as_of_a_time_before_an_event_was_taken_back_it_is_followed(store: Store) -> None:
    take(store, event("COMPLETE", 1, 1, outputs=["a"]))
    take(store, event("COMPLETE", 20, 2, inputs=["a"], outputs=["b"]))
    (old,), (made,), reader = versions(store, "a"), versions(store, "b"), run(store, 2)

    def told(as_of: datetime | None) -> list[Any]:
        lineage, inputs = store.lineage, [EventType.INPUT]
        return [
            set(lineage.upstream(made, as_of=as_of).artifacts),
            set(lineage.upstream(made, as_of=as_of, event_types=[*EventType]).executions),
            set(lineage.upstream(reader, as_of=as_of, event_types=inputs).artifacts),
            set(lineage.downstream(old, as_of=as_of).artifacts),
            set(lineage.connected(old, as_of=as_of).executions),
            set(lineage.ids("upstream", made, as_of=as_of).artifacts),
            {one.node.ref for one in lineage.stream("upstream", made, as_of=as_of)},
            {
                (one.artifact_id, one.type)
                for one in lineage.upstream(made, as_of=as_of).events
                if one.execution_id == reader.id
            },
            {
                (event.artifact_id, event.type)
                for one in lineage.stream("upstream", made, as_of=as_of)
                for event in one.events
                if event.execution_id == reader.id
            },
            [
                (one.artifact_id, one.type)
                for one in store.events.of_executions(reader, as_of=as_of)
            ],
            [(one.execution_id, one.type) for one in store.events.of_artifacts(old, as_of=as_of)],
            [
                one.id
                for kind in ("type = INPUT", "type IN (INPUT, OUTPUT)", "type != OUTPUT")
                for one in store.artifacts.list(
                    filter=f"events_0.execution_id = {reader.id} AND events_0.{kind}", as_of=as_of
                )
            ],
        ]

    before, then = told(None), moment(store.database)
    take(store, event("COMPLETE", 10, 3, outputs=["a"]))
    after = told(None)
    assert [one for one, other in zip(before, after, strict=True) if one == other] == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert told(then) == before
        assert told(moment(store.database)) == told(None) == after


def test_the_version_that_is_named_counts_whatever_its_time(store: Store) -> None:
    def named(version: str) -> Json:
        facets = {"version": {"datasetVersion": version}}
        return {"namespace": "db", "name": "a", "facets": facets}

    take(store, event("START", 5, 9, "read", inputs=[named("1")], outputs=["b"]))
    (missing,) = versions(store, "a")
    assert missing.properties["dataset_version"] == "1"
    take(store, event("COMPLETE", 1, 2, outputs=[named("2")]))
    take(store, event("COMPLETE", 90, 1, outputs=[named("1")]))
    read = store.lineage.upstream(versions(store, "b")[0]).artifacts.values()
    assert {str(one.properties["written_by"]) for one in read} == {run_id(1), run_id(9)}
    assert len(versions(store, "a")) == 2


def test_what_a_failed_run_left_is_nobodys_input(store: Store) -> None:
    take(
        store,
        event("COMPLETE", 1, 1, outputs=["a"]),
        event("FAIL", 2, 2, outputs=["a"], facets={"errorMessage": {"message": "disk full"}}),
        event("START", 3, 3, inputs=["a"], outputs=["b"]),
    )
    read = store.lineage.upstream(versions(store, "b")[0]).artifacts.values()
    assert run_id(2) not in {one.properties["written_by"] for one in read}
    failed = [one for one in versions(store, "a") if one.properties["written_by"] == run_id(2)]
    assert [one.state and one.state.value for one in failed] == ["ABANDONED"]
    assert run(store, 2).properties["error_message"] == "disk full"


def test_the_facet_lineage_says_what_each_output_was_made_from(store: Store) -> None:
    def made_from(*names: str) -> Json:
        inputs = [{"namespace": "db", "name": name, "type": "DATASET"} for name in names]
        return {"lineage": {"inputs": inputs}}

    one = {"namespace": "db", "name": "one", "facets": made_from("a")}
    two = {"namespace": "db", "name": "two", "facets": made_from()}
    take(store, event("COMPLETE", 1, 1, inputs=["a", "b"], outputs=[one, two, "three"]))
    assert sources(store, "one") == {"a"}
    assert sources(store, "two") == set()  # empty inputs: it has no upstream
    assert sources(store, "three") == {"a", "b"}


def test_a_dataset_may_say_by_itself_what_it_was_made_from(store: Store) -> None:
    said = {"inputs": [{"namespace": "db", "name": "a", "type": "DATASET"}]}
    of = {"namespace": "db", "name": "b", "facets": {"lineage": said, "z": {"v": 1}}}
    one = {"eventTime": at(1), "producer": "p", "schemaURL": "s", "dataset": of}
    take(store, one, one)
    assert sources(store, "b") == {"a"}
    (context,) = [c for c in store.contexts.list() if c.name == "db/b"]
    assert context.properties["said"]["facets"]["z"][1] == {"v": 1}


def test_a_job_may_tell_of_itself_before_it_ran(store: Store) -> None:
    job = {"namespace": "n", "name": "job", "facets": {"documentation": {"description": "why"}}}
    one = {"eventTime": at(1), "producer": "p", "schemaURL": "s", "job": job, "own": [1]}
    take(store, one, event("START", 2, 1))
    (context,) = store.contexts.list(type="openlineage.Job")
    said = context.properties["said"]
    assert said["facets"]["documentation"][1] == {"description": "why"}
    assert said["rest"]["own"][1] == [1]  # what nobody knows is kept
    assert [run.context.name for run in store.history("n/job").runs] == [run_id(1)]


def test_parameters_and_code_are_where_questions_look_for_them(store: Store) -> None:
    told = [{"key": "lr", "name": "lr", "value": 0.1}, {"key": "deep", "value": {"a": 1}}]
    for number, rate in ((1, 0.1), (2, 0.5)):
        told[0]["value"] = rate
        facets = json.loads(json.dumps({"executionParameters": {"parameters": told}}))
        take(store, event("COMPLETE", number, number, outputs=["m"], facets=facets))
    compared = store.compare([run(store, 1), run(store, 2)])
    assert "lr" in str(compared) and "0.5" in str(compared)
    assert run(store, 1).custom_properties == {"lr": 0.1, "deep": '{"a": 1}'}


def test_questions_work_on_what_came_in(store: Store) -> None:
    take(
        store,
        event("START", 0, 1, "clean", inputs=["raw"]),
        event("COMPLETE", 1, 1, "clean", outputs=["examples"]),
        event("START", 2, 2, "train", inputs=["examples"]),
        event("COMPLETE", 3, 2, "train", outputs=["model"]),
    )
    (model,) = versions(store, "model")
    (raw,) = versions(store, "raw")
    assert "db/raw" in str(store.explain(model))
    assert model.ref.short in str(store.impact(raw).to_dict())
    assert "COMPLETE" in str(store.history("n/train"))


def test_a_file_is_imported_again_as_it_grows_whatever_its_form(
    store: Store, tmp_path: Path
) -> None:
    events = [event("COMPLETE", 1, 1, outputs=["a"]), event("START", 2, 2, inputs=["a"])]
    file = tmp_path / "events.ndjson"
    lines = [json.dumps(one) for one in events]
    file.write_text(f"{lines[0]}\n\n{lines[1][:40]}")
    report = import_openlineage(store, file)
    assert (report.read, report.taken, report.refused, report.agrees) == (2, 1, 1, False)
    assert "event 2: it is no JSON" in report.problems[0]
    file.write_text("\n".join(lines))
    assert import_openlineage(store, file).agrees
    before = graph_of(store)
    (tmp_path / "list.json").write_text(json.dumps(events))
    (tmp_path / "list.gz").write_bytes(gzip.compress(json.dumps(events).encode(), mtime=0))
    for name in ("list.json", "list.gz"):
        assert import_openlineage(store, tmp_path / name).taken == 2
    assert graph_of(store) == before
    for text in ("no events", "[1, 2"):
        file.write_text(text)
        with pytest.raises(UnsupportedFile):
            import_openlineage(store, file)
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"{}\n" * 9, mtime=0)[:-9])
    with pytest.raises(UnsupportedFile):
        import_openlineage(store, tmp_path / "cut.gz")


def test_what_came_in_goes_out_and_comes_in_again_the_same(store: Store, tmp_path: Path) -> None:
    import random

    events: list[Json] = random_events(random.Random(5), runs=25)
    about: Any = {"namespace": "db", "name": "d0", "facets": {"z": {"v": 1}}}
    events.append({"eventTime": at(1), "producer": "p", "schemaURL": "s", "dataset": about})
    Ingestion(store).put([parse(one) for one in events])
    before = graph_of(store)
    report = export_openlineage(store, tmp_path / "out.ndjson")
    assert report.runs == len({one["run"]["runId"] for one in events if "run" in one})
    store.database.driver.execute_query(
        "MATCH (n:Artifact|Execution|Context|Revision) DETACH DELETE n"
    )
    assert import_openlineage(store, tmp_path / "out.ndjson").agrees
    after = graph_of(store)
    assert after["edges"] == before["edges"]
    assert after["nodes"] == before["nodes"]
    (tmp_path / "one.ndjson").write_text("")
    with pytest.raises(UnsupportedFile):
        export_openlineage(store, tmp_path / "one.ndjson")


def test_what_the_recorder_recorded_goes_out_as_the_schemas_have_it(
    store: Store, tmp_path: Path
) -> None:
    """Values of parameters are texts there, and an error says its language.

    `tests/acceptance/run_openlineage_schemas.sh` asks the schemas themselves.
    """
    parameters = {"rate": 0.1, "layers": [1, 2], "nested": {"a": None}, "name": "x", "on": True}
    with store.run("nightly", capture=()) as run:
        with pytest.raises(ValueError, match="diverged"):
            with run.execution("Train", parameters=parameters):
                raise ValueError("diverged")
    export_openlineage(store, tmp_path / "out.ndjson")
    start, end = map(json.loads, (tmp_path / "out.ndjson").read_text().splitlines())
    assert (start["eventType"], end["eventType"]) == ("START", "FAIL")
    for one in (start, end):
        facet = one["run"]["facets"]["executionParameters"]
        told = {said["key"]: said["value"] for said in facet["parameters"]}
        assert told == {
            "rate": "0.1",
            "layers": "[1, 2]",
            "nested": '{"a": null}',
            "name": "x",
            "on": "true",
        }
    assert "errorMessage" not in start["run"]["facets"]
    error = end["run"]["facets"]["errorMessage"]
    assert (error["message"], error["programmingLanguage"]) == ("diverged", "PYTHON")
    assert error["stackTrace"].rstrip().endswith("ValueError: diverged")
    assert import_openlineage(store, tmp_path / "out.ndjson").agrees


def test_a_run_that_only_ended_took_nobody_knows_how_long(store: Store, tmp_path: Path) -> None:
    take(store, event("COMPLETE", 5, 1, job="dag"))  # what Airflow tells of a whole DAG
    (past,) = store.history("n/dag").runs
    assert (past.began, past.ended) == (run(store, 1).end_time, run(store, 1).end_time)
    assert past.seconds is None
    assert "\n0 " not in str(store.history("n/dag"))
    take(store, event("START", 9, 2, job="dag"), event("COMPLETE", 8, 2, job="dag"))
    assert [one.seconds for one in store.history("n/dag").runs] == [None, -60]
    assert "-60" in str(store.history("n/dag"))  # of two clocks, and it can be drawn


def test_parents_that_go_round_in_a_circle_are_no_circle_of_contexts(store: Store) -> None:
    circle = [event("START", 1, one, parent=other) for one, other in ((1, 2), (2, 3), (3, 1))]
    Ingestion(store).put([parse(one) for one in circle])
    rows = store.database.driver.execute_query(
        "MATCH (one:Context)-[:CHILD_OF]->(:Context {type: 'openlineage.Run'})"
        " RETURN one.name AS name, EXISTS { (one)-[:CHILD_OF*1..]->(one) } AS round"
    ).records
    assert len(rows) == 2
    assert not any(row["round"] for row in rows)


def test_what_was_recorded_otherwise_is_no_run_of_openlineage(store: Store) -> None:
    store.types.put(ExecutionType(name="Trainer", properties={"lr": PropertyKind.DOUBLE}))
    mine = store.executions.put(
        Execution(type="Trainer", external_id=run_id(1), properties={"lr": 0.1})
    )
    for about in (event("START", 1, 1), event("START", 1, 2, parent=1)):
        with pytest.raises(FailedPrecondition, match="type Trainer, which was recorded otherwise"):
            take(store, about)
    assert list(store.executions.list()) == [mine]


def test_odd_facets_are_kept_and_no_mistake(store: Store) -> None:
    facets = {"sourceCodeLocation": {"version": 7}, "jobType": {"integration": ["SPARK"]}}
    take(store, event("COMPLETE", 5, 1, inputs=["a"], job_facets=facets))
    assert run(store, 1).properties["code_version"] == "7"


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00"])
def test_a_time_beyond_all_years_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="there is no time"):
        parse({**event("START", 1, 1), "eventTime": text})


def test_why_a_job_of_spark_failed_is_in_a_facet_of_its_own(store: Store) -> None:
    said = {"message": "Job aborted", "stackTrace": "at Rows"}  # and COMPLETE comes all the same
    take(
        store,
        event("FAIL", 2, 1, outputs=["a"], facets={"spark.exception": said}),
        event("COMPLETE", 2.1, 1, outputs=["a"]),
    )
    failed = run(store, 1)
    assert failed.state is ExecutionState.FAILED
    assert failed.properties["error_message"] == "Job aborted"
    assert failed.properties["error_traceback"] == "at Rows"
    take(store, event("FAIL", 3, 1, facets={"errorMessage": {"message": "disk full"}}))
    assert run(store, 1).properties["error_message"] == "disk full"  # the specification's counts
    assert "error_traceback" not in run(store, 1).properties


@pytest.mark.parametrize(
    ("namespace", "name", "uri"),
    [
        ("file", "/data/x.csv", "file:///data/x.csv"),  # Spark, and an Asset of Airflow's
        ("file://", "data/x.csv", "file:///data/x.csv"),  # a File of Airflow's
        ("file://host", "/data/x.csv", "file://host/data/x.csv"),
        ("s3://lake", "data/x.csv", "s3://lake/data/x.csv"),
    ],
)
def test_a_dataset_is_where_its_two_names_say(
    store: Store, namespace: str, name: str, uri: str
) -> None:
    take(store, event("COMPLETE", 1, 1, outputs=[{"namespace": namespace, "name": name}]))
    assert [one.uri for one in store.artifacts.list()] == [uri]

"""A pipeline over time: its runs, their trend, and the pictures of both."""

import json
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta, timezone

import pytest

from graphstore import (
    Context,
    ContextType,
    Execution,
    ExecutionState,
    ExecutionType,
)
from graphstore.errors import InvalidArgument, NotFound
from graphstore.render.charts import Panel, sparkline, svg

NOON = datetime(2026, 3, 10, 12, tzinfo=timezone.utc)
LATER = NOON + timedelta(days=1)


pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def ran(store):
    """A factory: a run that the recorder recorded, moved to where it should be in time."""

    def make(began, minutes, accuracy=None, *, pipeline="iris", status="COMPLETE", states=()):
        with store.run(pipeline, capture=()) as run:
            for state in states or ("COMPLETE",):
                with run.execution("Trainer") as step:
                    if accuracy is not None:
                        step.output("m", "s3://m", type="Model", properties={"accuracy": accuracy})
                store.executions.put(step.execution.evolve(state=ExecutionState(state)))
        end = None if minutes is None else began + timedelta(minutes=minutes)
        properties = {**run.context.properties, "status": status}
        return store.contexts.put(
            run.context.evolve(start_time=began, end_time=end, properties=properties)
        )

    return make


def days(number):
    return timedelta(days=number)


def test_runs_in_the_order_of_time(store, ran):
    second = ran(NOON, 10, 0.9, states=("COMPLETE", "CACHED", "CACHED"))
    first = ran(NOON - days(1), 5, 0.8)
    third = ran(NOON + timedelta(hours=1), 1, status="FAILED", states=("COMPLETE", "FAILED"))
    answer = store.history("iris", on=LATER)
    assert [run.context.id for run in answer.runs] == [first.id, second.id, third.id]
    assert [run.seconds for run in answer.runs] == [300, 600, 60]
    assert [run.outcome for run in answer.runs] == ["COMPLETE", "COMPLETE", "FAILED"]
    assert [(run.steps, run.cached, run.failed) for run in answer.runs] == [
        (1, 0, 0),
        (3, 2, 0),
        (2, 0, 1),
    ]
    assert [run.metrics.get("accuracy") for run in answer.runs] == [0.8, 0.9, None]
    assert (answer.found, answer.metrics) == (3, ("accuracy",))


def test_the_last_day_against_the_week_before(store, ran):
    ran(NOON - days(8), 1000, 0.1)  # too long ago
    for day, minutes, accuracy in ((7, 10, 0.5), (3, 20, 0.6), (1, 60, 0.7)):
        ran(NOON - days(day), minutes, accuracy)
    ran(NOON - days(2), 1, status="FAILED")  # does not count
    ran(NOON, 30, 0.8)
    ran(NOON + timedelta(hours=2), 50, 0.9)
    answer = store.history("iris", limit=1, on=LATER)
    assert len(answer.runs) == 1
    assert answer.found == 7
    seconds, accuracy = answer.trends
    assert (seconds.name, seconds.recent, seconds.before) == (
        "seconds",
        (1800, 3000),
        (600, 1200, 3600),
    )
    assert (accuracy.recent, accuracy.before) == ((0.8, 0.9), (0.5, 0.6, 0.7))
    assert seconds.change == 1.0
    document = answer.to_dict()
    assert document["day"] == "2026-03-10"
    assert document["trends"]["seconds"] == {
        "recent": {"runs": 2, "mean": 2400, "median": 2400},
        "before": {"runs": 3, "mean": 1800, "median": 1200},
        "change": 1.0,
    }
    assert "+100.0%" in str(answer)


def test_nothing_to_compare_with(store, ran):
    ran(NOON, 10)
    (seconds,) = store.history("iris", on=LATER).trends
    assert (seconds.recent, seconds.before, seconds.change) == ((600,), (), None)


def test_as_it_was_then(store, ran):
    earlier, later = ran(NOON, 10), ran(NOON + timedelta(hours=1), 60)
    ran(NOON + timedelta(hours=3), 10)
    answer = store.history("iris", on=NOON + timedelta(hours=1, minutes=30))
    assert [run.context.id for run in answer.runs] == [earlier.id, later.id]
    last = answer.runs[-1]
    assert (last.outcome, last.ended, last.seconds) == ("RUNNING", None, 1800)
    assert answer.trends[0].recent == (600,)


def test_a_run_that_goes_on(store, ran):
    ran(NOON, None, status="RUNNING")
    (run,) = store.history("iris", on=NOON + timedelta(minutes=7)).runs
    assert (run.outcome, run.ended, run.seconds) == ("RUNNING", None, 420)


def test_other_pipelines_do_not_mix(store, ran):
    ran(NOON, 1)
    other = ran(NOON, 2, pipeline="other")
    (run,) = store.history("other", on=LATER).runs
    assert run.context.id == other.id


def test_runs_that_only_share_steps_with_their_pipeline(store):
    for name in ("pipeline", "pipeline_run"):
        store.types.put(ContextType(name=name))
    store.types.put(ExecutionType(name="Trainer"))
    pipeline = store.contexts.put(Context(type="pipeline", name="old"))
    for number in range(2):
        store.publish(
            Execution(
                type="Trainer",
                state=ExecutionState.COMPLETE,
                start_time=NOON + days(number),
                end_time=NOON + days(number) + timedelta(seconds=30),
            ),
            contexts=[pipeline, Context(type="pipeline_run", name=f"run {number}")],
        )
    answer = store.history(pipeline, on=LATER + days(1))
    assert [run.seconds for run in answer.runs] == [30, 30]
    assert [run.outcome for run in answer.runs] == ["COMPLETE"] * 2


def test_a_history_of_tfx(iris):
    answer = iris.history("iris")
    assert [run.outcome for run in answer.runs].count("FAILED") == 1
    assert answer.runs[4].outcome == "FAILED"
    assert [run.seconds for run in answer.runs] == [
        5.957,
        5.186,
        5.424,
        6.133,
        4.709,
        8.735,
        11.917,
    ]
    assert [run.metrics.get("accuracy") for run in answer.runs][3:] == [
        0.973333,
        None,
        0.98,
        0.333333,
    ]
    assert answer.metrics[0] == "accuracy"
    assert iris.history("c1", on=answer.on) == iris.history(1, on=answer.on) == answer
    only = iris.history("iris", metric="examples")
    assert [trend.name for trend in only.trends] == ["seconds", "examples"]


def test_how_it_is_told(iris):
    answer = iris.history("iris", limit=3)
    text = answer.to_text(80)
    assert text.startswith("iris (c1): the last 3 of 7 runs\n")
    assert "c42  2026-11-21 02:25:27    4.709      6       0       1  FAILED" in text
    assert "outcome   ✗✓✓" in text
    assert "accuracy  ·█▁  0.333333 to 0.98" in text
    json.dumps(answer.to_dict(), allow_nan=False)
    picture = ET.fromstring(answer.to_svg())
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    labels = [element.text for element in picture.iter() if element.text]
    for text in ("duration (s)", "accuracy", "COMPLETE", "FAILED", "02:25:27"):
        assert text in labels
    assert "runs, oldest first, by when they began (UTC)" in labels
    bundle = answer._repr_mimebundle_()
    assert bundle["text/plain"] == str(answer)
    assert answer.to_svg() in bundle["text/html"]
    assert bundle["text/html"].count("<tr") == 2 + len(answer.runs) + len(answer.trends)


def test_a_pipeline_without_runs(store):
    store.types.put(ContextType(name="Pipeline"))
    store.contexts.put(Context(type="Pipeline", name="new"))
    answer = store.history("new", metric="accuracy", on=NOON)
    assert (answer.runs, answer.found, answer.day, answer.trends) == ((), 0, None, ())
    assert str(answer) == "new (c1): no runs until 2026-03-10 12:00:00 UTC"
    assert ET.fromstring(answer.to_svg()).tag.endswith("svg")
    assert "no runs until" in answer._repr_mimebundle_()["text/html"]


def test_few_queries_however_many_runs(store, ran, caplog):
    counts = []
    for number in range(4):
        ran(NOON + timedelta(hours=number), 1)
        caplog.clear()
        with caplog.at_level("DEBUG", logger="neo4j.io"):
            store.history("iris", on=LATER)
        counts.append(sum(" C: RUN" in record.getMessage() for record in caplog.records))
    assert counts == [4] * 4


@pytest.mark.parametrize(
    ("pipeline", "options", "error", "says"),
    [
        ("nope", {}, NotFound, "no pipeline has name 'nope'; there are 'iris'"),
        ("c99", {}, NotFound, "no context has id 99"),
        ("c2", {}, InvalidArgument, r"c2 is a run \(pipeline_run\), no pipeline"),
        ("a5", {}, InvalidArgument, "expected a context; a5 is an artifact"),
        (1.5, {}, InvalidArgument, "expected a context, by itself, its id, .*; found float 1.5"),
        ("iris", {"metric": "auc"}, InvalidArgument, "'auc': there are accuracy, examples"),
        ("iris", {"limit": 0}, InvalidArgument, "limit must be"),
        ("iris", {"on": datetime(2026, 1, 1)}, InvalidArgument, "says no time zone"),
    ],
)
def test_wrong_questions_are_told(iris, pipeline, options, error, says):
    with pytest.raises(error, match=says):
        iris.history(pipeline, **options)


def test_two_pipelines_of_one_name(iris):
    with iris.run("iris"):
        pass
    with pytest.raises(InvalidArgument, match=r"is the name of c1 \(pipeline\) and c\d+ \(Pip"):
        iris.history("iris")


def test_an_empty_store(store):
    with pytest.raises(NotFound, match="there are none in this store"):
        store.history("iris")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([None, None], "··"),
        ([1, None, 2], "▁·█"),
        ([3, 3], "▄▄"),
        ([float("inf"), 1, 2], "↑▁█"),
        ([float("nan"), None, float("-inf")], "N·↓"),
    ],
)
def test_sparklines(values, line):
    assert sparkline(values) == line


def test_sparklines_from_zero():
    assert sparkline([5, 10], from_zero=True) == "▅█"


@pytest.mark.parametrize("values", [[], [None], [0.0], [-1.0, 1.0], [1e-9, 2e9], [float("nan")]])
def test_any_numbers_can_be_drawn(values):
    count = len(values)
    for bars in (True, False):
        text = svg("<t>", [Panel("&", values, bars)], ["x"] * count, ["?"] * count, ["<"] * count)
        assert "nan" not in text and "inf" not in text
        ET.fromstring(text)

"""Whose a run is that is there already."""

import os
import pickle
import platform
from datetime import datetime, timedelta, timezone

import pytest

from graphstore import Context
from graphstore.errors import FailedPrecondition
from graphstore.recording.attempts import attempts, judge
from graphstore.recording.code import Dependencies
from graphstore.system.processes import ProcessId

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
HERE = {
    "host": platform.node(),
    "pid": os.getpid(),
    "began": ProcessId.of(os.getpid()).created,
}
DEAD = {**HERE, "began": 1.0}
ELSEWHERE = {**HERE, "host": "elsewhere"}


def run(status, process=HERE, end=None):
    properties = {"status": status, **process}
    return Context(
        type="PipelineRun",
        name="first",
        id=1,
        start_time=NOON,
        end_time=end,
        properties=properties,
    )


@pytest.mark.parametrize(
    ("context", "resume", "what"),
    [
        (run("RUNNING"), False, "join"),
        (run("RUNNING"), True, "join"),
        (run("RUNNING", DEAD), False, "resume"),
        (run("RUNNING", ELSEWHERE), False, "join"),
        (run("RUNNING", ELSEWHERE), True, "resume"),
        (run("RUNNING", {}), False, "join"),
        (run("FAILED"), False, "resume"),
        (run("CANCELED"), False, "resume"),
        (run("ABANDONED"), False, "resume"),
        (run("COMPLETE"), True, "resume"),
    ],
)
def test_a_run_that_is_there_is_joined_or_gone_on_with(context, resume, what):
    assert judge(context, "iris", NOON, resume=resume) == what


def test_one_that_is_complete_is_refused():
    with pytest.raises(FailedPrecondition, match=r"COMPLETE at 2026-01-01 13:00:00 UTC \(c1\)"):
        judge(run("COMPLETE", end=NOON + timedelta(hours=1)), "iris", NOON, resume=False)


def test_what_waited_on_the_disk_is_not_refused_and_says_nothing_of_what_came_later():
    context = run("COMPLETE", end=NOON)
    later, earlier = NOON + timedelta(hours=1), NOON - timedelta(hours=1)
    assert judge(context, "iris", later, resume=False, late=True) == "resume"
    assert judge(context, "iris", earlier, resume=False, late=True) == "join"
    assert judge(run("RUNNING", ELSEWHERE), "iris", later, resume=False, late=True) == "join"


def test_attempts_tell_when_each_began_and_how_it_ended():
    first = attempts(run("RUNNING", DEAD), NOON)
    assert [one.get("status") for one in first] == ["ABANDONED", None]
    context = run("FAILED", end=NOON)
    context = context.evolve(properties={**context.properties, "attempts": first})
    second = attempts(context, NOON)
    assert [one.get("status") for one in second] == ["ABANDONED", "FAILED", None]
    assert second[1]["end_time"] == NOON.isoformat(timespec="milliseconds")


def test_what_a_step_depends_on_can_be_passed_to_a_pool():
    """Not so the globals of its module: they hold a store, say."""
    dependencies = pickle.loads(pickle.dumps(Dependencies(judge, [attempts])))
    assert dependencies.now() == [attempts]

"""Whose a run is that is there already: whether to join it, to go on with it, or to refuse.

The rule, by how the run stands:

- RUNNING, and the process that began it runs on this host: it is joined. Whoever began it ends it.
- RUNNING, and that process is gone: it is gone on with.
- RUNNING on another host, where it cannot be seen whether it is: joined, unless `resume` says that
  it is to be gone on with.
- FAILED, CANCELED or ABANDONED: it is gone on with.
- COMPLETE: refused, unless `resume` says that it is to be gone on with.

What waited on the disk is too late to be refused: then a run that is COMPLETE is gone on with. But
what began before the stored run ended does not say how that stands: it joins.

A run that is gone on with keeps when it first began; its `attempts` tell when each began and ended.
"""

from __future__ import annotations

import platform
from datetime import datetime
from typing import Any, Literal

from graphstore.errors import FailedPrecondition
from graphstore.model.nodes import Context
from graphstore.system.processes import ProcessId

__all__ = ["attempts", "judge"]


def judge(
    run: Context, pipeline: str, began: datetime | None, *, resume: bool, late: bool = False
) -> Literal["join", "resume"]:
    """What to do with a run that somebody else began.

    Args:
        run: As it is stored.
        pipeline: What it is a run of, for the message.
        began: When what is to be recorded began.
        resume: Whether it may be gone on with although it is COMPLETE, or may go on elsewhere.
        late: Whether that waited on the disk.

    Raises:
        FailedPrecondition: If it is COMPLETE, and neither `resume` nor `late`.
    """
    status = run.properties.get("status")
    if status == "RUNNING":
        alive = _alive(run)
        return "join" if alive or (alive is None and not resume) else "resume"
    if late and began is not None and run.end_time is not None and began < run.end_time:
        return "join"
    if status == "COMPLETE" and not resume and not late:
        when = f" at {run.end_time:%Y-%m-%d %H:%M:%S} UTC" if run.end_time else ""
        raise FailedPrecondition(
            f"run {run.name!r} of pipeline {pipeline!r} is COMPLETE{when} (c{run.id}): pass"
            " resume=True to go on with it, or another name, or none, to begin a new one"
        )
    return "resume"


def _alive(run: Context) -> bool | None:
    """Whether the process that began it runs; None if that cannot be seen from here."""
    host, pid, began = (run.properties.get(name) for name in ("host", "pid", "began"))
    if host != platform.node() or not isinstance(pid, int) or not isinstance(began, float):
        return None
    return ProcessId(pid, began).alive()


def attempts(run: Context, now: datetime) -> list[dict[str, Any]]:
    """The attempts at a run that is gone on with, in order: the ones before, and one from now on.

    Of each its `start_time` and, once there is a next one, its `end_time` (ISO 8601; None if it was
    killed), its `status` and the type of its error.
    """
    value = run.properties.get("attempts")
    earlier = [dict(one) for one in value] if isinstance(value, list) else []
    last = earlier.pop() if earlier else {"start_time": _text(run.start_time)}
    status = run.properties.get("status")
    last["end_time"] = _text(run.end_time)
    last["status"] = "ABANDONED" if status == "RUNNING" else status
    last["error_type"] = run.properties.get("error_type")
    return [*earlier, last, {"start_time": _text(now)}]


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="milliseconds")

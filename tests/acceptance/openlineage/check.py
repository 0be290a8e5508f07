"""What a client wrote down that it sent, and whether the store knows it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from graphstore import Artifact, EventType, Store

__all__ = ["Told", "agree", "names_above", "read", "require", "versions"]

_STATES = ("START", "RUNNING", "COMPLETE", "FAIL", "ABORT")
"""The types of events; the last of these that was said of a run is its state."""
_CALLED = {"START": "RUNNING", "FAIL": "FAILED", "ABORT": "CANCELED"}


@dataclass
class Told:
    """What all events of one run say together."""

    job: str
    types: list[str] = field(default_factory=list)
    """Of its events, as they came."""
    started: list[datetime] = field(default_factory=list)
    ended: list[datetime] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)
    outputs: set[str] = field(default_factory=set)

    @property
    def start(self) -> datetime | None:
        """When its execution began."""
        return min(self.started, default=None)

    @property
    def end(self) -> datetime | None:
        """When its execution ended."""
        return max(self.ended, default=None)

    @property
    def state(self) -> str:
        """What its execution's is called."""
        last = max(self.types, key=_STATES.index)
        return _CALLED.get(last, last)


def read(folder: Path) -> dict[str, Told]:
    """The runs that a client told of, by their ids."""
    runs: dict[str, Told] = {}
    for line in (folder / "files" / "events.ndjson").read_text().splitlines():
        event = json.loads(line)
        run = runs.setdefault(event["run"]["runId"], Told(event["job"]["name"]))
        type_ = event["eventType"]
        run.types.append(type_)
        if type_ == "START":
            run.started.append(_time(event))
        elif type_ != "RUNNING":
            run.ended.append(_time(event))
        run.inputs |= {one["name"] for one in event.get("inputs") or []}
        run.outputs |= {one["name"] for one in event.get("outputs") or []}
    return runs


def _time(event: dict[str, Any]) -> datetime:
    """When it happened, in the milliseconds that the store keeps."""
    # Python 3.10 reads neither a Z nor any other number of digits than three and six.
    text = event["eventTime"].replace("Z", "+00:00")
    whole, digits, offset = re.fullmatch(r"([^.+]*)(?:\.(\d+))?(.*)", text).groups("")
    time = datetime.fromisoformat(whole + offset).astimezone(timezone.utc)
    return time.replace(microsecond=int(f"{digits:0<3}"[:3]) * 1000)


def agree(store: Store, folder: Path) -> dict[str, Told]:
    """Require that the server took every event, and that the runs are as they say together.

    Returns:
        What the client told.
    """
    told = read(folder)
    sent = sum(len(run.types) for run in told.values())
    answers = re.findall(r'method="POST (\S+)" code=(\d+)', (folder / "serve.log").read_text())
    require("how calls were answered", set(answers), {("/api/v1/lineage", "201")})
    # A client that waits too long for an answer sends an event again.
    require("as many calls as events, or more", len(answers) >= sent, True)
    known = _known(store)
    require("runs", sorted(known), sorted(told))
    for id_, run in told.items():
        found = known[id_]
        require(f"{run.job}: state and times", found[:3], (run.state, run.start, run.end))
        require(f"{run.job}: outputs", found[3], run.outputs)
        # An application of Spark's, which names no inputs itself, has those of its jobs.
        require(f"{run.job}: inputs", found[4], run.inputs or found[4])
    print(f"{sent} events of {len(told)} runs were taken: states, times and datasets are as told")
    return told


Known = tuple[str, datetime | None, datetime | None, set[str], set[str]]
"""State, times, outputs and inputs."""


def _known(store: Store) -> dict[str, Known]:
    """What the store says of runs, by their ids."""
    executions = store.executions.list(type="openlineage.Run")
    artifacts = {one.id: one for one in store.artifacts.list(type="openlineage.Dataset")}
    written, inputs = defaultdict(set), defaultdict(set)
    for one in artifacts.values():
        written[one.properties.get("written_by")].add(str(one.properties["dataset"]))
    for event in store.events.of_executions(executions):
        if event.type is EventType.INPUT:
            dataset = artifacts[event.artifact_id].properties["dataset"]
            inputs[event.execution_id].add(str(dataset))
    return {
        str(one.external_id): (
            one.state.value if one.state else "",
            one.start_time,
            one.end_time,
            written[one.external_id],
            inputs[one.id],
        )
        for one in executions
    }


def versions(store: Store, dataset: str) -> list[Artifact]:
    """What is known of a dataset whose name ends so, the newest last."""
    found = [
        one
        for one in store.artifacts.list(type="openlineage.Dataset")
        if str(one.properties["dataset"]).endswith(dataset)
    ]
    return sorted(found, key=lambda one: str(one.properties.get("written", "")))


def names_above(store: Store, artifact: Artifact) -> list[str]:
    """The last parts of the names of all that an artifact was made from, and its own."""
    above = store.lineage.upstream(artifact).artifacts.values()
    return sorted(str(one.properties["dataset"]).rpartition("/")[2] for one in above)


def require(what: str, found: object, expected: object) -> None:
    """End the program if something is not so."""
    if found != expected:
        raise SystemExit(f"{what}: {found}\nexpected: {expected}")

"""Events as clients send them, written short; random histories; and what a store has of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from graphstore import Store

Json = dict[str, Any]
START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def at(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def run_id(number: int) -> str:
    return str(UUID(int=number))


def event(
    type_: str | None,
    minutes: float,
    run: int,
    job: str = "job",
    inputs: Iterable[str | Json] = (),
    outputs: Iterable[str | Json] = (),
    *,
    parent: int | None = None,
    root: int | None = None,
    facets: Json | None = None,
    job_facets: Json | None = None,
    **more: Any,
) -> Json:
    """A RunEvent; times are minutes of a day, runs numbers, datasets names in ``db``."""
    own = dict(facets or {})
    if parent is not None:
        own["parent"] = _run_of(parent)
        if root is not None:
            own["parent"]["root"] = _run_of(root)
    return {
        **({"eventType": type_} if type_ else {}),
        "eventTime": at(minutes),
        "producer": "https://example.org",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run_id(run), **({"facets": own} if own else {})},
        "job": {"namespace": "n", "name": job, **({"facets": job_facets} if job_facets else {})},
        "inputs": [dataset(one) for one in inputs],
        "outputs": [dataset(one) for one in outputs],
        **more,
    }


def dataset(one: str | Json) -> Json:
    return {"namespace": "db", "name": one} if isinstance(one, str) else one


def _run_of(number: int) -> Json:
    return {"run": {"runId": run_id(number)}, "job": {"namespace": "n", "name": f"parent {number}"}}


def random_events(chance: random.Random, runs: int, datasets: int = 4) -> list[Json]:
    """A history in the order of time: runs that overlap, fail, never begin or end, say what they
    read first or last, name versions, and are parts of others, some of them in one process."""
    events = []
    for number in range(1, runs + 1):
        began = chance.randrange(5 * runs) / 2
        ended = began + chance.randrange(1, 20) / 2
        names = [f"d{place}" for place in range(datasets)]
        inputs = [_random_dataset(chance, name) for name in names if chance.random() < 0.3]
        outputs = [_random_dataset(chance, name) for name in names if chance.random() < 0.25]
        parent = chance.choice([None, None, 10_000 + number % 3])
        more: Json = {"job": f"job {number % 3}", "parent": parent}
        if parent is not None and chance.random() < 0.5:
            more["root"] = 20_000
        if chance.random() < 0.4:
            more["job_facets"] = {"jobType": {"integration": "SPARK", "processingType": "BATCH"}}
        if outputs and inputs and chance.random() < 0.2:
            entry = {**outputs[0], "type": "DATASET", "inputs": [{**inputs[0], "type": "DATASET"}]}
            more.setdefault("job_facets", {})["lineage"] = {"entries": [entry]}
        first = bool(chance.getrandbits(1))
        if chance.random() < 0.9:
            events.append(
                event(
                    "START",
                    began,
                    number,
                    inputs=inputs if first else [],
                    outputs=outputs if chance.random() < 0.5 else [],
                    **more,
                )
            )
        if chance.random() < 0.4:
            facets = {"x": {"value": chance.randrange(3), "_deleted": chance.random() < 0.2}}
            events.append(
                event(
                    chance.choice(["RUNNING", "OTHER", None]),
                    (began + ended) / 2,
                    number,
                    inputs=inputs[:1],
                    facets=facets,
                    **more,
                )
            )
        if chance.random() < 0.85:
            last = chance.choice(["COMPLETE"] * 6 + ["FAIL", "ABORT"])
            events.append(
                event(last, ended, number, inputs=[] if first else inputs, outputs=outputs, **more)
            )
    return sorted(events, key=lambda one: str(one["eventTime"]))  # fmt: skip


def _random_dataset(chance: random.Random, name: str) -> Json:
    version = {"version": {"datasetVersion": str(chance.randrange(3))}}
    return {**dataset(name), **({"facets": version} if chance.random() < 0.2 else {})}


def graph_of(store: Store) -> dict[str, Any]:
    """All that a store has of OpenLineage, told without ids and without when it was recorded."""
    rows = store.database.driver.execute_query(
        """
        MATCH (node:Artifact|Execution|Context) WHERE node._deleted IS NULL
        RETURN coalesce(node.external_id, node.name) AS key, labels(node) AS labels,
          node {.*, id: null, create_time: null, last_update_time: null, _by: null, _since: null,
            _recorded: null, type_id: null} AS said
        """
    ).records
    nodes = {(row["key"], *sorted(row["labels"])): _plain(row["said"]) for row in rows}
    edges = store.database.driver.execute_query(
        """
        MATCH (one)-[edge:INPUT|OUTPUT|ASSOCIATED_WITH|ATTRIBUTED_TO|CHILD_OF]->(other)
        WHERE one._deleted IS NULL
        RETURN coalesce(one.external_id, one.name) AS one, type(edge) AS type,
          coalesce(other.external_id, other.name) AS other, edge.path AS path, edge.time AS time
        """
    ).records
    return {
        "nodes": nodes,
        "edges": sorted(
            (row["type"], row["one"], row["other"], row["path"] or [], str(row["time"] or ""))
            for row in edges
        ),
    }


def _plain(said: Json) -> Json:
    return {key: str(value) for key, value in sorted(said.items()) if value is not None}


def lineage_of(events: Sequence[Json]) -> set[tuple[str, str, str]]:
    """Which run read what who wrote, by the rules of docs/openlineage.md alone, done naively: all
    events are read, and each input looks through all versions. (reader, dataset, writer or '')."""
    runs: dict[str, Json] = {}
    for one in events:
        run = runs.setdefault(one["run"]["runId"], {"in": {}, "out": {}, "times": [], "types": {}})
        run["times"].append(one["eventTime"])
        run["types"].setdefault(one.get("eventType") or "OTHER", []).append(one["eventTime"])
        for side, key in (("inputs", "in"), ("outputs", "out")):
            for found in one[side]:
                version = found.get("facets", {}).get("version", {}).get("datasetVersion")
                run[key].setdefault(found["name"], version)
        facets = one["job"].get("facets", {})
        run["stated"] = [e["name"] for e in facets.get("lineage", {}).get("entries", ())]
    read = set()
    for run in runs.values():
        for name in run["stated"]:
            run["out"].setdefault(name, None)
        run["began"] = min(run["types"].get("START", run["times"]))
        ends = [
            time for type_ in ("COMPLETE", "FAIL", "ABORT") for time in run["types"].get(type_, [])
        ]
        failed = run["types"].keys() & {"FAIL", "ABORT"}
        run["written"] = None if failed else max(ends, default=run["began"])
    for reader, run in runs.items():
        for name, version in run["in"].items():
            writers = [
                (other["written"], id_)
                for id_, other in runs.items()
                if id_ != reader and name in other["out"]
                and (other["out"][name] == version if version is not None
                     else other["written"] is not None and other["written"] <= run["began"])
            ]  # fmt: skip
            best = max(writers, key=lambda pair: (pair[0] or "", pair[1]), default=(None, ""))
            read.add((reader, name, best[1]))
    return read

"""Whether the schemas of the specification take what is exported: events, and facets in them.

    python schemas.py SPEC EVENTS

SPEC is the folder `spec` of the specification's repository, EVENTS a file of events, one a line.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource


def main(spec: Path, events: Path) -> int:
    """Print what was looked at, and what no schema takes; 1 if there is any, or nothing at all."""
    files = [spec / "OpenLineage.json", *sorted((spec / "facets").glob("*.json"))]
    schemas = {schema["$id"]: schema for schema in (json.loads(one.read_text()) for one in files)}
    resources = ((name, Resource.from_contents(schema)) for name, schema in schemas.items())
    registry: Registry[Any] = Registry().with_resources(resources)
    core = next(name for name in schemas if name.endswith("/OpenLineage.json"))
    looks: Counter[str] = Counter()
    faults: Counter[str] = Counter()

    def look(what: str, address: str, thing: Any) -> None:
        looks[what] += 1
        if address.partition("#")[0] not in schemas:
            faults[f"{what}: the specification has no {address}"] += 1
            return
        schema = {"$ref": address}
        validator = Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())
        for error in validator.iter_errors(thing):
            faults[f"{what}: {error.message}"] += 1

    for line in events.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        kind = "RunEvent" if "run" in event else "JobEvent" if "job" in event else "DatasetEvent"
        look(kind, f"{core}#/$defs/{kind}", event)
        for name, facet in _facets(event):
            look(name, facet["_schemaURL"], facet)
    for what, count in sorted(looks.items()):
        print(f"{what}: {count}")
    for fault, count in sorted(faults.items()):
        print(f"NOT TAKEN, {count} times: {fault}")
    return int(bool(faults) or not looks)


def _facets(thing: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(thing, dict):
        for name, value in thing.items():
            if isinstance(value, dict) and "_schemaURL" in value:
                yield name, value
            yield from _facets(value)
    elif isinstance(thing, list):
        for one in thing:
            yield from _facets(one)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

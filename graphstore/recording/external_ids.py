"""External ids that other things have: what is read or made is a thing of its own all the same.

An external id says which artifact is meant. But a type or contents that are not those of the
artifact that has it say that it is another one, as where every night's model is given one and the
same. Then it gets an external id of its own, and keeps the one that was asked for as the custom
property `requested_external_id`; a warning says so. Anything else that is said of an artifact that
is there, another place for one, does not change it, and a warning says that.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from graphstore.model.nodes import Artifact
from graphstore.recording.records import StepRecord
from graphstore.storage.contents import OWN, place
from graphstore.system.uris import canonical

__all__ = ["apart", "tell_of_what_stays"]

Stored = Callable[[Iterable[str]], Sequence[Artifact]]
"""The artifacts that have some external ids."""

_log = logging.getLogger("graphstore")


def apart(records: Sequence[StepRecord], stored: Stored) -> list[StepRecord]:
    """Records in which what only has another thing's external id has one of its own.

    Args:
        records: What to store.
        stored: Asks the store; it is asked once, and not at all where nobody gave an external id.
    """
    given = {
        artifact.external_id
        for record in records
        for artifact, _ in record.events
        if artifact.id is None and artifact.external_id and not artifact.external_id.startswith(OWN)
    }
    if not given:
        return list(records)
    owners = {one.external_id: one for one in stored(given)}
    result = []
    for record in records:
        new: dict[int, Artifact] = {}
        for artifact, _ in record.events:
            if artifact.external_id not in given or id(artifact) in new:
                continue
            owner = owners.setdefault(artifact.external_id, artifact)
            if differences := _differences(artifact, owner):
                new[id(artifact)] = _with_own_id(artifact)
                _log.warning(
                    "%s names the external id %r for what differs in its %s from %s, which has it:"
                    " it is recorded as an artifact of its own; give it an external id of its own,"
                    " or none",
                    record.execution.type,
                    artifact.external_id,
                    " and ".join(differences),
                    "another artifact" if owner.id is None else owner.ref.short,
                )
        events = tuple(
            (new.get(id(artifact), artifact), event) for artifact, event in record.events
        )
        result.append(replace(record, events=events) if new else record)
    return result


def tell_of_what_stays(step: str, artifact: Artifact, stored: Artifact) -> None:
    """Warn of what is said of an artifact that is there already: that stays as it is."""
    if artifact.id is None and artifact.external_id is None:
        return
    properties = {**stored.properties, **stored.custom_properties}
    others = [
        name
        for name, value in {**artifact.properties, **artifact.custom_properties}.items()
        if value is not None and value != properties.get(name) and value == value
    ]
    uri, there = artifact.uri or "", stored.uri or ""
    # Nearly all are spelled alike; only else are links followed.
    if uri and uri != there and canonical(uri) != canonical(there):
        others.insert(0, "uri")
    if others:
        external_id = artifact.external_id or ""
        by_id = "" if external_id.startswith(OWN) else f" and has the external id {external_id!r}"
        _log.warning(
            "%s says of %s, which is there already%s, what differs in its %s: that stays as it is;"
            " put it into the artifact by store.artifacts.put, or give metrics as an output of"
            " their own",
            step,
            stored.ref.short,
            by_id if external_id else "",
            ", ".join(others),
        )


def _differences(artifact: Artifact, owner: Artifact) -> list[str]:
    differences = [] if artifact.type == owner.type else ["type"]
    if artifact.digest and owner.digest and artifact.digest != owner.digest:
        differences.append("contents")
    return differences


def _with_own_id(artifact: Artifact) -> Artifact:
    """The artifact under an external id that is the same however often this is stored."""
    parts = [artifact.external_id or "", artifact.type, place(artifact), artifact.digest or ""]
    return artifact.evolve(
        external_id=OWN + hashlib.sha256("\0".join(parts).encode()).hexdigest(),
        custom_properties={
            **artifact.custom_properties,
            "requested_external_id": artifact.external_id,
        },
    )

"""External ids that other things have: what is read or made is a thing of its own all the same.

An external id says which artifact is meant. But a type or contents that are not those of the
artifact that has it say that it is another one, as where every night's model is given one and the
same. Then it gets an external id of its own, and keeps the one that was asked for as the custom
property `requested_external_id`; a warning says so. So does what has the external id of an artifact
that was deleted: what was deleted stays so, and the work is not lost. Anything else that is said of
an artifact that is there, another place for one, does not change it, and a warning says that.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from graphstore.model.nodes import Artifact
from graphstore.recording.records import Record, RunRecord, StepRecord
from graphstore.storage.contents import OWN, place
from graphstore.system.uris import canonical

__all__ = ["apart", "apart_from_deleted", "tell_of_what_stays"]

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


def apart_from_deleted(record: Record, stored: Stored) -> Record | None:
    """A record in which what has the external id of a deleted artifact has one of its own; None if
    nothing has.

    Args:
        record: What the store refused.
        stored: Asks the store, once.
    """
    artifacts = (
        list(record.artifacts)
        if isinstance(record, RunRecord)
        else [artifact for artifact, _ in record.events]
    )
    names = {one.external_id for one in artifacts if one.id is None and one.external_id}
    deletions = {one.external_id: one.deletion for one in stored(names) if one.deletion}
    if not deletions:
        return None
    new: dict[int, Artifact] = {}
    for artifact in artifacts:
        deletion = deletions.get(artifact.external_id) if artifact.id is None else None
        if deletion is None or id(artifact) in new:
            continue
        new[id(artifact)] = _with_own_id(artifact, deletion.time.isoformat())
        _log.warning(
            "the %s with the external id %r was %s: what is recorded under that now is an artifact"
            " of its own",
            artifact.type,
            artifact.external_id,
            deletion,
        )
    if isinstance(record, RunRecord):
        return replace(record, artifacts=tuple(new.get(id(one), one) for one in artifacts))
    events = tuple((new.get(id(artifact), artifact), event) for artifact, event in record.events)
    return replace(record, events=events)


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


def _with_own_id(artifact: Artifact, *beside: str) -> Artifact:
    """The artifact under an external id that is the same however often this is stored."""
    name = artifact.external_id or ""
    parts = [name, artifact.type, place(artifact), artifact.digest or "", *beside]
    # What recording made up nobody has asked for.
    asked_for = {} if name.startswith(OWN) else {"requested_external_id": name}
    return artifact.evolve(
        external_id=OWN + hashlib.sha256("\0".join(parts).encode()).hexdigest(),
        custom_properties={**artifact.custom_properties, **asked_for},
    )

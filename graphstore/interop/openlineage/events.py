"""OpenLineage's events as they come in: what each is about and when it was, checked.

Three kinds are told apart as the specification does (2-0-2): a RunEvent has a ``run``, a
DatasetEvent a ``dataset``, a JobEvent a ``job`` and neither. Clients are taken as they are: run ids
in braces or capitals are those without, a time without a zone is UTC, and any field that the
specification does not know is kept. What makes no sense is refused with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal
from uuid import UUID

from graphstore.errors import InvalidArgument, brief
from graphstore.model.types import check_name

__all__ = ["Event", "Name", "name_of", "parse", "run_id_of"]

Json = Mapping[str, Any]
Name = tuple[str, str]
"""The namespace and the name of a job or a dataset."""

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r"(?:[Zz]|([+-])(\d\d):?(\d\d))?(?:\[[^\]]*\])?"
)
_TEXTS = ("producer", "schemaURL")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MOST_BYTES = 3_000
"""Of a namespace and a name together, and of a run id: they are indexed, some of them together."""


@dataclass(frozen=True)
class Event:
    """An event, checked."""

    kind: Literal["run", "job", "dataset"]
    time: int
    """When it was: microseconds since the epoch."""
    body: Json
    """All of it, as it came."""
    run_id: str | None
    """Of a RunEvent."""
    name: Name
    """The job of a RunEvent or a JobEvent, the dataset of a DatasetEvent."""
    namespace: str | None = None
    """The one that who sent it is bound to; None if it is bound to none."""


def parse(event: Any) -> Event:
    """Check an event.

    Args:
        event: What its JSON says.

    Raises:
        InvalidArgument: If it is none, with a sentence that says what is wrong.
    """
    if not isinstance(event, dict):
        raise InvalidArgument(f"an event is a JSON object, and this is {brief(event)}")
    time = _time(event.get("eventTime"))
    for key in _TEXTS:
        if key in event and not isinstance(event[key], str):
            raise InvalidArgument(f"{key} is a text, and this is {brief(event[key])}")
    if event.get("run") is not None:
        run = _object(event, "run")
        _facets(run, "run")
        if not isinstance(event.get("eventType", ""), (str, type(None))):
            raise InvalidArgument(f"eventType is a text, and this is {brief(event['eventType'])}")
        run_id = run_id_of(run.get("runId"))
        name = _job(event)
        kind: Literal["run", "job", "dataset"] = "run"
    elif event.get("dataset") is not None:
        dataset = _object(event, "dataset")
        _facets(dataset, "dataset")
        return Event("dataset", time, event, None, name_of(dataset, "dataset"))
    elif event.get("job") is not None:
        run_id, name, kind = None, _job(event), "job"
    else:
        raise InvalidArgument("an event has a 'run', a 'job' or a 'dataset', and this has none")
    for side in ("inputs", "outputs"):
        datasets = event.get(side)
        if datasets is None:
            continue
        if not isinstance(datasets, list):
            raise InvalidArgument(f"{side} is a list of datasets, and this is {brief(datasets)}")
        for dataset in datasets:
            if not isinstance(dataset, dict):
                raise InvalidArgument(f"{side}: a dataset is an object, not {brief(dataset)}")
            name_of(dataset, side)
            _facets(dataset, side)
            _facets(dataset, side, f"{side[:-1]}Facets")
    return Event(kind, time, event, run_id, name)


def name_of(named: Json, what: str) -> Name:
    """The namespace and the name of a job or a dataset.

    Raises:
        InvalidArgument: If it has none, or they are too long for an index.
    """
    namespace, name = named.get("namespace"), named.get("name")
    if not (isinstance(namespace, str) and isinstance(name, str) and name):
        raise InvalidArgument(f"{what}: it has a namespace and a name, and this is {brief(named)}")
    return _indexed(f"{what}: namespace", namespace), _indexed(f"{what}: name", name)


def run_id_of(text: Any) -> str:
    """A run id as the specification spells it.

    Raises:
        InvalidArgument: If it is no text. One that is no UUID is taken as it is: nothing is lost.
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidArgument(f"a run has a runId, a UUID, and this is {brief(text)}")
    try:
        return str(UUID(text))
    except ValueError:
        return _indexed("runId", text)


def _indexed(what: str, text: str) -> str:
    check_name(what, text)
    if len(text.encode()) > _MOST_BYTES:
        raise InvalidArgument(f"{what} has more than {_MOST_BYTES:,} bytes: {brief(text)}")
    return text


def _job(event: Json) -> Name:
    job = _object(event, "job")
    _facets(job, "job")
    return name_of(job, "job")


def _object(event: Json, key: str) -> Json:
    value = event.get(key)
    if not isinstance(value, dict):
        raise InvalidArgument(f"{key} is an object, and this is {brief(value)}")
    return value


def _facets(owner: Json, what: str, key: str = "facets") -> None:
    facets = owner.get(key)
    if facets is not None and not isinstance(facets, dict):
        raise InvalidArgument(f"{what}: {key} is an object, and this is {brief(facets)}")


def _time(text: Any) -> int:
    """Microseconds since the epoch.

    Raises:
        InvalidArgument: If it is no time.
    """
    match = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise InvalidArgument(f"eventTime is a time in ISO 8601, and this is {brief(text)}")
    groups: Sequence[str | None] = match.groups()
    micros = int((groups[6] or "0")[:6].ljust(6, "0"))
    try:
        numbers = [int(number or 0) for number in groups[:6]]
        moment = datetime(*numbers, tzinfo=timezone.utc)  # type: ignore[arg-type, misc]
        offset = timedelta(hours=int(groups[8] or 0), minutes=int(groups[9] or 0))
        moment -= offset if groups[7] == "+" else -offset
    except (ValueError, OverflowError) as error:
        raise InvalidArgument(f"eventTime: there is no time {text!r}: {error}") from None
    return (moment - _EPOCH) // timedelta(microseconds=1) + micros

"""A document of PROV as a history that comes in: what becomes of what.

==============================  =================================================================
entity                          artifact
activity                        execution
agent, bundle, the document     context
used, wasGeneratedBy            INPUT, OUTPUT; the path is the role
wasDerivedFrom, by an activity  INPUT and OUTPUT of that, if none is stated (PROV-CONSTRAINTS,
                                inference 11)
wasAssociatedWith               the execution belongs to the agent's context
wasAttributedTo                 the artifact belongs to the agent's context
==============================  =================================================================

What something is follows from where it stands, too: what was used is an entity (PROV-CONSTRAINTS,
5.5), though no record declares it. Names are URIs: one name means one thing in all bundles.

Each record is kept whole by a node as well (`graphstore.interop.prov.records`): that of a thing by
the thing, that of a relation by the first of its ends, or else by the document. So nothing is lost
that has no place in the graph, and what is erased from a node is gone.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any, NamedTuple

from prov.model import parse_xsd_datetime

from graphstore.interop.importing.history import (
    EventRow,
    Member,
    MemberRow,
    NodeRow,
    SourceId,
    Table,
    in_ascii,
)
from graphstore.interop.prov.records import Parts, Record, Scope
from graphstore.model.edges import EventType
from graphstore.model.types import ArtifactType, ContextType, ExecutionType, Kind, Type
from graphstore.model.values import PropertyKind, Value

__all__ = ["DOCUMENT", "FORMAT", "RECORDS", "SCOPE", "Counts", "ProvHistory"]

Counts = dict[str, int]
"""How many there are, by what PROV-N calls them."""

FORMAT = "PROV"
"""What the sources say that documents are."""
DOCUMENT = "prov.Document"
"""The type of the context that stands for a document."""
RECORDS, SCOPE = "records", "scope"
"""The properties that keep records, and the names of a scope."""

_TEXT, _STRUCT = PropertyKind.STRING, PropertyKind.STRUCT
_THING = {"identifier": _TEXT, "label": _TEXT, "types": _STRUCT, RECORDS: _STRUCT}
_SCOPE = {"identifier": _TEXT, RECORDS: _STRUCT, SCOPE: _STRUCT}
_TYPES: Mapping[str, Type] = {
    "entity": ArtifactType(name="prov.Entity", properties=_THING),
    "activity": ExecutionType(name="prov.Activity", properties=_THING),
    "agent": ContextType(name="prov.Agent", properties=_THING),
    "bundle": ContextType(name="prov.Bundle", properties=_SCOPE),
    "document": ContextType(name=DOCUMENT, properties=_SCOPE),
}
_KINDS: Mapping[str, Kind] = {
    "entity": "artifact",
    "activity": "execution",
    "agent": "context",
}
_TABLES: Mapping[Table, str] = {
    "type": "types",
    "context": "agents, bundles and the document",
    "artifact": "entities",
    "execution": "activities",
    "event": "used and generated",
    "attribution": "memberships of entities",
    "association": "memberships of activities",
    "parent": "parts of the document",
}

_ENDS: Mapping[str, Mapping[str, str | None]] = {
    "wasGeneratedBy": {"entity": "entity", "activity": "activity"},
    "used": {"activity": "activity", "entity": "entity"},
    "wasInformedBy": {"informed": "activity", "informant": "activity"},
    "wasStartedBy": {"activity": "activity", "trigger": "entity", "starter": "activity"},
    "wasEndedBy": {"activity": "activity", "trigger": "entity", "ender": "activity"},
    "wasInvalidatedBy": {"entity": "entity", "activity": "activity"},
    "wasDerivedFrom": {
        "generatedEntity": "entity",
        "usedEntity": "entity",
        "activity": "activity",
    },
    "wasAttributedTo": {"entity": "entity", "agent": "agent"},
    "wasAssociatedWith": {"activity": "activity", "agent": "agent", "plan": "entity"},
    "actedOnBehalfOf": {"delegate": "agent", "responsible": "agent", "activity": "activity"},
    "wasInfluencedBy": {"influencee": None, "influencer": None},
    "specializationOf": {"specificEntity": "entity", "generalEntity": "entity"},
    "alternateOf": {"alternate1": "entity", "alternate2": "entity"},
    "mentionOf": {"specificEntity": "entity", "generalEntity": "entity"},
    "hadMember": {"collection": "entity", "entity": "entity"},
}
"""The ends of each relation, and what stands there; None if that may be anything."""

_PLACES: Mapping[str, frozenset[str]] = {
    "used": frozenset(["prov:activity", "prov:entity", "prov:time", "prov:role"]),
    "wasGeneratedBy": frozenset(["prov:activity", "prov:entity", "prov:time", "prov:role"]),
    "wasAttributedTo": frozenset(["prov:entity", "prov:agent"]),
    "wasAssociatedWith": frozenset(["prov:activity", "prov:agent"]),
}
"""What an edge of the graph says of the relations that are one."""
_TIMES = ("prov:time", "prov:startTime", "prov:endTime")
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=timezone.utc), timedelta(milliseconds=1)
_OWN_PLACE = frozenset(["prov:label", "prov:type", "prov:startTime", "prov:endTime"])
_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGERS = {_XSD + name for name in ("int", "long", "integer", "short", "byte")}
_FLOATS = {_XSD + name for name in ("double", "float")}
_LONGEST = 1_000
"""Characters of an id; longer ones end in a digest."""


class _Edge(NamedTuple):
    """That an activity used or made an entity, in the order in which they are written."""

    activity: str
    entity: str
    is_made: bool
    role: str | None


@dataclass
class _Thing:
    """An entity, an activity or an agent, with what all records say of it."""

    sort: str
    uri: str
    name: str
    records: list[Record] = field(default_factory=list)
    """Those that it keeps."""
    said: dict[str, dict[str, Value]] = field(default_factory=lambda: defaultdict(dict))
    """The values of its attributes, by what PROV-JSON writes for each."""
    bundles: set[str] = field(default_factory=set)
    """Those in which it is named."""
    agents: set[str] = field(default_factory=set)
    """To whom it is attributed, or who is associated with it."""


class ProvHistory:
    """A document as a `graphstore.interop.importing.history.History`."""

    own_contexts = True
    """An agent of this name is another elsewhere, as entities are."""
    references: Mapping[Kind, Mapping[str, Kind]] = {}
    same_contexts: Mapping[SourceId, SourceId] = {}

    def __init__(self, parts: Parts, name: str, place: str, problems: list[str]) -> None:
        """One.

        Args:
            parts: The document.
            name: What its source is called.
            place: Where it was read.
            problems: What was met there; more is added.
        """
        self.name, self.place, self.title, self.tables = name, place, name, _TABLES
        self.problems, self.facts = problems, {"format": FORMAT}
        self._parts = parts
        self._things: dict[tuple[str, str], _Thing] = {}
        self._edges: dict[_Edge, int | None] = {}
        self._implied: set[_Edge] = set()
        """Those that are stated by a derivation alone."""
        self._spelt: dict[str, str] = {}
        """The URIs by what they are written as."""
        self._rest: list[Record] = []
        """What the document itself keeps."""
        self.kept_as_json: Counter[str] = Counter()
        """The relations that are no edge of the graph, by what PROV-N calls them."""
        for record in parts.records:
            if record.kind in _KINDS:
                self._declare(record)
        relations = [record for record in parts.records if record.kind not in _KINDS]
        ends = [self._ends(record) for record in relations]
        for record, named in zip(relations, ends, strict=True):
            self._relate(record, named)
        for record, named in zip(relations, ends, strict=True):
            if record.kind == "wasDerivedFrom":
                self._derive(named)
        without_zone = sum(
            time is not None and time.tzinfo is None
            for record in parts.records
            for time in (_time(record.said.get(attribute)) for attribute in _TIMES)
        )
        if without_zone:
            problems.append(
                f"times without a zone: {without_zone:,}; in the graph they are taken for UTC, in"
                " the records they are as they were"
            )

    @property
    def read(self) -> Counts:
        """How many records there are, by what PROV-N calls them; bundles, too."""
        counts = Counter(record.kind for record in self._parts.records)
        bundles = len(self._parts.scopes) - 1
        return {**dict(sorted(counts.items())), **({"bundle": bundles} if bundles else {})}

    def lacks(self, older: ProvHistory) -> str | None:
        """What an older copy of the document says and this one does not; None if nothing."""
        things = older._things.keys() - self._things.keys()
        if things:
            return "{} {}".format(*min(things))
        ways = {edge[:3] for edge in self._edges}
        for edge in sorted(older._edges.keys() - self._edges.keys(), key=str):
            if edge not in older._implied or edge[:3] not in ways:
                verb = ("used", "generated")[edge.is_made]
                role = "" if edge.role is None else f" in the role {edge.role!r}"
                return f"that {edge.activity} {verb} {edge.entity}{role}"
        belongs = older._belongs() - self._belongs()
        if belongs:
            return "that {} {} belongs to {}".format(*min(belongs))
        bundles = [one for one in older._parts.scopes if one not in self._parts.scopes]
        return f"bundle {bundles[0]}" if bundles else None

    def compare_times(self, older: ProvHistory) -> None:
        """Say of how many edges an older copy has another time, which they keep."""
        edges = self._edges.keys() & older._edges.keys()
        others = sum(self._edges[edge] != older._edges[edge] for edge in edges)
        if others:
            self.problems.append(
                f"uses and generations with another time than before: {others:,}; in the graph they"
                " have that of before, in the records the new one"
            )

    def _belongs(self) -> set[tuple[str, str, str]]:
        """What belongs to which agents and bundles."""
        return {
            (thing.sort, thing.uri, context)
            for thing in self._things.values()
            for context in thing.agents | thing.bundles
        }

    def count(self, table: Table) -> int:
        """How many rows there are."""
        counts: dict[Table, int] = {"type": len(_TYPES), "event": len(self._edges)}
        counts |= Counter(_KINDS[sort] for sort, _ in self._things)
        return counts.get(table, 0)

    def last_id(self, kind: Kind) -> int:
        """Not asked: ids are texts, and none stand within values."""
        raise NotImplementedError(kind)

    def types(self) -> Iterator[tuple[str, Type]]:
        """The types, which are the same for all documents."""
        return iter(_TYPES.items())

    def nodes(self, kind: Kind) -> Iterator[NodeRow]:
        """The nodes of a kind in the order of their ids."""
        rows = [self._row(one) for one in self._things.values() if _KINDS[one.sort] == kind]
        if kind == "context":
            rows += [self._scope(uri, scope) for uri, scope in self._parts.scopes.items()]
        yield from sorted(rows, key=lambda row: str(row.id))

    def events(self) -> Iterator[EventRow]:
        """Who used and made what; PROV keeps no order of it."""
        rows = sorted(
            (_id(edge.activity), _id(edge.entity), edge.is_made, path, time)
            for edge, time in self._edges.items()
            for path in [() if edge.role is None else (edge.role,)]
        )
        for number, (activity, entity, is_made, path, time) in enumerate(rows, start=1):
            type_ = EventType.OUTPUT if is_made else EventType.INPUT
            yield EventRow(number, entity, activity, type_, time, path)

    def members(self, table: Member) -> Iterator[MemberRow]:
        """Who belongs to the document, to bundles and to agents."""
        sort = "entity" if table == "attribution" else "activity"
        pairs = sorted(
            (_id(thing.uri), context)
            for thing in self._things.values()
            if thing.sort == sort
            for context in (
                _scope_id(None),
                *map(_scope_id, thing.bundles),
                *map(_agent_id, thing.agents),
            )
        )
        for number, (owner, context) in enumerate(pairs, start=1):
            yield MemberRow(number, owner, context)

    def parents(self) -> Iterator[tuple[str, str]]:
        """Agents and bundles are part of the document."""
        for sort, uri in sorted(self._things):
            if sort == "agent":
                yield _agent_id(uri), _scope_id(None)
        for bundle in self._parts.scopes:
            if bundle is not None:
                yield _scope_id(bundle), _scope_id(None)

    def anchors(self) -> dict[Kind, list[str]]:
        """None: a document is known by its name, for whatever stands first in it may change."""
        return {}

    def create_times(self, kind: Kind) -> Iterator[tuple[str, None]]:
        """PROV does not say when something was recorded."""
        uris = (uri for sort, uri in self._things if _KINDS[sort] == kind)
        return ((id_, None) for id_ in sorted(map(_id, uris)))

    def _declare(self, record: Record) -> None:
        """Take what a record says of a thing."""
        uri = self._parts.uri(record.bundle, record.name) if record.name else None
        if not record.name or uri is None:
            self._rest.append(record)
            return
        thing = self._thing(record.kind, uri, record.name, record.bundle)
        thing.records.append(record)
        for attribute, values in record.said.items():
            key = self._spell(attribute, self._parts.uri(record.bundle, attribute) or attribute)
            for value in values if isinstance(values, list) else [values]:
                thing.said[key][json.dumps(value, sort_keys=True)] = self._value(record, value)

    def _thing(self, sort: str, uri: str, name: str, bundle: str | None) -> _Thing:
        thing = self._things.get((sort, uri))
        if thing is None:
            thing = self._things[sort, uri] = _Thing(sort, uri, self._spell(name, uri))
        if bundle is not None:
            thing.bundles.add(bundle)
        return thing

    def _spell(self, name: str, uri: str) -> str:
        """A name as it is written, unless another bundle means something else by it."""
        return name if self._spelt.setdefault(name, uri) == uri else uri

    def _ends(self, record: Record) -> list[_Thing | None]:
        """The things that a relation is between, as far as it says what they are."""
        found: list[_Thing | None] = []
        for end, sort in _ENDS.get(record.kind, {}).items():
            name = record.said.get(f"prov:{end}")
            uri = self._parts.uri(record.bundle, name) if isinstance(name, str) else None
            if uri is None or not isinstance(name, str):
                found.append(None)
            elif sort is not None:
                found.append(self._thing(sort, uri, name, record.bundle))
            else:
                known = (self._things.get((one, uri)) for one in _KINDS)
                found.append(next((one for one in known if one is not None), None))
        return found

    def _relate(self, record: Record, ends: list[_Thing | None]) -> None:
        """Keep a relation, and make an edge of it if there is one."""
        owner = next((end for end in ends if end is not None), None)
        if owner is None:
            self._rest.append(record)
        else:
            owner.records.append(record)
        first, second = [*ends, None, None][:2]
        place = _PLACES.get(record.kind)
        if place is None or first is None or second is None:
            self.kept_as_json[record.kind] += 1
            return
        if record.kind == "used":
            is_whole = self._connect(record, first.uri, second.uri, is_made=False)
        elif record.kind == "wasGeneratedBy":
            is_whole = self._connect(record, second.uri, first.uri, is_made=True)
        else:
            first.agents.add(second.uri)
            is_whole = True
        if not is_whole or record.name is not None or record.said.keys() - place:
            self.kept_as_json[record.kind] += 1

    def _connect(self, record: Record, activity: str, entity: str, *, is_made: bool) -> bool:
        """Make edges of what was used or generated, one a role; whether they say all of it."""
        roles = record.said.get("prov:role")
        time, is_whole = _millis(record.said.get("prov:time")), True
        for said in roles if isinstance(roles, list) else [roles]:
            role = None if said is None else str(self._value(record, said))
            edge = _Edge(activity, entity, is_made, role)
            before = self._edges.setdefault(edge, time)
            if before != time:  # between two nodes there is one of a role: it has the first time
                self._edges[edge] = min(one for one in (before, time) if one is not None)
                is_whole = False
        return is_whole

    def _derive(self, ends: list[_Thing | None]) -> None:
        """What an activity derived it made, from what it used."""
        made, used, activity = ends
        if activity is None:
            return
        for entity, is_made in ((made, True), (used, False)):
            if entity is not None and not any(
                (edge.activity, edge.entity, edge.is_made) == (activity.uri, entity.uri, is_made)
                for edge in self._edges
            ):
                edge = _Edge(activity.uri, entity.uri, is_made, None)
                self._edges[edge] = None
                self._implied.add(edge)

    def _value(self, record: Record, value: Any) -> Value:
        """A value as a property has it: numbers and truth as they are, anything else as text."""
        if not isinstance(value, dict):
            return value if isinstance(value, (str, bool)) else str(value)
        text, type_ = str(value.get("$")), value.get("type")
        uri = self._parts.uri(record.bundle, type_) if isinstance(type_, str) else None
        try:
            if uri in _INTEGERS and abs(int(text)) < 2**63:
                return int(text)
            if uri in _FLOATS:
                return float(text)
        except ValueError:
            pass
        return text

    def _row(self, thing: _Thing) -> NodeRow:
        said = thing.said
        locations = [*said.get("prov:location", {}).values()]
        own_place = {*_OWN_PLACE}
        uri = None
        if thing.sort == "entity" and len(locations) == 1:
            uri = str(locations[0])
            own_place.add("prov:location")
        properties: list[tuple[str, bool, Value]] = [("identifier", False, thing.uri)]
        if labels := [*said.get("prov:label", {}).values()]:
            properties.append(("label", False, str(labels[0])))
        if types := [*said.get("prov:type", {}).values()]:
            properties.append(("types", False, [*map(str, types)]))
        if thing.records:
            properties.append((RECORDS, False, _json(thing.records)))
        for name, values in sorted(said.items()):
            if name not in own_place:
                properties.append((name, True, _one(values.values())))
        start, end = (self._moment(thing, f"prov:{one}Time") for one in ("start", "end"))
        id_ = _agent_id(thing.uri) if thing.sort == "agent" else _id(thing.uri)
        return NodeRow(
            *(id_, thing.sort, uri, None, thing.name, None, None, None, properties),
            start_time=start,
            end_time=end,
        )

    def _moment(self, thing: _Thing, attribute: str) -> int | None:
        """When something began or ended; of several times the first is taken, and that is told."""
        said = map(_millis, thing.said.get(attribute, {}).values())
        times = sorted({time for time in said if time is not None})
        if len(times) > 1:
            self.problems.append(
                f"{thing.sort} {thing.name} has several values of {attribute}: the first is its"
                " time in the graph"
            )
        return times[0] if times else None

    def _scope(self, uri: str | None, scope: Scope) -> NodeRow:
        """The context of a bundle, or of the document."""
        kept: dict[str, Value] = {"prefixes": dict[str, Value](scope.prefixes)}
        if scope.name is not None:
            kept["name"] = dict[str, Value](scope.name)
        properties: list[tuple[str, bool, Value]] = [(SCOPE, False, kept)]
        if uri is not None:
            properties.append(("identifier", False, uri))
        elif self._rest:
            properties.append((RECORDS, False, _json(self._rest)))
        type_ = "document" if uri is None else "bundle"
        name = self.name if uri is None else uri
        return NodeRow(_scope_id(uri), type_, None, None, name, None, None, None, properties)


def _time(text: Any) -> datetime | None:
    """A time as PROV-JSON writes it; None if there is none."""
    return parse_xsd_datetime(text) if isinstance(text, str) else None


def _millis(text: Any) -> int | None:
    """A time in milliseconds; one without a zone is taken for UTC."""
    time = _time(text)
    if time is None:
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return (time - _EPOCH) // _MILLISECOND


def _json(records: Iterable[Record]) -> Value:
    kept: Value = [record.to_json() for record in records]
    return kept


def _one(values: Iterable[Value]) -> Value:
    """One value as it is; several as a list, in which JSON has no words for infinity."""
    several = [*values]
    if len(several) == 1:
        return several[0]
    return [str(one) if isinstance(one, float) else one for one in several]


def _id(uri: str) -> str:
    """What a thing is known by in its source: its URI, in ASCII and not too long for an index."""
    text = in_ascii(uri)
    return text if len(text) <= _LONGEST else text[:200] + sha256(text.encode()).hexdigest()


def _agent_id(uri: str) -> str:
    return f"agent/{_id(uri)}"


def _scope_id(uri: str | None) -> str:
    return "document" if uri is None else f"bundle/{_id(uri)}"

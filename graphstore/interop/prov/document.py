"""A lineage in the words of PROV-DM.

=====================  ==========================================================================
artifact               entity; its uri is ``prov:location``
execution              activity; it began and ended when the work itself did, if anybody said
context                collection, of the artifacts that belong to it and of the contexts that are
                       part of it; an activity names its contexts by ``graphstore:context``
who                    agent; its part is the role of the association
INPUT                  used
OUTPUT                 wasGeneratedBy
any other event        wasInfluencedBy, of the type ``graphstore:DECLARED_INPUT``, …: what was
                       promised or passed on was neither used nor generated
a deleted node         of the type ``graphstore:Deleted``, with when, by whom and why
the lineage            an entity of the type ``graphstore:Lineage``: of what it is, as of when,
                       whether it is complete, and behind what more lies
=====================  ==========================================================================

There is no ``wasDerivedFrom``: that an execution read one thing and made another does not say that
the one depends on the other (PROV-DM 5.2.1), and nobody recorded whether it does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from prov.constants import PROV
from prov.identifier import Namespace, QualifiedName
from prov.model import Literal, ProvDocument

from graphstore.interop.exporting.facts import Facts, is_made, label
from graphstore.interop.prov.words import CUSTOM, PROPERTY, TERMS, TYPES, literal, local, text
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Context, Execution, Node, NodeRef

__all__ = ["document"]

Attributes = list[tuple[QualifiedName, Any]]


def document(facts: Facts) -> ProvDocument:
    """The document that says a lineage."""
    return _Writer(facts).document


class _Writer:
    """Writes one."""

    def __init__(self, facts: Facts) -> None:
        self._facts, self.document = facts, ProvDocument()
        for namespace in (TERMS, TYPES, PROPERTY, CUSTOM):
            self.document.add_namespace(namespace)
        own = facts.identity.id
        others = sorted({facts.store_of(node.ref) for node in facts.nodes()} - {own})
        names = {own: "store", **{name: f"store{n}" for n, name in enumerate(others, 2)}}
        self._stores = {
            id_: self.document.add_namespace(Namespace(prefix, f"urn:graphstore:{id_}:"))
            for id_, prefix in names.items()
        }
        self._own = self._stores[own]
        self._lineage()
        for artifact in facts.graph.artifacts.values():
            self.document.entity(self._name(artifact.ref), self._about(artifact))
        for execution in facts.graph.executions.values():
            self._activity(execution)
        for event in facts.graph.events:
            self._event(event)
        for context in facts.contexts.values():
            self.document.collection(self._name(context.ref), self._about(context))
        self._members()

    def _name(self, ref: NodeRef) -> QualifiedName:
        return self._stores[self._facts.store_of(ref)][ref.short]

    def _lineage(self) -> None:
        """What the document has, and what not."""
        facts = self._facts
        said: Attributes = [
            (PROV["type"], TERMS["Lineage"]),
            (TERMS["complete"], not facts.graph.truncated),
            *((TERMS["more_behind"], self._name(ref)) for ref in facts.graph.frontier),
        ]
        if facts.of.kind == "context" or facts.of in (node.ref for node in facts.graph.nodes()):
            said.append((TERMS["of"], self._name(facts.of)))
        if facts.as_of is not None:
            said.append((TERMS["as_of"], facts.as_of))
        self.document.entity(self._own[f"lineage-{facts.of.short}"], said)

    def _about(self, node: Node) -> Attributes:
        """All that a node says."""
        said: list[tuple[QualifiedName, Any]] = [
            (PROV["label"], text(label(node))),
            (PROV["type"], TYPES[local(node.type)]),
        ]
        fields = ["type_version", "name", "external_id", "source", "source_id"]
        if isinstance(node, Artifact):
            fields += ["digest"]
            if node.uri is not None:
                said.append((PROV["location"], text(node.uri)))
        if isinstance(node, Execution):
            fields += ["fingerprint"]
        elif isinstance(node, Context):
            fields += ["start_time", "end_time"]
        fields += ["create_time", "last_update_time"]
        state = getattr(node, "state", None)
        if state is not None:
            said.append((TERMS["state"], state.value))
        for field in fields:
            value = getattr(node, field)
            if value not in (None, ""):
                said.append((TERMS[field], literal(value)))
        if node.deletion is not None:
            said += [(PROV["type"], TERMS["Deleted"]), (TERMS["deleted"], node.deletion.time)]
            for field in ("by", "reason"):
                if words := getattr(node.deletion, field):
                    said.append((TERMS[f"deleted_{field}"], text(words)))
        for namespace, values in (
            (PROPERTY, node.properties),
            (CUSTOM, node.custom_properties),
        ):
            said += [(namespace[local(name)], literal(v)) for name, v in sorted(values.items())]
        return said

    def _activity(self, execution: Execution) -> None:
        facts, name = self._facts, self._name(execution.ref)
        said = self._about(execution)
        contexts = (facts.contexts[id_].ref for id_ in facts.belongs.get(execution.ref, ()))
        said += [(TERMS["context"], self._name(ref)) for ref in contexts]
        self.document.activity(name, execution.start_time, execution.end_time, said)
        for agent in facts.agents_of(execution):
            who = self._own[agent.key]
            if not self.document.get_record(who):
                about: Attributes = [(PROV["label"], text(agent.name))]
                if agent.is_program:
                    about.append((PROV["type"], PROV["SoftwareAgent"]))
                self.document.agent(who, about)
            self.document.wasAssociatedWith(
                name, who, other_attributes=[(PROV["role"], agent.role)]
            )

    def _event(self, event: Event) -> None:
        entity = self._name(NodeRef("artifact", event.artifact_id or 0))
        activity = self._name(NodeRef("execution", event.execution_id or 0))
        said: Attributes = []
        if event.role:
            said.append((PROV["role"], text(event.role)))
        if event.path:
            said.append((TERMS["path"], Literal(json.dumps(event.path), TERMS["STRUCT"])))
        if event.type is EventType.INPUT:
            self.document.usage(activity, entity, event.time, other_attributes=said)
        elif is_made(self._facts.graph, event):
            self.document.generation(entity, activity, event.time, other_attributes=said)
        else:
            ends = (activity, entity) if event.type.is_input else (entity, activity)
            said.append((PROV["type"], TERMS[event.type.value]))
            if event.time is not None:
                said.append((TERMS["time"], event.time))
            self.document.influence(*ends, other_attributes=said)

    def _members(self) -> None:
        for context, member in self._memberships():
            self.document.membership(self._name(context), self._name(member))

    def _memberships(self) -> Iterator[tuple[NodeRef, NodeRef]]:
        for ref, ids in self._facts.belongs.items():
            if ref.kind == "artifact":
                yield from ((NodeRef("context", id_), ref) for id_ in ids)
        for child, ids in self._facts.parents.items():
            yield from ((NodeRef("context", id_), NodeRef("context", child)) for id_ in ids)

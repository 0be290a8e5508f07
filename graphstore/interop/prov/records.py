"""A document of PROV in parts, each of which a node can keep, and together again.

A part is a record as PROV-JSON writes it: bundles, typed literals and relations of every kind are
in it as they were. Names in it are those of its scope, the document or a bundle, whose prefixes
are kept once.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

from prov.constants import PROV, XSD, XSI
from prov.identifier import Namespace, QualifiedName
from prov.model import ProvBundle, ProvDocument
from prov.serializers.provjson import decode_json_container, encode_json_container

__all__ = ["Parts", "Record", "Scope", "same", "take_apart"]

_ANONYMOUS = "_:"
"""Begins the keys of relations that have no name."""
_DEFAULT = "default"
"""The prefix of names without one."""
_KNOWN = {namespace.prefix: namespace.uri for namespace in (PROV, XSD, XSI)}
"""The prefixes that no document has to declare."""


class Record(NamedTuple):
    """What a document says of one thing, or of how two are related."""

    kind: str
    """As in PROV-JSON and PROV-N: ``entity``, ``wasGeneratedBy``, …"""
    name: str | None
    """What it is called in its scope; None of a relation without a name."""
    said: Mapping[str, Any]
    """Its attributes, as PROV-JSON writes them."""
    bundle: str | None
    """The URI of the bundle that it is in; None if it is in none."""

    def to_json(self) -> dict[str, Any]:
        """What a node keeps of it."""
        kept = {"kind": self.kind, "id": self.name, "said": self.said, "bundle": self.bundle}
        return {key: value for key, value in kept.items() if value is not None}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Record:
        """What a node has kept."""
        return cls(kept["kind"], kept.get("id"), kept["said"], kept.get("bundle"))


class Scope(NamedTuple):
    """Where names mean something: a bundle, or the document itself."""

    name: Mapping[str, str] | None
    """What the bundle is called: its prefix, namespace and local name; None of the document."""
    prefixes: Mapping[str, str]


@dataclass(frozen=True)
class Parts:
    """All of a document."""

    scopes: Mapping[str | None, Scope]
    """By the URI of the bundle; None is the document."""
    records: Sequence[Record]
    """Those of the document first; in an order that depends on nothing but them."""

    def uri(self, scope: str | None, name: str) -> str | None:
        """The URI that a name means in a scope; None if it means nothing there."""
        prefix, colon, local = name.partition(":")
        if not colon:
            prefix, local = _DEFAULT, name
        for prefixes in (self.scopes[scope].prefixes, self.scopes[None].prefixes, _KNOWN):
            if prefix in prefixes:
                return prefixes[prefix] + local
        return None

    def document(self) -> ProvDocument:
        """The document that they are of."""
        containers: dict[str | None, dict[str, Any]] = {
            uri: {"prefix": dict(scope.prefixes)} for uri, scope in self.scopes.items()
        }
        numbers = count(1)
        for record in self.records:
            name = f"{_ANONYMOUS}id{next(numbers)}" if record.name is None else record.name
            entries = containers[record.bundle].setdefault(record.kind, {})
            entries.setdefault(name, []).append(record.said)
        document = ProvDocument()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # who read it was told
            decode_json_container(containers.pop(None), document)
            for uri, container in containers.items():
                # A bundle's name is one of the document's scope: PROV-JSON as prov 3.2 writes it
                # has it in the bundle's own, where it may mean something else.
                bundle = ProvBundle(document=document)
                decode_json_container(container, bundle)
                own = self.scopes[uri].name
                assert own is not None  # only the document has none
                namespace = Namespace(own["prefix"], own["namespace"])
                document.add_bundle(bundle, QualifiedName(namespace, own["local"]))
        return document


def take_apart(document: ProvDocument) -> Parts:
    """A document's parts."""
    scopes: dict[str | None, Scope] = {}
    records: list[Record] = []
    for one in (document, *document.bundles):
        container = json.loads(json.dumps(encode_json_container(one)))
        identifier = one.identifier
        uri, name = None, None
        if identifier is not None:
            namespace = identifier.namespace
            uri, name = (
                identifier.uri,
                {
                    "prefix": namespace.prefix,
                    "namespace": namespace.uri,
                    "local": identifier.localpart,
                },
            )
        scopes[uri] = Scope(name, container.pop("prefix", {}))
        records += _records(container, uri)
    return Parts(scopes, sorted(records, key=lambda one: (one.bundle or "", json.dumps(one))))


def same(one: ProvDocument, other: ProvDocument) -> bool:
    """Whether two documents are equal; NaN is, here, what it is."""
    return one == other or take_apart(one).records == take_apart(other).records


def _records(container: Mapping[str, Any], bundle: str | None) -> Iterator[Record]:
    for kind, entries in container.items():
        for name, said in entries.items():
            for one in said if isinstance(said, list) else [said]:
                own_name = None if name.startswith(_ANONYMOUS) else name
                yield Record(
                    kind, own_name, {key: _in_order(one[key]) for key in sorted(one)}, bundle
                )


def _in_order(value: Any) -> Any:
    """An attribute's values: those of a set, which comes in any order."""
    return sorted(value, key=json.dumps) if isinstance(value, list) else value

"""What names and values are called in PROV, in all its serialisations alike.

A name that XML and PROV-N take for the local part of a name is itself; what they do not take is
escaped by the code of its character, ``learning_x0020_rate``, as SQL/XML (ISO/IEC 9075-14) and
.NET's ``XmlConvert.EncodeName`` do it.

Values are PROV's typed literals: ``xsd:long`` or ``xsd:int``, ``xsd:double``, ``xsd:boolean``,
``xsd:dateTime``, and texts. Four kinds of values have a datatype of our own:

=============  ==================================================================================
``DOUBLE``     NaN: as an ``xsd:double`` it would not be equal to itself after a round trip
``STRUCT``     JSON
``PROTO``      JSON of a message's ``type_url`` and, in base64, ``data``
``TEXT``       a text with characters that XML has not, as a string of JSON
=============  ==================================================================================
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from typing import Any

from prov.identifier import Namespace
from prov.model import Literal

from graphstore.model.values import Proto

__all__ = ["CUSTOM", "PROPERTY", "TERMS", "TYPES", "literal", "local", "text"]

TERMS = Namespace("graphstore", "urn:graphstore:terms#")
"""Our own words."""
TYPES = Namespace("type", "urn:graphstore:type#")
"""Types of nodes, by name."""
PROPERTY = Namespace("property", "urn:graphstore:property#")
"""Properties that a type declares, by name."""
CUSTOM = Namespace("custom", "urn:graphstore:custom#")
"""Other properties, by name."""

_UNSAFE = re.compile(
    r"^[^A-Za-z_]|[^A-Za-z0-9_.-]|\.$|_(?=x[0-9A-F]*_)|^[Xx](?=[Mm][Ll])", re.ASCII
)
_NOT_IN_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def local(name: str) -> str:
    """A name as the local part of a qualified one; no two names have the same."""
    return _UNSAFE.sub(lambda match: f"_x{ord(match[0]):04X}_", name) or "_x_"


def text(value: str) -> str | Literal:
    """A text that any serialisation holds."""
    return Literal(json.dumps(value), TERMS["TEXT"]) if _NOT_IN_XML.search(value) else value


def literal(value: Any) -> Any:
    """A property's value."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Proto):
        message = {"type_url": value.type_url, "data": b64encode(value.data).decode()}
        return Literal(json.dumps(message), TERMS["PROTO"])
    if isinstance(value, (dict, list)):
        return Literal(json.dumps(value), TERMS["STRUCT"])
    if isinstance(value, float) and math.isnan(value):
        return Literal("NaN", TERMS["DOUBLE"])
    return value

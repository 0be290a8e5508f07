"""Reads documents of PROV from files, whatever serialisation they are in."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

from prov.model import ProvDocument

from graphstore.errors import MissingExtra, UnsupportedFile
from graphstore.interop.prov.records import Parts, same, take_apart

__all__ = ["read"]

_ENDINGS = {
    ".json": "json",
    ".jsonld": "jsonld",
    ".provn": "provn",
    ".xml": "xml",
    ".trig": "rdf",
    ".ttl": "rdf",
}


def read(path: Path, format: str | None) -> tuple[Parts, list[str]]:
    """The parts of a document, and what of it was not read as it stands.

    Args:
        path: The file.
        format: Its serialisation; by default what the ending of its name says.

    Raises:
        UnsupportedFile: If it is no document of PROV in this serialisation, or an empty one.
        MissingExtra: If reading it takes a package that is not installed.
        OSError: If it cannot be read.
    """
    chosen = format or _ENDINGS.get(path.suffix.lower())
    if chosen is None:
        raise UnsupportedFile(
            f"{path}: its ending does not say in which serialisation of PROV it is; the endings are"
            f" {', '.join(_ENDINGS)} (or name one: --format)"
        )
    with path.open("rb") as file, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            document = ProvDocument.deserialize(source=file, format=chosen)
            parts = take_apart(document)
            json.dumps(parts.records, ensure_ascii=False).encode()  # half a character is no text
        except ImportError as error:
            package = {"xml": "lxml", "rdf": "rdflib"}.get(chosen, "prov")
            raise MissingExtra(f"PROV as {chosen}", "prov", package) from error
        except OSError:
            raise
        except Exception as error:  # the libraries have one of their own each
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            raise UnsupportedFile(f"{path} is no PROV in the form {chosen}: {reason}") from error
        if not parts.records and len(parts.scopes) == 1:
            raise UnsupportedFile(f"{path} says nothing of PROV: it was read as {chosen}")
        problems = [
            f"not read as it stands: {one.message}"
            for one in told
            if one.category.__module__.startswith("prov.")
        ]
        if not same(document, parts.document()):
            problems.append(
                "PROV-JSON, in which all is kept, has no words for some of this document: what is"
                " given back is not equal to it"
            )
    return parts, list(dict.fromkeys(problems))

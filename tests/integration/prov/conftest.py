"""Documents of PROV as others write them, and a store that takes one after the other."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from prov.model import ProvDocument

from graphstore import Store
from tests.conftest import empty

ENDINGS = {"json": "json", "jsonld": "jsonld", "provn": "provn", "xml": "xml", "rdf": "trig"}

Write = Callable[..., Path]


@pytest.fixture(scope="module")
def shared(database):
    """A store for documents of other names each."""
    empty(database)
    return Store(database)


@pytest.fixture
def write(tmp_path) -> Write:
    """Writes a document, or a text, into a file of its own; of a given name if there is one."""
    numbers = count(1)

    def write(document: ProvDocument | str, format: str = "json", name: str = "") -> Path:
        path = tmp_path / f"{name or f'document{next(numbers)}'}.{ENDINGS[format]}"
        text = document
        if isinstance(document, ProvDocument):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's
                text = document.serialize(format=format)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def document() -> ProvDocument:
    """A document with a prefix ``ex``."""
    made = ProvDocument()
    made.add_namespace("ex", "http://example.org/")
    return made

"""What documents of PROV say, for tests."""

import warnings

from prov.model import ProvDocument

__all__ = ["read", "record_of", "relations", "said"]


def read(text, format="json"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's, of what prov asks it for
        return ProvDocument.deserialize(content=text, format=format)


def record_of(document, name):
    (record,) = document.get_record(f"store:{name}")
    return record


def said(record):
    return {str(name): value for name, value in record.attributes}


def relations(document, kind):
    return [
        {str(name): str(value) for name, value in one.attributes}
        for one in document.get_records()
        if one.get_type().localpart == kind
    ]

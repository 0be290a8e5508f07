"""What a model says of itself in JSON Schema."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, create_model
from pydantic._internal._docs_extraction import extract_docstrings_from_cls

import graphstore
from graphstore import Artifact, Event, LineageGraph
from graphstore.model.base import Model

MODELS = [
    value
    for name in graphstore.__all__
    if isinstance(value := getattr(graphstore, name), type) and issubclass(value, Model)
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_fields_of_a_model_are_described_as_pydantic_would_have_it(model):
    texts: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, Model):
            texts.update(extract_docstrings_from_cls(one, use_inspect=True))
    properties = model.model_json_schema()["properties"]
    assert {
        name: one["description"] for name, one in properties.items() if "description" in one
    } == {name: text for name, text in texts.items() if name in properties}


def test_so_are_those_of_a_model_inside_another():
    model = create_model("Mine", artifact=(Artifact, ...), events=(list[Event], ...))
    for schema in (model.model_json_schema(), TypeAdapter(list[LineageGraph]).json_schema()):
        artifact = schema["$defs"]["Artifact"]["properties"]
        assert artifact["uri"]["description"].startswith("Where the thing itself is")
        assert schema["$defs"]["Event"]["properties"]["type"]["description"]

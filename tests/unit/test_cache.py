"""The fingerprint: what counts, and in which order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore import Artifact
from graphstore.recording.cache import fingerprint, identity

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def of(**changes):
    values = {
        "component": "Trainer",
        "code": "1",
        "parameters": {"rate": 0.1, "depth": 3},
        "inputs": {"a": [Artifact(type="D", digest="x")], "b": [Artifact(type="D", id=7)]},
        **changes,
    }
    return fingerprint(values.pop("component"), **values)


def test_it_is_the_same_in_every_process_and_version():
    """Stored ones must stay valid: a change of this text is a change of the rule."""
    assert of() == "sha256:fd268df6aa8bf5e1ae029077519a7dacaa86b09465b98433331c830678643993"


@pytest.mark.parametrize(
    "changes",
    [
        {"component": "Pusher"},
        {"code": "2"},
        {"code": None},
        {"parameters": {"rate": 0.1}},
        {"parameters": {"rate": 0.1, "depth": 3.0}},
        {"parameters": {"rate": 0.1, "depth": "3"}},
        {"inputs": {}},
        {"inputs": {"a": [Artifact(type="D", digest="y")], "b": [Artifact(type="D", id=7)]}},
        {"inputs": {"a": [Artifact(type="E", digest="x")], "b": [Artifact(type="D", id=7)]}},
        {"inputs": {"b": [Artifact(type="D", digest="x")], "a": [Artifact(type="D", id=7)]}},
    ],
)
def test_what_counts(changes):
    assert of(**changes) != of()


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"depth": 3, "rate": 0.1}},
        {"parameters": {"rate": 0.1, "depth": 3, "none": None}},
        {
            "inputs": {
                "none": [],
                "b": [Artifact(type="D", id=7, name="n")],
                "a": [Artifact(type="D", digest="x", id=9, external_id="e", uri="elsewhere")],
            }
        },
    ],
)
def test_what_does_not_count(changes):
    assert of(**changes) == of()


def test_the_order_within_a_role_counts():
    one, two = Artifact(type="D", digest="1"), Artifact(type="D", digest="2")
    assert of(inputs={"a": [one, two]}) != of(inputs={"a": [two, one]})
    assert of(inputs={"a": [one], "b": [two]}) != of(inputs={"a": [one, two]})


def test_an_artifact_is_its_contents_else_its_name_elsewhere_else_its_id():
    assert identity(Artifact(type="D", digest="x", external_id="e", id=1)) == "D x"
    assert identity(Artifact(type="D", external_id="e", id=1)) == "D e"
    assert identity(Artifact(type="D", id=1)) == "D artifact 1"


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_any_parameters_have_one_that_their_order_does_not_change(parameters):
    reverse = dict(reversed(parameters.items()))
    assert of(parameters=parameters) == of(parameters=reverse)


@given(
    st.dictionaries(st.text(), VALUES, max_size=3), st.dictionaries(st.text(), VALUES, max_size=3)
)
def test_other_parameters_have_another(one, other):
    def text(parameters):
        values = {name: value for name, value in parameters.items() if value is not None}
        return json.dumps(values, sort_keys=True)

    assert (of(parameters=one) == of(parameters=other)) == (text(one) == text(other))

"""What types declare, how they grow, and what labels their instances carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore import ArtifactType, BaseType, ExecutionType, PropertyKind
from graphstore.errors import AlreadyExists, FailedPrecondition, InvalidArgument, InvalidProperty
from graphstore.model.types import check_name, check_properties, grow, type_label

INT, DOUBLE = PropertyKind.INT, PropertyKind.DOUBLE


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Model", "Model"),
        ("tfx.components.trainer.component.Trainer", "Trainer"),
        ("active_learning/Train", "active_learning_Train"),
        ("Cycle_Select-0", "Cycle_Select_0"),
        ("5percent", "_5percent"),
        ("Execution", "Execution_"),
        ("my.Type", "Type_"),
        ("GraphstoreSequence", "GraphstoreSequence_"),
        ("Modèle", "Modèle"),
        ("ends.with.", "ends_with_"),
        ("`) DETACH DELETE n //", "___DETACH_DELETE_n___"),
    ],
)
def test_a_type_gives_its_instances_a_label(name, label):
    assert type_label(name) == label


@given(st.text(min_size=1))
def test_a_label_is_an_identifier_whatever_the_name(name):
    label = type_label(name)
    assert label
    assert all(char.isalnum() or char == "_" for char in label)
    assert not label[0].isdigit()


def test_a_type_grows_by_what_is_added():
    before = ArtifactType(name="Model", properties={"a": INT}, id=12)
    addition = ArtifactType(name="Model", properties={"b": DOUBLE}, base_type=BaseType.MODEL)
    after = grow(before, addition, can_add_fields=True, can_omit_fields=True)
    assert after == before.evolve(properties={"a": INT, "b": DOUBLE}, base_type=BaseType.MODEL)


@pytest.mark.parametrize(
    ("properties", "options", "says"),
    [
        ({"a": DOUBLE}, {"can_add_fields": True, "can_omit_fields": True}, "as INT, not DOUBLE"),
        ({"a": INT, "b": INT}, {"can_add_fields": False, "can_omit_fields": True}, r"\['b'\]"),
        ({}, {"can_add_fields": True, "can_omit_fields": False}, r"\['a'\]"),
    ],
)
def test_a_type_does_not_change_without_leave(properties, options, says):
    before = ArtifactType(name="Model", properties={"a": INT})
    with pytest.raises(AlreadyExists, match=says):
        grow(before, ArtifactType(name="Model", properties=properties), **options)


def test_a_base_type_never_changes():
    before = ExecutionType(name="T", base_type=BaseType.TRAIN)
    with pytest.raises(FailedPrecondition, match="TRAIN"):
        grow(
            before,
            ExecutionType(name="T", base_type=BaseType.DEPLOY),
            can_add_fields=False,
            can_omit_fields=False,
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "T", "properties": {"": INT}},
        {"name": "T", "properties": {"a\0b": INT}},
        {"name": "T", "properties": {"\ud800": INT}},
        {"name": "T", "properties": {"a": "UNKNOWN"}},
        {"name": "T", "base_type": BaseType.TRAIN},
    ],
)
def test_a_type_that_cannot_be_is_refused(fields):
    with pytest.raises(InvalidArgument):
        ArtifactType(**fields)


def test_no_version_and_an_empty_one_are_the_same():
    assert ArtifactType(name="T", version="") == ArtifactType(name="T")


def test_an_instance_is_checked_against_its_type():
    type_ = ArtifactType(name="Model", properties={"accuracy": DOUBLE})
    assert check_properties(type_, {"accuracy": 1}) == {"accuracy": 1.0}
    assert check_properties(type_, {"accuracy": None}) == {}
    with pytest.raises(InvalidProperty) as error_info:
        check_properties(type_, {"accuracy": "high"})
    error = error_info.value
    assert (error.type_name, error.property_name) == ("Model", "accuracy")
    assert (error.expected, error.found) == ("DOUBLE", "str 'high'")
    with pytest.raises(InvalidProperty, match=r"'acuracy'.*declares \(accuracy\)"):
        check_properties(type_, {"acuracy": 0.5})


def test_what_is_indexed_has_a_bounded_length():
    check_name("uri", "x" * 8000)
    with pytest.raises(InvalidArgument, match="8,001 bytes"):
        check_name("uri", "x" * 8001)
    with pytest.raises(InvalidArgument, match="8,002 bytes"):
        check_name("uri", "é" * 4001)

"""Which node is meant: every way to say it means the same."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from graphstore import Artifact, ArtifactType, Context, Execution, NodeRef
from graphstore.errors import InvalidArgument
from graphstore.model.refs import node_id, node_ids, reference, references
from tests.names import parameter_name

MODEL = NodeRef("artifact", 45)

SPELLINGS: list[Any] = [
    Artifact(type="Model", id=45),
    MODEL,
    45,
    np.int64(45),
    np.array([45])[0],
    "a45",
    "45",
    " A45 ",
    "artifact:45",
    SimpleNamespace(ref=MODEL),
]


@pytest.mark.parametrize("subject", SPELLINGS, ids=repr)
def test_every_spelling_names_the_node(subject: Any) -> None:
    assert reference(subject) == reference(subject, "artifact") == MODEL
    assert node_id(subject, "artifact") == 45
    assert type(reference(subject).id) is int


def test_a_bare_number_is_of_the_first_kind_that_may_be_meant() -> None:
    assert reference(7, "execution", "artifact") == reference("7", "execution") == ("execution", 7)
    assert reference("a7", "execution", "artifact") == ("artifact", 7)
    assert reference(7) == ("artifact", 7)


@dataclass
class Logical:
    """As a tensor of PyTorch, whose true is the index 1."""

    dtype: str = "torch.bool"

    def __index__(self) -> int:
        return 1


@pytest.mark.parametrize(
    "subject",
    [
        *(True, False, np.True_, Logical(), 45.0, None, b"a45", object(), 2**63, -(2**63) - 1, {}),
        NodeRef("artifact", True),
        NodeRef("artifact", "45"),  # type: ignore[arg-type]
        ArtifactType(name="T", id=4),
    ],
    ids=parameter_name,
)
def test_what_is_no_id_is_refused_and_named(subject: Any) -> None:
    with pytest.raises(InvalidArgument, match="expected an artifact, by itself, its id"):
        reference(subject, "artifact")


def test_a_node_of_another_kind_is_refused_and_its_kind_said() -> None:
    for subject in ("e7", NodeRef("execution", 7), Execution(type="Train", id=7)):
        with pytest.raises(InvalidArgument, match=r"^expected an artifact; e7 is an execution$"):
            reference(subject, "artifact")
    with pytest.raises(
        InvalidArgument, match=r"^expected an artifact or an execution; c3 is a con"
    ):
        reference("c3", "artifact", "execution")
    with pytest.raises(InvalidArgument, match="kind='artefact'"):
        reference(NodeRef("artefact", 7))  # type: ignore[arg-type]


def test_a_node_that_was_not_put_has_no_id() -> None:
    with pytest.raises(InvalidArgument, match="has not been put, and so has no id"):
        reference(Artifact(type="Model"))
    with pytest.raises(InvalidArgument, match="has not been put, and so has no id"):
        references(Artifact(type="Model"))


def test_a_text_that_names_nothing_is_refused_and_cut() -> None:
    for text in ("", "x45", "a", "model", "a45x", "4.5", "-4", "True", "y" * 9_000):
        with pytest.raises(InvalidArgument, match="names no node") as error_info:
            reference(text)
        assert len(str(error_info.value)) < 300


@pytest.mark.parametrize(
    "subjects",
    [
        ["a45", 7],
        ("a45", "a7"),
        (one for one in ("a45", 7)),
        np.array([45, 7]),
        {"model": ["a45"], "data": 7},
        {"both": (MODEL, NodeRef("artifact", 7))},
        iter([np.int32(45), "artifact:7"]),
    ],
    ids=lambda subjects: type(subjects).__name__,
)
def test_several_are_named_in_their_order(subjects: Any) -> None:
    assert node_ids(subjects, "artifact") == [45, 7]


def test_a_set_names_several() -> None:
    assert set(references({45, "a7", "e3"})) == {MODEL, ("artifact", 7), ("execution", 3)}


def test_one_alone_is_several() -> None:
    for subject in SPELLINGS:
        assert references(subject) == [MODEL]
    assert references([]) == []


def test_one_of_several_is_checked_as_one_is() -> None:
    with pytest.raises(InvalidArgument, match="c2 is a context"):
        references([45, Context(type="Run", name="r", id=2)], "artifact", "execution")
    with pytest.raises(InvalidArgument, match="bool True"):
        references([45, True])
    with pytest.raises(InvalidArgument, match="bytes"):
        references(b"a45")

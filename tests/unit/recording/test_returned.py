"""What a function returned, as it is looked through, without a store."""

from pathlib import Path

import pytest

from graphstore.recording.returned import Returned


@pytest.mark.parametrize("text", ["bert/base", "/no/such/folder", "a\\b", "train", "1/2"])
def test_a_text_with_a_slash_is_a_text_where_nothing_stands(text):
    returned = Returned({"base": text, "all": [text]}, None, "train")
    assert returned.artifacts == []
    assert returned.template["dict"]["base"] == {"value": text}


def test_a_text_is_an_output_by_its_scheme_and_where_something_stands(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    texts = [str(tmp_path / "model"), str(tmp_path / "link"), "s3://models/a"]
    returned = Returned({"abc"[n]: text for n, text in enumerate(texts)}, None, "train")
    assert [artifact.uri for _, artifact in returned.artifacts] == texts


def test_a_text_and_a_path_are_the_output_that_the_step_names():
    for value in ("bert/base", Path("bert/base")):
        returned = Returned(value, "model", "train")
        ((role, artifact),) = returned.artifacts
        assert (role, artifact.type, artifact.uri) == ("model", "Model", "bert/base")
    ((role, artifact),) = Returned([Path("bert/base"), None], None, "train").artifacts
    assert (role, artifact.uri) == ("output", "bert/base")

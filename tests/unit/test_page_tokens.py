"""What a page token may say: where a list goes on, and nothing else."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timezone

import pytest

from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument
from graphstore.model.nodes import Execution
from graphstore.storage.lists import Paging

QUERY = QUERIES["execution.list"]
CRITERIA = {"context_id": 7}
NODES = [
    Execution(type="T", id=id_, create_time=datetime(2026, 1, id_, tzinfo=timezone.utc))
    for id_ in (1, 2)
]


def token_of(order):
    token = Paging(order, False, 1, None).page(NODES, CRITERIA).next_page
    return json.loads(urlsafe_b64decode(token))


def start(order, token):
    text = urlsafe_b64encode(json.dumps(token).encode()).decode()
    return Paging(order, False, 1, text).query(QUERY, CRITERIA)[1]


@pytest.mark.parametrize("order", ["id", "create_time"])
def test_what_somebody_wrote_into_a_token_is_no_parameter_of_the_query(order):
    """Whose list it is, a token once could say: that of another context."""
    token = token_of(order)
    forged = {"context_id": 8, "limit": 1_000, "type": "U", "known_at": "2026-01-01", "x": 1}
    assert start(order, {**token, **forged}) == start(order, token)
    assert start(order, token)["context_id"] == 7
    time = {} if order == "id" else {"after_time": "2027-01-01T00:00:00+00:00"}
    assert start(order, {**token, "after_id": "9", **time})["after_id"] == 9
    assert "after_time" not in start("id", {**token_of("id"), "after_time": "2027-01-01"})


@pytest.mark.parametrize("wrong", ["x", None, [1], {}, 2**63, -(2**64), "1" * 30])
def test_an_id_that_is_none_is_told(wrong):
    with pytest.raises(InvalidArgument, match="is no page token"):
        start("id", {**token_of("id"), "after_id": wrong})


def test_a_token_of_another_list_is_told():
    token = token_of("id")
    with pytest.raises(InvalidArgument, match="other conditions"):
        start("create_time", token)
    with pytest.raises(InvalidArgument, match="other conditions"):
        start("id", {**token, "list": "0" * 16})

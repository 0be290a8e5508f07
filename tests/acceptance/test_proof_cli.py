"""`graphstore key`, `seal` and `verify --records`: what they print, and how they end."""

import json

import pytest

from graphstore import Artifact
from tests.integration.proof.conftest import run, settle


@pytest.fixture
def model(store, types):
    one = store.artifacts.put(Artifact(type="Model", uri="s3://models/1"))
    settle(store)
    return one


def test_a_store_is_sealed_and_verified(store, model, command, tmp_path):
    made = command("key")
    public = made.out.strip()
    assert made.code == 0 and public.startswith("ed25519:")
    assert command("key").code == 1
    assert command("key", "--show").out.strip() == public
    assert command("verify", "--records").code == 3

    sealed = command("seal", "--json")
    answer = json.loads(sealed.out)
    assert (answer["number"], answer["key"]) == (1, public)
    assert answer["file"].startswith(str(tmp_path / "home"))
    assert "nothing was recorded since seal 1 that is settled" in command("seal").out

    verified = command("verify", "--records")
    assert verified.code == 0 and "compared with 1 seal in" in verified.out
    kept = str(tmp_path / "kept")
    assert command("verify", "--records", "--seals", kept).code == 2
    assert command("seal", "-o", kept).code == 0  # nothing new, and what is missing is written
    assert command("verify", "--records", "--seals", kept).code == 0
    assert json.loads(command("verify", "--records", "--json").out)["passed"] is True

    run(store.database, "MATCH (a:Artifact) SET a.uri = 's3://other'")
    altered = command("verify", "--records")
    assert altered.code == 1
    assert altered.out.splitlines()[0].startswith("a1 was altered after seal 1: uri")
    assert json.loads(command("verify", "--records", "--json").out)["problems"][0]["record"] == "a1"

    other = f"ed25519:{'0' * 64}"
    assert command("verify", "--records", "--key", other).code == 1
    assert command("verify", "--records", "--key", "mine").code == 2
    assert command("verify", "a1", "--records").code == 2
    assert command("verify", "a1", "--seals", kept).code == 2
    assert command("key", "--show", "--replace").code == 2


def test_a_key_is_replaced(store, model, command):
    first = command("key").out.strip()
    command("seal")
    second = command("key", "--replace")
    assert second.code == 0 and "seal soon" in second.err
    store.artifacts.put(Artifact(type="Model"))
    settle(store)
    assert command("seal").code == 0
    for key in (first, second.out.strip()):
        assert command("verify", "--records", "--key", key).code == 0


def test_without_a_key_nothing_is_sealed(model, command):
    result = command("seal")
    assert result.code == 3 and "'graphstore key' makes one" in result.err

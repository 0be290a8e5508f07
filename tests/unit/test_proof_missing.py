"""Without the extra `proof` all that needs it says what to install."""

import sys

import pytest

from graphstore import MissingExtra
from graphstore.proof.canonical import canonical
from graphstore.proof.keys import is_signed, make_key


def test_a_missing_package_is_named_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "rfc8785", None)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for package, work in {
        "rfc8785": lambda: canonical({}),
        "cryptography": lambda: make_key(tmp_path / "key"),
    }.items():
        with pytest.raises(MissingExtra, match=rf"'{package}'.*graphstore-ml\[proof\]"):
            work()
    with pytest.raises(MissingExtra):
        is_signed("ed25519:", "", "type", b"")
    assert not (tmp_path / "key").exists()

"""Canonical JSON and Merkle trees, by the vectors of their standards; keys and their files."""

import json
import os
from math import inf, nan

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from graphstore import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from graphstore.check_proof import root_of
from graphstore.proof.canonical import canonical, in_order, spelled, text, zoned
from graphstore.proof.envelope import Envelope, pae
from graphstore.proof.keys import (
    are_linked,
    is_signed,
    load_key,
    make_key,
    public_key,
    replace_key,
)
from graphstore.proof.merkle import Tree, leaf_hash, node_hash, paths_of
from graphstore.proof.records import Record

RFC_8785 = [
    (
        '{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],'
        ' "string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/",'
        ' "literals": [null, true, false]}',
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ),
    (
        '{"\\u20ac": 1, "\\r": 2, "\\ufb33": 3, "1": 4, "\\ud83d\\ude00": 5, "\\u0080": 6,'
        ' "\\u00f6": 7}',
        '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    ),
]
"""Sections 3.2.2 and 3.2.3 of the standard."""


@pytest.mark.parametrize(("given_", "expected"), RFC_8785)
def test_canonical_json_is_that_of_the_standard(given_, expected):
    assert canonical(json.loads(given_)).decode() == expected


VALUES = (
    st.text()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.booleans()
    | st.lists(st.text())
    | st.lists(st.integers(-(2**63), 2**63 - 1))
    | st.lists(st.floats())
)


@given(st.dictionaries(st.text(), VALUES))
def test_the_quick_way_writes_what_the_standard_says(values):
    fields = [(f"properties.{key}", text(values[key])) for key in in_order(values)]
    record = Record("key", None, [("by", text("ann")), *fields, ("record", text("state"))])
    whole = {
        "by": "ann",
        "record": "state",
        "properties": {key: spelled(value) for key, value in values.items()},
    }
    assert record.json.encode() == rfc8785.dumps(whole)


@pytest.mark.parametrize(
    "values", [[1, 1.0, True, "1"], [2**53, 2**53 + 1, float(2**53)], [0.0, -0.0, 0], [nan, "NaN"],
               [inf, -inf, "Infinity"], [["a"], "a", ["a", ""]], [[1], [1.0], [True]]],
)  # fmt: skip
def test_what_is_not_the_same_is_not_spelled_the_same(values):
    assert len({text(value) for value in values}) == len(values)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-03-01T12:30:15.123Z", "2026-03-01T12:30:15.123000000+00:00"),
        ("2026-03-01T12:30:15Z", "2026-03-01T12:30:15.000000000+00:00"),
        ("2026-03-01T12:30Z", "2026-03-01T12:30:00.000000000+00:00"),
        ("2026-03-01T12:30Z[UTC]", "2026-03-01T12:30:00.000000000+00:00"),
        ("2026-03-01T12:30:00.000000001-01:30", "2026-03-01T12:30:00.000000001-01:30"),
        ("2026-07-01T12:30+02:00[Europe/Berlin]",
         "2026-07-01T12:30:00.000000000+02:00[Europe/Berlin]"),
    ],
)  # fmt: skip
def test_times_of_cypher_are_spelled_as_those_of_the_driver(time, expected):
    assert zoned(time) == json.dumps({"datetime": expected}, separators=(",", ":"))


LEAVES = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Those of Certificate Transparency's own tests, for RFC 6962."""


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_trees_are_those_of_the_standard(size):
    tree = Tree()
    for leaf in LEAVES[:size]:
        tree.add(leaf_hash(bytes.fromhex(leaf)))
    assert (tree.size, tree.root.hex()) == (size, ROOTS[size])


def test_paths_are_those_of_the_standard():
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]
    assert [one.hex() for one in paths_of(leaves, [0])[0]] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [one.hex() for one in paths_of(leaves[:3], [2])[2]] == [ROOTS[2]]


@pytest.mark.parametrize("size", [*range(1, 20), 1000])
def test_a_tree_holds_few_digests_and_a_path_is_short(size):
    tree = Tree()
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    for leaf in leaves:
        tree.add(leaf)
        assert len(tree._whole) == tree.size.bit_count()
    for place, path in paths_of(leaves, range(size)).items():
        assert len(path) <= size.bit_length()
        assert root_of(leaves[place], place, size, [one.hex() for one in path]) == tree.root.hex()
    assert node_hash(leaves[0], leaves[0]) != leaf_hash(leaves[0] + leaves[0])


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys" / "seals.json"


def test_a_key_is_its_owners_alone(file):
    key = make_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert load_key(file) == key
    assert key.secret not in repr(key) and key.public in repr(key)
    with pytest.raises(AlreadyExists, match="--replace"):
        make_key(file)


@pytest.mark.skipif(os.name != "posix", reason="files have owners' rights")
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(file, mode):
    make_key(file)
    file.chmod(mode)
    for work in (load_key, replace_key):
        with pytest.raises(FailedPrecondition, match="others than you may read"):
            work(file)


def test_no_key_and_what_is_none(file):
    with pytest.raises(NotFound, match="'graphstore key' makes one"):
        load_key(file)
    make_key(file)
    for text_ in ["", "{}", "[]", '{"secret": 1, "successions": [], "public": 2}', "\xff"]:
        file.write_text(text_, encoding="latin-1")
        with pytest.raises(FailedPrecondition, match="no key in"):
            load_key(file)


def test_a_key_says_which_one_comes_after_it(file):
    first = make_key(file)
    second = replace_key(file)
    third = replace_key(file)
    assert third.line == (first.public, second.public, third.public)
    assert first.secret not in file.read_text() and second.secret not in file.read_text()
    links = third.successions
    assert are_linked(first.public, third.public, links)
    assert are_linked(second.public, third.public, links[1:])
    assert are_linked(first.public, first.public, ())
    assert not are_linked(first.public, third.public, links[:1])
    assert not are_linked(first.public, third.public, links[1:])
    assert not are_linked(second.public, first.public, ())
    foreign = replace_key(make_own(file.with_name("other")))
    assert not are_linked(first.public, foreign.public, foreign.successions)


def make_own(file):
    make_key(file)
    return file


def test_public_keys_are_given_as_they_are_or_in_a_file(file, tmp_path):
    public = make_key(file).public
    (tmp_path / "public").write_text(public + "\n")
    assert public_key(public) == public_key(str(tmp_path / "public")) == public
    for wrong in ["", "ed25519:", public.upper(), public[:-1], public + "0", str(tmp_path), "\0"]:
        with pytest.raises(InvalidArgument, match="no public key"):
            public_key(wrong)


def test_signatures_are_of_a_type_and_a_payload(file):
    key = make_key(file)
    # The example of DSSE's own description.
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    signature = key.sign("type", b"payload")
    assert is_signed(key.public, signature, "type", b"payload")
    for others in [("types", b"payload"), ("type", b"payloa"), ("typep", b"ayload")]:
        assert not is_signed(key.public, signature, *others)
    assert not is_signed(key.public, "", "type", b"payload")
    assert not is_signed(key.public, signature.upper(), "type", b"payload")
    assert not is_signed("ed25519:no", signature, "type", b"payload")
    envelope = Envelope("type", b"payload", key.public, signature)
    assert Envelope.from_json(envelope.json) == envelope
    for wrong in ["", "{}", "[]", '{"payloadType": "a", "payload": "a", "signatures": []}']:
        with pytest.raises(ValueError, match="no envelope"):
            Envelope.from_json(wrong)

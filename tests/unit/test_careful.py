"""What several publish carefully, merged: the same artifacts and contexts, each once."""

from hypothesis import given
from hypothesis import strategies as st

from graphstore.storage.writing.careful import Careful, merge


def row(id_, known_as=None, contents=None, of_type=None):
    properties = {"id": id_} | ({"external_id": known_as} if known_as else {})
    return {
        "properties": properties,
        "known_as": known_as,
        "contents": contents,
        "of_type": of_type,
    }


def wish(artifacts=(), execution=None, artifact_ids=(), contexts=()):
    return {
        "artifact_ids": sorted(artifact_ids),
        "artifacts": list(artifacts),
        "contexts": [{"type_id": 1, "name": name} for name in sorted(contexts)],
        "publications": [
            {
                "execution": execution or row(next(NEW)),
                "artifacts": list(range(len(artifacts) + len(artifact_ids))),
                "contexts": list(range(len(contexts))),
            }
        ],
    }


NEW = iter(range(1000, 10**9))
SOURCES = st.sampled_from([(None, None), ("a", None), ("b", "held"), (None, "held too")])
PARTS = st.builds(
    lambda sources, **others: wish([row(next(NEW), *source) for source in sources], **others),
    st.lists(SOURCES, unique_by=lambda source: source if any(source) else object(), max_size=4),
    artifact_ids=st.sets(st.integers(1, 5)),
    contexts=st.sets(st.sampled_from("abc")),
)


def refers_to(whole):
    """What each publication refers to, by names."""
    ends = [r["known_as"] or r["contents"] or r["properties"]["id"] for r in whole["artifacts"]]
    ends += whole["artifact_ids"]
    names = [context["name"] for context in whole["contexts"]]
    return [
        ([ends[at] for at in one["artifacts"]], [names[at] for at in one["contexts"]])
        for one in whole["publications"]
    ]


@given(st.lists(PARTS, min_size=1, max_size=5))
def test_each_refers_to_what_it_referred_to(parts):
    whole = merge(parts)
    assert refers_to(whole) == [one for part in parts for one in refers_to(part)]
    assert Careful(None).go_together(parts)


@given(st.lists(PARTS, min_size=2, max_size=5))
def test_each_thing_is_there_once_and_in_one_order(parts):
    whole = merge(parts)
    assert whole["artifact_ids"] == sorted(set(whole["artifact_ids"]))
    names = [context["name"] for context in whole["contexts"]]
    assert names == sorted(set(names))
    external_ids = [r["properties"].get("external_id", "") for r in whole["artifacts"]]
    assert external_ids == sorted(external_ids)
    contents = [r["known_as"] or r["contents"] for r in whole["artifacts"]]
    assert len(set(contents) - {None}) == len([one for one in contents if one])
    ids = {r["properties"]["id"] for part in parts for r in part["artifacts"]}
    assert ids >= {r["properties"]["id"] for r in whole["artifacts"]}


def test_new_artifacts_come_first_for_each():
    """For the query answers the other types of a new one at its place."""
    whole = merge([wish([row(7, "z")], artifact_ids=[1]), wish([row(8, "a")], artifact_ids=[2])])
    for one in whole["publications"]:
        first, second = one["artifacts"]
        assert first < len(whole["artifacts"]) <= second


def test_what_the_query_would_not_find_does_not_go_together():
    together = Careful(None).go_together
    step = row(1, "step")
    assert not together([wish(execution=step), wish(execution=row(2, "step"))])
    assert not together([wish(execution=row(3)), wish(execution=row(3))])
    # The second is to find what the first makes: by what it holds, or by what it is called.
    assert not together([wish([row(1, "a", "held")]), wish([row(2, "b", "held")])])
    assert not together([wish([row(1, "a", "held", "X")]), wish([row(2, "a", "held")])])
    assert not together([wish([row(1, "a", "held")]), wish([row(2, "a")])])
    assert together([wish([row(1, "a", "held")]), wish([row(2, "a", "held")])])
    assert together([wish([row(1)]), wish([row(2)])])

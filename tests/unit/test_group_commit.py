"""Merged parameters store what the parts store, each thing once."""

from hypothesis import given
from hypothesis import strategies as st

from graphstore.storage.writing.quick import merge

EVENTS = ("input_rows", "output_rows")
LINKS = ("association_rows", "attribution_rows", "new_attribution_rows")


@st.composite
def parameters(draw):
    """What one thread wants stored, of ids that others have too; new ids are given later."""
    existing = draw(st.lists(st.integers(1, 6), unique=True).map(sorted))
    new, contexts = draw(st.integers(0, 3)), draw(st.sets(st.sampled_from("abc")).map(sorted))
    context_ids = draw(st.lists(st.integers(1, 4), unique=True).map(sorted))
    places = range(len(existing) + new)
    members = range(len(contexts) + len(context_ids))

    def some(places, **how):
        return draw(st.lists(st.sampled_from(places), max_size=3, **how)) if places else []

    def events(type_):
        tails = some(places)
        times = draw(st.sampled_from([[], [5] * len(tails)]))
        row = [type_, [draw(st.sampled_from("xy"))], tails, [0] * len(tails)]
        return [[*row, list(range(len(tails))), times]] if tails else []

    def links(places):
        rows = ([context, some(places, unique=True)] for context in members)
        return [row for row in rows if row[1]]

    return {
        "artifact_ids": existing,
        "artifacts": [{"id": None} for _ in range(new)],
        "executions": [{"id": None}],
        "contexts": [{"type_id": 1, "name": name} for name in contexts],
        "context_ids": context_ids,
        "artifacts_as_read": [[place, {"id": id_}, []] for place, id_ in enumerate(existing)],
        "contexts_as_read": [[place, {"id": id_}, []] for place, id_ in enumerate(context_ids)],
        "input_rows": events("INPUT"),
        "output_rows": events("OUTPUT"),
        "association_rows": [[place, [0]] for place in members],
        "attribution_rows": links(places[: len(existing)]),
        "new_attribution_rows": links(places[len(existing) :]),
    }


def edges_of(part):
    """The edges that parameters ask for, by ids and names; a list, lest one that is twice hides."""
    artifacts = [*part["artifact_ids"], *(row["id"] for row in part["artifacts"])]
    executions = [row["id"] for row in part["executions"]]
    contexts = [*(row["name"] for row in part["contexts"]), *part["context_ids"]]
    edges = [
        (type_, *path, artifacts[tail], executions[of], ordinal, time)
        for name in EVENTS
        for type_, path, tails, ofs, ordinals, times in part[name]
        for tail, of, ordinal, time in zip(
            tails, ofs, ordinals, times or [None] * len(tails), strict=True
        )
    ]
    for name in LINKS:
        ends = executions if name == "association_rows" else artifacts
        edges += [(name, contexts[place], ends[end]) for place, some in part[name] for end in some]
    return edges


@given(st.lists(parameters(), min_size=1, max_size=4))
def test_all_that_the_parts_store_and_nothing_twice(parts):
    ids = iter(range(100, 200))
    for part in parts:
        for row in (*part["artifacts"], *part["executions"]):
            row["id"] = next(ids)
    whole = merge(parts)
    assert whole["artifact_ids"] == sorted(set(whole["artifact_ids"]))
    keys = [(row["type_id"], row["name"]) for row in whole["contexts"]]
    assert keys == sorted(set(keys))
    for name, ids in (("artifacts_as_read", "artifact_ids"), ("contexts_as_read", "context_ids")):
        assert whole[ids] == sorted({id_ for part in parts for id_ in part[ids]})
        rows = whole.get(name, [])
        assert len(rows) == sum(len(part[name]) for part in parts)
        assert all(whole[ids][place] == properties["id"] for place, properties, _ in rows)
    edges = edges_of(whole)
    links = [edge for edge in edges if edge[0] in LINKS]
    assert len(links) == len(set(links))
    events = [edge for edge in edges if edge[0] not in LINKS]
    expected = [edge for part in parts for edge in edges_of(part)]
    assert sorted(events, key=str) == sorted((e for e in expected if e[0] not in LINKS), key=str)
    assert set(links) == {edge for edge in expected if edge[0] in LINKS}
    for name in LINKS[1:]:  # existing ones are looked for, new ones are not
        of = {edge[2] for edge in links if edge[0] == name}
        assert of.isdisjoint(whole["artifact_ids"]) == (name == "new_attribution_rows" or not of)

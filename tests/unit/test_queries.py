"""The folder of queries, and how it is read."""

import re
from datetime import datetime, timezone

import pytest

from graphstore.database.queries import QUERIES, Query, folder

PARAMS = dict(
    re.findall(r"^:param (\w+) => (.*);$", (folder() / "params.cypher").read_text(), re.M)
)


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_every_file_says_what_it_answers(query):
    assert re.fullmatch(r"[A-Z].*[.]", query.summary)
    assert len(query.summary) > 20
    assert query.access in ("read", "write", "schema")
    assert query.text.endswith(";\n")
    for line in query.text.splitlines():
        # An optional condition stands on one line, whatever it asks.
        assert len(line) <= (250 if line.endswith("// optional") else 150)
    if query.access == "read":
        assert query.returns
    if not query.name.startswith("schema."):
        assert len(query.statements) == 1


def _code(query):
    """A query without comments and texts."""
    return re.sub(r"'[^']*'", "''", re.sub(r"(?m)(^|\s)//.*$", "", query.text))


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_no_query_looks_for_a_relationship_of_any_type(query):
    """The planner of a young database scans all relationships for it, for each row."""
    pattern = r"-\[\s*\w*\s*(?:\{[^}]*\})?\s*(?:WHERE[^\]]*)?\]|\)\s*<?--?>?\s*\("
    assert re.findall(pattern, _code(query)) == []


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_who_begins_at_a_type_takes_its_index(query):
    """An index of several keys serves only who asks for all of them: by the type and an id.
    Without, all nodes are read."""
    beginning = re.compile(
        r"^ *MATCH \((\w+):(?:Artifact|Execution|Context)( \{type: [^}]+\})?\)\n"
        r"(?: *USING INDEX .*\n)?((?: *(?:WHERE|AND|OR) .*\n)*)",
        re.M,
    )
    for node, of_type, conditions in beginning.findall(query.text):
        if not of_type and not re.search(rf"\b{node}\.type (=|IN) ", conditions):
            continue
        if conditions.rstrip().endswith("{"):
            continue  # it goes on; context.runs_among has its ids below that
        always = re.sub(r".*// optional\n", "", conditions)
        assert re.search(rf"\b{node}\.(id|create_time|name|uri|_deleted)\b", always), node


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_no_query_takes_what_stands_for_a_time_for_one(query):
    """Somebody may have written a number or a text there by hand: of that, epochMillis fails."""
    code = re.sub(r"\s+", " ", _code(query))
    for time in re.findall(r"(\w+\.\w+)\.epochMillis", code):
        assert f"CASE WHEN {time} IS :: ZONED DATETIME THEN {time}.epochMillis" in code


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_the_time_of_the_last_update_never_goes_back(query):
    for to in re.findall(r"(?s)last_update_time = (.*?)(?:,\n|\n\S|;|\n *SET)", _code(query)):
        match = re.search(r"(?s)(ON CREATE SET|CREATE \()[^;]*last_update_time = ", query.text)
        assert match or re.match(r"CASE WHEN \w+(\.last_update_time)? >=? \w+", to), to


def test_every_parameter_has_a_sample_and_every_sample_a_use():
    parameters = set().union(*(query.parameters for query in QUERIES.values()))
    assert set(PARAMS) == parameters


def test_a_query_is_named_by_its_path():
    query = QUERIES["artifact.get"]
    assert query.path == "artifact/get.cypher"
    assert (query.access, query.returns) == ("read", ("artifacts",))
    assert query.parameters == {"artifact_ids", "known_at"}
    with pytest.raises(KeyError):
        QUERIES["artifact.nothing"]
    with pytest.raises(KeyError):
        QUERIES["../pyproject"]
    assert "params" not in QUERIES
    assert len(QUERIES) == len(list(QUERIES)) > 50


HEADER = "// Answers nothing.\n//\n// access: read\n// returns: a\n"


def test_optional_lines_go_when_nobody_asks_for_them():
    query = Query(
        "x.y",
        HEADER + "MATCH (a)\nWHERE true\n  AND a.b = $b // optional\n  AND a.c = $c\nRETURN a;\n",
    )
    assert "$b" in query.with_parameters({"b": 1, "c": 2}).text
    assert "$b" not in query.with_parameters({"c": 2}).text
    assert "$c" in query.with_parameters({"c": 2}).text
    assert query.parameters == {"b", "c"}


def test_what_is_filled_in_is_not_called_optional():
    text = HEADER + "MATCH (a)-[r:X\n  |Y // as of $known_at // optional\n]->(b)\nWHERE true\n"
    text += "  AND a.time < $known_at // optional\n  AND a.b = $b // optional\nRETURN 's3://x';\n"
    query = Query("x.y", text)

    def lines(values):
        code = query.pasted(values).removeprefix(HEADER)
        return [line.strip() for line in code.splitlines() if line]

    assert lines({"known_at": datetime(2026, 3, 1, tzinfo=timezone.utc)}) == [
        "MATCH (a)-[r:X",
        "|Y // as of then",
        "]->(b)",
        "WHERE true",
        "AND a.time < datetime('2026-03-01T00:00:00+00:00')",
        "RETURN 's3://x';",
    ]
    assert lines({}) == ["MATCH (a)-[r:X", "]->(b)", "WHERE true", "RETURN 's3://x';"]


def test_a_bound_is_a_number_whatever_is_asked():
    query = QUERIES["lineage.upstream"]
    assert "{0,40}" in query.text
    assert "{0,7}" in query.within(7).text
    assert "{0,}" in query.within(None).text
    with pytest.raises(ValueError, match="invalid literal"):
        query.within("1} DETACH DELETE")


def test_a_file_without_a_header_is_refused():
    with pytest.raises(ValueError, match="no line '// access"):
        Query("x.y", "RETURN 1;\n")


def test_statements_are_told_apart():
    query = Query(
        "schema.V001__x", "// X.\n//\n// access: schema\nCREATE (a);\n// b\nCREATE (b);\n"
    )
    assert [s.text.splitlines()[-1] for s in query.statements] == ["CREATE (a)", "CREATE (b)"]
    assert all(s.access == "schema" for s in query.statements)


@pytest.mark.parametrize(
    "name",
    [
        *("", "params", "artifact", "artifact.", ".get", "artifact..get", "artifact/get"),
        *("artifact.get.cypher", "artifact.gets", "../cypher/artifact.get", "lineage.\0"),
    ],
)
def test_what_is_no_query_is_not_found(name):
    assert name not in QUERIES
    with pytest.raises(KeyError):
        QUERIES[name]


def test_each_query_is_found_by_its_name():
    assert len(QUERIES) > 200
    assert all(QUERIES[name].name == name for name in QUERIES)


def test_the_sizes_of_values_are_not_among_the_parameters_of_what_is_planned_once():
    text = (
        HEADER
        + "// planned: once\nUNWIND $rows AS row\nSET row.by = $by // optional\nRETURN 1 AS a;\n"
    )
    query = Query("x.y", text)
    sent, parameters = query.to_send({"rows": [1, 2], "by": "me"})
    assert parameters == {"given": {"rows": [1, 2], "by": "me"}}
    assert "UNWIND $given.rows AS row\nSET row.by = $given.by" in sent
    sent, parameters = query.to_send({"rows": []})
    assert parameters == {"given": {"rows": []}} and "row.by" not in sent
    with pytest.raises(AssertionError, match=r"x\.y was not given rows"):
        query.to_send({"by": "me"})


def test_a_query_may_name_the_values_whose_sizes_do_not_count():
    text = "UNWIND $ids AS id\nMATCH (n {id: id, ids: $ids_of})\nRETURN n;\n"
    query = Query("x.y", HEADER + "// planned: once for $ids\n" + text)
    sent, parameters = query.to_send({"ids": [1, 2], "ids_of": 3})
    assert parameters == {"given": {"ids": [1, 2]}, "ids_of": 3}
    assert "UNWIND $given.ids AS id\nMATCH (n {id: id, ids: $ids_of})" in sent
    with pytest.raises(AssertionError, match=r"x\.y was not given ids"):
        query.to_send({"ids_of": 3})


def test_what_is_planned_once_is_a_parameter():
    for query in QUERIES.values():
        assert query.planned_once <= query.parameters, query.name
        for name in query.planned_once:  # no index is used where a value of a map is on the left
            assert not re.search(rf"\${name} <=? \w+\.", query.text), query.name
    assert QUERIES["lineage.upstream"].planned_once == {"artifact_ids", "execution_ids"}
    publish = QUERIES["execution.publish"]
    assert publish.planned_once == publish.parameters


def test_all_else_is_sent_as_it_stands():
    query = QUERIES["artifact.get"]
    sent, parameters = query.to_send({"artifact_ids": [1]})
    assert (sent, parameters) == (
        query.with_parameters(parameters).text,
        {"artifact_ids": [1]},
    )

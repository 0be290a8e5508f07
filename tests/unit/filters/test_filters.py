"""What filters are taken, what becomes of them, and what the errors say."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.errors import InvalidArgument
from graphstore.filters import compile_filter
from graphstore.filters.parsing import MAX_DEPTH, MAX_LENGTH
from tests.unit.filters.queries import INVALID, VALID, by_kind

KINDS = st.sampled_from(["artifact", "execution", "context"])


def refusal(query, kind="artifact"):
    with pytest.raises(InvalidArgument) as error_info:
        compile_filter(kind, query)
    return str(error_info.value)


@pytest.mark.parametrize(("kind", "query"), by_kind(VALID))
def test_what_mlmd_takes_is_taken(kind, query):
    condition = compile_filter(kind, query)
    assert set(re.findall(r"\$(\w+)", f"{condition.text} {condition.near}")) == set(
        condition.parameters
    )


@pytest.mark.parametrize(("kind", "query", "words"), by_kind(INVALID))
def test_what_mlmd_refuses_is_refused_in_its_words(kind, query, words):
    assert words in refusal(query, kind)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("id = NULL", "Operands of = cannot be literal NULL"),
        ("NOT NULL", "Operands of NOT cannot be literal NULL"),
        ("id + NULL = 1", r"Operands of + cannot be literal NULL"),
        ("name LIKE NULL", "Operands of LIKE cannot be literal NULL"),
        ("state = NULL", "Unsupported enum value specified in the query: NULL"),
        ("state = live", "Unsupported enum value specified in the query: live"),
        ("LIVE = state", "Unrecognized name: LIVE"),
        ("state > LIVE", "No matching signature for operator >"),
        ("state BETWEEN LIVE AND LIVE", "Unrecognized name"),
        ("events_e.type = UNKNOWN", "Unsupported enum value"),
        ("events_a.type = events_b.type", "Unsupported enum value"),
        ("id IN (1, 'a')", "operator IN for argument types INT64 and {INT64, STRING}"),
        ("id BETWEEN 'a' AND 3", "operator BETWEEN for argument types: INT64, STRING, INT64"),
        ("name + 'x' = 'y'", "operator + for argument types: STRING, STRING"),
        ("-'a' = 1", "operator - for argument types: STRING"),
        ("id NOT LIKE 'x'", "operator LIKE for argument types: INT64, STRING"),
        ("id IS TRUE", "operator IS TRUE for argument types: INT64"),
        ("id AND TRUE", "operator AND for argument types: INT64"),
        ("TRUE OR name", "operator OR for argument types: STRING"),
        ("NOT id", "operator NOT for argument types: INT64"),
        ("id + 1", "not a valid boolean expression"),
        ("NULL", "not a valid boolean expression"),
        ("id = 1 = TRUE", "Unexpected '='"),
        ("id = 1 IS NULL", "Unexpected 'IS'"),
        ("id = 9223372036854775808", "Invalid integer literal"),
        (f"id = {'9' * 5000}", "Invalid integer literal"),
        ("id < 1e400", "Invalid floating point literal"),
        (r"name = 'a\q'", r"Illegal escape sequence: \q"),
        (r"name = '\ud800'", "Illegal escape sequence"),
        ("name LIKE 'a\\\\'", "ends with a backslash"),
        ("name LIKE uri", "takes a pattern in quotes"),
        ("UPPER(name) = 'A'", "filters have no functions"),
        ("id = (SELECT 1)", "Syntax error"),
        ("EXISTS(SELECT 1)", "Syntax error"),
        ("CASE WHEN TRUE THEN TRUE END", "Syntax error"),
        ("(id, 1) = (1, 1)", "Syntax error"),
        ("id % 2 = 0", "Syntax error"),
        ("name || 'x' = 'y'", "Syntax error"),
        ("id = 1;", "Syntax error"),
        ("id = $p", "Syntax error"),
        ("id=1and name='a'", "Syntax error"),
        ("id IN 1", "Syntax error"),
        ("id IN name", "expected \"(\""),
        ("id IN (1,)", "Unexpected ')'"),
        ("name = 'x\ny'", "Unclosed string literal"),
        ("properties.`` .int_value = 1", "Syntax error"),
        ("naem = 'a'", "did you mean name?"),
    ],
)  # fmt: skip
def test_other_mistakes(query, words):
    assert words in refusal(query)


def test_errors_show_the_place():
    assert refusal("name = 'ä' AND idd > 3").splitlines()[1:] == [
        "  name = 'ä' AND idd > 3",
        "                 ^",
    ]
    text = refusal("id = 1\n  AND contexts_a.foo = 1")
    assert "line 2, column 18 of the filter" in text
    assert text.splitlines()[1:] == ["    AND contexts_a.foo = 1", "  " + " " * 17 + "^"]
    long = refusal("id = 1 AND " * 200 + "a = 1" + " AND id = 1" * 200)
    line, mark = long.splitlines()[1:]
    assert len(line) < 90 and line.startswith("  ...") and line.endswith("...")
    assert line[mark.index("^") :].startswith("a = 1 AND")


def test_values_are_parameters_and_no_part_of_the_text():
    hostile = "x'}) DETACH DELETE n //"
    condition = compile_filter(
        "artifact",
        f'name = "{hostile}" AND properties.`{hostile}`.int_value = 1234567'
        f' AND contexts_a.name LIKE "{hostile}" AND uri IN ("{hostile}", \'b\') AND id < 5.25',
    )
    assert "DELETE" not in condition.text + str(condition.near) and "1234567" not in condition.text
    assert re.fullmatch(r"[\w\s.$(){}\[\]<>=:~|,'+*/-]*", condition.text)
    assert {name.rstrip("0123456789") for name in condition.parameters} == {"filter_"}


@pytest.mark.slow
def test_of_one_shape_one_text_however_long_the_list():
    short = compile_filter("artifact", "id IN (1, 2)")
    long = compile_filter("artifact", " OR ".join(f"id = {i}" for i in range(5000)))
    assert short.text == long.text
    assert long.parameters == {"filter_0": list(range(5000))}


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("id = 7", (7,)),
        ("id IN (9, 7, 9)", (7, 9)),
        ("id = 9 OR id = 7", (7, 9)),
        ("id = 7 AND id = 9", None),
        ("id = 7 AND uri = 'x'", None),
        ("id = 7 OR uri = 'x'", None),
        ("NOT id = 7", None),
        ("id NOT IN (7, 9)", None),
        ("id != 7", None),
        ("id > 7", None),
        ("id = 7.0", None),
        ("type_id = 7", None),
        ("contexts_c.id = 7", None),
    ],
)
def test_ids_are_told_where_nothing_else_is_said(query, ids):
    assert compile_filter("artifact", query).ids == ids


def test_conditions_that_share_no_alias_share_no_search():
    text = compile_filter(
        "artifact", "contexts_a.type = 'x' AND contexts_b.type = 'y' AND contexts_a.id > 3"
    ).text
    assert text.count("EXISTS") == 2 and "MATCH" in text
    text = compile_filter("artifact", "contexts_a.type = 'x' OR contexts_b.type = 'y'").text
    assert text.count("EXISTS") == 1 and text.count("MATCH") == 2


@pytest.mark.slow
@pytest.mark.parametrize("of", ["NOT ", "- ", "1 + ", "("])
def test_deep_nesting_is_refused_or_harmless(of):
    if of == "(":
        same = compile_filter("artifact", "(" * 10_000 + "id = 1" + ")" * 10_000)
        assert same.text == compile_filter("artifact", "id = 1").text
        assert "Unexpected end" in refusal("(" * 10_000)
    else:
        inner = "TRUE" if of == "NOT " else "1"
        tail = "" if of == "NOT " else " > 0"
        compile_filter("artifact", of * (MAX_DEPTH - 3) + inner + tail)
        assert "nested too deep" in refusal(of * 10_000 + inner + tail)


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("id = 1" + " " * MAX_LENGTH, "characters; at most"),
        (" AND ".join(f"id > {i}" for i in range(501)), "501 conditions"),
        (" AND ".join(f"contexts_{i}.id = 1" for i in range(17)), "17 aliases"),
        (" OR ".join(f"properties.p{i}.int_value = 1" for i in range(101)), "101 properties"),
        # Each BETWEEN asks twice for what the one in it asked twice for.
        ("(" * 30 + "id = 1" + ") BETWEEN TRUE AND TRUE" * 30, "characters of Cypher"),
    ],
)
def test_what_is_too_large_is_refused(query, what):
    assert what in refusal(query)


def test_lone_surrogates_are_refused():
    assert "UTF-8" in refusal("name = '\ud800'")


@given(KINDS, st.text(max_size=60))
def test_any_text_is_a_filter_or_an_invalid_argument(kind, text):
    try:
        compile_filter(kind, text)
    except InvalidArgument as error:
        assert str(error)


WORDS = (
    "id name uri state LIVE type ( ) , . = != < + - * / IN NOT AND OR LIKE BETWEEN IS NULL TRUE 1"
    " 2.5 'a' \"b\" `c` contexts_a events_e properties int_value custom_properties bool_value"
)


@given(KINDS, st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join))
def test_any_words_are_a_filter_or_an_invalid_argument(kind, text):
    try:
        compile_filter(kind, text)
    except InvalidArgument as error:
        assert str(error)


def test_the_parser_is_loaded_by_the_first_filter():
    code = (
        "import sys, graphstore; assert 'lark' not in sys.modules\n"
        "from graphstore.filters import compile_filter\n"
        "assert 'lark' not in sys.modules; compile_filter('artifact', 'id = 1')\n"
        "assert 'lark' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (r"name = 'a\'b\"\\\n\t\x41\u00e4\U0001F600\101'", "a'b\"\\\n\tAä😀A"),
        ('name = "it\'s"', "it's"),
        ("name = ''", ""),
        (r"name = '50\% a\_b'", r"50\% a\_b"),
        ("id = -9223372036854775808", -(2**63)),
        ("id = 0xFF -- a comment", 255),
        ("id /* another */ = # and another\n 5", 5),
        ("id = .5", 0.5),
        ("id = 1e3", 1000.0),
        ("id = - - 1", 1),
        ("(((`id`))) = ((+5))", 5),
    ],
)
def test_literals(query, value):
    assert value in [
        v[0] if isinstance(v, list) else v
        for v in compile_filter("artifact", query).parameters.values()
    ]

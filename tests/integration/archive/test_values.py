"""Whatever a node or an edge says comes back as it was."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from graphstore.interop.archive import export_archive, import_archive
from tests.conftest import examples
from tests.integration.archive.contents import BOOKS, contents, differences, fresh, write_by_hand

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
INTS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats()
ZONES = st.integers(-17 * 60, 17 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES) | st.datetimes(
    datetime(2, 1, 1), datetime(9998, 1, 1)
)
DATES = st.dates()
SCALARS = st.one_of(TEXTS, INTS, FLOATS, st.booleans(), TIMES, DATES, st.binary(max_size=9))
LISTS = st.one_of(*(st.lists(one, max_size=4) for one in (TEXTS, INTS, FLOATS, DATES)))
VALUES = SCALARS | LISTS
KEYS = TEXTS.filter(lambda key: key not in ("", "id", "type_id", "name", "external_id", "source"))
PROPERTIES = st.dictionaries(KEYS, VALUES, max_size=6)

CREATE = """
CREATE (a:Artifact) SET a = $artifact, a.id = 1
CREATE (e:Execution {id: 1})
CREATE (a)-[r:INPUT]->(e) SET r = $edge
CREATE (a)-[s:LOGGED]->(b:GraphstoreSeries) SET s = $edge, b = $hanging
"""


@examples(25)
@given(artifact=PROPERTIES, edge=PROPERTIES, hanging=PROPERTIES)
def test_any_value_comes_back(database, tmp_path, artifact, edge, hanging):
    store = fresh(database)
    parameters = {"artifact": artifact, "edge": edge, "hanging": hanging}
    write_by_hand(database, CREATE, **parameters)
    before = contents(database)
    export_archive(store, tmp_path / "all.zip", force=True)
    import_archive(fresh(database), tmp_path / "all.zip")
    assert differences(before, contents(database)) == []


def test_the_comparison_tells_what_is_not_quite_the_same(database):
    def with_value(text):
        fresh(database)
        write_by_hand(database, f"CREATE (:Artifact {{id: 1, v: {text}}})-[:INPUT]->(:Execution)")
        return contents(database, labels_out=["Type", *BOOKS])

    assert differences(with_value("1"), with_value("1.0"))
    assert differences(with_value("0.0"), with_value("-0.0"))
    assert differences(with_value("[1]"), with_value("[1.0]"))
    assert differences(with_value("date('2026-01-01')"), with_value("'2026-01-01'"))
    assert differences(with_value("datetime('2026-01-01T00:00Z')"),
                       with_value("datetime('2026-01-01T01:00+01:00')"))  # fmt: skip
    assert not differences(with_value("0.0 / 0.0"), with_value("0.0 / 0.0"))

"""Whatever a document says, it is given back equal by prov's own equality."""

import math
import warnings
from datetime import datetime, timezone
from itertools import count
from typing import get_args

import pytest
from hypothesis import assume, given
from prov.identifier import Identifier
from prov.model import Literal, ProvDocument, ProvMention
from prov.tests.examples import tests as EXAMPLES
from prov.tests.strategies import prov_documents

from graphstore.interop.prov import export_prov, import_prov
from graphstore.interop.prov.exporter import Format
from graphstore.interop.prov.records import same
from tests.conftest import examples
from tests.integration.exporting.documents import read
from tests.integration.prov.conftest import document

NUMBERS = count(1)


def imported(store, path, **options):
    """What a document is after an import and an export."""
    report = import_prov(store, path, source=f"{path.stem} {next(NUMBERS)}", **options)
    assert report.agrees
    return report, read(export_prov(store, report.document).text)


def all_relations():
    """A document of every kind of relation, each with a name, attributes and all of its ends."""
    made, when = document(), datetime(2026, 1, 31, tzinfo=timezone.utc)
    more = {"ex:note": Literal("Grüße", langtag="de"), "prov:label": "x"}
    for scope in (made, made.bundle("ex:bundle")):
        use = scope.usage("ex:a", "ex:e1", when, "ex:u", more)
        generation = scope.generation("ex:e2", "ex:a", when, "ex:g", more)
        scope.derivation("ex:e2", "ex:e1", "ex:a", generation, use, "ex:d", more)
        scope.revision("ex:e3", "ex:e2", identifier="ex:r")
        scope.quotation("ex:e3", "ex:e1")
        scope.primary_source("ex:e3", "ex:e1")
        scope.start("ex:a", "ex:e1", "ex:b", when, "ex:s", more)
        scope.end("ex:a", "ex:e1", "ex:b", when, "ex:n", more)
        scope.invalidation("ex:e1", "ex:a", when, "ex:i", more)
        scope.communication("ex:a", "ex:b", "ex:c", more)
        scope.attribution("ex:e2", "ex:ag", "ex:t", more)
        scope.association("ex:a", "ex:ag", "ex:plan", "ex:w", more)
        scope.delegation("ex:ag", "ex:boss", "ex:a", "ex:o", more)
        scope.influence("ex:unknown", "ex:e1", "ex:f", more)
        scope.specialization("ex:e3", "ex:e2")
        scope.alternate("ex:e3", "ex:e1")
        scope.membership("ex:coll", "ex:e1")
        scope.generation("ex:e4", time=when)
        scope.usage("ex:c")
    made.mention("ex:e3", "ex:e2", "ex:bundle")
    return made


@pytest.mark.parametrize("format", get_args(Format))
def test_every_kind_of_relation_in_every_serialisation(shared, write, format):
    made = all_relations()
    if format == "jsonld":  # which has no word for a mention
        made._records = [one for one in made._records if not isinstance(one, ProvMention)]
    path = write(made, format)
    before = read(path.read_text(), format)
    report, after = imported(shared, path)
    assert after == before
    text = export_prov(shared, report.document, format=format).text
    assert read(text, format) == before
    assert not [problem for problem in report.problems if "equal" in problem]


@pytest.mark.parametrize(("name", "make"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_the_examples_of_prov(shared, write, name, make):
    path = write(make())
    assert imported(shared, path)[1] == make()


@examples(25)
@given(made=prov_documents())
def test_any_document(shared, write, made):
    assume(made.get_records() or list(made.bundles))
    path = write(made)
    before = read(path.read_text())
    report, after = imported(shared, path)
    assert before == made
    assert after == made
    again = import_prov(shared, path, source=report.source)
    assert {(one.created, one.updated) for one in again.tables.values()} == {(0, 0)}


def test_typed_literals_are_kept(shared, write):
    made = document()
    values = [
        1, 2**31, 2**63 - 1, 2**64, 0.1, True, "true", "1", "",
        Literal("1", made.valid_qualified_name("xsd:short")),
        Literal("1.10", made.valid_qualified_name("xsd:decimal")),
        Literal("colour", langtag="en-GB"), Literal("x", made.valid_qualified_name("ex:own")),
        Identifier("http://example.org/iri"), made.valid_qualified_name("ex:name"),
        datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=timezone.utc), datetime(2026, 1, 31),
    ]  # fmt: skip
    for number, value in enumerate(values):
        made.entity(f"ex:e{number}", {"ex:value": value})
    made.entity("ex:all", [("ex:value", value) for value in values])
    report, after = imported(shared, write(made))
    assert after == made
    assert report.kept_as_json == {}
    every = shared.artifacts.list(filter="properties.identifier.string_value LIKE '%/all'")
    assert {1, 2**31, 2**63 - 1, str(2**64), "0.1", "colour"} <= {*every[0].custom_properties[
        "ex:value"]}  # fmt: skip


def test_integers_are_equal_by_value(shared, write):
    made = document()
    made.entity("ex:e", {"ex:n": Literal("007", made.valid_qualified_name("xsd:integer"))})
    assert imported(shared, write(made))[1] == made


def test_not_a_number_comes_back_without_a_false_alarm(shared, write):
    made = document()
    made.entity("ex:e", [("ex:n", math.nan), ("ex:m", math.inf), ("ex:m", -math.inf)])
    report, after = imported(shared, write(made))
    assert not [problem for problem in report.problems if "equal" in problem]
    assert same(after, made)


def test_names_of_bundles_are_those_of_the_documents_scope(shared, write):
    made = ProvDocument()
    made.set_default_namespace("http://example.org/")
    bundle = made.bundle("b")
    bundle.set_default_namespace("http://elsewhere.org/")
    bundle.entity("e")
    made.entity("e")
    made.bundle("empty")
    _, after = imported(shared, write(made, "provn"))
    assert after == made
    assert {one.identifier.uri for one in after.bundles} == {
        "http://example.org/b", "http://example.org/empty",
    }  # fmt: skip


def test_local_names_with_blanks_and_beyond_ascii_and_long_ones(shared, write):
    made = document()
    made.add_namespace("ü", "http://example.org/ü/")
    names = ["ex:a b", "ü:ß~", "ex:" + "x" * 5_000, "ex:" + "x" * 5_001]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PROV-N cannot write a blank there
        for name in names:
            made.usage("ex:run", name)
        report, after = imported(shared, write(made))
        assert after == made
    assert any("PROV-N cannot write" in problem for problem in report.problems)
    assert report.tables["entities"].created == len(names)


def test_texts_no_serialisation_but_json_holds(shared, write):
    made = document()
    made.entity("ex:e", {"ex:t": "\0\x1b]0;title\x07 </script> é😀", "prov:label": "\0"})
    assert imported(shared, write(made))[1] == made


def test_a_mention_is_not_lost_silently_where_json_ld_has_no_word_for_it(shared, write):
    made = all_relations()
    report, _ = imported(shared, write(made))
    with warnings.catch_warnings(record=True), pytest.raises(Exception, match=r"(?i)mention"):
        export_prov(shared, report.document, format="jsonld")

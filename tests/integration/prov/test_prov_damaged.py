"""What is no document of PROV is refused in a sentence, and nothing is written."""

import pytest

from graphstore import InvalidArgument, UnsupportedFile
from graphstore.interop.prov import import_prov
from tests.integration.prov.conftest import document

WHOLE = document()
WHOLE.entity("ex:e", {"ex:n": 1})


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("json", ""), ("json", "{"), ("json", "[]"), ("json", '{"a": 1}'), ("json", "1"),
        ("json", '{"entity": {"ex:e": {}}}'), ("json", '{"entity": 1}'), ("json", "[" * 100_000),
        ("json", '{"prefix": {"ex": "http://e/"}, "entity": {"ex:e": {"ex:t": "\\ud800"}}}'),
        ("jsonld", "{}"), ("jsonld", '{"@graph": 1}'),
        ("provn", ""), ("provn", "document\n entity(ex:e)"), ("provn", "no document"),
        ("xml", ""), ("xml", "<a/>"), ("xml", "<prov:document>"), ("xml", "{}"),
        ("rdf", "{"), ("rdf", "<a> <b>"), ("rdf", ""),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_in_a_sentence(store, write, format, text):
    path = write(text, format)
    with pytest.raises(UnsupportedFile) as refused:
        import_prov(store, path)
    sentence = str(refused.value)
    assert sentence.startswith(str(path))
    assert format in sentence
    assert "\n" not in sentence and len(sentence) < 600
    assert not store.types.list("context")


@pytest.mark.parametrize("format", ["json", "provn", "xml", "rdf", "jsonld"])
def test_a_document_cut_short_is_refused(store, write, format):
    path = write(WHOLE, format)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(UnsupportedFile):
        import_prov(store, path)


def test_bytes_that_are_no_text_are_refused(store, write):
    path = write("")
    path.write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(UnsupportedFile, match="is no PROV in the form json"):
        import_prov(store, path)


def test_a_file_of_another_serialisation_is_read_as_told(store, write):
    path = write(WHOLE, "provn")
    with pytest.raises(UnsupportedFile, match="no PROV in the form xml"):
        import_prov(store, path, format="xml")
    with pytest.raises(InvalidArgument, match="json, jsonld, provn, xml, rdf, not 'yaml'"):
        import_prov(store, path, format="yaml")
    other = path.rename(path.with_suffix(".txt"))
    with pytest.raises(UnsupportedFile, match=r"the endings are .json, .jsonld"):
        import_prov(store, other)
    assert import_prov(store, other, format="provn").agrees


def test_no_file_is_an_error_of_the_system(store, tmp_path):
    with pytest.raises(FileNotFoundError):
        import_prov(store, tmp_path / "no.json")


def test_what_prov_drops_as_it_reads_is_told(store, write):
    text = (
        '{"prefix": {"ex": "http://e/"}, "entity": {"ex:e": {"ex:n": null}},'
        ' "used": {"_:u": {"prov:activity": "ex:a", "prov:entity": "ex:e", "prov:time": "noon"}}}'
    )
    report = import_prov(store, write(text))
    assert any("null and is dropped" in problem for problem in report.problems)
    assert any("'noon' is not an xsd:dateTime" in problem for problem in report.problems)


def test_an_empty_name_is_refused(store, write):
    with pytest.raises(InvalidArgument, match="name of a source cannot be empty"):
        import_prov(store, write(WHOLE), source=" ")

"""Which uris are paths of this machine, and which say the same place."""

import importlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.system.uris import canonical, local_path

module = importlib.import_module("graphstore.system.uris")
posix = pytest.mark.skipif(os.name == "nt", reason="needs links and paths of POSIX")


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("/data/x.csv", "/data/x.csv"),
        ("data/x.csv", "data/x.csv"),
        ("./x", "x"),
        ("~/x", "~/x"),
        ("file:///data/x.csv", "/data/x.csv"),
        ("FILE:///data/x", "/data/x"),
        ("file://localhost/data/x", "/data/x"),
        ("file://LOCALHOST/data/x", "/data/x"),
        ("file:/data/x", "/data/x"),
        ("file:///a%20b/%C3%A9%25", "/a b/é%"),
        ("file:///a b/é", "/a b/é"),
        ("file:///a?b#c", "/a?b#c"),
        ("file:///a%zz", "/a%zz"),
        ("file:///%FF", "/\udcff"),
        ("file:///", "/"),
        ("/data/a%20b", "/data/a%20b"),
        ("/data/http://x", "/data/http://x"),
        ("C:\\data\\x", "C:\\data\\x"),
        ("c:/data/x", "c:/data/x"),
        ("C:x", "C:x"),
        ("run-2024-01-01T10:00:00/model.pt", "run-2024-01-01T10:00:00/model.pt"),
        ("model:v1", "model:v1"),
        (Path("/data/x"), "/data/x"),
    ],
)
def test_these_are_paths(uri, path):
    assert local_path(uri) == Path(path)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "s3://bucket/key",
        "S3://bucket/key",
        "gs://bucket/key",
        "https://example.org/x",
        "hdfs://namenode:8020/x",
        "hdfs:///x",
        "abfss://container@account.dfs.core.windows.net/x",
        "git+ssh://git@host/x",
        "models:/name/1",
        "runs:/1234/model",
        "dbfs:/mnt/x",
        "urn:uuid:1234",
        "data:text/plain,x",
        "doi:10.1000/1",
        "arn:aws:s3:::bucket/key",
        "file://server/share/x",
        "/a\0b",
        "file:///a%00b",
    ],
)
def test_these_are_nothing_on_this_machine(uri):
    assert local_path(uri) is None


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1))
def test_the_uri_that_python_makes_of_a_path_leads_back_to_it(name):
    path = Path("/", name).absolute()
    assert local_path(path.as_uri()) == path
    assert local_path(path) == path
    assert local_path(str(path)) == path


@given(st.text())
def test_any_text_is_a_path_or_none_and_has_one_spelling(text):
    path = local_path(text)
    assert path is None or isinstance(path, Path)
    assert isinstance(canonical(text), str)


@posix
def test_on_windows_the_slash_before_a_drive_goes(monkeypatch):
    monkeypatch.setattr(module.os, "name", "nt")
    monkeypatch.setattr(module, "Path", str)
    assert local_path("file:///C:/a%20b") == "C:/a b"


@posix
@pytest.mark.parametrize(
    ("uri", "spelling"),
    [
        ("", ""),
        ("/", "/"),
        ("/no/d", "/no/d"),
        ("/no/d/", "/no/d"),
        ("/no/d//x/./y/../", "/no/d/x"),
        ("//no/d", "/no/d"),
        ("/no/a%20b", "/no/a%20b"),
        ("/no/~/d", "/no/~/d"),
        ("file:///no/d/", "/no/d"),
        ("file:/no/d", "/no/d"),
        ("FILE://LocalHost/no/a%20b/../c", "/no/c"),
        ("file:///no/a%20b", "/no/a b"),
        ("file://server/share/d/", "file://server/share/d"),
        ("C:\\data\\..\\x\\", "C:\\data\\..\\x\\"),
        ("C:/data/../x/", "C:/data/../x/"),
        ("\\\\host\\share\\d", "\\\\host\\share\\d"),
        ("s3://b/k/", "s3://b/k"),
        ("S3://B/K", "s3://B/K"),
        ("s3a://b/k", "s3://b/k"),
        ("gcs://b/k/", "gs://b/k"),
        ("s3:/b/k", "s3://b/k"),
        ("s3://b", "s3://b"),
        ("s3://b/", "s3://b"),
        ("s3://b//k/../x//y/", "s3://b//k/../x//y"),
        ("s3://b/a%20b?versionId=A/", "s3://b/a%20b?versionId=A/"),
        ("s3://Key:Secret@b/k/", "s3://Key:Secret@b/k"),
        ("HTTPS://User:Pass@Example.org:443/a/../B%7e/?q=/../X#F/", None),
        ("http://Example.org", "http://example.org/"),
        ("http://example.org:8080/d/", "http://example.org:8080/d/"),
        ("http://example.org/a/./b/..", "http://example.org/a/"),
        ("hdfs://NameNode:8020/d/", "hdfs://NameNode:8020/d"),
        ("hdfs:///d/", "hdfs:///d"),
        ("dbfs:/mnt/x/", "dbfs:/mnt/x/"),
        ("models:/name/1", "models:/name/1"),
        ("doi:10.1000/A", "doi:10.1000/A"),
        ("data:text/plain,A/", "data:text/plain,A/"),
    ],
)
def test_a_place_has_one_spelling(uri, spelling):
    if spelling is None:
        spelling = "https://User:Pass@example.org/B%7e/?q=/../X#F/"
    for here in (True, False):
        assert canonical(uri, here=here) == spelling
        assert canonical(spelling, here=here) == spelling


@posix
def test_a_relative_path_is_seen_from_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = os.path.realpath(tmp_path)
    assert canonical("x/./y/") == canonical(Path("x", "y")) == f"{here}/x/y"
    assert canonical("~/x") == f"{here}/~/x"
    assert canonical(".") == here
    assert canonical("x/./y/", here=False) == "x/y"


@posix
def test_a_link_is_what_it_leads_to_now(tmp_path):
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-2").mkdir()
    latest = tmp_path / "latest"
    latest.symlink_to("run-1")
    before = canonical(latest / "model.pt")
    assert before == canonical(tmp_path / "run-1" / "model.pt")
    # Not the parent of the link, but that of what it leads to.
    assert canonical(f"{latest}/../run-2") == canonical(tmp_path / "run-2")
    latest.unlink()
    latest.symlink_to("run-2")
    assert canonical(latest / "model.pt") != before
    assert canonical(latest / "model.pt", here=False) == str(latest / "model.pt")


@posix
def test_links_that_lead_in_a_circle_are_a_place_too(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert canonical(tmp_path / "a" / "x").endswith("/x")


@given(st.text())
def test_a_spelling_is_its_own_spelling(text):
    once = canonical(text, here=False)
    assert canonical(once, here=False) == once
    once = canonical("s3://" + text)
    assert canonical(once) == once
    once = canonical("http://" + text)
    assert canonical(once) == once


@pytest.mark.parametrize("text", ["\ud800", "/a/\udcff", "a\0b", "file:///a/%ff", "s3://b/\ud800"])
def test_what_can_be_no_file_has_a_spelling_all_the_same(text):
    assert canonical(canonical(text)) == canonical(text)

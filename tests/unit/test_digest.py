"""Digests of files and folders, held against the programs that an auditor would use."""

import hashlib
import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.errors import InvalidArgument
from graphstore.recording.digest import Check, Digest, Status, check, digest, looking_below
from tests.conftest import examples

module = importlib.import_module("graphstore.recording.digest")
contents = importlib.import_module("graphstore.recording.digest.contents")
EMPTY = hashlib.sha256().hexdigest()
posix = pytest.mark.skipif(os.name == "nt", reason="needs a shell, links and permissions")


def command() -> str:
    """The command that the documentation gives, as it stands there."""
    return next(line.strip() for line in module.__doc__.splitlines() if "find -L" in line)


def by_command(folder) -> str:
    """What the documented command makes of a folder."""
    run = subprocess.run(
        ["sh", "-c", command().replace("FOLDER", '"$0"'), os.fspath(folder)],
        capture_output=True,
        text=True,
    )
    return "sha256-tree:" + run.stdout.split()[0]


@pytest.fixture
def other_user():
    """A folder that everybody may enter, and a function that makes us somebody who owns nothing."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        me = os.geteuid()
        yield Path(folder), lambda: os.seteuid(65534) if me == 0 else None
        os.seteuid(me)
        for path in Path(folder).rglob("*"):
            path.chmod(0o700)


def test_a_file_has_the_digest_that_sha256sum_prints(tmp_path):
    file = tmp_path / "model.bin"
    file.write_bytes(os.urandom(3 * 2**18 + 1))
    answer = digest(file)
    assert answer.value == "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()
    assert (answer.size, answer.reason) == (3 * 2**18 + 1, "")
    assert digest(str(file)) == answer


def test_an_empty_file_and_an_empty_folder_have_digests_and_differ(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "in it").mkdir(parents=True)
    assert digest(tmp_path / "file") == Digest(f"sha256:{EMPTY}", 0)
    assert digest(tmp_path / "folder") == Digest(f"sha256-tree:{EMPTY}", 0)


@posix
def test_an_empty_folder_has_the_digest_of_the_command(tmp_path):
    assert by_command(tmp_path) == f"sha256-tree:{EMPTY}"


NAMES = st.binary(min_size=1, max_size=12).filter(
    # Older versions of sha256sum do not escape a carriage return.
    lambda name: not set(name) & set(b"/\0\r") and name not in (b".", b"..")
)
TREES = st.recursive(
    st.binary(max_size=20), lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


def build(path: bytes, tree) -> None:
    if isinstance(tree, bytes):
        Path(os.fsdecode(path)).write_bytes(tree)
        return
    os.mkdir(path)
    for name, inner in tree.items():
        build(path + b"/" + name, inner)


def total(tree) -> int:
    return len(tree) if isinstance(tree, bytes) else sum(map(total, tree.values()))


@pytest.mark.slow
@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="names must be UTF-8 there")
@examples(60)  # each starts programs
@given(tree=st.dictionaries(NAMES, TREES, max_size=5))
def test_a_folder_has_the_digest_of_the_command_whatever_its_names(tree):
    with tempfile.TemporaryDirectory() as parent:
        folder = os.path.join(parent, "x")
        build(os.fsencode(folder), tree)
        assert digest(folder) == Digest(by_command(folder), total(tree))


@posix
def test_a_folder_of_odd_names_has_the_digest_of_the_command(tmp_path):
    names = [
        "-n",
        "a b",
        "é",
        "e\u0301",
        "a\nb",
        "a\\b",
        "\\",
        "*",
        "~",
        '"',
        "B",
        "a",
        "a.b",
        "a-b",
    ]
    for name in names:
        (tmp_path / name).write_text(name)
    (tmp_path / "a!").mkdir()
    (tmp_path / "a!" / "x").touch()
    (tmp_path / ".hidden").write_text("too")
    assert digest(tmp_path).value == by_command(tmp_path)


@posix
def test_a_carriage_return_is_escaped_as_by_coreutils_9(tmp_path):
    (tmp_path / "a\rb").write_bytes(b"a")
    line = b"\\" + hashlib.sha256(b"a").hexdigest().encode() + b"  ./a\\rb\n"
    assert digest(tmp_path).value == "sha256-tree:" + hashlib.sha256(line).hexdigest()


@posix
def test_links_are_followed_but_not_in_circles_or_to_nothing(tmp_path):
    outside, folder = tmp_path / "blobs", tmp_path / "snapshot"
    outside.mkdir()
    (outside / "1234").write_text("weights")
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "file").write_text("x")
    (folder / "model.bin").symlink_to("../blobs/1234")
    (folder / "again").symlink_to("sub")
    (folder / "outside").symlink_to(outside)
    (folder / "up").symlink_to(".")
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "broken").symlink_to("nowhere")
    (folder / "through").symlink_to("sub/file/nowhere")
    (folder / "self").symlink_to("self")
    answer = digest(folder)
    assert answer.value == by_command(folder)
    assert answer.size == 2 * len("weights") + 2 * len("x")
    (outside / "1234").write_text("others!")
    assert digest(folder).value not in (None, answer.value)


@posix
def test_a_link_has_the_digest_of_what_it_leads_to(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "y").write_text("y")
    for name in ("file", "folder"):
        (tmp_path / f"to {name}").symlink_to(tmp_path / name)
        assert digest(tmp_path / f"to {name}") == digest(tmp_path / name)


def test_names_count_and_contents_but_not_times_and_empty_folders(tmp_path):
    (tmp_path / "a").write_text("x")
    before = digest(tmp_path)
    os.utime(tmp_path / "a", (1, 1))
    (tmp_path / "b").mkdir()
    assert digest(tmp_path) == before
    (tmp_path / "a").rename(tmp_path / "b" / "a")
    assert digest(tmp_path).value != before.value


def test_what_is_larger_than_the_limit_has_a_size_and_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(bytes(60))
    (tmp_path / "b").write_bytes(bytes(40))
    assert digest(tmp_path, limit=100).value is not None
    assert digest(tmp_path / "a", limit=60).value is not None
    monkeypatch.setattr(contents, "_sha256", lambda *_: pytest.fail("read"))
    assert digest(tmp_path, limit=99) == Digest(
        None, 100, "it has 100 bytes, more than the limit of 99"
    )
    assert digest(tmp_path / "a", limit=0).size == 60
    with pytest.raises(InvalidArgument, match=r"limit must be 0 or more .* found -1"):
        digest(tmp_path, limit=-1)


@pytest.mark.parametrize("path", ["", "nothing/here", "a\0b"])
def test_what_is_not_there_has_a_reason(path):
    answer = digest(path)
    assert (answer.value, answer.size) == (None, None)
    assert answer.reason


@posix
def test_what_is_neither_file_nor_folder_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert digest(tmp_path / "pipe").reason == "it is neither a file nor a folder"
    assert digest(tmp_path) == Digest(f"sha256-tree:{EMPTY}", 0)
    assert by_command(tmp_path) == digest(tmp_path).value


@posix
@pytest.mark.parametrize("folder_mode", [0o000, 0o744, 0o755])
def test_what_may_not_be_read_has_a_reason(other_user, folder_mode):
    folder, become_another = other_user
    file = folder / "sub" / "file"
    file.parent.mkdir()
    file.write_text("x")
    file.chmod(0)
    file.parent.chmod(folder_mode)
    become_another()
    for path in (folder, file):
        answer = digest(path)
        assert answer.value is None
        assert "Permission denied" in answer.reason
        assert str(file.parent) in answer.reason
    assert check(file, f"sha256:{EMPTY}").status is Status.UNKNOWN


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.write_bytes(bytes(2000)),
        lambda file: file.write_bytes(b""),
        lambda file: file.unlink(),
        lambda file: os.utime(file, (1, 1)),
    ],
    ids=["longer", "shorter", "gone", "same length"],
)
@pytest.mark.parametrize("where", ["file", "folder"])
@pytest.mark.parametrize("when", ["before", "after"])
@posix
def test_what_changes_while_it_is_read_has_no_digest(tmp_path, monkeypatch, change, where, when):
    file = tmp_path / "folder" / "file"
    file.parent.mkdir()
    file.write_bytes(bytes(1000))
    original = contents._sha256

    def changing(entry, on_read):
        if when == "before":
            change(file)
        value = original(entry, on_read)
        if when == "after":
            change(file)
        return value

    monkeypatch.setattr(contents, "_sha256", changing)
    answer = digest(file if where == "file" else file.parent)
    assert (answer.value, answer.size) == (None, 1000)
    assert any(word in answer.reason for word in ("changed", "went", "No such file"))


def test_a_file_that_grows_without_end_is_read_no_further_than_it_was(tmp_path, monkeypatch):
    file = tmp_path / "log"
    file.write_bytes(bytes(10))

    class Endless:
        reads = 0

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def readinto(self, buffer):
            self.reads += 1
            assert self.reads < 5
            return len(buffer)

    monkeypatch.setattr(contents, "open", lambda *_, **__: Endless(), raising=False)
    assert digest(file) == Digest(None, 10, f"{file} changed while it was read")


def test_a_file_that_comes_while_a_folder_is_read_is_noticed(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("x")
    original = contents._sha256

    def adding(file, on_read):
        (tmp_path / "b").write_text("y")
        return original(file, on_read)

    monkeypatch.setattr(contents, "_sha256", adding)
    assert digest(tmp_path) == Digest(None, 1, "it changed while it was read")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_was_recorded_is_unchanged_changed_or_gone(tmp_path, kind):
    path = tmp_path / "artifact"
    file = path
    if kind == "folder":
        path.mkdir()
        file = path / "x"
    file.write_text("one")
    uri, before = path.as_uri(), digest(path)
    assert check(uri, before.value) == Check(Status.UNCHANGED, "", before)
    assert check(path, before.value, size=before.size).status is Status.UNCHANGED
    file.write_text("two")
    verdict = check(uri, before.value, size=before.size)
    assert (verdict.status, verdict.found) == (Status.CHANGED, digest(path))
    file.unlink()
    if kind == "folder":
        path.rmdir()
    assert check(uri, before.value) == Check(Status.GONE, f"there is nothing at {path}")
    path.mkdir() if kind == "file" else path.write_text("one")
    assert check(uri, before.value).status is Status.CHANGED


def test_another_size_is_change_enough_and_nothing_is_read(tmp_path, monkeypatch):
    (tmp_path / "x").write_text("three")
    monkeypatch.setattr(contents, "_sha256", lambda *_: pytest.fail("read"))
    verdict = check(tmp_path / "x", f"sha256:{EMPTY}", size=3, limit=1)
    assert (verdict.status, verdict.reason) == (Status.CHANGED, "it had 3 bytes, and has 5")


@pytest.mark.parametrize(
    ("uri", "before", "reason"),
    [
        ("/etc", None, "no digest was recorded"),
        ("/etc", "", "no digest was recorded"),
        ("/etc", "md5:1234", "the recorded digest is none of graphstore's: 'md5:1234'"),
        ("", f"sha256:{EMPTY}", "it has no uri"),
        ("/dev/null", f"sha256:{EMPTY}", "it is neither a file nor a folder"),
    ],
)
@posix
def test_what_cannot_be_told_is_unknown_and_says_why(uri, before, reason):
    verdict = check(uri, before)
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, reason)


def test_what_is_elsewhere_and_cannot_be_asked_for_is_unknown():
    verdict = check("nosuch://bucket/key", f"sha256:{EMPTY}")
    assert verdict.status is Status.UNKNOWN
    assert verdict.reason.startswith("it is not on this machine's file system, and ")


def test_what_is_larger_than_the_limit_is_unknown(tmp_path):
    (tmp_path / "x").write_text("three")
    verdict = check(tmp_path / "x", f"sha256:{EMPTY}", limit=4)
    assert (verdict.status, verdict.reason) == (
        Status.UNKNOWN,
        "it has 5 bytes, more than the limit of 4",
    )
    with pytest.raises(InvalidArgument):
        check(tmp_path / "x", f"sha256:{EMPTY}", limit=-4)


@posix
def test_below_a_file_and_behind_a_broken_link_there_is_nothing(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "broken").symlink_to("nowhere")
    assert check(tmp_path / "file" / "x", f"sha256:{EMPTY}").status is Status.GONE
    assert check(tmp_path / "broken", f"sha256:{EMPTY}").status is Status.GONE


def test_a_status_is_its_name():
    assert [status.value for status in Status] == ["UNCHANGED", "CHANGED", "GONE", "UNKNOWN"]
    assert Status("GONE") is Status.GONE


def test_who_is_told_where_to_look_looks_nowhere_else(tmp_path):
    inside, outside = tmp_path / "in" / "data", tmp_path / "out"
    inside.parent.mkdir()
    for file in (inside, outside):
        file.write_text("1")
    way_out = tmp_path / "in" / "link"
    way_out.symlink_to(outside)
    recorded = digest(outside).value
    with looking_below((inside.parent,)):
        assert check(inside, recorded).status is Status.UNCHANGED
        for place in (outside, way_out, tmp_path / "in/../out", tmp_path / "not-there"):
            refused = check(place, recorded)
            assert refused.status is Status.UNKNOWN and "below its roots" in refused.reason
        assert "asks no other server" in check("https://example.org/x", "etag:1").reason
    with looking_below(()):
        assert check(inside, recorded).status is Status.UNKNOWN
    assert check(outside, recorded).status is Status.UNCHANGED

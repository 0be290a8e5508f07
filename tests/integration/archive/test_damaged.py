"""A file that is not as it was written is refused, and nothing of it is stored."""

import json
import shutil
import zipfile

import pytest

from graphstore import AlreadyExists, FailedPrecondition, UnsupportedFile
from graphstore.interop.archive import export_archive, import_archive
from graphstore.interop.archive.file import VERSION, ArchiveFile
from tests.integration.archive.contents import contents, differences, fill, fresh, write_by_hand


@pytest.fixture(scope="module")
def archive(database, tmp_path_factory):
    """A sound archive of a bit of everything."""
    store = fresh(database)
    fill(store)
    write_by_hand(database)
    path = tmp_path_factory.mktemp("archive") / "all.zip"
    export_archive(store, path)
    return path


@pytest.fixture
def damaged(archive, tmp_path):
    """A copy to damage."""
    return shutil.copy(archive, tmp_path / "damaged.zip")


def check(path):
    """Read all of an archive as an import does before it writes."""
    with ArchiveFile(path) as file:
        file.check()


def rewrite(path, change):
    """Write the archive anew, from what `change` makes of its parts."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts = change(parts) or parts
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)


def with_manifest(path, **changes):
    def change(parts):
        manifest = {**json.loads(parts["manifest.json"]), **changes}
        parts["manifest.json"] = json.dumps(manifest)

    rewrite(path, change)


def test_a_sound_one_is_sound(archive):
    check(archive)


def test_nothing_is_written_of_a_damaged_one(damaged, store):
    rewrite(damaged, lambda parts: {**parts, "artifacts-00001.jsonl": b"{}\n"})
    before = contents(store.database, labels_out=())
    with pytest.raises(UnsupportedFile, match=r"artifacts-00001\.jsonl"):
        import_archive(store, damaged)
    assert differences(before, contents(store.database, labels_out=())) == []


def test_one_that_is_cut_off_is_refused_wherever(archive, damaged):
    data = archive.read_bytes()
    for length in [*range(0, len(data), 97), *range(len(data) - 30, len(data))]:
        with open(damaged, "wb") as file:
            file.write(data[:length])
        with pytest.raises(UnsupportedFile):
            check(damaged)


def lines(path):
    with ArchiveFile(path) as file:
        file.check()
        return file.manifest, {kind: list(file.read(kind)) for kind in ("artifact", "execution")}


def test_a_byte_that_is_another_one_is_noticed_or_means_nothing(archive, damaged):
    """What a zip says twice, or says for nobody (a time, flags of old systems), may be changed."""
    data, sound = archive.read_bytes(), lines(archive)
    refused = 0
    for place in range(0, len(data), 7):
        other = bytearray(data)
        other[place] ^= 0xFF
        with open(damaged, "wb") as file:
            file.write(other)
        try:
            assert lines(damaged) == sound, place
        except UnsupportedFile:
            refused += 1
    assert refused > len(data) / 7 * 0.8


@pytest.mark.parametrize("name", ["artifacts-00001.jsonl", "types-00001.jsonl", "manifest.json"])
def test_a_part_that_is_missing_is_named(damaged, name):
    rewrite(damaged, lambda parts: {key: one for key, one in parts.items() if key != name})
    with pytest.raises(UnsupportedFile, match=name):
        check(damaged)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b'{"labels":["Artifact"],"properties":{"id":7}}\n',
        lambda data: data.replace(b"s3://", b"s4://"),
        lambda data: b"".join(reversed(data.splitlines(True))),
        lambda data: data.splitlines(True)[0],
        lambda data: b"",
        lambda data: b"\xff" + data,
    ],
    ids=["line more", "value", "order", "lines less", "empty", "no text"],
)
def test_a_part_that_was_changed_is_named(damaged, change):
    def changed(parts):
        parts["artifacts-00001.jsonl"] = change(parts["artifacts-00001.jsonl"])

    rewrite(damaged, changed)
    with pytest.raises(UnsupportedFile, match=r"damaged: artifacts-00001\.jsonl"):
        check(damaged)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "tar"}, "no archive of graphstore's"),
        ({"version": VERSION + 1}, "upgrade graphstore"),
        ({"version": None}, "upgrade graphstore"),
        ({"parts": []}, "does not name it"),
        ({"parts": None}, "manifest.json"),
        ({"nodes": {}}, "counts of nodes"),
        ({"edges": {}}, "counts of edges"),
        ({"store": {"id": 1}}, "manifest.json"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(damaged, changes, message):
    with_manifest(damaged, **changes)
    with pytest.raises(UnsupportedFile, match=message):
        check(damaged)


@pytest.mark.parametrize("data", [b"", b"PK", b"SQLite format 3\0" * 99, b"\0" * 9_999])
def test_what_is_no_zip_is_refused(tmp_path, data):
    path = tmp_path / "other.zip"
    path.write_bytes(data)
    with pytest.raises(UnsupportedFile, match="no archive"):
        check(path)


def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path):
    with pytest.raises(FailedPrecondition, match=r"cannot read .*nowhere"):
        check(tmp_path / "nowhere.zip")
    with pytest.raises(FailedPrecondition, match="cannot read"):
        check(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        [],
        {},
        {"labels": ["Artifact"], "properties": {}},
        {"labels": ["Execution"], "properties": {"id": 1}},
        {"labels": ["Artifact"], "properties": {"id": 1, "v": {"odd": 1}}},
        {"labels": ["Artifact"], "properties": {"id": 1, "v": {"datetime": "soon"}}},
        {"labels": ["Artifact"], "properties": {"id": 1}, "edges": [{"type": "INPUT"}]},
        {"labels": ["Artifact"], "properties": {"id": 1}, "attachments": [{}]},
    ],
    ids=str,
)
def test_lines_that_no_archive_has_are_refused_though_their_digest_is_right(damaged, line):
    import hashlib

    def changed(parts):
        data = (json.dumps(line) + "\n").encode()
        manifest = json.loads(parts["manifest.json"])
        part = manifest["parts"][0]
        part |= {"lines": 1, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        parts[part["name"]] = data
        parts["manifest.json"] = json.dumps(manifest)

    rewrite(damaged, changed)
    with pytest.raises(UnsupportedFile, match=r"artifacts-00001\.jsonl: line 1"):
        check(damaged)


def test_a_file_is_written_over_only_with_force(store, tmp_path):
    path = tmp_path / "all.zip"
    path.write_text("mine")
    with pytest.raises(AlreadyExists, match="--force"):
        export_archive(store, path)
    assert path.read_text() == "mine"
    export_archive(store, path, force=True)
    check(path)


def test_nothing_is_left_of_an_export_that_fails(store, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise OSError(28, "No space left on device")

    fill(store)
    monkeypatch.setattr("zipfile._ZipWriteFile.write", fail)
    with pytest.raises(FailedPrecondition, match="the disk is full"):
        export_archive(store, tmp_path / "all.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(store, tmp_path):
    with pytest.raises(FailedPrecondition, match=f"no folder {tmp_path / 'no'}"):
        export_archive(store, tmp_path / "no" / "all.zip")
    with pytest.raises(FailedPrecondition, match="is a folder"):
        export_archive(store, tmp_path)

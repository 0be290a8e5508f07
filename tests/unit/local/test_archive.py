"""Class archives, with a program in place of Java that does as it would."""

import os
from dataclasses import replace

import pytest

from graphstore.local.archive import Archive
from graphstore.local.distribution import distribution
from graphstore.local.java import find_java

# Writes the archive that its arguments name: the head last, as Java does, unless told to fail.
JAVA = """
import os, re, sys
if sys.argv[1:] == ["-version"]:
    print('openjdk version "21.0.8"')
    sys.exit()
text = open(sys.argv[1][1:]).read()
assert "-Xshare:dump" in text
target = re.search(r'SharedArchiveFile=([^"]+)', text)[1]
classes = open(re.search(r'SharedClassListFile=([^"]+)', text)[1]).read()
with open(target, "wb") as file:
    file.write(bytes(4) + classes.encode())
    if "broken" not in classes:
        file.seek(0)
        file.write(b"HEAD")
"""


@pytest.fixture
def archive(program, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_JAVA", str(program("java", JAVA)))
    return Archive(distribution(), find_java(distribution()))


@pytest.fixture
def record(tmp_path):
    return tmp_path / "classes.list"


def build(archive, record, classes):
    record.write_text(classes)
    archive.build(record)
    _, dump = archive._attempts()
    while dump.alive():
        pass


def test_the_first_start_records_and_the_next_ones_use_the_archive(archive, record):
    assert archive.options(record) == [f"-XX:DumpLoadedClassList={record}"]
    build(archive, record, "java/lang/Object\n" + "x" * 5000 + "\norg/neo4j/Node\n")
    assert not record.exists()
    assert archive.options(record) == [f"-XX:SharedArchiveFile={archive.file}"]
    assert archive.file.read_bytes() == b"HEADjava/lang/Object\norg/neo4j/Node\n"
    names = {file.name for file in archive.folder.iterdir() if not file.name.startswith(".")}
    assert names == {archive.file.name}


def test_an_archive_that_was_not_finished_is_never_used_and_three_are_enough(archive, record):
    for _ in range(3):
        assert archive.options(record) == [f"-XX:DumpLoadedClassList={record}"]
        build(archive, record, "broken")
    assert archive.options(record) == []
    assert not archive.file.exists()
    assert not archive.partial.exists()


def test_one_is_made_at_a_time(archive, record):
    archive.options(record)
    archive.attempt.write_text(
        f'{{"attempt": 1, "pid": {os.getpid()}, "created": {_began(os.getpid())}}}'
    )
    assert archive.options(record) == []
    record.write_text("java/lang/Object\n")
    archive.build(record)
    assert not archive.partial.exists()


def test_a_cache_that_cannot_be_written_to_does_no_harm(archive, record, tmp_path):
    (tmp_path / "cache").write_text("a file in the place of the folder")
    assert archive.options(record) == []
    record.write_text("java/lang/Object\n")
    archive.build(record)
    assert not record.exists()


def test_every_java_has_its_own_and_the_four_used_last_are_kept(archive, record):
    versions = [replace(archive.java, version=f"21.0.{n}") for n in range(6)]
    archives = [Archive(archive.distribution, java) for java in versions]
    archive.folder.mkdir(parents=True)
    for age, one in enumerate(archives[:-1]):
        one.file.write_bytes(b"HEAD")
        os.utime(one.file, (age, age))
    archives[0].options(record)  # the oldest, and in use
    archives[-1].partial.write_bytes(b"HEAD")
    assert archives[-1].options(record) == [f"-XX:SharedArchiveFile={archives[-1].file}"]
    assert [one.file.exists() for one in archives] == [True, False, False, True, True, True]


def _began(pid):
    from graphstore.system.processes import ProcessId

    return ProcessId.of(pid).created

"""Of a damaged file each bad row is told, by table and id, and the rest is imported."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

import pytest

from graphstore.errors import UnsupportedFile
from graphstore.interop.mlmd.databases.file import MlmdFile
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS
from tests.damaged_files import COLUMNS, damaged_files, sound
from tests.mlmd_files import TABLES, history, write

DAMAGES = [(table, column) for table, column in COLUMNS if not column.startswith("proto")]


@pytest.mark.parametrize("table", sorted({table for table, _ in DAMAGES}))
def test_any_value_in_any_column_is_a_problem_and_no_end(store, tmp_path, table):
    for column in TABLES[table]:
        for name, file in damaged_files(tmp_path, table, column, values=("bytes",)):
            report = import_mlmd(store, file)
            assert report.agrees, (name, report)
            # Of a property that has another value besides, nobody looks at this one.
            assert report.problems or (name.endswith("one-row") and "_value" in column), name


def changed_file(path, statement, *values):
    with closing(sqlite3.connect(sound(path, "Some"))) as file, file:
        file.execute(statement, values)
    return path


VALUE = "INSERT INTO ArtifactProperty (artifact_id, name, is_custom_property, {}) VALUES (?,?,?,?)"


@pytest.mark.parametrize(
    ("statement", "values", "says", "value"),
    [
        (VALUE.format("int_value"), (1, "n", 1, "many"), "of artifact 1: int_value", "many"),
        (VALUE.format("int_value"), (1, "n", 1, float("inf")), "of artifact 1", float("inf")),
        (VALUE.format("double_value"), (1, "n", 1, b"\xff"), "double_value", "\\xff"),
        (VALUE.format("proto_value"), (1, "n", 1, "not base64!"), "proto_value", "not base64!"),
        (VALUE.format("int_value"), (1, "n", 1, None), "has no value", None),
        (VALUE.format("int_value"), (99, "n", 1, 5), "artifact 99, which is missing", None),
        (VALUE.format("int_value"), (1, None, 1, 5), "has no name", None),
    ],
)
def test_what_a_property_is_damaged_to_is_kept_as_it_is(
    store, tmp_path, statement, values, says, value
):
    report = import_mlmd(store, changed_file(tmp_path / "f.sqlite", statement, *values))
    assert report.agrees and any(says in problem for problem in report.problems), report.problems
    (first, *_) = store.artifacts.list(type="SomeModel")
    assert first.custom_properties.get("n") == value
    assert first.custom_properties["text"] == "three"


@pytest.mark.parametrize(
    ("links", "count"),
    [([(1, 2), (2, 3), (3, 1)], 1), ([(1, 1)], 1), ([(1, 2), (2, 1), (3, 1)], 1)],
)
def test_a_circle_of_parents_is_told_and_opened(store, tmp_path, links, count):
    rows = history(3)
    rows["ParentContext"] = [{"context_id": a, "parent_context_id": b} for a, b in links]
    report = import_mlmd(store, write(tmp_path / "f.sqlite", rows))
    assert report.agrees and report.tables["ParentContext"].left_out == count
    assert sum("part of itself" in problem for problem in report.problems) == count
    assert "ParentContext: context " in report.problems[0]


def test_contexts_of_one_name_that_is_none_are_all_left_out(store, tmp_path):
    rows = history(2)
    for row in rows["Context"]:
        row["name"] = ""
    report = import_mlmd(store, write(tmp_path / "f.sqlite", rows))
    assert report.agrees, report
    assert not store.contexts.list(type="run")
    assert any("Context 2 and Context 1 have the same type and name" in p for p in report.problems)
    assert len(store.artifacts.list(type="Model")) == 3


def test_a_schema_that_is_no_text_is_told_in_a_sentence(store, tmp_path):
    file = sound(tmp_path / "f.sqlite", "Some")
    file.write_bytes(
        file.read_bytes().replace(b"AttributionAttribution", b"\x82ttributionAttribution")
    )
    with pytest.raises(UnsupportedFile, match=r"malformed database schema.*x82ttribution"):
        import_mlmd(store, file)


def damaged_pages():
    """The example with each of its pages overwritten in turn, but for the first, which says what
    kind of file it is."""
    content = IRIS.read_bytes()
    size = int.from_bytes(content[16:18], "big")
    for start in range(size, len(content), size):
        yield content[:start] + b"\xff" * size + content[start + size :]


def test_a_file_with_a_damaged_page_is_refused_before_it_is_written_or_read_whole(tmp_path):
    """Or else it is in an index: then all rows are there, and the damage is told."""
    path, reads, refusals = tmp_path / "f.sqlite", 0, 0
    with MlmdFile.open(IRIS) as file:
        whole = rows_of(file)
    for content in damaged_pages():
        path.write_bytes(content)
        try:
            with MlmdFile.open(path) as file:
                (problem,) = file.problems
                assert problem.startswith("the file is damaged (")
                assert rows_of(file) == whole
                reads += 1
        except UnsupportedFile as error:
            assert str(error).startswith(f"{path} is damaged (")
            refusals += 1
    assert reads > 10 and refusals > 10


def rows_of(file):
    """All that is read of a file."""
    return [
        *file.types(),
        *(row for kind in ("context", "artifact", "execution") for row in file.nodes(kind)),
        *file.events(),
        *(row for table in ("attribution", "association") for row in file.members(table)),
        *file.parents(),
        file.anchors(),
    ]


@pytest.mark.parametrize("part", [0.4, 0.7, 0.95])
def test_a_file_that_was_cut_off_leaves_nothing_behind(store, database, tmp_path, part):
    path, content = tmp_path / "f.sqlite", IRIS.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(UnsupportedFile, match="is damaged"):
        import_mlmd(store, path)
    with database.driver.session() as session:
        query = "MATCH (n:Artifact|Execution|Context|GraphstoreSource) RETURN count(n) AS n"
        assert session.run(query).single()["n"] == 0


@pytest.fixture
def other_user():
    """A folder that everybody may enter, and a function that makes us somebody who owns nothing."""
    with TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        me = os.geteuid()
        yield Path(folder), lambda: os.seteuid(65534) if me == 0 else None
        os.seteuid(me)
        for path in Path(folder).rglob("*"):
            path.chmod(0o700)


@pytest.mark.parametrize(
    ("name", "mode", "folder_mode", "says"),
    [
        ("closed file", 0o000, 0o755, "cannot open .*: this user may not read it"),
        ("closed folder", 0o644, 0o000, "cannot open .*: Permission denied"),
        ("WAL", 0o444, 0o555, "it is in WAL mode, .* Copy it to a folder of your own"),
        ("WAL with a log", 0o444, 0o555, "SQLite writes to the folder. Copy both files"),
    ],
)
def test_a_file_that_one_may_not_read_says_why(other_user, name, mode, folder_mode, says):
    outer, become = other_user
    folder = outer / "folder"
    folder.mkdir()
    path = write(outer / "live.sqlite", history(1))
    with closing(sqlite3.connect(path)) as writer:
        if name.startswith("WAL"):
            writer.execute("PRAGMA journal_mode=WAL")
        if name == "WAL with a log":
            writer.execute("INSERT INTO Artifact (id, type_id) VALUES (77, 1)")
            writer.commit()
            copy(f"{path}-wal", folder / "f.sqlite-wal")
        copy(path, folder / "f.sqlite")
    for one in folder.iterdir():
        one.chmod(mode)
    folder.chmod(folder_mode)
    become()
    with pytest.raises(UnsupportedFile, match=says), MlmdFile.open(folder / "f.sqlite"):
        pass


def test_a_circle_with_what_the_store_has_is_told_and_opened(store, tmp_path):
    rows = history(2)
    rows["ParentContext"] = [{"context_id": 1, "parent_context_id": 2}]
    import_mlmd(store, write(tmp_path / "one.sqlite", rows), source="one")
    rows["ParentContext"] = [{"context_id": 2, "parent_context_id": 1}]
    report = import_mlmd(store, write(tmp_path / "two.sqlite", rows), source="two")
    assert report.agrees and report.tables["ParentContext"].left_out == 1
    assert any("part of itself" in problem for problem in report.problems), report.problems


def test_rows_that_say_the_same_name_are_told_apart(store, tmp_path):
    rows = history(2)
    for table, name in (("Artifact", "best"), ("Context", "run"), ("Execution", "step")):
        for row in rows[table]:
            row["name"], row["external_id"] = name, f"{table}-id"
    report = import_mlmd(store, write(tmp_path / "f.sqlite", rows))
    assert report.agrees, report
    assert [run.name for run in store.contexts.list(type="run")] == ["run"]
    first, *others = store.artifacts.list(type="Model")
    assert first.name == "best" and [one.name for one in others] == [None, None]
    assert {one.custom_properties["name"] for one in others} == {"best"}
    assert any("Context 2 and Context 1 have the same type and name" in p for p in report.problems)
    # What was in the second context of that name is in the one there is.
    assert len(store.executions.list(context=store.contexts.list(type="run")[0].id)) == 2

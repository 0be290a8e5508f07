"""An archive as of a time: what an archive of that time has."""

import json
import time
import zipfile
from datetime import timedelta

import pytest

from graphstore import FailedPrecondition, InvalidArgument, Store
from graphstore.interop.archive import export_archive, exporter, import_archive
from graphstore.interop.mlmd_import import import_mlmd
from tests.integration.archive.contents import BOOKS, contents, differences, fill, fresh
from tests.integration.history.test_as_of import moment
from tests.integration.history.test_walks_then import History

SETTLED = 1.1
"""Seconds after which what was recorded is final."""


def copied(store, path):
    """What an archive makes of an empty store in place of this one."""
    copy = fresh(store.database)
    assert import_archive(copy, path).agrees
    return contents(copy.database)


@pytest.mark.parametrize("most", [1, 10_000])  # events that are read with an artifact
def test_an_archive_as_of_a_time_is_what_an_archive_of_that_time_is(
    store, database, tmp_path, monkeypatch, most
):
    monkeypatch.setattr(exporter, "_MANY_EDGES", most)
    history, times = History(store, seed=most), []
    for number in range(4):
        for _ in range(6):
            history.write()
        export_archive(store, tmp_path / f"{number}.zip")
        times.append(moment(database))
    time.sleep(SETTLED)
    for number, then in enumerate(times):
        report = export_archive(store, tmp_path / f"then-{number}.zip", as_of=then)
        assert report.series_left_out == 0
    for number in range(len(times)):
        one, other = (
            copied(store, tmp_path / name) for name in (f"{number}.zip", f"then-{number}.zip")
        )
        assert differences(one, other) == []


def test_all_kinds_of_things_are_as_they_were(store, database, tmp_path):
    fill(store)
    export_archive(store, tmp_path / "before.zip")
    then = moment(database)
    fill(store, name="other", runs=1)
    for one in store.artifacts.list(limit=None):
        store.artifacts.put(one.evolve(custom_properties={"note": "later"}))
    time.sleep(SETTLED)
    export_archive(store, tmp_path / "then.zip", as_of=then)
    with zipfile.ZipFile(tmp_path / "then.zip") as file:
        scope = json.loads(file.read("manifest.json"))["scope"]
    assert scope == {"whole": True, "as_of": then.isoformat()}
    one, other = (copied(store, tmp_path / name) for name in ("before.zip", "then.zip"))
    assert differences(one, other) == []


def test_series_have_the_points_that_they_had(store, database, tmp_path):
    with store.run("iris", "first", capture=()) as run:
        with run.execution("Short") as short, run.execution("Long") as long:
            for step in range(10):
                short.log(loss=1.0 / (step + 1))
                long.log(loss=float(step))
            short.flush()
            long.flush()
            then = moment(database)
            for step in range(5000):
                long.log(loss=-float(step))
            short.log(loss=0.0)
        with run.execution("Later") as later:
            later.log(loss=1.0)
    time.sleep(SETTLED)
    report = export_archive(store, tmp_path / "then.zip", as_of=then)
    assert report.series_left_out == 1
    copied(store, tmp_path / "then.zip")
    copy = Store(database)
    series = copy.series(short.execution.ref)["loss"]
    assert (len(series.values), series.count, series.min) == (10, 10, 0.1)
    assert copy.series(long.execution.ref) == {}
    assert [one.type for one in copy.executions.list()] == ["Short", "Long"]


def test_a_time_that_is_not_final_is_refused(store, database, tmp_path):
    store.types.put_many([])
    now = moment(database)
    with pytest.raises(FailedPrecondition, match="not final yet"):
        export_archive(store, tmp_path / "a.zip", as_of=now + timedelta(seconds=1))
    with pytest.raises(InvalidArgument, match="time zone"):
        export_archive(store, tmp_path / "a.zip", as_of=now.replace(tzinfo=None))
    with pytest.raises(InvalidArgument, match="import that into another store"):
        export_archive(store, tmp_path / "a.zip", as_of=now, lineage=1)
    assert not list(tmp_path.iterdir())


def test_a_later_snapshot_of_a_real_database_hides_nothing_of_the_one_before(
    store, database, tmp_path, shared_data
):
    """What was imported later was recorded later, however long ago it happened."""
    without = (*BOOKS, "GraphstoreSource")  # which tells of all that came from there
    import_mlmd(store, shared_data / "sepsis_v8_snap1.db")
    before, then = contents(database, labels_out=without), moment(database)
    import_mlmd(store, shared_data / "sepsis_v8_snap4.db")
    assert contents(database, labels_out=without) != before
    time.sleep(SETTLED)
    export_archive(store, tmp_path / "then.zip", as_of=then)
    copied(store, tmp_path / "then.zip")
    assert differences(before, contents(database, labels_out=without)) == []

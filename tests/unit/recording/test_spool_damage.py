"""Of what waits on the disk one bad piece takes nothing else along, and nothing is lost unsaid."""

import json
import multiprocessing
import os
import threading
from contextlib import contextmanager

import pytest

from graphstore import Execution
from graphstore.errors import AlreadyExists, ResourceExhausted, StoreError, Unavailable
from graphstore.recording import channel, held, spool
from graphstore.recording.channel import Channel
from graphstore.recording.records import StepRecord, dump

ADDRESS = "bolt://a.store neo4j"


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(channel, "RETRY_AFTER", 0.0)


def record(name, text=""):
    execution = Execution(type="T", external_id=name, custom_properties={"p": text})
    return StepRecord(execution, (), ())


class Taker:
    """Stands where the store's writer stands, and remembers what it was given."""

    def __init__(self, refusals=()):
        self.names, self.refusals, self.away = [], dict(refusals), False

    def __call__(self, records):
        if self.away:
            raise Unavailable("away")
        names = [one.execution.external_id for one in records]
        for name in names:
            if name in self.refusals:
                raise self.refusals[name]
        self.names += names

    def deliver(self, record, late=False):
        self([record])

    def deliver_late(self, records):
        self(records)

    def ping(self):
        self([])


@pytest.fixture
def file():
    return spool.SpoolFile.new(ADDRESS)


def keep(file, *names, **options):
    for name in names:
        file.append(record(name, **options), ADDRESS)


def flush(take=None):
    take = Taker() if take is None else take
    return take.names, spool.flush(ADDRESS, take, refusals=(AlreadyExists,))


@contextmanager
def full_disk(size):
    """No file grows beyond `size` bytes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


NAMES = [f"x{number}" for number in range(4)]


@pytest.mark.slow
def test_a_file_that_is_cut_anywhere_gives_all_that_is_whole_in_it(file):
    keep(file, *NAMES)
    whole = file.path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(whole) if byte == ord("\n")]
    for size in {*range(0, len(whole), 23), *(end + more for end in ends for more in (-2, -1, 0))}:
        file.path.write_bytes(whole[:size])
        names, report = flush()
        # Of the last one only the end of its line is missing.
        expected = sum(end - 1 <= size for end in ends[1:])
        assert names == NAMES[:expected]
        size = min(size, len(whole))
        is_torn = size not in (0, *ends, *(end - 1 for end in ends))
        assert len(report.rejected) == is_torn


@pytest.mark.parametrize("line", range(5))
@pytest.mark.parametrize("old", [False, True])
def test_a_line_that_is_damaged_anywhere_costs_itself_alone(file, line, old):
    keep(file, *NAMES)
    lines = file.path.read_bytes().splitlines(keepends=True)
    if old:
        lines = [json.dumps({"store": ADDRESS}).encode() + b"\n"]
        lines += [dump(record(name)).encode() + b"\n" for name in NAMES]
    for at in range(0, len(lines[line]), 29):
        content = bytearray(lines[line])
        content[at] ^= 0x15
        file.path.write_bytes(b"".join([*lines[:line], bytes(content), *lines[line + 1 :]]))
        names, report = flush()
        others = [name for number, name in enumerate(NAMES, 1) if number != line]
        assert [name for name in names if name in others] == others
        assert len(names) == len(set(names))
        if not old and line > 0 and NAMES[line - 1] not in names:
            assert report.rejected
        for one in held.all_held():
            held.drop(one)


def test_a_damaged_end_of_a_line_joins_two_that_are_whole(file):
    keep(file, *NAMES)
    file.path.write_bytes(file.path.read_bytes().replace(b'"}\n{"record"', b'"}?{"record"'))
    assert flush()[0] == NAMES


def test_what_goes_on_in_a_torn_line_is_delivered(file):
    """As an older version wrote it, too."""
    keep(file, "x0")
    old = [json.dumps({"store": ADDRESS}), '{"record":"st' + dump(record("x1")), dump(record("x2"))]
    file.path.write_text("\n".join(old) + "\n")
    names, report = flush()
    assert names == ["x1", "x2"]
    assert len(report.rejected) == 1


@pytest.mark.parametrize("room", [0, 1, 40, 90, 100, 150, 400])
def test_after_a_full_disk_all_that_was_promised_is_delivered(file, room):
    promises = []
    with file.locked():
        pass
    for name, full in (("x0", True), ("x1", False), ("x2", True), ("x3", False)):
        size = file.path.stat().st_size if file.path.exists() else 0
        try:
            if full:
                with full_disk(size + room):
                    keep(file, name, text="y" * 500)
            else:
                keep(file, name)
            promises.append(name)
        except OSError:
            pass
    assert "x1" in promises
    assert "x0" not in promises
    names, report = flush()
    assert names == promises
    assert not report.rejected


def test_what_is_no_file_of_the_spools_stays_as_it_is(file, tmp_path):
    keep(file, "x0")
    folder = file.path.parent
    (folder / "notes.jsonl").write_text("to do\n")
    (folder / "5-old.jsonl").mkdir()
    (folder / "17-0123abcd.jsonl").write_text("")
    (tmp_path / "home" / "spool" / "a file").write_text("")
    names, report = flush()
    assert (names, report) == (["x0"], spool.Flushed(1, 0))
    assert (folder / "notes.jsonl").read_text() == "to do\n"
    assert held.all_held() == []


@pytest.mark.parametrize(
    "offset", ["", "nonsense", "7", "-3", "99999999", "1e3"], ids=lambda text: text or "empty"
)
def test_a_mark_of_what_was_delivered_that_cannot_be_is_none(file, offset):
    keep(file, *NAMES)
    file.path.with_suffix(".delivered").write_text(offset)
    assert flush()[0] == NAMES


@pytest.mark.parametrize(
    "error",
    [
        AlreadyExists("taken"),
        ValueError("a value that the driver does not send"),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
        RecursionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_only_the_record_that_is_refused_is_set_aside(file, error):
    names = [f"x{number}" for number in range(20)]
    keep(file, *names)
    deliveries, report = flush(Taker({"x11": error}))
    assert deliveries == [name for name in names if name != "x11"]
    ((path, why),) = report.rejected
    assert why
    assert "x11" in path.read_text()


def test_a_record_too_huge_for_the_server_stops_nobody_and_a_busy_server_is_waited_for(file):
    keep(file, "x0")
    keep(file, "x1", text="y" * 2**21)
    keep(file, "x2")
    error = ResourceExhausted("too little memory")
    deliveries, report = flush(Taker({"x1": error}))
    assert deliveries == ["x0", "x2"]
    assert len(report.rejected) == 1
    keep(file, "x3", "x4")
    deliveries, report = flush(Taker({"x4": error}))
    assert (deliveries, report.waiting, report.why) == (["x3"], 1, "too little memory")


def test_values_that_no_utf8_text_has_are_kept(file):
    keep(file, "x0", text="\udcff")
    records = []
    file.deliver(records.extend)
    assert records[0].execution.custom_properties["p"] == "\udcff"


def test_what_was_set_aside_can_be_listed_mended_delivered_and_dropped(file):
    keep(file, *NAMES)
    text = file.path.read_text().replace('"x2"', '"x?"')
    file.path.write_text(text)
    _, report = flush(Taker({"x1": AlreadyExists("x1 is taken")}))
    assert report.delivered == 2
    refusal, damage = held.all_held()
    assert (refusal.address, refusal.state, refusal.records) == (ADDRESS, "set aside", 1)
    assert (refusal.why, damage.address) == ("x1 is taken", ADDRESS)
    assert "damaged" in damage.why
    damage.path.write_text(damage.path.read_text().replace('"x?"', '"x2"'))
    held.retry(damage)
    held.retry(refusal)
    assert {one.state for one in held.all_held()} == {"waiting"}
    names, report = flush(Taker({"x2": AlreadyExists("again")}))
    assert names == ["x1"]
    (again,) = held.all_held()
    held.drop(again)
    assert held.all_held() == []
    assert all(path.name.startswith(".") for path in file.path.parent.iterdir())


def test_a_whole_file_that_an_older_version_set_aside_can_be_delivered(file):
    keep(file, *NAMES)
    lines = [json.dumps({"store": ADDRESS}), *(dump(record(name)) for name in NAMES)]
    text = "\n".join(lines) + "\n"
    file.path.with_suffix(".delivered").write_text(str(len(lines[0]) + len(lines[1]) + 2))
    file.path.write_text(text)
    file.path.rename(file.path.with_suffix(".rejected"))
    (one,) = held.all_held()
    assert one.records == 3
    held.retry(one)
    assert flush()[0] == NAMES[1:]


def test_time_bounds_a_flush_and_the_rest_waits(file):
    keep(file, *NAMES)
    take = Taker()
    report = spool.flush(ADDRESS, take, refusals=(), seconds=0.0)
    assert (report.waiting, take.names) == (4, [])
    assert report.why == "time was over"
    assert flush()[0] == NAMES


def test_one_delivers_at_a_time_and_the_other_says_so(file):
    keep(file, *NAMES)
    answers = []

    def take(records):
        other = spool.flush(ADDRESS, Taker(), refusals=(), seconds=0.0)
        answers.append((other.delivered, other.why))

    file.deliver(take)
    assert set(answers) == {(0, "another process is delivering what waits")}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_threads_and_processes_keep_and_deliver_at_once(tmp_path):
    fork = multiprocessing.get_context("fork")
    log = tmp_path / "delivered"

    def take(records):
        with log.open("a") as stream:
            stream.write("".join(f"{one.execution.external_id}\n" for one in records))

    def write(name):
        file = spool.SpoolFile.new(ADDRESS)
        for number in range(20):
            keep(file, f"{name}-{number}")

    def work(number):
        threads = [threading.Thread(target=write, args=(f"{number}-{n}",)) for n in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            spool.flush(ADDRESS, take, refusals=())
        for thread in threads:
            thread.join()

    workers = [fork.Process(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 3
    assert spool.flush(ADDRESS, take, refusals=()).waiting == 0
    deliveries = log.read_text().split()
    assert sorted(deliveries) == sorted(
        f"{p}-{t}-{n}" for p in range(3) for t in range(2) for n in range(20)
    )
    for p in range(3):
        own = [name for name in deliveries if name.startswith(f"{p}-0-")]
        assert own == [f"{p}-0-{n}" for n in range(20)]


def sender(take):
    return Channel(ADDRESS, take, ping=take.ping)


def test_a_damaged_line_of_a_run_that_goes_on_stops_no_step(caplog):
    take = Taker()
    sends = sender(take)
    take.away = True
    for name in NAMES[:2]:
        sends.send(record(name))
    (file,) = spool.spool_files(ADDRESS)
    text = file.path.read_bytes()
    file.path.write_bytes(text[:-20] + b"\n")
    take.away = False
    sends.send(record("x2"))
    assert sends.finish() == 0
    assert take.names == ["x0", "x2"]
    assert "set aside" in caplog.text


def test_where_nothing_can_be_kept_the_work_goes_on_and_one_warning_says_what_is_lost(
    tmp_path, caplog
):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "spool").write_text("")
    sends = Channel(ADDRESS, None)
    for name in NAMES:
        assert sends.send(record(name)) is None
    assert len(caplog.records) == 1
    assert "LOST" in caplog.text
    assert "is kept in" not in caplog.text
    sends.finish()
    assert "4 records of this run are LOST" in caplog.text


def test_what_could_not_be_kept_is_kept_or_delivered_once_disk_or_store_work_again(
    tmp_path, caplog
):
    (tmp_path / "home").mkdir()
    folder = tmp_path / "home" / "spool"
    folder.write_text("")
    take = Taker()
    for works_again in ("the disk", "the store"):
        take.away = True
        sends = sender(take)
        for name in NAMES[:2]:
            sends.send(record(name))
        if works_again == "the disk":
            folder.unlink()
        else:
            take.away = False
        for name in NAMES[2:]:
            sends.send(record(name))
        assert sends.finish() == (4 if works_again == "the disk" else 0)
        take.away = False
        flush(take)
        assert take.names == NAMES
        take.names.clear()
        if works_again == "the disk":
            for path in sorted(folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            folder.rmdir()
            folder.write_text("")
    assert "are LOST" not in caplog.text


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_within_a_step_leaves_what_waits_to_the_parent():
    take = Taker()
    take.away = True
    sends = sender(take)
    sends.send(record("x0"))
    sends._lock.acquire()  # as another thread of the parent may hold it
    pid = os.fork()
    if pid == 0:
        try:
            sends.send(record("x1"))
        finally:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    sends._lock.release()
    sends.send(record("x2"))
    assert [file.waiting() for file in spool.spool_files(ADDRESS)] == [2, 1]


def test_an_error_that_is_no_records_fault_sets_nothing_aside(file):
    keep(file, *NAMES)
    for error in (StoreError("the driver failed"), OSError("a socket")):
        names, report = flush(Taker({"x0": error}))
        assert (names, report.waiting, report.rejected) == ([], 4, ())

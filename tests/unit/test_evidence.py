"""Evidence of contents that nobody reads whole, and reading each file once."""

import hashlib
import importlib
import io
import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest
from rich.console import Console

from graphstore.errors import InvalidArgument
from graphstore.recording.digest import Inspector, Status, check, digest, is_of_contents
from graphstore.recording.digest.listing import File, settles_in
from graphstore.system.progress import Progress, late_bar

contents = importlib.import_module("graphstore.recording.digest.contents")
samples = importlib.import_module("graphstore.recording.digest.samples")
posix = pytest.mark.skipif(os.name == "nt", reason="needs links")


def evidence_of(path):
    return Inspector(limit=1).evidence(path)


@pytest.fixture
def reads(monkeypatch):
    """The paths of the files that were read whole."""
    original, paths = contents._sha256, []

    def counting(file, on_read):
        paths.append(file.path)
        return original(file, on_read)

    monkeypatch.setattr(contents, "_sha256", counting)
    return paths


# Samples


def test_what_is_within_the_limit_is_read_whole_and_what_is_beyond_sampled(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"123")
    assert Inspector(limit=3).evidence(file) == digest(file)
    evidence = Inspector(limit=2).evidence(file)
    samples_ = hashlib.sha256(b"123").hexdigest()
    assert evidence.value == f"sampled:3:{file.stat().st_mtime_ns}:{samples_}"
    assert (evidence.size, evidence.reason) == (3, "")
    assert Inspector(limit=2).evidence(tmp_path).value.startswith("sampled-tree:3:")
    assert digest(file, limit=2).value is None


@pytest.mark.parametrize("offset", [0, 10_000_000, 20_000_000 - 1])
def test_a_change_within_a_sample_is_noticed_though_size_and_time_are_the_same(tmp_path, offset):
    file = tmp_path / "x"
    with open(file, "wb") as stream:
        stream.truncate(20_000_000)
    os.utime(file, (1, 1))
    before = evidence_of(file)
    at = min(samples._places(20_000_000, 64), key=lambda place: abs(place[0] - offset))[0]
    with open(file, "r+b") as stream:
        stream.seek(at if offset != 20_000_000 - 1 else offset)
        stream.write(b"1")
    os.utime(file, (1, 1))
    after = evidence_of(file)
    assert before.value.split(":")[:3] == after.value.split(":")[:3]
    assert before.value != after.value
    verdict = check(file, before.value)
    assert (verdict.status, verdict.reason) == (Status.CHANGED, "its samples are others")


def test_samples_are_few_whatever_the_size(tmp_path):
    size = 10**13
    places = list(samples._places(size, 64))
    assert len(places) == 64
    assert (places[0][0], places[-1][0] + places[-1][1]) == (0, size)
    assert sum(length for _, length in places) == 4 * 2**20
    assert list(samples._places(10, 64)) == [(0, 10)]
    assert len(set(samples._spread(10**6, 1000))) == 1000
    assert list(samples._spread(3, 1000)) == [0, 1, 2]


@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
def test_what_was_sampled_is_unchanged_changed_touched_or_gone(tmp_path, folder):
    file = tmp_path / "data" / "x"
    file.parent.mkdir()
    file.write_text("one")
    path = file.parent if folder else file
    before = evidence_of(path).value
    same = check(path.as_uri(), before)
    assert same.status is Status.UNCHANGED
    assert "as far as size, time and samples tell" in same.reason
    os.utime(file, (1, 1))
    verdict = check(path, before)
    assert verdict.status is Status.UNKNOWN
    assert "was written to since" in verdict.reason
    file.write_text("two")
    assert check(path, before).reason == "its samples are others"
    file.write_text("three")
    assert check(path, before).reason == "it had 3 bytes, and has 5"
    file.unlink()
    if folder:
        assert check(path, before).status is Status.CHANGED
        file.parent.rmdir()
    assert check(path, before).status is Status.GONE


def test_names_in_a_sampled_folder_count(tmp_path):
    (tmp_path / "a").write_text("x")
    os.utime(tmp_path / "a", (1, 1))
    before = evidence_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert evidence_of(tmp_path).value != before.value


def test_evidence_of_something_else_is_told(tmp_path):
    file = tmp_path / "x"
    file.write_text("12")
    assert check(file, "sampled:12").status is Status.UNKNOWN
    assert check(tmp_path, evidence_of(file).value).status is Status.CHANGED
    assert "which nothing here can be compared with" in check(file, "version:3").reason


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        ("sha256:1", True),
        ("sha256-tree:1", True),
        ("md5:1", True),
        ("1234", True),
        ("sampled:1:2:3", False),
        ("sampled-tree:1:2:3", False),
        ("etag:1", False),
        ("etag-tree:1", False),
        ("version:1", False),
    ],
)
def test_a_prefix_says_whether_it_is_of_contents(value, whole):
    assert is_of_contents(value) is whole


# Reading once


@pytest.mark.parametrize(
    ("age", "mtime", "wait"),
    [
        (0, 1_700_000_000_123_456_789, 0.05),
        (10_000_000, 1_700_000_000_123_456_789, 0.04),
        (50_000_000, 1_700_000_000_123_456_789, 0),
        (0, 1_700_000_000_000_000_000, 2),
        (3_000_000_000, 1_700_000_000_000_000_000, 0),
    ],
)
def test_a_time_is_settled_when_the_clock_has_ticked(age, mtime, wait):
    file = File("x", b"", 1, mtime, (), mtime)
    assert settles_in(file, mtime + age) == pytest.approx(wait)


def test_a_file_is_read_once_by_one_inspector(tmp_path, reads):
    file = tmp_path / "x"
    file.write_text("1")
    time.sleep(0.06)
    inspector = Inspector()
    digests = [inspector.digest(path).value for path in (file, file, tmp_path)]
    assert reads == [str(file)]
    assert digests[0] == digests[1] == digest(file).value
    assert digests[2] == digest(tmp_path).value
    assert inspector.check(file, digests[0]).status is Status.UNCHANGED


@posix
@pytest.mark.parametrize("is_settled", [True, False])
def test_what_is_written_to_is_read_again_though_its_time_is_put_back(tmp_path, reads, is_settled):
    file = tmp_path / "x"
    inspector, digests = Inspector(), set()
    for text in ("1", "2"):
        file.write_text(text)
        os.utime(file, ns=(1, 1))
        if is_settled:
            time.sleep(0.06)
        digests.add(inspector.digest(file).value)
    assert len(digests) == 2
    assert len(reads) == 2


def test_what_was_just_written_is_read_again(tmp_path, reads, monkeypatch):
    file = tmp_path / "x"
    file.write_text("1")
    monkeypatch.setattr(contents, "now", lambda: file.stat().st_mtime_ns + 1)
    inspector = Inspector()
    assert inspector.digest(file) == inspector.digest(file)
    assert len(reads) == 2


def test_a_large_file_that_was_just_written_is_waited_for(tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(contents.time, "sleep", waits.append)
    monkeypatch.setattr(contents, "_BYTES_A_SECOND", 1)
    (tmp_path / "x").write_text("1")
    Inspector().digest(tmp_path / "x")
    assert len(waits) == 1


@posix
def test_a_file_is_read_once_however_many_ways_lead_to_it(tmp_path, reads):
    (tmp_path / "blob").write_text("1")
    (tmp_path / "link").symlink_to("blob")
    os.link(tmp_path / "blob", tmp_path / "hard")
    answer = digest(tmp_path)
    assert len(reads) == 1
    assert answer.size == 3
    for name in ("link", "hard"):
        (tmp_path / name).unlink()
        (tmp_path / name).write_text("1")
    assert digest(tmp_path) == answer


def fan(folder, levels, width=2):
    folders = [folder / f"level-{number}" for number in range(levels)]
    for one in folders:
        one.mkdir()
    for one, below in pairwise(folders):
        for side in range(width):
            (one / f"{side}").symlink_to(below, target_is_directory=True)
    (folders[-1] / "weights").write_text("1")
    return folders[0]


@pytest.mark.slow
@posix
def test_a_fan_of_links_is_given_up_and_a_small_one_is_what_it_shows(tmp_path, reads):
    for levels in (5, 60):
        (tmp_path / str(levels)).mkdir()
    small = digest(fan(tmp_path / "5", 5))
    assert (small.size, len(reads)) == (16, 1)
    large = fan(tmp_path / "60", 60)
    answer = digest(large)
    assert answer.value is None
    assert "more than 100,000 ways" in answer.reason
    assert evidence_of(large).value is None
    assert check(large, small.value).status is Status.UNKNOWN


@posix
def test_many_files_are_no_fan(tmp_path, monkeypatch):
    monkeypatch.setattr("graphstore.recording.digest.listing._WAYS", 10)
    for number in range(50):
        (tmp_path / str(number)).touch()
    assert digest(tmp_path).value is not None


# Threads and progress


@pytest.fixture
def four_threads(monkeypatch):
    monkeypatch.setattr(contents, "_SHARED_FROM", 0)
    monkeypatch.setattr(contents, "_threads", lambda: 4)


def test_threads_find_what_one_finds(tmp_path, four_threads):
    for number in range(50):
        (tmp_path / str(number)).write_bytes(os.urandom(number * 1000))
    by_many = digest(tmp_path)
    contents._threads = lambda: 1
    assert digest(tmp_path) == by_many


def test_where_no_thread_can_be_started_one_reads_all(tmp_path, four_threads, monkeypatch):
    for number in range(5):
        (tmp_path / str(number)).write_text(str(number))
    before = digest(tmp_path)

    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert digest(tmp_path) == before


@pytest.mark.parametrize("error", [OSError(5, "Input/output error", "2"), KeyboardInterrupt()])
def test_an_error_in_one_thread_ends_all(tmp_path, four_threads, monkeypatch, error):
    for number in range(20):
        (tmp_path / str(number)).write_text(str(number))
    original = contents._sha256

    def failing(file, on_read):
        if file.name == b"./2":
            raise error
        return original(file, on_read)

    monkeypatch.setattr(contents, "_sha256", failing)
    if isinstance(error, OSError):
        assert digest(tmp_path).reason == "Input/output error: 2"
    else:
        with pytest.raises(KeyboardInterrupt):
            digest(tmp_path)


def test_progress_says_how_many_bytes_were_read(tmp_path, monkeypatch):
    from contextlib import nullcontext

    (tmp_path / "x").write_bytes(bytes(1000))
    messages = []
    monkeypatch.setattr(contents.time, "monotonic", iter(range(100)).__next__)
    Inspector(progress=lambda: nullcontext(messages.append)).digest(tmp_path / "x")
    assert messages == [Progress("reading", 1000, 1000, "bytes", "x")]


@pytest.mark.parametrize(("after", "is_drawn"), [(0, True), (3600, False)])
def test_a_late_bar_is_drawn_late(after, is_drawn):
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100)
    with late_bar(console, after=after) as show:
        show(Progress("reading", 1, 2, "bytes", "x"))
    assert ("reading" in file.getvalue()) is is_drawn


# Servers


@pytest.fixture
def site():
    """A web server: what it answers for which path, and its address."""
    pages: dict[str, dict[str, str] | int] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            answer = pages.get(self.path, 404)
            if isinstance(answer, float):
                time.sleep(answer)
            self.send_response(answer if isinstance(answer, int) else 200)
            for name, value in answer.items() if isinstance(answer, dict) else ():
                self.send_header(name, value)
            self.send_header("Content-Length", "3")
            self.end_headers()

        do_GET = do_HEAD

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield pages, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_an_etag_tells_one_state_of_an_object_from_another(site):
    pytest.importorskip("fsspec")
    pages, address = site
    pages["/x"] = {"ETag": '"one"'}
    evidence = Inspector(limit=0).evidence(f"{address}/x")
    assert (evidence.value, evidence.size) == ("etag:one", 3)
    verdict = check(f"{address}/x", "etag:one")
    assert (verdict.status, verdict.reason) == (
        Status.UNCHANGED,
        "as far as its server's etag tells",
    )
    assert check(f"{address}/x", "version:one").status is Status.UNKNOWN
    assert check(f"{address}/x", f"sha256:{'0' * 64}").status is Status.UNKNOWN
    pages["/x"] = {"ETag": '"two"'}
    assert check(f"{address}/x", "etag:one").status is Status.CHANGED
    del pages["/x"]
    assert check(f"{address}/x", "etag:one").status is Status.GONE
    assert "there is nothing at" in Inspector().evidence(f"{address}/x").reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({}, "neither an ETag nor a version"),
        ({"ETag": 'W/"one"'}, "a weak ETag"),
        ({"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}, "neither an ETag nor a version"),
        (403, "403"),
        (500, "500"),
    ],
)
def test_what_a_server_does_not_say_is_not_known(site, answer, reason):
    pytest.importorskip("fsspec")
    pages, address = site
    pages["/x"] = answer
    evidence = Inspector().evidence(f"{address}/x")
    assert evidence.value is None
    assert reason in evidence.reason
    assert check(f"{address}/x", "etag:one").status is Status.UNKNOWN


def test_a_server_that_is_not_there_or_does_not_answer_holds_up_little(site):
    pytest.importorskip("fsspec")
    pages, address = site
    with socket.socket() as port_holder:
        port_holder.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{port_holder.getsockname()[1]}/x"
    assert check(url, "etag:one").status is Status.UNKNOWN
    pages["/x"] = 2.0
    inspector = Inspector(remote_timeout=0.2)
    assert "did not answer within 0.2 s" in inspector.evidence(f"{address}/x").reason
    assert "did not answer before" in inspector.evidence(f"{address}/y").reason
    assert Inspector(remote_timeout=0).evidence(f"{address}/x").reason == (
        "it is not on this machine's file system"
    )
    with pytest.raises(InvalidArgument, match="remote_timeout"):
        Inspector(remote_timeout=-1)


def test_what_lies_below_a_prefix_is_known_by_the_tags_of_all(monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    tags = {"/bucket/a/1": "one", "/bucket/a/b/2": "two"}
    original = type(system).ls

    def ls_with_tags(self, path, detail=True, **options):
        entries = original(self, path, detail=True, **options)
        entries = [{**one, "ETag": tags.get(one["name"])} for one in entries]
        return entries if detail else [one["name"] for one in entries]

    monkeypatch.setattr(type(system), "ls", ls_with_tags)
    try:
        for name in tags:
            system.pipe_file(name, b"1")
        evidence = Inspector().evidence("memory://bucket/a")
        lines = b"one  1\ntwo  b/2\n".replace(b"one", b"etag:one").replace(b"two", b"etag:two")
        assert evidence.value == "etag-tree:" + hashlib.sha256(lines).hexdigest()
        assert evidence.size == 2
        assert check("memory://bucket/a", evidence.value).status is Status.UNCHANGED
        tags["/bucket/a/b/2"] = "three"
        assert check("memory://bucket/a", evidence.value).status is Status.CHANGED
        tags["/bucket/a/b/2"] = None
        assert "of b/2: its server says neither" in Inspector().evidence("memory://bucket/a").reason
    finally:
        system.store.clear()


def test_what_a_plugin_does_not_know_has_a_reason():
    pytest.importorskip("fsspec")
    for uri in ("nosuch://x/y", "memory://nothing/here", "doi:10.1000/1", "zip://x::memory://y"):
        evidence = Inspector().evidence(uri)
        assert evidence.value is None and evidence.reason, uri

"""Fetching jars: from a repository on this machine, in small, with all that can go wrong."""

import gc
import hashlib
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from graphstore.errors import DiskFull, DownloadFailed
from graphstore.local import download
from graphstore.local.distribution import Distribution, Jar
from graphstore.local.download import fetch

# jgo does not close the answer to a request that failed; the collector does, and warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

SIZE = 200_000


class Repository:
    """A Maven repository of three jars: it counts what is asked for, and can be made to fail."""

    def __init__(self, root):
        self.root = root
        self.requests = []
        self.half_jars = set()  # names of jars of which half is sent
        self.jars = [self.add("org.example", f"part{n}", "1.0", "") for n in range(2)]
        self.jars.append(self.add("org.example.native", "part", "1.0", "linux-x86_64"))
        self.lock = Distribution("5.0.0", (21,), "Main", (), tuple(self.jars))
        handler = partial(Handler, repository=self, directory=str(root))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def add(self, group, artifact, version, classifier):
        content = f"{artifact}{classifier}".encode() * (SIZE // len(artifact + classifier))
        digest = hashlib.sha256(content).hexdigest()
        jar = Jar(group, artifact, version, classifier, len(content), digest)
        self.file(jar).parent.mkdir(parents=True, exist_ok=True)
        self.file(jar).write_bytes(content)
        return jar

    def file(self, jar):
        return self.root.joinpath(*jar.group.split("."), jar.artifact, jar.version, jar.name)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args, repository, **options):
        self.repository = repository
        super().__init__(*args, **options)

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        if name.endswith(".jar"):
            self.repository.requests.append(name)
        if name in self.repository.half_jars:
            self.send_response(200)
            self.send_header("Content-Length", str(SIZE))
            self.end_headers()
            self.wfile.write(b"x" * (SIZE // 2))
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


class Hasty(threading.Event):
    """One that waits a fiftieth of the time: how long is waited before another attempt."""

    def wait(self, timeout=None):
        return super().wait(timeout and timeout / 50)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "Event", Hasty)
    repository = Repository(tmp_path / "repository")
    gc.freeze()  # what was there before: all of pandas takes the collector long
    monkeypatch.setenv("GRAPHSTORE_MAVEN_REPOSITORY", repository.url + "/")
    yield repository
    repository.close()
    gc.collect()  # here, and not in a test that is strict about warnings
    gc.unfreeze()


@pytest.fixture
def lock(repository):
    return repository.lock


def partial_folder(lock):
    return lock.folder.with_name(lock.folder.name + ".partial")


def complete(lock):
    contents = {file.name: file.read_bytes() for file in lock.folder.iterdir()}
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()} == {
        jar.name: jar.sha256 for jar in lock.jars
    }


@pytest.mark.slow
def test_every_jar_arrives_once_and_progress_adds_up(repository, lock):
    messages = []
    assert fetch(lock, messages.append) == lock.folder
    assert complete(lock)
    assert sorted(repository.requests) == sorted(jar.name for jar in lock.jars)
    assert not partial_folder(lock).exists()
    assert [one.done for one in messages] == sorted(one.done for one in messages)
    assert {(one.step, one.total, one.unit) for one in messages} == {
        ("downloading Neo4j 5.0.0", lock.size, "bytes")
    }
    assert messages[-1].done == lock.size


def test_what_is_there_is_not_asked_for_again(repository, lock):
    fetch(lock)
    repository.requests.clear()
    fetch(lock)
    assert repository.requests == []


def test_a_jar_cut_short_in_the_partial_folder_is_fetched_again(repository, lock):
    """As a download that was killed leaves it: one jar kept, one spoilt, one half fetched."""
    lib = partial_folder(lock) / "lib"
    lib.mkdir(parents=True)
    whole, bad, half = lock.jars
    (lib / whole.name).write_bytes(repository.file(whole).read_bytes())
    (lib / bad.name).write_bytes(repository.file(bad).read_bytes()[:-1] + b"!")
    folder = partial_folder(lock) / "maven" / "org" / "example" / "native" / "part" / "1.0"
    folder.mkdir(parents=True)
    (folder / half.name).write_bytes(repository.file(half).read_bytes()[:1000])
    fetch(lock)
    assert complete(lock)
    assert sorted(repository.requests) == sorted([bad.name, half.name])


def test_a_folder_that_somebody_damaged_is_mended(repository, lock):
    fetch(lock)
    repository.requests.clear()
    missing, short, _ = lock.jars
    (lock.folder / missing.name).unlink()
    (lock.folder / short.name).write_bytes(b"short")
    fetch(lock)
    assert complete(lock)
    assert sorted(repository.requests) == sorted([missing.name, short.name])


def test_a_jar_that_is_not_the_locked_one_is_refused(repository, lock):
    wrong = lock.jars[1]
    content = repository.file(wrong).read_bytes()
    repository.file(wrong).write_bytes(content[:-1] + b"!")
    with pytest.raises(DownloadFailed, match=rf"SHA-256 of {wrong.name}"):
        fetch(lock)
    assert not lock.folder.exists()
    repository.file(wrong).write_bytes(content)
    repository.requests.clear()
    fetch(lock)
    assert complete(lock)
    assert wrong.name in repository.requests


def test_a_connection_that_breaks_is_tried_again_and_then_given_up(repository, lock):
    jar = lock.jars[0]
    repository.half_jars.add(jar.name)
    with pytest.raises(DownloadFailed, match=jar.coordinates):
        fetch(lock)
    assert repository.requests.count(jar.name) == 3
    assert not lock.folder.exists()


def test_a_repository_that_lacks_a_jar_is_named_with_it(repository, lock):
    repository.file(lock.jars[2]).unlink()
    with pytest.raises(DownloadFailed) as error_info:
        fetch(lock)
    message = str(error_info.value)
    assert "org.example.native:part:1.0:linux-x86_64" in message
    assert repository.url in message


def test_without_a_network_it_is_said_what_to_do_and_what_came_is_kept(
    repository, lock, monkeypatch
):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("GRAPHSTORE_MAVEN_REPOSITORY", nobody)
    lib = partial_folder(lock) / "lib"
    lib.mkdir(parents=True)
    (lib / lock.jars[0].name).write_bytes(repository.file(lock.jars[0]).read_bytes())
    with pytest.raises(DownloadFailed) as error_info:
        fetch(lock)
    message = str(error_info.value)
    for hint in (nobody, "HTTPS_PROXY", "GRAPHSTORE_MAVEN_REPOSITORY", "NEO4J_URI", "1 of 3 jars"):
        assert hint in message
    monkeypatch.setenv("GRAPHSTORE_MAVEN_REPOSITORY", repository.url)
    fetch(lock)
    assert lock.jars[0].name not in repository.requests


def test_an_interrupted_fetch_stops_and_goes_on_later(repository, lock):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(lock, interrupt)
    assert not lock.folder.exists()
    fetch(lock)
    assert complete(lock)


@pytest.mark.slow
def test_processes_that_fetch_at_once_fetch_once(repository, lock):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(fetch, [lock] * 4, chunksize=1) == [lock.folder] * 4
        pool.close()
        pool.join()
    assert sorted(repository.requests) == sorted(jar.name for jar in lock.jars)


def test_a_disk_that_is_known_to_be_too_small_is_not_begun_with(repository, lock, monkeypatch):
    monkeypatch.setattr(download, "_SPARE", 10**18)
    with pytest.raises(DiskFull) as error_info:
        fetch(lock)
    assert "MB are needed" in str(error_info.value)
    assert "MB are free" in str(error_info.value)
    assert str(lock.folder.parent) in str(error_info.value)
    assert repository.requests == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_disk_that_fills_up_on_the_way_is_reported(repository, lock, tmp_path):
    """A limit on the size of files stands for the disk: the write fails in the same place."""
    file = tmp_path / "lock"
    file.write_text(lock.render())
    code = f"""
import resource
from pathlib import Path
from graphstore.errors import DiskFull
from graphstore.local.distribution import Distribution
from graphstore.local.download import fetch
lock = Distribution.parse(Path({str(file)!r}).read_text())
resource.setrlimit(resource.RLIMIT_FSIZE, ({SIZE // 2}, {SIZE // 2}))
try:
    fetch(lock)
except DiskFull as error:
    print(error)
"""
    # -B, since the limit would also cut off what Python compiles, and that would stay.
    result = subprocess.run(
        [sys.executable, "-B", "-c", code],
        capture_output=True,
        text=True,
        env=os.environ,
        timeout=120,
    )
    assert "no room for Neo4j" in result.stdout, result.stderr
    assert not lock.folder.exists()

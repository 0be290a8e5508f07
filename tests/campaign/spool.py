"""What waits on the disk, under damage: cut, changed, the disk full, killed, many at once.

Where it matters what a database makes of it, records go to a real Neo4j; where only the disk does,
to a list. A record is acknowledged when `SpoolFile.append` returned, or a step of a run ended.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from graphstore import Artifact, Event, EventType, Execution, Store
from graphstore.errors import AlreadyExists
from graphstore.recording import spool
from graphstore.recording.channel import REFUSALS
from graphstore.recording.records import Record, StepRecord
from tests.campaign.bench import Bench, Row
from tests.proxy import proxy

KILLS = 20


def faults(bench: Bench) -> Iterator[Row]:
    """All kinds, one after another."""
    with _home(bench.folder()):
        yield _cut_at_each_byte()
        yield _change_of_each_byte()
        yield _full_disk()
        yield _kills_while_keeping(bench)
        yield _refusals(bench)
        yield _kills_while_delivering(bench)
        yield _store_that_goes_and_comes(bench)
        yield _many_at_once(bench)


def _cut_at_each_byte() -> Row:
    address, names = "cut", ["x0", "x1", "x2", "x3"]
    file = _file_with(address, names)
    whole = file.path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(whole) if byte == ord("\n")]
    sums: Counter[str] = Counter()
    for size in range(len(whole)):
        file.path.write_bytes(whole[:size])
        # What is behind the cut has left no trace: of what has begun before it nothing may be lost.
        promises = [name for name, begin in zip(names, ends, strict=False) if size > begin]
        sums += _outcome(promises, *_deliver(address))
    return Row("a file cut at each byte", len(whole), **sums)


def _change_of_each_byte() -> Row:
    address, names = "damage", ["x0", "x1", "x2", "x3"]
    file = _file_with(address, names)
    whole = file.path.read_bytes()
    sums: Counter[str] = Counter()
    for at in range(len(whole)):
        content = bytearray(whole)
        content[at] ^= random.randrange(1, 256)
        file.path.write_bytes(content)
        sums += _outcome(names, *_deliver(address))
    return Row("each byte of each line changed", len(whole), **sums)


def _full_disk() -> Row:
    address = "full"
    sums: Counter[str] = Counter()
    attempts = 0
    for at in range(3):
        for room in range(0, 700, 7):
            file = spool.SpoolFile.new(address)
            with file.locked():
                pass
            promises = []
            for number in range(4):
                size = file.path.stat().st_size if file.path.exists() else 0
                try:
                    with _file_size(size + room if number == at else None):
                        file.append(_record(f"x{number}", "y" * 300), address)
                    promises.append(f"x{number}")
                except OSError:
                    pass
            attempts += 1
            sums += _outcome(promises, *_deliver(address))
    return Row("the disk full at each write, after 0 to 700 bytes", attempts, **sums)


def _kills_while_keeping(bench: Bench) -> Row:
    """A process that keeps records, and says so after each, is killed at some moment."""
    sums: Counter[str] = Counter()
    for _ in range(KILLS):
        promises = _lines_until_kill(_keeper, bench.store.address, seconds=random.uniform(0.0, 0.7))
        sums += _outcome(promises, *_counts_in_store(bench.store, promises))
    return Row("killed while it kept records", KILLS, **sums)


def _refusals(bench: Bench) -> Row:
    """One of 30 records is one that the store refuses, at each place."""
    sums: Counter[str] = Counter()
    for place in range(30):
        names = [uuid4().hex for _ in range(30)]
        file = spool.SpoolFile.new(bench.store.address)
        for number, name in enumerate(names):
            file.append(_record(name, missing=number == place), bench.store.address)
        sums += _outcome(names, *_counts_in_store(bench.store, names))
    return Row("one record of 30 refused by Neo4j, at each place", 30, **sums)


def _kills_while_delivering(bench: Bench) -> Row:
    sums: Counter[str] = Counter()
    for _ in range(KILLS):
        names = [uuid4().hex for _ in range(200)]
        _file_with(bench.store.address, names)
        _lines_until_kill(_deliverer, *_way_to(bench), seconds=random.uniform(0.0, 1.0))
        sums += _outcome(names, *_counts_in_store(bench.store, names))
    return Row("killed while it delivered 200 records to Neo4j", KILLS, **sums)


def _store_that_goes_and_comes(bench: Bench) -> Row:
    """Connections are cut every few milliseconds, some after a commit whose answer is lost then."""
    server = bench.server
    sums: Counter[str] = Counter()
    with proxy(server.uri) as way:
        uri = f"bolt://127.0.0.1:{way.port}"
        auth = (server.user, server.password)
        with Store.open(uri, auth=auth, database="neo4j", max_transaction_retry_time=0.2) as store:
            promises = []
            with store.run(f"comes and goes {uuid4().hex}", capture=()) as run:
                for number in range(150):
                    if number % 10 == 5:
                        way.down = True
                        way.drop()
                    elif number % 10 == 0:
                        way.down = False
                        way.cuts = 1
                    with run.execution("Campaign") as step:
                        pass
                    promises.append(step.execution.external_id or "")
                way.down, way.cuts = False, 0
            reject_count = len(store.flush().rejected)
    there = _count(bench.store, promises)
    sums += _outcome(promises, there, reject_count)
    return Row("a store that goes and comes, 30 times", 30, **sums)


def _many_at_once(bench: Bench) -> Row:
    fork = multiprocessing.get_context("spawn")
    answers = fork.Queue()
    arguments = (*_way_to(bench), answers)
    workers = [fork.Process(target=_worker, args=arguments) for _ in range(4)]
    for worker in workers:
        worker.start()
    promises = [name for _ in workers for name in answers.get(timeout=300)]
    for worker in workers:
        worker.join(60)
    return Row(
        "4 processes with 3 threads each that keep and deliver at once",
        len(workers),
        **_outcome(promises, *_counts_in_store(bench.store, promises)),
    )


def _worker(uri: str, user: str, password: str, answers: multiprocessing.Queue[list[str]]) -> None:
    from threading import Thread

    promises: list[str] = []
    with Store.open(uri, auth=(user, password), database="neo4j") as store:

        def keep() -> None:
            file = spool.SpoolFile.new(store.address)
            for _ in range(50):
                name = uuid4().hex
                file.append(_record(name), store.address)
                promises.append(name)

        threads = [Thread(target=keep) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            store.flush()
        for thread in threads:
            thread.join()
    answers.put(promises)


def _keeper(address: str) -> None:
    file = spool.SpoolFile.new(address)
    while True:
        name = uuid4().hex
        file.append(_record(name, "y" * random.randrange(3000)), address)
        _say(name)


def _deliverer(uri: str, user: str, password: str) -> None:
    with Store.open(uri, auth=(user, password), database="neo4j") as store:
        _say("ready")
        store.flush()


def _lines_until_kill(work: Callable[..., None], *arguments: str, seconds: float) -> list[str]:
    """What a process had said on whole lines when it was killed, so long after the first."""
    source, write = os.pipe()
    pid = os.fork()  # which begins at once, where a new Python takes a while
    if pid == 0:
        os.dup2(write, 1)
        try:
            work(*arguments)
        finally:
            os._exit(0)
    os.close(write)
    with open(source) as stream:
        first = stream.readline()
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        rest = stream.read()
    return [line for line in (first + rest).split("\n")[:-1] if line]


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def _way_to(bench: Bench) -> tuple[str, str, str]:
    return bench.server.uri, bench.server.user, bench.server.password


def _record(name: str, text: str = "", *, missing: bool = False) -> Record:
    """A step; if `missing`, one that reads an artifact that is not there."""
    execution = Execution(type="Campaign", external_id=name, custom_properties={"p": text})
    pair = Artifact(type="Nothing", id=2**50), Event(type=EventType.INPUT, path=("data", 0))
    return StepRecord(execution, (pair,) if missing else (), ())


def _file_with(address: str, names: Sequence[str]) -> spool.SpoolFile:
    file = spool.SpoolFile.new(address)
    for name in names:
        file.append(_record(name), address)
    return file


def _deliver(address: str) -> tuple[Counter[str], int]:
    """How often each record came out, and how many were set aside."""
    names: Counter[str] = Counter()

    def deliver(records: Sequence[Record]) -> None:
        names.update(one.execution.external_id or "" for one in records)  # type: ignore[union-attr]

    report = spool.flush(address, deliver, refusals=(AlreadyExists,))
    return names, len(report.rejected)


def _counts_in_store(store: Store, names: Sequence[str]) -> tuple[Counter[str], int]:
    """How often each is in the database once all is delivered, and how many were set aside."""
    delivery = store._delivery()
    report = spool.flush(store.address, delivery.deliver_late, refusals=REFUSALS)
    assert report.waiting == 0, report.why
    return _count(store, names), len(report.rejected)


def _count(store: Store, names: Sequence[str]) -> Counter[str]:
    query = "MATCH (e:Execution) WHERE e.external_id IN $names RETURN e.external_id AS name"
    with store.database.driver.session() as session:
        return Counter(row["name"] for row in session.run(query, names=list(names)))


def _outcome(promises: Sequence[str], came: Counter[str], reports: int) -> Counter[str]:
    there = sum(name in came for name in promises)
    return Counter(
        acknowledged=len(promises),
        there=there,
        lost=max(len(promises) - there - reports, 0),
        doubled=sum(count > 1 for count in came.values()),
        told=reports,
    )


@contextmanager
def _file_size(bytes_: int | None) -> Iterator[None]:
    """No file grows beyond so many bytes: what is written comes as far as on a full disk."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if bytes_ is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    before = os.environ.get("GRAPHSTORE_HOME")
    os.environ["GRAPHSTORE_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["GRAPHSTORE_HOME"]
        else:
            os.environ["GRAPHSTORE_HOME"] = before

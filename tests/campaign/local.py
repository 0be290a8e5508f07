"""The local server, killed and started under those who use it, and they interrupted."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from graphstore import Store, local
from graphstore.system.processes import ProcessId
from tests.campaign.bench import Bench, Row

NAME = "campaign"
KILLS = 20
INTERRUPTIONS = 500
WRITERS, THREADS = 2, 3
OPENERS = 4
SECONDS = 60

# Publishes from several threads until told to stop, and says of each publication that was
# acknowledged; one that was not may be there or not, and is not tried again.
_WRITE = """
import os, sys, threading, time
from graphstore import *
who, threads, stop = sys.argv[1], int(sys.argv[2]), sys.argv[3]
store = Store.open(name="campaign")
store.types.put(ArtifactType(name="Made"))
store.types.put(ExecutionType(name="Making"))
lock = threading.Lock()
def work(thread):
    number = 0
    while not os.path.exists(stop):
        number += 1
        uri = f"s3://{who}/{thread}/{number}"
        try:
            store.publish(
                Execution(type="Making", state=ExecutionState.COMPLETE),
                outputs=[Artifact(type="Made", uri=uri)],
            )
        except StoreError as error:
            with lock: print("TOLD", type(error).__name__, file=sys.stderr, flush=True)
            time.sleep(0.5)
        else:
            with lock: print(uri, flush=True)
all_ = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
for one in all_: one.start()
for one in all_: one.join()
"""
# Publishes until it was interrupted so often, each time wherever it is in a publication; any other
# error ends it, and so does the answer of another query. Says of each publication that was
# acknowledged.
_INTERRUPTED = """
import os, random, signal, sys, threading, time
from graphstore import *
store = Store.open(name="campaign")
store.types.put(ArtifactType(name="Made"))
store.types.put(ExecutionType(name="Making"))
armed, number, chance = False, 0, random.Random(7)
def interrupt(*_):
    if armed:
        raise KeyboardInterrupt
signal.signal(signal.SIGINT, interrupt)
def send():
    while True:
        time.sleep(chance.uniform(0, 0.1))
        os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=send, daemon=True).start()
for _ in range(int(sys.argv[1])):
    try:
        armed = True
        while True:
            number += 1
            uri = f"s3://interrupted/{number}"
            made = Artifact(type="Made", uri=uri)
            done = store.publish(Execution(type="Making"), outputs=[made])
            assert done.outputs[0].uri == store.artifacts.get(done.outputs[0].id).uri == uri
            os.write(1, f"{uri}\\n".encode())  # whole or not at all
    except KeyboardInterrupt:
        armed = False
signal.signal(signal.SIGINT, signal.SIG_IGN)
"""
_OPEN = """
from graphstore import *
with Store.open(name="campaign") as store:
    store.types.put(ArtifactType(name="Made"))
    print(store.artifacts.put(Artifact(type="Made", uri="s3://opened")).id)
"""
# Starts, stops and opens in an order of its own; prints what it was promised.
_RACE = """
import random, sys, time
from graphstore import *
from graphstore import local
chance = random.Random(int(sys.argv[1]))
end = time.monotonic() + float(sys.argv[2])
number = 0
while time.monotonic() < end:
    number += 1
    uri = f"s3://race/{sys.argv[1]}/{number}"
    try:
        what = chance.choice(["up", "open", "open", "open", "down"])
        if what == "up":
            local.up("campaign")
        elif what == "down":
            local.down("campaign")
        else:
            with Store.open(name="campaign", max_transaction_retry_time=5) as store:
                store.types.put(ArtifactType(name="Made"))
                store.artifacts.put(Artifact(type="Made", uri=uri))
                print(uri, flush=True)
    except StoreError as error:
        print("TOLD", type(error).__name__, error, file=sys.stderr, flush=True)
"""


def faults(bench: Bench) -> Iterator[Row]:
    """The rows of this part; the stores are in a folder of their own."""
    before = os.environ.get("GRAPHSTORE_HOME")
    os.environ["GRAPHSTORE_HOME"] = str(bench.folder())
    try:
        yield _kills_under_writers(bench)
        yield _openings_after_a_kill()
        yield _races(bench)
        yield _interruptions(bench)
    finally:
        for name in local.local_stores():
            local.remove(name)
        if before is None:
            del os.environ["GRAPHSTORE_HOME"]
        else:
            os.environ["GRAPHSTORE_HOME"] = before


def _kills_under_writers(bench: Bench) -> Row:
    folder = bench.folder()
    stop = folder / "stop"
    local.up(NAME)
    writers = [_start(folder, _WRITE, f"w{n}", THREADS, stop) for n in range(WRITERS)]
    chance = random.Random(13)
    for _ in range(KILLS):
        _await_more(writers)
        time.sleep(chance.uniform(0, 1))
        _kill()
        local.up(NAME)
    _await_more(writers)
    stop.touch()
    promises = [uri for one in writers for uri in _lines(one)]
    return _row_of("the server is killed while threads of two processes publish", promises)


def _openings_after_a_kill() -> Row:
    starts = 0
    for _ in range(KILLS // 2):
        local.up(NAME)
        _kill()
        openers = [
            subprocess.Popen([sys.executable, "-c", _OPEN], stdout=subprocess.PIPE)
            for _ in range(OPENERS)
        ]
        for one in openers:
            one.communicate()
            starts += one.returncode == 0
    attempts = KILLS // 2 * OPENERS
    fault = f"the server is killed, and {OPENERS} processes open the store at that moment"
    return Row(fault, KILLS // 2, attempts, starts, lost=attempts - starts)


def _races(bench: Bench) -> Row:
    folder = bench.folder()
    racers = [_start(folder, _RACE, number, SECONDS) for number in range(4)]
    promises = [uri for one in racers for uri in _lines(one)]
    wrong = [one for one in racers if one[0].returncode != 0]
    row = _row_of("four processes start, stop and open the store as they like", promises)
    return Row(**{**vars(row), "tried": 4, "lost": row.lost + len(wrong)})


def _interruptions(bench: Bench) -> Row:
    local.up(NAME)
    publisher = _start(bench.folder(), _INTERRUPTED, INTERRUPTIONS)
    row = _row_of("a program is interrupted as it publishes (Ctrl-C)", _lines(publisher))
    wrong = publisher[0].returncode != 0
    return Row(**{**vars(row), "tried": INTERRUPTIONS, "lost": row.lost + wrong})


def _await_more(writers: Sequence[Worker]) -> None:
    """Wait until each has been promised something more, so that a kill meets them at work."""
    before = [file.stat().st_size for _, file in writers]
    while any(file.stat().st_size <= size for (_, file), size in zip(writers, before, strict=True)):
        if any(process.poll() is not None for process, _ in writers):
            return  # what it said as it ended is printed when it is counted
        time.sleep(0.05)


def _kill() -> None:
    pid = local.status(NAME).pid
    if pid is None:
        return
    process = ProcessId.of(pid)
    os.kill(pid, signal.SIGKILL)
    while process.alive():
        time.sleep(0.01)


Worker = tuple["subprocess.Popen[bytes]", Path]


def _start(folder: Path, code: str, *arguments: object) -> Worker:
    """A process that writes what it was promised, a line each, to a file."""
    file = folder / f"{len(list(folder.iterdir()))}.out"
    with file.open("wb") as out, file.with_suffix(".err").open("wb") as err:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.Popen(command, stdout=out, stderr=err), file


def _lines(worker: Worker) -> Sequence[str]:
    process, file = worker
    process.wait(600)
    if text := file.with_suffix(".err").read_text():
        kinds = Counter(line.split()[1] for line in text.splitlines() if line.startswith("TOLD"))
        print(f"        {file.stem}: told {json.dumps(kinds)}", file=sys.stderr)
        if process.returncode != 0:
            print(text[-2000:], file=sys.stderr)
    return file.read_text().split()


def _row_of(fault: str, promises: Sequence[str]) -> Row:
    """What is there of what was acknowledged, each by its uri."""
    with Store.open(name=NAME) as store:
        there: Mapping[str, int] = Counter(
            artifact.uri for artifact in store.artifacts.iterate(type="Made") if artifact.uri
        )
    present = sum(1 for uri in promises if there.get(uri))
    return Row(
        fault,
        KILLS,
        len(promises),
        present,
        lost=len(promises) - present,
        doubled=sum(n > 1 for uri, n in there.items() if uri != "s3://opened"),
    )

"""What is made of Neo4j's last words; the texts are those of 5.26.30, 2026.08.1 and Java."""

import pytest

from graphstore.errors import DiskFull, JavaNotFound, NewerData, PortInUse, StartFailed
from graphstore.local.failures import failure, tail
from graphstore.local.state import last_version

BOLT = """\
2026-11-21 05:00:10.011+0000 ERROR Failed to start Neo4j on 127.0.0.1:17901.
Caused by: org.neo4j.configuration.helpers.PortBindException: An error occurred while trying to \
bind to the socket /127.0.0.1:17950
Caused by: io.netty.channel.unix.Errors$NativeIoException: bind(..) failed with error(-98): \
Address already in use
2026-11-21 05:00:10.019+0000 INFO  Stopped."""
HTTP = """\
Caused by: org.neo4j.server.ServerStartupException: Starting Neo4j failed: Address \
127.0.0.1:17950 is already in use, cannot bind to it."""
DISK = "Caused by: java.io.IOException: No space left on device"
NEWER = """\
Caused by: org.neo4j.kernel.impl.transaction.log.entry.UnsupportedLogVersionException: Log file \
contains entries with prefix 32, and the highest supported Kernel Version is \
KernelVersion{V5_25,version=20}. This indicates that the log files originates from an newer \
version of neo4j, which we don't support downgrading from."""
JAVA = """\
Exception in thread "main" java.lang.UnsupportedClassVersionError: org/neo4j/server/Neo4jCommunity \
has been compiled by a more recent version of the Java Runtime"""
OPEN = """\
Caused by: org.neo4j.io.locker.FileLockException: Lock file has been locked by another process: \
/stores/default/data/databases/store_lock"""
OTHER = """\
2026-11-21 05:00:06.547+0000 INFO  This instance is ServerId{f6f30a22}
Exception in thread "main" java.lang.IllegalArgumentException: Unrecognized setting."""


@pytest.fixture
def error_for(tmp_path):
    """A factory: the error for a server that said this and ended."""

    def make(text):
        (tmp_path / "logs").mkdir(exist_ok=True)
        (tmp_path / "logs" / "console.log").write_text(text)
        return failure(tmp_path, "5.26.30", "starting")

    return make


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (BOLT, PortInUse, "17950"),
        (HTTP, PortInUse, "17950"),
        (DISK, DiskFull, "MB are free"),
        (NEWER, NewerData, "a newer Neo4j wrote"),
        (JAVA, JavaNotFound, "GRAPHSTORE_JAVA"),
        (OPEN, StartFailed, "another Neo4j has its data open"),
        (OTHER, StartFailed, "Unrecognized setting"),
        ("", StartFailed, "console.log"),
    ],
)
def test_the_log_says_why(error_for, tmp_path, text, kind, message):
    error = error_for(text)
    assert type(error) is kind
    assert message in str(error)
    assert str(tmp_path) in str(error)


def test_what_tells_nothing_is_left_out(error_for):
    message = str(error_for(OTHER))
    assert "ServerId" not in message
    assert "console.log" in message


def test_the_version_that_wrote_the_data_is_read_from_neo4js_own_log(error_for, tmp_path):
    assert last_version(tmp_path) is None
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "neo4j.log").write_text(
        "2026-11-21 INFO  ======== Neo4j 5.26.30 ========\n"
        "2026-11-22 INFO  ======== Neo4j 2026.08.1 ========\n"
        "2026-11-23 INFO  ======== Neo4j 5.26.30 ========\n"
    )
    assert last_version(tmp_path) == "2026.08.1"
    assert "GRAPHSTORE_NEO4J_VERSION=2026.08.1" in str(error_for(NEWER))


def test_the_tail_of_a_log_is_its_last_lines(tmp_path):
    log = tmp_path / "log"
    assert tail(log, 3) == ()
    log.write_text("".join(f"{n}\n" for n in range(100_000)))
    assert tail(log, 3) == ("99997", "99998", "99999")

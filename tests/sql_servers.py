"""A MariaDB and a PostgreSQL of one's own, on a free port, in a folder that goes at the end.

The programs are those of Debian's packages mariadb-server and postgresql.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

__all__ = ["MissingProgram", "SqlServer", "mariadb", "postgresql"]

PATIENCE = 60
"""Seconds for a server to come up, on a busy machine."""


class MissingProgram(FileNotFoundError):
    """There is no program to run a server with."""


@dataclass(frozen=True)
class SqlServer:
    """Where one answers; its user may do everything, and has no password."""

    kind: str
    """As an address begins: ``mysql`` or ``postgresql``."""
    port: int
    user: str
    host: str = "127.0.0.1"

    def address(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """Where a database is, for the importer."""
        who = (user or self.user) + (f":{password}" if password is not None else "")
        return f"{self.kind}://{who}@{self.host}:{self.port}/{database}"

    def connect(self, database: str | None = None) -> Any:
        """A connection that commits by itself, in UTF-8."""
        if self.kind == "mysql":
            import pymysql

            return pymysql.connect(
                host=self.host,
                port=self.port,
                user=self.user,
                database=database,
                charset="utf8mb4",
                autocommit=True,
            )
        import psycopg

        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            dbname=database or "postgres",
            autocommit=True,
        )

    def run(self, database: str | None, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as they are; answers the rows of the last one."""
        rows: list[tuple[Any, ...]] = []
        connection = self.connect(database)
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
                rows = list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()
        return rows


@contextmanager
def mariadb() -> Iterator[SqlServer]:
    """A running MariaDB; it is stopped at the end.

    Raises:
        MissingProgram: If its programs are not here.
    """
    install, serve = _programs("mariadb-server", ["mariadb-install-db", "mariadbd"])
    with _folder() as (folder, who):
        subprocess.run(
            [
                *(install, "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db"),
                "--auth-root-authentication-method=normal",
            ],
            check=True,
            capture_output=True,
            **who,
        )
        port = _free_port()
        command = [
            *(serve, "--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={folder}"),
            *(f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}"),
            *(f"--port={port}", "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=64M"),
            *("--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", "--max-connections=50"),
        ]
        yield from _running(SqlServer("mysql", port, "root"), command, folder, who)


@contextmanager
def postgresql() -> Iterator[SqlServer]:
    """A running PostgreSQL; it is stopped at the end.

    Raises:
        MissingProgram: If its programs are not here.
    """
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb, serve = _programs("postgresql", ["initdb", "postgres"], newest_first)
    with _folder() as (folder, who):
        subprocess.run(
            [
                *(initdb, f"--pgdata={folder / 'data'}", "--username=postgres", "--auth=trust"),
                *("--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            **who,
        )
        # Those who come without a password are trusted but for one, whose password is asked for.
        with (folder / "data" / "pg_hba.conf").open("w") as rules:
            rules.write("host all asked all scram-sha-256\nhost all all all trust\n")
        port = _free_port()
        command = [
            *(serve, "-D", str(folder / "data"), "-p", str(port), "-h", "127.0.0.1"),
            *("-k", str(folder), "-F", "-c", "max_connections=50"),
        ]
        yield from _running(SqlServer("postgresql", port, "postgres"), command, folder, who)


def _programs(package: str, names: Sequence[str], folders: Sequence[Path] = ()) -> list[str]:
    """Where programs are that Debian's package brings."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), "/usr/sbin"])
    programs = [shutil.which(name, path=path) for name in names]
    if not all(programs):
        raise MissingProgram(
            f"no {' or no '.join(names)} here: Debian's package {package} has them"
        )
    return [program for program in programs if program]


@contextmanager
def _folder() -> Iterator[tuple[Path, dict[str, Any]]]:
    """An empty folder, and as whom to run what keeps its data there: never as root, which these
    servers refuse."""
    # In /tmp, since the names of sockets are short, and nobody may enter a test's own folder.
    folder = Path(mkdtemp(prefix="graphstore-sql-", dir="/tmp"))
    who: dict[str, Any] = {"cwd": folder, "env": {**os.environ, "TMPDIR": str(folder)}}
    try:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            who |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        yield folder, who
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _running(
    server: SqlServer, command: Sequence[str], folder: Path, who: dict[str, Any]
) -> Iterator[SqlServer]:
    log = folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **who)
    try:
        _wait(lambda: server.connect().close(), process, log)
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait(connect: Callable[[], None], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connect()
            return
        except Exception as error:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{process.args!r}: {log.read_text()[-2000:]}") from error
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

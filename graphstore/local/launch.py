"""Starts one Neo4j in one folder, and waits until it answers."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphstore.errors import PortInUse, StartFailed, Unauthenticated
from graphstore.local import processes
from graphstore.local.archive import Archive
from graphstore.local.certificate import Certificate
from graphstore.local.config import java_options, neo4j_conf
from graphstore.local.distribution import Distribution
from graphstore.local.failures import failure, offline
from graphstore.local.java import Java, write_arguments
from graphstore.local.ports import Ports
from graphstore.local.results import LocalServer
from graphstore.local.state import State, arguments_of, console_log
from graphstore.system.folders import make_private, write_private
from graphstore.system.progress import OnProgress, Progress, silent

if TYPE_CHECKING:
    from neo4j import Driver

__all__ = ["Launch", "answers", "wait_until_up", "wrong_in"]

_ATTEMPTS = 3  # at finding ports that nobody takes before Neo4j does


@dataclass(frozen=True)
class Launch:
    """All that the start of a server depends on but its ports."""

    folder: Path
    distribution: Distribution
    java: Java
    heap: str
    page_cache: str
    ephemeral: bool = False

    def run(
        self, choose: Callable[[], Ports], *, timeout: float, on_progress: OnProgress
    ) -> LocalServer:
        """Start the server, and wait until it answers.

        Args:
            choose: Finds ports that are free; asked again if one is taken in the meantime.
            timeout: Seconds to wait for it to answer.
            on_progress: Told about the start.

        Raises:
            LocalServerError: As `wait_until_up` has it.
        """
        for attempt in range(_ATTEMPTS):
            state = self._start(choose())
            try:
                server = wait_until_up(self.folder, state, timeout=timeout, on_progress=on_progress)
            except PortInUse:
                if attempt + 1 == _ATTEMPTS:
                    raise
            else:
                Archive(self.distribution, self.java).build(self._class_list)
                return server
        raise AssertionError("the last attempt returns or raises")

    @property
    def _class_list(self) -> Path:
        return self.folder / "logs" / "classes.list"

    def admin(
        self, ports: Ports, doing: str, *arguments: str, on_progress: OnProgress = silent
    ) -> None:
        """Run neo4j-admin on the data in the folder, which is made if need be.

        Args:
            ports: Those that its settings name; nothing listens there.
            doing: What it does, for messages: ``writing its data``.
            arguments: Those of neo4j-admin.
            on_progress: Told each second that it is at work.

        Raises:
            LocalServerError: If it fails; the message has what it said.
        """
        java = self._prepare(ports)
        self._keep_log()
        self._admin(java, doing, *arguments, on_progress=on_progress)

    def _keep_log(self) -> None:
        """Keep what the last server said, before something else is said."""
        log = console_log(self.folder)
        if log.exists():
            log.replace(log.with_name("console.previous.log"))

    def _start(self, ports: Ports) -> State:
        java = self._prepare(ports)
        self._keep_log()
        log = console_log(self.folder)
        command = [*java, self.distribution.main, *arguments_of(self.folder)]
        process = processes.spawn(command, folder=self.folder, output=log)
        state = State.of(
            self.distribution.version,
            ports,
            self.java.path,
            process,
            # The password of an ephemeral server is worthless once the server is gone: no other
            # is ever started with it.
            certified=not self.ephemeral,
            heap=self.heap,
            page_cache=self.page_cache,
        )
        state.write(self.folder)
        return state

    def _prepare(self, ports: Ports) -> list[str]:
        """Write the settings, and set the password of new data; returns how Java is called."""
        temporary = self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)  # a server that was killed left things there
        for name in ("conf", "data", "logs", "tmp"):
            make_private(self.folder / name)
        conf = self.folder / "conf"
        own = [*self.distribution.settings]
        if not self.ephemeral:
            own += self._certificate().settings()
        settings = neo4j_conf(ports, self.heap, self.page_cache, own)
        write_private(conf / "neo4j.conf", settings)
        self._class_list.unlink(missing_ok=True)
        options = [
            *java_options(self.heap, ephemeral=self.ephemeral),
            f"-Djava.io.tmpdir={temporary}",
            *Archive(self.distribution, self.java).options(self._class_list),
            "-cp",
            self.distribution.class_path,
        ]
        java = [str(self.java.path), write_arguments(conf / "java.args", options)]
        if not (self.folder / "data" / "databases").exists():
            self._set_password(java)
        return java

    def _certificate(self) -> Certificate:
        certificate = Certificate.of(self.folder)
        if not certificate.exists():
            certificate.make(self.java.path)
        return certificate

    def _set_password(self, java: list[str]) -> None:
        """See to it that the first start has the password, so that no default one ever works."""
        file = self.folder / "password"
        if not file.exists():
            # Hexadecimal, since Neo4j's tool takes a leading '-' for an option.
            write_private(file, secrets.token_hex(20) + "\n")
        # '@' has the tool read the file: on the command line every user of the machine sees it.
        self._admin(java, "setting its password", "dbms", "set-initial-password", f"@{file}")

    def _admin(
        self, java: list[str], doing: str, *arguments: str, on_progress: OnProgress = silent
    ) -> None:
        """Run neo4j-admin, while the server does not run."""
        places = {"NEO4J_HOME": str(self.folder), "NEO4J_CONF": str(self.folder / "conf")}
        with console_log(self.folder).open("wb") as log:
            process = subprocess.Popen(
                [*java, "org.neo4j.cli.AdminTool", *arguments],
                env={**os.environ, **places},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            began = time.monotonic()
            try:
                while process.poll() is None:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=1)
                    seconds = int(time.monotonic() - began)
                    on_progress(Progress(doing, seconds, unit="seconds"))
            finally:
                if process.poll() is None:  # whoever waited was interrupted
                    process.kill()
                    process.wait()
        if process.returncode != 0:
            raise failure(self.folder, self.distribution.version, doing)


def wait_until_up(
    folder: Path, state: State, *, timeout: float, on_progress: OnProgress
) -> LocalServer:
    """Wait until the server that was started in `folder` answers.

    Raises:
        PortInUse: If another process took one of its ports.
        DiskFull: If it has no room to write.
        NewerData: If a newer Neo4j wrote the data.
        JavaNotFound: If its Java will not do.
        Unauthenticated: If it does not take the password that is written down.
        DatabaseOffline: If its database does not come up; the server runs then.
        StartFailed: If it ends for another reason, or does not answer in time; it is left alone
            in that case, since it may have a large store to mend.
    """
    step = f"starting Neo4j {state.neo4j_version}"
    began = time.monotonic()
    while (seconds := time.monotonic() - began) < timeout:
        on_progress(Progress(step=step, done=int(seconds), unit="seconds"))
        if answers(folder, state):
            return state.server(folder, joined=False)
        if not state.process.alive():
            raise failure(folder, state.neo4j_version, "starting")
        time.sleep(0.1)
    raise StartFailed(
        f"Neo4j {state.neo4j_version} in {folder} (process {state.process.pid}) did not answer in"
        f" {timeout:.0f} s and still runs: ask again to wait on, or stop it with 'down'."
        f" Its log is {console_log(folder)}"
    )


def answers(folder: Path, state: State) -> bool:
    """Whether the server answers a query, and listens for HTTP.

    Raises:
        Unauthenticated: If it refuses the password that is written down, or none is.
        DatabaseOffline: If it runs, and its database does not; or DiskFull or NewerData, if it says
            that this is why.
    """
    # Only ports that the process itself listens on: after a lost race they are somebody else's.
    if not {state.ports.bolt, state.ports.http} <= processes.listening_ports(state.process):
        return False
    # Imported here since it takes longer than all else of finding out that a server is down.
    from neo4j.exceptions import AuthError, DriverError, Neo4jError

    try:
        with _driver(folder, state) as driver:
            try:
                with driver.session(database="neo4j") as session:
                    # A round trip, and no retry: this is asked again.
                    session.run("RETURN 1").consume()
                return True
            except AuthError:
                raise
            except Neo4jError:
                reason = _what_is_wrong(driver)
    except AuthError as error:
        raise Unauthenticated(
            f"the local Neo4j in {folder} refuses the password in {folder / 'password'}: if it"
            " was changed in the database, write the new one into that file"
        ) from error
    except (DriverError, Neo4jError, OSError):
        return False
    if reason:
        raise offline(folder, state.neo4j_version, reason)
    return False


def wrong_in(folder: Path, state: State) -> str:
    """What the server says is wrong with its database; empty if nothing is, or it says nothing."""
    from neo4j.exceptions import DriverError, Neo4jError

    if state.ports.bolt not in processes.listening_ports(state.process):
        return ""
    try:
        with _driver(folder, state) as driver:
            return _what_is_wrong(driver)
    except (DriverError, Neo4jError, OSError, Unauthenticated):
        return ""


def _driver(folder: Path, state: State) -> Driver:
    """A driver that talks to the server of `folder` and to nobody else."""
    from neo4j import GraphDatabase, TrustCustomCAs

    server = state.server(folder, joined=True)
    auth = (server.user, server.password)
    options: dict[str, Any] = {}
    if server.certificate:
        trust = TrustCustomCAs(str(server.certificate))
        options = {"encrypted": True, "trusted_certificates": trust}
    return GraphDatabase.driver(server.uri, auth=auth, connection_timeout=5, **options)


def _what_is_wrong(driver: Driver) -> str:
    """Neo4j's words on why the database cannot be used; empty while it can, or comes up."""
    query = (
        "SHOW DATABASES YIELD name, currentStatus, statusMessage WHERE name = 'neo4j'"
        " RETURN currentStatus, statusMessage"
    )
    with driver.session(database="system") as session:
        record = session.run(query).single()
    if record is None:
        return "it has no database neo4j."
    status, message = record
    # One that stopped by itself, as on a full disk, is "online" still, and has a message.
    return f"it is {status}, and Neo4j says: {message}" if message else ""

"""Processes of the system: who they are, whether they live, how they start and end.

A process here is its number and the time it began (`ProcessId`).
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]  # typed only by types-psutil

from graphstore.system.processes import ProcessId

__all__ = ["find", "holder_of", "listening_ports", "lower_priority", "spawn", "stop"]


def spawn(command: Sequence[str], *, folder: Path, output: Path) -> ProcessId:
    """Start a process that outlives this one and does not hear the Ctrl-C of its terminal.

    Args:
        command: The program and its arguments.
        folder: The folder it works in.
        output: The file that takes what it says; what is in it is kept.
    """
    with output.open("ab") as stream:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
            | getattr(subprocess, "DETACHED_PROCESS", 0),
        )
    identity = ProcessId.of(process.pid)
    # It is meant to outlive us, which Popen would warn of. Nothing asks Popen about it again.
    process.returncode = 0
    return identity


def stop(identity: ProcessId, *, timeout: float) -> bool:
    """Ask the process to end, and end it if it does not in so many seconds (0: at once).

    Returns:
        Whether it ended by itself (or had); False if it had to be killed.
    """
    with suppress(psutil.NoSuchProcess):
        if timeout > 0 and (process := identity.handle()):
            process.terminate()
            _wait(identity, timeout)
        if process := identity.handle():
            process.kill()
            _wait(identity, 30)
            return False
    return True


def _wait(identity: ProcessId, timeout: float) -> None:
    # Not psutil's wait: to that, a process whose parent has not collected it yet still runs.
    deadline = time.monotonic() + timeout
    while identity.alive() and time.monotonic() < deadline:
        time.sleep(0.05)


def find(*arguments: str) -> ProcessId | None:
    """A process of this user whose last arguments are exactly these.

    Anybody may start a process that names whatever he likes; it is none of ours.
    """
    attributes = ["cmdline", "create_time", *(["uids"] if os.name == "posix" else [])]
    for process in psutil.process_iter(attributes):
        uids = process.info.get("uids")
        if os.name == "posix" and (uids is None or uids.real != os.getuid()):
            continue
        if tuple((process.info["cmdline"] or ())[-len(arguments) :]) == arguments:
            identity = ProcessId(process.pid, process.info["create_time"])
            if identity.alive():
                return identity
    return None


def listening_ports(identity: ProcessId) -> set[int]:
    """The TCP ports that the process listens on."""
    process = identity.handle()
    try:
        sockets = process.net_connections("tcp") if process else ()
    except psutil.Error:
        return set()
    return {
        socket.laddr.port
        for socket in sockets
        if socket.status == psutil.CONN_LISTEN and socket.laddr
    }


def holder_of(port: int) -> str:
    """Who listens on a TCP port, e.g. ``java (process 4711)``; empty if the system hides it."""
    with suppress(psutil.Error):
        for socket in psutil.net_connections("tcp"):
            if socket.status != psutil.CONN_LISTEN or not socket.laddr or not socket.pid:
                continue
            if socket.laddr.port == port:
                return f"{psutil.Process(socket.pid).name()} (process {socket.pid})"
    return ""


def lower_priority(identity: ProcessId) -> None:
    """Let the process run when nobody else wants to."""
    process = identity.handle()
    with suppress(psutil.Error):
        if process is not None and os.name == "posix":
            process.nice(19)

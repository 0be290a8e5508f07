"""The command line as a user runs it: a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from graphstore.cli import main
from tests.processes import neo4j_variables

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def graphstore(server, tmp_path: Path) -> Run:
    """Runs `graphstore` with these arguments, in an empty folder, on the server of the tests."""

    def run(*arguments: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [sys.executable, "-m", "graphstore", *arguments],
            stdin=subprocess.DEVNULL,
            cwd=tmp_path,
            env={
                **os.environ,
                **neo4j_variables(server),
                "GRAPHSTORE_HOME": str(tmp_path / "home"),
                **environment,
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
        assert result.returncode == code, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result

    return run


@dataclass(frozen=True)
class CommandResult:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(server, tmp_path, monkeypatch) -> Callable[..., CommandResult]:
    """Runs `graphstore` with these arguments in this process, which is quick."""
    for name, value in {
        **neo4j_variables(server),
        "GRAPHSTORE_HOME": str(tmp_path / "home"),
    }.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: object) -> CommandResult:
        out, err, code = io.StringIO(), io.StringIO(), 0
        monkeypatch.setattr(sys, "argv", ["graphstore", *map(str, arguments)])
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return CommandResult(code, out.getvalue(), err.getvalue())

    return run

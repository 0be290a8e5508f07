"""The command line as a user runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def graphstore(server, tmp_path: Path) -> Run:
    """Runs `graphstore` with these arguments, in an empty folder, on the server of the tests."""

    def run(*arguments: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "graphstore", *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "NEO4J_URI": server.uri,
                "NEO4J_USERNAME": server.user,
                "NEO4J_PASSWORD": server.password,
                "NEO4J_DATABASE": "neo4j",
                "GRAPHSTORE_HOME": str(tmp_path / "home"),
                **environment,
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run

"""Environments of their own for programs whose packages the tests need otherwise."""

from __future__ import annotations

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from graphstore.system.folders import cache_folder

__all__ = ["environment"]


def environment(*packages: str) -> Path:
    """The folder of the programs of an environment that has these; it stays beside the jars for the
    next run, named after the first of them, and by the digest of all."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = sha256("\n".join(packages).encode()).hexdigest()[:8]
    folder = cache_folder() / "tests" / f"{packages[0]}-{digest}-python-{version}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", *packages]
            subprocess.run(install, check=True, timeout=900)
            (folder / "complete").touch()
    return folder / "bin"

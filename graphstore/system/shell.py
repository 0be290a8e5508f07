"""What the operating system and its programs say, as text."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

__all__ = ["answer", "plain"]


def answer(
    command: Sequence[str], *, timeout: float, environ: Mapping[str, str] | None = None
) -> bytes | None:
    """What a program prints; None if it is not there, fails, or has not ended after `timeout` s."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            timeout=timeout,
            check=True,
        ).stdout
    except (OSError, ValueError, subprocess.SubprocessError):  # ValueError: a NUL
        return None


def plain(text: str) -> str:
    """`text` as UTF-8 can hold it, which names and variables of the system need not be."""
    return text.encode(errors="surrogatepass").decode(errors="replace")

"""How far an archive has been read."""

from __future__ import annotations

from graphstore.system.progress import OnProgress, Progress

__all__ = ["Steps"]


class Steps:
    """Tells a listener of lines, step by step."""

    def __init__(self, name: str, total: int, on_progress: OnProgress) -> None:
        """The steps over an archive of this name, with so many lines."""
        self._name, self._total, self._on_progress = name, total, on_progress
        self.begin("importing")

    def begin(self, step: str) -> None:
        """Begin a step over all lines."""
        self._step, self._done = f"{step} {self._name}", 0

    def tell(self, lines: int, detail: str = "") -> None:
        """Tell of lines more."""
        self._done += lines
        self._on_progress(Progress(self._step, self._done, self._total, "rows", detail))

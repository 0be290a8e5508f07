"""A Chromium to look at pages with, and a place for what it saw.

The browser is GRAPHSTORE_CHROMIUM (a path), or a Chromium or Chrome on the PATH. Where there is
none, the tests that need it are skipped; in CI that is an error. Screenshots are kept in the folder
GRAPHSTORE_SCREENSHOTS, if that is set.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["chromium", "executable", "keep"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str | None:
    """The path of a Chromium, if there is one.

    Raises:
        FileNotFoundError: If GRAPHSTORE_CHROMIUM names a file that is not there.
    """
    if program := os.environ.get("GRAPHSTORE_CHROMIUM"):
        if not shutil.which(program):
            raise FileNotFoundError(f"GRAPHSTORE_CHROMIUM is no program: {program}")
        return program
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A running Chromium without a window; it is closed at the end.

    Args:
        arguments: More for its command line.

    Raises:
        FileNotFoundError: In CI, if there is no Chromium; elsewhere the test is skipped.
    """
    path = executable()
    if path is None:
        names = ", ".join(_NAMES)
        missing = f"no Chromium: GRAPHSTORE_CHROMIUM is not set, and none of {names} is on the PATH"
        if os.environ.get("CI") == "true":
            raise FileNotFoundError(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    # Chromium's sandbox refuses to run as root, which is who one is in most containers.
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*as_root, *arguments])
        try:
            yield browser
        finally:
            browser.close()


def keep(page: Page, name: str, folder: Path, *, full_page: bool = False) -> Path:
    """A screenshot of the page as ``name.png``: in GRAPHSTORE_SCREENSHOTS, else in the folder.

    Returns:
        Where it is.
    """
    screenshots = Path(os.environ.get("GRAPHSTORE_SCREENSHOTS") or folder)
    screenshots.mkdir(parents=True, exist_ok=True)
    path = screenshots / f"{name}.png"
    page.screenshot(path=path, full_page=full_page)
    return path

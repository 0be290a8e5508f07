"""Whether ML Metadata's wheel is here: tests that need it call `need_ml_metadata` first."""

from __future__ import annotations

import os
import platform
import sys
from importlib.util import find_spec

import pytest

THERE_IS_A_WHEEL = (
    sys.version_info < (3, 12) and sys.platform == "linux" and platform.machine() == "x86_64"
)


def need_ml_metadata() -> None:
    """Skip the module that calls this where there is no wheel, or where nobody installed it.

    In CI it is an error if there is a wheel, and it is not installed.
    """
    if find_spec("ml_metadata") is None:
        if THERE_IS_A_WHEEL and os.environ.get("CI") == "true":
            raise AssertionError("ml-metadata is not installed: these tests must not be skipped")
        pytest.skip("needs ML Metadata's wheel", allow_module_level=True)

"""Names for the values that tests are given."""

import re
from collections.abc import Callable

__all__ = ["parameter_name"]


def parameter_name(value: object, spelling: Callable[[object], str] = repr) -> str:
    """What a value shows of itself but for its address, which differs from process to process.

    The names of tests must be the same in all of them, or workers cannot share the tests.
    """
    return re.sub(r" at 0x[0-9a-f]+", "", spelling(value))

"""Runs the suite of promises, and prints its table; ``--write`` puts it into docs/writing.md.

A cell is what the tests of this run say.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import pytest


class Outcomes:
    """Notes how the tests of each promise and way end."""

    def __init__(self) -> None:
        self.of: defaultdict[tuple[str, str], set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # As in test_refused[publish_many-value].
        name, _, which = report.nodeid.rpartition("::")[2].rstrip("]").partition("[")
        if report.when == "call" or report.outcome != "passed":
            self.of[name.split("_")[1], which.split("-")[0]].add(report.outcome)


def main() -> int:
    """Run it."""
    outcomes = Outcomes()
    tests = Path(__file__).parent / "test_promises.py"
    code = pytest.main(["--quiet", str(tests)], plugins=[outcomes])

    # Not before: what pytest has not loaded itself it cannot make tell why an assertion failed.
    from tests.integration.promises.table import BEGIN, END, PAGE, table

    text = table(outcomes.of)
    print(text)
    if "--write" in sys.argv[1:]:
        page = PAGE.read_text()
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())

"""Run the campaign, or parts of it: `python -m tests.campaign [PART ...]`."""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.campaign.bench import Bench, Row, table

PARTS = {
    "spool": "what waits on the disk: cut, damaged, the disk full, many at once",
    "local": "kills of the server, races of up, down and open, interruptions",
    "front": "damaged files for the importer, hostile names on every command",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    descriptions = "; ".join(f"{name}: {what}" for name, what in PARTS.items())
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all by default ({descriptions})")
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"there is no part {min(unknown)!r}, only: {', '.join(PARTS)}")
    rows: list[tuple[str, Row]] = []
    with TemporaryDirectory(prefix="campaign-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        try:
            for part in parts:
                began = time.monotonic()
                for row in import_module(f"tests.campaign.{part}").faults(bench):
                    rows.append((part, row))
                    wrong = "" if row.good else "  WRONG"
                    seconds = time.monotonic() - began
                    print(f"{seconds:6.1f} s  {part}: {row.fault}{wrong}", file=sys.stderr)
        finally:
            bench.close()
    print(table(rows))
    return 0 if rows and all(row.good for _, row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

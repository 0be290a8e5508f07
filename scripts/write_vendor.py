"""Fetches the scripts and styles of others that the pages use, so that these work offline.

    python scripts/write_vendor.py             write them anew
    python scripts/write_vendor.py --check     exit with 1 if one is not what was fetched

They are files of released npm packages, unchanged, with their licences, fetched by `npm`. What each
is stands in `vendor/SHA256SUMS`, which `sha256sum -c` reads, too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "graphstore" / "web" / "pages" / "static" / "vendor"
SUMS = FOLDER / "SHA256SUMS"

PACKAGES = {
    "@picocss/pico@2.1.1": {"css/pico.min.css": "pico.min.css", "LICENSE.md": "pico.LICENSE"},
    "htmx.org@2.0.11": {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE"},
    "echarts@6.1.0": {
        "dist/echarts.min.js": "echarts.min.js",
        "LICENSE": "echarts.LICENSE",
        "NOTICE": "echarts.NOTICE",
    },
}
"""Which files of which releases, and what they are called here."""


def fetch(package: str, files: dict[str, str]) -> None:
    """Fetch a release, and keep these files of it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            for name, ours in files.items():
                source = packed.extractfile(f"package/{name}")
                assert source is not None, f"{package} has no {name}"
                with source, (FOLDER / ours).open("wb") as target:
                    shutil.copyfileobj(source, target)


def sums() -> str:
    """What each file is, as `sha256sum` says it."""
    names = sorted(ours for files in PACKAGES.values() for ours in files.values())
    return "".join(
        f"{sha256((FOLDER / name).read_bytes()).hexdigest()}  {name}\n" for name in names
    )


def main() -> int:
    """Write the files, or check them."""
    if "--check" in sys.argv[1:]:
        if sums() != SUMS.read_text():
            print(f"what is in {FOLDER} is not what was fetched", file=sys.stderr)
            return 1
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for package, files in PACKAGES.items():
        fetch(package, files)
    SUMS.write_text(sums())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

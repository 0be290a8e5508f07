"""Two DAGs of three tasks each: one that succeeds, and one whose second task fails."""

import os
from pathlib import Path

from airflow.sdk import DAG, Asset, task

FOLDER = Path(os.environ["FILES"])
RAW, CLEAN, MODEL, REPORT = (
    Asset(f"file://{FOLDER}/{name}")
    for name in ("raw.csv", "clean.csv", "model.json", "report.txt")
)


def shop(name: str, fails: bool) -> None:
    """Each task writes one file of the one before it."""
    with DAG(name, schedule=None):

        @task(inlets=[RAW], outlets=[CLEAN])
        def clean() -> None:
            (FOLDER / "clean.csv").write_text((FOLDER / "raw.csv").read_text().lower())

        @task(inlets=[CLEAN], outlets=[MODEL])
        def train() -> None:
            if fails:
                raise ValueError("no model today")
            (FOLDER / "model.json").write_text(str(len((FOLDER / "clean.csv").read_text())))

        @task(inlets=[MODEL], outlets=[REPORT])
        def tell() -> None:
            (FOLDER / "report.txt").write_text("a model: " + (FOLDER / "model.json").read_text())

        clean() >> train() >> tell()


shop("works", fails=False)
shop("fails", fails=True)

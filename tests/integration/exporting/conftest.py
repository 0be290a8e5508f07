"""A history that auditors are given: two runs, files, a failure, a skipped step, hostile names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphstore import Artifact, Execution, Store

HOSTILE = "</script><script>alert(1)</script> \" ' & 100% é😀 \x1b[31m"


@dataclass
class History:
    """What there is of it."""

    store: Store
    folder: Path
    raw: Artifact
    other: Artifact
    model: Artifact
    report: Artifact
    train: Execution
    failed: Execution
    run: Any


def record(store: Store, folder: Path) -> History:
    """Record it, with its files in a folder."""
    for name, text in {"one/data.csv": "1", "two/data.csv": "2", "model/a.bin": "a",
                       "model/sub/b.bin": "b", "report.json": "{}"}.items():  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with store.run("churn", "monday", properties={"note": HOSTILE}) as run:
        with run.execution("Ingest") as ingest:
            raw = ingest.output("data", Artifact(type="Dataset", uri=str(folder / "one/data.csv")))
            other = ingest.output(
                "data", Artifact(type="Dataset", uri=str(folder / "two/data.csv"), name=HOSTILE)
            )
        parameters = {"lr": 0.1, "nan": float("nan"), "layers": [1, 2], HOSTILE: True}
        with run.execution(
            "Train",
            inputs={"examples": [raw, other]},
            parameters=parameters,
            code="v1",
        ) as train:
            model = train.output(
                "model", Artifact(type="Model", uri=str(folder / "model"), name="churn")
            )
        with run.execution("Evaluate", inputs={"model": model}) as evaluate:
            evaluate.output(
                "evaluation",
                Artifact(type="Metrics", uri=str(folder / "report.json")),
                properties={"accuracy": 0.9},
            )
        with pytest.raises(ZeroDivisionError):
            with run.execution("Explode", inputs={"model": model}) as failed:
                raise ZeroDivisionError(HOSTILE)
    made = [
        *ingest.outputs["data"],
        *train.outputs["model"],
        *evaluate.outputs["evaluation"],
    ]
    artifacts = [store.artifacts.get(one.id) for one in made]
    return History(
        store,
        folder,
        *artifacts,
        store.executions.get(train.execution.id),
        store.executions.get(failed.execution.id),
        store.contexts.get(run.context.id),
    )


@pytest.fixture
def history(store, tmp_path):
    """It, in a store of its own."""
    return record(store, tmp_path / "files")

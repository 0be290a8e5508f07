"""Publishes through a server by ML Metadata's own client, and notes what was acknowledged.

``python -m tests.acceptance.mlmd.publisher HOST:PORT FOLDER NAME COUNT`` runs eight threads, each
with a client and a file of notes of its own.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from ml_metadata import MetadataStore, errors, proto

THREADS = 8


def publish(
    mlmd: MetadataStore, types: dict[str, int], name: str, shared_id: int
) -> dict[str, Any]:
    """One step of a pipeline: an execution that reads what all read, and makes what is its own."""
    execution = proto.Execution(type_id=types["Trainer"], name=name)
    execution.last_known_state = proto.Execution.COMPLETE
    model = proto.Artifact(type_id=types["Model"], name=name, uri=f"s3://models/{name}")
    model.custom_properties["by"].string_value = name
    examples = proto.Artifact(id=shared_id, type_id=types["Examples"], uri="s3://examples")
    contexts = [
        proto.Context(type_id=types["Pipeline"], name="everybody's"),
        proto.Context(type_id=types["Pipeline"], name=f"run of {name.rpartition('-')[0]}"),
    ]
    execution_id, artifact_ids, context_ids = mlmd.put_execution(
        execution,
        [
            (examples, proto.Event(type=proto.Event.INPUT)),
            (model, proto.Event(type=proto.Event.OUTPUT)),
        ],
        contexts,
        reuse_context_if_already_exist=True,
    )
    return {
        "name": name,
        "execution": execution_id,
        "artifacts": list(artifact_ids),
        "contexts": list(context_ids),
    }


def main(address: str, folder: Path, process: str, count: int) -> None:
    """Publish `count` a thread; or until the server is gone."""
    host, _, port = address.rpartition(":")
    settings = json.loads((folder / "given.json").read_text())

    def work(thread: int) -> None:
        mlmd = MetadataStore(proto.MetadataStoreClientConfig(host=host, port=int(port)))
        with open(folder / f"{process}-{thread}.jsonl", "a") as notes:
            for number in range(count):
                name = f"{process}-{thread}-{number}"
                try:
                    note = publish(mlmd, settings["types"], name, settings["shared"])
                except errors.StatusError as error:
                    # What the client's own retries have not absorbed.
                    note = {"name": name, "error": type(error).__name__, "message": error.message}
                notes.write(json.dumps(note) + "\n")
                notes.flush()
                os.fsync(notes.fileno())
                if "error" in note and note["error"] in ("UnavailableError", "CancelledError"):
                    return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))

"""Whether two histories of the same pipeline are the same, as ML Metadata's client reads them.

python compare.py FOLDER/metadata.sqlite HOST:PORT
"""

import sys
from pathlib import Path

import ml_metadata as mlmd
from ml_metadata.proto import metadata_store_pb2 as pb

EVENT = pb.Event.Type.Name
STATE = pb.Execution.State.Name


def connect(where):
    """ML Metadata's client on a file or on a server."""
    if Path(where).is_file():
        return mlmd.MetadataStore(
            pb.ConnectionConfig(sqlite=pb.SqliteMetadataSourceConfig(filename_uri=where))
        )
    host, _, port = where.rpartition(":")
    return mlmd.MetadataStore(pb.MetadataStoreClientConfig(host=host, port=int(port)))


def history(store):
    """A line an execution, in the order they were registered: what, how it ended, what it used.

    Artifacts are named by their type and how many of it came before.
    """
    names, count = {}, {}
    for artifact in store.get_artifacts():
        number = count[artifact.type] = count.get(artifact.type, 0) + 1
        names[artifact.id] = f"{artifact.type} {number}"
    lines = []
    for execution in store.get_executions():
        events = [
            (
                EVENT(event.type),
                "/".join(step.key or str(step.index) for step in event.path.steps),
                names[event.artifact_id],
            )
            for event in store.get_events_by_execution_ids([execution.id])
        ]
        contexts = sorted(c.type for c in store.get_contexts_by_execution(execution.id))
        usage = "; ".join(
            f"{what.lower()} {path.split('/')[0]}: {name}" for what, path, name in sorted(events)
        )
        kind = execution.type.rpartition(".")[2]
        lines.append(
            (f"{kind:14} {STATE(execution.last_known_state):9} {usage}", (contexts, sorted(events)))
        )
    return lines


if __name__ == "__main__":
    one, other = (history(connect(where)) for where in sys.argv[1:3])
    for line, _ in other:
        print(line)
    if one != other:
        print("\nthe other store has it otherwise:")
        for line, _ in one:
            print(line)
        sys.exit(1)
    print(f"\n{len(one)} executions: the same types, states, events and contexts in both")

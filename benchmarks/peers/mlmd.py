"""ML Metadata on SQLite, in process: what graphstore's users come from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING, Any

from ml_metadata import MetadataStore, errors
from ml_metadata.proto import metadata_store_pb2 as pb

from benchmarks.histories import Output, Record
from benchmarks.peers import PROPERTIES, TYPES, Counts
from benchmarks.servers import serving

if TYPE_CHECKING:
    from benchmarks.peers.ours import Graphstore

__all__ = ["Front", "Mlmd", "Served", "copy_with_tag", "event"]

KINDS = {
    "artifact": (pb.ArtifactType, "put_artifact_type"),
    "execution": (pb.ExecutionType, "put_execution_type"),
    "context": (pb.ContextType, "put_context_type"),
}
VALUE = {int: "int_value", float: "double_value", str: "string_value"}


class Mlmd:
    """One file; its store is shared by the threads of a process, whose calls it runs in turn."""

    name = "MLMD on SQLite"
    artifacts_by_id: dict[int, pb.Artifact] | None = None
    """What was read, if it is not to be read again for each publish."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.execution_ids: list[int] = []
        """The ids of the executions of the history that was loaded last, by key."""
        config = pb.ConnectionConfig(
            sqlite=pb.SqliteMetadataSourceConfig(
                filename_uri=str(file),
                connection_mode=pb.SqliteMetadataSourceConfig.READWRITE_OPENCREATE,
            )
        )
        self.store = MetadataStore(config)
        self.type_ids = _put_types(self.store)

    @contextmanager
    def session(self) -> Iterator[Mlmd]:
        yield self

    def publish(self, record: Record, inputs: Sequence[int]) -> Sequence[int]:
        events = [event(pb.Event.INPUT, role) for role, _ in record.inputs]
        by_id = self._read(inputs)
        pairs = [(by_id[id_], one) for id_, one in zip(inputs, events, strict=True)]
        pairs += [(self.artifact(one), event(pb.Event.OUTPUT, one.role)) for one in record.outputs]
        execution, contexts = self.execution(record), self.contexts(record)
        while True:
            try:
                _, artifact_ids, _ = self.store.put_execution(
                    execution, pairs, contexts, reuse_context_if_already_exist=True
                )
                output_ids: Sequence[int] = artifact_ids[len(events) :]
                return output_ids
            except errors.AbortedError:  # its own retries wait for seconds
                continue

    def _read(self, ids: Sequence[int]) -> dict[int, pb.Artifact]:
        """What is given is an update, so it is read first, as MLMD's clients do."""
        by_id = {} if self.artifacts_by_id is None else self.artifacts_by_id
        if missing := [id_ for id_ in ids if id_ not in by_id]:
            by_id.update((one.id, one) for one in self.store.get_artifacts_by_id(missing))
        return by_id

    def load(self, records: Iterable[Record], *, batch: int = 1_000) -> Sequence[int]:
        """Create a whole history by the calls that take many; answers ids of artifacts by key."""
        ids, contexts = [0], dict[tuple[str, str], int]()
        self.execution_ids = [0]
        records = iter(records)
        while some := list(islice(records, batch)):
            new = dict.fromkeys(c for one in some for c in one.contexts if c not in contexts)
            context_ids = self.store.put_contexts(
                [pb.Context(type_id=self.type_ids[type_], name=name) for type_, name in new]
            )
            contexts.update(zip(new, context_ids, strict=True))
            ids += self.store.put_artifacts(
                [self.artifact(output) for one in some for output in one.outputs]
            )
            execution_ids = self.store.put_executions([self.execution(one) for one in some])
            self.execution_ids += execution_ids
            events, attributions, associations = [], dict[tuple[int, int], None](), []
            for one, execution_id in zip(some, execution_ids, strict=True):
                outputs = [
                    (pb.Event.OUTPUT, output.role, ids[output.key]) for output in one.outputs
                ]
                inputs = [(pb.Event.INPUT, role, ids[key]) for role, key in one.inputs]
                for type_, role, artifact_id in (*inputs, *outputs):
                    events.append(event(type_, role))
                    events[-1].artifact_id, events[-1].execution_id = artifact_id, execution_id
                for context in one.contexts:
                    associations.append(
                        pb.Association(execution_id=execution_id, context_id=contexts[context])
                    )
                    for _, _, artifact_id in (*inputs, *outputs):
                        attributions[artifact_id, contexts[context]] = None
            self.store.put_events(events)
            self.store.put_attributions_and_associations(
                [pb.Attribution(artifact_id=a, context_id=c) for a, c in attributions], associations
            )
        return ids

    @staticmethod
    def upstream(store: Any, model: int, hops: int, mask: Sequence[str] | None) -> pb.LineageGraph:
        """MLMD's own question, by its own client class, of MLMD or of whatever stands in for it."""
        return store.get_lineage_subgraph(
            pb.LineageSubgraphQueryOptions(
                starting_artifacts=pb.LineageSubgraphQueryOptions.StartingNodes(
                    filter_query=f"id = {model}"
                ),
                max_num_hops=hops,
                direction=pb.LineageSubgraphQueryOptions.UPSTREAM,
            ),
            field_mask_paths=mask,
        )

    def artifact(self, output: Output) -> pb.Artifact:
        """The proto of an artifact."""
        artifact = pb.Artifact(
            type_id=self.type_ids[output.type], uri=output.uri, state=pb.Artifact.LIVE
        )
        _set(artifact.properties, output.properties)
        return artifact

    def execution(self, record: Record) -> pb.Execution:
        """The proto of an execution."""
        execution = pb.Execution(
            type_id=self.type_ids[record.type],
            name=record.name,
            last_known_state=pb.Execution.COMPLETE,
        )
        _set(execution.properties, record.properties)
        return execution

    def contexts(self, record: Record) -> list[pb.Context]:
        """The protos of a record's contexts."""
        return [pb.Context(type_id=self.type_ids[t], name=name) for t, name in record.contexts]

    def counts(self) -> Counts:
        import sqlite3

        tables = {
            "executions": "Execution",
            "artifacts": "Artifact",
            "contexts": "Context",
            "events": "Event",
            "attributions": "Attribution",
            "associations": "Association",
        }
        with sqlite3.connect(self.file) as connection:
            return {
                name: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for name, table in tables.items()
            } | {"duplicates": 0}  # its tables' constraints see to that

    def close(self) -> None:
        del self.store


def _put_types(store: Any) -> dict[str, int]:
    """The ids of the types of all records, by name."""
    type_ids = {}
    for kind, names in TYPES.items():
        model, method = KINDS[kind]
        for name in names:
            type_ = model(name=name)
            for key, value in PROPERTIES[kind].items():
                type_.properties[key] = pb.PropertyType.Value(value)
            type_ids[name] = getattr(store, method)(type_)
    return type_ids


class Front(Mlmd):
    """graphstore, by ML Metadata's own API, in process."""

    name = "MLMD's front"

    def __init__(self, ours: Graphstore) -> None:
        self.ours, self.store = ours, ours.mlmd()
        self.type_ids = _put_types(self.store)

    def counts(self) -> Counts:
        return self.ours.counts()

    def close(self) -> None:
        """The store is that of the other peer, which closes it."""


class Served(Front):
    """The same over gRPC: ML Metadata's own client, and a process that serves."""

    name = "MLMD's front over gRPC"

    def __init__(self, ours: Graphstore) -> None:
        self.ours = ours
        self._process, port = serving(ours.address, "--grpc")
        self.store = MetadataStore(pb.MetadataStoreClientConfig(host="127.0.0.1", port=port))
        self.type_ids = _put_types(self.store)

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate()


def event(type_: int, role: str) -> pb.Event:
    """The proto of an event."""
    edge = pb.Event(type=type_)
    edge.path.steps.add().key = role
    edge.path.steps.add().index = 0
    return edge


def _set(target: Any, properties: dict[str, Any]) -> None:
    for name, value in properties.items():
        setattr(target[name], VALUE[type(value)], value)


def copy_with_tag(file: Path, target: Path, tag: str) -> Path:
    """A copy of a file of ML Metadata under names of its own: another history, as long."""
    copy(file, target)
    with sqlite3.connect(target) as connection:
        for table in ("Context", "Execution"):
            connection.execute(f"UPDATE {table} SET name = ? || '/' || name", (tag,))
    connection.close()
    return target

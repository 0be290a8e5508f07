"""graphstore, by its public interface."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.histories import Record
from benchmarks.peers import PROPERTIES, TYPES, Counts
from benchmarks.peers.raw import FIRST_RAW_ID, count
from benchmarks.servers import Address
from graphstore import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionType,
    Store,
    ToPublish,
)

__all__ = ["Graphstore", "artifact_of", "contexts_of", "execution_of"]


class Graphstore:
    """One store on a server, shared by the threads of a process."""

    name = "graphstore"

    def __init__(self, address: Address) -> None:
        self.address = address
        self.execution_ids: list[int] = []
        """The ids of the executions of the history that was loaded last, by key."""
        self.store = Store.open(address.uri, auth=address.auth)
        models = {"artifact": ArtifactType, "execution": ExecutionType, "context": ContextType}
        for kind, names in TYPES.items():
            for name in names:
                self.store.types.put(models[kind](name=name, properties=dict(PROPERTIES[kind])))

    @contextmanager
    def session(self) -> Iterator[Graphstore]:
        yield self

    def publish(self, record: Record, inputs: Sequence[int]) -> Sequence[int]:
        roles: dict[str, list[int]] = {}
        for (role, _), id_ in zip(record.inputs, inputs, strict=True):
            roles.setdefault(role, []).append(id_)
        publication = self.store.publish(
            execution_of(record),
            inputs=roles,
            outputs={output.role: [artifact_of(output)] for output in record.outputs},
            contexts=contexts_of(record),
        )
        return [artifact.id for artifact in publication.outputs if artifact.id is not None]

    def load(self, records: Iterable[Record]) -> list[int]:
        """Publish a whole history; answers the ids of artifacts by key."""
        artifacts: dict[int, Artifact] = {}
        ids, self.execution_ids = [0], [0]

        def publications() -> Iterator[ToPublish]:
            for record in records:
                roles: dict[str, list[Artifact]] = {}
                for role, key in record.inputs:
                    roles.setdefault(role, []).append(artifacts[key])
                outputs = {one.role: [artifact_of(one)] for one in record.outputs}
                artifacts.update((one.key, outputs[one.role][0]) for one in record.outputs)
                yield ToPublish(
                    execution_of(record),
                    inputs=roles,
                    outputs=outputs,
                    contexts=contexts_of(record),
                )

        for publication in self.store.publish_many(publications()):
            ids += publication.output_ids
            self.execution_ids.append(publication.execution_id)
        return ids

    def mlmd(self) -> Any:
        """The front that speaks MLMD's API, in process."""
        from graphstore.mlmd import MetadataStore

        return MetadataStore(self.store)

    def diamonds(self, number: int) -> int:
        """Store diamonds in a row; answers the artifact at their end."""
        joints = self._artifacts(number + 1)
        executions = self._executions(2 * number)
        pairs = [(place // 2, executions[place]) for place in range(2 * number)]
        self._events([(joints[place], execution, joints[place + 1]) for place, execution in pairs])
        return joints[-1]

    def line(self, number: int) -> int:
        """Store a line of so many nodes; answers the artifact at its end."""
        joints, executions = self._artifacts(number // 2 + 1), self._executions(number // 2)
        self._events(list(zip(joints, executions, joints[1:], strict=False)))
        return joints[-1]

    def _artifacts(self, number: int) -> list[int]:
        artifacts = self.store.artifacts.put_many([Artifact(type="Examples")] * number)
        return [artifact.id for artifact in artifacts if artifact.id is not None]

    def _executions(self, number: int) -> list[int]:
        executions = self.store.executions.put_many([Execution(type="Transform")] * number)
        return [execution.id for execution in executions if execution.id is not None]

    def _events(self, steps: Sequence[tuple[int, int, int]]) -> None:
        self.store.events.put(
            event
            for input_id, execution, output_id in steps
            for event in (
                Event(type=EventType.INPUT, artifact_id=input_id, execution_id=execution),
                Event(type=EventType.OUTPUT, artifact_id=output_id, execution_id=execution),
            )
        )

    def counts(self) -> Counts:
        return count(self.store.database.driver, self.address, range(FIRST_RAW_ID))

    def close(self) -> None:
        self.store.close()


def execution_of(record: Record) -> Execution:
    return Execution(
        type=record.type, name=record.name, state="COMPLETE", properties=record.properties
    )


def artifact_of(output: Any) -> Artifact:
    return Artifact(type=output.type, uri=output.uri, state="LIVE", properties=output.properties)


def contexts_of(record: Record) -> list[Context]:
    return [Context(type=type_, name=name) for type_, name in record.contexts]

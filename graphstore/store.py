"""The store: its repositories and its questions, over one database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType

from graphstore import schema
from graphstore.database import Database
from graphstore.lineage import Lineage
from graphstore.model.edges import Event
from graphstore.model.nodes import Context, Execution
from graphstore.repository.artifacts import Artifacts
from graphstore.repository.contexts import Contexts
from graphstore.repository.events import Events
from graphstore.repository.executions import Executions
from graphstore.repository.ids import Ids
from graphstore.repository.publish import ArtifactLike, ByRole, Publication, Publisher
from graphstore.repository.types import Types

__all__ = ["Store"]


class Store:
    """A provenance store: what ran, what came out, and where it all came from.

    `Store.open` opens one. It may be shared between threads.
    """

    def __init__(self, database: Database, *, adopt: bool = False) -> None:
        """A store over a database; an empty one becomes a store.

        Raises:
            ForeignDatabase: If the database holds somebody else's data, and not `adopt`.
            NewerDatabase: If a newer graphstore wrote it.
        """
        schema.upgrade(database, adopt=adopt)
        self.database = database
        self.ids = Ids(database)
        self.types = Types(database, self.ids)
        self.artifacts = Artifacts(database, self.types, self.ids)
        self.executions = Executions(database, self.types, self.ids)
        self.contexts = Contexts(database, self.types, self.ids)
        self.events = Events(database)
        self.lineage = Lineage(database, self.types)
        self._publisher = Publisher(
            database, self.artifacts, self.executions, self.contexts, self.ids
        )

    def publish(
        self,
        execution: Execution,
        inputs: ByRole = (),
        outputs: ByRole = (),
        contexts: Sequence[Context] = (),
        events: Iterable[tuple[ArtifactLike, Event]] = (),
    ) -> Publication:
        """Record an execution with all that it read, made and belongs to: all or nothing.

        One query in one transaction. It is safe to retry, and to run in many processes at once:
        contexts are created once.

        Args:
            execution: A new one, or one that was read and then evolved (to COMPLETE, say), which
                replaces the stored one.
            inputs: The artifacts that it read, by the part they played, e.g.
                ``{"examples": [train, test], "base_model": model}``, or just in a list. New ones
                are created; those with an id are referred to, and not changed.
            outputs: The artifacts that it made, likewise.
            contexts: What it and all of these artifacts belong to. A context of this type and name
                that is there already is used as it is, else created.
            events: Artifacts with events of other types, or with paths and times of their own; the
                ids in the events are ignored.

        Returns:
            All of it as it is stored now.

        Raises:
            NotFound: If a type, an artifact or an execution that is referred to is not there.
            InvalidProperty: If a property is none that its type declares, or of another kind.
            InvalidArgument: If something else cannot be stored.
            AlreadyExists: If a new node's name (within its type) or external id is taken.
        """
        return self._publisher.publish(execution, inputs, outputs, contexts, events)

    def close(self) -> None:
        """Close the connections to the database."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

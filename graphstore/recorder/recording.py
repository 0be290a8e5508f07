"""What the steps of a run have in common: where records go, and what must not be in them."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from graphstore.capture import Scrubber, is_secret_name
from graphstore.errors import StoreError
from graphstore.model.nodes import Artifact, Context
from graphstore.processes import ProcessId
from graphstore.recorder.channel import REFUSALS, Channel
from graphstore.recorder.records import Record
from graphstore.repository.publish import Cached, Publication
from graphstore.repository.runs import RecordedRun

__all__ = ["Recording", "Stored"]

_log = logging.getLogger("graphstore")
T = TypeVar("T")


@dataclass(frozen=True)
class Stored:
    """What a run asks of its store, besides taking records."""

    artifact: Callable[[int], Artifact]
    """The artifact with an id."""
    look_up: Callable[[str, bool], Cached | None]
    """What can stand in for a fingerprint; whether its outputs must still be what they were."""


class Recording:
    """What a run and its steps record with; may be shared between threads."""

    def __init__(
        self,
        channel: Channel,
        stored: Stored | None,
        *,
        contexts: tuple[Context, ...],
        digest_limit: int | None,
    ) -> None:
        self.channel, self._stored = channel, stored
        self.contexts = contexts
        """What every step belongs to."""
        self.digest_limit = digest_limit
        """Bytes of an artifact at most for which a digest is computed; None for any number."""
        self.environment: Artifact | None = None
        """What it runs in, if that is captured; runs in the same have this artifact in common."""
        process = ProcessId.of(os.getpid())
        self.process: Mapping[str, Any] = {
            "host": platform.node(),
            "pid": process.pid,
            "began": process.created,
        }
        """The process that it runs in, as properties."""
        self.scrubber = Scrubber(os.environ)

    def send(self, record: Record) -> Publication | RecordedRun | None:
        """Store a record; None if it had to be kept on the disk."""
        return self.channel.send(record)

    def scrub(self, value: T) -> T:
        """A value without anything secret."""
        return cast(T, self.scrubber.scrub(value))

    def hide(self, said: Mapping[str, Any]) -> None:
        """Take what is secret by its name for secret wherever it turns up, in an error say."""
        for name, value in said.items():
            if isinstance(value, Mapping):
                self.hide(value)
            elif isinstance(value, str) and is_secret_name(str(name)):
                self.scrubber.add(value)

    def clean(self, artifact: Artifact) -> Artifact:
        """A new artifact without anything secret in what is said of it."""
        self.hide(artifact.properties)
        self.hide(artifact.custom_properties)
        return artifact.evolve(
            uri=self.scrub(artifact.uri),
            name=self.scrub(artifact.name),
            properties=self.scrub(artifact.properties),
            custom_properties=self.scrub(artifact.custom_properties),
        )

    def artifact(self, id_: int) -> Artifact:
        """The artifact with an id; no more than that it has one if the store does not answer."""
        if self._stored is not None:
            try:
                return self._stored.artifact(id_)
            except REFUSALS:
                raise
            except StoreError as error:
                _log.warning("the store does not answer (%s): is artifact %d one?", error, id_)
        return Artifact(type="", id=id_)

    def look_up(self, fingerprint: str, *, verify: bool) -> Cached | None:
        """What can stand in for a fingerprint; nothing if the store does not answer."""
        if self._stored is None:
            return None
        try:
            return self._stored.look_up(fingerprint, verify)
        except StoreError as error:
            _log.warning("the store does not answer (%s): nothing is skipped", error)
            return None

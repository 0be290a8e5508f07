"""What the steps of a run have in common: where records go, and what must not be in them."""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Any, TypeVar, cast

from graphstore.errors import StoreError
from graphstore.model.base import copy_with
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.values import Value
from graphstore.recording.capture import (
    KEY_VARIABLE,
    Scrubber,
    Secret,
    has_mark,
    is_mark,
    keyed_digest,
    mark,
)
from graphstore.recording.channel import REFUSALS, Channel
from graphstore.recording.digest import Digest, Inspector
from graphstore.recording.flow import Flow
from graphstore.recording.records import Record
from graphstore.recording.values import Arguments, to_values
from graphstore.storage.contents import OWN, place
from graphstore.storage.runs import RecordedRun
from graphstore.storage.writing.publish import Cached, Publication
from graphstore.system.processes import ProcessId
from graphstore.system.progress import late_bar
from graphstore.system.uris import local_path

__all__ = ["Recording", "Stored"]

_log = logging.getLogger("graphstore")
T = TypeVar("T")
N = TypeVar("N", Artifact, Execution, Context)

_FLUSHES = (60.0, 600.0)
"""Seconds after the first value that a run logs at which all is stored, though nothing ends."""


@dataclass(frozen=True)
class Stored:
    """What a run asks of its store, besides taking records."""

    artifacts: Callable[[Sequence[int]], Sequence[Artifact]]
    """The artifacts with some ids, in their order."""
    set_states: Callable[[Sequence[Artifact]], Sequence[Artifact]]
    """Stores the states of artifacts that have ids, and answers with these as they are then."""
    look_up: Callable[[str, Inspector], Cached | None]
    """What can stand in for a fingerprint, its outputs being what they were; looked at by whom."""


class Recording:
    """What a run and its steps record with; may be shared between threads."""

    def __init__(
        self,
        channel: Channel,
        stored: Stored | None,
        *,
        contexts: tuple[Context, ...],
        digest_limit: int | None,
        remote_timeout: float,
    ) -> None:
        self.channel, self._stored = channel, stored
        self.scrubber = Scrubber(os.environ)
        self._originals: dict[str, Artifact] = {}
        self._warnings: set[str] = set()
        self.contexts = tuple(self.clean(context) for context in contexts)
        """What every step belongs to."""
        self.inspector = Inspector(
            limit=digest_limit, remote_timeout=remote_timeout, progress=late_bar
        )
        """Looks at what stands at uris; what it has read, it does not read again in this run."""
        self.environment: Artifact | None = None
        """What it runs in, if that is captured; runs in the same have this artifact in common."""
        self._process: Mapping[str, Any] = {}
        self._lock = Lock()
        self._first_log: float | None = None
        self._flushes: tuple[float, ...] = _FLUSHES
        self._outputs: dict[str, Artifact] = {}
        self.flow = Flow()
        """What its steps returned that other steps may be given."""

    @property
    def process(self) -> Mapping[str, Any]:
        """The process that it runs in, as properties; after a fork that is another one."""
        if self._process.get("pid") != os.getpid():
            process = ProcessId.of(os.getpid())
            self._process = {
                "host": platform.node(),
                "pid": process.pid,
                "began": process.created,
            }
        return self._process

    def beside(self, other: Recording) -> bool:
        """Whether both record into one store."""
        return self.channel.address == other.channel.address

    def values(self, notes: Mapping[str, Any]) -> dict[str, Value]:
        """What somebody notes of a run or a step, as values that properties take."""
        return self.properties(to_values(notes))

    def contents(self, path: str) -> str | None:
        """What stands at a path, as evidence; None if that is not known, empty if nothing is."""
        if not os.path.lexists(path):
            return ""
        return self.inspector.evidence(path).value

    def flush_is_due(self) -> bool:
        """Whether what is logged should be stored before the end: twice a run at most."""
        with self._lock:
            now = time.monotonic()
            if self._first_log is None:
                self._first_log = now
            if not self._flushes or now < self._first_log + self._flushes[0]:
                return False
            self._flushes = self._flushes[1:]
            return True

    def send(self, record: Record) -> Publication | RecordedRun | None:
        """Store a record; None if it had to be kept on the disk."""
        return self.channel.send(record)

    def scrub(self, value: T) -> T:
        """A value without anything secret."""
        return cast(T, self.scrubber.scrub(value))

    def hide(self, secret: str) -> None:
        """Hide what is secret by its type elsewhere too, as far as its shape allows."""
        self.scrubber.learn({"secret": Secret(secret)})

    def name(self, name: str | None) -> str | None:
        """A name without anything secret; names that differ in a secret go on to differ."""
        return name and self.scrubber.scrub_name(name, partial(mark, "name"))

    def properties(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Properties without anything secret in their values, which is hidden elsewhere too."""
        self.scrubber.learn(values)
        return self.scrubber.scrub_properties(values)

    def parameters(
        self, component: str, arguments: Arguments
    ) -> tuple[dict[str, Value], dict[str, Value], dict[str, str]]:
        """Parameters as they are recorded, and as they count for the fingerprint; and the digests
        of those that what is recorded does not tell from all other values.

        What is hidden in a parameter is recorded as a mark, and counts by its keyed digest: if it
        changes, the step runs. One warning a run names each such parameter.
        """
        self.scrubber.learn(arguments.stored)
        values: dict[str, Value] = {}
        for_fingerprint: dict[str, Value] = {}
        digests = arguments.digests()
        for name, value in arguments.stored.items():
            secrets: list[str] = []

            def hide(secret: str, name: str = name, secrets: list[str] = secrets) -> str:
                secrets.append(secret)
                return mark(name, secret)

            values[name] = for_fingerprint[name] = self.scrubber.scrub_property(name, value, hide)
            if name in digests:
                for_fingerprint[name] = {"value": values[name], "digest": digests[name]}
            if secrets:
                # Of no secret there is a digest without a key.
                digests.pop(name, None)
                text = json.dumps(arguments.exact[name], sort_keys=True, default=repr)
                for_fingerprint[name] = {"hmac-sha-256": keyed_digest(name, text)}
                self._warn(component, name, whole=is_mark(values[name]))
        if arguments.classes:  # which are no parameters: what they hold is input
            for_fingerprint["\0classes"] = arguments.classes
        return values, for_fingerprint, digests

    def _warn(self, component: str, name: str, whole: bool) -> None:
        if name in self._warnings:
            return
        self._warnings.add(name)
        _log.warning(
            "parameter %r of %s is recorded without %s, which looks like a secret; that a step can"
            " be skipped is decided by a keyed digest of it (the key is this user's own, or"
            " that of %s)",
            name,
            component,
            "its value" if whole else "a part of it",
            KEY_VARIABLE,
        )

    def clean(self, node: N) -> N:
        """A new node without anything secret in what is said of it, but for names of properties."""
        changes: dict[str, Any] = {
            "name": self.name(node.name),
            "properties": self.properties(node.properties),
            "custom_properties": self.properties(node.custom_properties),
        }
        if node.external_id is not None and not node.external_id.startswith(OWN):
            changes["external_id"] = self.name(node.external_id)
        if isinstance(node, Artifact) and node.uri is not None and not _is_there(node.uri):
            changes["uri"] = self.scrubber.scrub_name(node.uri)
            changes["place"] = node.place and self.scrubber.scrub_name(node.place)
        return copy_with(node, **changes)

    def keep_whole(self, original: Artifact, artifact: Artifact) -> Artifact:
        """Remember what was given of an artifact, where that is not what is recorded of it.

        Returns:
            The recorded one.
        """
        clean = self.clean(original)
        private = {
            field: getattr(original, field)
            for field in ("uri", "name", "properties", "custom_properties")
            if getattr(original, field) != getattr(clean, field)
        }
        if private:
            self._originals[_key(artifact)] = Artifact(type=original.type, **private)
        return artifact

    def whole(self, artifact: Artifact) -> Artifact:
        """An artifact as it was given: only what is recorded is without secrets."""
        original = self._originals.get(_key(artifact))
        if original is None:
            return artifact
        properties = {**original.custom_properties, **original.properties}
        return artifact.evolve(
            uri=original.uri or artifact.uri,
            name=original.name or artifact.name,
            properties={n: properties.get(n, v) for n, v in artifact.properties.items()},
            custom_properties={
                n: properties.get(n, v) for n, v in artifact.custom_properties.items()
            },
        )

    def whole_hit(self, hit: Cached) -> Cached | None:
        """What can stand in for a step, as it was given; None if an address in it is not known."""
        outputs = {
            role: tuple(map(self.whole, artifacts)) for role, artifacts in hit.outputs.items()
        }
        if any(has_mark(one.uri or "") for artifacts in outputs.values() for one in artifacts):
            return None
        return replace(hit, outputs=outputs)

    def remember(self, artifacts: Iterable[Artifact]) -> None:
        """What a step of this run made, or what stands in for that."""
        for artifact in artifacts:
            if artifact.uri:
                self._outputs[place(artifact)] = artifact

    def made_without_evidence(self, artifact: Artifact, *, typed: bool) -> Artifact | None:
        """What a step of this run made at the place that is read, if of both no contents are known.

        Only then, and only within a run, is the place alone reason enough: the run wrote there
        itself, and nothing says that somebody else did since.
        """
        output = (
            self._outputs.get(place(artifact)) if artifact.uri and artifact.digest is None else None
        )
        if output is None or output.digest is not None or (typed and output.type != artifact.type):
            return None
        return output

    def artifacts(self, ids: Sequence[int]) -> Sequence[Artifact]:
        """The artifacts with some ids, in their order; no more than that they have these if the
        store does not answer."""
        if self._stored is not None and ids:
            try:
                return self._stored.artifacts(ids)
            except REFUSALS:
                raise
            except StoreError as error:
                for id_ in ids:
                    _log.warning("the store does not answer (%s): is artifact %d one?", error, id_)
        return [Artifact(type="", id=id_) for id_ in ids]

    def set_states(self, artifacts: Sequence[Artifact]) -> Sequence[Artifact]:
        """Store the states of artifacts that were there before their step ended: somebody read them
        as they came, say."""
        if self._stored is not None and artifacts:
            try:
                return self._stored.set_states(artifacts)
            except StoreError as error:
                ids = ", ".join(one.ref.short for one in artifacts)
                _log.warning("the states of %s are not stored: %s", ids, error)
        return artifacts

    def look_at(self, artifact: Artifact) -> Digest:
        """What is known of the contents of an artifact: what was said of them, or what is there.

        Look before anything in the uri is replaced: what is replaced leads nowhere.
        """
        if artifact.digest is not None or not artifact.uri:
            return Digest(artifact.digest, None)
        return self.inspector.evidence(artifact.uri)

    def warn_once(self, text: str) -> None:
        """Warn of something, once a run."""
        if text not in self._warnings:
            self._warnings.add(text)
            _log.warning("%s", text)

    def look_up(self, fingerprint: str) -> Cached | None:
        """What can stand in for a fingerprint, its outputs being what they were; nothing if the
        store does not answer."""
        if self._stored is None:
            return None
        try:
            return self._stored.look_up(fingerprint, self.inspector)
        except StoreError as error:
            _log.warning("the store does not answer (%s): nothing is skipped", error)
            return None


def _key(artifact: Artifact) -> str:
    return artifact.external_id or f"artifact {artifact.id}"


def _is_there(uri: str) -> bool:
    """Whether a uri is of a local file or folder that exists: it must go on to lead there."""
    try:
        path = local_path(uri)
        return path is not None and path.exists()
    except (OSError, ValueError):  # a NUL, a name too long
        return False

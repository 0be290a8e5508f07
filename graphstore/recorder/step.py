"""A step of a run as it happens: TFX's driver, executor and publisher for any Python code."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timezone
from os import PathLike, fspath
from types import MappingProxyType
from typing import Any, Literal
from uuid import uuid4

from graphstore import cache
from graphstore.digest import digest, local_path
from graphstore.errors import FailedPrecondition, InvalidArgument, StoreError
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, ArtifactState, Execution, ExecutionState
from graphstore.model.values import Value
from graphstore.recorder.artifacts import as_input, as_output
from graphstore.recorder.block import Block, interrupted
from graphstore.recorder.recording import Recording
from graphstore.recorder.records import StepRecord, dump_node, load_node
from graphstore.recorder.values import to_values
from graphstore.repository.publish import Cached, Publication

__all__ = ["ArtifactLike", "Caching", "Inputs", "Step", "current_step"]

ArtifactLike = Artifact | int
"""An artifact: as it was read or recorded, a new one, or the id of one."""
Inputs = Mapping[str, ArtifactLike | Sequence[ArtifactLike]]
"""What a step reads, by role."""
Caching = bool | Literal["verify"]
"""Whether a step may be skipped; ``verify``: if the outputs are, besides, what they were."""

_current: ContextVar[Step | None] = ContextVar("graphstore_step", default=None)
_log = logging.getLogger("graphstore")


def current_step() -> Step:
    """The step that is going on here.

    Raises:
        FailedPrecondition: If there is none. A thread has none of its parent's.
    """
    step = _current.get()
    if step is None:
        raise FailedPrecondition(
            "no step is going on here: begin one with `with run.execution(...)`; a new thread"
            " begins with none, pass it the step"
        )
    return step


class Step(Block):
    """An execution that is being recorded; `Run.execution` makes one.

    In a ``with`` it begins as RUNNING and ends as COMPLETE, as FAILED with the error that left the
    block, or as CANCELED if it was interrupted. `start`, `complete`, `fail` and `cancel` say the
    same one by one. Each is one round trip.
    """

    _current = _current

    def __init__(
        self,
        recording: Recording,
        component: str,
        *,
        parameters: Mapping[str, Any],
        inputs: Inputs,
        cache: Caching,
        code: str | None,
        name: str | None,
    ) -> None:
        self._recording, self._caching, self._code = recording, cache, code
        recording.hide(parameters)
        # Scrubbed first: what must not be stored takes no part in the fingerprint either.
        self.parameters: Mapping[str, Value] = MappingProxyType(
            recording.scrub(to_values(component, parameters))
        )
        self._inputs: dict[str, list[Artifact]] = {}
        self._outputs: dict[str, list[Artifact]] = {}
        self._new: list[tuple[EventType, str, int]] = []
        self.execution = Execution(
            type=component,
            name=name,
            external_id=f"graphstore:{uuid4().hex}",
            custom_properties=dict(self.parameters),
            properties={"code_version": code, **recording.process},
        )
        """The execution, as far as it is known; it has no id while it only waits on the disk."""
        self.cached: Cached | None = None
        """What stands in for this step, if it may be skipped: then it is over already."""
        for role, artifacts in inputs.items():
            for one in [artifacts] if isinstance(artifacts, (Artifact, int)) else artifacts:
                self.input(role, one)

    @property
    def inputs(self) -> Mapping[str, Sequence[Artifact]]:
        """What it has read until now, by role."""
        return {role: tuple(read) for role, read in self._inputs.items()}

    @property
    def outputs(self) -> Mapping[str, Sequence[Artifact]]:
        """What it has made until now, or what stands in for that, by role.

        With ids and digests once it is over and stored.
        """
        return {role: tuple(made) for role, made in self._outputs.items()}

    def input(
        self, role: str, artifact: ArtifactLike | str | PathLike[str], *, type: str | None = None
    ) -> Artifact:
        """Say that it reads an artifact.

        What the store should know before it looks whether the step can be skipped is passed to
        `Run.execution`.

        Args:
            role: The part that the artifact plays, e.g. ``examples``.
            artifact: One that was recorded, its id, or something from outside: a new one or its
                uri. Of what comes from outside the same type, uri and contents are one artifact,
                however many steps read it.
            type: The type of what is given by its uri.

        Returns:
            The artifact.
        """
        self._require_open("read")
        if isinstance(artifact, (str, PathLike)):
            artifact = Artifact(type=_required(type, role, artifact), uri=fspath(artifact))
        if isinstance(artifact, int) and not isinstance(artifact, bool):
            artifact = self._recording.artifact(artifact)
        if not isinstance(artifact, Artifact):
            raise InvalidArgument(
                f"input {role!r} of {self.execution.type}: expected an artifact, its id or its uri,"
                f" found {artifact!r}"
            )
        if artifact.id is None:
            artifact = as_input(self._recording.clean(artifact), self._recording.digest_limit)
        read = self._inputs.setdefault(role, [])
        read.append(artifact)
        self._new.append((EventType.INPUT, role, len(read) - 1))
        return artifact

    def output(
        self,
        role: str,
        artifact: Artifact | str | PathLike[str],
        *,
        type: str | None = None,
        properties: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> Artifact:
        """Say that it makes an artifact.

        It is stored when the step completes, with the digest of what then stands at its uri.

        Args:
            role: The part that the artifact plays, e.g. ``model``.
            artifact: A new one, or its uri.
            type: The type of what is given by its uri.
            properties: What is known of it, e.g. ``{"accuracy": 0.92}``; properties if its type
                declares them, else custom ones.
            name: What to call it; unique within the type.

        Returns:
            The artifact, without an id yet; as the input of a later step it is the same.

        Raises:
            FailedPrecondition: If the step is over, or was skipped.
        """
        self._require_open("make")
        if not isinstance(artifact, Artifact):
            artifact = Artifact(type=_required(type, role, artifact), uri=fspath(artifact))
        elif type is not None and type != artifact.type:
            raise InvalidArgument(f"output {role!r} is given as a {artifact.type} and as a {type}")
        values = to_values(f"output {role!r}", properties or {})
        custom = {**artifact.custom_properties, **values}
        artifact = as_output(
            self._recording.clean(
                artifact.evolve(name=name or artifact.name, custom_properties=custom)
            )
        )
        made = self._outputs.setdefault(role, [])
        made.append(artifact)
        self._new.append((EventType.OUTPUT, role, len(made) - 1))
        return artifact

    def start(self) -> Step:
        """The driver: store it as RUNNING, and look whether it can be skipped.

        If it can, it is over: `cached` says what stands in for it, `outputs` has that, and it is
        stored as CACHED, with these outputs.
        """
        if self.execution.state is not None:
            raise FailedPrecondition(f"{self.execution.type} was started before")
        identity = (
            cache.fingerprint(
                self.execution.type,
                code=self._code,
                parameters=self.parameters,
                inputs=self._inputs,
            )
            if self._caching
            else None
        )
        self.execution = self.execution.evolve(
            state=ExecutionState.RUNNING, start_time=_now(), fingerprint=identity
        )
        answer = self._send(look_up=bool(self._caching))
        hit = answer.cached if answer else None
        if hit is not None and self._caching == "verify" and not cache.verified(hit):
            hit = self._recording.look_up(identity or "", verify=True)
        if hit is not None:
            self._skip(hit)
        return self

    def dump(self) -> str:
        """The step as text, for whoever goes on with it in another process: `Run.load`."""
        self._require_open("hand over")
        roles = {"inputs": self._inputs, "outputs": self._outputs}
        said = {
            which: {role: [dump_node(one) for one in artifacts] for role, artifacts in held.items()}
            for which, held in roles.items()
        }
        new = [(type_.value, role, index) for type_, role, index in self._new]
        return json.dumps({"execution": dump_node(self.execution), **said, "new": new})

    def take_over(self, text: str) -> Step:
        """Go on with a step that was dumped: it runs in this process from now on."""
        try:
            said = json.loads(text)
            self.execution = load_node(said["execution"])
            self._inputs, self._outputs = (
                {role: [load_node(one) for one in held] for role, held in said[which].items()}
                for which in ("inputs", "outputs")
            )
            self._new = [(EventType(type_), role, index) for type_, role, index in said["new"]]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidArgument(f"this is no step that was dumped: {error!r}") from error
        self.parameters = MappingProxyType(dict(self.execution.custom_properties))
        properties = {**self.execution.properties, **self._recording.process}
        self.execution = self.execution.evolve(properties=properties)
        self._send()
        return self

    def _skip(self, hit: Cached) -> None:
        self._outputs = {role: list(made) for role, made in hit.outputs.items()}
        self._new = [
            (EventType.OUTPUT, role, index)
            for role, made in self._outputs.items()
            for index in range(len(made))
        ]
        self.execution = self.execution.evolve(state=ExecutionState.CACHED, end_time=_now())
        self._send()
        self.cached = hit

    def complete(self) -> Step:
        """The publisher: store it as COMPLETE, with what it made, which is LIVE from now on."""
        self._require_open("complete")
        self._outputs = {
            role: [self._made(role, artifact) for artifact in made]
            for role, made in self._outputs.items()
        }
        self._end(ExecutionState.COMPLETE)
        return self

    def fail(self, error: BaseException) -> Step:
        """Store it as FAILED, with the error; what it had made until then is ABANDONED."""
        self._require_open("fail")
        text = "".join(traceback.format_exception(error))
        said = {
            "error_type": type(error).__qualname__,
            "error_message": str(error),
            "error_traceback": text,
        }
        self._abandon(ExecutionState.FAILED, self._recording.scrub(said))
        return self

    def cancel(self) -> Step:
        """Store it as CANCELED; what it had made until then is ABANDONED."""
        self._require_open("cancel")
        self._abandon(ExecutionState.CANCELED, {})
        return self

    def _abandon(self, state: ExecutionState, said: Mapping[str, Value]) -> None:
        self._outputs = {
            role: [a.evolve(state=ArtifactState.ABANDONED) for a in made]
            for role, made in self._outputs.items()
        }
        properties = {**self.execution.properties, **said}
        self.execution = self.execution.evolve(properties=properties)
        self._end(state)

    def _end(self, state: ExecutionState) -> None:
        going_on = self.execution
        self.execution = going_on.evolve(state=state, end_time=_now())
        try:
            self._send()
        except BaseException:
            self.execution = going_on
            raise

    def _made(self, role: str, artifact: Artifact) -> Artifact:
        """An output as it stands now."""
        if artifact.state is None:
            artifact = artifact.evolve(state=ArtifactState.LIVE)
        path = local_path(artifact.uri or "")
        if path is None or artifact.digest is not None:
            return artifact
        if not path.exists():
            _log.warning(
                "output %r of %s: there is nothing at %s", role, self.execution.type, artifact.uri
            )
            return artifact.evolve(state=ArtifactState.UNKNOWN)
        return artifact.evolve(digest=digest(path, limit=self._recording.digest_limit).value)

    def _send(self, *, look_up: bool = False) -> Publication | None:
        """Send what is new; afterwards what was stored is known as it is stored."""
        now = _now()
        events, places = [], []
        for type_, role, index in self._new:
            artifacts = self._inputs if type_ is EventType.INPUT else self._outputs
            event = Event(type=type_, path=(role, index), time=now)
            events.append((artifacts[role][index], event))
            places.append((artifacts[role], index))
        inward = sum(event.type.is_input for _, event in events)
        environment = self._recording.environment
        if self.execution.id is None and environment is not None:
            event = Event(type=EventType.INTERNAL_INPUT, path=("environment",), time=now)
            events.append((environment, event))
        record = StepRecord(self.execution, tuple(events), self._recording.contexts, look_up)
        answer = self._recording.send(record)
        self._new = []
        if not isinstance(answer, Publication):
            return None
        self.execution = answer.execution
        stored = [*answer.inputs[:inward], *answer.outputs]
        order = sorted(range(len(places)), key=lambda i: events[i][1].type is not EventType.INPUT)
        for place, artifact in zip(order, stored, strict=True):
            known, index = places[place]
            known[index] = artifact
        return answer

    def _require_open(self, verb: str) -> None:
        if self.cached is not None:
            raise FailedPrecondition(
                f"{self.execution.type} was skipped, so there is nothing to {verb}: its outputs are"
                " in `step.outputs`; do the work only `if not step.cached`"
            )
        if self.execution.end_time is not None:
            state = self.execution.state.value if self.execution.state else ""
            raise FailedPrecondition(
                f"{self.execution.type} is over ({state}), so there is nothing to {verb}"
            )

    def _finish(self, error: BaseException | None) -> None:
        """Store the end of the block, unless the block has done so."""
        if self.execution.end_time is not None:
            return
        if error is None:
            try:
                self.complete()
            except StoreError as refused:
                # An output is wrong: none of them is stored, but that the step is over must be.
                self._outputs, self._new = {}, []
                self.fail(refused)
                raise
        elif interrupted(error):
            self.cancel()
        else:
            self.fail(error)


def _required(type: str | None, role: str, uri: str | PathLike[str]) -> str:
    if type is None:
        raise InvalidArgument(
            f"{role!r} is given by its uri {fspath(uri)!r}: say of which type it is, as in"
            " type='Model'"
        )
    return type


def _now() -> datetime:
    return datetime.now(timezone.utc)

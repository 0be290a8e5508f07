"""A run of a pipeline as it happens."""

from __future__ import annotations

import logging
import os
import secrets
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timezone
from typing import Any, Literal, TypedDict, TypeVar, get_args

from graphstore import capture
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.model.nodes import Artifact, ArtifactState, Context
from graphstore.recorder.block import Block, interrupted
from graphstore.recorder.channel import Channel
from graphstore.recorder.delivery import ENVIRONMENT, PIPELINE, RUN
from graphstore.recorder.recording import Recording, Stored
from graphstore.recorder.records import RunRecord
from graphstore.recorder.step import Caching, Inputs, Step
from graphstore.recorder.values import to_values
from graphstore.repository.runs import RecordedRun

__all__ = ["Captured", "Run", "RunOptions", "current_run"]

Captured = Literal["user", "code", "environment", "command_line"]
"""What can be captured by itself."""
Code = Any
"""What a step runs: functions, classes or modules, or the text of a version; one, or several."""

_current: ContextVar[Run | None] = ContextVar("graphstore_run", default=None)
_log = logging.getLogger("graphstore")
T = TypeVar("T")


def current_run() -> Run:
    """The run that is going on here.

    Raises:
        FailedPrecondition: If there is none. A thread has none of its parent's.
    """
    run = _current.get()
    if run is None:
        raise FailedPrecondition(
            "no run is going on here: begin one with `with store.run(...)`; a new thread begins"
            " with none: start it by contextvars.copy_context().run, or pass it the run"
        )
    return run


class RunOptions(TypedDict, total=False):
    """How a run is recorded."""

    properties: Mapping[str, Any]
    """What else to know of the run."""
    contexts: Sequence[Context]
    """What else all of it belongs to, e.g. an experiment; types are made if need be."""
    capture: Collection[Captured]
    """What to capture by itself; all by default."""
    variables: Sequence[str]
    """Names of environment variables, or ``PREFIX_*``, that count as environment besides those that
    are known to change results."""
    digest_limit: int | None
    """Bytes of an artifact at most for which a digest is computed, 4 GiB by default; None for any
    number."""


class Run(Block):
    """A run of a pipeline that is being recorded; `Store.run` makes one.

    In a ``with`` it begins as RUNNING and ends as COMPLETE, as FAILED or, if it was interrupted, as
    CANCELED; `start` and `end` say the same one by one. It may be shared between threads and tasks:
    what happens in a step is said to the step.
    """

    _current = _current

    def __init__(
        self,
        channel: Channel,
        stored: Stored | None,
        pipeline: str,
        name: str | None = None,
        *,
        properties: Mapping[str, Any] | None = None,
        contexts: Sequence[Context] = (),
        capture: Collection[Captured] = get_args(Captured),
        variables: Sequence[str] = (),
        digest_limit: int | None = 4 * 2**30,
        on_end: Callable[[], object] = lambda: None,
    ) -> None:
        if unknown := set(capture) - set(get_args(Captured)):
            known = ", ".join(get_args(Captured))
            raise InvalidArgument(f"cannot capture {min(unknown)!r}, only: {known}")
        self._on_end, self._capture, self._variables = on_end, capture, variables
        moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.context = Context(type=RUN, name=name or f"{pipeline}/{moment}-{secrets.token_hex(3)}")
        """The run, as far as it is known; it has no id while it only waits on the disk."""
        self._pipeline = Context(type=PIPELINE, name=pipeline)
        self._recording = Recording(
            channel,
            stored,
            contexts=(self.context, self._pipeline, *contexts),
            digest_limit=digest_limit,
        )
        self._recording.hide(properties or {})
        said = to_values(f"run of {pipeline}", properties or {})
        self._properties = self._recording.scrub(said)

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.context.name

    def execution(
        self,
        component: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        inputs: Inputs | None = None,
        cache: Caching = False,
        code: Code = None,
        name: str | None = None,
    ) -> Step:
        """A step of this run, to be used in a ``with``, or begun with its `start`.

        ::

            with run.execution("Trainer", parameters={"rate": 0.1}, inputs={"data": data}) as step:
                ...
                model = step.output("model", "models/1", type="Model")

        Args:
            component: What runs: the name of its execution type, which is made if need be.
            parameters: Its parameters; properties if the type declares them, else custom ones.
            inputs: What it reads, by role; `Step.input` can add to it later.
            cache: Whether it may be skipped if it was done before: then `Step.cached` is set, and
                its work must be left out; ``"verify"``: only if the outputs are, besides, what they
                were. This needs `code`.
            code: What it runs, for what it is recorded and for the cache: functions, classes or
                modules, whose source is taken, or the text of a version.
            name: What to call the execution; unique within the type.

        Raises:
            InvalidArgument: If a parameter, an input or the code is none.
        """
        if not component:
            raise InvalidArgument("a step needs the name of its component, e.g. 'Trainer'")
        if cache not in (True, False, "verify"):
            raise InvalidArgument(f"cache must be True, False or 'verify', not {cache!r}")
        if cache and code is None:
            raise InvalidArgument(
                f"to see whether {component} can be skipped its code must be known: pass"
                " code=FUNCTION, or the text of a version"
            )
        return Step(
            self._recording,
            component,
            parameters=parameters or {},
            inputs=inputs or {},
            cache=cache,
            code=None if code is None else _version(code),
            name=name,
        )

    def load(self, text: str) -> Step:
        """Go on with a step that another process began and dumped (`Step.dump`).

        For orchestrators whose driver, executor and publisher are processes of their own: each
        opens the run by its name.

        Raises:
            InvalidArgument: If it is no such text.
        """
        step = Step(
            self._recording, "", parameters={}, inputs={}, cache=False, code=None, name=None
        )
        return step.take_over(text)

    def start(self) -> Run:
        """Store it as RUNNING, with what is captured."""
        if self.context.start_time is not None:
            raise FailedPrecondition(f"run {self.name!r} was started before")
        environment = self._captured_environment()
        self.context = self.context.evolve(
            start_time=datetime.now(timezone.utc),
            properties={"status": "RUNNING", **self._recording.process, **self._captured()},
            custom_properties=self._properties,
        )
        if environment is not None:
            # For later records it is enough to refer to it: it is large.
            self._recording.environment = Artifact(
                type=ENVIRONMENT, external_id=environment.external_id
            )
        self._send([environment] if environment else [])
        return self

    def end(self, error: BaseException | None = None) -> None:
        """Store it as COMPLETE, as FAILED with the error, or as CANCELED if that interrupted it.

        What could not be stored until now is tried again, and stays on the disk if need be.
        """
        if self.context.start_time is None or self.context.end_time is not None:
            raise FailedPrecondition(f"run {self.name!r} is not going on")
        said: dict[str, Any] = {"status": "COMPLETE"}
        if isinstance(error, SystemExit) and error.code in (None, 0):
            error = None
        if error is not None and interrupted(error):
            said["status"] = "CANCELED"
        elif error is not None:
            said["status"] = "FAILED"
            said["error_type"] = type(error).__qualname__
            said["error_message"] = str(error)
        self.context = self.context.evolve(
            end_time=datetime.now(timezone.utc),
            properties={**self.context.properties, **self._recording.scrub(said)},
        )
        try:
            self._send()
            self._recording.channel.finish()
        finally:
            self._on_end()

    def _send(self, artifacts: Sequence[Artifact] = ()) -> None:
        answer = self._recording.send(RunRecord(self.context, self._pipeline, tuple(artifacts)))
        if isinstance(answer, RecordedRun):
            self.context = answer.run
            for artifact in answer.artifacts:
                self._recording.environment = artifact

    def _captured(self) -> dict[str, Any]:
        said: dict[str, Any] = {}
        if "user" in self._capture:
            said.update(capture.who(os.environ))
        if "code" in self._capture:
            said.update(capture.code(os.getcwd()))
        if "command_line" in self._capture:
            said["command_line"] = self._recording.scrubber.command_line(sys.orig_argv)
            said["folder"] = os.getcwd()
        return self._recording.scrub(said)

    def _captured_environment(self) -> Artifact | None:
        if "environment" not in self._capture:
            return None
        said = capture.environment(self._variables, os.environ, self._recording.scrubber)
        digest = capture.environment_digest(said)
        return Artifact(
            type=ENVIRONMENT,
            external_id=f"graphstore:environment:{digest}",
            digest=digest,
            state=ArtifactState.LIVE,
            properties=said,
        )

    def _finish(self, error: BaseException | None) -> None:
        self.end(error)


def _version(code: Code) -> str:
    return capture.source_digest(*(code if isinstance(code, (list, tuple)) else (code,)))

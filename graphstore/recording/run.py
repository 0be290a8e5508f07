"""A run of a pipeline as it happens."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timezone
from threading import Lock
from types import MappingProxyType
from typing import Any, Literal, TypedDict, TypeVar, get_args
from weakref import WeakValueDictionary

from graphstore.database.deadlines import deadline
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.model.nodes import Artifact, ArtifactState, Context, NodeRef
from graphstore.model.series import Series
from graphstore.model.values import Value
from graphstore.recording import capture, signals
from graphstore.recording.block import Frame, ended_well, is_interruption
from graphstore.recording.channel import REFUSALS, Channel
from graphstore.recording.code import Code, Version, version_of
from graphstore.recording.delivery import ENVIRONMENT, PIPELINE, RUN
from graphstore.recording.leniency import words_of
from graphstore.recording.noted import Noted
from graphstore.recording.recording import Recording, Stored
from graphstore.recording.records import RunRecord, dump_node, load_node
from graphstore.recording.step import Caching, Inputs, Step
from graphstore.recording.values import to_values
from graphstore.storage.runs import RecordedRun

__all__ = ["Captured", "Run", "RunOptions", "current_run"]

Captured = Literal["user", "code", "environment", "command_line"]
"""What can be captured by itself."""

_current: ContextVar[Frame | None] = ContextVar("graphstore_run", default=None)
_log = logging.getLogger("graphstore")
T = TypeVar("T")

_runs: WeakValueDictionary[tuple[str, str, str], Run] = WeakValueDictionary()
"""The runs that go on in this process, by store, pipeline and name: a second one joins."""
_lock = Lock()


def current_run() -> Run:
    """The run that is going on here.

    Raises:
        FailedPrecondition: If there is none. A thread or another process has none of its parent's.
    """
    frame = _current.get()
    if frame is None:
        raise FailedPrecondition(
            "no run is going on here: begin one with `with store.run(...)`. In a new thread, or a"
            " process of a pool, pass it the run, and enter it there: `with run:`"
        )
    run: Run = frame.block
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
    resume: bool
    """Whether to go on with a run of this name that is COMPLETE, or that is RUNNING where it cannot
    be seen whether it still is."""
    strict: bool
    """Whether steps refuse what cannot be stored as it is asked for, if they do not say otherwise
    themselves."""
    digest_limit: int | None
    """Bytes of an artifact at most that are read whole, 4 GiB by default; None for any number. Of
    what is larger sizes, times and samples are taken (`graphstore.recording.digest.samples`)."""
    remote_timeout: float
    """Seconds to wait at most for a server that is asked, by fsspec, which version of an object it
    has (`graphstore.recording.digest.remote`), 15 by default; 0 to ask none."""


class Run(Noted):
    """A run of a pipeline that is being recorded; `Store.run` makes one.

    In a ``with`` it begins as RUNNING and ends as COMPLETE, as FAILED or, if it was interrupted, as
    CANCELED; `start` and `end` say the same one by one. It may be shared between threads and tasks,
    and be passed to the processes of a pool: there ``with run:`` makes it the current one, and does
    not end it. What happens in a step is said to the step.
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
        remote_timeout: float = 15.0,
        resume: bool = False,
        strict: bool = False,
        on_end: Callable[[], object] = lambda: None,
        rejoin: Callable[[Mapping[str, Any]], Run] | None = None,
    ) -> None:
        if unknown := set(capture) - set(get_args(Captured)):
            names = ", ".join(get_args(Captured))
            raise InvalidArgument(f"cannot capture {min(unknown)!r}, only: {names}")
        self._on_end, self._capture, self._variables = on_end, capture, variables
        super().__init__()
        self._resume, self._rejoin, self._strict = resume, rejoin, strict
        self._is_copy = False
        self._pid, self._own = os.getpid(), True
        moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.context = Context(type=RUN, name=name or f"{pipeline}/{moment}-{secrets.token_hex(3)}")
        """The run, as far as it is known; it has no id while it only waits on the disk."""
        self._pipeline = Context(type=PIPELINE, name=pipeline)
        self._recording = Recording(
            channel,
            stored,
            contexts=(self.context, self._pipeline, *contexts),
            digest_limit=digest_limit,
            remote_timeout=remote_timeout,
        )
        self._options = {
            "digest_limit": digest_limit,
            "remote_timeout": remote_timeout,
            "strict": strict,
        }
        # Without secrets in their names.
        self.context, self._pipeline = self._recording.contexts[:2]
        self._name = self.context.name
        self._properties = self._recording.properties(to_values(properties or {}))

    def __repr__(self) -> str:
        status = self.context.properties.get("status", "not started")
        return f"<Run {self.name!r} of {self._pipeline.name!r}, {status}>"

    @property
    def name(self) -> str:
        """What the run is called within its pipeline."""
        return self._name

    @property
    def pipeline(self) -> str:
        """The name of its pipeline."""
        return self._pipeline.name

    def execution(
        self,
        component: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        inputs: Inputs | None = None,
        cache: Caching = False,
        code: Code = None,
        name: str | None = None,
        strict: bool | None = None,
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
                its work must be left out. What was made before is looked at, and must be what it
                was; ``"trust"`` switches that off, ``"verify"`` is another word for True. This
                needs `code`.
            code: What it runs, for what it is recorded and for the cache: functions, classes or
                modules, whose source is taken, or the text of a version.
            name: What to call the execution; unique within the type.
            strict: Whether what cannot be stored as it is asked for is refused; otherwise it is
                kept in another way, and a warning says which. None: as the run says.

        Raises:
            InvalidArgument: If an input is no artifact, or the code no code.
        """
        if not component:
            raise InvalidArgument("a step needs the name of its component, e.g. 'Trainer'")
        if self._is_over:
            self._recording.warn_once(
                f"run {self.name!r} is over here, and {component} is recorded as a step of it all"
                " the same: how the run ended says nothing of it. Begin it within the run"
            )
        if cache not in (True, False, "verify", "trust"):
            raise InvalidArgument(f"cache must be True, False, 'verify' or 'trust', not {cache!r}")
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
            code=None if code is None else self._version(component, code, cache),
            name=name,
            strict=self._strict if strict is None else strict,
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
        """Store it as RUNNING, with what is captured.

        One of its name that goes on in another process is joined: then that one ends it. One that
        ended badly is gone on with, and so is, with ``resume=True``, one that is COMPLETE
        (`graphstore.recording.attempts`).

        Raises:
            FailedPrecondition: If it was started before; if one of its name is COMPLETE.
        """
        if self.context.start_time is not None:
            raise FailedPrecondition(f"run {self.name!r} was started before")
        environment = self._captured_environment()
        self._pid, notes = os.getpid(), {**self._properties, **self._notes}
        new, self._notes = self.context, {}
        joins = not self._take_name()
        self.context = self.context.evolve(
            start_time=datetime.now(timezone.utc),
            properties={
                "status": "RUNNING",
                **self._recording.process,
                **self._captures(),
            },
            custom_properties=notes,
        )
        if environment is not None:
            # For later records it is enough to refer to it: it is large.
            self._recording.environment = Artifact(
                type=ENVIRONMENT, external_id=environment.external_id
            )
        self._own = not joins
        try:
            self._send([environment] if environment else [])
        except Exception:  # an interruption may come when it is stored already: then it has begun
            self.context = new
            raise
        self._own = self._own and not joins
        if self._own:
            signals.begin(self)
        return self

    def _take_name(self) -> bool:
        """Whether no other run of this name is going on in this process."""
        key = (self._recording.channel.address, self.pipeline, self.name)
        with _lock:
            other = _runs.setdefault(key, self)
            if other is self or not other._going_on():
                _runs[key] = self
                return True
        return False

    def _going_on(self) -> bool:
        """Whether it goes on in this process, which began it."""
        is_begun = self.context.start_time is not None and self.context.end_time is None
        return is_begun and self._pid == os.getpid()

    def end(self, error: BaseException | None = None) -> None:
        """Store it as COMPLETE, as FAILED with the error, or as CANCELED if that interrupted it.

        What could not be stored until now is tried again, and stays on the disk if need be. A run
        that was joined goes on: whoever began it ends it.
        """
        if self.context.start_time is None or self.context.end_time is not None:
            raise FailedPrecondition(f"run {self.name!r} is not going on")
        properties: dict[str, Any] = {"status": "COMPLETE"}
        if error is not None and ended_well(error):
            error = None
        if error is not None and is_interruption(error):
            properties["status"] = "CANCELED"
        elif error is not None:
            properties["status"] = "FAILED"
            properties["error_type"] = type(error).__qualname__
            properties["error_message"] = words_of(error)
        signals.over(self)
        try:
            if self._own and self._pid == os.getpid():
                self._end(self._recording.scrubber.scrub_properties(properties))
            else:
                self._add()
                self.context = self.context.evolve(end_time=datetime.now(timezone.utc))
            self._recording.channel.finish()
        finally:
            self._on_end()

    def _end(self, properties: dict[str, Any]) -> None:
        now = datetime.now(timezone.utc)
        try:
            self._say(properties, end_time=now)
        except REFUSALS as refusal:
            # That it is over must be stored, whatever else cannot be.
            _log.error("run %r: not all of its end is stored: %s", self.name, refusal)
            self._notes = {}
            self._say({k: v for k, v in properties.items() if k != "error_message"}, end_time=now)

    @property
    def ref(self) -> NodeRef:
        """Which context it is.

        Raises:
            InvalidArgument: If it is not stored yet.
        """
        return self.context.ref

    @property
    def _what(self) -> str:
        return f"run {self.name}"

    @property
    def _is_over(self) -> bool:
        return self.context.end_time is not None

    def _require_open(self, verb: str) -> None:
        if self._is_over:
            raise FailedPrecondition(f"run {self.name!r} is over, so there is nothing to {verb}")

    def _add(self) -> None:
        if self.context.start_time is not None:
            self._say({}, only_if_noted=True)

    def _say(
        self, properties: Mapping[str, Any], *, only_if_noted: bool = False, **fields: Any
    ) -> None:
        """Store something new of it, and what was noted; it is as before if that is refused."""
        notes, series = self._take()
        if only_if_noted and not notes and not series:
            return
        news = Context(
            type=RUN,
            name=self.context.name,
            properties=dict(properties),
            custom_properties=notes,
            **fields,
        )
        before = self.context
        self.context = before.evolve(
            properties={**before.properties, **properties},
            custom_properties={**before.custom_properties, **notes},
            **fields,
        )
        try:
            self._send(news=news, series=series, before=self._before(before, notes))
        except BaseException:
            self.context = before
            self._put_back(notes, series)
            raise

    def _send(
        self,
        artifacts: Sequence[Artifact] = (),
        *,
        news: Context | None = None,
        series: tuple[Series, ...] = (),
        before: Mapping[str, Value] = MappingProxyType({}),
    ) -> None:
        frame, parent = _current.get(), None
        if news is None and frame is not None and self._is_within(frame.block):
            parent = (Context(type=RUN, name=frame.block.name), frame.block._pipeline)
        answer = self._recording.send(
            RunRecord(
                self.context,
                self._pipeline,
                tuple(artifacts),
                news,
                parent,
                self._resume,
                series,
                datetime.now(timezone.utc),
                before,
            )
        )
        if isinstance(answer, RecordedRun):
            if news is None:
                self._own = answer.own
            elif not answer.own:
                _log.warning(
                    "run %r of %r was gone on with elsewhere, which ends it",
                    self.name,
                    self.pipeline,
                )
            end_time = None if news is None else news.end_time
            self.context = answer.run.evolve(end_time=answer.run.end_time or end_time)
            for artifact in answer.artifacts:
                self._recording.environment = artifact

    def _is_within(self, outer: Run) -> bool:
        """Whether this run begins within another one of the same store."""
        same = (outer.pipeline, outer.name) == (self.pipeline, self.name)
        return not same and self._recording.beside(outer._recording)

    def _captures(self) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        if "user" in self._capture:
            facts.update(capture.who(os.environ))
        if "code" in self._capture:
            facts.update(capture.code(os.getcwd()))
        if "command_line" in self._capture:
            facts["command_line"] = self._recording.scrubber.command_line(sys.orig_argv)
            facts["folder"] = os.getcwd()
        return self._recording.scrubber.scrub_properties(facts)

    def _captured_environment(self) -> Artifact | None:
        if "environment" not in self._capture:
            return None
        facts = capture.environment(self._variables, os.environ, self._recording.scrubber)
        digest = capture.environment_digest(facts)
        return Artifact(
            type=ENVIRONMENT,
            external_id=f"graphstore:environment:{digest}",
            digest=digest,
            state=ArtifactState.LIVE,
            properties=facts,
        )

    def _finish(self, error: BaseException | None) -> None:
        if self.context.start_time is not None:
            self.end(error)

    def _detach(self) -> None:
        if self._is_copy or self._pid != os.getpid():
            self._add()

    def canceled_by(self, name: str, *, final: bool, until: float) -> None:
        """Store that a signal canceled it (`graphstore.recording.signals`)."""
        if not self._own or self._pid != os.getpid():
            return
        notes, series = self._take()
        facts = {
            "status": "CANCELED",
            "error_type": name,
            "error_message": f"{name} ended the process",
        }
        news = Context(
            type=RUN,
            name=self.context.name,
            end_time=datetime.now(timezone.utc),
            properties=facts,
            custom_properties=notes,
        )
        properties = {**self.context.properties, **facts}
        run = self.context.evolve(properties=properties, end_time=news.end_time)
        before = self._before(self.context, notes)
        record = RunRecord(
            run, self._pipeline, (), news, series=series, moment=news.end_time, before=before
        )
        with deadline(max(until - time.monotonic(), 0.1)):
            self._recording.send(record)

    def __reduce__(self) -> tuple[Any, ...]:
        """For a pool of processes: a copy there adds to the run and does not end it."""
        if self._rejoin is None or self.context.start_time is None:
            raise TypeError(
                f"run {self.name!r} cannot be pickled: only one that has begun, of a store that"
                " opened, can; elsewhere go on with it by its name: store.run(pipeline, name)"
            )
        environment = self._recording.environment
        state = {
            "run": dump_node(self.context),
            "name": self.name,
            "contexts": [dump_node(one) for one in self._recording.contexts],
            "environment": environment and environment.external_id,
            "options": self._options,
        }
        return self._rejoin, (state,)

    @classmethod
    def from_state(
        cls,
        state: Mapping[str, Any],
        channel: Channel,
        stored: Stored | None,
        rejoin: Callable[[Mapping[str, Any]], Run],
    ) -> Run:
        """The run that `__reduce__` made the state of, in another process or the same."""
        _, pipeline, *contexts = (load_node(one) for one in state["contexts"])
        run = cls(
            channel,
            stored,
            pipeline.name,
            state["name"],
            contexts=contexts,
            capture=(),
            rejoin=rejoin,
            **state["options"],
        )
        run.context = load_node(state["run"])
        if state["environment"]:
            run._recording.environment = Artifact(
                type=ENVIRONMENT, external_id=state["environment"]
            )
        run._own, run._in_block, run._is_copy = False, True, True
        return run

    def _version(self, component: str, code: Code, cache: Caching) -> Version:
        version = version_of(code, contents=self._recording.contents if cache else None)
        for name in version.bytecode if cache else ():
            _log.warning(
                "%s: the source of %s is not there, or not what is loaded; its bytecode counts, and"
                " it runs again under another version of Python",
                component,
                name,
            )
        return version

"""A step of a run as it happens: TFX's driver, executor and publisher for any Python code."""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime, timezone
from os import PathLike, fspath
from threading import Lock, RLock
from types import MappingProxyType
from typing import Any, Literal
from uuid import uuid4

from graphstore.database.deadlines import deadline
from graphstore.errors import FailedPrecondition, InvalidArgument, StoreError
from graphstore.model.base import copy_with
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, ArtifactState, Execution, ExecutionState, NodeRef
from graphstore.model.refs import ArtifactLike, node_id
from graphstore.model.series import Series
from graphstore.model.values import Value
from graphstore.recording import cache, signals
from graphstore.recording.artifacts import UNTYPED, as_input, as_output, with_place
from graphstore.recording.block import Frame, ended_well, is_interruption
from graphstore.recording.channel import REFUSALS
from graphstore.recording.code import Version
from graphstore.recording.digest import Status
from graphstore.recording.evidence import Looks, Place, ask_servers, known_inputs, with_evidence
from graphstore.recording.leniency import as_output_of, bare, storable, words_of
from graphstore.recording.noted import Noted
from graphstore.recording.recording import Recording
from graphstore.recording.records import StepRecord, dump_node, load_node, with_news
from graphstore.recording.returned import Returned
from graphstore.recording.values import arguments_of, by_role, to_values
from graphstore.storage.contents import OWN
from graphstore.storage.contents import place as place_of
from graphstore.storage.writing.publish import Cached, Publication
from graphstore.system.uris import canonical, local_path

__all__ = ["Caching", "Inputs", "Step", "current_step"]

Readable = ArtifactLike | PathLike[str]
"""What can be read: an artifact, or what stands at a uri."""
Inputs = Mapping[str, Any]
"""What a step reads, by role: one (`Readable`) or several, or containers of them, whose keys and
places become part of the role (``data.train``)."""
Caching = bool | Literal["verify", "trust"]
"""Whether a step may be skipped, if what an earlier one made is what it was; ``trust``: without a
look at that, nor at what was recorded and is read again; ``verify`` is another word for True."""

_current: ContextVar[Frame | None] = ContextVar("graphstore_step", default=None)
_log = logging.getLogger("graphstore")
_REASONS = 10


def current_step() -> Step:
    """The step that is going on here.

    Raises:
        FailedPrecondition: If there is none. A thread has none of its parent's.
    """
    frame = _current.get()
    if frame is None:
        raise FailedPrecondition(
            "no step is going on here: begin one with `with run.execution(...)`. In a new thread,"
            " pass it the step, and enter it there: `with step:`"
        )
    step: Step = frame.block
    return step


class Step(Noted):
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
        code: Version | None,
        name: str | None,
        strict: bool = False,
    ) -> None:
        super().__init__()
        self._recording, self._caching = recording, cache
        self.strict = strict
        """Whether what cannot be stored as it is asked for is refused."""
        self._code = code.digest if code is not None else None
        arguments = arguments_of(
            parameters,
            contents=recording.contents if cache else None,
            hide=recording.hide,
        )
        if strict and arguments.unknown:
            wrong, reasons = next(iter(arguments.unknown.items()))
            raise InvalidArgument(
                f"parameter {wrong!r} of {component} cannot be recorded as it is:"
                f" {'; '.join(reasons)}; pass what it was made from, or leave it out"
            )
        values, self._key_parameters, digests = recording.parameters(component, arguments)
        self.parameters: Mapping[str, Value] = MappingProxyType(values)
        self._paths = {**(code.paths if code is not None else {}), **arguments.paths}
        """What stood at the paths among its parameters, and those that its code closes over."""
        self._unknown = list(code.unknown) if code is not None else []
        self._unknown += [
            f"parameter {name!r} cannot be told from another value, since {'; '.join(reasons)}"
            for unknown in (arguments.unknown, arguments.unknown_classes)
            for name, reasons in unknown.items()
        ]
        self._inputs: dict[str, list[Artifact]] = {}
        self._outputs: dict[str, list[Artifact]] = {}
        self._new: list[tuple[EventType, str, int]] = []
        self._facts: dict[str, Value] = {}
        self._news: dict[str, Any] = {}
        """What of its properties and fields no record has said yet."""
        self._looks = Looks(recording.inspector)
        self._given: dict[int, tuple[Artifact, Place]] = {}
        """The artifacts it was given, by what they are in Python, and which inputs they are."""
        self._parent: Step | None = None
        """The step that it is within, in this process."""
        self._made_within: dict[str, Artifact] = {}
        """What steps within it made, by place."""
        self._passed_on: set[Place] = set()
        """Those of its outputs that were there before: what it was given, say."""
        self._work_is_over = False
        """Whether its work is over, and only what it made is still to be said."""
        self._unread: dict[Place, str] = {}
        """Why the contents of inputs are not known."""
        self._pid, self._lock = os.getpid(), RLock()
        self._places = Lock()
        """Of what it reads and makes, which threads may say at once."""
        self.execution = Execution(
            type=component,
            name=recording.name(name),
            external_id=f"graphstore:{uuid4().hex}",
            custom_properties=dict(self.parameters),
            properties={
                "code_version": self._code,
                "parameter_names": sorted(self.parameters),
                "parameter_digests": digests or None,
                **recording.process,
            },
        )
        """The execution, as far as it is known; it has no id while it only waits on the disk."""
        self.accepts: Callable[[Cached], bool] = lambda hit: True
        """Whether what could stand in for it serves whoever asks."""
        self.cached: Cached | None = None
        """What stands in for this step, if it may be skipped: then it is over already."""
        each = [(role, one) for role, artifacts in arguments.inputs.items() for one in artifacts]
        each += [pair for role, artifacts in inputs.items() for pair in by_role(role, artifacts)]
        self._server_answers = ask_servers((one for _, one in each), recording.inspector)
        """What servers said of the uris of its first inputs, which were asked at once."""
        self._read = self._read_all(one for _, one in each)
        """Those of its first inputs that are named by their ids, which were read at once."""
        for role, one in each:
            self.input(role, one)
        self._server_answers, self._read = {}, {}

    def __repr__(self) -> str:
        step = self.execution
        which = step.type if step.id is None else f"{step.type} {step.ref.short}"
        return f"<Step {which}, {'not started' if step.state is None else step.state.value}>"

    @property
    def inputs(self) -> Mapping[str, Sequence[Artifact]]:
        """What it has read until now, by role."""
        return {
            r: tuple(map(self._recording.whole, artifacts)) for r, artifacts in self._inputs.items()
        }

    @property
    def outputs(self) -> Mapping[str, Sequence[Artifact]]:
        """What it has made until now, or what stands in for that, by role.

        With ids and digests once it is over and stored.
        """
        return {
            r: tuple(map(self._recording.whole, artifacts))
            for r, artifacts in self._outputs.items()
        }

    def input(
        self,
        role: str,
        artifact: Readable,
        *,
        type: str | None = None,
        version: str | None = None,
        digest: str | None = None,
    ) -> Artifact:
        """Say that it reads an artifact.

        What the store should know before it looks whether the step can be skipped is passed to
        `Run.execution`.

        Args:
            role: The part that the artifact plays, e.g. ``examples``.
            artifact: One that was recorded, its id, or ``"a45"``; or something from outside: a new
                one or its uri. The same type, place (`system.uris.canonical`) and contents are
                one artifact, however many steps read it; if a step made it, it is what that made,
                whichever process and run it was in (if several did, what the last one made).
            type: The type of what is given by its uri; without one, that of what is known to stand
                there with these contents, or else ``Artifact``.
            version: Which version of it, where nobody can look at the contents of what is at its
                uri, or need not: another one is another input. It is kept as ``version:...``.
            digest: The digest of its contents, if that is known already: then they are not read.

        Returns:
            The artifact, with its id and the digest of its contents as far as they are known.

        Raises:
            FailedPrecondition: If the step is over, or was skipped.
            NotFound: If there is no artifact with this id.
            InvalidArgument: If it names no artifact; in a strict step, if it cannot be stored as
                it is.
        """
        self._require_open("read")
        role = self._role("input", role)
        given = artifact
        typed = True
        if isinstance(artifact, (str, PathLike)) and not (type is None and _is_reference(artifact)):
            typed = type is not None
            artifact = Artifact(type=type or UNTYPED, uri=fspath(artifact))
        if not isinstance(artifact, Artifact):
            try:
                id_ = node_id(artifact, "artifact")
            except InvalidArgument as error:
                raise InvalidArgument(f"input {role!r} of {self.execution.type}: {error}") from None
            artifact = self._read.get(id_) or self._recording.artifacts([id_])[0]
        original = artifact = self._storable(
            "input", role, _plain(with_evidence(artifact, version, digest)), []
        )
        reason = ""
        if artifact.id is None:
            evidence = (
                self._server_answers.get(artifact.uri or "") if artifact.digest is None else None
            )
            evidence = evidence or self._recording.look_at(artifact)
            if evidence.value is None and artifact.uri:
                reason = evidence.reason
            artifact = self._recording.clean(copy_with(artifact, digest=evidence.value))
            artifact = as_input(artifact, typed=typed)
            artifact = self._recording.made_without_evidence(artifact, typed=typed) or artifact
        else:
            artifact = self._recording.clean(artifact)
        self._recording.keep_whole(original, artifact)
        place = self._add_place(EventType.INPUT, role, artifact)
        if isinstance(given, Artifact):
            self._given[id(given)] = given, place
        if reason:
            self._unread[place] = reason
        if self.execution.state is not None and self.execution.fingerprint is not None:
            # What it is known by says nothing of this one, which may be another next time.
            self._not_skipped(
                f"its input {role} was said after it began; pass it to run.execution(inputs=...)"
            )
            self._drop_fingerprint()
        return self._recording.whole(artifact)

    def output(
        self,
        role: str,
        artifact: Any,
        *,
        type: str | None = None,
        properties: Mapping[str, Any] | None = None,
        name: str | None = None,
        version: str | None = None,
        digest: str | None = None,
    ) -> Artifact:
        """Say that it makes an artifact.

        It is stored when the step completes, with the digest of what then stands at its uri; or of
        what stands there now, if another output is said to be there before that.

        Args:
            role: The part that the artifact plays, e.g. ``model``.
            artifact: A new one, or its uri; or a number, or numbers by name, which are metrics. A
                description is kept of anything else.
            type: The type of what is given by its uri; by default the role in capitals, with a
                warning.
            properties: What is known of it, e.g. ``{"accuracy": 0.92}``; properties if its type
                declares them, else custom ones. What its type declares otherwise is kept as a
                custom property, with a warning.
            name: What to call it; unique within the type. If another one has it, this one has none,
                but the custom property `requested_name`, and a warning says so.
            version: Which version of it, where nobody can look at the contents of what is at its
                uri, or need not: another one is another artifact. It is kept as ``version:...``.
            digest: The digest of its contents, if that is known already: then they are not read.

        What stands there is read now: in a coroutine, call it by `asyncio.to_thread` if that is
        large.

        Returns:
            The artifact, without an id yet; as the input of a later step it is the same.

        Raises:
            FailedPrecondition: If the step is over, or was skipped.
            InvalidArgument: In a strict step, instead of a warning. What only the store can tell,
                a name that is taken, is raised when a strict step completes.
        """
        self._require_open("make")
        role = self._role("output", role)
        if isinstance(artifact, Artifact) and (pair := self._given.get(id(artifact))) is not None:
            role_then, index = pair[1]
            artifact = self._inputs[role_then][index]  # the one that it turned out to be, by now
        if type is None and isinstance(artifact, (str, PathLike)):
            type = self._type_made_within(fspath(artifact))
        artifact, remarks = as_output_of(role, artifact, type)
        values = to_values(properties or {})
        custom = {**artifact.custom_properties, **values}
        original = copy_with(artifact, name=name or artifact.name, custom_properties=custom)
        original = _plain(with_evidence(original, version, digest))
        original = self._storable("output", role, original, remarks)
        output = as_output(original)
        artifact = self._recording.keep_whole(original, self._recording.clean(output))
        place = self._add_place(EventType.OUTPUT, role, artifact)
        if self._is_known(original):
            self._passed_on.add(place)
        else:
            # The artifact says nothing of it yet: what is being written is not what it will be.
            self._looks.look(place, output, last=self._work_is_over)
        return self._recording.whole(artifact)

    def _read_all(self, inputs: Iterable[Any]) -> dict[int, Artifact]:
        """What is named by its id among inputs; what names nothing is left to who says so."""
        ids = []
        for one in inputs:
            if not isinstance(one, (Artifact, str, PathLike)) or _is_reference(one):
                with suppress(InvalidArgument):
                    ids.append(node_id(one, "artifact"))
        return {one.ref.id: one for one in self._recording.artifacts(ids)}

    def _is_known(self, artifact: Artifact) -> bool:
        """Whether an output is nothing new: this step read it, or it was complete before."""
        if artifact.id is None and artifact.external_id is None:
            return False
        if artifact.id is not None and artifact.state not in (None, ArtifactState.PENDING):
            return True
        return self._input_that_is(artifact) is not None

    def _input_that_is(self, artifact: Artifact) -> Place | None:
        """Which of its inputs an artifact is, as far as they are known by their ids."""
        for role, group in self._inputs.items():
            for index, one in enumerate(group):
                if _same(one, artifact):
                    return role, index
        return None

    def _add_place(self, type_: EventType, role: str, artifact: Artifact) -> Place:
        """Take the next place of a role for what it reads or makes."""
        self._tell_of_a_fork(
            "places",
            "what a process that was forked says that it reads or makes is not stored: say it in"
            " the process that began the step, or begin a step of the run there",
        )
        with self._places:
            own = self._inputs if type_ is EventType.INPUT else self._outputs
            artifacts = own.setdefault(role, [])
            artifacts.append(artifact)
            place = role, len(artifacts) - 1
            self._new.append((type_, *place))
        return place

    def _event_type(self, type_: EventType, place: Place) -> EventType:
        """What an event is that was said: an output that it only passes on was not made by it."""
        if type_ is EventType.OUTPUT and place in self._passed_on:
            return EventType.INTERNAL_OUTPUT
        return type_

    def _role(self, which: str, role: Any) -> str:
        """A role as a store takes it; see `_storable`."""
        text = role if isinstance(role, str) else str(role)
        # A NUL, and halves of surrogate pairs, which decoded file names have.
        text = text.encode(errors="backslashreplace").decode().replace("\0", "\\x00")
        if text != role and self.strict:
            raise InvalidArgument(f"{which} of {self.execution.type}: {role!r} is no role")
        if text != role:
            self._recording.warn_once(
                f"{which} {role!r} of {self.execution.type} cannot have this role: it is {text!r}"
            )
        return text

    def _storable(self, which: str, role: str, artifact: Artifact, remarks: list[str]) -> Artifact:
        """What is given as a store takes it, and a warning of what was changed for that."""
        if artifact.id is None:
            artifact, more = storable(artifact, role)
            remarks = [*remarks, *more]
        if remarks and self.strict:
            raise InvalidArgument(f"{which} {role!r} of {self.execution.type} {'; '.join(remarks)}")
        for one in remarks:
            _log.warning("%s %r of %s %s", which, role, self.execution.type, one)
        return artifact

    def returned(self, value: Returned) -> None:
        """Say that a function that is this step returned a value: what it made is in that."""
        self._work_is_over = True
        outputs: dict[int, Artifact] = {}
        """By the object that was returned, which is one artifact however often it is in there."""
        for place, (role, artifact) in enumerate(value.artifacts):
            made = outputs.get(id(artifact), artifact)
            if place in value.untyped and (type_ := self._type_made_within(artifact.uri)):
                made = copy_with(made, type=type_)
            group = self._outputs.get(role, [])
            same = [n for n, one in enumerate(group) if one.external_id == made.external_id]
            if made.external_id is None or not same:
                self.output(role, made)
                same = [len(self._outputs[role]) - 1]
            outputs[id(artifact)] = self._recording.whole(self._outputs[role][same[0]])
            value.move(place, same[0])
        template = self._recording.scrub(value.template)
        # What was hidden, or described in a part, cannot be given again.
        if template != value.template or (value.described_types and "described" not in template):
            template = {"described": template}
        if value.is_bare:
            return
        self._fact("returned", template)

    def returned_unknown(self) -> None:
        """Say that what a function returned is not known, and so cannot be given again."""
        self._work_is_over = True
        self._fact("returned", {"described": None})

    def start(self) -> Step:
        """The driver: store it as RUNNING, and look whether it can be skipped.

        If it can, it is over: `cached` says what stands in for it, `outputs` has that, and it is
        stored as CACHED, with these outputs.
        """
        if self.execution.state is not None:
            raise FailedPrecondition(f"{self.execution.type} was started before")
        self._pid = os.getpid()
        fingerprint = self._fingerprint() if self._caching else None
        properties = {**self.execution.properties, **self._recording.process}
        frame = _current.get()
        if frame is not None and frame.block._recording.beside(self._recording):
            self._parent = frame.block
            properties["parent_step"] = frame.block.execution.external_id
        self.execution = self.execution.evolve(
            state=ExecutionState.RUNNING,
            start_time=_now(),
            fingerprint=fingerprint,
            properties=properties,
            custom_properties={**self.execution.custom_properties, **self._notes},
        )
        self._notes, self._facts, self._news = {}, {}, {}
        answer = self._send(look_up=fingerprint is not None)
        signals.begin(self)
        hit = answer.cached if answer else None
        if hit is not None and self._caching != "trust":
            hit = self._looked_at(hit)
        if hit is not None:
            whole = self._recording.whole_hit(hit)
            if whole is None:
                self._not_skipped(
                    "the address of what it made is hidden in part, and not known here"
                )
            elif not self.accepts(whole):
                self._not_skipped("what the earlier one returned cannot be given again")
            else:
                self._skip(hit)
                self.cached = whole
        return self

    def _fingerprint(self) -> str | None:
        """What it would do; None if it runs whatever was done before, which is noted."""
        inspector = None if self._caching == "trust" else self._recording.inspector
        inputs, reasons = known_inputs(self._inputs, self._unread, inspector, self._recording.whole)
        if reasons := [*self._unknown, *reasons]:
            self._not_skipped(_joined(reasons, "and of"))
            return None
        return cache.fingerprint(
            self.execution.type, code=self._code, parameters=self._key_parameters, inputs=inputs
        )

    def _looked_at(self, hit: Cached) -> Cached | None:
        """What can stand in for it, the newest of which is a hit whose outputs nobody looked at."""
        fault = cache.fault(hit, self._recording.inspector)
        if not fault:
            return hit
        older = self._recording.look_up(self.execution.fingerprint or "")
        if older is None:
            self._not_skipped(fault)
        return older

    def _not_skipped(self, reason: str) -> None:
        """Note why it runs although it might have been skipped."""
        reason = self._recording.scrub(reason)
        self._recording.warn_once(f"{self.execution.type} is not skipped: {reason}")
        self._fact("not_skipped", reason)

    def _fact(self, name: str, value: Value) -> None:
        """Give it a property that recording says by itself, with the next record."""
        self._facts[name] = value
        properties = {**self.execution.properties, name: value}
        self.execution = self.execution.evolve(properties=properties)

    def dump(self) -> str:
        """The step as text, for whoever goes on with it in another process: `Run.load`."""
        self._require_open("hand over")
        self._add()
        signals.over(self)
        roles = {"inputs": self._inputs, "outputs": self._outputs}
        data = {
            which: {
                role: [dump_node(one) for one in artifacts] for role, artifacts in group.items()
            }
            for which, group in roles.items()
        }
        new = [(type_.value, role, index) for type_, role, index in self._new]
        looks = self._looks.dump()
        return json.dumps(
            {
                "execution": dump_node(self.execution),
                **data,
                "new": new,
                "passed_on": sorted(self._passed_on),
                "looks": looks,
            }
        )

    def take_over(self, text: str) -> Step:
        """Go on with a step that was dumped: it runs in this process from now on."""
        try:
            data = json.loads(text)
            self.execution = load_node(data["execution"])
            self._inputs, self._outputs = (
                {role: [load_node(one) for one in nodes] for role, nodes in data[which].items()}
                for which in ("inputs", "outputs")
            )
            self._new = [(EventType(type_), role, index) for type_, role, index in data["new"]]
            self._passed_on = {(role, index) for role, index in data.get("passed_on", ())}
            self._looks.load(data.get("looks", ()), self._outputs)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidArgument(f"this is no step that was dumped: {error!r}") from error
        values = {**self.execution.properties, **self.execution.custom_properties}
        names = self.execution.properties.get("parameter_names")
        names = names if isinstance(names, list) else self.execution.custom_properties
        self.parameters = MappingProxyType({n: values[n] for n in names if n in values})
        self._pid = os.getpid()
        self._say(properties=self._recording.process)
        signals.begin(self)
        return self

    def _skip(self, hit: Cached) -> None:
        self._outputs = {role: list(artifacts) for role, artifacts in hit.outputs.items()}
        self._new = [
            (EventType.OUTPUT, role, index)
            for role, artifacts in self._outputs.items()
            for index in range(len(artifacts))
        ]
        self._say(state=ExecutionState.CACHED, end_time=_now())
        self.cached = hit

    def complete(self) -> Step:
        """The publisher: store it as COMPLETE, with what it made, which is LIVE from now on."""
        self._require_open("complete")
        order, missing = self._look_at_outputs()
        self._look_at_inputs()
        for artifacts in self._outputs.values():
            for index, artifact in enumerate(artifacts):
                if artifact.id is None and artifact.state is None:
                    artifacts[index] = artifact.evolve(state=ArtifactState.LIVE)
        for role, index in missing:
            artifact = self._outputs[role][index]
            where = f"{self.execution.type}: there is nothing at {artifact.uri}"
            _log.warning("output %r of %s", role, where)
            self._outputs[role][index] = artifact.evolve(state=ArtifactState.UNKNOWN)
        end = _now()
        try:
            self._say(state=ExecutionState.COMPLETE, end_time=end)
        except REFUSALS as refusal:
            if self.strict or not order:
                raise
            self._salvage(refusal)
            self._say(state=ExecutionState.COMPLETE, end_time=end)
        return self

    def _look_at_outputs(self) -> tuple[list[Place], list[Place]]:
        """Give its new outputs the digests of what is at their uris now.

        Returns:
            The places of the new outputs, as they were said; and of those where there is nothing.
        """
        order = [(role, at) for type_, role, at in self._new if type_ is EventType.OUTPUT]
        for place in self._passed_on.intersection(order):
            self._look_at_passed_on(place)
        missing = []
        for place, (digest, there) in self._looks.look_again(order).items():
            role, index = place
            if role not in self._outputs:  # it was refused, and is left out
                continue
            artifact = self._outputs[role][index]
            # What was not there when it was said may be a link now.
            artifact = with_place(copy_with(artifact, digest=digest.value))
            if (read := self._read_as_it_is(artifact)) is not None:
                artifact = read
                self._passed_on.add(place)
            self._outputs[role][index] = artifact
            if not there:
                missing.append(place)
        for place in order if self._made_within else ():
            if place not in self._passed_on and place not in missing:
                self._look_within(place)
        return order, missing

    def _look_at_inputs(self) -> None:
        """Note what others changed of what it reads since it was looked at: nobody knows which of
        the two it read, and no later step is skipped for it.

        What it writes itself, at the place of an input or below, is no such change. Servers are
        asked only where it could stand in for a later step.
        """
        own = [
            f"{canonical(artifact.uri)}/"
            for artifacts in self._outputs.values()
            for artifact in map(self._recording.whole, artifacts)
            if artifact.uri
        ]
        lasts = self.execution.fingerprint is not None and self._caching != "trust"
        read = [
            (f"its input {role}", artifact.uri, artifact.digest)
            for role, artifacts in self._inputs.items()
            for artifact in map(self._recording.whole, artifacts)
        ]
        read += [("what stands at a path that it was given", *pair) for pair in self._paths.items()]
        changed = []
        for what, uri, digest in read:
            if not uri or not digest or (not lasts and local_path(uri) is None):
                continue
            where = canonical(uri).rstrip("/")
            if any(place.startswith(f"{where}/") for place in own):
                continue
            check = self._recording.inspector.check(uri, digest, whole=True)
            if check.status is Status.CHANGED:
                changed.append(f"{what} ({uri}) changed while it ran")
        if not changed:
            return
        text = self._recording.scrub(_joined(changed, "and"))
        self._recording.warn_once(
            f"{self.execution.type}: {text}: what it made may be of either, and nothing is skipped"
            " for it"
        )
        self._fact("inputs_changed", text)
        if self.execution.fingerprint is not None:
            self._drop_fingerprint()

    def _drop_fingerprint(self) -> None:
        """Let no later step be skipped for it."""
        self.execution = self.execution.evolve(fingerprint=None)
        self._news["fingerprint"] = ""

    def _look_within(self, output: Place) -> None:
        """Let an output be what a step within this one made, if it is that: then it only passes
        it on."""
        role, index = output
        artifact = self._outputs[role][index]
        made = self._made_within.get(place_of(artifact)) if artifact.uri else None
        if artifact.id is not None or made is None or made.digest != artifact.digest:
            return
        if _says_no_more(artifact, made):
            self._outputs[role][index] = made
            self._passed_on.add(output)
            if made.digest is None:
                self._warn_of_unknown_contents(role, self._recording.whole(made))
            return
        which = made.type if made.id is None else f"{made.type} {made.ref.short}"
        _log.warning(
            "output %r of %s is what a step within it made, %s, with another type, name or"
            " properties: it is an artifact of its own, made of what %s read. Give that output"
            " itself to pass it on",
            *(role, self.execution.type, which, self.execution.type),
        )

    def _type_made_within(self, uri: str | bytes | None) -> str | None:
        """The type of what a step within this one made at a uri; None if none did."""
        if not self._made_within or not uri:
            return None
        made = self._made_within.get(canonical(os.fsdecode(uri)))
        return made.type if made is not None else None

    def _read_as_it_is(self, output: Artifact) -> Artifact | None:
        """The input that an output is, of which nothing else is said: the same type, place and
        contents."""
        if not output.digest:
            return None
        where = place_of(output)
        for group in self._inputs.values():
            for one in group:
                # Spelling its place costs the most, and few have these contents.
                same = one.digest == output.digest and place_of(one) == where
                if same and _says_no_more(output, one):
                    return one
        return None

    def _find_out_what_it_read(self, output: Place) -> None:
        """Let an output be what the input that it is turns out to be, as the store knows it."""
        role, index = output
        if (place := self._input_that_is(self._outputs[role][index])) is None:
            return
        read_as, at = place
        if self._inputs[read_as][at].id is None:
            self._say()
        self._outputs[role][index] = self._inputs[read_as][at]

    def _warn_of_unknown_contents(self, role: str, old: Artifact) -> None:
        self._recording.warn_once(
            f"output {role!r} of {self.execution.type} is what was there before, as far as is"
            f" known: of what {old.uri} held, nothing was recorded. If the step changed it,"
            " give its uri, with version= or digest="
        )

    def _look_at_passed_on(self, place: Place) -> None:
        """Make a new artifact of an output that was there before, if it has other contents now."""
        role, index = place
        if self._outputs[role][index].id is None:
            self._find_out_what_it_read(place)
        old = self._recording.whole(self._outputs[role][index])
        if not old.uri:
            return
        if not old.digest:
            self._warn_of_unknown_contents(role, old)
            return
        result = self._recording.inspector.check(old.uri, old.digest, whole=True)
        if result.status is not Status.CHANGED:
            return
        start = self.execution.start_time
        if start is not None and not _written_since(old.uri, start):
            # Somebody else's: it is what is known to stand there, or from outside.
            now = self._recording.inspector.evidence(old.uri).value
            artifact = as_input(Artifact(type=old.type, uri=old.uri, digest=now))
            self._outputs[role][index] = self._recording.keep_whole(
                artifact, self._recording.clean(artifact)
            )
            return
        # What was said of the old contents may be wrong of the new ones: what the step was given
        # does not count as said of these.
        read = [one for group in self._inputs.values() for one in group if _same(old, one)]
        said = [(one.properties, one.custom_properties) for one in map(self._recording.whole, read)]
        properties, custom = (
            {n: v for n, v in values.items() if not any(n in o[i] and o[i][n] == v for o in said)}
            for i, values in enumerate((old.properties, old.custom_properties))
        )
        new = as_output(
            Artifact(
                type=old.type,
                type_version=old.type_version,
                uri=old.uri,
                properties=properties,
                custom_properties=custom,
            )
        )
        self._passed_on.discard(place)
        self._looks.look(place, new, last=True)
        self._outputs[role][index] = self._recording.keep_whole(new, self._recording.clean(new))

    def fail(self, error: BaseException) -> Step:
        """Store it as FAILED, with the error; what it had made until then is ABANDONED.

        With the digests of what stands at the uris of that now, so that whoever reads it later is
        known to read what this step left.
        """
        self._require_open("fail")
        text = "".join(traceback.format_exception(error))
        text = text.encode(errors="backslashreplace").decode()
        properties = {
            "error_type": type(error).__qualname__,
            "error_message": words_of(error),
            "error_traceback": text,
        }
        try:
            self._look_at_outputs()
        finally:  # that it failed is stored if whoever waits for the look loses patience, too
            properties = self._recording.scrubber.scrub_properties(properties)
            self._abandon(ExecutionState.FAILED, properties)
        return self

    def cancel(self) -> Step:
        """Store it as CANCELED; what it had made until then is ABANDONED, with digests likewise."""
        self._require_open("cancel")
        try:
            self._look_at_outputs()
        finally:
            self._abandon(ExecutionState.CANCELED, {})
        return self

    def _abandon(self, state: ExecutionState, properties: Mapping[str, Value]) -> None:
        for role, artifacts in self._outputs.items():
            for index, artifact in enumerate(artifacts):
                if (role, index) not in self._passed_on:
                    artifacts[index] = artifact.evolve(state=ArtifactState.ABANDONED)
        self._say(state=state, end_time=_now(), properties=properties)

    def _salvage(self, refusal: StoreError) -> None:
        """Store each output by itself, or as little of it as can be: one was refused."""
        events, self._new = self._new, [new for new in self._new if new[0] is not EventType.OUTPUT]
        for event in events:
            type_, role, index = event
            if type_ is not EventType.OUTPUT:
                continue
            artifacts, waiting = self._outputs[role], self._new
            for attempt in (artifacts[index], bare(artifacts[index], role, words_of(refusal))):
                artifacts[index], self._new = attempt, [event]
                try:
                    self._say(with_outputs=True)
                except REFUSALS as error:
                    refusal = error
                else:
                    break
                _log.warning(
                    "output %r of %s is not stored as it is: %s", role, self.execution.type, refusal
                )
            self._new = waiting

    @property
    def ref(self) -> NodeRef:
        """Which execution it is.

        Raises:
            InvalidArgument: If it is not stored yet.
        """
        return self.execution.ref

    @property
    def _what(self) -> str:
        return self.execution.type

    def _add(self) -> None:
        if self.execution.state is ExecutionState.RUNNING:
            self._say(only_if_noted=True)

    def _say(
        self,
        *,
        properties: Mapping[str, Value] | None = None,
        only_if_noted: bool = False,
        with_outputs: bool = False,
        **fields: Any,
    ) -> None:
        """Store something new of it, and what was noted; it is as before if that is refused.

        What it made is stored as it ends: until then nobody knows what that will be.
        """
        with self._lock:
            notes, series = self._take()
            facts, more = self._facts, self._news
            if only_if_noted and not (notes or series or facts or more):
                return
            going_on = self.execution
            news = Execution(
                type=going_on.type,
                type_version=going_on.type_version,
                properties={**facts, **(properties or {})},
                custom_properties=notes,
                **{**more, **fields},
            )
            self.execution = with_news(going_on, news)
            try:
                self._send(
                    news=news,
                    series=series,
                    before=self._before(going_on, notes),
                    with_outputs=with_outputs or "end_time" in fields,
                )
            except BaseException:
                self.execution = going_on
                self._put_back(notes, series)
                raise
            self._facts, self._news = {}, {}
            if "end_time" in fields:
                signals.over(self)
                outputs = [one for artifacts in self._outputs.values() for one in artifacts]
                self._recording.remember(outputs)
                if self._parent is not None and self.execution.state in _ENDED_WELL:
                    made = {place_of(one): one for one in outputs if one.uri}
                    self._parent._made_within.update(made)

    def _send(
        self,
        *,
        look_up: bool = False,
        news: Execution | None = None,
        series: tuple[Series, ...] = (),
        before: Mapping[str, Value] = MappingProxyType({}),
        with_outputs: bool = False,
    ) -> Publication | None:
        """Send what is new; afterwards what was stored is known as it is stored."""
        now = _now()
        events, places = [], []
        with self._places:
            new = [one for one in self._new if with_outputs or one[0] is EventType.INPUT]
        for type_, role, index in new:
            artifacts = self._inputs if type_ is EventType.INPUT else self._outputs
            type_ = self._event_type(type_, (role, index))
            event = Event(type=type_, path=(role, index), time=now)
            events.append((artifacts[role][index], event))
            places.append((artifacts[role], index))
        inward = sum(event.type.is_input for _, event in events)
        environment = self._recording.environment
        if self.execution.id is None and environment is not None:
            event = Event(type=EventType.INTERNAL_INPUT, path=("environment",), time=now)
            events.append((environment, event))
        contexts, strict = self._recording.contexts, self.strict
        record = StepRecord(
            self.execution,
            tuple(events),
            contexts,
            look_up,
            news,
            series,
            strict=strict,
            moment=now,
            before=before,
        )
        answer = self._recording.send(record)
        with self._places:
            sent = set(new)  # what was said meanwhile stays
            self._new = [one for one in self._new if one not in sent]
        if not isinstance(answer, Publication):
            return None
        self.execution = answer.execution
        answers = [*answer.inputs[:inward], *answer.outputs]
        order = sorted(range(len(places)), key=lambda i: events[i][1].type is not EventType.INPUT)
        unsettled = []
        for place, artifact in zip(order, answers, strict=True):
            own, index = places[place]
            own[index] = artifact
            wanted, event = events[place]
            if event.type is EventType.OUTPUT and artifact.state in _NOT_YET:
                after = _STATE_AFTER.get(answer.execution.state)
                state = after if wanted.state in _NOT_YET else wanted.state
                if state is not None:
                    unsettled.append((own, index, artifact.evolve(state=state)))
        settled = self._recording.set_states([artifact for *_, artifact in unsettled])
        for (own, index, _), artifact in zip(unsettled, settled, strict=True):
            own[index] = artifact
        return answer

    @property
    def _is_over(self) -> bool:
        return self.execution.end_time is not None

    def _require_open(self, verb: str) -> None:
        if self.cached is not None:
            raise FailedPrecondition(
                f"{self.execution.type} was skipped, so there is nothing to {verb}: its outputs are"
                " in `step.outputs`; do the work only `if not step.cached`"
            )
        if self._is_over:
            state = self.execution.state.value if self.execution.state else ""
            raise FailedPrecondition(
                f"{self.execution.type} is over ({state}), so there is nothing to {verb}"
            )

    def _finish(self, error: BaseException | None) -> None:
        """Store the end of the block, unless the block has done so."""
        # What a fork took along with it ends in the process that goes on with it.
        if self.execution.end_time is not None or self._pid != os.getpid():
            return
        if self.execution.state is None:  # interrupted before it began
            return
        if error is not None and not ended_well(error):
            try:
                self._fail(error)
            except StoreError as refused:  # the error of the work is the one to raise
                _log.error("how %s ended is not stored: %s", self.execution.type, refused)
            return
        try:
            self.complete()
        except BaseException as refused:
            try:
                if is_interruption(refused):  # as it looked at what it made, say
                    self._abandon(ExecutionState.CANCELED, {})
                else:
                    # An output is wrong, say: none of them is stored, but that it is over must be.
                    self._outputs, self._new = {}, []
                    self._fail(refused)
            except StoreError as again:
                _log.error("how %s ended is not stored: %s", self.execution.type, again)
            raise

    def _detach(self) -> None:
        pass

    def canceled_by(self, name: str, *, final: bool, until: float) -> None:
        """Store that a signal canceled it (`graphstore.recording.signals`)."""
        if self._pid != os.getpid() or self.execution.end_time is not None:
            return
        notes, series = self._take()
        news = Execution(
            type=self.execution.type,
            type_version=self.execution.type_version,
            state=ExecutionState.CANCELED,
            end_time=_now(),
            properties={"error_type": name, "error_message": f"{name} ended the process"},
            custom_properties=notes,
        )
        events = []
        for type_, role, index in self._new if final else ():
            type_ = self._event_type(type_, (role, index))
            event = Event(type=type_, path=(role, index), time=news.end_time)
            if type_ is EventType.INPUT:
                events.append((self._inputs[role][index], event))
            else:
                artifact = self._outputs[role][index]
                if type_ is EventType.OUTPUT:
                    artifact = copy_with(artifact, state=ArtifactState.ABANDONED)
                events.append((artifact, event))
        record = StepRecord(
            with_news(self.execution, news),
            tuple(events),
            self._recording.contexts,
            news=news,
            series=series,
            moment=news.end_time,
            before=self._before(self.execution, notes),
        )
        with deadline(max(until - time.monotonic(), 0.1)):
            self._recording.send(record)

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            f"step {self.execution.type} cannot be pickled: it is in one process at a time. Pass"
            " the run, and begin steps there; or hand it over: step.dump(), and run.load(text)"
        )

    def _fail(self, error: BaseException) -> None:
        """Store that an error ended it; no more than that if the store does not take the rest."""
        try:
            if is_interruption(error):
                self.cancel()
            else:
                self.fail(error)
        except REFUSALS:
            self._outputs, self._new, self._notes = {}, [], {}
            state = ExecutionState.CANCELED if is_interruption(error) else ExecutionState.FAILED
            properties = {"error_type": type(error).__qualname__}
            self._say(state=state, end_time=_now(), properties=properties)


_ENDED_WELL = (ExecutionState.COMPLETE, ExecutionState.CACHED)
_NOT_YET = (None, ArtifactState.PENDING)
"""The states of what nobody has said to be there."""
_STATE_AFTER: Mapping[ExecutionState | None, ArtifactState] = {
    ExecutionState.COMPLETE: ArtifactState.LIVE,
    ExecutionState.FAILED: ArtifactState.ABANDONED,
    ExecutionState.CANCELED: ArtifactState.ABANDONED,
}
"""The state of what a step made, by how that ended."""


def _is_reference(artifact: Any) -> bool:
    """Whether a text names an artifact: then it is that one, and a file of such a name is ./a45."""
    return isinstance(artifact, str) and NodeRef.reads(artifact)


def _plain(artifact: Artifact) -> Artifact:
    """A new artifact with values that properties take."""
    if artifact.id is not None:
        return artifact
    return artifact.evolve(
        properties=to_values(artifact.properties),
        custom_properties=to_values(artifact.custom_properties),
    )


def _joined(reasons: Sequence[str], rest: str) -> str:
    """Reasons as one text: the first, and how many there are more, behind the words `rest`."""
    more = len(reasons) - _REASONS
    return "; ".join([*reasons[:_REASONS], *([f"{rest} {more:,} more"] if more > 0 else [])])


def _written_since(uri: str, moment: datetime) -> bool:
    """Whether what stands at a uri was written, or put there, after a moment; True if that is not
    known."""
    path = local_path(uri)
    if path is None:
        return True
    try:
        times = [path.stat()]
        for folder, _, files in os.walk(path):
            times += [os.stat(folder), *(os.lstat(os.path.join(folder, name)) for name in files)]
    except OSError:
        return True
    # A copy keeps the time at which its contents were written.
    return any(max(one.st_mtime, one.st_ctime) >= moment.timestamp() for one in times)


def _says_no_more(output: Artifact, one: Artifact) -> bool:
    """Whether all that an output says of itself is known of an artifact."""
    return (
        output.type == one.type
        and output.name in (None, one.name)
        and (output.external_id == one.external_id or (output.external_id or OWN).startswith(OWN))
        and output.properties.items() <= one.properties.items()
        and output.custom_properties.items() <= one.custom_properties.items()
    )


def _same(one: Artifact, other: Artifact) -> bool:
    """Whether two are one artifact, as far as they are known by their ids."""
    if one.id is not None and other.id is not None:
        return one.id == other.id
    return one.external_id is not None and one.external_id == other.external_id


def _now() -> datetime:
    return datetime.now(timezone.utc)

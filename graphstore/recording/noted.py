"""What is said of a run or a step while it goes on: notes, and metrics step by step."""

from __future__ import annotations

import logging
import os
from abc import abstractmethod
from collections.abc import Mapping
from numbers import Real
from types import MappingProxyType
from typing import Any

from graphstore.errors import StoreError
from graphstore.model.nodes import Context, Execution, NodeRef
from graphstore.model.series import Curves, Series
from graphstore.model.values import Value
from graphstore.recording.arrays import has
from graphstore.recording.block import Block
from graphstore.recording.recording import Recording

__all__ = ["Noted"]

_log = logging.getLogger("graphstore")

_STORED_BY_A_FORK = (
    "what is noted and logged in a process that was forked is stored when `flush` is called there,"
    " or as a run that was entered there by `with run:` is left"
)


class Noted(Block):
    """A block that takes notes and metrics, and stores them with what it says next."""

    _recording: Recording
    parameters: Mapping[str, Value] = MappingProxyType({})

    def __init__(self) -> None:
        self._notes: dict[str, Value] = {}
        """What `set` said and no record has yet."""
        self._curves = Curves()
        self._metric_names: dict[object, str] = {}
        self._messages: set[str] = set()

    _pid: int
    """The process that began it."""

    @property
    @abstractmethod
    def ref(self) -> NodeRef:
        """Which node it is, once it is stored."""

    @property
    @abstractmethod
    def _what(self) -> str:
        """What it is, for messages."""

    @abstractmethod
    def _require_open(self, verb: str) -> None:
        """Refuse what is said of it once it is over."""

    @abstractmethod
    def _add(self) -> None:
        """Store what was noted and logged until now, if it is stored itself."""

    def set(self, notes: Mapping[str, Any] | None = None, /, **named: Any) -> None:
        """Note something on it: custom properties, that are no parameters.

        They are stored with what is said of it next, at its end at the latest, and so cost no round
        trip. Of one name the last value counts. What others note meanwhile stays::

            step.set(watch="loss is odd", seed_used=7)

        Args:
            notes: By name, for names that are no identifiers.
            named: By name, where that is an identifier. A name that is a parameter's gets a ``_``
                behind it.

        Raises:
            FailedPrecondition: If it is over.
        """
        self._require_open("note")
        self._tell_of_a_fork("noted", _STORED_BY_A_FORK)
        values = {str(name): value for name, value in {**(notes or {}), **named}.items()}
        for name, value in self._recording.values(values).items():
            if name in self.parameters:
                _log.warning(
                    "%s has a parameter %r: the note is kept as '%s_'", self._what, name, name
                )
                name += "_"
            self._notes[name] = value

    def log(
        self,
        metrics: Mapping[str, Any] | None = None,
        /,
        *,
        step: Any = None,
        **named: Any,
    ) -> None:
        """Log the values of metrics at a step of the work: an epoch, a batch::

            step.log(loss=0.31, accuracy=0.9, step=epoch)

        They are gathered, and stored as one series a metric (`graphstore.model.series` says how
        long ones are thinned) with what is said of it next, at its end at the latest: that costs no
        round trip. A minute and ten minutes after the first value of a run all is stored besides,
        and whenever `flush` is called: what a process that is killed had logged until then is kept.
        The last value of each metric is a custom property, too, unless a parameter is called so.

        Args:
            metrics: By name, for names that are no identifiers.
            step: What whoever logs counts; by default one more than before, from 0.
            named: By name, where that is an identifier: numbers, NaN and infinities too, or what
                has one as its `item()`. What is none is not logged, and a warning says so: it is no
                reason to stop the work.

        Raises:
            FailedPrecondition: If it is over.
        """
        self._require_open("log")
        self._tell_of_a_fork("noted", _STORED_BY_A_FORK)
        at = None
        if step is not None and (at := _step(step)) is None:
            self._tell("step", f"step {step!r} is no number: the values are counted in its place")
        for name, value in {**(metrics or {}), **named}.items():
            number = _number(value)
            if number is None:
                self._tell(str(name), f"{name!r} is not logged: {value!r:.80} is no number")
            else:
                self._curves.add(self._metric_name(name), at, number)
        if self._recording.flush_is_due():
            try:
                self._add()
            except StoreError as error:  # at the end it is tried again
                _log.warning("what %s logged is not stored yet: %s", self._what, error)

    def flush(self) -> None:
        """Store now what was noted and logged: one round trip, or none if there is nothing.

        Raises:
            StoreError: If the store does not take it.
        """
        self._require_open("store")
        self._add()

    @property
    def series(self) -> Mapping[str, Series]:
        """What was logged on it here, by metric."""
        return self._curves.all()

    def _take(self) -> tuple[dict[str, Value], tuple[Series, ...]]:
        """What was noted and logged since it was last taken, the last values among the notes."""
        series = self._curves.take()
        lasts = {one.metric: one.last for one in series if one.metric not in self.parameters}
        notes, self._notes = {**lasts, **self._notes}, {}
        return notes, series

    def _metric_name(self, name: object) -> str:
        """The name as properties take it: the last value of the metric is one."""
        if name not in self._metric_names:
            (self._metric_names[name],) = self._recording.values({str(name): 0.0})
        return self._metric_names[name]

    @staticmethod
    def _before(node: Execution | Context, notes: Mapping[str, Value]) -> dict[str, Value]:
        """What notes were on a node before, as far as that is known here."""
        properties = {**node.properties, **node.custom_properties}
        return {name: properties[name] for name in notes if name in properties}

    def _put_back(self, notes: Mapping[str, Value], series: tuple[Series, ...]) -> None:
        self._notes = {**notes, **self._notes}
        self._curves.put_back(series)

    def _tell_of_a_fork(self, what: str, text: str) -> None:
        if self._pid != os.getpid():
            self._tell(f"fork: {what}", text)

    def _tell(self, name: str, text: str) -> None:
        if name not in self._messages:
            self._messages.add(name)
            _log.warning("%s: %s", self._what, text)


def _number(value: Any) -> float | None:
    """A value as a float; None if it is no number."""
    try:
        if not isinstance(value, Real) and has(value, "item") and callable(value.item):
            value = value.item()  # an array of one, in NumPy, PyTorch, JAX, ...
        if isinstance(value, (str, bytes)):
            return None
        return float(value)
    except Exception:  # whatever somebody's own type makes of it
        return None


def _step(value: Any) -> int | float | None:
    number = _number(value)
    if number is None or number != number:
        return None
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return int(value)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number

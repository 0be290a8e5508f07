"""Whether a step can be skipped: what it would do, as a fingerprint, and who did that before.

The rule. A step's fingerprint is the SHA-256 of canonical JSON (keys sorted, no white space) of

- the **component**: the name of its execution type;
- the **code**: the version of the code, as whoever recorded it gave it;
- the **parameters** by name, without those that are None, and without secrets;
- the **inputs** by role: of each artifact its type and what identifies it: the digest of its
  contents, else its external id, else its id.

The order of roles and of parameters means nothing, that of the artifacts in one role does, and
that of a parameter's items does unless it is a set. Neither the pipeline, the run, the environment
nor the outputs count: two pipelines share what they have in common. TFX's rule
(`tfx/orchestration/portable/cache_utils.py`) differs in that: it counts the pipeline, and
identifies artifacts by their ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphstore.database import Database, Row
from graphstore.digest import Status, check
from graphstore.errors import FailedPrecondition, NotFound
from graphstore.model.nodes import Artifact, Execution, ExecutionState
from graphstore.model.values import PropertyKind
from graphstore.queries import QUERIES
from graphstore.repository.publish import Cached
from graphstore.repository.rows import decode_path, node_from_row, path_order

__all__ = ["FACTS", "Cache", "Difference", "Explanation", "fingerprint", "identity"]

FACTS: Mapping[str, PropertyKind] = {
    "code_version": PropertyKind.STRING,
    "error_type": PropertyKind.STRING,
    "error_message": PropertyKind.STRING,
    "error_traceback": PropertyKind.STRING,
    "host": PropertyKind.STRING,
    "pid": PropertyKind.INT,
    "began": PropertyKind.DOUBLE,
}
"""Properties that recording an execution gives it, and that are therefore no parameters."""

_VERIFIED_AT_MOST = 20
_COMPARED_AT_MOST = 100


def fingerprint(
    component: str,
    *,
    code: str | None,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Sequence[Artifact]],
) -> str:
    """What a step would do, as ``sha256:...``; the rule is that of this module.

    Args:
        component: The name of its execution type.
        code: The version of its code.
        parameters: Values that properties take (`graphstore.model.values.Value`), by name.
        inputs: What it reads, by role, in order.
    """
    said = {
        "component": component,
        "code": code,
        "parameters": {name: v for name, v in parameters.items() if v is not None},
        "inputs": {role: [identity(a) for a in read] for role, read in inputs.items() if read},
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), default=repr)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def identity(artifact: Artifact) -> str:
    """What makes an artifact the same for a step that reads it: its type, and its contents."""
    what = artifact.digest or artifact.external_id or f"artifact {artifact.id}"
    return f"{artifact.type} {what}"


@dataclass(frozen=True)
class Difference:
    """One thing in which a step differs from an earlier one."""

    part: str
    """What differs: ``code``, ``parameter learning_rate``, ``input examples``."""
    was: Any
    """What it was then; None if there was no such thing."""
    now: Any
    """What it is now; None if there is no such thing."""

    def __str__(self) -> str:
        return f"{self.part}: was {_short(self.was)}, is {_short(self.now)}"


@dataclass(frozen=True)
class Explanation:
    """Why a step was skipped, or could not be."""

    execution: Execution
    """The step."""
    nearest: Execution | None
    """The earlier one that it has most in common with, the newest of these; None if there was none
    of this component."""
    differences: Sequence[Difference] = ()
    """In what the two differ."""
    obstacle: str = ""
    """Why the earlier one cannot stand in although nothing differs; or empty."""
    hit: bool = False
    """Whether the earlier one can stand in, or did."""

    def __str__(self) -> str:
        step = f"{self.execution.type} e{self.execution.id}"
        if self.nearest is None:
            return f"{step}: nothing earlier of this component was recorded with a fingerprint"
        earlier = f"e{self.nearest.id}"
        if self.hit:
            return f"{step} does what {earlier} did"
        if not self.differences:
            return f"{step} does what {earlier} did, but {self.obstacle}"
        lines = "".join(f"\n  {difference}" for difference in self.differences)
        obstacle = f"\n  besides, {self.obstacle}" if self.obstacle else ""
        return f"{step} differs from {earlier} in{lines}{obstacle}"


class Cache:
    """What can stand in for a step, and why nothing could."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look_up(self, fingerprint: str, *, verify: bool = False) -> Cached | None:
        """The newest complete execution of a fingerprint whose outputs are all LIVE, and these.

        Args:
            fingerprint: What `graphstore.cache.fingerprint` gave.
            verify: Whether outputs whose digests were recorded must still have them, as far as
                that can be seen from here.
        """
        limit = _VERIFIED_AT_MOST if verify else 1
        for row in self._database.rows(QUERIES["cache.find"], fingerprint=fingerprint, limit=limit):
            candidate = Cached.from_row(row)
            if not verify or verified(candidate):
                return candidate
        return None

    def explain(self, execution: Execution | int) -> Explanation:
        """Why a recorded execution was skipped, or which part of it kept it from being.

        It is compared with the newest hundred of its component before it.

        Raises:
            NotFound: If there is no such execution.
            FailedPrecondition: If it was recorded without a fingerprint.
        """
        id_ = execution if isinstance(execution, int) else execution.ref.id
        own = self._database.one(QUERIES["cache.subject"], execution_id=id_)
        if own is None:
            raise NotFound("execution", "id", id_)
        subject = _Subject(own)
        if subject.execution.fingerprint is None:
            raise FailedPrecondition(
                f"execution {id_} has no fingerprint: it was imported, or recorded without the"
                " recorder, and nothing can be said of it"
            )
        rows = self._database.rows(
            QUERIES["cache.candidates"],
            type=subject.execution.type,
            execution_id=id_,
            limit=_COMPARED_AT_MOST,
        )
        best: tuple[tuple[Difference, ...], _Subject] | None = None
        for row in rows:
            earlier = _Subject(row)
            differences = tuple(subject.differences(earlier))
            better = best is None or len(differences) < len(best[0])
            # Among equals, one that could stand in tells more than a newer one that failed.
            usable = best and len(differences) == len(best[0]) and best[1].obstacle()
            if better or (usable and not earlier.obstacle()):
                best = differences, earlier
        if best is None:
            return Explanation(subject.execution, None)
        differences, earlier = best
        obstacle = earlier.obstacle()
        return Explanation(
            subject.execution,
            earlier.execution,
            differences,
            obstacle,
            hit=not differences and not obstacle,
        )


def verified(candidate: Cached) -> bool:
    """Whether no output is known to be gone or changed, seen from here."""
    return not any(
        check(artifact.uri or "", artifact.digest).status in (Status.GONE, Status.CHANGED)
        for made in candidate.outputs.values()
        for artifact in made
    )


class _Subject:
    """An execution with what it read, as the queries of `cypher/cache/` answer it."""

    def __init__(self, row: Row) -> None:
        self.execution = node_from_row(row["execution"], Execution)
        read = sorted(
            ((decode_path(item["path"]), item["artifact"]) for item in row["inputs"]),
            key=lambda pair: path_order(pair[0]),
        )
        self.inputs: dict[str, list[Artifact]] = {}
        for path, artifact in read:
            role = str(path[0]) if path else ""
            self.inputs.setdefault(role, []).append(node_from_row(artifact, Artifact))
        self._gone: Iterable[int] = row["gone"]

    def parts(self) -> dict[str, Any]:
        """All that its fingerprint is made of, by what to call it."""
        own = {k: v for k, v in self.execution.properties.items() if k not in FACTS}
        parameters = {**own, **self.execution.custom_properties}
        return {
            "code": self.execution.properties.get("code_version"),
            **{f"parameter {name}": value for name, value in parameters.items()},
            **{f"input {role}": [identity(a) for a in read] for role, read in self.inputs.items()},
        }

    def differences(self, earlier: _Subject) -> Iterable[Difference]:
        """In what this one differs from an earlier one, in the order of the parts."""
        if self.execution.fingerprint == earlier.execution.fingerprint:
            return
        now, was = self.parts(), earlier.parts()
        for part in dict.fromkeys([*now, *was]):
            if repr(now.get(part)) != repr(was.get(part)):
                yield Difference(part, was.get(part), now.get(part))

    def obstacle(self) -> str:
        """Why it cannot stand in for another, or empty."""
        if self.execution.state is not ExecutionState.COMPLETE:
            state = self.execution.state
            return f"that is {state.value if state else 'in no state'}, not COMPLETE"
        if gone := sorted(self._gone):
            ids = ", ".join(f"a{id_}" for id_ in gone)
            return f"of its outputs {ids} {'is' if len(gone) == 1 else 'are'} not LIVE any more"
        return ""


def _short(value: Any) -> str:
    if value is None:
        return "absent"
    text = value if isinstance(value, str) else json.dumps(value, default=repr)
    return text if len(text) <= 100 else text[:97] + "..."

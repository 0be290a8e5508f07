"""Whether a step can be skipped: what it would do, as a fingerprint, and who did that before.

The rule. A step's fingerprint is the SHA-256 of canonical JSON (keys sorted, no white space) of

- the **component**: the name of its execution type;
- the **code**: the version of the code, as whoever recorded it gave it;
- the **parameters** by name, without those that are None, and without secrets;
- the **inputs** by role: of each artifact its type and what identifies it (`identity`): the digest
  of its contents; or weaker evidence of them, with its uri; or, if it has no uri, its external id
  or its id. If the contents of one are not known there is no fingerprint, and the step runs.
  Besides, the properties of the artifact that the step was given (`properties_of`): it can read
  them. What is given by its uri alone has none.

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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, NotFound
from graphstore.model.nodes import Artifact, Execution, ExecutionState
from graphstore.model.plain import Plain
from graphstore.model.refs import ExecutionLike, node_id
from graphstore.model.values import PropertyKind, canonical
from graphstore.printable import Printable
from graphstore.recording.describing import properties_of
from graphstore.recording.digest import Inspector, Status, is_of_contents
from graphstore.storage.contents import place
from graphstore.storage.rows import decode_path, node_from_row, path_order
from graphstore.storage.writing.publish import Cached
from graphstore.system.renamed import renamed_names
from graphstore.system.uris import local_path

__all__ = [
    "FACTS",
    "Cache",
    "CacheExplanation",
    "Difference",
    "fingerprint",
    "identity",
]

if not TYPE_CHECKING:  # which sees the new names only
    __getattr__ = renamed_names(__name__, {"Explanation": "CacheExplanation"})

FACTS: Mapping[str, PropertyKind] = {
    "code_version": PropertyKind.STRING,
    "parameter_names": PropertyKind.STRUCT,
    "not_skipped": PropertyKind.STRING,
    "inputs_changed": PropertyKind.STRING,
    "parameter_digests": PropertyKind.STRUCT,
    "returned": PropertyKind.STRUCT,
    "parent_step": PropertyKind.STRING,
    "error_type": PropertyKind.STRING,
    "error_message": PropertyKind.STRING,
    "error_traceback": PropertyKind.STRING,
    "host": PropertyKind.STRING,
    "pid": PropertyKind.INT,
    "began": PropertyKind.DOUBLE,
}
"""Properties that recording an execution gives it, and that are therefore no parameters.

`parameter_names` is a sorted list: what is in it is a parameter, whatever it is called and wherever
it stands, among the declared properties or the custom ones; what is not in it is a note.
`not_skipped` says why a step ran that was to be skipped if it could: the contents of an input were
not known, or what an earlier one had made is gone or changed.
`inputs_changed` says which of its inputs others changed while it ran: no later step is skipped for
it.
`parameter_digests` has, by name, a digest of each parameter that what is stored of it does not tell
from all others: a key of a dict that was no text, a large array. It differs where values do.
`returned` is what a decorated function returned, so that it can be given again.
`parent_step` is the external id of the step that this one began within.
"""

_VERIFIED_AT_MOST = 20
_COMPARED_AT_MOST = 100
_SHOWN_AT_MOST = 20


def fingerprint(
    component: str,
    *,
    code: str | None,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Sequence[Artifact]],
) -> str | None:
    """What a step would do, as ``sha256:...``; the rule is that of this module.

    None if the contents of an input are not known: then nobody can say what it would do.

    Args:
        component: The name of its execution type.
        code: The version of its code.
        parameters: Values that properties take (`graphstore.model.values.Value`), by name.
        inputs: What it reads, by role, in order.
    """
    given = {
        role: [_given(a) for a in artifacts] for role, artifacts in inputs.items() if artifacts
    }
    if any(None in artifacts for artifacts in given.values()):
        return None
    facts = {
        "component": component,
        "code": code,
        "parameters": {name: v for name, v in parameters.items() if v is not None},
        "inputs": given,
    }
    return "sha256:" + hashlib.sha256(canonical(facts).encode()).hexdigest()


def identity(artifact: Artifact) -> str | None:
    """What makes an artifact the same for a step that reads it: its type, and its contents.

    - The digest of its contents, wherever they lie.
    - Weaker evidence (`recording.digest`) tells one state of a place from another, and so counts
      with the uri.
    - Without a digest, what has a uri is not known: something else may stand there by now. That
      holds for what an earlier step made, too, if nobody looked at it.
    - Without a uri there is nothing that could change: it is its external id, or else its id.

    Returns:
        A text; None if it is not known.
    """
    if artifact.digest and is_of_contents(artifact.digest):
        return f"{artifact.type} {artifact.digest}"
    if artifact.digest:
        return f"{artifact.type} {place(artifact)} {artifact.digest}"
    if artifact.uri or (artifact.external_id is None and artifact.id is None):
        return None
    return f"{artifact.type} {artifact.external_id or f'artifact {artifact.id}'}"


def _given(artifact: Artifact) -> str | None:
    """What counts of an artifact that a step is given; None if its contents are not known."""
    contents, properties = identity(artifact), properties_of(artifact)
    if contents is None or not properties:
        return contents
    return f"{canonical(properties)} {contents}"


def evidence_of(artifact: Artifact) -> str:
    """By what an artifact is known that a step read, for people; see `identity`."""
    which = f"a{artifact.id}"
    if not artifact.digest:
        if artifact.uri:
            return f"{which}, of whose contents nothing was recorded"
        return f"{which} by its id"
    kind, _, rest = artifact.digest.partition(":")
    if is_of_contents(artifact.digest):
        return f"{which} by its contents, {artifact.digest[:24]}"
    if kind.startswith("sampled"):
        return f"{which} by size, time and samples of what was too large to be read whole"
    if kind == "version":
        return f"{which} by its version, {rest}"
    return f"{which} by the ETag that its server gives, {rest[:40]}"


@dataclass(frozen=True)
class Difference(Plain, Printable):
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
class CacheExplanation(Plain, Printable):
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
    evidence: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By what each input is known, by role, in order: a sentence each, `evidence` of that."""

    def __str__(self) -> str:
        step = f"{self.execution.type} e{self.execution.id}"
        if self.nearest is None and self.obstacle:
            return f"{step} could not be skipped: {self.obstacle}"
        if self.nearest is None:
            return f"{step}: nothing earlier of this component was recorded with a fingerprint"
        earlier = f"e{self.nearest.id}"
        if self.hit:
            inputs = [
                f"\n  input {role}: {sentence}"
                for role, sentences in self.evidence.items()
                for sentence in sentences
            ]
            more = len(inputs) - _SHOWN_AT_MOST
            rest = f"\n  and {more:,} inputs more" if more > 0 else ""
            return f"{step} does what {earlier} did{''.join(inputs[:_SHOWN_AT_MOST])}{rest}"
        if not self.differences:
            return f"{step} does what {earlier} did, but {self.obstacle}"
        lines = "".join(f"\n  {difference}" for difference in self.differences)
        obstacle = f"\n  besides, {self.obstacle}" if self.obstacle else ""
        return f"{step} differs from {earlier} in{lines}{obstacle}"


class Cache:
    """What can stand in for a step, and why nothing could."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look_up(
        self, fingerprint: str, *, verify: bool = True, inspector: Inspector | None = None
    ) -> Cached | None:
        """The newest complete execution of a fingerprint whose outputs are all LIVE, and these.

        Args:
            fingerprint: What `graphstore.recording.cache.fingerprint` gave.
            verify: Whether outputs must still be there, and be what they were, as far as that can
                be seen from here (`fault`); of the newest 20 the first for which this holds.
            inspector: What looks at them; None for a new one.
        """
        inspector = inspector or Inspector()
        limit = _VERIFIED_AT_MOST if verify else 1
        for row in self._database.rows(QUERIES["cache.find"], fingerprint=fingerprint, limit=limit):
            candidate = Cached.from_row(row)
            if not verify or not fault(candidate, inspector):
                return candidate
        return None

    def explain(self, execution: ExecutionLike) -> CacheExplanation:
        """Why a recorded execution was skipped, or which part of it kept it from being.

        It is compared with the newest hundred of its component before it.

        Raises:
            NotFound: If there is no such execution.
            FailedPrecondition: If it was recorded without a fingerprint.
        """
        id_ = node_id(execution, "execution")
        own = self._database.one(QUERIES["cache.subject"], execution_id=id_)
        if own is None:
            raise NotFound("execution", "id", id_)
        subject = _Subject(own)
        said = subject.execution.properties
        note = str(said.get("not_skipped") or said.get("inputs_changed") or "")
        evidence = {
            role: [evidence_of(artifact) for artifact in artifacts]
            for role, artifacts in subject.inputs.items()
        }
        if subject.execution.fingerprint is None and note:
            return CacheExplanation(subject.execution, None, obstacle=note, evidence=evidence)
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
            return CacheExplanation(subject.execution, None, evidence=evidence)
        differences, earlier = best
        obstacle = earlier.obstacle()
        if not differences:
            # It ran, and knows why: what it saw then need not be what is there now.
            obstacle = obstacle or note
        was = earlier.execution.fingerprint
        if not differences and was not in (None, subject.execution.fingerprint):
            obstacle = (
                "their fingerprints differ, in what is not recorded with them: a secret, the"
                " contents of an input that was recorded without a digest, or properties that an"
                " input had then"
            )
        return CacheExplanation(
            subject.execution,
            earlier.execution,
            differences,
            obstacle,
            hit=not differences and not obstacle,
            evidence=evidence,
        )


def fault(candidate: Cached, inspector: Inspector) -> str:
    """Why what an execution made cannot be handed on, seen from here; empty if it can be.

    What has a path must be there and be what it was. Of what is elsewhere its server is asked,
    where that can be done; it may be what it was as long as nobody says otherwise. Of several
    outputs at one uri only the last can still be there: so it was when the step was over.
    """
    by = candidate.execution.id
    last = {place(one): one for one in candidate.said if one.uri}
    # Whether something is there costs next to nothing, and is asked of all before one is read.
    for artifact in last.values():
        path, which = local_path(artifact.uri or ""), f"output a{artifact.id} of e{by}"
        try:
            if path is not None:
                path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return f"{which} is gone: there is nothing at {artifact.uri}"
        except OSError as error:
            return f"{which} cannot be read: {error}"
    for artifact in last.values():
        which = f"output a{artifact.id} of e{by} at {artifact.uri}"
        here = local_path(artifact.uri or "") is not None
        if not artifact.digest:
            if here:
                return f"{which} may be another one: nothing was recorded of its contents"
            continue
        result = inspector.check(artifact.uri or "", artifact.digest, whole=True)
        looked_at = here and artifact.digest.startswith(("sha256", "sampled"))
        if result.status in (Status.CHANGED, Status.GONE) or (
            looked_at and result.status is Status.UNKNOWN
        ):
            return f"{which} is not what it was: {result.reason}"
    return ""


class _Subject:
    """An execution with what it read, as the queries of `cypher/cache/` answer it."""

    def __init__(self, row: Row) -> None:
        self.execution = node_from_row(row["execution"], Execution)
        pairs = sorted(
            ((decode_path(item["path"]), item["artifact"]) for item in row["inputs"]),
            key=lambda pair: path_order(pair[0]),
        )
        self.inputs: dict[str, list[Artifact]] = {}
        for path, artifact in pairs:
            role = str(path[0]) if path else ""
            self.inputs.setdefault(role, []).append(node_from_row(artifact, Artifact))
        self._gone_ids: Iterable[int] = row["gone"]

    def parts(self) -> dict[str, Any]:
        """All that its fingerprint is made of, by what to call it."""
        properties, custom = self.execution.properties, self.execution.custom_properties
        own = {name: value for name, value in properties.items() if name not in FACTS}
        parameters = {**own, **custom}
        if isinstance(names := properties.get("parameter_names"), list):
            parameters = {name: parameters[name] for name in names if name in parameters}
        return {
            "code": self.execution.properties.get("code_version"),
            **{f"parameter {name}": value for name, value in parameters.items()},
            **{
                f"input {role}": [_given(a) or f"{a.type} a{a.id}, not known" for a in artifacts]
                for role, artifacts in self.inputs.items()
            },
        }

    def differences(self, earlier: _Subject) -> Iterable[Difference]:
        """In what this one differs from an earlier one, in the order of the parts."""
        if self.execution.fingerprint == earlier.execution.fingerprint:
            return
        now, was = self.parts(), earlier.parts()
        for part in dict.fromkeys([*now, *was]):
            if canonical(now.get(part)) != canonical(was.get(part)):
                yield Difference(part, was.get(part), now.get(part))
            elif self._digest(part) != earlier._digest(part):
                # What is stored of them is the same, and they are not.
                yield Difference(
                    part,
                    {"value": was.get(part), "digest": earlier._digest(part)},
                    {"value": now.get(part), "digest": self._digest(part)},
                )

    def _digest(self, part: str) -> Any:
        """The digest of a parameter that what is stored of it does not tell from all others."""
        digests = self.execution.properties.get("parameter_digests") or {}
        kind, _, name = part.partition(" ")
        return digests.get(name) if kind == "parameter" else None

    def obstacle(self) -> str:
        """Why it cannot stand in for another, or empty."""
        if self.execution.state is not ExecutionState.COMPLETE:
            state = self.execution.state
            return f"that is {state.value if state else 'in no state'}, not COMPLETE"
        if changed := self.execution.properties.get("inputs_changed"):
            return f"of that is known: {changed}"
        if gone_ids := sorted(self._gone_ids):
            ids = ", ".join(f"a{id_}" for id_ in gone_ids)
            return f"of its outputs {ids} {'is' if len(gone_ids) == 1 else 'are'} not LIVE any more"
        return ""


def _short(value: Any) -> str:
    if value is None:
        return "absent"
    text = value if isinstance(value, str) else json.dumps(value, default=repr)
    return text if len(text) <= 100 else text[:97] + "..."

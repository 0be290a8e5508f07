"""Can it be run again? What an execution needs, and whether all of that is still there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound
from graphstore.graph.answer import short_type
from graphstore.model.nodes import Artifact, ArtifactState, Context, Execution, ExecutionState
from graphstore.model.refs import ExecutionLike, reference
from graphstore.model.roles import RUN_TYPES
from graphstore.printable import Printable
from graphstore.questions.about.facts import (
    ENVIRONMENT,
    code_of,
    environment_differences,
    inputs_of,
    parameters_of,
)
from graphstore.questions.page import Answer, Part, Table, Tone
from graphstore.recording import capture
from graphstore.recording.digest import Status, check
from graphstore.storage.rows import node_from_row
from graphstore.system.renamed import renamed_names
from graphstore.system.uris import local_path

__all__ = ["CanRerun", "Finding", "Verdict", "can_rerun"]

if not TYPE_CHECKING:  # which sees the new names only
    __getattr__ = renamed_names(__name__, {"Rerun": "CanRerun"})

_NAMED = 5
"""Differences between environments that are named one by one."""


class Verdict(str, Enum):
    """Whether something stands in the way, the worst last."""

    GREEN = "green"
    """Nothing does."""
    AMBER = "amber"
    """It can be run, but nobody knows that it would do the same."""
    RED = "red"
    """It cannot: what it needs is gone, or not what it was."""


_ORDER = list(Verdict)
_TONES: Mapping[Verdict, Tone] = {
    Verdict.GREEN: "good",
    Verdict.AMBER: "doubtful",
    Verdict.RED: "bad",
}


@dataclass(frozen=True)
class Finding(Printable):
    """One thing that running it again depends on."""

    part: str
    """What: ``input examples a14``, ``commit``, ``environment``."""
    verdict: Verdict
    """How that stands."""
    reason: str
    """Why, for people."""

    def __str__(self) -> str:
        return f"{self.verdict.value:5}  {self.part}: {self.reason}"


@dataclass(frozen=True)
class CanRerun(Answer):
    """Whether an execution can be run again."""

    execution: Execution
    """The execution that was asked about."""
    judged: Execution
    """The one that was looked at: the same, or the one that a CACHED execution stands for."""
    findings: Sequence[Finding]
    """All that was looked at, in order: execution, inputs, commit, code, environment, parameters.
    """

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings."""
        return max((f.verdict for f in self.findings), key=_ORDER.index, default=Verdict.GREEN)

    @property
    def reasons(self) -> Sequence[Finding]:
        """The findings that are not green, the worst first."""
        bad = [finding for finding in self.findings if finding.verdict is not Verdict.GREEN]
        return sorted(bad, key=lambda finding: -_ORDER.index(finding.verdict))

    def to_dict(self) -> dict[str, Any]:
        """The answer in JSON's types."""
        return {
            "execution": self.execution.ref.short,
            "type": self.execution.type,
            "judged": self.judged.ref.short,
            "verdict": self.verdict.value,
            "findings": [
                {"part": f.part, "verdict": f.verdict.value, "reason": f.reason}
                for f in self.findings
            ],
        }

    @property
    def title(self) -> str:
        """Which execution, and the verdict, in one line."""
        which = f"{short_type(self.execution.type)} {self.execution.ref.short}"
        return f"{which}: {self.verdict.value}"

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"  {finding}" for finding in self.findings)])

    def _parts(self) -> tuple[str, Iterable[Part]]:
        table = Table(
            [(f.verdict.value, f.part, f.reason) for f in self.findings],
            ["", "what it needs", "how that stands"],
            tones=[_TONES[f.verdict] for f in self.findings],
        )
        return f"Can it be run again? {self.title}", [table]


def can_rerun(
    database: Database,
    execution: ExecutionLike,
    *,
    environment: Mapping[str, Any] | None = None,
    digest_limit: int | None = None,
) -> CanRerun:
    """Whether an execution could be run again from here, and would do the same; one query.

    Args:
        database: Where to ask.
        execution: An execution, or its id; of a CACHED one that which it stands for is judged.
        environment: The environment to run it in; None for that of this process.
        digest_limit: Bytes to read of each input at most; what is larger is not compared.

    Returns:
        Green, amber or red, with the reasons.

    Raises:
        NotFound: If there is no such execution.
        InvalidArgument: If it is no execution.
    """
    ref = reference(execution, "execution", "artifact", "context")
    if ref.kind != "execution":
        advice = f"; `graphstore lineage {ref.short} --up` shows the one that made it"
        hint = advice if ref.kind == "artifact" else ""
        raise InvalidArgument(f"{ref} cannot be run: name an execution, e.g. e44{hint}")
    rows = {
        row["asked"]: row
        for row in database.rows(
            QUERIES["answers.can_rerun"], execution_id=ref.id, types=list(RUN_TYPES)
        )
    }
    if not rows:
        raise NotFound("execution", "id", ref.id)
    subject = node_from_row(rows[True]["execution"], Execution)
    row = rows.get(False, rows[True])
    original = node_from_row(row["execution"], Execution)
    inputs = inputs_of(row["inputs"])
    runs = [node_from_row(run, Context) for run in row["runs"]]
    return CanRerun(
        subject,
        original,
        (
            *_state(subject, original),
            *_inputs(inputs, digest_limit),
            _commit(original, runs),
            _code(original),
            _environment(
                [
                    a
                    for _, a, event in inputs
                    if a.type == ENVIRONMENT and event == "INTERNAL_INPUT"
                ],
                environment,
            ),
            _parameters(original),
        ),
    )


def _state(subject: Execution, original: Execution) -> Iterator[Finding]:
    if subject.state is ExecutionState.CACHED:
        if original is subject or original.id == subject.id:
            yield Finding(
                "execution",
                Verdict.AMBER,
                "it was skipped (CACHED), and who made what it passed on is not recorded",
            )
            return
        message = (
            f"it was skipped (CACHED) and stands for {original.ref.short}, which is judged here"
        )
        yield Finding("execution", Verdict.GREEN, message)
    if original.deletion is not None:
        message = f"it was {original.deletion}: what it ran, and on what, nobody knows"
        yield Finding("execution", Verdict.RED, message)
        return
    state = original.state
    error = original.properties.get("error_type")
    message = {
        ExecutionState.COMPLETE: "it is COMPLETE",
        ExecutionState.RUNNING: "it still runs, so what it needs is not all known yet",
        ExecutionState.NEW: "it has not begun yet",
        ExecutionState.FAILED: f"it FAILED{f' ({error})' if error else ''}, and may again",
        ExecutionState.CANCELED: "it was CANCELED, so what it needs may not be all known",
    }.get(state or ExecutionState.UNKNOWN, "how it ended is not recorded")
    verdict = Verdict.GREEN if state is ExecutionState.COMPLETE else Verdict.AMBER
    yield Finding("execution", verdict, message)


def _inputs(inputs: Sequence[tuple[str, Artifact, str]], limit: int | None) -> Iterator[Finding]:
    real = [(role, a) for role, a, type_ in inputs if type_ != "INTERNAL_INPUT"]
    if not real:
        yield Finding("inputs", Verdict.GREEN, "none were recorded")
    for role, artifact in real:
        yield Finding(
            f"input {role} {artifact.ref.short}".replace("  ", " "), *_input(artifact, limit)
        )


def _input(artifact: Artifact, limit: int | None) -> tuple[Verdict, str]:
    if artifact.deletion is not None:
        return Verdict.RED, f"it was {artifact.deletion}: where it was, and what, nobody knows"
    where = artifact.uri or "it has no uri"
    # Of UNKNOWN and None nobody said that it is gone: then what stands there decides.
    unsaid = (None, ArtifactState.UNKNOWN, ArtifactState.LIVE, ArtifactState.REFERENCE)
    if artifact.state not in unsaid and artifact.state is not None:
        return Verdict.RED, f"it is {artifact.state.value}, not LIVE ({where})"
    result = check(artifact.uri or "", artifact.digest, limit=limit)
    if result.status is Status.UNCHANGED:
        return Verdict.GREEN, f"unchanged ({where})"
    if result.status is Status.UNKNOWN:
        path = local_path(artifact.uri or "")
        if not artifact.digest and path is not None and not path.exists():
            return Verdict.AMBER, f"no digest was recorded, and nothing is there now ({where})"
        return Verdict.AMBER, f"whether it is unchanged is not known: {result.reason} ({where})"
    return Verdict.RED, f"{result.status.value.lower()}: {result.reason} ({where})"


def _commit(execution: Execution, runs: Sequence[Context]) -> Finding:
    if not runs:
        return Finding("commit", Verdict.AMBER, "not known: it belongs to no run")
    with_commit = [run for run in runs if run.properties.get("git_commit")]
    if not with_commit:
        where = f" (imported from {execution.source})" if execution.source else ""
        return Finding("commit", Verdict.AMBER, f"not known: its run recorded none{where}")
    commit, dirty = (with_commit[0].properties.get(name) for name in ("git_commit", "git_dirty"))
    if dirty is None:
        return Finding("commit", Verdict.AMBER, f"{commit}; whether it had changes is not known")
    if dirty:
        return Finding("commit", Verdict.AMBER, f"{commit}, with changes that were not committed")
    return Finding("commit", Verdict.GREEN, f"{commit}, without changes")


def _code(execution: Execution) -> Finding:
    code = code_of(execution)
    if execution.properties.get("code_version"):
        return Finding("code", Verdict.GREEN, f"version {code}")
    if code:
        return Finding("code", Verdict.AMBER, f"known by its name only: {code}")
    return Finding("code", Verdict.AMBER, "no version was recorded")


def _environment(environments: Sequence[Artifact], present: Mapping[str, Any] | None) -> Finding:
    if not environments:
        return Finding("environment", Verdict.AMBER, "was not captured")
    was = environments[0].properties
    now: Row
    if present is not None:
        now = dict(present)
    else:
        # Which variables count was said by the run: those that it found are asked for again.
        now = dict(capture.environment(sorted(was.get("variables") or {}), os.environ))
    differences = list(environment_differences(was, now))
    name = environments[0].ref.short
    if not differences:
        return Finding("environment", Verdict.GREEN, f"the same as now ({name})")
    text = "; ".join(map(str, differences[:_NAMED]))
    more = len(differences) - _NAMED
    text += f"; and {more} more" if more > 0 else ""
    return Finding("environment", Verdict.AMBER, f"{name} is not that of now: {text}")


def _parameters(execution: Execution) -> Finding:
    parameters = parameters_of(execution)
    names = [name for name, value in parameters.items() if capture.has_mark(repr(value))]
    if names:
        message = f"{', '.join(names)}: a secret that was not stored must be given again"
        return Finding("parameters", Verdict.AMBER, message)
    return Finding("parameters", Verdict.GREEN, f"complete ({len(parameters)})")

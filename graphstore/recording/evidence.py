"""What a step knows of the contents of what it reads and makes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.model.base import copy_with
from graphstore.model.nodes import Artifact
from graphstore.recording.cache import identity
from graphstore.recording.digest import Digest, Inspector, Status
from graphstore.system.uris import canonical, local_path

__all__ = ["Looks", "Place", "known_inputs", "with_evidence"]

Place = tuple[str, int]
"""A role, and which of the artifacts in it."""

_ASKED_AT_ONCE = 8


def with_evidence(artifact: Artifact, version: str | None, digest: str | None) -> Artifact:
    """The artifact with what somebody says of its contents.

    Raises:
        InvalidArgument: If that is said twice, is empty, or the artifact was recorded before.
    """
    if version is None and digest is None:
        return artifact
    if artifact.id is not None:
        raise InvalidArgument(
            f"{artifact} was recorded: its version or digest was said then; leave version= and"
            " digest= out, or give its uri for what is there now"
        )
    if digest is None:
        text = f"version:{version}" if version else ""
    elif version is None and artifact.digest in (None, digest):
        text = digest
    else:
        text = ""
    if not text or (artifact.digest is not None and artifact.digest != text):
        raise InvalidArgument(
            "expected one text that tells which contents are meant: a version, or a digest; found"
            f" version {version!r}, digest {digest!r} and an artifact with {artifact.digest!r}"
        )
    return artifact.evolve(digest=text)


def ask_servers(items: Iterable[Any], inspector: Inspector) -> dict[str, Digest]:
    """What servers say of what is at uris elsewhere, by uri; several are asked at once."""
    uris = {
        str(one.uri)
        for one in items
        if isinstance(one, Artifact) and one.id is None and one.uri and one.digest is None
    }
    return _ask(sorted(uri for uri in uris if local_path(uri) is None), inspector)


def _ask(uris: Sequence[str], inspector: Inspector) -> dict[str, Digest]:
    if sum(map(inspector.asks, uris)) < 2:
        return {uri: inspector.evidence(uri) for uri in uris}
    with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
        return dict(zip(uris, pool.map(inspector.evidence, uris), strict=True))


def known_inputs(
    inputs: Mapping[str, Sequence[Artifact]],
    unread: Mapping[Place, str],
    inspector: Inspector | None,
    whole: Callable[[Artifact], Artifact],
) -> tuple[dict[str, list[Artifact]], list[str]]:
    """What a step reads, with what its contents are now, and of what that is not known.

    What comes from outside was just looked at. What was recorded may have changed since.

    Args:
        inputs: What it reads, by role.
        unread: Why contents were not known when it was looked.
        inspector: Looks at what was recorded; None to take it for what it was.
        whole: Gives an artifact its uri as it was given, which may hold a secret.

    Returns:
        The artifacts by role; and a text for each whose contents are not known, with its uri and
        the reason.
    """
    by_role: dict[str, list[Artifact]] = {}
    reasons = []
    for role, artifacts in inputs.items():
        for index, artifact in enumerate(artifacts):
            reason = unread.get((role, index), "")
            if artifact.id is not None:
                artifact, reason = _now(artifact, inspector, whole)
            by_role.setdefault(role, []).append(artifact)
            if reason or identity(artifact) is None:
                where = f"a{artifact.id} at " if artifact.id is not None else ""
                reasons.append(
                    f"the contents of its input {role} ({where}{artifact.uri}) are not known:"
                    f" {reason or 'it has neither a digest, nor a uri, nor an id'}"
                )
    return by_role, reasons


def _now(
    artifact: Artifact, inspector: Inspector | None, whole: Callable[[Artifact], Artifact]
) -> tuple[Artifact, str]:
    """What was recorded, with what its contents are now; and why these are not known, or empty."""
    if not artifact.type:
        return artifact, "the store does not answer, so that nobody knows what it is"
    if inspector is None:
        # Trusted: without a digest it is known by its id.
        return (artifact if artifact.digest else copy_with(artifact, uri=None)), ""
    if artifact.uri and not artifact.digest:
        digest = inspector.evidence(whole(artifact).uri or "")
        return copy_with(artifact, digest=digest.value), digest.reason
    return artifact, _change(whole(artifact), inspector)


def _change(artifact: Artifact, inspector: Inspector) -> str:
    """Why what was recorded may not be what is there now; empty if it is."""
    if not artifact.uri or not artifact.digest:
        return ""
    result = inspector.check(artifact.uri, artifact.digest, whole=True)
    looked_at = artifact.digest.startswith(("sampled", "etag")) or (
        artifact.digest.startswith("sha256") and local_path(artifact.uri) is not None
    )
    # All else is somebody's word, which may be what nobody here can look up.
    if result.status is Status.UNCHANGED or (result.status is Status.UNKNOWN and not looked_at):
        return ""
    return f"it is not what was recorded, or nobody can tell: {result.reason}"


class Looks:
    """What stood at the uris of a step's outputs: when they were said, and when it completes."""

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector
        self._uris: dict[Place, str] = {}
        self._then: dict[Place, Digest] = {}

    def look(self, place: Place, artifact: Artifact, *, last: bool = False) -> None:
        """Look at an output as it is said; before anything in its uri is replaced.

        Args:
            place: Where it is among the outputs.
            artifact: The output.
            last: Whether nothing will be written any more, so that it is enough to look later.
        """
        if artifact.id is not None or artifact.digest is not None or not artifact.uri:
            return
        self._uris[place] = artifact.uri
        if not last:
            self._then[place] = self._inspector.evidence(artifact.uri)

    def look_again(self, order: Sequence[Place]) -> dict[Place, tuple[Digest, bool]]:
        """What is to be recorded of each output that was looked at: its contents, and whether
        something is there.

        That is what is there now; of several at one uri only of the one that was said last, and
        of the others what was there when they were said.

        Args:
            order: All outputs, as they were said.
        """
        last = {canonical(self._uris[place]): place for place in order if place in self._uris}
        latest = set(last.values())
        elsewhere = [place for place in latest if local_path(self._uris[place]) is None]
        digests = _ask(sorted({self._uris[place] for place in elsewhere}), self._inspector)
        now = {place: digests[self._uris[place]] for place in elsewhere}
        answers = {}
        for place, uri in self._uris.items():
            path = local_path(uri)
            there = path is None or os.path.lexists(path)
            if place not in latest and place in self._then:
                now[place] = self._then[place]
            elif place not in now:
                now[place] = self._inspector.evidence(uri) if there else Digest(None, None)
            answers[place] = (now[place], there)
        return answers

    def dump(self) -> list[Any]:
        """All of it as JSON has it."""
        return [
            [*place, (then := self._then.get(place)) and [then.value, then.reason]]
            for place in self._uris
        ]

    def load(self, looks: Sequence[Any], outputs: Mapping[str, Sequence[Artifact]]) -> None:
        """Take over what was dumped; uris are those that the outputs have, without secrets."""
        for role, index, then in looks:
            self._uris[role, index] = outputs[role][index].uri or ""
            if then is not None:
                self._then[role, index] = Digest(then[0], None, then[1])

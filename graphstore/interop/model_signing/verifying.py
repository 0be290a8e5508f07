"""Compares what was signed with what was recorded.

A folder's recorded digest is made of the names and digests of its files, and a signature names
both: so the digest of the signed files can be computed, and compared with the record, wherever the
files are. Where the two differ, the folder tells which files do, if it is there and still is what
was recorded: the record itself keeps no list of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphstore.interop.model_signing.bundle import Bundle, read_bundle
from graphstore.model.nodes import Artifact, NodeRef
from graphstore.model.plain import Plain
from graphstore.model.refs import ArtifactLike, node_id
from graphstore.recording.digest import Inspector, tree_digest
from graphstore.store import Store
from graphstore.system.uris import local_path

__all__ = ["Signed", "verify_signature"]


@dataclass(frozen=True)
class Signed(Plain):
    """Whether what was signed is what was recorded."""

    artifact: NodeRef
    subject: str
    """What the signer called it; a name, which nothing depends on."""
    files: int
    """How many files are signed."""
    same: bool | None
    """Whether they are those that were recorded; None if nobody can say."""
    reason: str
    """Why it is not so, or cannot be said; empty if they are."""
    signed: bool | None
    """Whether the signature is that of the key; None if no key was given: then anybody may have
    made it."""
    differing: tuple[str, ...] = ()
    """Files that were recorded with other contents than were signed."""
    missing: tuple[str, ...] = ()
    """Files that were signed, and not recorded."""
    extra: tuple[str, ...] = ()
    """Files that were recorded, and not signed."""
    left_out: tuple[str, ...] = ()
    """Files that were recorded, and that the signer left out by what the signature says: nothing
    is said of them."""

    @property
    def passed(self) -> bool:
        """Whether all signed files are those that were recorded, none besides, and the signature,
        if a key was given, is of it."""
        return self.same is True and self.signed is not False


def verify_signature(
    store: Store, artifact: ArtifactLike, signature: str | Path, *, key: str | Path | None = None
) -> Signed:
    """Whether the files that somebody signed with model-signing are those that were recorded.

    Args:
        store: What was recorded.
        artifact: The model.
        signature: The file that model-signing wrote, a Sigstore bundle.
        key: A file with the public key of the signer, in PEM; without it the signature itself is
            not checked. Signatures by certificates and by Sigstore's identities cannot be.

    Raises:
        NotFound: If there is no such artifact.
        FailedPrecondition: If a file cannot be read.
        UnsupportedFile: If it is no signature by model-signing 1.0 or later of whole files.
        InvalidArgument: If there is no such key in the file.
        MissingExtra: If there is a key, and the extra ``proof`` is not installed.
    """
    one = store.artifacts.get(node_id(artifact, "artifact"))
    bundle = read_bundle(Path(signature))
    signed = None if key is None else bundle.is_signed_with(Path(key))
    about: dict[str, Any] = {
        "artifact": one.ref, "subject": bundle.subject, "files": len(bundle.files), "signed": signed
    }  # fmt: skip
    recorded = one.digest or ""
    if not recorded.startswith(("sha256:", "sha256-tree:")):
        what = f"only {recorded!r}" if recorded else "none"
        reason = f"no digest of its whole contents was recorded, {what}"
        return Signed(**about, same=None, reason=reason)
    if _digest(bundle.files) == recorded:
        return Signed(**about, same=True, reason="")
    recorded_files = _recorded_files(one)
    if recorded_files is None:
        if bundle.left_out and recorded.startswith("sha256-tree:"):
            reason = (
                "the signed files are not all that was recorded, but the signer may have left some"
                " out (.git, say); what was recorded is not there any more to tell"
            )
            return Signed(**about, same=None, reason=reason)
        reason = "other files were signed; what was recorded is not there any more to tell which"
        return Signed(**about, same=False, reason=reason)
    return Signed(**about, **_compare(bundle, recorded_files))


def _digest(files: Mapping[str, str]) -> str:
    """What would have been recorded of the signed files."""
    if files.keys() == {"."}:
        return f"sha256:{files['.']}"
    return tree_digest(sorted((b"./" + _bytes(name), digits) for name, digits in files.items()))


def _bytes(name: str) -> bytes:
    return name.encode(errors="surrogateescape")


def _recorded_files(artifact: Artifact) -> Mapping[str, str] | None:
    """The digests of the files that were recorded, by name, if they stand there still."""
    path = local_path(artifact.uri or "")
    if path is None or not path.exists():
        return None
    try:
        by_name = Inspector().by_name(path)
    except OSError:
        return None
    files = {os.fsdecode(name.removeprefix(b"./")) or ".": d for name, d in by_name.items()}
    return files if _digest(files) == artifact.digest else None


def _compare(bundle: Bundle, recorded: Mapping[str, str]) -> dict[str, Any]:
    """In what the signed files and those that were recorded differ."""
    common = bundle.files.keys() & recorded.keys()
    differing = sorted(name for name in common if bundle.files[name] != recorded[name])
    missing = sorted(bundle.files.keys() - recorded.keys())
    besides = sorted(recorded.keys() - bundle.files.keys())
    extra = [name for name in besides if not bundle.leaves_out(name)]
    counts = {"differ": differing, "were not recorded": missing, "were not signed": extra}
    words = [f"{len(names):,} {what}" for what, names in counts.items() if names]
    return {
        "same": not words,
        "reason": ", ".join(words),
        "differing": tuple(differing),
        "missing": tuple(missing),
        "extra": tuple(extra),
        "left_out": tuple(name for name in besides if bundle.leaves_out(name)),
    }

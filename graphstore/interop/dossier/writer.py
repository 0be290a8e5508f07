"""Writes a dossier: asks all that goes into it, and puts the files beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path

from graphstore.errors import DISTRIBUTION, FailedPrecondition, MissingExtra
from graphstore.graph.answer import short_type
from graphstore.interop.dossier.page import Section, page
from graphstore.interop.dossier.sections import Material, sections
from graphstore.interop.exporting.facts import label
from graphstore.interop.exporting.gathering import MAX_NODES, gather
from graphstore.interop.files import new_folder
from graphstore.interop.prov import export_prov
from graphstore.interop.rocrate import export_rocrate
from graphstore.interop.slsa import export_slsa
from graphstore.model.nodes import Artifact
from graphstore.model.plain import Plain
from graphstore.model.refs import ArtifactLike, node_id
from graphstore.model.roles import Role, guesses_of, roles_of
from graphstore.model.times import KnownAt
from graphstore.questions.page import Table
from graphstore.recording.digest import digest
from graphstore.store import Store

__all__ = ["Dossier", "write_dossier"]

PAGE = "dossier.html"
_VERSIONS, _CHANGES = 100, 500
"""Versions and changes that it tells at most."""


@dataclass(frozen=True)
class Dossier(Plain):
    """A dossier that was written."""

    path: Path
    """The folder."""
    files: Mapping[str, str]
    """What is beside the page, by name: what it is."""
    left_out: Mapping[str, str]
    """What is not, and why."""
    unknown: Sequence[str]
    """What the store does not know of what is asked, a sentence each."""

    @property
    def page(self) -> Path:
        """The page."""
        return self.path / PAGE


def write_dossier(
    store: Store, model: ArtifactLike, folder: str | Path, *, as_of: KnownAt | None = None
) -> Dossier:
    """Write what the store knows of a model to the points of the AI Act's Annex IV.

    A folder with a page to print, and beside it the lineage as PROV, the build as SLSA and a
    Process Run Crate, where their extras are installed.

    Args:
        store: Whom to ask.
        model: The model; any artifact will do, with less to tell.
        folder: Where to write; it is made, and appears when it is whole.
        as_of: What the store said at this time; None for now. Whether the file stands is of now.

    Returns:
        What was written, and what is not known.

    Raises:
        NotFound: If there is no such artifact.
        AlreadyExists: If there is something in the folder.
        FailedPrecondition: If it cannot be written.
    """
    path = Path(folder)
    material = _material(store, model, as_of)
    ref, facts = material.facts.of, material.facts
    with new_folder(path) as partial:
        files, left_out = _beside(
            {
                "lineage.prov.json": (
                    "the whole lineage, as W3C PROV",
                    lambda file: export_prov(store, ref, as_of=as_of).write(file),
                ),
                "build.slsa.json": (
                    "how the model was built, as an in-toto statement with SLSA provenance",
                    lambda file: export_slsa(store, ref, as_of=as_of).write(file),
                ),
                "crate": (
                    "the whole lineage, as a Process Run Crate of RO-Crate",
                    lambda file: export_rocrate(store, ref, file, as_of=as_of),
                ),
            },
            partial,
        )
        told = [*sections(material), _files(partial, files, left_out)]
        then = "" if facts.as_of is None else f", as it said at {facts.as_of.isoformat()}"
        about = [
            ("model", f"{ref.short} {short_type(material.passport.model.type)}, {facts.urn(ref)}"),
            ("source", f"the store {facts.identity.id}{then}"),
            ("written", f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC by {_program()}"),
            ("about", "what was recorded of how this model came to be, by the points of Annex IV of"
             " Regulation (EU) 2024/1689 (AI Act) that ask for it"),
        ]  # fmt: skip
        title = f"How {label(material.passport.model)} came to be"
        (partial / PAGE).write_text(page(title, about, told), encoding="utf-8")
    return Dossier(path, files, left_out, [one for part in told for one in part.unknown])


def _material(store: Store, model: ArtifactLike, as_of: KnownAt | None) -> Material:
    id_ = node_id(model, "artifact")
    passport = store.explain(id_, max_nodes=MAX_NODES, as_of=as_of)
    evaluators = [one.execution.ref for one in passport.evaluations]
    facts = gather(store, passport.model.ref, as_of=as_of, beside=evaluators)
    versions: Sequence[Artifact] = ()
    if passport.pipeline is not None:
        versions = store.artifacts.list(
            type=passport.model.type,
            context=passport.pipeline,
            descending=True,
            limit=_VERSIONS,
            as_of=as_of,
        )
    types = store.types.all("artifact")
    roles = {**guesses_of(types), **roles_of(types)}
    until = None if facts.as_of is None else facts.as_of + timedelta(milliseconds=1)
    return Material(
        passport=passport,
        facts=facts,
        versions=[one for one in versions if one.id != id_],
        models=[
            one
            for one in facts.graph.artifacts.values()
            if roles.get(one.type_id) is Role.MODEL and one.id != id_
        ],
        changes=store.changes(passport.model, until=until, limit=_CHANGES),
        seals=[one for one in store.seals.list() if until is None or one.until <= until],
    )


def _beside(
    wanted: Mapping[str, tuple[str, Callable[[Path], object]]], folder: Path
) -> tuple[dict[str, str], dict[str, str]]:
    """Write the files beside the page: those that were, and why the others were not."""
    files, left_out = dict[str, str](), dict[str, str]()
    for name, (what, write) in wanted.items():
        try:
            write(folder / name)
            files[name] = what
        except (MissingExtra, FailedPrecondition) as error:
            left_out[name] = str(error)
    return files, left_out


def _files(folder: Path, files: Mapping[str, str], left_out: Mapping[str, str]) -> Section:
    return Section(
        "files",
        "Beside this page",
        "Files",
        "For programs that read them. Their digests are those of now.",
        [
            Table(
                [(name, what, digest(folder / name).value or "") for name, what in files.items()],
                columns=("file", "what it is", "digest"),
                empty="none",
            ),
            *(
                [Table([*left_out.items()], columns=("file", "why"), heading="What is not there")]
                if left_out
                else []
            ),
        ],
    )


def _program() -> str:
    return f"graphstore {version(DISTRIBUTION)}"

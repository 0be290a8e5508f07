"""Which model a version of MLflow's registry is, by where it says that it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from graphstore.interop.mlflow.records import Entity, MlflowStore

__all__ = ["Registry", "Sourced", "Version", "is_prompt", "path_of"]

_LOGGED = re.compile(r"models:/(m-[0-9a-f]{32})/?")
_VERSION = re.compile(r"models:/(.+)/(\d+)")
_ALIAS = re.compile(r"models:/(.+)@([^/@]+)")
_RUN = re.compile(r"runs:/([0-9a-f]{32})/.*")
_DELETED = "Deleted_Internal"
"""The stage of a version that was deleted; its source is gone then."""


class Version(NamedTuple):
    """Which version: the workspace, the name of the registered model, the number."""

    workspace: str
    name: str
    number: int


@dataclass
class Sourced:
    """A model that is known by a version's source alone: MLflow 2 had no others."""

    source: str
    """As the version says it: ``runs:/…``, a path, an address."""
    run_id: str | None
    """The run that made it, if the version says."""
    versions: list[Version] = field(default_factory=list)


class Registry:
    """The registered models of a store, with their versions; all of them in memory."""

    def __init__(self, store: MlflowStore) -> None:
        """Read them."""
        self.models = {(workspace_of(one), _name(one)): one for one in store.registered_models()}
        """By workspace and name."""
        self.versions = {version_of(one): one for one in store.versions()}

    def aliases(self, version: Version) -> list[str]:
        """The aliases of a version, sorted."""
        model = self.models.get((version.workspace, version.name))
        aliases = model.aliases if model else {}
        return sorted(alias for alias, number in aliases.items() if number == version.number)

    @cached_property
    def logged(self) -> dict[str, list[Version]]:
        """The versions of logged models, by the ids of these."""
        logged: dict[str, list[Version]] = {}
        for version in self._models():
            if match := _LOGGED.fullmatch(self._source(version)):
                logged.setdefault(match[1], []).append(version)
        return logged

    def sourced(self, known: set[str]) -> dict[str, Sourced]:
        """The models that versions have and that are no logged ones, by source.

        Args:
            known: The logged models that the store has; a version may be of one that is gone.
        """
        models: dict[str, Sourced] = {}
        for version in self._models():
            source = self._source(version)
            match = _LOGGED.fullmatch(source)
            if match and match[1] in known:
                continue
            run = _RUN.fullmatch(source)
            run_id = run[1] if run else self.versions[version].text("run_id")
            model = models.setdefault(source, Sourced(source, run_id))
            model.run_id = model.run_id or run_id
            model.versions.append(version)
        return models

    def _models(self) -> Iterator[Version]:
        """The versions that are models: those of prompts are not, and deleted ones nobody knows."""
        for version, entity in self.versions.items():
            if not is_prompt(entity) and entity.text("current_stage") != _DELETED:
                yield version

    def _source(self, version: Version) -> str:
        """Where a version came from at last: one may be a copy of another, through many."""
        seen = {version}
        while True:
            entity = self.versions[version]
            if model_id := entity.text("model_id"):
                return f"models:/{model_id}"
            source = entity.text("source") or f"models:/{version.name}/{version.number}"
            following = self._version(version.workspace, source)
            if following not in self.versions or following in seen:
                return source
            version = following
            seen.add(version)

    def _version(self, workspace: str, source: str) -> Version | None:
        """The version that a source names; None if it names none."""
        if match := _VERSION.fullmatch(source):
            return Version(workspace, match[1], int(match[2]))
        if match := _ALIAS.fullmatch(source):
            model = self.models.get((workspace, match[1]))
            number = model.aliases.get(match[2]) if model else None
            return None if number is None else Version(workspace, match[1], number)
        return None


def workspace_of(entity: Entity) -> str:
    """The workspace that an entity is in; MLflow of before 3.5 has none."""
    return entity.text("workspace") or "default"


def path_of(workspace: str, *parts: object) -> str:
    """What something is called in the graph, where workspaces are one: those of others than the
    default one have that in front."""
    return "/".join(map(str, parts if workspace == "default" else (workspace, *parts)))


def version_of(entity: Entity) -> Version:
    """Which version an entity is."""
    return Version(workspace_of(entity), _name(entity), entity.number("version") or 0)


def is_prompt(entity: Entity) -> bool:
    """Whether a registered model, or a version, is a prompt: MLflow keeps them in one table."""
    return entity.tags.get("mlflow.prompt.is_prompt", "").lower() == "true"


def _name(entity: Entity) -> str:
    return entity.text("name") or ""

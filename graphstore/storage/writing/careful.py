"""The careful way to publish executions: by `cypher/execution/publish.cypher`.

It looks at what is there already: at executions, and at artifacts by what others call them or by
what they hold.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from graphstore.database import Row, Runner
from graphstore.database.queries import QUERIES

__all__ = ["Careful", "merge"]


class Careful:
    """Stores executions that may be there already, with all that they read, made and belong to.

    An item is the parameters of the query, for one execution or several.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def rows(self, item: Row) -> int:
        """How many nodes that has."""
        lists = ("artifacts", "artifact_ids", "contexts", "publications")
        return sum(len(item[name]) for name in lists)

    def go_together(self, items: Sequence[Row]) -> bool:
        """Whether no two are about one execution, or find out about one artifact in two ways.

        The query looks for all before it makes any, so that the second would not find what the
        first has made.
        """
        executions = [_execution(one) for item in items for one in item["publications"]]
        artifacts = {_artifact(row) for item in items for row in item["artifacts"]}
        names = [name for name, _, _ in artifacts if name is not None]
        texts = [contents for _, contents, _ in artifacts if contents is not None]
        return all(len(set(keys)) == len(keys) for keys in (executions, names, texts))

    def execute(self, items: Sequence[Row]) -> list[Row] | None:
        """Store all of these or, if one of them cannot be, nothing; answers one an execution."""
        rows = self._runner.rows(QUERIES["execution.publish"], **merge(items))
        return sorted(rows, key=lambda row: row["place"]) or None


def merge(parts: Sequence[Row]) -> Row:
    """The parameters that store all that some parameters store, each thing once.

    Existing artifacts are in the order of their ids, others in that of their external ids, contexts
    in that of types and names: one order for everybody, lest two writers wait for each other.
    """
    if len(parts) == 1:
        return parts[0]
    artifact_ids = sorted({id_ for part in parts for id_ in part["artifact_ids"]})
    artifacts: dict[Hashable, Row] = {}
    contexts: dict[Hashable, Row] = {}
    for part in parts:
        for row in part["artifacts"]:
            artifacts.setdefault(_key(row), row)
        for row in part["contexts"]:
            contexts.setdefault((row["type_id"], row["name"]), row)
    new = sorted(artifacts, key=lambda key: artifacts[key]["properties"].get("external_id", ""))
    artifact_at = {key: place for place, key in enumerate([*new, *artifact_ids])}
    context_keys = sorted(contexts)  # type: ignore[type-var]
    context_at = {key: place for place, key in enumerate(context_keys)}
    publications = []
    for part in parts:
        artifact_of = [artifact_at[_key(row)] for row in part["artifacts"]]
        artifact_of += [artifact_at[id_] for id_ in part["artifact_ids"]]
        context_of = [context_at[row["type_id"], row["name"]] for row in part["contexts"]]
        publications += [
            {
                **one,
                "artifacts": [artifact_of[place] for place in one["artifacts"]],
                "contexts": [context_of[place] for place in one["contexts"]],
            }
            for one in part["publications"]
        ]
    return {
        "artifact_ids": artifact_ids,
        "artifacts": [artifacts[key] for key in new],
        "contexts": [contexts[key] for key in context_keys],
        "publications": publications,
    }


def _execution(publication: Row) -> Hashable:
    """What an execution is looked for by."""
    row = publication["execution"]
    key: Hashable = row["known_as"] or row["properties"]["id"]
    return key


def _artifact(row: Row) -> tuple[str | None, str | None, str | None]:
    """What an artifact is looked for by: external id, contents, type."""
    return row["known_as"], row["contents"], row["of_type"]


def _key(row: Row) -> Hashable:
    """What makes two artifacts one: how they are looked for or, if they are not, their ids."""
    key = _artifact(row)
    return key if any(key[:2]) else ("id", row["properties"]["id"])

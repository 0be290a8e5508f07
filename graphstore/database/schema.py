"""Applies `cypher/schema/`, and knows which of its files a database has seen.

The files are numbered and applied in order, once each; every statement in them bears running
again, so that two processes which open an empty database at once do no harm.
"""

from __future__ import annotations

import re

from graphstore.database.connection import Database
from graphstore.database.queries import QUERIES, Query, folder
from graphstore.errors import ForeignDatabase, NewerDatabase

__all__ = ["MIGRATIONS", "upgrade"]

MIGRATIONS: dict[int, str] = {
    int(match[1]): match[2]
    for match in (
        re.fullmatch(r"V(\d+)__(\w+)", file.stem) for file in sorted(folder().glob("schema/*"))
    )
    if match
}
"""The name of each file of `cypher/schema/` by its number, in order."""


_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)
"""Comments, which are no code."""


def upgrade(database: Database, *, adopt: bool = False) -> None:
    """Bring a database to the schema of this version of graphstore; usually there is nothing to do.

    Args:
        database: Any database; an empty one becomes a store.
        adopt: Take a database that already holds somebody else's data.

    Raises:
        ForeignDatabase: If it holds data, but no store.
        NewerDatabase: If a newer graphstore has changed its schema.
    """
    row = database.one(QUERIES["migration.list"])
    assert row is not None
    versions, newest = set(row["versions"]), max(MIGRATIONS)
    if versions and max(versions) > newest:
        raise NewerDatabase(
            f"the database at {database.uri} has schema {max(versions)}, and this graphstore knows"
            f" {newest}: a newer one wrote it; upgrade graphstore"
        )
    if not versions and not row["is_empty"] and not adopt:
        raise ForeignDatabase(
            f"the database at {database.uri} holds data that is not graphstore's; name an empty"
            " database, or open it in Python with adopt=True to keep a store beside that data"
        )
    for version, name in MIGRATIONS.items():
        if version not in versions:
            migration = QUERIES[f"schema.V{version:03}__{name}"]
            _apply(database, migration, is_new=not versions)
            database.run(QUERIES["migration.record"], version=version, migration=name)


def _apply(database: Database, migration: Query, *, is_new: bool) -> None:
    # One transaction a statement: Neo4j refuses to mix changes of schema and of data in one.
    for statement in migration.statements:
        if not (is_new and _changes_only_what_is_there(statement)):
            database.run(statement)


def _changes_only_what_is_there(statement: Query) -> bool:
    """Whether a statement finds nothing to do in a new store, where to plan it takes seconds."""
    return _COMMENT.sub("", statement.text).lstrip().startswith("MATCH")

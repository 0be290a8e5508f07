"""What the graph itself says that a node was, read in plain Cypher."""

from __future__ import annotations

from typing import Any

from graphstore.database import Database

BESIDE = ("_by", "_recorded", "_since")


def query(database: Database, text: str, **parameters: Any) -> list[dict[str, Any]]:
    with database.driver.session(database=database.name) as session:
        return [record.data() for record in session.run(text, parameters)]


def states(database: Database, kind: str, id_: int) -> list[dict[str, Any]]:
    """All that a node said, one after the other, the last as it is now; without what is beside."""
    (row,) = query(
        database,
        f"MATCH (n:{kind} {{id: $id}}) RETURN properties(n) AS now,"
        " COLLECT { MATCH (n)<-[:REVISION_OF]-(r:Revision)"
        " RETURN properties(r) ORDER BY r._until DESC } AS past",
        id=id_,
    )
    state = {key: value for key, value in row["now"].items() if key not in BESIDE}
    result = [state]
    for revision in row["past"]:
        state = state | {k: v for k, v in revision.items() if k not in ("_until", "_by")}
        state = {key: value for key, value in state.items() if value != [False]}
        result.insert(0, state)
    return result


def who(database: Database, kind: str, id_: int) -> list[str | None]:
    """Who recorded a node, and who changed it, one after the other."""
    (row,) = query(
        database,
        f"MATCH (n:{kind} {{id: $id}}) RETURN n._by AS by,"
        " COLLECT { MATCH (n)<-[:REVISION_OF]-(r:Revision)"
        " RETURN r._by ORDER BY r._until } AS others",
        id=id_,
    )
    return [row["by"], *row["others"]]

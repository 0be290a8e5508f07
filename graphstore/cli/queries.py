"""`graphstore query`."""

from __future__ import annotations

import json as json_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphstore.cli.common import Json, print_json, print_table, say, say_renamed, with_store
from graphstore.database.queries import QUERIES, Query, folder
from graphstore.errors import InvalidArgument, NotFound

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["query"]

_NEW_NAMES = {"answers.passport": "answers.explain", "answers.rerun": "answers.can_rerun"}


def query(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A file of cypher/, dotted: browse.overview. params prints samples of parameters."
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", help="A parameter: NAME=VALUE, the value in JSON or text."),
    ] = None,
    text: Annotated[
        bool, typer.Option("--text", help="Print the query, to paste into Neo4j Browser.")
    ] = False,
    json: Json = False,
    store: Annotated[str | None, typer.Option("--store", help="A local store, by name.")] = None,
    uri: Annotated[str | None, typer.Option("--uri", help="A Neo4j by its address.")] = None,
    database: Annotated[str | None, typer.Option("--database", help="The database there.")] = None,
) -> None:
    """Run a query of the folder cypher/, or print it; without a name, list them."""
    if name is None:
        if json:
            print_json(
                [
                    {"name": one.name, "access": one.access, "summary": one.summary}
                    for one in QUERIES.values()
                ]
            )
            return
        print_table(
            ["query", "does", "what it answers"],
            [(one.name, one.access, one.summary) for one in QUERIES.values()],
            empty="no queries",
        )
        return
    if name == "params":
        say((folder() / "params.cypher").read_text(encoding="utf-8"), end="")
        return
    query_ = _find(name)
    if text:
        say(query_.text, end="")
        return
    _run(query_, _parameters(query_, param or []), json, store=store, uri=uri, database=database)


@with_store
def _run(store: Store, query: Query, parameters: dict[str, Any], json: bool) -> None:
    rows = store.database.rows(query, **parameters)
    if not rows:
        _require(store, parameters)
    if json:
        print_json([{column: _plain(row[column]) for column in query.returns} for row in rows])
        return
    print_table(
        query.returns,
        [[_text(row[column]) for column in query.returns] for row in rows],
        empty="no rows",
    )


def _require(store: Store, parameters: dict[str, Any]) -> None:
    """See that what a query without an answer was asked of is there.

    Raises:
        NotFound: If it is not: then that nothing came back says nothing.
    """
    kinds = (
        ("artifact", store.artifacts),
        ("execution", store.executions),
        ("context", store.contexts),
    )
    for kind, nodes in kinds:
        ids = [parameters.get(f"{kind}_id"), *(parameters.get(f"{kind}_ids") or ())]
        nodes.get_many([id_ for id_ in ids if isinstance(id_, int)])


def _find(name: str) -> Query:
    name = name.removesuffix(".cypher").replace("/", ".")
    if name in _NEW_NAMES:
        say_renamed(name, _NEW_NAMES[name])
        name = _NEW_NAMES[name]
    if name not in QUERIES:
        raise NotFound("query", "name", name, "'graphstore query' lists them")
    query = QUERIES[name]
    if query.access != "read":
        raise InvalidArgument(
            f"{name} changes the store, and is run by graphstore itself; 'query' runs what reads"
        )
    return query


def _parameters(query: Query, texts: list[str]) -> dict[str, Any]:
    parameters = {}
    for one in texts:
        name, equals, value = one.partition("=")
        if not equals or name not in query.parameters:
            names = ", ".join(sorted(query.parameters)) or "none"
            raise InvalidArgument(
                f"--param {one!r}: expected NAME=VALUE, and {query.name} has the parameters {names}"
            )
        try:
            parameters[name] = json_module.loads(value)
        except ValueError:
            parameters[name] = value
    missing = sorted(query.with_parameters(parameters).parameters - parameters.keys())
    if missing:
        raise InvalidArgument(
            f"{query.name} needs " + ", ".join(f"--param {name}=..." for name in missing)
        )
    return parameters


def _plain(value: Any) -> Any:
    """A value of Neo4j's as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if hasattr(value, "iso_format"):
        return value.iso_format()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def _text(value: Any) -> str:
    plain = _plain(value)
    return plain if isinstance(plain, str) else json_module.dumps(plain, ensure_ascii=False)

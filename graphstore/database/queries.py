"""Finds and reads the folder `cypher/`: one file, one query, its path its name.

The text that runs is the text of the file, which can be pasted into Neo4j Browser as it stands
(after `cypher/params.cypher`). Two things vary, and only in files that say so:

- a line that ends in ``// optional`` is left out when a parameter that it needs is not given, so
  that a condition nobody asked for costs nothing and hides no index;
- the bound of a walk, written ``{0,40}`` once in the file, is replaced by another number, since
  Cypher takes no parameter there.

And the values that a file names, ``// planned: once for $artifact_ids``, or all of a file that says
``// planned: once``, are sent in one map, `GIVEN`, by their names. Neo4j keeps a plan for a text
and the types of its parameters, and counts the size of a list (0, 1, up to 10, up to 100, ...) and
the length of a text among the types, but not what is in a map: what takes seconds to plan would be
planned anew for each mixture of sizes. It has a price, so no others do it: a condition on each row,
as ``IN $states``, takes longer, and of ``$since <= n.time``, which is not turned around for a value
of a map, no index is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Literal, cast

__all__ = ["GIVEN", "QUERIES", "Query", "folder"]

Access = Literal["read", "write", "schema"]

GIVEN = "given"
"""The one parameter of a query that is planned once."""
_HEADER = re.compile(r"^// (\w+): +(.+)$", re.MULTILINE)
_PARAMETER = re.compile(r"\$([a-z_]+)")
_OPTIONAL = re.compile(r"^.*// optional$", re.MULTILINE)
_MARK = re.compile(r"(?:( // as of) \$[a-z_]+)? // optional$", re.MULTILINE)
_CODE = re.compile(r"^(?!\s*//).*$", re.MULTILINE)
_BOUND = re.compile(r"\{0,40\}")


@dataclass(frozen=True)
class Query:
    """One query: a file of `cypher/`."""

    name: str
    """Its path, dotted: ``artifact.get`` is `cypher/artifact/get.cypher`."""
    text: str
    """The file, header and all."""
    access: Access = field(init=False)
    """What it does; `read` and `write` also say which server of a cluster runs it."""
    as_of: bool = field(init=False)
    """Whether it tells, given $known_at, what the store said then."""
    planned_once: frozenset[str] = field(init=False)
    """The parameters that are sent in one map, so that their sizes make no further plans."""
    returns: tuple[str, ...] = field(init=False)
    """The columns of its answer."""

    def __post_init__(self) -> None:
        header = dict(_HEADER.findall(self.text))
        access = header.get("access")
        if access not in ("read", "write", "schema"):
            raise ValueError(f"cypher/{self.path}: no line '// access: read|write|schema'")
        object.__setattr__(self, "access", cast(Access, access))
        object.__setattr__(self, "as_of", header.get("as_of") == "yes")
        planned = header.get("planned", "")
        once = self.parameters if planned == "once" else _PARAMETER.findall(planned)
        object.__setattr__(self, "planned_once", frozenset(once))
        columns = re.sub(r"\([^)]*\)", "", header.get("returns", ""))
        object.__setattr__(
            self, "returns", tuple(part.strip() for part in columns.split(",") if part.strip())
        )

    @property
    def path(self) -> str:
        """The file, relative to `cypher/`."""
        return self.name.replace(".", "/") + ".cypher"

    @property
    def summary(self) -> str:
        """What it answers: the first line."""
        return self.text.partition("\n")[0].removeprefix("// ")

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The parameters that the text names."""
        return frozenset(_PARAMETER.findall(_without_comments(self.text)))

    @cached_property
    def _text_of_map(self) -> str:
        """The text with each parameter that is planned once as a key of the map `GIVEN`."""
        names = "|".join(sorted(self.planned_once))
        return re.sub(rf"\$({names})\b", rf"${GIVEN}.\1", self.text)

    def to_send(self, values: Mapping[str, object]) -> tuple[str, dict[str, object]]:
        """The text that runs with these values, and the parameters that it runs with.

        Raises:
            AssertionError: If a value is missing: in a map it would count as null.
        """
        query = self.with_parameters(values)
        if missing := query.planned_once - values.keys():
            raise AssertionError(f"{query.name} was not given {', '.join(sorted(missing))}")
        if not query.planned_once:
            return query.text, dict(values)
        given = {name: values[name] for name in query.planned_once}
        others = {name: value for name, value in values.items() if name not in given}
        return query._text_of_map, {GIVEN: given, **others}

    @property
    def statements(self) -> tuple[Query, ...]:
        """The statements of the text, a query each: more than one only in `schema/`."""
        parts = re.split(r";\s*(?:\n|$)", self.text)
        header = f"// access: {self.access}\n"
        return tuple(
            replace(self, text=header + part) for part in parts if _without_comments(part).strip()
        )

    def with_parameters(self, parameters: Mapping[str, object]) -> Query:
        """The query without the optional lines whose parameters are not given."""
        return _with_parameters(self, frozenset(parameters))

    def pasted(self, values: Mapping[str, str | datetime]) -> str:
        """The text with values, times or what is Cypher already, in the place of its parameters,
        without the optional lines that need others. That a line is optional is no longer said of
        those that it has; what other comments say stays.

        Raises:
            KeyError: If it needs another.
        """

        def literal(name: re.Match[str]) -> str:
            value = values[name[1]]
            return value if isinstance(value, str) else f"datetime('{value.isoformat()}')"

        # That a line is for a time stays, without the time: each would make an address longer.
        text = self.with_parameters(values).text
        text = _MARK.sub(lambda mark: f"{mark[1]} then" if mark[1] else "", text)
        return _CODE.sub(lambda line: _PARAMETER.sub(literal, line[0]), text)

    def within(self, hops: int | None) -> Query:
        """The query with its walk bounded to so many relationships; None for no bound."""
        return _within(self, None if hops is None else int(hops))


@lru_cache(maxsize=512)
def _with_parameters(query: Query, parameters: frozenset[str]) -> Query:
    def keep(line: re.Match[str]) -> str:
        return line[0] if set(_PARAMETER.findall(line[0])) <= parameters else ""

    return replace(query, text=_OPTIONAL.sub(keep, query.text))


@lru_cache(maxsize=512)
def _within(query: Query, hops: int | None) -> Query:
    bound = "{0,}" if hops is None else f"{{0,{hops}}}"
    return replace(query, text=_BOUND.sub(bound, query.text))


def _without_comments(text: str) -> str:
    return re.sub(r"(?m)(^|\s)//.*$", "", text)


def folder() -> Path:
    """The folder `cypher/`: in the wheel a part of the package, in a checkout beside it."""
    package = Path(__file__).parents[1]
    in_package = package / "_cypher"
    return in_package if in_package.is_dir() else package.parent / "cypher"


class _Queries(Mapping[str, Query]):
    """Every query by name; a file is read when it is first asked for."""

    def __getitem__(self, name: str) -> Query:
        return _read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_names())

    def __len__(self) -> int:
        return len(_names())


@cache
def _read(name: str) -> Query:
    # A query lies in a folder; what lies beside the folders (params.cypher) is none.
    parts = name.split(".")
    file = folder().joinpath(*parts).with_suffix(".cypher")
    if len(parts) < 2 or not all(map(str.isidentifier, parts)) or not file.is_file():
        raise KeyError(name)
    return Query(name, file.read_text(encoding="utf-8"))


@cache
def _names() -> tuple[str, ...]:
    paths = (file.relative_to(folder()) for file in folder().glob("*/**/*.cypher"))
    return tuple(sorted(".".join(path.with_suffix("").parts) for path in paths))


QUERIES: Mapping[str, Query] = _Queries()

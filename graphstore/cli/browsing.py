"""`graphstore browser`: Neo4j Browser on the local store, with a question filled in.

The Browser fills its editor from its address (``?cmd=edit&arg=...``). It draws the answer of a
single statement only - of several it shows ticks - so the parameters do not go along as ``:param``
lines: the values stand in the text in their place. They are whole numbers that were checked, or the
samples of `cypher/params.cypher`, which are Cypher as it stands.
"""

from __future__ import annotations

import re
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote_plus

import typer

from graphstore.cli.common import AsOf, StoreName, local_name, print_table, say, then
from graphstore.cli.server import print_server
from graphstore.database.queries import QUERIES, Query, folder
from graphstore.errors import FailedPrecondition, InvalidArgument, NotFound, Unimplemented
from graphstore.model.nodes import NodeRef
from graphstore.model.types import Kind
from graphstore.storage.rows import known_at
from graphstore.system.progress import bar

if TYPE_CHECKING:
    from graphstore.local import LocalServer

__all__ = ["Question", "address", "browser", "question", "questions", "style"]

FOLDERS = ("questions", "browse")
"""Of `cypher/`: answers in tables, and in pictures."""

_SAMPLE = re.compile(r"^:param (\w+) => (.*);$", re.MULTILINE)
_COLOUR = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\b")
# Parameters that are ids: of what kind, and how many.
_ID_PARAMETERS: Mapping[str, tuple[Kind, int | None]] = {
    "artifact_id": ("artifact", 1),
    "execution_id": ("execution", 1),
    "context_id": ("context", 1),
    "artifact_ids": ("artifact", 2),
    "bad_ids": ("context", None),
}
_GOOD = "good_ids"
_ONE: Mapping[Kind, str] = {
    "artifact": "an artifact",
    "execution": "an execution",
    "context": "a context",
}


@dataclass(frozen=True)
class Question:
    """A file of `cypher/questions` or `cypher/browse`."""

    query: Query

    @property
    def name(self) -> str:
        """What it is called on the command line: ``what_trained_it``."""
        return self.query.name.rpartition(".")[2]

    @property
    def parameter(self) -> str | None:
        """The parameter that holds what it is asked of; None if it asks of the whole store."""
        return next((name for name in _ID_PARAMETERS if name in self.query.parameters), None)

    @property
    def of(self) -> str:
        """What it is asked of, in words: ``an artifact``; empty for the whole store."""
        if self.parameter is None:
            return ""
        kind, count = _ID_PARAMETERS[self.parameter]
        return {1: _ONE[kind], 2: f"two {kind}s", None: f"{kind}s"}[count]

    def text(
        self, ids: Sequence[str], good: Sequence[str] = (), *, known_at: datetime | None = None
    ) -> tuple[str, list[NodeRef]]:
        """The text to run, values in the place of its parameters, and the nodes that it names.

        Args:
            ids: What it is asked of, as a person names nodes: ``a45``, ``45``, ``execution:7``.
            good: Of runs that went well, where bad ones are asked about.
            known_at: As of which time; None for now.

        Raises:
            Unimplemented: If it cannot tell what the store said at a time.
            InvalidArgument: If these are not the nodes that it is asked of.
        """
        values: dict[str, str | datetime] = dict(_samples())
        refs: list[NodeRef] = []
        if self.parameter is None:
            if ids:
                raise InvalidArgument(f"{self.name} asks of the whole store, and takes no id")
        else:
            kind, count = _ID_PARAMETERS[self.parameter]
            refs = [self._ref(id_, kind) for id_ in ids]
            if not refs or (count and len(refs) != count):
                example = {"artifact": "a45", "execution": "e44", "context": "c2"}[kind]
                number = f"{len(refs)} named" if refs else "none named"
                raise InvalidArgument(
                    f"{self.name} is asked of {self.of}, e.g. {example}: {number}"
                )
            ids_text = ", ".join(str(ref.id) for ref in refs)
            values[self.parameter] = ids_text if count == 1 else f"[{ids_text}]"
        if _GOOD in self.query.parameters:
            well = [self._ref(id_, "context") for id_ in good]
            values[_GOOD] = f"[{', '.join(str(ref.id) for ref in well)}]"
            refs += well
        elif good:
            raise InvalidArgument(f"{self.name} knows no good ones: leave --good out")

        values.pop("known_at", None)  # a line that is for a time goes
        if known_at is not None:
            self.check_as_of()
            values["known_at"] = known_at
        return self.query.pasted(values), refs

    def check_as_of(self) -> None:
        """See that it can be asked as of a time.

        Raises:
            Unimplemented: If it cannot.
        """
        if not self.query.as_of:
            raise Unimplemented(
                f"{self.name} cannot be asked as of a time: leave --as-of out, for now, or ask a"
                " copy (graphstore export archive --as-of); those that answer in a table can be"
            )

    def _ref(self, text: str, kind: Kind) -> NodeRef:
        ref = NodeRef.parse(text, default=kind)
        if ref.kind != kind:
            raise InvalidArgument(f"{self.name} is asked of {self.of}; {text} is {_ONE[ref.kind]}")
        return ref


def questions() -> list[Question]:
    """All of them: those that answer with a table, then the pictures."""
    return [
        Question(query)
        for part in FOLDERS
        for query in QUERIES.values()
        if query.name.startswith(f"{part}.")
    ]


def question(name: str) -> Question:
    """The question of a name: ``what_trained_it``, ``what-trained-it``, or as a query is called.

    Raises:
        NotFound: If there is none; the message has similar ones.
    """
    key = name.removesuffix(".cypher").replace("/", ".").replace("-", "_")
    by_name = {one.query.name: one for one in questions()}
    by_name |= {one.name: one for one in reversed(questions())}
    if key in by_name:
        return by_name[key]
    names = [one.name for one in questions()]
    similar = get_close_matches(key, names, n=3, cutoff=0.5)
    similar += [one for one in names if key in one and one not in similar]
    hint = f"did you mean {' or '.join(similar[:3])}? " if similar else ""
    raise NotFound("question", "name", name, hint + "'graphstore browser --list' lists them")


def style() -> str:
    """The command that gives Neo4j Browser our colours and captions.

    Its colours are written without ``#``, at which the Browser would cut its own address.
    """
    text = (folder() / "browse" / "graphstore.grass").read_text(encoding="utf-8")
    return ":style " + _COLOUR.sub(
        lambda one: "rgb({}, {}, {})".format(*(int(part, 16) for part in one.groups())), text
    )


def browser(
    name: Annotated[
        str | None, typer.Argument(metavar="[QUESTION]", help="A question to fill in; see --list.")
    ] = None,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="What it is asked of: a45, e44.")
    ] = None,
    good: Annotated[
        list[str] | None, typer.Option("--good", help="A run that went well, to compare with.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the questions.")] = False,
    look: Annotated[
        bool, typer.Option("--style", help="Fill in the colours and captions of pictures.")
    ] = False,
    as_of: AsOf = None,
    store: StoreName = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", "--print", help="Only print the address.")
    ] = False,
) -> None:
    """Open Neo4j Browser on the local store, and print what to log in with."""
    from graphstore import local

    if list_:
        print_table(
            ["question", "asked of", "what it answers"],
            [(one.name, one.of, one.query.summary) for one in questions()],
            empty="no questions",
        )
        return
    if look and name:
        raise InvalidArgument("--style fills in the colours: ask the question after it")
    text = style() if look else ""
    refs: list[NodeRef] = []
    if name is not None:
        text, refs = question(name).text(ids or (), good or ())
        if as_of is not None:
            question(name).check_as_of()
    elif as_of is not None:
        raise InvalidArgument("--as-of needs a question, e.g. what_trained_it")
    elif good:
        raise InvalidArgument("--good needs a question, e.g. what_do_bad_runs_share")
    with bar() as on_progress:
        server = local.up(local_name(store), create=False, on_progress=on_progress)
    if refs or as_of is not None:
        time = _check(server, refs, as_of)
        if name is not None and time is not None:
            text, _ = question(name).text(ids or (), good or (), known_at=time)
    if text:
        server = replace(server, browser_url=f"{server.browser_url}&{address(text)}")
    print_server(server)
    say(f"password:  {server.password}")
    if text:
        say("\nLog in, and press Ctrl-Enter in the editor to run what is filled in there.")
    if not no_open and not webbrowser.open(server.browser_url):
        raise FailedPrecondition(
            "no web browser could be opened here; open the address yourself - on another machine"
            " forward the ports first, by ssh -L, since the store listens on 127.0.0.1 only"
        )


def address(text: str) -> str:
    """The part of Neo4j Browser's address that fills its editor with a text.

    Raises:
        InvalidArgument: If the text has a ``&`` or a ``#``: the Browser decodes the whole address
            before it takes it apart, and so would cut it there.
    """
    if forbidden := {"&", "#"} & set(text):
        raise InvalidArgument(f"Neo4j Browser takes no {min(forbidden)} in what is filled in")
    return f"cmd=edit&arg={quote_plus(text.rstrip())}"


@cache
def _samples() -> Mapping[str, str]:
    """The samples of `cypher/params.cypher`, by parameter, as Cypher."""
    return dict(_SAMPLE.findall((folder() / "params.cypher").read_text(encoding="utf-8")))


def _check(server: LocalServer, refs: Sequence[NodeRef], as_of: str | None) -> datetime | None:
    """See that nodes are there, or were, rather than let the Browser say that nothing came back.

    Returns:
        The time that `as_of` says, as the store keeps it; None for now.

    Raises:
        NotFound: If one is not, or was not recorded by then.
    """
    from graphstore.store import Store

    with Store.open(name=server.name) as store:
        time = then(store, as_of)
        for kind, nodes in (
            ("artifact", store.artifacts),
            ("execution", store.executions),
            ("context", store.contexts),
        ):
            nodes.get_many([ref.id for ref in refs if ref.kind == kind], as_of=time)
    return None if time is None else known_at(time)

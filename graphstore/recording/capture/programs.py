"""Programs that take a password by an option of one letter, which says nothing by its name.

``mysql -pX`` is a password and ``docker run -p 8080:80`` are ports: so the program counts, and with
`docker` and its like that it is to log in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["password_arguments", "passwords_in"]


@dataclass(frozen=True)
class _Program:
    """How some programs take a password."""

    names: str
    """A pattern of what they are called."""
    option: str
    glued: bool = True
    """Whether it may stand right behind the option: ``-pX``."""
    apart: bool = True
    """Whether it may be the next argument: ``-p X``."""
    login: bool = False
    """Whether only the command ``login`` takes one so."""


_PROGRAMS = (
    # Alone, -p has them ask for it, and what follows is a database.
    _Program(r"mysql[\w-]*|mariadb[\w-]*|7z[ar]?", "-p", apart=False),
    _Program(r"sshpass|mongo[\w-]*|rabbitmqadmin", "-p"),
    _Program(r"docker|podman|nerdctl|buildah|skopeo|oras|helm|crane|az|oc|cf", "-p", login=True),
    _Program(r"redis-cli|redis-benchmark", "-a", glued=False),
    _Program(r"sqlcmd|bcp|zip|unzip", "-P"),
    _Program(r"ldap(?:search|add|modify|delete|passwd|whoami|compare)", "-w"),
)
_NAME = re.compile("|".join(f"(?P<p{at}>{one.names})" for at, one in enumerate(_PROGRAMS)))
# The program, with a path or without, and the rest of its command: to the next one of a shell.
_COMMAND = re.compile(
    rf"""(?<![\w.@:-]) (?:{_NAME.pattern}) (?:\.exe)? (?=[\s"',\\])
    (?P<rest> (?: '[^'\n]*' | "[^"\n]*" | (?!&&)[^\n|;] )* )""",
    re.VERBOSE,
)
_QUOTED = r"""(?: '(?P<one>[^'\n]*)' | "(?P<two>[^"\n]*)" )"""
_BARE = r"""(?P<bare>(?:[^\s"'\\]|\\(?!["']))+)"""
_GLUED, _APART = (
    {one.option: re.compile(how.replace("OPTION", one.option), re.VERBOSE) for one in _PROGRAMS}
    for how in (
        # In quotes only if the option is not: 'mysql', '-p', 'database'.
        rf"""(?<![\w-]) OPTION (?: {_BARE} | (?<!["']OPTION) {_QUOTED} )""",
        # By a space, or as a list is printed.
        rf"""(?<![\w-]) OPTION (?: [ \t]+ | =[ \t]* | \\?["'],\s*(?=\\?["'])\\? )
        (?: {_QUOTED} | {_BARE} )""",
    )
)
_LOGIN = re.compile(r"(?<![\w-])login(?![\w-])")


def passwords_in(text: str) -> Iterator[tuple[int, int]]:
    """Where such passwords stand in a text: begins and ends, as in a slice."""
    for command in _COMMAND.finditer(text):
        program = _program(command)
        begin = command.start("rest")
        if program.login:
            login = _LOGIN.search(text, begin, command.end())
            if login is None:
                continue
            begin = login.end()
        spans = []
        for pattern in [_GLUED] * program.glued + [_APART] * program.apart:
            match = pattern[program.option].search(text, begin, command.end())
            if match is None:
                continue
            group = next(name for name in ("one", "two", "bare") if match[name] is not None)
            if pattern is _GLUED or not match[group].startswith("-"):  # else it is an option
                spans.append(match.span(group))
        # Each takes one; sshpass another command behind it.
        for start, end in sorted(spans)[:1]:
            if not text.startswith("[redacted", start):  # which may have a space in it
                yield start, end


def password_arguments(arguments: Sequence[Any]) -> dict[int, int]:
    """The arguments of a program that are such a password, by their place: where in each it
    begins."""
    offsets: dict[int, int] = {}
    program, ready, is_next = None, False, False
    for place, argument in enumerate(arguments):
        text = argument if isinstance(argument, str) else ""
        if is_next and not re.match("--?[A-Za-z]", text):
            offsets[place], program = 0, None  # each takes one; sshpass another command behind it
        elif match := _NAME.fullmatch(re.split(r"[/\\]", text)[-1].removesuffix(".exe")):
            program = _program(match)
            ready = not program.login
        elif program is not None and text == "login":
            ready = True
        elif (
            program is not None
            and ready
            and program.glued
            and text.startswith(program.option)
            and text != program.option
        ):
            offsets[place], program = len(program.option), None
        is_next = program is not None and ready and program.apart and text == program.option
    return offsets


def _program(match: re.Match[str]) -> _Program:
    return next(one for at, one in enumerate(_PROGRAMS) if match[f"p{at}"] is not None)

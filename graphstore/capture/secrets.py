"""Keeps what is secret out of what is recorded."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload
from urllib.parse import quote, quote_plus, unquote, urlsplit

from graphstore.capture.names import is_secret_name
from graphstore.capture.patterns import Span, find_secrets, says_nothing

__all__ = ["REDACTED", "Scrubber", "is_secret_name"]

REDACTED = "[redacted]"
"""What stands where a secret stood."""

# A value of the environment that is shorter stands in every other text by chance.
_MIN_LENGTH = 6
_MIN_LINE = 16
_MAX_PATTERN = 200
_ORDINARY = frozenset({"default", "disabled", "enabled", "optional", "required"})
_FOLDERS = frozenset({"PWD", "OLDPWD"})
# After one dash no digits but the last: a token may begin with a dash, and has some.
_OPTION = re.compile(r"--[A-Za-z]|-[A-Za-z][A-Za-z_.-]{0,30}\d?(?:=|$)")
_ASSIGNMENT = re.compile(r"(?P<name>[-+~]*[\w.-]+)=(?P<value>.*)", re.DOTALL)
_USER_OPTIONS = frozenset({"-u", "--user", "--proxy-user"})
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


class Scrubber:
    """Hides what is secret in values, whoever wrote it there.

    It knows a secret by its value (those of the environment's variables that have secret names,
    and those it is told), by the name that it goes by (`is_secret_name`), or by its shape (a token
    of GitHub, a private key). May be used by many threads at once, and after a fork.

    It errs on the side of hiding: a parameter called ``token`` is hidden, whatever it is. It cannot
    hide what it has no sign of: a password in a parameter called ``x`` that it was never told.
    """

    def __init__(
        self, environ: Mapping[str, str] | None = None, secrets: Iterable[str] = ()
    ) -> None:
        """Learn the secrets of an environment.

        Args:
            environ: The environment's variables; None for those of this process, as they are now.
            secrets: Further values that are secret.
        """
        # Only ever appended to, so that neither a thread nor a fork finds it half done.
        self._known: list[_Known] = []
        for name, value in (os.environ if environ is None else environ).items():
            self._learn(name, value)
        for value in secrets:
            self.add(value)

    def add(self, value: str) -> None:
        """Hide `value` from now on, wherever it stands in a text, however short it is."""
        value = value.strip()
        # What is part of the replacement would be replaced for ever.
        if value and value not in REDACTED and all(value != known.value for known in self._known):
            self._known.append(_Known.of(value))

    @overload
    def scrub(self, value: str) -> str: ...

    @overload
    def scrub(self, value: Any) -> Any: ...

    def scrub(self, value: Any) -> Any:
        """`value`, with `REDACTED` in place of every secret in it.

        Dicts and lists are copied, as deep as they go. Under a secret name all is hidden that may
        be a secret: not None, True, False, a float and an empty text. What is neither text nor
        made of dicts, lists, tuples and sets comes back as it is: make a text of it first.
        """
        try:
            return self._scrub(value)
        except RecursionError:  # what contains itself is nothing that could be recorded
            return REDACTED

    def command_line(self, argv: Sequence[str]) -> list[str]:
        """The arguments of a program, without the secrets among them.

        Beyond what `scrub` finds in each, hides what follows an option with a secret name
        (``--password x``), and all of what one is set to (``--token=x``, ``db.password=x``).
        """
        shown: list[str] = []
        option = ""
        for argument in argv:
            is_option = _OPTION.match(argument) is not None
            if (match := _ASSIGNMENT.fullmatch(argument)) and is_secret_name(match["name"]):
                shown.append(f"{match['name']}={_hide(match['value'])}")
            elif option and not is_option and is_secret_name(option):
                shown.append(_hide(argument))
            elif option in _USER_OPTIONS and re.search(r":\D", argument):  # not the ids of docker
                shown.append(REDACTED)
            else:
                shown.append(self.scrub(argument))
            option = argument if is_option and not match else ""
        return shown

    def _learn(self, name: str, value: str) -> None:
        """Learn what is secret in a variable of the environment."""
        found = [
            password for url in re.findall(r"\S+://\S+@\S+", value) for password in _password(url)
        ]
        if name not in _FOLDERS and is_secret_name(name) and not _is_path(value):
            found.append(value)
            if name.lower().endswith("auth"):  # NEO4J_AUTH=neo4j/password
                found.append(re.split("[/:]", value, maxsplit=1)[-1])
        for secret in found:
            if len(secret.strip()) >= _MIN_LENGTH and secret.strip().lower() not in _ORDINARY:
                self.add(secret)

    def _scrub(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._scrub_text(value)
        if isinstance(value, Mapping):
            return self._scrub_mapping(value)
        for kind in (list, tuple, set, frozenset):
            if isinstance(value, kind):
                return kind(map(self._scrub, value))
        if isinstance(value, bytes):
            text = value.decode(errors="surrogateescape")
            return self._scrub_text(text).encode(errors="surrogateescape")
        return value

    def _scrub_mapping(self, value: Mapping[Any, Any]) -> dict[Any, Any]:
        # {"name": "DB_PASSWORD", "value": ...}, as Kubernetes writes it.
        name = next((value[key] for key in ("name", "Name", "key") if key in value), "")
        under = {"value", "Value"} if isinstance(name, str) and is_secret_name(name) else set()
        return {
            self._scrub(key): (
                _hide(item)
                if isinstance(key, str) and (key in under or is_secret_name(key))
                else self._scrub(item)
            )
            for key, item in value.items()
        }

    def _scrub_text(self, text: str) -> str:
        spans = [*find_secrets(text)]
        for known in self._known:
            spans += known.find(text)
        pieces: list[str] = []
        done = -1
        for begin, end in sorted(spans):
            if begin > done:  # neither overlaps the last one nor touches it
                pieces += text[max(done, 0) : begin], REDACTED
            done = max(done, end)
        return "".join([*pieces, text[max(done, 0) :]]) if pieces else text


@dataclass(frozen=True)
class _Known:
    """A secret whose value is known, and how it looks in texts of other kinds."""

    value: str
    forms: tuple[str, ...]
    """As it is, and as forms, JSON, Python, HTML and shells write it."""
    quoted: re.Pattern[str] | None
    """As URLs write it, who may quote any of its characters, in capitals or not; None for a long
    text, of which only the usual ways are looked for."""
    cores: tuple[str, ...]
    """What base64 makes of it inside something longer, whatever goes before; without the
    characters at its ends, which depend on the neighbours too."""

    @classmethod
    def of(cls, value: str) -> _Known:
        """A secret, by its value."""
        data = value.encode(errors="surrogatepass")
        forms = {value, html.escape(value), shlex.quote(value)}
        forms |= {quote(data), quote(data, safe=""), quote_plus(data)}
        forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        forms |= {repr(value)[1:-1]}
        # The lines of a key may be joined in many ways.
        lines = [line.strip() for line in value.splitlines() if not line.startswith("-----")]
        forms |= {line for line in lines if len(line) >= _MIN_LINE}
        quoted = "".join(rf"(?:{re.escape(one)}|(?i:{_percent(one)}))" for one in value)
        cores = set()
        for before in range(3):
            whole = base64.b64encode(bytes(before) + data).decode()
            core = whole[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]
            if len(core) >= _MIN_LENGTH:
                cores |= {core, core.translate(str.maketrans("+/", "-_"))}
        pattern = re.compile(quoted) if len(value) <= _MAX_PATTERN else None
        return cls(value, tuple(forms), pattern, tuple(cores))

    def find(self, text: str) -> Iterator[Span]:
        """Where it stands in `text`."""
        for form in self.forms:
            yield from _occurrences(form, text)
        if self.quoted is not None and "%" in text:
            yield from (match.span() for match in self.quoted.finditer(text))
        for core in self.cores:
            for begin, end in _occurrences(core, text):
                yield (
                    begin - (begin > 0 and text[begin - 1] in _BASE64),
                    end + (text[end : end + 1] in _BASE64),
                )


def _percent(character: str) -> str:
    """A character as a URL quotes it."""
    return "".join(f"%{byte:02x}" for byte in character.encode(errors="surrogatepass"))


def _occurrences(part: str, text: str) -> Iterator[Span]:
    """Where `part` stands in `text`, also where it overlaps itself."""
    begin = text.find(part)
    while begin >= 0:
        yield begin, begin + len(part)
        begin = text.find(part, begin + 1)


def _hide(value: Any) -> Any:
    """`REDACTED`, unless the value can be no secret."""
    if value is None or isinstance(value, (bool, float)):
        return value
    return value if isinstance(value, str) and says_nothing(value) else REDACTED


def _is_path(value: str) -> bool:
    """Whether a value is a path, of something that is there: a secret may begin with a slash."""
    try:
        return os.path.dirname(value) != "" and os.path.exists(os.path.expanduser(value))
    except ValueError:  # a NUL
        return False


def _password(url: str) -> Iterator[str]:
    """The password in a URL, as written there and as meant."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return
    if password:
        yield from (password, unquote(password))

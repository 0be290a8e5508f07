"""Keeps what is secret out of what is recorded."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload
from urllib.parse import quote, quote_plus, unquote, urlsplit

from graphstore.recording.capture.keyed import is_mark
from graphstore.recording.capture.names import holds_secret, is_secret_name
from graphstore.recording.capture.patterns import (
    USER_OPTIONS,
    Span,
    find_secrets,
    is_user_and_password,
)
from graphstore.recording.capture.programs import password_arguments
from graphstore.recording.capture.shapes import reach

__all__ = ["REDACTED", "Mark", "Scrubber", "Secret", "is_secret_name"]

REDACTED = "[redacted]"
"""What stands where a secret stood."""
Mark = Callable[[str], str]
"""What to put in the place of a secret, by its text."""

_MIN_CORE = 6
_MIN_LINE = 16
_MAX_PATTERN = 200
_IN_MARKS = "[redacted hmac:]"
_MAX_ROUNDS = 10
_FOLDERS = frozenset({"PWD", "OLDPWD"})
# After one dash no digits but the last: a token may begin with a dash, and has some.
_OPTION = re.compile(r"--[A-Za-z]|-[A-Za-z][A-Za-z_.-]{0,30}\d?(?:=|$)")
_ASSIGNMENT = re.compile(r"(?P<name>[-+~]*[\w.-]+)=(?P<value>.*)", re.DOTALL)
_WORD_BEFORE, _WORD_AFTER = re.compile(r"\w\Z"), re.compile(r"\w")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


class Secret(str):
    """A text that is secret by its type, whatever its name and shape."""

    __slots__ = ()


class Scrubber:
    """Hides what is secret in values, whoever wrote it there.

    It knows a secret by the name that it goes by (`is_secret_name`), by its shape (a token of
    GitHub, a private key), or by its value: those of the environment's variables that have secret
    names, and those it is told. A value that is an ordinary word is hidden under its name, and not
    looked for in other texts, which it would tear apart (`recording.capture.shapes.reach`).

    It errs on the side of hiding: a parameter called ``token`` is hidden, whatever it is. It cannot
    hide what it has no sign of: a password in a parameter called ``x`` that it was never told.
    May be used by many threads at once, and after a fork.
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
        self._secrets: list[_Known] = []
        environ = os.environ if environ is None else environ
        self.learn({name: value for name, value in environ.items() if name not in _FOLDERS})
        for value in secrets:
            self.add(value)

    def add(self, value: str) -> None:
        """Hide `value` from now on, wherever it stands in a text, however short it is."""
        self._add(value, bounded=False)

    def learn(self, values: Mapping[Any, Any]) -> None:
        """Learn the values with secret names, and the passwords in addresses, at any depth.

        From now on they are hidden elsewhere too, as far as their shape allows: in a message, say.
        """
        try:
            for name, value in values.items():
                self._learn(str(name), value)
        except RecursionError:
            pass  # what contains itself cannot be recorded either

    @overload
    def scrub(self, value: str, mark: Mark = ...) -> str: ...

    @overload
    def scrub(self, value: Any, mark: Mark = ...) -> Any: ...

    def scrub(self, value: Any, mark: Mark = lambda _: REDACTED) -> Any:
        """`value`, with a mark in place of every secret in it.

        Dicts and lists are copied, as deep as they go. Under a secret name all is hidden that may
        be a secret (`recording.capture.names.holds_secret`), and in a list what follows an option
        with such a name. What is neither text nor made of dicts, lists, tuples and sets comes back
        as it is: make a text of it first.
        """
        try:
            return self._scrub(value, mark)
        except RecursionError:  # what contains itself is nothing that could be recorded
            return mark("")

    def scrub_properties(
        self, properties: Mapping[str, Any], mark: Mark = lambda _: REDACTED
    ) -> dict[str, Any]:
        """Properties by name, scrubbed; their own names stay as they are."""
        return {name: self.scrub_property(name, value, mark) for name, value in properties.items()}

    def scrub_property(self, name: str, value: Any, mark: Mark = lambda _: REDACTED) -> Any:
        """The value of a property of this name, scrubbed."""
        return _hide(value, mark) if holds_secret(name, value) else self.scrub(value, mark)

    def scrub_name(self, name: str, mark: Mark = lambda _: REDACTED) -> str:
        """A name or an address, without the secrets that can be told from parts of it."""
        return self._scrub_text(name, mark, is_name=True)

    def command_line(self, argv: Sequence[str], mark: Mark = lambda _: REDACTED) -> list[str]:
        """The arguments of a program, without the secrets among them.

        Beyond what `scrub` finds in each, hides what follows an option with a secret name
        (``--password x``), all of what one is set to (``--token=x``, ``db.password=x``), and what
        programs that are known to take a password so take it by (``mysql -px``).
        """
        return list(self._arguments(argv, mark))

    def _arguments(self, argv: Iterable[Any], mark: Mark) -> Iterator[Any]:
        option, argv = "", list(argv)
        passwords = password_arguments(argv)
        for place, argument in enumerate(argv):
            text = argument if isinstance(argument, str) else ""
            is_option = _OPTION.match(text) is not None
            match = _ASSIGNMENT.fullmatch(text)
            name, value = (match["name"], match["value"]) if match else ("", "")
            if place in passwords and text[passwords[place] :]:
                yield text[: passwords[place]] + _hide(text[passwords[place] :], mark)
            elif match and (
                holds_secret(name, value) or (name in USER_OPTIONS and is_user_and_password(value))
            ):
                yield f"{name}={_hide(value, mark)}"
            elif (option and not is_option and holds_secret(option, argument)) or (
                option in USER_OPTIONS and is_user_and_password(text)
            ):
                yield _hide(argument, mark)
            else:
                yield self._scrub(argument, mark)
            option = text if is_option and not match else ""

    def _add(self, value: str, bounded: bool) -> None:
        value = value.strip()
        # What is part of a mark would be replaced for ever.
        if value and value not in _IN_MARKS and all(value != one.value for one in self._secrets):
            self._secrets.append(_Known.of(value, bounded))

    def _learn(self, name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                self._learn(name if is_secret_name(name) else str(key), item)
        elif isinstance(value, (list, tuple, set, frozenset)):
            for item in value:
                self._learn(name, item)
        elif isinstance(value, bytes):
            self._learn(name, value.decode(errors="replace"))
        elif isinstance(value, str):
            self._learn_text(name, value)

    def _learn_text(self, name: str, value: str) -> None:
        secrets: list[str] = []
        if "://" in value:
            urls = re.findall(r"\S+://\S+@\S+", value)
            secrets += [password for url in urls for password in _password(url)]
        if (isinstance(value, Secret) or holds_secret(name, value)) and not _is_path(value):
            secrets.append(value)
            if name.lower().endswith("auth"):  # NEO4J_AUTH=neo4j/password
                secrets.append(re.split("[/:]", value, maxsplit=1)[-1])
        for secret in secrets:
            far = reach(secret.strip())
            if far != "nowhere" and not is_mark(secret.strip()):
                self._add(secret, bounded=far == "words")

    def _scrub(self, value: Any, mark: Mark) -> Any:
        if isinstance(value, Secret):
            return _hide(value, mark)
        if isinstance(value, str):
            return self._scrub_text(value, mark)
        if isinstance(value, Mapping):
            return self._scrub_mapping(value, mark)
        for sequence in (list, tuple):
            if isinstance(value, sequence):
                return sequence(self._arguments(value, mark))
        for kind in (set, frozenset):
            if isinstance(value, kind):
                return kind(self._scrub(item, mark) for item in value)
        if isinstance(value, bytes):
            text = value.decode(errors="surrogateescape")
            return self._scrub_text(text, mark).encode(errors="surrogateescape")
        return value

    def _scrub_mapping(self, value: Mapping[Any, Any], mark: Mark) -> dict[Any, Any]:
        # {"name": "DB_PASSWORD", "value": ...}, as Kubernetes writes it.
        name = next((value[key] for key in ("name", "Name", "key") if key in value), "")
        under = {"value", "Value"} if isinstance(name, str) else set()
        result: dict[Any, Any] = {}
        for key, item in value.items():
            text = self._scrub(key, mark)
            while text in result:  # two keys that differ in what is hidden
                text = f"{text}*"
            is_hidden = isinstance(key, str) and holds_secret(name if key in under else key, item)
            result[text] = _hide(item, mark) if is_hidden else self._scrub(item, mark)
        return result

    def _scrub_text(self, text: str, mark: Mark, is_name: bool = False) -> str:
        # What stands beside a mark may look like more of the secret, where it did not beside what
        # the mark stands for. So until nothing changes: what was scrubbed once stays as it is.
        for _ in range(_MAX_ROUNDS):
            before, text = text, self._scrub_once(text, mark, is_name)
            if text == before:
                break
        return text

    def _scrub_once(self, text: str, mark: Mark, is_name: bool) -> str:
        spans = [*find_secrets(text)]
        for one in self._secrets:
            if not (is_name and one.bounded):
                spans += one.find(text)
        regions: list[list[int]] = []
        for begin, end in sorted(spans):
            if regions and begin <= regions[-1][1]:  # it overlaps the last one, or touches it
                regions[-1][1] = max(regions[-1][1], end)
            elif begin < end:
                regions.append([begin, end])
        pieces: list[str] = []
        position = 0
        for begin, end in regions:
            secret = text[begin:end]
            pieces += text[position:begin], secret if is_mark(secret) else mark(secret)
            position = end
        return "".join([*pieces, text[position:]]) if pieces else text


@dataclass(frozen=True)
class _Known:
    """A secret whose value is known, and how it looks in texts of other kinds."""

    value: str
    forms: tuple[str, ...]
    """As it is, and as forms, JSON, Python, HTML and shells write it."""
    pattern: re.Pattern[str] | None
    """As URLs write it, who may quote any of its characters, in capitals or not; None for a long
    text, of which only the usual ways are looked for."""
    cores: tuple[str, ...]
    """What base64 makes of it inside something longer, whatever goes before; without the
    characters at its ends, which depend on the neighbours too."""
    bounded: bool
    """Whether it counts only where it is no part of a longer word."""

    @classmethod
    def of(cls, value: str, bounded: bool) -> _Known:
        """A secret, by its value."""
        data = value.encode(errors="surrogatepass")
        forms = {value, html.escape(value), shlex.quote(value)}
        forms |= {quote(data), quote(data, safe=""), quote_plus(data)}
        forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        forms |= {repr(value)[1:-1]}
        # The lines of a key may be joined in many ways.
        lines = [line.strip() for line in value.splitlines() if not line.startswith("-----")]
        forms |= {line for line in lines if len(line) >= _MIN_LINE}
        source = "".join(rf"(?:{re.escape(one)}|(?i:{_percent(one)}))" for one in value)
        cores = set()
        for before in range(3):
            whole = base64.b64encode(bytes(before) + data).decode()
            core = whole[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]
            if len(core) >= _MIN_CORE:
                cores |= {core, core.translate(str.maketrans("+/", "-_"))}
        pattern = re.compile(source) if len(value) <= _MAX_PATTERN else None
        return cls(value, tuple(forms), pattern, () if bounded else tuple(cores), bounded)

    def find(self, text: str) -> Iterator[Span]:
        """Where it stands in `text`."""
        for form in self.forms:
            for begin, end in _occurrences(form, text):
                if not (self.bounded and _within_word(text, begin, end)):
                    yield begin, end
        if self.pattern is not None and "%" in text:
            yield from (match.span() for match in self.pattern.finditer(text))
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


def _within_word(text: str, begin: int, end: int) -> bool:
    """Whether what stands in a text goes on before it or after it as one word."""
    return (
        _WORD_BEFORE.search(text[max(0, begin - 1) : begin]) is not None
        or _WORD_AFTER.match(text, end) is not None
    )


def _hide(value: Any, mark: Mark) -> str:
    """The mark of a value that is hidden as a whole; of one that is hidden already, itself."""
    if isinstance(value, bytes):
        value = value.decode(errors="surrogateescape")
    if not isinstance(value, str):
        value = json.dumps(value, sort_keys=True, default=repr)
    return value if is_mark(value) else mark(value)


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

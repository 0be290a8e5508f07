"""Secrets that give themselves away in a text: by their shape, or by the name before them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphstore.recording.capture.names import is_password_name, is_secret_name, says_nothing
from graphstore.recording.capture.programs import passwords_in

__all__ = ["USER_OPTIONS", "Span", "find_secrets", "is_user_and_password"]

Span = tuple[int, int]
"""Where something begins and ends in a text, as in a slice."""

# Tokens by their shape, each after a text that it must have: looking for that first is fast.
_SHAPES = [
    (has, re.compile(rf"(?<![A-Za-z0-9])(?:{shape})"))
    for has, shape in [
        ("A", r"A(?:KI|SI|RO|ID)A[A-Z0-9]{16}"),  # AWS
        ("gh", r"gh[pousr]_[A-Za-z0-9]{20,}"),  # GitHub
        ("github_pat_", r"github_pat_\w{20,}"),
        (
            "gl",
            r"gl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|rtr|soat|wt)-[\w-]{20,}(?:\.[\w-]+)*",
        ),
        ("xox", r"xox[a-z](?:\.xox[a-z])?-[\w-]{10,}"),  # Slack
        ("xapp-", r"xapp-[\w-]{10,}"),
        ("hooks.slack.com/", r"hooks\.slack\.com/[\w/-]+"),
        ("/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/[\w/-]+"),
        ("hf_", r"hf_[A-Za-z0-9]{20,}"),  # Hugging Face
        ("api_org_", r"api_org_[A-Za-z0-9]{20,}"),
        ("sk-", r"sk-(?:(?:proj|svcacct|admin|ant|or|lf)-[\w-]{16,}|[A-Za-z0-9]{20,})"),  # OpenAI
        ("k_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"),  # Stripe
        ("AIza", r"AIza[\w-]{30,}"),  # Google
        ("ya29.", r"ya29\.[\w-]{20,}(?:\.[\w-]+)*"),
        ("GOCSPX-", r"GOCSPX-[\w-]{20,}"),
        ("dapi", r"dapi[0-9a-f]{32}(?:-\d+)?"),  # Databricks
        ("nvapi-", r"nvapi-[\w-]{20,}"),  # NVIDIA
        ("pypi-", r"pypi-AgE[\w-]{20,}"),
        ("npm_", r"npm_[A-Za-z0-9]{30,}"),
        ("r8_", r"r8_[A-Za-z0-9]{30,}"),  # Replicate
        ("SG.", r"SG\.[\w-]{16,}\.[\w-]{16,}"),  # SendGrid
        ("hvs.", r"hvs\.[\w-]{20,}"),  # Vault
        ("eyJ", r"eyJ[\w-]{6,}(?:\.[\w-]*){2,}"),  # JSON Web Tokens, signed or encrypted
        ("eyJhcGl", r"eyJhcGl[\w+/-]{20,}=*"),  # Neptune
    ]
] + [
    (
        "PRIVATE KEY",  # in PEM; one that was cut off lasts until the end
        re.compile(
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----"
            r"(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|.*)",
            re.DOTALL,
        ),
    ),
]
_URL = re.compile(
    r"""(?P<http>https?)?:(?:\\?/){2}(?P<rest>(?:(?!://)[^\s"'<>])*)""", re.IGNORECASE
)
_PORT = re.compile(r"\d{1,5}(?:[/?#]|$)")
_BEARER = re.compile(r"(?<=\bbearer )\s*(?=\S*\d|\S{20})[\w.~+/-]{8,}=*", re.IGNORECASE)
# `name=`, `name = `, `"name": `, `environ["NAME"] = `; not `name==`, `name::` or `name://`.
_NAME = re.compile(
    r"""(?<![\w.-]) (?P<name>[\w.-]+) (?P<quote>\\?["'])? \]? [ \t]{0,8}
    (?P<sign> =>? (?!=) | := | : (?!:|//) ) [ \t]{0,8}""",
    re.VERBOSE,
)
_QUOTED = r"""[bBrRuU]?(?P<quote>\\?["'])(?P<quoted>(?:(?!(?P=quote))(?:\\.|.))*)"""
# Without quotes, but perhaps with an apostrophe.
_WORD, _LINE = (rf"""(?:[^{end}"'`]|(?<=\w)'(?=\w))*""" for end in (r"\s", r"\n"))
# What is written after a name. In quotes; or else ...
_AFTER = {
    kind: re.compile(rf"{_QUOTED}|(?P<bare>{bare})", re.DOTALL | re.IGNORECASE)
    for kind, bare in {
        "URL": r"""[^\s&\#"'<>]*""",
        # the number of a JSON text,
        "JSON": r"""[^\s,}\]"']*""",
        # one word, perhaps after the scheme of a header,
        "=": rf"(?:(?:basic|bearer|digest|token)[ ]+)?{_WORD}",
        # the line, which may be one of a program: `password: str = "abc"`.
        ":": rf"""{_LINE}(?<==)[ ]?(?:"[^"\n]*|'[^'\n]*)|{_LINE}""",
    }.items()
}
# What a name of two words ends with where a person writes it: `API key: abc`.
_SECOND_WORDS = frozenset({"key", "keys", "string"})
_BLOCK_BEGINS = re.compile(r"[|>]?[-+0-9]*[ \t]*\r?\n")
_LINES = re.compile(r"(?P<line>(?P<indent>[ \t]*)(?P<first>- |\S)?.*)\n?")
_IN_URLS = frozenset({"sig", "signature", "x-amz-signature", "x-goog-signature"})
_BRACKETS = {"{": "}", "[": "]", "(": ")"}

USER_OPTIONS = frozenset({"-u", "-U", "--user", "--proxy-user"})
"""Options of curl and its like, which user and password follow, with a colon between."""
# `--password X` and `--password 'X'`, and the same as a list is printed: `'--password', 'X'`.
_AFTER_OPTION = re.compile(
    r"""(?<![\w-]) (?P<name>--?[A-Za-z][\w.-]*) [ \t]+
    (?: (?P<quote>["']) (?P<quoted>(?:(?!(?P=quote))[^\n])*)
      | (?P<bare>(?!--?[A-Za-z])[^\s"']+) )""",
    re.VERBOSE,
)
_LISTED = re.compile(
    r"""(?P<mark>\\?["']) (?P<name>--?[A-Za-z][\w.-]*) (?P=mark) \s*,\s*
    [bBrRuU]?(?P<quote>\\?["']) (?P<quoted>(?:(?!(?P=quote))(?:\\.|.))*)""",
    re.VERBOSE | re.DOTALL,
)
# `password 'X'`, as messages of errors have it.
_AFTER_WORD = re.compile(
    r"""(?<![\w.-]) (?P<name>[A-Za-z][\w.-]*) [ \t]+ (?P<quote>["'`]) (?P<quoted>[^"'`\n]{1,200})
    (?P=quote)""",
    re.VERBOSE,
)
# What follows an option where people write about it: "--token is required".
_PROSE = re.compile(
    "a|an|and|are|as|at|by|can|cannot|does|expect(?:ed|s)|for|from|given|has|in|is|it|may|means|must"
    "|needs|not|of|on|option|or|requires|should|takes|that|the|to|was|were|when|which|will|with",
    re.IGNORECASE,
)
_USER = re.compile(
    r"""(?<![\w-]) -(?:-user|-proxy-user|u|U) (?: [ \t=]+ | ["'],\s*(?=["']) )? ["']?
    (?P<who>[^\s:"'=/-][^\s:"']*:[^\s"']+)""",
    re.VERBOSE,
)


def find_secrets(text: str) -> Iterator[Span]:
    """Where secrets stand in `text`, in no order; they may overlap.

    Tokens of well-known services, JSON Web Tokens, private keys in PEM, user and password in URLs,
    what is written after a name that `is_secret_name`, with ``=`` or ``:`` between, what follows
    an option with such a name, and the passwords that known programs take by a letter.
    """
    for has, shape in _SHAPES:
        if has in text:
            yield from (match.span() for match in shape.finditer(text))
    if "@" in text:
        yield from _user_infos(text)
    yield from (match.span() for match in _BEARER.finditer(text))
    if "-" in text:
        yield from _after_options(text)
        yield from passwords_in(text)
    for match in _AFTER_WORD.finditer(text):
        if is_password_name(match["name"]):
            yield match.span("quoted")
    ends = dict.fromkeys(_AFTER, 0)
    for match in _NAME.finditer(text):
        name, sign = match["name"], match["sign"]
        in_url = sign == "=" and text[match.start() - 1 : match.start()] in ("?", "&")
        if name.lower() in _SECOND_WORDS:
            name = _word_before(text, match.start()) + " " + name
        if is_secret_name(name) or (in_url and name.lower() in _IN_URLS):
            kind = "URL" if in_url else ":" if sign == ":" else "="
            if kind == ":" and match["quote"]:
                kind = "JSON"
            # Inside a value of its kind it would end where that does; and be slow, if often.
            if match.end() >= ends[kind] and (span := _value(text, match, kind)):
                yield span
                ends[kind] = span[1]


def is_user_and_password(text: str) -> bool:
    """Whether what follows an option for the user has a password: ``1000:1000`` are two ids."""
    return ":" in text and "://" not in text and re.fullmatch(r"\d*:\d*", text) is None


def _after_options(text: str) -> Iterator[Span]:
    """What follows options with secret names, and user and password after those for these."""
    for pattern in (_AFTER_OPTION, _LISTED):
        for match in pattern.finditer(text):
            if is_secret_name(match["name"]):
                group = "bare" if match["quote"] is None else "quoted"
                value = match[group].rstrip(",;)]}" if group == "bare" else "")
                if value.startswith("[redacted"):  # which may have a space in it
                    continue
                if not says_nothing(value) and not _PROSE.fullmatch(value.strip(".:")):
                    yield match.start(group), match.start(group) + len(value)
    for match in _USER.finditer(text):
        if is_user_and_password(match["who"]):
            yield match.span("who")


def _user_infos(text: str) -> Iterator[Span]:
    """User and password of the URLs in a text.

    A user alone may be a token over http, and is no secret in ssh://git@host, and no user in
    abfss://container@account.
    """
    for url in _URL.finditer(text):
        rest = url["rest"]
        authority = re.split("[/?#]", rest, maxsplit=1)[0]
        end = authority.rfind("@")
        if end < 0 and (colon := authority.find(":")) >= 0 and not _PORT.match(rest, colon + 1):
            end = rest.rfind("@")  # few quote the slash in a password
        if end > 0 and (url["http"] or ":" in rest[:end]):
            yield url.start("rest"), url.start("rest") + end


def _word_before(text: str, end: int) -> str:
    """The word before a word, if a space is between them."""
    begin = max(0, end - 30)
    match = re.search(r"[\w.-]+(?= $)", text[begin:end])
    return match[0] if match else ""


def _value(text: str, name: re.Match[str], kind: str) -> Span | None:
    """The value after a name; None if it says that there is none."""
    start = name.end()
    match = _AFTER[kind].match(text, start)
    assert match is not None  # it may be empty
    group = "bare" if match["quote"] is None else "quoted"
    if kind == ":" and (begins := _BLOCK_BEGINS.match(text, start)):
        return _block(text, name.start(), begins.end())
    if says_nothing(match[group].rstrip(",;)}]")):
        return None
    begin, end = match.span(group)
    # What was hidden already may have a space in it.
    opening, is_hidden = text[start : start + 1], text.startswith("[redacted", start)
    if opening in _BRACKETS and (kind != "URL" or is_hidden):
        end = max(end, _closing(text, start, opening, _BRACKETS[opening]))
    return begin, end


def _block(text: str, name: int, start: int) -> Span | None:
    """The lines below a name alone on its line, as YAML writes long texts, lists and mappings."""
    before = text[text.rfind("\n", 0, name) + 1 : name]
    if before.strip(" \t-"):
        return None
    begin = end = start
    for line in _LINES.finditer(text, start):
        indent, first = line.end("indent") - line.start(), line["first"]
        if first and indent <= len(before) and (indent < len(before) or first != "- "):
            break
        if first:
            begin, end = begin if end > start else line.end("indent"), line.end("line")
    return (begin, end) if begin < end else None


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    """Where the bracket that opens at `start` is closed again; the end of the text if it is not."""
    depth = 0
    for index in range(start, len(text)):
        depth += (text[index] == opening) - (text[index] == closing)
        if depth == 0:
            return index + 1
    return len(text)

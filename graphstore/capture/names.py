"""Which names are those of secrets: ``DB_PASSWORD`` and ``hfToken``, but not ``max_tokens``.

A name is taken apart into words. Some are of a secret wherever they stand (``password``), some at
the end only and not after every other (``token``, but ``eos_token``), some as a pair (``api_key``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

__all__ = ["is_secret_name"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MAX_LENGTH = 200

# A word that is of a secret wherever it stands. Others may be written to it: dbpassword.
_ANYWHERE = re.compile(
    r"passw(?:or)?d|passphrase|passcode|passwort|credentials?$|creds$|bearer$|(?:^|[a-z])secrets?$"
)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_AT_END = _set(
    "auth authentication authorisation authorization cookie cookies dsn jwt oauth otp pat pats pass"
    " pwd token"
)
_KEYS = _set(
    "access account admin aes api app auth client consumer deploy encryption hmac license master"
    " private rsa secret service session signing ssh storage write"
)
_PAIRS = frozenset(
    {("conn", "str"), ("conn", "string"), ("connection", "str"), ("connection", "string")}
    | {("pass", "word"), ("pass", "wd"), ("pass", "phrase"), ("pass", "code")}
    | {(kind, "tokens") for kind in ("access", "api", "auth", "bearer", "refresh", "session")}
    | {(kind, key) for kind in _KEYS for key in ("key", "keys")}
)
# Two words written as one. What is not here stays whole: monkey, bypass.
_OWNERS = _set("admin db ftp mail my mysql pg postgres proxy redis root smtp ssh sudo user")
_TOGETHER = {"".join(pair): pair for pair in _PAIRS if pair[0] != "pass"} | {
    owner + word: (owner, word) for owner in _OWNERS for word in ("auth", "pass", "pwd")
}
# What comes before a token that is a piece of text, and before a pass over data.
_OF_TEXT = _set(
    "additional anchor assistant audio begin blank bos byte char class cls control current de"
    " decoder delimiter dist distillation draft dummy each empty end entity eoi eos eot extra fim"
    " first forced frame generated global go image initializer input instance label lang language"
    " last latent local mask max mean min multi n new newline next non null num number one oov out"
    " output pad padded padding patch per placeholder pre prefix prev previous prompt query sep"
    " separator single soft soi sos space special speech start stop style sub subject suffix"
    " summary super target text think time un unk unknown video vision visual vocab word"
)
_OF_WORK = _set(
    "all back backward band bwd do each first forward full fwd high last low max min multi n num"
    " one per second single skip third three two"
)
# What a name ends with that is about a secret and none itself: where it is, how long it is.
_ABOUT = _set(
    "age arn attempts count counts dim dims dir directory enabled endpoint expiration expires"
    " expiry field fields file filename folder format host issuer len length level limit lifetime"
    " location max method min mode name names num number path paths policy port prefix provider"
    " ratio ref reference required retries rotation rounds scheme scope scopes server size sock"
    " socket store strength timeout ttl type types uri url"
)
# What may follow a word of _AT_END, which is the secret still.
_STILL = _set(
    "b64 base64 default dev encoded env header headers plain prod production staging value values"
    " var"
)


def is_secret_name(name: str) -> bool:
    """Whether a parameter, option, key or environment variable of this name holds a secret.

    The case and the way of joining words do not matter: ``apiKey``, ``API_KEY``, ``db.api-key``.
    The parameters of machine learning are none: ``tokenizer``, ``max_tokens``, ``eos_token``,
    ``author``, ``primary_key``. In doubt a word of secrets makes a secret: ``my_token``.
    """
    return _remembered(name) if len(name) <= _MAX_LENGTH else _judge(name)


def _judge(name: str) -> bool:
    words = _words(name)
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    if not words or words[-1] in _ABOUT:
        return False
    if words[0] in {"n", "num", "max", "min"} and words[-1].endswith("s"):
        return False
    # In lower case too, which puts together again what odd capitals took apart.
    if any(_ANYWHERE.search(word) for word in (*words, *_words(name.lower()))):
        return True
    if not _PAIRS.isdisjoint(pairwise(words)):
        return True
    while len(words) > 1 and words[-1] in _STILL:
        words.pop()
    *before, last = words
    if last not in _AT_END:
        return False
    harmless = {"token": _OF_TEXT, "pass": _OF_WORK}.get(last, frozenset())
    return not before or before[-1] not in harmless


_remembered = lru_cache(maxsize=4096)(_judge)


def _words(name: str) -> list[str]:
    """The words of a name, in lower case: those of ``hfToken_2`` are hf, token and 2."""
    words: list[str] = []
    for word in _WORD.findall(name):
        word = word.lower()
        if word in _TOGETHER:
            words += _TOGETHER[word]
        elif word.endswith("token") and word != "token":
            words += word[: -len("token")], "token"
        else:
            words.append(word)
    return words

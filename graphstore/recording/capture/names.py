"""Which names are those of secrets: ``DB_PASSWORD`` and ``hfToken``, but not ``max_tokens``.

A name is taken apart into words. Some are of a secret wherever they stand (``password``), some at
the end only and not after every other (``token``, but ``eos_token``), some as a pair (``api_key``).
Tools that look for such words in any part of a name, as Sentry's scrubber does, take ``tokenizer``
and ``author`` for secrets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from graphstore.recording.capture.shapes import looks_random

__all__ = ["holds_secret", "is_password_name", "is_secret_name", "says_nothing"]

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
    " concept decoder delimiter dist distillation draft dummy each empty end entity eoi eos eot"
    " extra fim first forced frame generated global go image initializer input instance label lang"
    " language last latent local mask max mean min modality modifier multi n new newline next non"
    " null num number one oov out output pad padded padding patch per placeholder pool pooled"
    " pooling pre prefix prev previous prompt query register sep separator single soft soi sos"
    " space special speech start stop style sub subject suffix summary super target text think"
    " time trigger un unk unknown video vision visual vocab word"
)
_OF_WORK = _set(
    "all back backward band bwd denoise denoising do each eval evaluation final first forward"
    " full fwd high inference last low max min multi n num one optimizer per prefill refine render"
    " second single skip test third three train training two val validation warmup"
)
# What a name ends with that is about a secret and none itself: where it is, how long it is.
_ABOUT = _set(
    "age arn attempts bits bytes chars col cols column columns count counts digits dim dims dir"
    " directory enabled endpoint expiration expires expiry field fields file filename folder"
    " format host issuer len length level limit lifetime location max method min mode name names"
    " num number path paths policy port prefix provider ratio ref reference required retries"
    " rotation rounds scheme scope scopes server size sock socket store strength timeout ttl type"
    " types uri url"
)
# What may follow a word of _AT_END, which is the secret still.
_STILL = _set(
    "b64 base64 default dev encoded env header headers plain prod production staging value values"
    " var"
)


# What says how somebody proves who he is, and is no proof.
_SCHEMES = _set(
    "anonymous aws aws_iam aws-iam azure basic bearer cert certificate custom default digest env"
    " gcp gssapi iam interactive jwt kerberos key keyring ldap managed mtls negotiate netrc ntlm"
    " oauth oauth2 oidc password pat plain saml sas scram sigv4 ssl sso tls token"
)
_OF_SCHEMES = frozenset({"auth", "authentication", "authorisation", "authorization"})
# Pieces of text as tokenizers write them: <new1>, </s>, <|endoftext|>, [CLS].
_PIECE = re.compile(r"<[^<>\s]{1,40}>|\[[A-Z_]{1,20}[0-9]{0,4}\]")
_NOTHING = frozenset({"", "true", "false", "none", "null", "yes", "no"})


def says_nothing(value: str) -> bool:
    """Whether a value only says that there is a secret, or none: ``true``, ``null``."""
    return value.strip().lower() in _NOTHING


def holds_secret(name: str, value: object) -> bool:
    """Whether a value is hidden that goes by this name.

    Under a secret's name all is hidden that may be one: not None, True, False, a float, an empty
    text, ``auth="basic"`` and ``token="<cat>"``. Under a name that is about a secret, such as
    ``password_column``, only what looks like a generated key.
    """
    if value is None or isinstance(value, (bool, float)):
        return False
    if not isinstance(value, str):
        return is_secret_name(name)
    if not is_secret_name(name):
        return is_about_secret(name) and looks_random(value)
    last = (_words(name) or [""])[-1]
    harmless = (last in _OF_SCHEMES and value.strip().lower() in _SCHEMES) or (
        last == "token" and _PIECE.fullmatch(value.strip()) is not None
    )
    return not harmless and not says_nothing(value)


@lru_cache(maxsize=4096)
def is_about_secret(name: str) -> bool:
    """Whether a name is of something about a secret, such as where it is: ``token_file``."""
    words = _words(name[:_MAX_LENGTH])
    return len(words) > 1 and words[-1] in _ABOUT and _judge("_".join(words[:-1]))


def is_password_name(name: str) -> bool:
    """Whether a name is of a password or the like, and of nothing else: ``token`` may be a word."""
    return (
        len(name) <= _MAX_LENGTH and is_secret_name(name) and bool(_ANYWHERE.search(name.lower()))
    )


def is_secret_name(name: str) -> bool:
    """Whether a parameter, option, key or environment variable of this name holds a secret.

    The case and the way of joining words do not matter: ``apiKey``, ``API_KEY``, ``db.api-key``.
    The parameters of machine learning are none: ``tokenizer``, ``max_tokens``, ``eos_token``,
    ``author``, ``primary_key``. In doubt a word of secrets makes a secret: ``my_token``.
    """
    return _judgement(name) if len(name) <= _MAX_LENGTH else _judge(name)


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


_judgement = lru_cache(maxsize=4096)(_judge)


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

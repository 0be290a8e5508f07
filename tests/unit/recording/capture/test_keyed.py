"""The key that hidden values are digested with, and what the shapes of values tell."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from graphstore.recording.capture import (
    Scrubber,
    is_mark,
    is_secret_name,
    keyed,
    keyed_digest,
    mark,
)
from graphstore.recording.capture.names import holds_secret
from graphstore.recording.capture.shapes import looks_random, reach


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(keyed.KEY_VARIABLE, raising=False)
    keyed._own_key.cache_clear()


def test_the_same_value_has_the_same_digest_and_another_or_elsewhere_has_not():
    assert keyed_digest("a", "x") == keyed_digest("a", "x")
    assert re.fullmatch("[0-9a-f]{64}", keyed_digest("a", "x"))
    assert len({keyed_digest("a", "x"), keyed_digest("a", "y"), keyed_digest("b", "x")}) == 3
    assert is_mark(mark("a", "\ud800 lone"))


def test_the_key_is_the_users_own_and_stays(tmp_path):
    once = keyed_digest("a", "x")
    file = tmp_path / "home" / "hmac.key"
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    file.chmod(0o644)
    keyed._own_key.cache_clear()
    assert keyed_digest("a", "x") == once
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("")  # as a full disk may have left it
    keyed._own_key.cache_clear()
    assert keyed_digest("a", "x") != once


def test_all_that_begin_at_once_have_one_key():
    def digest(_):
        keyed._own_key.cache_clear()
        return keyed_digest("a", "x")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(digest, range(8)))) == 1


def test_a_key_of_a_team_is_one_everywhere_and_is_itself_a_secret(tmp_path, monkeypatch):
    monkeypatch.setenv(keyed.KEY_VARIABLE, "of a team, long enough")
    once = keyed_digest("a", "x")
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "another"))
    assert keyed_digest("a", "x") == once
    assert not (tmp_path / "another").exists()
    assert is_secret_name(keyed.KEY_VARIABLE)
    assert "of a team" not in Scrubber(os.environ).scrub("it is: of a team, long enough")


@pytest.mark.parametrize(
    "name",
    [
        *("modifier_token", "pooling_token", "train_pass", "license_key_col", "password_col"),
        *("pad_token", "eos_token", "max_tokens", "token_count", "key", "monkey", "sort_key"),
        *("tokenizer", "trainPass", "POOLING_TOKEN", "api_key_column", "refine_pass"),
    ],
)
def test_a_name_that_only_looks_like_a_secrets_shows_its_value(name):
    assert not holds_secret(name, "one value")
    assert Scrubber({}).scrub_property(name, "one value") == "one value"


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("auth", "basic", False),
        ("auth", "OAuth2", False),
        ("auth", "us", True),
        ("token", "<cat>", False),
        ("hf_token", "[CLS]", False),
        ("token", "cat", True),
        ("password", "basic", True),
        ("password_col", "Xk92mLq0ZpR8sTvW3yB7", True),
        ("token_file", "/run/secrets/Xk92mLq0ZpR8sTvW3yB7", False),
        ("tokenizer", "Xk92mLq0ZpR8sTvW3yB7", False),
        ("pin_token", 1234, True),
        ("use_token", True, False),
        ("token", None, False),
    ],
)
def test_a_value_is_judged_by_its_shape(name, value, is_secret):
    assert holds_secret(name, value) is is_secret


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((word, "nowhere") for word in ("us", "model", "error", "COMPLETE", "minioadmin", "v2")),
        *((word, "nowhere") for word in ("2024", "2024-01-31", "resnet-50", "my_model", "MyModel")),
        *((word, "nowhere") for word in ("überraschung", "1.2.3")),
        *((word, "words") for word in ("hunter2", "p4ss!x", "123456789012")),
        *((word, "anywhere") for word in ("hunter2hunter2", "correct-horse-battery-staple")),
        *((word, "anywhere") for word in ("aBcDeFgHiJkL", "zqvkxwjhbtrnm", "Tr0ub4dor&3 x")),
    ],
)
def test_only_what_is_no_word_is_looked_for_elsewhere(value, expected):
    assert reach(value) == expected


@pytest.mark.parametrize(
    "value", ["/a/long/path/To/Some/F1le.txt", "learning-rate-of-0.1-Xy", "a short1X", "x" * 40]
)
def test_what_is_no_generated_key_does_not_look_like_one(value):
    assert not looks_random(value)


def test_names_of_properties_stay_and_their_values_do_not():
    scrubber = Scrubber({}, ["hunter2hunter2"])
    properties = {"hunter2hunter2": "hunter2hunter2", "status": "x"}
    assert scrubber.scrub_properties(properties) == {"hunter2hunter2": "[redacted]", "status": "x"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("curl -u me:1x h", "curl -u [redacted] h"),
        ("curl --user me:12 h", "curl --user [redacted] h"),
        ("docker run -u 1000:1000 x", "docker run -u 1000:1000 x"),
        ("run --password X --lr 3", "run --password [redacted] --lr 3"),
        ("['--password', 'X', '-u', 'me:1']", "['--password', '[redacted]', '-u', '[redacted]']"),
        ('["--api-key", "X"]', '["--api-key", "[redacted]"]'),
        ("the option --token is required", "the option --token is required"),
        ("wrong password 'sunshine'", "wrong password '[redacted]'"),
        ("unexpected token 'x'", "unexpected token 'x'"),
        ("https://h/?token=abcd&x=1", "https://h/?token=[redacted]&x=1"),
    ],
)
def test_what_follows_an_option_is_hidden_within_a_text_too(text, expected):
    scrubber = Scrubber({})
    assert scrubber.scrub(text) == expected
    assert scrubber.scrub(expected) == expected
    text_with_marks = scrubber.scrub(text, lambda secret: mark("a", secret))
    assert scrubber.scrub(text_with_marks) == text_with_marks


def test_keys_that_differ_in_what_is_hidden_stay_two():
    scrubber = Scrubber({}, ["hunter2hunter2", "sesame4sesame"])
    value = {"a": {"hunter2hunter2": 1, "sesame4sesame": 2}}
    assert scrubber.scrub(value) == {"a": {"[redacted]": 1, "[redacted]*": 2}}


def test_lists_are_read_as_command_lines_are():
    value = {"argv": ["--password", "X", "--lr", 3], "t": ("--token", 1234), "u": ["-u", "me:1"]}
    assert Scrubber({}).scrub(value) == {
        "argv": ["--password", "[redacted]", "--lr", 3],
        "t": ("--token", "[redacted]"),
        "u": ["-u", "[redacted]"],
    }

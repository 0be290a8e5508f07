"""Secrets, planted in every form: none may come out, and everything else must."""

import base64
import html
import json
import random
import re
import shlex
import string
import threading
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from graphstore.recording.capture import REDACTED, Scrubber, is_secret_name

SECRET = 'Tr0ub4dor&3 "é\\/+'
"""Looks different wherever it is escaped."""
ALNUM = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aB3dE6gH9jK2mN5pQ8sT1vW4yZ7"


def split(names: str) -> list[str]:
    return names.split()


SECRET_NAMES = split("""
password PASSWORD Password passwd PASSWD pwd Pwd passphrase pAsSwOrD passWord pass_word pass
db_password db-password db.password dbPassword DBPassword dbpassword DB_PASSWORD PASSWORD1
password_2 user.password MYSQL_PWD PGPASSWORD SSHPASS DB_PASS password_hash initialPasswordValue
secret secrets SECRET_KEY client_secret clientSecret clientsecret secret_key_base
AWS_SECRET_ACCESS_KEY token TOKEN Token hf_token HF_TOKEN hfToken HFToken hftoken my-token
HUGGING_FACE_HUB_TOKEN GITHUB_TOKEN github_token_2 token1 token_value bot_token use_auth_token
auth_token authToken refresh_token id_token session_token api_tokens oauth2_token sas_token
api_key apikey apiKey APIKey API_KEY ApiKey api-key x-api-key X-Api-Key api.key OPENAI_API_KEY
WANDB_API_KEY api_keys access_key accessKey AWS_ACCESS_KEY_ID AccountKey SharedAccessKey
private_key privateKey PRIVATE_KEY encryption_key signing_key ssh_key storage_key master_key
credential credentials GOOGLE_APPLICATION_CREDENTIALS dbCredentials creds
auth NEO4J_AUTH basic_auth authorization Authorization proxy-authorization auth_header
bearer bearer_token cookie Cookie cookies set-cookie session_key sessionKey session_cookie
connection_string connectionString AZURE_STORAGE_CONNECTION_STRING conn_str dsn SENTRY_DSN
pat PAT GITHUB_PAT AZURE_DEVOPS_EXT_PAT jwt otp
""")

PARAMETERS = split("""
learning_rate lr batch_size per_device_train_batch_size epochs num_epochs max_steps optimizer
weight_decay momentum beta1 adam_epsilon dropout hidden_size num_layers num_heads
seed random_state warmup_ratio scheduler gradient_accumulation_steps pin_memory num_workers
tokenizer tokenizer_name tokenizer_path use_fast_tokenizer tokenizers tokenize tokenization
detokenize subtoken max_tokens maxTokens max_new_tokens maxNewTokens min_tokens num_tokens n_tokens
numTokens total_tokens tokens tokens_per_second token_count tokenCount token_ids token_type_ids
token_id token_dropout token_embedding_dim token_merging_ratio eos_token eosToken bos_token
pad_token unk_token cls_token sep_token mask_token eos_token_id pad_token_id image_token_index
add_bos_token additional_special_tokens stop_token next_token_loss per_token_loss max_token_length
author authors author_id authority key keys primary_key foreign_key sort_key join_key label_key
feature_key partition_key cache_key public_key key_dim num_keys query_key_value key_padding_mask
keypoints keyboard passes num_passes forward_pass lowpass bypass passage compass pass_rate
pathology path pattern patience patch_size spatial monkey turkey hockey secretary accessory
session sessions session_length n_sessions cookies_per_user compat crypto dns bearing
trust_remote_code pretrained_model_name_or_path target loss metric
""")

HARMLESS = split("""
token_file api_key_file password_file password_length auth_url auth_mode token_endpoint secret_name
credentials_path SSH_AUTH_SOCK AWS_WEB_IDENTITY_TOKEN_FILE cookie_name token_limit max_secrets
""")

TOKENS = {
    "AWS": "AKIA" + "IOSFODNN7EXAMPL3",
    "AWS, for a while": "ASIA" + "IOSFODNN7EXAMPL3",
    "GitHub": "ghp_" + ALNUM[:36],
    "GitHub's own": "ghs_" + ALNUM[:36],
    "GitHub, fine-grained": "github_pat_" + ALNUM[:22] + "_" + ALNUM[:40],
    "GitLab": "glpat-" + ALNUM[:20],
    "GitLab, routable": "glpat-" + ALNUM[:27] + ".01." + "0w1abcdef",
    "Slack": "xoxb-" + "123456789012-" + ALNUM[:24],
    "Slack app": "xapp-" + "1-A111-222-" + ALNUM[:20],
    "Slack hook": "hooks.slack.com/services/T000/B000/" + ALNUM[:24],
    "Hugging Face": "hf_" + ALNUM[:34],
    "OpenAI": "sk-" + ALNUM[:48],
    "OpenAI, project": "sk-proj-" + ALNUM[:20] + "_" + ALNUM[:20] + "-x",
    "Anthropic": "sk-ant-" + "api03-" + ALNUM[:30],
    "Google": "AIza" + "Sy" + ALNUM[:33],
    "Google OAuth": "ya29." + ALNUM[:40],
    "Databricks": "dapi" + "0123456789abcdef" * 2,
    "NVIDIA": "nvapi-" + ALNUM[:40],
    "PyPI": "pypi-AgE" + ALNUM[:50],
    "npm": "npm_" + ALNUM[:36],
    "Stripe": "sk_live_" + ALNUM[:24],
    "Replicate": "r8_" + ALNUM[:37],
    "SendGrid": "SG." + ALNUM[:22] + "." + ALNUM[:43],
    "Vault": "hvs." + ALNUM[:24],
    "JWT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NSJ9." + "s5-T_" + ALNUM[:20],
    "JWE": "eyJhbGciOiJkaXIifQ." + "." + ALNUM[:16] + "." + ALNUM[:20] + "." + ALNUM[:22],
    "Neptune": "eyJhcGlfYWRkcmVzcyI6" + ALNUM[:50] + "==",
}


@pytest.fixture
def scrubber():
    return Scrubber({"DB_PASSWORD": SECRET})


def shows(value, secret) -> bool:
    """Whether a secret can be read from a value, or six characters of it in a row."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return any(secret[start : start + 6] in text for start in range(max(1, len(secret) - 5)))


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_these_names_are_of_secrets(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", PARAMETERS)
def test_these_names_are_parameters_of_machine_learning(name):
    assert not is_secret_name(name)
    assert not is_secret_name(name.upper())
    assert not is_secret_name(f"model.{name}")
    for value in ("x", 3, [1], {"a": 1}):
        assert Scrubber({}).scrub({name: value}) == {name: value}
    assert Scrubber({}).scrub(f"--{name}=3 {name}: 4") == f"--{name}=3 {name}: 4"
    argv = ["train.py", f"--{name}", "x", f"--{name}=x", f"{name}=x"]
    assert Scrubber({}).command_line(argv) == argv


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_only_about_a_secret_is_none(name):
    assert not is_secret_name(name)


@given(st.text())
def test_any_name_is_judged(name):
    assert is_secret_name(name) in (True, False)
    assert is_secret_name(f"{name}_password")
    assert is_secret_name("x" * 1000 + "_password")


@pytest.mark.parametrize(
    "write",
    {
        "as it is": lambda s: s,
        "inside a word": lambda s: f"x{s}y",
        "twice": lambda s: s + s,
        "in a URL's path": lambda s: f"https://host/{quote(s)}",
        "in a URL's query": lambda s: f"https://host/?q={quote(s, safe='')}",
        "in a form": lambda s: f"q={quote_plus(s)}",
        "in a URL, in lower case": lambda s: re.sub("%..", lambda m: m[0].lower(), quote(s)),
        "in a URL, all of it": lambda s: "".join(f"%{byte:02X}" for byte in s.encode()),
        "in JSON": lambda s: json.dumps({"a": s}),
        "in JSON, with its letters": lambda s: json.dumps([s], ensure_ascii=False),
        "in Python": lambda s: repr([s]),
        "in HTML": lambda s: html.escape(s),
        "in a shell": lambda s: f"run {shlex.quote(s)}",
        "in base64": lambda s: base64.b64encode(s.encode()).decode(),
        "in base64 for URLs": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
        "in base64 without its end": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
        "after a user": lambda s: base64.b64encode(f"user:{s}".encode()).decode(),
        "after another user": lambda s: base64.b64encode(f"users:{s}\n".encode()).decode(),
        "after a third": lambda s: base64.b64encode(f"userss:{s}..".encode()).decode(),
        "in an URL": lambda s: f"neo4j://neo4j:{quote(s)}@host",
    }.items(),
    ids=lambda item: item[0],
)
def test_a_known_secret_is_hidden_however_it_is_written(scrubber, write):
    plant = write[1](SECRET)
    output = scrubber.scrub(f"before {plant} after")
    assert REDACTED in output
    for form in (SECRET, "Tr0ub4dor", base64.b64encode(b"Tr0ub4dor").decode()[:-4]):
        assert form not in output
    assert output.startswith("before ") and output.endswith(" after")


SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=40).filter(
    lambda text: len(text.strip()) >= 6 and text.strip() not in REDACTED
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(SECRETS, TEXTS, TEXTS)
def test_no_known_secret_comes_out_of_any_text(secret, before, after):
    scrubber = Scrubber({}, [secret])
    for plant in (secret, quote(secret, safe=""), json.dumps(secret), repr(secret)):
        output = scrubber.scrub(before + plant + after)
        assume(secret.strip() not in before + REDACTED + after)
        assert secret.strip() not in output
        assert scrubber.scrub(output) == output or REDACTED in scrubber.scrub(output)


@given(SECRETS, st.binary(max_size=8), st.binary(max_size=8))
def test_no_known_secret_comes_out_of_base64_whatever_is_around_it(secret, before, after):
    data = before + secret.strip().encode() + after
    output = Scrubber({}, [secret]).scrub(base64.b64encode(data).decode())
    assert REDACTED in output
    # What is left of the text has, decoded, no more than what was around the secret.
    left, _, right = output.partition(REDACTED)
    assert len(left) * 6 // 8 <= len(before)
    assert len(right.rstrip("=")) * 6 // 8 <= len(after)


@given(st.recursive(TEXTS | st.integers() | st.none() | st.floats() | st.booleans(), st.lists))
def test_what_has_no_secret_in_it_stays_as_it_is(value):
    assume(REDACTED not in repr(value))
    text = repr(value).lower()
    assume(not any(sign in text for sign in ("=", ":", "bearer", "@")))
    assert repr(Scrubber({}).scrub(value)) == repr(value)


@given(TEXTS)
@example('["]0')
def test_what_was_scrubbed_once_stays_as_it_is(text):
    scrubber = Scrubber({"DB_PASSWORD": SECRET})
    for plant in (
        text,
        f"password={text}",
        f"token: {text}",
        f"https://u:{text}@h/x",
        text + SECRET,
    ):
        once = scrubber.scrub(plant)
        assert scrubber.scrub(once) == once


def test_secrets_that_overlap_are_hidden_together():
    scrubber = Scrubber({}, ["abcdefgh", "efghijkl", "aaaaaa"])
    assert scrubber.scrub("x abcdefghijkl y") == f"x {REDACTED} y"
    assert scrubber.scrub("baaaaaaaaab") == f"b{REDACTED}b"


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_a_token_is_known_by_its_shape(token):
    scrubber = Scrubber({})
    for text in (token, f"x {token} y", f'"{token}"', f"x={token},y", f"https://h/{token}?x=1"):
        output = scrubber.scrub({"a": [text]})["a"][0]
        assert REDACTED in output
        assert not shows(output, token[-16:])
    assert scrubber.scrub(f"x {token} y") == f"x {REDACTED} y"
    assert scrubber.command_line(["run", token]) == ["run", REDACTED]


@pytest.mark.parametrize(
    "text",
    [
        "glove-wiki-gigaword-300d-word-vectors",
        "sk-learn-random-forest-classifier-baseline",
        "risk-model-with-a-very-long-name-indeed",
        "hf_internal_testing_tiny_random_bert_model",
        "8d30c6f4a4de806678747f3c15d7d6c04d486a67",
        "sha256:73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac",
        "sentence-transformers/all-MiniLM-L6-v2",
        "s3://bucket/models/2024-01-01T10:00:00/model.pt",
        "abfss://container@account.dfs.core.windows.net/x",
        "ssh://git@github.com/org/repo.git",
        "git@github.com:org/repo.git",
        "https://host:8080/path/@scope/package",
        "https://host:8080/?email=a@b.org&epoch=3",
        "https://host/?key=images/1.png&max_tokens=5",
        "neo4j://localhost:7687",
        "hdfs://namenode:8020/user/me@corp/x",
        "basic understanding of bearer authentication",
        "if password == other: pass",
        "secret://vault/key",
        "x use_auth_token=True token=null, password=",
        "token: null",
        '{"password": null, "token": "", "auth": false}',
        "[INST] What is a token? [/INST]",
        "{'eos_token': '</s>', 'max_tokens': 512}",
        "data.author=me data.key=id",
    ],
)
def test_these_texts_stay_as_they_are(text):
    assert Scrubber({}).scrub(text) == text
    assert Scrubber({}).command_line([text]) == [text]


PEM = "-----BEGIN {0}-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQ\n-----END {0}-----"


@pytest.mark.parametrize(
    "kind", ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
)
def test_a_private_key_is_hidden_and_what_is_around_it_is_not(kind):
    key = PEM.format(kind)
    assert Scrubber({}).scrub(f"a\n{key}\nb") == f"a\n{REDACTED}\nb"
    assert Scrubber({}).scrub(json.dumps({"x": key})) == json.dumps({"x": REDACTED})
    assert not shows(Scrubber({}).scrub(key[:-40]), "MIIEvQIBADANBgkq")


def test_a_key_in_the_environment_is_known_by_its_lines():
    key = PEM.format("PRIVATE KEY")
    output = Scrubber({"SIGNING_KEY": key}).scrub("".join(key.splitlines()[1:3]))
    assert not shows(output, "MIIEvQIBADANBgkq")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://user:hunter2@host/x", "https://[redacted]@host/x"),
        ("https://user:hun@ter2@host/x", "https://[redacted]@host/x"),
        ("postgres://user:hun/ter2@host:5432/db", "postgres://[redacted]@host:5432/db"),
        ("redis://:hunter2@host", "redis://[redacted]@host"),
        ("https://hunter2@github.com/x", "https://[redacted]@github.com/x"),
        ("git+https://x:hunter2@host/x", "git+https://[redacted]@host/x"),
        ("https:\\/\\/u:hunter2@host\\/x", "https:\\/\\/[redacted]@host\\/x"),
        ("mongodb://a:hunter2@h1,h2/x a@b", "mongodb://[redacted]@h1,h2/x a@b"),
        ("HTTPS://U:hunter2@host", "HTTPS://[redacted]@host"),
        ("a://u:hunter2@h b://u:hunter2@h", "a://[redacted]@h b://[redacted]@h"),
        ("https://h/?token=hunter2&epoch=3", "https://h/?token=[redacted]&epoch=3"),
        ("https://h/?a=1&api_key=hunter2#top", "https://h/?a=1&api_key=[redacted]#top"),
        ("https://h/?sv=2020&sig=hunter2%3D&se=1", "https://h/?sv=2020&sig=[redacted]&se=1"),
        ("https://h/?X-Amz-Signature=hunter2", "https://h/?X-Amz-Signature=[redacted]"),
        ("https://h/?X-Amz-Credential=hunter2", "https://h/?X-Amz-Credential=[redacted]"),
        ("Authorization: Bearer hunter2", "Authorization: [redacted]"),
        ("Authorization: Basic aHVudGVyMg==", "Authorization: [redacted]"),
        ("authorization=Bearer hunter2 x", "authorization=[redacted] x"),
        ("proxy-authorization:hunter2", "proxy-authorization:[redacted]"),
        ("Cookie: a=hunter2; b=hunter2\nx", "Cookie: [redacted]\nx"),
        ("uses Bearer hunter2hunter2 here", "uses Bearer [redacted] here"),
        ("--password=hunter2 --epochs 3", "--password=[redacted] --epochs 3"),
        ("PASSWORD=hunter2 python x.py", "PASSWORD=[redacted] python x.py"),
        ("PASSWORD='hunter2 x' python", "PASSWORD='[redacted]' python"),
        ("password=it'shunter2 x", "password=[redacted] x"),
        ("host=h password=hunter2 dbname=d", "host=h password=[redacted] dbname=d"),
        ("AccountName=a;AccountKey=hunter2==", "AccountName=a;AccountKey=[redacted]"),
        ("password = hunter2\nx", "password = [redacted]\nx"),
        ("password: hunter2\nepochs: 3", "password: [redacted]\nepochs: 3"),
        ("API key: hunter2\nx", "API key: [redacted]\nx"),
        ('{"password": "hunter2", "x": 1}', '{"password": "[redacted]", "x": 1}'),
        ('{"password": "a\\"hunter2"}', '{"password": "[redacted]"}'),
        ('{"pin_token":12345678,"x":1}', '{"pin_token":[redacted],"x":1}'),
        ("{'password': 'hunter2', 'x': 1}", "{'password': '[redacted]', 'x': 1}"),
        ("{'password': b'hunter2'}", "{'password': b'[redacted]'}"),
        ('{\\"password\\": \\"hunter2\\"}', '{\\"password\\": \\"[redacted]\\"}'),
        ('{"auth": {"a": ["hunter2"]}, "x": 1}', '{"auth": [redacted], "x": 1}'),
        ("password=[hunter2]hunter2 x", "password=[redacted] x"),
        ('environ["TOKEN"] = "hunter2"', 'environ["TOKEN"] = "[redacted]"'),
        ("Config(password='hunter2', x=1)", "Config(password='[redacted]', x=1)"),
        ('def f(password: str = "hunter2")', 'def f(password: [redacted]")'),
        ("auth:\n  a: hunter2\n  b: hunter2\nx: 1", "auth:\n  [redacted]\nx: 1"),
        ("secrets:\n- hunter2\n- hunter2\nx: 1", "secrets:\n[redacted]\nx: 1"),
        ("- token: |\n    hunter2\n\n    x\n  y: 1", "- token: |\n    [redacted]\n  y: 1"),
    ],
)
def test_a_secret_is_known_by_where_it_stands(text, expected):
    output = Scrubber({}).scrub(text)
    assert output == expected
    assert "hunter2" not in output
    assert Scrubber({}).scrub(output) == output


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_what_has_a_secret_name_is_hidden_wherever_the_name_is(name):
    scrubber = Scrubber({})
    assert scrubber.scrub({"a": [{name: "xyz"}]}) == {"a": [{name: REDACTED}]}
    for value in (12345678, ["xyz"], {"a": "xyz"}, b"xyz", ("xyz",)):
        assert scrubber.scrub({name: value}) == {name: REDACTED}
    for text in (f"{name}=xyz", f"{name}: xyz", f'{{"{name}": "xyz"}}', f"https://h/?{name}=xyz"):
        assert "xyz" not in scrubber.scrub(text)
    assert scrubber.command_line([f"--{name}", "xyz"]) == [f"--{name}", REDACTED]
    assert scrubber.command_line([f"--{name}=xyz"]) == [f"--{name}={REDACTED}"]
    assert scrubber.command_line([f"{name}=x y'z"]) == [f"{name}={REDACTED}"]


def test_what_can_be_no_secret_stays_under_a_secret_name():
    values = {"token": 0.25, "use_auth": True, "password": None, "api_key": "", "auth": "none"}
    assert Scrubber({}).scrub(values) == values


def test_a_name_beside_its_value_counts_too():
    value = {"env": [{"name": "DB_PASSWORD", "value": "xyz"}, {"name": "LR", "value": "0.1"}]}
    assert Scrubber({}).scrub(value) == {
        "env": [{"name": "DB_PASSWORD", "value": REDACTED}, {"name": "LR", "value": "0.1"}]
    }


def test_values_keep_their_types_and_what_was_given_is_not_changed(scrubber):
    value = {
        "list": [SECRET],
        "tuple": (SECRET, 1),
        "set": {SECRET},
        SECRET: 1,
        "b": SECRET.encode(),
    }
    copy = dict(value)
    assert scrubber.scrub(value) == {
        "list": [REDACTED],
        "tuple": (REDACTED, 1),
        "set": {REDACTED},
        REDACTED: 1,
        "b": REDACTED.encode(),
    }
    assert value == copy
    thing = object()
    assert scrubber.scrub(thing) is thing


def test_what_contains_itself_is_hidden_and_not_walked_for_ever():
    circle = []
    circle.append(circle)
    assert Scrubber({}).scrub(circle) == REDACTED


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("DB_PASSWORD", "hunter2", "hunter2"),
        ("NEO4J_AUTH", "neo4j/hunter2", "hunter2"),
        ("NEO4J_URI", "neo4j://neo4j:hunter2@host", "hunter2"),
        ("DATABASE_URL", "postgres://me:hun%2Fter@host/db", "hun/ter"),
        ("API_TOKEN", "/not/a/path/that/is/there", "/not/a/path/that/is/there"),
        ("API_TOKEN", "/hunter\0two", "/hunter\0two"),
        ("API_TOKEN", "  hunter2\n", "hunter2"),
        ("BROKEN", "http://[::1:x@y", "http://[::1:x@y"),
    ],
)
def test_the_environments_secrets_are_known(name, value, text):
    output = Scrubber({name: value}).scrub(f"x {text} y")
    assert text not in output
    assert REDACTED in output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USE_TOKEN", "true"),
        ("TOKEN", "short"),
        ("AUTH", "disabled"),
        ("GOOGLE_APPLICATION_CREDENTIALS", __file__),
        ("PWD", "/home/here/and/there"),
        ("OLDPWD", "/home/here/and/there"),
        ("HOME", "/home/someone"),
        ("MAX_TOKENS", "512000"),
        ("TOKENIZERS_PARALLELISM", "disabled"),
        ("HOMEPAGE", "https://host/a:b"),
        ("PASSWORD", ""),
    ],
)
def test_what_is_ordinary_in_the_environment_is_no_secret(name, value):
    text = f"x {value} y"
    assert Scrubber({name: value}).scrub(text) == text


def test_without_an_environment_it_is_the_processs(monkeypatch):
    monkeypatch.setenv("SOME_PASSWORD", "hunter2x")
    assert Scrubber().scrub("hunter2x") == REDACTED


def test_a_secret_may_be_told_later_and_be_short(scrubber):
    assert scrubber.scrub("pin 1234") == "pin 1234"
    scrubber.add("1234")
    scrubber.add("1234")
    scrubber.add("  ")
    assert scrubber.scrub("pin 1234") == f"pin {REDACTED}"
    scrubber.add("redact")
    assert scrubber.scrub(REDACTED) == REDACTED


def test_a_long_secret_is_known_too():
    account = json.dumps({"private_key": PEM.format("PRIVATE KEY") * 300, "user": "me"})
    scrubber = Scrubber({"GOOGLE_CREDENTIALS": account})
    for text in (account, quote(account), json.dumps([account]), repr(account)):
        assert not shows(scrubber.scrub(f"x {text} y"), "MIIEvQIBADANBgkq")


def test_bytes_that_are_no_text_stay_as_they_are(scrubber):
    data = bytes(range(256))
    assert scrubber.scrub({"a": data + SECRET.encode()}) == {"a": data + REDACTED.encode()}


@pytest.mark.slow
def test_many_threads_may_add_and_scrub(scrubber):
    failures = []

    def work(seed):
        some = random.Random(seed)
        for _ in range(100):
            secret = "".join(some.choices(string.ascii_letters, k=20))
            scrubber.add(secret)
            if secret in scrubber.scrub(f"x {secret} y"):
                failures.append(secret)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--password", "x", "y"], ["--password", "[redacted]", "y"]),
        (["-password", "x"], ["-password", "[redacted]"]),
        (["--api-key", "x", "--lr", "1"], ["--api-key", "[redacted]", "--lr", "1"]),
        (["--use-auth-token", "--lr", "1"], ["--use-auth-token", "--lr", "1"]),
        (["--use-auth-token=true"], ["--use-auth-token=true"]),
        (["--use-auth-token", "True"], ["--use-auth-token", "True"]),
        (["--token=a=b c"], ["--token=[redacted]"]),
        (["PASSWORD=x", "env"], ["PASSWORD=[redacted]", "env"]),
        (["+db.password=x", "++db.token=x"], ["+db.password=[redacted]", "++db.token=[redacted]"]),
        (["-Ddb.password=x"], ["-Ddb.password=[redacted]"]),
        (["-e", "TOKEN=x", "-eTOKEN=x"], ["-e", "TOKEN=[redacted]", "-eTOKEN=[redacted]"]),
        (["--header", "Authorization: x"], ["--header", "Authorization: [redacted]"]),
        (["--header=X-Api-Key: x"], ["--header=X-Api-Key: [redacted]"]),
        (["-HX-Api-Key: x"], ["-HX-Api-Key: [redacted]"]),
        (["-u", "me:x", "-u", "1000:1000"], ["-u", "[redacted]", "-u", "1000:1000"]),
        (["--config", '{"token": "x"}'], ["--config", '{"token": "[redacted]"}']),
        (["a://u:x@h", "--url=a://u:x@h"], ["a://[redacted]@h", "--url=a://[redacted]@h"]),
        (["-p", "8080", "-p8080"], ["-p", "8080", "-p8080"]),
        (["--token", "-aB3_xYz", "x"], ["--token", "[redacted]", "x"]),
        (["-db.password", "x"], ["-db.password", "[redacted]"]),
        (["--password"], ["--password"]),
        (["--password", ""], ["--password", ""]),
        ([], []),
    ],
)
def test_a_command_line_is_shown_without_its_secrets(argv, expected):
    assert Scrubber({}).command_line(argv) == expected
    assert Scrubber({}).command_line(expected) == expected


def test_a_known_secret_is_hidden_in_a_command_line(scrubber):
    argv = ["run", SECRET, f"--x={SECRET}", "--y", f"a{SECRET}b"]
    assert scrubber.command_line(argv) == [
        "run",
        REDACTED,
        f"--x={REDACTED}",
        "--y",
        f"a{REDACTED}b",
    ]
    assert argv[1] == SECRET


def test_the_scrubber_shows_none_of_what_it_knows(scrubber):
    assert "Tr0ub4dor" not in repr(scrubber) + str(scrubber)


@pytest.mark.parametrize(
    "piece",
    [
        *("://", "://a:", "http://u:", "?token=", "password:", "password='", 'password=\\"'),
        *("password=(", "token: x = ", "password:\n", " token:\n  - x: 1\n", "bearer ", "API key"),
        *("-----BEGIN PRIVATE KEY-----", "eyJaaaaaa.", "a.", "a=", "a'", "%54", "Tr0ub"),
    ],
)
def test_long_texts_take_no_longer_than_their_length(piece):
    start = time.process_time()
    Scrubber({}, [SECRET, "T" * 20]).scrub(piece * (200_000 // len(piece)))
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "text",
    [
        "mysql -pPLANT -u root shop",
        "/usr/bin/mysqldump -u root -pPLANT shop > shop.sql",
        "mariadb-admin -p'PLANT' ping",
        "docker login -u me -p PLANT ghcr.io && docker run -p 8080:80 image",
        "podman login -pPLANT ghcr.io",
        "sshpass -p 'PLANT' ssh -p 2222 host",
        "sshpass -pPLANT ssh -p 2222 host",
        "redis-cli -p 6379 -a PLANT ping",
        "mongosh -p PLANT --port 27017",
        'sh -c "mysql -pPLANT"',
        "Command '['mysql', '-pPLANT', 'shop']' returned non-zero exit status 1.",
        "Command '['docker', 'login', '-p', 'PLANT', 'ghcr.io']' returned",
        '{"command": ["sshpass", "-p", "PLANT", "ssh"]}',
    ],
)
def test_programs_that_take_a_password_by_a_letter_are_known(text):
    """mysql's stands right behind the option, docker's only where it logs in."""
    output = Scrubber({}).scrub(text.replace("PLANT", "hunter7x"))
    assert output == text.replace("PLANT", REDACTED)
    assert Scrubber({}).scrub(output) == output


@pytest.mark.parametrize(
    "text",
    [
        "docker run -p 8080:80 image",
        "docker compose -p project up",
        "mysql -p shop",
        "mysql -P 3306 --port=3306 --protocol=tcp",
        "redis-cli -p 6379",
        "mongodump -p --host here",
        "train.py -p 3",
        "ssh -p 22 mysql.example.com",
    ],
)
def test_what_is_no_password_of_these_programs_stays(text):
    assert Scrubber({}).scrub(text) == text
    assert Scrubber({}).command_line(text.split()) == text.split()


@pytest.mark.parametrize(
    ("argv", "place", "word"),
    [
        (["mysql", "-phunter7x", "shop"], 1, "-p[redacted]"),
        (["docker", "login", "-p", "hunter7x", "ghcr.io"], 3, REDACTED),
        (["docker", "login", "-phunter7x"], 2, "-p[redacted]"),
        (["/usr/bin/sshpass", "-p", "hunter7x", "ssh", "-p", "22"], 2, REDACTED),
        (["redis-cli", "-a", "hunter7x"], 2, REDACTED),
    ],
)
def test_arguments_of_such_programs_are_known(argv, place, word):
    expected = [*argv[:place], word, *argv[place + 1 :]]
    assert Scrubber({}).command_line(argv) == expected
    assert Scrubber({}).scrub({"command": argv}) == {"command": expected}

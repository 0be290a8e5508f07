"""What somebody signed with model-signing, beside what was recorded: signatures by the real one."""

import json
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from graphstore import Artifact, FailedPrecondition, InvalidArgument, NotFound, UnsupportedFile
from graphstore.interop.model_signing import verify_signature

SIGNED = Path(__file__).parent / "signed"
FOLDER, FILE, KEY = SIGNED / "folder.sig", SIGNED / "file.sig", SIGNED / "key.pem"
FILES = {"a.bin": "a", "sub/b.bin": "b", "é b\\c.txt": "c"}


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def recorded(store, path, **fields):
    """The model at a path, recorded as it stands there."""
    with store.run("p", capture=()) as run:
        with run.execution("Train") as step:
            step.output("model", Artifact(type="Model", uri=str(path), **fields))
    return store.artifacts.get(step.outputs["model"][0].id)


@pytest.fixture
def model(store, tmp_path):
    """The folder that was signed."""
    return recorded(store, write(tmp_path / "model", FILES))


def altered(tmp_path, change, signature=FOLDER):
    """A signature whose statement was changed."""
    bundle = json.loads(signature.read_text())
    statement = json.loads(b64decode(bundle["dsseEnvelope"]["payload"]))
    change(statement)
    bundle["dsseEnvelope"]["payload"] = b64encode(json.dumps(statement).encode()).decode()
    path = tmp_path / "altered.sig"
    path.write_text(json.dumps(bundle))
    return path


def test_what_was_signed_is_what_was_recorded(store, model):
    answer = verify_signature(store, model, FOLDER, key=KEY)
    assert answer.passed and answer.same and answer.signed
    assert (answer.files, answer.subject, answer.reason) == (3, "model", "")


def test_it_needs_no_files_but_the_signature(store, model, tmp_path):
    (tmp_path / "model").rename(tmp_path / "elsewhere")
    assert verify_signature(store, model, FOLDER).passed


def test_without_a_key_nobody_says_that_it_is_signed_and_another_key_did_not_sign_it(store, model):
    assert verify_signature(store, model, FOLDER).signed is None
    answer = verify_signature(store, model, FOLDER, key=SIGNED / "another.pem")
    assert answer.signed is False and answer.same and not answer.passed


def test_the_subject_of_a_single_file_is_not_the_digest_of_that_file(store, tmp_path):
    path = write(tmp_path, {"a.bin": "a"}) / "a.bin"
    model = recorded(store, path)
    statement = json.loads(b64decode(json.loads(FILE.read_text())["dsseEnvelope"]["payload"]))
    digits = statement["subject"][0]["digest"]["sha256"]
    assert model.digest != f"sha256:{digits}"
    assert digits == sha256(sha256(b"a").digest()).hexdigest()
    assert verify_signature(store, model, FILE, key=KEY).passed


def test_the_names_are_in_the_predicate_and_not_in_the_subject(store, model, tmp_path):
    def rename(statement):
        statement["predicate"]["resources"][0]["name"] = "other.bin"  # the subject stays

    answer = verify_signature(store, model, altered(tmp_path, rename))
    assert answer.same is False
    assert (answer.missing, answer.extra) == (("other.bin",), ("a.bin",))
    assert verify_signature(store, model, altered(tmp_path, rename), key=KEY).signed is False


def test_which_file_differs_is_missing_or_extra_is_said(store, tmp_path):
    files = {"a.bin": "another", "sub/b.bin": "b", "new.bin": "n"}
    model = recorded(store, write(tmp_path / "model", files))
    answer = verify_signature(store, model, FOLDER)
    assert answer.same is False and not answer.passed
    assert answer.differing == ("a.bin",) and answer.extra == ("new.bin",)
    assert answer.missing == ("é b\\c.txt",)
    assert answer.reason == "1 differ, 1 were not recorded, 1 were not signed"


def test_what_the_signer_left_out_is_named_and_is_no_difference(store, tmp_path):
    model = recorded(store, write(tmp_path / "model", {**FILES, ".git/config": "z"}))
    answer = verify_signature(store, model, FOLDER)
    assert answer.passed and answer.left_out == (".git/config",) and answer.extra == ()
    (tmp_path / "model").rename(tmp_path / "elsewhere")
    answer = verify_signature(store, model, FOLDER)  # nobody can say what else was recorded
    assert answer.same is None and not answer.passed and "left some out" in answer.reason


def test_a_folder_that_was_changed_since_tells_nothing_of_what_was_recorded(store, tmp_path):
    model = recorded(store, write(tmp_path / "model", {**FILES, "a.bin": "first"}))
    write(tmp_path / "model", FILES)  # now it is what was signed, and not what was recorded
    answer = verify_signature(store, model, FOLDER)
    assert answer.same is None and not answer.differing and not answer.passed


def test_without_a_digest_of_whole_contents_nobody_can_say(store, tmp_path):
    for digest in ("etag:1", "sampled:1:2:3"):
        model = recorded(store, tmp_path / "nowhere", digest=digest)
        answer = verify_signature(store, model, FOLDER)
        assert answer.same is None and f"only {digest!r}" in answer.reason


def test_what_is_no_signature_is_refused_with_the_reason(store, model, tmp_path):
    def refused(change, words, error=UnsupportedFile):
        with pytest.raises(error, match=words):
            verify_signature(store, model, altered(tmp_path, change))

    refused(lambda s: s.update(predicateType="https://slsa.dev/provenance/v1"), "slsa.dev")
    refused(lambda s: s["predicate"]["serialization"].update(method="shards"), "whole files")
    refused(lambda s: s["predicate"]["resources"][0].update(algorithm="blake2b"), "only sha256")
    refused(lambda s: s["predicate"]["resources"].append(s["predicate"]["resources"][0]), "twice")
    refused(lambda s: s["predicate"]["resources"].reverse(), "not those that its subject is of")
    refused(lambda s: s.pop("subject"), "no signature by model-signing")
    for text in ("", "[]", "{}", "no json", '{"dsseEnvelope": {"payload": 1}}'):
        (tmp_path / "x.sig").write_text(text)
        with pytest.raises(UnsupportedFile, match="no signature by model-signing"):
            verify_signature(store, model, tmp_path / "x.sig")
    with pytest.raises(FailedPrecondition, match="cannot read"):
        verify_signature(store, model, tmp_path / "nowhere.sig")
    with pytest.raises(FailedPrecondition, match="cannot read"):
        verify_signature(store, model, FOLDER, key=tmp_path / "nowhere.pem")
    with pytest.raises(InvalidArgument, match="no public key in PEM"):
        verify_signature(store, model, FOLDER, key=FOLDER)
    with pytest.raises(NotFound):
        verify_signature(store, "a999999", FOLDER)

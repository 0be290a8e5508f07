"""The state of git repositories, in real ones."""

import hashlib
import importlib
import os
import subprocess
import time

import pytest

from graphstore.recording.capture import code

module = importlib.import_module("graphstore.recording.capture.code")


@pytest.fixture(autouse=True)
def own_configuration(tmp_path, monkeypatch):
    """No configuration but the repository's; nor that of a hook that runs these tests."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@b")


def git(folder, *arguments) -> str:
    run = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """A repository with one commit, of a file in a folder."""
    folder = tmp_path / "é repository"
    (folder / "sub").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "sub" / "train.py").write_text("x = 1\n")
    (folder / ".gitignore").write_text("*.log\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    return folder


def test_a_clean_repository(repository):
    commit = git(repository, "rev-parse", "HEAD")
    expected = {"git_commit": commit, "git_branch": "main", "git_dirty": False}
    assert code(repository) == expected
    assert code(str(repository / "sub")) == expected


def test_the_current_folder_is_the_default(repository, monkeypatch):
    monkeypatch.chdir(repository / "sub")
    assert code() == code(repository)


def test_a_branch_may_be_called_anything_and_be_none(repository):
    git(repository, "checkout", "-q", "-b", "feature/é-x")
    assert code(repository)["git_branch"] == "feature/é-x"
    git(repository, "checkout", "-q", "--detach")
    assert "git_branch" not in code(repository)
    assert code(repository)["git_commit"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/org/repo.git", "https://github.com/org/repo.git"),
        ("https://user:hunter2@github.com/org/repo", "https://github.com/org/repo"),
        ("https://hunter2@github.com/org/repo", "https://github.com/org/repo"),
        ("https://user:hun@ter2@github.com/org/repo", "https://github.com/org/repo"),
        ("https://user:hun/ter2@github.com/org/repo", "https://github.com/org/repo"),
        ("ssh://git@github.com:22/org/repo", "ssh://git@github.com:22/org/repo"),
        ("ssh://git:hunter2@github.com/org/repo", "ssh://github.com/org/repo"),
        ("git@github.com:org/repo.git", "git@github.com:org/repo.git"),
        ("https://host/x?private_token=hunter2", "https://host/x?private_token=[redacted]"),
        ("/srv/git/é repo.git", "/srv/git/é repo.git"),
    ],
)
def test_the_remote_is_shown_without_credentials(repository, address, expected):
    git(repository, "remote", "add", "origin", address)
    assert code(repository)["git_remote"] == expected


def test_without_an_origin_it_is_the_first_remote(repository):
    git(repository, "remote", "add", "upstream", "https://host/upstream")
    assert code(repository)["git_remote"] == "https://host/upstream"
    git(repository, "remote", "add", "origin", "https://host/origin")
    assert code(repository)["git_remote"] == "https://host/origin"


def digest_of(folder):
    facts = code(folder)
    assert facts["git_dirty"] is True
    return facts["git_diff"]


def test_what_differs_makes_it_dirty_and_the_digest_tells_which(repository):
    train, digests = repository / "sub" / "train.py", []
    train.write_text("x = 2\n")
    digests.append(digest_of(repository))
    assert digest_of(repository / "sub") == digests[0]
    git(repository, "add", ".")
    assert digest_of(repository) == digests[0]  # staged or not
    train.write_text("x = 3\n")
    digests.append(digest_of(repository))
    train.unlink()
    digests.append(digest_of(repository))
    train.write_text("x = 1\n")
    git(repository, "add", ".")
    assert code(repository)["git_dirty"] is False
    (repository / "new").write_text("x")
    digests.append(digest_of(repository))
    (repository / "new").write_text("y")
    digests.append(digest_of(repository))
    (repository / "new").rename(repository / "newer")
    digests.append(digest_of(repository))
    (repository / "newer").unlink()
    (repository / "newer").symlink_to("nowhere")
    digests.append(digest_of(repository))
    (repository / "newer").unlink()
    train.write_bytes(bytes(range(256)))
    digests.append(digest_of(repository))
    train.write_bytes(bytes(range(255)))
    digests.append(digest_of(repository))
    train.write_text("x = 1\n")
    assert code(repository)["git_dirty"] is False
    assert len(set(digests)) == len(digests)


def test_a_touched_or_an_ignored_file_makes_nothing_dirty(repository):
    (repository / "train.log").write_text("x")
    (repository / "empty").touch()
    for _ in range(2):
        os.utime(repository / ".gitignore", (1, 1))
        os.utime(repository / "sub" / "train.py", (1, 1))
        (repository / "empty").unlink(missing_ok=True)
        assert code(repository)["git_dirty"] is False
        assert "git_diff" not in code(repository)
        (repository / "empty").touch()
        git(repository, "add", ".")
        before = digest_of(repository)
        git(repository, "status")
        assert digest_of(repository) == before  # a new file without content is no touched one
        git(repository, "rm", "-qf", "empty")


def test_the_digest_can_be_computed_by_programs(repository):
    (repository / "sub" / "train.py").write_text("x = 2\n")
    for name in ("b", "é", "a\\b", "a\nb"):
        (repository / name).write_text(name)
    (repository / "sub" / "a").write_text("x")
    script = (
        "{ git diff --full-index HEAD;"
        " git ls-files -z --others --exclude-standard | LC_ALL=C sort -z | xargs -0r sha256sum; }"
        " | sha256sum"
    )
    run = subprocess.run(["sh", "-c", script], cwd=repository, capture_output=True, text=True)
    assert digest_of(repository) == "sha256:" + run.stdout.split()[0]


def test_the_users_configuration_does_not_change_the_digest(repository, tmp_path):
    (repository / "sub" / "train.py").rename(repository / "sub" / "é.py")
    (repository / ".gitignore").write_text("*.log\n\nx\n")
    git(repository, "add", ".")
    plain = digest_of(repository / "sub")
    for setting in (
        "diff.noprefix=true",
        "diff.mnemonicPrefix=true",
        "diff.renames=copies",
        "diff.algorithm=patience",
        "diff.context=1",
        "diff.interHunkContext=9",
        "diff.external=/bin/false",
        "diff.relative=true",
        "diff.suppressBlankEmpty=true",
        "diff.indentHeuristic=false",
        "color.ui=always",
        "core.quotePath=false",
        "core.pager=/bin/false",
        "core.abbrev=5",
    ):
        git(repository, "config", *setting.split("="))
    assert digest_of(repository / "sub") == plain


def test_the_repository_stays_as_it_is(repository):
    os.utime(repository / "sub" / "train.py", (1, 1))
    index = repository / ".git" / "index"
    before = index.read_bytes(), index.stat().st_mtime_ns
    code(repository)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


def test_a_repository_in_the_repository_is_told_by_its_name(repository):
    git(repository, "init", "-q", "inner")
    first = digest_of(repository)
    git(repository / "inner", "commit", "-q", "--allow-empty", "-m", "x")
    (repository / "inner" / "x").write_text("x")
    assert digest_of(repository) == first
    (repository / "inner").rename(repository / "other")
    assert digest_of(repository) != first


def test_differences_beyond_the_bound_have_no_digest(repository, monkeypatch):
    monkeypatch.setattr(module, "_MAX_BYTES", 5000)
    (repository / "new").write_bytes(bytes(5000))
    assert "git_diff" in code(repository)
    (repository / "new").write_bytes(bytes(5001))
    assert code(repository)["git_dirty"] is True
    assert "git_diff" not in code(repository)
    (repository / "new").unlink()
    (repository / "sub" / "train.py").write_text("x = 1\n" * 5000)
    assert code(repository)["git_dirty"] is True
    assert "git_diff" not in code(repository)


def test_a_pipe_is_not_waited_for(repository):
    os.mkfifo(repository / "pipe")
    facts = code(repository)  # git does not list it
    assert facts["git_dirty"] is False


def test_what_cannot_be_read_has_no_digest(repository, monkeypatch):
    (repository / "new").write_text("x")

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(module, "_content", refuse)
    assert code(repository)["git_dirty"] is True
    assert "git_diff" not in code(repository)


def test_where_there_is_nothing_to_tell_it_is_empty(tmp_path, repository, monkeypatch):
    bare, empty = tmp_path / "bare", tmp_path / "empty"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    git(tmp_path, "init", "-q", str(empty))
    (empty / "HEAD").write_text("x")
    for folder in (tmp_path, tmp_path / "nothing", bare, empty, repository / ".git", "a\0b", ""):
        assert code(folder) == {} or folder == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code(repository) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_somebody_else_is_left_alone(repository):
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 65534, 65534)
    assert code(repository) == {}


def test_a_hooks_variables_do_not_lead_elsewhere(repository, tmp_path, monkeypatch):
    other = tmp_path / "other"
    git(tmp_path, "init", "-q", str(other))
    before = code(repository)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    assert code(repository) == before


@pytest.mark.slow
def test_a_worktree_and_a_submodule_are_repositories(repository, tmp_path):
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    assert code(tmp_path / "side")["git_branch"] == "side"
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
        str(tmp_path / "side"), "module")  # fmt: skip
    git(repository, "commit", "-q", "-m", "two")
    assert code(repository)["git_dirty"] is False
    (repository / "module" / "sub" / "train.py").write_text("x = 2\n")
    assert code(repository)["git_dirty"] is True
    assert code(repository / "module")["git_dirty"] is True


SLOW = """#!/bin/sh
case "$*" in *{word}*) exec sleep 60;; esac
exec {git} "$@"
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "names"),
    [("rev-parse", set()), ("diff", {"git_commit", "git_branch"})],
)
def test_a_git_that_does_not_end_is_not_waited_for(repository, tmp_path, monkeypatch, word, names):
    real = subprocess.run(["which", "git"], capture_output=True, text=True).stdout.strip()
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "git"
    program.write_text(SLOW.format(word=word, git=real))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr(module, "_TIMEOUT", 0.5)
    start = time.monotonic()
    assert set(code(repository)) == names
    assert time.monotonic() - start < 10


def test_without_differences_nothing_is_digested(repository, monkeypatch):
    monkeypatch.setattr(hashlib, "sha256", lambda *_: pytest.fail("digested"))
    assert code(repository)["git_dirty"] is False

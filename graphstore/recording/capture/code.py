"""Which code runs: the state of its git repository."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import threading

from graphstore.model.values import Value
from graphstore.recording.capture.secrets import REDACTED, Scrubber
from graphstore.recording.capture.source import source_digest
from graphstore.system.shell import answer, plain

__all__ = ["code", "source_digest"]

_TIMEOUT = 20.0
_MAX_BYTES = 32 * 2**20
_CHUNK = 2**16
# By these git is told of the repository whose hook it runs, and would not look in the folder.
_OF_HOOKS = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_DIFF_OPTS GIT_DIR GIT_EXTERNAL_DIFF"
    " GIT_INDEX_FILE GIT_NAMESPACE GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_WORK_TREE"
)
# Whatever the user has configured: the same text for the same differences, and no programs run.
_DIFF = (
    *("-c", "core.quotePath=true", "-c", "diff.suppressBlankEmpty=false"),
    *("-c", "diff.autoRefreshIndex=false"),  # which takes the lock that a commit may want
    *("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-relative"),
    *("--full-index", "--src-prefix=a/", "--dst-prefix=b/", "--unified=3"),
    *("--inter-hunk-context=0", "--diff-algorithm=myers", "--indent-heuristic"),
    *("--submodule=short", "--ignore-submodules=none", "-O/dev/null", "HEAD", "--"),
)
# A file that was touched is told by a line with nothing below, unless the index is refreshed.
_TOUCHED = re.compile(rb"^diff --git .*\n(?=diff --git |\Z)", re.MULTILINE)
_UNTRACKED = ("ls-files", "-z", "--others", "--exclude-standard")


def code(folder: str | os.PathLike[str] = ".") -> dict[str, Value]:
    """The state of the git repository that `folder` is in.

    - ``git_commit``: the commit that is checked out, 40 hexadecimal digits (64 with SHA-256);
    - ``git_branch``: its branch; left out if none is checked out;
    - ``git_remote``: where ``origin`` is, or else the first remote; without user and password;
    - ``git_dirty``: whether the working tree differs from the commit, be it in files that git does
      not track, unless it ignores them; left out if git takes too long to say;
    - ``git_diff``: if it is dirty, ``sha256:`` of the differences: what ``git diff HEAD`` prints,
      then for each file that is not tracked, by name, what ``sha256sum`` prints. A link counts as
      the text it holds. Left out if that is more than 32 MiB, or cannot be read.

    Returns:
        An empty dict where there is no git, no repository, no commit or no working tree, and where
        git refuses, since the repository is somebody else's.
    """
    output = _Git(os.fspath(folder)).say("rev-parse", "HEAD", "--show-toplevel")
    commit, _, top = (output or "").partition("\n")
    if not top or not re.fullmatch("[0-9a-f]{40,}", commit):
        return {}
    git = _Git(top)
    facts: dict[str, Value] = {"git_commit": commit}
    if branch := git.say("symbolic-ref", "--quiet", "--short", "HEAD"):
        facts["git_branch"] = plain(branch)
    if remote := _remote(git):
        facts["git_remote"] = plain(remote)
    return facts | _differences(git)


class _Git:
    """The git program, in a folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._command = ("git", "-C", folder, "-c", "core.fsmonitor=false")
        self._environ = {k: v for k, v in os.environ.items() if k not in _OF_HOOKS.split()}
        # Leave the index as it is, which somebody may be working with, and ask nobody anything.
        self._environ |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}

    def say(self, *arguments: str) -> str | None:
        """What git prints, without the last line's end; None if it fails."""
        output = answer((*self._command, *arguments), timeout=_TIMEOUT, environ=self._environ)
        return None if output is None else os.fsdecode(output).removesuffix("\n")

    def read(self, *arguments: str) -> bytes | None:
        """What git prints, up to one byte more than the bound; None if it fails or is too slow."""
        try:
            process = subprocess.Popen(
                (*self._command, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environ,
            )
        except OSError:
            return None
        late = threading.Timer(_TIMEOUT, process.kill)
        late.start()
        try:
            with process:
                assert process.stdout is not None
                output = process.stdout.read(_MAX_BYTES + 1)
                if len(output) > _MAX_BYTES:
                    process.kill()
                    return output
        finally:
            late.cancel()
        return output if process.returncode == 0 else None


def _remote(git: _Git) -> str | None:
    """The address of ``origin``, or of the first remote, without what is secret in it."""
    address = git.say("remote", "get-url", "origin")
    if address is None and (remotes := git.say("remote")):
        address = git.say("remote", "get-url", remotes.partition("\n")[0])
    return Scrubber({}).scrub(address).replace(f"{REDACTED}@", "") if address else None


def _differences(git: _Git) -> dict[str, Value]:
    """Whether, and by what, the working tree differs from its commit."""
    diff, new_files = git.read(*_DIFF), git.read(*_UNTRACKED)
    if diff is None or new_files is None:
        return {}
    facts: dict[str, Value] = {"git_dirty": True}
    if len(diff) > _MAX_BYTES or len(new_files) > _MAX_BYTES:
        return facts
    diff = _TOUCHED.sub(b"", diff)
    if not diff and not new_files:
        return {"git_dirty": False}
    text, rest = hashlib.sha256(diff), _MAX_BYTES - len(diff)
    try:
        for name in sorted(filter(None, new_files.split(b"\0"))):
            content = _content(os.path.join(os.fsencode(git.folder), name), rest)
            text.update(_sum_line(hashlib.sha256(content).hexdigest(), name))
            rest -= len(content)
    except (OSError, ValueError):
        return facts
    return facts | {"git_diff": "sha256:" + text.hexdigest()}


def _content(path: bytes, limit: int) -> bytes:
    """What a file or a link holds; nothing for a repository in the repository.

    Raises:
        ValueError: If that is more than `limit` bytes, or it is neither.
    """
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return os.readlink(path)
    if stat.S_ISDIR(mode):
        return b""
    if not stat.S_ISREG(mode):
        raise ValueError("neither a file nor a link")
    with open(path, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError("too large")
    return content


def _sum_line(digest: str, name: bytes) -> bytes:
    """The line that sha256sum prints for a file, which shows odd characters in its name."""
    safe_name = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    return (b"" if safe_name == name else b"\\") + digest.encode() + b"  " + safe_name + b"\n"

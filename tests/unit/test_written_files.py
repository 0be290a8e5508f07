"""Files that are written whole."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graphstore.errors import FailedPrecondition
from graphstore.interop.files import write_whole


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_text)
        write_whole(pipe, "all of it")
        assert read.result(timeout=10) == "all of it"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_is_replaced_and_a_folder_is_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, "first")
    write_whole(file, "second")
    assert file.read_text() == "second"
    with pytest.raises(FailedPrecondition, match="cannot write"):
        write_whole(tmp_path, "third")
    assert os.listdir(tmp_path) == ["file"]

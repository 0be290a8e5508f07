"""What pages show of files: of allowed folders alone, and nothing that runs."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from graphstore.web.pages.files import IMAGE_AT_MOST, image, preview, within


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(type_: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body))
            + type_
            + body
            + struct.pack(">I", zlib.crc32(type_ + body))
        )

    rows = b"".join(b"\0" + b"\x80" * (3 * width) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "root"


def test_without_a_root_nothing_is_read_and_it_is_said_how_to_allow_it(root):
    (root / "a.txt").write_text("text")
    answer = preview(str(root / "a.txt"), [])
    assert (answer.kind, "--root FOLDER" in answer.text) == ("nothing", True)
    assert image(str(root / "a.txt"), []) is None


def test_text_tables_json_pictures_and_folders_are_shown(root):
    (root / "a.txt").write_text("ä\nb")
    (root / "a.json").write_text('{"a":[1]}')
    (root / "a.csv").write_text("a,b\n" + "1,2\n" * 200)
    (root / "a.png").write_bytes(png())
    (root / "folder").mkdir()
    assert preview(str(root / "a.txt"), [root]).text == "ä\nb"
    assert preview((root / "a.txt").as_uri(), [root]).text == "ä\nb"
    assert preview(str(root / "a.json"), [root]).text == '{\n  "a": [\n    1\n  ]\n}'
    table = preview(str(root / "a.csv"), [root])
    assert (table.kind, len(table.rows), list(table.rows[0])) == ("table", 50, ["a", "b"])
    assert table.note == "The first 50 rows of 804 bytes."
    assert preview(str(root / "a.png"), [root]).kind == "image"
    assert image(str(root / "a.png"), [root]) == (png(), "image/png")
    names = ["a.csv", "a.json", "a.png", "a.txt", "folder/"]
    assert list(preview(str(root), [root]).entries) == names


def test_what_is_long_is_cut_and_that_is_said(root):
    (root / "long.log").write_text("ä" * 50_000)
    answer = preview(str(root / "long.log"), [root])
    assert answer.text == "ä" * 32_768
    assert answer.note == "The first 64 KiB of 100,000 bytes."


@pytest.mark.parametrize(
    "name", ["../secret.txt", "link", "folder-link/secret.txt", "link-to-link"]
)
def test_no_way_leads_out_of_a_root(root, name):
    (root / "link").symlink_to(root.parent / "secret.txt")
    (root / "folder-link").symlink_to(root.parent)
    (root / "link-to-link").symlink_to("link")
    answer = preview(os.path.join(root, name), [root])
    assert (answer.kind, "none of the folders" in answer.text) == ("nothing", True)
    assert image(os.path.join(root, name), [root]) is None


def test_a_link_within_a_root_is_followed(root):
    (root / "a.txt").write_text("text")
    (root / "link").symlink_to("a.txt")
    assert preview(str(root / "link"), [root]).text == "text"


def test_what_becomes_a_link_after_it_was_checked_is_not_opened(root, monkeypatch):
    (root / "folder").mkdir()
    (root / "folder" / "secret.txt").write_text("harmless")
    path = str(root / "folder" / "secret.txt")
    place = within(path, [root])
    (root / "folder" / "secret.txt").unlink()
    (root / "folder").rmdir()
    (root / "folder").symlink_to(root.parent)
    monkeypatch.setattr("graphstore.web.pages.files.within", lambda *_: place)
    assert Path(path).read_text() == "secret"  # so it would be read without care
    answer = preview(path, [root])
    assert (answer.kind, answer.text[:19]) == ("nothing", "It cannot be opened")


@pytest.mark.parametrize("text", ["<svg onload='alert(1)'/>", "<html><script>alert(1)</script>"])
def test_what_browsers_would_run_is_text_whatever_it_is_called(root, text):
    (root / "a.png").write_text(text)
    assert preview(str(root / "a.png"), [root]).kind == "text"
    assert image(str(root / "a.png"), [root]) is None


def test_pipes_loops_large_pictures_and_nonsense_are_refused(root):
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    (root / "large.png").write_bytes(png() + b"\0" * IMAGE_AT_MOST)
    (root / "binary").write_bytes(b"\0\1\2")
    for name in ("pipe", "loop", "large.png", "binary", "nowhere", "x" * 5000):
        assert preview(str(root / name), [root]).kind == "nothing", name
        assert image(str(root / name), [root]) is None
    for uri in ("", "s3://bucket/a", "http://localhost/a.png", "relative.txt", "/a\0b"):
        assert preview(uri, [root]).kind == "nothing", uri

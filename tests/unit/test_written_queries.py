"""The queries that are written from templates (`scripts/write_queries.py`)."""

import re
import runpy
import shutil
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment

ROOT = Path(__file__).parents[2]


COMPILED = {}
"""Templates as Jinja2 compiles them, by name and text: the copies have the same, but for what a
test changes, and compiling takes longer than all else."""


def compile_once(environment, source, name, filename):
    if (name, source) not in COMPILED:
        COMPILED[name, source] = COMPILE(environment, source, name, filename)
    return COMPILED[name, source]


COMPILE = Environment.compile


def run(root, script, *arguments):
    """What a script does, in this process: its start takes longer than its work."""
    path, output, code = root / "scripts" / script, StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output):
        patch.setattr(sys, "argv", [str(path), *arguments])
        patch.syspath_prepend(path.parent)
        patch.setattr(Environment, "compile", compile_once)
        try:
            runpy.run_path(str(path), run_name="__main__")
        except SystemExit as exit_:
            code = exit_.code
    return SimpleNamespace(returncode=code, stdout=output.getvalue())


@pytest.fixture
def copy(tmp_path):
    """The queries and their templates, to change."""
    for folder in ("cypher", "scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


@pytest.mark.slow
def test_the_queries_are_what_their_templates_say():
    result = run(ROOT, "write_queries.py", "--check")
    assert (result.returncode, result.stdout) == (0, ""), result.stdout


def test_a_query_that_was_changed_by_hand_is_told_with_what_to_do(copy):
    query = copy / "cypher/artifact/get.cypher"
    text = query.read_text(encoding="utf-8")
    query.write_text(text.replace("ORDER BY", "// by hand\nORDER BY"), encoding="utf-8")
    result = run(copy, "write_queries.py", "--check")
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "cypher/artifact/get.cypher is not what scripts/queries/{kind}/get.cypher says",
        "Change the template, not the query, and run: python scripts/write_queries.py",
    ]
    assert run(copy, "write_queries.py").stdout == "wrote cypher/artifact/get.cypher\n"
    assert query.read_text(encoding="utf-8") == text


def test_what_was_written_from_a_template_that_is_gone_is_told(copy):
    (copy / "scripts/queries/artifact/get_by_uri.cypher").unlink()
    result = run(copy, "write_queries.py", "--check")
    assert result.returncode == 1
    assert "cypher/artifact/get_by_uri.cypher names a template that is not there" in result.stdout


def test_a_field_of_events_is_added_in_one_place(copy):
    events = copy / "scripts/queries/fragments/events.cypher"
    last = "  {'name': 'ordinal', 'row': 'row.ordinal', 'column': 'row[4][n]'},\n"
    new = (
        "  {'name': 'note', 'row': 'row.note', 'column': 'row[6][n]',"
        " 'read': \"coalesce(event.note, '')\", 'named': 'notes'},\n"
    )
    text = events.read_text(encoding="utf-8")
    assert last in text
    events.write_text(text.replace(last, last + new), encoding="utf-8")
    run(copy, "write_queries.py")

    def query(name):
        return (copy / "cypher" / f"{name}.cypher").read_text(encoding="utf-8")

    for name in ("event/put_inputs", "event/put_outputs", "execution/publish"):
        assert "event.note = row.note" in query(name)
    assert query("execution/publish_many").count("note: row[6][n]") == 2
    for name in ("upstream", "downstream", "connected", "run"):
        assert "collect(coalesce(event.note, ''))" in query(f"lineage/{name}")
    for name in ("upstream", "downstream", "connected"):
        assert "coalesce(event.note, '')]" in query(f"lineage/stream_{name}")
    for name in ("artifact", "execution"):
        assert "collect(coalesce(event.note, '')) AS notes" in query(f"event/list_by_{name}")


def test_what_people_write_has_few_copies():
    """The copies that templates spare: at most one line of twenty stands in three files by hand."""
    report = run(ROOT, "count_copies.py").stdout
    share = re.search(r"by hand: .* lines of 15 characters or more, ([0-9.]+)%", report)
    assert share is not None, report
    assert float(share[1]) <= 5

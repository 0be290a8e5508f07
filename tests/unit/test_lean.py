"""What the command line loads, and what it leaves out."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer

from graphstore.cli.app import application, command_of

CODE = """
import json, sys
from graphstore.cli.lean import load_lean
{before}
load_lean()
load_lean()
import neo4j
loaded = [name for name in ("numpy", "pandas", "pyarrow") if sys.modules.get(name)]
import pandas, pyarrow
frame = pandas.DataFrame({{"a": [1]}})
print(json.dumps([loaded, list(frame.shape), neo4j._optional_deps.pd is pandas]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "modules", "knows_frames"),
    [
        ("", [], False),
        ("import pandas", ["numpy", "pandas", "pyarrow"], True),  # pandas 3 loads PyArrow itself
        ("import neo4j", ["numpy", "pandas", "pyarrow"], True),
    ],
)
def test_it_leaves_out_what_is_not_loaded_yet_and_nothing_else(before, modules, knows_frames):
    code = CODE.format(before=before)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stderr == ""
    assert json.loads(result.stdout) == [modules, [1, 1], knows_frames]


ALL = typer.main.get_command(application())
ONE = """
import json, sys
from graphstore.cli.app import application, command_of
application(command_of(sys.argv[1:]))
print(json.dumps(sorted(name for name in sys.modules if name.startswith("graphstore.cli."))))
"""


def told(command):
    """What a command says of itself, and those below it."""
    below = {name: told(one) for name, one in getattr(command, "commands", {}).items()}
    return command.name, command.help, [(one.name, one.opts) for one in command.params], below


@pytest.mark.parametrize("name", [name for name, one in ALL.commands.items() if not one.hidden])
def test_a_command_alone_is_the_same_as_among_the_others(name):
    assert command_of([name, "--help"]) == name
    alone = typer.main.get_command(application(name))
    assert list(alone.commands) == [name]
    assert told(alone.commands[name]) == told(ALL.commands[name])
    assert [one.opts for one in alone.params] == [one.opts for one in ALL.params]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"], ["shwo"], ["common"], [""]])
def test_what_names_no_command_at_its_beginning_is_about_all_of_them(arguments):
    assert command_of(arguments) is None


@pytest.mark.slow
def test_a_command_loads_none_of_the_others():
    result = subprocess.run(
        [sys.executable, "-c", ONE, "show", "a45"], capture_output=True, text=True, check=True
    )
    assert json.loads(result.stdout) == [
        f"graphstore.cli.{name}" for name in ("app", "common", "records")
    ]

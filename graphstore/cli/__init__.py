"""The command line: `graphstore`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, and end the process with the exit code that fits.

    What graphstore itself reports - a mistake in the arguments, a missing server - ends in one
    line on standard error; only what nobody foresaw ends in a traceback.
    """
    from graphstore.cli.lean import load_lean

    load_lean()  # before anything imports the driver
    from graphstore.cli.app import command_line, command_of
    from graphstore.cli.common import say
    from graphstore.cli.exits import exit_code
    from graphstore.errors import StoreError

    try:
        command_line(command_of(sys.argv[1:]))()
    except StoreError as error:
        say(f"graphstore: {error}", error=True)
        sys.exit(exit_code(error))
    except OSError as error:
        if error.filename is None:
            raise
        say(f"graphstore: {error.filename}: {error.strerror}", error=True)
        sys.exit(1)

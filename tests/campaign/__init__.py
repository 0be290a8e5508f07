"""Faults by the hundred, and what became of what was recorded: `python -m tests.campaign`.

It takes minutes, and is no part of the tests that `pytest` collects. A part is a module beside this
one with a function `faults(bench: Bench) -> Iterator[Row]`, which yields a row as soon as a kind of
fault is done with; it is found by its name in `PARTS`. docs/reliability.md has the last table.
"""

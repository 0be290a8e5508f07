"""The table in the docs is the suite's: each way, each promise, each term."""

from tests.integration.promises import test_promises
from tests.integration.promises.table import BEGIN, END, PAGE, every_promise_held, table
from tests.integration.promises.ways import PROMISES


def test_the_page_has_the_table_of_the_suite():
    text = PAGE.read_text()
    there = text.split(BEGIN)[1].split(END)[0].strip()
    assert there == table(every_promise_held()), "python -m tests.integration.promises --write"


def test_each_promise_has_tests_and_each_test_is_of_a_promise():
    tests = [name for name in vars(test_promises) if name.startswith("test_")]
    assert {name.split("_")[1] for name in tests} == set(PROMISES)


def test_what_did_not_pass_is_no_promise():
    outcomes = {**every_promise_held(), ("once", "put"): {"passed", "failed"}}
    row = next(line for line in table(outcomes).splitlines() if line.startswith("| put |"))
    assert "**failed and passed**" in row
    assert "**not run**" in table({})

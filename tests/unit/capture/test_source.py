"""Digests of source text: what counts as the same code, and what is refused."""

import functools
import importlib
import inspect
import math
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.capture import source_digest
from graphstore.errors import InvalidArgument


@pytest.fixture
def load(tmp_path, monkeypatch):
    """A function that makes a module of a text."""
    monkeypatch.syspath_prepend(tmp_path)
    count = iter(range(100))

    def load(text, newline="\n"):
        name = f"written_{abs(hash(str(tmp_path)))}_{next(count)}"
        file = tmp_path / f"{name}.py"
        file.write_bytes(textwrap.dedent(text).replace("\n", newline).encode())
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield load
    for name in [name for name in sys.modules if name.startswith("written_")]:
        del sys.modules[name]


STEP = """
def step(x, rate=0.1):
    # é
    return x * rate
"""


def test_a_digest_is_that_of_the_text_wherever_it_stands(load):
    one = load(STEP)
    other = load("import os\n\n\n" + STEP + "\n\ndef more(): pass\n")
    assert source_digest(one.step) == source_digest(other.step)
    assert source_digest(one.step).startswith("sha256:")
    assert len(source_digest(one.step)) == len("sha256:") + 64


def test_indentation_and_line_ends_do_not_count(load):
    flat = load(STEP)
    crlf = load(STEP, newline="\r\n")
    inner = load(
        "def make():\n" + textwrap.indent(textwrap.dedent(STEP), "    ") + "\n    return step\n"
    )
    assert source_digest(flat.step) == source_digest(crlf.step) == source_digest(inner.make())
    assert source_digest(flat) == source_digest(crlf)


@pytest.mark.parametrize(
    ("old", "new"), [("0.1", "0.2"), ("# é", "# è"), ("x * rate", "x  * rate"), ("step", "walk")]
)
def test_the_text_counts_and_its_comments_too(load, old, new):
    one, other = load(STEP), load(STEP.replace(old, new))
    function = other.walk if new == "walk" else other.step
    assert source_digest(one.step) != source_digest(function)
    assert source_digest(one) != source_digest(other)


def test_order_and_number_of_the_objects_count(load):
    one, other = load(STEP).step, load(STEP.replace("0.1", "0.2")).step
    digests = [
        source_digest(*objects)
        for objects in ([one], [other], [one, other], [other, one], [one, one], [one, "v1"])
    ]
    assert len(set(digests)) == len(digests)


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_strings_count_as_they_are_and_do_not_run_together(some, others):
    assert (source_digest(*some) == source_digest(*others)) == (some == others)


def test_a_string_is_never_a_source(load):
    module = load(STEP)
    assert source_digest(inspect.getsource(module.step)) != source_digest(module.step)


DECORATED = """
import functools

def {name}(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner

def silent(function):
    return lambda *args: function(*args)

@{name}
@functools.lru_cache
def step(x):
    return {body}

@silent
def hidden(x):
    return x

class Model:
    @{name}
    def fit(self):
        return {body}

    @staticmethod
    def static():
        return {body}

    @classmethod
    def build(cls):
        return {body}

    fitted = functools.partialmethod(fit, 1)
"""


def test_what_is_decorated_has_its_own_text(load):
    one = load(DECORATED.format(name="logged", body="1"))
    other = load(DECORATED.format(name="logged", body="2"))
    renamed = load(DECORATED.format(name="timed", body="1"))
    assert source_digest(one.step) != source_digest(other.step)
    assert source_digest(one.step) != source_digest(renamed.step)  # the decorator is in the text
    for name in ("fit", "static", "build"):
        a, b = getattr(one.Model, name), getattr(other.Model, name)
        assert source_digest(a) != source_digest(b)
        assert source_digest(a) == source_digest(getattr(one.Model(), name))
        assert source_digest(a) == source_digest(vars(one.Model)[name])
    assert source_digest(one.Model) != source_digest(other.Model)


def test_a_partial_is_its_function_and_its_arguments(load):
    module, other = load(STEP), load(STEP.replace("0.1", "0.2"))
    partial = functools.partial
    named = partial(module.step, 2)
    functools.update_wrapper(named, module.step)
    digests = [
        source_digest(item)
        for item in (
            module.step,
            partial(module.step),
            named,
            partial(module.step, 2.0),
            partial(module.step, True),
            partial(module.step, 1),
            partial(module.step, "2"),
            partial(module.step, rate=2),
            partial(module.step, rate=None),
            partial(module.step, [1, 2]),
            partial(module.step, (1, 2)),
            partial(module.step, [[1], 2]),
            partial(module.step, ["list", [1, 2]]),
            partial(module.step, {"a": 1}),
            partial(module.step, {1: "a"}),
            partial(module.step, {"1": "a"}),
            partial(module.step, module.step),
            partial(module.step, other.step),
            partial(other.step, 2),
        )
    ]
    assert len(set(digests)) == len(digests)
    assert source_digest(named) == source_digest(partial(module.step, 2))
    assert source_digest(partial(partial(module.step, 1), 2)) == source_digest(
        partial(module.step, 1, 2)
    )
    assert source_digest(partial(module.step, a=1, b={"c": 1, "d": 2})) == source_digest(
        partial(module.step, b={"d": 2, "c": 1}, a=1)
    )


class Callable:
    def __call__(self):
        pass


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (len, "builtin_function_or_method len: it is no function, class or module of Python"),
        (int, "type int: it has no source text that Python can find"),
        (math, "module math: it has no source text that Python can find"),
        (lambda x: x, "lambda, whose text cannot be told"),
        (3, "int object: it is no function"),
        (None, "NoneType object: it is no function"),
        (b"v1", "bytes object: it is no function"),
        (Callable(), "Callable object: it is no function"),
        (functools.partial(textwrap.dedent, object()), "it has an argument of type object"),
        (functools.partial(textwrap.dedent, len), "builtin_function_or_method len"),
        (functools.partial(len), "builtin_function_or_method len"),
    ],
    ids=str,
)
def test_what_has_no_source_is_refused_and_told_what_to_do(thing, message):
    with pytest.raises(InvalidArgument) as caught:
        source_digest("v1", thing)
    assert message in str(caught.value)
    assert 'pass version="..."' in str(caught.value)


def test_a_refusal_does_not_show_arguments():
    with pytest.raises(InvalidArgument) as caught:
        source_digest(functools.partial(textwrap.dedent, "hunter2", x={b"hunter2"}))
    assert "hunter2" not in str(caught.value)


def test_a_partialmethod_is_refused(load):
    with pytest.raises(InvalidArgument, match="partialmethod"):
        source_digest(load(DECORATED.format(name="logged", body="1")).Model.fitted)


def test_what_was_made_at_run_time_is_refused():
    space = {}
    exec("def typed(): pass\nclass Typed: pass", space)
    for name in ("typed", "Typed"):
        with pytest.raises(InvalidArgument, match=r'pass version="\.\.\."'):
            source_digest(space[name])


def test_what_was_typed_at_a_prompt_is_refused():
    program = "from graphstore.capture import source_digest\ndef f(): pass\nsource_digest(f)\n"
    run = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True)
    assert run.returncode == 1
    assert "InvalidArgument: cannot digest the function f" in run.stderr


def test_nothing_is_refused():
    with pytest.raises(InvalidArgument, match="nothing to digest"):
        source_digest()


def test_a_circle_of_wrappers_ends():
    def step():
        pass

    step.__wrapped__ = step
    with pytest.raises(InvalidArgument):
        source_digest(step)

"""Digests of code: what counts as the same code, what is known by its bytecode, what is refused."""

import functools
import importlib
import inspect
import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.errors import InvalidArgument
from graphstore.recording.capture import source_digest
from graphstore.recording.capture.source import known_by_bytecode
from tests.names import parameter_name


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
    ("old", "new"), [("0.1", "0.2"), ("x * rate", "x + rate"), ("step", "walk")]
)
def test_the_code_counts(load, old, new):
    one, other = load(STEP), load(STEP.replace(old, new))
    function = other.walk if new == "walk" else other.step
    assert source_digest(one.step) != source_digest(function)
    assert source_digest(one) != source_digest(other)


@pytest.mark.parametrize(
    ("old", "new"),
    [("# é", "# è"), ("x * rate", "x  *  rate"), ("x * rate", "(\n        x * rate\n    )")],
)
def test_comments_and_formatting_mean_nothing(load, old, new):
    one, other = load(STEP), load(STEP.replace(old, new))
    assert source_digest(one.step) == source_digest(other.step)
    assert source_digest(one) == source_digest(other)


OWN = """
import graphstore
from graphstore import step as task

trainer = graphstore.step("Trainer", output="model")

def timed(function):
    return function

@timed
{decorator}
def train(rate):
    return rate

class Trainer:
    {decorator}
    def fit(self):
        return 1
"""


def test_the_options_of_our_own_decorator_mean_nothing(load):
    plain = load(OWN.format(decorator=""))
    for decorator in (
        "@graphstore.step",
        "@graphstore.step('T', output='model', cache=True)",
        "@task(cache=True)",
        "@trainer",
    ):
        module = load(OWN.format(decorator=decorator))
        assert source_digest(module.train) == source_digest(plain.train)
        assert source_digest(module.Trainer) == source_digest(plain.Trainer)
    other = load(OWN.format(decorator="").replace("@timed", ""))
    assert source_digest(other.train) != source_digest(plain.train)


def _edit(module, text):
    """Write a module's file anew, as an editor would while the process runs."""
    file = Path(module.__file__)
    file.write_text(textwrap.dedent(text))
    later = file.stat().st_mtime + 10
    os.utime(file, (later, later))


MODULE = """
LIMIT = 3

def step(x, rate=0.1):
    return x * rate

class Model:
    depth = 1

    def fit(self):
        return self.depth
"""


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("x * rate", "x + rate", ["step", ""]),
        ("rate=0.1", "rate=0.2", ["step", ""]),
        ("LIMIT = 3", "LIMIT = 4", [""]),
        ("depth = 1", "depth = 2", ["Model", ""]),
        ("self.depth", "-self.depth", ["Model", ""]),
    ],
)
def test_a_file_that_is_edited_is_not_taken_for_the_code_that_is_loaded(load, old, new, names):
    module, other = load(MODULE), load(MODULE.replace(old, new))
    items = {name: getattr(module, name) if name else module for name in ("step", "Model", "")}
    before = {name: source_digest(item) for name, item in items.items()}
    _edit(module, MODULE.replace(old, new))
    for name, item in items.items():
        fresh = source_digest(getattr(other, name) if name else other)
        if name in names:
            assert known_by_bytecode(item)
            assert source_digest(item) not in (before[name], fresh)
    importlib.reload(module)
    for name in names:
        fresh = source_digest(getattr(other, name) if name else other)
        assert source_digest(getattr(module, name) if name else module) == fresh


def test_a_file_that_is_edited_elsewhere_changes_nothing(load):
    module = load(MODULE)
    before = source_digest(module.step)
    _edit(module, MODULE + "\n# a comment, and more\ndef other(): pass\n")
    assert source_digest(module.step) == before


def test_closures_count_if_values_do():
    def make(rate):
        def step(x):
            return x * rate

        return step

    assert source_digest(make(1)) == source_digest(make(2))
    assert source_digest(make(1), values=repr) == source_digest(make(1), values=repr)
    assert source_digest(make(1), values=repr) != source_digest(make(2), values=repr)


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


DECORATORS = """
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
    one = load(DECORATORS.format(name="logged", body="1"))
    other = load(DECORATORS.format(name="logged", body="2"))
    third = load(DECORATORS.format(name="timed", body="1"))
    assert source_digest(one.step) != source_digest(other.step)
    assert source_digest(one.step) != source_digest(third.step)  # the decorator is in the text
    for name in ("fit", "static", "build"):
        a, b = getattr(one.Model, name), getattr(other.Model, name)
        assert source_digest(a) != source_digest(b)
        assert source_digest(a) == source_digest(getattr(one.Model(), name))
        assert source_digest(a) == source_digest(vars(one.Model)[name])
    assert source_digest(one.Model) != source_digest(other.Model)


def test_a_partial_is_its_function_and_its_arguments(load):
    module, other = load(STEP), load(STEP.replace("0.1", "0.2"))
    partial = functools.partial
    wrapper = partial(module.step, 2)
    functools.update_wrapper(wrapper, module.step)
    digests = [
        source_digest(item)
        for item in (
            module.step,
            partial(module.step),
            wrapper,
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
    assert source_digest(wrapper) == source_digest(partial(module.step, 2))
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
        (3, "int object: it is no function"),
        (None, "NoneType object: it is no function"),
        (b"v1", "bytes object: it is no function"),
        (Callable(), "Callable object: it is no function"),
        (functools.partial(textwrap.dedent, object()), "it has an argument of type object"),
    ],
    ids=lambda value: parameter_name(value, str),
)
def test_what_is_no_code_is_refused_and_told_what_to_do(thing, message):
    with pytest.raises(InvalidArgument) as error_info:
        source_digest("v1", thing)
    assert message in str(error_info.value)
    assert 'pass version="..."' in str(error_info.value)


def test_a_refusal_does_not_show_arguments():
    with pytest.raises(InvalidArgument) as error_info:
        source_digest(functools.partial(textwrap.dedent, "hunter2", x={b"hunter2"}))
    assert "hunter2" not in str(error_info.value)


def test_a_partialmethod_is_refused(load):
    with pytest.raises(InvalidArgument, match="partialmethod"):
        source_digest(load(DECORATORS.format(name="logged", body="1")).Model.fitted)


def test_what_is_written_in_c_is_known_by_its_name():
    digests = [source_digest(item) for item in (len, int, math, math.sin, str.lower, dict.get)]
    assert len(set(digests)) == len(digests)


CELL = """
def typed(x): return x + {number}
async def waits(x): return [y + {number} for y in x]
short = lambda x: x * {number}
class Typed:
    rate = {number}
    def fit(self): return 1
"""


def _cell(number, name="<typed>"):
    space = {"__name__": "__main__"}
    exec(compile(CELL.format(number=number), name, "exec"), space)
    return space


@pytest.mark.parametrize("name", ["typed", "waits", "short", "Typed"])
def test_what_has_no_text_is_known_by_its_bytecode(name):
    one, same, elsewhere, other = _cell(1), _cell(1), _cell(1, "<elsewhere>"), _cell(2)
    assert known_by_bytecode(one[name])
    assert source_digest(one[name]) == source_digest(same[name]) == source_digest(elsewhere[name])
    assert source_digest(one[name]) != source_digest(other[name])


@pytest.mark.slow
def test_a_set_in_the_code_has_no_order():
    program = (
        "from graphstore.recording.capture import source_digest\n"
        "def f(x): return x in {'a', 'b', 'c', 'd', 'e'}\n"
        "print(source_digest(f))\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-"],
            input=program,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_nothing_is_refused():
    with pytest.raises(InvalidArgument, match="nothing to digest"):
        source_digest()


def test_a_circle_of_wrappers_ends():
    def step():
        pass

    step.__wrapped__ = step
    assert source_digest(step).startswith("sha256:")


CLASSES = """
class Base:
    def size(self):
        return {base}

class Model(Base):
    def name(self):
        return "m"

def made(size):
    class Inner:
        def size(self):
            return size
    return Inner
"""


def test_a_class_counts_with_what_it_inherits_in_its_package(load):
    digests = [source_digest(load(CLASSES.format(base=base)).Model) for base in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_a_class_counts_by_what_its_functions_close_over_if_values_do(load):
    make = load(CLASSES.format(base=1)).made
    digests = [source_digest(make(size), values=lambda value: value) for size in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_a_function_that_was_put_into_a_class_counts(load):
    text = "class A:\n    def size(self): return 0\n"
    plain, other = load(text), load(text + "A.size = lambda self: 5\n")
    assert source_digest(plain.A) != source_digest(other.A)

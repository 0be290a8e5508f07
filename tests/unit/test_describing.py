"""Values that are passed to steps: what is stored of them, and what tells them apart."""

import argparse
import dataclasses
import enum
import functools
import importlib
import json
import re
import subprocess
import sys
import threading
import types
import uuid
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath
from unittest.mock import Mock

import numpy
import pandas
import pytest
from pydantic import BaseModel, SecretStr

from graphstore import Artifact, NodeRef
from graphstore.model.values import check_value
from graphstore.recording.capture.source import qualified_name
from graphstore.recording.describing import Describer, exact_digest
from graphstore.recording.values import arguments_of, by_role, to_values
from tests.names import parameter_name


def form_of(value):
    return arguments_of({"it": value}).stored.get("it")


def digest(value):
    """What tells a value from others: the digest of its exact form."""
    arguments = arguments_of({"it": value})
    return json.dumps([arguments.stored, arguments.digests()], sort_keys=True)


@dataclasses.dataclass
class Options:
    depth: int
    path: Path


class Settings(BaseModel):
    deep: dict[str, int]
    rate: float = 0.1


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Shade(enum.Enum):
    RED = 1


class Plain:
    def __init__(self, **state):
        vars(self).update(state)


class Slotted:
    __slots__ = ("depth",)

    def __init__(self, depth):
        self.depth = depth


Point = namedtuple("Point", "x y")
Pair = namedtuple("Pair", "x y")


_PATTERN = {"type": "re.Pattern", "made by": "re._compile", "arguments": ["a+", 32]}


def loss(x):
    return x


def other_loss(x):
    return -x


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({0: 1.0, 1: 5.0}, {"0": 1.0, "1": 5.0}),
        ({(1, 2): "a", None: "b", True: "c"}, {"[1, 2]": "a", "null": "b", "true": "c"}),
        ({1: "a", "1": "b"}, {"1": "a", "1 (str)": "b"}),
        (timedelta(hours=1), "1:00:00"),
        (Decimal("0.10"), "0.10"),
        (Fraction(1, 3), "1/3"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (range(0, 9, 2), "range(0, 9, 2)"),
        (1 + 2j, "(1+2j)"),
        (b"ab\x00", "b'ab\\x00'"),
        (time(1, 2), "01:02:00"),
        (datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "2026-01-01T00:00:00+00:00"),
        (Colour.RED, 1),
        (pandas.NaT, "NaT"),
        (numpy.datetime64("NaT", "us"), "NaT"),
        ([pandas.NaT], ["NaT"]),
        ((1, (2, "a")), [1, [2, "a"]]),
        (Counter(a=1), {"a": 1}),
        (argparse.Namespace(rate=0.1, names=["a"]), {"rate": 0.1, "names": ["a"]}),
        (types.SimpleNamespace(a=Path("/b")), {"a": "/b"}),
        (Point(1, 2), {"x": 1, "y": 2}),
        (deque([1, 2]), [1, 2]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (defaultdict(int, a=1), {"a": 1}),
        (frozenset({2, 1}), [1, 2]),
        ({"a": {"b"}}, {"a": ["b"]}),
        (2**70, str(2**70)),
        ("\ud800", "\\ud800"),
        (numpy.float32(0.5), 0.5),
        (numpy.int64(3), 3),
        (numpy.bool_(True), True),
        (timedelta, "datetime.timedelta"),
        (len, "len"),
        (loss, f"{__name__}.loss"),
        (Options, f"{__name__}.Options"),
        (functools.partial(loss, 1), f"functools.partial of {__name__}.loss"),
        (json, "json"),
        (Plain(depth=3), {"type": f"{__name__}.Plain", "depth": 3}),
        (Slotted(3), {"type": f"{__name__}.Slotted", "depth": 3}),
        (
            re.compile("a+"),
            _PATTERN,
        ),
    ],
    ids=parameter_name,
)
def test_what_is_stored_is_plain_and_to_be_read(value, expected):
    assert form_of(value) == expected
    assert check_value(form_of(value)) == expected


def test_small_arrays_are_kept_whole_and_large_ones_by_their_digest():
    small, large = form_of(numpy.arange(4).reshape(2, 2)), form_of(numpy.zeros((1000, 1000)))
    assert (small["type"], small["shape"], small["dtype"]) == ("numpy.ndarray", [2, 2], "int64")
    assert small["values"] == [[0, 1], [2, 3]]
    assert large["shape"] == [1000, 1000] and large["digest"].startswith("sha256:")
    assert "values" not in large
    frame = form_of(pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
    assert (frame["shape"], frame["values"]) == ([2, 2], {"a": [1, 2], "b": ["x", "y"]})


def _copy_with(array, place, value):
    array = array.copy()
    array[place] = value
    return array


class ListWithNotes(list):
    """A list with something noted on it; `Length` is an array likewise."""


class Text(str):
    pass


class Length(numpy.ndarray):
    pass


def with_notes(value, **notes):
    vars(value).update(notes)
    return value


_ZEROS = numpy.zeros((300, 300))
_FRAME = pandas.DataFrame({"a": range(1000), "b": [f"x{n}" for n in range(1000)]})


def sizes(layers):
    """A class of this name, as a file says it that was edited."""
    return enum.Enum("Sizes", {"SMALL": layers}, module="sizes", qualname="Sizes")


def size_with(layers):
    """An enumeration whose member has an attribute, as a file says it that was edited."""

    class Size(enum.Enum):
        SMALL = ("small", layers)

        def __new__(cls, value, layers):
            member = object.__new__(cls)
            member._value_, member.layers = value, layers
            return member

    return Size


def with_attributes(function, **attributes):
    """A function that is the same but for its attributes."""
    if isinstance(function, functools.partial):
        function = functools.partial(function)
    else:
        function = types.FunctionType(function.__code__, globals(), function.__name__)
    vars(function).update(attributes)
    return function


def module_of(**names):
    module = types.ModuleType("settings_of_a_test")
    vars(module).update(names)
    return module


_DAYS = pandas.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-01-03"])
_DAYS_FREQ = pandas.date_range("2020-01-01", periods=3)

DIFFERENT = [
    [sizes(2).SMALL, sizes(20).SMALL],
    [sizes({"layers": 2}).SMALL, sizes({"layers": 20}).SMALL],
    [numpy.timedelta64(1, unit) for unit in ("Y", "M", "ns")] + [1],
    [numpy.datetime64(1, unit) for unit in ("ns", "ps")] + [1],
    [{1: 2}, {"1": 2}, {True: 2}, {1.0: 2.5}, {"\0" + "1": 2}],
    [Decimal("0.1"), "0.1", 0.1, Fraction(1, 10)],
    [uuid.UUID(int=1), str(uuid.UUID(int=1))],
    [Path("/a"), "/a"],
    [range(3), [0, 1, 2], "range(0, 3)"],
    [functools.cache(one) for one in (loss, other_loss)] + [functools.lru_cache(maxsize=2)(len)],
    [{"a": value}.__getitem__ for value in (1, 2)] + [{"b": 1}.__getitem__],
    ["a".__contains__, "b".__contains__],
    [{1, 2}, frozenset({1, 2}), [1, 2], (1, 2), deque([1, 2]), ListWithNotes([1, 2])],
    [[[1, 2]], [(1, 2)], ([1, 2],)],
    [{"a": [{"a": 1}]}, {"a": [Counter(a=1)]}, {"a": [OrderedDict(a=1)]}],
    [OrderedDict(a=1, b=2), OrderedDict(b=2, a=1), {"a": 1, "b": 2}],
    [b"a", bytearray(b"a"), memoryview(b"a"), "b'a'"],
    [pandas.NaT, pandas.NA, None, "NaT", float("nan"), numpy.datetime64("NaT", "us")],
    [numpy.datetime64("NaT", unit) for unit in ("us", "ns")] + [numpy.timedelta64("NaT", "us")],
    [pandas.Index([1, 2], name=name) for name in ("a", "b", None)],
    [pandas.MultiIndex.from_tuples([(1, 2)], names=[*names]) for names in ("ab", "ba")],
    [pandas.Index([1, 2]), numpy.array([1, 2])],
    [pandas.date_range("2020", periods=3), pandas.DatetimeIndex(["2020", "2020-01-02"]), _DAYS],
    [_DAYS, pandas.Series(_DAYS), pandas.Series(1, _DAYS), pandas.Series(1, _DAYS_FREQ)],
    [pandas.PeriodIndex(["2020-01"], freq=frequency) for frequency in "MYD"],
    [
        pandas.Categorical(["x"], categories=["x", "y"]),
        pandas.Categorical(["x"], categories=["y", "x"]),
        pandas.Categorical(["x"], categories=["x", "y"], ordered=True),
        pandas.CategoricalIndex(["x"], categories=["x", "y"]),
        pandas.CategoricalIndex(["x"], categories=["y", "x"]),
    ],
    [
        pandas.DataFrame({"a": [1]}, index=pandas.CategoricalIndex(["x"], categories=[*categories]))
        for categories in ("xy", "yx")
    ],
    [_FRAME.rename_axis(columns=name) for name in ("a", "b", None)],
    [pandas.array([1, 2], dtype=dtype) for dtype in ("Int64", "Int32")] + [numpy.array([1, 2])],
    [pandas.Series(["a"], dtype=dtype) for dtype in ("object", "category", "string")],
    [numpy.ma.array([1, 2], mask=[0, 1], fill_value=value) for value in (3, 4)],
    [numpy.ma.array([1, 2], fill_value=value) for value in (3, 4)] + [numpy.array([1, 2])],
    [Settings(deep={}), Settings(deep={}, rate=0.1), Settings(deep={}, rate=0.2)],
    [size_with(2).SMALL, size_with(20).SMALL, size_with(2), size_with(20)],
    [with_attributes(loss, rate=1), with_attributes(loss, rate=2), loss],
    [with_attributes(functools.partial(loss, 1), rate=rate) for rate in (1, 2)],
    [module_of(rate=1), module_of(rate=2), json],
    [1, True, 1.0, "1"],
    [Colour.RED, Colour.BLUE, Shade.RED, 1],
    [loss, other_loss, lambda x: x, lambda x: x + 1],
    [functools.partial(loss, 1), functools.partial(loss, 2), functools.partial(other_loss, 1)],
    [Plain(a=1), Plain(a=2), Plain(b=1), types.SimpleNamespace(a=1), {"a": 1}],
    [Slotted(1), Slotted(2)],
    [Point(1, 2), Pair(1, 2)],
    [date(2026, 1, 1), datetime(2026, 1, 1)],
    [b"a", bytearray(b"b"), b"a" * 1000, b"a" * 1001],
    [_ZEROS, _copy_with(_ZEROS, (150, 150), 1), _ZEROS.reshape(9, -1), _ZEROS.astype("f4")],
    [numpy.array(["a", None], object), numpy.array(["a", "b"], object), numpy.array(["a", "b"])],
    [_FRAME, _FRAME.assign(a=_FRAME.a + 1), _FRAME[["b", "a"]], _FRAME.set_index("a")],
    [_FRAME.a, _FRAME.b, _FRAME.a.rename("c")],
    [numpy.random.default_rng(1), numpy.random.default_rng(2)],
    [list(range(100_000)), [*range(99_999), 0]],
    ["a" * 2_000_000, "a" * 1_999_999 + "b"],
    [{"a": [list(range(50_000))]}, {"a": [[*range(49_999), 0]]}],
    [{"\0Decimal": "1"}, Decimal("1")],
    [2**70, str(2**70), 2**71],
    [float("nan"), "NaN", None],
    [re.compile("a"), re.compile("b"), re.compile("a", re.IGNORECASE)],
    [SecretStr, SecretStr("a")],
    [with_notes(ListWithNotes([1]), by="a"), with_notes(ListWithNotes([1]), by="b"), [1]],
    [with_notes(Text("a"), by="a"), with_notes(Text("a"), by="b"), "a"],
    [
        with_notes(Options(1, Path("/a")), more=1),
        with_notes(Options(1, Path("/a")), more=2),
        Options(1, Path("/a")),
    ],
    [with_notes(_ZEROS.view(Length), unit="m"), with_notes(_ZEROS.view(Length), unit="km"), _ZEROS],
    [defaultdict(int, a=1), defaultdict(list, a=1), {"a": 1}],
    [deque([1], 2), deque([1], 3), deque([1])],
    [_FRAME, _FRAME.rename_axis("row"), with_notes(_FRAME.copy(), _attrs={"unit": "m"})],
    [datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 2, 30, fold=1)],
]


@pytest.mark.parametrize("values", DIFFERENT, ids=lambda values: type(values[0]).__name__)
def test_different_values_are_told_apart(values):
    assert_told_apart(values)


@pytest.mark.slow
def test_estimators_are_told_apart():
    # Here, since each worker collects all tests, and scikit-learn takes seconds to import.
    from sklearn.linear_model import LogisticRegression

    assert_told_apart([LogisticRegression(C=1.0), LogisticRegression(C=2.0)])


def test_pipelines_that_were_fitted_are_told_apart():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipelines = [make_pipeline(StandardScaler(), LogisticRegression(C=c)) for c in (1, 2)]
    assert_told_apart([one.fit([[0.0], [1.0]], [0, 1]) for one in pipelines])


def assert_told_apart(values):
    digests = [digest(value) for value in values]
    assert len(set(digests)) == len(values)
    assert digests == [digest(value) for value in values]
    for value in values:
        text = json.dumps(form_of(value))
        assert len(text) < 1_100_000 and "0x" not in text


@pytest.mark.parametrize(
    "values",
    [
        [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
        [OrderedDict(a=1, b=2), OrderedDict([("a", 1), ("b", 2)])],
        [{1: "a", 2: "b"}, {2: "b", 1: "a"}],
        [{"x", "y", "z"}, {"z", "y", "x"}],
        [frozenset({"x", "y", "z"}), frozenset({"z", "y", "x"})],
        [
            datetime(2026, 1, 1, 12, tzinfo=timezone.utc),
            datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2))),
        ],
        [(1, [2]), (1, [2])],
        [pandas.Index([1, 2], name="a"), pandas.Index([1, 2], name="a")],
        [_FRAME, _FRAME.copy(), pandas.DataFrame(dict(_FRAME))],
        [numpy.asfortranarray(_ZEROS), _ZEROS, numpy.zeros((600, 600))[::2, ::2]],
        [numpy.arange(3, dtype=">i8").astype("<i8"), numpy.arange(3)],
        [numpy.float64(0.1), 0.1],
        [PurePosixPath("/a"), Path("/a")],
        [Options(1, Path("/a")), Options(1, Path("/a"))],
        [Plain(a=[1]), Plain(a=[1])],
    ],
    ids=lambda values: type(values[0]).__name__,
)
def test_equal_values_are_one(values):
    assert len({digest(value) for value in values}) == 1


@pytest.mark.slow
def test_what_differs_between_processes_does_not_count():
    program = (
        "from graphstore.recording.values import arguments_of\n"
        "class Loss:\n"
        "    def __init__(self): self.names = {'a', 'b', 'c'}\n"
        "def f(x): return x\n"
        "given = arguments_of({'a': Loss(), 'b': f, 'c': {'x', 'y'}, 'd': Loss().__init__})\n"
        "print(given.stored, given.digests())\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1 and "0x" not in outputs.pop()


def test_what_contains_itself_ends():
    loop = [1]
    loop.append({"loop": loop})
    holder = Plain(a=1)
    holder.me = holder
    assert form_of(loop)[1] == {"loop": {"type": "list", "note": "contains itself"}}
    assert form_of(holder)["me"]["note"] == "contains itself"
    assert digest(loop) != digest([1, {"loop": [2]}])

    def recursive(x):
        return recursive(x)

    assert form_of(recursive).endswith("recursive")


def test_what_is_nested_deep_ends_in_a_note():
    deep = bottom = []
    for _ in range(60):
        bottom.append([])
        bottom = bottom[0]
    arguments = arguments_of({"it": deep})
    assert not arguments.unknown
    assert "digest" in json.dumps(arguments.stored["it"])
    bottom.append(1)
    assert arguments.digests() != arguments_of({"it": deep}).digests()
    for _ in range(100_000):
        deep = [deep]
    arguments = arguments_of({"it": deep})
    assert "nested deeper" in arguments.unknown["it"][0]
    assert len(json.dumps(arguments.stored)) < 10_000


@pytest.mark.parametrize(
    "value",
    [threading.Lock(), (n for n in []), sys.stdout, {"a": [threading.Lock()]}, Plain(a=open)],
    ids=["lock", "generator", "file", "in others", "known"],
)
def test_what_tells_no_state_is_not_known(value):
    arguments = arguments_of({"it": value})
    assert bool(arguments.unknown) == (not isinstance(value, Plain))
    assert "0x" not in json.dumps(arguments.stored)


class Failing:
    shape = property(lambda self: 1 / 0)

    def __reduce_ex__(self, protocol):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


class Silent:
    def __getattribute__(self, name):
        raise RuntimeError("no")


@pytest.mark.parametrize("kind", [Failing, Silent])
def test_a_value_that_fails_as_it_is_looked_at_is_not_known(kind):
    arguments = arguments_of({"it": kind(), "in": [kind()]})
    assert arguments.unknown["it"] and arguments.stored["it"]["type"].endswith(kind.__name__)
    assert arguments.unknown["in"]


def test_a_path_counts_by_what_stands_there_if_that_is_asked():
    def digests(contents):
        return arguments_of({"it": [Path("/a")]}, contents=lambda path: contents)

    assert digests("1").digests() != digests("2").digests()
    assert not digests("1").unknown
    assert "/a is not known" in digests(None).unknown["it"][0]


def test_names_that_no_property_can_have_are_changed():
    values = to_values({1: "a", "\0x": "b", "\ud800": "c", "x" * 5000: "d", "1": "e"})
    assert list(values.values()) == ["a", "b", "c", "d", "e"]
    assert list(values)[:3] == ["1", "\\0x", "\\ud800"]
    assert len(list(values)[3]) == 1000
    assert list(values)[4] == "1 (2)"


A, B, C = (Artifact(type="Data", uri=f"s3://{name}") for name in "abc")


@dataclasses.dataclass
class Split:
    train: Artifact
    test: Artifact
    rate: float = 0.1


class Parts(BaseModel):
    train: Artifact
    rate: float = 0.1


Two = namedtuple("Two", "train test")


@pytest.mark.parametrize(
    ("value", "inputs", "rest"),
    [
        (A, {"it": [A]}, None),
        ([A, B], {"it": [A, B]}, None),
        ({"train": A, "test": [B, C]}, {"it.train": [A], "it.test": [B, C]}, None),
        ({"train": A, "rate": 0.1}, {"it.train": [A]}, {"rate": 0.1}),
        ([A, "s3://b"], {"it.0": [A]}, [None, "s3://b"]),
        ([[A, B], [C]], {"it.0": [A, B], "it.1": [C]}, None),
        ({"a": {"b": (A, 1)}}, {"it.a.b.0": [A]}, {"a": {"b": [None, 1]}}),
        (Split(A, B), {"it.train": [A], "it.test": [B]}, {"rate": 0.1}),
        (Parts(train=A), {"it.train": [A]}, {"rate": 0.1}),
        (Two(A, B), {"it.train": [A], "it.test": [B]}, None),
        (argparse.Namespace(data=A, rate=1), {"it.data": [A]}, {"rate": 1}),
        (Plain(data=A, rate=1), {"it.data": [A]}, {"type": f"{__name__}.Plain", "rate": 1}),
        ({0: A}, {"it.0": [A]}, {"0": None}),
        ({"a.b": A}, {"it.a.b": [A]}, {"a.b": None}),
        (NodeRef("artifact", 7), {"it": [7]}, None),
        ({"a": NodeRef("execution", 7)}, {}, {"a": "execution 7"}),
        ([], {}, []),
    ],
    ids=parameter_name,
)
def test_artifacts_are_inputs_wherever_they_stand(value, inputs, rest):
    arguments = arguments_of({"it": value})
    assert arguments.inputs == inputs
    assert arguments.stored.get("it") == rest


def test_inputs_by_role_may_be_containers():
    inputs = {"data": {"train": A, "test": [B, 7]}, "more": Split(A, B), "x": [1, 2], "y": [[A], B]}
    flat = [pair for role, value in inputs.items() for pair in by_role(role, value)]
    assert flat[:3] == [("data.train", A), ("data.test", B), ("data.test", 7)]
    assert flat[3:6] == [("more.train", A), ("more.test", B), ("more.rate", 0.1)]
    assert flat[6:] == [("x", 1), ("x", 2), ("y.0", A), ("y.1", B)]


def test_artifacts_that_are_not_passed_count_by_what_they_hold():
    describer = Describer()
    one = describer.exact(A.evolve(digest="sha256:1"))
    assert one == describer.exact(B.evolve(digest="sha256:1"))
    assert one != describer.exact(A.evolve(digest="sha256:2"))
    assert not describer.unknown and not describer.inputs
    describer.exact(A)
    assert describer.unknown


def test_an_object_that_makes_attributes_up_as_they_are_asked_for_is_looked_at_once():
    class Remote:
        def __init__(self):
            self.rate = 0.1

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            self.__dict__[name] = made = Remote()
            return made

    value = Remote()
    describer = Describer()
    stored, _ = describer.describe("x", value)
    assert stored == {"type": qualified_name(Remote), "rate": 0.1}
    assert vars(value) == {"rate": 0.1}
    assert not describer.unknown
    mock = Mock(rate=0.1)
    assert describer.describe("x", mock)[0]["rate"] == 0.1
    assert not mock.method_calls


class Items(dict):
    """A dict that gives its items as attributes, as some configurations do."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


def test_a_dict_that_raises_key_error_of_attributes_is_known_by_its_items():
    arguments = arguments_of({"it": Items(rate=0.1, more=Items(depth=1)), "in": (Items(a=1),)})
    assert arguments.stored == {"it": {"rate": 0.1, "more": {"depth": 1}}, "in": [{"a": 1}]}
    assert not arguments.unknown and not arguments.unknown_classes
    assert_told_apart([Items(a=1), Items(a=2)])
    assert list(by_role("data", Items(train=A))) == [("data.train", A)]


class Trainer:
    @functools.cached_property
    def rows(self):
        return [1, 2, 3]


def test_a_cached_property_that_was_asked_for_does_not_count():
    fresh, used, other = Trainer(), Trainer(), Trainer()
    assert used.rows
    other.path = "x"
    assert digest(fresh) == digest(used) != digest(other)
    assert form_of(used) == {"type": qualified_name(Trainer)}


def scaled(factor):
    """A decorator's wrapper with an attribute that it reads."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(x):
            return function(x) * wrapper.factor

        wrapper.factor = factor
        return wrapper

    return decorate


def test_an_attribute_of_what_a_decorator_made_counts():
    assert_told_apart([scaled(1)(loss), scaled(2)(loss), loss])


def test_a_module_of_ones_own_counts_by_its_code_and_numbers(tmp_path, monkeypatch):
    def loaded(text):
        path.write_text(text)
        sys.modules.pop("rates_of_a_test", None)
        importlib.invalidate_caches()
        return importlib.import_module("rates_of_a_test")

    path = tmp_path / "rates_of_a_test.py"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    texts = ["RATE = 1\n", "RATE = 2\n", "RATE = 1\n\ndef f(): return 1\n", "RATE = {'a': 1}\n"]
    digests = [digest(loaded(text)) for text in [*texts, "RATE = 1  # a comment\n"]]
    assert len(set(digests)) == 4 and digests[0] == digests[4]
    module = loaded(texts[0])
    module.RATE = 3
    assert digest(module) not in digests
    assert form_of(module) == "rates_of_a_test"


_ASKED = []


class Counted:
    """An object that notes when it is asked for its state."""

    def __init__(self, rate):
        self.rate = rate

    def __reduce_ex__(self, protocol):
        _ASKED.append(self)
        return super().__reduce_ex__(protocol)


def doubled(value, levels):
    for _ in range(levels):
        value = [value, value]
    return value


def test_what_stands_at_many_places_is_looked_at_once():
    _ASKED.clear()
    assert not arguments_of({"it": doubled(Counted(0.1), 10)}).unknown
    assert len(_ASKED) == 1
    # Whether two places have one object, or two that are equal, is the same.
    shared, equal = Counted(0.1), Counted(0.1)
    assert digest([[shared], [shared]]) == digest([[shared], [equal]])
    assert digest([[shared], [shared]]) != digest([[shared], [Counted(0.2)]])
    (reason,) = arguments_of({"it": doubled([1], 90)}).unknown["it"][:1]
    assert "too many parts" in reason


def test_what_contains_itself_or_an_input_is_looked_at_at_each_place():
    def loop():
        one = [1]
        one.append([one])
        return one

    one = loop()
    assert digest([one, one]) == digest([one, loop()])
    assert digest([one, [one]]) == digest([loop(), [loop()]])
    holder = Plain(data=A, rate=1)
    arguments = arguments_of({"a": holder, "b": [holder, {"c": holder}]})
    assert arguments.inputs == {"a.data": [A], "b.0.data": [A], "b.1.c.data": [A]}


def test_a_value_that_changed_since_it_was_looked_at_is_looked_at_anew():
    describer, value = Describer(), [[1, [2]]]
    first, exact = describer.describe("x", value), describer.exact(value)
    value[0][1].append(3)
    assert describer.describe("x", value) != first and describer.exact(value) != exact


def nested(value, levels):
    for level in range(levels):
        value = [value, Plain(level=level, deep=Options(level, Path("/a")))]
    return value


def test_what_is_nested_deep_is_known_by_all_that_is_in_it():
    describer = Describer()
    first = describer.describe("x", nested([1, (2, 3)], 60))
    # Also once the classes of what is in it are known.
    assert first == describer.describe("x", nested([1, (2, 3)], 60))
    for other in ([1, [2, 3]], [1, (2, 4)]):
        forms = describer.describe("x", nested(other, 60))
        assert forms[0] != first[0] and forms[1] != first[1]
    assert not describer.unknown


def test_what_is_nested_deep_is_read_once_for_its_digests(monkeypatch):
    lengths = []

    def counted(exact):
        lengths.append(len(json.dumps(exact)))
        return exact_digest(exact)

    monkeypatch.setattr("graphstore.recording.describing.exact_digest", counted)
    Describer().describe("x", nested(list(range(1000)), 80))
    whole = len(json.dumps(list(range(1000))))
    assert whole < sum(lengths) < 20 * whole


def test_our_own_version_is_known_without_a_look_at_all_that_is_installed(monkeypatch):
    def fail():
        raise AssertionError

    @dataclasses.dataclass
    class Own:
        rate: float = 0.1

    monkeypatch.setattr("graphstore.recording.capture.packages._distributions", fail)
    describer = Describer()
    describer.describe("x", Own())
    assert not describer.unknown and not describer.unknown_classes

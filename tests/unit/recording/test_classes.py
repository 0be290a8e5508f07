"""What a value or a function has from its class, its defaults and its decorators counts by value.

Each text below is loaded anew with another RATE in the environment: the text is the same, and what
it gives to a step is not.
"""

import importlib
import importlib.metadata
import json
import os
import subprocess
import sys
import textwrap

import pytest

from graphstore import Artifact
from graphstore.recording.capture.packages import release_of
from graphstore.recording.capture.source import Body, source_digest
from graphstore.recording.code import version_of
from graphstore.recording.values import arguments_of

HEAD = """
import abc, collections, contextlib, dataclasses, enum, functools, os, typing
import attrs, numpy, pydantic, wrapt
RATE = float(os.environ["RATE"])

class Holder:
    def __init__(self, rate):
        self.rate = rate

def scaled(factor):
    def decorate(function):
        @functools.wraps(function)
        def inner(*args):
            return function(*args) * factor
        return inner
    return decorate

class Scaled:
    def __init__(self, factor):
        self.factor = factor
    def __call__(self, function):
        @functools.wraps(function)
        def inner(*args):
            return function(*args) * self.factor
        return inner

class Decorated:
    def __init__(self, function, factor):
        functools.update_wrapper(self, function)
        self.factor = factor
    def __call__(self, *args):
        return self.__wrapped__(*args) * self.factor

class Context(contextlib.ContextDecorator):
    def __init__(self, rate):
        self.rate = rate
    def __enter__(self):
        return self
    def __exit__(self, *exc):
        return False

def by_wrapt(factor):
    @wrapt.decorator
    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args) * factor
    return wrapper
"""
VALUES = {
    "object": "class Config: rate = RATE\ngiven = Config()",
    "base": "class Base: rate = RATE\nclass Config(Base): pass\ngiven = Config()",
    "metaclass": "class Meta(type): rate = RATE\nclass A(metaclass=Meta): pass\ngiven = A()",
    "assigned later": "class Config: rate = 0.1\nConfig.rate = RATE\ngiven = Config()",
    "slots": "class Config:\n    __slots__ = ()\n    rate = RATE\ngiven = Config()",
    "dataclass": """
        @dataclasses.dataclass
        class Config:
            depth: int = 1
            rate: typing.ClassVar[float] = RATE
        given = Config()
    """,
    "dataclass of slots": """
        @dataclasses.dataclass(frozen=True, slots=True)
        class Config:
            depth: int = 1
            rate: typing.ClassVar[float] = RATE
        given = Config()
    """,
    "pydantic": """
        class Config(pydantic.BaseModel):
            depth: int = 1
            rate: typing.ClassVar[float] = RATE
        given = Config()
    """,
    "attrs": """
        @attrs.define
        class Config:
            depth: int = 1
            rate: typing.ClassVar[float] = RATE
        given = Config()
    """,
    "named tuple": """
        class Config(collections.namedtuple("Config", "depth")):
            rate = RATE
        given = Config(1)
    """,
    "enum": "class Config(enum.Enum):\n    A = 1\n    B = RATE\ngiven = Config.A",
    "enum of texts": """
        class Config(str, enum.Enum):
            A = "a"
            def rate(self, factor=RATE):
                return factor
        given = Config.A
    """,
    "dict": "class Config(dict): rate = RATE\ngiven = Config(a=1)",
    "list": "class Config(list): rate = RATE\ngiven = Config([1])",
    "set": "class Config(set): rate = RATE\ngiven = Config([1])",
    "text": "class Config(str): rate = RATE\ngiven = Config('a')",
    "number": "class Config(float): rate = RATE\ngiven = Config(1)",
    "array": "class Config(numpy.ndarray): rate = RATE\ngiven = numpy.zeros(3).view(Config)",
    "mapping": """
        class Config(collections.abc.Mapping):
            def __init__(self): self.rate = RATE
            def __iter__(self): return iter("a")
            def __len__(self): return 1
            def __getitem__(self, key): return 1
        given = Config()
    """,
    "path": """
        class Config(os.PathLike):
            rate = RATE
            def __fspath__(self): return "a"
        given = Config()
    """,
    "key": "class Config(str): rate = RATE\ngiven = {Config('a'): 1}",
    "in a list": "class Config: rate = RATE\ngiven = [1, {'a': Config()}]",
    "artifacts alone": """
        from graphstore import Artifact
        @dataclasses.dataclass
        class Config:
            data: Artifact
            rate: typing.ClassVar[float] = RATE
        given = Config(Artifact(type="Data", uri="s3://a"))
    """,
    "default of a method": """
        class Config:
            def rate(self, factor=RATE): return factor
        given = Config()
    """,
    "wrapped method": """
        class Config:
            @property
            @scaled(RATE)
            def rate(self): return 1
        given = Config()
    """,
    "bound method": """
        class Config:
            rate = RATE
            def fit(self): return self.rate
        given = Config().fit
    """,
    "class method": """
        class Config:
            rate = RATE
            @classmethod
            def fit(cls): return cls.rate
        given = Config.fit
    """,
    "callable": """
        class Config:
            rate = RATE
            def __call__(self): return self.rate
        given = Config()
    """,
    "class": "class given: rate = RATE",
    "class with a dict": "class given: rates = {'a': [RATE]}",
    "class with a tuple": "class given: rates = (1, RATE)",
    "class with a set": "class given: rates = {1, RATE}",
    "class with an array": "class given: rates = numpy.full(300, RATE)",
    "class with a NumPy number": "class given: rate = numpy.float32(RATE)",
    "class with an object": "class given: holder = Holder(RATE)",
    "class with a class": "class Inner: rate = RATE\nclass given: inner = Inner",
    "class within": "class given:\n    class Inner: rate = RATE",
    "class with a function": "class given: rate = staticmethod(lambda x, k=RATE: k)",
    "class with a partial": "class given: rate = functools.partial(int, RATE)",
    "class with a partial method": """
        class given:
            def fit(self, rate): return rate
            half = functools.partialmethod(fit, RATE)
    """,
    "class with a secret": "class given: password = str(RATE)",
    "cached function": "@functools.cache\ndef given(rate=RATE): return rate",
    "cached function within": """
        @functools.lru_cache(maxsize=3)
        def helper(rate=RATE): return rate
        def make(rate):
            return lambda: helper(rate)
        given = [make(1), {"a": helper}]
    """,
    "class with a cached function": "class given: rate = functools.cache(lambda x, k=RATE: k)",
    "field of a dataclass": "@dataclasses.dataclass\nclass given: rate: float = RATE",
    "made field of a dataclass": """
        @dataclasses.dataclass
        class given:
            rates: list = dataclasses.field(default_factory=lambda k=RATE: [k])
    """,
    "field of a model": "class given(pydantic.BaseModel): rate: float = RATE",
    "field of attrs": "@attrs.define\nclass given: rate: float = RATE",
    "field of a named tuple": "class given(typing.NamedTuple): rate: float = RATE",
}
CODE = {
    "default": "def given(x, rate=RATE): return x * rate",
    "default by name": "def given(x, *, rate=RATE): return x * rate",
    "default of a lambda": "given = lambda x, rate=RATE: x * rate",
    "default of NumPy": "def given(x, rate=numpy.float32(RATE)): return x * rate",
    "default array": "def given(x, rates=numpy.array([RATE])): return x * rates",
    "default object": "def given(x, holder=Holder(RATE)): return x * holder.rate",
    "default dict": "def given(x, rates={'a': (RATE,)}): return x",
    "decorator": "@scaled(RATE)\ndef given(x): return x",
    "inner decorator": "@scaled(1)\n@scaled(RATE)\ndef given(x): return x",
    "outer decorator": "@scaled(RATE)\n@scaled(1)\ndef given(x): return x",
    "cached": "@functools.cache\n@scaled(RATE)\ndef given(x): return x",
    "decorator that is an object": "@Scaled(RATE)\ndef given(x): return x",
    "wrapper that is an object": "given = Decorated(lambda x: x, RATE)",
    "context": "@Context(RATE)\ndef given(x): return x",
    "wrapt": "@by_wrapt(RATE)\ndef given(x): return x",
    "partial": "given = functools.partial(scaled(RATE)(lambda x: x), 1)",
    "dispatch": """
        @functools.singledispatch
        def given(x): return x
        @given.register
        def _(x: int, rate=RATE): return x * rate
    """,
    "coroutine": """
        def scaled_wait(factor):
            def decorate(function):
                @functools.wraps(function)
                async def inner(*args):
                    return await function(*args) * factor
                return inner
            return decorate
        @scaled_wait(RATE)
        async def given(x): return x
    """,
    "method": """
        class Trainer:
            rate = RATE
            def fit(self): return self.rate
        given = Trainer().fit
    """,
    "wrapped method": """
        class Trainer:
            def __init__(self): self.rate = RATE
            @scaled(1)
            def fit(self): return self.rate
        given = Trainer().fit
    """,
    "method of the class": """
        class Trainer:
            rate = RATE
            @classmethod
            def fit(cls): return cls.rate
        given = Trainer.fit
    """,
    "object that is called": """
        class Trainer:
            rate = RATE
            def __call__(self): return self.rate
        given = Trainer()
    """,
    "closed over, cached": """
        def make():
            @functools.cache
            def rate(x=RATE): return x
            def given(): return rate()
            return given
        given = make()
    """,
    "class": "class given: rates = {'a': RATE}",
}


@pytest.fixture
def load(tmp_path, monkeypatch):
    """A function that loads a text as a module, and gives what is called `given` in it."""
    monkeypatch.syspath_prepend(tmp_path)
    name = "loaded_by_test_classes"
    file = tmp_path / f"{name}.py"

    def load(text, rate="0.1", head=HEAD):
        monkeypatch.setenv("RATE", rate)
        file.write_text(head + textwrap.dedent(text))
        # Another text of one length may come within a second.
        importlib.invalidate_caches()
        sys.modules.pop(name, None)
        for cached in tmp_path.glob("**/*.pyc"):
            cached.unlink()
        return importlib.import_module(name).given

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield load
    sys.modules.pop(name, None)


def form(value):
    arguments = arguments_of({"it": value})
    assert not arguments.unknown and not arguments.unknown_classes
    return json.dumps([arguments.stored, arguments.digests(), arguments.classes], sort_keys=True)


def version(code):
    version = version_of(code)
    assert not version.unknown
    return version.digest


@pytest.mark.parametrize("text", VALUES.values(), ids=VALUES)
def test_what_the_class_of_a_value_has_counts(load, text):
    first, same, other = (form(load(text, rate)) for rate in ("0.1", "0.1", "0.2"))
    assert first == same != other
    assert "0x" not in first


@pytest.mark.parametrize("text", CODE.values(), ids=CODE)
def test_what_code_has_besides_its_text_counts(load, text):
    first, same, other = (version(load(text, rate)) for rate in ("0.1", "0.1", "0.2"))
    assert first == same != other


METHODS = """
class Base:
    def inherited(self):
        return {inherited}

class Config(Base):
    # {comment}
    def __init__(self):
        self.depth = 1

    def rate(self):
        return self.depth * {factor}

given = Config()
"""


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"factor": "3"}, True),
        ({"inherited": "3"}, True),
        ({"comment": "another"}, False),
        ({"factor": "(\n            2\n        )"}, False),
    ],
)
def test_the_methods_of_an_object_count(load, changes, counts):
    texts = {"inherited": "1", "comment": "one", "factor": "2"}
    before = form(load(METHODS.format(**texts)))
    assert (form(load(METHODS.format(**{**texts, **changes}))) != before) == counts


WRAPPER = """
def logged(function):
    @functools.wraps(function)
    def inner(*args):
        {body}
        return function(*args)
    return inner

@logged
def given(x):
    return x
"""


def test_the_code_of_a_wrapper_counts(load):
    first, same, other = (
        source_digest(load(WRAPPER.format(body=body))) for body in ("pass", "pass  # c", "args[0]")
    )
    assert first == same != other


def test_our_own_wrapper_counts_for_nothing(load):
    text = "import graphstore\n{}def given(x): return x\n"
    plain, step = (
        version(load(text.format(line))) for line in ("", "@graphstore.step('T', cache=True)\n")
    )
    assert plain == step


def test_what_a_cache_has_kept_counts_for_nothing(load):
    function = load("@functools.lru_cache(maxsize=3)\ndef given(x): return x")
    before = version(function)
    function(1)
    assert version(function) == before
    dispatched = load(CODE["dispatch"])
    before = version(dispatched)
    dispatched("a")
    assert version(dispatched) == before


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    pass\nA.own = A()\ngiven = A()",
        "class A:\n    pass\nA.own = A()\ngiven = A.own",
        "class A:\n    pass\nA.own = A\ngiven = A",
        "class A:\n    pass\nclass B:\n    a = A\nA.b = B\ngiven = [A, B, A(), B()]",
        "class A:\n    pass\nclass B:\n    a = [A(), A]\nA.b = {'x': B()}\ngiven = {A(), B()}",
        "class A:\n    def f(self, k=None): return k\nA.f.__defaults__ = (A.f, A)\ngiven = A()",
        "class Meta(type):\n    pass\nclass A(metaclass=Meta):\n    pass\nMeta.a = A\ngiven = A",
    ],
    ids=range(7),
)
def test_classes_that_lead_to_each_other_end(load, text):
    assert form(load(text)) == form(load(text))
    edited = text.replace("class A:", "class A:\n    more = 1").replace(
        "type):", "type):\n    x = 1"
    )
    assert form(load(edited)) != form(load(text))


def test_the_form_of_a_class_is_the_same_however_it_is_reached(load):
    text = (
        "class A:\n    pass\nclass B:\n    a = A\nA.b = B\nA.one = A()\ngiven = [A, B, A.one, B()]"
    )
    given = load(text)
    forms = [arguments_of({"it": one}).exact["it"] for one in given]
    assert arguments_of({"it": given}).exact["it"] == forms
    assert arguments_of({"it": given[::-1]}).exact["it"] == forms[::-1]


FAILING = """
class Raises:
    def __get__(self, *_): raise RuntimeError("no")
    def __reduce_ex__(self, protocol): raise RuntimeError("no")
    def __getattr__(self, name): raise RuntimeError("no")
    def __call__(self): pass
class Endless:
    def __getattr__(self, name): return Endless()
    def __call__(self): pass
"""


@pytest.mark.parametrize(
    "text",
    [
        "import threading\nclass given: lock = threading.Lock()",
        "import sys\nclass given: file = sys.__stdout__",
        FAILING + "class given: raises = Raises()",
        FAILING + "class Base: raises = Raises()\nclass given(Base): pass",
    ],
    ids=["lock", "file", "raises", "inherited"],
)
def test_what_cannot_be_told_of_a_class_is_not_known(load, text):
    kind = load(text)
    for value in (kind, kind(), [kind()]):
        arguments = arguments_of({"it": value})
        assert "of its class loaded_by_test_classes." in arguments.unknown_classes["it"][0]
        assert not arguments.unknown  # the value itself is
    assert version_of(kind).unknown


def test_what_makes_up_its_attributes_ends(load):
    assert form(load(FAILING + "class given: endless = Endless()"))


def test_a_parameter_that_is_ignored_does_not_count_by_its_default(load):
    function = load("import threading\ndef given(x, lock=threading.Lock()): return x")
    assert version_of(function).unknown
    assert not version_of(Body(function)).unknown


INSTALLED = """
import functools, threading
__version__ = "{version}"

def retried(times):
    lock = threading.Lock()
    def decorate(function):
        @functools.wraps(function)
        def inner(*args):
            with lock:
                return function(*args) * times
        return inner
    return decorate

class Model:
    rate = {rate}
    lock = threading.Lock()
    def __init__(self): self.depth = 1
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A function that installs a package."""
    folder = tmp_path / "lib" / "site-packages"
    folder.mkdir(parents=True)
    monkeypatch.syspath_prepend(folder)

    def install(version, rate="0.1"):
        sys.modules.pop("brought_by_test_classes", None)
        (folder / "brought_by_test_classes.py").write_text(
            INSTALLED.format(version=version, rate=rate)
        )
        return f'import brought_by_test_classes as brought\n__author__ = "{version}{rate}"\n'

    yield install
    sys.modules.pop("brought_by_test_classes", None)


@pytest.mark.parametrize("text", ["given = brought.Model()", "given = brought.Model"])
def test_the_class_of_an_installed_package_counts_by_its_version(load, installed, text):
    forms = [form(load(installed(version) + text)) for version in ("1.0", "1.0", "2.0")]
    assert forms[0] == forms[1] != forms[2]


def test_a_class_of_ones_own_that_inherits_from_an_installed_one_counts(load, installed):
    text = "class Own(brought.Model): rate = RATE\ngiven = Own()"
    first, same, other = (form(load(installed("1") + text, rate)) for rate in ("1", "1", "2"))
    assert first == same != other


def test_a_decorator_of_an_installed_package_counts_as_far_as_it_can_be_told(load, installed):
    text = "@brought.retried(RATE)\ndef given(x): return x"
    first, same, other, newer = (
        version(load(installed(number) + text, rate))
        for number, rate in (("1", "0.1"), ("1", "0.1"), ("1", "0.2"), ("2", "0.1"))
    )
    assert first == same != other
    assert first != newer


def test_whose_code_a_module_is():
    assert (
        release_of("json") == release_of("builtins") == release_of(int) == release_of("sys") == ""
    )
    assert release_of("numpy.linalg") == sys.modules["numpy"].__version__
    assert release_of("yaml_that_is_not_there") is None
    assert release_of(__name__) is None and release_of("__main__") is None
    assert release_of("graphstore.model") and release_of(Artifact)
    assert release_of(None) is None


@pytest.mark.slow
def test_what_differs_between_processes_does_not_count(tmp_path):
    for number, text in enumerate([*VALUES.values(), *CODE.values()]):
        (tmp_path / f"part_{number}.py").write_text(HEAD + textwrap.dedent(text))
    parts, values = len(VALUES) + len(CODE), len(VALUES)
    (tmp_path / "program.py").write_text(
        "import importlib\n"
        "from graphstore.recording.code import version_of\n"
        "from graphstore.recording.values import arguments_of\n"
        f"given = [importlib.import_module(f'part_{{n}}').given for n in range({parts})]\n"
        f"for value in given[:{values}]:\n"
        "    a = arguments_of({'a': value})\n"
        "    print(a.digests(), a.classes)\n"
        f"for value in given[{values}:]:\n"
        "    print(version_of(value).digest)\n"
        f"kinds = [value for value in given[:{values}] if isinstance(value, type)]\n"
        "print(arguments_of({'a': set(kinds)}).digests())\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, str(tmp_path / "program.py")],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "RATE": "0.1"},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1 and len(outputs.pop().splitlines()) == parts + 1


def test_graphstore_itself_counts_by_the_version_of_its_distribution():
    assert release_of(Artifact) == f"graphstore {importlib.metadata.version('graphstore-ml')}"

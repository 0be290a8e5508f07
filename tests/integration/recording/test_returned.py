"""What a function that is a step returns reaches its caller, and is recorded."""

import asyncio
import contextlib
import dataclasses
import enum
import functools
import logging
import threading
import time
from collections import Counter, OrderedDict, defaultdict
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, NamedTuple

import numpy
import pandas
import pytest
from pydantic import BaseModel, PrivateAttr

import graphstore
from graphstore import Artifact, ArtifactState, ExecutionState
from graphstore.errors import InvalidArgument

calls: list[Any] = []


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


class Two(NamedTuple):
    train: Artifact
    rate: float


@dataclasses.dataclass(frozen=True)
class Split:
    train: Artifact
    test: list[Artifact]
    note: str = ""


class Parts(BaseModel):
    train: Artifact
    rate: float


def new(name: str = "x") -> Artifact:
    return Artifact(type="Data", uri=f"s3://{name}")


VALUES = {
    "artifact": (new, {"output"}),
    "dict": (lambda: {"train": new(), "test": new()}, {"train", "test"}),
    "lists": (lambda: {"shards": [new()]}, {"shards"}),
    "ordered": (lambda: OrderedDict(a=new()), {"a"}),
    "tuple": (lambda: (new("a"), new("b")), {"output"}),
    "model and metric": (lambda: (new(), 0.93), {"output", "metrics"}),
    "named": (lambda: Two(new(), 0.1), {"train", "metrics"}),
    "dataclass": (lambda: Split(new(), [new()], "n"), {"train", "test"}),
    "pydantic": (lambda: Parts(train=new(), rate=0.1), {"train", "metrics"}),
    "nested": (lambda: {"a": {"b": [new(), {"c": new()}]}}, {"a.b", "a.b.c"}),
    "float": (lambda: 0.93, {"metrics"}),
    "numbers": (lambda: {"loss": 1, "f1": 0.5}, {"metrics"}),
    "uri": (lambda: "s3://models/1", {"output"}),
    "path": (lambda: Path(__file__), {"output"}),
    "paths": (lambda: {"train": Path(__file__), "n": 3}, {"train", "metrics"}),
    "text": (lambda: "done", set()),
    "flag": (lambda: True, set()),
    "list": (lambda: [1, "a", None], set()),
    "none": (lambda: None, set()),
}


def plain(value: Any) -> Any:
    """A value with uris in the place of artifacts, and its shape."""
    if isinstance(value, Artifact):
        return value.uri
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (
            type(value)(*map(plain, value)) if hasattr(value, "_fields") else [*map(plain, value)]
        )
    if dataclasses.is_dataclass(value) or isinstance(value, BaseModel):
        return {key: plain(item) for key, item in vars(value).items()}
    return value


@pytest.mark.parametrize("name", VALUES)
def test_a_value_reaches_its_caller_the_first_time_and_when_it_is_skipped(store, name):
    make, roles = VALUES[name]

    @graphstore.step(f"Made {name}", cache=True, code="1", version="1")
    def work() -> Any:
        calls.append(name)
        return make()

    with store.run("iris"):
        first, again = work(), work()
    assert plain(first) == plain(again) == plain(make())
    assert type(first) is type(make()) or isinstance(first, Artifact)
    assert type(again) is type(first)
    assert len(calls) == 1
    execution = min(store.executions.list(type=f"Made {name}"), key=lambda e: e.id)
    events = store.lineage.downstream(execution).outputs_of(execution.id)
    assert {str(event.path[0]) for event in events} == roles
    assert execution.state is ExecutionState.COMPLETE


class Verdict(str, enum.Enum):
    PASS = "pass"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Curve:
    name: str

    def __post_init__(self) -> None:
        self.points = [self.name, "end"]


class Report(BaseModel):
    model_config = {"extra": "allow"}
    name: str = "report"
    _lines: list[str] = PrivateAttr(default_factory=list)


def report(**fields: str) -> Report:
    made = Report(**fields)
    made._lines.append("first")
    return made


@pytest.mark.parametrize(
    "make",
    [lambda: Curve("loss"), Report, lambda: report(name="a", more="b"), lambda: {"a": report()}],
    ids=["dataclass", "model of defaults", "model", "model within"],
)
def test_a_skipped_call_gives_all_of_an_object_again(store, make):
    @graphstore.step("Judge", cache=True, code="1", version="1")
    def judge() -> Any:
        calls.append(0)
        return make()

    def state(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: state(item) for key, item in value.items()}
        if isinstance(value, Report):
            return value, value.model_dump(exclude_unset=True), value._lines
        return vars(value)

    with store.run("iris"):
        first, again = judge(), judge()
    assert calls == [0]
    assert type(first) is type(again)
    assert state(first) == state(again) == state(make())


def test_one_object_that_is_returned_at_several_places_is_one_artifact(store, tmp_path):
    (tmp_path / "model").write_text("weights")

    @graphstore.step("Train", cache=True, version="1")
    def train() -> dict[str, Any]:
        calls.append(0)
        model = Artifact(type="Model", uri=str(tmp_path / "model"))
        other = Artifact(type="Model", uri=str(tmp_path / "model"), properties={"rate": 0.1})
        return {"best": model, "last": model, "all": [model, other, model]}

    with store.run("iris"):
        for _ in range(2):
            models = train()
            ids = [models["best"].id, models["last"].id, *(one.id for one in models["all"])]
            assert len(set(ids)) == 2
            assert ids == [ids[0], ids[0], ids[0], ids[3], ids[0]]
    assert calls == [0]
    assert len(store.artifacts.list(type="Model")) == 2


class Place:
    def __fspath__(self) -> str:
        return "/models/1"


@pytest.mark.parametrize(
    ("make", "metrics"),
    [
        (Place, {}),
        (lambda: {"at": PurePosixPath("/models/1")}, {}),
        (lambda: Verdict.PASS, {}),
        (lambda: {"level": Level.HIGH}, {"level": 3}),
        (lambda: [Verdict.PASS, "s3://a"], {}),
        (lambda: defaultdict(list, loss=0.5), {"loss": 0.5}),
        (lambda: Counter("aab"), {"a": 2, "b": 1}),
        (lambda: numpy.array(3.0), {"judge": 3.0}),
    ],
)
def test_what_would_not_come_back_as_it_was_is_made_again(store, caplog, make, metrics):
    @graphstore.step("Judge", cache=True, code="1", version="1")
    def judge() -> Any:
        calls.append(0)
        return make()

    with store.run("iris"):
        values = judge(), judge()
    assert len(calls) == 2
    assert [type(value) for value in values] == [type(make())] * 2
    assert "cannot be given again" in caplog.text
    numbers = [a for a in store.artifacts.list() if a.type == "Metrics"]
    assert [one.custom_properties for one in numbers] == [metrics] * (2 if metrics else 0)


def test_a_generator_gives_its_value_takes_what_it_is_sent_and_is_not_skipped(store):
    @graphstore.step("Chunks", output="chunk", cache=True, code="1", version="1")
    def chunks():
        calls.append((yield new("a")))
        try:
            yield new("b")
        except KeyError:
            yield new("c")
        return "best"

    with store.run("iris"):
        for _ in range(2):
            generator = chunks()
            next(generator)
            assert generator.send("hello").uri == "s3://b"
            assert generator.throw(KeyError()).uri == "s3://c"
            with pytest.raises(StopIteration) as stop:
                next(generator)
            assert stop.value.value == "best"
    assert calls == ["hello", "hello"]


def test_artifacts_are_returned_as_they_are_stored(store):
    @graphstore.step
    def split() -> dict[str, Artifact]:
        return {"train": new("a"), "test": new("b")}

    @graphstore.step(output="model")
    def train(parts: dict[str, Artifact], rate: float = 0.1) -> Artifact:
        return Artifact(type="Model")

    with store.run("iris"):
        parts = split()
        model = train(parts)
    assert isinstance(parts["train"], Artifact)
    assert parts["train"] == store.artifacts.get(parts["train"].id)
    # What worked when there was a list a role goes on to work.
    assert [one.id for one in parts["train"]] == [parts["train"][0].id] == [parts["train"].id]
    above = store.lineage.upstream(model)
    assert {one.id for one in parts.values()} <= set(above.artifacts)


def test_numbers_are_metrics_and_names_tell_them_apart(store):
    @graphstore.step(output="scores")
    def evaluate():
        return {"loss": numpy.float32(0.5), "parts": {"a": 1.0}}

    @graphstore.step
    def accuracy() -> float:
        return 0.93

    with store.run("iris"):
        evaluate()
        accuracy()
    metrics = store.artifacts.list(type="Metrics")
    assert [one.custom_properties for one in sorted(metrics, key=lambda a: a.id)] == [
        {"loss": 0.5, "parts.a": 1.0},
        {"accuracy": 0.93},
    ]


def test_an_annotation_or_the_role_says_of_which_type_a_path_is(store):
    @graphstore.step(output="best_model")
    def one() -> Path:
        return Path("/m/1")

    @graphstore.step
    def two() -> Annotated[Path, "Model"]:
        return Path("/m/2")

    @graphstore.step
    def three() -> dict[str, Annotated[str, "Weights"]]:
        return {"a": "s3://m/3"}

    with store.run("iris"):
        assert (one(), two(), three()) == (Path("/m/1"), Path("/m/2"), {"a": "s3://m/3"})
    uris = {one.type: one.uri for one in store.artifacts.list()}
    for type_, uri in {"BestModel": "/m/1", "Model": "/m/2", "Weights": "s3://m/3"}.items():
        assert uris[type_] == uri


class Opaque:
    def __init__(self):
        self.inner = [new("inner")]


@pytest.mark.parametrize(
    "value",
    [numpy.zeros(500), Opaque(), {1: 2.5}, {"a": {"b"}}],
    ids=["array", "any", "keys", "set"],
)
def test_what_is_only_described_reaches_its_caller_and_is_not_skipped(store, value, caplog):
    @graphstore.step("Opaque", cache=True, version="1")
    def work():
        calls.append(1)
        return value

    with store.run("iris"), caplog.at_level(logging.WARNING, logger="graphstore"):
        assert work() is value
        assert work() is value
    assert calls == [1, 1]
    assert sum("is described" in record.getMessage() for record in caplog.records) == 2
    for execution in store.executions.list(type="Opaque"):
        assert execution.state is ExecutionState.COMPLETE
    if isinstance(value, Opaque):
        assert [one.uri for one in store.artifacts.list(type="Data")] == ["s3://inner"] * 2


@dataclasses.dataclass
class Broken:
    @property
    def __class__(self):
        raise RuntimeError("no")


def test_a_value_that_fails_as_it_is_looked_at_reaches_its_caller(store):
    value = Broken()

    @graphstore.step("Broken", cache=True, version="1")
    def work():
        calls.append(1)
        return value

    with store.run("iris"):
        assert work() is value
        assert work() is value
    assert calls == [1, 1]
    assert {e.state for e in store.executions.list(type="Broken")} == {ExecutionState.COMPLETE}


def test_a_generator_is_a_step_that_ends_with_its_last_item(store):
    @graphstore.step("Shards", cache=True, version="1")
    def shards(count: int):
        for number in range(count):
            calls.append(graphstore.current_step().execution.type)
            yield new(str(number))

    with store.run("iris"):
        first = list(shards(2))
        again = list(shards(2))
        with pytest.raises(graphstore.FailedPrecondition):
            next(iter(shards(3))) and graphstore.current_step()
    assert [one.uri for one in first] == [one.uri for one in again] == ["s3://0", "s3://1"]
    assert calls == ["Shards"] * 3
    with pytest.raises(InvalidArgument, match="asynchronous generator"):

        @graphstore.step
        async def items():
            yield 1


def test_whatever_can_be_called_is_a_step(store):
    class Trainer:
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, depth: int) -> float:
            calls.append((self.rate, depth))
            return self.rate * depth

    class Waiter:
        async def __call__(self) -> float:
            return 1.0

    def power(base: float, exponent: int) -> float:
        calls.append((base, exponent))
        return base**exponent

    with store.run("iris"):
        for rate in (0.1, 0.2, 0.1):
            graphstore.step(cache=True)(Trainer(rate))(3)
        for exponent in (2, 3, 2):
            graphstore.step(cache=True)(functools.partial(power, exponent=exponent))(2.0)

        async def wait():
            return await graphstore.step(Waiter())()

        assert asyncio.run(_within(wait)) == 1.0
    assert calls == [(0.1, 3), (0.2, 3), (2.0, 2), (2.0, 3)]


@pytest.mark.parametrize("fails", [False, True])
def test_what_returns_a_coroutine_ends_as_that_does(store, fails):
    def logged(function):
        @functools.wraps(function)
        def call(*arguments):
            return function(*arguments)

        return call

    @graphstore.step("Waits", cache=True, version="1")
    @logged
    async def waits(number: int) -> dict[str, Artifact]:
        await asyncio.sleep(0)
        states = {e.state for e in store.executions.list(type="Waits")}
        calls.append((number, states, graphstore.current_step().parameters["number"]))
        if fails:
            raise KeyError(number)
        return {"data": new(str(number))}

    async def both():
        return await asyncio.gather(waits(1), waits(2), return_exceptions=True)

    with store.run("iris"):
        results = asyncio.run(both())
        with pytest.raises(graphstore.FailedPrecondition):
            graphstore.current_step()
        with pytest.raises(KeyError) if fails else contextlib.nullcontext():
            asyncio.run(_within(lambda: waits(1)))
    assert sorted(number for number, *_ in calls) == [1, 1, 2]
    assert all(number == own for number, _, own in calls)
    assert all(ExecutionState.RUNNING in states for _, states, _ in calls)
    states = {e.state for e in store.executions.list(type="Waits")}
    assert states == {ExecutionState.FAILED if fails else ExecutionState.COMPLETE}
    if not fails:
        assert [one["data"].uri for one in results] == ["s3://1", "s3://2"]
        assert all(one["data"].id for one in results)


def test_an_object_whose_call_is_a_generator_ends_with_its_last_item(store):
    class Shards:
        def __call__(self, count: int):
            yield from (new(str(number)) for number in range(count))
            raise KeyError(count)

    with store.run("iris"), pytest.raises(KeyError):
        list(graphstore.step("Shards")(Shards())(2))
    (execution,) = store.executions.list(type="Shards")
    assert execution.state is ExecutionState.FAILED


async def _within(work):
    return await work()


class Fitter:
    def __init__(self, depth, data=None):
        self.depth, self.data = depth, data

    @graphstore.step("Fit", cache=True)
    def fit(self, rate: float) -> float:
        calls.append(("fit", self.depth, rate))
        return 1.0

    @classmethod
    @graphstore.step("FitClass", cache=True)
    def fit_class(cls, rate: float) -> float:
        calls.append(("class", cls.__name__, rate))
        return 1.0

    @staticmethod
    @graphstore.step("FitStatic", cache=True)
    def fit_static(cls: str, self: int) -> float:
        calls.append(("static", cls, self))
        return 1.0

    @graphstore.step("FitOuter", cache=True)
    @staticmethod
    def fit_outer(cls: str) -> float:
        calls.append(("outer", cls))
        return 1.0


class Deeper(Fitter):
    pass


def test_a_method_counts_the_state_of_its_object(store):
    with store.run("iris"):
        for one in (Fitter(1), Fitter(2), Fitter(1), Deeper(1), Fitter(1, data=[1])):
            one.fit(0.1)
        Fitter.fit(Fitter(1), 0.1)
        Fitter.fit_class(0.1)
        Deeper(1).fit_class(0.1)
        Fitter.fit_class(0.1)
        for cls in ("svm", "forest", "svm"):
            Fitter.fit_static(cls, 1)
            Fitter(1).fit_outer(cls)
    assert calls == [
        ("fit", 1, 0.1),
        ("fit", 2, 0.1),
        ("fit", 1, 0.1),
        ("fit", 1, 0.1),
        ("class", "Fitter", 0.1),
        ("class", "Deeper", 0.1),
        ("static", "svm", 1),
        ("outer", "svm"),
        ("static", "forest", 1),
        ("outer", "forest"),
    ]
    first = min(store.executions.list(type="Fit"), key=lambda execution: execution.id)
    assert first.custom_properties["self"]["depth"] == 1
    static = min(store.executions.list(type="FitStatic"), key=lambda execution: execution.id)
    assert static.custom_properties == {"cls": "svm", "self": 1}


def test_what_a_function_closes_over_counts(store):
    def make(rate, loss):
        @graphstore.step("Closed", cache=True)
        def train() -> float:
            calls.append(rate)
            return loss(rate)

        return train

    with store.run("iris"):
        for rate, loss in ((1, abs), (2, abs), (1, abs), (1, lambda x: x), (1, lambda x: -x)):
            make(rate, loss)()
    assert calls == [1, 2, 1, 1]


def test_a_path_counts_by_what_stands_there(store, file, caplog):
    @graphstore.step("Reader", cache=True)
    def read(source: Path, other: str = "") -> str:
        calls.append(source.name)
        return "read"

    with store.run("iris"):
        for text in ("1", "2", "1", "2"):
            read(file("data.csv", text))
        read(Path("not there"))
        read(Path("not there"))
    assert calls == ["data.csv", "data.csv", "not there"]


def test_what_is_not_known_makes_a_step_run_and_is_named(store, caplog):
    @graphstore.step("Unknown", cache=True)
    def train(handle: Any) -> float:
        calls.append(1)
        return 1.0

    with store.run("iris"), caplog.at_level(logging.WARNING, logger="graphstore"):
        for _ in range(2):
            with open(__file__) as handle:
                train(handle)
    assert calls == [1, 1]
    assert any("'handle'" in record.getMessage() for record in caplog.records)


class Silent:
    def __getattr__(self, name):
        raise RuntimeError("no")

    def __bool__(self):
        raise RuntimeError("no")


@graphstore.step("Measurer", cache=True)
def measure(data, weights=None):
    calls.append(data)


def test_arrays_and_what_has_no_truth_are_arguments(store):
    ones = numpy.ones(200)
    frame = pandas.DataFrame({"a": [1, 2]})
    with store.run("p"):
        for data in (ones, ones.copy(), ones * 2, frame, frame.copy(), Silent()):
            measure(data)
            measure(1, weights=data)
    assert len(calls) == 8


@dataclasses.dataclass
class Trained:
    model: Artifact
    state: Any


def test_what_stands_beside_a_value_that_fails_is_recorded(store):
    @graphstore.step("Trainer")
    def train():
        return Trained(new("model"), Silent())

    with store.run("p"):
        answer = train()
    assert answer.model.id is not None and isinstance(answer.state, Silent)


def test_text_that_no_store_takes_reaches_its_caller(store):
    @graphstore.step("Reader")
    def read():
        return {"name": "\udc80", "model": new("model")}

    with store.run("p"):
        answer = read()
    assert answer["name"] == "\udc80" and answer["model"].id is not None


def test_a_path_that_was_returned_is_given_again_in_the_same_words(store, tmp_path, monkeypatch):
    @graphstore.step("Writer", cache=True)
    def write():
        calls.append(1)
        Path("model.txt").write_text("m")
        return Path("model.txt"), "./model.txt"

    monkeypatch.chdir(tmp_path)
    with store.run("p"):
        first, again = write(), write()
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        from_elsewhere = write()
    assert first == again == (Path("model.txt"), "./model.txt")
    assert from_elsewhere[0] == tmp_path / "model.txt"
    assert calls == [1]


def test_an_error_of_text_that_no_store_takes_is_recorded(store):
    @graphstore.step("Reader")
    def read():
        raise ValueError("\udc80")

    with store.run("p") as run, pytest.raises(ValueError):
        read()
    (step,) = store.executions.list(context=run.ref)
    assert step.properties["error_message"] == "\\udc80"


def test_a_strict_run_refuses_what_a_strict_step_does(store):
    @graphstore.step("Reader")
    def read():
        return object()

    with store.run("p", strict=True) as run:
        with pytest.raises(InvalidArgument, match="Made"):
            with run.execution("Maker") as step:
                step.output("made", "s3://made")
        with pytest.raises(InvalidArgument):
            read()
        with run.execution("Maker", strict=False) as step:
            step.output("made", object())


class Dead:
    def __getattribute__(self, name):
        raise RuntimeError("no")


def test_an_argument_that_fails_whatever_it_is_asked_stops_no_step(store):
    value = Dead()
    with store.run("p"):
        measure(value)
    assert calls[0] is value


@pytest.mark.parametrize("end", ["last", "failed", "closed"])
def test_what_a_generator_yields_can_be_read_as_it_comes(store, file, end):
    @graphstore.step("Shards", output="shard")
    def shards():
        for number in range(2):
            yield Artifact(type="Shard", uri=str(file(f"shard-{number}", str(number))))
        if end == "failed":
            raise ValueError("no more")

    @graphstore.step("Train", output="model")
    def train(shard):
        return Artifact(type="Model")

    with store.run("iris", capture=()):
        taken = shards()
        try:
            for shard in taken:
                train(shard)
                if end == "closed":
                    break
        except ValueError:
            assert end == "failed"
        taken.close()
    stored = store.artifacts.list(type="Shard", order_by="id")
    state = ArtifactState.LIVE if end == "last" else ArtifactState.ABANDONED
    assert [one.state for one in stored] == [state] * (1 if end == "closed" else 2)
    for model, one in zip(store.artifacts.list(type="Model", order_by="id"), stored, strict=True):
        lineage = store.lineage.upstream(model)
        assert {e.type for e in lineage.executions.values()} == {"Shards", "Train"}
        assert one.id in lineage.artifacts
        assert one.digest


@pytest.mark.parametrize("what", ["run", "step"])
def test_what_is_canceled_as_it_begins_is_stored_as_canceled(store, monkeypatch, what):
    begun = threading.Event()

    def slowly(block):
        start = type(block).start

        def wait(self):
            start(self)
            begun.set()
            time.sleep(0.3)
            return self

        monkeypatch.setattr(type(block), "start", wait)
        return block

    async def work(block):
        async with block:
            raise AssertionError("it was canceled before")

    async def cancel(block):
        task = asyncio.create_task(work(slowly(block)))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    if what == "run":
        run = store.run("iris", capture=())
        asyncio.run(cancel(run))
        assert store.contexts.get(run.context.id).properties["status"] == "CANCELED"
    else:
        with store.run("iris", capture=()) as run:
            step = run.execution("Train")
            asyncio.run(cancel(step))
        assert store.executions.get(step.execution.id).state is ExecutionState.CANCELED


@pytest.mark.parametrize("what", ["run", "step"])
@pytest.mark.parametrize("when", ["before", "as it is stored", "stored"])
def test_what_is_interrupted_as_it_begins_is_stored_as_canceled(store, monkeypatch, what, when):
    def interrupt(holder, name):
        call = getattr(holder, name)

        def interrupted(self, *args, **kwargs):
            if when != "before":
                monkeypatch.undo()
                call(self, *args, **kwargs)
            raise KeyboardInterrupt

        monkeypatch.setattr(holder, name, interrupted)

    def enter(block):
        if when == "as it is stored":
            interrupt(type(block._recording), "send")
        elif when == "stored":
            interrupt(type(block), "start")
        elif what == "run":
            interrupt(type(block), "_captured_environment")
        else:
            interrupt(type(block), "_fingerprint")
        with pytest.raises(KeyboardInterrupt), block:
            raise AssertionError("it was interrupted before")

    if what == "run":
        enter(store.run("iris", "first", capture=()))
        statuses = [one.properties["status"] for one in store.contexts.list(type="PipelineRun")]
        assert statuses == ([] if when == "before" else ["CANCELED"])
        monkeypatch.undo()
        with store.run("iris", "first", capture=()) as run:  # and it can be gone on with
            pass
        assert run.context.properties["status"] == "COMPLETE"
    else:
        with store.run("iris", capture=()) as run:
            enter(run.execution("Train", code="1", cache=True))
        states = [one.state for one in store.executions.list()]
        assert states == ([] if when == "before" else [ExecutionState.CANCELED])

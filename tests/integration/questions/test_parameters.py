"""What was recorded as a parameter is told as one, whatever it is called; a note is none."""

import csv
import io
from datetime import datetime, timedelta, timezone

import pytest

from graphstore import Artifact, Execution, ExecutionType, PropertyKind
from graphstore.model.values import canonical
from graphstore.questions.about.parameters import notes, parameters, recorded_parameters
from graphstore.questions.compare import Fact

NAMES = ("name", "state", "run_id", "host", "pid", "module_path", "code_version", "component_id")


pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def train(store):
    """A factory: a step that was told something, and made a model."""

    def step(parameters, run=None):
        with (
            store.run("p", capture=()) as run,
            run.execution("Train", parameters=parameters) as one,
        ):
            one.output("model", Artifact(type="Model"))
        return one

    return step


def facts_of(comparison, group="parameter"):
    return {fact.name: fact.values for fact in comparison.facts if fact.group == group}


def test_parameters_of_any_name_are_told_by_every_question(store, train):
    one, two = ({name: net for name in NAMES} for net in ("resnet50", "vit"))
    steps = [train(one), train(two)]
    want = {name: ("resnet50", "vit") for name in NAMES}
    assert facts_of(store.compare(*(step.execution for step in steps))) == want
    models = [step.outputs["model"][0] for step in steps]
    assert facts_of(store.compare(*models)) == want
    assert store.explain(models[1]).hyperparameters == two
    differ = {d.part for p in store.diff(*models).positions for d in p.differences}
    assert {f"parameter {name}" for name in NAMES} <= differ
    causes = store.common_ancestors([models[0]], [models[1]])
    assert {s.name for s in causes.suspects if s.kind == "parameter"} >= set(NAMES)
    assert "version" not in facts_of(store.compare(*models), "code")


def test_declared_parameters_are_told_as_well(store, train):
    store.types.put(ExecutionType(name="Train", properties={"name": PropertyKind.STRING}))
    step = train({"name": "vit"})
    assert step.execution.properties["name"] == "vit"
    assert store.explain(step.outputs["model"][0]).hyperparameters == {"name": "vit"}


def test_a_note_is_no_parameter(store, train):
    steps = [train({"rate": rate}).execution for rate in (0.1, 0.2)]
    properties = {**steps[0].custom_properties, "note": "best so far"}
    store.executions.put(steps[0].evolve(custom_properties=properties))
    comparison = store.compare(*steps)
    assert facts_of(comparison) == {"rate": (0.1, 0.2)}
    assert facts_of(comparison, "note") == {"note": ("best so far", None)}
    assert notes(store.executions.get(steps[0].id)) == {"note": "best so far"}


def test_a_text_that_tfx_means_nothing_by_is_a_text(store, train):
    steps = [train({"activation": text, "config": '{"a": 1}'}) for text in ("None", "null")]
    comparison = store.compare(*(step.execution for step in steps))
    assert facts_of(comparison) == {"activation": ("None", "null"), "config": ('{"a": 1}',) * 2}


def test_what_tfx_writes_beside_the_parameters_is_known_by_its_types():
    properties = {
        "name": "x",
        "state": "new",
        "run_id": "1",
        "depth": "None",
        "custom_config": '{"a": 1}',
    }
    tfx = "tfx.components.trainer.component.Trainer"
    assert parameters(Execution(type=tfx, custom_properties=properties)) == {"a": 1}
    own = Execution(type="Trainer", custom_properties=properties)
    assert parameters(own) == recorded_parameters(own) == dict(sorted(properties.items()))
    # Opened, one would hide another of its name.
    both = Execution(type=tfx, custom_properties={"a": 2, "custom_config": '{"a": 1}'})
    assert parameters(both) == {"a": 2, "custom_config.a": 1}


def test_values_that_differ_read_differently():
    noon = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
    for values in (
        (1, "1"),
        (1, 1.0),
        (True, "true"),
        (None, "-"),
        (0.1234567891, 0.1234567892),
        (noon, noon + timedelta(milliseconds=1)),
        ("a b", "a  b"),
        (float("nan"), "NaN"),
    ):
        fact = Fact("parameter", "x", values)
        assert fact.differs and len({*fact.texts()}) == 2, values
    assert Fact("parameter", "x", (None, "")).texts(whole=True) == ["", '""']


def test_values_that_are_the_same_do_not_differ():
    noon = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
    for one, other in (
        ({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1}),
        (noon, noon.astimezone(timezone(timedelta(hours=2)))),
        (float("nan"), float("nan")),
    ):
        assert canonical(one) == canonical(other)
        assert not Fact("parameter", "x", (one, other)).differs
    assert canonical([1, 2]) != canonical([2, 1])


def test_long_values_are_cut_where_they_part(store, train):
    long = "/data/" + "x" * 60
    steps = [train({"path": f"{long}{n}{'y' * 60}"}) for n in (1, 2)]
    comparison = store.compare(*(step.execution for step in steps))
    (line,) = [line for line in comparison.to_text(100).splitlines() if " path " in line]
    *_, one, other = line.split()
    assert one != other
    rows = list(csv.reader(io.StringIO(comparison.to_csv())))
    assert next(row[3] for row in rows if row[1] == "path").startswith(long)


def test_the_keys_of_a_dict_have_no_order(store, train):
    steps = [train({"o": order}) for order in ({"a": 1, "b": 2}, {"b": 2, "a": 1})]
    models = [step.outputs["model"][0] for step in steps]
    assert "o" not in {fact.name for fact in store.compare(*models).differences}
    positions = store.diff(*models).positions
    assert not [d for p in positions for d in p.differences if d.part.startswith("parameter")]

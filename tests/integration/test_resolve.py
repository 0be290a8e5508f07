"""Resolving: which artifacts come into question, what is best, what it costs, what goes wrong."""

import logging
import re
from datetime import datetime, timedelta, timezone
from math import inf, nan

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Context,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    PropertyKind,
)
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.storage.rows import millis
from tests.conftest import IRIS, empty
from tests.integration.test_lineage import PRUNING_WALK, db_hits, operators

LIVE, DELETED = ArtifactState.LIVE, ArtifactState.DELETED


@pytest.fixture
def model(store, types):
    """A factory: a live model that is stored."""
    return lambda **fields: store.artifacts.put(
        Artifact(**{"type": "Model", "state": LIVE, **fields})
    )


# Which artifacts come into question


def test_the_latest_meets_every_condition(store, model):
    first = model(properties={"int_value": 1})
    second = model(custom_properties={"int_value": 1})
    third = model(properties={"int_value": 2}, custom_properties={"note": "x"})
    deleted_model = model(state=DELETED)
    other_model = model(state=None)
    ask = store.resolve.latest
    assert ask("Model") == [third]
    assert ask("Model", limit=9) == [third, second, first]
    assert ask("Examples") == []
    assert ask("Model", states=[DELETED, LIVE]) == [deleted_model]
    assert ask("Model", states="DELETED") == [deleted_model]
    assert ask("Model", states=None, limit=2) == [other_model, deleted_model]
    assert ask("Model", properties={"int_value": 1}, limit=9) == [second, first]
    assert ask("Model", properties={"int_value": 2, "note": "x"}) == [third]
    assert ask("Model", properties={"int_value": 1, "note": "x"}) == []
    assert ask("Model", properties={"nothing": 1}) == []


def test_versions_of_a_type_are_told_apart(store, model):
    store.types.put(ArtifactType(name="Model", version="2"))
    old, new = model(), model(type_version="2")
    assert store.resolve.latest("Model", limit=2) == [new, old]
    assert store.resolve.latest("Model", type_version="2") == [new]
    assert store.resolve.latest("Model", type_version="") == [old]


def test_of_several_contexts_artifacts_belong_to_all(store, types):
    pipeline, node = (Context(type="Pipeline", name=name) for name in ("iris", "iris.Trainer"))

    def train(*contexts):
        live = Artifact(type="Model", state=LIVE)
        return store.publish(Execution(type="Trainer"), [], [live], contexts)

    first = train(pipeline, node)
    pipeline, node = first.contexts
    (both,), (in_pipeline,), (in_node,) = (
        run.outputs for run in (first, train(pipeline), train(node))
    )
    ask = store.resolve.latest
    assert ask("Model", limit=9) == [in_node, in_pipeline, both]
    assert ask("Model", limit=9, context=pipeline) == [in_pipeline, both]
    for contexts in ([pipeline, node], [node.id, pipeline.ref], (pipeline, pipeline, node)):
        assert ask("Model", limit=9, context=contexts) == [both]
        assert ask("Model", limit=9, context=contexts, order_by="id") == [both]
    for one in (node, node.ref, node.id, [node]):
        assert ask("Model", context=one) == [in_node]
    assert ask("Model", context=[]) == [in_node]
    assert ask("Examples", context=[pipeline, node]) == []


def test_what_was_read_in_a_context_was_not_made_there(store, model):
    store.types.put(ExecutionType(name="Importer"))
    theirs, ours = (Context(type="Pipeline", name=name) for name in ("theirs", "ours"))
    publication = store.publish(
        Execution(type="Trainer"), [], [Artifact(type="Model", state=LIVE)], [theirs]
    )
    (base,), (theirs,) = publication.outputs, publication.contexts
    run = store.publish(Execution(type="Trainer"), {"base_model": base}, [], [ours])
    (ours,) = run.contexts
    ask = store.resolve.latest
    assert ask("Model", context=ours) == [base]
    assert ask("Model", context=ours, produced=True) == []
    assert ask("Model", context=ours, producer="Trainer") == []
    assert ask("Model", context=theirs, produced=True) == [base]
    assert ask("Model", producer="Trainer") == [base]
    assert ask("Model", producer="Importer") == []
    by_hand = model()
    assert ask("Model") == [by_hand]
    assert ask("Model", produced=True) == [base]


def test_only_an_output_was_produced(store, model):
    chosen_model, promised_model, cached_model = model(), model(), model()
    events = [
        (chosen_model, Event(type=EventType.INTERNAL_OUTPUT)),
        (promised_model, Event(type=EventType.PENDING_OUTPUT)),
        (promised_model, Event(type=EventType.INPUT)),
    ]
    store.publish(Execution(type="Trainer"), events=events)
    assert store.resolve.latest("Model", produced=True) == []
    store.publish(Execution(type="Trainer", state=ExecutionState.CACHED), outputs=[cached_model])
    assert store.resolve.latest("Model", produced=True) == [cached_model]


def at(database, node, milliseconds):
    """Pretend that a node was created at this time, in milliseconds since 1970."""
    with database.driver.session(database=database.name) as session:
        session.run(
            f"MATCH (n:{node.kind.title()} {{id: $id}})"
            " SET n.create_time = datetime({epochMillis: $time})",
            id=node.id,
            time=milliseconds,
        ).consume()


def test_the_answer_is_that_of_the_time_asked_for(store, model, database):
    store.types.put(ArtifactType(name="ModelBlessing"))
    blessing = Artifact(type="ModelBlessing", state=LIVE, custom_properties={"blessed": 1})
    one, two = model(properties={"int_value": 2}), model(properties={"int_value": 1})
    evaluation = store.publish(Execution(type="Trainer"), {"model": two}, [blessing])
    training = store.publish(Execution(type="Trainer"), outputs=[one]).execution
    passing = store.publish(Execution(type="Trainer"), {"model": one}, evaluation.outputs).execution
    nodes = (one, two, evaluation.execution, *evaluation.outputs, training, passing)
    for time, node in enumerate(nodes, 1):
        at(database, node, time)

    def as_of(time):
        then = millis(time).astimezone(timezone(timedelta(hours=9)))  # any zone will do
        ask, options = store.resolve, {"on": then}
        return [
            [a.id for a in ask.latest("Model", **options)],
            [a.id for a in ask.latest("Model", order_by="id", **options)],
            [s.artifact.id for s in ask.best("Model", "int_value", smallest=True, **options)],
            [b.artifact.id for b in ask.latest_blessed(limit=2, **options)],
            [a.id for a in ask.latest("Model", produced=True, **options)],
        ]

    assert as_of(0) == [[], [], [], [], []]
    assert as_of(1) == [[one.id], [one.id], [one.id], [], []]
    assert as_of(2) == as_of(3) == [[two.id], [two.id], [two.id], [], []]
    assert as_of(4) == [[two.id], [two.id], [two.id], [two.id], []]
    assert as_of(5) == [[two.id], [two.id], [two.id], [two.id], [one.id]]
    assert as_of(6) == [[two.id], [two.id], [two.id], [two.id, one.id], [one.id]]


def test_imported_ids_are_not_in_the_order_of_time(store, model, database):
    mine = model()
    at(database, mine, 2_000_000_000_000)
    import_mlmd(store, IRIS)
    (last,) = store.resolve.latest("Model", order_by="id")
    assert last.source_id == 54
    artifacts = store.resolve.latest("Model", limit=2)
    assert [a.id for a in artifacts] == [mine.id, last.id]


# The best


@pytest.fixture
def metrics(store, types):
    """Evaluator and Metrics, which declare a loss."""
    store.types.put(ArtifactType(name="Metrics", properties={"loss": PropertyKind.DOUBLE}))
    store.types.put(ExecutionType(name="Evaluator"))

    def evaluate(inputs, **properties):
        own = {k: v for k, v in properties.items() if k == "loss"}
        custom = {k: v for k, v in properties.items() if k != "loss"}
        output = Artifact(type="Metrics", state=LIVE, properties=own, custom_properties=custom)
        return store.publish(Execution(type="Evaluator"), inputs, [output]).outputs[0]

    return evaluate


def scores(answers):
    return [(one.artifact, one.value, one.evaluation) for one in answers]


def test_the_best_has_the_largest_or_the_smallest_metric(store, model):
    two, three = (
        model(properties={"double_value": 2.0}),
        model(custom_properties={"double_value": 3}),
    )
    minus = model(properties={"double_value": -inf})
    model(), model(custom_properties={"double_value": "9"}), model(properties={"double_value": nan})
    model(custom_properties={"double_value": True})
    model(custom_properties={"double_value": [9.0]})
    model(properties={"double_value": 9.0}, state=DELETED)
    ask = store.resolve.best
    ranking = [(three, 3, None), (two, 2.0, None), (minus, -inf, None)]
    assert scores(ask("Model", "double_value", limit=9)) == ranking
    assert isinstance(ask("Model", "double_value")[0].value, int)
    assert scores(ask("Model", "double_value")) == ranking[:1]
    assert scores(ask("Model", "double_value", smallest=True, limit=9)) == ranking[::-1]
    assert ask("Model", "nothing") == []
    assert ask("Examples", "double_value") == []


def test_of_equals_the_newer_is_the_better(store, model, database):
    one, two, three = (model(properties={"int_value": 1}) for _ in range(3))
    at(database, three, 1)
    for smallest in (False, True):
        answers = store.resolve.best("Model", "int_value", smallest=smallest, limit=3)
        assert [s.artifact.id for s in answers] == [two.id, one.id, three.id]


def test_the_extremes_of_whole_numbers_are_ranked(store, model):
    values = [2**63 - 1, 2**63 - 2, 0, -(2**63)]
    for value in values:
        model(properties={"int_value": value})
    assert [s.value for s in store.resolve.best("Model", "int_value", limit=9)] == values
    answers = store.resolve.best("Model", "int_value", smallest=True, limit=9)
    assert [s.value for s in answers] == values[::-1]


def test_an_evaluation_scores_what_it_is_about(store, model, metrics):
    one, two, other = model(), model(), model()
    data = store.artifacts.put(Artifact(type="Examples", state=LIVE))
    first = metrics({"model": one, "examples": data}, loss=0.5)
    second = metrics({"model": two, "baseline_model": one, "examples": data}, loss=0.1)

    def ask(type_="Model", metric="loss", **options):
        return scores(
            store.resolve.best(type_, metric, of="Metrics", smallest=True, limit=9, **options)
        )

    assert ask() == [(two, 0.1, second), (one, 0.5, first)]
    assert ask(roles="baseline_model") == [(one, 0.1, second)]
    assert ask(roles="nobody") == []
    assert ask(roles=["baseline_model", "model"]) == [(two, 0.1, second), (one, 0.1, second)]
    assert ask("Examples") == [(data, 0.1, second)]
    assert ask(metric="accuracy") == []
    nothing = metrics({"model": other}, loss=nan)
    better = metrics({"model": one}, loss=0.01, accuracy=1)
    worse = metrics({"candidate": two}, loss=0.9)  # the only model that it read, whatever its role
    same = metrics({"model": one}, loss=0.01)
    # Of several the last one counts, though an earlier one was better.
    assert ask() == [(one, 0.01, same), (two, 0.9, worse)]
    assert ask(metric="accuracy") == [(one, 1, better)]
    assert ask(on=second.create_time)[0] == (two, 0.1, second)
    store.artifacts.put_many([a.evolve(state=ArtifactState.ABANDONED) for a in (second, nothing)])
    assert ask() == [(one, 0.01, same), (two, 0.9, worse)]
    two_at_once = metrics([one, two], loss=0.0)  # nobody says which of them it is about
    assert two_at_once not in [evaluation for *_, evaluation in ask()]


def test_the_best_of_the_example(store):
    import_mlmd(store, IRIS)
    (best,) = store.resolve.best("Model", "accuracy", of="ModelEvaluation")
    assert (best.artifact.id, best.value, best.evaluation.id) == (23, 1.0, 26)
    (worst,) = store.resolve.best("Model", "accuracy", of="ModelEvaluation", smallest=True)
    assert (worst.artifact.id, worst.value, worst.evaluation.id) == (54, 0.333333, 57)


# Windows


def test_windows_slide_over_what_is_given_or_asked_for(store, types):
    artifacts = store.artifacts.put_many(
        Artifact(type="Examples", state=LIVE, custom_properties={"span": span})
        for span in (3, 1, 2, 2)
    )
    three, one, old_two, two = artifacts
    slide = store.resolve.sliding_window
    assert slide("Examples", size=2) == [[one, two], [two, three]]
    assert slide("Examples", size=2, stride=2) == [[one, two]]
    assert slide("Examples", size=4) == []
    assert slide("Examples", size=1, properties={"span": 2}) == [[two]]
    assert slide([old_two, three], size=2) == [[old_two, three]]
    assert slide([]) == []
    assert slide("Model") == []
    with pytest.raises(InvalidArgument, match="give a type"):
        slide(artifacts, states=None)


# What goes wrong


NUMBERS = [
    ("latest", {"type": "Model", "limit": 0}),
    ("latest", {"type": "Model", "limit": -1}),
    ("latest", {"type": "Model", "limit": True}),
    ("latest", {"type": "Model", "limit": 1.0}),
    ("latest", {"type": "Model", "at_least": -1}),
    ("latest", {"type": "Model", "limit": 2, "at_least": 3}),
    ("latest_blessed", {"limit": 0}),
    ("latest_blessed", {"max_hops": 1}),
    ("latest_blessed", {"evidence": "current_model_id", "limit": 0}),
    ("latest_pushed", {"limit": 0}),
    ("best", {"type": "Model", "metric": "m", "limit": 0}),
    ("latest_spans", {"type": "Examples", "limit": 0}),
    ("latest_spans", {"type": "Examples", "min_span": -1}),
    ("latest_spans", {"type": "Examples", "skip_last_n": -1}),
    ("all_spans", {"type": "Examples", "at_least": -1}),
    ("span_range", {"type": "Examples", "start": -1}),
    ("span_range", {"type": "Examples", "end": -1}),
    ("span_range", {"type": "Examples", "window": 0}),
    ("sliding_window", {"of": "Examples", "size": 0}),
    ("sliding_window", {"of": [], "stride": 0}),
]


@pytest.mark.parametrize(("method", "options"), NUMBERS, ids=str)
def test_wrong_numbers_are_told(store, types, method, options):
    with pytest.raises(InvalidArgument, match=r"a whole number, \d (or more|to \d)"):
        getattr(store.resolve, method)(**options)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"type": "Modle"}, NotFound, "no artifact type has name 'Modle'; did you mean 'Model'"),
        ({"type_version": "7"}, NotFound, "no artifact type has name 'Model@7'"),
        ({"producer": "Trianer"}, NotFound, "no execution type has name 'Trianer'; did you mean"),
        ({"context": 99}, NotFound, "no context has id 99"),
        ({"context": Context(type="Pipeline", name="new")}, InvalidArgument, "has not been put"),
        (
            {"context": Artifact(type="Model", id=1).ref},
            InvalidArgument,
            "expected a context; a1 is an artifact",
        ),
        ({"on": datetime(2026, 1, 1)}, InvalidArgument, "on: 2026-.* says no time zone"),
        ({"states": ["GONE"]}, InvalidArgument, "artifact states are UNKNOWN, .*'GONE'"),
        ({"states": []}, InvalidArgument, "or None for any; found"),
        ({"properties": {"a": object()}}, InvalidArgument, "property 'a': expected"),
        ({"at_least": 1}, FailedPrecondition, "found 0 .*, and at least 1 must be there"),
    ],
)
@pytest.mark.parametrize(
    "method",
    [
        "latest",
        "latest_blessed",
        "latest_pushed",
        "best",
        "latest_spans",
        "all_spans",
        "span_range",
    ],
)
def test_wrong_candidates_are_told_alike(store, types, method, options, error, says):
    options = {"type": "Model", **options, **({"metric": "m"} if method == "best" else {})}
    with pytest.raises(error, match=says):
        getattr(store.resolve, method)(**options)


def test_what_contradicts_itself_is_told(store, types):
    ask = store.resolve
    for wrong in (
        lambda: ask.latest("Model", order_by="name"),
        lambda: ask.latest_blessed(by="everybody"),
        lambda: ask.latest_blessed(evidence="hearsay"),
        lambda: ask.latest_blessed(evidence="current_model_id", by="both"),
        lambda: ask.latest_blessed(evidence="current_model_id", roles=["model"]),
        lambda: ask.latest_blessed(evidence="current_model_id", max_hops=4),
        lambda: ask.best("Model", "m", roles="model"),
        lambda: ask.span_range("Examples", start=3, end=2),
    ):
        with pytest.raises(InvalidArgument):
            wrong()
    with pytest.raises(TypeError, match="colour"):
        ask.latest("Model", colour="red")
    with pytest.raises(NotFound, match="'Metrics'"):
        ask.best("Model", "m", of="Metrics")


def test_an_empty_store_knows_no_types(store):
    for ask in (
        lambda: store.resolve.latest("Model"),
        lambda: store.resolve.latest_blessed(),
        lambda: store.resolve.sliding_window("Model"),
    ):
        with pytest.raises(NotFound, match="no artifact type has name 'Model'; put it first"):
            ask()


def test_how_many_there_must_be_is_asked_for(store, model):
    pipeline = store.contexts.put(Context(type="Pipeline", name="p"))
    model()
    assert len(store.resolve.latest("Model", limit=2, at_least=1)) == 1
    with pytest.raises(FailedPrecondition) as error:
        store.resolve.latest("Model", limit=2, at_least=2)
    assert str(error.value) == (
        "found 1 artifacts of type 'Model', in the states ['LIVE'], and at least 2 must be there:"
        " record what is missing first, or ask for less"
    )
    time = datetime(2026, 1, 2, tzinfo=timezone.utc)
    with pytest.raises(FailedPrecondition, match=r"in the contexts \[1\].*on 2026-01-02T00:00"):
        store.resolve.latest_blessed(context=pipeline, on=time, at_least=1)
    for span in (1, 1, 2):
        store.artifacts.put(Artifact(type="Examples", state=LIVE, custom_properties={"span": span}))
    ask = store.resolve
    assert len(ask.latest_spans("Examples", limit=3, keep_all_versions=True, at_least=2)) == 3
    with pytest.raises(FailedPrecondition, match="found 2 spans"):
        ask.latest_spans("Examples", limit=3, keep_all_versions=True, at_least=3)
    with pytest.raises(FailedPrecondition, match="found 1 spans"):
        ask.span_range("Examples", start=2, at_least=2)


# What it costs


def test_every_question_is_one_query(store, caplog):
    import_mlmd(store, IRIS)
    pipeline, node = (
        store.contexts.get_by_name(type_, name)
        for type_, name in (("pipeline", "iris"), ("node", "iris.Trainer"))
    )
    everything = {
        "context": [pipeline],
        "produced": True,
        "properties": {"is_external": 0},
        "on": datetime(2030, 1, 1, tzinfo=timezone.utc),
        "limit": 5,
        "at_least": 1,
    }
    ask = store.resolve
    for question in (
        lambda: ask.latest("Model", **{**everything, "context": [pipeline, node]}),
        lambda: ask.latest("Model", order_by="id", **everything),
        lambda: ask.latest_blessed(**everything),
        lambda: ask.latest_blessed(max_hops=50, **everything),
        lambda: ask.latest_pushed(**everything),
        lambda: ask.best("Examples", "span", **everything),
        lambda: ask.best("Model", "accuracy", of="ModelEvaluation", **everything),
        lambda: ask.latest_spans("Examples", **everything),
        lambda: ask.all_spans("Examples"),
        lambda: ask.span_range("Examples", start=0, end=9, window=3),
        lambda: ask.sliding_window("Examples", size=1),
    ):
        caplog.clear()
        with caplog.at_level(logging.DEBUG, logger="neo4j.io"):
            assert question()
        messages = [m[1] for r in caplog.records if (m := re.search(r" C: (\w+)", r.getMessage()))]
        assert [name for name in messages if name != "RESET"] == ["RUN", "PULL"]


CONDITIONS = {
    "type_version": "",
    "states": ["LIVE"],
    "either_values": [{"keys": ["a"], "value": 1}],
    "producer": "Trainer",
}
CHOICE = {
    "approvals": [{"types": ["ModelBlessing"], "keys": ["blessed"], "values": [1], "unsaid": 0}],
    "roles": ["model"],
    "alone": True,
    "evidence_states": ["LIVE"],
    "limit": 1,
    "produced": True,
    "on": datetime(2040, 1, 1, tzinfo=timezone.utc),
    "type": "Model",
}
ORDERED_QUERIES = ["latest", "latest_by_id", "latest_approved"]


def plan(database, name, parameters, keyword="EXPLAIN", hops=1):
    text, values = QUERIES[f"resolve.{name}"].within(hops).to_send(parameters)
    with database.driver.session(database=database.name) as session:
        summary = session.run(f"{keyword} {text}", values).consume()
    return summary.profile or summary.plan


@pytest.fixture
def many(store, database):
    """Writes so many models of the past and blessings of them; the planner knows of them."""

    def write(count):
        empty(database)
        with database.driver.session(database=database.name) as session:
            session.run(
                "UNWIND range(1, $count) AS i"
                " WITH i, datetime({epochMillis: i}) AS t"
                " CREATE (m:Artifact {id: 2 * i, type: 'Model', state: 'LIVE', create_time: t})"
                "-[:INPUT {path: ['model', '[0]']}]->"
                "(e:Execution {id: i, type: 'Trainer', create_time: t})-[:OUTPUT]->"
                "(b:Artifact {id: 2 * i + 1, type: 'ModelBlessing', state: 'LIVE', blessed: 1,"
                " create_time: t}), (e)-[:OUTPUT]->(m)",
                count=count,
            ).consume()
            session.run("CALL db.prepareForReplanning()").consume()

    return write


SCANS = {"AllNodesScan", "NodeByLabelScan", "NodeIndexScan", "NodeIndexContainsScan"}
CONTEXTS = [{}, {"context_ids": [1, 2]}]


@pytest.mark.parametrize("name", ORDERED_QUERIES)
def test_the_index_gives_the_order(many, database, name):
    many(1000)
    for options in ({}, *({k: v} for k, v in CONDITIONS.items()), CONDITIONS):
        steps = list(operators(plan(database, name, {**CHOICE, **options})))
        assert steps.count("NodeIndexSeek") == 1
        assert not SCANS & set(steps)
        # All that is sorted is the evidence of a single artifact.
        assert not {"Top", "PartialTop", "PartialSort"} & set(steps)
        assert steps.count("Sort") == (1 if name == "latest_approved" else 0)


@pytest.mark.parametrize("contexts", CONTEXTS, ids=["no", "contexts"])
@pytest.mark.parametrize("name", sorted(name for name in QUERIES if name.startswith("resolve.")))
def test_no_question_looks_at_artifacts_of_all_types(many, database, name, contexts):
    many(1000)
    others = {
        **{key: ["k"] for key in ("reference_keys", "source_reference_keys", "known_names")},
        **{key: ["k"] for key in ("evaluation_names", "evaluation_endings")},
        "evaluation_type": "Metrics",
        "metric_keys": ["m"],
        "smallest": False,
        "span_keys": ["span"],
        "version_keys": ["version"],
        "skip": 0,
        "keep_all_versions": False,
    }
    steps = set(operators(plan(database, name.partition(".")[2], {**CHOICE, **others, **contexts})))
    assert not SCANS & steps
    if contexts and "named" not in name:
        assert "NodeIndexSeek" not in steps  # the smallest context is the way in
        assert "NodeUniqueIndexSeek" in steps


def test_ids_decide_between_equals_where_no_index_gives_an_order(many, store, database):
    many(1000)
    with database.driver.session(database=database.name) as session:
        session.run(
            "CREATE (c:Context {id: 1})"
            " WITH c UNWIND [9005, 9002, 9004, 9001, 9003] AS id"
            " CREATE (:Artifact {id: id, type: 'Model', state: 'LIVE', accuracy: 1, span: 1,"
            " create_time: datetime({epochMillis: 5})})-[:ATTRIBUTED_TO]->(c)"
        ).consume()

    def ids(answers):
        return [getattr(one, "artifact", one).id for one in answers]

    ask, down = store.resolve, [9005, 9004, 9003, 9002, 9001]
    assert ids(ask.latest("Model", context=1, limit=9)) == down
    assert ids(ask.latest("Model", context=1, limit=9, order_by="id")) == down
    assert ids(ask.best("Model", "accuracy", context=1, limit=9)) == down
    assert ids(ask.latest_spans("Model", context=1)) == down[:1]
    assert ids(ask.latest_spans("Model", context=1, keep_all_versions=True)) == down[::-1]
    assert ids(ask.span_range("Model", context=1)) == down[-1:]
    assert ids(ask.span_range("Model", context=1, keep_all_versions=True)) == down[::-1]


@pytest.mark.parametrize("hops", [3, 49])
def test_what_lies_further_down_is_walked_to_once(store, database, hops):
    steps = list(operators(plan(database, "latest_approved", CHOICE, hops=hops)))
    assert {name for name in steps if "VarLength" in name or "Repeat" in name} == {PRUNING_WALK}


@pytest.mark.parametrize("name", ORDERED_QUERIES)
def test_the_latest_of_many_costs_no_more_than_the_latest_of_few(many, database, name):
    hits = []
    for count in (20, 2000):
        many(count)
        hits.append(db_hits(plan(database, name, CHOICE, "PROFILE")))
    assert 0 < hits[1] <= hits[0] + 5

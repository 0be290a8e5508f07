"""Resolving as TFX does: on real histories, in the cases of its own tests, and by its rules.

The references are written from what TFX's documentation says of each strategy and op.
"""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    EventType,
    Execution,
    ExecutionType,
)
from graphstore.database.spelling import to_key
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.storage.rows import millis
from tests.conftest import IRIS, examples
from tests.mlmd_files import history
from tests.mlmd_files import write as write_file

REAL = ["brempong_tfx_v10.db", "sepsis_v8_snap1.db", "sepsis_v8_snap4.db", "tfx-iris.sqlite"]


# What TFX's resolvers chose


@dataclass(frozen=True)
class Resolution:
    """An execution of a resolver: when it ran, in which pipeline, and what it chose."""

    strategy: str
    pipeline: int
    time: datetime
    choices: dict[str, int]
    """Ids by role."""


def resolutions(path):
    """Every execution of a resolver in a file, as its tables have it."""
    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        executions = file.execute(
            "SELECT e.id, e.create_time_since_epoch AS time, c.id AS pipeline,"
            "  coalesce(p.string_value, 'LatestArtifactStrategy') AS strategy"
            " FROM Execution e JOIN Type t ON t.id = e.type_id"
            " JOIN Association a ON a.execution_id = e.id"
            " JOIN Context c ON c.id = a.context_id JOIN Type ct ON ct.id = c.type_id"
            " LEFT JOIN ExecutionProperty p"
            "  ON p.execution_id = e.id AND p.name = 'resolver_class'"
            " WHERE t.name LIKE '%.Resolver' AND ct.name = 'pipeline' ORDER BY e.id"
        ).fetchall()
        for row in executions:
            # An event of type OUTPUT in older releases, INTERNAL_OUTPUT in newer ones.
            choices = file.execute(
                "SELECT s.step_key, v.artifact_id FROM Event v JOIN EventPath s"
                " ON s.event_id = v.id AND s.is_index_step = 0"
                " WHERE v.execution_id = ? AND v.type IN (4, 6)",
                [row["id"]],
            )
            strategy = re.search(r"Latest\w+Strategy", row["strategy"])[0]
            yield Resolution(
                strategy, row["pipeline"], millis(row["time"]), dict(map(tuple, choices))
            )


def ids_of(nodes, source):
    """The store's ids by those of the source."""
    return {n.source_id: n.id for n in nodes.iterate() if n.source == source}


def test_every_resolver_of_the_example_chose_what_the_store_says(store, types):
    store.artifacts.put_many([Artifact(type="Model")] * 7)  # ids here are not those of the file
    source = import_mlmd(store, IRIS).source
    artifacts, contexts = ids_of(store.artifacts, source), ids_of(store.contexts, source)
    assert all(here != there for there, here in artifacts.items())
    node = store.contexts.get_by_name("node", "iris.Trainer")
    answers = list(resolutions(IRIS))
    assert [r.choices.get("model") for r in answers] == [None, 5, 14, 23, 32, 32, 45]
    for resolution in answers:
        assert resolution.strategy == "LatestArtifactStrategy"
        expected = [artifacts[id_] for id_ in resolution.choices.values()]
        channel = {
            "context": [contexts[resolution.pipeline], node],
            "produced": True,
            "on": resolution.time,
        }
        for order in ("id", "create_time"):
            models = store.resolve.latest("Model", order_by=order, **channel)
            assert [a.id for a in models] == expected


@pytest.mark.parametrize("file", REAL)
def test_every_resolver_of_real_histories_chose_what_the_store_says(store, shared_data, file):
    import_mlmd(store, shared_data / "cmf_al_object_detection_v10.db")  # takes the first ids
    source = import_mlmd(store, shared_data / file).source
    artifacts, contexts = ids_of(store.artifacts, source), ids_of(store.contexts, source)
    assert all(here != there for there, here in artifacts.items())
    answers = list(resolutions(shared_data / file))
    assert answers
    for resolution in answers:
        channel = {"context": contexts[resolution.pipeline], "on": resolution.time}
        expected = {role: artifacts[id_] for role, id_ in resolution.choices.items()}
        if resolution.strategy == "LatestArtifactStrategy":
            models = store.resolve.latest("Model", produced=True, **channel)
            assert [a.id for a in models] == list(expected.values())
            continue
        assert resolution.strategy == "LatestBlessedModelStrategy"
        for evidence in ("events", "current_model_id"):
            for produced in (False, True):
                models = store.resolve.latest_blessed(
                    evidence=evidence, produced=produced, **channel
                )
                answer = {}
                for one in models:
                    answer = {"model": one.artifact.id, "model_blessing": one.approvals[0].id}
                assert answer == expected


def test_histories_without_states_and_times_are_resolved(store, shared_data):
    source = import_mlmd(store, shared_data / "tfx_chicago_taxi_v4.db").source
    artifacts = ids_of(store.artifacts, source)
    assert store.resolve.latest("Model") == []
    for evidence in ("events", "current_model_id"):
        (blessed_model,) = store.resolve.latest_blessed(evidence=evidence, states=None)
        assert blessed_model.artifact.id == artifacts[8]
        assert [a.id for a in blessed_model.approvals] == [artifacts[10]]
    (pushed_model,) = store.resolve.latest_pushed(states=None)
    assert (pushed_model.artifact.id, pushed_model.approvals[0].id) == (artifacts[8], artifacts[11])


def test_a_whole_history_is_resolved_as_of_each_moment(store):
    """The example, after each of its artifacts was made: what was blessed, pushed and best."""
    import_mlmd(store, IRIS)
    nodes = [a for a in store.artifacts.iterate() if a.source]
    models = [a for a in nodes if a.type == "Model"]
    readers_of = {}
    for event in store.events.of_artifacts([m.id for m in models]):
        if event.type is EventType.INPUT and event.role == "model":
            readers_of.setdefault(event.artifact_id, set()).add(event.execution_id)
    maker_of = {
        e.artifact_id: e.execution_id
        for e in store.events.of_artifacts([a.id for a in nodes])
        if e.type is EventType.OUTPUT
    }

    def of(model, type_):
        return [
            a for a in nodes if a.type == type_ and maker_of[a.id] in readers_of.get(model.id, ())
        ]

    def spoke(model, type_, key, now):
        return [
            a
            for a in of(model, type_)
            if a.create_time <= now and a.custom_properties.get(key) == 1
        ]

    def latest(of_them):
        return max(of_them, key=lambda a: (a.create_time, a.id))

    for now in sorted({a.create_time for a in nodes}):
        known_models = [m for m in models if m.create_time <= now]
        for ask, type_, key in (
            (store.resolve.latest_blessed, "ModelBlessing", "blessed"),
            (store.resolve.latest_pushed, "PushedModel", "pushed"),
        ):
            backed_models = [m for m in known_models if spoke(m, type_, key, now)]
            expected = [(m, latest(spoke(m, type_, key, now))) for m in backed_models]
            answers = [(one.artifact, one.approvals[0]) for one in ask(limit=100, on=now)]
            assert answers == expected[::-1]
        scores = [
            (e.custom_properties["accuracy"], m.create_time, m.id, e)
            for m in known_models
            for e in of(m, "ModelEvaluation")
            if e.create_time <= now
        ]
        best = store.resolve.best("Model", "accuracy", of="ModelEvaluation", limit=100, on=now)
        assert [(s.value, s.artifact.create_time, s.artifact.id, s.evaluation) for s in best] == (
            sorted(scores, key=lambda score: score[:3], reverse=True)
        )


# TFX's rules for spans


@dataclass(frozen=True)
class SpanRow:
    """What the rules look at; a version of None is 0, and so is no span's."""

    id: int
    span: int | None
    version: int | None
    time: int


def by_version(rows):
    return sorted(rows, key=lambda a: (a.version or 0, a.time, a.id))


def latest_span(rows, n, min_span, skip_last_n, keep_all_versions):
    """LatestSpan: the n latest spans that are at least min_span, without the last skip_last_n.

    Of each the latest version, ties broken by create time and id, or all versions in this order;
    spans ascend. n <= 0 is for all spans.
    """
    spans = sorted({a.span for a in rows if min_span is None or a.span >= min_span})
    spans = spans[: len(spans) - skip_last_n] if skip_last_n < len(spans) else []
    spans = spans[-n:] if n > 0 else spans
    answer = []
    for span in spans:
        versions = by_version(a for a in rows if a.span == span)
        answer += versions if keep_all_versions else versions[-1:]
    return answer


def static_span_range(rows, start, end, keep_all_versions):
    """StaticSpanRange: the spans from start to end; of each the largest version.

    All are sorted by span, version, create time and id, and the first of the largest version is
    taken, or all of them. Less than 0 is for no bound.
    """
    answer = []
    for span in sorted({a.span for a in rows}):
        if (start < 0 or start <= span) and (end < 0 or span <= end):
            versions = by_version(a for a in rows if a.span == span)
            largest = versions[-1].version or 0
            first = next(a for a in versions if (a.version or 0) == largest)
            answer += versions if keep_all_versions else [first]
    return answer


def rolling_range(rows, start, num_spans):
    """SpanRangeStrategy with a rolling range: [most_recent - num_spans + 1, most_recent]."""
    most_recent = max((a.span for a in rows), default=-1)
    first = max(start, most_recent - num_spans + 1)
    return {a for a in rows if first <= a.span <= most_recent}


PAST = 1_700_000_000_000


HERE = {"context": 1}
"""The context that all of them belong to: then no index gives an order."""


def write(database, spans, spelling=lambda a: ({"span": a.span, "version": a.version}, {})):
    """Make these the only artifacts: with ids and times of their own, spelt as told."""
    rows = []
    for a in spans:
        own, custom = spelling(a)
        row = {to_key(name, custom=False): value for name, value in own.items()}
        row |= {to_key(name, custom=True): value for name, value in custom.items()}
        rows.append(
            {
                "row": {"id": a.id, "type": "Examples", "state": "LIVE", **row},
                "time": PAST + a.time,
            }
        )
    with database.driver.session(database=database.name) as session:
        session.run(
            "MATCH (n:Artifact) DETACH DELETE n WITH count(*) AS gone"
            " MERGE (c:Context {id: 1})"
            " WITH c UNWIND $rows AS row CREATE (a:Artifact)-[:ATTRIBUTED_TO]->(c)"
            " SET a = row.row, a.create_time = datetime({epochMillis: row.time})",
            rows=rows,
        ).consume()


def numbers(artifacts):
    return [a.id for a in artifacts]


SPELLINGS = {
    "declared": lambda number: (number, None),
    "custom": lambda number: (None, number),
    "text": lambda number: (None, str(number)),
    "padded text": lambda number: (None, f" {number:+04d}\n"),
    "declared wins": lambda number: (number, number + 1),
    "no number": lambda number: ("no number", number),
}
NO_SPANS = [{}, {"span": "seven"}, {"span": ""}, {"span": 7.0}, {"span": True}, {"span": "7.5"}]


@st.composite
def histories(draw):
    """Artifacts with few spans, versions and times, so that there are ties; ids in any order."""
    one = st.tuples(st.integers(0, 4), st.none() | st.integers(0, 1), st.integers(0, 1))
    triples = draw(st.lists(one, max_size=12))
    ids = draw(st.permutations(range(1, len(triples) + 1)))
    return [SpanRow(id_, *triple) for id_, triple in zip(ids, triples, strict=True)]


@examples(150)
@given(data=st.data(), rows=histories())
def test_spans_are_chosen_by_the_rules(store, types, database, data, rows):
    spellings = {}

    def spelling(a):
        own, custom = {}, {}
        for name in ("span", "version"):
            number = getattr(a, name)
            if number is not None:
                how = data.draw(st.sampled_from(sorted(SPELLINGS)))
                own[name], custom[name] = SPELLINGS[how](number)
        spellings[a.id] = (
            {k: v for k, v in own.items() if v is not None},
            {k: v for k, v in custom.items() if v is not None},
        )
        return spellings[a.id]

    write(database, rows, spelling)
    where = data.draw(st.sampled_from([{}, HERE]))
    keep = data.draw(st.booleans())

    def ask(method, **options):
        options |= {"keep_all_versions": keep, **where}
        return [a.id for a in getattr(store.resolve, method)("Examples", **options)]

    n = data.draw(st.none() | st.integers(1, 7))
    least, skip = data.draw(st.integers(0, 6)), data.draw(st.integers(0, 6))
    expected = latest_span(rows, n or 0, least, skip, keep)
    assert ask("latest_spans", limit=n, min_span=least, skip_last_n=skip) == numbers(expected)
    assert ask("all_spans") == numbers(latest_span(rows, 0, None, 0, keep))
    start = data.draw(st.none() | st.integers(0, 6))
    end = data.draw(st.none() | st.integers(start or 0, 6))
    bounds = [-1 if bound is None else bound for bound in (start, end)]
    expected = static_span_range(rows, *bounds, keep)
    assert ask("span_range", start=start, end=end) == numbers(expected)
    keep, window = True, data.draw(st.integers(1, 7))
    expected = rolling_range(rows, start or 0, window)
    assert set(ask("span_range", start=start, window=window)) == {a.id for a in expected}


@examples(100)
@given(
    rows=histories(),
    n=st.integers(1, 15),
    moment=st.none() | st.integers(-1, 3),
    where=st.sampled_from([{}, HERE]),
)
def test_the_latest_are_chosen_by_the_rules(store, types, database, rows, n, moment, where):
    write(database, rows)
    options = {"limit": n, "on": None if moment is None else millis(PAST + moment), **where}
    then = [a for a in rows if moment is None or a.time <= moment]
    # LatestCreateTime has the last n in ascending order; here the latest comes first.
    by_time = sorted(then, key=lambda a: (a.time, a.id))[-n:][::-1]
    assert numbers(store.resolve.latest("Examples", **options)) == numbers(by_time)
    by_id = sorted(then, key=lambda a: a.id, reverse=True)[:n]
    assert numbers(store.resolve.latest("Examples", order_by="id", **options)) == numbers(by_id)


@pytest.mark.parametrize("no_span", NO_SPANS, ids=str)
def test_what_has_no_span_is_no_candidate(store, types, database, no_span):
    has, has_not = SpanRow(1, 3, 0, 0), SpanRow(2, None, 9, 9)
    write(database, [has, has_not], lambda a: ({}, {"span": "3"} if a is has else no_span))
    assert numbers(store.resolve.latest_spans("Examples")) == [1]
    assert numbers(store.resolve.all_spans("Examples")) == [1]
    assert numbers(store.resolve.span_range("Examples")) == [1]


# The cases of TFX's own tests: an artifact is called by its span and version

ROLLING = ["1.0", "2.0", "3.1", "3.0", "7.1", "8.2"]
LATEST_SPAN = [
    ([], {}, []),
    (["1.0"], {}, ["1.0"]),
    (["1.1", "2.1", "2.2", "3.1"], {"limit": 1}, ["3.1"]),
    (["1.1", "2.1", "2.2", "3.1"], {"limit": 2}, ["2.2", "3.1"]),
    (["1.1", "2.1", "2.2", "3.1"], {"limit": 2, "keep_all_versions": True}, ["2.1", "2.2", "3.1"]),
    (["1.1", "2.1", "2.2", "3.1"], {"limit": 3}, ["1.1", "2.2", "3.1"]),
    (["1.1", "2.1", "2.2", "3.1"], {"limit": 4}, ["1.1", "2.2", "3.1"]),
    (
        ["1.1", "2.1", "2.2", "3.1"],
        {"limit": None, "keep_all_versions": True},
        ["1.1", "2.1", "2.2", "3.1"],
    ),
    (["1.1", "1.1 ", "1.1  "], {"limit": 1}, ["1.1  "]),
    (["1.1", "1.1 ", "1.1  "], {"limit": 1, "keep_all_versions": True}, ["1.1", "1.1 ", "1.1  "]),
    (ROLLING, {}, ["8.2"]),
    (ROLLING, {"skip_last_n": 1}, ["7.1"]),
    (ROLLING, {"skip_last_n": 2}, ["3.1"]),
    (ROLLING, {"skip_last_n": 2, "limit": 2}, ["2.0", "3.1"]),
    (ROLLING, {"skip_last_n": 2, "limit": 2, "keep_all_versions": True}, ["2.0", "3.0", "3.1"]),
    (
        ROLLING,
        {"skip_last_n": 2, "limit": 3, "keep_all_versions": True},
        ["1.0", "2.0", "3.0", "3.1"],
    ),
    (ROLLING, {"skip_last_n": 3, "limit": 2}, ["1.0", "2.0"]),
    (ROLLING, {"skip_last_n": 6}, []),
    (ROLLING, {"skip_last_n": 6, "limit": 6}, []),
    (ROLLING, {"limit": None, "skip_last_n": 2}, ["1.0", "2.0", "3.1"]),
    (ROLLING, {"min_span": 9}, []),
    (ROLLING, {"min_span": 7, "limit": 3}, ["7.1", "8.2"]),
    (ROLLING, {"min_span": 2, "limit": 3}, ["3.1", "7.1", "8.2"]),
    (
        ROLLING,
        {"min_span": 2, "limit": 4, "keep_all_versions": True},
        ["2.0", "3.0", "3.1", "7.1", "8.2"],
    ),
    (
        ROLLING,
        {"limit": 5, "skip_last_n": 1, "min_span": 3, "keep_all_versions": True},
        ["3.0", "3.1", "7.1"],
    ),
    (ROLLING, {"limit": 1, "skip_last_n": 1, "min_span": 3, "keep_all_versions": True}, ["7.1"]),
    (
        ROLLING,
        {"limit": None, "skip_last_n": 2, "min_span": 3, "keep_all_versions": True},
        ["3.0", "3.1"],
    ),
]
STATIC = ["1.0", "2.0", "3.1", "4.0", "4.1", "4.2"]
STATIC_SPAN_RANGE = [
    ([], {}, []),
    (STATIC, {}, ["1.0", "2.0", "3.1", "4.2"]),
    (STATIC, {"start": 3, "end": 4, "keep_all_versions": True}, ["3.1", "4.0", "4.1", "4.2"]),
    (STATIC, {"end": 10}, ["1.0", "2.0", "3.1", "4.2"]),
    (STATIC, {"start": 1, "end": 3}, ["1.0", "2.0", "3.1"]),
    # SpanRangeStrategy, whose tests have one artifact of each span
    (["1.0", "2.0", "3.0", "4.0", "5.0"], {"start": 2, "end": 3}, ["2.0", "3.0"]),
    (["1.0", "2.0", "3.0", "4.0", "5.0"], {"window": 3}, ["3.0", "4.0", "5.0"]),
    (["1.0", "2.0", "3.0", "4.0", "5.0"], {"start": 4, "window": 3}, ["4.0", "5.0"]),
]
ALL_SPANS = [
    ([], {}, []),
    (["7.1", "8.2", "1.0", "2.0", "3.1", "3.0"], {}, ["1.0", "2.0", "3.1", "7.1", "8.2"]),
    (
        ["7.1", "8.2", "1.0", "2.0", "3.1", "3.0"],
        {"keep_all_versions": True},
        ["1.0", "2.0", "3.0", "3.1", "7.1", "8.2"],
    ),
]


@pytest.mark.parametrize(
    ("method", "case"),
    [
        (method, case)
        for method, cases in (
            ("latest_spans", LATEST_SPAN),
            ("span_range", STATIC_SPAN_RANGE),
            ("all_spans", ALL_SPANS),
        )
        for case in cases
    ],
    ids=str,
)
def test_the_cases_of_the_span_ops(store, types, database, method, case):
    there, options, expected = case
    rows = {
        name: SpanRow(number, *map(int, name.strip().split(".")), 0)
        for number, name in enumerate(there, 1)
    }
    write(database, rows.values())
    answer = getattr(store.resolve, method)("Examples", **options)
    assert numbers(answer) == numbers(rows[name] for name in expected)


# Blessings and pushes


@pytest.fixture
def tfx(store):
    """TFX's types, as far as blessings need them."""
    for name in ("Model", "ModelBlessing", "InfraBlessing", "PushedModel", "Anything"):
        store.types.put(ArtifactType(name=name))
    for name in ("Evaluator", "InfraValidator", "Pusher", "Whatever"):
        store.types.put(ExecutionType(name=name))
    return Tfx(store)


class Tfx:
    """Does what TFX's components do; each model is newer than the one before."""

    def __init__(self, store):
        self.store = store
        self.models = store.artifacts.put_many(
            [Artifact(type="Model", state=ArtifactState.LIVE)] * 3
        )

    def _run(self, type_, output, inputs, **properties):
        state = properties.pop("state", ArtifactState.LIVE)
        artifact = Artifact(type=output, state=state, custom_properties=properties)
        return self.store.publish(
            Execution(type=type_), {k: v for k, v in inputs.items() if v}, {"made": artifact}
        ).outputs[0]

    def bless(self, model, is_blessed=True, baseline=None):
        inputs = {"model": model, "baseline_model": baseline}
        return self._run("Evaluator", "ModelBlessing", inputs, blessed=int(is_blessed))

    def validate(self, model, is_blessed=True):
        return self._run(
            "InfraValidator", "InfraBlessing", {"model": model}, blessed=int(is_blessed)
        )

    def push(self, model, **properties):
        return self._run("Pusher", "PushedModel", {"model": model}, **properties)


def pairs(answers):
    return [(one.artifact, *one.approvals) for one in answers]


def test_the_latest_blessed_model_changes_as_models_are_blessed(store, tfx):
    one, two, three = tfx.models
    assert store.resolve.latest_blessed() == []
    tfx.push(one)
    infra_two, push_three = tfx.validate(two), tfx.push(three)
    blessing_one = tfx.bless(one)
    assert pairs(store.resolve.latest_blessed()) == [(one, blessing_one)]
    blessing_three = tfx.bless(three)
    assert pairs(store.resolve.latest_blessed()) == [(three, blessing_three)]
    assert store.resolve.latest_blessed(by="both") == []
    blessing_two = tfx.bless(two)
    assert pairs(store.resolve.latest_blessed()) == [(three, blessing_three)]
    assert pairs(store.resolve.latest_blessed(by="both")) == [(two, blessing_two, infra_two)]
    assert pairs(store.resolve.latest_pushed()) == [(three, push_three)]
    everything = pairs(store.resolve.latest_blessed(limit=5))
    assert everything == [(three, blessing_three), (two, blessing_two), (one, blessing_one)]


def test_what_was_not_blessed_is_not_chosen(store, tfx):
    one, two, _ = tfx.models
    for model in tfx.models:
        tfx.validate(model, is_blessed=False)
        tfx.bless(model, is_blessed=False)
    for by in ("evaluator", "infra_validator", "both"):
        assert store.resolve.latest_blessed(by=by) == []
    assert store.resolve.latest_pushed() == []
    push = tfx.push(one)
    assert pairs(store.resolve.latest_pushed()) == [(one, push)]
    blessing, infra = tfx.bless(one), tfx.validate(two)
    assert pairs(store.resolve.latest_blessed()) == [(one, blessing)]
    assert pairs(store.resolve.latest_blessed(by="infra_validator")) == [(two, infra)]
    assert store.resolve.latest_blessed(by="both") == []


def test_each_policy_has_its_model(store, tfx):
    one, two, three = tfx.models
    push, infra_one, infra_two = tfx.push(three), tfx.validate(one), tfx.validate(two)
    tfx.bless(one)
    again = tfx.bless(one)
    assert store.resolve.latest("Model") == [three]
    assert pairs(store.resolve.latest_blessed()) == [(one, again)]
    assert pairs(store.resolve.latest_blessed(by="infra_validator")) == [(two, infra_two)]
    assert pairs(store.resolve.latest_blessed(by="both")) == [(one, again, infra_one)]
    assert pairs(store.resolve.latest_pushed()) == [(three, push)]


def test_a_baseline_is_not_blessed(store, tfx):
    one, two, three = tfx.models
    assert pairs(store.resolve.latest_blessed()) == []
    first = tfx.bless(two, baseline=one)
    assert pairs(store.resolve.latest_blessed(limit=3)) == [(two, first)]
    second = tfx.bless(two, baseline=three)  # the newer model is the baseline
    assert pairs(store.resolve.latest_blessed(limit=3)) == [(two, second)]
    third = tfx.bless(three, baseline=two)
    assert pairs(store.resolve.latest_blessed(limit=3)) == [(three, third), (two, second)]
    # Unless somebody asks for that.
    baselines = store.resolve.latest_blessed(roles="baseline_model", limit=3)
    assert pairs(baselines) == [(three, second), (two, third), (one, first)]


def test_the_only_model_that_was_read_is_meant_whatever_its_role(store, tfx):
    one, two, three = tfx.models
    blessing = tfx._run("Evaluator", "ModelBlessing", {"candidate": one}, blessed=1)
    assert pairs(store.resolve.latest_blessed()) == [(one, blessing)]
    assert pairs(store.resolve.latest_blessed(roles={"candidate"})) == [(one, blessing)]
    assert store.resolve.latest_blessed(roles="model") == []
    tfx._run("Evaluator", "ModelBlessing", {"candidate": two, "champion": three}, blessed=1)
    assert pairs(store.resolve.latest_blessed()) == [(one, blessing)]
    nameless = store.artifacts.put(
        Artifact(
            type="ModelBlessing", state=ArtifactState.LIVE, custom_properties={"blessed": True}
        )
    )
    store.publish(Execution(type="Evaluator"), [three], [nameless])
    assert pairs(store.resolve.latest_blessed()) == [(three, nameless)]


@pytest.mark.parametrize(
    ("blessings", "validations", "pushes", "ask", "expected"),
    [
        ([1], [], [], {"by": "evaluator"}, 1),
        ([], [1], [], {"by": "infra_validator"}, 1),
        ([1], [1], [], {"by": "both"}, 1),
        ([], [], [1], None, 1),
        ([1, 2, 3], [2, 3], [3], {"by": "evaluator"}, 3),
        ([1, 2, 3], [2, 3], [3], {"by": "infra_validator"}, 3),
        ([1, 2, 3], [2, 3], [3], {"by": "both"}, 3),
        ([1, 2, 3], [2, 3], [3], None, 3),
        ([1, 2, 3], [2, 3], [1], None, 1),
        ([2, 1], [], [], {"by": "evaluator"}, 2),
    ],
)
def test_realistic_histories(store, tfx, blessings, validations, pushes, ask, expected):
    for numbers_, do in ((blessings, tfx.bless), (validations, tfx.validate), (pushes, tfx.push)):
        for number in numbers_:
            do(tfx.models[number - 1])
    answers = store.resolve.latest_pushed() if ask is None else store.resolve.latest_blessed(**ask)
    assert [one.artifact for one in answers] == [tfx.models[expected - 1]]


def test_a_blessing_further_down_counts_when_that_is_asked_for(store, tfx):
    one, two, three = tfx.models
    thing = tfx._run("Whatever", "Anything", {"model": one})
    blessing = tfx._run("Evaluator", "ModelBlessing", {"anything": thing}, blessed=1)
    assert store.resolve.latest_blessed() == []
    assert store.resolve.latest_blessed(max_hops=3) == []
    assert pairs(store.resolve.latest_blessed(max_hops=4)) == [(one, blessing)]
    assert pairs(store.resolve.latest_blessed(max_hops=50)) == [(one, blessing)]
    newer = tfx.bless(two, baseline=one)
    assert pairs(store.resolve.latest_blessed(max_hops=50)) == [(two, newer)]
    # A way through another model in a role of its own says nothing of the first.
    other = tfx._run("Whatever", "Model", {"model": three})
    tfx.bless(two, baseline=other)
    assert [o.artifact for o in store.resolve.latest_blessed(max_hops=50, limit=9)] == [two, one]


def test_what_a_failed_execution_left_says_nothing(store, tfx):
    one, two, three = tfx.models
    tfx.push(one)
    push = tfx.push(two)
    tfx.push(three, state=ArtifactState.ABANDONED)
    assert pairs(store.resolve.latest_pushed()) == [(two, push)]
    deletion = store.artifacts.put(push.evolve(state=ArtifactState.DELETED))
    assert pairs(store.resolve.latest_pushed()) == [(two, deletion)]


def test_a_pusher_that_pushed_nothing_says_so(store, tfx):
    one, two, three = tfx.models
    push = tfx.push(one, pushed=1)
    tfx.push(two, pushed=0)
    assert pairs(store.resolve.latest_pushed()) == [(one, push)]
    silent = tfx.push(three)
    assert pairs(store.resolve.latest_pushed()) == [(three, silent)]


def test_blessings_by_the_id_that_they_name(store, tfx):
    """LatestBlessedModelStrategy: whatever the events say, or if there are none."""
    one, two, three = tfx.models

    def bless(model, is_blessed=1):
        properties = {"blessed": is_blessed, "current_model_id": model.id}
        return store.artifacts.put(
            Artifact(type="ModelBlessing", state=ArtifactState.LIVE, custom_properties=properties)
        )

    def ask(**options):
        return pairs(store.resolve.latest_blessed(evidence="current_model_id", **options))

    assert ask() == []
    bless(three, is_blessed=0)
    assert ask() == []
    blessing = bless(one)
    assert ask() == [(one, blessing)]
    blessing_two = bless(two)
    assert ask(limit=5) == [(two, blessing_two), (one, blessing)]
    again = bless(two)
    assert ask() == [(two, again)]
    assert store.resolve.latest_blessed() == []  # nothing read them


def test_a_blessing_that_does_not_say_so_is_none(store, tfx):
    (one, *_) = tfx.models
    tfx._run("Evaluator", "ModelBlessing", {"model": one})
    tfx._run("InfraValidator", "InfraBlessing", {"model": one}, current_model_id=one.id)
    for options in ({}, {"by": "infra_validator"}, {"evidence": "current_model_id"}):
        assert store.resolve.latest_blessed(**options) == []
    tfx._run("InfraValidator", "InfraBlessing", {"model": one}, blessing_status="INFRA_DELEGATED")
    assert len(store.resolve.latest_blessed(by="infra_validator")) == 1


def test_an_imported_blessing_names_a_model_of_its_source(store, tfx, tmp_path):
    rows = history(1)  # of the models 1 and 2
    times = {key: rows["Artifact"][0][key] for key in rows["Artifact"][0] if "time" in key}
    rows["Type"].append({"id": 9, "name": "ModelBlessing", "type_kind": 1})
    rows["Artifact"].append({"id": 3, "type_id": 9, "state": 2, **times})
    rows["ArtifactProperty"] += [
        {"artifact_id": 3, "name": name, "is_custom_property": 1, "int_value": value}
        for name, value in (("blessed", 1), ("current_model_id", 2))
    ]
    source = import_mlmd(store, write_file(tmp_path / "a.db", rows)).source
    artifacts = ids_of(store.artifacts, source)
    assert tfx.models[1].id == 2 != artifacts[2]
    (answer,) = store.resolve.latest_blessed(evidence="current_model_id", limit=9)
    assert (answer.artifact.id, answer.approvals[0].id) == (artifacts[2], artifacts[3])


@st.composite
def evaluations(draw):
    """Models with few times, in any order of ids, and evaluations of them."""
    times = draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    model = st.integers(0, len(times) - 1)
    blessings = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "model": model,
                    "baseline": st.none() | model,
                    "blessed": st.integers(0, 1),
                    "time": st.integers(0, 4),
                    "state": st.sampled_from(["LIVE", "LIVE", "DELETED", "ABANDONED", "PENDING"]),
                }
            ),
            max_size=6,
        )
    )
    for blessing in blessings:
        if blessing["baseline"] == blessing["model"]:
            blessing["baseline"] = None
    ids = draw(st.permutations(range(1, len(times) + len(blessings) + 1)))
    return times, blessings, ids


@examples(120)
@given(history=evaluations(), n=st.integers(1, 4), moment=st.none() | st.integers(0, 4))
def test_blessed_models_are_chosen_by_the_rules(store, tfx, database, history, n, moment):
    times, blessings, ids = history
    models, rest = ids[: len(times)], ids[len(times) :]
    rows = [
        {"id": id_, "time": time, "row": {"type": "Model", "state": "LIVE"}}
        for id_, time in zip(models, times, strict=True)
    ]
    events = []
    for id_, blessing in zip(rest, blessings, strict=True):
        properties = {"custom_blessed": blessing["blessed"]}
        properties["custom_current_model_id"] = models[blessing["model"]]
        row = {"type": "ModelBlessing", "state": blessing["state"], **properties}
        rows.append({"id": id_, "time": blessing["time"], "row": row})
        for role in ("model", "baseline"):
            if blessing[role] is not None:
                path = ["model" if role == "model" else "baseline_model", "[0]"]
                reading = {"model": models[blessing[role]], "path": path}
                events.append({"blessing": id_, "time": blessing["time"], **reading})
    with database.driver.session(database=database.name) as session:
        session.run("MATCH (n:Artifact|Execution) DETACH DELETE n").consume()
        session.run(
            "UNWIND $rows AS row CREATE (a:Artifact) SET a = row.row, a.id = row.id,"
            " a.create_time = datetime({epochMillis: $past + row.time})",
            rows=rows,
            past=PAST,
        ).consume()
        session.run(
            "UNWIND $events AS row"
            " MATCH (b:Artifact {id: row.blessing}), (m:Artifact {id: row.model})"
            " MERGE (e:Execution {id: b.id})"
            " SET e.create_time = b.create_time, e.type = 'Evaluator'"
            " MERGE (e)-[:OUTPUT {path: ['blessing', '[0]']}]->(b)"
            " CREATE (m)-[:INPUT {path: row.path}]->(e)",
            events=events,
        ).consume()
    # LatestPolicyModel: models from the latest created to the oldest, ties broken by id, that are
    # read as `model` by what made a blessing of 1 that is LIVE or was deleted; with the latest.
    expected = []
    moments = [(time, models[number], number) for number, time in enumerate(times)]
    for time, id_, number in sorted(moments, reverse=True):
        approvals = [
            (b["time"], blessing)
            for blessing, b in zip(rest, blessings, strict=True)
            if b["model"] == number and b["blessed"] == 1
            if b["state"] in ("LIVE", "DELETED") and (moment is None or b["time"] <= moment)
        ]
        if approvals and (moment is None or time <= moment):
            expected.append((id_, max(approvals)[1]))
    as_of = None if moment is None else millis(PAST + moment)
    for evidence in ("events", "current_model_id"):
        answers = store.resolve.latest_blessed(limit=n, on=as_of, evidence=evidence)
        assert [(o.artifact.id, o.approvals[0].id) for o in answers] == expected[:n]
    further = store.resolve.latest_blessed(limit=n, on=as_of, max_hops=50)
    assert [(o.artifact.id, o.approvals[0].id) for o in further] == expected[:n]

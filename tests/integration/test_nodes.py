"""Artifacts, executions and contexts: put, get, list."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Association,
    Attribution,
    Context,
    Execution,
    ExecutionState,
    PropertyKind,
    Store,
)
from graphstore.database import Transaction
from graphstore.errors import (
    AlreadyExists,
    Conflict,
    InvalidArgument,
    InvalidProperty,
    NotFound,
)


def test_a_node_comes_back_as_it_was_put(store, types):
    began = datetime(2026, 1, 2, 3, 4, 5, 678_000, timezone.utc)
    for repository, node in (
        (
            store.artifacts,
            Artifact(
                type="Model",
                name="best",
                uri="s3://models/1",
                external_id="m-1",
                state=ArtifactState.LIVE,
                properties={"int_value": 1},
                custom_properties={"int_value": "another"},
            ),
        ),
        (
            store.executions,
            Execution(
                type="Trainer",
                state=ExecutionState.RUNNING,
                start_time=began,
                end_time=began + timedelta(hours=1),
            ),
        ),
        (store.contexts, Context(type="Pipeline", name="iris", external_id="p")),
    ):
        answer = repository.put(node)
        content = answer.evolve(id=None, type_id=None, create_time=None, last_update_time=None)
        assert content == node
        assert repository.get(answer.id) == answer
        assert answer.create_time == answer.last_update_time
        assert abs(datetime.now(timezone.utc) - answer.create_time) < timedelta(minutes=10)


@pytest.mark.parametrize(
    "put",
    [
        lambda artifacts, one: artifacts.put([one]),
        lambda artifacts, one: artifacts.put_many(one),
        lambda artifacts, one: artifacts.put(Execution(type="Trainer")),
    ],
)
def test_what_is_no_such_node_is_refused(store, types, put):
    with pytest.raises(InvalidArgument, match="expected Artifact objects"):
        put(store.artifacts, Artifact(type="Model"))


def test_a_batch_keeps_its_order_and_gets_dense_ids(store, types):
    nodes = [Artifact(type="Examples", uri=f"u{number}") for number in range(50)]
    artifacts = store.artifacts.put_many(nodes)
    assert [artifact.uri for artifact in artifacts] == [node.uri for node in nodes]
    assert [artifact.id for artifact in artifacts] == list(
        range(artifacts[0].id, artifacts[0].id + 50)
    )
    answers = store.artifacts.put_many(
        [artifacts[3].evolve(uri="changed"), Artifact(type="Model"), artifacts[1].evolve(uri="too")]
    )
    assert [artifact.uri for artifact in answers] == ["changed", None, "too"]
    assert store.artifacts.put_many([]) == []


def test_a_batch_is_stored_whole_or_not_at_all(store, types):
    with pytest.raises(InvalidProperty):
        store.artifacts.put_many(
            [Artifact(type="Examples"), Artifact(type="Examples", properties={"no": 1})]
        )
    with pytest.raises(AlreadyExists):
        store.artifacts.put_many([Artifact(type="Model", name="a")] * 2)
    assert len(store.artifacts.list()) == 0


def test_an_update_replaces_all_that_a_node_says(store, artifact):
    first = artifact(uri="u", state=ArtifactState.LIVE, custom_properties={"note": 1, "other": 2})
    second = store.artifacts.put(first.evolve(uri=None, custom_properties={"note": 3}))
    assert second.uri is None
    assert second.custom_properties == {"note": 3}
    assert second.create_time == first.create_time
    assert second.last_update_time > first.last_update_time
    assert store.artifacts.get(first.id) == second


def test_an_update_that_changes_nothing_writes_nothing(store, artifact):
    first = artifact(properties={"double_value": float("nan")}, custom_properties={"l": [1]})
    again = store.artifacts.put(store.artifacts.get(first.id))
    assert again.last_update_time == first.last_update_time
    # 1 and 1.0 are equal in Python, and different kinds of value.
    second = store.artifacts.put(first.evolve(custom_properties={"l": [1.0]}))
    assert second.last_update_time > first.last_update_time


def test_a_masked_update_changes_what_it_names(store, artifact):
    first = artifact(
        uri="u",
        name="n",
        state=ArtifactState.PENDING,
        properties={"int_value": 1, "string_value": "s"},
        custom_properties={"a": 1, "b": 2},
    )
    bare = Artifact(type="Examples", id=first.id, state=ArtifactState.LIVE)
    second = store.artifacts.put(
        bare.evolve(custom_properties={"b": 3}),
        fields=["state", "name", "custom_properties.a", "custom_properties.b"],
    )
    assert (second.state, second.name, second.uri) == (ArtifactState.LIVE, None, "u")
    assert second.properties == first.properties
    assert second.custom_properties == {"b": 3}
    third = store.artifacts.put(
        bare.evolve(properties={"int_value": 2}), fields=["properties", "properties.string_value"]
    )
    assert third.properties == {"int_value": 2}
    with pytest.raises(InvalidArgument, match="no artifact has a field 'colour'"):
        store.artifacts.put(bare, fields=["colour"])
    with pytest.raises(InvalidArgument, match="no context has a field 'uri'"):
        store.contexts.put(Context(type="Pipeline", name="x"), fields=["uri"])


def test_a_stale_update_is_refused_when_that_matters(store, artifact):
    mine = artifact(uri="u")
    theirs = store.artifacts.put(mine.evolve(uri="theirs"))
    with pytest.raises(Conflict, match="read it again"):
        store.artifacts.put(mine.evolve(uri="mine"), if_unchanged=True)
    assert store.artifacts.get(mine.id).uri == "theirs"
    assert store.artifacts.put(theirs.evolve(uri="again"), if_unchanged=True).uri == "again"
    assert store.artifacts.put(mine.evolve(uri="last one wins")).uri == "last one wins"


def test_what_a_node_is_never_changes(store, artifact):
    first = artifact()
    with pytest.raises(InvalidArgument, match="cannot become one of type 'Model'"):
        store.artifacts.put(first.evolve(type="Model"))
    with pytest.raises(NotFound, match="no artifact has id 99"):
        store.artifacts.put(first.evolve(id=99))
    with pytest.raises(InvalidArgument, match="given twice"):
        store.artifacts.put_many([first, first])


def test_names_and_external_ids_are_unique(store, types):
    store.artifacts.put(Artifact(type="Model", name="a", external_id="x"))
    store.artifacts.put(Artifact(type="Examples", name="a"))  # another type
    other = store.artifacts.put(Artifact(type="Model", name="b"))
    with pytest.raises(AlreadyExists, match="has the name"):
        store.artifacts.put(Artifact(type="Model", name="a"))
    with pytest.raises(AlreadyExists, match="has the external id"):
        store.artifacts.put(Artifact(type="Examples", external_id="x"))
    with pytest.raises(AlreadyExists):
        store.artifacts.put(other.evolve(name="a"))
    store.executions.put(Execution(type="Trainer", external_id="x"))  # another kind


def test_nodes_are_found_by_what_identifies_them(store, types):
    a = store.artifacts.put(Artifact(type="Model", name="a", external_id="x", uri="u"))
    b = store.artifacts.put(Artifact(type="Model", uri="u"))
    assert store.artifacts.get_by_name("Model", "a") == a
    assert store.artifacts.get_by_external_id("x") == a
    assert store.artifacts.get_by_uri("u") == [a, b]
    assert store.artifacts.get_by_uri("elsewhere") == []
    assert store.artifacts.get_many([b.id, a.id, b.id]) == [b, a, b]
    for ask in (
        lambda: store.artifacts.get(99),
        lambda: store.artifacts.get_many([a.id, 99]),
        lambda: store.artifacts.get_by_name("Model", "b"),
        lambda: store.artifacts.get_by_external_id("y"),
        lambda: store.contexts.get(-1),
    ):
        with pytest.raises(NotFound):
            ask()


@pytest.mark.parametrize(
    ("node", "error", "says"),
    [
        (Artifact(type="Nothing"), NotFound, "no artifact type has name 'Nothing'"),
        (Artifact(type="Model", type_version="7"), NotFound, "'Model@7'"),
        (Artifact(type="Model", properties={"int_value": "1"}), InvalidProperty, "expected INT"),
        (Artifact(type="Model", properties={"undeclared": 1}), InvalidProperty, "undeclared"),
        (Artifact(type="Model", custom_properties={"x": object()}), InvalidProperty, "one of INT"),
        (Artifact(type="Model", custom_properties={"a\0": 1}), InvalidProperty, "without NUL"),
        (Artifact(type="Model", uri="x" * 9000), InvalidArgument, "at most 8,000"),
        (Artifact(type="Model", name="\ud800"), InvalidArgument, "UTF-8"),
        (
            Execution(type="Trainer", start_time=datetime(2026, 1, 1)),
            InvalidArgument,
            "no time zone",
        ),
    ],
)
def test_what_cannot_be_stored_says_why(store, types, node, error, says):
    repository = store.artifacts if isinstance(node, Artifact) else store.executions
    with pytest.raises(error, match=says):
        repository.put(node)
    assert len(repository.list()) == 0


def test_a_property_that_somebody_else_declared_meanwhile_is_taken(store, types, database):
    elsewhere = Store(database)
    store.artifacts.put(Artifact(type="Model"))  # this store has seen the type as it was
    elsewhere.types.put(
        ArtifactType(name="Model", properties={"new": PropertyKind.INT}),
        can_add_fields=True,
        can_omit_fields=True,
    )
    assert store.artifacts.put(Artifact(type="Model", properties={"new": 1})).properties == {
        "new": 1
    }


def test_a_list_meets_every_condition(store, types):
    pipeline = store.contexts.put(Context(type="Pipeline", name="p"))
    a, b, c, d = store.artifacts.put_many(
        [
            Artifact(type="Model", state=ArtifactState.LIVE, properties={"int_value": 1}),
            Artifact(type="Model", state=ArtifactState.DELETED, properties={"int_value": 1}),
            Artifact(type="Examples", state=ArtifactState.LIVE, custom_properties={"x": {"a": 1}}),
            Artifact(type="Examples", state=ArtifactState.LIVE, custom_properties={"x": 1}),
        ]
    )
    store.contexts.put_attributions(
        [Attribution(artifact_id=x.id, context_id=pipeline.id) for x in (b, c)]
    )
    ask = store.artifacts.list
    assert list(ask()) == [a, b, c, d]
    assert list(ask(type="Model")) == [a, b]
    assert list(ask(states=["LIVE"])) == [a, c, d]
    assert list(ask(type="Model", states=[ArtifactState.LIVE, ArtifactState.PENDING])) == [a]
    assert list(ask(context=pipeline.id)) == [b, c]
    assert list(ask(context=pipeline.id, type="Model")) == [b]
    assert list(ask(properties={"int_value": 1})) == [a, b]
    assert list(ask(custom_properties={"x": {"a": 1}})) == [c]
    assert list(ask(type="Nothing")) == []
    assert list(ask(type="Model", type_version="")) == [a, b]
    assert list(ask(type="Model", type_version="2")) == []
    assert list(ask(created_since=a.create_time)) == [a, b, c, d]
    assert list(ask(created_before=a.create_time)) == []
    assert list(ask(descending=True, limit=2)) == [d, c]
    with pytest.raises(InvalidArgument, match=r"artifact states are UNKNOWN, .*COMPLETE"):
        ask(states=["COMPLETE"])
    with pytest.raises(InvalidArgument, match="contexts have no states"):
        store.contexts.list(states=["LIVE"])
    with pytest.raises(InvalidArgument, match="limit"):
        ask(limit=0)
    with pytest.raises(InvalidArgument, match="order_by"):
        ask(order_by="name")


def test_executions_are_listed_by_state_and_context(store, types):
    run = store.contexts.put(Context(type="Pipeline", name="run"))
    ok, failure = store.executions.put_many(
        [
            Execution(type="Trainer", state=ExecutionState.COMPLETE),
            Execution(type="Trainer", state=ExecutionState.FAILED),
        ]
    )
    store.contexts.put_associations([Association(execution_id=failure.id, context_id=run.id)])
    assert list(store.executions.list(states=["COMPLETE"])) == [ok]
    assert list(store.executions.list(context=run.id)) == [failure]


@pytest.mark.parametrize("order_by", ["id", "create_time", "last_update_time"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("conditions", [{}, {"type": "Model"}])
def test_pages_follow_each_other_while_others_write(store, types, order_by, descending, conditions):
    artifacts = [store.artifacts.put(Artifact(type="Model")) for _ in range(3)]
    artifacts += store.artifacts.put_many([Artifact(type="Model")] * 8)  # all at one time
    expected = [a.id for a in (reversed(artifacts) if descending else artifacts)]
    options = {"order_by": order_by, "descending": descending, "limit": 3, **conditions}
    page = store.artifacts.list(**options)
    ids = [a.id for a in page]
    store.artifacts.put_many([Artifact(type="Model")] * 2)
    while page.next_page:
        page = store.artifacts.list(after=page.next_page, **options)
        ids += [a.id for a in page]
    assert ids[: len(expected)] == expected
    assert len(ids) == len(set(ids)) == len(expected) + (0 if descending else 2)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("conditions", [{"type": "Model"}, {"filter": "type = 'Model'"}, {}])
def test_pages_by_update_follow_each_other_while_others_update(
    store, types, descending, conditions
):
    """What is updated moves to the end of the order: who comes from there has met it, or misses
    it; who goes there meets it there, for the second time if it was on a page before."""
    artifacts = store.artifacts.put_many([Artifact(type="Model")] * 9)  # all at one time
    options = {"order_by": "last_update_time", "descending": descending, "limit": 3, **conditions}
    ids = [artifact.id for artifact in artifacts]
    order = ids[::-1] if descending else ids
    page = store.artifacts.list(**options)
    assert [artifact.id for artifact in page] == order[:3]
    for id_ in (order[1], order[5]):  # one that was met, and one that was not
        store.artifacts.put(store.artifacts.get(id_).evolve(uri=f"s3://{id_}"))
    seen = []
    while page.next_page:
        page = store.artifacts.list(after=page.next_page, **options)
        seen += [artifact.id for artifact in page]
    rest = [id_ for id_ in order[3:] if id_ != order[5]]
    assert seen == (rest if descending else [*rest, order[1], order[5]])


def test_a_page_token_belongs_to_its_list(store, types):
    store.artifacts.put_many([Artifact(type="Model")] * 3)
    token = store.artifacts.list(type="Model", limit=1).next_page
    for wrong in ({"type": "Examples"}, {"order_by": "create_time"}, {"descending": True}):
        with pytest.raises(InvalidArgument, match="other conditions or another order"):
            store.artifacts.list(**{"type": "Model", "limit": 1, "after": token, **wrong})
    for junk in ("", "junk", "e30=", "😀"):
        with pytest.raises(InvalidArgument, match="no page token"):
            store.artifacts.list(after=junk)
    assert len(store.artifacts.list(type="Model", limit=7, after=token)) == 2


def test_a_page_token_of_another_kind_is_refused(store, types):
    store.artifacts.put_many([Artifact(type="Model") for _ in range(3)])
    token = store.artifacts.list(limit=1).next_page
    assert len(store.artifacts.list(limit=2, after=token)) == 2  # another size is no other list
    with pytest.raises(InvalidArgument, match="this page token came from a list with other"):
        store.executions.list(limit=1, after=token)


def test_a_list_without_a_limit_has_all(store, types):
    artifacts = store.artifacts.put_many([Artifact(type="Model") for _ in range(120)])
    run = store.contexts.put(Context(type="Pipeline", name="p"))
    store.contexts.put_attributions(
        [Attribution(artifact_id=artifact.id, context_id=run.id) for artifact in artifacts]
    )
    for options in ({}, {"type": "Model"}, {"context": run.id}, {"order_by": "create_time"}):
        page = store.artifacts.list(limit=None, **options)
        assert list(page) == artifacts and page.next_page is None


def test_what_is_not_there_can_be_left_out(store, artifact):
    one, other = artifact(external_id="x", uri="u"), artifact(external_id="y", uri="v")
    ids = [other.id, 99, one.id, other.id]
    assert store.artifacts.get_many(ids, missing_ok=True) == [other, one, other]
    assert store.artifacts.get_many([], missing_ok=True) == []
    assert store.artifacts.list_by_external_id(["y", "none", "x", "y"]) == [one, other]
    assert store.artifacts.list_by_uri(["v", "none", "u", "v"]) == [other, one]


def test_everything_can_be_iterated(store, types):
    store.artifacts.put_many([Artifact(type="Model")] * 25)
    assert [a.id for a in store.artifacts.iterate(page_size=10)] == [
        a.id for a in store.artifacts.list()
    ]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order_by", ["id", "create_time", "last_update_time"])
@pytest.mark.parametrize("kind", ["artifacts", "executions", "contexts"])
def test_a_page_is_read_from_an_index_and_nothing_is_sorted(
    store, types, database, monkeypatch, kind, order_by, descending
):
    """The first page, and one that begins where another ended; of many nodes, for with few of
    them a planner may well sort."""
    nodes = getattr(store, kind)
    node, type_ = {
        "artifacts": (Artifact, "Model"),
        "executions": (Execution, "Trainer"),
        "contexts": (Context, "Pipeline"),
    }[kind]
    store.types.put(type(getattr(types, PARTNER[kind]))(name="Other"))
    nodes.put_many([node(type=t, name=f"{i}") for i in range(2000) for t in (type_, "Other")])
    with database.driver.session() as session:
        session.run("CALL db.prepareForReplanning()").consume()
    plans = []
    original = Transaction._run

    def spy(transaction, query, parameters):
        if query.name.endswith(".list"):
            with database.driver.session() as session:
                text = "EXPLAIN " + query.with_parameters(parameters).text
                plans.append(operators(session.run(text, parameters).consume().plan))
        return original(transaction, query, parameters)

    monkeypatch.setattr(Transaction, "_run", spy)
    options = {"order_by": order_by, "descending": descending, "limit": 3}
    conditions = [{}, {"type": type_}, {"filter": f"type = '{type_}'"}]
    for condition in conditions:
        first = nodes.list(**condition, **options)
        second = nodes.list(**condition, after=first.next_page, **options)
        assert [len(first), len(second)] == [3, 3]
    assert len(plans) == 2 * len(conditions)
    for plan in plans:
        assert any("Index" in operator for operator in plan), plan
        assert not any(re.match("Top|Sort|Union|.*LabelScan|All", one) for one in plan), plan


@pytest.mark.parametrize(
    ("order_by", "descending"),
    [("id", False), ("id", True), ("last_update_time", False), ("last_update_time", True)],
)
def test_what_leads_to_few_nodes_is_not_left_for_an_order(
    store, types, database, monkeypatch, order_by, descending
):
    """With 4,000 nodes of the type, none of these looks at more than a few of them."""
    nodes = [Artifact(type="Model", uri=f"early/{number}") for number in range(4000)]
    store.artifacts.put_many(nodes)
    late = store.artifacts.put_many([Artifact(type="Model", uri=f"late/{n}") for n in range(3)])
    run = store.contexts.put(Context(type="Pipeline", name="run"))
    attributions = [Attribution(artifact_id=one.id, context_id=run.id) for one in late]
    store.contexts.put_attributions(attributions)
    with database.driver.session() as session:
        session.run("CALL db.resampleOutdatedIndexes()").consume()
        session.run("CALL db.awaitIndexes()").consume()
        session.run("CALL db.prepareForReplanning()").consume()
    profiles = []
    original = Transaction._run

    def spy(transaction, query, parameters):
        with database.driver.session() as session:
            text = "PROFILE " + query.with_parameters(parameters).text
            profiles.append(session.run(text, parameters).consume().profile)
        return original(transaction, query, parameters)

    monkeypatch.setattr(Transaction, "_run", spy)
    since = late[0].create_time
    millis = round(since.timestamp() * 1000)
    in_order = late[::-1] if descending else late
    for condition in (
        {"context": run},
        {"created_since": since},
        {"uri": "late/1"},
        {"filter": f"create_time_since_epoch >= {millis}"},
        {"filter": f"last_update_time_since_epoch >= {millis}"},
        {"filter": "contexts_a.name = 'run'"},
        {"filter": "uri LIKE 'LATE/%'"},
        {"filter": "uri IN ('late/0', 'late/1', 'late/2')"},
        {"filter": f"id IN ({', '.join(str(one.id) for one in late)})"},
        {"created_since": since, "filter": "contexts_a.name = 'run'"},
        {"created_since": since, "context": run},
        {"created_since": since, "created_before": since + timedelta(days=1)},
    ):
        for type_ in ({"type": "Model"}, {}):
            profiles.clear()
            page = store.artifacts.list(
                order_by=order_by, descending=descending, **type_, **condition
            )
            expected = [one for one in in_order if condition.get("uri") in (None, one.uri)]
            assert list(page) == expected, condition
            hits = sum(map(db_hits, profiles))
            plans = [[*operators(profile)] for profile in profiles]
            assert 0 < hits < 200, (type_, condition, hits, plans)
            options = {"order_by": order_by, "descending": descending, **type_, **condition}
            assert list(store.artifacts.iterate(page_size=2, **options)) == expected
    # Where a filter lets most through, a page is full sooner in the order than by the filter.
    profiles.clear()
    page = store.artifacts.list(
        type="Model",
        filter=f"last_update_time_since_epoch <= {millis}",
        order_by="create_time",
        descending=descending,
        limit=3,
    )
    assert len(page) == 3
    plan = operators(profiles[-1])
    assert db_hits(profiles[-1]) < 200 and not {"Top", "PartialTop"} & {*plan}, plan


@pytest.mark.parametrize(
    ("kind", "orders"),
    [
        ("artifact", [("id", False), ("create_time", True), ("last_update_time", False)]),
        ("execution", [("id", True)]),
    ],
)
def test_a_page_by_a_context_is_read_from_it_or_in_order_as_it_is_small_or_large(
    store, types, database, monkeypatch, kind, orders
):
    """Of 3,000 nodes, neither page looks at more than a few hundred: on average a context has half
    of them, which is all that the database goes by."""
    nodes, model, type_ = store.artifacts, Artifact, "Model"
    if kind == "execution":
        nodes, model, type_ = store.executions, Execution, "Trainer"
    made = nodes.put_many([model(type=type_) for _ in range(3000)])
    small, large = store.contexts.put_many(
        [Context(type="Pipeline", name=name) for name in ("small", "large")]
    )
    edge = Attribution if kind == "artifact" else Association
    put = store.contexts.put_attributions if kind == "artifact" else store.contexts.put_associations
    few = made[::300]
    for context, some in ((small, few), (large, made)):
        put([edge(**{f"{kind}_id": one.id}, context_id=context.id) for one in some])
    later = store.contexts.put(Context(type="Pipeline", name="later")).create_time
    with database.driver.session() as session:
        session.run("CALL db.resampleOutdatedIndexes()").consume()
        session.run("CALL db.awaitIndexes()").consume()
        session.run("CALL db.prepareForReplanning()").consume()
    profiles = []
    original = Transaction._run

    def spy(transaction, query, parameters):
        with database.driver.session() as session:
            text = "PROFILE " + query.with_parameters(parameters).text
            profiles.append(session.run(text, parameters).consume().profile)
        return original(transaction, query, parameters)

    for order_by, descending in orders:
        for condition in ({}, {"type": type_}):
            options = {"order_by": order_by, "descending": descending, "limit": 5, **condition}
            for context, expected in ((small, few), (large, made)):
                expected = expected[::-1] if descending else expected
                with monkeypatch.context() as patch:
                    patch.setattr(Transaction, "_run", spy)
                    first = nodes.list(context=context, **options)
                    second = nodes.list(context=context, after=first.next_page, **options)
                assert [*first, *second] == expected[:10], (options, context.name)
                hits = [db_hits(profile) for profile in profiles]
                assert sum(hits) < 1000, (options, context.name, hits)
                profiles.clear()
                if not condition:
                    then = nodes.list(context=context, as_of=later, **options)
                    assert then.items == first.items and then.next_page
                    assert not nodes.list(context=context, as_of=made[0].create_time, **options)


def db_hits(plan):
    return plan["args"].get("DbHits", 0) + sum(map(db_hits, plan.get("children", [])))


PARTNER = {"artifacts": "model", "executions": "trainer", "contexts": "pipeline"}


def operators(plan):
    return [
        plan["operatorType"].partition("@")[0],
        *(operator for child in plan.get("children", []) for operator in operators(child)),
    ]


@pytest.mark.parametrize("time", [None, 1_700_000_000_000, "yesterday"])
def test_times_that_somebody_wrote_by_hand_hide_nothing(store, types, database, time):
    """Queries turn times into milliseconds, which not everything has."""
    publication = store.publish(
        Execution(type="Trainer"),
        outputs={"model": Artifact(type="Model", uri="u")},
        contexts=[Context(type="Pipeline", name="p")],
    )
    with database.driver.session(database=database.name) as session:
        session.run(
            "MATCH (n:Artifact|Execution|Context) SET n.create_time = $time, n.end_time = $time"
            " WITH n MATCH (n)-[event:OUTPUT]->() SET event.time = $time",
            time=time,
        ).consume()
    moment = datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc) if type(time) is int else time
    for repository, node in (
        (store.artifacts, publication.outputs[0]),
        (store.executions, publication.execution),
        (store.contexts, publication.contexts[0]),
    ):
        assert repository.get(node.id).create_time == moment
        assert [one.id for one in repository.list()] == [node.id]
    assert store.artifacts.list_by_uri(["u"])[0].create_time == moment
    assert store.executions.list()[0].end_time == moment
    assert store.events.of_artifacts([publication.outputs[0].id])[0].time == moment
    assert store.events.of_executions([publication.execution.id])[0].time == moment

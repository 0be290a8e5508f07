"""Reading nodes and events, as ML Metadata has it: each call is made of it and of a graphstore."""

from __future__ import annotations

import math
import time

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

from ml_metadata import ListOptions, OrderByField, errors
from ml_metadata.proto import metadata_store_pb2 as pb

from tests.integration.mlmd.conftest import call, request_of

KINDS = ["artifact", "execution", "context"]
COUNT = 25
TYPES = {"artifact": 10, "execution": 12, "context": 14}  # of each there is a version, one more
Options = pb.ListOperationOptions
Order = Options.OrderByField


@pytest.fixture
def history(both):
    """The same history in both: the same ids, since they are given in the same order."""
    properties = {"n": pb.INT, "score": pb.DOUBLE, "note": pb.STRING, "more": pb.STRUCT}
    for kind in KINDS:
        message = getattr(pb, f"{kind.capitalize()}Type")
        for version in ("", "2"):
            type_ = message(name="T", version=version, properties=properties)
            both(f"Put{kind.capitalize()}Type", **{f"{kind}_type": type_})
    both("PutArtifactType", artifact_type=pb.ArtifactType(name="Other"))
    for kind in KINDS:
        nodes = [_node(kind, n) for n in range(COUNT)]
        for part in (nodes[:10], nodes[10:11], nodes[11:]):
            both(f"Put{kind.capitalize()}s", **{f"{kind}s": part})
            time.sleep(0.003)  # so that times of creation tell some of them apart
    attributions = [pb.Attribution(artifact_id=n, context_id=1) for n in range(1, COUNT + 1)]
    attributions += [pb.Attribution(artifact_id=3, context_id=c) for c in (4, 2)]
    associations = [pb.Association(execution_id=n, context_id=1) for n in range(1, COUNT + 1)]
    associations += [pb.Association(execution_id=3, context_id=c) for c in (4, 2)]
    both("PutAttributionsAndAssociations", attributions=attributions, associations=associations)
    events = [
        _event(artifact, execution, type_, at)
        for at, (artifact, execution, type_) in enumerate(
            [(5, 1, 4), (3, 1, 3), (3, 2, 3), (4, 1, 3), (3, 1, 1), (3, 4, 7), (2, 2, 5), (2, 1, 6)]
        )
    ]
    both("PutEvents", events=events)
    both(
        "PutParentContexts",
        parent_contexts=[
            pb.ParentContext(child_id=child, parent_id=parent)
            for child, parent in ((3, 2), (3, 1), (4, 1), (2, 1))
        ],
    )
    return both


def _node(kind, n):
    node = getattr(pb, kind.capitalize())(type_id=TYPES[kind] + (n % 4 == 3))
    if kind == "context" or n % 3:
        node.name = f"n{n}" if n != 7 else "имя 日本"
    if n % 2:
        node.external_id = f"x{n}"
    node.properties["n"].int_value = n
    node.custom_properties["n"].string_value = str(n)
    node.custom_properties["any"].proto_value.type_url = "t"
    node.properties["more"].struct_value["a"] = [1.5, None, {"b": "c"}]
    if kind == "artifact":
        if n % 4:
            node.uri = f"s3://{n % 3}"
        if n % 8:
            node.state = n % 5
    if kind == "execution" and n % 8:
        node.last_known_state = n % 7
    return node


def _event(artifact, execution, type_, at):
    event = pb.Event(artifact_id=artifact, execution_id=execution, type=type_)
    event.milliseconds_since_epoch = 1_700_000_000_000 - at  # not the order of insertion
    if at % 2:
        event.path.steps.add().key = "model"
        event.path.steps.add().index = at
        event.path.steps.add().key = "[0]"
    return event


def each(kind):
    return kind.capitalize()


def _ids(response):
    name = next(f.name for f in response.DESCRIPTOR.fields if f.message_type)
    return [node.id for node in getattr(response, name)]


@pytest.mark.parametrize("kind", KINDS)
def test_nodes_by_id(history, kind):
    for ids in ([], [1], [25, 3, 3, 99, 4, 25], [99], [0, -1, 2**62], range(1, 26)):
        response = history(f"Get{each(kind)}sByID", **{f"{kind}_ids": ids})
        assert _ids(response) == sorted({id_ for id_ in ids if 1 <= id_ <= COUNT})


def test_artifacts_with_their_types(history):
    for ids in ([1, 4, 5], [99], [], [4]):
        history("GetArtifactsByID", artifact_ids=ids, populate_artifact_types=True)
    artifacts, types = history.front.get_artifacts_and_types_by_artifact_ids([1, 4])
    assert [type_.version for type_ in types] == ["", "2"] and len(artifacts) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_nodes_by_type(history, kind):
    for name, version in (("T", ""), ("T", "2"), ("T", "3"), ("Other", ""), ("None", ""), ("", "")):
        for options in (None, Options(), Options(max_result_size=4)):
            fields = {} if options is None else {"options": options}
            history(f"Get{each(kind)}sByType", type_name=name, type_version=version, **fields)
    history(f"Get{each(kind)}sByType")


@pytest.mark.parametrize("kind", KINDS)
def test_a_node_by_type_and_name(history, kind):
    for name in ("n1", "n11", "имя 日本", "none", ""):
        for version in ("", "2"):
            fields = {"type_name": "T", "type_version": version, f"{kind}_name": name}
            history(f"Get{each(kind)}ByTypeAndName", **fields)
    history(f"Get{each(kind)}ByTypeAndName", type_name="None", **{f"{kind}_name": "n1"})
    history(f"Get{each(kind)}ByTypeAndName")


@pytest.mark.parametrize("kind", KINDS)
def test_nodes_by_external_id(history, kind):
    for ids in ([], ["x1"], ["x5", "x1", "x5", "none"], ["none"], [""], ["x1", ""]):
        history(f"Get{each(kind)}sByExternalIds", external_ids=ids)


def test_artifacts_by_uri(history):
    for uris in ([], ["s3://1"], ["none"]):
        history("GetArtifactsByURI", uris=uris)
    # Of several, ML Metadata's come in the order of the day.
    uris = ["s3://2", "s3://1", "s3://2", "none"]
    request = request_of("GetArtifactsByURI", uris=uris)
    real, front = (
        list(call(client, "GetArtifactsByURI", request).artifacts)
        for client in (history.real, history.front)
    )
    assert sorted(artifact.id for artifact in real) == sorted(artifact.id for artifact in front)
    assert front == sorted(front, key=lambda artifact: (uris.index(artifact.uri), artifact.id))
    without = history("GetArtifactsByURI", uris=[""]).artifacts
    assert [artifact.id for artifact in without] == [1, 5, 9, 13, 17, 21, 25]
    assert all(artifact.HasField("uri") for artifact in without)


def test_nodes_by_context(history):
    for kind in ("artifact", "execution"):
        method = f"Get{each(kind)}sByContext"
        for context in (1, 2, 4, 5, 99, 0):
            history(method, context_id=context)
            history(method, context_id=context, options=Options(max_result_size=7))
            history(method, context_id=context, options=Options(filter_query="id < 5"))
        history(method)
        latest = Options(max_result_size=4, order_by_field=Order(field=1, is_asc=False))
        assert _ids(history(method, context_id=1, options=latest)) == [25, 24, 23, 22]
    # What the client makes of no options: the latest come first, and only of executions.
    assert [e.id for e in history.front.get_executions_by_context(1)] == [*range(25, 0, -1)]
    assert [a.id for a in history.front.get_artifacts_by_context(1)] == [*range(1, 26)]


def test_contexts_by_member(history):
    for id_ in (1, 3, 99, 0):
        history("GetContextsByArtifact", artifact_id=id_)
        history("GetContextsByExecution", execution_id=id_)
    assert _ids(history("GetContextsByArtifact", artifact_id=3)) == [1, 2, 4]
    assert history("GetContextsByArtifact", artifact_id=26) is errors.NotFoundError


def test_parents_and_children(history):
    for id_ in (1, 2, 3, 4, 5, 99, 0):
        history("GetParentContextsByContext", context_id=id_)
        history("GetChildrenContextsByContext", context_id=id_)
    assert _ids(history("GetParentContextsByContext", context_id=3)) == [1, 2]


def test_parents_and_children_of_many(history, count_queries):
    # ML Metadata's own Python client cannot make these calls; the answers are those of the others.
    ids = [4, 3, 99, 1, 3, 5]
    for one, method, part in (
        ("GetParentContextsByContext", "GetParentContextsByContexts", "parent_contexts"),
        ("GetChildrenContextsByContext", "GetChildrenContextsByContexts", "children_contexts"),
    ):
        with count_queries() as queries:
            response = call(history.front, method, request_of(method, context_ids=ids))
        assert len(queries) == 1
        for id_ in ids:
            expected = list(history(one, context_id=id_).contexts)
            assert (id_ in response.contexts) == bool(expected)  # without any, it is no key
            if expected:
                assert list(getattr(response.contexts[id_], part)) == expected
    assert not call(history.front, method, request_of(method)).contexts


def test_events(history):
    for ids in ([], [1], [3], [2, 1], [4, 3, 2, 1, 1], [99], [0]):
        history("GetEventsByArtifactIDs", artifact_ids=ids)
        history("GetEventsByExecutionIDs", execution_ids=ids)
    events = history("GetEventsByExecutionIDs", execution_ids=[1]).events
    assert [event.artifact_id for event in events] == [5, 3, 4, 3, 2]


ORDERS = {
    "as they are": None,
    "unspecified, descending": Order(is_asc=False),
    "by id": Order(field=Order.ID),
    "by id, descending": Order(field=Order.ID, is_asc=False),
    "by creation": Order(field=Order.CREATE_TIME),
    "by creation, descending": Order(field=Order.CREATE_TIME, is_asc=False),
    "by update": Order(field=Order.LAST_UPDATE_TIME),
    "by update, descending": Order(field=Order.LAST_UPDATE_TIME, is_asc=False),
}


def _pages(client, method, options, **fields):
    """The ids on each page."""
    request = request_of(method, options=options, **fields)
    pages = []
    while len(pages) < 2 * COUNT:
        response = call(client, method, request)
        pages.append(_ids(response))
        if not response.next_page_token:
            return pages
        request.options.next_page_token = response.next_page_token
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_pages_in_every_order(history, order):
    for id_ in (20, 4, 11):
        # Some were updated since.
        for client in (history.real, history.front):
            (artifact,) = client.get_artifacts_by_id([id_])
            artifact.uri += "/updated"
            client.put_artifacts([artifact])
            time.sleep(0.003)
    for size in (1, 7, 24, 25, 100):
        options = Options(max_result_size=size, order_by_field=order)
        if size == 7:
            options.filter_query = "id != 9 AND custom_properties.n.string_value != '3'"
        for method, fields in (
            ("GetArtifacts", {}),
            ("GetArtifactsByType", {"type_name": "T"}),
            ("GetArtifactsByContext", {"context_id": 1}),
        ):
            pages = _pages(history.front, method, options, **fields)
            # All on one page: ML Metadata's own pages by the time of an update do not end.
            whole = Options(max_result_size=100, order_by_field=order)
            whole.filter_query = options.filter_query
            (expected,) = _pages(history.real, method, whole, **fields)
            chunks = [expected[at : at + size] for at in range(0, len(expected), size)]
            assert pages == chunks


def test_without_options_all_come_at_once_and_with_them_twenty(history):
    assert len(_ids(history("GetArtifacts"))) == COUNT
    response = call(history.front, "GetExecutions", request_of("GetExecutions", options={}))
    assert len(response.executions) == 20 and response.next_page_token


def test_the_last_page_has_no_token(history):
    options = Options(max_result_size=COUNT)
    response = history("GetContexts", options=options)
    assert len(response.contexts) == COUNT and not response.HasField("next_page_token")


def test_no_row_is_lost_on_pages_beyond_the_largest(history):
    # ML Metadata answers 101 rows and no token here: what comes after them is lost.
    history.front.put_artifacts([pb.Artifact(type_id=16) for _ in range(230 - COUNT)])
    options = Options(max_result_size=1000)
    pages = _pages(history.front, "GetArtifacts", options)
    assert [len(page) for page in pages] == [100, 100, 30]
    assert [id_ for page in pages for id_ in page] == [*range(1, 231)]
    assert len(history.front.get_artifacts(ListOptions(limit=201))) == 201


def test_a_token_belongs_to_its_list(history):
    by_time = Order(field=Order.CREATE_TIME, is_asc=False)
    options = Options(max_result_size=3, order_by_field=by_time, filter_query="id > 0")

    def token(client):
        request = request_of("GetArtifacts", options=options)
        return call(client, "GetArtifacts", request).next_page_token

    def following(client, method="GetArtifacts", change=None, **fields):
        other = Options()
        other.CopyFrom(options)
        other.next_page_token = token(client)
        other.MergeFrom(change or Options())
        request = request_of(method, options=other, **fields)
        try:
            return _ids(call(client, method, request))
        except errors.InvalidArgumentError:
            return "refused"

    for client in (history.real, history.front):
        assert following(client) == [22, 21, 20]
        # ML Metadata's own client asks for less on its last page.
        assert following(client, change=Options(max_result_size=1)) == [22]
        for change in (
            Options(order_by_field=Order(is_asc=True)),
            Options(order_by_field=Order(field=Order.ID)),
            Options(next_page_token="junk"),
            Options(next_page_token="日本"),
            Options(next_page_token="e30="),
        ):
            assert following(client, change=change) == "refused", change
    # ML Metadata takes these, and answers from somewhere in the middle of another list.
    assert following(history.front, change=Options(filter_query="id > 1")) == "refused"
    assert following(history.front, "GetExecutions") == "refused"
    assert following(history.front, "GetArtifactsByContext", context_id=1) == "refused"
    assert following(history.front, "GetArtifactsByType", type_name="T") == "refused"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_list_is_refused(history, kind):
    for options in (
        Options(max_result_size=0),
        Options(max_result_size=-1),
        Options(next_page_token="junk"),
        Options(filter_query="nonsense"),
    ):
        assert history(f"Get{each(kind)}s", options=options) is errors.InvalidArgumentError
    history(f"Get{each(kind)}s", options=Options(max_result_size=2, next_page_token=""))
    history(f"Get{each(kind)}s", options=Options(max_result_size=30, filter_query=""))


def test_the_list_options_of_the_client(history):
    for options in (
        ListOptions(),
        ListOptions(limit=2, is_asc=False),
        ListOptions(limit=3, order_by=OrderByField.ID),
        ListOptions(order_by=OrderByField.UPDATE_TIME, is_asc=False),
        ListOptions(limit=200, filter_query="properties.n.int_value >= 20"),
    ):
        answers = [
            [node.id for node in client.get_executions(options)]
            for client in (history.real, history.front)
        ]
        assert answers[0] == answers[1]
    with pytest.raises(errors.InvalidArgumentError):
        history.front.get_contexts(ListOptions(limit=-1))


def test_pages_stay_put_while_others_write(history):
    """Rows that come after, or are changed on pages that were read, do not shift the next page."""
    options = Options(max_result_size=10)
    request = request_of("GetArtifacts", options=options)
    response = call(history.front, "GetArtifacts", request)
    history.front.put_artifacts([pb.Artifact(id=2, uri="changed"), pb.Artifact(type_id=16)])
    request.options.next_page_token = response.next_page_token
    assert _ids(call(history.front, "GetArtifacts", request)) == [*range(11, 21)]


def test_an_empty_store_has_nothing(both):
    for kind in KINDS:
        both(f"Get{each(kind)}s")
        both(f"Get{each(kind)}s", options=Options())
        both(f"Get{each(kind)}sByID", **{f"{kind}_ids": [1]})
        both(f"Get{each(kind)}sByType", type_name="T")
        both(f"Get{each(kind)}ByTypeAndName", type_name="T", **{f"{kind}_name": "n"})
        both(f"Get{each(kind)}sByExternalIds", external_ids=["x"])
    both("GetArtifactsByURI", uris=["u"])
    both("GetArtifactsByContext", context_id=1)
    both("GetEventsByArtifactIDs", artifact_ids=[1])
    both("GetEventsByExecutionIDs", execution_ids=[1])


def test_values_that_ml_metadata_loses_come_back(front):
    """Its SQLite keeps seven digits of a double, and takes some texts for marks of its own."""
    type_ = pb.ArtifactType(name="T", properties={"d": pb.DOUBLE, "s": pb.STRING})
    type_id = front.put_artifact_type(type_)
    doubles = [0.1 + 0.2, math.pi, 1e-320, -0.0, math.inf, -math.inf, math.nan]
    texts = ["__MLMD_NULL__", "mlmd-struct::eyJhIjogMX0=", "", "\0", "😀"]
    artifacts = [pb.Artifact(type_id=type_id) for _ in doubles + texts]
    for artifact, value in zip(artifacts, doubles + texts, strict=True):
        for values, key in ((artifact.properties, "ds"), (artifact.custom_properties, "kk")):
            if isinstance(value, float):
                values[key[0]].double_value = value
            else:
                values[key[1]].string_value = value
        artifact.custom_properties["nothing is set here"].SetInParent()
    copies = front.get_artifacts_by_id(front.put_artifacts(artifacts))
    for artifact, back in zip(artifacts, copies, strict=True):
        del artifact.custom_properties["nothing is set here"]
        for field in ("properties", "custom_properties"):
            one, other = (
                {k: v.SerializeToString() for k, v in getattr(node, field).items()}
                for node in (artifact, back)
            )
            assert one == other


def test_a_call_is_one_query_whatever_its_size(front, count_queries):
    type_id = front.put_artifact_type(pb.ArtifactType(name="T"))
    execution_type = front.put_execution_type(pb.ExecutionType(name="T"))
    context_type = front.put_context_type(pb.ContextType(name="T"))
    names = [f"n{n}" for n in range(300)]
    common = [{"name": name, "external_id": name} for name in names]
    artifacts = front.put_artifacts(
        [pb.Artifact(type_id=type_id, uri=c["name"], **c) for c in common]
    )
    executions = front.put_executions([pb.Execution(type_id=execution_type, **c) for c in common])
    contexts = front.put_contexts([pb.Context(type_id=context_type, **c) for c in common])
    front.put_events(
        [
            pb.Event(artifact_id=a, execution_id=e, type=pb.Event.INPUT)
            for a, e in zip(artifacts, executions, strict=True)
        ]
    )
    front.put_attributions_and_associations(
        [pb.Attribution(artifact_id=a, context_id=contexts[0]) for a in artifacts], []
    )
    for method, fields in {
        "GetArtifacts": {},
        "GetArtifactsByID": {"artifact_ids": artifacts},
        "GetExecutionsByID": {"execution_ids": executions},
        "GetContextsByID": {"context_ids": contexts},
        "GetArtifactsByExternalIds": {"external_ids": names},
        "GetContextsByExternalIds": {"external_ids": names},
        "GetArtifactsByURI": {"uris": names},
        "GetArtifactsByType": {"type_name": "T"},
        "GetArtifactsByContext": {"context_id": contexts[0]},
        "GetContextByTypeAndName": {"type_name": "T", "context_name": "n1"},
        "GetContextsByArtifact": {"artifact_id": artifacts[0]},
        "GetEventsByArtifactIDs": {"artifact_ids": artifacts},
        "GetEventsByExecutionIDs": {"execution_ids": executions},
        "GetParentContextsByContexts": {"context_ids": contexts},
        "GetChildrenContextsByContexts": {"context_ids": contexts},
    }.items():
        with count_queries() as queries:
            call(front, method, request_of(method, **fields))
        assert len(queries) == 1, (method, queries)
    with count_queries() as queries:
        front.get_artifacts_and_types_by_artifact_ids(artifacts)
    assert queries == ["artifact.get", "type.get_by_id"]

"""Types, as ML Metadata has them: each call is made of it and of a graphstore."""

from __future__ import annotations

import itertools

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

from ml_metadata import errors
from ml_metadata.metadata_store import mlmd_types
from ml_metadata.proto import metadata_store_pb2 as pb

from tests.integration.mlmd.conftest import call, request_of

KINDS = ["artifact", "execution", "context"]
EVERY_KIND = {kind.lower(): pb.PropertyType.Value(kind) for kind in pb.PropertyType.keys()[1:]}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def put(both, kind):
    """Puts a type of the kind into both stores."""

    def put(name="T", *, flags=None, **fields):
        type_ = getattr(pb, f"{kind.capitalize()}Type")(name=name, **fields)
        return both(f"Put{kind.capitalize()}Type", **{f"{kind}_type": type_}, **(flags or {}))

    return put


@pytest.fixture
def get(both, kind):
    """Asks both stores for a type of the kind."""

    def get(name="T", **fields):
        return both(f"Get{kind.capitalize()}Type", type_name=name, **fields)

    return get


@pytest.fixture
def by_id(both, kind):
    return lambda *ids: both(f"Get{kind.capitalize()}TypesByID", type_ids=ids)


def test_a_type_comes_back_as_it_was_put(put, get, by_id):
    put(properties=EVERY_KIND, description="What it is for", external_id="x-1", version="v1")
    put("日本 `語`\n", properties={"ключ a.b": pb.INT, "_x": pb.DOUBLE, "custom_y": pb.STRING})
    assert get(type_version="v1") != errors.NotFoundError
    get("日本 `語`\n")
    by_id(10, 11)


def test_no_version_is_the_empty_version(put, get):
    first = put(properties={"a": pb.INT}).type_id
    assert put(version="", properties={"a": pb.INT}).type_id == first
    assert put(version="1", properties={"a": pb.DOUBLE}).type_id != first
    for version in ({}, {"type_version": ""}, {"type_version": "1"}, {"type_version": "2"}):
        get(**version)


def test_types_of_one_name_are_of_their_kind(both):
    ids = [
        both(
            f"Put{kind.capitalize()}Type",
            **{f"{kind}_type": getattr(pb, f"{kind.capitalize()}Type")(name="T")},
        ).type_id
        for kind in KINDS
    ]
    assert ids == [10, 11, 12]
    for kind in KINDS:
        both(f"Get{kind.capitalize()}Type", type_name="T")
        both(f"Get{kind.capitalize()}Types")
        both(f"Get{kind.capitalize()}TypesByID", type_ids=[12, 11, 10, 11, 1, 5, 99, -1, 2**62])


PROPERTIES = {"a": pb.INT, "b": pb.STRING}
CHANGES = {
    "the same": PROPERTIES,
    "one more": {**PROPERTIES, "c": pb.DOUBLE},
    "one less": {"a": pb.INT},
    "one more and one less": {"a": pb.INT, "c": pb.DOUBLE},
    "another kind": {"a": pb.DOUBLE, "b": pb.STRING},
    "another kind and one less": {"a": pb.DOUBLE},
    "none": {},
}


@pytest.mark.parametrize("properties", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("add, omit", [*itertools.product([False, True], repeat=2)])
def test_a_type_grows_only_with_leave_and_never_shrinks(both, properties, add, omit):
    flags = {"can_add_fields": add, "can_omit_fields": omit}
    for message, field in ((pb.ArtifactType, "artifact"), (pb.ContextType, "context")):
        method = f"Put{field.capitalize()}Type"
        both(method, **{f"{field}_type": message(name="T", properties=PROPERTIES)})
        both(method, **{f"{field}_type": message(name="T", properties=properties)}, **flags)
        both(f"Get{field.capitalize()}Type", type_name="T")


def test_what_a_put_does_not_say_stays(put, get):
    put(description="first", external_id="x-1", properties={"a": pb.INT})
    put(description="second", properties={"a": pb.INT})  # a description never changes
    get()
    put(external_id="x-2", properties={"a": pb.INT})  # an external id does
    get()


def test_an_external_id_belongs_to_one_type(put, get, both, kind):
    put("A", external_id="x")
    assert put("B", external_id="x") is errors.AlreadyExistsError
    put("B", external_id="y")
    assert put("B", external_id="x") is errors.AlreadyExistsError
    get("B")
    method = f"Get{kind.capitalize()}TypesByExternalIds"
    for ids in ([], ["x"], ["y", "x", "y"], ["x", "none"], ["none"], [""], ["x", ""]):
        both(method, external_ids=ids)


def test_an_external_id_of_another_kind_is_taken_too(front):
    # ML Metadata says so by an InternalError.
    front.put_artifact_type(pb.ArtifactType(name="A", external_id="x"))
    with pytest.raises(errors.AlreadyExistsError):
        front.put_context_type(pb.ContextType(name="A", external_id="x"))


def test_what_is_no_type_is_refused(put, get):
    assert put("") is errors.InvalidArgumentError
    assert put(properties={"x": pb.UNKNOWN}) is errors.InvalidArgumentError
    assert put(flags={"all_fields_match": False}) is errors.UnimplementedError
    put(flags={"can_delete_fields": True})  # which neither does
    assert get("elsewhere") is errors.NotFoundError
    assert get("") is errors.NotFoundError
    get(type_version="elsewhere")


def test_a_name_that_no_index_holds_is_refused(front):
    with pytest.raises(errors.InvalidArgumentError, match="at most 8,000"):
        front.put_artifact_type(pb.ArtifactType(name="x" * 9_000))
    with pytest.raises(errors.InvalidArgumentError, match="cannot be the name of a property"):
        front.put_artifact_type(pb.ArtifactType(name="T", properties={"": pb.INT}))


BASES = {
    "artifact": [mlmd_types.Dataset(), mlmd_types.Model()],
    "execution": [mlmd_types.Train(), mlmd_types.Deploy()],
}


@pytest.mark.parametrize("kind", BASES, indirect=True)
def test_a_base_type_is_set_once(put, get, by_id, both, kind):
    one, other = BASES[kind]
    put("before")
    put("before", base_type=one.system_type)  # later
    put("at once", base_type=one.system_type)
    for name in ("before", "at once"):
        put(name, base_type=one.system_type)
        put(name)
        assert put(name, base_type=other.system_type) is errors.UnimplementedError
        assert put(name, base_type=0) is errors.UnimplementedError
        assert getattr(get(name), f"{kind}_type").base_type == one.system_type
    assert put("never", base_type=0) is errors.UnimplementedError
    assert get("never") is errors.NotFoundError
    by_id(10, 11)
    both(f"Get{kind.capitalize()}Types")


def test_a_context_type_has_no_base_type(front, both):
    type_ = pb.ContextType(name="T", base_type=0)
    assert both("PutContextType", context_type=type_) is errors.UnimplementedError


def test_base_types_are_found_by_name_and_id_and_not_listed(both):
    for name in ("mlmd.Dataset", "mlmd.Model", "mlmd.Metrics", "mlmd.Statistics"):
        assert both("GetArtifactType", type_name=name) is not errors.NotFoundError
    for name in ("mlmd.Train", "mlmd.Transform", "mlmd.Process", "mlmd.Evaluate", "mlmd.Deploy"):
        assert both("GetExecutionType", type_name=name) is not errors.NotFoundError
    both("GetArtifactTypesByID", type_ids=range(12))
    both("GetExecutionTypesByID", type_ids=range(12))
    both("PutArtifactType", artifact_type=pb.ArtifactType(name="mlmd.Dataset"))
    both("PutArtifactType", artifact_type=pb.ArtifactType(name="mlmd.Own"))
    own_types = both("GetArtifactTypes").artifact_types
    assert [type_.name for type_ in own_types] == ["mlmd.Own"]
    both("GetExecutionTypes")
    both("GetContextTypes")


def test_a_list_has_the_external_ids_too(front):
    # ML Metadata leaves them out of lists, and only there.
    front.put_artifact_type(pb.ArtifactType(name="A", external_id="x"))
    assert [type_.external_id for type_ in front.get_artifact_types()] == ["x"]


def test_the_signature_of_an_execution_type_comes_back(both):
    type_ = pb.ExecutionType(name="T")
    type_.input_type.dict.properties["данные"].simple.name = "Examples"
    union = type_.input_type.dict.properties["model"].union_type
    union.candidates.add().none.SetInParent()
    union.candidates.add().simple.CopyFrom(pb.ArtifactType(name="Model", version="2"))
    type_.output_type.tuple.elements.add().any.SetInParent()
    type_.output_type.tuple.elements.add().list.element.simple.name = "Metrics"
    both("PutExecutionType", execution_type=type_)
    answer = both("GetExecutionType", type_name="T").execution_type
    assert (answer.input_type, answer.output_type) == (type_.input_type, type_.output_type)
    both("PutExecutionType", execution_type=pb.ExecutionType(name="T"))
    both("GetExecutionType", type_name="T")


def test_many_types_are_put_as_one(both):
    first = {
        "artifact_types": [pb.ArtifactType(name="A"), pb.ArtifactType(name="A", version="1")],
        "execution_types": [pb.ExecutionType(name="A", base_type=1)],
        "context_types": [pb.ContextType(name="A", properties={"a": pb.INT})],
    }
    answer = both("PutTypes", **first)
    assert list(answer.artifact_type_ids) == [10, 11]
    both("PutTypes", **first)
    both("PutTypes")
    more = {"context_types": [pb.ContextType(name="A", properties={"b": pb.INT})]}
    assert both("PutTypes", **more) is errors.AlreadyExistsError
    both("PutTypes", can_add_fields=True, can_omit_fields=True, **more)
    for kind in KINDS:
        both(f"Get{kind.capitalize()}Types")


@pytest.mark.parametrize(
    "wrong",
    [
        {"context_types": [pb.ContextType(name="A", properties={"a": pb.STRING})]},
        {"context_types": [pb.ContextType(name="")]},
        {"execution_types": [pb.ExecutionType(name="N", base_type=0)]},
        {
            "artifact_types": [
                pb.ArtifactType(name="N2"),
                pb.ArtifactType(name="N2", external_id="x"),
            ]
        },
    ],
    ids=["a conflict", "no name", "no base type", "an external id"],
)
def test_of_many_types_all_are_put_or_none(both, wrong):
    both(
        "PutTypes",
        artifact_types=[pb.ArtifactType(name="A", external_id="x")],
        context_types=[pb.ContextType(name="A", properties={"a": pb.INT})],
    )
    fields = {"artifact_types": [pb.ArtifactType(name="N")], **wrong}
    assert isinstance(both("PutTypes", can_add_fields=True, **fields), type)
    for kind in KINDS:
        for name in ("A", "N", "N2"):
            answer = both(f"Get{kind.capitalize()}Type", type_name=name)
            assert name == "A" or answer is errors.NotFoundError


def test_a_type_may_be_given_twice_at_once(both):
    one = pb.ArtifactType(name="A", properties={"x": pb.INT})
    more = pb.ArtifactType(name="A", properties={"x": pb.INT, "y": pb.DOUBLE})
    answer = both("PutTypes", artifact_types=[one, one])
    assert len(set(answer.artifact_type_ids)) == 1
    both("PutTypes", artifact_types=[pb.ArtifactType(name="B"), more], can_add_fields=True)
    both("GetArtifactType", type_name="A")
    for message in (one, more):
        message.name = "C"
    assert both("PutTypes", artifact_types=[one, more]) is errors.AlreadyExistsError
    assert both("GetArtifactType", type_name="C") is errors.NotFoundError
    both("PutTypes", artifact_types=[one, more], can_add_fields=True)
    both("GetArtifactType", type_name="C")


def test_a_call_is_as_many_queries_whatever_its_size(front, count_queries):
    def queries(method, **fields):
        with count_queries() as names:
            call(front, method, request_of(method, **fields))
        return names

    for size in (1, 300):
        types = [
            pb.ArtifactType(name=f"{size}-{n}", external_id=f"{size}-{n}") for n in range(size)
        ]
        names = queries("PutTypes", artifact_types=types)
        assert names in (["type.put"], ["sequence.lease", "type.put"])
        for type_ in types:
            type_.properties["a"] = pb.INT
        names = queries("PutTypes", artifact_types=types, can_add_fields=True)
        assert [n for n in names if n != "sequence.lease"] == ["type.put", "type.replace"]
        assert queries("GetArtifactTypesByID", type_ids=range(size)) == ["type.get_by_id"]
        ids = [type_.external_id for type_ in types]
        names = queries("GetArtifactTypesByExternalIds", external_ids=ids)
        assert names == ["type.get_by_external_id"]
        assert queries("GetArtifactTypes") == ["type.list"]

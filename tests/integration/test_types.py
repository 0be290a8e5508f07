"""Types in the store."""

import threading

import pytest

from graphstore import ArtifactType, BaseType, ContextType, ExecutionType, PropertyKind, Store
from graphstore.errors import AlreadyExists, FixedBaseType, NotFound

INT, DOUBLE = PropertyKind.INT, PropertyKind.DOUBLE


def test_a_type_comes_back_as_it_was_put(store):
    for type_ in (
        ArtifactType(
            name="Model",
            version="2",
            description="What a trainer makes",
            external_id="x-1",
            properties={kind.value: kind for kind in PropertyKind},
            base_type=BaseType.MODEL,
        ),
        ExecutionType(name="Model", input_type='{"any": {}}', output_type="x"),
        ContextType(name="Model", properties={"`\n😀": INT}),
    ):
        answer = store.types.put(type_)
        assert answer.evolve(id=None, create_time=None) == type_
        assert store.types.get(type(type_), "Model", type_.version).id == answer.id
        assert store.types.get_many([answer.id]) == [
            store.types.get(type(type_), "Model", type_.version)
        ]


def test_the_first_type_comes_after_the_base_types(store):
    assert store.types.put(ContextType(name="Pipeline")).id == 10
    assert [t.name for t in store.types.list(ArtifactType, base_types=True)] == [
        "mlmd.Dataset",
        "mlmd.Model",
        "mlmd.Metrics",
        "mlmd.Statistics",
    ]
    assert store.types.list(ArtifactType) == []
    assert len(store.types.all()) == 10


def test_putting_a_type_again_changes_nothing(store):
    first = store.types.put(ArtifactType(name="Model", properties={"a": INT}))
    assert store.types.put(ArtifactType(name="Model", properties={"a": INT})).id == first.id
    assert store.types.put(ArtifactType(name="Other")).id == first.id + 1  # no id was lost


def test_a_type_grows_and_never_shrinks(store):
    store.types.put(ArtifactType(name="Model", properties={"a": INT}))
    store.types.put(
        ArtifactType(name="Model", properties={"b": DOUBLE}),
        can_add_fields=True,
        can_omit_fields=True,
    )
    assert store.types.get(ArtifactType, "Model").properties == {"a": INT, "b": DOUBLE}
    with pytest.raises(AlreadyExists, match="never changes its kind"):
        store.types.put(
            ArtifactType(name="Model", properties={"a": DOUBLE}),
            can_add_fields=True,
            can_omit_fields=True,
        )
    assert store.types.get(ArtifactType, "Model").properties == {"a": INT, "b": DOUBLE}


def test_versions_are_types_of_their_own(store):
    plain = store.types.put(ArtifactType(name="Model", properties={"a": INT}))
    second = store.types.put(ArtifactType(name="Model", version="2", properties={"a": DOUBLE}))
    assert plain.id != second.id
    assert store.types.get(ArtifactType, "Model") == store.types.get(ArtifactType, "Model", "")


def test_an_unknown_type_is_not_found_and_similar_ones_are_named(store):
    store.types.put(ArtifactType(name="Model"))
    with pytest.raises(NotFound, match=r"did you mean 'Model'\?"):
        store.types.get(ArtifactType, "Modle")
    with pytest.raises(NotFound, match=r"store.types.put\(ExecutionType"):
        store.types.get(ExecutionType, "Model")
    with pytest.raises(NotFound):
        store.types.get_many([10, 99])


def test_many_types_are_put_as_one_or_not_at_all(store):
    model = ArtifactType(name="Model", properties={"a": INT})
    types = store.types.put_many([ContextType(name="Run"), model, ExecutionType(name="Run"), model])
    assert [type_.id for type_ in types] == [10, 11, 12, 11]
    assert store.types.put_many([]) == []
    with pytest.raises(AlreadyExists, match="never changes its kind"):
        store.types.put_many(
            [
                ArtifactType(name="New"),
                ContextType(name="Run", properties={"b": INT}),
                ArtifactType(name="Model", properties={"a": DOUBLE}),
            ],
            can_add_fields=True,
        )
    assert [type_.id for type_ in store.types.all()] == [*range(1, 13)]
    assert store.types.get(ContextType, "Run").properties == {}
    assert store.types.put(ArtifactType(name="New")).id == 13  # no id was lost


def test_a_type_that_is_given_twice_grows_by_the_second(store):
    both = [ArtifactType(name="Model", properties={name: INT}) for name in ("a", "b")]
    types = store.types.put_many(both, can_add_fields=True, can_omit_fields=True)
    assert types[0] == types[1] == store.types.get(ArtifactType, "Model")
    assert types[0].properties == {"a": INT, "b": INT}


def test_a_base_type_is_fixed_once_it_is_set(store):
    store.types.put(ArtifactType(name="Model"))
    store.types.put(ArtifactType(name="Model", base_type=BaseType.MODEL))
    assert store.types.put(ArtifactType(name="Model")).base_type is BaseType.MODEL
    with pytest.raises(FixedBaseType, match="cannot become DATASET"):
        store.types.put(ArtifactType(name="Model", base_type=BaseType.DATASET))


def test_types_that_are_not_there_can_be_left_out(store):
    id_ = store.types.put(ArtifactType(name="mlmd.Own", external_id="x")).id
    types = store.types.get_many([id_, 99, 1, id_], missing_ok=True)
    assert [type_.id for type_ in types] == [id_, 1, id_]
    assert store.types.list_by_external_id(ArtifactType, ["none", "x", "x"]) == [types[0]]
    assert store.types.list_by_external_id(ContextType, ["x"]) == []
    assert store.types.list(ArtifactType) == [types[0]]  # only called like a base type


def test_an_external_id_belongs_to_one_type(store):
    store.types.put(ArtifactType(name="A", external_id="x"))
    assert store.types.get_by_external_id(ArtifactType, "x").name == "A"
    with pytest.raises(NotFound):
        store.types.get_by_external_id(ExecutionType, "x")
    with pytest.raises(AlreadyExists, match="external id 'x' already"):
        store.types.put(ArtifactType(name="B", external_id="x"))


def test_many_writers_create_a_type_once_and_lose_no_property(store, server):
    def work(number):
        database = server.connect()
        try:
            Store(database).types.put(
                ArtifactType(name="Model", properties={f"p{number}": INT}),
                can_add_fields=True,
                can_omit_fields=True,
            )
        except Exception as error:
            errors.append(error)
        finally:
            database.close()

    errors = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(store.types.list(ArtifactType)) == 1
    assert set(store.types.get(ArtifactType, "Model").properties) == {f"p{n}" for n in range(8)}

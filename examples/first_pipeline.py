"""A pipeline of three steps, recorded by hand: read it in a minute.

    python examples/first_pipeline.py            # into the local store `default`

It trains nothing: what matters is what is recorded, in the nine steps of ML Metadata's guide
(https://www.tensorflow.org/tfx/guide/mlmd), which `publish` makes one call an execution.
"""

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    BaseType,
    Context,
    ContextType,
    Execution,
    ExecutionState,
    ExecutionType,
    PropertyKind,
    Store,
)


def register_types(store: Store) -> None:
    """1. Artifact types, 3. execution types and 9. context types; doing it again does no harm."""
    store.types.put(
        ArtifactType(
            name="DataSet",
            properties={"day": PropertyKind.INT, "split": PropertyKind.STRING},
            base_type=BaseType.DATASET,
        )
    )
    store.types.put(
        ArtifactType(
            name="SavedModel",
            properties={"version": PropertyKind.INT, "name": PropertyKind.STRING},
            base_type=BaseType.MODEL,
        )
    )
    store.types.put(
        ArtifactType(
            name="Evaluation",
            properties={"accuracy": PropertyKind.DOUBLE},
            base_type=BaseType.METRICS,
        )
    )
    store.types.put(ExecutionType(name="ExampleGen", base_type=BaseType.PROCESS))
    store.types.put(
        ExecutionType(
            name="Trainer",
            properties={"learning_rate": PropertyKind.DOUBLE, "epochs": PropertyKind.INT},
            base_type=BaseType.TRAIN,
        )
    )
    store.types.put(ExecutionType(name="Evaluator", base_type=BaseType.EVALUATE))
    store.types.put(
        ContextType(name="Experiment", properties={"note": PropertyKind.STRING}),
    )


def record(store: Store) -> Artifact:
    """Record one run of the pipeline, and return the model."""
    register_types(store)
    experiment = Context(
        type="Experiment", name="learning-rates", properties={"note": "My first experiment."}
    )

    # 2. A dataset: made by ExampleGen, which is recorded once it is done.
    generation = store.publish(
        Execution(type="ExampleGen", state=ExecutionState.COMPLETE),
        outputs={
            "examples": Artifact(
                type="DataSet",
                uri="path/to/data",
                properties={"day": 1, "split": "train"},
                state=ArtifactState.LIVE,
            )
        },
        contexts=[experiment],
    )

    # 4. An execution of the Trainer that runs, and 5. that it reads the dataset.
    training = store.publish(
        Execution(
            type="Trainer",
            state=ExecutionState.RUNNING,
            properties={"learning_rate": 0.01, "epochs": 10},
        ),
        inputs={"examples": generation.outputs},
        contexts=[experiment],
    )

    # Here the model would be trained.

    # 6. The model, 7. that the Trainer made it, 8. that the Trainer is complete.
    completion = store.publish(
        training.execution.evolve(state=ExecutionState.COMPLETE),
        outputs={
            "model": Artifact(
                type="SavedModel",
                uri="path/to/model/file",
                properties={"version": 1, "name": "MNIST-v1"},
                state=ArtifactState.LIVE,
            )
        },
        contexts=[experiment],
    )

    store.publish(
        Execution(type="Evaluator", state=ExecutionState.COMPLETE),
        inputs={"model": completion.outputs, "examples": generation.outputs},
        outputs={"evaluation": Artifact(type="Evaluation", properties={"accuracy": 0.92})},
        contexts=[experiment],
    )
    return completion.outputs[0]


if __name__ == "__main__":
    with Store.open() as store:
        model = record(store)
        print(store.lineage.both(model))

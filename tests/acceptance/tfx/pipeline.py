"""A TFX pipeline, run against ML Metadata on SQLite or against a graphstore.

Nothing in it knows which: `connection_config` is the one line that differs.

    python pipeline.py FOLDER sqlite
    python pipeline.py FOLDER HOST:PORT
"""

import sys
from pathlib import Path

import pandas as pd
from ml_metadata.proto import metadata_store_pb2
from sklearn.datasets import load_iris
from tfx import v1 as tfx
from tfx.orchestration import metadata

HERE = Path(__file__).resolve().parent


def connection_config(folder, store):
    """How TFX reaches its metadata."""
    if store == "sqlite":
        return metadata.sqlite_metadata_connection_config(str(folder / "metadata.sqlite"))
    host, _, port = store.rpartition(":")
    return metadata_store_pb2.MetadataStoreClientConfig(host=host, port=int(port))


def write_data(folder):
    """The iris measurements as a CSV file."""
    folder.mkdir(parents=True, exist_ok=True)
    iris = load_iris(as_frame=True).frame
    iris.columns = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
    pd.DataFrame(iris).to_csv(folder / "iris.csv", index=False)


def pipeline(folder, store):
    """CsvExampleGen, StatisticsGen, SchemaGen, Resolver, Trainer and Pusher."""
    examples = tfx.components.CsvExampleGen(input_base=str(folder / "data"))
    statistics = tfx.components.StatisticsGen(examples=examples.outputs["examples"])
    schema = tfx.components.SchemaGen(statistics=statistics.outputs["statistics"])
    latest = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestArtifactStrategy,
        model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
    ).with_id("latest_model")
    trainer = tfx.components.Trainer(
        module_file=str(HERE / "trainer.py"),
        examples=examples.outputs["examples"],
        schema=schema.outputs["schema"],
        base_model=latest.outputs["model"],
        train_args=tfx.proto.TrainArgs(num_steps=20),
        eval_args=tfx.proto.EvalArgs(num_steps=5),
    )
    pusher = tfx.components.Pusher(
        model=trainer.outputs["model"],
        push_destination=tfx.proto.PushDestination(
            filesystem=tfx.proto.PushDestination.Filesystem(base_directory=str(folder / "serving"))
        ),
    )
    return tfx.dsl.Pipeline(
        pipeline_name="iris",
        pipeline_root=str(folder / "root"),
        components=[examples, statistics, schema, latest, trainer, pusher],
        enable_cache=True,
        metadata_connection_config=connection_config(folder, store),
    )


if __name__ == "__main__":
    folder, store = Path(sys.argv[1]), sys.argv[2]
    if not (folder / "data").exists():
        write_data(folder / "data")
    tfx.orchestration.LocalDagRunner().run(pipeline(folder, store))

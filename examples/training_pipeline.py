"""A training pipeline that records itself, skips what did not change, and starts where it was.

    python examples/training_pipeline.py [--folder FOLDER] [--rows N] [--regularisation C] ...

Four steps on scikit-learn's iris data: ExampleGen, Trainer, Evaluator, Pusher. Run it twice: the
second run skips all but the Trainer, which now has a model to start from. Since that had converged,
it ends with the same weights, and nothing downstream needs to be done again. Change an option, the
data or a function, and the steps that depend on it run. It needs scikit-learn (pip install
scikit-learn), and uses your local store, or the one that NEO4J_URI names.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
from pathlib import Path

try:
    import numpy as np
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, log_loss
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
except ImportError as error:
    raise SystemExit(f"{error}: this example needs it; pip install scikit-learn") from None

import graphstore
from graphstore import Artifact, ArtifactType, PropertyKind, Store


def place(folder: Path, name: str) -> Path:
    """Where a step of this run writes: no run overwrites what another one made."""
    run, step = graphstore.current_run(), graphstore.current_step()
    path = folder / step.execution.type / run.name.rpartition("/")[2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def path_of(artifact: Artifact) -> Path:
    """Where what an artifact stands for is."""
    assert artifact.uri is not None
    return Path(artifact.uri)


@graphstore.step("ExampleGen", cache=True, ignore=["folder"])
def generate(source: Artifact, test_share: float, seed: int, folder: Path) -> dict[str, Artifact]:
    """Split the data into examples to train on and examples to test with."""
    header, *rows = csv.reader(path_of(source).read_text().splitlines())
    examples = {}
    for role, part in zip(
        ("train", "test"),
        train_test_split(rows, test_size=test_share, random_state=seed),
        strict=True,
    ):
        path = place(folder, f"{role}.csv")
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows([header, *part])
        examples[role] = Artifact(
            type="Examples", uri=str(path), properties={"rows": len(part), "split": role}
        )
    return examples


def read(examples: Artifact) -> tuple[np.ndarray, np.ndarray]:
    """The features and the classes of examples."""
    table = np.loadtxt(path_of(examples), delimiter=",", skiprows=1)
    return table[:, :-1], table[:, -1].astype(int)


@graphstore.step("Trainer", output="model", cache=True, code=[read], ignore=["folder"])
def train(
    examples: Artifact, base_model: list[Artifact], regularisation: float, folder: Path
) -> Artifact:
    """Fit a logistic regression, from where the base model ended if there is one."""
    features, classes = read(examples)
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=regularisation, max_iter=1000, warm_start=True)
    if base_model:
        base = json.loads(path_of(base_model[0]).read_text())
        model.classes_ = np.array(base["classes"])
        model.coef_, model.intercept_ = np.array(base["weights"]), np.array(base["intercept"])
    model.fit(scaler.transform(features), classes)
    path = place(folder, "model.json")
    path.write_text(
        json.dumps(
            {
                "classes": model.classes_.tolist(),
                "weights": model.coef_.tolist(),
                "intercept": model.intercept_.tolist(),
                "mean": scaler.mean_.tolist(),
                "scale": scaler.scale_.tolist(),
            }
        )
    )
    # Of the step, not of the model: what an artifact has counts for the steps that are given it.
    graphstore.current_step().set(iterations=int(model.n_iter_.max()))
    return Artifact(type="Model", uri=str(path))


@graphstore.step("Evaluator", cache=True, code=[read], ignore=["folder"])
def evaluate(
    model: Artifact, examples: Artifact, least_accuracy: float, folder: Path
) -> dict[str, Artifact]:
    """Measure the model on examples that it has not seen; it is blessed if it is good enough."""
    features, classes = read(examples)
    parameters = json.loads(path_of(model).read_text())
    scores = (
        (features - parameters["mean"]) / parameters["scale"] @ np.array(parameters["weights"]).T
    )
    scores = np.exp(scores + parameters["intercept"])
    chances = scores / scores.sum(axis=1, keepdims=True)
    accuracy = float(accuracy_score(classes, chances.argmax(axis=1)))
    metrics = {"accuracy": accuracy, "log_loss": float(log_loss(classes, chances))}
    path = place(folder, "metrics.json")
    path.write_text(json.dumps(metrics))
    return {
        "evaluation": Artifact(type="Evaluation", uri=str(path), properties=metrics),
        "blessing": Artifact(
            type="ModelBlessing", custom_properties={"blessed": int(accuracy >= least_accuracy)}
        ),
    }


@graphstore.step("Pusher", output="pushed_model", cache=True)
def push(model: Artifact, blessing: Artifact, destination: str) -> Artifact:
    """Put the model where it is served from, if it is blessed.

    A `Path` would count by what stands there; where a step writes is a text.
    """
    if not blessing.custom_properties["blessed"]:
        raise ValueError(f"model {model.id} is not blessed, and so is not pushed")
    path = Path(destination) / f"model-{model.id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path_of(model), path)
    where = {"pushed": 1, "pushed_destination": str(path)}
    return Artifact(type="PushedModel", uri=str(path), custom_properties=where)


def declare(store: Store) -> None:
    """The properties that one filters and compares by."""
    double, integer, string = PropertyKind.DOUBLE, PropertyKind.INT, PropertyKind.STRING
    for name, properties in {
        "Examples": {"rows": integer, "split": string},
        "Model": {},  # asked for before there is one
        "Evaluation": {"accuracy": double, "log_loss": double},
    }.items():
        store.types.put(ArtifactType(name=name, properties=properties))


def run_pipeline(store: Store, options: argparse.Namespace) -> Artifact:
    """One run, from the raw data to the pushed model."""
    declare(store)
    source = options.folder / "iris.csv"
    if not source.exists():
        iris = load_iris()
        table = np.column_stack([iris.data, iris.target])[: options.rows]
        source.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(source, table, delimiter=",", header=",".join(iris.feature_names), fmt="%g")
    folder = options.folder
    with store.run("iris-sklearn") as run:
        raw = Artifact(type="Csv", uri=str(source))
        examples = generate(raw, options.test_share, options.seed, folder)
        # Of this pipeline: others in this store may have models, too, and these mean other things.
        last = store.resolve.latest("Model", context=store.contexts.parents(run.ref))
        model = train(examples["train"], last, options.regularisation, folder)
        verdict = evaluate(model, examples["test"], options.least_accuracy, folder)
        return push(model, verdict["blessing"], str(folder / "serving"))


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options; those of the command line by default."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("iris-pipeline"))
    parser.add_argument("--rows", type=int, default=150, help="of the data, when it is made")
    parser.add_argument("--test-share", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--regularisation", type=float, default=1.0)
    parser.add_argument("--least-accuracy", type=float, default=0.9)
    options = parser.parse_args(arguments)
    options.folder = options.folder.resolve()
    return options


def main() -> None:
    options = parse()
    with Store.open() as store:
        try:
            model = run_pipeline(store, options)
            print(f"{model.uri}; see: graphstore lineage a{model.id} --up")
        except ValueError as error:
            print(error)
        run = store.contexts.list(type="PipelineRun", order_by="id", descending=True, limit=1)[0]
        print(f"{run.name}: {run.properties['status']}")
        for execution in store.executions.list(context=run.id):
            state = execution.state.value if execution.state else "in no state"
            print(f"  e{execution.id} {execution.type}: {state}")


if __name__ == "__main__":
    main()

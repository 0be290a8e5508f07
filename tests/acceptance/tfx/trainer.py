"""What TFX's Trainer runs: a linear classifier, which goes on from the model it is given."""

from pathlib import Path

import joblib
import tensorflow as tf
from sklearn.linear_model import SGDClassifier

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
LABEL = "species"


def run_fn(fn_args):
    """Train on the examples, from the base model's weights if there is one."""
    spec = {name: tf.io.FixedLenFeature([], tf.float32) for name in FEATURES}
    spec[LABEL] = tf.io.FixedLenFeature([], tf.int64)
    files = [path for pattern in fn_args.train_files for path in tf.io.gfile.glob(pattern)]
    rows = [
        tf.io.parse_single_example(record, spec)
        for record in tf.data.TFRecordDataset(files, compression_type="GZIP")
    ]
    features = [[float(row[name]) for name in FEATURES] for row in rows]
    labels = [int(row[LABEL]) for row in rows]
    if fn_args.base_model:
        (path,) = Path(fn_args.base_model).rglob("model.joblib")
        model = joblib.load(path)
        print(f"warm start from {fn_args.base_model}")
    else:
        model = SGDClassifier(random_state=0)
    for _ in range(fn_args.train_steps):
        model.partial_fit(features, labels, classes=[0, 1, 2])
    folder = Path(fn_args.serving_model_dir)
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")

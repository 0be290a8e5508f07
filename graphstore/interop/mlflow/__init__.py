"""MLflow: its databases and its folders, read without it."""

from graphstore.interop.mlflow.importer import MlflowReport, import_mlflow

__all__ = ["MlflowReport", "import_mlflow"]

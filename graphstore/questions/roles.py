"""What a node is to a question: data, a model, an evaluation, a deployment; a run, its pipeline.

The rule, for artifacts and executions: where the name of the type - its last dotted part - is well
known, it says so; else the type's base type does; else nobody knows. The name goes first since
TFX's ``PushedModel`` has the base type ``mlmd.Model``, and is a deployment all the same. A subtype
of one's own says what it is by its base type.

Contexts have no base types: runs and pipelines are told by the names of their types, those of the
recorder, of TFX and of Kubeflow Pipelines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from graphstore.model.types import BaseType, Kind, Type

__all__ = ["PIPELINE_TYPES", "RUN_TYPES", "Role", "role_of", "roles_of"]


class Role(str, Enum):
    """What a node is. Of an execution: what it makes."""

    DATA = "data"
    MODEL = "model"
    EVALUATION = "evaluation"
    DEPLOYMENT = "deployment"


RUN_TYPES = ("PipelineRun", "pipeline_run", "run", "system.PipelineRun")
"""Types of the contexts that stand for a run of a pipeline."""
PIPELINE_TYPES = ("Pipeline", "pipeline", "system.Pipeline")
"""Types of the contexts that stand for a pipeline."""

_NAMES: Mapping[tuple[Kind, Role], str] = {
    ("artifact", Role.DATA): "Examples Dataset",
    ("artifact", Role.MODEL): "Model",
    ("artifact", Role.EVALUATION): "Evaluation ModelEvaluation Metrics ClassificationMetrics"
    " SlicedClassificationMetrics ModelBlessing InfraBlessing ModelInfraBlessingPath",
    ("artifact", Role.DEPLOYMENT): "PushedModel ModelPushPath Deployment Endpoint",
    ("execution", Role.DATA): "ExampleGen CsvExampleGen ImportExampleGen FileBasedExampleGen",
    ("execution", Role.MODEL): "Trainer Train Tuner",
    ("execution", Role.EVALUATION): "Evaluator Evaluate Evaluation InfraValidator",
    ("execution", Role.DEPLOYMENT): "Pusher Deployer Deploy Deployment",
}
_BY_NAME = {(kind, name): role for (kind, role), said in _NAMES.items() for name in said.split()}
_BY_BASE = {
    BaseType.DATASET: Role.DATA,
    BaseType.MODEL: Role.MODEL,
    BaseType.METRICS: Role.EVALUATION,
    BaseType.TRAIN: Role.MODEL,
    BaseType.EVALUATE: Role.EVALUATION,
    BaseType.DEPLOY: Role.DEPLOYMENT,
}


def role_of(type_: Type) -> Role | None:
    """What instances of a type are; None if nothing says."""
    name = type_.name.rpartition(".")[2] or type_.name
    known = _BY_NAME.get((type_.kind, name))
    return known or (_BY_BASE.get(type_.base_type) if type_.base_type else None)


def roles_of(types: Iterable[Type]) -> Mapping[int | None, Role]:
    """The roles of types that have one, by the id of the type, which nodes carry (`type_id`)."""
    return {type_.id: role for type_ in types if (role := role_of(type_)) is not None}

"""What a node is to a question: data, a model, an evaluation, a deployment; a run, its pipeline.

The rule, for artifacts and executions: where the name of the type - its last dotted part - is well
known, it says so; else the type's base type does; else nobody knows. The name goes first since
TFX's ``PushedModel`` has the base type ``mlmd.Model``, and is a deployment all the same. A subtype
of one's own says what it is by its base type.

Where nobody knows, the name may suggest it: a ``ChurnModel`` is likely a model, a ``ChurnReport``
an evaluation. That is a guess, and whoever answers with it says so. So is that what an execution
made as its ``model`` is one.

Contexts have no base types: runs and pipelines are told by the names of their types, those of the
recorder, of TFX, of Kubeflow Pipelines and of MLflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from graphstore.model.types import BaseType, Kind, Type

__all__ = [
    "MODEL_ROLES",
    "PIPELINE_TYPES",
    "RUN_TYPES",
    "Role",
    "guess_of",
    "guesses_of",
    "kinds_asked",
    "names_of",
    "role_of",
    "roles_of",
]


class Role(str, Enum):
    """What a node is. Of an execution: what it makes."""

    DATA = "data"
    MODEL = "model"
    EVALUATION = "evaluation"
    DEPLOYMENT = "deployment"


RUN_TYPES = (
    *("PipelineRun", "pipeline_run", "run", "system.PipelineRun", "mlflow.Run"),
    "openlineage.Run",
)
"""Types of the contexts that stand for a run of a pipeline."""
PIPELINE_TYPES = (
    *("Pipeline", "pipeline", "system.Pipeline", "mlflow.Experiment"),
    "openlineage.Job",
)
"""Types of the contexts that stand for a pipeline."""

MODEL_ROLES = ("model",)
"""The roles in which an execution makes what is likely a model, if its type does not say."""

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
_BY_NAME = {(kind, name): role for (kind, role), names in _NAMES.items() for name in names.split()}
_BY_BASE = {
    BaseType.DATASET: Role.DATA,
    BaseType.MODEL: Role.MODEL,
    BaseType.METRICS: Role.EVALUATION,
    BaseType.TRAIN: Role.MODEL,
    BaseType.EVALUATE: Role.EVALUATION,
    BaseType.DEPLOY: Role.DEPLOYMENT,
}


# How names end that suggest what their types are; those of executions may begin so, too.
_ENDINGS: Mapping[tuple[Kind, Role], str] = {
    ("artifact", Role.MODEL): "model checkpoint",
    ("artifact", Role.EVALUATION): "evaluation evaluations metrics report scores",
    ("artifact", Role.DATA): "dataset",
    ("artifact", Role.DEPLOYMENT): "deployment endpoint",
    ("execution", Role.EVALUATION): "evaluate evaluator evaluation",
    ("execution", Role.DEPLOYMENT): "deploy deployer deployment pusher push",
}


def role_of(type_: Type) -> Role | None:
    """What instances of a type are; None if nothing says."""
    name = type_.name.rpartition(".")[2] or type_.name
    by_name = _BY_NAME.get((type_.kind, name))
    return by_name or (_BY_BASE.get(type_.base_type) if type_.base_type else None)


def roles_of(types: Iterable[Type]) -> Mapping[int | None, Role]:
    """The roles of types that have one, by the id of the type, which nodes carry (`type_id`)."""
    return {type_.id: role for type_ in types if (role := role_of(type_)) is not None}


def guess_of(type_: Type) -> Role | None:
    """What the name of a type suggests that its instances are; None if nothing, or if it is known.

    Case and a number at the end mean nothing: ``churn_model2`` is likely a model.
    """
    if role_of(type_) is not None:
        return None
    name = (type_.name.rpartition(".")[2] or type_.name).lower().rstrip("0123456789")
    for (kind, role), endings in _ENDINGS.items():
        begins = kind == "execution" and name.startswith(tuple(endings.split()))
        if kind == type_.kind and (begins or name.endswith(tuple(endings.split()))):
            return role
    return None


def guesses_of(types: Iterable[Type]) -> Mapping[int | None, Role]:
    """What the names of types suggest, by the id of the type."""
    return {type_.id: role for type_ in types if (role := guess_of(type_)) is not None}


def kinds_asked(types: Iterable[Type]) -> dict[str, list[int]]:
    """What queries about metrics have to know of the types of artifacts, as their parameters.

    `type_ids` are those of evaluations, `model_type_ids` those of models, `kind_type_ids` those of
    which is known or guessed what they are at all.
    """
    types = [type_ for type_ in types if type_.kind == "artifact"]
    roles = {**guesses_of(types), **roles_of(types)}
    return {
        "type_ids": [id_ for id_, role in roles.items() if id_ and role is Role.EVALUATION],
        "model_type_ids": [id_ for id_, role in roles.items() if id_ and role is Role.MODEL],
        "kind_type_ids": [id_ for id_ in roles if id_],
    }


def names_of(role: Role) -> dict[str, list[str]]:
    """The names of artifact types that are of a role, all that are well known, and the endings that
    suggest the role: what a query has to know that tells it by itself."""
    roles = {name: one for (kind, name), one in _BY_NAME.items() if kind == "artifact"}
    return {
        f"{role.value}_names": [name for name, one in roles.items() if one is role],
        "known_names": list(roles),
        f"{role.value}_endings": _ENDINGS["artifact", role].split(),
    }

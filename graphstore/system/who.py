"""Who runs this, on which machine, and what started it."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from graphstore.system.shell import plain

__all__ = ["who"]


@dataclass(frozen=True)
class _System:
    """Something that starts programs, and the variables that it documents to set for them.

    Of several texts the first one counts whose variables are all set.
    """

    name: str
    sets: str
    """Variables of which one is set wherever it started the program, and nowhere else."""
    actor: tuple[str, ...] = ()
    """Who it does it for."""
    job: tuple[str, ...] = ()
    """What it calls what it started."""
    url: tuple[str, ...] = ()
    """Where people can look at it."""


# An orchestrator comes last: what a CI job submits may have the variables of both, and the CI knows
# the person.
_SYSTEMS = (
    _System(
        "github-actions",
        sets="GITHUB_ACTIONS",
        actor=("{GITHUB_TRIGGERING_ACTOR}", "{GITHUB_ACTOR}"),
        job=("{GITHUB_WORKFLOW}/{GITHUB_JOB}", "{GITHUB_JOB}"),
        url=("{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",),
    ),
    _System(
        "gitlab-ci",
        sets="GITLAB_CI",
        actor=("{GITLAB_USER_LOGIN}", "{GITLAB_USER_NAME}"),
        job=("{CI_JOB_NAME}",),
        url=("{CI_JOB_URL}", "{CI_PIPELINE_URL}"),
    ),
    _System(
        "azure-pipelines",
        sets="TF_BUILD",
        actor=("{BUILD_REQUESTEDFOR}",),
        job=("{BUILD_DEFINITIONNAME}/{SYSTEM_JOBDISPLAYNAME}", "{BUILD_DEFINITIONNAME}"),
        # The collection's address ends in a slash.
        url=("{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",),
    ),
    _System(
        "circleci",
        sets="CIRCLECI",
        actor=("{CIRCLE_USERNAME}",),
        job=("{CIRCLE_JOB}",),
        url=("{CIRCLE_BUILD_URL}",),
    ),
    _System(
        "buildkite",
        sets="BUILDKITE",
        actor=("{BUILDKITE_BUILD_CREATOR}",),
        job=("{BUILDKITE_PIPELINE_SLUG}/{BUILDKITE_LABEL}", "{BUILDKITE_PIPELINE_SLUG}"),
        url=("{BUILDKITE_BUILD_URL}#{BUILDKITE_JOB_ID}", "{BUILDKITE_BUILD_URL}"),
    ),
    _System(
        "bitbucket-pipelines",
        sets="BITBUCKET_BUILD_NUMBER",
        actor=("{BITBUCKET_STEP_TRIGGERER_UUID}",),  # it tells no name
        job=("{BITBUCKET_REPO_FULL_NAME}/{BITBUCKET_BUILD_NUMBER}",),
        url=(
            "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}"
            "/pipelines/results/{BITBUCKET_BUILD_NUMBER}",
        ),
    ),
    _System(
        "teamcity",
        sets="TEAMCITY_VERSION",  # it tells nobody's name
        job=("{TEAMCITY_PROJECT_NAME}/{TEAMCITY_BUILDCONF_NAME}", "{TEAMCITY_BUILDCONF_NAME}"),
        url=("{BUILD_URL}",),
    ),
    _System(
        "travis-ci",
        sets="TRAVIS",  # it tells nobody's name
        job=("{TRAVIS_JOB_NAME}", "{TRAVIS_JOB_NUMBER}"),
        url=("{TRAVIS_JOB_WEB_URL}", "{TRAVIS_BUILD_WEB_URL}"),
    ),
    _System(
        "jenkins",
        sets="JENKINS_URL JENKINS_HOME",
        actor=("{BUILD_USER_ID}", "{CHANGE_AUTHOR}"),  # by the plugin build-user-vars; of a request
        job=("{JOB_NAME}",),
        url=("{BUILD_URL}",),
    ),
    _System(
        "airflow",
        sets="AIRFLOW_CTX_DAG_ID",
        actor=("{AIRFLOW_CTX_DAG_OWNER}",),
        job=("{AIRFLOW_CTX_DAG_ID}/{AIRFLOW_CTX_TASK_ID}", "{AIRFLOW_CTX_DAG_ID}"),
    ),
    _System(
        "kubeflow",
        sets="KFP_POD_NAME",
        job=("{KFP_POD_NAME}",),
    ),
    _System(
        "argo",
        sets="ARGO_NODE_ID",
        job=("{ARGO_WORKFLOW_NAME}/{ARGO_NODE_ID}", "{ARGO_NODE_ID}"),
    ),
    _System(
        "slurm",
        sets="SLURM_JOB_ID",
        actor=("{SLURM_JOB_USER}",),
        job=("{SLURM_ARRAY_JOB_ID}_{SLURM_ARRAY_TASK_ID}", "{SLURM_JOB_ID}"),
    ),
)


def who(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Who runs this, where and for whom; what is not known is left out.

    - ``user``: the name that the session is of, else that of the process's user id, else
      ``uid:1000`` (a container's user often has no name);
    - ``host``: the machine, or the container;
    - ``ci``: what started the program, such as ``github-actions``, ``jenkins`` or ``slurm``; and of
      that ``ci_actor``, for whom, ``ci_job``, what it is called there, and ``ci_url``.

    Args:
        environ: The environment's variables; None for those of this process.
    """
    environ = os.environ if environ is None else environ
    variables = {name: plain(value) for name, value in environ.items() if value}
    facts = {"user": _user(variables), "host": plain(socket.gethostname())}
    for system in _SYSTEMS:
        if any(variables.get(name, "false").lower() != "false" for name in system.sets.split()):
            facts["ci"] = system.name
            facts["ci_actor"] = _first(system.actor, variables)
            facts["ci_job"] = _first(system.job, variables)
            facts["ci_url"] = _first(system.url, variables)
            break
    return {name: value for name, value in facts.items() if value}


def _user(variables: Mapping[str, str]) -> str:
    """The user; by the variables that `getpass.getuser` looks at, which looks at no others."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if name in variables:
            return variables[name]
    if not hasattr(os, "getuid"):  # Windows, which always sets USERNAME
        return ""
    import pwd

    try:
        return plain(pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        return f"uid:{os.getuid()}"


def _first(texts: tuple[str, ...], variables: Mapping[str, str]) -> str:
    for text in texts:
        try:
            return text.format_map(variables)
        except KeyError:
            continue
    return ""

"""What a run ran in: Python, its packages, the machine, its accelerators, its variables."""

from __future__ import annotations

import csv
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.model.values import Value
from graphstore.recording.capture.secrets import Scrubber, is_secret_name
from graphstore.system.shell import answer, plain

__all__ = ["environment", "environment_digest"]

_TIMEOUT = 10.0
_NVIDIA = "--query-gpu=name,driver_version,memory.total --format=csv,noheader"
_ROCM = "--showproductname --showdriverversion --showmeminfo vram --json"

_METADATA = ("METADATA", "PKG-INFO", "")
"""Where a wheel, an egg and a file of an egg have what is said of a package."""
_NAME, _VERSION = (
    re.compile(rf"^{header}:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
    for header in ("Name", "Version")
)

# Variables that change results or speed. Not TF_*: Terraform's are called so, its secrets too.
_VARIABLES = """
    PYTHONHASHSEED PYTHONOPTIMIZE PYTHONPATH PYTHON_GIL
    CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER CUDA_HOME CUDA_LAUNCH_BLOCKING CUDA_MODULE_LOADING
    NVIDIA_TF32_OVERRIDE NVIDIA_VISIBLE_DEVICES CUBLAS_* CUDNN_* NCCL_*
    HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES HSA_OVERRIDE_GFX_VERSION MIOPEN_* RCCL_*
    OMP_* GOMP_* KMP_* MKL_* OPENBLAS_* BLIS_* VECLIB_* NUMEXPR_* NUMBA_* RAYON_NUM_THREADS
    PYTORCH_* TORCH_* TORCHINDUCTOR_* TRITON_* GLOO_* ACCELERATE_* TOKENIZERS_PARALLELISM
    TF_CPP_* TF_CUDNN_* TF_DETERMINISTIC_OPS TF_DISABLE_* TF_ENABLE_* TF_FORCE_* TF_GPU_* TF_NUM_*
    TF_USE_* TF_XLA_* XLA_* JAX_* LIBTPU_INIT_ARGS TPU_VISIBLE_* KERAS_BACKEND
    LD_LIBRARY_PATH LD_PRELOAD DYLD_LIBRARY_PATH MALLOC_* TCMALLOC_* TZ LANG LANGUAGE LC_*
"""
# But for those that tell one run from the next, or one of its processes from the others.
_OF_A_RUN = """
    JAX_COORDINATOR_* JAX_PROCESS_* NCCL_COMM_ID NCCL_DEBUG_FILE TORCH_TRACE
    TORCH_NCCL_DEBUG_INFO_TEMP_FILE
"""


def environment(
    variables: Iterable[str] = (),
    environ: Mapping[str, str] | None = None,
    scrubber: Scrubber | None = None,
) -> dict[str, Value]:
    """What this process runs in; equal for two runs in the same environment.

    - ``python``, ``implementation``: ``3.11.7``, ``CPython``;
    - ``platform``, ``machine``: ``Linux-6.1.0-x86_64-with-glibc2.36``, ``x86_64``;
    - ``distributions``: the version of each package that is installed, by its normalised name;
    - ``accelerators``: ``name``, ``driver`` and ``memory`` of each GPU that ``nvidia-smi`` or
      ``rocm-smi`` tells of, all of the machine's;
    - ``variables``: those of the environment that change results or speed, and are set.

    It is scrubbed, and must not be again: ``google-auth`` is a package, not a secret.

    Args:
        variables: Further variables, by name or as ``PREFIX_*``. None with a secret name is taken.
        environ: The environment's variables; None for those of this process.
        scrubber: What hides secrets in their values; None for one that knows `environ`.

    Raises:
        InvalidArgument: If a ``*`` is not at the end.
    """
    environ = os.environ if environ is None else environ
    scrubber = Scrubber(environ) if scrubber is None else scrubber
    patterns = [variables] if isinstance(variables, str) else list(variables)
    if wrong := [name for name in patterns if "*" in name[:-1]]:
        raise InvalidArgument(f"{wrong[0]!r} is no variable: the only * may be at the end")
    path = environ.get("PATH")
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "distributions": dict(_distributions(_folders())),
        "accelerators": [
            dict(accelerator)
            for accelerator in (
                *_nvidia(shutil.which("nvidia-smi", path=path)),
                *_rocm(shutil.which("rocm-smi", path=path)),
            )
        ],
        "variables": {
            name: scrubber.scrub(plain(environ[name]))
            for name in sorted(_names_of(environ, patterns))
        },
    }


def environment_digest(environment: Mapping[str, Value]) -> str:
    """``sha256:`` and the digest of an `environment` as JSON; equal if these are equal.

    Raises:
        InvalidArgument: If it is not made of JSON's types.
    """
    try:
        text = json.dumps(environment, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"this environment cannot be written as JSON: {error}") from error
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _names_of(environ: Mapping[str, str], patterns: Collection[str]) -> Iterator[str]:
    """The names of the variables to take."""
    for name in environ:
        fits = _matches(name, _VARIABLES.split()) and not _matches(name, _OF_A_RUN.split())
        if (fits or _matches(name, patterns)) and not is_secret_name(name):
            yield name


def _matches(name: str, patterns: Collection[str]) -> bool:
    return name in patterns or any(
        pattern.endswith("*") and name.startswith(pattern[:-1]) for pattern in patterns
    )


def _folders() -> tuple[tuple[str, int], ...]:
    """Where packages are looked for, and when something was last installed there."""
    folders = []
    for folder in sys.path:
        try:
            folders.append((folder, os.stat(folder or ".").st_mtime_ns))
        except OSError:
            continue
    return tuple(folders)


# What is slow is remembered, for what it depends on; a forked process has it too.
@functools.lru_cache(maxsize=4)
def _distributions(folders: tuple[tuple[str, int], ...]) -> dict[str, str]:
    """The version of each package, by its name as PyPI normalises it."""
    versions: dict[str, str] = {}
    for distribution in importlib.metadata.distributions():
        # Not `distribution.metadata`, which parses the description, too: often a whole README.
        texts = map(distribution.read_text, _METADATA)
        headers = next(filter(None, texts), "").partition("\n\n")[0]
        name, version = _NAME.search(headers), _VERSION.search(headers)
        # What an interrupted installation left behind has neither.
        if name and version:
            normalised = re.sub(r"[-_.]+", "-", name[1]).lower()
            versions.setdefault(normalised, version[1])  # of two, the first is imported
    return dict(sorted(versions.items()))


@functools.lru_cache(maxsize=4)
def _nvidia(program: str | None) -> list[dict[str, str]]:
    """NVIDIA's accelerators; none if their program is not there or has nothing to say."""
    output = answer([program, *_NVIDIA.split()], timeout=_TIMEOUT) if program else None
    rows = csv.reader((output or b"").decode(errors="replace").splitlines(), skipinitialspace=True)
    return [{"name": row[0], "driver": row[1], "memory": row[2]} for row in rows if len(row) == 3]


@functools.lru_cache(maxsize=4)
def _rocm(program: str | None) -> list[dict[str, str]]:
    """AMD's accelerators; none if their program is not there or has nothing to say."""
    output = answer([program, *_ROCM.split()], timeout=_TIMEOUT) if program else None
    try:
        cards: Any = json.loads(output or b"{}")
        # Its releases do not agree on capitals.
        by_name = {
            name: {key.lower(): str(value) for key, value in card.items()}
            for name, card in cards.items()
        }
        driver = by_name.pop("system", {}).get("driver version", "")
        return [
            {
                "name": card.get("card series") or card.get("card model") or name,
                "driver": driver,
                "memory": f"{int(card.get('vram total memory (b)', 0)) // 2**20} MiB",
            }
            for name, card in sorted(by_name.items())
        ]
    except (ValueError, AttributeError):
        return []

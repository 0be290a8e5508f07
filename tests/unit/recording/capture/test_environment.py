"""The environment of a run: what is in it, what never is, and that equal ones are equal."""

import importlib
import importlib.metadata
import json
import multiprocessing
import os
import platform
import sys

import pytest

from graphstore.errors import InvalidArgument
from graphstore.model.values import check_value
from graphstore.recording.capture import REDACTED, Scrubber, environment, environment_digest

module = importlib.import_module("graphstore.recording.capture.environment")


@pytest.fixture(autouse=True)
def forget():
    """Nothing is remembered from one test to the next."""
    caches = module._distributions, module._nvidia, module._rocm
    for function in caches:
        function.cache_clear()
    yield
    for function in caches:
        function.cache_clear()


@pytest.fixture
def program(tmp_path):
    """A function that puts a program on a PATH of its own, and returns that PATH."""

    def put(name, text):
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("#!/bin/sh\n" + text)
        file.chmod(0o755)
        return str(file.parent)

    return put


def test_it_tells_python_and_the_machine():
    facts = environment()
    assert facts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert facts["implementation"] == platform.python_implementation()
    assert facts["platform"] == platform.platform()
    assert facts["machine"] == platform.machine()
    assert set(facts) == {
        *("python", "implementation", "platform", "machine"),
        *("distributions", "accelerators", "variables"),
    }


def test_each_fact_can_be_a_property():
    for value in environment(["*"]).values():
        assert check_value(value) == value


def test_it_tells_the_packages_by_normalised_names():
    packages = environment()["distributions"]
    assert packages["pytest"] == importlib.metadata.version("pytest")
    assert packages["typing-extensions"] == importlib.metadata.version("typing_extensions")
    assert list(packages) == sorted(packages)
    assert all(name == name.lower() and "_" not in name for name in packages)


def test_packages_are_found_again_when_something_was_installed(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    before = environment()["distributions"]
    for folder, metadata in {
        "New_Thing.x-1.0.dist-info": "Metadata-Version: 2.1\nName: New_Thing.x\nVersion: 1.0\n",
        "pytest-99.dist-info": "Metadata-Version: 2.1\nName: pytest\nVersion: 99\n",
        "told-1.dist-info": "name: Told\nversion: 1 \n\nVersion: 2\nName: other",
        "broken-1.dist-info": "Metadata-Version: 2.1\n\nName: broken\nVersion: 1\n",
    }.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "METADATA").write_text(metadata)
    (tmp_path / "~left-1.dist-info").mkdir()
    packages = environment()["distributions"]
    assert packages == {**before, "new-thing-x": "1.0", "pytest": "99", "told": "1"}


def test_what_is_returned_can_be_changed_without_harm(program):
    environ = {"PATH": program("nvidia-smi", "echo 'A, 1, 2 MiB'")}
    first = environment(environ=environ)
    first["distributions"].clear()
    first["accelerators"][0]["name"] = "?"
    first["accelerators"].append(1)
    second = environment(environ=environ)
    assert second["distributions"]
    assert second["accelerators"] == [{"name": "A", "driver": "1", "memory": "2 MiB"}]


def test_it_tells_nvidias_accelerators_and_asks_once(program, tmp_path):
    path = program(
        "nvidia-smi",
        f'echo x >> {tmp_path}/asked; test "$1 $2" = '
        '"--query-gpu=name,driver_version,memory.total --format=csv,noheader" || exit 1\n'
        'echo "NVIDIA A100-SXM4-80GB, 535.104.05, 81920 MiB"\n'
        'echo "Tesla T4, 535.104.05, 15360 MiB"\n',
    )
    for _ in range(2):
        assert environment(environ={"PATH": path})["accelerators"] == [
            {"name": "NVIDIA A100-SXM4-80GB", "driver": "535.104.05", "memory": "81920 MiB"},
            {"name": "Tesla T4", "driver": "535.104.05", "memory": "15360 MiB"},
        ]
    assert (tmp_path / "asked").read_text() == "x\n"
    assert environment(environ={"PATH": "/nowhere"})["accelerators"] == []


@pytest.mark.parametrize(
    "text",
    [
        "exit 9",
        "echo 'Failed to initialize NVML: Driver/library version mismatch'",
        "",
        "kill -9 $$",
    ],
)
def test_a_broken_driver_has_no_accelerators(program, text):
    assert environment(environ={"PATH": program("nvidia-smi", text)})["accelerators"] == []


@pytest.mark.slow
def test_a_driver_that_hangs_is_not_waited_for(program, monkeypatch):
    monkeypatch.setattr(module, "_TIMEOUT", 0.3)
    path = program("nvidia-smi", "exec /bin/sleep 60")
    assert environment(environ={"PATH": path})["accelerators"] == []


ROCM = {
    "card1": {"Card Series": "AMD Instinct MI210", "VRAM Total Memory (B)": "68702699520"},
    "card0": {"Card series": "AMD Instinct MI300X", "VRAM Total Memory (B)": "206141652992"},
    "system": {"Driver version": "6.7.0"},
}


def test_it_tells_amds_accelerators(program):
    path = program("rocm-smi", f"echo '{json.dumps(ROCM)}'")
    assert environment(environ={"PATH": path})["accelerators"] == [
        {"name": "AMD Instinct MI300X", "driver": "6.7.0", "memory": "196592 MiB"},
        {"name": "AMD Instinct MI210", "driver": "6.7.0", "memory": "65520 MiB"},
    ]


@pytest.mark.parametrize("text", ["", "WARNING", "[]", '{"card0": 1}', '{"card0": {}}', "{}"])
def test_what_amds_program_says_in_another_way_does_no_harm(program, text):
    cards = environment(environ={"PATH": program("rocm-smi", f"echo '{text}'")})["accelerators"]
    assert cards in ([], [{"name": "card0", "driver": "", "memory": "0 MiB"}])


VARIABLES = {
    "PYTHONHASHSEED": "0",
    "CUDA_VISIBLE_DEVICES": "0,1",
    "OMP_NUM_THREADS": "4",
    "MKL_NUM_THREADS": "4",
    "OPENBLAS_NUM_THREADS": "4",
    "NCCL_DEBUG": "INFO",
    "TF_DETERMINISTIC_OPS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "XLA_FLAGS": "--xla_gpu_deterministic_ops=true",
    "JAX_PLATFORMS": "cpu",
    "PYTORCH_CUDA_ALLOC_CONF": "max_split_size_mb:512",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "LD_LIBRARY_PATH": "/usr/local/cuda/lib64",
    "TOKENIZERS_PARALLELISM": "false",
    "TZ": "UTC",
    "LANG": "C.UTF-8",
    "LC_ALL": "C",
}
OTHERS = {
    "HOME": "/root",
    "PATH": "/bin",
    "HOSTNAME": "x",
    "SLURM_JOB_ID": "1",
    "RANK": "0",
    "MASTER_PORT": "29500",
    "NCCL_COMM_ID": "10.0.0.1:4711",
    "TF_CONFIG": "{}",
    "TF_VAR_database": "x",
    "TF_TOKEN_app_terraform_io": "x",
    "JAX_PROCESS_ID": "1",
    "JAX_COORDINATOR_ADDRESS": "10.0.0.1:4711",
    "TORCHELASTIC_RUN_ID": "x",
    "SSH_AUTH_SOCK": "/tmp/x",
}
SECRETS = {
    "MY_PASSWORD": "hunter2",
    "HF_TOKEN": "abcdefgh",
    "TORCH_API_KEY": "ijklmnop",
    "JAX_SECRET": "qrstuvwx",
}


def test_it_tells_variables_that_matter_and_no_others():
    variables = environment(environ={**OTHERS, **VARIABLES, **SECRETS})["variables"]
    assert variables == VARIABLES
    assert list(variables) == sorted(variables)


def test_further_variables_are_told_by_name_or_prefix():
    environ = {"MY_A": "1", "MY_B": "2", "MYTH": "3", "OTHER": "4", "X": "5", **OTHERS}
    assert environment(["MY_*", "X", "NONE"], environ)["variables"] == {
        "MY_A": "1",
        "MY_B": "2",
        "X": "5",
    }
    assert environment("OTHER", environ)["variables"] == {"OTHER": "4"}
    assert environment(["RANK", "TF_CONFIG"], environ)["variables"] == {
        "RANK": "0",
        "TF_CONFIG": "{}",
    }
    assert environment(iter(["X"]), environ)["variables"] == {"X": "5"}
    assert set(environment(["*"], environ)["variables"]) == set(environ)


@pytest.mark.parametrize("name", ["A*B", "*A", "**"])
def test_a_star_that_is_not_at_the_end_is_refused(name):
    with pytest.raises(InvalidArgument, match=r"the only \* may be at the end"):
        environment([name], {})


def test_no_secret_is_told_even_if_asked_for():
    environ = {
        **SECRETS,
        "MY_URL": "https://me:x@host/?sig=y",
        "MY_ARGUMENTS": "--retries 3 --key hunter2",
        "XLA_FLAGS": "--token=abcdefgh",
    }
    variables = environment([*SECRETS, "*"], environ)["variables"]
    assert variables == {
        "MY_URL": f"https://{REDACTED}@host/?sig={REDACTED}",
        "MY_ARGUMENTS": f"--retries 3 --key {REDACTED}",
        "XLA_FLAGS": f"--token={REDACTED}",
    }
    assert not any(secret in json.dumps(variables) for secret in SECRETS.values())


def test_a_scrubber_of_ones_own_is_used():
    scrubber = Scrubber({}, ["wisdom"])
    facts = environment(["X"], {"X": "pearls of wisdom"}, scrubber)
    assert facts["variables"] == {"X": f"pearls of {REDACTED}"}


def test_a_variable_that_is_not_utf8_can_be_stored():
    value = environment(["X"], {"X": "m\udce9"})["variables"]["X"]
    assert check_value(value) == value


def test_without_variables_they_are_those_of_the_process_now(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert environment()["variables"]["OMP_NUM_THREADS"] == "3"
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert environment()["variables"]["OMP_NUM_THREADS"] == "5"
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert "OMP_NUM_THREADS" not in environment()["variables"]


def in_a_fork(queue):
    os.environ["OMP_NUM_THREADS"] = "7"
    queue.put(environment())


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_tells_its_own(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    before = environment()
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=in_a_fork, args=(queue,))
    child.start()
    facts = queue.get()
    child.join()
    assert facts["variables"]["OMP_NUM_THREADS"] == "7"
    assert facts["distributions"] == before["distributions"]


def test_equal_environments_have_equal_digests_and_others_have_not():
    environ = {"TZ": "UTC", "LANG": "C"}
    one = environment(environ=environ)
    other = environment(environ=dict(reversed(environ.items())))
    assert environment_digest(one) == environment_digest(other)
    assert environment_digest(one) == environment_digest(dict(reversed(one.items())))
    assert environment_digest(one) == environment_digest(json.loads(json.dumps(one)))
    digests = {environment_digest(one), environment_digest(environment(environ={"TZ": "CET"}))}
    for name in one:
        digests.add(environment_digest({**one, name: "x"}))
    assert len(digests) == 2 + len(one)


def test_a_digest_is_known_beforehand():
    # printf '{"a":1,"b":"\\u00e9"}' | sha256sum
    assert environment_digest({"b": "é", "a": 1}) == (
        "sha256:6071e7aa781e8adc235db31b17e6d0ee414a17031b1744a38fbf2cd17effcbce"
    )


@pytest.mark.parametrize("value", [object(), {1}, b"x"])
def test_what_is_no_json_has_no_digest(value):
    with pytest.raises(InvalidArgument, match="cannot be written as JSON"):
        environment_digest({"a": value})

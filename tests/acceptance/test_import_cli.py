"""`graphstore import mlmd` as a user runs it, on what has ids within its values."""

import json

from tests.integration.test_import_references import kubeflow, others


def test_the_command_tells_of_ids_within_values(store, command, tmp_path):
    others(store)
    file = str(kubeflow(tmp_path / "kfp.sqlite"))
    out = command("import", "mlmd", file).out
    assert "7 ids within values are those of the store now" in out
    assert "are as they were: execution.epochs (1)" in out
    report = json.loads(command("import", "mlmd", file, "--json").out)
    assert report["like_ids"] == {"execution.epochs": 1}
    answer = command("import", "mlmd", file, "--source", "other", "--keep-ids")
    assert answer.code != 0 and "in an empty store only" in answer.err
    answer = command("import", "mlmd", file, "--separate")
    assert answer.code != 0 and "cannot be separate now" in answer.err

"""`--filter` on the command line."""

import json

from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS


def test_lists_take_a_filter(store, graphstore):
    import_mlmd(store, IRIS)

    def listed(*arguments):
        return [n["id"] for n in json.loads(graphstore(*arguments, "--json").stdout)["items"]]

    query = "uri LIKE '%/Trainer/model/%' AND contexts_run.type = 'pipeline_run'"
    assert listed("artifacts", "--filter", query, "--newest", "--limit", "2") == [54, 45]
    assert listed("executions", "--filter", "last_known_state = FAILED") == [2, 38]
    assert listed("contexts", "--filter", "name = 'iris'", "--type", "pipeline") == [1]
    assert "no artifacts like that" in graphstore("artifacts", "--filter", "FALSE").stdout


def test_a_mistake_is_shown_where_it_is(store, graphstore):
    done = graphstore("artifacts", "--filter", "id > 3 AND nam = 'a [b]'", code=2)
    assert "Unrecognized name: nam; did you mean name?" in done.stderr
    lines = done.stderr.rstrip().splitlines()
    assert lines[-2:] == ["  id > 3 AND nam = 'a [b]'", "             ^"]

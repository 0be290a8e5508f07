"""`--filter` on the command line."""

import json

from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS


def test_lists_take_a_filter(store, graphstore):
    import_mlmd(store, IRIS)

    def ids_of(*arguments):
        return [n["id"] for n in json.loads(graphstore(*arguments, "--json").stdout)["items"]]

    query = "uri LIKE '%/Trainer/model/%' AND contexts_run.type = 'pipeline_run'"
    assert ids_of("artifacts", "--filter", query, "--newest", "--limit", "2") == [54, 45]
    assert ids_of("executions", "--filter", "last_known_state = FAILED") == [2, 38]
    assert ids_of("contexts", "--filter", "name = 'iris'", "--type", "pipeline") == [1]
    assert "no artifacts like that" in graphstore("artifacts", "--filter", "FALSE").stdout


def test_a_mistake_is_shown_where_it_is(store, graphstore):
    result = graphstore("artifacts", "--filter", "id > 3 AND nam = 'a [b]'", code=2)
    assert "Unrecognized name: nam; did you mean name?" in result.stderr
    lines = result.stderr.rstrip().splitlines()
    assert lines[-2:] == ["  id > 3 AND nam = 'a [b]'", "             ^"]

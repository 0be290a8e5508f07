"""What Neo4j and its Java are told."""

import pytest

from graphstore import local
from graphstore.errors import InvalidArgument
from graphstore.local.config import java_options


@pytest.mark.parametrize("ephemeral", [True, False])
@pytest.mark.parametrize("heap", ["64m", "65536k", "128m", "1g", "4G"])
def test_java_begins_with_no_more_than_the_most(heap, ephemeral):
    options = java_options(heap, ephemeral=ephemeral)
    first, most = (
        next(option.removeprefix(name) for option in options if option.startswith(name))
        for name in ("-Xms", "-Xmx")
    )
    sizes = {"k": 1, "m": 1 << 10, "g": 1 << 20}
    amount = [int(size[:-1]) * sizes[size[-1].lower()] for size in (first, most)]
    assert most == heap
    assert amount[0] <= amount[1]


@pytest.mark.parametrize("variable", ["GRAPHSTORE_HEAP", "GRAPHSTORE_PAGE_CACHE"])
def test_the_environment_says_how_much_memory(variable, monkeypatch):
    monkeypatch.setenv(variable, "much")
    with pytest.raises(InvalidArgument, match="'much' is not an amount of memory"):
        local.up()

"""``python -m benchmarks.peers.one_question``: a process that asks one question.

It reads what to ask from its standard input, as JSON, and answers how many nodes it got, and what
memory it took. It imports nothing of the
benchmark, so that the memory is graphstore's and its driver's.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from pathlib import Path

# The driver imports them where they are installed: a hundred megabytes that it makes no use of,
# beside which any answer here would look small.
for name in ("numpy", "pandas", "pyarrow"):
    sys.modules[name] = None  # type: ignore[assignment]  # how Python is told: not there

from graphstore import Store  # noqa: E402

ALL = 10**9


def main() -> None:
    """Ask, drop what comes, and tell the number of nodes and the most memory."""
    request = json.load(sys.stdin)
    nodes, model = 0, request["model"]
    with Store.open(request["uri"], auth=tuple(request["auth"])) as store:
        if request["question"] == "stream":
            nodes = sum(1 for _ in store.lineage.stream("upstream", model))
        elif request["question"] == "ids":
            ids = store.lineage.ids("upstream", model)
            nodes = len(ids.artifacts) + len(ids.executions)
        elif request["question"] == "whole":
            nodes = len(store.lineage.upstream(model, max_nodes=ALL).nodes())
    print(json.dumps({"nodes": nodes, "megabytes": peak() / 1e6}))


def peak() -> int:
    """The most bytes that this process has held in memory."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not `getrusage`: there Linux counts what the parent held when it made this process.
        match = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        assert match is not None
        return int(match[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    main()

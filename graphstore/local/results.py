"""What the functions of this package answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from graphstore.model.plain import Plain

__all__ = ["Condition", "LocalServer", "Logs", "Status", "Stopped"]

Condition = Literal["running", "stopped", "crashed", "absent"]
"""How a local store is: crashed if its server ended without being stopped; absent if there is
no store of that name."""


@dataclass(frozen=True)
class LocalServer(Plain):
    """A local Neo4j that answers."""

    name: str
    """Of the local store; the name of its folder if it is an ephemeral one."""
    uri: str
    """For the driver: ``bolt://127.0.0.1:17687``."""
    http_address: str
    """``http://127.0.0.1:17474``."""
    browser_url: str
    """Neo4j Browser, its connect form filled in but for the password."""
    user: str
    password: str = field(repr=False)
    neo4j_version: str
    folder: Path
    """Conf, data and logs."""
    pid: int
    joined: bool
    """Whether it ran already; False if this call started it."""
    certificate: Path | None = None
    """By which it proves itself to a driver, as in ``GraphDatabase.driver(uri, auth=...,
    encrypted=True, trusted_certificates=TrustCustomCAs(certificate))``: else the password goes to
    whoever listens there. None for an ephemeral server, whose password ends with it."""


@dataclass(frozen=True)
class Status(Plain):
    """How a local store is."""

    name: str
    condition: Condition
    folder: Path
    bytes_on_disk: int
    """Of data, logs and all; 0 if absent."""
    pid: int | None = None
    """Of the server; None unless it runs."""
    uri: str | None = None
    browser_url: str | None = None
    """Both are those of the last start; None before the first."""
    user: str | None = None
    neo4j_version: str | None = None
    """That wrote the data last."""
    started_at: datetime | None = None
    """When the server was last started, UTC."""
    wrong: str | None = None
    """Why its database cannot be used while it runs, in Neo4j's words; None if nothing is wrong."""


@dataclass(frozen=True)
class Stopped(Plain):
    """What stopping a local store came to."""

    name: str
    before: Condition
    """How it was; there was nothing to stop unless it was running."""
    killed: bool
    """Whether the server had to be killed since it did not end in time. Neo4j mends its data at
    the next start; what was committed is kept."""


@dataclass(frozen=True)
class Logs(Plain):
    """What a local store's server said."""

    console: Path
    """What it printed since its last start; beside it, `console.previous.log` of the one before."""
    debug: Path
    """What it did, in detail; Neo4j's own, at most seven files of 20 MB."""
    tail: tuple[str, ...]
    """The last lines of `console`; empty if it was never started."""

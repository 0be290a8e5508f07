"""How a server runs: what all of them are asked."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from graphstore.errors import InvalidArgument
from graphstore.serving.addresses import Address
from graphstore.serving.logs import say
from graphstore.serving.security import Security

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """How a server runs."""

    address: Address
    """Where it listens."""
    security: Security = field(default_factory=Security)
    """Who may call."""
    metrics: Address | None = None
    """Where it serves metrics over HTTP; None for nowhere."""
    threads: int = 32
    """How many calls it answers at once."""
    max_calls: int = 512
    """How many calls may be there at once, with those that wait for a thread. One more is refused
    by a code after which clients try again."""
    ping_interval: float = 5.0
    """Seconds between two questions whether Neo4j answers."""
    ping_patience: float = 5.0
    """Seconds that Neo4j may take to say so."""

    def __post_init__(self) -> None:
        if self.threads < 1 or self.max_calls < self.threads:
            raise InvalidArgument(
                f"{self.max_calls} calls at once with {self.threads} threads: there must be one"
                " thread, and room for as many calls as threads"
            )

    def warn_of_tokens_in_clear(self, address: Address) -> None:
        """Log a warning if tokens can be read on their way to where it listens."""
        if self.security.token_names and self.security.in_clear(address):
            say(logging.WARNING, "tokens travel in clear: give the server a certificate")

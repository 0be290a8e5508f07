"""What a recorder finds out about a run: who runs it, which code, in what, and no secrets.

Facts only: nothing here knows of a store, and nothing raises because a fact cannot be had.
"""

from graphstore.capture.code import code, source_digest
from graphstore.capture.environment import environment, environment_digest
from graphstore.capture.secrets import REDACTED, Scrubber, is_secret_name
from graphstore.capture.who import who

__all__ = [
    "REDACTED",
    "Scrubber",
    "code",
    "environment",
    "environment_digest",
    "is_secret_name",
    "source_digest",
    "who",
]

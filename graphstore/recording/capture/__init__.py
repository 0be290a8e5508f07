"""What a recorder finds out about a run: who runs it, which code, in what, and no secrets.

Facts only: nothing here knows of a store, and nothing raises because a fact cannot be had.
"""

from graphstore.recording.capture.code import code, source_digest
from graphstore.recording.capture.environment import environment, environment_digest
from graphstore.recording.capture.keyed import KEY_VARIABLE, has_mark, is_mark, keyed_digest, mark
from graphstore.recording.capture.secrets import REDACTED, Scrubber, Secret, is_secret_name
from graphstore.system.who import who

__all__ = [
    "KEY_VARIABLE",
    "REDACTED",
    "Scrubber",
    "Secret",
    "code",
    "environment",
    "environment_digest",
    "has_mark",
    "is_mark",
    "is_secret_name",
    "keyed_digest",
    "mark",
    "source_digest",
    "who",
]

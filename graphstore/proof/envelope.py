"""Envelopes: signed payloads as DSSE has them (https://github.com/secure-systems-lab/dsse)."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

__all__ = ["Envelope", "pae"]


def pae(type_: str, payload: bytes) -> bytes:
    """What is signed: a payload and its type, told apart by their lengths."""
    name = type_.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


@dataclass(frozen=True)
class Envelope:
    """A payload, and who signed it."""

    type: str
    payload: bytes
    key: str
    """The public key."""
    signature: str
    """In hexadecimal digits."""

    def to_dict(self) -> dict[str, Any]:
        """It as DSSE has it."""
        return {
            "payload": b64encode(self.payload).decode(),
            "payloadType": self.type,
            "signatures": [
                {"keyid": self.key, "sig": b64encode(bytes.fromhex(self.signature)).decode()}
            ],
        }

    @property
    def json(self) -> str:
        """The file: in this spelling only, so that no byte of it can be another one."""
        return json.dumps(self.to_dict(), separators=(",", ":"), sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Envelope:
        """The envelope that a file holds.

        Raises:
            ValueError: If it holds none.
        """
        try:
            values = json.loads(text)
            (one,) = values["signatures"]
            return cls(
                values["payloadType"],
                b64decode(values["payload"], validate=True),
                one["keyid"],
                b64decode(one["sig"], validate=True).hex(),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"it is no envelope of one signature ({error!r})") from error

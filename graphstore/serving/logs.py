"""What a server says of what it does: one line a call, as text or as JSON.

Records carry their facts as `fields`; none of them is a value that a user stored or asked for. The
one exception is an error that nobody foresaw: it is logged with its traceback, whose last line may
quote one.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import Any, Literal

__all__ = ["logger", "say", "start"]

logger = logging.getLogger("graphstore.server")


def say(level: int, event: str, *, traceback: bool = False, **fields: Any) -> None:
    """Log one event with its facts, and with the traceback of the error that is being handled."""
    logger.log(level, event, extra={"fields": fields}, exc_info=traceback)


def start(form: Literal["text", "json", "off"]) -> None:
    """Write what servers of this process say to standard error; ``off`` leaves warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.WARNING if form == "off" else logging.INFO)


def _time(record: logging.LogRecord) -> str:
    time = datetime.fromtimestamp(record.created, timezone.utc)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Text(logging.Formatter):
    """``TIME LEVEL EVENT name=value ...``"""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        line = " ".join(
            [
                _time(record),
                record.levelname,
                record.getMessage(),
                *(f"{name}={_plain(value)}" for name, value in fields.items()),
            ]
        )
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class _Json(logging.Formatter):
    """One JSON object a line, tracebacks and all."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def _plain(value: object) -> str:
    text = str(value)
    return text if text and " " not in text and '"' not in text else json.dumps(text)

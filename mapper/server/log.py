"""What a server says of itself: a JSON object a line on stderr. No payloads, no secrets."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mapper.base.json import encode


def log(event: str, **details: Any) -> None:
    """Write a line: ``at``, ``event``, and what belongs to it."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    sys.stderr.write(encode({"at": at, "event": event, **details}).decode() + "\n")
    sys.stderr.flush()


def log_libraries() -> None:
    """From now on have warnings of the libraries we use written in the same way."""
    root = logging.getLogger()
    root.handlers = [AsOurs(logging.WARNING)]


class AsOurs(logging.Handler):
    """Of an exception its type and place are told, not its text, which may quote what came in; so may more lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        details: dict[str, Any] = {"library": record.name, "because": record.getMessage().partition("\n")[0]}
        error, trace = record.exc_info[1:] if record.exc_info else (None, None)
        if error is not None:
            details["error"] = type(error).__name__
        while trace is not None:
            details["place"] = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
            trace = trace.tb_next
        log("warning" if record.levelno < logging.ERROR else "error", **details)

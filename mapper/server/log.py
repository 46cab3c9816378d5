"""What a server says of itself: a JSON object a line on stderr. No payloads, no secrets."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from mapper.base.json import encode

Level = Literal["info", "warning", "error"]
"""Warnings are what an operator may have to do something about, errors what ends the server or is a defect."""


def log(event: str, level: Level = "info", **details: Any) -> None:
    """Write a line: ``at``, ``level``, ``event``, and what belongs to it; what is None is not known, and left out.

    Where nobody reads it any more, or the disk is full that it goes to, the server goes on without.
    """
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    with suppress(OSError):
        known = {key: value for key, value in details.items() if value is not None}
        sys.stderr.write(encode({"at": at, "level": level, "event": event, **known}).decode() + "\n")
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
        level: Level = "warning" if record.levelno < logging.ERROR else "error"
        log(level, level, **details)

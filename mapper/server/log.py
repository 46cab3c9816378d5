"""What a server says of itself: a JSON object a line on stderr. No payloads, no secrets."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from mapper.base.json import encode


def log(event: str, **details: Any) -> None:
    """Write a line: ``at``, ``event``, and what belongs to it."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    sys.stderr.write(encode({"at": at, "event": event, **details}).decode() + "\n")
    sys.stderr.flush()

"""An application with Segment's Python library, unchanged but for the host. Tests run it as a program:
``HOST KEY MODE NAME RATE``.

It makes calls of every type, so many a second, until its stdin ends; then it flushes, and prints as JSON which calls
the library took to be delivered and which it reported as failed. One call, whose id ends with ``-long``, exceeds 32 KB.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from segment.analytics.client import Client

TYPES: Final = ("track", "identify", "page", "screen", "group", "alias")
MODES: Final[dict[str, dict[str, Any]]] = {"batched": {}, "gzip": {"gzip": True}, "sync": {"sync_mode": True}}
TEXT: Final = 'é \u2028 \N{PILE OF POO} \\ "'
ODD: Final = {"price": float("nan"), "amount": Decimal("1.5"), "at": datetime(2026, 1, 2), "parts": {1}, "text": TEXT}
LONG: Final = 12
"""The number of the call that is too long."""
_PAUSE: Final = 0.2
"""Seconds for which an application whose call was refused does something else."""


class Application:
    """Makes calls, and notes which of them failed."""

    def __init__(self, host: str, key: str, mode: str, name: str) -> None:
        self.made: list[str] = []
        self.failed: set[str] = set()
        self._name = name
        self._client = Client(key, host=host, on_error=self._note, **MODES[mode])
        self._sync = mode == "sync"

    def call(self, number: int) -> None:
        """The next call; its type goes round."""
        kind, made = TYPES[number % len(TYPES)], f"{self._name}-{number}{'-long' * (number == LONG)}"
        more: dict[str, dict[str, Any]] = {
            "track": {"event": "Opened", "properties": {**ODD, "text": TEXT + "x" * 40_000 * (number == LONG)}},
            "identify": {"traits": {"email": "a@example.com"}},
            "group": {"group_id": 7, "traits": {"plan": "gold"}},
            "alias": {"previous_id": 7},
        }
        self.made.append(made)
        user = f"{self._name}-u{number % 7}"
        try:
            taken, _ = getattr(self._client, kind)(user_id=user, message_id=made, **more.get(kind, {"name": "Home"}))
        except Exception:
            self.failed.add(made)
            time.sleep(_PAUSE)
        else:
            if not taken:
                self.failed.add(made)

    def end(self) -> None:
        """Wait until the library has done with each call."""
        if not self._sync:
            self._client.shutdown()

    def _note(self, _: Exception, batch: Sequence[dict[str, Any]]) -> None:
        self.failed.update(call["messageId"] for call in batch)


def main() -> None:
    """Call until stdin ends."""
    host, key, mode, name, rate = sys.argv[1:]
    application, over = Application(host, key, mode, name), threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    number = 0
    while not over.wait(1 / float(rate)):
        application.call(number)
        number += 1
    application.end()
    delivered = [made for made in application.made if made not in application.failed]
    print(json.dumps({"delivered": delivered, "failed": sorted(application.failed), "made": number}))


if __name__ == "__main__":
    main()

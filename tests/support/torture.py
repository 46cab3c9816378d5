"""How much a long test does: enough for CI, or, under `make torture`, as much as one cares to wait for."""

from __future__ import annotations

import os
from typing import Final

TORTURE: Final = bool(os.environ.get("MAPPER_TORTURE"))


def scaled(ordinary: int, torture: int) -> int:
    """A number for CI, or the greater one."""
    return torture if TORTURE else ordinary

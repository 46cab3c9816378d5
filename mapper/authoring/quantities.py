"""Sizes, durations and rates as people write them."""

from __future__ import annotations

import re
from math import inf
from typing import Any, Final

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(B|[KMGT]i?B)?")
_SIZES: Final[dict[str | None, int]] = {
    **{f"{unit}B": 1_000**power for power, unit in enumerate("KMGT", 1)},
    **{f"{unit}iB": 1_024**power for power, unit in enumerate("KMGT", 1)},
    "B": 1,
    None: 1,
}
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)")
_SPANS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DAYS: Final = re.compile(r"(\d{1,5})\s*d")
_LONGEST: Final = 1e10
"""Seconds of the greatest age, some 300 years."""
_RATE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|m|h)")


def size(value: Any) -> int | None:
    """Bytes: ``1MB`` is a million, ``1MiB`` is 1,048,576; a number is bytes. None where it can't be read."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    return int(float(match[1]) * _SIZES[match[2]]) if match else None


def span(value: Any) -> float | None:
    """Seconds: ``250ms``, ``2s``, ``1m``; a number is seconds. None where it can't be read."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) * _SPANS[match[2]] if match else None


def per_second(value: Any) -> float | None:
    """How many a second: ``1000/s``, ``90/m``. None where it can't be read, or is no limit."""
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    rate = float(match[1]) / _SPANS[match[2]] if match else 0.0
    return rate if 0 < rate < inf else None


def age(text: str) -> float | None:
    """Seconds, as :func:`span` reads them, or days: ``90d``. None where it can't be read, or is longer than history."""
    match = _DAYS.fullmatch(text)
    seconds = int(match[1]) * 86_400.0 if match else span(text)
    return seconds if seconds is not None and seconds <= _LONGEST else None

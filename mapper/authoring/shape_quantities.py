"""Sizes, times and rates as people write them who don't know the form, in the form that is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

_TIME: Final = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>[A-Za-z]+)\.?")
_RATE: Final = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?)\s*(?:[A-Za-z]+\s*)?(?:/|\bper\b|\ba\b|p)\s*(?P<unit>[A-Za-z]+)\.?", re.IGNORECASE
)
_SECONDS: Final = {"s", "sec", "secs", "second", "seconds"}
_MINUTES: Final = {"m", "min", "mins", "minute", "minutes"}
_HOURS: Final = {"h", "hr", "hrs", "hour", "hours"}
_UNITS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(_SECONDS, "s"),
    **dict.fromkeys(_MINUTES, "m"),
    **dict.fromkeys(_HOURS, "h"),
}
_DAYS: Final = {"d", "day", "days"}
_WHOLE: Final = re.compile(r"\d{1,5}")
_SIZES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("b", "byte", "bytes"), "B"),
    **dict.fromkeys(("k", "kb", "kbyte", "kbytes", "kilobyte", "kilobytes"), "KB"),
    **dict.fromkeys(("m", "mb", "mbyte", "mbytes", "megabyte", "megabytes"), "MB"),
    **dict.fromkeys(("ki", "kib", "kibibyte", "kibibytes"), "KiB"),
    **dict.fromkeys(("mi", "mib", "mebibyte", "mebibytes"), "MiB"),
}
_GREATER: Final[Mapping[str, tuple[int, str]]] = {"g": (1_000, "MB"), "gb": (1_000, "MB"), "gib": (1_024, "MiB")}


def in_form(text: str, pattern: str) -> str | None:
    """What was most likely meant, as a text that fits `pattern`; None where nothing does."""
    return next((found for found in _candidates(text.strip()) if re.search(pattern, found)), None)


def _candidates(text: str) -> Iterator[str]:
    rate = _RATE.fullmatch(text)
    if rate:
        yield from _per(rate["number"].replace(",", "."), rate["unit"].lower())
    time = _TIME.fullmatch(text)
    if time:
        number, unit = time["number"].replace(",", "."), time["unit"].lower()
        if unit in _UNITS:
            yield number + _UNITS[unit]
        if _WHOLE.fullmatch(number) and unit in _DAYS:
            yield f"{int(number) * 24}h"
        if unit in _SIZES:
            yield number + _SIZES[unit]
        if _WHOLE.fullmatch(number) and unit in _GREATER:
            factor, smaller = _GREATER[unit]
            yield f"{int(number) * factor}{smaller}"


def _per(number: str, unit: str) -> Iterator[str]:
    for name, words in (("s", _SECONDS), ("m", _MINUTES), ("h", _HOURS)):
        if unit in words:
            yield f"{number}/{name}"

"""Times as the oracle reads them: natero-api section 6 (``created_at``), segment-spec rows 33 to 46."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_read_iso: Final = datetime.fromisoformat
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EARLIEST: Final = -62_135_596_800_000
"""0001-01-01T00:00:00Z in milliseconds since the epoch."""
_LATEST: Final = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z in milliseconds since the epoch."""
_MILLISECONDS_FROM: Final = 100_000_000_000
"""A number below this counts seconds, any other milliseconds."""

_DIGITS: Final = re.compile(r"[0-9]{9,13}")
_MONTH: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2}))?")
_ISO: Final = re.compile(
    r"""([0-9]{4}) (?: -([0-9]{1,2})-([0-9]{1,2}) | ([0-9]{2})([0-9]{2}) )
    (?:
        [T\ ]
        (?: ([0-9]{1,2}) (?: :([0-9]{2}) (?: :([0-9]{2}) (?:[.,]([0-9]+))? )? )?
          | ([0-9]{2})([0-9]{2}) (?: ([0-9]{2}) (?:[.,]([0-9]+))? )? )
        (?: \ ? (?: Z | UTC | ([+-])([0-9]{2}) (?: :?([0-9]{2}) )? ) )?
    )?""",
    re.VERBOSE,
)
_RFC_2822: Final = re.compile(
    r"""(?: (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ,\ * )?
    ([0-9]{1,2}) \ + (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \ + ([0-9]{4})
    \ + ([0-9]{1,2}):([0-9]{2}) (?: :([0-9]{2}) )?
    (?: \ * (?: ([+-])([0-9]{2})([0-9]{2}) | (GMT|UTC|UT|Z|[ECMP][SD]T) ) )?
    (?: \ * \([^()]*\) )?""",
    re.VERBOSE | re.IGNORECASE,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_US_ZONES: Final = {"E": -5, "C": -6, "M": -7, "P": -8}
_DATE_TEXT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


def to_epoch_ms(value: Any) -> int | None:
    """Milliseconds since the epoch, UTC, or None where ``value`` names no moment in the years 1 to 9999."""
    kind = type(value)
    if kind is str:
        # What nearly every call carries; the gate keeps out what fromisoformat reads and we do not, as week dates.
        if (
            len(value) > 19
            and value[19:21] != ".Z"
            and value[10] == "T"
            and (value[-1] == "Z" or value[-6:] == "+00:00")
            and value[7] == "-"
        ):
            try:
                since = _read_iso(value) - _EPOCH
            except ValueError:
                return _from_text(value)
            return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
        return _from_text(value)
    if kind is int or kind is float:
        return _from_number(value)
    return None


def date_text_ms(text: str) -> int | None:
    """The moment of a text that is wholly an ISO-8601 date or date-time in the extended form; None for any other."""
    return to_epoch_ms(text) if _DATE_TEXT.fullmatch(text) else None


def _from_number(value: int | float) -> int | None:
    if not -1e15 < value < 1e15:  # beyond every year we take; infinite or NaN
        return None
    # Through decimal: 1577934245.678 * 1000 as floats is a hair below ...678.
    exact = Decimal(repr(value))
    return _in_range(int(exact * 1000 if value < _MILLISECONDS_FROM else exact))


def _in_range(milliseconds: int) -> int | None:
    return milliseconds if _EARLIEST <= milliseconds <= _LATEST else None


def _from_text(text: str) -> int | None:
    text = text.strip()
    if _DIGITS.fullmatch(text):
        return _from_number(int(text))
    if match := _ISO.fullmatch(text):
        return _from_iso(match)
    if match := _MONTH.fullmatch(text):
        return _moment(int(match[1]), int(match[2] or 1), 1)
    if match := _RFC_2822.fullmatch(text):
        return _from_rfc_2822(match)
    return None


def _from_iso(match: re.Match[str]) -> int | None:
    year, month, day, basic_month, basic_day, hour, minute, second, fraction, *others = match.groups()
    if hour is None:
        hour, minute, second, fraction = others[:4]
    sign, offset_hours, offset_minutes = others[4:]
    return _moment(
        int(year),
        int(month or basic_month),
        int(day or basic_day),
        (int(hour or 0), int(minute or 0), int(second or 0), int((fraction or "")[:3].ljust(3, "0"))),
        _offset(sign, int(offset_hours or 0), int(offset_minutes or 0)),
    )


def _from_rfc_2822(match: re.Match[str]) -> int | None:
    day, month, year, hour, minute, second, sign, offset_hours, offset_minutes, zone = match.groups()
    offset = _offset(sign, int(offset_hours or 0), int(offset_minutes or 0))
    if zone and zone[0].upper() in _US_ZONES:
        offset = 60 * (_US_ZONES[zone[0].upper()] + (zone[1].upper() == "D"))
    clock = (int(hour), int(minute), int(second or 0), 0)
    return _moment(int(year), _MONTHS.index(month.lower()) + 1, int(day), clock, offset)


def _offset(sign: str | None, hours: int, minutes: int) -> int | None:
    """Minutes east of UTC; None where no place on earth could have it."""
    if hours > 23 or minutes > 59:
        return None
    return -(hours * 60 + minutes) if sign == "-" else hours * 60 + minutes


def _moment(
    year: int, month: int, day: int, clock: tuple[int, int, int, int] = (0, 0, 0, 0), offset: int | None = 0
) -> int | None:
    """Milliseconds of a wall-clock time; 24:00 is the next day's start, second 60 the next minute's."""
    hour, minute, second, milli = clock
    if offset is None or minute > 59 or second > 60 or hour > 24 or (hour == 24 and (minute or second or milli)):
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    return _in_range(((days * 24 + hour) * 60 + minute - offset) * 60_000 + second * 1000 + milli)

"""Moments: what people write for a date or time, as milliseconds since the epoch in UTC.

No time zone in the text means UTC. A fraction finer than a millisecond goes down to the earlier one, before 1970 too.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
from_iso: Final = datetime.fromisoformat
NO_TIME: Final = (ValueError, TypeError)
"""What the difference of the two raises: it reads no time, or one without a zone."""
_PLAIN_EPOCH: Final = datetime(1970, 1, 1)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EARLIEST: Final = -62_135_596_800_000  # 0001-01-01T00:00:00.000Z
_LATEST: Final = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z
_SECONDS_BELOW: Final = 100_000_000_000
USUAL_LENGTH: Final = 24
USUAL_MARKS: Final = "--T::."
_USUAL: Final = {20: "--T::Z", USUAL_LENGTH: USUAL_MARKS, 27: "--T::."}
"""By length, every third character from the fifth on of a UTC time as SDKs write it: without fraction, to ms, to µs.

Most are to ms. Just these shapes may go to `fromisoformat` unseen: elsewhere it takes what is no time, such as
``10:40:05xZ``.
"""
END: Final = "\0"
"""Must not be in them: after a Z, `fromisoformat` takes it for the end of the text."""

_ZONE = r"(?P<zone>[Zz]|UTC|[+-](?P<zh>\d\d)(?::?(?P<zm>\d\d))?)"
_DATE_TIME: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d?)(?:-(?P<day>\d\d?))?|(?P<bmonth>\d\d)(?P<bday>\d\d))?"
    r"(?:[Tt ](?:(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"|(?P<bhour>\d\d)(?P<bminute>\d\d)(?:(?P<bsecond>\d\d)(?:[.,](?P<bfraction>\d+))?)?)"
    rf"(?: ?{_ZONE})?)?",
    re.ASCII,
)
_EXTENDED: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_MAIL: Final = re.compile(
    r"(?:[A-Za-z]{3},[ ]*)?(?P<day>\d\d?)[ ](?P<name>[A-Za-z]{3})[ ](?P<year>\d{4})[ ]"
    r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
    r"(?:[ ](?P<zone>[A-Z]{1,3}|[+-](?P<zh>\d\d)(?P<zm>\d\d)))?",
    re.ASCII,
)
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_MAIL_ZONES: Final = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip


def epoch_ms(value: Any) -> int | None:
    """Milliseconds since the epoch, UTC.

    Takes ISO 8601 dates and times (extended or basic, also with a space for the T or without leading zeros),
    RFC 2822 dates, numbers and strings of 9 to 13 digits. A number nearer to 0 than 100,000,000,000 counts seconds,
    any other milliseconds. Gives None for anything else and for moments outside the years 1 to 9999.
    """
    kind = type(value)
    if kind is str:
        if _is_usual(value):
            try:
                since = from_iso(value) - EPOCH
            except NO_TIME:
                return _read(value.strip())
            return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
        if value[26:] == "+00:00":
            return epoch_ms(value[:26] + "Z")
        return _read(value.strip())
    if kind is int or kind is float:
        return _from_number(value)
    return None


def iso8601(value: Any) -> str | None:
    """The same moment as ``YYYY-MM-DDTHH:MM:SS.mmmZ``, by the rules of :func:`epoch_ms`."""
    moment = epoch_ms(value)
    if moment is None:
        return None
    return (_PLAIN_EPOCH + timedelta(milliseconds=moment)).isoformat(timespec="milliseconds") + "Z"


def is_date(value: Any) -> bool:
    """Whether a value is a string that is wholly an extended ISO 8601 date or date-time, and exists.

    What is one is also readable by :func:`epoch_ms`.
    """
    # Most strings asked about are no dates: the first line must settle those.
    if type(value) is not str or value[7:8] != "-" or value[4] != "-":
        return False
    try:
        if len(value) == 10:
            date.fromisoformat(value)
            return True
        if _is_usual(value):
            datetime.fromisoformat(value)
            return True
    except ValueError:
        pass  # 24:00:00 and :60 are still to be looked at
    return _EXTENDED.fullmatch(value) is not None and epoch_ms(value) is not None


def _is_usual(text: str) -> bool:
    return text[4:20:3] == _USUAL.get(len(text)) and text[-1] == "Z" and END not in text


def _from_number(value: float) -> int | None:
    if not -_LATEST <= value <= _LATEST:  # NaN too
        return None
    if abs(value) >= _SECONDS_BELOW:
        moment = math.floor(value)
    elif type(value) is int or value.is_integer():
        moment = int(value) * 1000
    else:
        moment = math.floor(Decimal(repr(value)) * 1000)  # the decimals as written, not their binary neighbour
    return moment if _EARLIEST <= moment <= _LATEST else None


def _read(text: str) -> int | None:
    if 9 <= len(text) <= 13 and text.isascii() and text.isdigit():
        return _from_number(int(text))
    if len(text) == 10 and text[4] == text[7] == "-":
        try:
            return (date.fromisoformat(text).toordinal() - _EPOCH_DAY) * 86_400_000
        except ValueError:
            return None
    match = _DATE_TIME.fullmatch(text)
    if match is not None:
        (year, month, day, bmonth, bday, hour, minute, second, fraction,
         bhour, bminute, bsecond, bfraction, zone, zh, zm) = match.groups()  # fmt: skip
        time = (hour or bhour, minute or bminute, second or bsecond, fraction or bfraction)
        return _moment((year, month or bmonth, day or bday), time, _offset(zone, zh, zm))
    match = _MAIL.fullmatch(text)
    if match is not None and (month := _MONTHS.get(match["name"].lower())):
        time = (match["hour"], match["minute"], match["second"], None)
        return _moment((match["year"], month, match["day"]), time, _mail_offset(match))
    return None


def _offset(zone: str | None, hours: str | None, minutes: str | None) -> int | None:
    """Minutes ahead of UTC; None for an impossible offset."""
    if zone is None or hours is None:
        return 0
    if int(hours) > 23 or int(minutes or 0) > 59:
        return None
    ahead = int(hours) * 60 + int(minutes or 0)
    return -ahead if zone[0] == "-" else ahead


def _mail_offset(match: re.Match[str]) -> int | None:
    zone = match["zone"]
    if zone is None or match["zh"] is not None:
        return _offset(zone, match["zh"], match["zm"])
    hours = _MAIL_ZONES.get(zone)
    return None if hours is None else hours * 60


def _moment(
    day: tuple[str, str | int | None, str | None],
    time: tuple[str | None, str | None, str | None, str | None],
    offset: int | None,
) -> int | None:
    """Put the parts together: 24:00:00 is the next day, second 60 the next minute."""
    hour, minute, second = (int(part or 0) for part in time[:3])
    thousandths = int((time[3] or "0")[:3].ljust(3, "0"))
    if offset is None or hour > 24 or minute > 59 or second > 60:
        return None
    if hour == 24 and (minute or second or (time[3] or "").strip("0")):
        return None
    try:
        days = date(int(day[0]), int(day[1] or 1), int(day[2] or 1)).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    moment = (((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + thousandths
    return moment if _EARLIEST <= moment <= _LATEST else None

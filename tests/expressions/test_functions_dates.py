"""Dates and times: what is read, to which millisecond, and what is not."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mapper.expressions.functions.instant import epoch_ms, is_date, iso8601

_DAY = 1577923200000  # 2020-01-02T00:00:00Z
_TIME = _DAY + ((3 * 60 + 4) * 60 + 5) * 1000  # 03:04:05


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        # extended, offsets
        ("2020-01-02T03:04:05Z", _TIME),
        ("2020-01-02T03:04:05z", _TIME),
        ("2020-01-02t03:04:05z", _TIME),
        ("2020-01-02T03:04:05", _TIME),
        ("2020-01-02 03:04:05", _TIME),
        ("2020-01-02 03:04:05 UTC", _TIME),
        ("2020-01-02 03:04:05 +0000", _TIME),
        ("2020-01-02T03:04Z", _TIME - 5000),
        ("2020-01-02T03:04:05+05:30", _TIME - 19_800_000),
        ("2020-01-02T03:04:05+0530", _TIME - 19_800_000),
        ("2020-01-02T03:04:05-08", _TIME + 28_800_000),
        ("2020-01-02T03:04:05.123456+00:00", _TIME + 123),
        ("  2020-01-02T03:04:05Z\n", _TIME),
        # fractions go down to the millisecond
        ("2020-01-02T03:04:05.6Z", _TIME + 600),
        ("2020-01-02T03:04:05,678Z", _TIME + 678),
        ("2020-01-02T03:04:05.678999Z", _TIME + 678),
        ("2020-01-02T03:04:05.678999999+00:00", _TIME + 678),
        ("2020-01-02T03:04:05." + "9" * 5000 + "Z", _TIME + 999),
        ("1969-12-31T23:59:59.9999Z", -1),
        ("1969-12-31T23:59:59.0001Z", -1000),
        # dates, basic forms, unpadded
        ("2020-01-02", _DAY),
        ("2020-01", _DAY - 86_400_000),
        ("2020", _DAY - 86_400_000),
        ("20200102", _DAY),
        ("20200102T030405Z", _TIME),
        ("20200102T030405.6789-0800", _TIME + 28_800_678),
        ("20200102T0304", _TIME - 5000),
        ("2015-2-2T3:04:05Z", 1422846245000),
        # rolling over
        ("2020-01-01T24:00:00Z", _DAY),
        ("2020-01-01T24:00", _DAY),
        ("2016-12-31T23:59:60Z", 1483228800000),
        ("2016-12-31T23:59:60.25Z", 1483228800250),
        # mail
        ("Thu, 02 Jan 2020 03:04:05 +0000", _TIME),
        ("Thu,  2 Jan 2020 03:04:05 GMT", _TIME),
        ("2 Jan 2020 03:04 -0800", _TIME - 5000 + 28_800_000),
        ("02 jan 2020 03:04:05 PDT", _TIME + 25_200_000),
        ("02 Jan 2020 03:04:05", _TIME),
        # numbers
        (1577934245, _TIME),
        (1577934245.0, _TIME),
        (1577934245.123, _TIME + 123),
        (1577934245.1239, _TIME + 123),
        (1577934245678, _TIME + 678),
        (1577934245678.9, _TIME + 678),
        ("1577934245", _TIME),
        ("1577934245678", _TIME + 678),
        ("157793424", 157793424000),
        (99_999_999_999, 99_999_999_999_000),
        (100_000_000_000, 100_000_000_000),
        (0, 0),
        (-1, -1000),
        (-0.0015, -2),
        (-100_000_000_000, -100_000_000_000),
        # the ends of time
        ("0001-01-01", -62135596800000),
        ("9999-12-31T23:59:59.999999Z", 253402300799999),
    ],
)
def test_read(written: Any, moment: int) -> None:
    found = epoch_ms(written)

    assert found == moment
    assert type(found) is int


@pytest.mark.parametrize(
    "written",
    [
        None, True, False, [], {}, "", " ", "Z", "now", "2020-02-30", "2020-13-01", "2020-00-10", "2019-02-29",
        "0000-01-01", "2020-W01-1", "2020-001", "2020W011", "01/02/2020", "2020/01/02", "02.01.2020",
        "--05-12", "10:40:05",
        "2020-01-02T25:00:00Z", "2020-01-02T24:00:01Z", "2020-01-02T24:00:00.001Z", "2020-01-02T03:60:00Z",
        "2020-01-02T03:04:61Z", "2020-01-02T03:04:05+24:00", "2020-01-02T03:04:05+01:60",
        "2020-01-02T03:04:05+01:00:30",
        "2020-01-02T03:04:05.Z", "2020-01-02T03:04:05xZ", "2020-01-02T03:04:05.123456400:0Z", "2020-01-02T03:04:5Z",
        "2020-01-02x03:04:05", "2020-01-02T03", "2020-01-02T03:04.5", "2020-01-02  03:04:05",
        "2020-01-02T", "2020-01-02Z",
        "２０２０-01-02", "2020-01-02T03:04:05.٣Z", "20200", "2020010", "12345678901234", "-1577934245", "1577934245.5",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:00-00:01", "9999-12-31T24:00:00Z",
        "2020-01-02T03:Z\0:05.123Z", "2020-01-02T03:04:05.1Z\0",
        "Thu, 31 Feb 2020 03:04:05 +0000", "Thu, 02 Jun 20 03:04:05 GMT", "02 Jam 2020 03:04:05 GMT",
        "02 Jan 2020 03:04 XYZ",
        "Thu, 02 Jan 2020 03:04:05 +2500", float("nan"), float("inf"), 1e300, 10**400, 253402300800000, -62135596801,
    ],
)  # fmt: skip
def test_not_read(written: Any) -> None:
    assert epoch_ms(written) is None
    assert iso8601(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "2020-01-02", "2020-02-29", "0001-01-01", "2020-01-02T03:04", "2020-01-02T03:04:05", "2020-01-02T03:04:05Z",
        "2020-01-02T03:04:05.678Z", "2020-01-02T03:04:05,6Z", "2020-01-02T03:04:05.123456789+05:30",
        "2020-01-02T03:04:05.123456Z", "2020-01-02T03:04:05-0800", "2020-01-02T03:04:05-08", "2020-01-02T03:04Z",
        "2020-01-01T24:00:00Z", "2020-01-01T24:00:00.000Z", "2016-12-31T23:59:60Z",
    ],
)  # fmt: skip
def test_is_a_date(written: str) -> None:
    assert is_date(written) is True
    assert epoch_ms(written) is not None


@pytest.mark.parametrize(
    "written",
    [
        None, True, 2020, 1577934245678, [], {}, "", "enterprise", "2020", "2020-01", "20200102", "20200102T030405Z",
        "2020-01-02 03:04:05", "2020-01-02T03:04:05 UTC", "2020-01-02T03:04:05z", "2020-01-02t03:04:05Z", " 2020-01-02",
        "2020-01-02\n", "2020-1-2", "2020-02-30", "2019-02-29", "0000-01-01", "2020-W01-1", "2020-01-02T3:04:05Z",
        "2020-01-02T03", "2020-01-02T24:00:01Z", "2020-01-02T03:04:05+25:00", "2020-01-02T03:04:05xZ", "1577934245",
        "9999-12-31T24:00:00Z", "Thu, 02 Jan 2020 03:04:05 +0000", "２０２０-01-02", "555-1234",
        "2020-01-0", "abcd-ef-gh", "2020-01-02T03:Z\0:05.123Z",
    ],
)  # fmt: skip
def test_is_no_date(written: Any) -> None:
    assert is_date(written) is False


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        ("2020-01-02", "2020-01-02T00:00:00.000Z"),
        ("0001-01-01", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        (-1, "1969-12-31T23:59:59.000Z"),
    ],
)
def test_shown_as_iso8601(written: Any, shown: str) -> None:
    assert iso8601(written) == shown


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENTS = st.datetimes(
    datetime(2, 1, 1),
    datetime(9998, 12, 31),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(_MOMENTS)
@example(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
def test_agrees_with_the_standard_library(moment: datetime) -> None:
    expected = (moment - _EPOCH) // timedelta(milliseconds=1)

    for written in (moment.isoformat(), moment.isoformat(" "), moment.isoformat(timespec="microseconds")):
        assert epoch_ms(written) == expected
        assert is_date(written) is (written[10] == "T")
    utc = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    assert epoch_ms(utc) == expected
    assert iso8601(moment.isoformat()) == utc
    assert epoch_ms(format_datetime(moment)) == expected // 1000 * 1000


@given(st.one_of(st.integers(10**11, 253_402_300_799_999), st.integers(-62_135_596_800_000, -(10**11))))
def test_iso8601_is_read_back(moment: int) -> None:
    assert epoch_ms(iso8601(moment)) == moment


def test_the_quick_way_takes_nothing_that_the_strict_one_refuses() -> None:
    """`fromisoformat` is lax; a blank before the text leads past it."""
    chance = random.Random(20200102)
    shapes = (
        "2024-07-01T10:40:05.891Z", "2024-07-01T10:40:05Z", "2024-07-01T10:40:05.123456+00:00",
        "2024-07-01T10:40:05.123456Z", "2020-02-29T23:59:60.912Z", "2020-01-02T24:00:00.000Z",
    )  # fmt: skip
    read = 0
    for _ in range(20_000):
        characters = list(chance.choice(shapes))
        for _ in range(chance.randint(1, 3)):
            characters[chance.randrange(len(characters))] = chance.choice("0123456789TtZz+-:., WUé٣\0")
        written = "".join(characters)
        strict = epoch_ms(" " + written)
        assert epoch_ms(written) == strict, written
        assert strict is not None or not is_date(written), written
        read += strict is not None
    assert read > 1_500

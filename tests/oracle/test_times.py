"""Which times the oracle reads, and as which moment: worked out by hand from segment-spec rows 33 to 46."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.times import date_text_ms, to_epoch_ms
from tests.support.pools import READABLE_DATES, UNREADABLE_DATES

MOMENTS = {
    "2020-01-02T03:04:05.678Z": 1577934245678,
    "2020-01-02T03:04:05.6789999Z": 1577934245678,
    "2020-01-02T03:04:05,6": 1577934245600,
    "2020-01-02 03:04:05 UTC": 1577934245000,
    "2020-01-02T03:04:05+05:30": 1577914445000,
    "2020-01-02T03:04:05-0800": 1577963045000,
    "2020-01-02T03:04:05+05": 1577916245000,
    "20200102T030405Z": 1577934245000,
    "2015-2-2T3:04:05Z": 1422846245000,
    "2020-01-02": 1577923200000,
    "20200102": 1577923200000,
    "2020-01": 1577836800000,
    "2020": 1577836800000,
    "2019-12-31T24:00:00Z": 1577836800000,
    "2019-12-31T23:59:60Z": 1577836800000,
    "1969-12-31T23:59:59.999Z": -1,
    "Thu, 02 Jan 2020 03:04:05 -0500": 1577952245000,
    "1577934245": 1577934245000,
    "1577934245678": 1577934245678,
    1577934245.678: 1577934245678,
    99_999_999_999: 99_999_999_999_000,
    100_000_000_000: 100_000_000_000,
    0: 0,
}


@pytest.mark.parametrize(("given", "expected"), MOMENTS.items())
def test_moments(given: Any, expected: int) -> None:
    assert to_epoch_ms(given) == expected


@pytest.mark.parametrize("given", [*UNREADABLE_DATES, True, None, [], {"$date": "2020-01-02T03:04:05Z"}])
def test_what_is_no_moment(given: Any) -> None:
    assert to_epoch_ms(given) is None


@pytest.mark.parametrize("given", READABLE_DATES)
def test_readable_dates_are_read(given: Any) -> None:
    assert to_epoch_ms(given) is not None


@pytest.mark.parametrize(
    "given", ["2020-01-02T03:04:05Z", "2020-01-02T03:04", "2020-01-02", "2020-01-02T03:04:05.1+05"]
)
def test_texts_that_become_event_dimensions(given: str) -> None:
    assert date_text_ms(given) is not None


@pytest.mark.parametrize("given", ["2020-01-02 03:04:05", "2020-01", "20200102", "2020-02-30", "on 2020-01-02", "2020"])
def test_texts_that_stay_labels(given: str) -> None:
    assert date_text_ms(given) is None

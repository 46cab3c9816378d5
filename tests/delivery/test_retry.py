from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.delivery.retry import backoff, is_expired, parse_retry_after
from mapper.records.policy import RetryPolicy
from tests.delivery.kit import WALL

POLICY = RetryPolicy(base=1.0, cap=300.0)


def test_backoff_doubles_up_to_the_cap() -> None:
    assert [backoff(n, POLICY, 0.5) for n in (1, 2, 3, 9, 10, 1_000_000)] == [0.5, 1.0, 2.0, 128.0, 150.0, 150.0]


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_backoff_is_full_jitter_within_the_cap(attempt: int, random: float) -> None:
    assert 0 <= backoff(attempt, POLICY, random) <= POLICY.cap
    assert backoff(attempt, POLICY, 0.0) == 0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("-5", 0.0),
        ("99999999999999999999999", 300.0),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        ("Tuesday, 14-Nov-23 22:13:50 GMT", 30.0),
        ("Tue Nov 14 22:13:50 2023", 30.0),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0.0),
        ("Tue, 14 Nov 2993 22:13:00 GMT", 300.0),
        ("Tue, 14 Nov 1066 22:13:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("12 parsecs", None),
        ("Tue, 99 Nov 2023 22:13:50 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, WALL, cap=300.0) == seconds


@given(st.text())
def test_no_retry_after_breaks_it(header: str) -> None:
    seconds = parse_retry_after(header, WALL, cap=300.0)
    assert seconds is None or 0 <= seconds <= 300


@given(st.integers(0, 300))
def test_a_date_says_what_the_seconds_say(seconds: int) -> None:
    assert parse_retry_after(formatdate(WALL + seconds, usegmt=True), WALL, cap=300.0) == seconds


def test_expiry() -> None:
    assert not is_expired(100.0, 109.9, 10.0)
    assert is_expired(100.0, 110.0, 10.0)

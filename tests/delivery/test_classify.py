from __future__ import annotations

from typing import Any

import pytest

from mapper.delivery.classify import judge, timed_out
from mapper.records.policy import RecordRuling, Response, RetryPolicy, Verdict
from tests.delivery.kit import WALL, target

PLAIN = target("http://x")


@pytest.mark.parametrize(
    ("status", "ruling"),
    [
        *[(status, "delivered") for status in (200, 201, 202, 204, 299)],
        *[(status, "misconfigured") for status in (300, 301, 302, 303, 304, 307, 308, 401, 403, 404)],
        *[(status, "bisect") for status in (400, 413, 422)],
        *[(status, "retry") for status in (408, 500, 502, 503, 504, 507, 599)],
        (429, "throttled"),
        *[(status, "rejected") for status in (402, 405, 406, 409, 410, 411, 415, 418, 431, 451, 499, 501, 600)],
    ],
)
def test_by_status(status: int, ruling: str) -> None:
    assert judge(Response(status=status), PLAIN, WALL) == Verdict(ruling=ruling, because=f"HTTP {status}")  # type: ignore[arg-type]  # ruling is a parameter


@pytest.mark.parametrize(
    ("status", "header", "expected"),
    [
        (429, "12", ("throttled", 12.0)),
        (503, "12", ("throttled", 12.0)),
        (503, "Tue, 14 Nov 2023 22:13:50 GMT", ("throttled", 30.0)),
        (503, "whenever", ("retry", None)),
        (429, "whenever", ("throttled", None)),
        (429, "86400", ("throttled", 300.0)),
        (500, "12", ("retry", 12.0)),
    ],
)
def test_retry_after(status: int, header: str, expected: tuple[str, float | None]) -> None:
    verdict = judge(Response(status=status, headers={"retry-after": header}), PLAIN, WALL)
    assert (verdict.ruling, verdict.retry_after) == expected


def test_retry_after_is_clamped_by_the_targets_policy() -> None:
    short = target("http://x", retry=RetryPolicy(cap=5.0))
    assert judge(Response(status=429, headers={"retry-after": "60"}), short, WALL).retry_after == 5.0


@pytest.mark.parametrize(("date", "seconds"), [("Tue, 14 Nov 2023 22:13:20 GMT", 30.0), ("yesterday", 0.0), ("", 0.0)])
def test_the_answers_own_date_goes_before_our_clock(date: str, seconds: float) -> None:
    headers = {"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT", "date": date}
    assert judge(Response(status=429, headers=headers), PLAIN, WALL + 3600).retry_after == seconds


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response(status=None, error="timed out"), True),
        (Response(status=None, error="timed out while connecting"), False),
        (Response(status=None, error="connection refused"), False),
        (Response(status=504), True),
        (Response(status=408), True),
        (Response(status=503), False),
        (Response(status=200), False),
    ],
)
def test_time_outs_are_those_of_requests_that_arrived(response: Response, expected: bool) -> None:
    assert timed_out(response) is expected


@pytest.mark.parametrize(
    ("error", "ruling"),
    [
        ("timed out", "retry"),
        ("connection refused", "retry"),
        ("certificate not accepted: expired", "misconfigured"),
        ("request can't be sent: malformed URL or header", "misconfigured"),
    ],
)
def test_no_answer(error: str, ruling: str) -> None:
    verdict = judge(Response(status=None, error=error), PLAIN, WALL)
    assert (verdict.ruling, verdict.because) == (ruling, error)


def test_the_destinations_own_rules_come_first() -> None:
    own = Verdict(
        ruling="resend", because="two failed", records=(RecordRuling(index=1, ruling="rejected", because="bad"),)
    )
    assert judge(Response(status=200), target("http://x", judge=lambda _: own), WALL) == own


def test_an_own_verdict_waits_as_long_as_the_answer_asks() -> None:
    own = target("http://x", judge=lambda _: Verdict(ruling="throttled", because="quota"))
    assert judge(Response(status=200, headers={"retry-after": "9"}), own, WALL).retry_after == 9.0


def test_own_rules_are_not_asked_where_there_is_no_answer() -> None:
    def fail(_: Any) -> Verdict:
        raise AssertionError

    assert judge(Response(status=None, error="timed out"), target("http://x", judge=fail), WALL).ruling == "retry"

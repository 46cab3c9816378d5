"""A queue looked at again and again: what people see, and the rates."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from mapper.app.watching import Look, Looks, record_of, screen_of
from mapper.delivery.durable.view import View
from mapper.render.cells import width

AT = 1_767_323_045_678


def look(seconds: float, delivered: int, pending: int, live: dict[str, Any] | None = None) -> Look:
    at = AT + round(seconds * 1000)
    ledger = Counter({("lines", ""): delivered + pending + 3, ("read", ""): delivered + pending + 3})
    ledger.update({("delivered", ""): delivered, ("skipped", "no usable user id"): 2, ("rejected", "HTTP 400"): 1})
    return Look(
        at,
        View(
            holder=4711,
            ledger=ledger,
            pending=Counter({("natero", "event"): pending}),
            oldest=at - 61_000 if pending else None,
            letters=1,
            live={key: (at, value) for key, value in (live or {}).items()},
        ),
    )


LIVE = {
    "requests": {
        "natero/event": {"breaker": "closed", "concurrency": 12, "in_flight": 4, "not_before": None},
        "natero/account": {"breaker": "open", "concurrency": 1, "in_flight": 0, "not_before": AT + 45_000},
    },
    "last_error": {
        "request": "natero/event",
        "ruling": "retry",
        "because": "HTTP 503: the service is down for maintenance, which takes until noon",
        "status": 503,
        "at": AT,
    },
}
WIDE = """\
queue.db at 03:04:37 UTC

                    all     a second   over a minute
read             66,203        1,000           2,000
delivered        64,000          300           1,996
skipped               2          0.0             0.0
dead                  1          0.0             0.0
pending           2,200         +700            +4.0

          2,200  natero/event
          the oldest for 1 min 1 s
1 dead letter is kept
last error 32 s ago: natero/event: HTTP 503: the service is down for maintenance, which takes until noon
natero/account: breaker open for 13 s; 0 in flight, at most 1 at a time
natero/event: breaker closed; 4 in flight, at most 12 at a time
process 4711 has it
"""


def seen() -> Looks:
    looks = Looks()
    for each in (look(0, 128, 2072), look(30, 63_400, 800), look(32, 64_000, 2200, LIVE)):
        looks.add(each)
    return looks


@pytest.mark.parametrize("room", [120, 80])
def test_what_people_see(room: int) -> None:
    lines = screen_of(seen(), "queue.db", room)
    expected = WIDE.splitlines()
    if room == 80:
        at = next(at for at, line in enumerate(expected) if line.startswith("last error"))
        expected[at] = "last error 32 s ago: natero/event: HTTP 503: the service is down for maintenanc…"
    assert lines == expected
    assert max(map(width, lines)) <= room


def test_programs_see_the_same() -> None:
    found = record_of(seen())
    assert (found["at"], found["delivered"], found["oldest_pending_seconds"]) == (AT + 32_000, 64_000, 61.0)
    assert found["per_second"]["now"] == {
        "read": 1000.0,
        "delivered": 300.0,
        "skipped": 0.0,
        "dead": 0.0,
        "pending": 700.0,
    }
    assert found["per_second"]["minute"]["delivered"] == (64_000 - 128) / 32


def test_the_first_look_tells_no_rate() -> None:
    looks = Looks()
    looks.add(look(0, 10, 0))
    assert set(looks.since_last().values()) == {None}
    assert screen_of(looks, "q", None)[4] == "delivered            10            -               -"


def test_a_minute_is_remembered_and_no_more() -> None:
    looks = Looks()
    for second in range(0, 200, 2):
        looks.add(look(second, second * second, 0))
    assert looks.since_last()["delivered"] == (198**2 - 196**2) / 2
    assert looks.over_a_minute()["delivered"] == (198**2 - 138**2) / 60


def test_a_clock_that_was_put_back_gives_no_wrong_rates() -> None:
    looks = Looks()
    looks.add(look(100, 10, 0))
    looks.add(look(50, 20, 0))
    assert looks.since_last()["delivered"] is None
    looks.add(look(52, 40, 0))
    assert looks.over_a_minute()["delivered"] == 10.0

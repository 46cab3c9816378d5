"""What people see of a live view, in narrow and in wide terminals."""

from __future__ import annotations

import msgspec
import pytest

from mapper.records.tail import TailEntry
from mapper.render.cells import width
from mapper.render.tail import lines_of

AT = 1_767_323_045_678
AJS = "ajs-next-1719830405123-7c0d9f1e-51a2-4b0f-9a55-2f3fc9e9c616"
ENTRIES = [
    TailEntry(
        at=AT,
        outcome="queued",
        source="web",
        type="track",
        message_id=AJS,
        destination="natero",
        mapping="track",
        request="event",
    ),
    TailEntry(
        at=AT,
        outcome="skipped",
        source="web",
        type="page",
        message_id="m-2",
        destination="natero",
        because="no usable user id",
    ),
    TailEntry(at=AT, outcome="dead", source="web", reason="invalid", because="not JSON: ends too early, at column 12"),
    TailEntry(
        at=AT,
        outcome="dead",
        source="web",
        type="identify",
        message_id=AJS,
        destination="natero",
        mapping="identify",
        request="event",
        reason="rejected",
        because="HTTP 400: details.email is no address, and nobody of that name is known here",
        status=400,
        attempts=1,
        seconds=3.2,
    ),
    TailEntry(
        at=AT + 267,
        outcome="delivered",
        source="web",
        type="track",
        message_id=AJS,
        destination="natero",
        mapping="track",
        request="event",
        status=200,
        attempts=3,
        seconds=0.2671,
    ),
    TailEntry(at=AT, outcome="delivered", source="ios", type="track", message_id="m-3", attempts=1, seconds=7500.0),
    TailEntry(at=AT, outcome="delivered", source="old", type="track", message_id="m-4", attempts=1, seconds=8e7),
    TailEntry(
        at=AT,
        outcome="retry",
        destination="natero",
        request="event",
        reason="throttled",
        because="HTTP 429",
        status=429,
        wait=2.0,
        count=1500,
    ),
    TailEntry(at=AT, outcome="retry", destination="natero", request="event", because="HTTP 401", count=1),
    TailEntry(at=AT, outcome="refused", path="tracking", status=401, because="the write key is missing or unknown"),
    TailEntry(at=AT, outcome="missed", count=1204),
]
NARROW = """\
03:04:05.678 queued    web      track    natero/track     …f3fc9e9c616
03:04:05.678 skipped   web      page     natero           m-2  no usable user id
03:04:05.678 dead      web      -        -                -
             invalid: not JSON: ends too early, at column 12
03:04:05.678 dead      web      identify natero/identify  …f3fc9e9c616
             rejected: HTTP 400: details.email is no address, and nobody of that
             name is known here
03:04:05.945 delivered web      track    natero/track     …f3fc9e9c616
             0.27 s at try 3
03:04:05.678 delivered ios      track    -                m-3  125 min
03:04:05.678 delivered old      track    -                m-4  926 days
03:04:05.678 retry     natero/event  HTTP 429; 1,500 events again in 2 s
03:04:05.678 retry     natero/event  HTTP 401; 1 event not again for now
03:04:05.678 refused   tracking  401: the write key is missing or unknown
03:04:05.678 missed    1,204 more that were not read in time
"""
WIDE = f"""\
03:04:05.678 queued    web      track    natero/track     {AJS}
03:04:05.678 skipped   web      page     natero           m-2  no usable user id
03:04:05.678 dead      web      -        -                -  invalid: not JSON: ends too early, at column 12
03:04:05.678 dead      web      identify natero/identify  {AJS}
             rejected: HTTP 400: details.email is no address, and nobody of that name is known here
03:04:05.945 delivered web      track    natero/track     {AJS}
             0.27 s at try 3
03:04:05.678 delivered ios      track    -                m-3  125 min
03:04:05.678 delivered old      track    -                m-4  926 days
03:04:05.678 retry     natero/event  HTTP 429; 1,500 events again in 2 s
03:04:05.678 retry     natero/event  HTTP 401; 1 event not again for now
03:04:05.678 refused   tracking  401: the write key is missing or unknown
03:04:05.678 missed    1,204 more that were not read in time
"""


def shown(room: int | None, *, color: bool = False) -> str:
    return "".join(f"{line}\n" for entry in ENTRIES for line in lines_of(entry, color=color, room=room))


@pytest.mark.parametrize(("room", "expected"), [(80, NARROW), (120, WIDE)])
def test_what_happens(room: int, expected: str) -> None:
    found = shown(room)
    assert found == expected
    assert max(map(width, found.splitlines())) <= room


@pytest.mark.parametrize("seconds", [0.2671, 99.9, 50_000.0])
def test_what_is_delivered_at_once_is_one_line_in_80_columns(seconds: float) -> None:
    (entry,) = (each for each in ENTRIES if each.outcome == "delivered" and each.message_id == AJS)
    entry = msgspec.structs.replace(entry, attempts=1, mapping="identify", seconds=seconds)
    (line,) = lines_of(entry, color=False, room=80)
    assert width(line) <= 80


def test_where_no_terminal_is_each_is_one_line() -> None:
    assert len(shown(None).splitlines()) == len(ENTRIES)


def test_colours_change_nothing_but_colours() -> None:
    painted = shown(80, color=True)
    for tint in ("32", "31", "33", "2", "0"):
        painted = painted.replace(f"\x1b[{tint}m", "")
    assert painted.replace("\x1b[0m", "") == NARROW


def test_what_a_call_says_of_itself_moves_no_cursor() -> None:
    entry = TailEntry(at=AT, outcome="skipped", source="web", type="a\x1b[2J", message_id="b\r\nc", because="d\x07")
    (line,) = lines_of(entry, color=False, room=120)
    assert line == "03:04:05.678 skipped   web      a␛[2J    -                b␍␊c  d␇"


def test_what_goes_below_is_broken_by_columns_and_not_in_code() -> None:
    entry = TailEntry(
        at=AT, outcome="skipped", source="web", message_id="m", because="荷物 が 二つ より 多い `a || b` here"
    )
    assert lines_of(entry, color=False, room=34)[1:] == [
        "             荷物 が 二つ より",
        "             多い `a || b` here",
    ]


def test_payloads() -> None:
    entry = msgspec.structs.replace(
        ENTRIES[0], call=msgspec.Raw(b'{"type":"track","text":"\\u001b"}'), body=msgspec.Raw(b'{"action":"feature"}')
    )
    assert lines_of(entry, color=False, room=80)[1:] == [
        "  call:",
        "    {",
        '      "type": "track",',
        '      "text": "\\u001b"',
        "    }",
        "  body:",
        "    {",
        '      "action": "feature"',
        "    }",
    ]
    raw = TailEntry(at=AT, outcome="dead", raw="no\x1bJSON")
    assert lines_of(raw, color=False, room=80)[-2:] == ["  raw:", "    no␛JSON"]

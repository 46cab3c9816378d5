"""Dead letters as people see them: on a narrow terminal, and with calls that nobody would write."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.base.json import encode, pretty
from mapper.delivery.durable.letters import Kept
from mapper.delivery.queue import Letter
from mapper.render.cells import visible, width
from mapper.render.letters import as_json, detail, outcome, table

AT = 1_767_312_000_000


def kept(
    number: int = 7, *, at: int = AT, call: bytes = b"{}", body: bytes | None = b"{}", because: str = "HTTP 400",
    excerpt: str = "", message_id: str | None = "m1", file: str = "in.ndjson",
) -> Kept:  # fmt: skip
    letter = Letter(
        kind="rejected", because=because, destination="acme-accounts", mapping="account", request="put", type="group",
        message_id=message_id, file=file, line=3, call=call, attempts=2, status=400, excerpt=excerpt, body=body,
    )  # fmt: skip
    return Kept(number, at, letter)


def test_a_narrow_table() -> None:
    rows = table([kept(excerpt='{"error":\n "no such plan, and more of it"}'), kept(12)], 80)
    assert rows == [
        "id  died (UTC)        reason    mapping                cause",
        ' 7  2026-01-02 00:00  rejected  acme-accounts/account  HTTP 400: {"error": "no …',
        "12  2026-01-02 00:00  rejected  acme-accounts/account  HTTP 400",
    ]


def test_a_wide_table_has_the_type_too_and_a_file_has_all() -> None:
    assert table([kept()], 100)[0] == "id  died (UTC)        reason    type   mapping                cause"
    assert table([kept(because="long " * 50)], None)[1].endswith("long " * 50)


def test_numbers_and_spellings_are_shown_as_they_came() -> None:
    call = b'{"big":1e400,"exact":1.10,"twice":1,\n"twice":2,"id":12345678901234567890123}'
    lines = detail(kept(call=call))
    for line in ('    "big": 1e400,', '    "exact": 1.10,', '    "twice": 1,', '    "twice": 2,'):
        assert line in lines
    assert b'"call":{"big":1e400,"exact":1.10,"twice":1, "twice":2,' in encoded(kept(call=call))


@pytest.mark.parametrize(
    "raw", [b'{"a":"\\ud800"}', b"", b"\xff\xfe", b"[" * 200, b'{"a":NaN}', b"no\x1b[31m", b'"\xff"']
)
def test_what_is_hardly_json(raw: bytes) -> None:
    assert isinstance(pretty(raw), str)
    assert json.loads(encoded(kept(call=raw, body=raw)))["id"] == 7


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=30)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, st.binary(max_size=60), st.integers(-(2**63), 2**63 - 1))
def test_no_text_of_a_letter_moves_the_cursor(
    because: str, excerpt: str, message_id: str, file: str, raw: bytes, at: int
) -> None:
    letter = kept(at=at, because=because, excerpt=excerpt, message_id=message_id, file=file, call=raw, body=raw)
    shown = [
        *table([letter], 80), *table([letter], None), *detail(letter),
        *outcome(letter, [(because, b"{}"), ("put", raw)], color=False, room=80),
    ]  # fmt: skip
    assert shown == [visible(line) for line in shown]
    assert all(width(line) <= 80 for line in table([letter], 80))
    json.loads(encoded(letter))


def encoded(letter: Kept) -> bytes:
    return encode(as_json(letter))

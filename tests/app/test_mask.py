"""Secrets are taken out of foreign text in every form it may hold them in, and nothing else is."""

from __future__ import annotations

import base64
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from mapper.app.mask import mask_bytes, masker
from mapper.base.secrets import Secret

ANSWER = "HTTP 401 from https://events.example/v1: unauthorized, ask your administrator"
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=0x7FF), min_size=8, max_size=40)


def test_no_secrets_change_nothing() -> None:
    assert masker([])(ANSWER) == ANSWER
    assert masker([Secret("")])(ANSWER) == ANSWER


def test_a_short_secret_takes_out_itself_only() -> None:
    for key in ("Q", "Q7", "Q7-", "Q7-z"):
        assert masker([Secret(key)])(ANSWER) == ANSWER
        assert masker([Secret(key)])(f"no /{key}/ here") == "no /***/ here"


def test_of_secrets_within_each_other_the_longer_goes_first() -> None:
    mask = masker([Secret("inner-key"), Secret("inner-key-and-more")])
    assert mask("inner-key-and-more, inner-key") == "***, ***"


def test_json_stays_json_and_what_is_none_is_masked_too() -> None:
    mask = masker([Secret("12"), Secret("n"), Secret('a"b')])
    raw = b'{"x": 1.120, "n":"12\\n","a\\"b!" :["\xc3\xa9"]}'
    assert mask_bytes(mask, raw) == b'{"x": 1.120, "***":"***\\n","***!" :["\xc3\xa9"]}'
    assert mask_bytes(mask, b"\xff12") == b"\xff***"


@given(key=KEYS, before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_no_form_of_a_secret_is_left(key: str, before: bytes, after: bytes) -> None:
    mask = masker([Secret(key)])
    assume("*" not in key)
    assert key not in mask(f"<{key}>")
    assert quote(key, safe="") not in mask(f"<{quote(key, safe='')}>")
    encoded = base64.b64encode(before + key.encode() + after).decode()
    assert mask(encoded) != encoded
    assert "***" in mask(encoded)
    # Characters of base64 that a secret shares with its neighbours may stay: at most two at each end, of 6 bits each.
    start, end = (len(before) * 8) // 6, -(-(len(before) + len(key.encode())) * 8 // 6)
    left = mask(encoded)
    assert left[:start] == encoded[:start]
    assert len(left) - len("***") <= len(encoded) - (end - start) + 2

"""The JSON codec agrees with the standard library except where its docstring says otherwise."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.base.json import MAX_DEPTH, JsonError, decode, depth, encode

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert decode(encode(value)) == value
    assert decode(json.dumps(value).encode()) == value


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:0123456789eE.+-truefalsn \\u', max_size=40).map(str.encode))
def test_accepts_what_the_standard_library_accepts(raw: bytes) -> None:
    def refuse(name: str) -> Any:
        raise ValueError(name)

    try:
        expected = json.loads(raw.decode(), parse_constant=refuse)
    except ValueError:
        with pytest.raises(JsonError):
            decode(raw)
        return
    if "inf" not in repr(expected) and "\\ud" not in ascii(expected):
        assert decode(raw) == expected


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b'{"a": 1,}', "column"),
        (b'{"a": ', "ends too early"),
        (b"NaN", "NaN is no JSON number"),
        (b"[-Infinity]", "-Infinity is no JSON number"),
        (b'"\xff"', "byte 0xff at column 2"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nested deeper than 128 levels"),
        (b"[" * 200_000, "nested deeper than 128 levels"),
        (b"{} {}", "column 4"),
        (b"", "ends too early"),
    ],
)
def test_names_the_cause(raw: bytes, cause: str) -> None:
    with pytest.raises(JsonError, match=cause):
        decode(raw)


def test_brackets_inside_strings_do_not_nest() -> None:
    assert decode(b'"' + b"[" * 500 + b'"') == "[" * 500


@given(json_values | st.recursive(st.text('[]{}"\\'), st.lists))
def test_depth_is_that_of_the_value(value: Any) -> None:
    def deepest(part: Any) -> int:
        parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else None
        return 0 if parts is None else 1 + max(map(deepest, parts), default=0)

    assert depth(encode(value)) == depth(json.dumps(value, indent=1).encode()) == deepest(value)


def test_the_greatest_depth_is_read() -> None:
    assert decode(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_repairs_only_the_spoiled_value() -> None:
    assert decode(b'{"a": 1e400, "b": -1e999, "c": 1}') == {"a": None, "b": None, "c": 1}
    assert decode(b'{"a": "x\\ud83dy", "\\udc00": "\\ud83d\\ude00"}') == {"a": "x\ufffdy", "\ufffd": "\U0001f600"}


def test_integers_stay_exact() -> None:
    for number in (2**53 + 1, 2**63, 2**64, 10**30, -(10**30)):
        assert decode(str(number).encode()) == number
        assert encode(number) == str(number).encode()


def test_last_of_equal_keys_wins() -> None:
    assert decode(b'{"a": 1, "a": 2}') == {"a": 2}


def test_negative_zero_is_a_number() -> None:
    assert math.copysign(1, decode(b"-0.0")) == -1

"""Two JSON values by what they mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.base.json import encode
from mapper.review.values import differences

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0, 2.0]) | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def told(old: Any, new: Any) -> list[tuple[str, str, Any, Any]]:
    return [(each.kind, ".".join(each.path), each.old, each.new) for each in differences(old, new)]


def text(value: Any) -> str:
    """Equal for equal meaning."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{text(value[key])}" for key in sorted(value)) + "}"
    return f"[{','.join(map(text, value))}]" if isinstance(value, list) else encode(value).decode()


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"a": 1}, {"a": 1.0}, [("type", "a", 1, 1.0)]),
        ({"a": True}, {"a": 1}, [("type", "a", True, 1)]),
        ({"a": None}, {}, [("removed", "a", None, None)]),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, [("added", "a.c", None, 1), ("removed", "a.b", 1, None)]),
        ({"a": {}}, {"a": []}, [("type", "a", {}, [])]),
        ([1, 2, 3], [3, 1, 2], [("order", "", [1, 2, 3], [3, 1, 2])]),
        ([1, 2], [1, 3], [("changed", "[]", 2, 3)]),
        ([1, 2, 2], [1, 2], [("removed", "[]", 2, None)]),
        ([1], [2, 3], [("removed", "[]", 1, None), ("added", "[]", None, 2), ("added", "[]", None, 3)]),
    ],
)
def test_what_differs(old: Any, new: Any, found: list[tuple[str, str, Any, Any]]) -> None:
    assert told(old, new) == found


def test_items_are_paired_by_what_they_share_wherever_they_stand() -> None:
    old = [{"key": "plan", "value": "pro"}, {"key": "size", "value": "L"}, {"key": "city", "value": "Rome"}]
    new = [{"key": "name", "value": "Ada"}, {"key": "city", "value": "Rome"}, {"key": "plan", "value": "free"}]
    assert told(old, new) == [
        ("changed", "[].value", "pro", "free"),
        ("changed", "[].key", "size", "name"),
        ("changed", "[].value", "L", "Ada"),
    ]


def test_long_arrays_take_no_long_time() -> None:
    old, new = ([{"n": [number, side]} for number in range(20_000)] for side in (0, 1))
    assert len(told(old, new)) == 20_000


@given(JSON, JSON)
def test_something_differs_where_the_meaning_does_and_nothing_else(old: Any, new: Any) -> None:
    assert bool(told(old, new)) == (text(old) != text(new))
    assert told(old, old) == []

"""What differs between two snapshots, and which changes are like each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.review.changes import Change, changes, shape
from mapper.review.leaves import at, leaves, path_text, without

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text("ab", max_size=2)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4)
)
RESULTS = st.lists(st.fixed_dictionaries({"mapping": st.sampled_from("mn"), "request": JSON}), max_size=3)


def text(value: Any) -> str:
    """As a snapshot is written."""
    return json.dumps(value, indent=2) + "\n"


def result(body: Any, mapping: str = "track") -> str:
    """A snapshot with one request."""
    return text([{"mapping": mapping, "request": {"body": body}}])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, [Change((0, "request", "body", "a"), "changed", 1, 2)]),
        ({"a": 1}, {"a": 1.0}, [Change((0, "request", "body", "a"), "changed", 1, 1.0)]),
        ({"a": 1}, {"a": True}, [Change((0, "request", "body", "a"), "changed", 1, True)]),
        (
            {"a": 1},
            {"b": 1},
            [
                Change((0, "request", "body", "b"), "added", None, 1),
                Change((0, "request", "body", "a"), "removed", 1, None),
            ],
        ),
        ([1, 2, 3], [0, 1, 2, 3], [Change((0, "request", "body", 0), "added", None, 0)]),
        ([1, 2, 3], [1, 3], [Change((0, "request", "body", 1), "removed", 2, None)]),
        (
            [{"k": "x", "v": 1}, 2],
            [{"k": "x", "v": 3}, 2],
            [Change((0, "request", "body", 0, "v"), "changed", 1, 3)],
        ),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ([{"a": 1, "b": 2}, {"a": 1, "b": 2}], [{"b": 2, "a": 1}, {"a": 1, "b": 2}], []),
    ],
)
def test_what_changed(old: Any, new: Any, expected: list[Change]) -> None:
    found = changes(result(old), result(new))
    assert found == expected
    assert [(type(each.old), type(each.new)) for each in found] == [
        (type(each.old), type(each.new)) for each in expected
    ]


@given(RESULTS, RESULTS)
def test_nothing_changed_where_nothing_differs_and_only_there(old: Any, new: Any) -> None:
    same = json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
    assert (changes(text(old), text(new)) == []) is same
    for change in changes(text(old), text(new)):
        if change.kind != "removed":
            assert at(new, change.path) == change.new
        else:
            assert change.old in stood(old, change.path)


def stood(value: Any, path: Sequence[str | int]) -> Iterator[Any]:
    """What stands at a path, whatever item of a list it leads through: items move."""
    if not path:
        yield value
    elif isinstance(path[0], int):
        for item in value if isinstance(value, list) else ():
            yield from stood(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from stood(value[path[0]], path[1:])


class TestAlike:
    """Changes that may be accepted together."""

    def test_whatever_the_values(self) -> None:
        one = shape(result({"a": 1, "l": [{"k": 1}]}), result({"a": 2, "l": [{"k": 2}]}))
        assert one is not None
        assert one == shape(result({"a": 7, "l": [5, {"k": 3}]}), result({"a": 8, "l": [5, {"k": 9}]}))

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (result({"a": 1}, "page"), result({"a": 2}, "page")),
            (result({"b": 1}), result({"b": 2})),
            (result({"a": 1}), result({})),
            (result({}), result({"a": 1})),
            (result({"a": 1}), result({"a": "1"})),
            (result({"a": 1, "b": 1}), result({"a": 2, "b": 2})),
            (result({"a": 1}), text([{"mapping": "track", "skipped": "no user"}])),
        ],
    )
    def test_another_mapping_field_kind_or_type(self, old: str, new: str) -> None:
        assert shape(old, new) != shape(result({"a": 1}), result({"a": 2}))

    def test_another_reason(self) -> None:
        skipped = [shape(result({}), text([{"mapping": "track", "skipped": reason}])) for reason in ("one", "two")]
        assert skipped[0] != skipped[1]

    def test_the_result_of_another_mapping_is_gone(self) -> None:
        left = [{"mapping": "track", "request": {"body": {}}}]
        one, other = (
            shape(text([*left, {"mapping": mapping, "request": {"body": {}}}]), text(left)) for mapping in ("a", "b")
        )
        assert one != other

    def test_nothing_is_like_what_is_damaged_or_only_written_otherwise(self) -> None:
        assert shape("<<<<<<< ours\n[]\n", "[]\n") is None
        assert shape("[1", "[]\n") is None
        assert shape(result({"a": 1, "b": 2}), result({"b": 2, "a": 1})) is None


@given(JSON)
def test_leaves_can_be_found_and_left_out(value: Any) -> None:
    for path, leaf in leaves(value):
        assert at(value, path) == leaf
        if path:
            left = without(value, path)
            assert at(left, path) != leaf or leaf is None


def test_paths_read_like_expressions() -> None:
    assert path_text(("properties", "items", 0, "first name", "a_1", "é")) == 'properties.items[0]."first name".a_1."é"'

"""Of two long texts what is shown shows that they differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mapper.base.window import windows


def test_short_texts_and_those_that_part_early_stay_whole() -> None:
    assert windows("a" * 40, "a" * 39, 40) == ("a" * 40, "a" * 39)
    assert windows("ab" + "x" * 90, "ac" + "x" * 90, 40) == ("ab" + "x" * 90, "ac" + "x" * 90)


def test_what_both_begin_with_is_left_out() -> None:
    assert windows("x" * 90 + "old", "x" * 90 + "new", 40) == (f"…{'x' * 20}old", f"…{'x' * 20}new")


@given(st.text("ab", max_size=200), st.text("ab", max_size=200), st.integers(42, 80))
def test_cut_texts_differ_where_the_whole_ones_do(old: str, new: str, room: int) -> None:
    one, other = windows(old, new, room)
    assert (one[:room] == other[:room]) == (old == new)
    assert old.endswith(one.removeprefix("…"))

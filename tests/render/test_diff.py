"""A diff that is cut to the terminal still shows what differs."""

from __future__ import annotations

from mapper.render.diff import diff

LONG = f'{{\n  "a": 1,\n  "b": "{"x" * 200}old{"y" * 50}"\n}}\n'


def test_lines_that_take_each_others_place_are_shown_from_where_they_part() -> None:
    new = LONG.replace("old", "new")
    assert diff(LONG, new, color=False, context=1, room=40) == [
        "@@ -2,3 +2,3 @@",
        '   "a": 1,',
        f"-…{'x' * 20}old{'y' * 14}…",
        f"+…{'x' * 20}new{'y' * 14}…",
        " }",
    ]
    assert f'-  "b": "{"x" * 200}old{"y" * 50}"' in diff(LONG, new, color=False)


def test_lines_that_only_go_are_cut_at_their_end() -> None:
    new = LONG.replace(f',\n  "b": "{"x" * 200}old{"y" * 50}"', "")
    assert diff(LONG, new, color=False, context=0, room=40)[1:] == [
        '-  "a": 1,',
        f'-  "b": "{"x" * 30}…',
        '+  "a": 1',
    ]

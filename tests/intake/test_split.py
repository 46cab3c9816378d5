"""The splitter finds the same values as ``json.loads``, however they are written and however the blocks are cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mapper.intake.split import Splitter, end_of_whole
from mapper.records.line import Line

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=()) | st.sampled_from('\\"[]{},:\n ')).filter(
        lambda text: not any("\ud800" <= char <= "\udfff" for char in text)
    )
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=4), values, max_size=4)
indents = st.none() | st.sampled_from([0, 1, 4, "\t"])
cuts = st.lists(st.integers(min_value=1, max_value=40), min_size=1)


def split(text: bytes, sizes: list[int] | None = None, limit: int = 1_000_000) -> list[Line]:
    """Feed the text in blocks of the sizes given, again and again."""
    splitter = Splitter("file", limit)
    lines: list[Line] = []
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)] if sizes else len(text)
        lines += splitter.feed(text[at : at + size])
        at += size
        turn += 1
    return lines + splitter.close()


def show(lines: list[Line]) -> list[tuple[int, bytes, str | None]]:
    return [(line.number, line.raw, line.fault) for line in lines]


def dump(value: Any, indent: int | str | None, ascii_only: bool, newline: str) -> bytes:
    return json.dumps(value, indent=indent, ensure_ascii=ascii_only).replace("\n", newline).encode()


@given(st.lists(values, max_size=6), indents, st.booleans(), st.sampled_from(["\n", "\r\n"]), cuts)
def test_items_of_an_array(items: list[Any], indent: Any, ascii_only: bool, newline: str, sizes: list[int]) -> None:
    lines = split(dump(items, indent, ascii_only, newline), sizes)
    assert [line.fault for line in lines] == [None] * len(items)
    assert [json.loads(line.raw) for line in lines] == items
    assert [line.number for line in lines] == list(range(1, len(items) + 1))
    assert not any(b"\n" in line.raw for line in lines)


@given(st.lists(st.tuples(objects, indents), max_size=5), st.sampled_from(["", "\n", " \r\n\n"]), cuts)
def test_objects_one_after_another(items: list[tuple[Any, Any]], between: str, sizes: list[int]) -> None:
    text = between.join(json.dumps(value, indent=indent) for value, indent in items).encode()
    lines = split(text, sizes)
    assert [line.fault for line in lines] == [None] * len(items)
    assert [json.loads(line.raw) for line in lines] == [value for value, _ in items]


@given(st.binary(max_size=80) | st.text(alphabet='[]{}",:\\\n 1an', max_size=60).map(str.encode), cuts)
@example(b'[{"a":1},{"b":2}', [3])
@example(b'{"a":\\', [1])
def test_blocks_make_no_difference_whatever_the_text(text: bytes, sizes: list[int]) -> None:
    assert [(line.number, line.fault is None) for line in split(text)] == [
        (line.number, line.fault is None) for line in split(text, sizes)
    ]
    whole = [line.raw for line in split(text) if line.fault is None]
    assert [line.raw for line in split(text, sizes) if line.fault is None] == whole


@pytest.mark.long
@given(st.lists(objects, min_size=2, max_size=6), st.data())
def test_a_broken_item_on_a_line_of_its_own_spoils_itself_only(
    items: list[dict[str, Any]], data: st.DataObject
) -> None:
    rows = [json.dumps(item).encode() for item in items]
    broken = data.draw(st.integers(min_value=0, max_value=len(rows) - 1))
    rows[broken] = data.draw(
        st.sampled_from(
            [
                b'{"a": NaN}',
                b'{"a": {"b": 1}',
                b'{"a": [1, 2}',
                b'{"a": "x}',
                b'{"a": [{"b": 1, {"c": 2}]}',
                b'{"a" 1}',
                b"nul",
                b'{"a": tru',
                b'{"a": "\\',
            ]
        )
    )
    lines = split(b"[\n" + b",\n".join(rows) + b"\n]", data.draw(cuts))
    whole = [line for line in lines if line.fault is None]
    assert len(whole) == len(items)
    for index, (line, item) in enumerate(zip(whole, items, strict=True)):
        assert line.number == index + 1
        if index != broken:
            assert json.loads(line.raw) == item


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[]", []),
        (b"", []),
        (b" \n[ \n]\n ", []),
        (b'[null, 1,"a,]" ,[2]]', [(1, b"null", None), (2, b"1", None), (3, b'"a,]"', None), (4, b"[2]", None)]),
        (
            b'[{"a":1} {"b":2}\n{"c":3}]',
            [
                (1, b'{"a":1}', None),
                (2, b'{"b":2}', "the JSON array lacks a comma between two items, at line 1, column 10"),
                (2, b'{"b":2}', None),
                (3, b'{"c":3}', None),
            ],
        ),
        (
            b'[{"a":1},\n {"b":2',
            [
                (1, b'{"a":1}', None),
                (2, b'{"b":2', "the JSON array is not closed: the input ends inside an item, at line 2"),
            ],
        ),
        (
            b'[{"a":1},\n',
            [(1, b'{"a":1}', None), (2, b"", "the JSON array is not closed: the input ends after a comma, at line 2")],
        ),
        (b"[", [(1, b"", "the JSON array is not closed: the input ends before the first item, at line 1")]),
        (
            b'[{"a":1}] end\n{"b":2}',
            [
                (1, b'{"a":1}', None),
                (2, b"end", "text that belongs to no JSON value, at line 1, column 11"),
                (2, b'{"b":2}', None),
            ],
        ),
        (
            b'[{"a":1},]',
            [(1, b'{"a":1}', None), (2, b"]", "the JSON array lacks a value before `]`, at line 1, column 10")],
        ),
        (
            b"[1,,2]",
            [
                (1, b"1", None),
                (2, b",2]", "the JSON array lacks a value before `,`, at line 1, column 4"),
                (2, b"2", None),
            ],
        ),
        (
            b'[{"a":1}},{"b":2}]',
            [
                (1, b'{"a":1}', None),
                (2, b'},{"b":2}]', "the JSON array has a `}` that closes nothing, at line 1, column 9"),
                (2, b'{"b":2}', None),
            ],
        ),
        (b'[{"a":{"b":1},{"c":2}]', [(1, b'{"a":{"b":1}', None), (2, b'{"c":2}', None)]),
        (b'[{"a":[1},{"c":2}]', [(1, b'{"a":[1}', None), (2, b'{"c":2}', None)]),
        (
            b'[{"a":[1,{"b":{"c":1,{"d":2}]},{"e":3}]',
            [(1, b'{"a":[1,{"b":{"c":1,{"d":2}]}', None), (2, b'{"e":3}', None)],
        ),
        (b'{\n"a": 1\n\n{\n"b": 2\n}', [(1, b'{ "a": 1', None), (2, b'{ "b": 2 }', None)]),
        (b'{"a": "x\ny"}', [(1, b'{"a": "x\ny"}', None)]),
        (b'{"a": 1', [(1, b'{"a": 1', None)]),
    ],
)
def test_examples(text: bytes, expected: list[tuple[int, bytes, str | None]]) -> None:
    assert show(split(text)) == expected


def test_a_fault_names_line_and_column_across_blocks() -> None:
    lines = split(b'[{"a":1},\n   {"b":2}   !!!\n, 5]', [4])
    assert lines[2].fault == "the JSON array lacks a comma between two items, at line 2, column 14"


def test_an_item_beyond_the_limit_is_counted_and_the_next_one_read() -> None:
    lines = split(b'[{"a":"' + b"x" * 400 + b'"},{"b":2}]', [7], limit=300)
    assert lines[0].fault == "item of 408 bytes exceeds the limit of 300 bytes"
    assert lines[0].raw == b'{"a":"' + b"x" * 194
    assert (lines[1].number, lines[1].raw, lines[1].fault) == (2, b'{"b":2}', None)


@pytest.mark.parametrize("depth", [999, 1000, 1001, 5000])
def test_depth_beyond_any_decoder_is_still_cut_right(depth: int) -> None:
    deep = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    assert [line.raw for line in split(b"[" + deep + b',{"b":2}]', [97])] == [deep, b'{"b":2}']


@given(objects, st.sampled_from([b"", b" ", b",", b",{", b"]", b"\n{}"]), indents)
def test_the_decoder_tells_where_a_value_ends(value: dict[str, Any], tail: bytes, indent: Any) -> None:
    """Were this to fail after an upgrade of msgspec, the results would stay right and arrays be read more slowly."""
    raw = json.dumps(value, indent=indent).encode()
    end = end_of_whole(b"  " + raw + tail, 2)
    assert end is not None
    assert (raw + tail)[: end - 2].rstrip() == raw


@pytest.mark.parametrize("text", [b'{"a":1', b'{"a":NaN} ', b'{"a" 1},', b"{" * 100_000, b'{"a":"\n"},'])
def test_the_decoder_tells_nothing_of_what_is_broken(text: bytes) -> None:
    assert end_of_whole(text, 0) is None

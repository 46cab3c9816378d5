"""Places within a scalar lead to the very characters of the file, however the scalar is written."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.authoring.compose import compose
from mapper.authoring.document import Document, Span
from mapper.authoring.folding import Reading, read_scalar
from mapper.authoring.offsets import locate
from mapper.authoring.source import line_and_column
from mapper.records.diagnostic import Location, Place, Route

WORDS = st.text(alphabet=st.sampled_from("ab .:#'\"\\\t\n-!é日😀[]{}|>0"), max_size=40)
VISIBLE = st.text(alphabet=st.sampled_from("ab 'é日😀\"\\"), min_size=1, max_size=40).filter(lambda text: text.strip())


def document(text: str) -> Document:
    made, problems = compose(text, file="f.yaml")
    assert problems == []
    assert made is not None
    return made


def readings(made: Document) -> list[tuple[str, Span, Reading]]:
    """Every text of a document, as the parser gave it and as it was taken apart."""
    found = []
    for spans, value_at in ((made.values, made.at), (made.keys, lambda route: route[-1])):
        for route, span in spans.items():
            value: Any = value_at(route)
            if span.style and isinstance(value, str):
                parent = made.values[route[:-1]].start if route else None
                indent = -1 if parent is None else line_and_column(made.text, parent)[1] - 1
                found.append((value, span, read_scalar(made.text, span, indent=indent)[0]))
    return found


def check(text: str) -> None:
    for value, span, reading in readings(document(text)):
        assert "".join(character for character, _ in reading) == value
        offsets = [offset for _, offset in reading]
        assert offsets == sorted(offsets)
        assert len(set(offsets)) == len(offsets)
        assert all(span.start <= offset < span.end for offset in offsets)
        for character, offset in reading:
            assert stands_for(made_of=text[offset:], character=character, style=span.style), (character, offset)


def stands_for(*, made_of: str, character: str, style: str) -> bool:
    if style == "double" and made_of.startswith("\\"):
        return True
    if character in " \n":
        return made_of[0] in " \t\r\n"
    return made_of[0] == character


@given(WORDS, st.sampled_from([None, "'", '"', "|", ">"]), st.sampled_from([10, 20, 80]), st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_what_the_library_writes(value: str, style: str | None, width: int, ascii_only: bool, crlf: bool) -> None:
    data = {"a": value, "b": [value, {"c": value}]}
    text = yaml.dump(data, default_style=style, width=width, allow_unicode=not ascii_only, sort_keys=False)
    text = text.replace("!!int ", "").replace("!!null ", "").replace("!!float ", "")
    check(text.replace("\n", "\r\n") if crlf else text)


@given(st.lists(VISIBLE, min_size=1, max_size=5), st.sampled_from(["", "'", '"']), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_lines_folded_by_hand(lines: list[str], quote: str, chance: random.Random) -> None:
    if quote == '"':
        lines = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    else:
        lines = [line.replace("'", "''") if quote else line.replace("'", "x").replace('"', "x") for line in lines]
    end = chance.choice(["\n", "\r\n"])
    folded = "".join(
        line
        + chance.choice(["", "  ", " \t", "\\" if quote == '"' else ""])
        + end * chance.choice([1, 1, 2, 3])
        + "   "
        for line in lines
    )
    check(f"k:{end}  - {quote}{folded.rstrip() if not quote else folded}{quote}{end}  - end{end}")


@given(
    st.lists(st.text(alphabet=st.sampled_from("ab #:é\t"), max_size=12), min_size=1, max_size=7),
    st.sampled_from(["|", ">"]),
    st.sampled_from(["", "-", "+"]),
    st.sampled_from(["", "2"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\nlast: x\n"]),
)
@settings(max_examples=250, deadline=None)
def test_blocks_written_by_hand(lines: list[str], style: str, chomp: str, hint: str, end: str, rest: str) -> None:
    body = end.join(("  " + line).rstrip(" ") if chomp == "-" else "  " + line for line in lines)
    if not hint:
        body = "  x" + body.lstrip(" \t\r\n")
    text = f"first: 1{end}k: {style}{hint}{chomp}   # why{end}{body}{rest.replace(chr(10), end)}"
    check(text)
    check(text.replace(f"k: {style}", f"k:{end}- {style}") if hint else text)


@pytest.mark.parametrize(
    "text",
    [
        "|\n text\n",
        "--- |2\n  a\n   b\n",
        "a: |\n\n\n   x\n  \n    y\n\n\nb: 1\n",
        "a: >\n\n  x\n  y\n\n    more\n    indented\n\n  z\n\n",
        "a: >2-\n  \tx\n  y\n",
        "a: |+\n\n\n",
        "? |\n  key\n: v\n",
        'a: "x\\\n\n\n  y\\x41\\u00e9\\U0001F600\\ \\t\\_z"\n',
        "a: ''\n",
        'a: ""\n',
        "a: 'x\n\n  y  \n  '\n",
        "a: |1\n  x\n y\n",
        "a:\n  b:\n    - |2\n        x\n      y\n",
        "a:\n- >1-\n  x\n y\n",
        "a: >",
        "a: |\n  no end",
    ],
)
def test_corners(text: str) -> None:
    if text[0] in "|-":
        text = text.replace("text", "x")
        data = yaml.load(text, Loader=yaml.CBaseLoader)
        events = [event for event in yaml.parse(text, Loader=yaml.CBaseLoader) if isinstance(event, yaml.ScalarEvent)]
        start, end = events[0].start_mark, events[0].end_mark
        assert start is not None
        assert end is not None
        span = Span(start.index, end.index, "literal")
        assert "".join(character for character, _ in read_scalar(text, span, indent=-1)[0]) == data
    else:
        check(text)


TEXT = """\
mapper: 1
"quo\\u0074ed": 'it''s'
skip:
  - when: >-
      a == b
      && c
    because: nobody
  - {when: 'userId', because: "a\\tb"}
"""


@pytest.mark.parametrize(
    ("route", "start", "length", "expected"),
    [
        (("mapper",), 0, 0, (1, 9, 1)),
        (("quoted",), 0, 0, (2, 16, 7)),
        (("quoted",), 0, 1, (2, 17, 1)),
        (("quoted",), 2, 1, (2, 19, 2)),
        (("quoted",), 3, 1, (2, 21, 1)),
        (("quoted",), 3, 0, (2, 21, 1)),
        (("quoted",), 99, 1, (2, 22, 1)),
        (("skip", 0, "when"), 0, 0, (5, 7, 6)),
        (("skip", 0, "when"), 5, 1, (5, 12, 1)),
        (("skip", 0, "when"), 5, 6, (5, 12, 1)),
        (("skip", 0, "when"), 10, 1, (6, 10, 1)),
        (("skip", 0, "when"), 11, 0, (6, 11, 1)),
        (("skip", 0), 0, 0, (4, 5, 8)),
        (("skip", 1), 0, 0, (8, 5, 33)),
        (("skip", 1, "because"), 1, 1, (8, 33, 2)),
        (("skip", 1, "because"), 2, 1, (8, 35, 1)),
        (("skip", 7, "because"), 2, 1, (4, 3, 10)),
        (("nothing",), 0, 0, (1, 1, 9)),
    ],
)
def test_examples(route: Route, start: int, length: int, expected: tuple[int, int, int]) -> None:
    made = document(TEXT)
    found = locate(Place(file="f.yaml", route=route, start=start, length=length), {"f.yaml": made})
    assert (found.line, found.column, found.length) == expected


def test_a_key() -> None:
    made = document(TEXT)
    where = locate(Place(file="f.yaml", route=("quoted",), on="key"), {"f.yaml": made})
    assert where == Location(file="f.yaml", line=2, column=1, length=13)
    where = locate(Place(file="f.yaml", route=("quoted",), on="key", start=3, length=2), {"f.yaml": made})
    assert where == Location(file="f.yaml", line=2, column=5, length=7)
    where = locate(Place(file="f.yaml", route=("skip", 1), on="key"), {"f.yaml": made})
    assert (where.line, where.column) == (8, 5)


def test_a_place_without_a_document() -> None:
    assert locate(Place(file="g", line=3, column=4, length=2), {}) == Location(file="g", line=3, column=4, length=2)
    assert locate(Place(file="g", line=3), {}) == Location(file="g", line=3, column=1, length=1)
    assert locate(Place(file="g", route=("a",)), {}) == Location(file="g", line=1, column=1)


def test_the_parser_counts_characters() -> None:
    made = document("é: '日😀'\r\nk: v\r\n")
    assert made.values[("k",)] == Span(12, 13, "plain")
    assert made.text[12] == "v"

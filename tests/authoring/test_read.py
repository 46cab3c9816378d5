"""Whatever a file holds, reading gives a document or says what is wrong, where, and what to type."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.authoring.compose import MAX_NODES, compose
from mapper.authoring.document import Document
from mapper.authoring.read import read_document
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.reading import READING_RULES
from mapper.authoring.scalars import plain_value
from mapper.authoring.source import MAX_BYTES, decode_text, source_lines
from mapper.records.diagnostic import Diagnostic
from tests.support.documents import parse_document


def short(diagnostic: Diagnostic) -> str:
    place = diagnostic.primary
    return f"{diagnostic.code} {place.line}:{place.column}+{place.length} {diagnostic.message} / {diagnostic.help}"


def problems(text: str) -> list[str]:
    return [short(diagnostic) for diagnostic in parse_document(text.encode(), file="f.yaml")[1]]


def data(text: str) -> Any:
    made, found = parse_document(text.encode(), file="f.yaml")
    assert found == []
    assert made is not None
    return made.data


# -- good files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, None) for text in ("", "~", "null", "Null", "NULL")],
        *[(text, True) for text in ("true", "True", "TRUE")],
        *[(text, False) for text in ("false", "False", "FALSE")],
        *[(text, text) for text in ("no", "on", "Yes", "y", "nULL", "12:30", "2020-01-02", "1_000", "0b1", ".inf")],
        *[(text, text) for text in (".nan", "-.INF", "1e999", "0o8", "0xg", "+", "-", ".", "1.2.3", "e3", "٣", "1e")],
        *[(text, text) for text in ("-0x1", "9" * 5000)],
        ("0", 0), ("-7", -7), ("+7", 7), ("007", 7), ("0o17", 15), ("0xfF", 255), ("9" * 30, 10**30 - 1),
        ("1.5", 1.5), ("-.5", -0.5), ("1.", 1.0), ("1e3", 1000.0), ("+1E-2", 0.01), ("0.0", 0.0),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_the_core_schema_says(text: str, value: Any) -> None:
    found = plain_value(text)
    assert found == value
    assert type(found) is type(value)
    if text not in ("", "-"):
        assert data(f"a: {text}\nb: '{text}'\n") == {"a": value, "b": text}


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_come_back(number: float) -> None:
    assert plain_value(repr(number)) == number


@given(st.text(max_size=12))
def test_plain_value_takes_any_text(text: str) -> None:
    found = plain_value(text)
    assert found == text or not isinstance(found, str)


def test_a_document_with_its_places() -> None:
    made, found = parse_document(
        b"# top\nmapper: 1\nlet:\n  'a b': [x, {y: null}]\n  c: >-\n    d\n\n# end\n", file="f.yaml"
    )
    assert found == []
    assert isinstance(made, Document)
    assert made.data == {"mapper": 1, "let": {"a b": ["x", {"y": None}], "c": "d"}}
    assert made.at(("let", "a b", 1, "y")) is None
    cut = {route: made.text[span.start : span.end] for route, span in made.values.items()}
    assert cut[("mapper",)] == "1"
    assert cut[("let", "a b")] == "[x, {y: null}]"
    assert cut[("let", "a b", 0)] == "x"
    assert cut[("let", "c")].startswith(">-\n    d\n")
    assert cut[("let",)].startswith("'a b': [x, {y: null}]\n  c: >-")
    assert cut[()].startswith("mapper: 1\nlet:")
    assert {route: made.text[span.start : span.end] for route, span in made.keys.items()} == {
        ("mapper",): "mapper",
        ("let",): "let",
        ("let", "a b"): "'a b'",
        ("let", "a b", 1, "y"): "y",
        ("let", "c"): "c",
    }
    assert [made.values[route].style for route in (("mapper",), ("let",), ("let", "c"))] == ["plain", "", "folded"]


def test_keys_are_texts() -> None:
    assert data("no: 1\n1: x\nnull: y\ntrue: z\n'<<': q\n") == {"no": 1, "1": "x", "null": "y", "true": "z", "<<": "q"}


def test_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\nb: \xc3\xa9\r\n")
    made, found = read_document(path, shown="shown.yaml")
    assert found == []
    assert made is not None
    assert made.data == {"a": "x\ny\n", "b": "é"}
    assert made.file == "shown.yaml"
    assert made.text == "a: |\r\n  x\r\n  y\r\nb: é\r\n"
    assert made.values[("a",)].start == 3
    assert source_lines(path) == ["a: |", "  x", "  y", "b: é", ""]


def test_one_document_may_be_marked() -> None:
    assert data("--- # start\na: 1\n...\n") == {"a": 1}


# -- files that can't be read -------------------------------------------------------------------------------------


def refused(path: Path) -> list[str]:
    made, found = read_document(path, shown="f.yaml")
    assert made is None
    assert all(diagnostic.primary.file == "f.yaml" for diagnostic in found)
    return [short(diagnostic) for diagnostic in found]


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.yaml") == ["MAP001 1:1+1 no such file / check the spelling of the path"]
    assert refused(tmp_path) == [
        "MAP001 1:1+1 this is a folder / name the files in it, or give the folder as a mapping set"
    ]
    assert refused(Path("nul\0byte"))[0].startswith("MAP001 1:1+1 the file cannot be read: embedded null")
    assert refused(tmp_path / ("x" * 300))[0].startswith("MAP001 1:1+1 the file cannot be read: ")
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe")[0].startswith("MAP001 1:1+1 this is not a regular file")
    assert source_lines(tmp_path) == source_lines(tmp_path / "none") == source_lines(Path("nul\0byte")) == []


def test_a_file_without_rights(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.touch(mode=0)
    me = os.geteuid()
    if me == 0:  # root may read every file
        os.seteuid(65534)
    try:
        found = refused(path)
    finally:
        os.seteuid(me)
    assert found == ["MAP001 1:1+1 the file may not be read / give yourself the right to read it"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", "MAP004 1:1+1 the file is empty / begin with `mapper: 1`"),
        (b"\xef\xbb\xbf", "MAP004 1:1+1 the file is empty / begin with `mapper: 1`"),
        (b"# x\n\n---\n", "MAP004 1:1+1 the file is empty / begin with `mapper: 1`"),
        ("a: 1".encode("utf-16"), "MAP002 1:1+1 the file is UTF-16, not UTF-8 / save it as UTF-8"),
        (
            "a: 1".encode("utf-16-le"),
            "MAP002 1:2+1 a NUL: the file is binary or UTF-16 / "
            "save it as UTF-8 text, or move it away if it is no mapping file",
        ),
        ("é: 1\nb: é".encode() + b"\xe9\n", "MAP002 2:5+1 byte 0xe9 is not UTF-8 / save the file as UTF-8"),
        (
            b"\x7fELF\x02\x01\x01\0\0\xff",
            "MAP002 1:10+1 byte 0xff is not UTF-8; the file looks binary / this is no mapping file: move it away",
        ),
        (
            b"a: x\x07y\n",
            "MAP002 1:5+1 the character U+0007 is not allowed in YAML text / "
            "delete it, or write it as `\\x07` inside double quotes",
        ),
        (
            "a: x\u2028y\n".encode(),
            "MAP002 1:5+1 the character U+2028 is not allowed in YAML text / "
            "delete it, or write it as `\\u2028` inside double quotes",
        ),
        (
            b"a: 1\rb: 2\r",
            "MAP002 1:5+1 a carriage return without a line feed / save the file with LF or CRLF line ends",
        ),
        (
            "a: 1\n\ufeffb: 2\n".encode(),
            "MAP002 2:1+1 a byte-order mark inside the text / delete it: it was pasted in and cannot be seen",
        ),
        (
            b"#" * (MAX_BYTES + 1),
            "MAP003 1:1+1 the file has more than 1,000,000 bytes / split the file, or share parts of it with `use`",
        ),
    ],
)  # fmt: skip
def test_bytes_that_are_no_text(tmp_path: Path, raw: bytes, expected: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(raw)
    assert refused(path)[0] == expected


def test_every_foreign_character_is_told_up_to_ten() -> None:
    assert len(problems("a: \x01\x02\n")) == 2
    assert len(problems("\x7f" * 100)) == 10


# -- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "{a: " * 100_000,
        "a: " + "[" * 100_000 + "]" * 100_000,
        "".join(" " * level + "a:\n" for level in range(1_300)),
        "\n".join(" " * level + "- " for level in range(1_300)),
    ],
    ids=["brackets", "braces", "dashes", "question marks", "braces with keys", "balanced", "indentation", "lists"],
)
def test_depth(text: str) -> None:
    found = problems(text)
    assert len(found) <= 2  # a mapping as a key comes on top
    assert found[-1].startswith("MAP003 ")
    assert "nested deeper than 64 levels" in found[-1]


def test_depth_64_is_fine() -> None:
    assert data("a: " + "[" * 63 + "]" * 63)
    assert problems("a: " + "[" * 64 + "]" * 64)[0].startswith("MAP003 1:67+1 nested deeper")


def test_nodes() -> None:
    assert problems("\n".join(f"k{n}: 1" for n in range(MAX_NODES // 2)))[0].startswith(
        "MAP003 25000:9+1 the file has more"
    )
    assert len(data("\n".join(f"k{n}: 1" for n in range(MAX_NODES // 2 - 1)))) == MAX_NODES // 2 - 1


def test_aliases_do_not_multiply() -> None:
    laughs = "a: &a [x]\n" + "".join(f"b{n}: &b{n} [{', '.join(['*a'] * 9)}]\n" for n in range(500))
    assert len(problems(laughs)) == 100


@pytest.mark.parametrize(
    "text", ["!" * 300_000, "&a " * 100_000, '"' + "a" * 500_000, "a: '" + "\n" * 300_000, ": " * 300_000, "\t" * 9_999]
)
def test_monsters_are_refused_at_once(text: str) -> None:
    assert problems(text)


# -- anything at all ----------------------------------------------------------------------------------------------

PIECES = st.one_of(
    st.sampled_from(list("ab-:,[]{}'\"|>#&*!@`%?~\\\t\n é日😀1")),
    st.sampled_from(
        ["key:", "|-", "\\x", "\r\n", "---", "...", "%YAML", "<<", "\n  ", "\n- ", ": ", "a: ", "\x00", "\u2028"]
    ),
)


@given(
    st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=30),
    st.sampled_from([yaml.CBaseLoader, yaml.BaseLoader]),
)
@settings(max_examples=800, deadline=None)
def test_any_text_gives_a_document_or_a_reason(written: str, loader: Any) -> None:
    text, found = decode_text(written.encode(), file="f")
    made = None
    if text is not None:
        made, found = compose(text, file="f", loader=loader)
    assert made is not None or found
    lines = written.removeprefix("\ufeff").split("\n")
    for diagnostic in found:
        place = diagnostic.primary
        assert diagnostic.code in {rule.code for rule in READING_RULES}
        assert "\n" not in diagnostic.message
        assert place.line is not None and place.column is not None
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1


@given(st.binary(max_size=40))
def test_any_bytes_give_a_document_or_a_reason(raw: bytes) -> None:
    made, found = parse_document(raw, file="f")
    assert made is not None or found


# -- rules --------------------------------------------------------------------------------------------------------


def test_codes_and_names_are_unique() -> None:
    assert [rule.code for rule in READING_RULES] == [f"MAP{n:03}" for n in range(1, len(READING_RULES) + 1)]
    assert len({rule.name for rule in READING_RULES}) == len(READING_RULES)


@pytest.mark.parametrize("rule", READING_RULES, ids=lambda rule: rule.name)
def test_examples_of_a_rule(rule: Rule, tmp_path: Path) -> None:
    for name, text in {**rule.bad, **{f"good/{name}": text for name, text in rule.good.items()}}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    bad = {found.code for name in rule.bad for found in read_document(tmp_path / name.split("/")[0])[1]}
    assert bad == {rule.code}
    assert [read_document(tmp_path / "good" / name)[1] for name in rule.good] == [[]]
    assert rule.severity == "error"
    assert not rule.title.endswith(".")

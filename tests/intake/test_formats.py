"""Every format is told by its content, plain and as gzip."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.intake.detect import WINDOW
from mapper.records.line import Line

Read = Callable[..., list[Line]]

CALLS = [
    {"type": "track", "event": "A", "properties": {"list": [{"a": 1}, {"b": "}]"}]}},
    {"type": "identify", "userId": 'ü\n"', "traits": {}},
    {"type": "page"},
]
ROWS = [json.dumps(call).encode() for call in CALLS]

FORMATS = {
    "ndjson": b"\n".join(ROWS) + b"\n",
    "ndjson without a last line end": b"\n".join(ROWS),
    "ndjson crlf": b"\r\n".join(ROWS) + b"\r\n",
    "array": json.dumps(CALLS).encode(),
    "array, one item a line": b"[\n" + b",\n".join(ROWS) + b"\n]\n",
    "array, items from the first line on": b"[" + b",\n".join(ROWS) + b"]\n",
    "array, commas first": b"[" + b"\n,".join(ROWS) + b"]\n",
    "pretty array": json.dumps(CALLS, indent=2).encode(),
    "array without indent": json.dumps(CALLS, indent=0).encode(),
    "pretty objects": b"\n".join(json.dumps(call, indent=4).encode() for call in CALLS),
    "objects without line ends": b"".join(ROWS),
    "envelope": json.dumps({"batch": CALLS}).encode(),
    "pretty envelope": json.dumps({"writeKey": "k", "batch": CALLS}, indent=2).encode(),
    "envelope, one item a line": b'{"batch":[\n' + b",\n".join(ROWS) + b'\n],\n"writeKey":"k"}',
    "envelope, braces on their own lines": b'{\n"batch":\n[\n' + b",\n".join(ROWS) + b"\n]\n}",
    "arrays one after another": json.dumps(CALLS[:2]).encode() + b"\n" + json.dumps(CALLS[2:]).encode(),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["", "bom"])
@pytest.mark.parametrize("name", FORMATS)
def test_the_same_calls_in_every_format(read: Read, name: str, start: bytes, pack: Any) -> None:
    lines = read(pack(start + FORMATS[name]))
    assert [json.loads(line.raw) for line in lines] == CALLS
    assert [(line.number, line.file, line.fault, line.mapping) for line in lines] == [
        (number, "file", None, None) for number in (1, 2, 3)
    ]


@given(calls=st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=5), max_size=3), max_size=5))
def test_ndjson_is_given_byte_for_byte(read: Read, calls: list[dict[str, str]]) -> None:
    rows = [json.dumps({"type": "track", **call}, ensure_ascii=False).encode() for call in calls]
    assert [line.raw for line in read(b"\n".join(rows))] == rows


@pytest.mark.parametrize("empty", [b"", b"\n \r\n\n", b"\xef\xbb\xbf", b"[]", b"[\n]\n", b'{"batch": []}'])
def test_nothing_in_it(read: Read, empty: bytes) -> None:
    assert read(empty) == []
    assert read(gzip.compress(empty)) == []


def test_blank_lines_count(read: Read) -> None:
    lines = read(b'\n  \r\n{"a":1}\r\n\n\t\n{"b":2}\n\n{"c":3}')
    assert [(line.number, line.raw) for line in lines] == [(3, b'{"a":1}'), (6, b'{"b":2}'), (8, b'{"c":3}')]


@pytest.mark.parametrize(
    "broken",
    [
        b"null",
        b"hello",
        b"[]",
        b"[1, 2]",
        b'[{"type":"tra',
        b"[2024-01-01] INFO start",
        b"[17] INFO start",
        b"{",
        b'{"type":"track","properties":{"a":"b',
        b'{"type":"track","properties":{"a":',
        b'{"type":"track","properties":[',
        b'{"type":"track",',
        b'{"type":"track"',
        b'{"type":"track"} x',
        b"{'type':'track'}",
        b'{"a":NaN,}',
        b"}",
        b'"',
        b"\x00\x01\xfe",
        b'{"a":' * 2000,
        b"[" * 100_000,
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_a_broken_first_line_spoils_itself_only(read: Read, broken: bytes) -> None:
    lines = read(b"\n".join([broken, *ROWS]))
    assert [(line.number, line.raw) for line in lines] == list(enumerate([broken, *ROWS], 1))


@pytest.mark.parametrize("broken", [b'{"type":"tra', b'{"type":"track",', b'{"type":"track"', b"{'type'", b'{"a": [1}'])
def test_two_broken_lines_at_the_start_spoil_themselves_only(read: Read, broken: bytes) -> None:
    lines = read(b"\n".join([broken, broken, *ROWS]))
    assert [(line.number, line.raw) for line in lines] == list(enumerate([broken, broken, *ROWS], 1))


@given(junk=st.lists(st.binary(max_size=20).filter(lambda raw: raw.strip() and b"\n" not in raw), max_size=4))
def test_junk_among_ndjson_is_one_line_each(read: Read, junk: list[bytes]) -> None:
    lines = read(b"\n".join([ROWS[0], *junk, ROWS[1]]))
    assert [line.number for line in lines] == list(range(1, len(junk) + 3))
    assert (lines[0].raw, lines[-1].raw) == (ROWS[0], ROWS[1])


def test_a_document_longer_than_the_window(read: Read) -> None:
    calls = [{"type": "track", "n": n, "text": "x" * 50} for n in range(2 * WINDOW // 50)]
    for text in (json.dumps(calls, indent=1), json.dumps({"batch": calls}, indent=1), json.dumps(calls)):
        assert [json.loads(line.raw) for line in read(text.encode())] == calls


def test_the_first_line_is_longer_than_the_window(read: Read) -> None:
    row = json.dumps({"type": "track", "text": "x" * 2 * WINDOW}).encode()
    assert [line.raw for line in read(b"\n".join([row, b"oops", row]))] == [row, b"oops", row]


def test_a_broken_pretty_object_spoils_itself_only(read: Read) -> None:
    good = json.dumps(CALLS[0], indent=2).encode()
    broken = good.replace(b'"A"', b"NaN,").replace(b"\n}", b"")
    lines = read(b"\n".join([good, broken, good]))
    assert [line.number for line in lines] == [1, 2, 3]
    assert [json.loads(lines[n].raw) for n in (0, 2)] == [CALLS[0], CALLS[0]]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_text_in_a_foreign_encoding_is_one_faulty_line(read: Read, encoding: str) -> None:
    text = '{"type": "track"}\n' * 3
    bom = {"utf-16-be": b"\xfe\xff", "utf-32-be": b"\0\0\xfe\xff"}.get(encoding, b"")
    (line,) = read(bom + text.encode(encoding))
    assert line.fault == f"{encoding[:6].upper()} text; save it as UTF-8"
    (line,) = read(text.encode(encoding))
    assert line.fault == f"{encoding[:6].upper()} text; save it as UTF-8"


@pytest.mark.parametrize(
    "packed", ["a zip archive", "xz data", "bzip2 data", "zstd data", "gzip data within gzip data"]
)
def test_what_is_packed_in_another_way_is_one_faulty_line(read: Read, packed: str) -> None:
    text = b"\n".join(ROWS) * 50
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("calls.ndjson", text)
    data = {
        "a zip archive": archive.getvalue(),
        "xz data": lzma.compress(text),
        "bzip2 data": bz2.compress(text),
        "zstd data": b"\x28\xb5\x2f\xfd" + text,
        "gzip data within gzip data": gzip.compress(gzip.compress(text)),
    }[packed]
    assert [(line.number, line.fault) for line in read(data)] == [(1, f"{packed}; unpack it first")]


def test_binary_is_counted_line_by_line(read: Read) -> None:
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0" + bytes(range(256)) * 8
    lines = read(png)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) == len([part for part in png.split(b"\n") if part.strip()])


@pytest.mark.parametrize("name", FORMATS)
def test_from_line_leaves_out_what_came_before(read: Read, name: str) -> None:
    assert [json.loads(line.raw) for line in read(FORMATS[name], from_line=3)] == CALLS[2:]


def test_a_line_of_the_limit_passes_and_a_longer_one_does_not(read: Read) -> None:
    fits, over = b'{"a":"' + b"x" * 292 + b'"}', b'{"a":"' + b"x" * 293 + b'"}'
    for text in (
        b"\n".join([fits, over, fits]),
        b"\n".join([b" ", fits, over, fits]),
        b"[" + b",".join([fits, over, fits]) + b"]",
    ):
        lines = read(text, max_line_bytes=300)
        assert [line.raw for line in lines] == [fits, over[:200], fits]
        noun = "item" if text[:1] == b"[" else "line"
        assert [line.fault for line in lines] == [None, f"{noun} of 301 bytes exceeds the limit of 300 bytes", None]


@given(
    content=st.binary(max_size=60)
    | st.text(alphabet='[]{}",:\\\n 1an', max_size=60).map(str.encode)
    | st.lists(
        st.sampled_from([b'{"batch":', b'{"reason":1,"raw":', b"[", b"]", b"{", b"}", b'"x"', b",", b"\n", *ROWS])
    ).map(b"".join)
)
def test_whatever_it_is_nothing_raises_and_numbers_only_grow(read: Read, content: bytes) -> None:
    numbers = [line.number for line in read(content)]
    assert numbers == sorted(numbers)
    assert all(number >= 1 for number in numbers)
    read(gzip.compress(content)[:-3])
    read(b"\x1f\x8b" + content)

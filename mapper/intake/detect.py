"""Telling formats apart by content."""

from __future__ import annotations

import json
from itertools import islice
from typing import Final, Literal

from mapper.base.json import MAX_DEPTH

Layout = Literal["lines", "document"]
"""``lines``: each line is a value (NDJSON). ``document``: values go over line ends, one or more, or an array."""

WINDOW: Final = 64 * 1024
"""Bytes from the first character on that decide; a line longer than this is taken for NDJSON, an array excepted."""

BOM: Final = b"\xef\xbb\xbf"
_UTF_32: Final = (b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"{\0\0\0", b"[\0\0\0", b"\0\0\0{", b"\0\0\0[")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff", b"{\0", b"[\0", b"\0{", b"\0[")
_PACKED: Final = {
    b"PK\x03\x04": "a zip archive",
    b"\x28\xb5\x2f\xfd": "zstd data",
    b"\xfd7zXZ\0": "xz data",
    b"BZh91AY&SY": "bzip2 data",
    b"\x1f\x8b": "gzip data within gzip data",
}

# Only places matter here, so numbers are not made; a huge integer would even raise.
_decoder = json.JSONDecoder(parse_int=lambda _: None, parse_float=lambda _: None)


def foreign(start: bytes) -> str | None:
    """What a text is instead of UTF-8, and what to do: another encoding, by its byte-order mark or by the zeros beside
    its first bracket, or packed in a way that is not read here. Each piece of such would be a broken line otherwise."""
    if start.startswith(_UTF_32):
        return "UTF-32 text; save it as UTF-8"
    if start.startswith(_UTF_16):
        return "UTF-16 text; save it as UTF-8"
    packed = next((name for magic, name in _PACKED.items() if start.startswith(magic)), None)
    return packed and f"{packed}; unpack it first"


def layout(head: bytes, *, whole: bool) -> Layout | None:
    """Decide whether a text is NDJSON or a document, so that one broken line does not turn the one into the other.

    A first line that is an object by itself, begins with neither bracket or nests too deep makes it NDJSON. Otherwise
    the window is read as one JSON value. An object is a document where that value goes on past the first line, or where
    it is cut or goes wrong later than at the start of the second; a first line that already goes wrong is a broken line
    of NDJSON. An array is a document from the start. In both cases it is NDJSON after all where the second and third
    line are values by themselves, which no value that goes on over them allows; and an object followed at once by a
    second one is a document of many.

    Args:
        head: The text from its first character that is no white space.
        whole: Nothing follows.

    Returns:
        None where more of the text is needed.
    """
    if head[:1] not in (b"{", b"[") or head.startswith(b"[" * MAX_DEPTH):
        return "lines"
    text = head[:WINDOW].decode("utf-8", "replace")
    complete = whole and len(head) <= WINDOW
    first, *following = _lines(text, complete) or [""]
    if first.startswith("{") and _stands_alone(first):
        return "lines"
    if not whole and len(head) < WINDOW:
        return None
    end, failed = _read_value(text)
    spans = end is not None and "\n" in text[:end]
    if spans:
        return "document"
    if following and all(map(_stands_alone, following)):
        return "lines"
    if text[0] == "[":
        return "document"
    if end is not None:
        return "document" if text[end:].lstrip().startswith("{") else "lines"
    return "document" if failed > _second_line(text) else "lines"


def has_begun(head: bytes) -> bool:
    """Whether a text that begins with an object may be either, as far as it is written by now: no line is an object by
    itself, and of a third one nothing is there."""
    if not head.startswith(b"{") or len(head) >= WINDOW:
        return False
    lines = _lines(head.decode("utf-8", "replace"), complete=True)
    return len(lines) < 3 and not any(line.lstrip().startswith("{") and _stands_alone(line) for line in lines)


def _lines(text: str, complete: bool) -> list[str]:
    """The first three lines that are not blank; the last one of the window may be cut and does not count."""
    ends = text.split("\n", 64)
    return list(islice((line for line in (ends if complete else ends[:-1]) if line.strip()), 3))


def _stands_alone(line: str) -> bool:
    end, _ = _read_value(line.strip())
    return end == len(line.strip()) and not line.startswith("[")


def _second_line(text: str) -> int:
    newline = text.find("\n")
    if newline < 0:
        return len(text)
    return newline + len(text[newline:]) - len(text[newline:].lstrip())


def _read_value(text: str) -> tuple[int | None, int]:
    """Where the value that starts the text ends, or None and where it goes wrong."""
    try:
        return _decoder.raw_decode(text)[1], 0
    except json.JSONDecodeError as error:
        return None, error.pos
    except RecursionError:
        return None, 0

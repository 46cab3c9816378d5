"""Changing text: case, blanks, padding, splitting, replacing, words, digest."""

from __future__ import annotations

import hashlib
import sys
from typing import Any, Final

from mapper.expressions.functions.model import Example, Function, Parameter
from mapper.expressions.functions.scalar import LONGEST, utf8, whole


def lower(value: Any) -> str | None:
    """In lower case."""
    return value.lower() if type(value) is str else None


def upper(value: Any) -> str | None:
    """In upper case."""
    return value.upper() if type(value) is str else None


def trim(value: Any, characters: Any = "") -> str | None:
    """Without the characters (none given: whitespace) at both ends."""
    return value.strip(characters or None) if type(value) is str and type(characters) is str else None


def trim_left(value: Any, characters: Any = "") -> str | None:
    """Without the characters at the start."""
    return value.lstrip(characters or None) if type(value) is str and type(characters) is str else None


def trim_right(value: Any, characters: Any = "") -> str | None:
    """Without the characters at the end."""
    return value.rstrip(characters or None) if type(value) is str and type(characters) is str else None


def pad_left(value: Any, width: Any, pad: Any = " ") -> str | None:
    """Filled up at the start to `width` characters."""
    size = _width(value, width, pad)
    return None if size is None else value.rjust(size, pad)


def pad_right(value: Any, width: Any, pad: Any = " ") -> str | None:
    """Filled up at the end to `width` characters."""
    size = _width(value, width, pad)
    return None if size is None else value.ljust(size, pad)


def split(value: Any, separator: Any, count: Any = sys.maxsize) -> list[str] | None:
    """Parts between separators, at most `count` cuts; an empty separator cuts between characters."""
    cuts = whole(count)
    if type(value) is not str or type(separator) is not str or cuts is None or cuts < 0:
        return None
    if separator:
        return value.split(separator, min(cuts, len(value)))
    if cuts >= len(value):
        return list(value)
    return [*value[:cuts], value[cuts:]]


def replace(value: Any, old: Any, new: Any, count: Any = sys.maxsize) -> str | None:
    """With the first `count` occurrences of `old` (all without it) exchanged for `new`."""
    most = whole(count)
    if type(value) is not str or type(old) is not str or not old or type(new) is not str or most is None or most < 0:
        return None
    found = min(value.count(old), most)
    return value.replace(old, new, found) if found * (len(new) - len(old)) <= LONGEST else None


def sha256(value: Any) -> str | None:
    """Hexadecimal SHA-256 of the UTF-8 text."""
    return hashlib.sha256(utf8(value)).hexdigest() if type(value) is str else None


def first_word(value: Any) -> str | None:
    """What stands before the first whitespace, blanks at the start passed over; None where there is no word."""
    words = value.split(None, 1) if type(value) is str else None
    return words[0] if words else None


def other_words(value: Any) -> str | None:
    """What follows the first word; None where nothing does."""
    words = value.split(None, 1) if type(value) is str else ()
    return words[1].rstrip() if len(words) == 2 else None


def _width(value: Any, width: Any, pad: Any) -> int | None:
    size = whole(width)
    if type(value) is not str or type(pad) is not str or len(pad) != 1 or size is None:
        return None
    return size if 0 <= size <= LONGEST else None


_STRING = (Parameter("text", ("string",)),)
_TRIMMED = (*_STRING, Parameter("characters", ("string",), optional=True))
_PADDED = (*_STRING, Parameter("width", ("number",)), Parameter("pad", ("string",), optional=True))
_COUNT = Parameter("count", ("number",), optional=True)

FUNCTIONS: Final = (
    Function(
        name="lower",
        parameters=_STRING,
        returns=("string", "null"),
        doc="The text in lower case.",
        examples=(
            Example("lower(email)", {"email": "Ana@Acme.Example"}, "ana@acme.example"),
            Example("lower(email)", {"email": 7}, None),
        ),
        group="text",
        call=lower,
    ),
    Function(
        name="upper",
        parameters=_STRING,
        returns=("string", "null"),
        doc="The text in upper case.",
        examples=(Example("upper(country)", {"country": "de"}, "DE"), Example("upper(country)", {}, None)),
        group="text",
        call=upper,
    ),
    Function(
        name="trim",
        parameters=_TRIMMED,
        returns=("string", "null"),
        doc="The text without whitespace, or without any of the given characters, at both ends.",
        examples=(
            Example("trim(name)", {"name": "  Ana "}, "Ana"),
            Example("trim(path, '/')", {"path": "/a/b/"}, "a/b"),
            Example("trim(name)", {"name": None}, None),
        ),
        group="text",
        call=trim,
    ),
    Function(
        name="trim_left",
        parameters=_TRIMMED,
        returns=("string", "null"),
        doc="The text without whitespace, or without any of the given characters, at the start.",
        examples=(Example("trim_left(code, '0')", {"code": "0070"}, "70"), Example("trim_left(code)", {}, None)),
        group="text",
        call=trim_left,
    ),
    Function(
        name="trim_right",
        parameters=_TRIMMED,
        returns=("string", "null"),
        doc="The text without whitespace, or without any of the given characters, at the end.",
        examples=(
            Example("trim_right(url, '/')", {"url": "https://a.example//"}, "https://a.example"),
            Example("trim_right(url)", {"url": []}, None),
        ),
        group="text",
        call=trim_right,
    ),
    Function(
        name="pad_left",
        parameters=_PADDED,
        returns=("string", "null"),
        doc="The text with spaces, or another single character, put before it until it is `width` characters long.",
        examples=(
            Example("pad_left(code, `4`, '0')", {"code": "70"}, "0070"),
            Example("pad_left(code, `1`)", {"code": "70"}, "70"),
            Example("pad_left(code, `4`, '--')", {"code": "70"}, None),
        ),
        group="text",
        call=pad_left,
    ),
    Function(
        name="pad_right",
        parameters=_PADDED,
        returns=("string", "null"),
        doc="The text with spaces, or another single character, put after it until it is `width` characters long.",
        examples=(
            Example("pad_right(code, `4`, '-')", {"code": "ab"}, "ab--"),
            Example("pad_right(code, `-1`)", {"code": "ab"}, None),
        ),
        group="text",
        call=pad_right,
    ),
    Function(
        name="split",
        parameters=(*_STRING, Parameter("separator", ("string",)), _COUNT),
        returns=("array", "null"),
        doc="The parts between separators, cut at most `count` times; an empty separator gives single characters.",
        examples=(
            Example("split(tags, ',')", {"tags": "a,b,c"}, ["a", "b", "c"]),
            Example("split(tags, ',', `1`)", {"tags": "a,b,c"}, ["a", "b,c"]),
            Example("split(tags, '')", {"tags": "abc"}, ["a", "b", "c"]),
            Example("split(tags, ',')", {"tags": ["a"]}, None),
        ),
        group="text",
        call=split,
    ),
    Function(
        name="replace",
        parameters=(*_STRING, Parameter("old", ("string",)), Parameter("new", ("string",)), _COUNT),
        returns=("string", "null"),
        doc="The text with all, or the first `count`, occurrences of `old` exchanged for `new`.",
        examples=(
            Example("replace(event, ' ', '_')", {"event": "Order Was Paid"}, "Order_Was_Paid"),
            Example("replace(event, ' ', '_', `1`)", {"event": "Order Was Paid"}, "Order_Was Paid"),
            Example("replace(event, '', '_')", {"event": "Paid"}, None),
        ),
        group="text",
        call=replace,
    ),
    Function(
        name="sha256",
        parameters=_STRING,
        returns=("string", "null"),
        doc="The SHA-256 digest of the text's UTF-8 bytes, in hexadecimal.",
        examples=(
            Example("sha256(v)", {"v": "abc"}, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            Example("sha256(v)", {"v": 1}, None),
        ),
        group="text",
        call=sha256,
    ),
    Function(
        name="first_word",
        parameters=_STRING,
        returns=("string", "null"),
        doc="The first word of the text; words are what whitespace parts.",
        examples=(
            Example("first_word(name)", {"name": "Ana de Souza"}, "Ana"),
            Example("first_word(name)", {"name": " "}, None),
        ),
        group="text",
        call=first_word,
    ),
    Function(
        name="other_words",
        parameters=_STRING,
        returns=("string", "null"),
        doc="What follows the first word of the text; null where there is one word only.",
        examples=(
            Example("other_words(name)", {"name": "Ana de Souza"}, "de Souza"),
            Example("other_words(name)", {"name": "Ana"}, None),
        ),
        group="text",
        call=other_words,
    ),
)

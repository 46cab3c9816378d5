"""How a value has to be written so that YAML leaves it alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"{}\[\],&*!|>%@`][^\n]*?)"""
_BEFORE_VALUE = re.compile(rf"[ \t]*(?:- +)*(?P<from>)(?:(?P<key>{_KEY}):(?:[ \t]+|$))?")
_LONGEST = 70


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line seems to say: ``KEY: VALUE`` or ``- VALUE``.

    Attributes:
        indent: 0-based column of the first character that is no blank.
        column: The same behind the ``- `` of list items: where neighbours of the key start.
        key: The key as written, or None.
        value: The rest of the line without blanks around it.
        start: 0-based column where the value starts.
    """

    indent: int
    column: int
    key: str | None
    value: str
    start: int


def entry(line: str) -> Entry:
    """Take a line apart as far as this can be done without the lines around it."""
    indent = len(line) - len(line.lstrip(" \t"))
    match = _BEFORE_VALUE.match(line)
    if match is None:  # the pattern matches the empty text, so this is for the type checker
        return Entry(indent=indent, column=indent, key=None, value=line.strip(), start=indent)
    value = line[match.end() :].strip()
    return Entry(indent=indent, column=match.start("from"), key=match["key"], value=value, start=match.end())


def quoted(value: str) -> str | None:
    """The value in the quotes that need the fewest escapes, or None where it reads better folded."""
    if "'" not in value:
        return f"'{value}'"
    return f'"{value}"' if '"' not in value and "\\" not in value else None


def quote_it(line: str, column: int) -> str:
    """A help text: how to write the value that starts at a 0-based column of this line."""
    here = entry(line)
    generic = "quote the whole value, or put it on the line after `>-`"
    if here.start != column or len(here.value) > _LONGEST:
        return generic
    text = quoted(here.value)
    if text is None:
        return "put the value on the next line, indented, after `>-`"
    return f"write `{here.key}: {text}`" if here.key else f"write `{text}`"

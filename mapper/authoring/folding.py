"""Where each character of a scalar, as read, stands in the file.

The value of a scalar differs from its source by quotes, escapes, folded lines, indentation and chomping. The source is
taken apart once more, as YAML 1.2.2 sections 7.3 and 8.1 say and libyaml does, keeping the offset of every character.
The texts that come out equal the parser's; tests hold them to it.
"""

from __future__ import annotations

import re
from typing import Final

from mapper.authoring.document import Span

Reading = list[tuple[str, int]]
"""The characters of a scalar as read, each with its offset in the file."""

_BREAK: Final = re.compile(r"\r?\n")
_FOLD: Final = re.compile(r"[ \t]*\r?\n[ \t\r\n]*")
_CONTINUED: Final = re.compile(r"\\\r?\n([ \t\r\n]*)")
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_SHORT: Final = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "'": "'", "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEADER: Final = re.compile(r"[|>]([-+]?)([1-9]?)([-+]?)[^\n]*(?:\n|$)")


def read_scalar(text: str, span: Span, *, indent: int) -> tuple[Reading, int]:
    """Take a scalar apart.

    Args:
        text: The whole file.
        span: A scalar's span in it.
        indent: 0-based column of the collection that holds the scalar, -1 where there is none.

    Returns:
        Its characters with their offsets, and the offset where its content ends (before a closing quote).
    """
    if span.style in ("literal", "folded"):
        return _block(text, span, indent)
    if span.style == "plain":
        return _flow(text, span.start, span.end, None), span.end
    quote = "'" if span.style == "single" else '"'
    return _flow(text, span.start + 1, span.end - 1, quote), span.end - 1


def _flow(text: str, at: int, end: int, quote: str | None) -> Reading:
    reading: Reading = []
    while at < end:
        if fold := _FOLD.match(text, at, end):
            reading += _folded(fold.group(), at)
            at = fold.end()
        elif quote == '"' and text[at] == "\\":
            at = _escape(text, at, end, reading)
        elif quote == "'" and text.startswith("''", at):
            reading.append(("'", at))
            at += 2
        else:
            reading.append((text[at], at))
            at += 1
    return reading


def _folded(blank: str, at: int) -> Reading:
    """One line break is a space, each further one is itself."""
    breaks = [match.start() for match in _BREAK.finditer(blank)]
    return [("\n", at + offset) for offset in breaks[1:]] or [(" ", at)]


def _escape(text: str, at: int, end: int, reading: Reading) -> int:
    continued = _CONTINUED.match(text, at, end)
    if continued:
        reading += [("\n", continued.start(1) + match.start()) for match in _BREAK.finditer(continued[1])]
        return continued.end()
    match = _ESCAPE.match(text, at, end)
    if match is None:  # the parser has refused such text; keep going with the character itself
        reading.append((text[at], at))
        return at + 1
    code = match[1] or match[2] or match[3]
    reading.append((chr(int(code, 16)) if code else _SHORT.get(match[4], match[4]), at))
    return match.end()


def _block(text: str, span: Span, parent: int) -> tuple[Reading, int]:
    header = _HEADER.match(text, span.start)
    if header is None:
        return [], span.end
    chomp = header[1] or header[3]
    at = header.end()
    indent = max(parent, 0) + int(header[2]) if header[2] else _detect_indent(text, at, span.end, parent)
    reading: Reading = []
    pending: Reading = []  # line breaks that count only if more text follows, or by the chomping
    last: Reading = []  # the break that ended the line before
    blank_before = False
    at = _skip_breaks(text, at, span.end, indent, pending)
    stop = at
    while at < span.end and _column(text, at) == indent and text[at] not in "\r\n":
        blank = text[at] in " \t"
        if span.style == "folded" and last and not blank_before and not blank:
            reading += pending or [(" ", last[0][1])]
        else:
            reading += last + pending
        blank_before, last, pending = blank, [], []
        line_end = _line_end(text, at, span.end)
        reading += [(text[i], i) for i in range(at, line_end)]
        at = stop = line_end
        if line_break := _BREAK.match(text, at):
            last = [("\n", at)]
            at = line_break.end()
        at = _skip_breaks(text, at, span.end, indent, pending)
    if chomp != "-":
        reading += last
    if chomp == "+":
        reading += pending
    return reading, stop


def _detect_indent(text: str, at: int, end: int, parent: int) -> int:
    """The first line with text sets it; blank lines before it may be no longer than that."""
    deepest = 0
    while at < end:
        line_end = _line_end(text, at, end)
        line = text[at:line_end]
        deepest = max(deepest, len(line) - len(line.lstrip(" ")))
        if line.strip(" "):
            break
        at = line_end + len("\r\n" if text.startswith("\r\n", line_end) else "\n")
    return max(deepest, parent + 1, 1)


def _skip_breaks(text: str, at: int, end: int, indent: int, breaks: Reading) -> int:
    """Pass the indentation and blank lines, noting their breaks; stop at text or at a dedent."""
    while at < end:
        column = _column(text, at)
        while column < indent and text.startswith(" ", at):
            at, column = at + 1, column + 1
        line_break = _BREAK.match(text, at)
        if line_break is None:
            break
        breaks.append(("\n", at))
        at = line_break.end()
    return at


def _line_end(text: str, at: int, end: int) -> int:
    match = _BREAK.search(text, at)
    return match.start() if match and match.start() < end else end


def _column(text: str, at: int) -> int:
    return at - text.rfind("\n", 0, at) - 1

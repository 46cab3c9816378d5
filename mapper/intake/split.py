"""Cutting a document into its calls without decoding it.

A document is any number of JSON values one after another; of an array each item is a call. Bytes come in blocks cut
anywhere, and only the value that is not yet whole is kept.

Nothing is decoded, so a value may still be no JSON. What is broken spoils as little as can be told: a string ends at
the end of its line at the latest; a closing bracket closes what it matches, whatever was left open inside; and an
object that begins where a key has to stand begins a value of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from mapper.intake.hold import SHOWN, Hold, beginning
from mapper.intake.unfinished import ARRAY, CALL
from mapper.records.line import Line

_SPACE: Final = re.compile(rb"[ \t\r\n]*")
_TO_BRACKET: Final = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"[^"\[\]{}]*+)*+')
"""Up to a bracket, to the quote of a string that does not end on this line of this block, or to the end."""
_IN_STRING: Final = re.compile(rb'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+')
_SCALAR: Final = re.compile(rb'[^,\[\]{}"]*')
_STRAY: Final = re.compile(rb"[^\[{\n]*")
_WHITE: Final = b" \t\r\n"
_QUOTE, _COMMA, _COLON, _BACKSLASH, _NEWLINE = b'",:\\\n'
_OBJECT, _OBJECT_END, _ARRAY, _ARRAY_END = b"{}[]"
_DEEPEST: Final = 1000
"""Brackets remembered by kind; deeper ones, which nobody decodes, are only counted."""

_skipper = msgspec.json.Decoder(msgspec.Raw)
_TRAILING: Final = re.compile(r"trailing characters \(byte (\d+)\)")

_ENDS: Final = {None: "before the first item", "comma": "after an item", "value": "after a comma"}

_Scan = Callable[[bytes, int], int]
"""Reads a block from an index on and gives the index where the next scan begins."""


class Splitter:
    """Feed it blocks, get whole values as :class:`Line`; numbers count the values from 1.

    A fault of the array itself (a comma is missing, it is not closed) is a faulty line that bears the number of the
    value it stands before and does not use it up: it is a part of what has that number. Line ends inside a value become
    spaces, so that a call is one line.

    Args:
        file: For :attr:`Line.file`.
        limit: Most bytes of a value; a longer one is a faulty line.
        first_line: Where in the file the text begins, 1-based; shown in faults only.
    """

    def __init__(self, file: str, limit: int, first_line: int = 1) -> None:
        self._file = file
        self._hold = Hold(limit, "item")
        self._out: list[Line] = []
        self._number = 1
        self._part = 0  # faults before the value of this number
        self._scan: _Scan = self._outside
        self._in_array = False
        self._wants: str | None = None  # within the array: "value", "comma", or None right after its start
        self._comma_missed = False
        self._stack = bytearray()  # open brackets of the value
        self._deeper = 0
        self._start: int | None = None  # of the value within this block
        self._escaped = False  # the last block ended behind a backslash
        self._torn = False  # a string of the value holds a line end
        self._last = 0  # last byte before this block that is no white space
        self._line = first_line
        self._column = 1  # of the byte at `_located`
        self._located = 0  # within this block: how far lines are counted

    def feed(self, block: bytes) -> list[Line]:
        """Take the next bytes, at least one; give the values that end in them."""
        at = 0
        while at < len(block):
            at = self._scan(block, at)
        if self._start is not None:
            self._hold.add(block[self._start :])
            self._start = 0
        self._last = (block.rstrip(_WHITE) or bytes([self._last]))[-1]
        self._locate(block, len(block))
        self._located = 0
        return self._drain()

    @property
    def open(self) -> str | None:
        """What has begun and not ended, in words of :mod:`unfinished`."""
        return ARRAY if self._in_array else CALL if self._start is not None else None

    def close(self, fault: str | None = None) -> list[Line]:
        """End the input; `fault` says why it ended too early, None that it did not."""
        if fault is None and self._in_array:
            where = "inside an item" if self._start is not None else _ENDS[self._wants]
            fault = f"the JSON array is not closed: the input ends {where}, at line {self._line}"
        if fault is not None:
            raw, _ = self._hold.take()
            self._start = None
            self._fault(beginning(raw), fault)
        elif self._start is not None:
            self._end(b"", 0)
        return self._drain()

    # -- between values ------------------------------------------------------------------------------------------------

    def _outside(self, block: bytes, at: int) -> int:
        at = _span(_SPACE, block, at)
        if at == len(block):
            return at
        return self._in_the_array(block, at) if self._in_array else self._at_the_top(block, at)

    def _at_the_top(self, block: bytes, at: int) -> int:
        if block[at] == _ARRAY:
            self._in_array, self._wants, self._comma_missed = True, None, False
            return at + 1
        if block[at] == _OBJECT:
            return self._begin_nested(block, at)
        self._blame(block, at, "text that belongs to no JSON value")
        self._scan = self._in_stray
        return at + 1

    def _in_the_array(self, block: bytes, at: int) -> int:
        byte = block[at]
        if byte in (_COMMA, _ARRAY_END):
            if self._wants == "value" or (self._wants is None and byte == _COMMA):
                self._blame(block, at, f"the JSON array lacks a value before `{chr(byte)}`")
            self._wants = "value"
            self._in_array = byte == _COMMA
            return at + 1
        if byte == _OBJECT_END:
            self._blame(block, at, "the JSON array has a `}` that closes nothing")
            return at + 1
        if self._wants == "comma" and not self._comma_missed:
            self._blame(block, at, "the JSON array lacks a comma between two items")
            self._comma_missed = True  # once is enough: the items themselves can still be told apart
        self._wants = "comma"
        if byte in (_OBJECT, _ARRAY):
            return self._begin_nested(block, at)
        return self._begin(at, self._in_string if byte == _QUOTE else self._in_scalar)

    def _begin(self, at: int, scan: _Scan) -> int:
        self._start = at
        self._scan = scan
        return at + 1

    def _begin_nested(self, block: bytes, at: int) -> int:
        if (end := end_of_whole(block, at)) is not None:
            self._start = at
            return self._end(block, end)
        self._stack.append(block[at])
        return self._begin(at, self._inside)

    # -- within a value ------------------------------------------------------------------------------------------------

    def _inside(self, block: bytes, at: int) -> int:
        stack = self._stack
        while True:
            at = _span(_TO_BRACKET, block, at)
            if at == len(block):
                return at
            byte = block[at]
            if byte == _QUOTE:
                self._scan = self._in_string
                return at + 1
            if byte in (_OBJECT, _ARRAY):
                if not self._open(block, at):
                    return self._end(block, at)
            elif not self._close(byte):
                return self._end(block, at)
            at += 1
            if not stack:
                return self._end(block, at)

    def _open(self, block: bytes, at: int) -> bool:
        """Enter a bracket; False where it begins a value of its own."""
        stack = self._stack
        if self._deeper or len(stack) >= _DEEPEST:
            self._deeper += 1
            return True
        if block[at] == _OBJECT and stack[-1] == _OBJECT and self._before(block, at) != _COLON:
            del stack[stack.rfind(b"[") + 1 :]  # the objects before it were never closed
            if not stack:
                self._wants = "value"
                return False
        stack.append(block[at])
        return True

    def _close(self, byte: int) -> bool:
        """Leave a bracket; False where it closes the array that holds the value."""
        if self._deeper:
            self._deeper -= 1
            return True
        opened = self._stack.rfind(b"{" if byte == _OBJECT_END else b"[")
        if opened < 0:
            return byte == _OBJECT_END or not self._in_array
        del self._stack[opened:]
        return True

    def _in_string(self, block: bytes, at: int) -> int:
        if self._escaped:
            self._escaped = False
            at += block[at] != _NEWLINE
        at = _span(_IN_STRING, block, at)
        if at == len(block):
            return at
        if block[at] == _BACKSLASH:
            self._escaped = at + 1 == len(block)
            return at + 1
        closed = block[at] == _QUOTE
        self._torn |= not closed
        at += closed
        if not self._stack:
            return self._end(block, at)
        self._scan = self._inside
        return at

    def _in_scalar(self, block: bytes, at: int) -> int:
        at = _span(_SCALAR, block, at)
        return at if at == len(block) else self._end(block, at)

    def _in_stray(self, block: bytes, at: int) -> int:
        """Text outside of every value has its fault already."""
        at = _span(_STRAY, block, at)
        if at < len(block):
            self._scan = self._outside
        return at

    def _before(self, block: bytes, at: int) -> int:
        """The byte before, white space left out."""
        at -= 1
        while at >= 0 and block[at] in _WHITE:
            at -= 1
        return block[at] if at >= 0 else self._last

    # -- results -------------------------------------------------------------------------------------------------------

    def _end(self, block: bytes, at: int) -> int:
        """The value ends before `at`."""
        self._hold.add(block[self._start : at])
        raw, fault = self._hold.take()
        if not self._torn:  # else its line ends are what is wrong with it, and shall be seen
            raw = raw.replace(b"\n", b" ")
        self._out.append(Line(raw.strip(b" \t\r\n,"), self._number, self._file, fault, part=self._part))
        self._number, self._part = self._number + 1, 0
        self._start = None
        self._torn = False
        self._deeper = 0
        self._stack.clear()
        self._scan = self._outside
        return at

    def _blame(self, block: bytes, at: int, cause: str) -> None:
        self._locate(block, at)
        text = block[at : at + SHOWN].partition(b"\n")[0].rstrip()
        self._fault(beginning(text), f"{cause}, at line {self._line}, column {self._column}")

    def _locate(self, block: bytes, at: int) -> None:
        """Count lines up to `at`, from where it was done last: each byte once, however many faults there are."""
        newline = block.rfind(b"\n", self._located, at)
        self._line += block.count(b"\n", self._located, at)
        self._column = at - newline if newline >= 0 else self._column + at - self._located
        self._located = at

    def _fault(self, raw: bytes, fault: str) -> None:
        self._out.append(Line(raw, self._number, self._file, fault, more=True, part=self._part))
        self._part += 1

    def _drain(self) -> list[Line]:
        out, self._out = self._out, []
        return out


def end_of_whole(block: bytes, at: int) -> int | None:
    """Where the value that begins at `at` ends, white space included, if it is good JSON and whole; else None.

    The decoder skips a value several times faster than we can, and tells in its complaint where the next one stands.
    Whether that text still says so is a matter of speed only: its word is checked.
    """
    rest = memoryview(block)[at:]
    try:
        _skipper.decode(rest)
    except RecursionError:
        return None
    except msgspec.MsgspecError as error:
        trailing = _TRAILING.search(str(error))
        if trailing is None or not _is_whole(rest[: int(trailing[1]) - 1]):
            return None
        return at + int(trailing[1]) - 1
    return len(block)


def _is_whole(value: memoryview) -> bool:
    try:
        _skipper.decode(value)
    except msgspec.MsgspecError:
        return False
    return True


def _span(pattern: re.Pattern[bytes], block: bytes, at: int) -> int:
    match = pattern.match(block, at)
    return match.end() if match else at

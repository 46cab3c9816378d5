"""Bytes of a file -> text that YAML may see, or the diagnostic why not."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Final

from mapper.authoring.rules.reading import NOT_TEXT, TOO_LARGE, UNREADABLE
from mapper.records.diagnostic import Diagnostic, Place

MAX_BYTES: Final = 1_000_000
"""Largest file that is read."""

_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
# What YAML does not allow, and the breaks and marks that only some tools see: NEL, LS, PS, a BOM inside, a lone CR.
_FOREIGN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]|\r(?!\n)"
)
_MAX_SHOWN: Final = 10


def read_text(path: Path, *, shown: str) -> tuple[str | None, list[Diagnostic]]:
    """Read a file as text without its byte-order mark, line ends as they are.

    None for a file that can't be read as UTF-8 within the limits; the diagnostics say why.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            return None, [_whole(shown, f"this is {kind}", "name the files in it, or give the folder as a mapping set")]
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return None, [_unreadable(shown, error)]
    return decode_text(raw, file=shown)


def decode_text(raw: bytes, *, file: str) -> tuple[str | None, list[Diagnostic]]:
    """Decode the bytes of a file; as :func:`read_text`."""
    if len(raw) > MAX_BYTES:
        help_ = "split the file, or share parts of it with `use`"
        return None, [TOO_LARGE.at(_spot(file), f"the file has more than {MAX_BYTES:,} bytes", help=help_)]
    if raw.startswith(_UTF16):
        return None, [NOT_TEXT.at(_spot(file), "the file is UTF-16, not UTF-8", help="save it as UTF-8")]
    raw = raw.removeprefix(_BOM)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [_not_utf8(raw, error.start, file)]
    if "\0" in text:
        line, column = line_and_column(text, text.index("\0"))
        help_ = "save it as UTF-8 text, or move it away if it is no mapping file"
        return None, [NOT_TEXT.at(_spot(file, line, column), "a NUL: the file is binary or UTF-16", help=help_)]
    foreign = [_foreign(text, match.start(), file) for match in _FOREIGN.finditer(text)]
    return (None, foreign[:_MAX_SHOWN]) if foreign else (text, [])


def source_lines(path: Path) -> list[str]:
    """The lines of a file for showing; no error ever, and no lines for what can't be read."""
    try:
        if not path.is_file():
            return []
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES)
    except (OSError, ValueError):
        return []
    return split_lines(raw.removeprefix(_BOM).decode("utf-8", "replace"))


def split_lines(text: str) -> list[str]:
    """Lines as they are counted here: they end with LF or CRLF and nothing else."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """1-based line and column, in characters, of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _spot(file: str, line: int = 1, column: int = 1) -> Place:
    return Place(file=file, line=line, column=column, length=1)


def _whole(file: str, message: str, help_: str | None) -> Diagnostic:
    return UNREADABLE.at(_spot(file), message, help=help_)


def _unreadable(file: str, error: OSError | ValueError) -> Diagnostic:
    if isinstance(error, FileNotFoundError):
        return _whole(file, "no such file", "check the spelling of the path")
    if isinstance(error, PermissionError):
        return _whole(file, "the file may not be read", "give yourself the right to read it")
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _whole(file, f"the file cannot be read: {cause[:1].lower()}{cause[1:]}", None)


def _not_utf8(raw: bytes, at: int, file: str) -> Diagnostic:
    line, column = line_and_column(raw[:at].decode("utf-8"), len(raw[:at].decode("utf-8")))
    binary = b"\0" in raw[:4096]
    message = f"byte 0x{raw[at]:02x} is not UTF-8" + ("; the file looks binary" if binary else "")
    help_ = "this is no mapping file: move it away" if binary else "save the file as UTF-8"
    return NOT_TEXT.at(_spot(file, line, column), message, help=help_)


def _foreign(text: str, at: int, file: str) -> Diagnostic:
    line, column = line_and_column(text, at)
    code = ord(text[at])
    if code == 0x0D:
        message, help_ = "a carriage return without a line feed", "save the file with LF or CRLF line ends"
    elif code == 0xFEFF:
        message, help_ = "a byte-order mark inside the text", "delete it: it was pasted in and cannot be seen"
    else:
        escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        message = f"the character U+{code:04X} is not allowed in YAML text"
        help_ = f"delete it, or write it as `{escape}` inside double quotes"
    return NOT_TEXT.at(_spot(file, line, column), message, help=help_)

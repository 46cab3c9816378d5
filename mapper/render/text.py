"""Diagnostics for people at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from mapper.records.diagnostic import Diagnostic, Location
from mapper.render.cells import visible
from mapper.render.frame import underline
from mapper.render.located import Locate, Located, located

Source = Callable[[str], Sequence[str]]
"""Gives the lines of a file without their ends; none where it can't be read."""

_RED: Final = "1;31"
_YELLOW: Final = "1;33"
_BLUE: Final = "1;34"
_CYAN: Final = "1;36"
_BOLD: Final = "1"


def as_text(diagnostics: Iterable[Diagnostic], *, locate: Locate, source: Source, color: bool, width: int) -> str:
    """One paragraph for each diagnostic, with the source line and a caret; empty where there is none.

    Args:
        diagnostics: In any order; they are sorted by file, line, column and code.
        locate: Finds a place.
        source: Gives a file's lines.
        color: Use ANSI colours.
        width: Columns of the terminal. Source lines are cut to it, messages are not.
    """
    writer = _Writer(source, color, width)
    return "\n".join(writer.paragraph(item) for item in located(diagnostics, locate))


class _Writer:
    def __init__(self, source: Source, color: bool, width: int) -> None:
        self._source, self._color, self._width = source, color, width

    def paragraph(self, item: Located) -> str:
        """All lines of one diagnostic, each with its end."""
        diagnostic = item.diagnostic
        tint = _RED if diagnostic.severity == "error" else _YELLOW
        gutter = max(len(str(location.line)) for location in (item.primary, *item.related))
        head = self._paint(tint, f"{diagnostic.severity}[{diagnostic.code}]")
        lines = [f"{head}{self._paint(_BOLD, f': {visible(diagnostic.message)}')}"]
        lines += self._frame(item.primary, gutter, "^", tint)
        if diagnostic.help is not None:
            blanks = " " * (gutter + 2)
            lines.append(f"{blanks}{self._paint(_BLUE, '=')} {self._paint(_BOLD, 'help')}: {visible(diagnostic.help)}")
        for related, location in zip(diagnostic.related, item.related, strict=True):
            lines.append(f"{self._paint(_CYAN, 'note')}: {visible(related.message)}")
            lines += self._frame(location, gutter, "-", _BLUE)
        return "".join(f"{line}\n" for line in lines)

    def _frame(self, location: Location, gutter: int, mark: str, tint: str) -> list[str]:
        where = f"{visible(location.file)}:{location.line}:{location.column}"
        arrow = f"{' ' * (gutter + 1)}{self._paint(_BLUE, '-->')} {where}"
        source = self._source(location.file)
        if not 0 < location.line <= len(source):
            return [arrow]
        bar = self._paint(_BLUE, "|")
        line, marks = underline(
            source[location.line - 1],
            column=location.column,
            length=location.length,
            mark=mark,
            room=self._width - gutter - 4,
        )
        number = self._paint(_BLUE, f"{location.line:>{gutter}}")
        blanks = len(marks) - len(marks.lstrip(" "))
        return [
            arrow,
            f"{' ' * (gutter + 2)}{bar}",
            f" {number} {bar} {line}".rstrip(),
            f"{' ' * (gutter + 2)}{bar} {marks[:blanks]}{self._paint(tint, marks[blanks:])}",
        ]

    def _paint(self, tint: str, text: str) -> str:
        return f"\x1b[{tint}m{text}\x1b[0m" if self._color else text

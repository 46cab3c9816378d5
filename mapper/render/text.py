"""Diagnostics for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from mapper.records.diagnostic import Diagnostic, Location
from mapper.render.cells import visible
from mapper.render.frame import underline
from mapper.render.located import Locate, Located, Source, located
from mapper.render.paint import BOLD, BOLD_BLUE, BOLD_CYAN, BOLD_RED, BOLD_YELLOW, paint


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
        tint = BOLD_RED if diagnostic.severity == "error" else BOLD_YELLOW
        gutter = max(len(str(location.line)) for location in (item.primary, *item.related))
        head = self._paint(tint, f"{diagnostic.severity}[{diagnostic.code}]")
        lines = [f"{head}{self._paint(BOLD, f': {visible(diagnostic.message)}')}"]
        lines += self._frame(item.primary, gutter, "^", tint)
        if diagnostic.help is not None:
            blanks = " " * (gutter + 2)
            lines.append(
                f"{blanks}{self._paint(BOLD_BLUE, '=')} {self._paint(BOLD, 'help')}: {visible(diagnostic.help)}"
            )
        for related, location in zip(diagnostic.related, item.related, strict=True):
            lines.append(f"{self._paint(BOLD_CYAN, 'note')}: {visible(related.message)}")
            lines += self._frame(location, gutter, "-", BOLD_BLUE)
        return "".join(f"{line}\n" for line in lines)

    def _frame(self, location: Location, gutter: int, mark: str, tint: str) -> list[str]:
        where = f"{visible(location.file)}:{location.line}:{location.column}"
        arrow = f"{' ' * (gutter + 1)}{self._paint(BOLD_BLUE, '-->')} {where}"
        source = self._source(location.file)
        if not 0 < location.line <= len(source):
            return [arrow]
        bar = self._paint(BOLD_BLUE, "|")
        line, marks = underline(
            source[location.line - 1],
            column=location.column,
            length=location.length,
            mark=mark,
            room=self._width - gutter - 4,
        )
        number = self._paint(BOLD_BLUE, f"{location.line:>{gutter}}")
        blanks = len(marks) - len(marks.lstrip(" "))
        return [
            arrow,
            f"{' ' * (gutter + 2)}{bar}",
            f" {number} {bar} {line}".rstrip(),
            f"{' ' * (gutter + 2)}{bar} {marks[:blanks]}{self._paint(tint, marks[blanks:])}",
        ]

    def _paint(self, tint: str, text: str) -> str:
        return paint(tint, text, self._color)

"""Diagnostics for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from mapper.records.diagnostic import Diagnostic, Location
from mapper.render.cells import visible
from mapper.render.fold import folded
from mapper.render.frame import underline
from mapper.render.located import Locate, Located, Source, located
from mapper.render.paint import BOLD, BOLD_BLUE, BOLD_CYAN, BOLD_RED, BOLD_YELLOW, paint


def as_text(
    diagnostics: Iterable[Diagnostic],
    *,
    locate: Locate,
    source: Source,
    color: bool,
    width: int,
    fold: bool = False,
) -> str:
    """One paragraph for each diagnostic, with the source line and a caret; empty where there is none.

    Args:
        diagnostics: In any order; they are sorted by file, line, column and code.
        locate: Finds a place.
        source: Gives a file's lines.
        color: Use ANSI colours.
        width: Columns of the terminal. Source lines are cut to it.
        fold: Break messages and help at `width` too; without it each is one line, for `grep` and for logs.
    """
    writer = _Writer(source, color, width, fold)
    return "\n".join(writer.paragraph(item) for item in located(diagnostics, locate))


class _Writer:
    def __init__(self, source: Source, color: bool, width: int, fold: bool) -> None:
        self._source, self._color, self._width = source, color, width
        self._fold = width if fold else None

    def paragraph(self, item: Located) -> str:
        """All lines of one diagnostic, each with its end."""
        diagnostic = item.diagnostic
        tint = BOLD_RED if diagnostic.is_error else BOLD_YELLOW
        gutter = max(len(str(location.line)) for location in (item.primary, *item.related))
        head = f"{diagnostic.severity}[{diagnostic.code}]"
        lines = self._prose(head, self._paint(tint, head), diagnostic.message, BOLD)
        lines += self._frame(item.primary, gutter, "^", tint)
        if diagnostic.help is not None:
            blanks = " " * (gutter + 2)
            painted = f"{blanks}{self._paint(BOLD_BLUE, '=')} {self._paint(BOLD, 'help')}"
            lines += self._prose(f"{blanks}= help", painted, diagnostic.help)
        for related, location in zip(diagnostic.related, item.related, strict=True):
            lines += self._prose("note", self._paint(BOLD_CYAN, "note"), related.message)
            lines += self._frame(location, gutter, "-", BOLD_BLUE)
        return "".join(f"{line}\n" for line in lines)

    def _prose(self, head: str, painted: str, text: str, tint: str | None = None) -> list[str]:
        """A text behind a head and a colon; where it takes several lines, the next begin below its first word."""
        blanks = " " * (len(head) + 2)
        first, *more = folded(visible(text), self._fold, indent=blanks)
        told = [f": {first.removeprefix(blanks)}", *(line.removeprefix(blanks) for line in more)]
        told = told if tint is None else [self._paint(tint, line) for line in told]
        return [painted + told[0], *(blanks + line for line in told[1:])]

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

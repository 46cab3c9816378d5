"""What calls reach of mappings, for people at a terminal and for programs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mapper.records.coverage import GROUPS, Coverage, FileCoverage, Point, Reached
from mapper.render.cells import cut, visible
from mapper.render.fold import folded
from mapper.render.located import Locate, Source
from mapper.render.paint import BOLD, DIM, GREEN, RED, paint
from mapper.render.summary import not_calls
from mapper.render.table import percent, table

_CALLS: Final = 7
"""Columns of a number of calls."""
_SHORT: Final = 60
"""Characters of a text that stands within a sentence."""
_WORDS: Final = {
    "field": "the field {} never has a value",
    "name": "the name {} is never read",
    "arm": "{} never gives the value",
    "branch": "never taken: {}",
    "key": "the key {} never gives the value",
    "spelling": "no key is ever found in {}",
    "rule": "never happens: {}",
    "required": "never happens: {}",
    "default": "the default {} is never used",
}


def as_text(found: Coverage, *, every: bool, locate: Locate, source: Source, color: bool, width: int | None) -> str:
    """Files with something that no call reached, line by line; then a table.

    Args:
        found: What to show.
        every: Show the other files too.
        locate: Finds a place.
        source: Gives a file's lines.
        color: Use ANSI colours.
        width: Columns of the terminal; None leaves lines whole.
    """
    files = [file for file in found.files if file.points and (every or file.missed)]
    writer = _Lines(locate, source, color, width)
    paragraphs = [*(list(writer.file(file)) for file in files), _table(found, color, width), _sum(found, width)]
    return "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n"


def as_json(found: Coverage, *, locate: Locate) -> str:
    """The same for programs: an object."""
    shown = {
        "corpus": found.corpus,
        "calls": found.calls,
        "faulty": found.faulty,
        "fault": found.fault,
        "points": found.total,
        "reached": found.reached,
        "percent": round(found.percent, 2),
        "files": [
            {
                "destination": file.destination,
                "mapping": file.mapping,
                "file": file.file,
                "points": [_plain(each, locate) for each in file.points],
            }
            for file in found.files
        ],
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def percent_text(found: Coverage) -> str:
    """As a table has it."""
    return percent(found.reached, found.total)


def _plain(each: Reached, locate: Locate) -> dict[str, Any]:
    at = locate(each.point.place)
    where = {"line": at.line, "column": at.column}
    return {"kind": each.point.kind, "text": each.point.text, **where, "calls": each.calls}


class _Lines:
    """Writes a file line by line: how many calls reached a line, and what of it none did."""

    def __init__(self, locate: Locate, source: Source, color: bool, width: int | None) -> None:
        self._locate, self._source, self._color, self._width = locate, source, color, width

    def file(self, file: FileCoverage) -> Iterator[str]:
        """Its lines."""
        by_line: dict[int, list[Reached]] = defaultdict(list)
        for each in file.points:
            by_line[self._locate(each.point.place).line].append(each)
        reached = len(file.points) - len(file.missed)
        head = f"{file.file}: {reached} of {len(file.points)} reached"
        yield paint(BOLD, cut(head, self._width), self._color)
        lines = self._source(file.file)
        for number, text in enumerate(lines, 1):
            if number == len(lines) and not text:
                break  # what comes after the last end of line
            yield from self._line(number, text, by_line.get(number, []))

    def _line(self, number: int, text: str, points: Sequence[Reached]) -> Iterator[str]:
        missed = [each.point for each in points if not each.calls]
        calls = f"{max(each.calls for each in points):,}" if points else ""
        mark, tint = ("✗", RED) if missed else ("✓", GREEN) if points else (" ", DIM)
        room = None if self._width is None else max(self._width - _CALLS - 9, 1)
        shown = paint(RED, cut(text, room), self._color) if missed else cut(text, room)
        start = f"{calls:>{_CALLS}} {paint(tint, mark, self._color)} {paint(DIM, f'{number:>4}', self._color)}"
        yield f"{start}  {shown}".rstrip()
        for point in missed:
            for note in folded(f"^ {visible(said(point))}", self._width, indent=" " * (_CALLS + 9)):
                yield paint(RED, note, self._color)


def said(point: Point) -> str:
    """That no call reached a point, in words."""
    text = cut(point.text, _SHORT)
    return _WORDS[point.kind].format(text if "`" in text else f"`{text}`")


def _table(found: Coverage, color: bool, width: int | None) -> list[str]:
    names = [*GROUPS, "reached"]
    rows = [["", *names]]
    for file in found.files:
        if file.points:
            rows.append([file.name, *_cells(file.points)])
    if len(rows) > 2:
        rows.append(["all", *_cells([each for file in found.files for each in file.points])])
    return table(rows, color=color, room=width)


def _cells(points: Sequence[Reached]) -> Iterator[str]:
    for kinds in GROUPS.values():
        own = [each for each in points if each.point.kind in kinds]
        yield f"{sum(each.calls > 0 for each in own)}/{len(own)}" if own else "-"
    yield percent(sum(each.calls > 0 for each in points), len(points))


def _sum(found: Coverage, width: int | None) -> list[str]:
    calls = f"{found.calls:,} call{'s' * (found.calls != 1)} of {found.corpus}"
    text = (
        f"{calls} reach{'es' * (found.calls == 1)} {found.reached:,} of {found.total:,} points, {percent_text(found)}"
    )
    more = [not_calls(found.faulty, found.fault)] if found.faulty else []
    return [line for each in (text, *more) for line in folded(visible(each), width)]

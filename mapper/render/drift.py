"""How far mappings and calls have drifted apart, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from mapper.records.drift import Absent, Drift, Unread
from mapper.render.cells import cut, cut_start, visible
from mapper.render.cells import width as columns
from mapper.render.fold import folded
from mapper.render.paint import BOLD, paint
from mapper.render.summary import not_calls

_WIDEST: Final = 44
"""Columns that a path may take before what stands beside it moves."""
_LEAST: Final = 12
"""Columns that the last cell of a row keeps."""


def as_text(drift: Drift, *, most: int, everything: bool, color: bool, width: int | None) -> str:
    """Two tables, and a line that sums them up.

    Args:
        drift: What to show.
        most: Rows of each table; the rest is counted.
        everything: Also show what Segment itself documents.
        color: Use ANSI colours.
        width: Columns of the terminal; None leaves lines whole.
    """
    shown = [each for each in drift.unread if everything or not each.documented]
    blocks = []
    if shown:
        head = paint(BOLD, "in calls, and read by no mapping", color)
        blocks.append([head, *_rows(_unread(shown[:most], drift), width, cut)])
    if drift.absent:
        rows = [_absent(each, drift) for each in drift.absent[:most]]
        head = paint(BOLD, "read by mappings, and in no call", color)
        blocks.append([head, *_rows(rows, width, cut_start)])  # the end of a place is its line
    notes = [
        *_more(len(shown) - most, "unread path", ""),
        *_more(len(drift.absent) - most, "path", " without calls"),
        *_hidden([each for each in drift.unread if each.documented and not everything]),
        *_end(drift),
    ]
    blocks.append([line for note in notes for line in folded(visible(note), width)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def as_json(drift: Drift) -> str:
    """The same for programs: an object, with all paths."""
    shown = {
        "calls": dict(drift.calls),
        "untaken": dict(drift.untaken),
        "faulty": drift.faulty,
        "fault": drift.fault,
        "unread": [
            {"path": each.path, "calls": each.calls, "types": dict(each.types), "documented": each.documented}
            for each in drift.unread
        ],
        "absent": [
            {
                "path": each.path,
                "types": list(each.types),
                "of": each.of,
                "place": each.place and {"file": each.place.file, "line": each.place.line, "column": each.place.column},
            }
            for each in drift.absent
        ],
        "untold": drift.untold,
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def _unread(shown: Sequence[Unread], drift: Drift) -> list[tuple[str, str, str]]:
    digits = max(len(f"{each.calls:,}") for each in shown)
    return [(f"{each.calls:>{digits},}", each.path, _types(each.types, drift)) for each in shown]


def _absent(each: Absent, drift: Drift) -> tuple[str, str, str]:
    place = f"{each.place.file}:{each.place.line}" if each.place else ""
    return each.path, _types(each.types, drift), place


def _types(types: Collection[str], drift: Drift) -> str:
    return "every type" if len(types) == len(drift.calls) > 1 else ", ".join(types)


def _rows(
    rows: Sequence[tuple[str, ...]], width: int | None, cut_last: Callable[[str, int | None], str]
) -> Iterator[str]:
    """Rows whose columns stand below each other, unless a text is very long; `cut_last` makes room in the last."""
    shown = [[*map(visible, row)] for row in rows]
    widths = [min(max(map(columns, column)), _WIDEST) for column in zip(*shown, strict=True)]
    for *cells, last in shown:
        padded = (cell + " " * (room - columns(cell)) for cell, room in zip(cells, widths, strict=False))
        line = f"  {'  '.join(padded)}  "
        room = None if width is None else max(width - columns(line), _LEAST)
        yield cut(f"{line}{cut_last(last, room)}".rstrip(), width)


def _more(left: int, what: str, which: str) -> list[str]:
    are = "is" if left == 1 else "are"
    return [f"{left:,} more {what}{_s(left)}{which} {are} not shown; --top N shows more"] if left > 0 else []


def _hidden(left: Sequence[Unread]) -> list[str]:
    if not left:
        return []
    what = "path is" if len(left) == 1 else "paths are"
    return [f"{len(left):,} more unread {what} Segment's own, such as {left[0].path}; --all shows it all"]


def _end(drift: Drift) -> Iterator[str]:
    if drift.untold:
        yield f"{drift.untold:,} times there was an unread path beyond the first {len(drift.unread):,}"
    if drift.untaken:
        untaken = (f"{calls:,} {kind} call{_s(calls)}" for kind, calls in drift.untaken.items())
        yield f"no mapping takes {', '.join(untaken)}"
    calls = sum(drift.calls.values())
    types = f" ({', '.join(f'{count:,} {kind}' for kind, count in drift.calls.items())})" if calls else ""
    unread, absent = len(drift.unread), len(drift.absent)
    yield f"{calls:,} call{_s(calls)}{types}: {unread:,} path{_s(unread)} unread, {absent:,} without calls"
    if drift.faulty:
        yield not_calls(drift.faulty, drift.fault)


def _s(count: int) -> str:
    return "s" * (count != 1)

"""Changes of mappings that no call would show, for people at a terminal and for programs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from mapper.records.diagnostic import Location
from mapper.records.mutants import Trials, Tried
from mapper.render.cells import cut, visible
from mapper.render.fold import folded
from mapper.render.located import Locate, Source
from mapper.render.paint import BOLD, BOLD_BLUE, RED, paint
from mapper.render.summary import not_calls
from mapper.render.table import percent, table


def as_text(found: Trials, *, locate: Locate, source: Source, color: bool, width: int | None) -> str:
    """A paragraph for each line of a mapping that can be changed unnoticed; then a table.

    Args:
        found: What was tried.
        locate: Finds a place.
        source: Gives a file's lines.
        color: Use ANSI colours.
        width: Columns of the terminal; None leaves lines whole.
    """
    order = list(dict.fromkeys(map(_subject, found.tried)))
    lines: dict[tuple[str, str, int], list[Tried]] = defaultdict(list)
    for each in found.tried:
        if not each.noticed:
            at = locate(each.place)
            lines[_subject(each), at.file, at.line].append(each)
    in_order = sorted(lines.items(), key=lambda item: (order.index(item[0][0]), *item[0][1:]))
    paragraphs = [
        list(_paragraph(name, Location(file=file, line=line, column=1), changes, source, color, width))
        for (name, file, line), changes in in_order
    ]
    paragraphs += [_table(found, color, width), [line for each in _sum(found) for line in folded(visible(each), width)]]
    return "\n\n".join("\n".join(each) for each in paragraphs) + "\n"


def as_json(found: Trials, *, locate: Locate) -> str:
    """The same for programs: an object."""
    unnoticed = []
    for each in found.tried:
        if not each.noticed:
            at = locate(each.place)
            unnoticed.append(
                {
                    "destination": each.destination,
                    "mapping": each.mapping,
                    "change": each.change,
                    "file": at.file,
                    "line": at.line,
                    "column": at.column,
                }
            )
    shown = {
        "corpus": found.corpus,
        "calls": found.calls,
        "faulty": found.faulty,
        "fault": found.fault,
        "changes": len(found.tried),
        "noticed": found.noticed,
        "percent": round(found.percent, 2),
        "unnoticed": unnoticed,
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def percent_text(found: Trials) -> str:
    """As a table has it."""
    return percent(found.noticed, len(found.tried))


def _paragraph(
    name: str, at: Location, changes: Sequence[Tried], source: Source, color: bool, width: int | None
) -> Iterator[str]:
    what = "this change" if len(changes) == 1 else f"any of these {len(changes)} changes"
    yield paint(BOLD, cut(f"{name}: no call shows {what}", width), color)
    yield f"  {paint(BOLD_BLUE, '-->', color)} {visible(at.file)}:{at.line}"
    lines = source(at.file)
    if at.line <= len(lines):
        yield f"      {cut(lines[at.line - 1].strip(), None if width is None else width - 6)}"
    for each in changes:
        yield paint(RED, f"  - {cut(each.change, None if width is None else width - 4)}", color)


def _table(found: Trials, color: bool, width: int | None) -> list[str]:
    by_name: dict[str, list[Tried]] = defaultdict(list)
    for each in found.tried:
        by_name[_subject(each)].append(each)
    rows = [["", "changes", "noticed", ""]]
    rows += [[name, *_cells(tried)] for name, tried in by_name.items()]
    if len(rows) > 2:
        rows.append(["all", *_cells(found.tried)])
    return table(rows, color=color, room=width)


def _cells(tried: Sequence[Tried]) -> list[str]:
    noticed = sum(each.noticed for each in tried)
    return [f"{len(tried):,}", f"{noticed:,}", percent(noticed, len(tried))]


def _subject(each: Tried) -> str:
    return each.destination if each.mapping is None else f"{each.destination}/{each.mapping}"


def _sum(found: Trials) -> Iterator[str]:
    one = found.calls == 1
    calls = f"{found.calls:,} call{'s' * (not one)} of {found.corpus} show{'s' * one}"
    yield f"{calls} {found.noticed:,} of {len(found.tried):,} changes, {percent_text(found)}"
    if found.faulty:
        yield not_calls(found.faulty, found.fault)

"""Explanations for people at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mapper.records.diagnostic import Place
from mapper.records.explanation import Explanation, Field, State, Why, inputs
from mapper.render.cells import cut, visible
from mapper.render.cells import width as columns
from mapper.render.fold import folded
from mapper.render.located import Locate
from mapper.render.paint import BOLD, BOLD_BLUE, CYAN, DIM, GREEN, RED, YELLOW, paint

_MARKS: Final[dict[State, tuple[str, str]]] = {
    "gave": ("✓", GREEN),
    "nothing": ("✗", YELLOW),
    "failed": ("!", RED),
    "untried": ("·", DIM),
}
_TEXT: Final = 36
"""Columns of a text beside what came of it, or half of what there is."""
_WIDE: Final = 200
"""Columns to which values are cut where no terminal shows them."""
_FEW: Final = 3
"""Paths that are named."""
_LEAST: Final = 20
"""Columns that a text keeps beside what came of it."""
_HOLDS: Final = {"holds": "holds", "does not hold": "no"}
_EMPTY: Final = frozenset({"empty text", "false", "an empty array", "an empty object"})
"""Notes that say what the value is."""


def as_text(
    title: str,
    found: Sequence[Explanation],
    chosen: Sequence[tuple[Explanation, Sequence[Field]]] | None,
    *,
    locate: Locate,
    color: bool,
    width: int | None,
) -> str:
    """A paragraph for each result, and one for each of its fields.

    Args:
        title: Which call it is.
        found: Its results.
        chosen: The fields that are asked for, of those results that have any; None: all of all.
        locate: Finds a place.
        color: Use ANSI colours.
        width: Columns of the terminal; None: values are cut late, and nothing else is.
    """
    paragraphs = [[cut(title, width)]]
    rows: Sequence[tuple[Explanation, Sequence[Field] | None]] = chosen or [(each, None) for each in found]
    for each, fields in rows:
        paragraphs += _Writer(locate, color, width).result(each, fields)
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n"


class _Writer:
    """Writes one result; a name of ``let`` is told where it comes up first."""

    def __init__(self, locate: Locate, color: bool, width: int | None) -> None:
        self._locate, self._color, self._width = locate, color, width
        self._told: set[Place] = set()

    def result(self, found: Explanation, chosen: Sequence[Field] | None) -> Iterator[list[str]]:
        """Its paragraphs."""
        yield [*self._verdict(found)]
        fields = found.fields if chosen is None else chosen
        if found.field is not None and chosen is None:
            fields = [field for field in fields if field.path == found.field]
        for field in fields:
            if field.present or chosen is not None:
                yield [*self._field(field)]
        absent = [field.path for field in fields if not field.present]
        if absent and chosen is None:
            text = f"left out, for nothing gave a value: {', '.join(absent)} (--field NAME shows why)"
            yield [self._paint(DIM, line) for line in folded(visible(text), self._width)]

    def _verdict(self, found: Explanation) -> Iterator[str]:
        name = found.destination if found.mapping is None else f"{found.destination}/{found.mapping}"
        if found.request is not None:
            target = f"{found.request['method']} {found.request['url']}"
            yield self._paint(BOLD, f"{name} makes a request of it")
            yield f"  {cut(target, self._room(2))}"
            return
        said = {"skipped": "skips it", "unmappable": "can't map it"}[found.outcome]
        tint = YELLOW if found.outcome == "skipped" else RED
        text = f"{name} {said}: {found.reason}"
        if found.field is not None and not (found.reason or "").startswith(f"{found.field} breaks"):
            text += f" (field {found.field})"
        yield from (self._paint(f"1;{tint}", line) for line in folded(visible(text), self._width))
        if found.because is not None:
            yield from self._tree(found.because, "  ", None)
        elif found.place is not None:
            yield from self._arrow(found.place, "  ", None)
        for each in found.decided:
            text = f"{each.path} is {self._json(each.value)}"
            yield f"  {cut(text, self._room(2))}"

    def _field(self, field: Field) -> Iterator[str]:
        if field.present:
            value = self._json(field.value)
            head = f"{field.path} = {value}"
            supply = _supply(field.why)
            if supply and self._width is not None and columns(head) + columns(supply) + 6 > self._width:
                yield self._paint(BOLD, cut(head, self._width))
                yield "  " + self._paint(CYAN, cut("<- " + supply, self._room(2)))
            else:
                arrow = "  " + self._paint(CYAN, "<- " + visible(supply)) if supply else ""
                yield self._paint(BOLD, cut(head, self._width)) + arrow
        else:
            yield self._paint(BOLD, cut(f"{field.path} is left out", self._width))
        yield from self._tree(field.why, "  ", None)

    def _tree(self, why: Why, indent: str, near: Place | None) -> Iterator[str]:
        """What was evaluated: its place where that is on another line than before, its text, and its parts."""
        yield from self._arrow(why.place, indent, near)
        if why.kind == "name":
            again = why.place in self._told
            self._told.add(why.place)
            (inner,) = why.parts
            yield self._row(f"let {why.text}", inner, indent, "as above" if again else None)
            why = inner
        else:
            again = _only_read(why) is not None
            yield self._row(why.text, why, indent, None)
        if not again:
            yield from self._parts(why, indent + "  ")

    def _row(self, text: str, why: Why, indent: str, note: str | None) -> str:
        """A text that stands for itself, with what came of it where no part tells."""
        if note is None:
            told = why.parts and not why.note and not _only_read(why)
            note = "" if told or why.kind == "constant" else self._outcome(why)
        note = cut(note, self._room(len(indent) + min(columns(visible(text)), _LEAST) + 3))
        room = self._room(len(indent) + (columns(note) + 3 if note else 0))
        return indent + cut(text, max(room, _LEAST)) + (f"   {self._tinted(why, note)}" if note else "")

    def _parts(self, why: Why, indent: str) -> Iterator[str]:
        parts = why.parts if why.kind == "choice" else [_last(part) for part in why.parts]
        tried = [part for part in parts if part.state != "untried"]
        widest = max((columns(visible(part.text)) for part in tried), default=0)
        room = self._room(len(indent) + 5)
        wide = min(widest, max(_TEXT, room // 2), max(room - _LEAST, _LEAST // 2))
        for part in tried:
            if part.kind == "name":
                yield from self._tree(part, indent, why.place)
            else:
                yield from self._part(part, indent, wide, why.place)
        if untried := [part.text for part in parts if part.state == "untried"]:
            text = cut(f"not tried: {', '.join(untried)}", self._room(len(indent) + 2))
            yield self._paint(DIM, f"{indent}· {text}")

    def _part(self, part: Why, indent: str, wide: int, near: Place) -> Iterator[str]:
        mark, tint = ("?", BOLD_BLUE) if part.kind == "condition" else _MARKS[part.state]
        text = cut(part.text, wide)
        start = f"{indent}{self._paint(tint, mark)} {text}{' ' * (wide - columns(text))}"
        room = self._room(len(indent) + wide + 5)
        outcome = "" if part.kind == "constant" and part.text == self._json(part.value) else self._outcome(part)
        whole = part.kind == "condition" and _reads(part) is not None
        if whole and columns(outcome) > room:
            whole, outcome = False, _HOLDS[part.note]
        whole = whole or _only_read(part) is not None
        yield f"{start}   {self._tinted(part, cut(outcome, room))}".rstrip()
        if not whole:
            yield from self._arrow(part.place, indent + "    ", near)
            yield from self._parts(part, indent + "    ")

    def _outcome(self, why: Why) -> str:
        """What came of a part, in words."""
        if why.kind == "condition" and why.state != "failed":
            reads = ", ".join(map(self._read, _reads(why) or ()))
            return _HOLDS[why.note] + (f": {reads}" if reads else "")
        if why.state == "failed":
            return why.note
        if why.state == "nothing":
            if only := _only_read(why):
                return f"null: {self._read(only)}"
            told = why.value is None or why.note in _EMPTY
            return (why.note or "null") if told else f"{why.note}: {self._json(why.value)}"
        shown = self._json(why.value)
        if why.path is not None and why.path != why.text:
            shown = f"{why.path} = {shown}"
        return f"{shown}   {why.note}" if why.note else shown

    def _read(self, why: Why) -> str:
        return f"{why.path} is {why.note if why.state == 'nothing' else self._json(why.value)}"

    def _arrow(self, place: Place, indent: str, near: Place | None) -> Iterator[str]:
        at = self._locate(place)
        same = near is not None and near.file == place.file
        if not (same and near and (near.route == place.route or self._locate(near).line == at.line)):
            yield f"{indent}{self._paint(BOLD_BLUE, '-->')} {visible(at.file)}:{at.line}:{at.column}"

    def _tinted(self, why: Why, text: str) -> str:
        if why.kind == "condition" or why.state == "gave":
            return text
        return self._paint(_MARKS[why.state][1], text)

    def _json(self, value: Any) -> str:
        return cut(json.dumps(value, ensure_ascii=False), self._width or _WIDE)

    def _room(self, taken: int) -> int:
        return max((self._width or _WIDE) - taken, 1)

    def _paint(self, tint: str, text: str) -> str:
        return paint(tint, text, self._color)


def _supply(why: Why) -> str:
    """Where a value comes from: paths of the call, else what in the mapping gives it."""
    paths = [each.path for each in inputs(why)]
    if paths:
        more = len(paths) - _FEW
        return ", ".join(paths[:_FEW]) + (f" and {more} more" if more > 0 else "")
    if why.kind == "constant":
        return "a constant"
    given = [part for part in why.parts if part.state == "gave" and part.kind != "condition"]
    if why.kind == "default" and given and given[-1] is why.parts[-1]:
        return "$default"
    return _supply(given[0]) if len(given) == 1 else ""


def _reads(why: Why) -> list[Why] | None:
    """The values that a condition looked at, or None where there is more to tell of it."""
    found = {}
    left = list(why.parts)
    while left:
        part = left.pop(0)
        if part.kind == "read" and not part.parts:
            found[part.path] = part
        elif part.kind == "made" and part.state != "failed" and not part.note:
            left = [*part.parts, *left]
        else:
            return None
    return list(found.values())


def _only_read(why: Why) -> Why | None:
    """The one value of which nothing could be made."""
    if why.kind != "made" or why.state != "nothing" or why.note or len(why.parts) != 1:
        return None
    (part,) = why.parts
    return part if part.kind == "read" and not part.parts else None


def _last(part: Why) -> Why:
    """Of a chain of one part inside another that hands on its value, the last."""
    while part.kind == "made" and len(part.parts) == 1 and part.state != "failed" and not part.note:
        (inner,) = part.parts
        if inner.value != part.value or inner.kind == "condition":
            break
        part = inner
    return part

"""What differs between two versions of mappings: in words, for people at a terminal, and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from mapper.base.window import windows
from mapper.records.diagnostic import Location
from mapper.records.difference import Change, Comparison, Example
from mapper.render.cells import cut, visible
from mapper.render.fold import folded
from mapper.render.located import Source
from mapper.render.paint import BOLD, BOLD_BLUE, GREEN, RED, paint
from mapper.render.summary import not_calls

_SHORT: Final = 40
"""Characters of a value that stands within a sentence."""
_FEW: Final = 5
"""Fields that a sentence names."""
_SENTENCES: Final = {
    "unmappable": "{calls} can't be mapped any more: {reason}",
    "skipped": "{calls} {are} skipped now: {reason}",
    "gone": "nothing is made of {calls} here any more",
    "method": "the method changes in {calls}",
    "url": "the URL changes in {calls}",
    "request": "the request is another in {calls}",
    "header": "the header `{path}` changes in {calls}",
    "sent": "{calls} {are} sent now, and {were} not: {reason}",
    "new": "{calls} {are} taken here now, and {were} not",
    "removed": "`{path}` is gone from {calls}",
    "type": "`{path}` changes from {reason} in {calls}",
    "changed": "`{path}` changes in {calls}",
    "added": "`{path}` appears in {calls}",
    "order": "the items of `{path}` come in another order in {calls}",
    "reason": "{calls} {are} still not sent, for another reason now: {reason}",
}


def as_text(found: Comparison, *, source: Source, most: int, color: bool, width: int | None) -> str:
    """A paragraph for each change, and a line that sums them up.

    Args:
        found: What to show.
        source: Gives a mapping file's lines.
        most: Changes shown; the rest is counted.
        color: Use ANSI colours.
        width: Columns of the terminal; None leaves lines whole.
    """
    paragraphs = ["\n".join(_paragraph(change, source, color, width)) for change in found.changes[:most]]
    last = [f"{found.old} -> {found.new}", *(f"note: {note}" for note in found.notes), *summary(found, most)]
    lines = [line for text in last for line in folded(visible(text), width)]
    return "\n\n".join([*paragraphs, "\n".join(lines)]) + "\n"


def as_json(found: Comparison) -> str:
    """The same for programs: an object."""
    shown = {
        "old": found.old,
        "new": found.new,
        "corpus": found.corpus,
        "alike": found.alike,
        "nothing_before": found.nothing_before,
        "calls": found.calls,
        "differ": found.differ,
        "faulty": found.faulty,
        "fault": found.fault,
        "left_out": found.left_out,
        "untried": list(found.untried),
        "off": list(found.off),
        "notes": list(found.notes),
        "untold": found.untold,
        "changes": [_plain(change) for change in found.changes],
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def sentence(change: Change) -> str:
    """What happens and how often, in one line."""
    calls = f"{change.calls:,} of {change.of:,} {change.type} call{'s' * (change.of != 1)}"
    one = change.calls == 1
    verbs = {"are": "is" if one else "are", "were": "was" if one else "were"}
    text = _SENTENCES[change.kind].format(calls=calls, path=change.path, reason=change.reason, **verbs)
    if change.paths:
        named = [f"`{path}`" for path in change.paths[:_FEW]]
        return f"{text}: {', '.join([*named, '...'] if len(change.paths) > _FEW else named)}"
    old, new = change.example.old, change.example.new
    simple = change.kind in ("changed", "method", "url", "request", "header") and change.always
    if simple and old and new and max(len(old), len(new)) <= _SHORT:
        return f"{text}, always from {old} to {new}"
    return text


def subject(change: Change) -> str:
    """Which mapping it happens in."""
    return change.destination if change.mapping is None else f"{change.destination}/{change.mapping}"


def spot(place: Location) -> str:
    """A place in words."""
    return f"{place.file}:{place.line}"


def call_of(example: Example) -> str:
    """Which call it is, in words."""
    where = example.file if example.line is None else f"{example.file}:{example.line}"
    return where if example.message_id is None else f"{where}, {example.message_id}"


def source_line(place: Location, source: Source) -> str:
    """The line that a place is on, without blanks around it."""
    lines = source(place.file)
    return lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""


def summary(found: Comparison, most: int) -> list[str]:
    """How much was compared and how much of it differs, in a line; then what else there is to know of that."""
    if found.nothing_before:
        return [f"there are no mappings at {found.old} yet, so that all is new; no call was looked at"]
    if found.alike:
        return ["the mappings say the same; no call was looked at"]
    what = f"{found.calls:,} call{'s' * (found.calls != 1)} of {found.corpus}"
    return [f"{what}: {_differing(found)}", *_remarks(found, most)]


def _differing(found: Comparison) -> str:
    if not found.differ:
        return "no difference"
    ways = f" in {len(found.changes):,} way{'s' * (len(found.changes) != 1)}"
    rest = found.calls - found.differ
    some = f"{found.differ:,} differ{'s' * (found.differ == 1)}{ways}, {rest:,} do{'es' * (rest == 1)} not"
    return some if rest else f"all differ{ways}"


def _remarks(found: Comparison, most: int) -> Iterator[str]:
    if len(found.changes) > most:
        yield f"{len(found.changes) - most:,} more changes are not shown; --top N shows more"
    if found.untold:
        yield f"{found.untold:,} more differences are of kinds beyond the first {len(found.changes):,}"
    if found.left_out:
        yield f"{found.left_out:,} more cases were left out: their settings are not for both"
    if found.faulty:
        yield not_calls(found.faulty, found.fault)
    for name in found.untried:
        yield f"`{name}` differs, and no case is for it; --events FILE tries it on calls"
    for name in found.off:
        yield f"`{name}` is off by default, and compared all the same"


def _paragraph(change: Change, source: Source, color: bool, width: int | None) -> Iterator[str]:
    head, *more = folded(visible(f"{subject(change)}: {sentence(change)}"), width)
    yield paint(BOLD, head, color)
    yield from (paint(BOLD, line, color) for line in more)
    if change.place is not None:
        arrow = paint(BOLD_BLUE, "-->", color)
        yield f"  {arrow} {visible(spot(change.place))}"
        if line := source_line(change.place, source):
            yield f"      {cut(line, _left(width, 6))}"
    example = change.example
    yield f"  {cut(call_of(example), _left(width, 2))}"
    room = _left(width, 4)
    old, new = example.old, example.new
    if old is not None and new is not None and room is not None:
        old, new = windows(old, new, room)
    for sign, value, tint in (("-", old, RED), ("+", new, GREEN)):
        if value is not None:
            yield paint(tint, f"  {sign} {cut(value, room)}", color)


def _left(width: int | None, used: int) -> int | None:
    return None if width is None else max(width - used, 20)


def _plain(change: Change) -> dict[str, Any]:
    place, example = change.place, change.example
    return {
        "kind": change.kind,
        "destination": change.destination,
        "mapping": change.mapping,
        "type": change.type,
        "path": change.path or None,
        "paths": list(change.paths),
        "reason": change.reason or None,
        "calls": change.calls,
        "of": change.of,
        "always": change.always,
        "message": sentence(change),
        "place": place and {"file": place.file, "line": place.line, "column": place.column},
        "example": {name: getattr(example, name) for name in example.__struct_fields__},
    }

"""What differs between two versions of mappings, for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mapper.records.difference import Change, Comparison
from mapper.render.cells import visible
from mapper.render.changes import call_of, sentence, source_line, spot, subject, summary
from mapper.render.located import Source

_LONGEST: Final = 200
"""Characters of a mapping's line: a comment may have 65,536 in all."""
_SPECIAL: Final = re.compile(r"([\\<>|*_\[\]])")
_TICKS: Final = re.compile(r"`+")
_QUOTED: Final = re.compile(r"(`[^`]*`)")


def as_markdown(found: Comparison, *, source: Source, most: int) -> str:
    """A heading, what there is to know, and a paragraph for each change with its example folded away.

    Args:
        found: What to show.
        source: Gives a mapping file's lines.
        most: Changes shown; the rest is counted.
    """
    head = f"### What changes from {_code(found.old)} to {_code(found.new)}"
    first, *lines = summary(found, most)
    parts = [head, f"**{_plain(first)}**", *(f"- {_plain(line)}" for line in (*found.notes, *lines))]
    parts += ["\n".join(_change(change, source)) for change in found.changes[:most]]
    return "\n\n".join(parts) + "\n"


def _change(change: Change, source: Source) -> Iterator[str]:
    yield f"**{_plain(subject(change))}**: {_plain(sentence(change))}"
    yield ""
    yield f"<details><summary>{_html(spot(change.place)) if change.place else 'an example'}</summary>"
    yield ""
    if change.place is not None and (line := source_line(change.place, source)):
        yield from _block("yaml", [line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"])
    example = change.example
    sides = [f"{sign} {value}" for sign, value in (("-", example.old), ("+", example.new)) if value is not None]
    yield from _block("diff", [f"# {call_of(example)}", *sides])
    yield "</details>"


def _block(language: str, lines: list[str]) -> Iterator[str]:
    longest = max((len(ticks) for line in lines for ticks in _TICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield from map(visible, lines)
    yield fence
    yield ""


def _code(text: str) -> str:
    ticks = "`" * (max((len(each) for each in _TICKS.findall(text)), default=0) + 1)
    return f"{ticks}{visible(text)}{ticks}"


def _plain(text: str) -> str:
    """Text whose characters mean nothing but themselves, what stands in backticks left as it is."""
    parts = _QUOTED.split(visible(text))
    return "".join(part if at % 2 else _SPECIAL.sub(r"\\\1", part) for at, part in enumerate(parts))


def _html(text: str) -> str:
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""One change to judge, on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mapper.render.cells import cut
from mapper.render.diff import diff
from mapper.render.paint import BOLD, CYAN, DIM, GREEN, YELLOW, paint

_TINTS: Final = {"changed": YELLOW, "missing": GREEN}
_MOST_VALUES: Final = 4
_MOST_RULES: Final = 2
_LEAST_DIFF: Final = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """What gives a field.

    Attributes:
        where: ``file:line``.
        field: The field, or what else it is about.
        source: The line of the file.
    """

    where: str
    field: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All there is to know of one change.

    Attributes:
        number: Of this change, from 1; of `total`.
        status: ``changed`` or ``missing``.
        name: Of the case.
        about: What the case shows.
        case: Its ``file:line``.
        values: Of the call, those that matter: path and JSON text.
        rules: What gives the changed fields.
        damage: What is wrong with the snapshot, so that no difference can be shown; or None.
        old: Text of the snapshot, empty where there is none.
        new: What it would become.
        keys: What may be pressed, and what it does.
    """

    number: int
    total: int
    status: str
    name: str
    about: str
    case: str
    values: Sequence[tuple[str, str]]
    rules: Sequence[Rule]
    damage: str | None
    old: str
    new: str
    keys: Sequence[tuple[str, str]]


def page_lines(page: Page, *, color: bool, columns: int, rows: int) -> list[str]:
    """The page without its keys, cut to `columns` and to as many lines as leave room for the keys in `rows`."""
    values, rules = _values(page, color, columns, _MOST_VALUES), _rules(page, color, columns, _MOST_RULES)
    head = [*_head(page, color, columns), *values, *rules]
    shown = _difference(page, color, columns)
    room = max(rows - len(head) - 2, _LEAST_DIFF)
    if len(shown) > room:
        left = len(shown) - room + 1
        shown = [*shown[: room - 1], paint(DIM, f"… {left} more line{'s' * (left > 1)}: d shows all", color)]
    return [*head, *shown]


def whole_lines(page: Page, *, color: bool) -> list[str]:
    """The page with nothing cut or left out; it may be longer than the screen."""
    values, rules = _values(page, color, None, len(page.values)), _rules(page, color, None, len(page.rules))
    return [*_head(page, color, None), *values, *rules, *_difference(page, color, None)]


def keys_line(page: Page, *, color: bool) -> str:
    """What may be pressed."""
    return "  ".join(f"{paint(BOLD, key, color)} {does}" for key, does in page.keys)


def _head(page: Page, color: bool, columns: int | None) -> list[str]:
    count = f"{page.number} of {page.total}"
    status = paint(_TINTS.get(page.status, CYAN), page.status, color)
    room = None if columns is None else columns - len(count) - len(page.status) - 4
    return [
        f"{paint(BOLD, count, color)}  {status}  {paint(BOLD, cut(page.name, room), color)}",
        cut(page.about, columns),
        paint(CYAN, cut(page.case, columns), color),
        "",
    ]


def _values(page: Page, color: bool, columns: int | None, most: int) -> list[str]:
    if not page.values:
        return []
    shown = page.values[:most]
    indent = max(min(max(len(path) for path, _ in shown), 36), 4)
    lines = [cut(f"  {path:<{indent}}  {text}", columns) for path, text in shown]
    return [paint(BOLD, "call", color), *lines, *_more(len(page.values) - most, "  ", color), ""]


def _rules(page: Page, color: bool, columns: int | None, most: int) -> list[str]:
    lines = []
    for rule in page.rules[:most]:
        room = None if columns is None else columns - len(rule.field) - 2
        lines.append(f"{paint(BOLD, rule.field, color)}  {paint(CYAN, cut(rule.where, room), color)}")
        lines.append(cut(f"  {rule.source.strip()}", columns))
    return [*lines, *_more(len(page.rules) - most, "", color), ""] if lines else []


def _more(left: int, indent: str, color: bool) -> list[str]:
    return [paint(DIM, f"{indent}… {left} more", color)] if left > 0 else []


def _difference(page: Page, color: bool, columns: int | None) -> list[str]:
    told = [paint("31", cut(page.damage, columns), color)] if page.damage else []
    old = "" if page.damage else page.old
    return [*told, *diff(old, page.new, color=color, context=2, room=columns)]

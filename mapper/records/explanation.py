"""Why a call became what it became: the parts of a mapping that were looked at, and what each gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from mapper.records.diagnostic import Place

Kind = Literal["read", "constant", "name", "choice", "condition", "default", "made"]
"""A value of the call, of the settings or of ``rest``; a constant; a name of ``let``, whose value is the only part;
alternatives (``||``, ``$first``, ``$take``, ``not_null`` and its like), one part each; what decides between branches;
what stands in for null; anything else, made of its parts."""
State = Literal["gave", "nothing", "untried", "failed"]


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was evaluated for a value, or would have been.

    Attributes:
        kind: What it is.
        text: It, as the mapping has it, in one line.
        place: Where that stands.
        state: Whether a value came of it. Of a condition: whether it holds.
        value: What came of it; None where nothing did.
        note: In words: why nothing came of it, or what was done to the value. Empty where that is plain.
        path: Of a value that was read: where it stands in the call, or ``settings...``.
        parts: What it was made of, in the order of the mapping.
    """

    kind: Kind
    text: str
    place: Place
    state: State
    value: Any = None
    note: str = ""
    path: str | None = None
    parts: tuple[Why, ...] = ()


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a body.

    Attributes:
        path: Such as ``details.title`` or ``items[0].key``.
        present: Whether the body has it.
        value: As the body has it.
        why: Where it comes from, or why there is none.
    """

    path: str
    present: bool
    value: Any
    why: Why


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """A value that was read."""

    path: str
    value: Any


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why one result is as it is.

    Attributes:
        destination: Id of the mapping set; None where the line is no call.
        mapping: None where the call came to none.
        outcome: ``request``, ``skipped``, ``unmappable`` or ``invalid``.
        reason: Why there is no request.
        request: As people see it: name, method, URL, headers, body; secrets masked. None where there is none.
        place: Of the rule that decided, where there is one.
        because: What that rule came to; of a field without which the call can't be mapped, what it came to.
        decided: Without such a rule: the values of the call that decided.
        field: The field that has no value, or one that its schema refuses.
        fields: Of the body as far as it was made, in its order; those left out too.
    """

    destination: str | None
    mapping: str | None
    outcome: Literal["request", "skipped", "unmappable", "invalid"]
    reason: str | None = None
    request: Mapping[str, Any] | None = None
    place: Place | None = None
    because: Why | None = None
    decided: tuple[Input, ...] = ()
    field: str | None = None
    fields: tuple[Field, ...] = ()


def inputs(why: Why) -> list[Input]:
    """The values that supplied a value: of alternatives the one that was taken, and no conditions.

    What is computed of many at once is made of all of them; first come those that can be seen in it.
    """
    found: dict[str, Input] = {}
    _gather(why, found)
    seen = set(_scalars(why.value))
    return sorted(found.values(), key=lambda each: seen.isdisjoint(_scalars(each.value)))


def _scalars(value: Any) -> Iterator[str]:
    """The texts and numbers in a value, as text."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _scalars(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _gather(why: Why, found: dict[str, Input]) -> None:
    if why.state not in ("gave", "nothing") or why.kind == "condition":
        return
    if why.path is not None:
        if why.state == "gave":
            found.setdefault(why.path, Input(path=why.path, value=why.value))
        return
    for part in why.parts:
        if part.state == "gave" or why.kind not in ("choice", "default"):
            _gather(part, found)

"""What two mapping sets make differently of the same calls, gathered into changes of one kind each."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from mapper.records.diagnostic import Location

Kind = Literal[
    "unmappable",
    "skipped",
    "gone",
    "method",
    "url",
    "request",
    "header",
    "sent",
    "new",
    "removed",
    "type",
    "changed",
    "added",
    "order",
    "reason",
]
"""What happens. A call can't be mapped, or is skipped, and was sent; a mapping gives nothing for it any more, or gives
something where it gave nothing; it is sent, and was not. In the request: method, URL, the name in the destination file,
a header. In the body: a field is removed, of another type, of another value, added; the items of an array come in
another order. Last, a call is not sent as before, for another reason."""

KINDS: Final[tuple[Kind, ...]] = Kind.__args__  # type: ignore[attr-defined] # typing's own name for them
"""The most important first."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One call that shows a change.

    Attributes:
        file: Where the call stands.
        line: Its line or item; None where the file is a case.
        message_id: The call's own, if it has one.
        old: Before, as JSON text that may be cut at its ends; for calls that are not sent, in words; None: nothing.
        new: Likewise, now.
    """

    file: str
    line: int | None
    message_id: str | None
    old: str | None
    new: str | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What happens alike to many calls of one type in one mapping.

    Attributes:
        kind: What happens.
        destination: Id of the mapping set.
        mapping: None where it concerns the whole set.
        type: Type of the calls.
        path: The field, such as ``details.title`` or ``items[].price``; ``*`` stands for keys that vary. For a header
            its name. Empty where no field is concerned.
        paths: The fields behind a path with ``*``; the first few.
        reason: Why a call is not sent, or, where it is sent now, why it was not; or how a type changes.
        calls: How many it happens to.
        of: Calls of this type.
        always: Old and new value are the same in all of them.
        place: The line of a mapping file that makes the difference: of the new files, or of the old where it is gone.
        example: The first such call.
    """

    kind: Kind
    destination: str
    mapping: str | None
    type: str
    path: str
    paths: tuple[str, ...]
    reason: str
    calls: int
    of: int
    always: bool
    place: Location | None
    example: Example


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All of what differs.

    Attributes:
        old: What was compared, for people.
        new: With what.
        corpus: The calls, for people.
        calls: How many calls.
        differ: How many of them differ.
        faulty: Lines that are no calls.
        fault: Why the first of these is none, with its place; None where all are.
        left_out: Cases with settings that one of the two can't take.
        untried: The mapping sets that do not say the same and met no call, since no case is for them.
        off: Those that do not say the same and are off by default on both sides.
        changes: The most important first.
        untold: Differences of more kinds than are told apart.
        notes: What else there is to know, a line each.
        alike: The mappings say the same, so that no call was looked at.
        nothing_before: The old version is from before there were mappings; again no call was looked at.
    """

    old: str
    new: str
    corpus: str
    calls: int = 0
    differ: int = 0
    faulty: int = 0
    fault: str | None = None
    left_out: int = 0
    untried: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    untold: int = 0
    notes: tuple[str, ...] = ()
    alike: bool = False
    nothing_before: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.changes or self.untold or self.notes or self.nothing_before)

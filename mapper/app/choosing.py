"""Which dead letters somebody means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from mapper.authoring.quantities import age
from mapper.base.suggest import did_you_mean
from mapper.delivery.durable.letters import Choice, Unknown
from mapper.delivery.queue import KINDS
from mapper.records.spec import CALL_TYPES

_NAMED: Final = 5
"""As many missing letters are named."""


class ChoiceError(ValueError):
    """An option that can't be read; `help` says what to write."""

    def __init__(self, message: str, help: str) -> None:  # noqa: A002 - the word all our errors use
        super().__init__(message)
        self.help = help


class NoSuchLetterError(ChoiceError):
    """What was named is in no letter of the queue: a slip of the pen rather than good news."""


def choice_of(
    *,
    ids: Sequence[int] = (),
    reasons: Sequence[str] = (),
    types: Sequence[str] = (),
    mappings: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    now: int,
) -> Choice:
    """Read the options of ``mapper dead``.

    Args:
        ids: Numbers of letters.
        reasons: Of :data:`mapper.delivery.queue.KINDS`; at most one other, which is part of the cause.
        types: Call types.
        mappings: ``destination/mapping`` or a mapping's name.
        since: A time (ISO 8601, UTC where it names no zone) or an age such as 2h or 7d.
        until: Likewise.
        now: Milliseconds since the epoch, UTC.

    Raises:
        ChoiceError: one can't be read.
    """
    for given in types:
        if given not in CALL_TYPES:
            raise ChoiceError(
                f"--type: there is no call type `{given}`", did_you_mean(given, CALL_TYPES) or ", ".join(CALL_TYPES)
            )
    if "" in (*reasons, *mappings):  # of a shell's variable that is not set; it would mean all of them
        raise ChoiceError(f"{'--reason' if '' in reasons else '--mapping'}: is empty", "leave it out to take all")
    texts = [reason for reason in reasons if reason not in KINDS]
    if len(texts) > 1:
        raise ChoiceError("--reason: more than one part of a cause", f"give one; the kinds are {', '.join(KINDS)}")
    return Choice(
        ids=tuple(ids),
        kinds=tuple(reason for reason in reasons if reason in KINDS),
        types=tuple(types),
        mappings=tuple(mappings),
        since=None if since is None else moment("--since", since, now),
        until=None if until is None else moment("--until", until, now),
        reason=texts[0] if texts else None,
    )


def moment(option: str, text: str, now: int) -> int:
    """Milliseconds since the epoch, UTC, of a time or an age.

    Raises:
        ChoiceError: it is neither.
    """
    if (seconds := age(text)) is not None:
        return max(now - round(seconds * 1000), 0)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ChoiceError(f"{option}: can't read `{text}`", "write 2026-01-31, 2026-01-31T08:00, 2h or 7d") from None
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def refuse(unknown: Unknown | None) -> None:
    """Refuse numbers, mappings and parts of causes that no letter has. Kinds, types and times may find nothing.

    Raises:
        NoSuchLetterError: there is one.
    """
    if unknown is None:
        return
    if unknown.ids:
        more = f" and {len(unknown.ids) - _NAMED} more" if len(unknown.ids) > _NAMED else ""
        message = f"there is no dead letter {', '.join(map(str, unknown.ids[:_NAMED]))}{more}"
        raise NoSuchLetterError(message, "numbers are never used again: it was replayed or dropped, or never was")
    if (mapping := unknown.mapping) is not None:
        known = [f"{destination}/{name}" for destination, name in unknown.mappings]
        names = known if "/" in mapping else [name.partition("/")[2] for name in known]
        help_ = did_you_mean(mapping, names) or f"letters are of {', '.join(known) or 'none'}"
        raise NoSuchLetterError(f"--mapping: no dead letter is of `{mapping}`", help_)
    help_ = did_you_mean(unknown.reason or "", KINDS) or f"write a part of the cause, or one of {', '.join(KINDS)}"
    raise NoSuchLetterError(f"--reason: no dead letter has `{unknown.reason}` in its cause", help_)

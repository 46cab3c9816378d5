"""Dead letters in their stream. The number of a letter is that of its message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from mapper.base.json import decode, encode
from mapper.delivery.durable.letters import Choice, Kept, Unknown
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.codes import NOT_FOUND
from mapper.delivery.jetstream.errors import StaleError
from mapper.delivery.jetstream.link import Link, RefusedError
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.scan import scan
from mapper.delivery.queue import Letter

_encode: Final = msgspec.msgpack.Encoder().encode
DROPS: Final = "drops"
"""Key of how many letters were dropped, by why."""
_BY_HAND: Final = "by hand"
_NO_MESSAGE: Final = 10043
_NOT_DELETED: Final = 10057
"""JetStream's code where a message was not deleted, for whatever reason; the words tell."""
_GONE: Final = "no message found"


class _Stored(msgspec.Struct, array_like=True, frozen=True, gc=False):
    at: int
    letter: Letter


_decode: Final = msgspec.msgpack.Decoder(_Stored).decode


async def send_letter(link: Link, subject: str, letter: Letter, at: int) -> None:
    """Keep a letter, once however often this is asked for; where it is too long, without its body."""
    for kept in (letter, msgspec.structs.replace(letter, body=None)):
        try:
            await link.publish(subject, _encode(_Stored(at, kept)), last=0)
        except StaleError:
            return  # it is there
        except RefusedError:
            if kept.body is None:
                raise
        else:
            return


async def drop_letter(link: Link, names: Names, number: int) -> bool:
    """Delete a letter; whether it was there."""
    try:
        await link.ask(f"STREAM.MSG.DELETE.{names.dead}", {"seq": number, "no_erase": True})
    except RefusedError as error:
        if error.code in (NOT_FOUND, _NO_MESSAGE) or (error.code == _NOT_DELETED and _GONE in str(error)):
            return False
        raise
    return True


async def drop_letters(link: Link, names: Names, numbers: Sequence[int]) -> int:
    """Delete letters for good, and count how many there were; the ledger goes on counting them as dead."""
    dropped = sum([await drop_letter(link, names, number) for number in numbers])
    state = Bucket(link, names.state)
    while dropped:
        entry = await state.get(DROPS)
        counts: dict[str, int] = decode(entry.value) if entry.value else {}
        counts[_BY_HAND] = counts.get(_BY_HAND, 0) + dropped
        try:
            await state.update(DROPS, encode(counts), entry.revision)
            break
        except StaleError:
            continue
    return dropped


class Sought:
    """What of a choice some letter has; every letter is shown to it, whether it is chosen or not."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._missing = set(choice.ids)
        self._mappings: set[tuple[str, str]] = set()
        self._none = True
        self._has_reason = False

    @property
    def first(self) -> int:
        """The first number that has to be looked at."""
        return 1 if self._choice.mappings or self._choice.reason else min(self._choice.ids, default=1)

    def see(self, kept: Kept) -> None:
        """There is this one."""
        letter = kept.letter
        self._none = False
        self._missing.discard(kept.id)
        if letter.destination is not None and letter.mapping is not None:
            self._mappings.add((letter.destination, letter.mapping))
        self._has_reason |= (self._choice.reason or "").lower() in letter.because.lower()

    def unknown(self) -> Unknown | None:
        """Numbers, a mapping or a part of a cause that no letter has; the last two only where there are letters."""
        choice = self._choice
        if self._missing:
            return Unknown(ids=[number for number in choice.ids if number in self._missing])
        if self._none:
            return None
        names = {name for place, mapping in self._mappings for name in (mapping, f"{place}/{mapping}")}
        for mapping in choice.mappings:
            if mapping not in names:
                return Unknown(mapping=mapping, mappings=sorted(self._mappings))
        return None if choice.reason is None or self._has_reason else Unknown(reason=choice.reason)


async def letters(link: Link, names: Names, choice: Choice, sought: Sought | None = None) -> AsyncIterator[Kept]:
    """Those chosen, oldest first."""
    sought = sought or Sought(choice)
    async for number, message in scan(link, names.dead, names.letter(), sought.first):
        stored = _decode(message.data)
        kept = Kept(number, stored.at, stored.letter)
        sought.see(kept)
        if chosen(kept, choice):
            yield kept


def chosen(kept: Kept, choice: Choice) -> bool:
    """Whether a letter is one of those chosen."""
    letter = kept.letter
    names = (letter.mapping, f"{letter.destination}/{letter.mapping}")
    tests = (
        not choice.ids or kept.id in choice.ids,
        not choice.kinds or letter.kind in choice.kinds,
        not choice.types or letter.type in choice.types,
        not choice.mappings or any(name in choice.mappings for name in names),
        choice.since is None or kept.at >= choice.since,
        choice.until is None or kept.at < choice.until,
        not choice.reason or choice.reason.lower() in letter.because.lower(),
    )
    return all(tests)

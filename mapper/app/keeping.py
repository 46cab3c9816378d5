"""What a run adds to a queue that outlives it: how far it has read, and which messages came already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from mapper.app.mapping import Pair
from mapper.app.resume import Identity, positions
from mapper.base.json import JsonError, decode, encode
from mapper.base.secrets import MASK
from mapper.delivery.durable.recent import DUPLICATE, hash_of, pack_hashes
from mapper.delivery.queue import Position
from mapper.records.line import Line
from mapper.records.result import Mapped, Skipped


class Knowing(Protocol):
    """A queue that may know messages."""

    def knows(self, message: int, /) -> bool:
        """Whether a message came lately, by its hash."""
        ...


class Keeping:
    """Of one run.

    Args:
        queue: Where everything is kept.
        identities: By name as shown, the files that can be gone on with.
        source_of: Of whose calls a line is one, within which a ``messageId`` is met once. Files do not say it: those of
            one queue are of one source.
        keyless: Whether no call holds a ``writeKey`` by now.
    """

    def __init__(
        self,
        queue: Knowing,
        identities: Mapping[str, Identity],
        source_of: Callable[[Line], str] = lambda _: "",
        *,
        keyless: bool = False,
    ) -> None:
        self._queue = queue
        self._identities = identities
        self._source_of = source_of
        self._keyless = keyless

    def kept(self, raw: bytes) -> bytes:
        """A call as it is kept."""
        return raw if self._keyless else without_key(raw)

    def positions(self, lines: Sequence[Line]) -> list[Position]:
        """How far files have been read with these lines."""
        return positions(lines, self._identities)

    def only_new(self, pairs: Sequence[Pair]) -> tuple[list[Pair], bytes]:
        """The results, those of calls that came already as skipped; and the hashes of those that are new.

        A call out of a dead letter is meant to come again.
        """
        made = list(pairs)
        new: dict[int, Line] = {}
        knows, source_of = self._queue.knows, self._source_of
        for at, (line, result) in enumerate(pairs):
            if type(result) is Mapped and result.message_id is not None and line.mapping is None and line.died is None:
                message = hash_of(source_of(line), result.message_id)
                if knows(message) or new.setdefault(message, line) is not line:
                    made[at] = line, _duplicate(result)
        return made, pack_hashes(new)


def _duplicate(result: Mapped) -> Skipped:
    return Skipped(
        index=result.index,
        message_id=result.message_id,
        type=result.type,
        destination=result.destination,
        mapping=result.mapping,
        reason=DUPLICATE,
    )


def without_key(raw: bytes) -> bytes:
    """A call without its ``writeKey``, which no mapping reads."""
    if b'"writeKey"' not in raw:
        return raw
    try:
        call = decode(raw)
    except JsonError:
        return raw
    return encode({**call, "writeKey": MASK}) if isinstance(call, dict) and "writeKey" in call else raw

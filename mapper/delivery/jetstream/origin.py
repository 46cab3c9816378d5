"""Whether a stream is the one that its books were written of.

They go by sequence numbers. In a stream that was made anew by hand, or that lost its end, numbers which a book takes
for settled are given once more: what gets them would be accepted, and never sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from mapper.delivery.jetstream.book import Book, decode_book
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.errors import ClusterError
from mapper.delivery.jetstream.layout import Finding, stream_of
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names

_KEY: Final = "book."
_PATIENCE: Final = 30.0
"""Seconds for which a stream may be behind its books without getting on: whoever has just become its leader may still
be applying what it has in its log; and one that is cut off looks every 10 s whether it has heard nobody for 10 s, and
answers until then as if it led."""
_CERTAIN: Final = 2.0
"""Seconds for which it may say that it was made at another time."""
_LOOK: Final = 0.5
_RISK: Final = "what is in it would be taken for settled, and never sent"


class Origin(NamedTuple):
    """When a stream was made, as it says itself, and the last number that it has given."""

    created: str
    reached: int


class OriginError(ClusterError):
    """The stream is none that these books are of; nothing was changed. `what` says how that shows."""

    def __init__(self, names: Names, what: str) -> None:
        self.what = what
        purge = f"`nats stream purge KV_{names.state} --subject '$KV.{names.state}"
        super().__init__(
            f"stream {names.queue} {what}: {_RISK}; so nothing is sent, or put",
            "use another name; or, to have all sent that is in this stream, stop what uses it, drop the dead letters"
            f" (`mapper dead drop`), and forget what was settled: {purge}.book.*'` and {purge}.tried.>'`",
        )


async def read_books(link: Link, names: Names) -> dict[int, Book]:
    """All books that there are, by partition."""
    state = Bucket(link, names.state)
    keys = await state.keys(_KEY)
    entries = await asyncio.gather(*map(state.get, keys))
    return {
        int(key.removeprefix(_KEY)): decode_book(entry.value)
        for key, entry in zip(keys, entries, strict=True)
        if entry.value
    }


async def require_own_stream(link: Link, names: Names) -> Origin:
    """As :func:`require_own`, of all books that there are."""
    return await require_own(link, names, await read_books(link, names))


async def require_own(link: Link, names: Names, books: Mapping[int, Book]) -> Origin:
    """Of the stream, where it is the one that these are of.

    Args:
        books: By partition, read before this is called.

    Raises:
        OriginError: these are of another stream, or it has lost what they know of; it was asked again and again.
        mapper.delivery.jetstream.link.RefusedError: there is none, say.
    """
    loop = asyncio.get_running_loop()
    since, last = loop.time(), -1
    while True:
        found = origin_of(await link.stream(names.queue))
        created, reached = found
        remade, behind = _remade(created, books), _behind(reached, books)
        if remade is None and behind is None:
            return found
        if reached > last:
            last, since = reached, since if remade else loop.time()
        if loop.time() >= since + (_PATIENCE if remade is None else _CERTAIN):
            raise OriginError(names, remade or str(behind))
        await asyncio.sleep(_LOOK)


def origin_of(info: Mapping[str, Any]) -> Origin:
    """Of what a server says of a stream."""
    return Origin(str(info["created"]), int(info["state"]["last_seq"]))


def _remade(created: str, books: Mapping[int, Book]) -> str | None:
    for number, book in sorted(books.items()):
        if book.created not in ("", created):
            made = f"was made {_shown(created)}"
            return f"{made}, and the book of partition {number} is of one that was made {_shown(book.created)}"
    return None


def _behind(reached: int, books: Mapping[int, Book]) -> str | None:
    number, book = max(books.items(), key=lambda each: each[1].high, default=(0, Book()))
    if book.high <= reached:
        return None
    return f"ends with number {reached:,}, and the book of partition {number} has counted {book.high:,}"


def _shown(created: str) -> str:
    """To the millisecond, UTC."""
    return created[:23].replace("T", " ")


async def origin_findings(link: Link, names: Names) -> list[Finding]:
    """Whether the stream is the one that its books are of; nothing where one of both is missing, which others find.

    Raises:
        ClusterError: the cluster does not let us look.
    """
    if await stream_of(link, f"KV_{names.state}") is None or await stream_of(link, names.queue) is None:
        return []
    try:
        await require_own_stream(link, names)
    except OriginError as error:
        return [Finding(names.queue, error.what, _RISK, str(error.help))]
    return []

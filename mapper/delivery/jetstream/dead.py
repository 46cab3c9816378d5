"""Dead letters of requests."""

from __future__ import annotations

from mapper.delivery.queue import Item, Letter


def letter_of(
    item: Item, kind: str, because: str, attempts: int = 0, status: int | None = None, excerpt: str = ""
) -> Letter:
    """Of a request that died."""
    return Letter(
        kind=kind,
        because=because,
        destination=item.request.destination,
        mapping=item.request.mapping,
        request=item.request.name,
        type=item.type,
        message_id=item.message_id,
        file=item.file,
        line=item.line,
        call=item.call,
        attempts=attempts,
        status=status,
        excerpt=excerpt,
        body=item.request.body,
    )

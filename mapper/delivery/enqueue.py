"""Requests of one call to items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mapper.delivery.queue import Item, TargetKey
from mapper.records.result import Request


class CircularDependencyError(ValueError):
    """Mappings of one call wait for one another; a checked mapping set has none."""


def items_of(
    requests: Sequence[Request],
    *,
    first_id: int,
    call: bytes,
    file: str,
    line: int,
    message_id: str | None,
    type: str,  # noqa: A002  the call's own name for it
    groups: Mapping[TargetKey, str] | None = None,
) -> list[Item]:
    """Make the items of one call, in the order in which they must arrive, with ids from `first_id` on.

    A request whose `after` names a mapping that made no request here waits for nothing.

    Args:
        requests: All requests of the call.
        groups: For requests ordered together with others: the name of their group, the same for all of them.
    """
    ids: dict[tuple[str, str], int] = {}
    items: list[Item] = []
    for item_id, request in enumerate(_dependents_last(requests), first_id):
        ids[request.destination, request.mapping] = item_id
        items.append(
            Item(
                id=item_id,
                request=request,
                call=call,
                file=file,
                line=line,
                message_id=message_id,
                type=type,
                lane=lane_of(request, groups),
                after=None if request.after is None else ids.get((request.destination, request.after)),
            )
        )
    return items


def lane_of(request: Request, groups: Mapping[TargetKey, str] | None = None) -> str | None:
    """The lane of a request: its destination, its group (or its own name, if in none) and its order key."""
    if request.order_key is None:
        return None
    group = groups.get((request.destination, request.name)) if groups else None
    shared = f"={request.name}" if group is None else f"+{group}"
    return f"{request.destination}\0{shared}\0{request.order_key}"


def _dependents_last(requests: Sequence[Request]) -> Sequence[Request]:
    if all(request.after is None for request in requests):
        return requests
    placed: list[Request] = []
    left = list(requests)
    while left:
        unmade = {(request.destination, request.mapping) for request in left}
        free = [r for r in left if r.after is None or (r.destination, r.after) not in unmade]
        if not free:
            names = ", ".join(sorted(request.mapping for request in left))
            raise CircularDependencyError(f"mappings wait for one another: {names}")
        placed += free
        left = [request for request in left if request not in free]
    return placed

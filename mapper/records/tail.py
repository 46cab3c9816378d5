"""What a server tells those who watch it."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

Outcome = Literal["queued", "skipped", "dead", "delivered", "retry", "refused", "missed"]
OUTCOMES: Final[tuple[str, ...]] = get_args(Outcome)


class TailEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened. What does not belong to it, or is not known, is None or unset.

    Attributes:
        at: Milliseconds since the epoch, UTC.
        outcome: ``queued``, ``skipped``, ``dead`` and ``delivered`` are of one result of a call; ``retry`` of a request
            to the destination that has to be repeated, ``refused`` of a request to the server, and ``missed`` says that
            entries were left out because they were not read in time.
        source: Name of the source or webhook that the call came by.
        type: The call's.
        message_id: The call's.
        destination: Id of the mapping set.
        mapping: The mapping that took the call.
        request: The request that it became.
        reason: Of what is dead, its kind, such as ``unmappable``; of a retry, the ruling.
        because: One line for people.
        path: What was asked of the server: ``tracking``, ``webhooks`` ...
        status: HTTP status of the last answer.
        attempts: Tries that counted.
        seconds: From when the call came in.
        wait: Least number of seconds until it is tried again.
        count: Events that have to be sent again, or entries left out.
        call: The call, where payloads are asked for, and it is JSON.
        raw: The call as text, where it is no JSON.
        raw_base64: The call, where it is no text either.
        body: What it became, where payloads are asked for.
    """

    at: int
    outcome: Outcome
    source: str | None = None
    type: str | None = None
    message_id: str | None = None
    destination: str | None = None
    mapping: str | None = None
    request: str | None = None
    reason: str | None = None
    because: str | None = None
    path: str | None = None
    status: int | None = None
    attempts: int | None = None
    seconds: float | None = None
    wait: float | None = None
    count: int | None = None
    call: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    raw: str | None = None
    raw_base64: str | None = None
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @property
    def target(self) -> str:
        """Destination and mapping, as they are shown."""
        return f"{self.destination}/{self.mapping}"


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wants to be told: each of these names what is let through, and lets all through where it is empty.

    Attributes:
        mappings: ``track`` or, as it is shown, ``acme/track``.
        payload: With calls and what they became.
    """

    sources: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    destinations: frozenset[str] = frozenset()
    mappings: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    message_ids: frozenset[str] = frozenset()
    payload: bool = False

    def takes(self, entry: TailEntry) -> bool:
        """Whether an entry is wanted."""
        return (
            (not self.sources or entry.source in self.sources)
            and (not self.types or entry.type in self.types)
            and (not self.destinations or entry.destination in self.destinations)
            and (not self.mappings or not self.mappings.isdisjoint({entry.mapping, entry.target}))
            and (not self.outcomes or entry.outcome in self.outcomes)
            and (not self.message_ids or entry.message_id in self.message_ids)
        )


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What there is to choose from, as far as who tells knows; None: it does not.

    Attributes:
        sources: Sources and webhooks.
        mappings: As they are shown: ``acme/track``.
    """

    sources: frozenset[str] | None = None
    mappings: frozenset[str] | None = None

    @property
    def destinations(self) -> frozenset[str] | None:
        """Those of the mappings."""
        return None if self.mappings is None else frozenset(each.partition("/")[0] for each in self.mappings)

    def with_(self, other: Known) -> Known:
        """What one of both knows."""
        return Known(sources=_both(self.sources, other.sources), mappings=_both(self.mappings, other.mappings))


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return one if other is None else other if one is None else one | other

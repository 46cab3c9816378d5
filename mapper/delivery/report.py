"""What delivery tells: while it goes on, and at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from mapper.delivery.door import Door
from mapper.delivery.queue import Settlement
from mapper.records.policy import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A request that did not deliver all it held; nothing is settled by it.

    Attributes:
        destination: Id of the mapping set.
        name: The request's name.
        ruling: ``retry``, ``throttled`` or ``misconfigured``.
        because: One line, secrets masked.
        status: HTTP status, None without an answer.
        events: How many are concerned.
        wait: Least number of seconds until they are tried again; None where they aren't in this run.
    """

    destination: str
    name: str
    ruling: Ruling
    because: str
    status: int | None
    events: int
    wait: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why nothing more is sent to a destination for now; what is left for it stays pending.

    Attributes:
        destination: Id of the mapping set.
        name: The request that showed it.
        kind: ``misconfigured``, or ``gave_up`` after too long without success.
        because: One line, secrets masked.
        status: HTTP status, None without an answer.
        advice: What to look at.
        shown_url: Where the request went, secrets masked.
    """

    destination: str
    name: str
    kind: Literal["misconfigured", "gave_up"]
    because: str
    status: int | None
    advice: str
    shown_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How delivery ended; ``queue.counts()`` tells what is left.

    Attributes:
        pauses: One for each destination that is given up at the end.
        stopped: Whether it ended because it was asked to.
    """

    pauses: tuple[Pause, ...] = ()
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told. What these raise ends the delivery, with everything not yet told still pending.

    Attributes:
        on_settled: Each item's end, once, after the queue knows of it.
        on_trouble: Each request that has to be repeated.
        on_doors: Given all doors, once, at the beginning; how they stand can be looked at as long as delivery goes on.
        on_pause: A destination is given up, at the moment when that is decided.
        on_resume: Its id, once one that was given up has delivered something again.
        mask: Takes the secrets out of a text that came from the destination, which may echo the URL: in plain,
            percent-encoded and base64-encoded form.
    """

    on_settled: Callable[[Settlement], None]
    mask: Callable[[str], str]
    on_trouble: Callable[[Trouble], None] = lambda _: None
    on_doors: Callable[[Sequence[Door]], None] = lambda _: None
    on_pause: Callable[[Pause], None] = lambda _: None
    on_resume: Callable[[str], None] = lambda _: None

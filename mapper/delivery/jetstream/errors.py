"""What a cluster may be refused for."""

from __future__ import annotations

from typing import Final

from mapper.delivery.durable.errors import QueueFileError

MAJORITY: Final = "are most of its servers running, and can they reach each other?"
"""What to do about a cluster that does not answer."""


class ClusterError(QueueFileError):
    """The cluster can't be used; the message is one line without credentials, `help` says what to do about it."""


class UnsentError(ClusterError):
    """The cluster does not take what is to be stored, and nobody waits for it any more: whether it did is not known.

    `trouble` says what it was waited for.
    """

    def __init__(self, trouble: str) -> None:
        self.trouble = trouble
        super().__init__(
            f"{trouble}: what was not stored by now is not in the queue",
            "nothing is lost: what is put again is known again, and what has not been settled is sent again",
        )


class StaleError(Exception):
    """Somebody else wrote in between: this process no longer holds what it wrote to."""

"""What the parts of a queue are called in the cluster."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """Of one queue.

    Streams are ``mapper-NAME`` (what is to be sent), ``mapper-NAME-dead`` (dead letters) and ``mapper-NAME-seen``
    (which messages came); buckets ``mapper-NAME-state`` (the books) and ``mapper-NAME-leases``.
    """

    name: str

    @property
    def queue(self) -> str:
        """Stream of what is to be sent."""
        return f"mapper-{self.name}"

    @property
    def dead(self) -> str:
        """Stream of dead letters."""
        return f"mapper-{self.name}-dead"

    @property
    def seen(self) -> str:
        """Stream of hashes of messages."""
        return f"mapper-{self.name}-seen"

    @property
    def state(self) -> str:
        """Bucket of books and read positions."""
        return f"mapper-{self.name}-state"

    @property
    def leases(self) -> str:
        """Bucket of leases, and of who is there."""
        return f"mapper-{self.name}-leases"

    @property
    def tail(self) -> str:
        """Subject on which whoever watches asks to be told what happens; of no stream."""
        return f"mapper.{self.name}.tail"

    def parcels(self, partition: int | str = "*", items: int | str = "*") -> str:
        """Subject of parcels: how many items one has stands in it, so that a stream tells how many it holds."""
        return f"mapper.{self.name}.q.{partition}.{items}"

    def letter(self, partition: int | str = "*", parcel: int | str = "*", place: int | str = "*") -> str:
        """Subject of a dead letter: one for each item that there ever was, so that it can't be there twice."""
        return f"mapper.{self.name}.dead.{partition}.{parcel}.{place}"

    def seen_of(self, partition: int | str = "*") -> str:
        """Subject of the hashes of a partition's messages."""
        return f"mapper.{self.name}.seen.{partition}"

"""A verdict on a batch to what happens to each of its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mapper.records.policy import Ruling, Verdict

FINAL = ("delivered", "retry", "throttled", "rejected", "misconfigured")
"""Rulings that end this sending of an event; the others send it again at once."""


class Sorted(NamedTuple):
    """Indexes of events, each in one place.

    Attributes:
        groups: By ruling (those of :data:`FINAL`): index and reason, in order.
        again: Batches to send at once, in this order.
    """

    groups: dict[Ruling, list[tuple[int, str]]]
    again: list[list[int]]


def sort_out(verdict: Verdict, count: int) -> Sorted:
    """Tell for each of `count` events what the verdict means for it.

    An event that alone is at fault is rejected. Every batch in ``again`` is smaller than this one, so this ends; one
    bad event of n is alone after at most 2 * ceil(log2 n) further batches.
    """
    if verdict.ruling in FINAL and not verdict.records:  # as nearly always
        return Sorted({verdict.ruling: [(index, verdict.because) for index in range(count)]}, [])
    verdict = _without_nonsense(verdict, count)
    named = {record.index: record for record in verdict.records}
    groups: dict[Ruling, list[tuple[int, str]]] = {}
    for index in range(count):
        record = named.get(index)
        ruling, because = (verdict.ruling, verdict.because) if record is None else (record.ruling, record.because)
        groups.setdefault(ruling, []).append((index, because))
    open_ended = groups.pop("bisect", []) + groups.pop("resend", [])
    if count == 1 and open_ended:
        return Sorted({"rejected": open_ended}, [])
    return Sorted(groups, _again(sorted(index for index, _ in open_ended), count))


def _without_nonsense(verdict: Verdict, count: int) -> Verdict:
    """An answer that names events which were not sent, one twice, or none where it should, can't be trusted."""
    indexes = [record.index for record in verdict.records]
    named = set(indexes)
    nonsense = len(named) < len(indexes) or any(not 0 <= index < count for index in named)
    if nonsense:
        return Verdict(ruling="bisect", because=f"{verdict.because}: the answer names events that were not sent")
    if verdict.ruling == "resend" and not named:
        return Verdict(ruling="bisect", because=f"{verdict.because}: the answer names no event")
    return verdict


def _again(indexes: Sequence[int], count: int) -> list[list[int]]:
    if not indexes:
        return []
    if len(indexes) < count:
        return [list(indexes)]
    half = (count + 1) // 2
    return [list(indexes[:half]), list(indexes[half:])]

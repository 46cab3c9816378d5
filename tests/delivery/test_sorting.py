from __future__ import annotations

from collections import deque
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.delivery.sorting import FINAL, sort_out
from mapper.records.policy import RecordRuling, Ruling, Verdict


def verdict(ruling: Ruling, *records: tuple[int, Ruling]) -> Verdict:
    rulings = tuple(RecordRuling(index=index, ruling=kind, because=f"r{index}") for index, kind in records)
    return Verdict(ruling=ruling, because="all", records=rulings)


def test_one_ruling_for_all() -> None:
    assert sort_out(verdict("delivered"), 2) == ({"delivered": [(0, "all"), (1, "all")]}, [])


def test_exceptions_by_record() -> None:
    outcome = sort_out(verdict("delivered", (2, "rejected"), (0, "retry")), 3)
    assert outcome == ({"retry": [(0, "r0")], "delivered": [(1, "all")], "rejected": [(2, "r2")]}, [])


def test_resend_takes_the_failed_out_and_sends_the_rest_in_one_batch() -> None:
    assert sort_out(verdict("resend", (1, "rejected")), 4) == ({"rejected": [(1, "r1")]}, [[0, 2, 3]])


def test_bisect_halves_in_order() -> None:
    assert sort_out(verdict("bisect"), 5) == ({}, [[0, 1, 2], [3, 4]])


@pytest.mark.parametrize("ruling", ["bisect", "resend"])
def test_alone_is_rejected(ruling: Ruling) -> None:
    assert list(sort_out(verdict(ruling), 1).groups) == ["rejected"]


@pytest.mark.parametrize(
    "senseless",
    [
        verdict("resend"),
        verdict("resend", (4, "rejected")),
        verdict("resend", (-1, "rejected")),
        verdict("resend", (1, "rejected"), (1, "rejected")),
        verdict("delivered", (0, "rejected"), (9, "rejected")),
        verdict("resend", (0, "resend"), (1, "resend"), (2, "bisect"), (3, "bisect")),
    ],
)
def test_an_answer_that_makes_no_sense_is_bisected(senseless: Verdict) -> None:
    assert sort_out(senseless, 4) == ({}, [[0, 1], [2, 3]])


rulings: st.SearchStrategy[Ruling] = st.sampled_from([*FINAL, "resend", "bisect"])


@given(st.integers(1, 12), rulings, st.lists(st.tuples(st.integers(-1, 12), rulings), max_size=6))
def test_every_event_is_in_one_place_and_again_shrinks(
    count: int, ruling: Ruling, records: list[tuple[int, Ruling]]
) -> None:
    outcome = sort_out(verdict(ruling, *records), count)
    places = [index for events in outcome.groups.values() for index, _ in events]
    places += [index for batch in outcome.again for index in batch]
    assert sorted(places) == list(range(count))
    assert set(outcome.groups) <= set(FINAL)
    assert all(0 < len(batch) < count for batch in outcome.again)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 100, 500])
def test_one_bad_event_is_found_within_the_promised_requests(count: int) -> None:
    for bad in {0, count // 2, count // 3, count - 1}:
        requests, order, rejected = 0, [], []
        batches = deque([list(range(count))])
        while batches:
            batch = batches.popleft()
            requests += 1
            if bad not in batch:
                order += batch
                continue
            outcome = sort_out(verdict("bisect"), len(batch))
            rejected += [batch[index] for index, _ in outcome.groups.get("rejected", [])]
            batches.extendleft([batch[i] for i in half] for half in reversed(outcome.again))
        assert rejected == [bad]
        assert order == [n for n in range(count) if n != bad]
        assert requests <= 2 * ceil(log2(count)) + 1

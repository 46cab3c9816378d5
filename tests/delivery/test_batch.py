from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mapper.delivery.batch import Overhead, batch_limit, frame, overhead, split_batch
from mapper.records.policy import BatchPolicy

NDJSON = BatchPolicy(framing="ndjson", max_events=500)
RECORDS = BatchPolicy(framing="records", records_key="list of things", max_events=500)
JSON = BatchPolicy(framing="json", max_events=500)


def flat(batches: list[range | list[int]]) -> list[int]:
    return [index for batch in batches for index in batch]


def test_all_in_one_batch_where_they_fit() -> None:
    assert [list(b) for b in split_batch([b"ab", b"cd"], max_events=2, max_bytes=4).batches] == [[0, 1]]


def test_no_events_no_batch() -> None:
    assert split_batch([], max_events=5, max_bytes=5) == ([], [])


def test_splits_by_events_and_by_bytes() -> None:
    bodies = [b"aa", b"bb", b"cc", b"dddd"]
    assert split_batch(bodies, max_events=2, max_bytes=100).batches == [[0, 1], [2, 3]]
    assert split_batch(bodies, max_events=9, max_bytes=6, overhead=Overhead(each=1)).batches == [[0, 1], [2], [3]]


def test_separators_count() -> None:
    assert len(split_batch([b"aa", b"bb"], max_events=9, max_bytes=5, overhead=Overhead(each=1)).batches) == 1
    assert len(split_batch([b"aa", b"bb"], max_events=9, max_bytes=4, overhead=Overhead(each=1)).batches) == 2


def test_an_event_that_fits_nowhere_is_set_apart_and_parts_nothing() -> None:
    split = split_batch([b"a", b"x" * 20, b"b"], max_events=9, max_bytes=10)
    assert split == ([[0, 2]], [1])


def test_framings() -> None:
    bodies = [b'{"a":1}', b'{"b":2}']
    assert frame(bodies, NDJSON) == b'{"a":1}\n{"b":2}'
    assert frame(bodies, RECORDS) == b'{"list of things":[{"a":1},{"b":2}]}'
    assert frame(bodies[:1], JSON) == b'{"a":1}'


def test_json_takes_one_event_whatever_the_policy_says() -> None:
    assert batch_limit(JSON) == 1
    assert batch_limit(NDJSON) == 500


bodies_of_any_size = st.lists(st.integers(0, 60).map(lambda size: json.dumps("x" * size).encode()), max_size=30)


@given(bodies_of_any_size, st.integers(1, 8), st.integers(1, 120), st.sampled_from([NDJSON, RECORDS]))
def test_nothing_is_lost_and_no_limit_is_broken(
    bodies: list[bytes], max_events: int, max_bytes: int, policy: BatchPolicy
) -> None:
    split = split_batch(bodies, max_events=max_events, max_bytes=max_bytes, overhead=overhead(policy))
    assert sorted([*flat(split.batches), *split.too_large]) == list(range(len(bodies)))
    assert flat(split.batches) == sorted(flat(split.batches))
    for batch in split.batches:
        assert 1 <= len(batch) <= max_events
        assert len(frame([bodies[i] for i in batch], policy)) <= max_bytes
    for index in split.too_large:
        assert len(frame([bodies[index]], policy)) > max_bytes


@given(bodies_of_any_size, st.integers(1, 8), st.integers(20, 120))
def test_batches_are_as_full_as_they_can_be(bodies: list[bytes], max_events: int, max_bytes: int) -> None:
    batches = split_batch(bodies, max_events=max_events, max_bytes=max_bytes, overhead=overhead(NDJSON)).batches
    for batch, following in pairwise(batches):
        more = [bodies[i] for i in [*batch, following[0]]]
        assert len(more) > max_events or len(frame(more, NDJSON)) > max_bytes

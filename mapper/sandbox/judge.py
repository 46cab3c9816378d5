"""What the destination says to a batch of events. Pure."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mapper.sandbox.answers import Answer, fill, json_answer
from mapper.sandbox.checks import Check
from mapper.sandbox.spec import AnswerSpec, Endpoint

Known = Mapping[str, dict[Any, None]]
"""By endpoint, the keys of the records taken so far."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One event that fails: its position from 0, why, and whether its whole batch fails with it."""

    index: int
    message: str
    whole_batch: bool


@dataclass(frozen=True, slots=True)
class Judgment:
    """The answer to a batch, and the events of it that are taken; None where the whole batch is refused."""

    answer: Answer
    taken: list[Any] | None


def judge(endpoint: Endpoint, events: list[Any], known: Known, forced: Mapping[int, str]) -> Judgment:
    """Check every event and make the answer.

    Args:
        endpoint: Whose checks and answers.
        events: The batch.
        known: Keys taken before; records earlier in the batch count as well.
        forced: Failures on demand, by position; they fail one record only.
    """
    fresh: dict[Any, None] = {}
    failures = [
        failure
        for index, event in enumerate(events)
        if (failure := _failure(endpoint, index, event, known, fresh, forced.get(index)))
    ]
    refused = [failure for failure in failures if failure.whole_batch]
    if refused:
        return Judgment(_answer(endpoint, endpoint.refused, refused, events, taken=0), None)
    failed = {failure.index for failure in failures}
    taken = [event for index, event in enumerate(events) if index not in failed]
    return Judgment(_answer(endpoint, endpoint.taken, failures, events, taken=len(taken)), taken)


def accept(endpoint: Endpoint, count: int) -> Answer:
    """The answer to a batch of so many events that nobody looked at."""
    return _answer(endpoint, endpoint.taken, [], [], taken=count)


def key_of(endpoint: Endpoint, event: Any) -> Any:
    """The key by which a record is known later, or None."""
    value = event.get(endpoint.key) if endpoint.key is not None and isinstance(event, dict) else None
    return value if isinstance(value, (str, int)) else None


def _failure(
    endpoint: Endpoint, index: int, event: Any, known: Known, fresh: dict[Any, None], forced: str | None
) -> Failure | None:
    """The first check that fails, or None; a record that passes is known from here on."""
    key = key_of(endpoint, event)
    is_known = key in fresh or key in known.get(endpoint.name, {})
    for check in endpoint.checks:
        if check.only_new and is_known:
            continue
        problems = check.problems(event, _keys(check, endpoint, known, fresh))
        if problems:
            return Failure(index, check.explain(problems), check.refuses == "batch")
    if forced is not None:
        return Failure(index, forced, False)
    if key is not None:
        fresh[key] = None
    return None


def _keys(check: Check, endpoint: Endpoint, known: Known, fresh: dict[Any, None]) -> Mapping[Any, Any]:
    if check.known_in is None:
        return {}
    before = known.get(check.known_in, {})
    return ChainMap(fresh, before) if check.known_in == endpoint.name else before


def _answer(endpoint: Endpoint, spec: AnswerSpec, failures: list[Failure], events: list[Any], *, taken: int) -> Answer:
    listed = [
        fill(
            endpoint.failure,
            {
                "index": failure.index,
                "line": failure.index + 1,
                "message": failure.message,
                "record": events[failure.index],
            },
        )
        for failure in failures
    ]
    if spec.body is None:
        return Answer(spec.status, b"", spec.headers)
    first = failures[0] if failures else None
    values = {
        "failures": listed,
        "count": taken,
        "message": first and f"line {first.index + 1}: {first.message}",
        "index": first and first.index,
        "line": first and first.index + 1,
    }
    return json_answer(spec.status, fill(spec.body, values), spec.headers)

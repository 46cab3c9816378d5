"""What an answer means."""

from __future__ import annotations

from msgspec.structs import replace

from mapper.delivery.faults import CERTIFICATE, TIMED_OUT, UNSENDABLE
from mapper.delivery.retry import parse_date, parse_retry_after
from mapper.records.policy import Response, Ruling, Target, Verdict

_BISECT = frozenset({400, 413, 422})
_MISCONFIGURED = frozenset({401, 403, 404})
_TIMED_OUT = frozenset({408, 504})


def judge(response: Response, target: Target, wall: float) -> Verdict:
    """Judge an answer: by the destination's own rules where it has one for it, else by HTTP's.

    Args:
        response: The answer, or what came instead; only an answer is shown to the destination's own rules.
        target: Whose answer it is.
        wall: Seconds since the epoch, for a ``Retry-After`` that names a date; the answer's own ``Date`` goes before
            it, since our clock may be wrong.
    """
    told = parse_date(response.headers.get("date", ""))
    asked = parse_retry_after(response.headers.get("retry-after"), wall if told is None else told, target.retry.cap)
    if response.status is None:
        return _judge_fault(response.error or "no answer")
    verdict = target.judge(response)
    if verdict is None:
        return Verdict(
            ruling=_judge_status(response.status, asked), because=f"HTTP {response.status}", retry_after=asked
        )
    if verdict.retry_after is None and asked is not None:
        return replace(verdict, retry_after=asked)
    return verdict


def timed_out(response: Response) -> bool:
    """Whether the destination, or a gateway before it, took too long over a request that it had."""
    return response.error == TIMED_OUT if response.status is None else response.status in _TIMED_OUT


def _judge_fault(error: str) -> Verdict:
    hopeless = error.startswith((CERTIFICATE, UNSENDABLE))
    return Verdict(ruling="misconfigured" if hopeless else "retry", because=error)


def _judge_status(status: int, asked: float | None) -> Ruling:
    if 200 <= status < 300:
        return "delivered"
    if status == 429 or (status == 503 and asked is not None):
        return "throttled"
    if status == 408 or (500 <= status < 600 and status != 501):
        return "retry"
    if status in _BISECT:
        return "bisect"
    if status in _MISCONFIGURED or 300 <= status < 400:
        return "misconfigured"
    return "rejected"

"""Requests that are refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal(Exception):  # noqa: N818 - it answers a request, nothing is wrong with the program
    """Ends a request with an answer.

    Attributes:
        status: Of HTTP.
        code: Word for programs, as Segment has them.
        message: One line for people; says nothing of keys and payloads.
        retry_after: Seconds after which it may be tried again, for those that may.
        allow: Methods that would not be refused, where it is for its method.
    """

    status: int
    code: str
    message: str
    retry_after: int | None = None
    allow: tuple[str, ...] = ()


def bad(message: str) -> Refusal:
    """The request itself is at fault, and will be however often it comes."""
    return Refusal(400, "bad_request", message)


def busy(message: str, seconds: int = 5) -> Refusal:
    """Nothing can be taken in now."""
    return Refusal(503, "unavailable", message, seconds)

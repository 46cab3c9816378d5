"""Awkward input and what must become of it: the parts that the tables of rows are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

AT = "2024-07-01T10:00:00Z"
AT_MS = 1719828000000
""":data:`AT` in milliseconds."""

NO_USER = "skipped: no usable user id"
NO_EVENT = "unmappable: no event name"
NO_TIME = "unmappable: no readable timestamp"
NO_OBJECT = "unmappable: {} is not an object"

Call = dict[str, Any]
Expected = Mapping[str, Any] | str
"""A body, or ``skipped: reason``, ``unmappable: reason``, ``invalid: reason``."""


class Row(NamedTuple):
    """One awkward input.

    Attributes:
        number: Of the kind of input, 1 to 98; several rows may show one kind.
        what: The input in words.
        given: The content of a file: calls, or bytes as they are.
        expected: What each result must be, in order.
        anonymous: Map with ``anonymousUsers: send``.
    """

    number: int
    what: str
    given: bytes
    expected: tuple[Expected, ...]
    anonymous: bool = False


def row(
    number: int, what: str, given: Call | Sequence[Call] | bytes, *expected: Expected, anonymous: bool = False
) -> Row:
    """A row; calls become NDJSON."""
    calls = [given] if isinstance(given, dict) else given
    raw = calls if isinstance(calls, bytes) else b"\n".join(json.dumps(call).encode() for call in calls)
    return Row(number, what, raw, expected, anonymous)


# -- what comes in -----------------------------------------------------------------------------------------------------


def track(**own: Any) -> Call:
    """A plain track call with these fields instead of, or beside, its own."""
    return {"type": "track", "userId": "u1", "event": "Opened", "timestamp": AT, **own}


def page(**own: Any) -> Call:
    """A plain page call without a name."""
    return {"type": "page", "userId": "u1", "timestamp": AT, **own}


def identify(traits: Any = None, **own: Any) -> Call:
    """An identify call with these traits; None: without."""
    call = {"type": "identify", "userId": "u1", "timestamp": AT, **own}
    return call if traits is None else {**call, "traits": traits}


def group(traits: Any = None, **own: Any) -> Call:
    """A group call with these traits; None: without."""
    call = {"type": "group", "userId": "u1", "groupId": "a1", "timestamp": AT, **own}
    return call if traits is None else {**call, "traits": traits}


def alias(**own: Any) -> Call:
    """An alias call from ``old`` to ``u1``."""
    return {"type": "alias", "userId": "u1", "previousId": "old", "timestamp": AT, **own}


def without(call: Call, *names: str) -> Call:
    """The call without these fields."""
    return {name: value for name, value in call.items() if name not in names}


def raw(call: Call, **texts: str) -> bytes:
    """The call with fields whose JSON text is given, for what Python's own writer can't write."""
    members = [f"{json.dumps(name)}: {text}" for name, text in texts.items()]
    return f"{json.dumps(without(call, *texts))[:-1]}, {', '.join(members)}}}".encode()


# -- what goes out -----------------------------------------------------------------------------------------------------


def feature(name: str = "Opened", **own: Any) -> dict[str, Any]:
    """A feature of user ``u1``."""
    return _body("feature", {"feature": name, "total": 1, **own})


def user(details: Mapping[str, Any] | None = None, **own: Any) -> dict[str, Any]:
    """Details of user ``u1``."""
    return _body("identifyUser", {"details": details, **own} if details else own)


def account(details: Mapping[str, Any] | None = None, **own: Any) -> dict[str, Any]:
    """Details of account ``a1``."""
    own = {"account_id": "a1", **own}
    return _body("identifyAccount", {"details": details, **own} if details else own)


def labels(**pairs: str) -> dict[str, Any]:
    """Dimensions that are text."""
    return dimensions("label", pairs)


def values(**pairs: float) -> dict[str, Any]:
    """Dimensions that are numbers."""
    return dimensions("value", pairs)


def events(**pairs: int) -> dict[str, Any]:
    """Dimensions that are dates, in milliseconds."""
    return dimensions("event", pairs)


def dimensions(kind: str, pairs: Mapping[str, Any]) -> dict[str, Any]:
    """Dimensions of a kind, with any keys."""
    return {f"custom_{kind}_dimensions": [{"key": key, "value": value} for key, value in pairs.items()]}


def _body(action: str, own: Mapping[str, Any]) -> dict[str, Any]:
    return {"action": action, "user_id": "u1", "created_at": AT_MS, **own}

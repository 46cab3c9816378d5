"""Short ways to write a call and the event it should become."""

from __future__ import annotations

from typing import Any

Fields = dict[str, Any]

NOON = "2024-07-01T12:00:00.123Z"
NOON_MS = 1719835200123


def call(kind: str, **fields: Any) -> Fields:
    return {"type": kind, "userId": "u1", "timestamp": NOON} | fields


def event(action: str, **fields: Any) -> Fields:
    return {"action": action, "user_id": "u1", "created_at": NOON_MS} | fields


def user(**details: Any) -> Fields:
    return event("identifyUser", **({"details": details} if details else {}))


def account(**details: Any) -> Fields:
    return event("identifyAccount", account_id="a1", **({"details": details} if details else {}))


def feature(name: str, **fields: Any) -> Fields:
    return event("feature", feature=name, **({"total": 1} | fields))


def identify(**traits: Any) -> Fields:
    return call("identify", traits=traits)


def group(**traits: Any) -> Fields:
    return call("group", groupId="a1", traits=traits)


def track(**fields: Any) -> Fields:
    return call("track", event="Exported", **fields)


def labels(**pairs: Any) -> list[Fields]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


def without(fields: Fields, *names: str) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}

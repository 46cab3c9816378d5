"""The five mappings of natero-api section 6 written by hand: the oracle of the shipped mappings, and their baseline.

Written from natero-api.md and from the documented decisions, never from the YAML, and sharing no code with the
package: where the two disagree, one of them is wrong. It is also what an engineer would write without this product,
so that the benchmark compares with something honest: plain dicts, one pass, no tricks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

from tests.oracle.attributes import ACCOUNT, USER, is_number, only_text, take
from tests.oracle.times import to_epoch_ms

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MONEY: Final = ("currency", "revenue", "order_id", "orderId", "products")
_ACCOUNT_KEYS: Final = ("account_id", "accountId")
_NOTHING: Final[dict[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Skip:
    """A call that is rightly not sent.

    Attributes:
        reason: A short stable text, the same for every call skipped on this ground.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Unmappable:
    """A call that should have been sent and cannot be.

    Attributes:
        reason: A short stable text, the same for every call that lacks the same thing.
    """

    reason: str


def map_line(raw: bytes) -> bytes | None:
    """One call's JSON to one event's JSON, or None where the call gives no event: the benchmark's unit of work."""
    event = map_call(orjson.loads(raw))
    return orjson.dumps(event) if type(event) is dict else None


def map_call(call: Any, *, anonymous_users: str = "skip") -> dict[str, Any] | Skip | Unmappable:
    """The body of the event that a decoded call becomes.

    Args:
        call: One decoded Segment call; anything else is unmappable.
        anonymous_users: ``send`` lets ``anonymousId`` stand in for a missing ``userId``.
    """
    if type(call) is not dict:
        return Unmappable("not an object")
    kind = call.get("type")
    if type(kind) is not str or not kind.strip():
        return Unmappable("no call type")
    mapping = _MAPPINGS.get(kind) or _MAPPINGS.get(kind := kind.strip().lower())
    if mapping is None:
        return Skip(f"{kind} calls are not accepted" if kind in ("screen", "delete") else "unknown call type")
    integrations = call.get("integrations")
    if integrations and _ruled_out(integrations):
        return Skip("ruled out by the integrations object")
    user_id = call.get("userId")
    if type(user_id) is not str or not user_id or user_id.isspace():
        user_id = _id(user_id)
        if user_id is None and anonymous_users == "send":
            user_id = _id(call.get("anonymousId"))
        if user_id is None:
            return Skip("no usable user id")
    event = mapping(call, _object(call.get("context")), user_id)
    if type(event) is dict:
        created_at = to_epoch_ms(call.get("timestamp"))
        if created_at is None and (created_at := _other_time(call)) is None:
            return Unmappable("no readable timestamp")
        event["created_at"] = created_at
    return event


def _other_time(call: dict[str, Any]) -> int | None:
    for name in ("receivedAt", "originalTimestamp", "sentAt"):
        if (moment := to_epoch_ms(call.get(name))) is not None:
            return moment
    return None


def _identify(call: dict[str, Any], context: dict[str, Any], user_id: str) -> dict[str, Any] | Unmappable:
    traits = call.get("traits")
    if type(traits) is not dict:
        if _is_junk(traits):
            return Unmappable("traits is not an object")
        traits = _NOTHING
    account_id, account_from = _account(call, context)
    if cached := _object(context.get("traits")):
        # Mobile libraries repeat these two among the cached traits.
        cached = {key: value for key, value in cached.items() if key not in ("userId", "anonymousId")}
        traits = cached | traits
    if account_from is not None:
        traits = _without_account(traits, account_from[1])
    details = take(traits, USER)
    if "email" not in details:
        address = call.get("userId")
        if type(address) is str and _EMAIL.fullmatch(address):
            details["email"] = address
    event: dict[str, Any] = {"action": "identifyUser", "user_id": user_id}
    if details:
        event["details"] = details
    return _with_ids(event, call, context, account_id)


def _group(call: dict[str, Any], context: dict[str, Any], user_id: str) -> dict[str, Any] | Unmappable:
    traits = call.get("traits")
    if type(traits) is not dict:
        if _is_junk(traits):
            return Unmappable("traits is not an object")
        traits = _NOTHING
    account_id, account_from = _id(call.get("groupId")), None
    if account_id is None:
        account_id, account_from = _account(call, context)
        if account_id is None:
            return Unmappable("no account id")
    if account_from is not None and account_from[0] == "traits":
        traits = _without_account(traits, account_from[1])
    event: dict[str, Any] = {"action": "identifyAccount", "user_id": user_id}
    if details := take(traits, ACCOUNT):
        event["details"] = details
    return _with_ids(event, call, context, account_id)


def _track(call: dict[str, Any], context: dict[str, Any], user_id: str) -> dict[str, Any] | Unmappable:
    properties = call.get("properties")
    if type(properties) is not dict:
        if _is_junk(properties):
            return Unmappable("properties is not an object")
        properties = _NOTHING
    name = call.get("event")
    if type(name) is not str or not (name := name.strip()):
        return Unmappable("no event name")
    event = {"action": "feature", "user_id": user_id, "feature": name, "total": 1}
    module = _first_text(properties.get("module"), properties.get("category")) or _first_text(
        _object(context.get("page")).get("title"), _object(context.get("app")).get("name")
    )
    if module:
        event["module"] = module
    product = properties.get("product")
    if product is not None and (product := only_text(product)):
        event["product"] = product
    total = properties.get("total")
    if total is not None and is_number(total) and not any(properties.get(key) is not None for key in _MONEY):
        event["total"] = total
    return _with_ids(event, call, context, _account(call, context)[0])


def _page(call: dict[str, Any], context: dict[str, Any], user_id: str) -> dict[str, Any] | Unmappable:
    properties = call.get("properties")
    if type(properties) is not dict:
        if _is_junk(properties):
            return Unmappable("properties is not an object")
        properties = _NOTHING
    category = only_text(call.get("category"))
    name = only_text(call.get("name"))
    if category and name:
        feature = f"Viewed {category.strip()} {name.strip()} Page"
    elif only := category or name:
        feature = f"Viewed {only.strip()} Page"
    else:
        feature = "Loaded a Page"
    event = {"action": "feature", "user_id": user_id, "feature": feature, "total": 1}
    module = (
        category or name or only_text(properties.get("path")) or only_text(_object(context.get("page")).get("path"))
    )
    if module:
        event["module"] = module
    return _with_ids(event, call, context, _account(call, context)[0])


def _alias(call: dict[str, Any], context: dict[str, Any], user_id: str) -> dict[str, Any] | Skip | Unmappable:
    previous = _id(call.get("previousId")) or _id(call.get("anonymousId"))
    if previous is None:
        return Unmappable("no previous id")
    if previous == user_id:
        return Skip("previousId is the same as userId")
    details = {"custom_label_dimensions": [{"key": "previous_id", "value": previous}]}
    event = {"action": "identifyUser", "user_id": user_id, "details": details}
    return _with_ids(event, call, context, _account(call, context)[0])


_MAPPINGS: Final = {"track": _track, "page": _page, "identify": _identify, "group": _group, "alias": _alias}


def _with_ids(
    event: dict[str, Any], call: dict[str, Any], context: dict[str, Any], account_id: str | None
) -> dict[str, Any]:
    """Add the account's id and the session's, where there are any."""
    if account_id is not None:
        event["account_id"] = account_id
    session_id = call.get("anonymousId")
    if type(session_id) is not str or not session_id or session_id.isspace():
        properties = _object(call.get("properties"))
        session_id = (
            _id(session_id)
            or _id(context.get("sessionId"))
            or _id(properties.get("sessionId"))
            or _id(properties.get("session_id"))
        )
    if session_id is not None:
        event["session_id"] = session_id
    return event


def _account(call: dict[str, Any], context: dict[str, Any]) -> tuple[str | None, tuple[str, str] | None]:
    """The account's id, and where among the traits it stood: ("traits" or "context.traits", the key)."""
    account_id = _id(context.get("groupId"))
    if account_id is not None:
        return account_id, None
    traits, cached = _object(call.get("traits")), _object(context.get("traits"))
    properties = _object(call.get("properties"))
    for where, holder in (("traits", traits), ("properties", properties), ("context.traits", cached)):
        for key in _ACCOUNT_KEYS:
            if (account_id := _id(holder.get(key))) is not None:
                return account_id, (where, key) if where != "properties" else None
    for where, holder in (("traits", traits), ("context.traits", cached)):
        if (account_id := _id(_object(holder.get("company")).get("id"))) is not None:
            return account_id, (where, "company")
    return None, None


def _without_account(traits: dict[str, Any], key: str) -> dict[str, Any]:
    """The traits without the one that gave the account's id; of a company only its ``id`` goes."""
    if key != "company":
        return {name: value for name, value in traits.items() if name != key}
    company = traits[key]
    if type(company) is not dict:  # `traits` has put something else over the company that gave it
        return traits
    return {**traits, "company": {name: value for name, value in company.items() if name != "id"}}


def _ruled_out(integrations: Any) -> bool:
    """Whether the integrations object keeps the call from us; our own name beats ``All``."""
    if not integrations or type(integrations) is not dict:
        return False
    if "Natero" in integrations:
        return integrations["Natero"] is False
    return any(value is False and name.lower() == "all" for name, value in integrations.items())


def _id(value: Any) -> str | None:
    """An id as text: what is not blank as it came, an integral number as its digits."""
    if type(value) is str:
        return value if value and not value.isspace() else None
    if type(value) is int or (type(value) is float and value.is_integer()):
        return str(int(value))
    return None


def _first_text(first: Any, second: Any) -> str | None:
    """The first of two that is text and not blank, as it came."""
    if type(first) is str and first and not first.isspace():
        return first
    return second if type(second) is str and second and not second.isspace() else None


def _object(value: Any) -> dict[str, Any]:
    return value if type(value) is dict else _NOTHING


def _is_junk(value: Any) -> bool:
    """Whether a value that should be an object is neither one nor absent; PHP writes an empty object as []."""
    return value is not None and type(value) is not dict and value != []

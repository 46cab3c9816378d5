"""What Segment delivers is accepted; what it would have refused is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[[str, Any], list[str]]

ACCEPTED: dict[str, tuple[str, dict[str, Any]]] = {
    "null ids beside the other": ("identify", {"userId": None, "anonymousId": "a"}),
    "unknown keys everywhere": ("track", {"userId": "u", "event": "E", "email": "x", "context": {"zz": {"y": 1}}}),
    "library as text": ("track", {"userId": "u", "event": "E", "context": {"library": "old"}}),
    "location as text or number": (
        "track",
        {"userId": "u", "event": "E", "context": {"location": {"latitude": "1.5", "longitude": 2}}},
    ),
    "revenue as text": ("track", {"userId": "u", "event": "E", "properties": {"revenue": "$39.95"}}),
    "numeric group id": ("group", {"userId": "u", "groupId": 7}),
    "group alone": ("group", {"groupId": "g"}),
    "employees as range": ("group", {"groupId": "g", "traits": {"employees": "201-500"}}),
    "traits set to null": ("identify", {"userId": "u", "traits": {"email": None, "age": None, "company": None}}),
    "company as text": ("identify", {"userId": "u", "traits": {"company": "Acme"}}),
    "unnamed page from Python": ("page", {"userId": "u", "name": None, "category": None}),
    "version as text": ("page", {"userId": "u", "version": "1.1"}),
    "numeric previous id": ("alias", {"userId": "u", "previousId": 10442}),
    "alias without previous id": ("alias", {"userId": "u", "anonymousId": "a"}),
    "integrations with options": (
        "track",
        {"userId": "u", "event": "E", "integrations": {"All": False, "X": {"a": 1}}},
    ),
}
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "no id": (
        "track",
        {"event": "E"},
        "$: {'event': 'E', 'type': 'track'} is not valid under any of the given schemas",
    ),
    "both ids null": (
        "page",
        {"userId": None, "anonymousId": None},
        "$: {'userId': None, 'anonymousId': None, 'type': 'page'} is not valid under any of the given schemas",
    ),
    "empty id": ("identify", {"userId": ""}, "$.userId: '' should be non-empty"),
    "id as number": ("identify", {"userId": 42, "anonymousId": "a"}, "$.userId: 42 is not of type 'string', 'null'"),
    "no event": ("track", {"userId": "u"}, "$: 'event' is a required property"),
    "event as number": ("track", {"userId": "u", "event": 7}, "$.event: 7 is not of type 'string'"),
    "traits as list": ("identify", {"userId": "u", "traits": []}, "$.traits: [] is not of type 'object'"),
    "empty page name": ("page", {"userId": "u", "name": ""}, "$.name: '' should be non-empty"),
    "no group id": ("group", {"userId": "u"}, "$: 'groupId' is a required property"),
    "alias without user": ("alias", {"previousId": "a"}, "$: 'userId' is a required property"),
    "long message id": (
        "page",
        {"userId": "u", "messageId": "m" * 101},
        f"$.messageId: '{'m' * 101}' is too long",
    ),
    "external id without encoding": (
        "page",
        {"userId": "u", "context": {"externalIds": [{"id": "i", "type": "t", "collection": "users"}]}},
        "$.context.externalIds[0]: 'encoding' is a required property",
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepts(case: str, judge: Judge) -> None:
    kind, fields = ACCEPTED[case]
    assert judge(f"segment/{kind}.schema.json", {**fields, "type": kind}) == []


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case: str, judge: Judge) -> None:
    kind, fields, problem = REFUSED[case]
    assert judge(f"segment/{kind}.schema.json", {**fields, "type": kind}) == [problem]


def test_a_schema_takes_no_other_type(judge: Judge) -> None:
    assert judge("segment/page.schema.json", {"type": "screen", "userId": "u"}) == ["$.type: 'page' was expected"]

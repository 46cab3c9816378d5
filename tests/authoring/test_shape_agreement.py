"""The shape check against its schemas: it reports something exactly where a schema refuses the file.

Three judges: jsonschema-rs, which the check asks first; the plain jsonschema, which it uses in parts and with two
keywords of its own; and the diagnostics. `$take` without `$share` and settings that contradict themselves are beyond a
schema (MAP108, MAP109), so that the diagnostics may be stricter there.
"""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from mapper.authoring.document import Document
from mapper.authoring.language import KINDS, Kind, fits, schema_of
from mapper.authoring.shape import check_shape
from mapper.authoring.shape_operators import OPERATORS

REGISTRY: Registry[Any] = Registry().with_resource("node.schema.json", Resource.from_contents(schema_of("node")))
PLAIN = {kind: Draft202012Validator(schema_of(kind), registry=REGISTRY) for kind in (*KINDS, "sandbox")}

LET = {
    "user_id": "id(userId)",
    "common": {"a": "b", "$merge": ["x", {"$from": "y", "$as": "object"}]},
    "flag": {"$if": "a", "$then": True, "$else": {"$const": {"$any": [1]}, "$null": "keep"}},
}
GUARDS = [{"when": "!userId", "because": "no user"}]
VALID: dict[Kind, Any] = {
    "let": {"mapper": 1, "description": "shared", "let": LET},
    "mapping": {
        "mapper": 1,
        "accepts": ["track", "page"],
        "description": "all of it",
        "let": LET,
        "skip": GUARDS,
        "reject": GUARDS,
        "request": "event",
        "after": "other",
        "body": {
            "$merge": "common",
            "id": {"$from": "x", "$as": "id", "$required": "no id"},
            "list": ["a", 1, None, {"b": {"$first": ["c", {"$const": 2}], "$default": 0}}],
            "details": {
                "$share": "traits",
                "$spell": ["camelCase", "snake_case"],
                "$named": {"string": ["phone"], "schema": ["plan"]},
                "$rest": "rest",
                "city": {"$take": ["city", "address.city"], "$is": "string"},
            },
        },
    },
    "destination": {
        "mapper": 1,
        "id": "example",
        "destination": "Example",
        "accepts": ["track"],
        "enabled": False,
        "settings": {
            "apiKey": {"type": "string", "secret": True, "required": True, "minLength": 1},
            "region": {"enum": ["US", "EU"], "default": "US", "title": "Region", "examples": ["US"]},
        },
        "use": ["../shared/x.yaml"],
        "let": LET,
        "skip": GUARDS,
        "request_defaults": {"method": "POST", "headers": {"content-type": {"$const": "a/b"}}, "base": "'https://x'"},
        "requests": {
            "event": {
                "path": "'/v1'",
                "auth": {"basic": {"username": {"$const": "api"}, "password": "settings.apiKey"}},
                "body": {"records": "items"},
                "schema": "event.schema.json",
                "batch": {"max_events": 5, "max_bytes": "1MB", "max_wait": 0.5},
                "rate": {"events": "1000/s"},
                "retry": {"first_wait": "1s", "timeout": "2 m", "window": "24h"},
                "order_by": "userId",
                "outcomes": [{"when": "a", "is": "resend", "because": "b", "except": "c"}],
            },
            "other": {"base": "a", "path": "b", "auth": {"bearer": "c"}, "body": "ndjson", "batch": {"max_bytes": 9}},
        },
        "order": {"key": "userId", "requests": ["event", "other"]},
    },
    "sandbox": {
        "sandbox": 1,
        "id": "example",
        "description": "strict",
        "settings": {"apiKey": "sandbox-api-key"},
        "endpoints": {
            "event": {
                "method": "PUT",
                "path": "/v1/{apiKey}",
                "auth": {"basic": {"username": "api", "password": "apiKey"}, "query": {"key": "apiKey"}},
                "content_type": "application/json",
                "body": {"records": "items"},
                "max_bytes": 9,
                "key": "id",
                "checks": [
                    {"schema": {"required": ["id"]}, "refuses": "record", "message": "{cause}"},
                    {"select": "kind", "cases": {"a": True}, "only": "new"},
                    {"known": {"field": "of", "in": "event"}, "message": "not known"},
                ],
                "answers": {"taken": {"status": 200, "headers": {"x-a": "b"}}, "refused": {"status": 400, "body": 1}},
            },
            "one": {
                "path": "/one",
                "auth": {"bearer": "apiKey"},
                "body": "json",
                "checks": [{"schema": True, "refuses": "batch"}],
                "answers": {"taken": {"status": 200}, "refused": {"status": 400}, "failure": {"a": "$index"}},
            },
        },
        "faults": [
            {"status": 503, "retry_after": {"date_in": 5}, "times": 1, "after": 2, "endpoint": "one"},
            {"match": {"id": 1}, "record_failure": "no"},
            {"close": "before"},
            {"close": "mid-body", "partial": True, "delay": 0.5, "slow": 1, "truncate": 3, "hang": False},
        ],
        "$defs": {"text": {"type": "string"}},
    },
}
ALL: tuple[Kind, ...] = (*KINDS, "sandbox")

KEYS = ["mapper", "let", "body", "base", "path", "when", "because", "is", "accepts", "default", "as", "$form"]
TEXTS = [
    "track",
    "string",
    "schema",
    "keep",
    "1MB",
    "2s",
    "90/m",
    "POST",
    "ndjson",
    "delivered",
    "",
    " ",
    "a b",
    "x\n",
    "a.b",
    "é",
]
WORDS = st.sampled_from([*OPERATORS, *KEYS, *TEXTS])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.floats(-1, 2), WORDS)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=4
)


def routes(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(data, dict):
        for key, value in data.items():
            yield from routes(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from routes(value, (*at, index))


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Kind, Any]:
    """A valid file of any kind with one to three changes: a value replaced, a key added, renamed or deleted."""
    kind = draw(st.sampled_from(ALL))
    data = copy.deepcopy(VALID[kind])
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from([route for route in routes(data) if route]))
        parent = data
        for step in above:
            parent = parent[step]
        match draw(st.sampled_from(["replace", "delete", "rename", "add", "move"])):
            case "replace":
                parent[last] = draw(VALUES)
            case "delete":
                del parent[last]
            case "add" if isinstance(parent, dict):
                parent[draw(WORDS)] = draw(VALUES)
            case "add":
                parent.append(draw(VALUES))
            case "rename" if isinstance(parent, dict):
                parent[draw(WORDS)] = parent.pop(last)
            case _:
                parent[last] = copy.deepcopy(data[draw(st.sampled_from(sorted(data)))]) if data else None
        if not [route for route in routes(data) if route]:
            break
    return kind, data


def document(data: Any) -> Document:
    return Document(file="f.yaml", text="", data=data, values={}, keys={})


@pytest.mark.parametrize("kind", ALL)
def test_the_whole_language_is_accepted(kind: Kind) -> None:
    assert check_shape(document(VALID[kind]), kind) == []
    assert PLAIN[kind].is_valid(VALID[kind])


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_something_is_reported_exactly_where_the_schema_refuses(case: tuple[Kind, Any]) -> None:
    agree(*case)


@pytest.mark.long
@settings(max_examples=2000, deadline=None)
@given(mutated())
def test_the_same_at_length(case: tuple[Kind, Any]) -> None:
    agree(*case)


def agree(kind: Kind, data: Any) -> None:
    found = check_shape(document(data), kind)
    codes = {diagnostic.code for diagnostic in found}
    if not fits(kind, data):
        assert codes
    else:
        assert PLAIN[kind].is_valid(data)
        assert codes <= {"MAP108", "MAP109"}
    for diagnostic in found:
        document(data).at(diagnostic.primary.route)  # each points into the file
        assert diagnostic.primary.on == "value" or isinstance(diagnostic.primary.route[-1], str)
        assert "\n" not in diagnostic.message + (diagnostic.help or "")


def test_a_right_file_is_checked_without_importing_jsonschema() -> None:
    code = (
        "import sys; from mapper.authoring.compose import compose; from mapper.authoring.shape import check_shape;"
        "from mapper.authoring.rules.minimal import MINIMAL;"
        "document, _ = compose(MINIMAL['track.yaml'], file='f.yaml');"
        "assert check_shape(document, 'mapping') == [];"
        "print('jsonschema' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

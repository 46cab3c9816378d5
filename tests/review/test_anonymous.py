"""Stand-ins: nothing of a real call shows who it is of, and all that the mappings look at stays as it was."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.app.newcase import case_text
from mapper.review.anonymous import anonymous
from mapper.review.cases import Case, repeated_leaves
from mapper.review.identifying import kind_of
from mapper.review.leaves import at, leaves
from mapper.review.standins import StandIns
from tests.cli.kit import AT, EXAMPLES

CALL: dict[str, Any] = {
    "type": "track",
    "event": "Report Exported by Ada Lovelace",
    "userId": "u_4711",
    "anonymousId": "813faa73-fc8f-4419-abe6-5ce35a542f08",
    "writeKey": "wk_secret",
    "timestamp": "2024-05-06T10:39:00.259Z",
    "version": 2,
    "properties": {
        "format": "csv",
        "rows": 120,
        "total": 19.5,
        "account_id": 4711000,
        "note": "Ask Ada",
        "sentAt": "Mon, 06 May 2024 10:39:00 GMT",
        "exported_at": 1714991940259,
        "ok": True,
        "owners": {"ada@corp.example": "admin"},
    },
    "context": {
        "ip": "203.0.113.20",
        "locale": "de-DE",
        "timezone": "Europe/Berlin",
        "library": {"name": "analytics.js", "version": "1.84.3"},
        "page": {
            "path": "/users/4711000/reports",
            "url": "https://app.corp.example:8443/users/4711000/reports?q=ada@corp.example&page=2#u_4711",
            "search": "?q=ada@corp.example&page=2",
        },
        "traits": {
            "name": "Ada Lovelace",
            "firstName": "Ada",
            "email": "ada@corp.example",
            "phone": "+49 (0)170 1234567",
            "birthday": "1815-12-10",
            "address": {"city": "Köln", "zip": 50667, "state": "NW"},
            "plan": "gold",
            "bio": "数学者",
        },
    },
}


def test_a_call_by_example() -> None:
    made = anonymous(CALL).call
    traits, page, properties = made["context"]["traits"], made["context"]["page"], made["properties"]
    assert "writeKey" not in made
    for path in ("type", "timestamp", "version"):
        assert made[path] == CALL[path]
    for path in ("format", "rows", "total", "sentAt", "exported_at", "ok"):
        assert properties[path] == CALL["properties"][path]
    for path in ("locale", "timezone", "library"):
        assert made["context"][path] == CALL["context"][path]
    assert traits["plan"] == "gold"
    # Of the same shape ...
    assert re.fullmatch(r"[a-z]_[1-9]\d{3}", made["userId"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["anonymousId"])
    assert re.fullmatch(r"\+\d\d \(\d\)\d{3} \d{7}", traits["phone"])
    assert re.fullmatch(r"[a-z]{3}@[a-z]+\.example", traits["email"])
    assert re.fullmatch(r"19\d\d-\d\d-\d\d", traits["birthday"])
    assert re.fullmatch(r"[A-Z][a-zäëïöüàèìòùáéíóúâêîôû]{3}", traits["address"]["city"])
    assert 10_000 <= traits["address"]["zip"] <= 99_999
    assert made["context"]["ip"].startswith("192.0.2.")
    # ... and with the relations that there were.
    assert traits["name"].split()[0] == traits["firstName"]
    assert made["event"] == f"Report Exported by {traits['name']}"
    account = properties["account_id"]
    host = re.match(r"https://(\w+)\.example:8443/", page["url"])
    assert host
    assert page["path"] == f"/users/{account}/reports"
    assert page["search"].startswith(f"?q={traits['email']}&page=")
    assert page["url"] == f"https://{host[1]}.example:8443{page['path']}{page['search']}#{made['userId']}"
    assert list(properties["owners"]) == [traits["email"]]


def test_what_was_replaced_is_told_by_path_and_kind() -> None:
    found = anonymous({"type": "identify", "userId": "u1", "traits": {"email": "a@b.example", "plan": "gold"}})
    assert found.replaced == (("traits.email", "email"), ("userId", "id"))


def test_what_is_to_be_kept_stays() -> None:
    call = {"type": "track", "userId": "u_1", "properties": {"colour of car": "deep red", "note": "deep red"}}
    made = anonymous(call, frozenset({'properties."colour of car"'})).call["properties"]
    assert made["colour of car"] == "deep red"
    assert made["note"] != "deep red"


def test_equal_values_are_declared_so_that_the_case_holds() -> None:
    call = {"type": "group", "userId": "ab", "groupId": "ab", "traits": {"n": 7, "m": 7, "x": True, "y": True}}
    made = anonymous(call)
    assert made.equal == (("userId", "groupId"), ("traits.n", "traits.m"))
    assert repeated_leaves(Case(about="x", call=made.call, equal=made.equal)) == []
    assert repeated_leaves(Case(about="x", call=made.call, equal=made.equal[:1])) == ["7"]
    assert repeated_leaves(Case(about="x", call=made.call)) == [json.dumps(made.call["userId"]), "7"]


@pytest.mark.parametrize(
    "text",
    ["A", "7", "007", "ab", "Zoë Œuvre", "王小明", "a" * 300, "1.5e300", "::1", "?", "/", "%%%", "a@b"],
)
def test_odd_texts_have_stand_ins(text: str) -> None:
    stand_ins = StandIns([text])
    made = stand_ins.text(text)
    assert stand_ins.text(text) == made
    assert (made != text) is any(map(str.isalnum, text))


@given(st.lists(st.text(min_size=1), min_size=2, unique=True))
def test_stand_ins_of_distinct_words_are_distinct(words: list[str]) -> None:
    parts = {part for word in words for part in word.split() if any(map(str.isalnum, part)) and "/" not in part}
    plain = [part for part in parts if not set(part) & set("@:?#")]
    stand_ins = StandIns(words)
    assert len({stand_ins.text(part) for part in plain}) == len(plain)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**30), 10**30))
def test_numbers_have_stand_ins(number: float) -> None:
    made = StandIns([str(number)]).number(number)
    assert type(made) is type(number)


# -- canaries ----------------------------------------------------------------------------------------------------------

WORD = st.text("bcdfghjkmpqrtvwxz", min_size=6, max_size=10)
"""What no stand-in is made of: these have vowels."""
DIGITS = st.text("0123456789", min_size=8, max_size=12).filter(lambda text: text[0] != "0")


@st.composite
def _canary(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A value that identifies somebody, and what of it may be seen nowhere."""
    word, other, digits = draw(WORD), draw(WORD), draw(DIGITS)
    name = f"{word.title()} {other.title()}"
    octets = [str(draw(st.integers(200, 250))) for _ in range(4)]
    hexes = draw(st.text("0123456789abcdef", min_size=32, max_size=32))
    uuid = "-".join((hexes[:8], hexes[8:12], hexes[12:16], hexes[16:20], hexes[20:]))
    return draw(
        st.sampled_from(
            [
                (word, [word]),
                (name, [word, other]),
                (f"{word}_{digits}", [word, digits]),
                (digits, [digits]),
                (f"+{digits}", [digits]),
                (f"{word}.{other}+x@{word}.example", [word, other]),
                (".".join(octets), [".".join(octets)]),
                (uuid, [uuid, hexes[20:]]),
                (
                    f"https://{word}.example/users/{digits}/edit?token={other}&id={uuid}#{word}",
                    [word, other, digits, uuid],
                ),
                (f"https://x.example/a?q={word}%20{other}&e={word}%40{other}.example", [word, other]),
                (f"/people/{digits}?name={word}", [digits, word]),
                (f"Call {name} at {digits}, or write to {word}@{other}.example", [word, other, digits]),
                (f"{word}-{other}-街-{word}", [word, other]),
            ]
        )
    )


PLACES = [
    ("userId",),
    ("anonymousId",),
    ("previousId",),
    ("groupId",),
    ("messageId",),
    ("writeKey",),
    ("projectId",),
    ("context", "ip"),
    ("context", "groupId"),
    ("context", "sessionId"),
    ("context", "device", "id"),
    ("context", "device", "name"),
    ("context", "device", "token"),
    ("context", "page", "url"),
    ("context", "page", "referrer"),
    ("context", "page", "title"),
    ("context", "location", "city"),
    ("context", "traits", "email"),
    ("context", "traits", "username"),
    *(
        (where, key)
        for where in ("traits", "properties")
        for key in (
            "name",
            "firstName",
            "last_name",
            "email",
            "phone",
            "company",
            "address",
            "avatar",
            "birthday",
            "assignee",
            "comment",
            "customer_id",
            "orderNumber",
            "shared with",
            "createdBy",
            "Größe",
        )
    ),
    ("traits", "address", "street"),
    ("properties", "products", 0, "buyer"),
    ("properties", "products", 1, "id"),
    ("integrations", "Intercom", "user_hash"),
]


def _plant(call: Any, path: tuple[str | int, ...], value: str) -> None:
    for step, further in pairwise(path):
        if isinstance(call, list):
            call.extend({} for _ in range(len(call), int(step) + 1))
            call = call[int(step)]
        else:
            made: Any = [] if isinstance(further, int) else {}
            if not isinstance(call.get(step), type(made)):
                call[step] = made
            call = call[step]
    if isinstance(call, list):
        call.append(value)
    else:
        call[path[-1]] = value


@given(
    st.lists(st.tuples(st.sampled_from(PLACES), _canary()), min_size=1, max_size=6),
    st.sampled_from(["{} signed up", "Report of {}", "Signed Up"]),
    st.booleans(),
)
def test_no_canary_sings(planted: list[tuple[Any, tuple[str, list[str]]]], event: str, as_key: bool) -> None:
    call: dict[str, Any] = {"type": "track", "timestamp": AT, "properties": {"format": "csv"}}
    for path, (value, _) in planted:
        _plant(call, path, value)
    path, (value, _) = planted[0]
    if at(call, path) == value and kind_of(path, value) not in (None, "text", "link"):
        call["event"] = event.format(value)
    if as_key:
        call.setdefault("traits", {})
        call["traits"][f"{planted[0][1][1][0]}@corp.example"] = True
    made = anonymous(call)
    text = case_text(Case(about="x", call=made.call, equal=made.equal)).lower()
    for _, (_, canaries) in planted:
        for canary in canaries:
            assert canary.lower() not in text
    assert made.call["timestamp"] == AT
    assert made.call["properties"].get("format") == "csv"


def test_no_example_call_keeps_what_identifies() -> None:
    """Of every shipped example: what the rules call identifying differs, and its time is the same."""
    lines = (EXAMPLES / "events.ndjson").read_text().splitlines()
    for line in lines[::5]:
        call = json.loads(line)
        made = anonymous(call).call
        assert made.get("timestamp") == call.get("timestamp")
        text = json.dumps(made, ensure_ascii=False)
        for path, value in leaves(call):
            if kind_of(path, value) in ("id", "email", "name", "phone") and isinstance(value, str):
                assert f'"{value}"' not in text
        assert {key: made.get(key) for key in ("type",)} == {"type": call["type"]}

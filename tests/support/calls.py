"""Segment calls made up for tests: ordinary, awkward and junk-typed.

Everything is drawn from a ``random.Random``, so that one set of drawing functions serves both uses:

- :func:`random_calls` seeds a plain generator: quick and repeatable, for large comparisons;
- :func:`calls` lets Hypothesis supply the randomness, so that a failing call is made simpler: slower, for properties.

Values that decide a branch of the mappings are drawn far more often than real traffic has them. About half the calls
hold a value of the wrong type at a documented place; :func:`draw` says where.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from tests.support import pools
from tests.support.documented import Field, documented_fields
from tests.support.traits import ACCOUNT_TRAITS, DATES, IDS, USER_TRAITS, draw_traits
from tests.support.typical import typical_calls

__all__ = ["Drawn", "calls", "draw", "draw_call", "random_calls", "typical_calls"]

Path = tuple[str, ...]


class Drawn(NamedTuple):
    """A call, and the documented places where it holds junk."""

    call: dict[str, Any]
    junk_at: tuple[Path, ...]


def calls() -> st.SearchStrategy[dict[str, Any]]:
    """A Hypothesis strategy for single calls; a failing one shrinks towards fewer and plainer fields."""
    return st.randoms(use_true_random=False).map(draw_call)


def random_calls(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """The same ``count`` calls for the same ``seed``. They may share containers: a test must not change them."""
    rng = random.Random(seed)
    for _ in range(count):
        yield draw_call(rng)


def draw_call(rng: random.Random) -> dict[str, Any]:
    """One call; all randomness comes from ``rng``."""
    return draw(rng).call


def draw(rng: random.Random) -> Drawn:
    """One call, telling where it was spoilt."""
    kind = _pick(rng, _KINDS)
    call: dict[str, Any] = {"type": kind} if rng.random() > 0.01 else {}
    _add_envelope(rng, call)
    own = _OWN_FIELDS.get(kind.strip().lower())
    if own is not None:
        own(rng, call)
    fields = documented_fields(kind.strip().lower())
    for field in rng.sample(fields, min(len(fields), rng.choice((0, 0, 1, 3)))):
        if not _has(call, field.path):
            _put(call, field.path, _of_type(rng, field))
    return Drawn(call, _spoil(rng, call, fields))


def _spoil(rng: random.Random, call: dict[str, Any], fields: tuple[Field, ...]) -> tuple[Path, ...]:
    """Put junk at one to four documented places of about half the calls."""
    if rng.random() < 0.5:
        return ()
    places = []
    for _ in range(rng.choice((1, 1, 2, 4))):
        place = rng.choice(fields).path if fields and rng.random() < 0.4 else _pick(rng, _SPOILT)
        _put(call, place, pools.junk(rng))
        places.append(place)
    return tuple(places)


_KINDS: Final = (
    *("identify",) * 26,
    *("group",) * 22,
    *("track",) * 22,
    *("page",) * 12,
    *("alias",) * 9,
    *("screen", "screen", "delete", "Track", "IDENTIFY", " page ", "Group\n", "pageview", "", " "),
)
_SPOILT: Final[tuple[Path, ...]] = (
    *(("userId",), ("anonymousId",), ("groupId",), ("previousId",), ("event",), ("name",), ("category",), ("type",)),
    *(("timestamp",), ("receivedAt",), ("originalTimestamp",), ("sentAt",), ("integrations",)),
    *(("context",), ("context", "traits"), ("context", "groupId"), ("context", "page"), ("context", "app")),
    *(("context", "page", "title"), ("context", "page", "path"), ("context", "sessionId")),
    *(("traits",), ("traits",), ("traits", "name"), ("traits", "email"), ("traits", "address"), ("traits", "company")),
    *(("traits", "createdAt"), ("traits", "phone"), ("traits", "address", "city"), ("traits", "company", "id")),
    *(
        ("traits", "employees"),
        ("traits", "title"),
        ("traits", "plan"),
        ("traits", "account_id"),
        ("traits", "isActive"),
    ),
    *(("properties",), ("properties",), ("properties", "module"), ("properties", "category"), ("properties", "path")),
    *(("properties", "product"), ("properties", "total"), ("properties", "products"), ("properties", "accountId")),
)

_USER_ANONYMOUS: Final[tuple[Any, ...]] = (*("7c0d9f1e-51a2-4b0f-9a55-2f3f6f1c88aa", "anon-2") * 4, "u_88213", 99, *IDS)
_USER_IDS: Final[tuple[Any, ...]] = (
    *("u_88213", "u_10442", "ada@example.com", "a.b+c@mail.example.co.uk", "U_88213", " padded ", 42, 42.0) * 4,
    *(1e3, 2**53 + 1, 10**30, 1e22, -0.0, 0, "null", "0", "東京🚀", "x@y", "two words@example.com", " ada@example.com"),
    *(42.5, True, False, {}, [], "", "  ", None, ["u_1"], {"id": "u_1"}),
)
_ANONYMOUS: Final[tuple[Any, ...]] = (*("7c0d9f1e-51a2-4b0f-9a55-2f3f6f1c88aa", "anon-2") * 4, "u_88213", 99, *IDS)
_MODULES: Final = ("Reports", " Reports ", "Billing", "", " ", None, 5, True, ["Reports"], {"name": "x"})
_EVENTS: Final[tuple[Any, ...]] = (
    "Report Exported",
    " Order Completed\n",
    "export",
    "東京 🚀",
    "Signed In",
    "",
    " ",
    None,
    5,
    ["x"],
    {},
)
_NAMES: Final = ("Pricing", " Pricing ", "Two  Words", "価格", "", " ", None, 7, False, ["x"])
_INTEGRATIONS: Final[tuple[Any, ...]] = (
    *({}, {"All": True}, {"All": False, "Natero": True}, None, [], {"Segment.io": True}) * 4,
    *({"All": False}, {"Natero": False}, {"all": False}, {"ALL": False}, {"natero": False}, {"All": "false"}),
    *({"Natero": None, "All": False}, {"Natero": {"x": 1}}, {"Natero": 0}, {"Natero": "false"}, {"All": None}, "x", 5),
    *({"All": 0}, {"all": False, "Natero": True}, {"All": True, "all": False}, {"All": False, "Natero": False}, True),
)


def _add_envelope(rng: random.Random, call: dict[str, Any]) -> None:
    call["userId"] = rng.choice(_USER_IDS)
    if rng.random() < 0.08:
        del call["userId"]
    if rng.random() < 0.6:
        call["anonymousId"] = rng.choice(_ANONYMOUS)
    if rng.random() < 0.25:
        call["integrations"] = dict(value) if isinstance(value := rng.choice(_INTEGRATIONS), dict) else value
    for name, chance in (("timestamp", 0.9), ("receivedAt", 0.4), ("originalTimestamp", 0.2), ("sentAt", 0.2)):
        if rng.random() < chance:
            call[name] = pools.moment(rng) if rng.random() < 0.5 else rng.choice(DATES)
    if rng.random() < 0.7:
        call["context"] = _context(rng)


def _context(rng: random.Random) -> dict[str, Any]:
    context: dict[str, Any] = {"library": {"name": "analytics.js", "version": "next-1.84.3"}}
    if rng.random() < 0.35:
        context["groupId"] = rng.choice(IDS)
    if rng.random() < 0.2:
        context["sessionId"] = rng.choice(IDS)
    if rng.random() < 0.4:
        context["page"] = {"title": rng.choice(_MODULES), "path": rng.choice(("/", "/pricing", "", None, 5))}
    if rng.random() < 0.3:
        context["app"] = {"name": rng.choice(_MODULES), "version": "4.12.0"}
    if rng.random() < 0.35:
        context["traits"] = draw_traits(rng, USER_TRAITS)
        if rng.random() < 0.3:
            context["traits"] |= {"userId": "u_88213", "anonymousId": "anon-2"}
    return context


def _identify(rng: random.Random, call: dict[str, Any]) -> None:
    if rng.random() < 0.95:
        call["traits"] = draw_traits(rng, USER_TRAITS)


def _group(rng: random.Random, call: dict[str, Any]) -> None:
    if rng.random() < 0.8:
        call["groupId"] = rng.choice(IDS)
    if rng.random() < 0.95:
        call["traits"] = draw_traits(rng, ACCOUNT_TRAITS)


def _track(rng: random.Random, call: dict[str, Any]) -> None:
    call["event"] = rng.choice(_EVENTS[:5] if rng.random() < 0.8 else _EVENTS)
    _add_properties(rng, call)
    if rng.random() < 0.1:
        call["traits"] = draw_traits(rng, USER_TRAITS)


def _page(rng: random.Random, call: dict[str, Any]) -> None:
    for name in ("name", "category"):
        if rng.random() < 0.6:
            call[name] = rng.choice(_NAMES)
    _add_properties(rng, call)


def _alias(rng: random.Random, call: dict[str, Any]) -> None:
    if rng.random() < 0.85:
        call["previousId"] = call.get("userId") if rng.random() < 0.15 else rng.choice((*_ANONYMOUS, *_USER_IDS))


_OWN_FIELDS: Final[dict[str, Callable[[random.Random, dict[str, Any]], None]]] = {
    "identify": _identify,
    "group": _group,
    "track": _track,
    "page": _page,
    "alias": _alias,
    "screen": _page,
}


def _add_properties(rng: random.Random, call: dict[str, Any]) -> None:
    if rng.random() < 0.1:
        return
    properties: dict[str, Any] = {}
    for name, chance, pool in _PROPERTIES:
        if rng.random() < chance:
            properties[name] = rng.choice(pool)
    if rng.random() < 0.3:
        properties[rng.choice(pools.STRANGE_KEYS)] = pools.nested(rng)
    call["properties"] = properties


_PROPERTIES: Final[tuple[tuple[str, float, tuple[Any, ...]], ...]] = (
    ("module", 0.3, _MODULES),
    ("category", 0.3, _MODULES),
    ("path", 0.3, ("/pricing", "/", "", " ", None, 5)),
    ("product", 0.3, ("Suite", " Suite ", "", None, 7, {"name": "x"}, ["x"])),
    ("total", 0.5, (*pools.NUMBERS, "3", True, None, [], {})),
    ("revenue", 0.05, (9.99, "9.99", None, 0, False, "")),
    ("currency", 0.05, ("EUR", None, "")),
    ("order_id", 0.05, ("o1", None)),
    ("orderId", 0.05, (90021, None)),
    ("products", 0.05, ([], [{"sku": "a"}], None)),
    ("account_id", 0.1, IDS),
    ("accountId", 0.1, IDS),
    ("sessionId", 0.1, IDS),
    ("session_id", 0.1, IDS),
)


def _of_type(rng: random.Random, field: Field) -> Any:
    """A value of a type that the schema of a field allows."""
    draws: dict[str, Callable[[], Any]] = {
        "string": lambda: rng.choice(pools.TEXTS) if rng.random() < 0.7 else pools.moment(rng),
        "number": lambda: rng.choice(pools.NUMBERS),
        "integer": lambda: rng.choice((0, 1, 42, 10**30, -7)),
        "boolean": lambda: rng.random() < 0.5,
        "array": lambda: [rng.choice(pools.TEXTS) for _ in range(rng.randrange(3))],
        "object": lambda: {rng.choice(pools.WORDS): rng.choice(pools.TEXTS) for _ in range(rng.randrange(3))},
        "null": lambda: None,
    }
    return draws[rng.choice(field.types)]()


def _has(call: dict[str, Any], path: Path) -> bool:
    node: Any = call
    for key in path:
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True


def _put(call: dict[str, Any], path: Path, value: Any) -> None:
    """Set a value at a path, making objects on the way; an object met there is copied, as it may be a pool's."""
    node = call
    for key in path[:-1]:
        child = node.get(key)
        node[key] = dict(child) if isinstance(child, dict) else {}
        node = node[key]
    node[path[-1]] = value


def _pick(rng: random.Random, pool: tuple[Any, ...]) -> Any:
    return pool[rng.randrange(len(pool))]

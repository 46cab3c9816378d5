"""Calls as most sources deliver them, for benchmarks: 0.8 to 1.5 KB of JSON each, with nothing wrong in them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.support.pools import moment

_UUID: Final = "7c0d9f1e-51a2-4b0f-9a55-2f3f{:08x}"
_EVENTS: Final = (
    "Report Exported",
    "Widget Added",
    "Dashboard Shared",
    "Invite Sent",
    "Signed In",
    "Invoice Downloaded",
)
_PAGES: Final = (("Pricing", "Marketing"), ("Dashboard", "App"), ("Invoices", "Billing"), ("Members", "Settings"))
_AGENTS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
)


def typical_calls(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """The same ``count`` calls for the same ``seed``: of 50 calls 25 are track, 15 page, 6 identify, 3 group, 1 alias.

    Web, mobile and server libraries take turns; every call has a usable id and a readable time.
    """
    rng = random.Random(seed)
    for _ in range(count):
        kind = rng.choices(("track", "page", "identify", "group", "alias"), (25, 15, 6, 3, 1))[0]
        source = rng.choices((_web, _mobile, _server), (60, 20, 20))[0]
        yield source(rng, kind)


def _call(rng: random.Random, kind: str, context: dict[str, Any]) -> dict[str, Any]:
    """The fields every delivered call has, and those of its type."""
    user = rng.randrange(100_000)
    stamp = moment(rng)
    call = {
        "anonymousId": _UUID.format(rng.getrandbits(32)),
        "context": context,
        "integrations": {},
        "messageId": f"ajs-next-1719830405123-{_UUID.format(rng.getrandbits(32))}",
        "originalTimestamp": stamp,
        "receivedAt": stamp,
        "sentAt": stamp,
        "timestamp": stamp,
        "type": kind,
        "userId": f"u_{user}",
        "version": 2,
    }
    return call | _OWN[kind](rng, user)


def _web(rng: random.Random, kind: str) -> dict[str, Any]:
    name, category = rng.choice(_PAGES)
    path = f"/{category.lower()}/{name.lower()}"
    context = {
        "campaign": {"name": "spring-onboarding", "source": "newsletter", "medium": "email"},
        "groupId": f"acct_{rng.randrange(2000)}",
        "ip": f"203.0.113.{rng.randrange(256)}",
        "library": {"name": "analytics.js", "version": "next-1.84.3"},
        "locale": rng.choice(("de-DE", "en-US", "fr-FR")),
        "page": {
            "path": path,
            "referrer": "https://www.example.net/",
            "search": "?utm_source=newsletter",
            "title": f"{name} | Acme",
            "url": f"https://app.acme.example{path}?utm_source=newsletter",
        },
        "timezone": "Europe/Berlin",
        "userAgent": rng.choice(_AGENTS),
        "userAgentData": {
            "brands": [
                {"brand": "Not/A)Brand", "version": "8"},
                {"brand": "Chromium", "version": "126"},
                {"brand": "Google Chrome", "version": "126"},
            ],
            "mobile": False,
            "platform": rng.choice(("Linux", "Windows")),
        },
    }
    return _call(rng, kind, context)


def _mobile(rng: random.Random, kind: str) -> dict[str, Any]:
    user = rng.randrange(100_000)
    context = {
        "app": {"name": "AcmeField", "version": "4.12.0", "build": "41203", "namespace": "example.acme.field"},
        "device": {
            "id": _UUID.format(rng.getrandbits(32)),
            "adTrackingEnabled": False,
            "manufacturer": "Apple",
            "model": "iPhone15,4",
            "name": "iPhone",
            "type": "ios",
        },
        "groupId": f"acct_{rng.randrange(2000)}",
        "ip": f"198.51.100.{rng.randrange(256)}",
        "library": {"name": "analytics-ios", "version": "4.1.8"},
        "locale": "en-GB",
        "network": {"carrier": "Three", "cellular": True, "wifi": False},
        "os": {"name": "iOS", "version": "17.5.1"},
        "screen": {"width": 393, "height": 852},
        "timezone": "Europe/London",
        "traits": {"email": f"user{user}@acme.example", "plan": "team"},
    }
    return _call(rng, kind, context)


def _server(rng: random.Random, kind: str) -> dict[str, Any]:
    """Server libraries fill in little; their users pass on what the web request told them."""
    context = {
        "groupId": f"acct_{rng.randrange(2000)}",
        "ip": f"192.0.2.{rng.randrange(256)}",
        "library": {"name": "analytics-python", "version": "2.4.0"},
        "locale": "en-US",
        "page": {"path": "/api/v2/reports", "title": "Reports API", "url": "https://api.acme.example/api/v2/reports"},
        "timezone": "UTC",
        "userAgent": rng.choice(_AGENTS),
    }
    call = _call(rng, kind, context)
    call["channel"] = "server"
    call["_metadata"] = {"nodeVersion": "v20.14.0", "jsRuntime": "node", "retryCount": 0}
    return call


def _track(rng: random.Random, user: int) -> dict[str, Any]:
    return {
        "event": rng.choice(_EVENTS),
        "properties": {
            "format": rng.choice(("csv", "pdf", "xlsx")),
            "rows": rng.randrange(5000),
            "filters": ["region", "tier"],
            "module": rng.choice(("Reports", "Dashboards", "Billing")),
            "report": {"id": f"r-{rng.randrange(500)}", "owner": f"u_{user}"},
        },
    }


def _page(rng: random.Random, user: int) -> dict[str, Any]:
    name, category = rng.choice(_PAGES)
    path = f"/{category.lower()}/{name.lower()}"
    properties = {"path": path, "referrer": "", "search": "", "title": f"{name} | Acme", "name": name}
    return {"name": name, "category": category, "properties": properties}


def _identify(rng: random.Random, user: int) -> dict[str, Any]:
    return {
        "traits": {
            "email": f"user{user}@acme.example",
            "name": rng.choice(("Ines Vogt", "Sam Okoro", "Ada King Lovelace")),
            "title": rng.choice(("Analyst", "Head of Operations")),
            "createdAt": moment(rng),
            "plan": "team",
            "logins": rng.randrange(500),
            "company": {"id": rng.randrange(2000), "name": "Acme GmbH"},
            "order_completed_last_30days": rng.random() < 0.5,
        }
    }


def _group(rng: random.Random, user: int) -> dict[str, Any]:
    return {
        "groupId": f"acct_{rng.randrange(2000)}",
        "traits": {
            "name": "Acme GmbH",
            "employees": rng.randrange(5000),
            "industry": "Software",
            "plan": "enterprise",
            "website": "https://acme.example",
            "createdAt": moment(rng),
            "address": {"city": "Berlin", "country": "DE", "postalCode": "10115"},
            "seats_used": rng.randrange(100),
        },
    }


def _alias(rng: random.Random, user: int) -> dict[str, Any]:
    return {"previousId": _UUID.format(rng.getrandbits(32))}


_OWN: Final[dict[str, Callable[[random.Random, int], dict[str, Any]]]] = {
    "track": _track,
    "page": _page,
    "identify": _identify,
    "group": _group,
    "alias": _alias,
}

"""What each kind of source adds to a call, and what Segment adds to that."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Final

from making.world import LANDING, PAGES, Call, Leave, Page, Person, draw, stamp, uuid

DEVICES: Final = (("iPhone15,4", "17.5.1"), ("iPhone16,2", "17.4.1"), ("Pixel 8", "14"), ("SM-A546B", "13"))
CHROME: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
FIREFOX: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
LIBRARIES: Final = {
    "web": ("analytics.js", "npm:next-1.84.3"),
    "ios": ("analytics-ios", "4.1.8"),
    "android": ("analytics-android", "4.11.3"),
    "python": ("analytics-python", "2.4.0"),
    "node": ("@segment/analytics-node", "3.1.0"),
    "engage": ("unknown", "unknown"),
}


def web_context(who: Person, at: datetime, page: Page) -> Call:
    """What analytics.js adds to every call."""
    chrome = who.number % 2 == 0
    made: Call = {
        "ip": f"203.0.113.{20 + who.number}",
        "locale": ("de-DE", "en-GB", "es-ES", "en-IE", "en-US", "nb-NO")[who.number % 6],
        "page": page_properties(page),
        "timezone": ("Europe/Berlin", "Europe/London", "Europe/Madrid", "Europe/Dublin")[who.number % 4],
        "userAgent": CHROME if chrome else FIREFOX,
    }
    if chrome:
        brands = [{"brand": "Chromium", "version": "126"}, {"brand": "Not/A)Brand", "version": "8"}]
        made["userAgentData"] = {"brands": brands, "mobile": False, "platform": "Windows"}
    if at < who.joined + timedelta(minutes=5):
        made["campaign"] = {"name": "spring-routes", "source": "newsletter", "medium": "email", "id": "sr24"}
    return made


def page_properties(page: Page) -> Call:
    """The five facts about a web page."""
    host = "www" if page[2] == LANDING[2] else "app"
    url = f"https://{host}.haulwise.example{page[2]}"
    return {"path": page[2], "referrer": "", "search": "", "title": page[3], "url": url}


def mobile_context(who: Person, source: str) -> Call:
    """What the mobile libraries add to every call: the device, and the traits they keep."""
    android = source == "android"
    model, system = DEVICES[who.number % 2 + 2 * android]
    device = {"id": uuid("device", who.number), "manufacturer": "Google" if android else "Apple", "model": model}
    made: Call = {
        "app": {"name": "Haulwise Field", "version": "4.12.0", "build": "41203", "namespace": "example.haulwise.field"},
        "device": {**device, "name": "phone", "type": source, "adTrackingEnabled": False},
        "ip": f"198.51.100.{who.number}",
        "locale": "en-GB",
        "network": {"carrier": "Three", "cellular": True, "wifi": False, **({"bluetooth": True} if android else {})},
        "os": {"name": "Android" if android else "iOS", "version": system},
        "screen": {"width": 1080, "height": 2400, "density": 2.625} if android else {"width": 393, "height": 852},
        "timezone": "Europe/London",
        "traits": {"email": who.email, "plan": who.account.plan},
    }
    if android:
        made["userAgent"] = f"Dalvik/2.1.0 (Linux; U; Android {system}; {model})"
        made["traits"] |= {"userId": who.id, "anonymousId": who.anonymous_id}
    return made


def context(source: str, who: Person, at: datetime, call: Call) -> Call:
    """The whole context, with what the call itself brings on top."""
    name, version = LIBRARIES[source]
    made: Call = {"library": {"name": name, "version": version}}
    if source == "web":
        properties = call.get("properties", {})
        own: Page | None = (None, None, properties["path"], properties["title"]) if "title" in properties else None
        made |= web_context(who, at, own or PAGES[draw("page", who.number, at) % len(PAGES)])
    elif source in ("ios", "android"):
        made |= mobile_context(who, source)
    known = call.get("userId", who.id) not in (None, Leave.OUT)
    if known and source in ("web", "ios", "android") and call["type"] != "group":
        made["groupId"] = str(who.account.id)
    return {**made, **call.get("context", {})}


def ids(source: str, who: Person) -> Call:
    """Both ids as the source sends them: Python writes null, Node leaves the key out."""
    if source in ("node", "engage"):
        return {"userId": who.id}
    return {"userId": who.id, "anonymousId": None if source == "python" else who.anonymous_id}


def times(source: str, who: Person, at: datetime) -> Call:
    """The four times. A phone may have been offline for hours, and its clock may be off."""
    key = (source, who.number, at)
    mobile = source in ("ios", "android")
    offline = mobile and draw("offline", *key) % 4 == 0
    wait = timedelta(milliseconds=11 + draw("wait", *key) % (14_000_000 if offline else 900))
    skew = timedelta(milliseconds=draw("skew", *key) % 240_000 - 120_000 if mobile else 0)
    latency = timedelta(milliseconds=90 + draw("latency", *key) % 700)
    original, sent = at + skew, at + skew + wait
    made = {"originalTimestamp": stamp(original), "sentAt": stamp(sent)}
    if source == "python":
        made = {"originalTimestamp": stamp(original)[:-1] + "+00:00", "sentAt": sent.isoformat(timespec="microseconds")}
    return {**made, "receivedAt": stamp(at + wait + latency), "timestamp": stamp(at + latency)}


def message_id(source: str, at: datetime, *key: object) -> str:
    """Unique, in the form the source's library gives it."""
    made = uuid("message", source, at, *key)
    millis = int(at.timestamp() * 1000)
    prefixes = {"web": f"ajs-next-{millis}-", "node": f"node-next-{millis}-"}
    if source == "engage":
        return "personas_" + hashlib.sha256(made.encode()).hexdigest()[:27]
    return made.upper() if source == "ios" else prefixes.get(source, "") + made


def delivered(source: str, who: Person, at: datetime, call: Call) -> Call:
    """A call as Segment hands it to a destination. What `call` holds goes before what the source adds."""
    deletion = call["type"] == "delete"
    made: Call = {**call, "context": [] if deletion else context(source, who, at, call)}
    added: Call = {
        **ids(source, who),
        "integrations": {"All": False, "Natero": True} if source == "engage" else {},
        "messageId": message_id(source, at, who.number, json.dumps(call, default=str)),
        **times(source, who, at),
        "version": 1 if source == "python" else 2,
    }
    if source == "node":
        added["_metadata"] = {"nodeVersion": "v20.15.0", "jsRuntime": "node"}
    elif source != "engage" and source != "web":
        added["channel"] = "server" if source == "python" else "mobile"
    made = {**added, **made}
    return {key: made[key] for key in dict.fromkeys([*call, *made]) if made[key] is not Leave.OUT}

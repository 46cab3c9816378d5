"""What happens in the example: who does what, when, and which source tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from making.awkward import AWKWARD
from making.sources import page_properties
from making.world import ACCOUNTS, LANDING, PAGES, PEOPLE, TITLES, Account, Call, Leave, Page, Person, draw, stamp

Happening = tuple[str, Person, datetime, Call]
"""Source, user, time, and the call without what the source adds."""

FIRST_SYNC: Final = datetime(2024, 5, 28, 0, 10, tzinfo=UTC)
LAST_SYNC: Final = datetime(2024, 6, 27, 16, 10, tzinfo=UTC)
AUDIENCE: Final = "order_completed_last_30days"


def page_call(page: Page) -> Call:
    """A page call of analytics.js, which repeats name and category among the properties."""
    named = {key: value for key, value in zip(("category", "name"), page[:2], strict=True) if value is not None}
    return {"type": "page", **named, "properties": {**page_properties(page), **named}}


def traits(who: Person) -> Call:
    """A user's traits, spelled as the firm's integration spells them."""
    (first, last), account = who.name, who.account
    names: Call = {"firstName": first, "lastName": last}
    if who.number % 3 == 1:
        names = {"first_name": first, "last_name": last}
    elif who.number % 3 == 2:
        names = {"name": f"{first} {last}"}
    company = {"id": account.id, "name": account.name, "plan": account.plan} if who.number % 4 else account.name
    more: Call = {"title": TITLES[who.number % len(TITLES)], "createdAt": stamp(who.joined), "company": company}
    if who.number % 5 == 0:
        more |= {"address": {"city": account.city, "country": account.country}, "roles": ["planner", "billing"]}
    return {"email": who.email, **names, **more, "logins": 1 + draw("logins", who.number) % 40}


def track(who: Person, step: int) -> Call:
    """Something a user does in a browser."""
    n = draw("track", who.number, step)
    order = {"order_id": f"o-{9000 + who.number * 10 + step}", "total": 59.9, "revenue": 49.9, "currency": "EUR"}
    chosen: tuple[str, Call] = (
        ("Report Exported", {"format": ("csv", "xlsx", "pdf")[n % 3], "rows": n % 5000, "filters": ["region", "tier"]}),
        ("Widget Added", {"module": "Dashboards", "total": 1 + n % 4, "product": "Haulwise Fleet"}),
        (
            "Route Planned",
            {"module": "Planning", "stops": 2 + n % 30, "distance_km": n % 9000 / 10, "vehicle": {"id": "v-7"}},
        ),
        ("Order Completed", {**order, "products": [{"product_id": "gps-2", "quantity": 1 + n % 3, "price": 24.95}]}),
        ("Invite Sent", {"category": "Team", "role": "dispatcher", "invitee": f"guest{n % 90}@{who.account.domain}"}),
    )[step % 5]
    return {"type": "track", "event": chosen[0], "properties": chosen[1]}


def web_story(who: Person) -> Iterator[tuple[timedelta, Call]]:
    """From the first visit to daily work in the browser."""
    minute = timedelta(minutes=1)
    yield 0 * minute, {**page_call(LANDING), "userId": None, "integrations": {"Segment.io": True}}
    yield (
        2 * minute,
        {"type": "track", "event": "Signed Up", "properties": {"plan": who.account.plan, "method": "email"}},
    )
    yield 3 * minute, {"type": "identify", "traits": traits(who)}
    if who.number % 3 == 0:
        yield 4 * minute, {"type": "alias", "previousId": who.anonymous_id}
    for step in range(4):
        day = timedelta(days=1 + 4 * step, minutes=draw("day", who.number, step) % 400)
        yield day, page_call(PAGES[(who.number + step) % len(PAGES)])
        if step < 3:
            yield day + 4 * minute, track(who, who.number + step)


def mobile_story(who: Person) -> Iterator[tuple[timedelta, Call]]:
    """Installing the app and working on the road; screens are part of it."""
    minute, release = timedelta(minutes=1), {"version": "4.12.0", "build": "41203"}
    fresh: Call = {"userId": Leave.OUT, "context": {"traits": {}}}
    yield 0 * minute, {"type": "track", "event": "Application Installed", "properties": release, **fresh}
    yield 2 * minute, {"type": "identify", "traits": traits(who)}
    for step in range(2):
        day = timedelta(days=2 + 5 * step, minutes=draw("day", who.number, step) % 500)
        n = draw("job", who.number, step)
        yield day, {"type": "track", "event": "Application Opened", "properties": {"from_background": False, **release}}
        yield (
            day + minute,
            {"type": "screen", "name": "Work Order", "properties": {"orderId": n % 99999, "offline": n % 2 == 0}},
        )
        job = {
            "work_order": f"wo-{n % 9999}",
            "minutes": n % 90,
            "category": "Work Orders",
            "product": "Haulwise Field",
        }
        yield day + 20 * minute, {"type": "track", "event": "Work Order Completed", "properties": job}


def server_story(account: Account) -> Iterator[Happening]:
    """What the product's server (Node) and billing (Python) report of an account and its first user."""
    who = next(person for person in PEOPLE if person.account is account)
    numeric = isinstance(account.id, int)
    created = {"account_name": account.name}
    about: Call = {"context": {"groupId": account.id}}
    yield "node", who, who.joined, {"type": "track", "event": "Account Created", "properties": created, **about}
    facts: Call = {"name": account.name, "employees": account.employees, "plan": account.plan}
    if numeric:
        facts |= {"address": {"city": account.city, "country": account.country}, "website": f"https://{account.domain}"}
    facts |= {"createdAt": account.created, "seats": 10}
    group = {"type": "group", "groupId": account.id, "traits": facts}
    yield ("python" if numeric else "node"), who, who.joined + timedelta(minutes=6), group
    night = who.joined.replace(hour=2, minute=0) + timedelta(days=6)
    yield from (("python", who, night + after, call) for after, call in billing_story(who, account))
    if numeric:
        page: Call = {"type": "page", "name": None, "category": None}
        page |= {"properties": {"url": "https://docs.haulwise.example/api"}}
        yield "python", who, night + timedelta(days=10), page


def billing_story(who: Person, account: Account) -> Iterator[tuple[timedelta, Call]]:
    """The nightly figures of an account and of its first user, and an invoice."""
    monthly = 99 + 12.5 * who.number
    group: Call = {"type": "group", "groupId": account.id, "traits": {"industry": "Transport", "mrr": monthly}}
    yield timedelta(0), group
    yield timedelta(0), {"type": "identify", "traits": {"invoices_open": who.number % 3, "phone": "+49 30 5550142"}}
    paid = {"value": 1, "revenue": monthly, "currency": "EUR", "invoice": {"number": 5000 + who.number}}
    track: Call = {"type": "track", "event": "Invoice Paid", "properties": paid, "context": {"groupId": account.id}}
    yield timedelta(days=9), track


def computed(kind: str, key: str, value: object, call: str = "identify", **more: object) -> Call:
    """A call that Engage makes for an audience or a computed trait."""
    made = {"computation_class": kind, "computation_id": f"{kind[:3]}_{draw(key) % 10**6}", "computation_key": key}
    about = {**made, "namespace": "spa_5Dd2", "space_id": "spa_5Dd2"}
    holder = "properties" if call == "track" else "traits"
    context = {"personas": about, "__segment_internal": {"creator": "sync-worker"}}
    return {"type": call, holder: {key: value}, "context": context, **more}


def engage_story() -> Iterator[Happening]:
    """First sync: every member enters. A month later some leave. Computed traits go beside them."""
    for who in PEOPLE[::4]:
        soon = FIRST_SYNC + timedelta(seconds=who.number)
        yield "engage", who, soon, computed("audience", AUDIENCE, True)
        yield (
            "engage",
            who,
            soon + timedelta(minutes=9),
            computed("trait", "total_revenue_180_days", 49.9 * (1 + who.number)),
        )
        if who.number % 8 == 0:
            yield "engage", who, LAST_SYNC + timedelta(seconds=who.number), computed("audience", AUDIENCE, False)
    found: list[tuple[str, object]] = [
        ("emails_opened_last_30_days", 4),
        ("favourite_feature", "Route Planned"),
        ("first_order_at", "2024-05-09T11:20:00.000Z"),
        ("products_in_use", ["Haulwise Fleet", "Haulwise Field"]),
        ("j_o_winback__step_2_x7Q", "true"),
    ]
    for who, (key, value) in zip(PEOPLE[1::5], found, strict=False):
        yield "engage", who, FIRST_SYNC + timedelta(hours=3, minutes=who.number), computed("trait", key, value)
    for event, inside in (("Audience Entered", True), ("Audience Exited", False)):
        call = computed("audience", "power_planners", inside, "track", event=event)
        yield "engage", PEOPLE[9], LAST_SYNC + timedelta(hours=-20 * inside), call
    for account, ids in ((ACCOUNTS[0], {}), (ACCOUNTS[4], {"userId": Leave.OUT})):
        call = computed("audience", "expansion_candidates", True, "group", groupId=str(account.id), **ids)
        yield "engage", PEOPLE[0], LAST_SYNC + timedelta(hours=1), call


def story() -> Iterator[Happening]:
    """Everything that happened, in no order: source, user, when, call."""
    for who in PEOPLE:
        steps = web_story(who) if who.source == "web" else mobile_story(who)
        yield from ((who.source, who, who.joined + after, call) for after, call in steps)
    for account in ACCOUNTS:
        yield from server_story(account)
    yield from engage_story()
    for number, (source, call) in enumerate(AWKWARD):
        fitting = [person for person in PEOPLE if person.source == source] or PEOPLE
        yield (
            source,
            fitting[number % len(fitting)],
            LAST_SYNC + timedelta(hours=2 + number, minutes=draw(number) % 60),
            call,
        )

"""Calls that are legal and awkward: each is here because receivers have stumbled over its like."""

from __future__ import annotations

from typing import Final

from making.world import Call, Leave


def saw(event: str, properties: Call | None = None, **more: object) -> Call:
    """A track call."""
    return {"type": "track", "event": event, **({} if properties is None else {"properties": properties}), **more}


def know(traits: Call, **more: object) -> Call:
    """An identify call."""
    return {"type": "identify", "traits": traits, **more}


NAMES: Final[tuple[tuple[str, Call], ...]] = (
    ("web", saw("🎉 Celebration Sent", {"emoji": "👩🏽‍🚀", "reactions": 3})),
    ("node", saw("تم تصدير التقرير", {"format": "pdf", "صفحات": 12})),
    ("web", know({"name": "ליאת בן־דוד", "nickname": "Zoe\u0308", "motto": "不积跬步，无以至千里"})),
    ("node", saw("  Report Exported ", {"format": "csv"})),
    ("node", saw("Viewed Order 8812")),
    ("web", saw('Clicked "Save & Close" <b>\\</b>', {"path": "C:\\routes\\north", "note": "first\nsecond\tthird"})),
    ("web", {"type": "page", "properties": {}}),
    ("web", {"type": "page", "category": "Hilfe", "properties": {"path": "/hilfe", "title": "Hilfe | Haulwise"}}),
    ("node", {"type": "page", "properties": {"name": "Only Inside", "title": "Only Inside | Haulwise"}}),
    ("node", {"type": "page", "name": "Route Board"}),
    ("python", {"type": "page", "name": None, "category": None, "properties": {"url": "/relative?q=%ZZ#/hash/route"}}),
    ("ios", {"type": "screen", "name": "Settings", "category": "App", "properties": {}}),
    ("android", {"type": "screen", "properties": {"name": "Camera"}}),
)
TRAITS: Final[tuple[tuple[str, Call], ...]] = (
    (
        "python",
        know(
            {"ledger_id": 18446744073709551617, "exact": 9007199254740993, "tiny": 1e-07, "huge": 1.5e300, "zero": -0.0}
        ),
    ),
    (
        "node",
        know({"plan.tier": "gold", "plan": {"tier": "silver", "since": "2024-01-31", "addons": ["gps", "fuel card"]}}),
    ),
    (
        "node",
        know(
            {
                "roles": ["admin", "billing"],
                "scores": [1, 2.5, None, True],
                "empty": [],
                "nothing": {},
                "pair": [[1, 2], [3]],
            }
        ),
    ),
    (
        "node",
        know(
            {
                "vehicles": [{"id": "v-1", "axles": 3}, {"id": "v-2", "axles": 5}],
                "depot": {"gate": {"code": {"pin": 7}}},
            }
        ),
    ),
    ("python", know({"nickname": None, "department": "", "phone": 493055501420, "age": 34, "birthday": "1957-02-28"})),
    (
        "web",
        know(
            {
                "total billed": 1240.5,
                "Feed Type": "RSS",
                "$price": 9,
                "[0]": "zeroth",
                'a "quoted" key': "yes",
                "a/b": "c",
            }
        ),
    ),
    ("web", know({"__proto__": "plain data", "constructor": "also", "hasOwnProperty": False, "toString": "text"})),
    (
        "web",
        know({"newsletter": "true", "beta": "False", "vip": True, "trial": False, "accepted": "1", "amount": "$1,299"}),
    ),
    (
        "android",
        know(
            {
                "FirstName": "Ada",
                "last_name": "Obi",
                "Job Title": "Driver",
                "position": "Night Driver",
                "is_active": True,
            }
        ),
    ),
    (
        "web",
        know(
            {
                "firstName": "Kim",
                "first_name": "Kimberley",
                "company": "Halden Kühllogistik",
                "address": "Rue 5, 4051 Basel",
            }
        ),
    ),
    (
        "node",
        know(
            {
                "company": {"name": "Cargo Norte S.A.", "employee_count": 1200},
                "id": "legacy-17",
                "createdAt": 1577934245,
            }
        ),
    ),
    (
        "python",
        know({"created_at": "2020-01-02 03:04:05", "last_login": "2024-06-27T08:00:00", "trial_ends": "2024-07-31"}),
    ),
    (
        "node",
        know(
            {
                "created": "1577934245000",
                "renewed": "2024-02-29T23:59:59.999999999+05:30",
                "week": "2024-W26",
                "year": "2024",
            }
        ),
    ),
    (
        "node",
        know({"bio": "Runs the night shift. " * 40, "website": "https://haulwise.example/?next=%2Freports&empty="}),
    ),
    ("web", know({"plan": "team"}, context={"active": False, "traits": {"plan": "starter", "seat": "B12"}})),
    ("node", know({})),
    ("node", {"type": "identify"}),
    (
        "node",
        {"type": "group", "groupId": "acct_81", "traits": {"employees": "201-500", "plan": None, "plan.tier": "gold"}},
    ),
    (
        "python",
        {
            "type": "group",
            "groupId": 4411,
            "traits": {"employees": "329", "website": "cargonorte.example", "phone": None},
        },
    ),
    (
        "node",
        {
            "type": "group",
            "groupId": "acct_95",
            "traits": {"id": "F-95", "created_at": 1675209600, "is_churned": False},
        },
    ),
    ("node", {"type": "group", "groupId": "acct_95"}),
)
IDS: Final[tuple[tuple[str, Call], ...]] = (
    ("web", {"type": "alias", "userId": "u_88200", "previousId": "u_88200"}),
    ("web", {"type": "alias"}),
    ("python", {"type": "alias", "previousId": 10442}),
    ("node", {"type": "alias", "userId": "u_88228", "previousId": "old:éclair/28"}),
    ("web", saw("Calculator Used", {"trucks": 12}, userId=None)),
    ("android", saw("Application Opened", {"from_background": True}, userId=Leave.OUT)),
    ("web", {"type": "identify", "userId": None, "traits": {"email": "visitor@somewhere.example"}}),
    ("web", {"type": "group", "userId": None, "groupId": "acct_131", "traits": {"name": "Kestrel Removals"}}),
    ("node", {"type": "group", "userId": Leave.OUT, "groupId": "acct_118", "traits": {"fleet_size": 640}}),
    ("node", know({"plan": "team"}, userId="omar.reyes+test@brightwater.example")),
    ("node", saw("Shift Swapped", {}, userId="0")),
    ("node", saw("Shift Swapped", {"accountId": "acct_77"}, userId="U_88200")),
    ("node", saw("Shift Swapped", {"sessionId": "s-5512"}, userId="d9f6c6e0-0000-4000-8000-00000000002a")),
    ("node", {"type": "delete", "messageId": "delete-4c1a8d0e", "channel": "server", "integrations": []}),
    ("node", {"type": "delete", "messageId": "delete-9b573b8a", "integrations": [], "email": "gone@kestrel.example"}),
)
TIMES: Final[tuple[tuple[str, Call], ...]] = (
    ("node", saw("Load Booked", {"imported": True}, timestamp="2016-02-29T12:00:00.000Z")),
    ("node", saw("Load Booked", {"imported": True}, timestamp="1999-12-31T23:59:59Z")),
    ("python", saw("Load Booked", {"weight_kg": 820}, timestamp="2024-06-28T09:15:00.250+05:30")),
    ("python", saw("Load Booked", {"weight_kg": 940}, timestamp="2024-06-28T03:45:00.123456+00:00")),
    ("node", saw("Load Booked", {"weight_kg": 75}, timestamp="2024-06-28T05:45:00.123456789-08:00")),
    ("node", saw("Load Booked", {"weight_kg": 76}, timestamp="2024-06-28T05:45:00")),
    ("node", saw("Load Booked", {"weight_kg": 77}, timestamp=Leave.OUT, originalTimestamp=Leave.OUT)),
    ("node", saw("Load Booked", {"weight_kg": 78}, sentAt=Leave.OUT, version="1.1")),
    (
        "ios",
        saw(
            "Application Backgrounded",
            originalTimestamp="2024-06-28T10:00:00.000+0200",
            timestamp="2031-01-01T00:00:00.000Z",
        ),
    ),
)
ROUTING: Final[tuple[tuple[str, Call], ...]] = (
    ("web", saw("Tour Finished", {"steps": 5}, integrations={"All": False})),
    ("web", saw("Tour Finished", {"steps": 6}, integrations={"All": True, "Natero": False})),
    ("node", saw("Tour Finished", {"steps": 7}, integrations={"All": False, "Natero": True})),
    (
        "node",
        saw("Tour Finished", {"steps": 8}, integrations={"All": False, "Natero": {"note": "options are ignored"}}),
    ),
    ("node", saw("Tour Finished", {"steps": 9}, integrations={"natero": False})),
    ("web", saw("Tour Finished", {"steps": 10}, integrations={"All": True, "Mixpanel": False, "Segment.io": True})),
    (
        "node",
        saw(
            "Tour Finished",
            {"steps": 11},
            integrations={"Salesforce": True, "Amplitude": {"session_id": 1719500000000}},
        ),
    ),
    ("node", know({"plan": "team"}, integrations={"Natero": False})),
    ("python", {"type": "group", "groupId": 4502, "traits": {"plan": "enterprise"}, "integrations": {"All": False}}),
)
CONTEXTS: Final[tuple[tuple[str, Call], ...]] = (
    ("node", saw("Fuel Logged", {"litres": 61.3, "total": 3}, context={"library": "analytics-node-legacy"})),
    (
        "node",
        saw(
            "Fuel Logged",
            {"total": 88.2, "currency": "CHF"},
            messageId="segment-test-message-x7q2m1",
            email="test@haulwise.example",
        ),
    ),
    ("node", saw("Fuel Logged", {"module": 7, "category": "Fuel", "product": {"sku": "f-1"}}, projectId="prj_4kTz")),
    ("node", saw("Fuel Logged", {"module": "", "category": None, "total": "4"}, context={"groupId": 4619})),
    (
        "web",
        saw(
            "Fuel Logged",
            {"litres": 40},
            context={"consent": {"categoryPreferences": {"Analytics": True, "Ads": False}}},
        ),
    ),
    ("web", saw("Fuel Logged", {"litres": 41}, context={"referrer": {"id": "clk_5521", "type": "dataxu"}, "page": {}})),
    (
        "ios",
        saw("Fuel Logged", {"litres": 42}, context={"location": {"latitude": "60.39", "longitude": 5.32, "speed": 0}}),
    ),
    ("node", saw("Fuel Logged", {"litres": 43}, context={"ip": "2001:db8::7", "sessionId": 1719500000123})),
    (
        "node",
        saw("Fuel Logged", {"litres": 44}, context={"traits": {"company": {"id": 4502}}, "timezone": "Asia/Kolkata"}),
    ),
    (
        "node",
        saw(
            "Fuel Logged",
            {"litres": 45},
            context={"externalIds": [{"id": "dr-9", "type": "driver", "collection": "users", "encoding": "none"}]},
        ),
    ),
)
AWKWARD: Final = (*NAMES, *TRAITS, *IDS, *TIMES, *ROUTING, *CONTEXTS)

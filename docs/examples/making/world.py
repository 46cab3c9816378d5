"""The world of the example: firms, the people who work there, pages, and chance that is always the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

Call = dict[str, Any]
Page = tuple[str | None, str | None, str, str]
"""Category, name, path and title of a page."""


class Leave(Enum):
    """Mark for a key that a call does not have, though its source usually sends it."""

    OUT = "out"


START: Final = datetime(2024, 5, 6, 7, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Account:
    """A customer of Haulwise. Its id is a number where billing knew it first; `employees` is as sales typed it."""

    id: str | int
    name: str
    plan: str
    employees: int | str
    city: str
    country: str
    domain: str
    created: str


ACCOUNTS: Final = (
    Account(
        "acct_77",
        "Acme Spedition GmbH",
        "enterprise",
        240,
        "Bremen",
        "Germany",
        "acme-spedition.example",
        "2021-03-04T00:00:00Z",
    ),
    Account(
        "acct_81",
        "Brightwater Logistics",
        "team",
        "201-500",
        "Leeds",
        "United Kingdom",
        "brightwater.example",
        "2022-11-18",
    ),
    Account(
        4411, "Cargo Norte S.A.", "business", 1200, "Bilbao", "Spain", "cargonorte.example", "2020-06-30T08:15:00Z"
    ),
    Account(
        "acct_90",
        "Dellwood Dairy Haulage",
        "starter",
        "11-50",
        "Cork",
        "Ireland",
        "dellwood.example",
        "2024-05-02T09:00:00Z",
    ),
    Account(
        4502,
        "Eastlake Freight Inc.",
        "enterprise",
        "1,000+",
        "Chicago",
        "United States",
        "eastlake.example",
        "2019-01-15T14:00:00Z",
    ),
    Account("acct_95", "Fjordfrakt AS", "team", 64, "Bergen", "Norway", "fjordfrakt.example", "2023-02-01"),
    Account(
        "acct_102",
        "Grão & Filhos Transportes",
        "starter",
        18,
        "Porto",
        "Portugal",
        "graofilhos.example",
        "2024-04-22T10:30:00Z",
    ),
    Account(
        4619, "Halden Kühllogistik", "business", 310, "Basel", "Switzerland", "halden.example", "2021-09-09T06:45:00Z"
    ),
    Account("acct_110", "Ibis Couriers", "team", "51-200", "Nairobi", "Kenya", "ibis-couriers.example", "2023-07-12"),
    Account(
        "acct_118",
        "Jaipur Roadlines Pvt Ltd",
        "enterprise",
        2150,
        "Jaipur",
        "India",
        "jaipur-roadlines.example",
        "2018-10-05T04:00:00Z",
    ),
    Account("acct_123", "北斗運輸", "team", 95, "Sapporo", "Japan", "hokuto-unyu.example", "2022-04-01T00:00:00+09:00"),
    Account(
        "acct_131",
        "Kestrel Removals",
        "trial",
        7,
        "Bristol",
        "United Kingdom",
        "kestrel.example",
        "2024-05-06T07:20:00Z",
    ),
)
NAMES: Final = (
    "Ines Vogt", "Sam Okafor", "Lucía Ferrer", "Maeve Byrne", "Dana Whitfield", "Sigrid Aasen", "Tiago Moura",
    "Reto Baumann", "Wanjiru Kamau", "Arjun Shekhawat", "佐藤 美咲", "Poppy Tranter", "Jonas Krüger",
    "Harriet Cole", "Iker Etxeberria", "Conor Daly", "Marcus Bell", "Eirik Solheim", "Beatriz Leal",
    "Urs Zbinden", "Otieno Achieng", "Meera Rathore", "Kenji Mori", "Alfie Marsh", "Greta Lindemann",
    "Nadia Hussain", "Ane Zubiri", "Niamh Walsh", "Tyrone Fields", "Liv Haugen", "Rui Teixeira", "Anneli Frei",
    "Grace Njeri", "Vikram Rao", "Yuki Tanabe", "Esme Dyer", "Felix Brandt", "Owen Price", "Leire Aguirre",
    "Priya Nair",
)  # fmt: skip
TITLES: Final = ("Dispatcher", "Head of Logistics", "Driver", "Fleet Manager", "Controller", "Managing Director")
PAGES: Final = (
    ("Reports", "Fuel Report", "/reports/fuel", "Fuel Report | Haulwise"),
    ("Dashboards", "Fleet Overview", "/dashboards/fleet", "Fleet Overview | Haulwise"),
    ("Planning", None, "/planning/routes", "Routes | Haulwise"),
    (None, "Settings", "/settings", "Settings | Haulwise"),
    (None, None, "/inbox", "Inbox | Haulwise"),
    ("Planning", "Route Board", "/planning/board", "Route Board | Haulwise"),
)
LANDING: Final = ("Marketing", "Pricing", "/pricing", "Pricing | Haulwise")


def draw(*key: object) -> int:
    """A number that looks random and is always the same for the same key."""
    return int.from_bytes(hashlib.sha256("|".join(map(str, key)).encode()).digest()[:8])


def uuid(*key: object) -> str:
    """A version 4 UUID for the key."""
    digits = hashlib.sha256("|".join(map(str, ("uuid", *key))).encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def stamp(at: datetime) -> str:
    """ISO-8601 in UTC with milliseconds, as Segment writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class Person:
    """A user: the `number`-th of NAMES, at one account, mostly on one kind of source."""

    number: int

    @property
    def account(self) -> Account:
        """The firm the user works for."""
        return ACCOUNTS[self.number % len(ACCOUNTS)]

    @property
    def source(self) -> str:
        """Where the user works: web for three in five, else an app."""
        return ("web", "ios", "web", "android", "web")[self.number % 5]

    @property
    def name(self) -> tuple[str, str]:
        """First and last name."""
        first, _, last = NAMES[self.number].partition(" ")
        return first, last

    @property
    def email(self) -> str:
        """Address at the firm."""
        return f"user{self.number:02d}@{self.account.domain}"

    @property
    def id(self) -> str:
        """User id; the firm in Nairobi signs in with addresses."""
        return self.email if self.account.id == "acct_110" else f"u_{88200 + 7 * self.number}"

    @property
    def anonymous_id(self) -> str:
        """What the browser or app made up; iOS writes it in capitals."""
        made = uuid("anonymous", self.number)
        return made.upper() if self.source == "ios" else made

    @property
    def joined(self) -> datetime:
        """First visit: three a day."""
        return START + timedelta(hours=8 * self.number, minutes=draw("joined", self.number) % 300)


PEOPLE: Final = tuple(Person(number) for number in range(len(NAMES)))

"""Values that generated calls are filled with: the plausible, the awkward but legal, and junk.

Nothing here is changed by who draws it: containers come from functions or are never written to.
"""

from __future__ import annotations

import random
from typing import Any, Final

WORDS: Final = (
    "Ada",
    "Grace",
    "billing",
    "export",
    "Zürich",
    "東京",
    "naïve",
    "reports",
    "Acme GmbH",
    "dark mode",
    "🚀",
)
TEXTS: Final = (
    *WORDS,
    "",
    " ",
    " \t\n",
    "\u00a0",
    " padded ",
    "null",
    "undefined",
    "0",
    "42",
    "true",
    "FALSE",
    "a,b",
    'say "hi"\\',
    "line\nbreak",
    "NUL\x00inside",
    "עברית",
    "e\u0301",
    "x" * 2000,
    "ada@example.com",
    "not an@email",
    "https://example.com/a?b=c#d",
)
NUMBERS: Final = (
    0,
    1,
    -1,
    42,
    42.0,
    1e3,
    39.95,
    -0.0,
    -7.25,
    1e-7,
    0.1,
    1e16,
    1e22,
    2**53 + 1,
    2**63,
    2**64 + 1,
    10**30,
    -(10**25),
    1e300,
    1577934245,
    1577934245678,
)
NUMERIC_TEXTS: Final = (
    "329",
    "201-500",
    "1,000+",
    "$39.95",
    "$1,299",
    "1.299,00",
    " 17 ",
    "-3.5",
    "$-4",
    "-$4",
    "$ 5",
    "007",
    "1e3",
    "5.",
    ".5",
    "+5",
    "١٢",
    "9" * 400,
    "1" * 400 + ".5",
    "0x10",
    "NaN",
)
BOOLEANS: Final = (True, False, "true", "False", "TRUE", "1", "yes", "", 1, 0)

READABLE_DATES: Final = (
    "2024-07-01T10:40:05.891Z",
    "2021-03-04T00:00:00+00:00",
    "2020-01-02T03:04:05Z",
    "2020-01-02T03:04:05+05:30",
    "2020-01-02T03:04:05.5-0800",
    "2020-01-02T03:04:05.678+05",
    "2020-01-02T03:04:05-08",
    "2020-01-02T03:04:05.123456Z",
    "2020-01-02T03:04:05.999999999Z",
    "2020-01-02T03:04:05,678Z",
    "2020-01-02T03:04:05.1",
    "2020-01-02T03:04:05",
    "2020-01-02T03:04Z",
    "2020-01-02T03:04",
    "2020-01-02 03:04:05",
    "2020-01-02 03:04:05.250 UTC",
    "2020-01-02 03:04:05 UTC",
    "2020-01-02",
    "2020-01",
    "2020",
    "20200102",
    "20200102T030405Z",
    "20200102T0304",
    "2015-2-2T03:04:05Z",
    "2015-2-3 4:05:06",
    "2020-02-29",
    "2020-12-31T24:00:00Z",
    "2016-12-31T23:59:60Z",
    "1969-12-31T23:59:59.999Z",
    "1600-02-29T12:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "Thu, 02 Jan 2020 03:04:05 +0000",
    "Thu, 2 Jan 2020 03:04:05 GMT",
    "02 Jan 2020 03:04 -0500",
    "1577934245",
    "1577934245678",
    "99999999999",
    "100000000000",
    "157793424",
    1577934245,
    1577934245678,
    1577934245.678,
    1577934245678.9,
    1577934245.0,
    99999999999,
    100000000000,
    0,
    -1,
    -62135596800,
    2020,
)
UNREADABLE_DATES: Final = (
    "01/02/2020",
    "2020/01/02",
    "2019-02-29",
    "2020-02-30T00:00:00Z",
    "2020-13-01",
    "2020-00-10",
    "2020-01-32",
    "2020-01-02T25:00:00Z",
    "2020-01-02T24:00:01Z",
    "2020-01-02T03:60:00Z",
    "2020-01-02T03:04:61Z",
    "2020-01-02T03:04:05+24:00",
    "2020-01-02T03:04:05+05:60",
    "9999-12-31T24:00:00Z",
    "9999-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00+01:00",
    "0000-01-01",
    "10000-01-01",
    "-0001-01-01",
    "2020-W01-1",
    "2020-W01-1T00:00:00Z",
    "2020-001",
    "--05-12",
    "T03:04:05Z",
    "2020-01-02T",
    "2020-01-02T03:04:05.Z",
    "2020-01-02T03:04:05 PST8PDT",
    "2020-01-02T03:04:05+00:00[UTC]",
    "٢٠٢٠-٠١-٠٢",
    "12345678",
    "12345678901234",
    "157793424.5",
    "yesterday",
    "",
    " ",
    "null",
    253402300800000,
    10**30,
    -(10**14),
    1e300,
)
JUNK: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    1,
    -0.0,
    42.5,
    1e22,
    10**30,
    "",
    " ",
    "x",
    "true",
    "42",
    "2020-01-02",
    [],
    {},
    [None],
    [""],
    [[]],
    [{}],
    [1, "a", None, True, 2.0, 0.5],
    ["2020-01-02"],
    [{"a": [1, {"b": None}]}, "é"],
    {"a": None},
    {"id": 7},
    {"": "no name"},
    {"$date": "2020-01-02T03:04:05Z"},
    {"a": {"b": {"c": {"d": [1, 2]}}}},
    {"street": "1 Main St", "city": 5},
    {"email": "inside@example.com"},
)
STRANGE_KEYS: Final = (
    "",
    " ",
    "a.b",
    ".",
    "$share",
    "@",
    "*",
    "[0]",
    "a b",
    'quo"ted',
    "line\nbreak",
    "__proto__",
    "constructor",
    "settings",
    "user_id",
    "rest",
    "ключ",
    "🔑",
    "Feed Type",
    "total billed",
    "First Name",
    "k" * 300,
)
_ANYTHING: Final[tuple[Any, ...]] = (*TEXTS, *NUMBERS, *READABLE_DATES, *JUNK)
_KEYS: Final = (*WORDS, *STRANGE_KEYS, "a", "b", "c")


def moment(rng: random.Random) -> str:
    """An ordinary time of a delivered call: ISO-8601, UTC, milliseconds."""
    second = rng.randrange(86_400)
    return (
        f"20{rng.randrange(15, 30):02}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{rng.randrange(1000):03}Z"
    )


def nested(rng: random.Random, depth: int = 0) -> Any:
    """Anything JSON can hold, a few levels deep now and then."""
    if depth > 3 or rng.random() < 0.5:
        return rng.choice(_ANYTHING)
    if rng.random() < 0.35:
        return [nested(rng, depth + 1) for _ in range(rng.randrange(4))]
    keys = [rng.choice(_KEYS) for _ in range(rng.randrange(4))]
    return {key: nested(rng, depth + 1) for key in keys}


def deep(rng: random.Random) -> Any:
    """One value far inside objects and arrays, well within the depth the product reads."""
    value: Any = rng.choice(_ANYTHING)
    for _ in range(rng.randrange(5, 60)):
        value = {rng.choice("abc"): value} if rng.random() < 0.7 else [value]
    return value


def junk(rng: random.Random) -> Any:
    """A value for a place that expects something else."""
    chance = rng.random()
    if chance < 0.7:
        return rng.choice(JUNK)
    if chance < 0.9:
        return nested(rng)
    return deep(rng) if chance < 0.95 else rng.choice(UNREADABLE_DATES)

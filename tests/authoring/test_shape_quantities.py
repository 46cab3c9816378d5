"""What is offered for a size, a time or a rate in another form."""

from __future__ import annotations

import pytest

from mapper.authoring.language import schema_of
from mapper.authoring.shape_quantities import in_form

DEFS = schema_of("destination")["$defs"]
TIME = DEFS["retry"]["properties"]["window"]["pattern"]
RATE = DEFS["rate"]["properties"]["events"]["pattern"]
SIZE = DEFS["batch"]["properties"]["max_bytes"]["oneOf"][1]["pattern"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("20 sec", "20s"),
        ("5 minutes", "5m"),
        ("1.5 Hours", "1.5h"),
        ("1,5s", "1.5s"),
        (" 30s ", "30s"),
        ("250 millis", "250ms"),
        ("30S", "30s"),
        ("2d", "48h"),
        ("3 days", "72h"),
        ("0 sec", None),
        ("20", None),
        ("soon", None),
        ("1h30m", None),
        ("5 months", None),
        ("9" * 30 + "d", None),
    ],
)
def test_times(text: str, meant: str | None) -> None:
    assert in_form(text, TIME) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("5 per second", "5/s"),
        ("5 per s", "5/s"),
        ("5/sec", "5/s"),
        ("10 / Minute", "10/m"),
        ("10 a minute", "10/m"),
        ("500 events/hour", "500/h"),
        ("90 requests per hour", "90/h"),
        ("5ps", "5/s"),
        ("5 rps", "5/s"),
        ("5/day", None),
        ("0 per second", None),
        ("5", None),
    ],
)
def test_rates(text: str, meant: str | None) -> None:
    assert in_form(text, RATE) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [("1mb", "1MB"), ("64 k", "64KB"), ("1 GB", "1000MB"), ("1GiB", "1024MiB"), ("5 mib", "5MiB"), ("1.5G", None)],
)
def test_sizes(text: str, meant: str | None) -> None:
    assert in_form(text, SIZE) == meant


@pytest.mark.parametrize("text", ["20 sec", "5 per second", "1mb"])
def test_nothing_is_offered_that_does_not_fit(text: str) -> None:
    assert in_form(text, "^sandbox-") is None

"""MAP411 looks at every address that a base may give, and at nothing else in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.rules.minimal import MINIMAL
from tests.support.rules import load_laid

SETTINGS = "settings: {host: {type: string}, port: {type: string}}\n"
HTTPS = "a base begins with https://; plain http is for this machine only"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("'https://a'", []),
        ("'HTTPS://a'", []),
        ("'http://localhost:8080/x'", []),
        ("'http://127.0.0.1'", []),
        ("'http://[::1]:8'", []),
        ("settings.host", []),
        ("format('{}/x', settings.host)", []),
        ("format('https://{}', settings.host)", []),
        ("format('http://localhost:{}', settings.port)", []),
        ("if(settings.host == 'http://a', 'https://b', 'https://c')", []),
        ("'http://a.example.com'", [(0, "write `https://a.example.com`")]),
        ("'a.example.com'", [(0, "write `https://a.example.com`")]),
        ("'http://127.0.0.1.example.com'", [(0, "write `https://127.0.0.1.example.com`")]),
        ("'ftp://a'", [(0, HTTPS)]),
        ("'http://[::1'", [(0, "write `https://[::1`")]),
        ("''", [(0, HTTPS)]),
        ("format('http://{}', settings.host)", [(7, "write `https://{}`")]),
        ("settings.host || 'http://a'", [(17, "write `https://a`")]),
        ("not_null(settings.host, 'http://a')", [(24, "write `https://a`")]),
        (
            "if(settings.host == 'eu', 'http://eu', 'http://us')",
            [(26, "write `https://eu`"), (39, "write `https://us`")],
        ),
    ],
)
def test_where_requests_would_go(base: str, expected: list[tuple[int, str]], tmp_path: Path) -> None:
    text = MINIMAL["destination.yaml"].replace("'https://events.example.com'", base) + SETTINGS
    found = load_laid(tmp_path, {"destination.yaml": text}).diagnostics
    assert {each.code for each in found} <= {"MAP411", "MAP214"}
    assert [(each.primary.start, each.help) for each in found if each.code == "MAP411"] == expected

"""MAP411 looks at every address that a base may give, and at nothing else in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.rules.minimal import MINIMAL
from tests.support.rules import load_laid, shown

SETTINGS = "settings: {host: {type: string}, port: {type: string}}\n"
HTTPS = "a base begins with https://; plain http is for this machine only"


def with_base(base: str) -> str:
    return MINIMAL["destination.yaml"].replace("'https://events.example.com'", base) + SETTINGS


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
        ("'HTTP://a'", [(0, "write `https://a`")]),
        ("'http://{}'", [(0, HTTPS)]),
        ("format('http://{}', settings.host)", []),
        ("format('http://{}:{}', settings.host, settings.port)", []),
        ("format('http{}://{}', settings.host, settings.port)", []),
        ("format('http://127.0.0.{}:80', settings.port)", []),
        ("format('http://a.example:{}', settings.port)", []),
        ("format('http://localhost/{}', settings.host)", []),
        ("format('https{}', settings.host)", []),
        ("format(settings.host, settings.port)", []),
        ("format('http://a.example/{}', settings.host)", [(7, HTTPS)]),
        ("format('http://a.example:80?{}', settings.host)", [(7, HTTPS)]),
        ("format('ftp://{}', settings.host)", [(7, HTTPS)]),
        ("format('a.example/{}', settings.host)", [(7, HTTPS)]),
        ("format('http://a.example')", [(7, "write `https://a.example`")]),
        ("format('http://a.{{b}}/{}', settings.host)", [(7, HTTPS)]),
        ("if(settings.host, 'http://a')", [(18, "write `https://a`")]),
        ("'' || 'https://a'", []),
        ("'http://a' || 'https://b'", [(0, "write `https://a`")]),
        ("not_null(`null`, 'http://b')", [(17, "write `https://b`")]),
        ("not_null('', 'https://b')", [(9, HTTPS)]),
        ("settings.host && 'http://a'", []),
        (
            "if(settings.host == 'eu', 'http://eu', 'http://us')",
            [(26, "write `https://eu`"), (39, "write `https://us`")],
        ),
    ],
)
def test_where_requests_would_go(base: str, expected: list[tuple[int, str]], tmp_path: Path) -> None:
    found = load_laid(tmp_path, {"destination.yaml": with_base(base)}).diagnostics
    assert {each.code for each in found} <= {"MAP411", "MAP214", "MAP215", "MAP216"}
    assert {each.severity for each in found if each.code == "MAP411"} <= {"error"}
    assert [(each.primary.start, each.help) for each in found if each.code == "MAP411"] == expected


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("if(settings.port, format('http://{}', settings.host), 'https://a')", []),
        ("settings.host || 'http://a'", [(17, "write `https://a`")]),
        ("not_null(settings.host, 'http://a')", [(24, "write `https://a`")]),
        ("settings.host || ''", [(17, HTTPS)]),
        ("if(settings.host, 'http://a', 'https://a')", [(18, "write `https://a`")]),
        ("if(settings.host, 'http://a') || 'https://a'", [(18, "write `https://a`")]),
        ("if(settings.host, '', 'http://a') || 'https://a'", [(22, "write `https://a`")]),
        ("format('http://a/{}', settings.host) || 'https://a'", [(7, HTTPS)]),
        (
            "if(settings.host, if(settings.port, 'http://a', 'http://b'), 'https://c')",
            [(36, "write `https://a`"), (48, "write `https://b`")],
        ),
    ],
)
def test_one_branch_of_several_is_a_warning(base: str, expected: list[tuple[int, str]], tmp_path: Path) -> None:
    loaded = load_laid(tmp_path, {"destination.yaml": with_base(base)})
    assert [(each.primary.start, each.help) for each in loaded.diagnostics if each.code == "MAP411"] == expected
    assert loaded.spec is not None


WARNING = """\
warning[MAP411]: requests would go unencrypted, so that none may be sent where this is the base
  --> destination.yaml:7:29
   |
 7 |     base: "settings.host || 'http://a.example'"
   |                             ^^^^^^^^^^^^^^^^^^
   = help: write `https://a.example`
"""


def test_the_warning_reads_so(tmp_path: Path) -> None:
    text = with_base("settings.host || 'http://a.example'")
    assert shown(load_laid(tmp_path, {"destination.yaml": text}), tmp_path) == WARNING


@pytest.mark.parametrize(
    ("base", "setting", "expected"),
    [
        ("settings.url", "{type: string, default: 'ftp://x'}", [HTTPS]),
        ("settings.url", "{type: string, default: x.example}", ["write `https://x.example`"]),
        ("settings.url", "{enum: ['http://x', 'https://x'], default: 'http://x'}", ["write `https://x`"]),
        ("not_null(settings.url, 'https://a')", "{type: string, default: 'http://x'}", ["write `https://x`"]),
        ("if(settings.other, settings.url, 'https://a')", "{type: string, default: 'ftp://x'}", [HTTPS]),
        ("settings.url", "{type: string, default: 'https://x'}", []),
        ("settings.url", "{type: string, default: 'http://localhost:80'}", []),
        ("settings.url", "{type: string}", []),
        ("settings.url || 'https://a'", "{type: string, default: ''}", []),
        ("settings.url", "{type: string, secret: true, default: 'ftp://x'}", []),
        ("settings.url", "{type: integer, default: 5}", []),
        ("settings.other", "{type: string, default: 'ftp://x'}", []),
        ("format('{}/x', settings.url)", "{type: string, default: 'ftp://x'}", []),
    ],
)
def test_the_default_of_a_setting_is_a_warning(base: str, setting: str, expected: list[str], tmp_path: Path) -> None:
    text = with_base(base).replace("settings: {", f"settings: {{other: {{type: string}}, url: {setting}, ")
    found = [each for each in load_laid(tmp_path, {"destination.yaml": text}).diagnostics if each.code == "MAP411"]
    assert [(each.primary.route, each.severity, each.help) for each in found] == [
        (("settings", "url", "default"), "warning", help_) for help_ in expected
    ]


DEFAULT = """\
warning[MAP411]: requests would not go to an https:// address, so that none may be sent where this is the base
   --> destination.yaml:11:41
    |
 11 | settings: {url: {type: string, default: 'ftp://x'}}
    |                                         ^^^^^^^^^
    = help: a base begins with https://; plain http is for this machine only
"""


def test_of_two_requests_the_default_is_told_once(tmp_path: Path) -> None:
    text = MINIMAL["destination.yaml"].replace("'https://events.example.com'", "settings.url")
    two = "  other: {base: settings.url, path: \"'/'\"}\nsettings: {url: {type: string, default: 'ftp://x'}}\n"
    assert shown(load_laid(tmp_path, {"destination.yaml": text + two}), tmp_path) == DEFAULT


def test_the_warning_can_be_allowed_and_the_error_not(tmp_path: Path) -> None:
    comment = '" # mapper: allow MAP411 because nobody takes it\n    path'
    some, sure = (
        with_base(base).replace('"\n    path', comment) for base in ("settings.host || 'ftp://a'", "'ftp://a'")
    )
    assert load_laid(tmp_path, {"destination.yaml": some}).diagnostics == ()
    refused = [(each.code, each.message) for each in load_laid(tmp_path, {"destination.yaml": sure}).diagnostics]
    assert refused == [
        ("MAP411", "requests would not go to an https:// address, so that none may be sent"),
        ("MAP016", "this MAP411 can't be allowed: nothing could run"),
    ]

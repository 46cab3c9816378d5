"""Where requests go: URL, headers and authentication of settings, and what answers mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mapper.base.secrets import Secret
from mapper.engine.target import TargetError, target
from mapper.records.policy import RatePolicy, RecordRuling, Response, RetryPolicy, Target, Verdict
from tests.support.language import destination, lay, load_spec, mapping

KEY = "s3cr/et key"
REQUESTS = """\
settings:
  key: {type: string, secret: true}
  region: {enum: [US, EU], default: US}
  team: {type: string}
request_defaults:
  headers: {content-type: {$const: application/json}, x-team: settings.team}
requests:
  event:
    base: if(settings.region == 'EU', 'https://eu.acme.example/', 'https://acme.example')
    path: format('/v1/{}/{}', settings.key, settings.team)
    headers: {x-key: settings.key, X-Region: {$first: [settings.region, {$const: none}]}}
"""


def made(folder: Path, settings: dict[str, Any], *, more: str = "", base_url: str | None = None) -> Target:
    files = {"destination.yaml": destination(requests=REQUESTS + more), "track.yaml": mapping("v: event")}
    return target(load_spec(lay(folder, files)), "event", settings, base_url=base_url)


def judged(folder: Path, outcomes: str, status: int | None, body: Any, headers: dict[str, str]) -> Verdict | None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    settings = {"key": Secret(KEY), "team": "t"}
    judge = made(folder, settings, more=f"    outcomes:\n{outcomes}").judge
    return judge(Response(status=status, headers=headers, body=raw, error=None if status else "timed out"))


def test_url_and_headers(tmp_path: Path) -> None:
    found = made(
        tmp_path, {"key": Secret(KEY), "region": "EU", "team": "a/b c"}, more="    method: PUT\n    body: json\n"
    )
    assert found.url == "https://eu.acme.example/v1/s3cr%2Fet%20key/a%2Fb%20c"
    assert found.shown_url == "https://eu.acme.example/v1/***/a%2Fb%20c"
    assert found.method == "PUT"
    assert (found.batch.framing, found.batch.max_events) == ("json", 1)


@pytest.mark.parametrize(
    ("shared", "own", "rate"),
    [
        ("", "", None),
        ("", "{events: 1000/s}", RatePolicy(unit="events", per_second=1000.0)),
        ("{requests: 90/m}", "", RatePolicy(unit="requests", per_second=1.5)),
        ("{requests: 90/m}", "{events: 3/s}", RatePolicy(unit="events", per_second=3.0)),
    ],
)
def test_rate(shared: str, own: str, rate: RatePolicy | None, tmp_path: Path) -> None:
    line = "request_defaults:\n"
    text = REQUESTS.replace(line, line + f"  rate: {shared}\n" if shared else line)
    more = f"    rate: {own}\n" if own else ""
    files = {"destination.yaml": destination(requests=text + more), "track.yaml": mapping("v: event")}
    settings = {"key": Secret(KEY), "team": "t"}
    assert target(load_spec(lay(tmp_path, files)), "event", settings).rate == rate


def test_retry(tmp_path: Path) -> None:
    """A request may say so itself, or `request_defaults` for all; what neither says is as ever."""
    line = "request_defaults:\n"
    text = REQUESTS.replace(line, line + "  retry: {first_wait: 2s, max_wait: 1m, window: 24h}\n")
    settings = {"key": Secret(KEY), "team": "t"}
    more = "    retry: {timeout: 90s, connect_timeout: 500ms}\n"

    def found(name: str, requests: str) -> RetryPolicy:
        files = {"destination.yaml": destination(requests=requests), "track.yaml": mapping("v: event")}
        return target(load_spec(lay(tmp_path / name, files)), "event", settings).retry

    assert found("none", REQUESTS) == RetryPolicy()
    assert found("shared", text) == RetryPolicy(base=2.0, cap=60.0, window=86_400.0)
    assert found("own", REQUESTS + more) == RetryPolicy(total_timeout=90.0, connect_timeout=0.5)


def test_headers_of_settings(tmp_path: Path) -> None:
    found = made(tmp_path, {"key": Secret(KEY), "region": "US", "team": "t"})
    both = {"content-type": "application/json", "x-team": "t", "x-region": "US"}
    assert found.headers == {**both, "x-key": KEY}
    assert found.shown_headers == {**both, "x-key": "***"}
    assert KEY not in repr(found)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ("{$from: settings.region, $default: {$const: none}}", "none"),
        ("{$from: settings.team, $as: number}", None),
        ("{$const: true}", "true"),
        ("{$const: 5.0}", "5"),
        ("{$if: settings.region, $then: {$const: a}, $else: {$const: b}}", "b"),
        ("{$from: settings.region, $null: keep}", None),
    ],
)
def test_a_header_may_be_any_node(node: str, text: str | None, tmp_path: Path) -> None:
    files = {
        "destination.yaml": destination(requests=REQUESTS.replace("x-key: settings.key", f"x-any: {node}")),
        "track.yaml": mapping("v: event"),
    }
    settings = {"key": Secret(KEY), "team": "t"}
    found = target(load_spec(lay(tmp_path, files)), "event", settings, base_url=None)
    assert found.headers.get("x-any") == text


def test_a_header_without_a_value_is_left_out(tmp_path: Path) -> None:
    more = "    auth: {bearer: settings.key}\n"
    text = REQUESTS.replace("format('/v1/{}/{}', settings.key, settings.team)", "\"'/v1'\"")
    files = {"destination.yaml": destination(requests=text + more), "track.yaml": mapping("v: event")}
    found = target(load_spec(lay(tmp_path, files)), "event", {"key": Secret("k")})
    wanted = {"content-type": "application/json", "x-key": "k", "x-region": "none", "authorization": "Bearer k"}
    assert found.headers == wanted
    assert found.shown_headers == {**wanted, "x-key": "***", "authorization": "Bearer ***"}


@pytest.mark.parametrize(
    ("auth", "real", "shown"),
    [
        ("{bearer: settings.key}", "Bearer k", "Bearer ***"),
        ("{basic: {username: {$const: api}, password: settings.key}}", "Basic YXBpOms=", "Basic ***"),
        ("{basic: {username: settings.key, password: \"''\"}}", "Basic azo=", "Basic ***"),
    ],
)
def test_authentication(auth: str, real: str, shown: str, tmp_path: Path) -> None:
    found = made(tmp_path, {"key": Secret("k"), "region": "US", "team": "t"}, more=f"    auth: {auth}\n")
    assert found.headers["authorization"] == real
    assert found.shown_headers["authorization"] == shown
    assert real not in repr(found)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/k/t"),
        ("http://localhost:1/base/", "http://localhost:1/base/v1/k/t"),
        ("http://[::1]:80", "http://[::1]:80/v1/k/t"),
        ("https://proxy.example", "https://proxy.example/v1/k/t"),
    ],
)
def test_another_base(base: str, url: str, tmp_path: Path) -> None:
    found = made(tmp_path, {"key": Secret("k"), "region": "EU", "team": "t"}, base_url=base)
    assert found.url == url
    assert found.shown_url == url.replace("/k/", "/***/")


@pytest.mark.parametrize(
    "base", ["http://acme.example", "http://127.0.0.1.example", "ftp://localhost", "acme.example", ""]
)
def test_a_base_that_is_not_safe(base: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="request `event`: the base URL must begin with https:// "):
        made(tmp_path, {"key": Secret("k"), "region": "EU", "team": "t"}, base_url=base)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"key": Secret("k")}, "request `event`: its path gives no text; is a setting missing?"),
        ({"key": Secret("k\r\nx: y"), "team": "t"}, "request `event`: header `x-key` holds a character that headers "),
        ({"key": Secret("schlüssel"), "team": "t"}, "request `event`: header `x-key` holds a character that headers "),
    ],
)
def test_settings_that_give_no_request(settings: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        made(tmp_path, settings)
    assert str(caught.value).startswith(message)
    assert settings["key"].reveal() not in str(caught.value)


def test_advice_names_the_settings_that_decide(tmp_path: Path) -> None:
    found = made(tmp_path, {"key": Secret("k"), "team": "t"}, more="    auth: {bearer: settings.key}\n")
    assert found.advice == "look at the settings `key`, `team`, `region`"


OUTCOMES = """\
      - {when: status == `409`, is: delivered}
      - when: status == `200` && body.failed
        is: resend
        because: join('; ', body.failed[].message)
        except: "body.failed[].{index: record, is: 'rejected', because: message}"
      - {when: "headers.\\"x-wait\\" == 'yes'", is: throttled, because: headers."x-why"}
      - {when: "contains(body, 'busy')", is: retry}
      - {when: length(body.errors) > `0`, is: rejected, because: body.errors}
"""


@pytest.mark.parametrize(
    ("status", "body", "headers", "verdict"),
    [
        (409, {}, {}, Verdict(ruling="delivered", because="HTTP 409")),
        (200, {"failed": []}, {}, None),
        (
            200,
            {"failed": [{"record": 1, "message": "bad"}, {"record": "2", "message": None}, "text", {"message": "odd"}]},
            {},
            Verdict(
                ruling="resend",
                because="bad; odd",
                records=(
                    RecordRuling(index=1, ruling="rejected", because="bad"),
                    *(RecordRuling(index=-1, ruling="rejected", because="refused by the destination"),) * 2,
                    RecordRuling(index=-1, ruling="rejected", because="odd"),
                ),
            ),
        ),
        (500, {}, {"x-wait": "yes", "x-why": "later"}, Verdict(ruling="throttled", because="later")),
        (500, b"we are busy", {}, Verdict(ruling="retry", because="HTTP 500")),
        (500, b"\xff busy", {}, Verdict(ruling="retry", because="HTTP 500")),
        (200, {"errors": ["x"]}, {}, Verdict(ruling="rejected", because="HTTP 200")),
        (200, {"errors": 5}, {}, None),
        (200, b"", {}, None),
        (200, [1], {}, None),
        (None, b"", {}, None),
    ],
)
def test_outcomes(
    status: int | None, body: Any, headers: dict[str, str], verdict: Verdict | None, tmp_path: Path
) -> None:
    assert judged(tmp_path, OUTCOMES, status, body, headers) == verdict


def test_without_outcomes_nothing_is_judged(tmp_path: Path) -> None:
    found = made(tmp_path, {"key": Secret("k"), "team": "t"})
    assert found.judge(Response(status=200)) is None

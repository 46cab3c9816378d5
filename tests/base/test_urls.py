"""Where requests may go."""

from __future__ import annotations

import pytest

from mapper.base.urls import never_safe, safe_base


@pytest.mark.parametrize("url", ["https://a.example.com/x", "HTTPS://a", "http://localhost:1", "http://[::1]:8/x"])
def test_https_and_this_machine_are_safe(url: str) -> None:
    assert safe_base(url)


@pytest.mark.parametrize(
    "url", ["http://a.example.com", "http://localhost.example.com", "ftp://a", "a", "", "http://[::1"]
)
def test_nothing_else_is(url: str) -> None:
    assert not safe_base(url)


NEVER = (
    *("ftp:", "FTP://", "a.example", "a.example/", "x", "httpsx", ":", "//a", "http:a", "http:/a", "[", "1"),
    *("http://a/", "http://a.example:80?", "http://localhost.a#", "http://[::2]/", "http://localhost@a/", "hppt"),
)
PERHAPS = (
    *("", "h", "HTTP", "https", "https:", "http:", "http:/", "http://", "\thtt", "ht\ntp:/", "http://127.0.0."),
    *("http://a", "http://a:", "http://a@", "http://[::1", "http://localhost/", "http://a@localhost?", "https://a/"),
)
REST = (
    *(
        "",
        "a",
        "s",
        "https://a",
        "://a",
        "s://a",
        "ttps://a",
        "tps://a",
        "p://localhost",
        "ps://a",
        "//localhost",
        "/localhost",
    ),
    *("localhost", "localhost/", "1/", "@localhost/", "]/", ":1", "\n//localhost", ":@127.0.0.1", "/https://a", "s:x"),
)


@pytest.mark.parametrize("beginning", NEVER)
def test_what_can_become_no_safe_base(beginning: str) -> None:
    assert never_safe(beginning)
    assert not [rest for rest in REST if safe_base(beginning + rest)]


@pytest.mark.parametrize("beginning", PERHAPS)
def test_what_still_may(beginning: str) -> None:
    assert not never_safe(beginning)
    assert [rest for rest in REST if safe_base(beginning + rest)]

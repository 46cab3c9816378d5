"""Where requests may go."""

from __future__ import annotations

import pytest

from mapper.base.urls import safe_base


@pytest.mark.parametrize("url", ["https://a.example.com/x", "HTTPS://a", "http://localhost:1", "http://[::1]:8/x"])
def test_https_and_this_machine_are_safe(url: str) -> None:
    assert safe_base(url)


@pytest.mark.parametrize(
    "url", ["http://a.example.com", "http://localhost.example.com", "ftp://a", "a", "", "http://[::1"]
)
def test_nothing_else_is(url: str) -> None:
    assert not safe_base(url)

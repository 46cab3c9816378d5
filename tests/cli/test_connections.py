"""Where a run connects to, whom it trusts, and through which proxy."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from tests.cli.echo import Echo
from tests.cli.kit import KEYS, Ended, quick, track, write

PATH = "/v1/some-auth-key/some-send-key"
SOON = ("--give-up-after", "300ms")


@contextmanager
def refusing_proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that opens no tunnel, and where it was asked to open one to."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            self.send_error(502)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()


def run(folder: Path, *options: str | Path, env: dict[str, str] | None = None) -> Ended:
    return quick("run", write(folder / "in.ndjson", track()), *options, cwd=folder, env=KEYS | (env or {}))


@pytest.mark.parametrize(("region", "host"), [("EU", "events-eu.natero.com"), ("US", "events.natero.com")])
def test_a_region_never_falls_back_to_the_other(region: str, host: str, tmp_path: Path) -> None:
    with refusing_proxy() as (proxy, asked):
        done = run(tmp_path, "--proxy", proxy, "--give-up-after", "1s", env={"NATERO_ENDPOINT_REGION": region})
    assert done.code == 1
    assert asked
    assert set(asked) == {f"{host}:443"}
    assert done.ledger["pending"] == 1


@pytest.mark.parametrize(("region", "shown"), [("eu", "eu"), ("EU ", '"EU "'), ("Europe", "Europe")])
def test_a_region_that_is_none_is_refused(region: str, shown: str, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", track())
    done = quick("run", file, *SOON, cwd=tmp_path, env=KEYS | {"NATERO_ENDPOINT_REGION": region})
    assert done.code == 2
    assert f"the setting `endpointRegion` is malformed: `{shown}` is not one of US, EU" in done.err


def test_a_proxy_is_asked_for_the_whole_address(tmp_path: Path) -> None:
    proxy = Echo(200)
    with proxy.serving() as url:
        done = run(tmp_path, "--base-url", "http://127.0.0.1:9", "--proxy", url)
    assert (done.code, proxy.paths) == (0, [f"http://127.0.0.1:9{PATH}"])


def test_certificates_are_trusted_where_their_authority_is_given(tmp_path: Path) -> None:
    authority, server = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    echo = Echo(200)
    with echo.serving(server) as url:
        without = run(tmp_path, "--base-url", url, *SOON)
        assert echo.paths == []
        trusted = run(tmp_path, "--base-url", url, "--ca-file", tmp_path / "ca.pem")
    assert (without.code, trusted.code, echo.paths) == (1, 0, [PATH])
    assert "certificate not accepted" in without.err


def test_a_certificate_for_another_host_is_not_accepted(tmp_path: Path) -> None:
    authority, server = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("events.natero.com").configure_cert(server)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    echo = Echo(200)
    with echo.serving(server) as url:
        done = run(tmp_path, "--base-url", url, "--ca-file", tmp_path / "ca.pem", *SOON)
    assert (done.code, echo.paths) == (1, [])


@pytest.mark.parametrize("url", ["http://example.org", "http://127.0.0.1.example.org", "http://10.0.0.1", "file:///x"])
def test_keys_travel_in_the_clear_to_this_machine_only(url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", track())
    done = quick("run", file, "--base-url", url, cwd=tmp_path, env=KEYS)
    assert done.code == 2
    assert done.err.startswith(
        "error: --base-url must begin with https://\n  help: plain http is for this machine only"
    )

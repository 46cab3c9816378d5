from __future__ import annotations

import gzip
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from mapper.delivery.send import MAX_ANSWER, BadTrustError, HttpSender
from mapper.records.policy import Response, RetryPolicy
from tests.delivery.kit import run, target
from tests.delivery.scripted import Received, Reply, Script, Server, scripted, unused_port

QUICK = RetryPolicy(total_timeout=0.5)


def exchange(
    script: Script, *, path: str = "/v1/key", content: bytes = b'{"n":1}', **options: Any
) -> tuple[Response, Server]:
    """Send one request to a scripted server."""

    async def scenario() -> tuple[Response, Server]:
        async with scripted(script) as server, HttpSender() as sender:
            return await sender.send(target(server.url + path, **options), content), server

    answer: tuple[Response, Server] = run(scenario())
    return answer


def test_what_goes_over_the_wire() -> None:
    response, server = exchange(
        lambda _: Reply(202, {"X-Request-Id": "r1"}, b"taken"),
        headers={"content-type": "application/json", "authorization": "Basic abc"},
    )
    assert response == Response(
        status=202, headers={"content-length": "5", "x-request-id": "r1"}, body=b"taken", error=None
    )
    (request,) = server.received
    host = server.url.removeprefix("http://")
    assert request == Received(
        "POST /v1/key HTTP/1.1",
        {
            "host": host,
            "accept": "*/*",
            "accept-encoding": "identity",
            "connection": "keep-alive",
            "user-agent": "segment-mapper",
            "content-type": "application/json",
            "authorization": "Basic abc",
            "content-length": "7",
        },
        b'{"n":1}',
    )


def test_a_path_stays_as_it_was_encoded() -> None:
    _, server = exchange(lambda _: Reply(), path="/v1/a%2Fb%20c/%C3%A9")
    assert server.received[0].line == "POST /v1/a%2Fb%20c/%C3%A9 HTTP/1.1"


def test_connections_are_used_again() -> None:
    async def scenario() -> int:
        async with scripted(lambda _: Reply()) as server, HttpSender() as sender:
            for _ in range(5):
                await sender.send(target(server.url), b"{}")
            return server.connections

    assert run(scenario()) == 1


def test_redirects_are_not_followed() -> None:
    response, server = exchange(lambda _: Reply(302, {"location": "/elsewhere"}))
    assert response.status == 302
    assert len(server.received) == 1


def test_no_proxy_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert exchange(lambda _: Reply())[0].status == 200


def test_a_proxy_that_is_asked_for_is_used() -> None:
    async def scenario() -> list[Received]:
        async with scripted(lambda _: Reply()) as server, HttpSender(proxy=server.url) as sender:
            assert (await sender.send(target("http://far.example/v1"), b"{}")).status == 200
            return server.received

    assert run(scenario())[0].line == "POST http://far.example/v1 HTTP/1.1"


def test_a_huge_answer_is_cut() -> None:
    response, _ = exchange(lambda _: Reply(body=b"x" * (3 * MAX_ANSWER)))
    assert (response.status, len(response.body)) == (200, MAX_ANSWER)


def test_an_answer_compressed_all_the_same_is_read_but_not_blown_up() -> None:
    zipped = Reply(headers={"content-encoding": "gzip"}, body=gzip.compress(b'{"ok":true}'))
    assert exchange(lambda _: zipped)[0].body == b'{"ok":true}'
    bomb = Reply(headers={"content-encoding": "gzip"}, body=gzip.compress(b"0" * (5 * MAX_ANSWER)))
    assert len(exchange(lambda _: bomb)[0].body) == MAX_ANSWER
    garbage = Reply(headers={"content-encoding": "gzip"}, body=b"no gzip")
    assert exchange(lambda _: garbage)[0].body == b"no gzip"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(fault="cut", body=b"x" * 100), "connection closed or garbled before the answer was whole"),
        (Reply(fault="close"), "connection closed or garbled before the answer was whole"),
        (Reply(fault="reset"), "connection lost"),
    ],
    ids=lambda value: getattr(value, "fault", ""),
)
def test_spoilt_answers_are_no_answers(reply: Reply, error: str) -> None:
    response, server = exchange(lambda _: reply)
    assert response == Response(status=None, error=error)
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "reply", [Reply(fault="hang"), Reply(fault="drip", body=b"x" * 2_000)], ids=lambda it: it.fault
)
def test_an_answer_that_is_late_is_none_and_the_next_is_one_again(reply: Reply) -> None:
    """Nor does it help to send a byte now and then. It is connected before, lest the time is over while it connects."""
    replies = iter([Reply(), reply, Reply()])

    async def scenario() -> list[Response]:
        async with scripted(lambda _: next(replies)) as server, HttpSender(connections=1) as sender:
            sound, late = target(server.url), target(server.url, retry=QUICK)
            return [await sender.send(each, b"{}") for each in (sound, late, sound)]

    first, second, third = run(scenario())
    assert second == Response(status=None, error="timed out")
    assert (first.status, third.status) == (200, 200)


def failure(url: str, *, sender: HttpSender | None = None, headers: dict[str, str] | None = None) -> str | None:
    async def scenario() -> str | None:
        async with sender or HttpSender() as open_sender:
            return (await open_sender.send(target(url, headers=headers), b"{}")).error

    error: str | None = run(scenario())
    return error


def test_nobody_listens() -> None:
    assert failure(f"http://127.0.0.1:{unused_port()}/v1") == "connection refused"


def test_no_such_host() -> None:
    assert failure("http://no-such-host.invalid/v1") == "host name not found"


@pytest.mark.parametrize(
    "url", ["ftp://x/y", "no url", "http://127.0.0.1:99999999/", "http://[::1/", "http://\x00/", ""]
)
def test_a_url_that_can_not_be_sent(url: str) -> None:
    assert failure(url) == "request can't be sent: malformed URL or header"


def test_a_header_that_can_not_be_sent() -> None:
    for value in ("two\r\nlines", "näher", "\ud800"):
        response, server = exchange(lambda _: Reply(), headers={"authorization": value})
        assert response.error == "request can't be sent: malformed URL or header"
        assert server.received == []


class Tls:
    """A certificate authority of our own, and a server that it vouches for."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca_file))

    def context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names).configure_cert(context)
        return context


@pytest.fixture(name="tls")
def _tls(tmp_path: Path) -> Iterator[Tls]:
    yield Tls(tmp_path)


def tls_answer(context: ssl.SSLContext, ca_file: Path | None) -> Response:
    async def scenario() -> Response:
        async with scripted(lambda _: Reply(), context) as server, HttpSender(ca_file=ca_file) as sender:
            return await sender.send(target(server.url + "/v1"), b"{}")

    response: Response = run(scenario())
    return response


def test_a_certificate_of_the_given_authority_is_accepted(tls: Tls) -> None:
    assert tls_answer(tls.context("127.0.0.1"), tls.ca_file).status == 200


def test_a_certificate_of_nobody_we_know_is_not(tls: Tls) -> None:
    error = tls_answer(tls.context("127.0.0.1"), None).error
    assert error == "certificate not accepted: unknown issuer"


def test_a_certificate_of_another_host_is_not(tls: Tls) -> None:
    error = tls_answer(tls.context("elsewhere.example"), tls.ca_file).error
    assert error == "certificate not accepted: made for another address"


def test_a_server_that_speaks_no_tls() -> None:
    async def scenario() -> str | None:
        async with scripted(lambda _: Reply()) as server, HttpSender() as sender:
            url = server.url.replace("http:", "https:")
            return (await sender.send(target(url, retry=RetryPolicy(connect_timeout=0.5)), b"{}")).error

    assert run(scenario()) in ("TLS handshake failed", "timed out while connecting")


def test_trust_that_can_not_be_had(tmp_path: Path) -> None:
    with pytest.raises(BadTrustError, match=r"can't read certificates from .*none.pem: No such file or directory$"):
        HttpSender(ca_file=tmp_path / "none.pem")
    (tmp_path / "text.pem").write_text("no certificate")
    with pytest.raises(BadTrustError, match=r"can't read certificates from .*text.pem: not a PEM file$"):
        HttpSender(ca_file=tmp_path / "text.pem")
    with pytest.raises(BadTrustError, match=r"^the proxy's address is no URL$") as refused:
        HttpSender(proxy="no url")
    assert refused.value.help == "write --proxy http://host:port"

"""Behind a proxy: whose word is taken for where a call came from."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import pytest

from mapper.server.config import ServerConfig
from tests.delivery.runs.kit import Shop
from tests.server.kit import CONFIG, KEY, Server, serving_shop
from tests.server.raw import Answer, post, receive
from tests.support.awaiting import PATIENCE

PROXY, NEXT, STRANGER = "127.0.0.1", "127.0.0.2", "127.0.0.3"


@pytest.fixture(scope="module")
def server(shop: Shop) -> Iterator[Server]:
    with serving_shop(shop, f"trust_proxies: [{PROXY}, {NEXT}/32, '::1']\n{CONFIG}") as found:
        yield found


def ask(server: Server, peer: str, request: bytes) -> Answer:
    """Ask from an address of this machine."""
    port = int(server.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(peer, 0)) as connection:
        connection.sendall(request)
        return receive(connection)


TOLD = [
    (STRANGER, ["6.6.6.6"], STRANGER),
    (STRANGER, ["6.6.6.6, 127.0.0.1"], STRANGER),
    (PROXY, [], PROXY),
    (PROXY, ["1.2.3.4"], "1.2.3.4"),
    (PROXY, ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
    (PROXY, ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
    (PROXY, [f"6.6.6.6, 1.2.3.4, {NEXT}"], "1.2.3.4"),
    (PROXY, ["6.6.6.6, ::ffff:1.2.3.4"], "1.2.3.4"),
    (PROXY, ["6.6.6.6, 2001:db8::1"], None),  # Segment tells no such address
    (PROXY, ["1.2.3.4:5678"], "1.2.3.4"),
    (PROXY, [""], PROXY),
    (PROXY, ["unknown"], None),
    (PROXY, ["1.2.3.4, <script>"], None),
    (PROXY, ["1.2.3.4, 9.9.9.999"], None),
    (PROXY, ["é"], None),
]


@pytest.mark.parametrize("number", range(len(TOLD)))
def test_the_address_of_the_client(server: Server, shop: Shop, number: int) -> None:
    """What a proxy that is trusted has added to the list counts; what the client has put there before does not."""
    peer, told, address = TOLD[number]
    body = b'{"writeKey":"%b","event":"E","userId":"u","properties":{"n":%d}}' % (KEY.encode(), number)
    assert (
        ask(server, peer, post("/v1/t", body, *(b"x-forwarded-for: " + each.encode() for each in told))).status == 200
    )
    server.settle()
    (event,) = (event for event in shop.events() if event["n"] == number)
    assert event.get("ip") == address


@pytest.mark.parametrize(("peer", "scheme"), [(PROXY, "https"), (STRANGER, "http")])
def test_whether_the_client_speaks_https(server: Server, peer: str, scheme: str) -> None:
    request = f"GET /v1/projects/{KEY}/settings HTTP/1.1\r\nhost: calls.example\r\nx-forwarded-proto: https\r\n\r\n"
    settings = ask(server, peer, request.encode()).json["integrations"]["Segment.io"]
    assert settings == {"apiKey": KEY, "apiHost": "calls.example/v1", "protocol": scheme}


def test_an_address_of_the_old_kind_at_a_socket_of_the_new_one() -> None:
    """There an IPv4 peer has an address of IPv6."""
    trusted = [ip_network(each) for each in ServerConfig(trust_proxies=("10.1.0.0/16", "10.9.9.9", "fd00::/8")).trusted]
    theirs = ("10.1.2.3", "10.9.9.9", "fd00::1", "::ffff:10.1.2.3", "::ffff:10.9.9.9")
    others = ("10.2.0.1", "::ffff:10.2.0.1", "10.9.9.8", "::1")
    assert [peer for peer in (*theirs, *others) if any(ip_address(peer) in each for each in trusted)] == [*theirs]

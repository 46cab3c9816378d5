from __future__ import annotations

import pytest

from mapper.delivery.jetstream.address import Address, parse
from mapper.delivery.jetstream.errors import ClusterError


def test_reads_hosts_name_and_credentials_and_shows_no_credentials() -> None:
    found = parse("nats://ann:se%40me@a:4222,[::1]:4223/orders")
    assert found.servers == ["nats://a:4222", "nats://[::1]:4223"]
    assert found.name == "orders"
    assert found.user is not None
    assert found.password is not None
    assert (found.user.reveal(), found.password.reveal()) == ("ann", "se@me")
    assert str(found) == "nats://a:4222,[::1]:4223/orders"
    assert not any(secret in repr(found) for secret in ("ann:", "se@", "%40"))


def test_a_token_stands_alone_and_the_name_may_be_left_out() -> None:
    found = parse("tls://t0ken@host")
    assert (found.user is None, found.password) == (False, None)
    assert found.name == "mapper"
    assert parse("nats://host") == Address("nats", ("host",))


@pytest.mark.parametrize(
    "text",
    [
        "nats://",
        "nats://a b",
        "nats://geheim@",
        "nats://geheim@a:65536",
        "nats://u:geheim@a,,b",
        "nats://geheim@a/x/y",
        "nats://a/x.geheim",
    ],
)
def test_refuses_without_repeating_what_may_be_a_password(text: str) -> None:
    with pytest.raises(ClusterError) as caught:
        parse(text)
    assert "geheim" not in f"{caught.value}{caught.value.help}"

"""Connections that are to be encrypted."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from mapper.delivery.jetstream.address import parse
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.errors import ClusterError
from tests.delivery.kit import run
from tests.support.mute import info, mute
from tests.support.nats import one_server


async def _connect(url: str) -> None:
    async with connected(parse(url)):
        pass


def test_a_server_that_does_not_encrypt_is_told_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor anything else: it, or whoever stands before it, would have read it."""
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._CONNECT", 0.5)
    heard: list[bytes] = []
    with (
        mute(info(tls_available=True), pongs=True, heard=heard) as url,
        pytest.raises(ClusterError, match="the server does not encrypt, as tls:// demands") as caught,
    ):
        run(_connect(f"{url.replace('nats://', 'tls://u:geheim@')}/q"))
    assert heard == []
    assert "nats:// goes without" in str(caught.value.help)


def test_one_that_encrypts_is_talked_to_where_its_certificate_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._CONNECT", 2.0)
    authority, files = trustme.CA(), [tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "ca.pem"]
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(files[0]))
    issued.cert_chain_pems[0].write_to_path(str(files[1]))
    authority.cert_pem.write_to_path(str(files[2]))
    own = "authorization { user: ann, password: geheim }"
    with one_server(tmp_path / "s", more=f'tls {{ key_file: "{files[0]}", cert_file: "{files[1]}" }}\n{own}') as server:
        url = f"{server.url.replace('nats://', 'tls://ann:geheim@')}/q"
        with pytest.raises(ClusterError, match="TLS fails"):
            run(_connect(url))
        monkeypatch.setenv("SSL_CERT_FILE", str(files[2]))
        run(_connect(url))

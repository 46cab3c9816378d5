"""The files that show how to run the server: what reads them takes them, and a call comes through a real proxy."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
import trustme

from mapper.authoring.quantities import span
from mapper.cli.run_options import GRACE
from tests.delivery.runs.kit import Shop
from tests.server.kit import CONFIG, KEY, Server, serving_shop
from tests.server.sdk.kit import free_address
from tests.server.test_webhook import sign
from tests.support.awaiting import PATIENCE, await_
from tests.support.pages import ROOT

EXAMPLES: Final = ROOT / "docs" / "examples"
UNIT: Final = EXAMPLES / "mapper.service"
NAME: Final = "calls.example.com"
CLIENT: Final = "127.0.0.9"
PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin"
EVENT: Final = '{ "type" : "track", "event" : "E",  "userId": "u", "properties": {"n": 3}, "messageId": "é" }'.encode()


def test_the_unit_is_one(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/mapper/bin/mapper", shutil.which("true") or ""))
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_the_unit_gives_time_to_stop() -> None:
    text = UNIT.read_text()
    (grace,) = re.findall(r"--grace (\S+)", text)
    (stop,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert grace == GRACE
    assert int(stop) >= (span(grace) or 0) + 10


@pytest.mark.parametrize("name", ["notify", "@notify"])
def test_systemd_is_told_what_the_unit_waits_for(name: str, shop: Shop, tmp_path: Path) -> None:
    assert re.findall(r"^Type=(\w+)$", UNIT.read_text(), re.MULTILINE) == ["notify"]
    address = f"@{tmp_path.name}" if name.startswith("@") else str(tmp_path / name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        manager.settimeout(PATIENCE)
        with serving_shop(shop, CONFIG, {"NOTIFY_SOCKET": address}) as server:
            assert manager.recv(100) == b"READY=1"
            assert server.client.get("/ready").status_code == 200
            assert server.stop() == 0
        assert manager.recv(100) == b"STOPPING=1"


@pytest.fixture(scope="module")
def server(shop: Shop) -> Iterator[Server]:
    with serving_shop(shop, f"trust_proxies: [127.0.0.1]\n{CONFIG}") as found:
        yield found


class Files:
    """What a proxy is started from: its files, and where it is to listen and send to."""

    def __init__(self, folder: Path, server: Server) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert(NAME, "127.0.0.1")
        self.folder = folder
        self.trust = ssl.create_default_context()
        authority.configure_trust(self.trust)
        self.chain, self.key = folder / "cert.pem", folder / "cert.key"
        self.chain.write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
        self.key.write_bytes(certificate.private_key_pem.bytes())
        self.address, self.upstream = free_address(), server.base_url.removeprefix("http://")


def nginx(files: Files) -> list[str]:
    """nginx, with the file of the examples for all that it is told of HTTP."""
    site = (EXAMPLES / "nginx.conf").read_text()
    changes = {"listen 443 ssl": f"listen {files.address} ssl", "127.0.0.1:8080": files.upstream}
    changes |= {f"/etc/ssl/{NAME}.pem": str(files.chain), f"/etc/ssl/{NAME}.key": str(files.key)}
    (files.folder / "site.conf").write_text(replaced(site, changes))
    places = "".join(
        f"{kind}_temp_path {files.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.getuid() == 0 else ""  # else who works for it could not write its files
    whole = f"{user}daemon off; error_log stderr; pid {files.folder}/pid; events {{}}"
    main = f"{whole} http {{ access_log off; {places} include {files.folder}/site.conf; }}"
    (files.folder / "nginx.conf").write_text(main)
    return ["nginx", "-c", str(files.folder / "nginx.conf"), "-p", str(files.folder), "-e", "stderr"]


def caddy(files: Files) -> list[str]:
    """Caddy, with the file of the examples, and a certificate that it need not ask anybody for."""
    site = replaced(
        (EXAMPLES / "Caddyfile").read_text(),
        {
            f"{NAME} {{": f"https://{files.address} {{\n\ttls {files.chain} {files.key}",
            "127.0.0.1:8080": files.upstream,
        },
    )
    path = files.folder / "Caddyfile"
    path.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(path)]


def replaced(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def answers(client: httpx.Client, process: subprocess.Popen[bytes]) -> bool:
    """Whether a proxy that runs is ready."""
    assert process.poll() is None, "it has ended"
    try:
        client.get("/")
    except httpx.TransportError:
        return False
    return True


@contextmanager
def running(command: list[str], files: Files) -> Iterator[httpx.Client]:
    """Start a proxy, and speak to it from an address of one's own."""
    log = files.folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={"HOME": str(files.folder), "PATH": PATH})
    transport = httpx.HTTPTransport(verify=files.trust, local_address=CLIENT)
    try:
        with httpx.Client(base_url=f"https://{files.address}", transport=transport, timeout=PATIENCE) as client:
            await_(lambda: answers(client, process), tell=log.read_text)
            yield client
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


@pytest.mark.long
@pytest.mark.parametrize("make", [nginx, caddy], ids=lambda make: make.__name__)
def test_a_real_proxy(make: Callable[[Files], list[str]], server: Server, shop: Shop, tmp_path: Path) -> None:
    if shutil.which(make.__name__, path=PATH) is None:
        pytest.skip(f"{make.__name__} is not here")
    files = Files(tmp_path, server)
    before = len(shop.events())
    with running(make(files), files) as client:
        calls = [{"type": "track", "event": "E", "userId": "u", "properties": {"n": n}} for n in (1, 2)]
        body = json.dumps({"batch": calls, "writeKey": KEY}).encode()
        forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http", "Content-Type": "text/plain"}
        assert client.post("/v1/b", content=body, headers=forged).json() == {"success": True}
        packed = {"Content-Encoding": "gzip"}
        assert client.post("/v1/batch", content=gzip.compress(body), headers=packed).status_code == 200
        signed = {"x-signature": sign(EVENT)}
        event = EVENT.replace("é".encode(), make.__name__.encode())
        assert client.post("/webhooks/segment", content=event, headers={"x-signature": sign(event)}).status_code == 200
        assert client.post("/webhooks/segment", content=event, headers=signed).status_code == 401
        settings = client.get(f"/v1/projects/{KEY}/settings").json()["integrations"]["Segment.io"]
        assert settings == {"apiKey": KEY, "apiHost": f"{files.address}/v1", "protocol": "https"}
        for path in ("/metrics", "/health", "/ready", "/"):
            assert client.get(path).status_code == 404
        most = {"batch": [{**calls[0], "text": "x" * 30_000}] * 16, "writeKey": KEY}
        assert client.post("/v1/batch", content=json.dumps(most)).json() == {"success": True}
        refused = (400, 413, 502) if make is caddy else (400, 413)  # 502 where it still sent when the answer came
        assert client.post("/v1/batch", content=json.dumps(most).encode() * 2).status_code in refused
        assert client.post("/webhooks/segment", content=b" " * 900_000, headers=signed).status_code == 400
    server.settle()
    arrived = shop.events()[before:]
    assert [(event["n"], event.get("ip")) for event in arrived[:2]] == [(1, CLIENT), (2, CLIENT)]
    assert sorted(event["n"] for event in arrived) == sorted([1, 2, 1, 2, 3, *[1] * 16])

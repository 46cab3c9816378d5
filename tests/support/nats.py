"""Real NATS servers on loopback, one or three."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.support.awaiting import PATIENCE
from tests.support.namespaces import Machine
from tests.support.ports import free_ports

NAMES = ("a", "b", "c")


def binary() -> str:
    """Where the server is, which a wheel brings."""
    found = Path(sys.executable).parent / "nats-server"
    return str(found) if found.exists() else shutil.which("nats-server") or "nats-server"


class Server:
    """One process; `port` for clients, `monitor` for HTTP."""

    def __init__(
        self, folder: Path, name: str, ports: Sequence[int], config: str, *, machine: Machine | None = None
    ) -> None:
        self.folder = folder
        self.name = name
        self.machine = machine
        self.host = _host(machine)
        self.port, self.monitor, *_ = ports
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "server.conf"
        self._config.write_text(config)

    @property
    def url(self) -> str:
        return f"nats://{self.host}:{self.port}"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*(self.machine.prefix if self.machine else ()), binary(), "-c", str(self._config)],
                stdout=log,
                stderr=log,
            )

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            if number == signal.SIGSTOP:
                return
            self.process.wait()

    def heal(self) -> None:
        """Start once more, and wait for the disk from now on."""
        self.kill()
        self._config.write_text(self._config.read_text().replace('sync_interval: "2m"', 'sync_interval: "always"'))
        self.start()

    def goes_on(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def await_health(self, seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://{self.host}:{self.monitor}/healthz", timeout=2.0).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text()[-2000:])


def _host(machine: Machine | None) -> str:
    return machine.host if machine else "127.0.0.1"


def _config(
    name: str, folder: Path, port: int, monitor: int, *, sync: str, more: str = "", host: str = "127.0.0.1"
) -> str:
    return f"""
server_name: {name}
listen: {host}:{port}
http: {host}:{monitor}
jetstream {{ store_dir: "{folder}/store", sync_interval: "{sync}", max_file_store: 4GB }}
{more}
"""


@contextmanager
def one_server(folder: Path, *, sync: str = "2m", more: str = "") -> Iterator[Server]:
    """A server on its own."""
    port, monitor = free_ports(2)
    server = Server(folder, "a", (port, monitor), _config("a", folder, port, monitor, sync=sync, more=more))
    server.start()
    try:
        server.await_health()
        yield server
    finally:
        server.stop()


class Cluster:
    """Three servers, each on a machine of its own if there are such; the queue's address is `url`."""

    def __init__(
        self, folder: Path, *, sync: str = "always", machines: Sequence[Machine] = (), lazy: Sequence[str] = ()
    ) -> None:
        ports = free_ports(9)
        homes: list[Machine | None] = [*machines] or [None] * len(NAMES)
        hosts = [_host(each) for each in homes]
        routes = ", ".join(f"nats://{hosts[at]}:{ports[6 + at]}" for at in range(3))
        self.servers: list[Server] = []
        for at, name in enumerate(NAMES):
            port, monitor, route = ports[at], ports[3 + at], ports[6 + at]
            more = f"cluster {{ name: test, listen: {hosts[at]}:{route}, routes: [{routes}] }}"
            home = folder / name
            waits = "2m" if name in lazy else sync
            config = _config(name, home, port, monitor, sync=waits, more=more, host=hosts[at])
            self.servers.append(Server(home, name, (port, monitor, route), config, machine=homes[at]))

    @property
    def url(self) -> str:
        return "nats://" + ",".join(f"{each.host}:{each.port}" for each in self.servers)

    def start(self) -> None:
        for server in self.servers:
            server.start()
        for server in self.servers:
            server.await_health()

    def stop(self) -> None:
        for server in self.servers:
            server.stop()

    def logs(self, most: int = 1500) -> str:
        """The last so many characters of each."""
        return "\n".join(f"-- {each.name}\n{(each.folder / 'log').read_text()[-most:]}" for each in self.servers)

    def named(self, name: str) -> Server:
        (found,) = (each for each in self.servers if each.name == name)
        return found


@contextmanager
def cluster(
    folder: Path, *, sync: str = "always", machines: Sequence[Machine] = (), lazy: Sequence[str] = ()
) -> Iterator[Cluster]:
    """Three servers that have found each other; those named in `lazy` do not wait for their disks."""
    servers = Cluster(folder, sync=sync, machines=machines, lazy=lazy)
    servers.start()
    try:
        yield servers
    finally:
        servers.stop()

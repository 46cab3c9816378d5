"""Where a cluster is: ``nats://user:password@host:4222,host:4222/name``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from mapper.base.secrets import Secret
from mapper.delivery.jetstream.errors import ClusterError

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_GREATEST_PORT: Final = 65_535
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_HELP: Final = "write nats://host:4222/name, several hosts with commas between"


@dataclass(frozen=True, slots=True)
class Address:
    """A queue in a cluster.

    Attributes:
        scheme: ``nats`` or ``tls``.
        hosts: ``host`` or ``host:port``, in the order given.
        name: Of the queue.
        user: Name, or a token where there is no password; None: none is needed.
        password: Goes with `user`.
    """

    scheme: str
    hosts: tuple[str, ...]
    name: str = "mapper"
    user: Secret | None = field(default=None)
    password: Secret | None = field(default=None)

    def __str__(self) -> str:
        """Without credentials."""
        return f"{self.scheme}://{','.join(self.hosts)}/{self.name}"

    @property
    def servers(self) -> list[str]:
        """As the client wants them, without credentials."""
        return [f"{self.scheme}://{host}" for host in self.hosts]


def is_cluster(queue: str) -> bool:
    """Whether a queue is in a NATS cluster, and not in a file."""
    return queue.startswith(("nats://", "tls://"))


def is_file(queue: str) -> bool:
    """Whether a queue is a file: what looks like any address is none, and may hold a password."""
    return not _SCHEME.match(queue)


def parse(text: str) -> Address:
    """Read an address.

    Raises:
        ClusterError: it can't be read; the message does not repeat it, for it may hold a password.
    """
    scheme, _, rest = text.partition("://")
    place, _, name = rest.partition("/")
    credentials, _, hosts = place.rpartition("@")
    user, colon, password = credentials.partition(":")
    found = tuple(hosts.split(","))
    if not all(map(_is_host, found)):
        raise ClusterError("can't read the hosts of this address", _HELP)
    if name and not _NAME.fullmatch(name):
        raise ClusterError("a queue's name has letters, digits, - and _ only", _HELP)
    return Address(
        scheme,
        found,
        name or "mapper",
        Secret(unquote(user)) if user else None,
        Secret(unquote(password)) if colon else None,
    )


def _is_host(text: str) -> bool:
    match = _HOST.fullmatch(text)
    return match is not None and int(match[1] or 0) <= _GREATEST_PORT

"""Texts in a configuration, read."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Final

from mapper.delivery.jetstream.address import is_cluster, is_file, parse
from mapper.delivery.jetstream.errors import ClusterError

_ADDRESS: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]\s]+)):([0-9]{1,5})")
_GREATEST_PORT: Final = 65_535


def address_of(text: str) -> tuple[str, int] | None:
    """Host and port of ``host:port``; None where it says something else."""
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match[3]) > _GREATEST_PORT:
        return None
    return match[1] or match[2], int(match[3])


def is_address(text: str) -> bool:
    """Whether it is ``host:port``."""
    return address_of(text) is not None


def is_queue(text: str) -> bool:
    """Whether it may be a file, or is the address of a cluster."""
    try:
        return bool(text) and (bool(parse(text)) if is_cluster(text) else is_file(text))
    except ClusterError:
        return False


def is_network(text: str) -> bool:
    """Whether it is an address, or a network."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True

"""Connecting to a cluster, and finding out whether it will do."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import chain, repeat
from typing import Any, Final

import nats.errors
from nats.aio.client import Client

from mapper.base.json import decode
from mapper.delivery.jetstream.address import Address
from mapper.delivery.jetstream.codes import passes
from mapper.delivery.jetstream.denied import Denied
from mapper.delivery.jetstream.errors import MAJORITY, ClusterError
from mapper.delivery.jetstream.link import CONNECTION, GARBLED, TIMEOUT, Link

OLDEST: Final = (2, 12, 3)
"""The oldest server that will do."""
_CONNECT: Final = 8.0
_CHOOSING: Final = 30.0
"""Seconds for which JetStream may have no leader: an election takes up to 10 once most servers see each other."""
_SOON: Final = 0.4
"""Seconds after which somebody is told that no server has answered yet."""
_PATIENT_PAUSES: Final = (0.2, 0.3, 0.5, 1.0)
"""Seconds between looks whether there is a leader; the last one from then on."""
_STARTING: Final = 6
"""Looks after which a server without JetStream is taken for one that has none."""
_ABOUT: Final = "$JS.API.INFO"


class _PlainError(nats.errors.Error):
    """A server goes without encryption where the address demands it."""


class _EncryptingClient(Client):
    """Tells no server who we are that does not encrypt: the library encrypts where a server asks for it, and not where
    the address does."""

    def _connect_command(self) -> bytes:
        if not self._server_info.get("tls_required"):
            raise _PlainError
        return super()._connect_command()


@asynccontextmanager
async def connected(address: Address, on_trouble: Callable[[str | None], None] = lambda _: None) -> AsyncIterator[Link]:
    """A connection to a cluster that will do.

    Args:
        on_trouble: As :class:`Link` has it, and told too where connecting takes its time.

    Raises:
        ClusterError: nobody answers there, or a server is too old, or has no JetStream.
    """
    client, denied = _EncryptingClient() if address.scheme == "tls" else Client(), Denied()
    failures: list[Exception] = []
    try:
        async with _telling_if_slow(client, failures, on_trouble):
            await _connect(client, address, denied, failures)
            await _check_server(client, address, denied)
        yield Link(client, on_trouble, denied)
    finally:
        with suppress(*CONNECTION):  # it may be broken
            async with asyncio.timeout(TIMEOUT):
                await client.close()


@asynccontextmanager
async def _telling_if_slow(
    client: Client, failures: Sequence[Exception], on_trouble: Callable[[str | None], None]
) -> AsyncIterator[None]:
    told = False

    def tell() -> None:
        nonlocal told
        told = True
        if client.is_connected:
            on_trouble("JetStream has not answered yet")
        else:
            on_trouble(next(filter(None, map(_refusal, failures)), "no server has answered yet"))

    timer = asyncio.get_running_loop().call_later(_SOON, tell)
    try:
        yield
    finally:
        timer.cancel()
    if told:
        on_trouble(None)


async def _connect(client: Client, address: Address, denied: Denied, failures: list[Exception]) -> None:
    """Another server may take what one refuses; `failures` is to hold what went wrong."""

    async def failed(error: Exception) -> None:
        """The client would write to stderr; who waits for an answer is told in due course."""
        denied.note(error)
        if not any(map(_refusal, failures)):  # which says more than what follows from it
            failures[:] = [error]

    try:
        async with asyncio.timeout(_CONNECT):
            await client.connect(
                address.servers,
                name="mapper",
                user=None if address.user is None or address.password is None else address.user.reveal(),
                password=None if address.password is None else address.password.reveal(),
                token=None if address.user is None or address.password is not None else address.user.reveal(),
                connect_timeout=2,
                reconnect_time_wait=1,
                max_reconnect_attempts=-1,
                ping_interval=2,  # so that a server that is cut off is left after 6 s, well before leases run out
                max_outstanding_pings=2,
                error_cb=failed,
            )
    except CONNECTION as error:
        raise _unreachable(address, failures[-1] if failures else error) from None
    except GARBLED:
        raise _no_server(address) from None


def _refusal(error: Exception) -> str | None:
    """What is said of a server that is there, and with which nothing comes about."""
    if isinstance(error, _PlainError):
        return "the server does not encrypt, as tls:// demands"
    is_known = isinstance(error, nats.errors.AuthorizationError) or "authorization" in str(error).lower()
    return "the server refuses these credentials" if is_known else None


def _unreachable(address: Address, error: Exception) -> ClusterError:
    if refusal := _refusal(error):
        return ClusterError(f"{address}: {refusal}", _what_to_do(address, error))
    return ClusterError(
        f"{address}: no NATS server answers there within {_CONNECT:g} s{_cause(error)}",
        "is it running, and are host and port right? nats://host:4222/name",
    )


def _what_to_do(address: Address, error: Exception) -> str:
    if isinstance(error, _PlainError):
        return "give it `tls { … }` in its configuration; nats:// goes without"
    if address.user:
        return "look at user and password in the address"
    return "the address names none: nats://USER:PASSWORD@HOST:4222/NAME"


def _cause(error: Exception) -> str:
    """Of the last try, where the system has a word for it."""
    if isinstance(error, ssl.SSLError):
        return f": TLS fails ({getattr(error, 'verify_message', None) or error.reason})"
    if isinstance(error, socket.gaierror):
        return f": {str(error.strerror).lower()}"
    if isinstance(error, OSError) and error.errno:
        return f": {os.strerror(error.errno).lower()}"
    return ": what answers speaks another protocol" if "expecting INFO" in str(error) else ""


def _no_server(address: Address) -> ClusterError:
    return ClusterError(f"{address}: what answers there is no NATS server", "are host and port right?")


async def _check_server(client: Client, address: Address, denied: Denied) -> None:
    version = _version_of(client, address)
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ClusterError(
            f"{address}: the server has version {'.'.join(map(str, version))}",
            f"{oldest} or newer is needed: older ones may lose what they have acknowledged",
        )
    error, trouble = await _ask_about_jetstream(client, denied)
    if error is not None:
        if passes(error):
            raise ClusterError(f"{address}: JetStream has no leader: {error.get('description')}", MAJORITY)
        raise ClusterError(f"{address}: no JetStream for this account: {error.get('description')}")
    if isinstance(trouble, nats.errors.NoRespondersError):
        raise ClusterError(f"{address}: the server has no JetStream", "start it with `jetstream` configured")
    if trouble is not None:
        raise ClusterError(f"{address}: JetStream does not answer", MAJORITY)


def _version_of(client: Client, address: Address) -> tuple[int, int, int]:
    version = client.connected_server_version
    try:
        return version.major, version.minor, version.patch
    except GARBLED:
        raise _no_server(address) from None


async def _ask_about_jetstream(client: Client, denied: Denied) -> tuple[dict[str, Any] | None, Exception | None]:
    """What it says is wrong, or why it says nothing; both while a cluster chooses a leader, which is waited for."""
    error: dict[str, Any] | None = None
    trouble: Exception | None = None
    try:
        async with asyncio.timeout(_CHOOSING):
            for tries, pause in enumerate(chain(_PATIENT_PAUSES, repeat(_PATIENT_PAUSES[-1])), 1):
                try:
                    message = await client.request(_ABOUT, b"", timeout=TIMEOUT)
                    error, trouble = decode(message.data).get("error"), None
                    if error is None or not passes(error):
                        break
                except CONNECTION as failure:
                    denied.check(_ABOUT)
                    error, trouble = None, failure
                    if isinstance(failure, nats.errors.NoRespondersError) and tries >= _STARTING:
                        break
                await asyncio.sleep(pause)
    except TimeoutError as failure:
        trouble = trouble or failure
    return error, trouble

"""One HTTP exchange."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Protocol

import httpx

from mapper.delivery.faults import TIMED_OUT, describe
from mapper.delivery.quiet import unlogged
from mapper.records.policy import Response, Target

MAX_ANSWER = 1_048_576
"""Bytes of an answer's body that are read; the rest is left."""


class Sender(Protocol):
    """Takes a framed body to its target."""

    async def send(self, target: Target, content: bytes) -> Response:
        """Send, and give the answer or what came instead; never raises for what the network does."""
        ...


class BadTrustError(Exception):
    """The file of trusted certificates, or the proxy, can't be used; the message is one line."""

    def __init__(self, message: str, help: str) -> None:  # noqa: A002 - the word all our errors use
        super().__init__(message)
        self.help = help


class HttpSender:
    """A pool of connections: certificates verified, redirects not followed, nothing taken from the environment.

    Use it as an async context manager.

    Args:
        ca_file: PEM file of certificates to trust instead of the usual ones.
        proxy: URL of a proxy, or None to connect directly.
        connections: Most connections at a time.

    Raises:
        BadTrustError: `ca_file` is missing or no PEM file, or `proxy` is no URL.
    """

    def __init__(self, *, ca_file: Path | None = None, proxy: str | None = None, connections: int = 8) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        try:
            self._client = httpx.AsyncClient(
                verify=_trust(ca_file), proxy=proxy, limits=limits, trust_env=False, follow_redirects=False
            )
        except (ValueError, httpx.InvalidURL):
            raise BadTrustError("the proxy's address is no URL", "write --proxy http://host:port") from None

    async def __aenter__(self) -> HttpSender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with unlogged():
            await self._client.aclose()

    async def send(self, target: Target, content: bytes) -> Response:
        """Send, and give the answer or what came instead.

        The one door for foreign exceptions: those of httpx hold the URL, so none of them leaves, not even as a cause.
        """
        with unlogged():
            try:
                async with asyncio.timeout(target.retry.total_timeout):
                    return await self._exchange(target, content)
            except TimeoutError:
                fault = TIMED_OUT
            except Exception as error:  # of whatever kind: httpx, anyio (in groups), ssl, idna, the socket itself
                fault = describe(error)
        return Response(status=None, error=fault)

    async def _exchange(self, target: Target, content: bytes) -> Response:
        headers = {"user-agent": "segment-mapper", **target.headers, "accept-encoding": "identity"}
        # One time-out for TCP, one for TLS, both to end before the deadline: httpcore closes the socket on a time-out
        # of its own, but leaves it to the garbage collector where it is cancelled in mid-handshake.
        connect = min(target.retry.connect_timeout, target.retry.total_timeout / 3)
        timeout = httpx.Timeout(None, connect=connect)
        async with self._client.stream(
            target.method, target.url, content=content, headers=headers, timeout=timeout
        ) as answer:
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) >= MAX_ANSWER:
                    break
        names = dict(answer.headers.multi_items())
        return Response(status=answer.status_code, headers=names, body=_plain(bytes(body[:MAX_ANSWER]), names))


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file) if ca_file else _usual_trust()
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) if not isinstance(error, ssl.SSLError) else None
        message = f"can't read certificates from {ca_file}: {cause or 'not a PEM file'}"
        raise BadTrustError(message, "name a PEM file with --ca-file, or leave it out") from None


@cache
def _usual_trust() -> ssl.SSLContext:
    """One for all that a process has: the certificates take longer to read than most of its start."""
    return httpx.create_ssl_context(trust_env=False)


def _plain(body: bytes, headers: dict[str, str]) -> bytes:
    """Undo a compression nobody asked for, never into more than we would have read."""
    if headers.get("content-encoding", "").strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(body, MAX_ANSWER)
    except zlib.error:
        return body

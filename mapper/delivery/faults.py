"""What can go wrong between here and there, told without a URL."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

CERTIFICATE = "certificate not accepted"
"""How every fault begins that a certificate causes."""
UNSENDABLE = "request can't be sent"
"""How every fault begins that lies in URL or headers."""
TIMED_OUT = "timed out"
_NO_SUCH_HOST = "host name not found"

_ADVICE = {
    f"{CERTIFICATE}: made for another": "look at the address: somebody else answers there",
    f"{CERTIFICATE}: expired": "look at this machine's clock; if it is right, the destination must renew it",
    f"{CERTIFICATE}: not valid yet": "look at this machine's clock",
    CERTIFICATE: "if you trust whoever issued it, name the issuer's own certificate with --ca-file",
    _NO_SUCH_HOST: "look at the address, and at whether names are found from here; what is pending was not lost",
}

_CERTIFICATE_CAUSES = {
    9: "not valid yet",
    10: "expired",
    18: "self-signed",
    19: "self-signed certificate in its chain",
    20: "unknown issuer",
    21: "its chain is not complete",
    62: "made for another host name",
    64: "made for another address",
}


def describe(error: BaseException) -> str:
    """Say in one line what a failed exchange died of.

    The text is ours throughout: the messages of httpx and of the operating system may hold the URL.
    """
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            known = _CERTIFICATE_CAUSES.get(cause.verify_code)
            return f"{CERTIFICATE}: {known or f'OpenSSL code {cause.verify_code}'}"
    for kinds, text in _FAULTS:
        if any(isinstance(cause, kinds) for cause in chain):
            return text
    return f"connection failed ({type(error).__name__})"


_FAULTS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError), f"{UNSENDABLE}: malformed URL or header"),
    ((httpx.ConnectTimeout,), "timed out while connecting"),
    ((httpx.TimeoutException, TimeoutError), TIMED_OUT),
    ((ssl.SSLError,), "TLS handshake failed"),
    ((httpx.ProxyError,), "proxy refused"),
    ((socket.gaierror,), _NO_SUCH_HOST),
    ((ConnectionRefusedError,), "connection refused"),
    ((httpx.RemoteProtocolError,), "connection closed or garbled before the answer was whole"),
    ((ConnectionResetError, BrokenPipeError, httpx.ReadError, httpx.WriteError), "connection lost"),
    ((ValueError, OverflowError), f"{UNSENDABLE}: malformed URL or header"),
)


def advice(fault: str) -> str | None:
    """What to do about a fault told by `describe`, where more is known than that its target can't be reached."""
    return next((text for begins, text in _ADVICE.items() if fault.startswith(begins)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        current = left.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        left += [current.__context__, current.__cause__]
        if isinstance(current, BaseExceptionGroup):
            left += current.exceptions

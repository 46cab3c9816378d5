"""The connection to a cluster: requests that are repeated until they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, NamedTuple

import nats.errors
from nats.aio.client import Client

from mapper.base.json import decode, encode
from mapper.delivery.jetstream.address import Address
from mapper.delivery.jetstream.errors import ClusterError, StaleError, UnsentError

OLDEST: Final = (2, 12, 3)
"""The oldest server that will do."""
_TIMEOUT: Final = 3.0
_CONNECT: Final = 8.0
_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between tries; the last one from then on."""
_PATIENCE: Final = 3
"""Tries after which somebody is told."""
NOT_FOUND: Final = 10037
"""JetStream's error code where there is no such message."""
NO_STREAM: Final = 10059
NO_CONSUMER: Final = 10014
_WRONG_LAST: Final = 10071
_WRONG_SOON: Final = 10164
"""Another message is about to be the last one: perhaps the very same one, sent twice because no answer came."""
_NOT_NOW: Final = frozenset({10008, 10009, 10023, 10077, 10167})
"""Codes of what passes: no leader yet, not enough resources, full, more in flight than can be taken."""
_UNAVAILABLE: Final = 503
_NEVER: Final = frozenset({10039, 10074, 10076})
"""Codes that come with it all the same: no JetStream, and more replicas than a server on its own has."""
_PATIENT_PAUSES: Final = (0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 3.0, 3.0)
"""Seconds between looks whether there is a leader: an election takes up to 10 s."""
_FULL: Final = 10077
_CONNECTION: Final = (nats.errors.Error, OSError, TimeoutError)


class RefusedError(ClusterError):
    """The server refuses a request; `code` says why."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"the cluster refuses it: {description}", "`mapper nats check` looks at the queue's streams")
        self.code = code


class Stored(NamedTuple):
    """A message is stored under a sequence number; whether an equal one was before."""

    sequence: int
    duplicate: bool


class Link:
    """A connection that outlives its servers.

    Args:
        client: Connected.
        on_trouble: Told what holds requests up; None once that has passed.
    """

    def __init__(self, client: Client, on_trouble: Callable[[str | None], None]) -> None:
        self.client = client
        self.on_trouble = on_trouble
        self._hasty = asyncio.Event()
        self._trouble: str | None = None

    @property
    def max_payload(self) -> int:
        """Bytes of the longest message that the server takes."""
        return int(self.client.max_payload)

    def hasten(self) -> None:
        """Wait for no server from now on: what is not answered at once is given up, and whoever asked is told."""
        self._hasty.set()

    async def publish(
        self,
        subject: str,
        payload: bytes,
        *,
        message: str | None = None,
        last: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Stored:
        """Store a message, however long it takes.

        Args:
            message: Its id: an equal one within the stream's window is not stored again.
            last: Sequence number that the last message of this subject must have; 0: there must be none.

        Raises:
            StaleError: the last message is another one.
            UnsentError: :meth:`hasten` was called meanwhile.
            RefusedError: the server can't take it, now or later.
        """
        head = dict(headers or {})
        if message is not None:
            head["Nats-Msg-Id"] = message
        if last is not None:
            head["Nats-Expected-Last-Subject-Sequence"] = str(last)
        for pause in _PAUSES:
            try:
                answer = await self._insist(subject, payload, head)
            except RefusedError as error:
                if error.code == _WRONG_LAST:
                    break
                if error.code != _WRONG_SOON:
                    raise
                await asyncio.sleep(pause)
            else:
                return Stored(answer["seq"], bool(answer.get("duplicate")))
        raise StaleError(subject)

    async def ask(self, subject: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask JetStream's own interface, however long it takes.

        Raises:
            RefusedError: the server says no.
            UnsentError: as for :meth:`publish`.
        """
        return await self._insist(f"$JS.API.{subject}", encode(request) if request is not None else b"", {})

    async def say(self, subject: str, payload: bytes, *, reply: str = "") -> None:
        """Send what nobody answers for, and what is said again before long: left out where the client takes no more."""
        with suppress(*_CONNECTION):
            await self.client.publish(subject, payload, reply=reply)

    async def acknowledge(self, reply: str) -> bool:
        """Have a message forgotten, and know that it is; False where its consumer is not there any more."""
        for pause in _PAUSES:
            try:
                await self.client.request(reply, b"", timeout=_TIMEOUT)
            except nats.errors.NoRespondersError:
                return False
            except _CONNECTION:
                await asyncio.sleep(pause)
            else:
                return True
        return False

    async def _insist(self, subject: str, payload: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        tries = 0
        while True:
            trouble = "the cluster does not answer"
            try:
                message = await self.client.request(subject, payload, timeout=_TIMEOUT, headers=dict(headers) or None)
                answer: dict[str, Any] = decode(message.data)
                error = answer.get("error")
                if error is None:
                    self._tell(None)
                    return answer
                code = _code_of(error)
                if not _passes(error):
                    raise RefusedError(code, str(error.get("description", "no reason given")))
                trouble = "the stream is full" if code == _FULL else f"the cluster says: {error.get('description')}"
            except nats.errors.NoRespondersError:
                trouble = "the stream has no leader"
            except nats.errors.MaxPayloadError:
                raise RefusedError(0, "the message is longer than the server takes") from None
            except _CONNECTION:
                pass
            tries += 1
            if tries >= _PATIENCE or trouble == "the stream is full":
                self._tell(trouble)
            await self._pause(tries, trouble)

    async def _pause(self, tries: int, trouble: str) -> None:
        if self._hasty.is_set():
            raise UnsentError(trouble)
        try:
            await asyncio.wait_for(self._hasty.wait(), _PAUSES[min(tries, len(_PAUSES)) - 1])
        except TimeoutError:
            return
        raise UnsentError(trouble)

    def _tell(self, trouble: str | None) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self.on_trouble(trouble)


@asynccontextmanager
async def connected(address: Address, on_trouble: Callable[[str | None], None] = lambda _: None) -> AsyncIterator[Link]:
    """A connection to a cluster that will do.

    Raises:
        ClusterError: nobody answers there, or a server is too old, or has no JetStream.
    """
    client = Client()
    failures: list[Exception] = []

    async def failed(error: Exception) -> None:
        """The client would write to stderr; who waits for an answer is told in due course."""
        if not any(map(_is_refusal, failures)):  # which says more than what follows from it
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
                ping_interval=5,
                max_outstanding_pings=2,
                error_cb=failed,
            )
    except _CONNECTION as error:
        await client.close()
        raise _unreachable(address, failures[-1] if failures else error) from None
    except BaseException:
        await client.close()
        raise
    try:
        await _check_server(client, address)
        yield Link(client, on_trouble)
    finally:
        await client.close()


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, nats.errors.AuthorizationError) or "authorization" in str(error).lower()


def _unreachable(address: Address, error: Exception) -> ClusterError:
    if _is_refusal(error):
        return ClusterError(f"{address}: the server refuses these credentials", "look at user and password in --queue")
    return ClusterError(
        f"{address}: no NATS server answers there",
        "is it running, and are host and port right? nats://host:4222/name",
    )


async def _check_server(client: Client, address: Address) -> None:
    version = client.connected_server_version
    if (version.major, version.minor, version.patch) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ClusterError(
            f"{address}: the server has version {version.major}.{version.minor}.{version.patch}",
            f"{oldest} or newer is needed: older ones may lose what they have acknowledged",
        )
    error, trouble = await _ask_about_jetstream(client)
    if error is not None:
        raise ClusterError(f"{address}: no JetStream for this account: {error.get('description')}")
    if isinstance(trouble, nats.errors.NoRespondersError):
        raise ClusterError(f"{address}: the server has no JetStream", "start it with `jetstream` configured")
    if trouble is not None:
        raise ClusterError(f"{address}: JetStream does not answer", "has the cluster a majority of its servers?")


async def _ask_about_jetstream(client: Client) -> tuple[dict[str, Any] | None, Exception | None]:
    """What it says is wrong, or why it says nothing; both while a cluster chooses a leader, which is waited for."""
    error: dict[str, Any] | None = None
    trouble: Exception | None = None
    for pause in _PATIENT_PAUSES:
        try:
            message = await client.request("$JS.API.INFO", b"", timeout=_TIMEOUT)
            error, trouble = decode(message.data).get("error"), None
            if error is None or not _passes(error):
                break
        except _CONNECTION as failure:
            error, trouble = None, failure
        await asyncio.sleep(pause)
    return error, trouble


def _passes(error: Mapping[str, Any]) -> bool:
    """Whether what the server says is wrong is so for now."""
    code = _code_of(error)
    return code in _NOT_NOW or (error.get("code") == _UNAVAILABLE and code not in _NEVER)


def _code_of(error: Mapping[str, Any]) -> int:
    return int(error.get("err_code", error.get("code", 0)))

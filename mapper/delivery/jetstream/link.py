"""The connection to a cluster: requests that are repeated until they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import nats.errors
from nats.aio.client import Client

from mapper.base.json import decode, encode
from mapper.delivery.jetstream.codes import FULL, NOT_FOUND, WRONG_LAST, WRONG_SOON, code_of, passes
from mapper.delivery.jetstream.denied import Denied
from mapper.delivery.jetstream.errors import ClusterError, StaleError, UnsentError

TIMEOUT: Final = 3.0
"""Seconds for which an answer is waited for before it is asked again."""
_HASTY: Final = 0.5
_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between tries; the last one from then on."""
_PATIENCE: Final = 3
"""Tries after which somebody is told."""
_ELECTION: Final = 12
"""Seconds, about, for which a server is given time to learn who leads a stream."""
CONNECTION: Final = (nats.errors.Error, OSError, TimeoutError)
GARBLED: Final = (ValueError, LookupError, TypeError, AttributeError)
"""What the client stumbles with over words that are none of a NATS server's."""
_WHO: Final = "$SYS.REQ.USER.INFO"
"""Answered by the server that one is connected to."""


class RefusedError(ClusterError):
    """The server refuses a request; `code` says why."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"the cluster refuses it: {description}", "`mapper nats check` looks at the queue's streams")
        self.code = code


class Stored(NamedTuple):
    """A message is stored under a sequence number; whether an equal one was before."""

    sequence: int
    duplicate: bool


class Identity(NamedTuple):
    """Who a server is: its name, and an id that no other one has; empty where it does not say."""

    name: str
    id: str


class Link:
    """A connection that outlives its servers.

    Args:
        client: Connected.
        on_trouble: Told what holds requests up; None once that has passed.
        denied: What the server refuses.
    """

    def __init__(self, client: Client, on_trouble: Callable[[str | None], None], denied: Denied) -> None:
        self.client = client
        self.on_trouble = on_trouble
        self.denied = denied
        self._hasty = asyncio.Event()
        self._trouble: str | None = None
        self._held_up: str | None = None
        self._wrong: str | None = None
        self._stuck: set[object] = set()

    @property
    def max_payload(self) -> int:
        """Bytes of the longest message that the server takes."""
        return int(self.client.max_payload)

    async def server(self) -> Identity:
        """Who answers; empty where it does not say, or keeps nothing itself, for want of JetStream."""
        try:
            said = decode((await self.client.request(_WHO, b"", timeout=TIMEOUT)).data)["server"]
            return Identity(said["name"], said["id"] if said.get("jetstream") else "")
        except (*CONNECTION, *GARBLED):
            return Identity("", "")

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
            mapper.delivery.jetstream.denied.DeniedError: this user may not.
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
                if error.code == WRONG_LAST:
                    break
                if error.code != WRONG_SOON:
                    raise
                await asyncio.sleep(pause)
            else:
                return Stored(answer["seq"], bool(answer.get("duplicate")))
        raise StaleError(subject)

    async def ask(self, subject: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask JetStream's own interface, however long it takes.

        Raises:
            RefusedError: the server says no.
            UnsentError, mapper.delivery.jetstream.denied.DeniedError: as for :meth:`publish`.
        """
        return await self._insist(f"$JS.API.{subject}", encode(request) if request is not None else b"", {})

    async def stream(self, name: str, subjects: str | None = None) -> dict[str, Any]:
        """What is known of a stream, with how many messages each subject that fits has, where any are named.

        A server that was cut off answers for a while with what it knew before. It does not know who leads then.

        Raises:
            RefusedError, UnsentError, mapper.delivery.jetstream.denied.DeniedError: as for :meth:`ask`.
        """
        request = None if subjects is None else {"subjects_filter": subjects}
        for _ in range(_ELECTION):
            info = await self.ask(f"STREAM.INFO.{name}", request)
            if "cluster" not in info or info["cluster"].get("leader"):
                break
            await asyncio.sleep(_PAUSES[-1])
        return info

    async def message(self, stream: str, which: Mapping[str, Any]) -> dict[str, Any] | None:
        """A message of a stream as its leader has it, encoded as in JSON; None where it has none.

        Args:
            stream: Its name.
            which: As JetStream's interface has it: ``seq``, ``last_by_subj``, or ``seq`` with ``next_by_subj``.

        Raises:
            RefusedError, UnsentError, mapper.delivery.jetstream.denied.DeniedError: as for :meth:`ask`.
        """
        try:
            found: dict[str, Any] = (await self.ask(f"STREAM.MSG.GET.{stream}", which))["message"]
        except RefusedError as error:
            if error.code != NOT_FOUND:
                raise
            return None
        return found

    async def say(
        self, subject: str, payload: bytes, *, reply: str = "", headers: Mapping[str, str] | None = None
    ) -> bool:
        """Send what nobody answers for; False where the client takes no more, and it is left out."""
        try:
            await self.client.publish(subject, payload, reply=reply, headers=dict(headers) if headers else None)
        except CONNECTION:
            return False
        return True

    async def acknowledge(self, reply: str) -> bool:
        """Have a message forgotten, and know that it is; False where its consumer is not there any more."""
        for pause in _PAUSES:
            try:
                await self.client.request(reply, b"", timeout=TIMEOUT)
            except nats.errors.NoRespondersError:
                return False
            except CONNECTION:
                await asyncio.sleep(pause)
            else:
                return True
        return False

    async def _insist(self, subject: str, payload: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        """Trouble is over once nothing is held up: streams have leaders of their own, one before another."""
        me = object()
        try:
            return await self._repeat(me, subject, payload, headers)
        finally:
            self._stuck.discard(me)

    async def _repeat(self, me: object, subject: str, payload: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        tries = 0
        while True:
            trouble = "the cluster does not answer"
            timeout = _HASTY if self._hasty.is_set() else TIMEOUT
            self.denied.forget(subject)
            try:
                message = await self.client.request(subject, payload, timeout=timeout, headers=dict(headers) or None)
                answer: dict[str, Any] = decode(message.data)
                error = answer.get("error")
                if error is None:
                    self._stuck.discard(me)
                    if not self._stuck:
                        self._tell(None)
                    return answer
                code = code_of(error)
                if not passes(error, storing=not subject.startswith("$JS.API.")):
                    raise RefusedError(code, str(error.get("description", "no reason given")))
                trouble = "the stream is full" if code == FULL else f"the cluster says: {error.get('description')}"
            except nats.errors.NoRespondersError:
                trouble = "the stream has no leader"
            except nats.errors.MaxPayloadError:
                raise RefusedError(0, "the message is longer than the server takes") from None
            except CONNECTION:
                self.denied.check(subject)
            tries += 1
            if tries >= _PATIENCE or trouble == "the stream is full":
                self._stuck.add(me)
                self._tell(trouble)
            await self._pause(tries, trouble)

    async def _pause(self, tries: int, trouble: str) -> None:
        await self.pause(_PAUSES[min(tries, len(_PAUSES)) - 1], trouble)

    async def pause(self, seconds: float, trouble: str) -> None:
        """Wait for that long.

        Raises:
            UnsentError: :meth:`hasten` was called, before or meanwhile.
        """
        if self._hasty.is_set():
            raise UnsentError(trouble)
        try:
            await asyncio.wait_for(self._hasty.wait(), seconds)
        except TimeoutError:
            return
        raise UnsentError(trouble)

    def object_to(self, wrong: str | None) -> None:
        """Tell of what no answer of the cluster puts right; None once it is."""
        self._wrong = wrong
        self._tell(self._held_up)

    def _tell(self, held_up: str | None) -> None:
        self._held_up = held_up
        trouble = self._wrong or held_up
        if trouble != self._trouble:
            self._trouble = trouble
            self.on_trouble(trouble)

"""What a server takes for delivered, and did not reach us."""

from __future__ import annotations

from nats.aio.msg import Msg

from mapper.delivery.jetstream.link import Link


class Gaps:
    """Of a consumer, which gives messages in the order of the stream, but for those that come once more.

    What is under way when a server dies or a connection breaks does not arrive. The server sends it again, but only
    when it has waited for an acknowledgement long enough, and until then what comes behind it.

    Args:
        link: To the cluster.
        stream: Where the messages are.
        subject: Of all of them.
    """

    def __init__(self, link: Link, stream: str, subject: str) -> None:
        self._link = link
        self._stream = stream
        self._subject = subject
        self._last = 0
        self._delivery: int | None = None

    def anew(self) -> None:
        """Messages were asked for anew: who answers may be another server, which counts deliveries from elsewhere."""
        self._delivery = None

    async def before(self, message: Msg) -> bool:
        """Whether one is missing that goes before this message; one that is not missing counts as come."""
        place = message.metadata.sequence
        is_next = place.stream <= self._last + 1 or (
            self._delivery is not None and place.consumer == self._delivery + 1
        )
        self._delivery = place.consumer
        if not is_next and await self._next() < place.stream:
            return True
        self._last = max(self._last, place.stream)
        return False

    async def _next(self) -> int:
        """Of the message that follows the last one that came; 0: who leads the stream has none, or not yet."""
        request = {"seq": self._last + 1, "next_by_subj": self._subject}
        message = await self._link.message(self._stream, request)
        return 0 if message is None else int(message["seq"])

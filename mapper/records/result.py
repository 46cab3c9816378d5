"""What becomes of a call: one result for each accepting mapping, or one that says why there is none.

These are made once or more for every call, hence msgspec Structs: a frozen dataclass costs several times as much.
They may cross to another process, as arrays with a tag.
"""

from __future__ import annotations

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """One event for a destination, before it joins a batch. Holds no URL, no header and no secret.

    Attributes:
        destination: Id of the mapping set, such as ``acme``.
        name: Which of the destination's requests; it gives URL, headers, framing and limits when sent.
        mapping: The mapping that made it.
        body: One JSON object, UTF-8, without line ends.
        order_key: Requests of one key reach the destination in the order of their calls; None: no order asked.
        after: A mapping of the same call whose request must be delivered first, or None.
    """

    destination: str
    name: str
    mapping: str
    body: bytes
    order_key: str | None = None
    after: str | None = None


class Mapped(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True, tag=True, tag_field="is"):
    """The call became a request. `index` is the position among the lines given to ``apply``."""

    index: int
    message_id: str | None
    type: str
    request: Request

    @property
    def destination(self) -> str:
        """Id of the mapping set, as the other results have it."""
        return self.request.destination

    @property
    def mapping(self) -> str:
        """The mapping that made the request, as the other results have it."""
        return self.request.mapping


class Skipped(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True, tag=True, tag_field="is"):
    """The call is deliberately not sent; a success. `mapping` is None where the whole destination skips it."""

    index: int
    message_id: str | None
    type: str | None
    destination: str
    mapping: str | None
    reason: str


class Unmappable(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True, tag=True, tag_field="is"):
    """The call should have become a request and can't. `reason` names the field or the expression's place."""

    index: int
    message_id: str | None
    type: str | None
    destination: str | None
    mapping: str | None
    reason: str


class Invalid(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True, tag=True, tag_field="is"):
    """The line is no call at all; `reason` says why, with the column where there is one."""

    index: int
    reason: str


Result = Mapped | Skipped | Unmappable | Invalid

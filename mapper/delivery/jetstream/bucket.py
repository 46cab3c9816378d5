"""A bucket of keys and values, each under the sequence number of its last change."""

from __future__ import annotations

import base64
from typing import Final, NamedTuple

from mapper.delivery.jetstream.link import Link

_DELETED: Final = {"KV-Operation": "DEL"}


class Entry(NamedTuple):
    """A value, None where there is none, and its revision; 0: the key never was there."""

    value: bytes | None
    revision: int


class Bucket:
    """Of the cluster; read where it is written, never from a copy that may lag behind."""

    def __init__(self, link: Link, name: str) -> None:
        self._link = link
        self._stream = f"KV_{name}"
        self._prefix = f"$KV.{name}."

    async def get(self, key: str) -> Entry:
        """What stands under a key."""
        message = await self._link.message(self._stream, {"last_by_subj": self._prefix + key})
        if message is None:
            return Entry(None, 0)
        headers = base64.b64decode(message.get("hdrs", ""))
        is_gone = b"KV-Operation:" in headers or b"Nats-Marker-Reason:" in headers
        return Entry(None if is_gone else base64.b64decode(message.get("data", "")), message["seq"])

    async def put(self, key: str, value: bytes) -> int:
        """Write, whatever was there; the new revision."""
        return (await self._link.publish(self._prefix + key, value)).sequence

    async def update(self, key: str, value: bytes, revision: int) -> int:
        """Write where nothing was written since `revision`; the new one.

        Raises:
            StaleError: something was.
        """
        return (await self._link.publish(self._prefix + key, value, last=revision)).sequence

    async def delete(self, key: str, revision: int | None = None) -> None:
        """Forget a key. Raises :class:`StaleError`, where a revision is given, as for :meth:`update`."""
        await self._link.publish(self._prefix + key, b"", last=revision, headers=_DELETED)

    async def purge(self, key: str) -> None:
        """Forget a key, and that it was there."""
        await self._link.ask(f"STREAM.PURGE.{self._stream}", {"filter": self._prefix + key})

    async def keys(self, prefix: str) -> list[str]:
        """Those that begin with a prefix which ends in a dot, with those deleted among them."""
        answer = await self._link.stream(self._stream, f"{self._prefix}{prefix}>")
        subjects = answer["state"].get("subjects") or {}
        return sorted(subject.removeprefix(self._prefix) for subject in subjects)

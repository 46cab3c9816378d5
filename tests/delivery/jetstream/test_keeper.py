"""Writing the book of a partition, where the cluster refuses it."""

from __future__ import annotations

import asyncio
import gc
from unittest.mock import AsyncMock

import pytest

from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.keeper import Keeper
from mapper.delivery.jetstream.layout import Wishes, make
from mapper.delivery.jetstream.link import RefusedError
from mapper.delivery.jetstream.names import Names
from tests.delivery.jetstream.kit import fresh
from tests.delivery.kit import run
from tests.support.nats import Server


def test_what_is_refused_at_the_end_is_told_once(server: Server) -> None:
    """By an error, and not also by a traceback of asyncio."""
    untold: list[object] = []

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: untold.append(context))
        address = fresh(server.url)
        names = Names(address.name)
        async with connected(address) as link:
            await make(link, names, Wishes(replicas=1))
            keeper = Keeper(link, Bucket(link, names.state), "book.0", names.seen_of(0), "me", lambda: None)
            await keeper.take_over(AsyncMock(return_value=""))
            config = (await link.ask(f"STREAM.INFO.KV_{names.state}"))["config"]
            await link.ask(f"STREAM.UPDATE.KV_{names.state}", {**config, "max_msg_size": 10})
            keeper.change(lambda book: book.count({("skipped", "why"): 1}))
            with pytest.raises(RefusedError, match="message size"):
                await keeper.close()

    run(scenario())
    gc.collect()
    assert untold == []

"""A canary in path, header and the destination's own words: it must show nowhere but on the wire."""

from __future__ import annotations

import asyncio
import logging
import logging.config
import traceback
from collections.abc import Iterator

import httpx
import pytest

from mapper.delivery.memory import MemoryQueue
from mapper.delivery.quiet import unlogged
from mapper.delivery.send import HttpSender
from mapper.delivery.worker import deliver
from mapper.records.policy import RetryPolicy
from tests.delivery.kit import KEY, Diary, FastClock, item, run, target
from tests.delivery.scripted import Reply, scripted, unused_port

CANARY = "c4n4ry-k3y"
HEADERS = {"authorization": f"Bearer {CANARY}"}
QUICK = RetryPolicy(connect_timeout=1.0, total_timeout=3.0)


class Collected(logging.Handler):
    """Every record of every logger, formatted."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {self.format(record)}")


@pytest.fixture(name="logs")
def _logs() -> Iterator[Collected]:
    """Everything that is logged, with every logger as talkative as it can be."""
    collected = Collected()
    talkative = {
        name: {"level": "DEBUG", "propagate": True} for name in ("httpx", "httpcore", "httpcore.http11", "asyncio")
    }
    logging.config.dictConfig(
        {"version": 1, "disable_existing_loggers": False, "loggers": talkative, "root": {"level": "DEBUG"}}
    )
    logging.getLogger().addHandler(collected)
    yield collected
    logging.getLogger().removeHandler(collected)
    logging.getLogger().setLevel(logging.WARNING)
    for name in talkative:
        logging.getLogger(name).setLevel(logging.NOTSET)


ECHO = f"no such path: /v1/{CANARY} for {CANARY}".encode()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(),
        Reply(401, body=ECHO),
        Reply(302, {"location": f"/v2/{CANARY}"}),
        Reply(409, body=ECHO),
        Reply(400, body=ECHO),
        Reply(500, body=ECHO),
        Reply(429, body=ECHO),
        Reply(fault="cut", body=ECHO),
        Reply(fault="hang"),
        Reply(fault="reset"),
        None,
    ],
    ids=lambda reply: "refused" if reply is None else reply.fault or str(reply.status),
)
def test_delivery_tells_no_secret(
    reply: Reply | None, logs: Collected, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    diary = Diary(mask=lambda text: text.replace(CANARY, "***"))

    async def scenario() -> object:
        queue = MemoryQueue()
        await queue.put([item(1), item(2)])
        queue.close()
        async with scripted(lambda _: reply or Reply()) as server, HttpSender() as sender:
            base = server.url if reply else f"http://127.0.0.1:{unused_port()}"
            hangs = reply is not None and reply.fault == "hang"
            goal = target(f"{base}/v1/{CANARY}", headers=HEADERS, retry=QUICK if hangs else None)
            report = await deliver(
                queue,
                {KEY: goal},
                sender=sender,
                clock=FastClock(),
                listener=diary.listener,
                give_up_after=20.0,
                grace=30_000.0,
            )
            assert bool(server.received) == (reply is not None)
            return report, goal

    told = [repr(run(scenario())), repr(diary.settled), repr(diary.troubles), caplog.text, *capfd.readouterr()]
    assert diary.settled or diary.troubles
    assert CANARY not in "\n".join([*told, *logs.lines])


@pytest.mark.parametrize(
    "url",
    [
        f"http://127.0.0.1:1/{CANARY}",
        f"ftp://x/{CANARY}",
        f"http://no-such-host.invalid/{CANARY}",
        f"http://[{CANARY}/",
        f"{CANARY}",
        f"http://127.0.0.1:99999999/{CANARY}",
    ],
)
def test_a_fault_names_no_url(url: str, logs: Collected) -> None:
    async def scenario() -> str:
        async with HttpSender() as sender:
            return repr(await sender.send(target(url, headers=HEADERS), b"{}"))

    assert CANARY not in run(scenario()) + "".join(logs.lines)


def test_a_crash_while_sending_shows_none_either(logs: Collected) -> None:
    async def scenario() -> str:
        async with scripted(lambda _: Reply(fault="hang")) as server, HttpSender() as sender:
            sending = asyncio.create_task(sender.send(target(f"{server.url}/{CANARY}", headers=HEADERS), b"{}"))
            while not server.received:
                await asyncio.sleep(0.005)
            sending.cancel()
            try:
                await sending
            except asyncio.CancelledError as error:
                return "".join(traceback.format_exception(error))
        return CANARY

    assert CANARY not in run(scenario()) + "".join(logs.lines)


def test_the_logs_of_others_are_left_alone_and_would_have_shown_it(logs: Collected) -> None:
    async def scenario() -> None:
        async with scripted(lambda _: Reply()) as server, httpx.AsyncClient(trust_env=False) as client:
            with unlogged():
                await client.post(f"{server.url}/{CANARY}-hidden", content=b"")
            await client.post(f"{server.url}/{CANARY}-shown", content=b"")

    run(scenario())
    assert f"{CANARY}-shown" in "".join(logs.lines)
    assert "hidden" not in "".join(logs.lines)

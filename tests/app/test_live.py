"""What a run says of its troubles, for whoever asks how its queue stands."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from mapper.app.live import Live
from mapper.app.standing import as_text
from mapper.delivery.durable.view import View, view
from mapper.delivery.queue import Dead, Delivered, Item, Settlement
from mapper.delivery.report import Trouble
from tests.delivery.durable.kit import HandClock, Process
from tests.delivery.kit import item, run

TROUBLE = Trouble(destination="shop", name="event", ruling="retry", because="HTTP 500", status=500, events=1, wait=1.0)


def delivered(one: Item) -> Delivered:
    return Delivered(item=one, status=202)


def refused(one: Item) -> Dead:
    return Dead(item=one, reason="rejected", because="HTTP 400: no name", status=400)


def told(tmp_path: Path, *events: Trouble | Settlement) -> View:
    """What stands in the queue after these, a minute apart."""

    async def scenario() -> View:
        clock = HandClock()
        process = Process(tmp_path / "q.db", clock)
        live = Live(process.queue, clock)
        live.recall(await process.queue.told("last_error"))
        async with live.telling():
            for event in events:
                clock.move(60)
                live.note(event) if isinstance(event, Trouble) else live.settled(event)
                await asyncio.sleep(0)
        process.end()
        return view(tmp_path / "q.db")

    found: View = run(scenario())
    return found


def last_error(found: View) -> dict[str, Any]:
    error: dict[str, Any] = found.live["last_error"][1]
    return error


def test_a_trouble_that_has_passed_says_so(tmp_path: Path) -> None:
    found = told(tmp_path, TROUBLE, delivered(item(1, name="other")), delivered(item(2)), delivered(item(3)))
    error = last_error(found)
    assert error["delivered_since"] == error["at"] + 120_000
    now = error["at"] + 3_600_000
    assert "last error 1 h 0 min ago: shop/event: HTTP 500; delivered since\n" in as_text(found, now)


def test_a_trouble_of_the_run_before_that_has_passed_says_so(tmp_path: Path) -> None:
    before = last_error(told(tmp_path, TROUBLE))
    assert last_error(told(tmp_path)) == before
    assert last_error(told(tmp_path, delivered(item(1, name="other")))) == before
    after = last_error(told(tmp_path, delivered(item(2))))
    assert after == before | {"delivered_since": after["delivered_since"]}
    assert after["delivered_since"] is not None


def test_another_request_does_not_say_that_it_has(tmp_path: Path) -> None:
    found = told(tmp_path, TROUBLE, delivered(item(1, name="other")), delivered(item(2, destination="mall")))
    assert last_error(found)["delivered_since"] is None
    assert "shop/event: HTTP 500\n" in as_text(found, last_error(found)["at"])


def test_a_refusal_is_an_error_too(tmp_path: Path) -> None:
    found = told(tmp_path, TROUBLE, delivered(item(1)), refused(item(2)))
    error = last_error(found)
    assert (error["ruling"], error["because"], error["status"]) == ("rejected", "HTTP 400: no name", 400)
    assert error["delivered_since"] is None

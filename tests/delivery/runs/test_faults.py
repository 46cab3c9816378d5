"""A destination that fails in every way there is: nothing is lost, nobody storms, nobody is stuck."""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.cli.echo import Echo
from tests.delivery.runs.kit import BATCH, MAX_WAIT, Line, Shop, hurried, opened
from tests.support.awaiting import PATIENCE

COUNT = 12 * BATCH
LATE = 3
"""Seconds after which an answer is too late, where some are to be: many, for a busy machine is slow with others too."""
SLACK = 30.0
"""Seconds that a busy machine may take for what takes no time."""


@pytest.fixture(scope="module")
def any_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="module")
def any_hurried_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(tmp_path_factory.mktemp("hurried"), files=hurried(LATE)) as shop:
        yield shop


@pytest.fixture
def shop(any_shop: Shop, tmp_path: Path) -> Shop:
    shop = any_shop.anew(tmp_path)
    shop.calls(COUNT)
    return shop


def gaps(lines: Sequence[Line]) -> list[float]:
    """Seconds from each answer to the next."""
    return [later.at - earlier.at for earlier, later in pairwise(lines)]


TIMES = 3
TRANSIENT: dict[str, tuple[dict[str, Any], str, bool]] = {
    # the fault, what the sandbox says of it, and whether it may have taken the events
    "500": ({"status": 500}, "500", False),
    "502, the events taken": ({"status": 502, "partial": True}, "502", True),
    "503": ({"status": 503}, "503", False),
    "408": ({"status": 408}, "408", False),
    "closed at once": ({"close": "before"}, "close before", False),
    "reset after reading": ({"close": "after-read"}, "close after-read", False),
    "closed in mid-body": ({"close": "mid-body"}, "202 cut", True),
    "truncated": ({"truncate": 3}, "202", False),
}
TIMED_OUT: dict[str, tuple[dict[str, Any], str, bool]] = {
    "hang": ({"hang": True}, "hang", False),
    "hang, the events taken": ({"hang": True, "partial": True}, "hang", True),
    "a byte a second": ({"slow": 1}, "202", True),
    "late": ({"delay": 2 * LATE}, "202", True),
}


@pytest.mark.long
@pytest.mark.parametrize(("fault", "said", "taken"), TRANSIENT.values(), ids=TRANSIENT)
def test_all_arrives_and_nobody_is_stuck(fault: dict[str, Any], said: str, taken: bool, shop: Shop) -> None:
    expect_recovery(shop, fault, said, taken=taken, late=fault.get("status") == 408)


@pytest.mark.long
@pytest.mark.parametrize(("fault", "said", "taken"), TIMED_OUT.values(), ids=TIMED_OUT)
def test_nor_where_answers_come_too_late(
    fault: dict[str, Any], said: str, taken: bool, any_hurried_shop: Shop, tmp_path: Path
) -> None:
    shop = any_hurried_shop.anew(tmp_path)
    shop.calls(COUNT)
    expect_recovery(shop, fault, said, taken=taken, late=True)
    time.sleep(fault.get("delay", 0.0))  # until the sandbox has said what it has to say


def expect_recovery(shop: Shop, fault: dict[str, Any], said: str, *, taken: bool, late: bool) -> None:
    """Run while some requests fail like this.

    Args:
        said: What the sandbox says of each.
        taken: Whether it may have taken the events.
        late: Whether it is a time-out.
    """
    shop.sandbox.fault({**fault, "after": 2, "times": TIMES})
    ended = shop.run("--concurrency", "2")
    assert ended.code == 0, ended.err
    assert shop.expect_all(COUNT) <= TIMES * BATCH * taken
    lines = shop.lines()
    assert sum(line.answer == said for line in lines) >= TIMES
    assert max(gaps(lines)) < LATE + MAX_WAIT + SLACK, "stuck"
    most = COUNT // BATCH + TIMES * (1 + BATCH * late)  # what timed out goes on one by one, what failed as it was
    assert len(lines) < 2 * most, "a storm"


@pytest.mark.long
def test_one_user_hangs_and_those_not_in_a_batch_with_it_do_not_wait(any_hurried_shop: Shop, tmp_path: Path) -> None:
    shop = any_hurried_shop.anew(tmp_path)
    shop.calls(COUNT, users=6 * BATCH)
    shop.sandbox.fault({"match": {"user": "u7"}, "hang": True})
    process, deadline = shop.start("--concurrency", "4"), time.monotonic() + PATIENCE
    while shop.taken < COUNT - 2:
        assert time.monotonic() < deadline, "its neighbours are held up"
        time.sleep(0.02)
    first = next(line.at for line in shop.lines() if line.answer == "hang")
    early = [line for line in shop.lines() if line.answer == "202" and line.at < first + LATE]
    assert len(early) >= 2 * 5, "those of five batches of users, of two events each, wait for nobody"
    shop.sandbox.client.delete("/faults")
    assert process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0
    assert shop.expect_all(COUNT) == 0


PATIENT: dict[str, tuple[Any, Callable[[float], float], float]] = {
    # Retry-After, until when nothing may be sent if it was given then, and after how many seconds something must be
    "seconds": (1, lambda then: then + 1.0, 1.0),
    "fractions of a second": ("0.75", lambda then: then + 0.75, 0.75),
    "a date": ({"date_in": 2}, lambda then: math.floor(then + 2.0 - 0.05), 2.0),
    "a date gone by": ({"date_in": -7200}, lambda then: then, 0.0),
    "absurd seconds": ("9" * 30, lambda then: then + MAX_WAIT, MAX_WAIT),
    "an absurd date": ("Fri, 31 Dec 9999 23:59:59 GMT", lambda then: then + MAX_WAIT, MAX_WAIT),
    "negative": ("-5", lambda then: then, 0.0),
    "nothing": (0, lambda then: then, 0.0),
    "garbage": ("soon, I hope", lambda then: then, 0.0),
    "empty": ("", lambda then: then, 0.0),
}


@pytest.mark.long
@pytest.mark.parametrize(("asked", "until", "at_last"), PATIENT.values(), ids=PATIENT)
def test_nothing_is_sent_before_retry_after(
    asked: Any, until: Callable[[float], float], at_last: float, shop: Shop
) -> None:
    shop.sandbox.fault(*({"status": status, "retry_after": asked, "after": 2, "times": 1} for status in (429, 503)))
    ended = shop.run("--concurrency", "1")
    assert ended.code == 0, ended.err
    assert shop.expect_all(COUNT) == 0
    refused = [(line, later) for line, later in pairwise(shop.lines()) if line.answer != "202"]
    assert [line.answer for line, _ in refused] == ["429", "503"]
    for line, later in refused:
        assert later.at >= until(line.at) - 0.005, "too early"
        assert later.at < line.at + at_last + SLACK, "too late"


@contextmanager
def another_certificate(folder: Path) -> Iterator[str]:
    """A destination whose certificate nobody vouches for; its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    echo = Echo(200)
    with echo.serving(context) as url:
        yield url
    assert echo.paths == []


@contextmanager
def no_such_name(folder: Path) -> Iterator[str]:
    yield "https://shop.invalid"


LASTING = {
    "certificate": (
        another_certificate,
        "shop: certificate not accepted: unknown issuer from URL/events\n"
        "  help: if you trust whoever issued it, name the issuer's own certificate with --ca-file\n",
    ),
    "name": (
        no_such_name,
        "shop: no success for 0.7 s, at last host name not found from URL/events\n"
        "  help: look at the address, and at whether names are found from here; what is pending was not lost\n",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize(("there", "said"), LASTING.values(), ids=LASTING)
def test_what_does_not_pass_ends_the_run_and_the_next_one_delivers(
    there: Callable[[Path], Any], said: str, shop: Shop
) -> None:
    with there(shop.folder) as url:
        ended = shop.run("--give-up-after", "700ms", base=url)
    assert ended.code == 1
    assert ended.err == (
        f"mappings: shop from {shop.mappings}\n"
        f"{said.replace('URL', url)}"
        "read      240\n"
        "delivered   0\n"
        "skipped     0\n"
        "dead        0\n"
        "pending   240\n"
        "first line not settled: calls.ndjson:1\n"
        f"  go on with: mapper run calls.ndjson --mappings {shop.mappings} --queue q.db"
        f" --base-url {url} --give-up-after 700ms\n"
    )
    assert (shop.status()["pending"], shop.status()["process"]) == (COUNT, None)
    again = shop.run()
    assert again.code == 0, again.err
    assert "q.db: 240 requests of earlier runs are sent too\n" in again.err
    assert shop.expect_all(COUNT) == 0


@pytest.mark.long
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_key_pauses_the_destination_and_the_next_run_delivers(status: int, shop: Shop) -> None:
    shop.sandbox.fault({"status": status, "after": 3})
    ended = shop.run("--concurrency", "1")
    assert ended.code == 1
    assert ended.err == (
        f"mappings: shop from {shop.mappings}\n"
        f"shop: HTTP {status} from {shop.sandbox.base_url}/events\n"
        "  help: look at the setting `token`\n"
        "read      240\n"
        "delivered  60\n"
        "skipped     0\n"
        "dead        0\n"
        "pending   180\n"
        "first line not settled: calls.ndjson:61\n"
        f"  go on with: mapper run calls.ndjson --mappings {shop.mappings} --queue q.db"
        f" --base-url {shop.sandbox.base_url} --concurrency 1\n"
    )
    assert [line.answer for line in shop.lines()] == ["202"] * 3 + [str(status)]
    assert shop.status()["last_error"]["because"] == f"HTTP {status}"
    shop.sandbox.client.delete("/faults")
    assert shop.run().code == 0
    assert shop.expect_all(COUNT) == 0
    assert not any(b"sandbox-token" in path.read_bytes() for path in shop.folder.glob("q.db*"))

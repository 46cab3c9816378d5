"""Damage is planted in queue files: `check` finds it, `repair` leaves a queue that works and whose ledger balances."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from mapper.delivery.durable.check import check, repair
from mapper.delivery.durable.database import Database, connect_to_read, rows_of
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.letters import Choice, letters
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.queue import Letter
from tests.delivery.durable.kit import HandClock, drain, fill, quick_folder
from tests.delivery.durable.model import numbers
from tests.delivery.durable.planting import alter_payload, plant
from tests.delivery.kit import run
from tests.support.torture import scaled


@pytest.fixture
def path() -> Iterator[Path]:
    with quick_folder() as folder:
        yield Path(folder) / "q.db"


def page_of(path: Path, table: str, chance: random.Random) -> int:
    """A page of a table that holds rows, 1-based."""
    query = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype <> 'internal'"
    with closing(apsw.Connection(str(path))) as connection:
        return int(chance.choice(sorted(row[0] for row in rows_of(connection, query, (table,)))))


def overwrite_page(path: Path, page: int, by: bytes) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * 8192)
        file.write(by)


def kinds(path: Path) -> list[str]:
    return [finding.kind for finding in check(path)]


def damaged(path: Path) -> list[Letter]:
    with closing(connect_to_read(path)) as connection:
        return [kept.letter for kept in letters(connection, Choice(kinds=["damaged"]))]


def what_works(path: Path) -> tuple[list[int], Counter[str]]:
    """The queue opens, its ledger balances, and everything in it can be sent: the ids, and the ledger by kind."""

    async def work() -> tuple[list[int], Counter[str]]:
        queue = DurableQueue(Database(path), HandClock())
        totals: Counter[str] = Counter()
        for (kind, _), results in queue.ledger.items():
            totals[kind] += results
        dead = sum(totals[kind] for kind in totals if kind not in {"lines", "read", "delivered", "skipped"})
        pending = queue.counts().pending
        left = await drain(queue)
        queue.shut()
        assert totals["read"] == totals["delivered"] + totals["skipped"] + dead + pending
        assert pending == len(left)
        return sorted(numbers(left)), totals

    assert check(path) == []
    works: tuple[list[int], Counter[str]] = run(work())
    assert check(path) == []
    return works


def test_a_sound_file(path: Path) -> None:
    waiting = fill(path)
    assert check(path) == []
    assert repair(path).findings == ()
    assert what_works(path)[0] == waiting


def test_looks_while_another_has_it_but_does_not_touch_it(path: Path) -> None:
    fill(path)
    database = Database(path)
    plant(path, "UPDATE pending SET items = 5")
    assert kinds(path) == ["pending"]
    with pytest.raises(QueueFileError, match="in use by process"):
        repair(path)
    database.close()


def test_a_flipped_byte_in_a_body(path: Path) -> None:
    waiting = fill(path)
    alter_payload(path, 31, lambda payload: payload.replace(b"000", b"010", 1))
    (finding,) = check(path)
    assert finding.kind == "chunk"
    assert finding.message == "chunk 31 is not what was written: 10 requests"
    repair(path)
    letters = damaged(path)
    assert [letter.call for letter in letters] == [b'{"call":%d}' % number for number in range(31, 41)]
    assert letters[0].because == "chunk 31 was damaged: this may not be what came in"
    ids, totals = what_works(path)
    assert ids == sorted(set(waiting) - set(range(31, 41)))
    assert totals["damaged"] == 10


def test_a_chunk_of_which_nothing_can_be_told(path: Path) -> None:
    waiting = fill(path)
    payload = alter_payload(path, 21, lambda payload: bytes(20) + payload[20:])
    left = sorted({*range(21, 31)} & {*waiting})
    assert [finding.message for finding in check(path)] == [
        f"chunk 21 is not what was written: {len(left)} requests",
    ]
    repair(path)
    (letter,) = damaged(path)
    assert letter.because == f"{len(left)} requests of chunk 21, which can't be read"
    assert letter.call == payload
    ids, totals = what_works(path)
    assert ids == sorted(set(waiting) - set(left))
    assert totals["damaged"] == len(left)


def test_a_chunk_that_is_gone(path: Path) -> None:
    waiting = fill(path)
    plant(path, "DELETE FROM chunk WHERE id = 41")
    assert [finding.message for finding in check(path)] == [
        "shop/event: 102 requests are said to wait, 92 do",
        "read 144, but delivered 15 + skipped 12 + dead 15 + pending 92: 10 are nowhere",
    ]
    repair(path)
    assert [letter.because for letter in damaged(path)] == ["10 results that are nowhere in the file"]
    ids, totals = what_works(path)
    assert ids == sorted(set(waiting) - set(range(41, 51)))
    assert totals["damaged"] == 10


def test_progress_that_is_gone_costs_duplicates(path: Path) -> None:
    waiting = fill(path)
    plant(path, "DELETE FROM progress")
    assert kinds(path) == ["pending", "ledger"]
    assert check(path)[1].message.endswith("8 more than there should be")
    repair(path)
    ids, totals = what_works(path)
    assert set(waiting) < set(ids)
    assert (totals["read"], totals["delivered"], totals["damaged"]) == (144, 7, 0)


def test_counts_of_what_is_pending(path: Path) -> None:
    waiting = fill(path)
    plant(path, "UPDATE pending SET items = items + 3", "INSERT INTO pending VALUES ('shop', 'never', 2)")
    assert [finding.message for finding in check(path)] == [
        "shop/event: 105 requests are said to wait, 102 do",
        "shop/never: 2 requests are said to wait, 0 do",
    ]
    repair(path)
    assert what_works(path)[0] == waiting


def test_rows_that_speak_of_nothing(path: Path) -> None:
    waiting = fill(path)
    plant(
        path,
        "INSERT INTO progress VALUES (9999, x'01')",
        "INSERT INTO tried VALUES (1, 3, 5, 5, 0), (9999, 3, 5, 5, 0)",
    )
    (finding,) = check(path)
    assert finding.message == "3 rows speak of requests that are not there"
    repair(path)
    assert what_works(path)[0] == waiting


def test_a_chunk_that_is_settled_to_the_last(path: Path) -> None:
    waiting = fill(path)
    plant(path, "UPDATE progress SET settled = x'ffff'")
    repair(path)
    ids, totals = what_works(path)
    assert set(ids) < set(waiting)
    assert totals["damaged"] == len(waiting) - len(ids) > 0


def test_a_ledger_that_is_gone(path: Path) -> None:
    waiting = fill(path)
    plant(path, "DELETE FROM ledger")
    assert kinds(path) == ["letters", "letters", "ledger"]
    repair(path)
    ids, totals = what_works(path)
    assert ids == waiting
    assert totals == Counter(read=len(waiting) + 15, invalid=12, rejected=3)


def test_a_number_that_is_taken(path: Path) -> None:
    waiting = fill(path)
    plant(path, "UPDATE meta SET value = 7 WHERE key = 'next item'")
    (finding,) = check(path)
    assert finding.message == "the next request would get number 7, but there is a number 120"
    repair(path)
    assert what_works(path)[0] == waiting


@pytest.mark.parametrize("table", ["chunk", "progress", "tried", "pending", "ledger", "letter", "position", "meta"])
@pytest.mark.parametrize("by", [bytes(8192), random.Random(1).randbytes(8192)], ids=["zeros", "noise"])
def test_pages_that_are_damaged(path: Path, table: str, by: bytes) -> None:
    waiting = fill(path, 60, body=400)
    overwrite_page(path, page_of(path, table, random.Random(2)), by)
    assert kinds(path) == ["pages"]
    before = path.read_bytes()
    done = repair(path)
    assert done.kept is not None
    assert done.kept.read_bytes() == before
    ids, totals = what_works(path)
    extra = set(ids) - set(waiting)
    assert extra == set() or table == "progress"
    if table == "chunk":
        assert 0 < totals["damaged"] == len(waiting) - len(ids) <= 20
    else:
        assert set(ids) >= set(waiting)


def test_nothing_is_left_of_a_repair_but_the_damaged_file(path: Path) -> None:
    fill(path)
    for _ in range(2):
        overwrite_page(path, page_of(path, "meta", random.Random(2)), bytes(8192))
        repair(path)
    names = {"q.db", "q.db.lock", "q.db.damaged", "q.db.damaged-2"}
    assert {each.name for each in path.parent.iterdir()} == names


@pytest.mark.parametrize("size", [8192, 3 * 8192 + 100, 10 * 8192])
def test_a_file_cut_short_is_too_damaged(path: Path, size: int) -> None:
    fill(path)
    with path.open("r+b") as file:
        file.truncate(size)
    for door in (check, repair, Database):
        with pytest.raises(QueueFileError, match="damaged") as refused:
            door(path)
        assert "\n" not in str(refused.value)


@pytest.mark.long
def test_whatever_byte_is_wrong_nothing_crashes_and_nothing_is_lost_in_silence(
    path: Path, record_property: Callable[[str, object], None]
) -> None:
    fates: Counter[str] = Counter()
    waiting = fill(path)
    sound = path.read_bytes()
    ledger = slice((page := page_of(path, "ledger", random.Random(1))) * 8192 - 8192, page * 8192)
    for seed in range(scaled(500, 50_000)):
        chance = random.Random(seed)
        path.write_bytes(with_flips(sound, chance.choice((1, 1, 5, 50)), chance))
        fates[f"used: {fate_of_use(path, waiting)}"] += 1
        wrong = with_flips(sound, chance.choice((1, 1, 5, 50)), chance)
        path.write_bytes(wrong)
        fates[f"repaired: {fate_of_repair(path, waiting, counted=wrong[ledger] == sound[ledger])}"] += 1
    record_property("shown", dict(fates))
    assert all(fates[fate] for fate in ("used: refused", "used: whole", "repaired: refused", "repaired: damaged"))


def with_flips(sound: bytes, flips: int, chance: random.Random) -> bytes:
    wrong = bytearray(sound)
    for _ in range(flips):
        wrong[chance.randrange(len(wrong))] ^= 1 << chance.randrange(8)
    return bytes(wrong)


def fate_of_use(path: Path, waiting: list[int]) -> str:
    """Nothing is lost: a queue that is not refused gives all that was in it."""

    async def work() -> list[int]:
        queue = DurableQueue(Database(path), HandClock())
        try:
            return numbers(await drain(queue))
        finally:
            queue.shut()

    try:
        left = run(work())
    except QueueFileError:
        return "refused"
    assert set(left) >= set(waiting)
    return "whole" if sorted(left) == waiting else "some again"


def fate_of_repair(path: Path, waiting: list[int], *, counted: bool) -> str:
    """What is lost is counted, if the ledger itself is not what was damaged; what came back is counted against it."""
    try:
        done = repair(path)
    except QueueFileError:
        return "refused"
    if done.kept:
        done.kept.unlink()
    left, totals = what_works(path)
    lost, back = set(waiting) - set(left), set(left) - set(waiting)
    assert len(lost) <= totals["damaged"] + len(back) or not counted
    if lost:
        return "damaged"
    return "mended" if done.findings else "whole"

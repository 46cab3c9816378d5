"""docs/queue.md says what the tables are, and its questions get the right answers."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import apsw
import pytest

from mapper.delivery.durable.database import Database, connect_to_read, rows_of
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.durable.schema import MIGRATIONS
from mapper.delivery.queue import Arrival, Position
from tests.delivery.durable.kit import HandClock, letter
from tests.delivery.kit import KEY, item, run

PAGE: Final = (Path(__file__).parents[2] / "docs" / "queue.md").read_text()
QUESTIONS: Final = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def test_it_names_every_table_and_column() -> None:
    told = re.findall(r"^\| `(\w+)` \| .* \| (`\w+`(?:, `\w+`)*) \|$", PAGE, re.MULTILINE)
    with closing(apsw.Connection(":memory:")) as connection:
        for script in MIGRATIONS:
            connection.execute(script)
        tables = [name for (name,) in rows_of(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table, columns in told:
            there = [row[1] for row in rows_of(connection, f"PRAGMA table_info({table})")]
            assert re.findall(r"\w+", columns) == there, table
    assert sorted(table for table, _ in told) == sorted(tables)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple[Any, ...]]]:
    """To each question, of a queue with two results delivered, one dead, three skipped and one that waits."""
    path = tmp_path_factory.mktemp("queue") / "q.db"

    async def fill() -> None:
        queue = DurableQueue(Database(path), HandClock())
        position = Position(path="/calls.ndjson", inode=1, size=9, head_size=4, head=b"head", line=7)
        skipped = {"no usable user id": 2, "ruled out": 1}
        await queue.accept(
            Arrival(
                items=[item(number) for number in (1, 2, 3)],
                lines=7,
                read=7,
                skipped=skipped,
                letters=[letter(1)],
                positions=[position],
            )
        )
        lease = await queue.lease(KEY, 2, 1.0)
        assert lease is not None
        await queue.deliver(lease, lease.items)
        queue.shut()

    run(fill())
    with closing(connect_to_read(path)) as connection:
        return [rows_of(connection, question) for question in QUESTIONS]


def test_its_questions_are_answered(answers: list[list[tuple[Any, ...]]]) -> None:
    law, skipped, oldest, refused, read = answers
    assert law == [(7, 6, 1)]
    assert skipped == [("no usable user id", 2), ("ruled out", 1)]
    assert oldest == [("2023-11-14 22:13:20",)]
    assert refused == []
    assert read == [("/calls.ndjson", 7)]

"""A file of an older version is brought up to date when it is opened to write, and loses nothing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from mapper.delivery.durable import database, schema
from mapper.delivery.durable.check import check, repair
from mapper.delivery.durable.database import Database, connect_to_read, rows_of
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.durable.schema import MIGRATIONS, VERSION
from mapper.delivery.queue import Arrival, Position
from tests.delivery.durable.kit import drain
from tests.delivery.durable.model import numbers
from tests.delivery.kit import FastClock, item, run

READ = Position(path="/calls.ndjson", inode=7, size=123, head_size=4, head=b"head", line=3, part=2)


def tables(connection: apsw.Connection) -> list[tuple[object, ...]]:
    return rows_of(
        connection,
        "SELECT held.name, part.name, part.type FROM sqlite_schema AS held"
        " LEFT JOIN pragma_table_info(held.name) AS part ORDER BY held.name, part.cid",
    )


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A queue as the first version wrote it: three requests that wait, and a file read up to line 3."""
    path = tmp_path / "q.db"

    async def fill() -> None:
        queue = DurableQueue(Database(path), FastClock())
        await queue.accept(Arrival(items=[item(n) for n in (1, 2, 3)], lines=3, read=3, positions=[READ]))
        queue.shut()

    run(fill())
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("ALTER TABLE position DROP COLUMN part")
        connection.execute("ALTER TABLE position DROP COLUMN size")
        connection.execute("PRAGMA user_version = 1")
        with closing(apsw.Connection(":memory:")) as plain:
            plain.execute(MIGRATIONS[0])
            assert tables(connection) == tables(plain)
    return path


async def found(path: Path) -> tuple[list[int], Position | None]:
    queue = DurableQueue(Database(path), FastClock())
    try:
        return numbers(await drain(queue)), await queue.position(READ.path)
    finally:
        queue.shut()


def test_what_is_in_it_is_there(first: Path) -> None:
    Database(first).close()
    with closing(connect_to_read(first)) as connection:
        assert rows_of(connection, "PRAGMA user_version") == [(VERSION,)]
    assert check(first) == []
    items, position = run(found(first))
    assert items == [1, 2, 3]
    assert position == Position(path="/calls.ndjson", inode=7, size=0, head_size=4, head=b"head", line=3)


def test_who_only_reads_leaves_it_as_it_is(first: Path) -> None:
    with pytest.raises(QueueFileError) as refused:
        connect_to_read(first)
    assert str(refused.value) == f"{first}: written by an older mapper (version 1)"
    assert refused.value.help == f"`mapper run --queue {first}` brings it up to date, and sends what waits in it"
    with closing(apsw.Connection(str(first))) as connection:
        assert rows_of(connection, "PRAGMA user_version") == [(1,)]


def test_one_that_can_not_be_brought_up_to_date_stays_as_it_was(first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (*MIGRATIONS, "CREATE TABLE more (x INTEGER); INSERT INTO nowhere VALUES (1)")
    monkeypatch.setattr(database, "MIGRATIONS", broken)
    monkeypatch.setattr(database, "VERSION", len(broken))
    with pytest.raises(QueueFileError, match="can't be used: no such table: nowhere"):
        Database(first)
    monkeypatch.undo()
    with closing(apsw.Connection(str(first))) as connection:
        assert rows_of(connection, "PRAGMA user_version") == [(1,)]
    assert run(found(first))[0] == [1, 2, 3]


def test_a_damaged_one_is_saved_into_one_of_today(first: Path) -> None:
    size = first.stat().st_size
    with closing(apsw.Connection(str(first))) as connection:
        ((root,),) = rows_of(connection, "SELECT rootpage FROM sqlite_schema WHERE name = 'letter_by_kind'")
        ((page,),) = rows_of(connection, "PRAGMA page_size")
    with first.open("r+b") as file:
        file.seek((root - 1) * page)
        file.write(b"\xff" * page)
    assert first.stat().st_size == size
    repair(first)
    assert check(first) == []
    items, position = run(found(first))
    assert items == [1, 2, 3]
    assert position is not None
    assert (position.line, position.size) == (3, 0)


def test_each_table_has_the_columns_that_are_known_of_it() -> None:
    with closing(apsw.Connection(":memory:")) as connection:
        for script in MIGRATIONS:
            connection.execute(script)
        for table, (_, kinds) in schema.TABLES.items():
            assert len(rows_of(connection, f"PRAGMA table_info({table})")) == len(kinds), table

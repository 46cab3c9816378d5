"""What can't be a queue is refused in one line that says what to do, and left as it is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import pytest

from mapper.delivery.durable.check import check, repair
from mapper.delivery.durable.database import Database, connect_to_read, require_sound_sqlite
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.schema import VERSION
from tests.delivery.durable.kit import fill

Door = Callable[[Path], object]
DOORS: list[Door] = [Database, connect_to_read, check, repair]


def refusal_of(door: Door, path: Path) -> str:
    """The message, without the path; the same door refuses the same again, so that no lock is left behind."""
    messages: list[str] = []
    for _ in range(2):
        with pytest.raises(QueueFileError) as refused:
            door(path)
        assert refused.value.help
        messages.append(str(refused.value))
    assert messages[0] == messages[1]
    assert "\n" not in messages[0]
    return messages[0].removeprefix(f"{path}: ")


def database(path: Path, *statements: str) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        for statement in statements:
            connection.execute(statement)


def newer(path: Path) -> None:
    fill(path)
    database(path, f"PRAGMA user_version = {VERSION + 1}")


def foreign(path: Path) -> None:
    database(path, "CREATE TABLE songs (name TEXT)")


def foreign_and_empty(path: Path) -> None:
    database(path, "PRAGMA application_id = 7")


def of_other_tables(path: Path) -> None:
    fill(path)
    database(path, "ALTER TABLE letter RENAME COLUMN excerpt TO extract")


def text(path: Path) -> None:
    path.write_text('{"type": "track"}\n' * 1000)


def without_header(path: Path) -> None:
    fill(path)
    with path.open("r+b") as file:
        file.write(bytes(100))


CASES: list[tuple[Callable[[Path], None], str]] = [
    (newer, f"written by a newer mapper (version {VERSION + 1})"),
    (foreign, "a database of another program"),
    (foreign_and_empty, "a database of another program"),
    (text, "not a queue"),
    (without_header, "not a queue"),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("make", "message"), CASES)
def test_what_is_no_queue_of_ours(tmp_path: Path, make: Callable[[Path], None], message: str, door: Door) -> None:
    path = tmp_path / "q.db"
    make(path)
    before = path.read_bytes()
    assert refusal_of(door, path) == message
    assert path.read_bytes() == before


@pytest.mark.parametrize("door", DOORS)
def test_a_queue_with_other_tables(tmp_path: Path, door: Door) -> None:
    of_other_tables(tmp_path / "q.db")
    assert "damaged" in refusal_of(door, tmp_path / "q.db")


@pytest.mark.parametrize("door", DOORS)
def test_a_folder(tmp_path: Path, door: Door) -> None:
    (tmp_path / "q.db").mkdir()
    assert refusal_of(door, tmp_path / "q.db") == "this is a folder"
    assert [each.name for each in tmp_path.iterdir()] == ["q.db"]


@pytest.mark.parametrize("door", DOORS)
def test_a_folder_that_is_not_there(tmp_path: Path, door: Door) -> None:
    message = refusal_of(door, tmp_path / "nowhere" / "q.db")
    assert message in {"can't be opened: No such file or directory", "no such queue"}


@pytest.mark.parametrize("door", [connect_to_read, check])
def test_looking_makes_no_queue(tmp_path: Path, door: Door) -> None:
    assert refusal_of(door, tmp_path / "q.db") == "no such queue"
    (tmp_path / "q.db").touch()
    assert refusal_of(door, tmp_path / "q.db") == "no queue, or one that was never used"
    assert [each.name for each in tmp_path.iterdir()] == ["q.db"]


def test_an_empty_file_becomes_a_queue(tmp_path: Path) -> None:
    (tmp_path / "q.db").touch()
    Database(tmp_path / "q.db").close()
    assert check(tmp_path / "q.db") == []


@contextmanager
def nobody() -> Iterator[None]:
    """Without the rights of root, if we have them."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may go into. It is none of pytest's: each start of pytest closes these to others."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


def test_a_folder_without_rights(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with nobody():
        assert refusal_of(Database, open_folder / "q.db") == "can't be opened: Permission denied"
    open_folder.chmod(0o755)


@pytest.mark.parametrize(
    ("mode", "message"),
    [(0o000, "unable to open database file"), (0o444, "attempt to write a readonly database")],
)
def test_a_file_without_rights(open_folder: Path, mode: int, message: str) -> None:
    path = open_folder / "q.db"
    fill(path)
    path.chmod(mode)
    path.with_name("q.db.lock").chmod(0o666)
    open_folder.chmod(0o777)
    with nobody():
        assert refusal_of(Database, path) == f"can't be used: {message}"
    path.chmod(0o644)


@pytest.mark.parametrize("version", ["3.51.2", "3.7.0", "3.50.4"])
def test_sqlite_that_can_lose_data(tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: version)
    for door in DOORS:
        message = refusal_of(door, tmp_path / "q.db")
        assert message == f"SQLite {version} can corrupt a queue; 3.51.3 or newer is needed"
    assert not (tmp_path / "q.db").exists()


@pytest.mark.parametrize("version", ["3.51.3", "3.54.1", "4.0.0"])
def test_sqlite_that_does_not(version: str) -> None:
    require_sound_sqlite(version)

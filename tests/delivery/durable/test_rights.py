"""Who may read a queue: calls stand in it in full, with whatever they say of people."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest

from mapper.delivery.durable.check import check, repair
from mapper.delivery.durable.database import Database, connect_to_read
from mapper.delivery.durable.errors import QueueFileError
from tests.delivery.durable.kit import fill
from tests.delivery.durable.test_check import overwrite_page, page_of
from tests.delivery.durable.test_refusals import Door, nobody, open_folder

__all__ = ["open_folder"]


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    """What decides nothing itself is open to everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def rights(folder: Path) -> dict[str, str]:
    return {each.name: f"{S_IMODE(each.stat().st_mode):o}" for each in folder.iterdir()}


@pytest.mark.parametrize("name", ["q.db", "link.db"])
def test_a_new_one_is_for_its_owner_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "q.db")
    database = Database(tmp_path / name)
    (tmp_path / "link.db").unlink()
    assert rights(tmp_path) == dict.fromkeys(["q.db", "q.db-wal", "q.db-shm", "q.db.lock"], "600")
    database.close()


def test_one_that_is_there_stays_as_its_owner_has_it(tmp_path: Path) -> None:
    Database(tmp_path / "q.db").close()
    (tmp_path / "q.db").chmod(0o640)
    database = Database(tmp_path / "q.db")
    assert rights(tmp_path) == {**dict.fromkeys(["q.db", "q.db-wal", "q.db-shm"], "640"), "q.db.lock": "600"}
    database.close()


def test_a_repaired_one_is_for_whom_the_damaged_one_was_for(tmp_path: Path) -> None:
    fill(tmp_path / "q.db")
    (tmp_path / "q.db").chmod(0o640)
    if os.geteuid() == 0:
        os.chown(tmp_path / "q.db", 65534, 65534)
    overwrite_page(tmp_path / "q.db", page_of(tmp_path / "q.db", "meta", random.Random(2)), bytes(8192))
    owner = (tmp_path / "q.db").stat().st_uid
    assert repair(tmp_path / "q.db").kept is not None
    assert rights(tmp_path)["q.db"] == "640"
    assert (tmp_path / "q.db").stat().st_uid == owner


@pytest.mark.parametrize("door", [Database, connect_to_read, check, repair])
@pytest.mark.parametrize("what", ["q.db", "."])
def test_another_user_is_told_whose_it_is(open_folder: Path, door: Door, what: str) -> None:
    folder = open_folder / "state"
    folder.mkdir(mode=0o755)
    Database(folder / "q.db").close()
    (folder / what).chmod(0o600)
    (folder / "q.db.lock").chmod(0o600)
    with nobody(), pytest.raises(QueueFileError) as refused:
        door(folder / "q.db")
    assert str(refused.value) == f"{folder / 'q.db'}: can't be opened: Permission denied"
    mine = os.geteuid() != 0
    other = "it belongs to the user root: put `sudo -u root` before the command"
    assert refused.value.help == ("check the path and its rights" if mine else other)

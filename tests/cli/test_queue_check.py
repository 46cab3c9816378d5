"""``mapper queue check``: what is wrong with a queue, and what was done about it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from mapper.delivery.durable.database import Database
from mapper.delivery.durable.view import view
from tests.cli.kit import Ended, quick
from tests.cli.test_queue import KEYS, calls
from tests.delivery.durable.planting import alter_payload, plant

NOWHERE = ("--base-url", "http://127.0.0.1:9", "--give-up-after", "10ms")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose ``q.db`` has three requests that wait and one letter."""
    path = tmp_path_factory.mktemp("made")
    (path / "calls.ndjson").write_bytes(calls(0, 3) + b"no JSON\n")
    quick("run", "calls.ndjson", "--queue", "q.db", *NOWHERE, cwd=path, env=KEYS)
    return path


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copy(made / "q.db", tmp_path)
    return tmp_path


def check(folder: Path, *options: str, name: str = "q.db") -> Ended:
    return quick("queue", "check", name, *options, cwd=folder)


def test_a_sound_one(folder: Path) -> None:
    assert (check(folder).code, check(folder).out) == (0, "q.db: sound\n")
    assert check(folder, "--repair").out == "q.db: sound\n"
    assert check(folder, "-f", "json").out == '{"findings":[],"repaired":false,"kept":null}\n'


def test_a_ledger_that_does_not_balance(folder: Path) -> None:
    plant(folder / "q.db", "UPDATE ledger SET results = results + 3 WHERE kind = 'read'")
    status = quick("status", "q.db", cwd=folder)
    assert status.code == 1
    assert status.err.endswith("  help: this is a defect; tell us what `mapper queue check q.db` says\n")
    found = check(folder)
    assert (found.code, found.out) == (
        1,
        "q.db: 1 finding\n"
        "  read 7, but delivered 0 + skipped 0 + dead 1 + pending 3: 3 are nowhere\n"
        "    --repair counts them as damaged\n"
        "to repair: mapper queue check q.db --repair\n",
    )
    done = check(folder, "--repair")
    assert (done.code, done.out) == (
        0,
        "q.db: 1 finding, repaired\n"
        "  read 7, but delivered 0 + skipped 0 + dead 1 + pending 3: 3 are nowhere\n"
        "    counted them as damaged\n",
    )
    assert Counter(view(folder / "q.db").ledger)["damaged", "3 results that are nowhere in the file"] == 3
    assert check(folder).out == "q.db: sound\n"
    shown = quick("dead", "replay", "q.db", "--dry-run", "--reason", "damaged", cwd=folder)
    assert shown.err.splitlines()[1:] == [
        "nothing to replay",
        "1 of a damaged file are left alone: their calls may not be what came in",
    ]


def test_requests_that_were_altered(folder: Path) -> None:
    with closing(apsw.Connection(str(folder / "q.db"))) as connection:
        ((count,),) = connection.execute("SELECT items FROM chunk WHERE id = 1").fetchall()
    alter_payload(folder / "q.db", 1, lambda payload: payload.replace(b"Opened", b"Closed", 1))
    refused = quick("run", "--queue", "q.db", *NOWHERE, cwd=folder, env=KEYS)
    assert refused.code == 2
    assert refused.err.endswith(
        "error: q.db: the file is damaged: chunk 1 is not what was written\n"
        "  help: nothing in it was changed; `mapper queue check q.db --repair` saves what can be read\n"
    )
    assert json.loads(check(folder, "-f", "json").out) == {
        "findings": [
            {
                "kind": "chunk",
                "message": f"chunk 1 is not what was written: {count} requests",
                "help": "makes dead letters of them",
            }
        ],
        "repaired": False,
        "kept": None,
    }
    assert json.loads(check(folder, "--repair", "-f", "json").out)["findings"][0]["done"] == "made dead letters of them"
    assert view(folder / "q.db").letters == 1 + int(str(count))
    assert quick("dead", "list", "q.db", "--reason", "damaged", "-f", "json", cwd=folder).out.count("\n") == count


def test_damaged_pages_leave_the_old_file_beside_the_new_one(folder: Path) -> None:
    with closing(apsw.Connection(str(folder / "q.db"))) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'ledger'").fetchall()
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    with (folder / "q.db").open("r+b") as file:
        file.seek((int(str(page)) - 1) * 8192)
        file.write(bytes(8192))
    before = (folder / "q.db").read_bytes()
    found = check(folder)
    assert found.code == 1
    assert found.out.startswith("q.db: 1 finding\n  damaged pages: ")
    assert found.out.endswith(
        "\n    --repair copies what can be read into a new file, and keeps the old one\n"
        "to repair: mapper queue check q.db --repair\n"
    )
    done = check(folder, "--repair")
    assert done.code == 0
    assert "\n    copied what can be read into a new file, and kept the old one\n" in done.out
    kept = folder.resolve() / "q.db.damaged"
    assert done.out.endswith(f"\nthe damaged file is {kept}\n")
    assert kept.read_bytes() == before
    assert check(folder).out == "q.db: sound\n"


def test_what_can_not_be_used(folder: Path) -> None:
    ended = check(folder, name="none.db")
    assert (ended.code, ended.err.splitlines()[0]) == (2, "error: none.db: no such queue")
    (folder / "text.db").write_text("some text, and long enough to be taken for a header of a database" * 20)
    ended = check(folder, name="text.db")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "error: text.db: not a queue\n  help: name another file, or one that does not exist yet\n"
    database = Database(folder / "q.db")
    try:
        assert check(folder).code == 0
        ended = check(folder, "--repair")
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("error: q.db: in use by process ")
    finally:
        database.close()


def test_the_command_to_repair_can_be_pasted(folder: Path) -> None:
    shutil.move(folder / "q.db", folder / "my queue.db")
    plant(folder / "my queue.db", "UPDATE pending SET items = 9")
    assert check(folder, name="my queue.db").out.endswith("\nto repair: mapper queue check 'my queue.db' --repair\n")

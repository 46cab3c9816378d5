"""What of a choice no letter has: told alike by a queue in a file and by one in a cluster."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from mapper.delivery.durable.chosen import looking
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.letters import Choice, Kept, Unknown, add_letters
from mapper.delivery.jetstream.letters import Sought, chosen
from mapper.delivery.queue import Letter
from tests.delivery.durable.kit import letter

REFUSED = letter(1, "rejected", "HTTP 400: Name")
LETTERS = [
    letter(0),
    msgspec.structs.replace(REFUSED, destination="shop", mapping="track", type="track"),
    msgspec.structs.replace(REFUSED, destination="shop", mapping="page", type="page"),
]
"""Numbers 1 to 3, which died at 1,000."""
THERE = [("shop", "page"), ("shop", "track")]


@pytest.mark.parametrize(
    ("choice", "unknown"),
    [
        (Choice(), None),
        (Choice(ids=[3, 1]), None),
        (Choice(ids=[3], types=["track"]), None),  # it is there, and is not chosen
        (Choice(ids=[9, 2, 7]), Unknown(ids=[9, 7])),
        (Choice(mappings=["track", "shop/page"]), None),
        (Choice(mappings=["track"], until=5), None),
        (Choice(ids=[3], mappings=["track"]), None),
        (Choice(mappings=["track", "trak"]), Unknown(mapping="trak", mappings=THERE)),
        (Choice(mappings=["other/track"]), Unknown(mapping="other/track", mappings=THERE)),
        (Choice(reason="name"), None),
        (Choice(ids=[3], reason="not json"), None),
        (Choice(reason="name", kinds=["expired"]), None),
        (Choice(reason="500"), Unknown(reason="500")),
        (Choice(kinds=["expired"], types=["alias"], since=5_000), None),
    ],
)
def test_both_queues_tell_the_same(choice: Choice, unknown: Unknown | None, tmp_path: Path) -> None:
    assert (in_file(tmp_path, LETTERS, choice), in_cluster(LETTERS, choice)) == (unknown, unknown)


@pytest.mark.parametrize("choice", [Choice(mappings=["trak"]), Choice(reason="500")])
def test_where_there_are_none_only_numbers_are_unknown(choice: Choice, tmp_path: Path) -> None:
    assert (in_file(tmp_path, [], choice), in_cluster([], choice)) == (None, None)
    assert in_cluster([], Choice(ids=[1])) == in_file(tmp_path, [], Choice(ids=[1])) == Unknown(ids=[1])


def in_file(folder: Path, letters: list[Letter], choice: Choice) -> Unknown | None:
    if not (folder / "q.db").exists():
        database = Database(folder / "q.db")
        with database.connection:
            add_letters(database.connection.cursor(), letters, 1_000)
        database.close()
    with looking(folder / "q.db") as found:
        assert [kept.id for kept in found.chosen(choice)] == [k.id for k in numbered(letters) if chosen(k, choice)]
        return found.unknown(choice)


def in_cluster(letters: list[Letter], choice: Choice) -> Unknown | None:
    sought = Sought(choice)
    for kept in numbered(letters):
        if kept.id >= sought.first:
            sought.see(kept)
    return sought.unknown()


def numbered(letters: list[Letter]) -> list[Kept]:
    return [Kept(number, 1_000, each) for number, each in enumerate(letters, 1)]

"""What ``mapper dead list``, ``show`` and ``drop`` do."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from mapper.app.choosing import ChoiceError, choice_of
from mapper.base.clock import SystemClock
from mapper.base.json import encode
from mapper.cli.console import FINDINGS, fail, say, wrapping
from mapper.delivery.durable.database import Database, connect_to_read, explained
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.letters import Choice, count_letters, letters
from mapper.delivery.durable.store import drop_letters as drop_letters_of
from mapper.render import letters as shown_as


def choose(
    ids: Sequence[int] | None,
    reasons: Sequence[str] | None,
    types: Sequence[str] | None,
    mappings: Sequence[str] | None,
    since: str | None,
    until: str | None,
) -> Choice:
    """Read the options that choose letters, or end the command."""
    try:
        return choice_of(
            ids=ids or (),
            reasons=reasons or (),
            types=types or (),
            mappings=mappings or (),
            since=since,
            until=until,
            now=now_ms(),
        )
    except ChoiceError as error:
        fail(str(error), error.help)


def now_ms() -> int:
    """Milliseconds since the epoch, UTC."""
    return round(SystemClock().wall() * 1000)


def list_letters(path: Path, choice: Choice, limit: int, *, as_json: bool) -> None:
    """Write a table, or an object a line."""
    try:
        with closing(connect_to_read(path)) as connection, explained(path):
            connection.execute("BEGIN")
            count = count_letters(connection, choice)
            shown = deque(letters(connection, choice), maxlen=limit)
    except QueueFileError as error:
        fail(str(error), error.help)
    if as_json:
        for kept in shown:
            print(encode(shown_as.as_json(kept)).decode())
        return
    if not count:
        say("no such dead letter" if choice != Choice() else "no dead letters")
        return
    print("\n".join(shown_as.table(list(shown), wrapping(sys.stdout))))
    if count > limit:
        say(f"the newest {limit:,} of {count:,}; --limit shows more, and filters choose")


def show_letter(path: Path, letter: int, *, as_json: bool) -> None:
    """Write all there is of one."""
    try:
        with closing(connect_to_read(path)) as connection, explained(path):
            found = next(letters(connection, Choice(ids=[letter])), None)
    except QueueFileError as error:
        fail(str(error), error.help)
    if found is None:
        fail(f"{path}: there is no dead letter {letter}", f"`mapper dead list {path}` lists them", FINDINGS)
    print(encode(shown_as.as_json(found)).decode() if as_json else "\n".join(shown_as.detail(found)))


def drop_letters(path: Path, choice: Choice, *, everything: bool) -> None:
    """Delete, and say how many."""
    if choice == Choice() and not everything:
        fail("say which dead letters to drop", "by number, by a filter such as --until 90d, or --all")
    try:
        connect_to_read(path).close()  # else a misspelt name would become a queue
        database = Database(path)
        try:
            with explained(path), database.connection:
                dropped = drop_letters_of(database.connection.cursor(), choice, "by hand")
        finally:
            database.close()
    except QueueFileError as error:
        fail(str(error), error.help)
    print(f"dropped {dropped:,} dead letter{'' if dropped == 1 else 's'}")

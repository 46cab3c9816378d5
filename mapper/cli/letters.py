"""What ``mapper dead list``, ``show`` and ``drop`` do."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mapper.app.choosing import ChoiceError, NoSuchLetterError, choice_of, refuse
from mapper.base.json import encode
from mapper.cli.console import fail, say, wrapping
from mapper.delivery.durable.chosen import Letters, drop, looking
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.letters import Choice
from mapper.render import letters as shown_as

_SHOWN: Final = 50


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
    return round(time.time() * 1000)


def list_letters(path: Path, choice: Choice, limit: int | None, *, as_json: bool) -> None:
    """Write a table, or an object a line."""
    with _looking(path, choice) as letters:
        if as_json:
            for kept in letters.chosen(choice, limit, newest_first=True):
                print(encode(shown_as.as_json(kept)).decode())
            return
        most = limit or _SHOWN
        count = letters.count(choice)
        shown = list(letters.chosen(choice, most, newest_first=True))
    if not count:
        say("no dead letters" if choice == Choice() else "no dead letter fits")
        return
    print("\n".join(shown_as.table(shown, wrapping(sys.stdout))))
    if count > most:
        say(f"the newest {most:,} of {count:,}; --limit shows more, and filters choose")


def show_letter(path: Path, letter: int, *, as_json: bool) -> None:
    """Write all there is of one."""
    choice = Choice(ids=[letter])
    with _looking(path, choice) as letters:
        (found,) = letters.chosen(choice)
    print(encode(shown_as.as_json(found)).decode() if as_json else "\n".join(shown_as.detail(found)))


def drop_letters(path: Path, choice: Choice, *, everything: bool) -> None:
    """Delete, and say how many."""
    if choice == Choice() and not everything:
        fail("say which dead letters to drop", "by number, by a filter such as --until 90d, or --all")
    with _looking(path, choice):
        pass  # there are some: a misspelt name does not become a queue
    try:
        dropped = drop(path, choice, "by hand")
    except QueueFileError as error:
        fail(str(error), error.help)
    print(f"dropped {dropped:,} dead letter{'' if dropped == 1 else 's'}")


@contextmanager
def _looking(path: Path, choice: Choice) -> Iterator[Letters]:
    """The queue at one moment, which knows what was chosen, or the end of the command."""
    try:
        with looking(path) as letters:
            refuse(letters.unknown(choice))
            yield letters
    except NoSuchLetterError as error:
        fail(f"{path}: {error}", error.help)
    except QueueFileError as error:
        fail(str(error), error.help)

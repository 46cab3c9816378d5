"""What a queue file holds and what it says that it holds, made to agree."""

from __future__ import annotations

from collections import Counter

import apsw

from mapper.delivery.durable import store
from mapper.delivery.durable.chunk import DamagedError, unpack
from mapper.delivery.durable.database import rows_of
from mapper.delivery.durable.examine import Examined, Unreadable, unsettled
from mapper.delivery.durable.letters import add_letters
from mapper.delivery.queue import DAMAGED, Letter

_KEYS = {"progress": "chunk", "tried": "item", "chunk": "id"}


def mend(cursor: apsw.Cursor, examined: Examined, at: int) -> None:
    """Make the file agree with itself, within the transaction of the caller; nothing vanishes uncounted.

    Args:
        cursor: Of the file that was examined, unchanged since.
        examined: What it holds.
        at: When dead letters are said to have died, milliseconds since the epoch, UTC.
    """
    _enter(cursor, examined, Counter({(kind, "counted anew"): n for kind, n in examined.uncounted.items()}))
    for table, keys in examined.strays.items():
        cursor.executemany(f"DELETE FROM {table} WHERE {_KEYS[table]} = ?", [(key,) for key in keys])
    for chunk in examined.unreadable:
        _bury(cursor, chunk, examined, at)
    cursor.execute("DELETE FROM pending")
    store.count_pending(cursor, examined.held)
    cursor.execute("UPDATE meta SET value = max(value, ?) WHERE key = 'next item'", (examined.last + 1,))
    _balance(cursor, examined, at)


def _bury(cursor: apsw.Cursor, chunk: Unreadable, examined: Examined, at: int) -> None:
    """Make dead letters of a chunk: of each request where it can still be told, else one that has all its bytes."""
    ((payload,),) = rows_of(cursor, "SELECT payload FROM chunk WHERE id = ?", (chunk.id,))
    try:
        left = unsettled(unpack(payload), chunk.settled)
    except DamagedError:
        letters = [_nameless(f"{chunk.left} requests of chunk {chunk.id}, which can't be read", payload)]
    else:
        because = f"chunk {chunk.id} was damaged: this may not be what came in"
        letters = [Letter.of_item(item, DAMAGED, because) for item in left]
        chunk = Unreadable(chunk.id, chunk.settled, len(left), chunk.before)
    if chunk.left:
        add_letters(cursor, letters, at)
        _enter(cursor, examined, Counter({(DAMAGED, letters[0].because): chunk.left}))
    cursor.execute("DELETE FROM chunk WHERE id = ?", (chunk.id,))
    cursor.execute("DELETE FROM progress WHERE chunk = ?", (chunk.id,))
    cursor.execute("DELETE FROM tried WHERE item >= ? AND item < ?", (chunk.id, chunk.before))


def _balance(cursor: apsw.Cursor, examined: Examined, at: int) -> None:
    """Count what is nowhere as damaged. What is left over will be delivered, and counted, once more."""
    examined.unreadable.clear()
    missing = examined.missing
    if missing > 0:
        letter = _nameless(f"{missing} results that are nowhere in the file", b"")
        add_letters(cursor, [letter], at)
        _enter(cursor, examined, Counter({(DAMAGED, letter.because): missing}))
    elif missing < 0:
        again = min(-missing, examined.ledger["delivered", ""])
        _enter(cursor, examined, Counter({("delivered", ""): -again, ("read", ""): -missing - again}))


def _enter(cursor: apsw.Cursor, examined: Examined, ledger: Counter[tuple[str, str]]) -> None:
    store.count(cursor, ledger)
    examined.ledger.update(ledger)


def _nameless(because: str, call: bytes) -> Letter:
    return Letter(
        kind=DAMAGED,
        because=because,
        destination=None,
        mapping=None,
        type=None,
        message_id=None,
        file="-",
        line=0,
        call=call,
    )

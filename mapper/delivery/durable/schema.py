"""The tables of a queue file, version by version.

A file says which version it has (``user_version``) and that it is ours (``application_id``). Times are milliseconds
since the epoch, UTC. No URL, header or secret is ever in it.
"""

from __future__ import annotations

from types import UnionType
from typing import Final

APPLICATION_ID: Final = 0x6D_61_70_71
"""``mapq`` in ASCII."""

_FIRST: Final = """
-- What is still to be sent: the items of one step of reading in one row.
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,          -- id of its first item; ids grow in the order of the calls
    at INTEGER NOT NULL,             -- when it was accepted
    items INTEGER NOT NULL,          -- how many there were at first
    payload BLOB NOT NULL,           -- requests and their calls, see chunk.py
    checksum INTEGER NOT NULL        -- of id and payload
);
-- Which items of a chunk are settled, if some but not all are.
CREATE TABLE progress (
    chunk INTEGER PRIMARY KEY,
    settled BLOB NOT NULL            -- a bit for each item, the first in the lowest bit of the first byte
);
-- Items that were tried and have to wait.
CREATE TABLE tried (
    item INTEGER PRIMARY KEY,
    attempts INTEGER NOT NULL,
    first INTEGER NOT NULL,          -- when it was sent for the first time
    due INTEGER NOT NULL,            -- when it may be sent again
    wait INTEGER NOT NULL            -- milliseconds that this was away then: what it waits at most if the clock jumps
);
-- How much of the chunks is unsettled, by request.
CREATE TABLE pending (
    destination TEXT NOT NULL,
    request TEXT NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (destination, request)
) WITHOUT ROWID;
-- What became of all results so far: read = delivered + skipped + dead + pending.
CREATE TABLE ledger (
    kind TEXT NOT NULL,              -- lines, read, delivered, skipped, invalid, unmappable, rejected, expired ...
    reason TEXT NOT NULL,
    results INTEGER NOT NULL,
    PRIMARY KEY (kind, reason)
) WITHOUT ROWID;
-- What could not be delivered, with its call.
CREATE TABLE letter (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    because TEXT NOT NULL,
    destination TEXT,
    mapping TEXT,
    request TEXT,
    type TEXT,
    message_id TEXT,
    file TEXT NOT NULL,
    line INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER,
    excerpt TEXT NOT NULL,
    call BLOB NOT NULL,
    body BLOB                        -- of the request that died
);
CREATE INDEX letter_by_kind ON letter (kind, id);
-- How far each file has been read.
CREATE TABLE position (
    path TEXT PRIMARY KEY,
    inode INTEGER NOT NULL,
    head_size INTEGER NOT NULL,      -- bytes that `head` is the hash of
    head BLOB NOT NULL,              -- SHA-256
    line INTEGER NOT NULL            -- the last line that is accounted for
) WITHOUT ROWID;
-- Which messages came in lately, so that one that comes again is known.
CREATE TABLE seen (
    at INTEGER NOT NULL,
    hashes BLOB NOT NULL             -- 8 bytes for each message
);
-- What the process that has the queue says of itself now and then.
CREATE TABLE live (
    key TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    value TEXT NOT NULL              -- JSON
) WITHOUT ROWID;
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('next item', 1), ('owner', 0);
"""

_SECOND: Final = """
-- Bytes that the file had when its reading began: one that is shorter is another file.
ALTER TABLE position ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
-- How many calls of the line after that are accounted for.
ALTER TABLE position ADD COLUMN part INTEGER NOT NULL DEFAULT 0;
"""

MIGRATIONS: Final[tuple[str, ...]] = (_FIRST, _SECOND)
"""The n-th makes version n + 1 of version n."""
VERSION: Final = len(MIGRATIONS)

Kinds = tuple[type | UnionType, ...]
TABLES: Final[dict[str, tuple[str, Kinds]]] = {
    "chunk": ("id", (int, int, int, bytes, int)),
    "progress": ("chunk", (int, bytes)),
    "tried": ("item", (int, int, int, int, int)),
    "pending": ("destination, request", (str, str, int)),
    "ledger": ("kind, reason", (str, str, int)),
    "letter": ("id", (int, int, str, str, *(str | None,) * 5, str, int, int, int | None, str, bytes, bytes | None)),
    "position": ("path", (str, int, int, bytes, int, int, int)),
    "seen": ("rowid", (int, bytes)),
    "live": ("key", (str, int, str)),
    "meta": ("key", (str, int)),
}
"""What identifies a row, and the kinds of its values: SQLite itself would take others, and finds nothing wrong with a
page that holds others by now."""

"""Damage planted in queue files that nobody has open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw


def plant(path: Path, *statements: str) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        for statement in statements:
            connection.execute(statement)


def alter_payload(path: Path, chunk: int, alter: Callable[[bytes], bytes]) -> bytes:
    with closing(apsw.Connection(str(path))) as connection:
        ((payload,),) = connection.execute("SELECT payload FROM chunk WHERE id = ?", (chunk,)).fetchall()
        assert isinstance(payload, bytes)
        altered = alter(payload)
        connection.execute("UPDATE chunk SET payload = ? WHERE id = ?", (altered, chunk))
        return altered

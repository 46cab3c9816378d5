"""The file of what could not be delivered, from which it can be run again."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from mapper.base.json import JsonError, decode, encode, verbatim
from mapper.base.secrets import MASK
from mapper.delivery.queue import Settlement
from mapper.records.line import Line
from mapper.records.result import Invalid, Unmappable


class DeadLetters:
    """Writes one JSON object a line: the original call, where it died, why, and the last answer. Appends.

    The file is readable by its owner only: it holds customers' data. Each letter is written before the next call goes
    on, so that a crash keeps all that went before.

    Raises:
        OSError: the file can't be opened.
    """

    def __init__(self, path: Path, mask: Callable[[str], str]) -> None:
        self._mask = mask
        self._file: BinaryIO = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def refused(self, line: Line, result: Invalid | Unmappable) -> None:
        """A call that was never sent."""
        if isinstance(result, Invalid):
            destination, mapping = line.place
            self._write(line.raw, line, {"destination": destination, "mapping": mapping}, "invalid", result.reason)
            return
        self._write(
            line.raw,
            line,
            {"destination": result.destination, "mapping": result.mapping, "message_id": result.message_id},
            "unmappable",
            result.reason,
        )

    def died(self, settlement: Settlement) -> None:
        """A request that the destination did not take."""
        item = settlement.item
        about = {
            "destination": item.request.destination,
            "mapping": item.request.mapping,
            "message_id": item.message_id,
        }
        line = Line(raw=item.call, number=item.line, file=item.file)
        last = {"attempts": settlement.attempts, "status": settlement.status, "response": settlement.excerpt}
        self._write(item.call, line, about, settlement.reason or "rejected", settlement.because, last)

    def _write(
        self,
        raw: bytes,
        line: Line,
        about: dict[str, Any],
        reason: str,
        because: str,
        last: dict[str, Any] | None = None,
    ) -> None:
        letter = {
            **_original(raw),
            **about,
            "file": line.file,
            "line": line.number,
            "reason": reason,
            "because": self._mask(because),
            **(last or {"attempts": 0}),
        }
        self._file.write(encode(letter) + b"\n")
        self._file.flush()


def _original(raw: bytes) -> dict[str, Any]:
    """The call as it came, but for its write key: as JSON where it is some, else as text, else as base64."""
    try:
        call = decode(raw)
        if isinstance(call, dict):
            if "writeKey" in call:  # lets its holder send calls in the source's name, and no mapping reads it
                return {"call": {**call, "writeKey": MASK}}
            return {"call": verbatim(raw)}
    except JsonError:
        pass
    try:
        return {"raw": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(raw).decode()}

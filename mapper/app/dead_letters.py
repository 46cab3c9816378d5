"""The file of what could not be delivered, from which it can be run again."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from mapper.app.mapping import Spot
from mapper.base.json import JsonError, decode, encode, verbatim
from mapper.base.secrets import MASK
from mapper.delivery.queue import Dead
from mapper.records.line import Line
from mapper.records.result import Invalid, Unmappable


class DeadLetters:
    """Writes one JSON object a line: the original call, where it died, why, and the last answer. Appends.

    The file is readable by its owner only: it holds customers' data. Each letter is written before the next call goes
    on, so that a crash keeps all that went before. Once one can't be written none is.

    Args:
        path: Of the file.
        mask: Takes the secrets out of a text.
        on_failure: Told once, why one could not be written.

    Attributes:
        missing: Where the calls stood whose letters are not in it.

    Raises:
        OSError: the file can't be opened.
    """

    def __init__(self, path: Path, mask: Callable[[str], str], on_failure: Callable[[str], None]) -> None:
        self.missing: list[Spot] = []
        self._mask = mask
        self._on_failure = on_failure
        self._begin = b"\n" if _is_cut_short(path) else b""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._file).st_size

    def close(self) -> None:
        """Finish the file."""
        os.close(self._file)

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

    def died(self, death: Dead) -> None:
        """A request that the destination did not take."""
        item = death.item
        about = {
            "destination": item.request.destination,
            "mapping": item.request.mapping,
            "message_id": item.message_id,
        }
        line = Line(raw=item.call, number=item.line, file=item.file)
        last = {"attempts": death.attempts, "status": death.status, "response": death.excerpt}
        self._write(item.call, line, about, death.reason, death.because, last)

    def _write(
        self,
        raw: bytes,
        line: Line,
        about: dict[str, Any],
        reason: str,
        because: str,
        last: dict[str, Any] | None = None,
    ) -> None:
        if self.missing:
            self.missing.append((line.file, line.number))
            return
        letter = {
            **_original(raw),
            **about,
            "file": line.file,
            "line": line.number,
            "reason": reason,
            "because": self._mask(because),
            **(last or {"attempts": 0}),
        }
        try:
            self._append(self._begin + encode(letter) + b"\n")
        except OSError as error:
            self.missing.append((line.file, line.number))
            self._on_failure(error.strerror or str(error))
        self._begin = b""

    def _append(self, data: bytes) -> None:
        """All of it or nothing, where nobody else writes there."""
        done = 0
        try:
            while done < len(data):
                done += os.write(self._file, data[done:])
        except OSError:
            with suppress(OSError):  # it is no file, say
                if os.fstat(self._file).st_size == self._size + done:
                    os.ftruncate(self._file, self._size)
            raise
        self._size += done


def _is_cut_short(path: Path) -> bool:
    """Whether the last letter has no end, for the disk was full then: the next one must not be taken for the rest."""
    if path.is_file() and (size := path.stat().st_size):
        with suppress(PermissionError), path.open("rb") as file:  # it may be for writing alone
            file.seek(size - 1)
            return file.read() != b"\n"
    return False


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

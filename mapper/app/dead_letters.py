"""The file of what could not be delivered, from which it can be run again."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, BinaryIO

from mapper.base.json import JsonError, decode, encode, verbatim
from mapper.base.secrets import MASK
from mapper.delivery.queue import Settlement
from mapper.records.line import Line
from mapper.records.result import Invalid, Unmappable


class LettersError(Exception):
    """A letter could not be written; the message is one line.

    Attributes:
        help: What to do about it.
    """

    def __init__(self, message: str, help: str) -> None:  # noqa: A002 - the word that diagnostics use
        super().__init__(message)
        self.help = help


class DeadLetters:
    """Writes one JSON object a line: the original call, where it died, why, and the last answer. Appends.

    The file is readable by its owner only: it holds customers' data. Each letter is written before the next call goes
    on, so that a crash keeps all that went before.

    Raises:
        OSError: the file can't be opened.
    """

    def __init__(self, path: Path, mask: Callable[[str], str]) -> None:
        self._path = path
        self._mask = mask
        self._is_broken = False
        is_cut_short = _is_cut_short(path)
        self._file: BinaryIO = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
        if is_cut_short:
            self._file.write(b"\n")

    def close(self) -> None:
        """Finish the file."""
        with suppress(OSError) if self._is_broken else nullcontext():  # it would try once more what failed
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
        try:
            self._file.write(encode(letter) + b"\n")
            self._file.flush()
        except OSError as error:
            self._is_broken = True
            trouble = f"--dead-letters: can't write {self._path}: {error.strerror}"
            raise LettersError(
                f"{trouble}; the first letter that is not in it is that of {line.file}:{line.number}",
                "make room and run again; without --queue, what was delivered by now is delivered once more",
            ) from None


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

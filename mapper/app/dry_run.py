"""What would be sent, without sending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mapper.app.ledger import Ledger
from mapper.app.mapping import Pair, Selection, chunks, map_lines
from mapper.app.wiring import Wired
from mapper.records.line import Line
from mapper.records.result import Mapped
from mapper.render.results import result_line


def dry_run(
    lines: Iterable[Line], wired: Wired, ledger: Ledger, selection: Selection, *, name_files: bool
) -> Iterator[bytes]:
    """Map lines; give each chunk's results as lines of JSON, in input order.

    Args:
        lines: The input.
        wired: Mappings, and targets whose secrets are masked.
        ledger: Is kept up to date.
        selection: Which calls to map.
        name_files: Write each line's file too, for input of several files.
    """
    for chunk in chunks(lines, selection):
        pairs = map_lines(wired.apply, chunk.lines, selection)
        ledger.lines += len(chunk.lines)
        for _, result in pairs:
            ledger.count(result)
        yield b"".join(_shown(pair, wired, name_files) for pair in pairs)


def _shown(pair: Pair, wired: Wired, name_files: bool) -> bytes:
    line, result = pair
    file = line.file if name_files else None
    if not isinstance(result, Mapped):
        return result_line(result, line=line.number, file=file)
    target = wired.targets[result.destination, result.request.name]
    return result_line(
        result,
        line=line.number,
        file=file,
        method=target.method,
        shown_url=target.shown_url,
        shown_headers=target.shown_headers,
    )

"""A source's calls, one after another, in flat memory."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from mapper.intake.blocks import Blocks
from mapper.intake.detect import BOM, Layout, foreign, has_begun, layout
from mapper.intake.hold import beginning
from mapper.intake.lines import cut_lines
from mapper.intake.sources import STANDARD_INPUT, Source, refuse
from mapper.intake.split import Splitter
from mapper.intake.unfinished import PACKED, OnUnfinished, is_whole
from mapper.intake.unwrap import Batch, may_wrap, unwrapped
from mapper.records.line import Line


def read_lines(
    source: Source,
    *,
    max_line_bytes: int = 1_000_000,
    from_line: int = 1,
    from_part: int = 0,
    stdin: BinaryIO | None = None,
    on_unfinished: OnUnfinished | None = None,
) -> Iterator[Line]:
    """Read the calls of one source, in the order they stand there.

    NDJSON, a JSON array, one object or several (pretty-printed or not), Tracking-API envelopes and our own dead
    letters, each plain or as gzip, are told apart by content. A call that stands on a line of its own bears the line's
    number; anything else is counted from 1. All calls of an envelope bear its line's number, unless the envelope is
    all there is and will be. What can't be a call is a line with a fault, and the next one is read; so is a file that
    ends too early or is in a foreign encoding.

    Args:
        source: From :func:`~mapper.intake.sources.find_sources`.
        max_line_bytes: Most bytes of one call; a longer one is a faulty line.
        from_line: Leave out what has a smaller number.
        from_part: Leave out so many calls of that line too.
        stdin: Read where the source is ``-``, and left open; by default the process's own.
        on_unfinished: Called instead of a last line of NDJSON that has no end and is not whole, of what is missing at
            the end of a document or of gzip data, because somebody still writes it; None: it is a line like others.

    Raises:
        IntakeError: the source cannot be opened.
    """
    with _opened(source, stdin) as stream:
        lines = _lines(source.name, Blocks(stream), max_line_bytes, on_unfinished)
        begin = (from_line, from_part)
        yield from lines if begin <= (1, 0) else (line for line in lines if (line.number, line.part) >= begin)


@contextmanager
def _opened(source: Source, stdin: BinaryIO | None) -> Iterator[BinaryIO]:
    if source.path == STANDARD_INPUT:
        # Not sys.stdin.buffer: at its end the interpreter wants that itself, and aborts where a thread is reading it.
        yield stdin or open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115 - closes nothing
        return
    try:
        stream = Path(source.path).open("rb", buffering=0)  # noqa: SIM115 - closed below; blocks are large
    except (OSError, ValueError) as error:
        refuse(source.path, error)
    with stream:
        yield stream


def _lines(file: str, source: Blocks, limit: int, on_unfinished: OnUnfinished | None) -> Iterator[Line]:
    blocks = iter(source)
    head, first_line = _begin(blocks)
    if fault := foreign(head):
        yield Line(beginning(head), 1, file, fault)
        return
    kind = layout(head, whole=False)
    while kind is None:
        block = next(blocks, b"")
        head += block
        kind = layout(head, whole=not block)
    rest = chain([head], blocks)
    if on_unfinished is not None:
        kind = _layout_so_far(kind, head)
    if kind == "lines":
        batches = cut_lines(file, rest, source, limit, first_line, on_unfinished)
    else:
        batches = _split(file, Splitter(file, limit, first_line), rest, source, on_unfinished)
    yield from _opened_up(batches, limit, grows=on_unfinished is not None)


def _layout_so_far(kind: Layout, head: bytes) -> Layout:
    """As what a file is to be read that is still written, so that what is read of it now is what it will be: where more
    than the first call would have to be there to tell, nothing that is not whole is taken."""
    if b"\n" not in head:
        return "lines" if head.startswith(b"{") and not is_whole(Line(head, 1, "")) else kind
    if not has_begun(head):
        return kind
    splitter = Splitter("", len(head))
    return "document" if not splitter.feed(head) and splitter.open else kind


def _begin(blocks: Iterator[bytes]) -> tuple[bytes, int]:
    """The first bytes that are no white space, a byte-order mark taken off, and the number of their line."""
    head = b""
    while len(head) < len(BOM) + 1 and (block := next(blocks, b"")):
        head += block
    head = head.removeprefix(BOM)
    first_line = 1
    while True:
        text = head.lstrip()
        first_line += head.count(b"\n", 0, len(head) - len(text))
        if text or not (head := next(blocks, b"")):
            return text, first_line


def _split(
    file: str, splitter: Splitter, blocks: Iterable[bytes], source: Blocks, on_unfinished: OnUnfinished | None
) -> Iterator[Batch]:
    for block in blocks:
        yield _batch(splitter.feed(block))
    missing = PACKED if source.cut_off else None if source.fault else splitter.open
    if missing and on_unfinished is not None:
        on_unfinished(file, missing)
    else:
        yield _batch(splitter.close(source.fault))


def _batch(lines: list[Line]) -> Batch:
    return Batch(lines, any(may_wrap(line.raw) for line in lines))


def _opened_up(batches: Iterator[Batch], limit: int, *, grows: bool) -> Iterator[Line]:
    """Take calls out of envelopes and dead letters; an envelope that is all there is numbers its items, unless the file
    may grow: what has a number must keep it."""
    filled = (batch for batch in batches if batch.lines)
    first = next(filled, None)
    if first is not None and first.suspicious and len(first.lines) == 1 and not grows:
        second = next(filled, None)
        yield from unwrapped(first, limit, number_items=second is None)
        first = second
    for batch in chain([first] if first else [], filled):
        yield from unwrapped(batch, limit)

"""What ``mapper run`` does: prepare, run or dry-run, report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from mapper.app.ledger import Ledger
from mapper.app.mapping import Selection, chunks, left_out
from mapper.app.parallel import WorkersLostError
from mapper.app.project import Project
from mapper.app.warming import is_long
from mapper.app.wiring import Wired
from mapper.authoring.quantities import age, size, span
from mapper.cli.console import FINDINGS, Exit, await_terminal, fail, note, say
from mapper.cli.ledger import ledger_text
from mapper.cli.preparing import bases_of, prepare, say_mappings, settings_of, wired_dry, wired_for
from mapper.cli.run_checks import check_run
from mapper.cli.run_options import LONGEST_IN_CLUSTER, Options, go_on
from mapper.intake.ranges import Stretch, ranges
from mapper.intake.read import read_lines
from mapper.intake.sources import IntakeError, Source, find_sources
from mapper.intake.unfinished import OnUnfinished
from mapper.records.line import Line
from mapper.records.spec import DestinationSpec

if TYPE_CHECKING:
    from socket import socket

    from mapper.app.dry_run import DryRun
    from mapper.app.workers import Workers
    from mapper.cli.sending import Begins, Sending


class Reading(TypedDict):
    """How a file is read."""

    max_line_bytes: int
    from_line: int
    on_unfinished: OnUnfinished | None


def execute(options: Options, channels: Sequence[socket] = ()) -> None:
    """Run, and exit with the code that tells how it went.

    Args:
        options: What was typed.
        channels: Lead to processes that map; none: this one does.
    """
    check_run(options)
    project, specs = prepare(options)
    try:
        sources = find_sources(options.paths)
    except IntakeError as error:
        fail(str(error), error.help)
    if options.from_line > 1 and len(sources) > 1:
        fail("--from-line needs exactly one file", f"{len(sources)} were found; name the one to go on with")
    await_terminal(options.paths)
    say_mappings(options, project, specs)
    workers = _workers(channels)
    lines = partial(_lines if workers is None else _divided, options, sources)
    if options.dry_run:
        _dry(options, project, specs, sources, workers)
    else:
        code = deliver(options, project, specs, sources, lines, workers)
        if code:
            raise Exit(code)


def _workers(channels: Sequence[socket]) -> Workers | None:
    if not channels:
        return None
    from mapper.app.workers import Workers

    return Workers(channels)


def _lines(options: Options, sources: Sequence[Source], begins: Begins | None = None) -> Iterator[Line]:
    """All lines; `begins`: where files are gone on with."""
    for source in sources:
        yield from read_lines(source, **_reading(options, source, begins), from_part=_part(options, source, begins))


def _divided(options: Options, sources: Sequence[Source], begins: Begins | None = None) -> Iterator[Line | Stretch]:
    """All lines for workers, who read long files themselves; but not where lines are counted."""
    for source in sources:
        how, part = _reading(options, source, begins), _part(options, source, begins)
        divided = ranges(source, **how) if options.limit is None and not part else None
        yield from read_lines(source, **how, from_part=part) if divided is None else divided


def _longest_call(options: Options) -> int:
    longest = size(options.max_call_size) or 1
    return longest if options.cluster is None else min(longest, LONGEST_IN_CLUSTER)


def _reading(options: Options, source: Source, begins: Begins | None) -> Reading:
    """How to read a file. One that can be gone on with may still be written."""
    known = begins.places.get(source.name) if begins is not None else None
    return {
        "max_line_bytes": _longest_call(options),
        "from_line": max(options.from_line, known.line if known else 1),
        "on_unfinished": begins.on_unfinished if begins is not None and known is not None else None,
    }


def _part(options: Options, source: Source, begins: Begins | None) -> int:
    """How many calls of the line it is gone on with are accounted for."""
    known = begins.places.get(source.name) if begins is not None else None
    return known.part if known and known.line >= options.from_line else 0


def _selection(options: Options) -> Selection:
    return Selection(only=frozenset(options.only), limit=options.limit)


def _dry(
    options: Options,
    project: Project,
    specs: Sequence[DestinationSpec],
    sources: Sequence[Source],
    workers: Workers | None,
) -> None:
    from mapper.app.dry_run import dry_run_of

    show = dry_run_of(wired_dry(options, project, specs, sources), _selection(options), name_files=len(sources) > 1)
    ledger = Ledger()
    try:
        for text, counted in _shown(options, show, sources, workers):
            sys.stdout.buffer.write(text)
            ledger.add(counted)
    except WorkersLostError as error:
        sys.stdout.flush()
        fail(f"{error}: not all lines are shown", error.help, FINDINGS)
    except IntakeError as error:
        sys.stdout.flush()
        fail(str(error), error.help)
    sys.stdout.flush()
    _finish(options, ledger, dry=True)


def _shown(
    options: Options, show: DryRun, sources: Sequence[Source], workers: Workers | None
) -> Iterator[tuple[bytes | memoryview, Ledger]]:
    if workers is None:
        return (show(chunk.lines) for chunk in chunks(_lines(options, sources), show.selection))
    from mapper.app.worker_jobs import shown_apart

    return shown_apart(_divided(options, sources), show, workers)


def deliver(
    options: Options,
    project: Project,
    specs: Sequence[DestinationSpec],
    sources: Sequence[Source],
    lines: Callable[[Begins], Iterable[Line | Stretch]],
    workers: Workers | None = None,
    *,
    replays: bool = False,
    letters: Mapping[int, tuple[str, str]] | None = None,
) -> int:
    """Send what lines become, report, and give the exit code.

    Args:
        lines: All lines, given where files are gone on with.
        workers: Map them; None: this process does.
        replays: The lines are dead letters of the queue.
        letters: Their kinds and causes by number, where it is in a cluster.
    """
    from mapper.cli.sending import send  # with it comes HTTP, which a dry run does without

    def wired(bases: Mapping[str, str], brought: Mapping[str, Any] | None) -> Wired:
        if options.cluster is not None:  # whoever only puts needs no keys
            return wired_dry(replace(options, dry_run=True), project, specs, sources)
        values = settings_of(options, specs, brought)
        return wired_for(project, specs, values, bases or bases_of(options, specs), long=is_long(sources))

    sending = _sending(options, sources, lines, workers, replays=replays, letters=letters or {})
    folders = {spec.id: Path(spec.folder) for spec in specs} if options.sandbox else None
    code = send(sending, folders=folders, wired=wired)
    if not code:
        _require_something(options, sending.ledger, sending.before)
    return code


def _sending(
    options: Options,
    sources: Sequence[Source],
    lines: Callable[[Begins], Iterable[Line | Stretch]],
    workers: Workers | None,
    *,
    replays: bool,
    letters: Mapping[int, tuple[str, str]],
) -> Sending:
    from mapper.cli.sending import Sending

    return Sending(
        lines=lines,
        queue=options.queue,
        cluster=options.cluster,
        keep_dead=None if options.keep_dead is None else age(options.keep_dead),
        sources=sources,
        selection=_selection(options),
        dead_letters=options.dead_letters,
        ca_file=options.ca_file,
        proxy=options.proxy,
        give_up_after=span(options.give_up_after),
        grace=span(options.grace) or 0.0,
        concurrency=options.concurrency,
        workers=workers,
        verbose=options.verbose,
        quiet=options.quiet,
        replays=replays,
        letters=letters,
        again=lambda unsettled: go_on(options, [source.name for source in sources], unsettled),
    )


def _finish(options: Options, ledger: Ledger, *, dry: bool) -> None:
    if not options.quiet:
        say(ledger_text(ledger, waiting=0, dry=dry))
    _require_something(options, ledger, Ledger())
    if ledger.total_dead:
        raise Exit(FINDINGS)


def _require_something(options: Options, ledger: Ledger, before: Ledger) -> None:
    """A filter that matches nothing is an error, never a green run; an empty input is fine.

    `before`: what is in the ledger from earlier runs.
    """
    read = ledger.read - before.read
    if options.from_line > 1 and not read and not options.quiet:
        note(f"{options.paths[0]} has no line {options.from_line}: nothing was read")
    if options.only and read and left_out(ledger.skipped) - left_out(before.skipped) == read:
        fail(f"--only {' '.join(options.only)}: no call of this type was read", code=FINDINGS)

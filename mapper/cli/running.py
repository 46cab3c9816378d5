"""What ``mapper run`` does: prepare, run or dry-run, report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from mapper.app.ledger import Ledger
from mapper.app.mapping import Selection, chunks, left_out
from mapper.app.parallel import WorkersLostError
from mapper.app.places import describer
from mapper.app.project import Project, ProjectError, load_project
from mapper.app.settings import (
    SettingProblem,
    Sources,
    gather,
    read_assignments,
    resolve_all,
    secret_variables,
)
from mapper.app.warming import is_long
from mapper.app.wiring import Wired, wire
from mapper.authoring.quantities import age, size, span
from mapper.base.suggest import did_you_mean
from mapper.base.urls import safe_base
from mapper.cli.console import FINDINGS, USAGE, Exit, await_terminal, complain, fail, note, say
from mapper.cli.ledger import ledger_text
from mapper.cli.run_options import LONGEST_IN_CLUSTER, Options, go_on
from mapper.cli.sound import require_sound
from mapper.engine.target import TargetError
from mapper.intake.ranges import Stretch, ranges
from mapper.intake.read import read_lines
from mapper.intake.sources import IntakeError, Source, find_sources
from mapper.intake.unfinished import OnUnfinished
from mapper.records.line import Line
from mapper.records.spec import CALL_TYPES, DestinationSpec

if TYPE_CHECKING:
    from socket import socket

    from mapper.app.dry_run import DryRun
    from mapper.app.workers import Workers
    from mapper.cli.sending import Begins


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
    check(options)
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


def prepare(options: Options) -> tuple[Project, list[DestinationSpec]]:
    """The mappings and the destinations that run, or the end of the command."""
    try:
        project = load_project(options.mappings)
        require_sound(project, "nothing was run")
        return project, project.choose(options.destinations)
    except ProjectError as error:
        fail(str(error), error.help)


def say_mappings(options: Options, project: Project, specs: Sequence[DestinationSpec]) -> None:
    """Say which are in force."""
    if not options.quiet:
        say(f"mappings: {', '.join(spec.id for spec in specs)} from {project.origin}")


def check(options: Options) -> None:
    """Refuse options that make no sense, before anything is read."""
    _check_queue(options)
    for kind in options.only:
        if kind not in CALL_TYPES:
            fail(f"--only: there is no call type `{kind}`", did_you_mean(kind, CALL_TYPES) or ", ".join(CALL_TYPES))
    if options.dry_run and options.sandbox:
        fail("--dry-run sends nothing, and --sandbox is somewhere to send to", "leave one of them out")
    if options.sandbox and options.base_url:
        fail("--sandbox has an address of its own", "leave out --sandbox or --base-url")
    if options.base_url is not None and not safe_base(options.base_url):
        fail("--base-url must begin with https://", "plain http is for this machine only: http://127.0.0.1:PORT")
    if options.keep_dead is not None and age(options.keep_dead) is None:
        fail(f"--keep-dead: can't read `{options.keep_dead}`", "write 12h or 90d")
    for name, value, read in (
        ("--give-up-after", options.give_up_after, span),
        ("--grace", options.grace, span),
        ("--max-call-size", options.max_call_size, size),
    ):
        if value is not None and read(value) is None:
            fail(
                f"{name}: can't read `{value}`", "write 500ms, 90s, 10m or 2h" if read is span else "write 32KB or 1MB"
            )


def _check_queue(options: Options) -> None:
    if (options.queue is not None or options.cluster is not None) and options.dry_run:
        fail("--dry-run sends nothing, and --queue keeps what is to be sent", "leave one of them out")
    if options.cluster is not None:
        _check_cluster(options)
    elif not options.paths and options.queue is None:
        fail(
            "name a file of calls",
            "`mapper run FILE`; `-` reads standard input, and --queue FILE alone sends what waits",
        )
    elif options.keep_dead is not None and options.queue is None:
        fail("--keep-dead is about dead letters in a queue", "name one: --queue FILE")


def _check_cluster(options: Options) -> None:
    """Refuse what makes no sense where workers deliver, elsewhere."""
    if not options.paths:
        fail("name a file of calls to put into the queue", "`mapper work` delivers what waits in it")
    if options.sandbox:
        fail("--sandbox is for runs that deliver themselves", "give `mapper work` an address with --base-url")
    if options.keep_dead is not None:
        fail("--keep-dead is for queues in files", "`mapper dead drop` drops letters by age")


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


def settings_of(
    options: Options, specs: Sequence[DestinationSpec], brought: Mapping[str, Any] | None
) -> dict[str, dict[str, Any]]:
    """The settings of each destination, or the end of the command with all that is wrong with them."""
    return resolved(specs, sources_of(options, brought), secrets=not options.dry_run)


def sources_of(options: Options, brought: Mapping[str, Any] | None = None) -> Sources:
    """Where settings come from, or the end of the command."""
    try:
        if brought is not None:
            return Sources(options=read_assignments(options.assignments), file=brought, environment={})
        return gather(options.assignments, options.settings_file, os.environ)
    except ProjectError as error:
        fail(str(error), error.help)


def resolved(specs: Sequence[DestinationSpec], sources: Sources, *, secrets: bool) -> dict[str, dict[str, Any]]:
    """Settings out of these sources, or the end of the command with all that is wrong with them."""
    values, problems = resolve_all(specs, sources, secrets=secrets)
    if problems:
        _complain_all(problems)
    return values


def _complain_all(problems: Sequence[SettingProblem]) -> None:
    for problem in problems:
        complain(problem.message, problem.help)
    raise Exit(USAGE)


def wired_for(
    project: Project,
    specs: Sequence[DestinationSpec],
    values: Mapping[str, Mapping[str, Any]],
    bases: Mapping[str, str],
    *,
    long: bool,
) -> Wired:
    """Put a run together, and take its secrets out of the environment; or the end of the command."""
    for name in secret_variables(loaded.spec for loaded in project.sets.values() if loaded.spec):
        os.environ.pop(name, None)  # known by now, and workers inherit what is left
    try:
        return wire(specs, values, describe=describer(project.documents), base_urls=bases, long=long)
    except TargetError as error:
        fail(str(error), "look at the destination's settings, base and headers")


def bases_of(options: Options, specs: Sequence[DestinationSpec]) -> dict[str, str]:
    """What replaces the base of each destination's requests, by its id."""
    return {spec.id: options.base_url for spec in specs} if options.base_url else {}


def wired_dry(
    options: Options, project: Project, specs: Sequence[DestinationSpec], sources: Sequence[Source] = ()
) -> Wired:
    """What maps and sends nothing."""
    values = settings_of(options, specs, None)
    return wired_for(project, specs, values, bases_of(options, specs), long=is_long(sources))


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
    from mapper.cli.sending import Sending, send  # with it comes HTTP, which a dry run does without

    sending = Sending(
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
        letters=letters or {},
        again=lambda unsettled: go_on(options, [source.name for source in sources], unsettled),
    )
    code = send(
        sending,
        folders={spec.id: Path(spec.folder) for spec in specs} if options.sandbox else None,
        wired=lambda bases, brought: (
            wired_dry(replace(options, dry_run=True), project, specs, sources)  # whoever only puts needs no keys
            if options.cluster is not None
            else wired_for(
                project,
                specs,
                settings_of(options, specs, brought),
                bases or bases_of(options, specs),
                long=is_long(sources),
            )
        ),
    )
    if not code:
        _require_something(options, sending.ledger, sending.before)
    return code


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

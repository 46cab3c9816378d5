"""What ``mapper dead replay`` does."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from mapper.app.choosing import NoSuchLetterError
from mapper.app.ledger import Ledger
from mapper.app.mapping import Selection, map_lines
from mapper.app.replay import Replay, choose, line_of, paced
from mapper.app.wiring import Wired
from mapper.authoring.quantities import per_second
from mapper.base.json import encode
from mapper.cli.console import FINDINGS, OK, Exit, colored, fail, say, wrapping
from mapper.cli.preparing import prepare, say_mappings, wired_dry
from mapper.cli.run_checks import check_delivery
from mapper.cli.run_options import Options
from mapper.cli.running import deliver
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.letters import Choice, Kept
from mapper.records.result import Invalid, Mapped, Result, Skipped
from mapper.render.letters import as_json, outcome, plain


@dataclass(frozen=True, slots=True)
class Replaying:
    """Which letters, how fast, and how a dry run is shown."""

    choice: Choice
    rate: str
    as_json: bool


def replay_letters(replaying: Replaying, options: Options) -> None:
    """Send the calls of dead letters once more, or show what they would become, and exit with the code for it."""
    check_delivery(options)
    rate = per_second(replaying.rate)
    if rate is None:
        fail(f"--rate: can't read `{replaying.rate}`", "write 100/s, 90/m or 1000/h")
    if replaying.as_json and not options.dry_run:
        fail("--format is for what --dry-run shows", "leave it out, or add --dry-run")
    project, specs = prepare(options)
    if options.cluster is not None:
        from mapper.cli.cluster_replay import replay_in_cluster

        replay_in_cluster(replaying.choice, rate, options, project, specs, as_json=replaying.as_json)
        return
    assert options.queue is not None
    try:
        replay = choose(options.queue, replaying.choice, {spec.id for spec in specs})
        say_mappings(options, project, specs)
        _say_what(replay, options)
        if options.dry_run:
            code = show_replay(replay.kept(), wired_dry(options, project, specs), options, as_json=replaying.as_json)
        elif replay.ids:
            code = deliver(options, project, specs, [], lambda _: paced(replay.lines(), rate), replays=True)
            code = _say_left(replay, options, code)
        else:
            code = OK
    except NoSuchLetterError as error:
        fail(f"{options.queue}: {error}", error.help)
    except QueueFileError as error:
        fail(str(error), error.help)
    if code:
        raise Exit(code)


def _say_what(replay: Replay, options: Options) -> None:
    count = len(replay.ids)
    if not options.quiet:
        say(
            f"{options.queue}: {count:,} dead letter{'' if count == 1 else 's'} to replay"
            if count
            else "nothing to replay"
        )
    if replay.damaged:
        say(f"{replay.damaged:,} of a damaged file are left alone: their calls may not be what came in")
    for destination, left in sorted(replay.elsewhere.items()):
        say(
            f"{left:,} of `{destination}`, which does not run, are left alone; --destination {destination} makes it run"
        )


def _say_left(replay: Replay, options: Options, code: int) -> int:
    """What was not replayed, and the exit code in view of it."""
    left = replay.left()
    if left:
        say(f"{options.queue}: {left:,} of these dead letters were not replayed; the same command goes on with them")
    return code or (FINDINGS if left else OK)


def show_replay(letters: Iterable[Kept], wired: Wired, options: Options, *, as_json: bool) -> int:
    """Write old beside new; the exit code."""
    color, room = colored(sys.stdout), wrapping(sys.stdout)
    ledger = Ledger()
    for kept in letters:
        results = [result for _, result in map_lines(wired.apply, [line_of(kept)], Selection())]
        for result in results:
            ledger.count(result)
        if as_json:
            print(encode(_plain(kept, results)).decode())
        else:
            now = [(_named(result), result.request.body if isinstance(result, Mapped) else b"") for result in results]
            print("\n".join(outcome(kept, now, color=color, room=room)))
    if not options.quiet and ledger.read:
        say(
            f"a replay would send {ledger.mapped:,}, skip {ledger.total_skipped:,}"
            f" and find {ledger.total_dead:,} dead again"
        )
    return FINDINGS if ledger.total_dead else OK


def _named(result: Result) -> str:
    match result:
        case Mapped():
            return f"{result.request.destination}/{result.request.name}"
        case Skipped():
            return f"skipped: {result.reason}"
        case Invalid():
            return f"invalid: {result.reason}"
        case _:
            return f"unmappable: {result.reason}"


def _plain(kept: Kept, results: list[Result]) -> dict[str, object]:
    """The letter, and ``now``: for each result its ``request``, or why there is none."""
    return {**as_json(kept), "now": [_result(result) for result in results]}


def _result(result: Result) -> dict[str, object]:
    if isinstance(result, Mapped):
        return {
            "request": f"{result.request.destination}/{result.request.name}",
            **plain("body", "body_raw", result.request.body),
        }
    kind, _, reason = _named(result).partition(": ")
    return {kind: reason}

"""What ``mapper dead replay`` does with a queue in a cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from mapper.app.project import Project
from mapper.app.replay import line_of, paced
from mapper.cli.cluster_letters import chosen_in_cluster
from mapper.cli.console import OK, Exit, say
from mapper.cli.preparing import say_mappings, wired_dry
from mapper.cli.replaying import show_replay
from mapper.cli.run_options import Options
from mapper.cli.running import deliver
from mapper.delivery.durable.letters import Choice, Kept
from mapper.delivery.queue import DAMAGED
from mapper.records.spec import DestinationSpec


def replay_in_cluster(
    choice: Choice, rate: float, options: Options, project: Project, specs: Sequence[DestinationSpec], *, as_json: bool
) -> None:
    """Put the calls of dead letters into the queue once more, or show what they would become."""
    assert options.cluster is not None
    runs = {spec.id for spec in specs}
    found: deque[Kept] = deque()
    chosen_in_cluster(options.cluster, choice, found)
    letters = [each for each in found if _can_be_replayed(each, runs)]
    say_mappings(options, project, specs)
    if not options.quiet:
        count = f"{len(letters):,} dead letter{'' if len(letters) == 1 else 's'} to replay"
        say(f"{options.cluster}: {count}" if letters else "nothing to replay")
    if left := len(found) - len(letters):
        say(f"{left:,} are left alone: of destinations that do not run, or no calls at all")
    code = OK
    if options.dry_run:
        code = show_replay(letters, wired_dry(options, project, specs), options, as_json=as_json)
    elif letters:
        about = {each.id: (each.letter.kind, each.letter.because) for each in letters}
        lines = paced(map(line_of, letters), rate)
        code = deliver(options, project, specs, [], lambda _: lines, replays=True, letters=about)
    if code:
        raise Exit(code)


def _can_be_replayed(kept: Kept, runs: set[str]) -> bool:
    return kept.letter.kind != DAMAGED and (kept.letter.destination is None or kept.letter.destination in runs)

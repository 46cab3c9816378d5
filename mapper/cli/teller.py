"""What a run that sends says on the way and at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from mapper.app.mapping import Spot
from mapper.app.pipeline import Ending
from mapper.app.resume import Begin
from mapper.cli.console import FINDINGS, INTERRUPTED, complain, say
from mapper.cli.ledger import ledger_text
from mapper.delivery.report import Trouble
from mapper.records.line import Line
from mapper.records.result import Skipped

if TYPE_CHECKING:
    from mapper.cli.sending import Sending
    from mapper.sandbox import Sandbox

_DEAD_SHOWN: Final = 10


class Teller:
    """Of one run.

    Attributes:
        dead: How many results died.
        unfinished: In words, files whose end is left for the next run.
        missing: Where the calls stood whose letters the file of dead letters does not take.
    """

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._lasting = sending.queue is not None or sending.cluster is not None
        self.dead = 0
        self.unfinished: list[str] = []
        self.missing: Sequence[Spot] = ()

    def say_where(self, pending: int, begins: Mapping[str, Begin]) -> None:
        """Say what waits of earlier runs, and where files are gone on with."""
        if self._sending.quiet:
            return
        if pending:
            say(f"{self._sending.queue}: {pending:,} requests of earlier runs are sent too")
        for source in self._sending.sources:
            begin = begins.get(source.name)
            if begin is None:
                say(f"{source.name}: can't be gone on with; what is read of it is safe in the queue")
            elif begin.part:
                say(f"{source.name}: read into line {begin.line:,} before, going on from there")
            elif begin.line > 1:
                say(f"{source.name}: read up to line {begin.line - 1:,} before, going on from there")

    def note_disk(self, trouble: str | None) -> None:
        """Say that the queue takes nothing, and why, or that it does again."""
        name = self._sending.cluster or self._sending.queue
        say(f"{name}: {trouble}; waiting" if trouble else f"{name}: going on")

    def note_dead(self, file: str, line: int, reason: str) -> None:
        """Count one that died, and show the first of them."""
        self.dead += 1
        if self._sending.quiet or (self.dead > _DEAD_SHOWN and not self._sending.verbose):
            return
        say(f"dead: {file}:{line}: {reason}")
        if self.dead == _DEAD_SHOWN and not self._sending.verbose:
            keeps = "`mapper dead list` lists" if self._lasting else "--dead-letters FILE keeps"
            say(f"dead: further ones are only counted; --verbose shows them, {keeps} them")

    def note_unwritten(self, because: str) -> None:
        """Say that a dead letter can't be written, and that the run ends therefore."""
        then = "what is pending stays in the queue" if self._lasting else "it is said then where to go on"
        complain(
            f"--dead-letters: can't write {self._sending.dead_letters}: {because}",
            f"make room, and go on; requests in flight are finished first, and {then}",
        )

    def note_skipped(self, line: Line, result: Skipped) -> None:
        """Show what is skipped to who wants to see all."""
        if self._sending.verbose:
            message = "" if result.message_id is None else f" (message {result.message_id})"
            say(f"skipped: {line.file}:{line.number}: {result.reason}{message}")

    def note_unfinished(self, file: str, part: str) -> None:
        """Remember a file whose end is left for the next run."""
        self.unfinished.append(f"{file}: {part}, and is left for the next run")

    def note_trouble(self, trouble: Trouble) -> None:
        """Show what a destination refuses to who wants to see all."""
        if self._sending.verbose:
            when = f"again in {trouble.wait:.1f} s" if trouble.wait is not None else "not tried again in this run"
            say(f"{trouble.ruling}: {trouble.destination}: {trouble.because}; {trouble.events} events, {when}")

    def note_cut_off(self) -> None:
        """Say that the run ends at once."""
        then = "the next run sends it again" if self._lasting else "is not accounted for"
        say(f"stopped at once; what was in flight may arrive, and {then}")

    def report(self, ending: Ending, sandboxes: Sequence[Sandbox], *, stopped: bool) -> int:
        """Say how it ended; the exit code.

        Args:
            ending: Of the run.
            sandboxes: Those it sent to.
            stopped: Whether it was told to stop.
        """
        ledger = self._sending.ledger
        for pause in ending.pauses:
            say(f"{pause.destination}: {pause.because} from {pause.shown_url}")
            say(f"  help: {pause.advice}")
        if ending.failure is not None and not stopped:  # whoever ends us all ends the workers too
            complain(f"{ending.failure}: not all lines were read", ending.failure.help)
        if not self._sending.quiet:
            say(ledger_text(ledger, waiting=ending.waiting))
        if self._sending.replays:
            return self._report_replay(ending, stopped=stopped)
        for unfinished in self.unfinished:
            say(unfinished)
        self._say_missing()
        if (first := self._first(ending.unsettled)) is not None:
            what = "first line whose letter is missing, or that is not settled"
            say(f"{what if self.missing and not self._lasting else 'first line not settled'}: {first[0]}:{first[1]}")
            for step in self._sending.again(first):
                say(f"  {step}")
        if self._sending.cluster is not None and ending.waiting and not self._sending.quiet:
            say(_put(ending))
        if sandboxes and not self._sending.quiet:
            _show_received(sandboxes)
        if stopped:
            return INTERRUPTED
        waiting = ending.waiting if self._sending.cluster is None else 0  # is for workers to deliver
        return FINDINGS if self.dead or waiting or self.unfinished or not ending.complete else 0

    def _say_missing(self) -> None:
        if self.missing:
            queue = self._sending.queue or self._sending.cluster
            where = f"; the queue has them: mapper dead list {queue}" if self._lasting else ""
            say(f"dead letters that are not in {self._sending.dead_letters}: {len(self.missing):,}{where}")

    def _first(self, unsettled: Spot | None) -> Spot | None:
        """Where to go on: what a file of dead letters lacks is to be read once more, unless the queue has it."""
        spots = [*([unsettled] if unsettled else ()), *(() if self._lasting else self.missing)]
        order = {source.name: number for number, source in enumerate(self._sending.sources)}
        return min(spots, key=lambda spot: (order.get(spot[0], -1), spot[1]), default=None)

    def _report_replay(self, ending: Ending, *, stopped: bool) -> int:
        """What came of this replay; what died of old is no fault of it."""
        ledger, before = self._sending.ledger, self._sending.before
        if self._sending.cluster is not None:
            if not self._sending.quiet:
                say(f"this replay: {_put(ending)}")
            return INTERRUPTED if stopped else FINDINGS if self.dead or not ending.complete else 0
        if not self._sending.quiet:
            delivered, skipped = ledger.delivered - before.delivered, ledger.total_skipped - before.total_skipped
            say(f"this replay: {delivered:,} delivered, {skipped:,} skipped, {self.dead:,} dead")
        if ending.waiting:
            say(f"what is pending is sent by the next run or replay: mapper run --queue {self._sending.queue}")
        if stopped:
            return INTERRUPTED
        return FINDINGS if self.dead or ending.waiting or not ending.complete else 0


def _put(ending: Ending) -> str:
    """Of a run into a cluster."""
    return f"{ending.waiting:,} put into the queue, where `mapper work` delivers them"


def _show_received(sandboxes: Sequence[Sandbox]) -> None:
    from mapper.base.json import encode

    for box in sandboxes:
        count = box.received.count
        among = ", among them:" if count > 1 else ":" if count else ""
        say(f"the sandbox {box.spec.id} received {count:,} event{'' if count == 1 else 's'}{among}")
        for event in _examples(box.received.events):
            say(f"  {encode(event).decode()}")


def _examples(events: Iterable[Any], most: int = 4) -> list[Any]:
    """A few events of different kinds: of each action, the first."""
    kinds: dict[Any, Any] = {}
    for event in events:
        kinds.setdefault(event.get("action") if isinstance(event, dict) else None, event)
    return list(kinds.values())[:most]

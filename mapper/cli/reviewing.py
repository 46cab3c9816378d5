"""``mapper snap review``: one change after another, one key each."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final

from mapper.app.judging import evidence
from mapper.app.locked import Locked
from mapper.app.snap import Checked, accept
from mapper.base.json import encode
from mapper.cli.console import FINDINGS, INTERRUPTED, Exit, colored, complain, fail
from mapper.cli.keys import Keys, keyboard
from mapper.cli.snapping import check_all, misfits, refuse_in_ci, writing
from mapper.render.page import Page, Rule, keys_line, page_lines, whole_lines
from mapper.review.cases import CaseError
from mapper.review.changes import shape
from mapper.review.leaves import path_text
from mapper.review.pending import discard


def review_changes(locks: Sequence[Locked], names: Sequence[str]) -> None:
    """Step through what changed. Each decision is carried out at once, so that an early end loses none."""
    refuse_in_ci("review")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail(
            "review needs a terminal",
            "`mapper snap test` shows what changed; `mapper snap accept NAME...`, or --all, accepts it",
        )
    found = check_all(locks, names)
    others = misfits(locks, found, whole=not names)
    session = _Session([each for each in found if each.status in ("changed", "missing")])
    interrupted = False
    try:
        with keyboard() as keys:
            session.run(keys)
    except KeyboardInterrupt:
        interrupted = True
    for line in (*session.summary(len(found)), *others):
        print(line)
    if interrupted:
        raise Exit(INTERRUPTED)
    if others or not session.all_accepted:
        raise Exit(FINDINGS)


_DECISIONS: Final = {"a": "accepted", "l": "accepted", "r": "rejected", "s": "skipped"}


class _Session:
    """The changes, and what was decided of them."""

    def __init__(self, found: Sequence[Checked]) -> None:
        self._found = found
        self._decided: dict[int, str] = {}
        self._shapes = [shape(each.known, each.now or "") for each in found]

    def run(self, keys: Keys) -> None:
        """Show each that is undecided, and do what is said of it; until all are through, or nobody is there."""
        for at in range(len(self._found)):
            if at not in self._decided and not self._judge(at, keys):
                return

    def summary(self, cases: int) -> list[str]:
        """What was done, in a line or two."""
        if not self._found:
            return [f"nothing to review: no snapshot of {cases} case{'s' * (cases != 1)} changed or is missing"]
        counts = Counter(self._decided.values())
        left = len(self._found) - len(self._decided)
        parts = [f"{many} {what}" for what, many in counts.items()] + ([f"{left} not looked at"] if left else [])
        return ["", f"{len(self._found)} change{'s' * (len(self._found) != 1)}: {', '.join(parts)}"]

    @property
    def all_accepted(self) -> bool:
        """Whether every snapshot is as the mappings have it now."""
        return all(self._decided.get(at) == "accepted" for at in range(len(self._found)))

    def _judge(self, at: int, keys: Keys) -> bool:
        """Show one and act on a key; False where the review is to end."""
        alike = self._alike(at)
        try:
            page = _page(self._found[at], at + 1, len(self._found), len(alike))
        except CaseError as error:
            complain(str(error))
            return True
        key = _key(page, keys)
        print()  # the line of keys has no end
        if key != "q":
            for each in alike if key == "l" else [at]:
                self._decide(each, key)
        return key != "q"

    def _alike(self, at: int) -> list[int]:
        """This change and the undecided ones that are like it, in order."""
        like = self._shapes[at]
        return [other for other in range(len(self._found)) if self._is_like(other, at, like)]

    def _is_like(self, other: int, at: int, like: Hashable | None) -> bool:
        return other == at or (other not in self._decided and like is not None and self._shapes[other] == like)

    def _decide(self, at: int, key: str) -> None:
        kept = self._found[at].kept
        decision = _DECISIONS[key]
        if decision == "rejected":
            writing(kept, discard, kept.snapshot)
        elif decision == "accepted" and (fault := writing(kept, accept, kept)):
            complain(fault)
            decision = "refused"
        self._decided[at] = decision


def _key(page: Page, keys: Keys) -> str:
    """Show a page, and give the key that decides; whoever is gone wants to quit."""
    _show(page_lines(page, color=colored(sys.stdout), **_size()), page, keys, clear=True)
    allowed = dict(page.keys)
    while True:
        try:
            key = keys.read()
        except EOFError:
            return "q"
        if key == "d":
            _show(whole_lines(page, color=colored(sys.stdout)), page, keys, clear=False)
        elif key in allowed:
            return key


def _page(checked: Checked, number: int, total: int, alike: int) -> Page:
    behind = evidence(checked)
    like = [("l", f"accept all {alike} like this")] if alike > 1 else []
    return Page(
        number=number,
        total=total,
        status=checked.status,
        name=checked.name,
        about=behind.case.about,
        case=behind.place,
        values=[(path_text(path), encode(value).decode()) for path, value in behind.values],
        rules=[
            Rule(f"{source.place.file}:{source.place.line}", source.field, source.line) for source in behind.sources
        ],
        damage=behind.damage,
        old=checked.known or "",
        new=checked.now or "",
        keys=[("a", "accept"), ("r", "reject"), ("s", "skip"), *like, ("d", "all of it"), ("q", "quit")],
    )


def _show(lines: Sequence[str], page: Page, keys: Keys, *, clear: bool) -> None:
    """Show a page; the keys come last, and no key counts that was pressed before they were to be seen."""
    start = "\x1b[2J\x1b[H" if clear and os.environ.get("TERM", "dumb") != "dumb" else "\n"
    sys.stdout.write(start + "".join(f"{line}\n" for line in lines) + "\n")
    sys.stdout.flush()
    keys.forget()
    sys.stdout.write(keys_line(page, color=colored(sys.stdout)))
    sys.stdout.flush()


def _size() -> dict[str, int]:
    size = shutil.get_terminal_size((80, 24))
    return {"columns": size.columns, "rows": size.lines}

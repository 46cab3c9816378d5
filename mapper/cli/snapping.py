"""What ``mapper snap`` does at once; ``reviewing`` goes through it with somebody at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn, ParamSpec, TypeVar

from mapper.app.locked import BrokenError, Locked, shown
from mapper.app.project import ProjectError
from mapper.app.snap import Checked, Kept, accept, check, in_ci, note, pending, select, strays
from mapper.cli.console import FINDINGS, Exit, colored, complain, fail, wrapping
from mapper.render.cells import visible
from mapper.render.diff import diff
from mapper.render.fold import folded
from mapper.review.changes import damage, shape
from mapper.review.pending import discard, find_pending

P = ParamSpec("P")
T = TypeVar("T")


def test_cases(locks: Sequence[Locked], names: Sequence[str], *, quiet: bool) -> None:
    """``mapper snap test``."""
    found = check_all(locks, names)
    unfit = [each for each in found if each.status != "fits"]
    _show_changes([each for each in unfit if each.status != "failed"], quiet=quiet)
    lines = misfits(locks, found, whole=not names)
    for line in lines:
        _print(line)
    if unfit or lines:
        print()
    orphaned = sum(len(locked.orphans) for locked in locks) if not names else 0
    for line in (_summary(found, orphaned), *_advice(found, orphaned)):
        _print(line)
    if unfit or lines:
        raise Exit(FINDINGS)


def check_all(locks: Sequence[Locked], names: Sequence[str]) -> list[Checked]:
    """Hold cases against their snapshots, and keep what does not fit as pending where that is allowed."""
    chosen = chosen_cases(locks, names)
    if not chosen and not any(map(_failings, locks)):
        fail(f"there is no case in {shown(locks[0].folder)}", "`mapper snap new` makes one from a call")
    try:
        found = [check(kept) for kept in chosen]
    except BrokenError as error:
        fail(str(error))
    if not in_ci():
        for each in found:
            writing(each.kept, note, each)
    return found


def misfits(locks: Sequence[Locked], found: Sequence[Checked], *, whole: bool) -> list[str]:
    """A line for everything that can't be accepted: cases that are none, and where all were looked at, orphans."""
    lines = [f"failed   {each.fault}" for each in found if each.fault]
    if whole:
        lines += [f"failed   {line}" for locked in locks for line in _failings(locked)]
        lines += [f"orphaned {name}" for locked in locks for name in locked.orphan_names]
    return lines


def list_pending(locks: Sequence[Locked], names: Sequence[str]) -> None:
    """``mapper snap pending``."""
    found = pending(chosen_cases(locks, names))
    for kept in found:
        print(f"{'changed' if kept.snapshot.is_file() else 'missing'}  {visible(kept.file.id)}")
    if not found:
        print("nothing is pending")


def accept_cases(locks: Sequence[Locked], names: Sequence[str], *, everything: bool) -> None:
    """``mapper snap accept``."""
    refused = 0
    for kept in _waiting(locks, names, everything, "accept"):
        try:
            fault = writing(kept, accept, kept)
        except BrokenError as error:
            fail(str(error))
        if fault:
            complain(fault)
            refused += 1
        else:
            print(f"accepted {visible(kept.file.id)}")
    if refused:
        raise Exit(FINDINGS)


def reject_cases(locks: Sequence[Locked], names: Sequence[str], *, everything: bool) -> None:
    """``mapper snap reject``."""
    for kept in _waiting(locks, names, everything, "reject"):
        writing(kept, discard, kept.snapshot)
        print(f"rejected {visible(kept.file.id)}")


def prune_strays(locks: Sequence[Locked]) -> None:
    """``mapper snap prune``."""
    refuse_in_ci("prune")
    deleted = 0
    for locked in locks:
        if not locked.cases and (locked.orphans or find_pending(locked.snapshots)):
            fail(
                f"there is no case in {shown(locked.folder)}, so that every snapshot would go",
                "look whether the folder is the right one; if they are to go, delete them yourself",
            )
        for path in strays(locked):
            try:
                path.unlink()
            except OSError as error:
                fail(f"can't delete {shown(path)}: {error.strerror}", "make its folder writable")
            print(f"deleted {visible(shown(path))}")
            deleted += 1
    if not deleted:
        print("every snapshot has a case")


def chosen_cases(locks: Sequence[Locked], names: Sequence[str]) -> list[Kept]:
    """The cases that are meant, or the end of the command."""
    try:
        return select(locks, names)
    except ProjectError as error:
        fail(str(error), error.help)


def writing(kept: Kept, write: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Do something that writes beside a case's snapshot, or end the command where that can't be."""
    try:
        return write(*arguments, **named)
    except OSError as error:
        folder = shown(kept.snapshot.parent)
        fail(f"can't write in {folder}: {error.strerror}", "make the folder writable, or set CI=1 to compare only")


def refuse_in_ci(command: str) -> None:
    """End a command that writes, where CI is set."""
    if in_ci():
        fail(f"CI is set, and there {command} may write nothing", "run it where you work, and commit what it wrote")


def _waiting(locks: Sequence[Locked], names: Sequence[str], everything: bool, verb: str) -> list[Kept]:
    refuse_in_ci(verb)
    if everything and names:
        fail(f"{verb} takes names or --all, not both")
    if not everything and not names:
        fail(f"{verb} what?", "name the cases, or give --all; `mapper snap pending` lists them")
    found = pending(chosen_cases(locks, names))
    if not found:
        _nothing_pending(names)
    return found


def _nothing_pending(names: Sequence[str]) -> NoReturn:
    what = f" of {', '.join(names)}" if names else ""
    fail(f"nothing{what} is pending", "`mapper snap test` compares, and keeps what changed")


def _failings(locked: Locked) -> list[str]:
    """What is wrong with a lock as a whole, as its test says it too."""
    if not locked.folder.is_dir():
        return [f"there is no folder of cases {shown(locked.folder)}"]
    found = []
    if misplaced := locked.misplaced:
        found.append(f"a case is SET/MAPPING/NAME.json; nothing reads {', '.join(map(shown, misplaced))}")
    try:
        wanting = locked.wanting
    except BrokenError as error:
        fail(str(error))
    if wanting:
        found.append(f"each mapping needs {locked.minimum} or more cases: {', '.join(wanting)}")
    return found


def _show_changes(found: Iterable[Checked], *, quiet: bool) -> None:
    """Name them, those that are like each other together, and show the first of each kind."""
    alike: dict[object, list[Checked]] = {}
    for each in found:
        like = shape(each.known, each.now or "")
        alike.setdefault((each.status, like) if like is not None else each.name, []).append(each)
    color = colored(sys.stdout)
    for first, *others in alike.values():
        print(f"{first.status}  {visible(first.name)}")
        if not quiet:
            for line in _told(first, color):
                print(f"  {line}".rstrip())
        for other in others:
            like = "of the same kind" if other.known is None else "in the same way"
            print(f"{other.status}  {visible(other.name)}" + ("" if quiet else f"  ({like})"))


def _print(text: str) -> None:
    """Running text, broken into lines where a terminal shows it."""
    for line in folded(visible(text), wrapping(sys.stdout)):
        print(line)


def _told(checked: Checked, color: bool) -> list[str]:
    wrong = damage(checked.known) if checked.known is not None else None
    if wrong:
        told = f"{wrong}; `mapper snap accept {checked.name}` writes it anew"
        return folded(told, None if (width := wrapping(sys.stdout)) is None else width - 2)
    return diff(checked.known or "", checked.now or "", color=color)


def _summary(found: Sequence[Checked], orphaned: int) -> str:
    count = {status: sum(each.status == status for each in found) for status in ("changed", "missing", "failed")}
    unfit = [f"{many} {what}" for what, many in count.items() if many]
    parts = [f"{len(found) - sum(count.values())} fit" if unfit else "all fit", *unfit]
    if orphaned:
        parts.append(f"{orphaned} snapshot{'s have' if orphaned > 1 else ' has'} no case")
    return f"{len(found)} case{'s' * (len(found) != 1)}: {', '.join(parts)}"


def _advice(found: Sequence[Checked], orphaned: int) -> list[str]:
    lines = []
    waiting = any(each.status in ("changed", "missing") for each in found)
    if waiting and in_ci():
        lines.append("CI is set, so nothing was written")
    elif waiting:
        lines.append("`mapper snap review` steps through them, `mapper snap accept --all` accepts them")
    if orphaned:
        lines.append("`mapper snap prune` deletes snapshots without a case")
    return lines

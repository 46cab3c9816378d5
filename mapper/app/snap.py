"""Cases held against their snapshots outside pytest: what does not fit, what is pending, what is accepted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from mapper.app.locked import BrokenError, Locked, LockError
from mapper.app.project import ProjectError
from mapper.base.suggest import did_you_mean
from mapper.review.cases import CaseFile
from mapper.review.pending import discard, find_pending, pending_of, read_pending, settle
from mapper.review.snapshots import orphans, read_snapshot, snapshot_of
from mapper.review.storage import agrees, write

Status = Literal["fits", "changed", "missing", "failed"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A case, where its snapshot is to lie, and the lock that it belongs to."""

    locked: Locked
    file: CaseFile

    @property
    def snapshot(self) -> Path:
        """Where the snapshot lies, if there is one."""
        return snapshot_of(self.file, self.locked.snapshots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of holding a case against its snapshot.

    Attributes:
        known: The text of the snapshot; None where there is none.
        now: What it should be; None where the case has no result.
        fault: Why it has none, with the file; or None.
    """

    kept: Kept
    status: Status
    known: str | None = None
    now: str | None = None
    fault: str | None = None

    @property
    def name(self) -> str:
        """What people call the case: ``set/mapping/name``."""
        return self.kept.file.id


def in_ci() -> bool:
    """Whether nothing may be written, as pytest's lock has it too."""
    return bool(os.environ.get("CI"))


def select(locks: Sequence[Locked], wanted: Sequence[str]) -> list[Kept]:
    """The cases that are meant; without any wish all of them.

    A wish is a name as ``set/mapping/name`` or a part of it (``set/mapping``, ``name``), a pattern of it
    (``set/*/skipped-*``), or the path of a case, a snapshot, or a folder of such.

    Raises:
        ProjectError: nothing is meant by a wish.
    """
    every = [Kept(locked, file) for locked in locks for file in locked.cases]
    if not wanted:
        return every
    chosen: dict[int, None] = {}
    for wish in wanted:
        found = [at for at, kept in enumerate(every) if _is_meant(kept, wish)]
        if not found:
            raise ProjectError(f"there is no case {wish}", _instead(wish, every, locks))
        chosen |= dict.fromkeys(found)
    return [every[at] for at in sorted(chosen)]


def check(kept: Kept) -> Checked:
    """Hold a case against its snapshot; writes nothing.

    Raises:
        BrokenError: the mappings can't be loaded, or have errors.
    """
    try:
        now = kept.locked.result(kept.file)
    except BrokenError:
        raise
    except LockError as error:
        return Checked(kept=kept, status="failed", fault=str(error))
    known = read_snapshot(kept.snapshot)
    status: Status = "fits" if agrees(now, kept.snapshot) else "missing" if known is None else "changed"
    return Checked(kept=kept, status=status, known=known, now=now)


def note(checked: Checked) -> None:
    """Keep what does not fit as pending, and forget what was pending where it fits now. Not for CI.

    Raises:
        OSError: the folder can't be written.
    """
    path = checked.kept.snapshot
    if checked.status == "fits":
        discard(path)
    elif checked.now is not None and read_snapshot(pending_of(path)) != checked.now:
        write(checked.now, pending_of(path))


def pending(kept: Iterable[Kept]) -> list[Kept]:
    """The cases that have a pending result."""
    return [each for each in kept if read_pending(each.snapshot) is not None]


def accept(kept: Kept) -> str | None:
    """Make a pending result the snapshot, or say why not: where the mappings give another by now, nobody has seen that.

    Raises:
        BrokenError: the mappings can't be loaded, or have errors.
        OSError: the folder can't be written.
    """
    checked = check(kept)
    if checked.fault:
        return checked.fault
    if checked.now != read_pending(kept.snapshot):
        return f"{kept.file.id}: the mappings give another result by now; see it with `mapper snap test`"
    settle(kept.snapshot)
    return None


def strays(locked: Locked) -> Iterator[Path]:
    """Files beside the cases' snapshots that have no case: snapshots, and pending results.

    Without a single case the folder is the wrong one, rather than every snapshot an orphan.
    """
    if not locked.cases:
        return
    yield from orphans(locked.cases, locked.snapshots)
    wanted = {snapshot_of(case, locked.snapshots) for case in locked.cases}
    yield from (pending_of(path) for path in find_pending(locked.snapshots) if path not in wanted)


def _is_meant(kept: Kept, wish: str) -> bool:
    name, plain = kept.file.id, wish.rstrip("/")
    if f"/{plain}/" in f"/{name}/" or fnmatchcase(name, plain):
        return True
    path = Path(os.path.normpath(Path.cwd() / wish))
    own = (kept.file.path, kept.snapshot, pending_of(kept.snapshot))
    return any(each == path or path in each.parents for each in own)


def _instead(wish: str, every: Sequence[Kept], locks: Sequence[Locked]) -> str:
    if wish in {name for locked in locks for name in locked.orphan_names}:
        return "it has a snapshot only; `mapper snap prune` deletes those without a case"
    if not every:
        return "there are none yet; `mapper snap new` makes one from a call"
    names = {name for kept in every for name in _names(kept.file)}
    sets = sorted({kept.file.set for kept in every})
    return did_you_mean(wish, names) or f"a case is named SET/MAPPING/NAME; there are cases of {', '.join(sets)}"


def _names(file: CaseFile) -> tuple[str, ...]:
    """What may stand for a case, and others beside it."""
    return file.set, file.mapping, file.name, f"{file.set}/{file.mapping}", file.id

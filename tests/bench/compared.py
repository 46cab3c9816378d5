"""``mapper diff`` beside two dry runs: CPU time of whole processes that take turns."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from mapper.authoring.shipped import shipped
from tests.bench.corpus import DifferentError, typical_lines
from tests.bench.outcome import Bar, Options, Outcome

TIMES: Final = 2
"""So many times the calls of other rows."""
MOST_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the shipped mappings, and the share of calls whose requests it changes."""

    name: str
    file: str
    old: str
    new: str
    at_least: float
    at_most: float


CHANGES: Final = (
    Change("other words for the same", "page", "trim(present_text(name))", "trim(trim(present_text(name)))", 0, 0),
    Change("a field of each page call", "page", "total: 1", "total: 2", 0.2, 0.4),
    Change("a field of every call", "destination", "user_id: id(userId,", "user_id: id(messageId, userId,", 1, 1),
)


def compared(options: Options) -> Outcome:
    """A comparison of the shipped mappings with changed ones, held against a dry run of each."""
    calls = options.calls * TIMES
    took: dict[str, list[float]] = {change.name: [] for change in CHANGES}
    with TemporaryDirectory() as folder:
        file = Path(folder, "calls.ndjson")
        file.write_bytes((b"\n".join(typical_lines(options.seed, options.calls)) + b"\n") * TIMES)
        plain = _laid(Path(folder, "plain"))
        changed = {change: _laid(Path(folder, change.name), change) for change in CHANGES}
        for _ in range(min(options.rounds, MOST_ROUNDS)):
            for change, new in changed.items():
                runs = [_run("run", str(file), "--dry-run", "--quiet", "-m", str(each))[0] for each in (plain, new)]
                seconds, shown = _run("diff", str(plain), str(new), "--events", str(file), "--format", "json")
                _require(change, json.loads(shown)["differ"] / calls)
                took[change.name].append(sum(runs) / seconds)
    bars = [Bar(f"mapper diff / two dry runs, {name}", median(times), 0.5) for name, times in took.items()]
    return Outcome("Comparing two versions of mappings, CPU time with the start", bars, notes=[f"{calls:,} calls"])


def _laid(folder: Path, change: Change | None = None) -> Path:
    """The shipped mappings in a folder, with a change."""
    shutil.copytree(shipped("mappings"), folder / "mappings")
    shutil.copytree(shipped("schemas"), folder / "schemas")
    if change is not None:
        file = folder / "mappings" / "natero" / f"{change.file}.yaml"
        text = file.read_text()
        assert change.old in text
        file.write_text(text.replace(change.old, change.new))
    return folder / "mappings"


def _require(change: Change, share: float) -> None:
    if not change.at_least <= share <= change.at_most:
        raise DifferentError(f"{change.name}: {share:.0%} of the calls differ")


def _run(*arguments: str) -> tuple[float, bytes]:
    """CPU seconds of the command, and what it wrote."""
    before = _children()
    done = subprocess.run([sys.executable, "-m", "mapper", *arguments], check=True, capture_output=True)
    return _children() - before, done.stdout


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

"""The differences that are told are those that two dry runs show: a random change of a mapping, on random calls."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mapper.app.trial import Trial
from mapper.app.wiring import Wired, wire
from mapper.authoring.load import load_set
from mapper.authoring.shipped import shipped
from mapper.records.line import Line
from mapper.records.result import Mapped
from mapper.records.spec import DestinationSpec
from mapper.review.causes import cause
from mapper.review.outcomes import compare, marked
from mapper.review.snapshots import write_results
from mapper.review.tally import Sort, Tally
from mapper.review.vocabulary import vocabulary
from tests.support.calls import random_calls

SETTINGS = {"natero": {"endpointRegion": "US", "anonymousUsers": "skip", "authKey": "***", "sendKey": "***"}}
FILES = ("destination", "track", "page", "identify", "group")
FIELD = re.compile(r"^( {2,})([a-z_]+): (?!>-)(\S.*)$")
VALUES = (None, "userId", "context.ip", "{$const: x}", "2.0", "{$from: context.page, $is: object}")
Leaves = set[tuple[str, ...]]


@cache
def shipped_set() -> DestinationSpec:
    spec = load_set(shipped("mappings") / "natero", shown="old").spec
    assert spec is not None
    return spec


def changed_sets(rng: random.Random, folder: Path, count: int) -> Iterator[DestinationSpec]:
    """The shipped mappings with one line taken out, or with another value in it, where what comes of it is valid."""
    shutil.copytree(shipped("mappings"), folder / "mappings")
    shutil.copytree(shipped("schemas"), folder / "schemas")
    while count:
        file = folder / "mappings" / "natero" / f"{rng.choice(FILES)}.yaml"
        right = file.read_text()
        lines = right.splitlines()
        found = {number: match for number, line in enumerate(lines) if (match := FIELD.match(line))}
        at = rng.choice(list(found))
        value = rng.choice([*VALUES, *(match[3] for match in found.values())])
        lines[at : at + 1] = [] if value is None else [f"{found[at][1]}{found[at][2]}: {value}"]
        file.write_text("\n".join(lines) + "\n")
        spec = load_set(file.parent, shown="new").spec
        file.write_text(right)
        if spec is not None:
            count -= 1
            yield spec


def wired(spec: DestinationSpec, name: str) -> Wired:
    return wire([spec], SETTINGS, describe=lambda place: marked(f"{name}:1:1"))


def some_calls(seed: int) -> list[bytes]:
    lines = [json.dumps(call).encode() for call in random_calls(seed, 60)]
    return [*lines, b"{", b'{"type": 3}', b'{"type": "wish", "userId": "u"}']


def tallied(runs: tuple[Wired, Wired], specs: Sequence[DestinationSpec], raws: Sequence[bytes]) -> Tally:
    tally = Tally({"natero": vocabulary(specs)})
    trial = Trial(*runs)
    for start in range(0, len(raws), 50):
        trial.run([Line(raw, start + at, "f") for at, raw in enumerate(raws[start : start + 50], 1)], tally)
    return tally


def shown(run: Wired, raw: bytes) -> str:
    """What a dry run shows of a call but for places, as text; `1` and `1.0` differ, and the order of keys does not."""
    text = re.sub(r"\\u001f.*?\\u001f: ", "", write_results(run.apply([raw]), run.targets))
    return json.dumps(json.loads(text), sort_keys=True)


def leaves(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """All that is no object, or an empty one, as text by its keys."""
    if isinstance(value, dict) and value:
        return {deep: text for key, inner in value.items() for deep, text in leaves(inner, (*path, key)).items()}
    return {path: json.dumps(value, sort_keys=True)}


def by_hand(old: Wired, new: Wired, raw: bytes) -> dict[str, Leaves]:
    """The leaves that differ between the bodies of two dry runs, by mapping."""
    one, other = (
        {made.mapping: leaves(json.loads(made.request.body)) for made in run.apply([raw]) if isinstance(made, Mapped)}
        for run in (old, new)
    )
    both = {name: (one[name], other[name]) for name in one.keys() & other.keys()}
    found = {name: {path for path in was | now if was.get(path) != now.get(path)} for name, (was, now) in both.items()}
    return {name: paths for name, paths in found.items() if paths}


def as_told(old: Wired, new: Wired, raw: bytes) -> dict[str, Leaves]:
    """The same of the differences that are told; an array is a leaf."""
    told: dict[str, Leaves] = {}
    for found in compare(old.apply([raw]), new.apply([raw]), (old.targets, new.targets)):
        if found.path and found.kind != "header":
            path = found.path[: found.path.index("[]")] if "[]" in found.path else found.path
            sides = [found.old, found.new] if path == found.path else [[]]
            gone = {"added": sides[1:], "removed": sides[:1]}.get(found.kind, sides) if path == found.path else sides
            told.setdefault(found.mapping or "", set()).update(deep for side in gone for deep in leaves(side, path))
    return told


def require_as_dry_runs(new: DestinationSpec, raws: Sequence[bytes]) -> int:
    """How many calls differ."""
    runs = wired(shipped_set(), "old.yaml"), wired(new, "elsewhere/new.yaml")
    tally = tallied(runs, [shipped_set(), new], raws)
    differ = sum(shown(runs[0], raw) != shown(runs[1], raw) for raw in raws)
    assert tally.differ == differ
    for raw in raws:
        assert as_told(*runs, raw) == by_hand(*runs, raw)
    for change in tally.changes(lambda *_: None):
        assert 0 < change.calls <= change.of
        path = tuple(change.path.replace("[]", ".[]").split(".")) if change.path else ()
        sort = Sort(change.kind, change.destination, change.mapping, change.type, path, change.reason)
        assert re.match(r"(old|new|shared)/", cause(sort, shipped_set(), new).file)
    return differ


def test_a_set_and_itself_differ_in_nothing() -> None:
    raws = [raw for seed in range(5) for raw in some_calls(seed)]
    tally = tallied((wired(shipped_set(), "a.yaml"), wired(shipped_set(), "b.yaml")), [shipped_set()], raws)
    assert (tally.differ, tally.changes(lambda *_: None), tally.untold) == (0, [], 0)
    assert tally.faulty >= 10
    assert tally.calls.total() == len(raws) - tally.faulty


def test_a_random_change_is_told_as_dry_runs_show_it(tmp_path: Path) -> None:
    rng = random.Random(11)
    counts = [
        require_as_dry_runs(new, some_calls(seed)) for seed, new in enumerate(changed_sets(rng, tmp_path / "p", 6))
    ]
    assert sum(map(bool, counts)) >= 2, counts


@pytest.mark.long
def test_many_random_changes_are_told_as_dry_runs_show_them(tmp_path: Path) -> None:
    rng = random.Random(12)
    counts = [
        require_as_dry_runs(new, some_calls(seed)) for seed, new in enumerate(changed_sets(rng, tmp_path / "p", 80))
    ]
    assert sum(map(bool, counts)) >= 40, counts

"""What a mistake does: to the findings of ``mapper validate --strict``, to the snapshots, and to what is sent."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mapper.app.locked import Locked, LockError
from mapper.app.places import describer
from mapper.authoring.load import Loaded, load_set
from mapper.authoring.schemas import load_schema
from mapper.authoring.subject import Subject
from mapper.base.secrets import Secret
from mapper.engine.interpret import Interpreter
from mapper.engine.target import TargetError, target
from mapper.records.spec import CALL_TYPES, DestinationSpec
from mapper.review.cases import read_case
from mapper.review.snapshots import read_snapshot, snapshot_of
from tests.mistakes.corpus import CASES, ROOT, Part, full, quick
from tests.mistakes.source import Mutant

SETS = ("natero", "natero-accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a mutant.

    Attributes:
        caught: Whether ``validate --strict`` finds something.
        in_place: Whether a finding is at a right line.
        told: The first finding, or "".
        locked: Whether a snapshot of a case differs, where validate finds nothing.
        changes: Whether anything sent differs, or nothing is sent any more.
    """

    caught: bool
    in_place: bool
    told: str
    locked: bool
    changes: bool


class Judge:
    """Tries mutants one by one on a copy of the shipped mappings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("mappings", "schemas"):
            shutil.copytree(ROOT / name, folder / name)
        self.right = {name: self._load(name) for name in SETS}
        assert not any(loaded.diagnostics for loaded in self.right.values())
        self._routes = [place for each in self.right.values() for place in _places(each)]
        self.sent = {name: (_Sent(quick(name)), _Sent(full())) for name in SETS}

    def texts(self) -> dict[str, str]:
        """The YAML files of the mappings, by name."""
        root = self.folder / "mappings"
        paths = (path for path in sorted(root.glob("*/*.yaml")) if path.stem != "sandbox")
        return {path.relative_to(root).as_posix(): path.read_text() for path in paths}

    def expressions(self, file: str) -> frozenset[tuple[str | int, ...]]:
        """The routes of a file's expressions."""
        return frozenset(place.route for place in self._routes if place.file.endswith(file))

    def outcome(self, mutant: Mutant) -> Outcome:
        """Try one mutant."""
        path = self.folder / "mappings" / mutant.file
        before = path.read_text() if path.exists() else None
        path.write_text(mutant.text)
        try:
            return self._outcome(mutant)
        finally:
            path.unlink() if before is None else path.write_text(before)

    def _outcome(self, mutant: Mutant) -> Outcome:
        folder = mutant.file.partition("/")[0]
        names = (folder,) if folder in SETS else SETS
        loaded = {name: self._load(name) for name in names}
        found = [told for each in loaded.values() for told in _told(each)]
        specs = {name: each.spec or self._load_whatever(name) for name, each in loaded.items()}
        kinds = self._kinds(mutant, specs)
        changes = any(
            self._differs(sent, name, spec, kinds) for name, spec in specs.items() for sent in self.sent[name]
        )
        return Outcome(
            caught=bool(found),
            in_place=any(file.endswith(mutant.file) and line in mutant.lines for file, line, _ in found),
            told=found[0][2] if found else "",
            locked=changes and not found and self._is_locked(names),
            changes=changes,
        )

    def _differs(self, sent: _Sent, name: str, spec: DestinationSpec | None, kinds: frozenset[str]) -> bool:
        right = self.right[name].spec
        assert right is not None
        if spec is None:
            return True
        pairs = zip(sent.by(spec, kinds), sent.by_right(name, right, kinds), strict=True)
        return any(one != other for one, other in pairs)  # the first difference will do

    def _kinds(self, mutant: Mutant, specs: Mapping[str, DestinationSpec | None]) -> frozenset[str]:
        """The types of calls that a mutant can make a difference to."""
        stem = mutant.file.rpartition("/")[2].removesuffix(".yaml")
        found: set[str] = set()
        for name, spec in specs.items():
            for each in (self.right[name].spec, spec):
                accepted = [mapping.accepts for mapping in each.mappings if mapping.name == stem] if each else []
                found.update(kind for kinds in accepted for kind in kinds)
        return frozenset(found) if stem not in ("destination", "dimensions") else frozenset(CALL_TYPES)

    def _is_locked(self, names: Iterable[str]) -> bool:
        """Whether a case's snapshot differs."""
        locked = Locked(folder=CASES, mappings=self.folder / "mappings", minimum=1)
        for file in locked.cases:
            if file.set in names:
                try:
                    text = locked.run(file, read_case(file.path))
                except (LockError, TargetError):
                    return True
                if text != read_snapshot(snapshot_of(file, locked.snapshots)):
                    return True
        return False

    def _load(self, name: str) -> Loaded:
        with patch("mapper.authoring.load.load_schema", _schema):
            return load_set(self.folder / "mappings" / name, shown=f"mappings/{name}")

    def _load_whatever(self, name: str) -> DestinationSpec | None:
        """A set as if no rule but YAML and the language's shape were there."""
        with patch("mapper.authoring.load.CHECKS", ()):
            return self._load(name).spec


class _Sent:
    """What mappings make of a corpus, and where they send it."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self._right: dict[Any, list[Any]] = {}

    def by_right(self, name: str, spec: DestinationSpec, kinds: frozenset[str]) -> list[Any]:
        """What the shipped mappings make of them."""
        if (name, kinds) not in self._right:
            self._right[name, kinds] = list(self.by(spec, kinds))
        return self._right[name, kinds]

    def by(self, spec: DestinationSpec, kinds: frozenset[str]) -> Iterator[Any]:
        """What mappings make of the calls of these types, part by part."""
        return (_sent(spec, Part(part.settings, part.of(kinds))) for part in self.parts)


def _sent(spec: DestinationSpec, part: Part) -> list[Any]:
    known = {each.name: each.default for each in spec.settings if each.default is not None}
    known |= {name: value for name, value in part.settings.items() if name in {each.name for each in spec.settings}}
    secret = {each.name: Secret("canary") for each in spec.settings if each.secret}
    try:
        results = Interpreter([spec], {spec.id: known | dict.fromkeys(secret, "***")}).apply(part.lines)
    except Exception as error:
        return [type(error)]
    return [results, *(_target(spec, name, known | secret) for name in spec.requests)]


def _target(spec: DestinationSpec, name: str, settings: Mapping[str, Any]) -> Any:
    try:
        made = target(spec, name, settings)
    except Exception as error:
        return type(error)
    return (made.method, made.url, made.headers)


_schema = cache(load_schema)  # no mistake is made in schemas


def _told(loaded: Loaded) -> Iterable[tuple[str, int, str]]:
    describe = describer(loaded.documents)
    for found in loaded.diagnostics:
        for place in (found.primary, *(each.place for each in found.related)):
            file, *position = describe(place).split(":")
            yield file, int(position[0]) if position else 0, f"{found.code} {found.message}"


def _places(loaded: Loaded) -> tuple[Any, ...]:
    assert loaded.spec is not None
    subject = Subject(spec=loaded.spec, documents=loaded.documents, trees={})
    return tuple(use.expression.place for use in subject.uses())

"""Two versions of mappings over the same calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from mapper.app.corpus import Corpus, Group
from mapper.app.mapping import Selection, chunks
from mapper.app.places import describer
from mapper.app.project import ProjectError
from mapper.app.settings import Sources, resolve_all
from mapper.app.trial import Trial
from mapper.app.versions import Version
from mapper.app.wiring import Wired, wire
from mapper.authoring.document import Document
from mapper.authoring.offsets import locate
from mapper.base.suggest import did_you_mean
from mapper.engine.target import TargetError
from mapper.records.diagnostic import Location
from mapper.records.difference import Comparison
from mapper.records.spec import DestinationSpec
from mapper.review.causes import cause
from mapper.review.meaning import meaning
from mapper.review.outcomes import marked
from mapper.review.tally import FindPlace, Sort, Tally
from mapper.review.vocabulary import vocabulary

Specs = Mapping[str, DestinationSpec]
Assignments = Mapping[str, Any]
_MANY: Final = 5
"""Names that a message lists."""


class Comparer:
    """Compares the mapping sets that two versions share.

    Args:
        old: Without errors.
        new: Likewise.
        destinations: Only these sets, by id; without any, all.

    Raises:
        ProjectError: they share no mapping set, or not one of those named.
    """

    def __init__(self, old: Version, new: Version, destinations: Sequence[str] = ()) -> None:
        self._versions = old, new
        shared = [name for name in old.specs if name in new.specs]
        if not shared and old.project.sets:
            has = (f"{version.name} has {_list(version.specs)}" for version in self._versions)
            raise ProjectError("the two share no destination", "; ".join(has))
        for name in destinations:
            if name not in shared and old.project.sets:
                help_ = did_you_mean(name, shared) or f"they share {_list(shared)}"
                raise ProjectError(f"there is no destination `{name}` on both sides", help_)
        self._chosen = [name for name in shared if not destinations or name in destinations]
        self._all = not destinations

    @property
    def changed(self) -> list[str]:
        """The mapping sets that do not say the same; the others can make no difference."""
        old, new = (version.specs for version in self._versions)
        return [name for name in self._chosen if meaning(old[name]) != meaning(new[name])]

    def run(
        self,
        corpus: Corpus,
        *,
        assignments: Assignments | None = None,
        limit: int | None = None,
        on_calls: Callable[[int], None] = lambda _: None,
    ) -> Comparison:
        """Compare what both make of calls.

        Args:
            corpus: The calls.
            assignments: Settings by name, as ``--set`` gives them.
            limit: Most calls; None: all.
            on_calls: Told now and then how many calls were compared.

        Raises:
            ProjectError: the settings do not fit.
        """
        old, new = self._versions
        changed = self.changed
        tally = Tally({name: vocabulary([old.specs[name], new.specs[name]]) for name in changed})
        left_out = self._feed(tally, changed, corpus, assignments or {}, limit, on_calls) if changed else 0
        met = {name for name, _ in tally.met}
        documents = {**old.project.documents, **new.project.documents}
        return Comparison(
            old=old.name,
            new=new.name,
            corpus=corpus.name,
            calls=tally.calls.total(),
            differ=tally.differ,
            faulty=tally.faulty,
            fault=tally.fault,
            left_out=left_out,
            untried=tuple(name for name in changed if corpus.of_cases and name not in met),
            off=tuple(name for name in changed if not (old.specs[name].enabled or new.specs[name].enabled)),
            changes=tuple(tally.changes(_finder(old.specs, new.specs, documents))),
            untold=tally.untold,
            notes=tuple(self._notes()),
            alike=not changed and bool(old.project.sets),
            nothing_before=not old.project.sets,
        )

    def _feed(
        self,
        tally: Tally,
        changed: Sequence[str],
        corpus: Corpus,
        assignments: Assignments,
        limit: int | None,
        on_calls: Callable[[int], None],
    ) -> int:
        """Run everything; how many cases were left out, for one of the versions can't take their settings."""
        self._refuse_unknown(assignments)
        left_out = read = 0
        for group in corpus.groups:
            names = [name for name in changed if group.set is None or name in self._ids(group.set)]
            if not names:
                continue
            try:
                trial = self._trial(names, {**assignments, **group.settings}, group, long=corpus.long)
            except _UnfitError:
                if group.set is None:
                    raise
                left_out += sum(1 for _ in group.lines)
                continue
            for chunk in chunks(group.lines, Selection(limit=None if limit is None else limit - read)):
                trial.run(chunk.lines, tally)
                read += len(chunk.lines)
                on_calls(read)
        return left_out

    def _ids(self, folder: str) -> set[str]:
        """The ids of the sets in a folder of this name."""
        return {
            loaded.spec.id
            for version in self._versions
            for path, loaded in version.project.sets.items()
            if loaded.spec and os.path.basename(path) == folder  # noqa: PTH119 - a path is a text here
        }

    def _trial(self, names: Sequence[str], assignments: Assignments, group: Group, *, long: bool) -> Trial:
        environment = os.environ if group.set is None else {}  # a case holds on every machine
        old, new = (
            _wired(version, [version.specs[name] for name in names], assignments, environment, long=long)
            for version in self._versions
        )
        return Trial(old, new)

    def _refuse_unknown(self, assignments: Assignments) -> None:
        known = {
            setting.name
            for version in self._versions
            for name in self._chosen
            for setting in version.specs[name].settings
        }
        for name in assignments:
            plain = name.rpartition(".")[2]
            if plain not in known:
                help_ = did_you_mean(plain, known) or f"there are {_list(sorted(known))}"
                raise ProjectError(f"--set {name}: there is no such setting", help_)

    def _notes(self) -> Iterable[str]:
        old, new = self._versions
        if not self._all:
            return
        for version, other in ((old, new), (new, old)):
            for name in version.specs:
                if name not in other.specs:
                    yield f"the destination `{name}` is only in {version.name}"
        for name in self._chosen:
            if old.specs[name].enabled != new.specs[name].enabled:
                yield f"the destination `{name}` is {'on' if new.specs[name].enabled else 'off'} now by default"


class _UnfitError(ProjectError):
    """A version can't take these settings."""


def _wired(
    version: Version,
    specs: Sequence[DestinationSpec],
    assignments: Assignments,
    environment: Mapping[str, str],
    *,
    long: bool,
) -> Wired:
    """Raises: ProjectError; _UnfitError where a setting does not fit."""
    known = {f"{spec.id}.{setting.name}" for spec in specs for setting in spec.settings}
    known |= {name.partition(".")[2] for name in known}
    options = {name: value for name, value in assignments.items() if name in known}
    values, problems = resolve_all(specs, Sources(options=options, file={}, environment=environment), secrets=False)
    if problems:
        raise _UnfitError(f"{version.name}: {problems[0].message}", problems[0].help or "")
    words = describer(version.project.documents)
    try:
        return wire(specs, values, describe=lambda place: marked(words(place)), long=long)
    except TargetError as error:
        raise ProjectError(f"{version.name}: {error}", "look at the destination's settings, base and headers") from None


def _finder(old: Specs, new: Specs, documents: Mapping[str, Document]) -> FindPlace:
    def find(sort: Sort, spot: str) -> Location:
        if spot:
            file, line, column = spot.rsplit(":", 2)
            return Location(file=file, line=int(line), column=int(column))
        return locate(cause(sort, old[sort.destination], new[sort.destination]), documents)

    return find


def _list(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:_MANY]) + (f" and {len(found) - _MANY} more" if len(found) > _MANY else "") or "none"

"""What calls reach of mapping sets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import PurePath
from typing import Any

from mapper.app.corpus import Corpus, Group
from mapper.app.places import describer
from mapper.app.settings import masked, settle
from mapper.authoring.document import Document
from mapper.engine.call import call_in
from mapper.engine.trace import Traced
from mapper.records.coverage import Coverage
from mapper.records.spec import DestinationSpec
from mapper.review.coverage.count import Counts


class Covering:
    """Runs calls and counts what they reach.

    Args:
        documents: The files of the mappings.
        specs: The sets to run.
        assignments: Settings by name, as ``--set`` gives them.
    """

    def __init__(
        self, documents: Mapping[str, Document], specs: Sequence[DestinationSpec], assignments: Mapping[str, str]
    ) -> None:
        self._describe = describer(documents)
        self._specs = specs
        self._assignments = assignments
        self._counts = {spec.id: Counts(spec) for spec in specs}

    def run(
        self, corpus: Corpus, *, limit: int | None = None, on_calls: Callable[[int], None] = lambda _: None
    ) -> Coverage:
        """What the calls of a corpus reach.

        Args:
            corpus: The calls.
            limit: Most calls; None: all.
            on_calls: Told how many there were so far.

        Raises:
            ProjectError: settings do not fit.
        """
        calls = faulty = 0
        fault: str | None = None
        for group in corpus.groups:
            traced = self._traced(group)
            if not traced:
                continue
            for line in islice(group.lines, None if limit is None else limit - calls - faulty):
                if isinstance(call := call_in(line), str):
                    faulty += 1
                    fault = fault or f"{line.spot}: {call}"
                    continue
                calls += 1
                for name, each in traced.items():
                    self._counts[name].add(each.map(line.raw)[1])
                on_calls(calls)
        files = [file for counts in self._counts.values() for file in counts.files()]
        return Coverage(corpus=corpus.name, calls=calls, faulty=faulty, fault=fault, files=tuple(files))

    def _traced(self, group: Group) -> dict[str, Traced]:
        """The sets that the calls of a group are for, by id."""
        specs = [spec for spec in self._specs if group.set in (None, PurePath(spec.folder).name)]
        settings = settings_for(specs, group, self._assignments)
        return {spec.id: Traced(spec, masked(spec, settings[spec.id]), describe=self._describe) for spec in specs}


def settings_for(
    specs: Sequence[DestinationSpec], group: Group, assignments: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """The settings of each set for a group of calls. A case holds on every machine: the environment tells it nothing.

    Raises:
        ProjectError: they do not fit.
    """
    environment = os.environ if group.set is None else {}
    return settle(specs, {**assignments, **group.settings}, environment) if specs else {}

"""Every mistake, at every place of the shipped mappings where it fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.mistakes import grammar, shape, spelling
from tests.mistakes.source import Mutant, Source

KINDS = (*spelling.KINDS, *grammar.KINDS, *shape.KINDS)


def mutants(sources: Mapping[str, Source]) -> Iterator[Mutant]:
    """All of them; those that leave the file as it was are none."""
    for source in sources.values():
        found = [mutant for kind in KINDS for mutant in kind(source)]
        if source.name != "destination.yaml" and not source.file.startswith("shared/"):
            found += shape.copied_beside(source)
            found += shape.copied_over(source, _siblings(source, sources))
        yield from (mutant for mutant in found if mutant.text != source.text or mutant.kind == "copy left in place")


def _siblings(source: Source, sources: Mapping[str, Source]) -> dict[str, str]:
    folder = source.file.partition("/")[0]
    return {
        file: other.text
        for file, other in sources.items()
        if file.startswith(folder + "/") and other.name != "destination.yaml" and file != source.file
    }

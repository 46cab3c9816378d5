"""A mapping set with one small change."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from mapper.records.mutants import Mutant
from mapper.records.spec import DestinationSpec, Guard, Let, MappingSpec
from mapper.review.mutants.expressions import Change, changed_expressions
from mapper.review.mutants.nodes import changed_nodes


def mutants(spec: DestinationSpec) -> Iterator[Mutant]:
    """The set with each small change of its rules: mapping by mapping, then of what they share.

    Requests, their headers and outcomes stay as they are, and so do the reasons of rules.
    """
    for at, mapping in enumerate(spec.mappings):
        for change, other in _changed_mappings(mapping):
            mappings = (*spec.mappings[:at], other, *spec.mappings[at + 1 :])
            yield _mutant(change, mapping.name, structs.replace(spec, mappings=mappings))
    for change, lets in _changed_lets(spec.lets):
        yield _mutant(change, None, structs.replace(spec, lets=lets))
    for change, guards in _changed_guards(spec.guards):
        yield _mutant(change, None, structs.replace(spec, guards=guards))


def _mutant(change: Change, mapping: str | None, spec: DestinationSpec) -> Mutant:
    return Mutant(change=change[0], place=change[1], mapping=mapping, spec=spec)


def _changed_mappings(mapping: MappingSpec) -> Iterator[tuple[Change, MappingSpec]]:
    for change, guards in _changed_guards(mapping.guards):
        yield change, structs.replace(mapping, guards=guards)
    for change, lets in _changed_lets(mapping.lets):
        yield change, structs.replace(mapping, lets=lets)
    for change, body in changed_nodes(mapping.body):
        yield change, structs.replace(mapping, body=body)


def _changed_guards(guards: tuple[Guard, ...]) -> Iterator[tuple[Change, tuple[Guard, ...]]]:
    for at, guard in enumerate(guards):
        words = f"without the rule `{guard.verdict}: {guard.because}`"
        yield (words, guard.when.place), (*guards[:at], *guards[at + 1 :])
        for change, when in changed_expressions(guard.when, "truth"):
            yield change, (*guards[:at], structs.replace(guard, when=when), *guards[at + 1 :])


def _changed_lets(lets: tuple[Let, ...]) -> Iterator[tuple[Change, tuple[Let, ...]]]:
    for at, let in enumerate(lets):
        for change, node in changed_nodes(let.node):
            yield change, (*lets[:at], structs.replace(let, node=node), *lets[at + 1 :])

"""MAP223: a name that stands once, beside a nearly equal one that stands often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.paths import call_paths, fold, in_open, is_one_slip, name_at, open_names
from mapper.authoring.rules.places import on_tree
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic, Place
from mapper.records.spec import CALL_TYPES

_HEAD: Final = (
    "mapper: 1\naccepts: track\nrequest: event\nskip:\n"
    "  - {when: '!id(properties.account_id, context.traits.account_id)', because: no account}\nbody:\n"
)
_SHORTEST: Final = 6
_OFTEN: Final = 2


class _Seen(msgspec.Struct, frozen=True):
    name: str
    place: Place


def _check(subject: Subject) -> Iterator[Diagnostic]:
    seen: dict[str, list[_Seen]] = defaultdict(list)
    for each in _names(subject):
        seen[fold(each.name)].append(each)
    documented = {fold(name) for name in _documented()}
    often = {folded: found for folded, found in seen.items() if len(found) >= _OFTEN}
    for folded, (each, *more) in seen.items():
        if more or folded in documented or len(folded) < _SHORTEST:
            continue
        near = next((found for other, found in often.items() if _is_slip(folded, other)), None)
        if near is not None:
            message = f"{word(each.name)} stands here alone; elsewhere it is {word(near[0].name)}"
            yield RULE.at(each.place, message, help=f"did you mean `{near[0].name}`?")


def _names(subject: Subject) -> Iterator[_Seen]:
    for use, tree, path in call_paths(subject):
        for at in range(in_open(path), len(path)):
            yield _Seen(path[at], on_tree(use.expression, name_at(tree, at)))


def _documented() -> Iterator[str]:
    for field in ("traits", "properties"):
        for name in open_names(CALL_TYPES, field):
            yield from name.split(".")


def _is_slip(one: str, other: str) -> bool:
    """Whether a letter inside is wrong: numbers and plurals are hardly slips."""
    is_plural = one in (f"{other}s", other.removesuffix("s")) or other == f"{one}s"
    letters = [each for each in (one, other) if not any(letter.isdigit() for letter in each)]
    return not is_plural and len(letters) == 2 and one[0] == other[0] and is_one_slip(one, other)


RULE: Final = Rule(
    code="MAP223",
    name="odd-spelling",
    severity="warning",
    title="A name stands once, and elsewhere another that is nearly the same",
    doc=(
        "Traits and properties may bear any name, so a misspelt one is not wrong by itself, only always null. Where "
        "the mappings of a set read a name twice or more, a name that stands once and differs from it by one letter "
        "is likely a slip. Where it is really meant, say so: `# mapper: allow MAP223 because ...` at the end of the "
        "line."
    ),
    bad={"track.yaml": _HEAD + "  account: properties.acount_id\n"},
    good={"track.yaml": _HEAD + "  account: properties.account_id\n"},
    check=_check,
)

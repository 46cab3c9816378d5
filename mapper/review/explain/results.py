"""The results of a call, each with why it is so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import structs

from mapper.engine.trace import Spot, Step
from mapper.expressions.evaluate import is_true
from mapper.records.diagnostic import Place
from mapper.records.explanation import Explanation, Input
from mapper.records.policy import Target
from mapper.records.result import Invalid, Mapped, Result, Skipped, Unmappable
from mapper.records.spec import DestinationSpec, Guard
from mapper.review.explain.fields import failing, fields
from mapper.review.explain.story import Story
from mapper.review.explain.whys import Whys
from mapper.review.snapshots import shown_request

_OUTCOMES: Final[dict[type[Result], Literal["request", "skipped", "unmappable", "invalid"]]] = {
    Mapped: "request",
    Skipped: "skipped",
    Unmappable: "unmappable",
    Invalid: "invalid",
}


def explain(
    spec: DestinationSpec,
    targets: Mapping[tuple[str, str], Target],
    call: dict[str, Any],
    results: Sequence[Result],
    steps: Sequence[Step],
) -> list[Explanation]:
    """Why each result is as it is.

    Args:
        spec: The mapping set.
        targets: Where its requests go.
        call: As it was read, its type in lower case; empty where the line is no call.
        results: Of that one set.
        steps: That led to them.
    """
    whys = Whys(Story(call, steps))
    return [_explained(spec, _plain(result, targets), whys, steps) for result in results]


def _plain(result: Result, targets: Mapping[tuple[str, str], Target]) -> Explanation:
    """What became of the call, without why."""
    return Explanation(
        destination=None if isinstance(result, Invalid) else result.destination,
        mapping=None if isinstance(result, Invalid) else result.mapping,
        outcome=_OUTCOMES[type(result)],
        reason=None if isinstance(result, Mapped) else result.reason,
        request=shown_request(result.request, targets) if isinstance(result, Mapped) else None,
    )


def _explained(spec: DestinationSpec, plain: Explanation, whys: Whys, steps: Sequence[Step]) -> Explanation:
    if plain.destination is None:
        return plain
    if plain.mapping is None:
        return _ruled(plain, spec.file, whys, steps) or _unaccepted(plain, spec, whys)
    mapping = next(each for each in spec.mappings if each.name == plain.mapping)
    body = next((step for step in steps if step.part is mapping.body), None)
    if body is None:
        return _ruled(plain, mapping.file, whys, steps) or plain
    order = next((step for step in steps if isinstance(step.part, Spot) and step.error), None)
    return _made(plain, body, order, whys)


def _ruled(plain: Explanation, file: str, whys: Whys, steps: Iterable[Step]) -> Explanation | None:
    """With the rule of this file that stopped the call."""
    for step in steps:
        if isinstance(step.part, Guard) and step.part.when.place.file == file and (step.error or is_true(step.value)):
            return structs.replace(plain, place=step.part.when.place, because=whys.of(step))
    return None


def _unaccepted(plain: Explanation, spec: DestinationSpec, whys: Whys) -> Explanation:
    """With the values that kept the call from every rule: its type, or its choice of destinations."""
    call = whys.story.call
    if call.get("type") in spec.accepts and "integrations" in call:
        decided, key = ("integrations", call["integrations"]), "destination"
    else:
        decided, key = ("type", call.get("type")), "accepts"
    place = Place(file=spec.file, route=(key,))
    return structs.replace(plain, place=place, decided=(Input(path=decided[0], value=decided[1]),))


def _made(plain: Explanation, body: Step, order: Step | None, whys: Whys) -> Explanation:
    """With the fields of a body; where there is no request, with the field or the order key that is to blame."""
    if body.error is not None:
        blamed = failing(body, whys)
        return structs.replace(plain, place=blamed.why.place, because=blamed.why, field=blamed.path or None)
    found = tuple(fields(body, whys))
    if plain.reason is None:
        return structs.replace(plain, fields=found)
    culprit = order or (None if found else body)
    if culprit is not None:
        because = whys.of(culprit)
        return structs.replace(plain, place=because.place, because=because)
    known = {each.path for each in found}
    blamed_path = next(_shorter(plain.reason.partition(" breaks ")[0], known), None)
    return structs.replace(plain, fields=found, field=blamed_path)


def _shorter(path: str, known: set[str]) -> Iterator[str]:
    """The field that holds what a schema refuses."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        if (head := ".".join(parts[:end])) in known:
            yield head

"""Mapping sets and settings to what a run is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from mapper.app.mapping import Apply
from mapper.app.mask import masker
from mapper.app.settings import masked
from mapper.app.warming import ENOUGH, Warming
from mapper.base.secrets import Secret
from mapper.delivery.queue import TargetKey
from mapper.engine.interpret import Describe
from mapper.engine.target import target
from mapper.records.policy import Target
from mapper.records.spec import DestinationSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """Everything a run needs but its input.

    Attributes:
        apply: Maps lines to results.
        targets: Where each request goes.
        groups: For requests ordered together with others, the name of their group.
        mask: Takes the secrets out of a text.
        mappings: As they are shown: ``acme/track``.
    """

    apply: Apply
    targets: Mapping[TargetKey, Target]
    groups: Mapping[TargetKey, str]
    mask: Callable[[str], str]
    mappings: frozenset[str] = frozenset()


def wire(
    specs: Sequence[DestinationSpec],
    settings: Mapping[str, Mapping[str, Any]],
    *,
    describe: Describe,
    base_urls: Mapping[str, str] | None = None,
    long: bool = False,
) -> Wired:
    """Put a run together.

    Args:
        specs: The destinations.
        settings: Their settings by id; secrets as :class:`Secret`, or as ``***`` for a dry run.
        describe: Puts places of mapping files into words.
        base_urls: By id, what replaces the base of a destination's requests.
        long: The input is known to be long, so that compiling need not wait.

    Raises:
        mapper.engine.target.TargetError: a URL or a header can't be made of the settings.
    """
    bases = base_urls or {}
    targets = {
        (spec.id, name): target(spec, name, settings[spec.id], base_url=bases.get(spec.id))
        for spec in specs
        for name in spec.requests
    }
    values = chain.from_iterable(each.values() for each in settings.values())
    plain = {spec.id: masked(spec, settings[spec.id]) for spec in specs}
    return Wired(
        apply=Warming(specs, plain, describe, 1 if long else ENOUGH).apply,
        targets=targets,
        groups={(spec.id, name): "order" for spec in specs for name in spec.ordered_requests},
        mask=masker(value for value in values if isinstance(value, Secret)),
        mappings=frozenset(f"{spec.id}/{each.name}" for spec in specs for each in spec.mappings),
    )

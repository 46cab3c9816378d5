"""The calls that tell whether a mistake changes anything: examples, cases and generated ones, always the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from mapper.base.json import encode
from mapper.records.spec import CALL_TYPES
from mapper.review.cases import find_cases, read_case
from tests.support.calls import random_calls

ROOT: Final = Path(__file__).parents[2]
CASES: Final = ROOT / "tests/snapshots/cases"
GENERATED: Final = 2_000
Settings = Mapping[str, Any]


class Part(NamedTuple):
    """Lines that are mapped under the same settings."""

    settings: Settings
    lines: tuple[bytes, ...]

    def of(self, kinds: frozenset[str]) -> tuple[bytes, ...]:
        """The lines that are calls of these types, or of none that is known."""
        others = [f'"type":"{kind}"'.encode() for kind in CALL_TYPES if kind not in kinds]
        return tuple(line for line in self.lines if not any(other in line for other in others))


def quick(folder: str) -> list[Part]:
    """The cases of a set: few, and each there for a reason."""
    found: dict[bytes, tuple[Settings, list[bytes]]] = {}
    for file in find_cases(CASES):
        if file.set == folder:
            case = read_case(file.path)
            found.setdefault(encode(case.settings), (case.settings, []))[1].append(encode(case.call))
    return [Part(settings, tuple(lines)) for settings, lines in found.values()]


def full() -> list[Part]:
    """The examples and 2,000 generated calls, half of them with other settings."""
    lines = [
        line for path in sorted((ROOT / "docs/examples").glob("*.ndjson")) for line in path.read_bytes().splitlines()
    ]
    lines += [encode(call) for call in random_calls(7, GENERATED)]
    other = {"endpointRegion": "EU", "anonymousUsers": "send"}
    return [Part({}, tuple(lines[::2])), Part(other, tuple(lines[1::2]))]

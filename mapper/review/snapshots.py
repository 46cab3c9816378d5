"""Snapshots: the results of a case as JSON that reads well in a diff."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mapper.base.json import decode
from mapper.records.policy import Target
from mapper.records.result import Invalid, Mapped, Result, Skipped
from mapper.review.cases import CaseFile

FOLDER: Final = "__snapshots__"
"""Beside the folder of cases, and laid out like it."""


def snapshot_of(case: CaseFile, snapshots: Path) -> Path:
    """Where the snapshot of a case lies."""
    return snapshots / case.set / case.mapping / f"{case.name}.json"


def orphans(cases: Iterable[CaseFile], snapshots: Path) -> list[Path]:
    """Files among the snapshots that belong to no case."""
    wanted = {snapshot_of(case, snapshots) for case in cases}
    return [path for path in sorted(snapshots.rglob("*")) if path.is_file() and path not in wanted]


def write_results(results: Sequence[Result], targets: Mapping[tuple[str, str], Target]) -> str:
    """Results of one call as text: a JSON array, one entry a result, keys in the order they were made.

    Args:
        results: In the order of the mappings.
        targets: Where requests go, by mapping set and request; secrets are masked.
    """
    shown = [_shown(result, targets) for result in results]
    return json.dumps(shown, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _shown(result: Result, targets: Mapping[tuple[str, str], Target]) -> dict[str, Any]:
    if isinstance(result, Invalid):
        return {"invalid": result.reason}
    head: dict[str, Any] = {} if result.mapping is None else {"mapping": result.mapping}
    if not isinstance(result, Mapped):
        return {**head, "skipped" if isinstance(result, Skipped) else "unmappable": result.reason}
    target = targets[result.destination, result.request.name]
    request = {
        "name": result.request.name,
        "method": target.method,
        "url": target.shown_url,
        "headers": dict(target.shown_headers),
        "body": decode(result.request.body),
    }
    return {**head, "request": request}

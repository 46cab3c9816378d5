"""Snapshots: the results of a case as JSON that reads well in a diff."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mapper.base.json import decode
from mapper.records.policy import Target
from mapper.records.result import Invalid, Mapped, Request, Result, Skipped
from mapper.review.cases import CaseFile

FOLDER: Final = "snapshots"
"""Beside the folder of cases, and laid out like it. Not ``__snapshots__``: what no test used there, syrupy deletes."""


def snapshot_of(case: CaseFile, snapshots: Path) -> Path:
    """Where the snapshot of a case lies."""
    return snapshots / case.set / case.mapping / f"{case.name}.json"


def read_snapshot(path: Path) -> str | None:
    """The text of a snapshot, or None where there is none; bytes that are no UTF-8 become U+FFFD."""
    return path.read_bytes().decode(errors="replace") if path.is_file() else None


def orphans(cases: Iterable[CaseFile], snapshots: Path) -> list[Path]:
    """Snapshots that belong to no case. What is not laid out like one is another tool's, and left alone."""
    wanted = {snapshot_of(case, snapshots) for case in cases}
    return [path for path in sorted(snapshots.glob("*/*/*.json")) if path.is_file() and path not in wanted]


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
    return {**head, "request": shown_request(result.request, targets)}


def shown_request(request: Request, targets: Mapping[tuple[str, str], Target]) -> dict[str, Any]:
    """A request as people see it: name, method, URL, headers, body; secrets masked."""
    target = targets[request.destination, request.name]
    return {
        "name": request.name,
        "method": target.method,
        "url": target.shown_url,
        "headers": dict(target.shown_headers),
        "body": decode(request.body),
    }

"""What ``mapper queue check`` does."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mapper.base.json import encode
from mapper.cli.console import FINDINGS, Exit, fail
from mapper.delivery.durable.check import Finding, Repair, check, repair
from mapper.delivery.durable.errors import QueueFileError


def check_queue(path: Path, *, repair_it: bool, as_json: bool) -> None:
    """Check, repair if asked for, and say what was found; end with 1 where something stays wrong."""
    try:
        done = repair(path) if repair_it else Repair(tuple(check(path)))
    except QueueFileError as error:
        fail(str(error), error.help)
    if as_json:
        print(encode(_plain(done, repaired=repair_it)).decode())
    else:
        print("\n".join(_told(path, done, repaired=repair_it)))
    if done.findings and not repair_it:
        raise Exit(FINDINGS)


def _plain(done: Repair, *, repaired: bool) -> dict[str, Any]:
    what = "done" if repaired else "help"
    return {
        "findings": [{"kind": each.kind, "message": each.message, what: getattr(each, what)} for each in done.findings],
        "repaired": repaired,
        "kept": None if done.kept is None else str(done.kept),
    }


def _told(path: Path, done: Repair, *, repaired: bool) -> Sequence[str]:
    if not done.findings:
        return [f"{path}: sound"]
    lines = [f"{path}: {_count(len(done.findings))}{', repaired' if repaired else ''}"]
    lines += [line for each in done.findings for line in _finding(each, repaired=repaired)]
    if done.kept is not None:
        lines.append(f"the damaged file is {done.kept}")
    if not repaired:
        lines.append(f"to repair: {shlex.join(['mapper', 'queue', 'check', str(path), '--repair'])}")
    return lines


def _finding(finding: Finding, *, repaired: bool) -> list[str]:
    return [f"  {finding.message}", f"    {finding.done}" if repaired else f"    --repair {finding.help}"]


def _count(findings: int) -> str:
    return "1 finding" if findings == 1 else f"{findings} findings"

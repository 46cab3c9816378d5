"""How much was found."""

from __future__ import annotations

from collections.abc import Iterable

from mapper.records.diagnostic import Diagnostic


def not_calls(count: int, first: str | None) -> str:
    """How much beside the calls that were counted was none, and the first of it, in one line without its end."""
    text = f"{count:,} more {'are no calls' if count > 1 else 'is no call'}"
    return f"{text}{'; the first' * (count > 1)}: {first}" if first else text


def summary(diagnostics: Iterable[Diagnostic], *, files: int) -> str:
    """How many there are, in one line without its end: ``2 errors, 1 warning in 3 files``."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    counts = [
        f"{severities.count(kind)} {kind}{'s' * (severities.count(kind) != 1)}"
        for kind in ("error", "warning")
        if kind in severities
    ]
    return f"{', '.join(counts) or 'no problems'} in {files} file{'s' * (files != 1)}"

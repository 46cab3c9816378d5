"""The ledger as people read it."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from mapper.app.ledger import Ledger, UnbalancedError
from mapper.cli.console import complain

_REASONS_SHOWN = 12


def ledger_text(ledger: Ledger, *, waiting: int, dry: bool = False) -> str:
    """Lines of the ledger, without the last line end.

    Args:
        ledger: The counts.
        waiting: Requests not settled.
        dry: Nothing was sent; what was mapped stands in place of what was delivered.
    """
    total = len(f"{ledger.read:,}")
    rows = [_row("read", ledger.read, total, _lines(ledger))]
    rows.append(_row("mapped", ledger.mapped, total) if dry else _row("delivered", ledger.delivered, total))
    rows.append(_row("skipped", ledger.total_skipped, total))
    rows += _reasons(ledger.skipped, total)
    rows.append(_row("dead", ledger.total_dead, total))
    rows += _reasons(Counter({f"{kind}: {reason}": count for (kind, reason), count in ledger.reasons.items()}), total)
    if not dry:
        rows.append(_row("pending", waiting, total))
    return "\n".join(rows)


def _row(name: str, count: int, total: int, note: str = "") -> str:
    return f"{name:<10}{count:>{total},}{note}"


def _lines(ledger: Ledger) -> str:
    return "" if ledger.lines == ledger.read else f"  results of {ledger.lines:,} calls"


def _reasons(reasons: Counter[str], total: int) -> list[str]:
    """The most frequent reasons, indented below their sum."""
    rows = [f"{'':<10}{count:>{total},}  {reason}" for reason, count in islice(reasons.most_common(), _REASONS_SHOWN)]
    more = len(reasons) - _REASONS_SHOWN
    return [*rows, f"{'':<10}{'':>{total}}  and {more} more reasons"] if more > 0 else rows


def tell_unbalanced(error: UnbalancedError) -> None:
    """Something was lost or counted twice."""
    complain(f"the ledger does not balance: {error}", "this is a defect of mapper; please tell us, with this line")

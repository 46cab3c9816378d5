"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from mapper.records.diagnostic import Diagnostic, Place, Related, Severity

if TYPE_CHECKING:
    from mapper.authoring.subject import Subject


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be wrong, with its documentation.

    Attributes:
        code: ``MAP`` and three digits. 0xx reading YAML, 1xx shape, 2xx expressions, 3xx names and references,
            4xx output and reachability, 5xx the sandbox. Never reused.
        name: Slug for people and SARIF, such as ``duplicate-key``.
        severity: ``error`` or ``warning``; single findings may be told otherwise.
        title: One line without a full stop, true of every finding of this rule.
        doc: Markdown: why it matters and what to do, two to six sentences.
        bad: Files that show it, laid over a minimal valid mapping set: ``{"track.yaml": TEXT}``.
        good: The same files, mended.
        check: Finds it in a built mapping set; None for rules that the reader or the shape check itself reports.
    """

    code: str
    name: str
    severity: Severity
    title: str
    doc: str
    bad: Mapping[str, str]
    good: Mapping[str, str]
    check: Callable[[Subject], Iterable[Diagnostic]] | None = None

    def at(
        self,
        place: Place,
        message: str,
        *,
        help: str | None = None,  # noqa: A002 - the word that diagnostics use
        related: tuple[Related, ...] = (),
        severity: Severity | None = None,
    ) -> Diagnostic:
        """A finding of this rule, of its severity unless another one is given."""
        return Diagnostic(
            code=self.code,
            severity=severity or self.severity,
            message=message,
            primary=place,
            help=help,
            related=related,
        )

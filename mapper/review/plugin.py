"""The pytest plugin: a list of the snapshots that do not fit, and how to accept them, at the end of a run.

Every pytest run of whoever has the package installed loads this module, so it imports nothing but pytest. Without it
(``-p no:mapper``) the tests themselves say the same, one by one.
"""

from __future__ import annotations

import os
from typing import Final

import pytest

PROPERTY: Final = "mapping snapshot"
"""Name of the property by which a test says what is wrong with which snapshot, or that it deleted one."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name every snapshot that changed, is missing or has no case, and those that were deleted."""
    failed, passed = _lines(terminalreporter, "failed"), _lines(terminalreporter, "passed")
    if not failed and not passed:
        return
    terminalreporter.ensure_newline()
    terminalreporter.section("snapshots of mappings")
    for line in (*sorted(failed), *sorted(passed)):
        terminalreporter.write_line(line)
    if not failed:
        return
    if config.getoption("update_snapshots", False) and os.environ.get("CI"):
        terminalreporter.write_line("CI is set, so --snapshot-update wrote and deleted nothing")
    terminalreporter.write_line("to accept them: `mapper snap review`, or pytest --snapshot-update and then `git diff`")


def _lines(terminalreporter: pytest.TerminalReporter, outcome: str) -> list[str]:
    return [
        str(value)
        for report in terminalreporter.getreports(outcome)
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY
    ]

"""The pytest plugin: a list of the snapshots that do not fit, and how to accept them, at the end of a run.

Every pytest run of whoever has the package installed loads this module, so it imports nothing but pytest.
"""

from __future__ import annotations

from typing import Final

import pytest

PROPERTY: Final = "mapping snapshot"
"""Name of the property by which a failed test says what is wrong with which snapshot."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every snapshot that changed, is missing or has no case."""
    found = [
        str(value)
        for report in terminalreporter.getreports("failed")
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY
    ]
    if not found:
        return
    terminalreporter.section("snapshots of mappings")
    for line in sorted(found):
        terminalreporter.write_line(line)
    terminalreporter.write_line("to accept them: run pytest with --snapshot-update, then read `git diff`")

"""What holds for every test: no skip goes unnoticed, Hypothesis never depends on the machine's speed, and what a test
records as `shown` is printed at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ALLOWED_SKIPS = Path(__file__).parent / "allowed_skips.txt"

settings.register_profile("everyday", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("everyday"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "everyday")

_skipped: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped[report.nodeid] = report.longrepr[2].removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests pass by `record_property("shown", TEXT)`, from whichever process they ran in."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for text in (value for name, value in report.user_properties if name == "shown"):
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(str(text))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure unless its reason is listed."""
    if hasattr(session.config, "workerinput") or not os.environ.get("CI"):
        return
    allowed = {line for line in ALLOWED_SKIPS.read_text().splitlines() if line and not line.startswith("#")}
    unlisted = {test: reason for test, reason in _skipped.items() if reason not in allowed}
    for test, reason in unlisted.items():
        print(f"\nskipped without being listed in {ALLOWED_SKIPS.name}: {test}: {reason}")
    if unlisted:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

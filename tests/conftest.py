"""What holds for every test: none hangs for ever, no skip goes unnoticed, Hypothesis never depends on the machine's
speed, garbage is looked for seldom, and what a test records as `shown` is printed at the end."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.limits"]

ALLOWED_SKIPS = Path(__file__).parent / "allowed_skips.txt"

settings.register_profile("everyday", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("everyday"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "everyday")

_skipped: dict[str, str] = {}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than there are cores, for a fifth of what tests take is waiting.

    Long ones have no more than there are: some hold times, and three at a time would make their processes wait.
    """
    return (os.cpu_count() or 1) + int(config.option.markexpr != "long")


def pytest_collection_finish() -> None:
    """What is there by now stays: to look through it for garbage again and again took a fifth of the tests' time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _folders_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each pytest that a test starts tidies up where all have their folders, and shuts that to other users."""
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(tmp_path_factory.mktemp("inner"))


def pytest_configure() -> None:
    """Bear interrupts: shells have what runs behind them ignore these, and so would all commands that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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

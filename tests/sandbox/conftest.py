from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sandbox import RunningSandbox, running_sandbox


@pytest.fixture(scope="session")
def _event_process() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def _account_process() -> Iterator[RunningSandbox]:
    with running_sandbox("natero-accounts") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_event_process: RunningSandbox) -> RunningSandbox:
    """The event API, with nothing received and no fault."""
    _event_process.reset()
    return _event_process


@pytest.fixture
def accounts(_account_process: RunningSandbox) -> RunningSandbox:
    """The Account API, with nothing received and no fault."""
    _account_process.reset()
    return _account_process

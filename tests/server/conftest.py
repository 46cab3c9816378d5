"""A server for the tests of a module, and the sandbox behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.delivery.runs.kit import FILES, MAPPING, Shop, opened
from tests.server.kit import Server, serving
from tests.support.sandbox import RunningSandbox, running_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as process:
        yield process


@pytest.fixture(scope="module")
def server(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), sandbox.base_url) as found:
        yield found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A destination whose events tell the client's address."""
    with opened(tmp_path_factory.mktemp("shop"), files={**FILES, "track": MAPPING + "  ip: context.ip\n"}) as found:
        yield found

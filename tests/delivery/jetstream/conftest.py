from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.nats import Server, one_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that does not wait for its disk: what these tests look at is not power loss."""
    with one_server(tmp_path_factory.mktemp("nats")) as found:
        yield found

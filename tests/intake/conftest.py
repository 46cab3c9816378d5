"""Reading bytes as a file, as people do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mapper.intake.read import read_lines
from mapper.intake.sources import Source
from mapper.records.line import Line

Read = Callable[..., list[Line]]


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Write the bytes to a file that is named `file`, and read it."""
    path = tmp_path_factory.mktemp("intake") / "calls"

    def read_bytes(content: bytes, **options: Any) -> list[Line]:
        path.write_bytes(content)
        return list(read_lines(Source("file", str(path)), **options))

    return read_bytes


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Write a file below the test's directory and give its path."""

    def write_file(name: str, content: bytes = b"{}\n") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    return write_file

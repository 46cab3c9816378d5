"""Memory does not grow with the input."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.kit import AT
from tests.support.peak import peak

FEW, MANY = 10_000, 1_000_000


def calls(path: Path, count: int) -> Path:
    """Small calls, each a message and one in a hundred broken in a way of its own."""
    with path.open("w") as file:
        for number in range(count):
            if number % 100 == 50:
                file.write(f'{{"pad": "{"x" * (number // 100 % 5000)}", nope\n')
            else:
                file.write(
                    f'{{"type":"track","messageId":"m{number}","userId":"u{number // 3}","event":"E{number % 7}",'
                    f'"timestamp":"{AT}"}}\n'
                )
    return path


def held(file: Path) -> int:
    """The most memory a dry run of a file held, in KiB."""
    code, found = peak("run", file, "--dry-run", "--quiet", cwd=file.parent)
    assert code == 1  # the broken ones are dead
    return found


@pytest.mark.long
def test_a_million_calls_take_no_more_memory_than_ten_thousand(tmp_path: Path) -> None:
    few = held(calls(tmp_path / "few.ndjson", FEW))
    many = held(calls(tmp_path / "many.ndjson", MANY))
    print("PEAK", few, many)
    assert many <= 1.3 * few

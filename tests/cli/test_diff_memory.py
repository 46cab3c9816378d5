"""What is kept of differences and of paths does not grow with the calls, however these vary."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.diffing import change, project
from tests.support.peak import peak

FEW, MANY = 20_000, 1_000_000


def calls(path: Path, count: int) -> Path:
    """Calls of which none has a trait, or a value, of another."""
    with path.open("w") as file:
        for number in range(count):
            traits = f'{{"name":"N{number}","k{number}":{number},"l{number}":{{"m":"{"x" * (number % 400)}"}}}}'
            file.write(
                f'{{"type":"identify","messageId":"m{number}","userId":"u{number}","traits":{traits},"x{number}":1}}\n'
            )
    return path


def held(*arguments: str | Path, cwd: Path) -> int:
    """The most memory a command held, in KiB."""
    code, found = peak(*arguments, cwd=cwd)
    assert code == 0
    return found


@pytest.mark.long
@pytest.mark.parametrize("command", [("diff", "--events"), ("drift", "--all")], ids=lambda command: command[0])
def test_a_million_calls_take_no_more_memory_than_some(command: tuple[str, str], tmp_path: Path) -> None:
    acme = project(tmp_path)
    change(acme, "identify", "traits: entries(object(traits))", "traits: flatten(traits)")
    few, many = (held(*command, calls(acme / f"{count}.ndjson", count), cwd=acme) for count in (FEW, MANY))
    print("PEAK", few, many)
    assert many <= 1.1 * few

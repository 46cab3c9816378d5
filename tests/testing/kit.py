"""A user's own project with two locked mappings, and the real pytest run in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import mapper.review.storage
import mapper.testing.lock  # noqa: F401 - as above
from tests.support.awaiting import PATIENCE

_DESTINATION = """\
mapper: 1
id: acme
destination: Acme
accepts: [track, identify]
settings:
  token: {type: string, secret: true}
  region: {enum: [US, EU], default: US}
skip:
  - {when: '!userId', because: no user}
requests:
  event:
    method: POST
    base: if(settings.region == 'EU', 'https://eu.acme.example', 'https://acme.example')
    path: format('/v1/{}', settings.token)
    body: ndjson
"""
_MAPPINGS = {
    "identify": "mapper: 1\naccepts: identify\nrequest: event\nbody:\n  user: userId\n  name: traits.name\n",
    "track": "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user: userId\n  did: event\n",
}
_TEST = 'from mapper.testing import lock\n\ntest_mappings = lock("cases")\n'
_QUICK = [f"-p no:{plugin}" for plugin in ("hypothesispytest", "anyio", "timeout", "cacheprovider")]
_AMBIENT = ("CI", "PYTEST_", "COV_")

SEEN: dict[str, dict[str, Any]] = {
    "identify/ada": {"type": "identify", "userId": "u1", "traits": {"name": "Ada"}},
    "track/opened": {"type": "track", "userId": "u2", "event": "Opened"},
    "track/without-user": {"type": "track", "event": "Closed"},
}
"""The cases that every project begins with, by mapping and name."""


@dataclass(frozen=True)
class Ended:
    """What a run of pytest left behind."""

    code: int
    out: str

    @property
    def summary(self) -> list[str]:
        """The lines of the plugin's section at the end."""
        return self.section("snapshots of mappings")

    @property
    def failures(self) -> list[str]:
        """The lines that say what failed, without the rulers of single tests."""
        return [line for line in self.section("FAILURES") if not line.startswith("___")]

    def section(self, title: str) -> list[str]:
        """The lines below a ruler with this title, up to the next ruler."""
        lines = iter(self.out.splitlines())
        for line in lines:
            if line.startswith("=") and line.strip("= ") == title:
                break
        found = []
        for line in lines:
            if line.startswith(("====", "----")):
                break
            found.append(line)
        return found

    def count(self, outcome: str) -> int:
        """How many tests passed, or failed, by the last line."""
        words = self.out.splitlines()[-1].replace(",", "").split()
        return int(words[words.index(outcome) - 1]) if outcome in words else 0


class OwnProject:
    """A folder with mappings, cases, the two lines, and snapshots of all cases."""

    def __init__(self, root: Path, pytester: pytest.Pytester | None = None) -> None:
        self.root = root
        self.pytester = pytester
        self.cases = root / "tests" / "cases"
        self.snapshots = root / "tests" / "snapshots"
        self.write("mappings/acme/destination.yaml", _DESTINATION)
        for name, text in _MAPPINGS.items():
            self.write(f"mappings/acme/{name}.yaml", text)
        self.write("tests/test_mappings.py", _TEST)
        for name, call in SEEN.items():
            self.case(name, call)

    def write(self, path: str, text: str) -> None:
        """Write a file, folders included."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Exchange text in a file that has it."""
        before = (self.root / path).read_text(encoding="utf-8")
        assert old in before
        self.write(path, before.replace(old, new))

    def case(self, name: str, call: dict[str, Any], **more: Any) -> None:
        """Write a case of ``acme``, or of another set where the name has three parts."""
        path = name if name.count("/") == 2 else f"acme/{name}"
        self.write(f"tests/cases/{path}.json", json.dumps({"about": f"shows {name}", **more, "call": call}))

    def state(self) -> dict[str, str]:
        """Every snapshot, by its path below ``snapshots``."""
        return {
            path.relative_to(self.snapshots).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(self.snapshots.rglob("*"))
            if path.is_file()
        }

    def pytest(self, *arguments: str, ci: bool = False, apart: bool = False) -> Ended:
        """Run pytest as its user would: in this process, which is quick, or `apart` in one of its own."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_AMBIENT) or name == "PYTEST_DEBUG_TEMPROOT"
        }
        plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100", "PYTHONDONTWRITEBYTECODE": "1"}
        environment = kept | plain | ({"CI": "true"} if ci else {})
        if apart or self.pytester is None:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *_QUICK, *arguments],
                cwd=self.root,
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            code, out, err = done.returncode, done.stdout, done.stderr
        else:
            with patch.dict(os.environ, environment, clear=True):
                result = self.pytester.runpytest_inprocess(*_QUICK, *arguments)
            code, out, err = int(result.ret), result.stdout.str(), result.stderr.str()
        assert "Traceback" not in out + err
        assert err == ""
        return Ended(code, out)

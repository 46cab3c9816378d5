"""The real command, as a process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
AT = "2024-01-02T03:04:05.000Z"
KEYS = {"NATERO_AUTH_KEY": "some-auth-key", "NATERO_SEND_KEY": "some-send-key"}


@dataclass(frozen=True)
class Ended:
    """What a process left behind."""

    code: int
    out: str
    err: str

    @property
    def results(self) -> list[dict[str, Any]]:
        """The lines of stdout, each as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def ledger(self) -> dict[str, int]:
        """The ledger's rows on stderr by name, without the reasons."""
        rows = re.findall(r"^(read|mapped|delivered|skipped|dead|pending) +([0-9,]+)", self.err, re.MULTILINE)
        return {name: int(count.replace(",", "")) for name, count in rows}


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, without settings of a destination, and with a plain terminal of a known width."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NATERO")}
    return kept | {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100", "PYTHONPATH": str(ROOT)} | dict(more or {})


def mapper(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    program: Sequence[str] = ("-m", "mapper"),
) -> Ended:
    """Run the command to its end; nothing it does may give a traceback."""
    done = subprocess.run(
        [sys.executable, *program, *map(str, arguments)],
        cwd=cwd,
        env=environment(env),
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ended.err, ended.err
    return ended


def track(user: str = "u1", event: str = "Signed Up", **more: Any) -> dict[str, Any]:
    """A call that the shipped mappings take."""
    return {"type": "track", "messageId": f"m-{user}", "userId": user, "event": event, "timestamp": AT, **more}


def write(path: Path, *calls: Mapping[str, Any] | str) -> Path:
    """Calls, or lines as they are, as NDJSON."""
    path.write_text("".join((call if isinstance(call, str) else json.dumps(call)) + "\n" for call in calls))
    return path

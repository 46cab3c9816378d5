"""The real command, as a process."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mapper.__main__ import main
from tests.support.awaiting import PATIENCE

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
        timeout=PATIENCE,
        check=False,
    )
    ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ended.err, ended.err
    return ended


def quick(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Ended:
    """As :func:`mapper`, within this process: for what ends before anything runs."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    code = 0
    with (
        chdir(cwd),
        patch.dict(os.environ, environment(env), clear=True),
        patch.object(sys, "argv", ["mapper", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1 if end.code else 0
    texts = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    return Ended(code, *texts)


def track(user: str = "u1", event: str = "Signed Up", **more: Any) -> dict[str, Any]:
    """A call that the shipped mappings take."""
    return {"type": "track", "messageId": f"m-{user}", "userId": user, "event": event, "timestamp": AT, **more}


def write(path: Path, *calls: Mapping[str, Any] | str) -> Path:
    """Calls, or lines as they are, as NDJSON."""
    path.write_text("".join((call if isinstance(call, str) else json.dumps(call)) + "\n" for call in calls))
    return path

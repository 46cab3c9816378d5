"""The sandbox as a process, and within this one."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mapper.sandbox import Sandbox, SandboxError, SandboxOptions, load_spec, running
from tests.cli.kit import Ended, quick
from tests.support.awaiting import PATIENCE
from tests.support.ports import free_ports
from tests.support.sandbox import MAPPINGS, sandbox_process

SPEC = load_spec(MAPPINGS / "natero" / "sandbox.yaml")
PATH = "/v1/sandbox-auth-key/sandbox-send-key"
EVENT: Mapping[str, Any] = {"action": "feature", "user_id": "u_1", "created_at": 1, "feature": "F"}


def run(*arguments: str) -> Ended:
    return quick("sandbox", "--destination", "natero", "--mappings", MAPPINGS, *arguments, cwd=MAPPINGS.parent)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly_even_while_a_request_hangs(number: signal.Signals) -> None:
    with sandbox_process("natero", "--fault", "hang=true") as sandbox:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{sandbox.base_url}{PATH}", json=dict(EVENT), timeout=0.2, trust_env=False)
        assert sandbox.client.get("/").status_code == 200
        code, _, err = sandbox.stop(number)
    assert (code, err) == (0, "")


def test_the_first_line_is_for_programs_and_the_rest_for_people() -> None:
    with sandbox_process("natero") as sandbox:
        assert sandbox.base_url.startswith("http://127.0.0.1:")
        assert sandbox.settings == {"authKey": "sandbox-auth-key", "sendKey": "sandbox-send-key"}
        help_text = sandbox.client.get("/").text
        _, out, _ = sandbox.stop()
    assert out == help_text
    assert out.startswith("The pretend destination natero. Natero's event API, strict about everything")
    assert "  POST /v1/***/***\n" in out
    assert "  authKey = sandbox-auth-key\n" in out


def test_the_log_masks_what_was_sent() -> None:
    with sandbox_process("natero", "-v") as sandbox:
        sandbox.client.post(PATH, json=dict(EVENT))
        sandbox.client.post("/v1/canary-1/canary-2?canary=3", json={"canary": 4})
        sandbox.client.post("/v1/canary/x/y", json={"canary": 4})
        sandbox.client.post("/canary", json={}, headers={"authorization": "canary"})
        _, out, err = sandbox.stop()
    times, said = zip(*(line.split(" ", 1) for line in err.splitlines()), strict=True)
    assert list(said) == [
        "POST /v1/***/*** 200",
        "POST /v1/***/*** 401",
        "POST /v1/***/***/*** 404",
        "POST /*** 404",
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times)
    assert "canary" not in out


def test_it_is_silent_unless_asked() -> None:
    with sandbox_process("natero") as sandbox:
        sandbox.client.post(PATH, json=dict(EVENT))
        assert sandbox.stop()[2] == ""


def test_a_rate_limit_answers_429_with_the_seconds_to_wait() -> None:
    with sandbox_process("natero", "--rate", "0.1") as sandbox:
        answers = [sandbox.client.post(PATH, json=dict(EVENT)) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
        assert 8 <= int(answers[1].headers["retry-after"]) <= 10
        assert sandbox.received["count"] == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--destination", "natro"], "did you mean `natero`?"),
        (["--fault", "status=1"], "fault rule 0/status: 1 is less than the minimum of 200"),
        (["--fault", "x"], "--fault: not KEY=VALUE"),
        (["--port", "70000"], "Invalid value for '--port'"),
        (["--rate", "0"], "keep must be 0 or more, and rate above 0"),
        (["--keep", "-1"], "Invalid value for '--keep'"),
    ],
)
def test_what_can_not_start_says_why(arguments: list[str], error: str) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert error in done.err
    assert "Traceback" not in done.err


def test_a_mapping_set_without_a_sandbox_is_told(tmp_path: Path) -> None:
    for folder in ("mappings", "schemas"):
        shutil.copytree(MAPPINGS.parent / folder, tmp_path / folder)
    (tmp_path / "mappings/natero/sandbox.yaml").unlink()
    done = run("--mappings", str(tmp_path / "mappings"))
    assert done.code == 2
    assert "sandbox.yaml, which says what a sandbox takes" in done.err


@pytest.mark.long
def test_a_port_in_use_is_told() -> None:
    with sandbox_process("natero") as sandbox:
        port = str(urlsplit(sandbox.base_url).port)
        done = run("--port", port)
    assert done.code == 2
    assert done.err.startswith(f"error: can't listen on 127.0.0.1:{port}: ")


async def _post(sandbox: Sandbox, client: httpx.AsyncClient, user: str) -> int:
    line = json.dumps({**EVENT, "user_id": user})
    answer = await client.post(f"{sandbox.base_url}{PATH}", content=line, headers={"content-type": "application/json"})
    return answer.status_code


def test_within_this_process_over_many_connections_at_once() -> None:
    async def scenario() -> tuple[list[int], list[Any], int]:
        async with running(SPEC) as sandbox, httpx.AsyncClient(trust_env=False) as client:
            statuses = await asyncio.gather(*(_post(sandbox, client, f"u_{n}") for n in range(60)))
            return statuses, sandbox.received.events, sandbox.received.count

    statuses, events, count = asyncio.run(scenario())
    assert statuses == [200] * 60
    assert sorted(event["user_id"] for event in events) == sorted(f"u_{n}" for n in range(60))
    assert count == 60


def test_leaving_the_block_frees_the_port_and_cuts_open_connections() -> None:
    async def scenario() -> None:
        lines: list[str] = []
        (port,) = free_ports(1)
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            async with running(SPEC, SandboxOptions(port=port, faults=({"hang": True},)), log=lines.append) as sandbox:
                hanging = asyncio.create_task(_post(sandbox, client, "u_1"))
                while not lines:
                    await asyncio.sleep(0.01)
            with pytest.raises(httpx.TransportError):
                await hanging
            with pytest.raises(httpx.ConnectError):
                await client.get(sandbox.base_url)
            async with running(SPEC, SandboxOptions(port=port)) as again:
                assert again.base_url == sandbox.base_url
                assert await _post(again, client, "u_2") == 200

    asyncio.run(scenario())


def test_wrong_options_are_told_before_the_port_is_taken() -> None:
    async def scenario() -> None:
        async with running(SPEC, SandboxOptions(faults=({"status": 1},))):
            pass

    with pytest.raises(SandboxError, match=r"^fault rule 0/status: "):
        asyncio.run(scenario())
